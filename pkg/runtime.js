// How a module gets to run: at once wherever the engine lets it, else as soon as it does.

/** One wasm module and the instance of it that answers. */
export class Runtime {
  #glue;
  #exports;

  constructor(glue) {
    this.#glue = glue;
  }

  /** What the module exports, or nothing while it does not run. */
  get exports() {
    return this.#exports;
  }

  /** Starts it from its bytes, or from the module where the platform has compiled it. */
  start(source) {
    const glue = this.#glue();
    try {
      glue.initSync({ module: source });
      this.#exports = glue;
      return Promise.resolve();
    } catch {
      // On a page's main thread some engines compile nothing of that size at once.
      return this.startLater(source);
    }
  }

  /** Starts it from whatever gives a module: its address, an answer, bytes, a module, a promise or a function of these. */
  async startLater(source) {
    const glue = this.#glue();
    const given = await (typeof source === "function" ? source() : source);
    await glue.default({ module_or_path: given });
    this.#exports ??= glue;
  }
}

/** The bytes of a text that has a character for each. */
export function bytesOf(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}
