// An organization's own names in the bindings, once an app has registered them.
import { useCan } from "scopewise/react";
import { createStore } from "scopewise/store";
import { useControl } from "scopewise/vue";
import type { Vocabulary } from "./acme.js";

declare module "scopewise/store" {
  interface Register {
    vocabulary: Vocabulary;
  }
}

export const right = [
  useCan("stack:write", "stack:acme/web/dev"),
  useControl("stack:write", "stack:acme/web/dev").value.disabled,
  createStore().getSnapshot().can("stack:write", "stack:acme/web/dev"),
];

// @ts-expect-error the organization is another
useCan("stack:read", "stack:other/web/prod");
// @ts-expect-error its entities have three parts
useControl("stack:read", "stack:acme/web");
// @ts-expect-error misspelled
createStore().getSnapshot().can("stack:raed", "stack:acme/web/dev");
