// The door for administrators in Vercel's edge runtime, which compiles what is imported with this mark.
import glue from "./wasm/admin.js";
import module from "./wasm/admin_bg.wasm?module";
import { questions } from "./questions.js";
import { Runtime } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(module);
export const { Organization, diff, exportRole, importOrganization, lint, replay } = questions(runtime);
export { ScopewiseError } from "./organization.js";
