// The door for browsers: fetches the module beside this file. Everything is synchronous after the import.
import init from "./wasm/scopewise.js";

await init();

export { Organization, ScopewiseError } from "./organization.js";
