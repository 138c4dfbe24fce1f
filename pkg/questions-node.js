// The door for questions about everybody in Node: reads the part beside this file.
import { readFileSync } from "node:fs";
import { Organization as Engine } from "./node.js";
import { questioning } from "./questioning.js";

export const { Organization, ready } = questioning(Engine, readFileSync(new URL("./wasm/questions_bg.wasm", import.meta.url)));
export { ScopewiseError } from "./crossing.js";
