import type { DocumentOrOrganization } from "./admin.js";
import type { Effect, ExplainedGrant, Reason, Source, TagTest } from "./index.js";

export { ScopewiseError, ready } from "./index.js";
export type { DocumentOrOrganization } from "./admin.js";

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
