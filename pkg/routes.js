// The door to routes for everywhere: a module of its own, which comes as a text.
import glue from "./wasm/routes.js";
import text from "./wasm/routes.text.js";
import { routesOver } from "./routing.js";
import { Runtime, bytesOf } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(bytesOf(text));
export const Routes = routesOver(runtime);
export { ScopewiseError } from "./crossing.js";
