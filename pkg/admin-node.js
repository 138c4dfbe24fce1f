// The door for administrators' programs in Node: reads the module beside this file.
import { readFileSync } from "node:fs";
import glue from "./wasm/admin.js";
import { questions } from "./questions.js";
import { Runtime } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(readFileSync(new URL("./wasm/admin_bg.wasm", import.meta.url)));
export const { Organization, diff, exportRole, importOrganization, lint, replay } = questions(runtime);
export { ScopewiseError } from "./organization.js";
