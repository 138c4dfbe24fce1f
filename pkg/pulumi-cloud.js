// The routes of the API as data, for `Routes.parse`. An app that has routes of its own does without them.
export { pulumiCloud } from "./data/routes.js";
