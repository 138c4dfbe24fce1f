import type { Context, Decision, Effect, ExplainedGrant, Explanation, Organization, Reason, Source, TagTest } from "./index.js";

export { ScopewiseError, ready } from "./index.js";

/** A document, or the organization that was made of it. */
export type DocumentOrOrganization = string | Uint8Array | ArrayBuffer | object | Organization;

/** What changes for whom, if one document takes the place of another; the same as `scopewise diff --format json`. */
export interface Diff {
  /** What principals gain and lose; those to whom the same happens stand together. */
  changes: { principals: string[]; effects: EffectChange[] }[];
  /** Deployments whose runs act as somebody else: nobody, where `before` or `after` is not there. */
  runs: { deployments: string[]; started: "any" | "by_itself" | "by_hand"; before?: string; after?: string; effects?: EffectChange[] }[];
  /** Conditions that differ and have more cases than are tried: under some tags decisions may change. */
  conditions: { principals: string[]; entityType: string; scopes: string[]; before: ExplainedGrant[]; after: ExplainedGrant[] }[];
  /** What has another name and is the same by its id. */
  renamed: { kind: "entity" | "role" | "permission-set"; id: string; before: string; after: string }[];
  /** Each scope of each principal on each entity counts one. */
  totals: { gained: number; lost: number; principals: number };
  /** What somebody gains of what the guards name. */
  guarded: { guard: string; principals: string[]; scopes: string[]; on: Where[]; after: Effect }[];
}

/** Scopes whose effect changes alike, on every entity where it does, by the same cause. */
export interface EffectChange {
  before: Effect;
  after: Effect;
  maxOpenSeconds?: { before?: number; after?: number };
  entityType: string;
  scopes: string[];
  /** What people call these scopes: a permission set, or `*` for everything that the type has. */
  set?: { id: string; name: string };
  on: Where[];
  /** These are all entities of the type. */
  everywhere?: true;
  /** Not the stack that each deployment deploys. */
  butOwnStack?: true;
  /** The ways by which it is granted where more is allowed. */
  by: string[][];
  /** What stands in the way where less is allowed. */
  blockedBy?: { code: Reason; setting?: string };
  /** The teams by which alone it comes, and which tell the same. */
  toldAt?: string[];
}

/** Where something changes: an entity, or some that no document knows. */
export type Where =
  | string
  | { before: string; after: string }
  | { other: string; tags?: TagTest[] }
  | { entity: string; tags: TagTest[] };

/**
 * Who gains and who loses what, if one document takes the place of another. `guards` are what nobody shall gain
 * unnoticed, `SCOPE[@ENTITY][ for PRINCIPAL]` with `*` for anything: a list, or a text with one a line. `catalog` is that
 * of the documents among the two, where they name one of their own; an organization has its own already.
 */
export function diff(before: DocumentOrOrganization, after: DocumentOrOrganization, options?: { guards?: string | Iterable<string>; catalog?: Source; at?: Date | string }): Diff;

/** Something about a valid document that an administrator may want to know; `docs/lints.md` says what each code means. */
export interface Finding {
  code: string;
  severity: "error" | "warning" | "note";
  path: string;
  line: number;
  column: number;
  message: string;
  related?: string[];
}

/**
 * What a careful reader would say about a document, which may name the `catalog` that is given along; lines and columns are
 * those of a text. Throws for an invalid one.
 */
export function lint(document: string | Uint8Array | ArrayBuffer | object, options?: { catalog?: Source; at?: Date | string }): Finding[];

/** A request and the status that a server answered it with; `at` and what else is known are optional. */
export interface ServerRecord extends Context {
  principal: string;
  method: string;
  /** As it stands in the request, with or without a query. */
  path: string;
  status: number;
}

/** A line of a decision log, as `onDecision` tells it and `scopewise serve --decision-log` writes it; what else it has is not read. */
export interface LoggedDecision {
  at?: Date | string;
  principal: string;
  scope: string;
  entity: string;
  effect: Decision["effect"];
}

/** One question that was answered otherwise: what the rules say of it, and why. */
export type ReplayCase = Decision & {
  /** The number of its first record, from 1, and how many there are. */
  record: number;
  count: number;
  principal: string;
  scope?: string;
  entity: string;
  explanation?: Explanation;
};

/** Where a log and the rules differ; the same as `scopewise replay --format json`. */
export interface ReplayReport {
  /** The sum of the following four. */
  records: number;
  agree: number;
  differ: number;
  /** How many differ where what the route needs is a guess. */
  unsure: number;
  /** Those of which nothing can be said, by the reason. */
  apart: { why: string; count: number; examples: string[] }[];
  groups: {
    method: string;
    path: string;
    name?: string;
    confidence: "documented" | "inferred" | "guessed";
    note?: string;
    difference: "denied_but_let_through" | "allowed_but_refused" | "allowed_but_hidden";
    count: number;
    cases: (ReplayCase & { status: number })[];
  }[];
  /** Decisions of a decision log that the rules decide otherwise, by scope and by how; absent where there are none. */
  decisions?: {
    entityType: string;
    scope: string;
    /** What the log says, and what the rules say. */
    logged: Decision["effect"];
    effect: Decision["effect"];
    count: number;
    cases: ReplayCase[];
  }[];
  /** Records that cannot be read, by their number from 1; absent where there are none. They are not counted above. */
  faults?: { record: number; message: string }[];
}

/**
 * A log of what a real server answered, or of decisions, against the rules: records, or a text with one a line. `routes`
 * says what a request needs, a table as `docs/routes.md` has it; a log of decisions alone needs none. Records without a
 * time are of the time that is given, or of now. `catalog` is that of a document that names one of its own.
 */
export function replay(
  organization: DocumentOrOrganization,
  log: string | Iterable<ServerRecord | LoggedDecision>,
  routes?: string | Uint8Array | ArrayBuffer | object,
  options?: { catalog?: Source; at?: Date | string },
): ReplayReport;
