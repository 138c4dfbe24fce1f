// What crosses to a module and back: documents, names and contexts as it takes them, and what it throws.

import { is } from "./platform.js";
import { areWhole, isPlain } from "./tags.js";

export class ScopewiseError extends Error {
  constructor(message, problems = []) {
    super(message);
    this.name = "ScopewiseError";
    this.problems = problems;
  }
}

/** The largest document that the module reads, in bytes. */
const LIMIT = 64_000_000;

/** What a document may be given as, kept as it is now: a text, or bytes of its own. */
export function asDocument(source) {
  if (is("Uint8Array", source)) return new Uint8Array(within(source)); // a slice of a Buffer is no copy
  if (is("ArrayBuffer", source)) return within(new Uint8Array(source)).slice();
  const json = typeof source === "string" ? source : JSON.stringify(source);
  if (typeof json !== "string") throw new TypeError("a document is a text, bytes or an object");
  refuseLosses(source);
  const half = json.search(/\p{Surrogate}/u);
  if (half >= 0) {
    const message = "the text has half of a surrogate pair: write the whole character";
    fail({ code: "invalid_utf8", message, ...place(json.slice(0, half)) });
  }
  return within(json);
}

/**
 * Refuses what JSON would write less of than it holds: of a map it writes `{}`, as if nothing had been said, and of a tag
 * without a value nothing, as if the entity had none.
 */
function refuseLosses(source) {
  const keys = lossIn(source);
  if (keys === undefined) return;
  const lost = keys.reduce((value, key) => value[key], source);
  const message =
    typeof lost === "object"
      ? `of a \`${lost.constructor?.name}\` not all can be read: make it a plain object, as by \`Object.fromEntries\`, or a list`
      : `\`${typeof lost}\` is no value of a tag: leave the tag out if the entity has none`;
  fail({ code: "wrong_type", message, path: pathOf(keys) });
}

/**
 * The keys to the first thing in a value that is neither a list nor plain, and does not say what is written of it; or to a
 * tag without a value. Elsewhere what is `undefined` is absent, and says no more by that.
 */
function lossIn(value, isTags = false) {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) return lossInList(value);
  if (!isPlain(value)) return typeof value.toJSON === "function" ? undefined : [];
  for (const key in value) {
    if (isTags && UNWRITTEN.has(typeof value[key])) return [key];
    const keys = lossIn(value[key], key === "tags");
    if (keys !== undefined) return [key, ...keys];
  }
  return undefined;
}

/** What JSON leaves out. */
const UNWRITTEN = new Set(["undefined", "function", "symbol"]);

/** By numbers: a loop over the keys of a list takes three times as long. */
function lossInList(list) {
  for (let at = 0; at < list.length; at += 1) {
    const keys = lossIn(list[at]);
    if (keys !== undefined) return [at, ...keys];
  }
  return undefined;
}

/** Keys as the paths of problems have them. */
function pathOf(keys) {
  const steps = keys.map((key) => (/^[a-z_]\w*$/i.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`));
  return steps.join("").replace(/^\./, "") || "document";
}

/** What a bundle may be given as, kept as it is now. */
export function asBundle(source) {
  const bytes = is("ArrayBuffer", source) ? new Uint8Array(source) : source;
  if (!is("Uint8Array", bytes)) throw new TypeError("a bundle is bytes");
  return new Uint8Array(within(bytes));
}

export function toBytes(document) {
  return typeof document === "string" ? within(new TextEncoder().encode(document)) : document;
}

/** Told before a byte is copied. A text has at least as many bytes as units. */
function within(source) {
  if (source.length > LIMIT) {
    const message = `the document has ${source.length} bytes: at most ${LIMIT} are read`;
    fail({ code: "too_large", message });
  }
  return source;
}

/** Line and column of what follows a text, both from 1; the column counts characters. */
function place(before) {
  const lines = before.split("\n");
  return { line: lines.length, column: [...lines.at(-1)].length + 1 };
}

function fail(fault) {
  const problem = { path: "document", ...fault };
  throw new ScopewiseError(sentence(problem), [problem]);
}

/** A context as JSON; what cannot be written so is malformed. */
export function asJson(context) {
  if (context === undefined) return undefined;
  try {
    if (typeof context === "object" && context !== null && areWhole(context.tags)) return JSON.stringify(context);
  } catch {
    // A cycle, or a number that JSON does not have.
  }
  throw new ScopewiseError("what is known beside the question must be an object as JSON has them");
}

/** One request as a line of JSON; what cannot be written as JSON is a malformed request at its place. */
export function asLine(request) {
  try {
    return areWhole(request?.tags) ? (JSON.stringify(request) ?? "null") : "null";
  } catch {
    return "null";
  }
}

export function text(value) {
  if (typeof value !== "string") throw new ScopewiseError(`a text is wanted here, not ${typeof value}`);
  return value;
}

/** Names of scopes, each on a line. */
export function joinedBy(scopes) {
  const broken = scopes.find((scope) => scope.includes("\n"));
  if (broken !== undefined) throw new ScopewiseError(`\`${broken}\` is no scope: it has a line feed`);
  return scopes.join("\n");
}

/** How many line feeds a text has. */
export function lineFeeds(joined) {
  let count = 0;
  for (let at = joined.indexOf("\n"); at >= 0; at = joined.indexOf("\n", at + 1)) count += 1;
  return count;
}

/** Calls the engine; what it throws becomes a ScopewiseError. */
export function calling(ask) {
  try {
    return ask();
  } catch (thrown) {
    if (thrown instanceof Error) throw thrown;
    if (Array.isArray(thrown)) throw new ScopewiseError(thrown.map(sentence).join("\n"), thrown);
    throw new ScopewiseError(String(thrown));
  }
}

function sentence({ path, line, column, message }) {
  return `${line === undefined ? path : `line ${line}, column ${column}`}: ${message}`;
}

/** What wasm throws when it goes wrong inside. */
export const hasBroken = (thrown) => thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError;
