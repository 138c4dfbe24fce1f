// The door without the module: `init` says where it comes from. Until it runs, everything is deny.
import glue from "./wasm/scopewise.js";
import { over } from "./organization.js";
import { Runtime } from "./runtime.js";
import { moduleOf } from "./source.js";

const runtime = new Runtime(glue);

/** Starts the module, once: fulfilled as soon as it runs. */
export const init = (source) => runtime.startLater(moduleOf(source));
export const Organization = over(runtime);
export { ScopewiseError } from "./crossing.js";
