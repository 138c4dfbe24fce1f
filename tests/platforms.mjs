// Platforms that are not as Node is: what of them a test needs.

/** Hears of errors as a page does: what is reported meanwhile. */
export function reported(work) {
  const { process, reportError } = globalThis;
  const errors = [];
  globalThis.process = undefined;
  globalThis.reportError = (error) => errors.push(error);
  try {
    work();
  } finally {
    Object.assign(globalThis, { process, reportError });
  }
  return errors;
}

/** As on a page's main thread in some engines, until the test is over. */
export function compilingNothingAtOnce(t) {
  const { Module } = WebAssembly;
  t.after(() => (WebAssembly.Module = Module));
  WebAssembly.Module = class {
    constructor() {
      throw new RangeError("too large for the main thread");
    }
  };
}
