// What comes after an answer that may be a promise: at once where it is none, so that nobody waits for nothing. A promise
// of somebody else's making is one of the platform's before it is asked anything.

/** Goes on with a value, or with that of a promise. */
export function then(value, next) {
  return isPromise(value) ? Promise.resolve(value).then(next) : next(value);
}

/** Goes on with what a step gives, and otherwise where it throws or rejects. */
export function attempt(step, next, otherwise) {
  let value;
  try {
    value = step();
    if (isPromise(value)) return Promise.resolve(value).then(next, otherwise);
  } catch (thrown) {
    return otherwise(thrown);
  }
  return next(value);
}

/** All of them, as soon as the last is there. */
export function all(values) {
  return values.some(isPromise) ? Promise.all(values) : values;
}

/** Tells somebody without waiting: what is thrown there goes to `report` and changes nothing. */
export function tell(somebody, report, context) {
  const done = attempt(somebody, () => undefined, report);
  if (isPromise(done)) attempt(() => context?.waitUntil?.(done), () => undefined, report);
}

export const isPromise = (value) => typeof value?.then === "function";
