// How a part of a module gets to run: joined to the instance that runs, and to each that takes its place.
import { report } from "./platform.js";
import { compiled } from "./runtime.js";

/** A runtime, or a part of one, together with a further part: it runs while both do. */
export class Part {
  /** Fulfilled as soon as it is joined; rejected where it cannot be. */
  ready;
  /** Over once it is joined; an error where it cannot be. */
  started;
  #runtime;
  #isJoined = false;
  /** Why it is not joined, until somebody was told. */
  #failure;

  /** Joins it, from its bytes or its module: at once wherever the engine lets it, else as soon as it does. */
  constructor(runtime, source) {
    this.#runtime = runtime;
    this.ready = this.#joinedAtOnce(source) ? Promise.resolve() : this.#joined(source);
    this.started = this.ready.catch((error) => (this.#failure = error));
  }

  get exports() {
    return this.#isJoined ? this.#runtime.exports : undefined;
  }

  get parts() {
    return this.#runtime.parts;
  }

  restart(broken) {
    this.#runtime.restart(broken);
  }

  /** Reports, once, why it does not run: for when somebody is answered with a deny because of it. */
  reportFailure() {
    if (this.#runtime.exports === undefined) this.#runtime.reportFailure();
    else if (this.#failure !== undefined) report(this.#failure);
    this.#failure = undefined;
  }

  #joinedAtOnce(source) {
    if (this.#runtime.exports === undefined) return false;
    try {
      const module = compiled(source);
      this.#runtime.exports.join(module);
      this.#keep(module);
      return true;
    } catch {
      // On a page's main thread some engines compile nothing of that size at once.
      return false;
    }
  }

  async #joined(source) {
    const failure = await this.#runtime.started;
    let module = source;
    let home;
    // Another instance may take the place of the one that ran while this waits.
    while (home === undefined || home !== this.#runtime.exports) {
      home = this.#runtime.exports;
      if (home === undefined) throw failure;
      module = await home.joinLater(module);
    }
    this.#keep(module);
  }

  #keep(module) {
    this.parts.push(module);
    this.#isJoined = true;
  }
}

/** Fulfilled as soon as all parts are joined. Where one is not, whoever waits is told; that nobody waits ends no process. */
export function all(parts) {
  const joined = Promise.all(parts).then(() => {});
  joined.catch(() => {});
  return joined;
}
