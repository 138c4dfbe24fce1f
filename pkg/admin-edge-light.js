// The door for administrators in Vercel's edge runtime: everything that the three parts have.
import { all } from "./parts.js";
import { ready as asked } from "./questions-edge-light.js";
import { ready as reviewed } from "./review-edge-light.js";
import { ready as moved } from "./transfer-edge-light.js";

export { Organization, ScopewiseError } from "./questions-edge-light.js";
export { diff, lint, replay } from "./review-edge-light.js";
export { exportRole, importOrganization } from "./transfer-edge-light.js";
export const ready = /* @__PURE__ */ all([asked, reviewed, moved]);
