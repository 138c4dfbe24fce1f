// The door for administrators: everything that the three parts have. Each of them has a door of its own too, and a bundler
// leaves those out of which nothing is imported.
import { all } from "./parts.js";
import { ready as asked } from "./questions.js";
import { ready as reviewed } from "./review.js";
import { ready as moved } from "./transfer.js";

export { Organization, ScopewiseError } from "./questions.js";
export { diff, lint, replay } from "./review.js";
export { exportRole, importOrganization } from "./transfer.js";
export const ready = /* @__PURE__ */ all([asked, reviewed, moved]);
