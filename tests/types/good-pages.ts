// Lines of pages that must type-check.
import type { Context, Principal } from "scopewise";
import * as react from "scopewise/react";
import type { Control, Permissions, ShownDecision, Store } from "scopewise/store";
import * as vue from "scopewise/vue";
import { createElement } from "react";
import { createApp, h, ref } from "vue";
import type { ComputedRef } from "vue";

const entity = "stack:acme/web/prod";
declare const bob: Principal;
declare const store: Store;
declare const context: Context;
declare const dynamic: { scope: string; entity: string };

const inReact: [boolean, ShownDecision, Control, Permissions, Store] = [
  react.useCan("stack:read", entity),
  react.useDecision("stack:read", dynamic.entity, context),
  react.useControl("environment:open", undefined),
  react.usePermissions(),
  react.useScopewise(),
];
const elements = [
  createElement(react.Scopewise, { principal: bob, messages: { not_ready: "…" } }, "page"),
  createElement(react.Scopewise, { snapshot: "{}", store }),
  createElement(react.Can, { scope: "stack:read", on: entity, fallback: null }, "button"),
];

const inVue: [ComputedRef<boolean>, ComputedRef<ShownDecision>, ComputedRef<Control>] = [
  vue.useCan("stack:read", entity),
  vue.useDecision(ref<"stack:read">("stack:read"), () => dynamic.entity, () => context),
  vue.useControl(() => dynamic.scope, ref<string>()),
];
createApp({}).use(vue.Scopewise, { principal: bob }).use(vue.Scopewise);
const nodes = [
  h(vue.Scopewise, { principal: bob, snapshot: "{}" }, () => "page"),
  h(vue.Can, { scope: "stack:read", on: entity }, { default: () => "button", fallback: () => "none" }),
];

export const all = [inReact, elements, inVue, nodes];
