// Who may do what: the one place of the app that knows Scopewise.
import { readFileSync } from "node:fs";
import { Organization } from "scopewise";

const [catalog, document] = ["catalog", "organization"].map((name) =>
  JSON.parse(readFileSync(new URL(`../../catalogs/shop/${name}.json`, import.meta.url), "utf8")),
);
const shop = Organization.parse({ ...document, catalog });
const staff = new Set(document.members.map((member) => member.user));

export const isStaff = (name) => staff.has(name);

/** Whoever asks; `can`, `decide` and `explain` are its methods. */
export const principalOf = (name) => shop.principal(`user:${name}`);

/** An order as permissions see it: its name, and what is known of it. */
export const about = ({ id, total }) => [`order:lindenhof/${id}`, { tags: { sum: total <= 50 ? "small" : "large" } }];

export const product = ({ id }) => `product:lindenhof/${id}`;
