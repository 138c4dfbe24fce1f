// The door for questions about everybody: a part that is joined to the engine of "scopewise".
import text from "./wasm/questions.text.js";
import { Organization as Engine } from "./index.js";
import { questioning } from "./questioning.js";
import { bytesOf } from "./runtime.js";

export const { Organization, ready } = questioning(Engine, bytesOf(text));
export { ScopewiseError } from "./crossing.js";
