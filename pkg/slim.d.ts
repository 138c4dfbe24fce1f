export type * from "./index.js";
export { Organization, ScopewiseError } from "./index.js";

/** What a platform calls by that name, if it has it: these types are for programs without a page too. */
type Platform<Name extends string> = typeof globalThis extends Record<Name, { prototype: infer It }> ? It : never;
type Module = typeof globalThis extends { WebAssembly: { Module: { prototype: infer It } } } ? It : never;

/** Where the module comes from: its address, an answer of `fetch`, its bytes, or itself. */
export type Source =
  | string
  | Platform<"URL">
  | Platform<"Request">
  | Platform<"Response">
  | ArrayBuffer
  | ArrayBufferView
  | Module;

/**
 * Starts the module: `scopewise/scopewise.wasm` of this package, from wherever it is kept. Fulfilled as soon as it runs;
 * until then every answer is deny, with the reason `not_ready`. Rejected as `ready` of the other doors is.
 */
export function init(source: Source | Promise<Source> | (() => Source | Promise<Source>)): Promise<void>;
