// The door for browsers: fetches the module beside this file. Everything is synchronous after the import.
import init, * as wasm from "./wasm/scopewise.js";
import { over } from "./organization.js";

await init();

export const Organization = over(wasm);
export { ScopewiseError } from "./organization.js";
