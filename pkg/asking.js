// What parts are asked about, and how it reaches the module: organizations or documents, catalogs, lists of lines.
import { ScopewiseError, asDocument, text, toBytes } from "./crossing.js";
import { engine, runtimeOf } from "./organization.js";
import { DISPOSE } from "./platform.js";

/** Asks about an organization, or about a document and its catalog, which are one for as long as that takes. */
export function asking(Organization, it, catalog, question) {
  if (typeof it === "object" && it !== null && engine in it) return question(ours(Organization, it[engine]));
  const parsed = Organization.parse(it, { catalog });
  try {
    return question(parsed[engine]);
  } finally {
    parsed[DISPOSE]();
  }
}

/** Another door may have an engine of its own, whose organizations are not in the memory of this one. */
function ours(Organization, made) {
  if (made instanceof Organization[runtimeOf].exports.Engine) return made;
  throw new ScopewiseError("the organization is in another engine, as that of `scopewise/slim` is: give its document");
}

/** What the module exports, once the part is joined to it. */
export function running(part) {
  if (part.exports === undefined) throw new ScopewiseError("the engine does not run yet: await `ready`");
  return part.exports;
}

export const bytesOf = (document) => toBytes(asDocument(document));

/** What may be given along. */
export const given = (document) => (document === undefined ? undefined : bytesOf(document));

/** One text, of a text or of its lines. */
export const lines = (texts) => (typeof texts === "string" ? texts : Array.from(texts, text).join("\n"));

/** A log with a record in each line, of a text or of records. */
export const recordsOf = (log) => lines(typeof log === "string" ? log : [...log].map((record) => JSON.stringify(record) ?? "null"));
