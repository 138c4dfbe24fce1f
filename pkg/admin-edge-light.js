// The door for administrators in Vercel's edge runtime, which compiles what is imported with this mark.
import module from "./wasm/admin_bg.wasm?module";
import { Organization as Engine } from "./edge-light.js";
import { questions } from "./questions.js";

export const { Organization, ready } = questions(Engine, module);
export { ScopewiseError } from "./crossing.js";
