// The door to routes for Node: reads the module beside this file.
import { readFileSync } from "node:fs";
import glue from "./wasm/routes.js";
import { routesOver } from "./routing.js";
import { Runtime } from "./runtime.js";

const runtime = new Runtime(glue);

export const ready = runtime.start(readFileSync(new URL("./wasm/routes_bg.wasm", import.meta.url)));
export const Routes = routesOver(runtime);
export { ScopewiseError } from "./crossing.js";
