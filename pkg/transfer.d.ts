import type { Source } from "./index.js";

export { ScopewiseError, ready } from "./index.js";

/** A role of a document as the tree that the API has for it, as JSON. Throws for an invalid document and for no role. */
export function exportRole(document: Source, role: string, given?: { catalog?: Source }): string;

/** What became of answers of the API. */
export interface Imported {
  /** An organization document that is valid. */
  document: object;
  /** What has no place in it, each with where it was found. */
  left: { path: string; message: string }[];
}

/**
 * An organization document out of what the REST API answers: an object of request paths and the answers that came,
 * `{ "/api/orgs/acme": …, "/api/orgs/acme/members": … }`. Throws where the answers are of no organization.
 */
export function importOrganization(
  answers: string | Uint8Array | ArrayBuffer | object,
  options?: { revision?: string; organization?: string },
): Imported;
