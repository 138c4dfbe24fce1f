// What is not the same on every platform: who hears of an error, and what an object is that another realm has made.

/**
 * Tells the page, the worker or the process of an error that was answered with a deny. Where there is a process it is
 * written: in Deno and in Bun an error that is reported ends everything.
 */
export function report(error) {
  const { process: own, Deno, reportError = console.error } = globalThis;
  const isProcess = own?.versions?.node !== undefined || Deno !== undefined;
  (isProcess ? console.error : reportError)(error);
}

/** What gives memory back, where the platform has no name for it yet. */
export const DISPOSE = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** By its tag: what another realm has made is no instance here, and the edge runtime of Next.js and Jest are such ones. */
export function is(kind, value) {
  return Object.prototype.toString.call(value) === `[object ${kind}]`;
}
