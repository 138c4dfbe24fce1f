// What administrators ask, in Node: every question crosses the border and comes back as it is told natively.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Organization, ScopewiseError, exportRole, importOrganization } from "../pkg/admin-node.js";

const acme = JSON.parse(readFileSync(new URL("../examples/acme.json", import.meta.url), "utf8"));
const organization = Organization.parse(acme);
const bob = organization.principal("user:bob");
const dev = "stack:acme/web/dev";

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
