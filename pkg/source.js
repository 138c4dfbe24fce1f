// A module from whatever gives one. It stands apart: Next.js lets nothing near its edge runtime that compiles.
import { is } from "./platform.js";

/** From its address, an answer of `fetch`, its bytes, itself, or a promise or a function of these. */
export async function moduleOf(source) {
  let given = await (typeof source === "function" ? source() : source);
  if (is("WebAssembly.Module", given)) return given;
  if (typeof given === "string" || given instanceof URL || given instanceof Request) given = await fetch(given);
  if (!(given instanceof Response)) return WebAssembly.compile(given);
  if (!given.ok) throw new Error(`the module cannot be fetched: ${given.status} for \`${given.url}\``);
  const asWasm = given.headers.get("content-type")?.startsWith("application/wasm") === true;
  return asWasm ? WebAssembly.compileStreaming(given) : WebAssembly.compile(await given.arrayBuffer());
}
