// The door for administrators in workerd, which compiles a module before a worker starts and takes no bytes.
import glue from "./wasm/admin.js";
import module from "./wasm/admin_bg.wasm";
import { questions } from "./questions.js";
import { Runtime } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(module);
export const { Organization, diff, exportRole, importOrganization, lint, replay } = questions(runtime);
export { ScopewiseError } from "./organization.js";
