// Catalogs of one's own through the package: in the document, beside it, in a bundle; and what is told of them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Organization, diff, exportRole, lint, replay } from "../pkg/admin-node.js";
import { Organization as Small, ScopewiseError } from "../pkg/node.js";

const page = readFileSync(new URL("../docs/catalogs.md", import.meta.url), "utf8");
const [catalog, document] = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, block]) => JSON.parse(block));

const SITE = "repository:acme/site";

for (const [door, from] of Object.entries({ small: Small, admin: Organization })) {
  test(`a catalog stands in the document or is given along: ${door}`, () => {
    const inside = from.parse({ ...document, catalog });
    const texts = from.parse(JSON.stringify(document), { catalog: new TextEncoder().encode(JSON.stringify(catalog)) });
    for (const organization of [inside, texts, from.parse(document, { catalog })]) {
      const bob = organization.principal("user:bob");
      assert.equal(organization.revision, "code-hosting");
      assert.equal(bob.can("code:push", SITE), true);
      assert.equal(bob.decide("repository:delete", SITE).reason, "setting_off");
      assert.deepEqual(bob.scopes("organization:acme"), ["member:read", "repository:create"]);
      assert.equal(bob.can("stack:read", "stack:acme/web/prod"), false);
    }
  });
}

test("a bundle and a part of it carry their catalog", () => {
  const whole = Organization.parse(document, { catalog });
  const part = Small.open(whole.principal("user:cem").project());
  assert.equal(part.principal().decide("settings:write", "repository:acme/docs").effect, "unknown");
  assert.equal(Small.open(whole.toBundle()).principal("team:core").can("issue:label", SITE), true);
  assert.equal(part.revision, "code-hosting");
});

test("what is wrong with a catalog is told below `catalog`", () => {
  const faulty = { ...catalog, defaultRole: "boss" };
  const told = { code: "unknown_role", path: "catalog.defaultRole" };
  for (const parse of [() => Small.parse(document, { catalog: faulty }), () => Small.parse({ ...document, catalog: faulty })]) {
    assert.throws(parse, (error) => {
      assert(error instanceof ScopewiseError);
      assert.deepEqual(error.problems.map(({ code, path }) => ({ code, path })), [told]);
      return true;
    });
  }
  assert.throws(() => Small.parse(document), /no catalog `code-hosting` is known/);
});

test("questions go by it", () => {
  const organization = Organization.parse(document, { catalog });
  const who = organization.whoCan("code:push", SITE).principals.map(({ principal }) => principal);
  assert.deepEqual(who.sort(), ["team:core", "user:alice", "user:bob"]);
  const [remedy] = organization.principal("user:cem").explain("code:push", SITE).remedies;
  assert.match(remedy.sentence, /`user:cem`/);
  const bare = { catalog: "code-hosting", organization: "acme", roles: [{ id: "r", name: "R", rules: [] }] };
  assert.match(exportRole(bare, "r", { catalog }), /PermissionDescriptorGroup/);
});

test("documents take their catalog beside them", () => {
  const without = { ...document, members: document.members.filter(({ user }) => user !== "cem") };
  const changed = diff(document, without, { catalog, guards: "code:read" });
  assert.equal(changed.totals.gained, 0);
  assert.deepEqual(changed.changes.map(({ principals }) => principals), [["user:cem"]]);
  assert.deepEqual(changed, diff(Organization.parse(document, { catalog }), { ...without, catalog }, { guards: "code:read" }));
  const at = "2026-11-20T00:00:00Z";
  const told = (findings) => findings.map(({ code, path, message }) => ({ code, path, message }));
  assert.deepEqual(told(lint(document, { catalog, at })), told(lint({ ...document, catalog }, { at })));
  const log = [{ principal: "user:bob", method: "GET", path: "/site", status: 200 }];
  const route = { method: "GET", path: "/{name}", needs: "scope", scope: "code:read", entity: "repository:acme/{name}" };
  const routes = { routes: [route] };
  assert.equal(replay(document, log, routes, { catalog }).agree, 1);
  for (const ask of [() => diff(document, document), () => lint(document), () => replay(document, [], routes)]) {
    assert.throws(ask, /no catalog `code-hosting` is known/);
  }
});

test("coverage reads the document by the catalog of the organization", () => {
  const organization = Organization.parse(document, { catalog });
  const expectations = { tests: [{ name: "bob pushes", who: "user:bob", may: "code:push", on: SITE }] };
  const { passed, failed, coverage } = organization.test(expectations, document);
  assert.deepEqual({ passed, failed }, { passed: 1, failed: 0 });
  assert.ok(coverage);
});
