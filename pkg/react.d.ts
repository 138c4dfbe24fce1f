import type { ReactElement, ReactNode } from "react";
import type { Checked, Context, ScopeOn } from "./index.js";
import type { Ask, Control, Given, Permissions, Registered, ShownDecision, Store } from "./store.js";

export type { Answering, Code, Control, Given, Messages, Permissions, Register, ShownDecision, Store, Tables } from "./store.js";

/** Gives a store to everything below: the one that it is given, or one over the principal or the snapshot. */
export function Scopewise(props: Given & { children?: ReactNode }): ReactElement;

/** The store above, to replace the principal. Throws where there is none. */
export function useScopewise(): Store;

/** The value of the store above: for lists and loops, where a hook cannot be called. */
export function usePermissions(): Permissions;

/** True for an allow alone. */
export const useCan: Ask<boolean>;

/** The decision, the same object for as long as it says the same. */
export const useDecision: Ask<ShownDecision>;

/** How to show a control, the same object for as long as it says the same. */
export const useControl: Ask<Control>;

/** Shows its children where the scope is allowed, else the fallback. */
export function Can<E extends Registered["entity"], S extends string>(props: {
  scope: S & Checked<S, ScopeOn<Registered, E>>;
  on: E | undefined;
  context?: Context;
  fallback?: ReactNode;
  children?: ReactNode;
}): ReactNode;
