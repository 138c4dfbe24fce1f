// The door to routes for workerd, which compiles a module before a worker starts and takes no bytes.
import glue from "./wasm/routes.js";
import module from "./wasm/routes_bg.wasm";
import { routesOver } from "./routing.js";
import { Runtime } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(module);
export const Routes = routesOver(runtime);
export { ScopewiseError } from "./crossing.js";
