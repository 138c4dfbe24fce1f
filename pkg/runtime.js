// How a module gets to run: at once wherever the engine lets it, else as soon as it does; and again after it broke.
import { is, report } from "./platform.js";

/** One wasm module and the instance of it that answers, with the parts that are joined to it. */
export class Runtime {
  #glue;
  #module;
  #exports;
  /** Why it does not start, until somebody was told. */
  #failure;
  /** Over once it has started; an error where it does not. */
  started;
  /** The modules that `parts.js` has joined to it, and joins to every instance that takes its place, in their order. */
  parts = [];

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
      this.#module = compiled(source);
      const glue = this.#glue();
      glue.initSync({ module: this.#module });
      this.parts.forEach((part) => glue.join(part));
      this.#exports = glue;
      return (this.started = Promise.resolve());
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
    this.started = started.catch((error) => (this.#failure = error));
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
    for (const part of this.parts) await glue.joinLater(part);
    [this.#exports, this.#failure] = [glue, undefined];
  }
}

/** A module, of its bytes unless the platform has compiled it. */
export const compiled = (source) => (is("WebAssembly.Module", source) ? source : new WebAssembly.Module(source));

/** The bytes of a text that has a character for each. */
export function bytesOf(text) {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}
