// The door for Vercel's edge runtime, which compiles what is imported with this mark.
import glue from "./wasm/scopewise.js";
import module from "./wasm/scopewise_bg.wasm?module";
import { over } from "./organization.js";
import { Runtime } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(module);
export const Organization = over(runtime);
export { ScopewiseError } from "./crossing.js";
