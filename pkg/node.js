// The door for Node: reads the module beside this file.
import { readFileSync } from "node:fs";
import glue from "./wasm/scopewise.js";
import { over } from "./organization.js";
import { Runtime } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(readFileSync(new URL("./wasm/scopewise_bg.wasm", import.meta.url)));
export const Organization = over(runtime);
export { ScopewiseError } from "./crossing.js";
