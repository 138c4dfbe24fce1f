// What every runtime has to answer to `apps/questions.mjs`: the whole answers, written once.
const granted = { effect: "allow", reason: "granted" };
const deny = (reason) => ({ effect: "deny", reason });
const needsEnv = { effect: "unknown", reason: "needs_tags", needs: ["env"] };
const dev = "stack:acme/web/dev";

export const expected = {
  decisions: [
    { effect: "allow", reason: "organization_admin" },
    granted,
    deny("not_granted"),
    granted,
    needsEnv,
    granted,
    granted,
    deny("unknown_scope"),
    deny("other_organization"),
    deny("unknown_principal"),
    deny("token_expired"),
    deny("token_expired"),
  ],
  all: [deny("not_granted"), granted, needsEnv, { error: "the field `scope` is missing: add it" }],
  can: [false, true, false],
  explanation: {
    ...granted,
    grants: [
      {
        via: ["team:platform", "role:deployer", "permission-set:stack-write"],
        on: { tags: [{ key: "env", equals: "dev" }] },
        effect: "allow",
      },
    ],
    blockedBy: [],
    rules: [
      { rule: "TE-2", basis: "documented" },
      { rule: "RO-11", basis: "documented" },
    ],
  },
  scopes: [
    "environment:clone",
    "environment:open",
    "environment:read",
    "environment:rotate_history",
    "environment_schedule:read",
    "environment_tag:read",
    "environment_version:open",
    "environment_version:read",
  ],
  filtered: [dev],
  matrix: [1, 0, 1, 1, 1, 2],
  refused: [{ code: "unknown_field", path: "colour", message: "no field `colour` is known here: remove it" }],
  malformed:
    "`stack:acme/web` is no entity: write `stack:ORGANIZATION/PROJECT/STACK`, no part of it empty",
  part: [7, "user:bob", [dev]],
  snapshot: [deny("not_granted"), granted, { effect: "unknown", reason: "not_covered" }],
  writers: ["user:ann", "user:bob", "team:platform"],
  changed: { gained: 194, lost: 0, principals: 1 },
  found: [
    ["deployment_fails", "entities[1].deployment"],
    ["token_refused", "tokens[0]"],
  ],
  exported: ["__type", "entries"],
  catalog: ["stack", "environment", "insights-account", "organization"],
};
