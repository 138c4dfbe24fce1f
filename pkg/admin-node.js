// The door for administrators' programs in Node: reads the part beside this file.
import { readFileSync } from "node:fs";
import { Organization as Engine } from "./node.js";
import { questions } from "./questions.js";

export const { Organization, ready } = questions(Engine, readFileSync(new URL("./wasm/admin_bg.wasm", import.meta.url)));
export { ScopewiseError } from "./crossing.js";
