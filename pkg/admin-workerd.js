// The door for administrators in workerd, which compiles a module before a worker starts and takes no bytes.
import module from "./wasm/admin_bg.wasm";
import { Organization as Engine } from "./workerd.js";
import { questions } from "./questions.js";

export const { Organization, ready } = questions(Engine, module);
export { ScopewiseError } from "./crossing.js";
