export * from "./index.js";

/** Where the module comes from: its address, an answer of `fetch`, its bytes, or itself. */
export type Source = string | URL | Request | Response | BufferSource | WebAssembly.Module;

/**
 * Starts the module: `scopewise/scopewise.wasm` of this package, from wherever it is kept. Fulfilled as soon as it runs;
 * until then every answer is deny, with the reason `not_ready`.
 */
export function init(source: Source | Promise<Source> | (() => Source | Promise<Source>)): Promise<void>;
