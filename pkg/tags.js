// Tags on their way to a module: none of them is lost.

/**
 * Whether JSON has a place for all tags. Of a map it would write none, and of one whose value is not known nothing: as if
 * the entity had no such tag, which may be what allows something.
 */
export function areWhole(tags) {
  if (typeof tags !== "object" || tags === null) return true;
  const above = Object.getPrototypeOf(tags);
  const isPlain = above === null || Object.getPrototypeOf(above) === null;
  return isPlain && Object.values(tags).every((value) => JSON_HAS.has(typeof value));
}

const JSON_HAS = new Set(["string", "number", "boolean"]);
