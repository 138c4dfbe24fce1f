// The load in a page.
import { instances } from "./instances.js";
import { ask, document, replace } from "./load.js";
import { Organization } from "../../pkg/index.js";

const organization = Organization.parse(document(0));

export { instances };
export const asked = (first, count) => ask(organization, first, count);
export const replaced = (first, count, isDisposed) => replace(Organization, first, count, isDisposed);
