import type { Any, Checked, Context, Documented, Effect, Reason, ScopeOn, TaggedEntity, Vocabulary } from "./index.js";

/**
 * Tells the compiler the organization's own names, for stores and bindings alike. `scopewise types acme.json` writes
 * them: `declare module "scopewise/store" { interface Register { vocabulary: Vocabulary } }`.
 */
export interface Register {}

/** The registered vocabulary, else that of the package. */
export type Registered = Register extends { vocabulary: infer V extends Vocabulary } ? V : Documented;

/** Why an answer is as it is: a reason of the engine, what a snapshot was not made for, or what could not be asked. */
export type Code = Reason | "not_covered" | "not_asked";

/** The codes that have a sentence: all but those that allow. */
export type Refusal = Exclude<Code, "granted" | "organization_admin" | "organization_setting" | "creator">;

/** Sentences by their code, in which `{scope}`, `{entity}` and `{needs}` are filled in. */
export type Messages = Record<Refusal, string>;

/** A decision as a page gets it: never an error that is thrown. */
export interface ShownDecision {
  effect: Effect;
  reason: Code;
  needs?: string[];
  maxOpenSeconds?: number;
  /** The snapshot that says so is older than it should be. */
  stale?: true;
  /** What was wrong with the question, for the developer, where `reason` is `not_asked`. */
  error?: string;
}

/** How a control is to be shown. */
export interface Control {
  /**
   * `enabled` on allow alone; `hidden` where the entity cannot be read, as the service answers 404 then; `pending` where
   * it is not known yet; `disabled` otherwise.
   */
  state: "enabled" | "disabled" | "hidden" | "pending";
  /** True in every state but `enabled`. */
  disabled: boolean;
  /** The code of the decision that the state comes from. */
  code: Code;
  /** Why it cannot be used, ready to show; absent where it can. */
  reason?: string;
  needs?: string[];
  maxOpenSeconds?: number;
  stale?: true;
  error?: string;
}

/** Whoever can be asked: a `Principal` of any door, a `Snapshot`, a fixture of `scopewise/testing`. */
export interface Answering {
  can(scope: string, entity: string, context?: Context): boolean;
  decide(scope: string, entity: string, context?: Context): ShownDecision;
}

/** A question about an entity, which may not be there yet: until it is, the answer is `not_ready`. */
export type Ask<Answer, V extends Vocabulary = Registered> = <E extends V["entity"], S extends string>(
  scope: S & Checked<S, ScopeOn<V, E>>,
  entity: E | undefined,
  context?: Context,
) => Answer;

/** The value of a store: what the principal may do. It never changes, and its functions never throw. */
export interface Permissions<V extends Vocabulary = Registered> {
  /** Who is asked; undefined while there is nobody. */
  readonly principal: Answering | undefined;
  /** True for an allow alone. */
  readonly can: Ask<boolean, V>;
  readonly decide: Ask<ShownDecision, V>;
  readonly control: Ask<Control, V>;
  /** The entities of a list on which the scope is allowed, in their order. */
  readonly filter: <I extends V["entity"] | TaggedEntity<V["entity"]>, S extends string>(
    entities: Iterable<I>,
    scope: S & Checked<S, Any<V>>,
    context?: Context,
  ) => I[];
}

/** Holds the permissions of a page. Its functions need no `this`. */
export interface Store<V extends Vocabulary = Registered> {
  /**
   * Calls `run` with the value at once and after every change, until the function that comes back is called. This is
   * what Svelte asks of a store; React compares the value and lets the first call be.
   */
  readonly subscribe: (run: (permissions: Permissions<V>) => void) => () => void;
  /** The value: the same object until the next change. */
  readonly getSnapshot: () => Permissions<V>;
  /** The value that the store was made with: what a server rendered, and a client has to hydrate by. */
  readonly getServerSnapshot: () => Permissions<V>;
  /**
   * Puts another principal in the place of this one, or nobody, for all subscribers at once. The value is a new one also
   * for the same principal: that is how to ask again after time has passed or the module has started.
   */
  readonly replace: (principal?: Answering | null) => void;
}

/** What an app may say in its own way. Keep these objects: a new one is a new store. */
export interface Tables {
  /** The app's sentences, for any of the codes. */
  messages?: Partial<Messages>;
  /** The scope to read an entity with, by entity type, in the place of {@link reads}. */
  reads?: Readonly<Record<string, string>>;
}

/** What a provider of a binding is given. */
export interface Given extends Tables {
  /** A store that the app keeps; everything else is then the store's. */
  store?: Store<any>;
  /** Who is asked. Until there is somebody, everything is pending. */
  principal?: Answering | null;
  /** A snapshot as `scopewise/admin` makes it: rendered and hydrated by, until there is a principal. */
  snapshot?: string | object;
}

/** A store over a principal, or over nobody yet: then everything is pending, and nothing is allowed. */
export function createStore<V extends Vocabulary = Registered>(principal?: Answering | null, tables?: Tables): Store<V>;

/** The sentences of the package, in English. */
export const messages: Readonly<Messages>;

/** The scope to read an entity with, by entity type. A type that is not here is never hidden. */
export const reads: Readonly<Record<string, string>>;
