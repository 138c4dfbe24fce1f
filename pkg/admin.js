// The door for administrators: a module of its own, with everything of "scopewise" and the questions beside.
import glue from "./wasm/admin.js";
import text from "./wasm/admin.text.js";
import { questions } from "./questions.js";
import { Runtime, bytesOf } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(bytesOf(text));
export const { Organization, diff, exportRole, importOrganization, lint, replay } = questions(runtime);
export { ScopewiseError } from "./organization.js";
