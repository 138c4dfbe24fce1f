// The door for administrators' programs in Node.
import { readFileSync } from "node:fs";
import * as wasm from "./wasm/admin.js";
import { questions } from "./questions.js";

wasm.initSync({ module: readFileSync(new URL("./wasm/admin_bg.wasm", import.meta.url)) });

export const { Organization } = questions(wasm);
export { ScopewiseError } from "./organization.js";
