// The door for everywhere: the module comes with it as a text, so that nothing is fetched and nothing awaited.
import glue from "./wasm/scopewise.js";
import text from "./wasm/scopewise.text.js";
import { over } from "./organization.js";
import { Runtime, bytesOf } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(bytesOf(text));
export const Organization = over(runtime);
export { ScopewiseError } from "./crossing.js";
