// Tags and other objects on their way to a module: nothing of them is lost.

/**
 * Whether JSON has a place for all tags. Of a map it would write none, and of one whose value is not known nothing: as if
 * the entity had no such tag, which may be what allows something.
 */
export function areWhole(tags) {
  if (typeof tags !== "object" || tags === null) return true;
  return isPlain(tags) && Object.values(tags).every((value) => JSON_HAS.has(typeof value));
}

const JSON_HAS = new Set(["string", "number", "boolean"]);

/** Whether an object has its own fields alone, as one that a literal makes has, in whatever realm. */
export function isPlain(object) {
  const above = Object.getPrototypeOf(object);
  return above === Object.prototype || above === null || Object.getPrototypeOf(above) === null;
}
