// The documents of `trees.rs` for JavaScript: the largest role that is read, and role trees that are refused.

const BYTES = 1_000_000;
const ENTRIES = 2_000;
const LEVELS = 60;

const allow = { __type: "PermissionDescriptorAllow", permissions: ["stack:read"] };
const stack = { __type: "PermissionExpressionStack" };

/** A document in which `user:bob` has a role of a million bytes, of two thousand entries and sixty levels. The last entry
 *  gives Stack Admin on `stack:acme/web/deep`, by its tags; `stack:acme/web/flat` has none. */
export function largestRole() {
  const outer = Array.from({ length: LEVELS - 5 }, (_, level) => level);
  const around = (tree, level) => (level % 2 === 0 ? group([tree]) : under(hasTag(tagOf(level)), tree));
  const role = { id: "wide", name: "Wide", description: "", details: outer.reduceRight(around, group(entries())) };
  role.description = "x".repeat(BYTES - JSON.stringify(role).length);
  const tags = Object.fromEntries([...outer.map((level) => [tagOf(level), "yes"]), [keyOf(ENTRIES - 1), valueOf(ENTRIES - 1)]]);
  const entities = [{ entity: "stack:acme/web/deep", tags }, { entity: "stack:acme/web/flat" }];
  return document({ roles: [role], members: [{ user: "bob", role: "wide" }], entities });
}

/** Documents that are refused, each with the code of what is wrong. */
export function hostileTrees() {
  const deep = Array.from({ length: 64 }).reduce((tree) => group([tree]), allow);
  const circle = [["a", "b"], ["b", "c"], ["c", "a"]].map(([id, next]) => ({
    id,
    name: `Record ${id}`,
    uxPurpose: "policy",
    details: compose(next),
  }));
  return [
    { what: "65 nodes on a path", code: "too_deep", document: withTree(deep) },
    { what: "2,001 entries", code: "too_many", document: withTree(group(Array(ENTRIES + 1).fill(allow))) },
    { what: "a circle through three records", code: "compose_cycle", document: document({ roles: circle }) },
    { what: "a text of a megabyte", code: "role_too_large", document: withTree(under(hasTag("x".repeat(BYTES)), allow)) },
  ];
}

function document(fields) {
  return { revision: "2026-10", organization: "acme", ...fields };
}

function withTree(details) {
  return document({ roles: [{ id: "deep", name: "Deep", details }], members: [{ user: "bob", role: "deep" }] });
}

function entries() {
  return Array.from({ length: ENTRIES }, (_, number) => {
    const left = { __type: "PermissionExpressionTag", context: stack, key: keyOf(number) };
    const right = { __type: "PermissionLiteralExpressionString", value: valueOf(number) };
    const set = number === ENTRIES - 1 ? "stack-admin" : "stack-read";
    return under({ __type: "PermissionExpressionEqual", left, right }, compose(set));
  });
}

function group(entries) {
  return { __type: "PermissionDescriptorGroup", entries };
}

function under(condition, subNode) {
  return { __type: "PermissionDescriptorCondition", condition, subNode };
}

function compose(id) {
  return { __type: "PermissionDescriptorCompose", permissionDescriptors: [id] };
}

function hasTag(key) {
  return { __type: "PermissionExpressionHasTag", context: stack, key };
}

const tagOf = (level) => `level-${level}`;
const keyOf = (number) => `key-${number % 20}`;
const valueOf = (number) => String(number).padStart(139, "0");
