// The door for Node: reads the module beside this file. Everything is synchronous after the import.
import { readFileSync } from "node:fs";
import * as wasm from "./wasm/scopewise.js";
import { over } from "./organization.js";

wasm.initSync({ module: readFileSync(new URL("./wasm/scopewise_bg.wasm", import.meta.url)) });

export const Organization = over(wasm);
export { ScopewiseError } from "./organization.js";
