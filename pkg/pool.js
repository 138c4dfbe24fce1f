// Many organizations behind one gate: those that were asked for last stay, as long as they fit.

import { DISPOSE } from "./platform.js";
import { isPromise, then } from "./sequel.js";

/** What an entry counts at least, with its name and what keeps it. */
const LEAST = 1024;

/** A chooser of organizations, for `organization` of a gate: `open` is asked once for each that is not there. */
export function organizations({ open, maxBytes = 64_000_000 }) {
  if (typeof open !== "function") throw new TypeError("`open` is a function that gives the organization of a name");
  if (!(maxBytes > 0)) throw new TypeError("`maxBytes` is a number of bytes");
  const kept = new Kept(maxBytes);
  const opening = new Map();
  return (request, { organization: name, context } = {}) => {
    if (name === undefined) return null;
    const known = kept.get(name) ?? opening.get(name);
    if (known !== undefined) return known;
    const opened = then(open(name, context), (it) => (it ? kept.add(name, it) : null));
    if (isPromise(opened))
      opening.set(
        name,
        opened.finally(() => opening.delete(name)),
      );
    return opening.get(name) ?? opened;
  };
}

/** By name, the one that was used last at the end. */
class Kept {
  #entries = new Map();
  #most;
  #bytes = 0;

  constructor(most) {
    this.#most = most;
  }

  get(name) {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.source;
  }

  /** Keeps it, and lets go of those that nobody used for longest. The newest stays, however large. */
  add(name, { source, bytes }) {
    if (!(bytes >= 0 && bytes < Infinity))
      throw new TypeError(`\`open\` must say how many \`bytes\` the organization \`${name}\` takes`);
    if (!source) throw new TypeError(`\`open\` must give a \`source\` of the organization \`${name}\`, or null`);
    this.#entries.set(name, { source, bytes: Math.max(bytes, LEAST) });
    this.#bytes += Math.max(bytes, LEAST);
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#most || oldest === name) break;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
      entry.source[DISPOSE]?.();
    }
    return source;
  }
}
