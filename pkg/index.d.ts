import type { Scopes } from "./data/scopes.js";

export type { Scopes };

/** `stack`, `environment`, `insights-account`, `organization`. */
export type EntityType = keyof Scopes;
/** Every scope of every type. */
export type Scope = Scopes[EntityType];
/** The scopes of one entity type: `ScopeOf<"stack">`. */
export type ScopeOf<T extends EntityType> = Scopes[T];
/** An entity as it is written: `Entity<"stack">` is `stack:…`. */
export type Entity<T extends EntityType = EntityType> = `${T}:${string}`;

/**
 * What may be asked about, for the compiler: a scope that the type of a literal entity does not have does not compile.
 * Texts that are known only when the program runs are taken as they are. `scopewise types acme.json` writes one with
 * the organization's own names, for `Organization.parse<Vocabulary>(…)`.
 */
export interface Vocabulary {
  scopes: object;
  entity: string;
  principal: string;
}

/** The vocabulary of the package: all scopes of all revisions, and any entity and principal. */
export interface Documented extends Vocabulary {
  scopes: Scopes;
}

/** The type of an entity. */
type TypeOf<E> = E extends `${infer T}:${string}` ? T : never;
/** Every scope of a vocabulary. */
export type Any<V extends Vocabulary> = Extract<V["scopes"][keyof V["scopes"]], string>;
/** The scopes of an entity, as far as its type is known. */
export type ScopeOn<V extends Vocabulary, E extends string> = string extends E
  ? Any<V>
  : TypeOf<E> extends keyof V["scopes"]
    ? Extract<V["scopes"][TypeOf<E>], string>
    : never;
/** A scope that is a literal must be one of those; what is no literal cannot be told yet. */
export type Checked<S extends string, Known extends string> = string extends S ? S : S extends Known ? S : Known;

/** The three answers. */
export type Effect = "deny" | "allow" | "unknown";

/** Why an answer is as it is. */
export type Reason =
  | "granted"
  | "organization_admin"
  | "organization_setting"
  | "creator"
  | "not_granted"
  | "setting_off"
  | "needs_tags"
  | "unknown_principal"
  | "unknown_scope"
  | "wrong_entity_type"
  | "other_organization"
  | "deployment_refused"
  | "token_expired"
  | "token_lifetime"
  | "token_exception"
  /** The module does not run yet: see {@link ready}. */
  | "not_ready"
  /** The module broke while it was asked: this was denied and reported, and the next question is answered again. */
  | "engine_failed";

/** The answer to one question. */
export interface Decision {
  effect: Effect;
  reason: Reason;
  /** The keys of the tags on which an `unknown` rests. A question that brings them all is decided. */
  needs?: string[];
  /** Seconds for which an environment may stay open, 0 for no limit; where a grant that decided says so. */
  maxOpenSeconds?: number;
}

/** One test of a rule by tags. */
export type TagTest = { key: string } & ({ equals: string } | { notEquals: string } | { exists: boolean });

/** A grant and the way it came. */
export interface ExplainedGrant {
  /** From the principal outward: `team:platform`, `role:deployer`, `permission-set:stack-write`. */
  via: string[];
  /** `"all"`, an entity, the tests of a rule, or a condition of a role tree in words. */
  on: string | { tags: TagTest[] } | { condition: string };
  effect: "allow" | "unknown";
}

/** A decision with everything behind it. */
export interface Explanation {
  effect: Effect;
  reason: Reason;
  needs?: string[];
  /** Whom the run of a deployment acts as: `token:ci`. */
  actsAs?: string;
  /** The grants that hold; where none does, those that may. */
  grants: ExplainedGrant[];
  /** What refuses although something grants, or before anything could. */
  blockedBy: { code: Reason; setting?: string }[];
  /** The documented statements that decided, each with how sure it is. */
  rules: { rule: string; basis: "documented" | "disputed" | "inferred" }[];
}

/** What started a deployment. */
export type Trigger =
  | { kind: "rest" | "console"; by: `user:${string}` }
  | { kind: "git-push" | "pull-request" | "schedule" };

/** What is known beside the document when something is asked. */
export interface Context {
  /** The whole truth about the tags of the entity: they replace the document's, and a key not here is missing. */
  tags?: Record<string, string>;
  /** When: RFC 3339 with seconds and an offset. Now, if absent. */
  at?: string | Date;
  /** What started the run, where the principal is a deployment. */
  trigger?: Trigger;
}

/** JSON: a text, its bytes, or an object. */
export type Source = string | Uint8Array | ArrayBuffer | object;

/** An entity with its own tags. */
export interface TaggedEntity<E extends string = string> {
  entity: E;
  tags?: Record<string, string>;
}

/** One request of `decideAll`. */
export interface Request extends Context {
  principal: string;
  scope: string;
  entity: string;
}

/** A deployment that may be about to run. Entities are written `TYPE:PATH`, or as the path: `web/prod`. */
export interface Preflight {
  /** The stack that it deploys. */
  stack: string;
  /** What starts it. */
  trigger: Trigger;
  /** The stacks whose outputs its program reads, in place of those that the document lists. */
  stackReferences?: string[];
  /** The environments that it opens, in place of those that the document lists. */
  environments?: string[];
  /** When: RFC 3339 with seconds and an offset. Now, if absent. */
  at?: string | Date;
}

/** What a deployment will be allowed. */
export interface PreflightReport {
  /** Whom the run acts as: `token:ci`. Absent where the run is refused. */
  actsAs?: string;
  /** Everything that the run needs, each once. */
  rows: PreflightRow[];
  /** Environments that import one another in a ring. */
  cycles: string[][];
  /** Every row is an allow. */
  allowed: boolean;
}

/** One thing that a deployment needs. */
export interface PreflightRow {
  need: "stack" | "stack-reference" | "environment" | "environment-import";
  scope: string;
  entity: string;
  /** Of an import the environments through which it comes; of a longer chain than 64 the last 64. */
  via?: string[];
  /** The statement that asks for it. */
  rule: string;
  decision: Decision;
  explanation: Explanation;
}

/** A page of decisions: entities × scopes. */
export interface Matrix {
  /** Entity by entity: 0 deny, 1 allow, 2 unknown. */
  readonly effects: Uint8Array;
  /** The effect on an entity and a scope, by name or by position; deny outside of the page. */
  at(entity: string | number | TaggedEntity, scope: string | number): Effect;
}

/** What a bundle says of itself. */
export interface BundleLabel {
  /** Whose part it is; a whole organization is nobody's. */
  principal?: string;
  /** The version of the document, counted by whoever keeps it. */
  version: number;
  /** When it was made. */
  issuedAt?: Date;
  /** For how many seconds it counts as fresh. */
  maxAgeSeconds?: number;
  /** When the first of its tokens expires. */
  validUntil?: Date;
}

/** A decision as a log has it: a line of JSON, which `scopewise suggest --log` reads. */
export interface DecisionRecord {
  /** When: RFC 3339 in UTC. */
  at: string;
  principal: string;
  scope: string;
  entity: string;
  effect: Effect;
  reason: Reason;
  /** The first of the documented statements that decided: `RO-10`. */
  rule?: string;
  /** Of the document, where it is counted. */
  version?: number;
  requestId?: string;
}

/** What an organization does beside answering. */
export interface OrganizationOptions {
  /**
   * Takes a record of each decision: of `can`, `decide`, `explain` and `decideAll`, and not of lists and pages. What it
   * throws or rejects is reported and changes no decision.
   */
  onDecision?(record: DecisionRecord): unknown;
}

/** What may stand beside a document. */
export interface ParseOptions extends OrganizationOptions {
  /** The catalog that the document names, where that is neither embedded nor in the document. */
  catalog?: Source;
}

/** A fault of a document. */
export interface Problem {
  /** What kind of fault it is. */
  code: string;
  /** Where: `roles[3].rules[0].on`; the root is `document`. */
  path: string;
  /** What is wrong and what to do. */
  message: string;
  /** Line and column, from 1, of a fault in the text itself. */
  line?: number;
  column?: number;
}

/** A document that is refused, or a malformed question. */
export class ScopewiseError extends Error {
  readonly name: "ScopewiseError";
  /** Every fault of a document; empty for a question. */
  readonly problems: Problem[];
}

/**
 * Fulfilled when the module runs: at once, but for engines that compile nothing of its size at once on a page's main
 * thread. Until then every answer is deny, with the reason `not_ready`. Rejected where it cannot run at all: whoever does
 * not wait for it is not ended by that, and hears of it by a reported error as soon as a question is denied therefore.
 */
export const ready: Promise<void>;

/**
 * Who may do what in one organization. It never changes: a new document is a new one.
 *
 * What it answers in a browser is a prediction, and never replaces the server's own check.
 */
export class Organization<V extends Vocabulary = Documented> {
  protected constructor();
  /**
   * Reads a document: a text, its bytes, or an object, which is read as `JSON.stringify` prints it; one of which that prints
   * less than it holds, as of a `Map`, is refused. A catalog of one's own stands in the document, or is given along under the
   * name that the document has for it.
   */
  static parse<V extends Vocabulary = Documented>(source: Source, options?: ParseOptions): Organization<V>;
  /** Opens a bundle, as `scopewise/admin` makes it: a whole organization, or one principal's part. */
  static open<V extends Vocabulary = Documented>(
    bundle: Uint8Array | ArrayBuffer,
    options?: OrganizationOptions,
  ): Organization<V>;
  readonly name: string;
  /** The name of the revision, or of the catalog, that decides. */
  readonly revision: string;
  /** What the bundle says of itself that it was opened from. */
  readonly label: BundleLabel;
  /**
   * `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME`, `deployment:PROJECT/STACK`; without a name the
   * principal whose part this is. Never throws.
   */
  principal(name?: V["principal"]): Principal<V>;
  /** Answers in the order of the requests; a malformed one has its error in its place. */
  decideAll(requests: Iterable<Request>): (Decision | { error: string })[];
  /** Whom a deployment will act as, and whether that may do everything that the run needs. */
  preflight(asked: Preflight): PreflightReport;
  /** Gives the memory back. Afterwards every `can` is false, and everything else throws. */
  [Symbol.dispose](): void;
}

/** A principal, ready to be asked about. Whoever it is, it can be asked. */
export interface Principal<V extends Vocabulary = Documented> {
  readonly name: string;
  /** True for an allow alone: false for everything else, a malformed question included. Never throws. */
  can<E extends V["entity"], S extends string>(
    scope: S & Checked<S, ScopeOn<V, E>>,
    entity: E,
    context?: Context,
  ): boolean;
  /** Throws a {@link ScopewiseError} for a malformed question, as the four below do. */
  decide<E extends V["entity"], S extends string>(
    scope: S & Checked<S, ScopeOn<V, E>>,
    entity: E,
    context?: Context,
  ): Decision;
  explain<E extends V["entity"], S extends string>(
    scope: S & Checked<S, ScopeOn<V, E>>,
    entity: E,
    context?: Context,
  ): Explanation;
  /** Whether it belongs to the organization (`organization:acme`), in whatever role. A collaborator does not. */
  membership(entity: `organization:${string}`, context?: Context): Decision;
  /** The scopes that are allowed, sorted. */
  scopes<E extends V["entity"]>(entity: E, context?: Context): ScopeOn<V, E>[];
  /** The entities on which the scope is allowed, in their order. */
  filter<I extends V["entity"] | TaggedEntity<V["entity"]>, S extends string>(
    entities: Iterable<I>,
    scope: S & Checked<S, Any<V>>,
    context?: Context,
  ): I[];
  /** A page in one call. */
  matrix<S extends string>(
    entities: Iterable<V["entity"] | TaggedEntity<V["entity"]>>,
    scopes: Iterable<S & Checked<S, Any<V>>>,
    context?: Context,
  ): Matrix;
}
