// How a module gets to run: at once wherever the engine lets it, else as soon as it does; and again after it broke.

/** One wasm module and the instance of it that answers. */
export class Runtime {
  #glue;
  #module;
  #exports;
  /** Why it does not start, until somebody was told. */
  #failure;

  constructor(glue) {
    this.#glue = glue;
  }

  /** What the instance exports, or nothing while none runs. */
  get exports() {
    return this.#exports;
  }

  /** Starts it from its bytes, or from the module where the platform has compiled it. */
  start(source) {
    try {
      this.#module = is("WebAssembly.Module", source) ? source : new WebAssembly.Module(source);
      const glue = this.#glue();
      glue.initSync({ module: this.#module });
      this.#exports = glue;
      return Promise.resolve();
    } catch {
      // On a page's main thread some engines compile nothing of that size at once.
      return this.startLater(source);
    }
  }

  /**
   * Starts it without holding anybody up, from its bytes, from the module, or from a promise of either. Where that
   * fails, whoever waits is told; that nobody waits ends no process.
   */
  startLater(source) {
    const started = this.#started(source);
    started.catch((error) => (this.#failure = error));
    return started;
  }

  /** Puts a fresh instance in the place of one that broke. */
  restart(broken) {
    if (this.#exports !== broken) return;
    this.#exports = undefined;
    this.start(this.#module);
  }

  /** Reports, once, why nothing runs: for when somebody is answered with a deny because of it. */
  reportFailure() {
    if (this.#failure !== undefined) report(this.#failure);
    this.#failure = undefined;
  }

  async #started(source) {
    this.#module = await source;
    // Safari's lockdown mode, Node without its compilers.
    if (typeof WebAssembly === "undefined") throw new Error("there is no WebAssembly here, by which the engine would run");
    const glue = this.#glue();
    await glue.default({ module_or_path: this.#module });
    [this.#exports, this.#failure] = [glue, undefined];
  }
}

/** Tells the page, the worker or the process of an error that was answered with a deny. */
export function report(error) {
  (globalThis.reportError ?? console.error)(error);
}

/** The bytes of a text that has a character for each. */
export function bytesOf(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** By its tag: what another realm has made is no instance here, and the edge runtime of Next.js and Jest are such ones. */
export function is(kind, value) {
  return Object.prototype.toString.call(value) === `[object ${kind}]`;
}
