// The door for administrators: a part that is joined to the engine of "scopewise", and the questions that it answers.
import text from "./wasm/admin.text.js";
import { Organization as Engine } from "./index.js";
import { questions } from "./questions.js";
import { bytesOf } from "./runtime.js";

export const { Organization, ready } = questions(Engine, bytesOf(text));
export { ScopewiseError } from "./crossing.js";
