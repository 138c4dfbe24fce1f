// The door for Node: reads the module beside this file. Everything is synchronous after the import.
import { readFileSync } from "node:fs";
import { initSync } from "./wasm/scopewise.js";

initSync({ module: readFileSync(new URL("./wasm/scopewise_bg.wasm", import.meta.url)) });

export { Organization, ScopewiseError } from "./organization.js";
