import type { AllowedComponentProps, ComputedRef, MaybeRefOrGetter, Plugin, ShallowRef, VNode, VNodeProps } from "vue";
import type { Checked, Context, ScopeOn } from "./index.js";
import type { Control, Given, Permissions, Registered, ShownDecision, Store } from "./store.js";

export type { Answering, Code, Control, Given, Messages, Permissions, Register, ShownDecision, Store, Tables } from "./store.js";

/** A component with these properties and slots. */
interface Component<Props, Slots> {
  new (): { $props: Props & VNodeProps & AllowedComponentProps; $slots: Slots };
}

/** A question whose parts may be refs or getters. */
type Ask<Answer> = <E extends Registered["entity"], S extends string>(
  scope: MaybeRefOrGetter<S & Checked<S, ScopeOn<Registered, E>>>,
  entity: MaybeRefOrGetter<E | undefined>,
  context?: MaybeRefOrGetter<Context | undefined>,
) => ComputedRef<Answer>;

/**
 * Gives a store to everything below: the one that it is given, or one over the principal or the snapshot. A component
 * around a part of the page, or a plugin for all of it: `app.use(Scopewise, { principal })`. Another principal replaces
 * the one in the store; everything else is taken as it was at first.
 */
export const Scopewise: Component<Given, { default?(): VNode[] }> & Plugin<[given?: Given]>;

/** The store above, to replace the principal. Throws where there is none. */
export function useScopewise(): Store;

/** The value of the store above: for lists and loops. */
export function usePermissions(): Readonly<ShallowRef<Permissions>>;

/** True for an allow alone. */
export const useCan: Ask<boolean>;
export const useDecision: Ask<ShownDecision>;
/** How to show a control. */
export const useControl: Ask<Control>;

/** Shows its default slot where the scope is allowed, else the slot `fallback`. */
export const Can: Component<
  { scope: string; on: Registered["entity"] | undefined; context?: Context },
  { default?(): VNode[]; fallback?(): VNode[] }
>;
