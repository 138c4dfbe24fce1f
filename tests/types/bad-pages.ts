// Lines of pages that must not type-check. Where one of them is fine, its comment is the error.
import { Can, useControl, useDecision } from "scopewise/react";
import * as vue from "scopewise/vue";
import { createElement } from "react";
import { h } from "vue";

const entity = "stack:acme/web/prod";

// @ts-expect-error misspelled
useControl("stack:raed", entity);
// @ts-expect-error there is no such state
useControl("stack:read", entity).state === "visible";
// @ts-expect-error a reason may be absent
useControl("stack:read", entity).reason.length;
// @ts-expect-error a stack is not opened
useDecision("environment:open", entity);
// @ts-expect-error on what
createElement(Can, { scope: "stack:read" });
// @ts-expect-error a stack is not opened
Can({ scope: "environment:open", on: "stack:acme/web/prod" });
// @ts-expect-error misspelled
vue.useCan("stack:raed", entity);
// @ts-expect-error a stack is not opened
vue.useControl("environment:open", entity);
// @ts-expect-error the answer is in a ref
const sureInVue: boolean = vue.useCan("stack:read", entity);
// @ts-expect-error on what
h(vue.Can, { scope: "stack:read" });
export const all = [sureInVue];
