// The door for reviews in Node: reads the part beside this file.
import { readFileSync } from "node:fs";
import { Organization } from "./questions-node.js";
import { reviewing } from "./reviewing.js";

export const { diff, lint, ready, replay } = reviewing(Organization, readFileSync(new URL("./wasm/review_bg.wasm", import.meta.url)));
export { ScopewiseError } from "./crossing.js";
