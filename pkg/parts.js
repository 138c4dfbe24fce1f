// How a part of a module gets to run: joined to the instance that runs, and to each that takes its place.
import { report } from "./platform.js";
import { compiled } from "./runtime.js";

/** A runtime, or a part of one, together with a further part: it runs while both do. */
export class Part {
  /** Fulfilled as soon as it is joined; rejected where it cannot be. */
  ready;
  #settled;
  #runtime;
  #isJoined = false;
  /** Why it is not joined, until somebody was told. */
  #failure;

  /** Joins it, from its bytes or its module: at once wherever the engine lets it, else as soon as it does. */
  constructor(runtime, source) {
    this.#runtime = runtime;
    this.ready = this.#joinedAtOnce(source) ? Promise.resolve() : this.#joined(source);
    this.#settled = this.ready.catch((error) => (this.#failure = error));
  }

  get exports() {
    return this.#isJoined ? this.#runtime.exports : undefined;
  }

  /** Over once it is joined and runs; an error where it cannot be. */
  get started() {
    return this.#settled.then((failure) => failure ?? this.#runtime.started);
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
    let module = source;
    let home;
    do {
      const failure = await this.#runtime.started;
      home = this.#runtime.exports;
      if (home === undefined) throw failure ?? new Error("the engine broke while this was joined to it");
      module = await home.joinLater(module);
      // Another instance may have taken the place of this one meanwhile.
    } while (home !== this.#runtime.exports);
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
