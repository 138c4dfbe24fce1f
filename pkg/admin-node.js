// The door for administrators' programs in Node: everything that the three parts have.
import { all } from "./parts.js";
import { ready as asked } from "./questions-node.js";
import { ready as reviewed } from "./review-node.js";
import { ready as moved } from "./transfer-node.js";

export { Organization, ScopewiseError } from "./questions-node.js";
export { diff, lint, replay } from "./review-node.js";
export { exportRole, importOrganization } from "./transfer-node.js";
export const ready = /* @__PURE__ */ all([asked, reviewed, moved]);
