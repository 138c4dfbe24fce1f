// The door for questions about everybody in Vercel's edge runtime, which compiles what is imported with this mark.
import module from "./wasm/questions_bg.wasm?module";
import { Organization as Engine } from "./edge-light.js";
import { questioning } from "./questioning.js";

export const { Organization, ready } = questioning(Engine, module);
export { ScopewiseError } from "./crossing.js";
