import type { Checked, Context, Decision, Entity, EntityType, Principal, ScopeOf, ScopeOn, Vocabulary } from "./index.js";
import type { Answering, Registered } from "./store.js";

/** The scopes that are allowed, by entity: `{ "stack:acme/web/prod": ["stack:read"] }`. */
export type AllowList = { readonly [E in EntityType as Entity<E>]?: readonly ScopeOf<E>[] };

/**
 * A principal that may do what the list says, and nothing else: for tests of components and for Storybook. It knows
 * neither rules nor tags, and takes any question.
 */
export function allowing<V extends Vocabulary = Registered>(
  list: AllowList,
  options?: {
    /** Who it is: `user:test`, if not said. */
    name?: string;
    /** The decision on everything else: deny, `not_granted`, if not said. */
    otherwise?: Decision;
  },
): Principal<V>;

/** What `expect` gets by {@link matchers}. */
export interface AllowMatchers<Result = void> {
  /** The answer is allow: of a principal, of a snapshot. A malformed question throws. */
  toAllow<E extends Registered["entity"], S extends string>(
    scope: S & Checked<S, ScopeOn<Registered, E>>,
    entity: E,
    context?: Context,
  ): Result;
}

/** The matcher by itself: whether it holds, and what to say where that was not expected. */
export function toAllow(
  principal: Answering,
  scope: string,
  entity: string,
  context?: Context,
): { pass: boolean; message(): string };

/** For `expect.extend(matchers)` of Vitest and of Jest. */
export const matchers: { toAllow: typeof toAllow };
