// The door for reviews in Vercel's edge runtime, which compiles what is imported with this mark.
import module from "./wasm/review_bg.wasm?module";
import { Organization } from "./questions-edge-light.js";
import { reviewing } from "./reviewing.js";

export const { diff, lint, ready, replay } = reviewing(Organization, module);
export { ScopewiseError } from "./crossing.js";
