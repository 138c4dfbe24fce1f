// What is not the same on every platform: who hears of an error, and what an object is that another realm has made.

/** Tells the page, the worker or the process of an error that was answered with a deny. */
export function report(error) {
  (globalThis.reportError ?? console.error)(error);
}

/** By its tag: what another realm has made is no instance here, and the edge runtime of Next.js and Jest are such ones. */
export function is(kind, value) {
  return Object.prototype.toString.call(value) === `[object ${kind}]`;
}
