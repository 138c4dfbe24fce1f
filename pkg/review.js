// The door for whoever reviews a document or a change of one: a part that is joined after that of questions.
import text from "./wasm/review.text.js";
import { Organization } from "./questions.js";
import { reviewing } from "./reviewing.js";
import { bytesOf } from "./runtime.js";

export const { diff, lint, ready, replay } = reviewing(Organization, bytesOf(text));
export { ScopewiseError } from "./crossing.js";
