// The door for workerd, which compiles a module before a worker starts and takes no bytes.
import glue from "./wasm/scopewise.js";
import module from "./wasm/scopewise_bg.wasm";
import { over } from "./organization.js";
import { Runtime } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(module);
export const Organization = over(runtime);
export { ScopewiseError } from "./crossing.js";
