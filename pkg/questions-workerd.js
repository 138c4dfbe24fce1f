// The door for questions about everybody in workerd, which compiles a module before a worker starts and takes no bytes.
import module from "./wasm/questions_bg.wasm";
import { Organization as Engine } from "./workerd.js";
import { questioning } from "./questioning.js";

export const { Organization, ready } = questioning(Engine, module);
export { ScopewiseError } from "./crossing.js";
