// The scopes of every revision with their descriptions: data for people, which the engine does without.
import { catalogs } from "./data/catalog.js";

export const revisions = Object.freeze(Object.keys(catalogs));

export function catalog(revision = revisions.at(-1)) {
  const found = Object.hasOwn(catalogs, revision) ? catalogs[revision] : undefined;
  if (found === undefined) {
    throw new RangeError(`no revision \`${revision}\` is known: use one of \`${revisions.join("`, `")}\``);
  }
  return found;
}
