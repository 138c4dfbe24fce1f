// The door for administrators' pages: a module of its own, with everything of "scopewise" and the questions beside.
import init, * as wasm from "./wasm/admin.js";
import { questions } from "./questions.js";

await init();

export const { Organization } = questions(wasm);
export { ScopewiseError } from "./organization.js";
