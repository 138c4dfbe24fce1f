import type { Context, Decision, Documented, Effect, ExplainedGrant, Explanation as Told, Preflight, Reason } from "./index.js";
import type { Checked, OrganizationOptions, ParseOptions, Principal as AskedPrincipal, ScopeOn, Source } from "./index.js";
import type { TaggedEntity, Vocabulary } from "./index.js";
import { Organization as Asked } from "./index.js";

export * from "./index.js";

/** What a bundle is to say of itself: version 0 and made now, unless it says otherwise. */
export interface Label {
  /** The version of the document, counted by whoever keeps it: a whole number. */
  version?: number;
  /** When it was made. */
  issuedAt?: Date | number;
  /** For how many seconds it counts as fresh; without it, for ever. */
  maxAgeSeconds?: number;
}

/** Which of many a question goes through, and whether it tells of the denied ones too. */
export interface Filter {
  /** The words before the colon: `user`, `token`; `stack`, `environment`. */
  kinds?: string[];
  /** A pattern for the whole name, in which `*` stands for anything: `acme/web/*`. */
  name?: string;
  denied?: boolean;
}

/** Everyone who may do something on an entity. */
export interface WhoCan {
  /** Users, teams, service principals, then tokens, each by name. */
  principals: (Decision & { principal: string; grants: ExplainedGrant[] })[];
  /** How many are denied, for each reason. */
  denied: { reason: Reason; count: number }[];
}

/** What is answered about one principal and every entity. */
export interface ByEntity<T> {
  /** Whom the run of a deployment acts as. */
  actsAs?: string;
  /** Why everything is denied everywhere, if it is. */
  refused?: Reason;
  /** The entities that the document lists or names, and the organization itself. */
  entities: ({ entity: string } & T)[];
  /** For each type what holds on all other entities of it. */
  elsewhere: ({ entityType: string } & T)[];
}

/** A change after which a request is allowed. What else it names depends on its kind. */
export interface Remedy {
  kind:
    | "assign_role"
    | "join_team"
    | "grant_set"
    | "turn_on"
    | "raise_level"
    | "use_token"
    | "give_tags"
    | "set_tags"
    | "set_deployment_role"
    | (string & {});
  /** How many pairs of scope and entity are allowed then and not now, over everyone whom it reaches. */
  gains: number;
  /** How many are allowed now and not then. */
  loses: number;
  /** What to do, in words. */
  sentence: string;
  [detail: string]: unknown;
}

/** A decision with everything behind it, and what would help. */
export interface Explanation extends Told {
  /** Beside a deny or an unknown: the least added power first; empty where no single change does. */
  remedies?: Remedy[];
}

/** A scope on an entity; `TYPE:*` stands for all entities of a type. */
export interface ScopeOnEntity {
  scope: string;
  entity: string;
}

/** The least role for what is needed. */
export interface Suggestion {
  /** The answer in one sentence. */
  sentence: string;
  /** The id of the role to give. */
  role?: string;
  /** What is given beyond the needs; nothing where they cannot be met. */
  surplus?: { pairs: number; toCome: number };
  /** What the document lacks, in its own format. */
  add?: { permissionSets?: object[]; roles?: object[]; grants?: { entity: string; permissionSet: string }[] };
  /** Why no new role was made. */
  noNewRole?: string;
  /** Every role that gives all that is needed, the least one first. */
  existing: { role: string; surplus: { pairs: number; toCome: number } }[];
  needs: ScopeOnEntity[];
  tokenMaxLifetimeDays?: number;
}

/** What a principal holds and never used. */
export interface UsageReport {
  principal: string;
  counted: string[];
  records: number;
  own: number;
  /** Lines that were no record. */
  skipped: number;
  from?: string;
  to?: string;
  holds: number;
  used: number;
  unused: { via: string[]; entityType: string; scopes: string[]; entities: string[]; held: number; toCome: boolean }[];
  noLongerHeld: ScopeOnEntity[];
  /** The least role that gives what was used. */
  instead?: Suggestion;
}

/** What came of expectations. */
export interface TestReport {
  passed: number;
  failed: number;
  tests: {
    name: string;
    path: string;
    expectations: {
      principal: string;
      scope: string;
      entity: string;
      expected: { effect: Effect; reason?: Reason };
      got: Decision;
      passed: boolean;
      explanation?: Told;
    }[];
  }[];
  unlisted?: string[];
  /** The grants that no expectation touches, where the document was given. */
  coverage?: { grants: number; touched: number; untouched: { path: string }[] };
}

/** An organization with what servers and administrators ask. */
export class Organization<V extends Vocabulary = Documented> extends Asked<V> {
  static parse<V extends Vocabulary = Documented>(source: Source, options?: ParseOptions): Organization<V>;
  static open<V extends Vocabulary = Documented>(
    bundle: Uint8Array | ArrayBuffer,
    options?: OrganizationOptions,
  ): Organization<V>;
  principal(name?: V["principal"]): Principal<V>;
  /** Every principal of the document: members and collaborators, teams, service principals, tokens. */
  principals(): string[];
  /** Everyone who may do it, as the filter has it, each with the ways; throws for a malformed question. */
  whoCan<E extends V["entity"]>(scope: ScopeOn<V, E>, entity: E, filter?: Filter, context?: Context): WhoCan;
  /** The least role for what is needed, tried before it is told. */
  suggest(needs: { needs: ScopeOnEntity[]; name?: string }): Suggestion;
  /** The least role for a new token with which a deployment passes its preflight. */
  suggestForDeployment(run: Preflight, name?: string): Suggestion;
  /** Holds the organization against expectations; with the document, tells the grants that none of them touches. */
  test(expectations: string | object, document?: string | Uint8Array | ArrayBuffer | object): TestReport;
  /** The whole organization as bytes, which open faster than the document: for servers. */
  toBundle(label?: Label): Uint8Array;
}

/** A principal with what servers and administrators ask about it. */
export interface Principal<V extends Vocabulary = Documented> extends AskedPrincipal<V> {
  explain<E extends V["entity"], S extends string>(
    scope: S & Checked<S, ScopeOn<V, E>>,
    entity: E,
    context?: Context,
  ): Explanation;
  /** The entities on which it may do this, each with its decision. */
  entities(scope: string, filter?: Filter, context?: Context): ByEntity<Decision>;
  /** What it holds and, by a log of decisions, never used: records, or a text with one a line. */
  usage(log: string | Iterable<object>, context?: Context): UsageReport;
  /** Every entity on which it may do something, each with the scopes. */
  scopesByEntity(filter?: Filter, context?: Context): ByEntity<{ allow: string[]; unknown?: string[] }>;
  /**
   * This principal's part of the organization, as bytes that `Organization.open` of any module opens: what a browser is
   * given. It answers for any entity, tags and time as the whole does about this principal, and names nobody else.
   */
  project(label?: Label): Uint8Array;
  /**
   * The decisions on these entities, as a text that `scopewise/snapshot` reads without the module: on all scopes of an
   * entity's type, or on those that are named.
   */
  snapshot(of: Label & Context & { entities: Iterable<string | TaggedEntity>; scopes?: Iterable<string> }): string;
}
