/** One scope. */
export interface ScopeListing {
  name: string;
  /** What it allows, in a line. */
  description: string;
  /** The built-in roles that have it. */
  roles: string[];
  /** The default permission sets that have it. */
  sets: string[];
}

/** Everything that a revision consists of, for people. */
export interface Catalog {
  revision: string;
  entityTypes: { name: string; groups: { name: string; scopes: ScopeListing[] }[] }[];
  permissionSets: { id: string; name: string; entityType: string; includes: string[]; scopes: string[] }[];
  settings: { field: string; scope: string; entityType: string; kind: "grant" | "condition" }[];
}

/** The names of the revisions, oldest first. */
export const revisions: readonly string[];

/** A revision by name, the newest if none is named. Throws a RangeError for one that is not known. */
export function catalog(revision?: string): Catalog;
