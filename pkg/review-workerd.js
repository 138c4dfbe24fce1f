// The door for reviews in workerd, which compiles a module before a worker starts and takes no bytes.
import module from "./wasm/review_bg.wasm";
import { Organization } from "./questions-workerd.js";
import { reviewing } from "./reviewing.js";

export const { diff, lint, ready, replay } = reviewing(Organization, module);
export { ScopewiseError } from "./crossing.js";
