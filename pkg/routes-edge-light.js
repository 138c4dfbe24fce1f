// The door to routes for Vercel's edge runtime, which compiles what is imported with this mark.
import glue from "./wasm/routes.js";
import module from "./wasm/routes_bg.wasm?module";
import { routesOver } from "./routing.js";
import { Runtime } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(module);
export const Routes = routesOver(runtime);
export { ScopewiseError } from "./crossing.js";
