// How a module gets to run: at once wherever the engine lets it, else as soon as it does; and again after it broke.

/** One wasm module and the instance of it that answers. */
export class Runtime {
  #glue;
  #module;
  #exports;

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
      this.#module = isModule(source) ? source : new WebAssembly.Module(source);
      const glue = this.#glue();
      glue.initSync({ module: this.#module });
      this.#exports = glue;
      return Promise.resolve();
    } catch {
      // On a page's main thread some engines compile nothing of that size at once.
      return this.startLater(source);
    }
  }

  /** Starts it without holding anybody up, from its bytes, from the module, or from a promise of either. */
  async startLater(source) {
    this.#module = await source;
    const glue = this.#glue();
    await glue.default({ module_or_path: this.#module });
    this.#exports = glue;
  }

  /** Puts a fresh instance in the place of one that broke. */
  restart(broken) {
    if (this.#exports !== broken) return;
    this.#exports = undefined;
    this.start(this.#module).catch(report);
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

/** By its tag: Next.js runs the edge runtime in a realm of its own, and compiles for it outside of that. */
export function isModule(source) {
  return Object.prototype.toString.call(source) === "[object WebAssembly.Module]";
}
