// The door for administrators in workerd: everything that the three parts have.
import { all } from "./parts.js";
import { ready as asked } from "./questions-workerd.js";
import { ready as reviewed } from "./review-workerd.js";
import { ready as moved } from "./transfer-workerd.js";

export { Organization, ScopewiseError } from "./questions-workerd.js";
export { diff, lint, replay } from "./review-workerd.js";
export { exportRole, importOrganization } from "./transfer-workerd.js";
export const ready = /* @__PURE__ */ all([asked, reviewed, moved]);
