// What administrators ask, in Node: every question crosses the border and comes back as it is told natively.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Organization, ScopewiseError, diff, exportRole, importOrganization, lint, ready, replay } from "../pkg/admin-node.js";

const acme = JSON.parse(readFileSync(new URL("../examples/acme.json", import.meta.url), "utf8"));
const organization = Organization.parse(acme);
const bob = organization.principal("user:bob");
const dev = "stack:acme/web/dev";

test("everything is there at once", () => ready);

test("who is there", () => {
  assert.deepEqual(organization.principals(), ["user:alice", "user:bob", "team:platform"]);
});

test("who can, and by which way", () => {
  const { principals, denied } = organization.whoCan("stack:write", dev, { kinds: ["user"] });
  assert.deepEqual(principals.map((row) => [row.principal, row.effect, row.reason]), [
    ["user:alice", "allow", "organization_admin"],
    ["user:bob", "allow", "granted"],
  ]);
  assert.deepEqual(principals[1].grants[0].via, ["team:platform", "role:deployer", "permission-set:stack-write"]);
  assert.deepEqual(denied, []);
  assert.deepEqual(organization.whoCan("stack:delete", dev).denied, [{ reason: "not_granted", count: 2 }]);
  assert.throws(() => organization.whoCan("write", dev), ScopewiseError);
  assert.throws(() => organization.whoCan("stack:write", dev, { kinds: ["robot"] }), ScopewiseError);
});

test("what would help", () => {
  const aws = "environment:acme/default/aws";
  const { effect, remedies } = bob.explain("environment:open", aws);
  assert.equal(effect, "deny");
  assert.ok(remedies.length > 2 && remedies.every(({ sentence, gains }) => sentence !== "" && gains > 0));
  assert.deepEqual(remedies.map(({ gains }) => gains), remedies.map(({ gains }) => gains).sort((a, b) => a - b));
  const assign = remedies.find(({ kind, to }) => kind === "grant_set" && to === "user:bob");
  const given = { ...acme, members: [{ user: "alice", role: "admin" }, { user: "bob", grants: [{ entity: aws, permissionSet: assign.permissionSet }] }] };
  assert.equal(Organization.parse(given).principal("user:bob").can("environment:open", aws), true);
  assert.equal(bob.explain("stack:write", dev).remedies, undefined);
  const { rows, allowed } = organization.preflight({ stack: "web/dev", trigger: { kind: "git-push" }, stackReferences: ["net/prod"] });
  assert.equal(allowed, false);
  assert.ok(rows[1].explanation.remedies.length > 0);
});

test("where one may, and what", () => {
  const { entities, elsewhere } = bob.entities("stack:write");
  assert.deepEqual(entities, [{ entity: dev, effect: "allow", reason: "granted" }]);
  assert.deepEqual(elsewhere, [{ entityType: "stack", effect: "unknown", reason: "needs_tags", needs: ["env"] }]);
  const all = bob.scopesByEntity({ kinds: ["stack"] });
  assert.deepEqual(all.entities[0].allow, bob.scopes(dev));
});

test("a role as a tree, which goes in again", () => {
  const details = JSON.parse(exportRole(acme, "deployer"));
  const { rules: _, ...role } = acme.roles[0];
  const again = Organization.parse({ ...acme, roles: [{ ...role, details }] });
  for (const tags of [{}, { env: "dev" }, { env: "prod" }]) {
    assert.deepEqual(
      again.principal("user:bob").decide("stack:write", "stack:acme/a/b", { tags }),
      bob.decide("stack:write", "stack:acme/a/b", { tags }),
    );
  }
  assert.throws(() => exportRole(acme, "boss"), /no role `boss`/);
  assert.throws(() => exportRole({}, "boss"), (error) => error.problems.length > 0);
});

test("an organization out of the API's answers", () => {
  const answers = {
    "/api/orgs/acme/metadata": { defaultStackPermission: 101 },
    "/api/orgs/acme/members": { members: [{ role: "admin", user: { githubLogin: "ann" } }, { role: "member", user: { githubLogin: "bob" } }] },
    "/api/orgs/acme/unheard-of": {},
  };
  const { document, left } = importOrganization(answers);
  const imported = Organization.parse(document);
  assert.equal(imported.principal("user:ann").can("stack:delete", "stack:acme/a/b"), true);
  assert.equal(imported.principal("user:bob").can("stack:read", "stack:acme/a/b"), true);
  assert.ok(left.some(({ path }) => path.includes("unheard-of")), JSON.stringify(left));
  assert.equal(importOrganization(answers, { revision: "2026-04" }).document.revision, "2026-04");
  assert.throws(() => importOrganization({}), ScopewiseError);
  assert.throws(() => importOrganization("["), (error) => error.problems[0].line === 1);
});

test("the least role", () => {
  const { role, add, surplus } = organization.suggest({ needs: [{ scope: "stack:write", entity: dev }] });
  assert.equal(role, add.roles[0].id);
  assert.deepEqual(surplus, { pairs: surplus.pairs, toCome: 0 });
  const given = { ...acme, roles: [...acme.roles, ...add.roles], permissionSets: add.permissionSets ?? [], members: [...acme.members, { user: "zoe", role }] };
  assert.equal(Organization.parse(given).principal("user:zoe").can("stack:write", dev), true);
  assert.throws(() => organization.suggest({ needs: [{ scope: "write", entity: dev }] }), ScopewiseError);
  const token = organization.suggestForDeployment({ stack: "web/dev", trigger: { kind: "git-push" } });
  assert.equal(typeof token.sentence, "string");
});

test("what was never used", () => {
  const record = { at: "2026-11-20T00:00:00Z", principal: "user:bob", scope: "stack:write", entity: dev, effect: "allow" };
  const report = bob.usage([record]);
  assert.deepEqual([report.own, report.used, report.skipped], [1, 1, 0]);
  assert.deepEqual(bob.usage(`${JSON.stringify(record)}\nnonsense\n`).skipped, 1);
});

test("expectations, and the grants that none of them touches", () => {
  const tests = [{ who: "user:bob", may: "stack:write", mayNot: "stack:delete", on: dev }];
  const { passed, failed, coverage } = organization.test({ tests }, acme);
  assert.deepEqual([passed, failed], [2, 0]);
  assert.ok(coverage.grants > coverage.touched && coverage.touched > 0);
  assert.equal(organization.test({ tests }).coverage, undefined);
  assert.equal(organization.test({ tests: [{ who: "user:bob", may: "stack:delete", on: dev }] }).failed, 1);
  assert.throws(() => organization.test({ tests: [{ who: "user:nobody", may: "stack:read", on: dev }] }), ScopewiseError);
});

/** Acme after its deployers became administrators of the stacks of env dev. */
const edited = structuredClone(acme);
edited.roles[0].rules[1].permissionSet = "stack-admin";

test("what changes between two documents, as the command tells it", () => {
  const on = (after) => (after === "allow" ? [dev, { other: "stack", tags: [{ key: "env", equals: "dev" }] }] : [{ other: "stack" }]);
  const effect = (after, told) => ({ before: "deny", after, entityType: "stack", ...told, on: on(after) });
  const ofBob = { scopes: ["stack:rename", "stack_access:update"], by: [["team:platform", "role:deployer"]], toldAt: ["team:platform"] };
  const scopes = ["stack:delete", "stack:rename", "stack:transfer", "stack_access:update"];
  const ofTeam = { scopes, set: { id: "stack-admin", name: "Stack Admin" }, by: [["role:deployer"]] };
  const changes = [
    { principals: ["user:bob"], effects: ["unknown", "allow"].map((after) => effect(after, ofBob)) },
    { principals: ["team:platform"], effects: ["unknown", "allow"].map((after) => effect(after, ofTeam)) },
  ];
  const expected = { changes, runs: [], conditions: [], renamed: [], totals: { gained: 12, lost: 0, principals: 2 }, guarded: [] };
  assert.deepEqual(diff(acme, edited), expected);
  assert.deepEqual(diff(organization, JSON.stringify(edited)), expected);
  assert.equal(bob.can("stack:rename", dev), false, "the organization is still there");
  assert.deepEqual(diff(organization, organization).totals, { gained: 0, lost: 0, principals: 0 });
});

test("guards, as a list and as the text of a file", () => {
  const found = (guards) => diff(acme, edited, { guards }).guarded.map((it) => [it.guard, it.principals, it.scopes, it.after]);
  const renamed = ["unknown", "allow"].map((after) => ["stack:rename for user:*", ["user:bob"], ["stack:rename"], after]);
  assert.deepEqual(found(["stack:rename for user:*"]), renamed);
  assert.deepEqual(found("# nobody\n\nstack:rename for user:* # ever\nstack:delete for token:*\n"), renamed);
  assert.throws(() => found(["stack:rename", "delete"]), /^ScopewiseError: line 2: `delete` in the guard/);
  assert.throws(() => found(["stack:deleet"]), /names no scope that either document knows/);
  assert.throws(() => found([1]), ScopewiseError);
});

test("the time decides what a token that expires gains", () => {
  const token = (expiresAt) => ({ ...acme, tokens: [{ name: "ci", kind: "organization", role: "deployer", expiresAt }] });
  const [before, after] = [token("2026-10-01T00:00:00Z"), token("2027-10-01T00:00:00Z")];
  assert.equal(diff(before, after, { at: "2026-09-30T00:00:00Z" }).totals.gained, 0);
  assert.ok(diff(before, after, { at: new Date("2026-11-21T00:00:00Z") }).totals.gained > 0);
  assert.throws(() => diff(before, after, { at: "today" }), ScopewiseError);
  assert.throws(() => diff(before, after, { since: "today" }), ScopewiseError);
});

test("documents that cannot be compared", () => {
  assert.throws(() => diff(acme, { revision: "2026-10", organization: "other" }), /`acme` and `other` are two organizations/);
  assert.throws(() => diff(acme, { revision: "2026-10" }), (error) => error.problems[0].path === "organization");
});

test("what a careful reader would say", () => {
  assert.deepEqual(lint(acme), []);
  const idle = { ...acme, roles: [...acme.roles, { id: "idle", name: "Idle", rules: [] }] };
  const [finding, ...others] = lint(JSON.stringify(idle, null, 2));
  assert.deepEqual(others, []);
  const { message, ...rest } = finding;
  assert.match(message, /`idle`|nobody/);
  const line = JSON.stringify(idle, null, 2).split("\n").findIndex((it) => it.includes('"idle"'));
  assert.deepEqual(rest, { code: "unused_role", severity: "note", path: "roles[1]", line, column: 5 });
  const token = { ...acme, tokens: [{ name: "old", kind: "organization", role: "deployer", expiresAt: "2026-10-01T00:00:00Z" }] };
  assert.deepEqual(lint(token, { at: "2026-11-21T00:00:00Z" }).map(({ code }) => code), ["token_refused"]);
  assert.deepEqual(lint(token, { at: "2026-09-21T00:00:00Z" }), []);
  assert.throws(() => lint({}), (error) => error.problems.length === 2);
  assert.throws(() => lint(acme, { at: "today" }), ScopewiseError);
});

const routes = {
  routes: [
    { method: "GET", path: "/api/stacks/{org}/{project}/{stack}", needs: "scope", scope: "stack:read", entity: "stack:{org}/{project}/{stack}" },
    { method: "DELETE", path: "/api/stacks/{org}/{project}/{stack}", needs: "scope", scope: "stack:delete", entity: "stack:{org}/{project}/{stack}" },
  ],
};

test("a log of a server, against the rules", () => {
  const record = (method, status, more) => ({ principal: "user:bob", method, path: "/api/stacks/acme/web/dev", status, ...more });
  const log = [record("GET", 200), record("DELETE", 403), record("GET", 403, { at: new Date(0) }), record("PUT", 200)];
  const report = replay(organization, log, routes);
  const { groups, apart, ...totals } = report;
  assert.deepEqual(totals, { records: 4, agree: 2, differ: 1, unsure: 0 });
  assert.deepEqual(apart, [{ why: "unmapped", count: 1, examples: ["PUT /api/stacks/acme/web/dev"] }]);
  const [{ cases, ...group }, ...others] = groups;
  assert.deepEqual(others, []);
  const { method, path } = routes.routes[0];
  assert.deepEqual(group, { method, path, confidence: "documented", difference: "allowed_but_refused", count: 1 });
  const [{ explanation, ...answered }] = cases;
  const asked = { principal: "user:bob", scope: "stack:read", entity: dev, status: 403 };
  assert.deepEqual(answered, { record: 3, count: 1, ...asked, effect: "allow", reason: "granted" });
  assert.deepEqual(explanation.grants[0].via, ["team:platform", "role:deployer", "permission-set:stack-read"]);
  const lines = log.map((it) => JSON.stringify(it)).join("\n");
  assert.deepEqual(replay(acme, `${lines}\n`, JSON.stringify(routes)), report);
  assert.deepEqual(replay(acme, [], routes), { records: 0, agree: 0, differ: 0, unsure: 0, apart: [], groups: [] });
});

test("a log of decisions needs no table", () => {
  const record = (scope, effect, more) => ({ principal: "user:bob", scope, entity: dev, effect, reason: "granted", ...more });
  const log = [record("stack:read", "allow"), record("stack:delete", "allow"), record("stack:read", "deny", { principal: "user:~0b2f" })];
  const { decisions, apart, groups, ...totals } = replay(organization, log);
  assert.deepEqual([totals, groups], [{ records: 3, agree: 1, differ: 1, unsure: 0 }, []]);
  assert.deepEqual(apart.map(({ why, count }) => [why, count]), [["redacted", 1]]);
  const [{ cases, ...group }] = decisions;
  assert.deepEqual(group, { entityType: "stack", scope: "stack:delete", logged: "allow", effect: "deny", count: 1 });
  assert.equal(cases[0].explanation.effect, "deny");
  const request = { principal: "user:bob", method: "GET", path: "/api/stacks/acme/web/dev", status: 200 };
  assert.match(replay(organization, [request]).faults[0].message, /table of routes/);
});

test("records and tables that cannot be read", () => {
  const good = { principal: "user:bob", method: "GET", path: "/api/stacks/acme/web/dev", status: 200 };
  const { records, faults } = replay(organization, [good, { ...good, status: "200" }, good], routes);
  assert.deepEqual([records, faults.map(({ record }) => record)], [2, [2]]);
  assert.match(faults[0].message, /^status: /);
  assert.equal(replay(organization, "nonsense\n\n", routes).faults.length, 2);
  const wrong = { routes: [{ ...routes.routes[0], path: "api" }] };
  assert.throws(() => replay(organization, [good], wrong), (error) => error.problems[0].path === "routes[0].path");
  assert.throws(() => replay(organization, [good], routes, { at: "today" }), ScopewiseError);
});
