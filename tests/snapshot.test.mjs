// Snapshots: what is read without the module is what the module decided, and nothing else is.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mock, test } from "node:test";
import { Organization } from "../pkg/admin-node.js";
import { catalog } from "../pkg/catalog.js";
import { openSnapshot } from "../pkg/snapshot.js";

const acme = JSON.parse(readFileSync(new URL("../examples/acme.json", import.meta.url), "utf8"));
const at = Date.UTC(2026, 10, 20);
const organization = Organization.parse({
  ...acme,
  tokens: [{ name: "ci", kind: "organization", role: "admin", expiresAt: "2026-11-21T00:00:00Z" }],
});
const entities = ["stack:acme/web/dev", "stack:acme/web/new", "environment:acme/default/aws", "organization:acme"];
const scopes = catalog().entityTypes.flatMap(({ groups }) => groups.flatMap((group) => group.scopes.map(({ name }) => name)));

/** Runs at another time. */
function atTime(time, run) {
  mock.timers.enable({ apis: ["Date"], now: time });
  try {
    return run();
  } finally {
    mock.timers.reset();
  }
}

for (const name of ["user:alice", "user:bob", "team:platform", "token:ci", "user:nobody"]) {
  test(`what ${name} may is read as it was decided`, () => {
    const principal = organization.principal(name);
    const snapshot = openSnapshot(principal.snapshot({ entities, issuedAt: at }));
    atTime(at, () => {
      for (const entity of entities) {
        const type = entity.split(":")[0];
        for (const scope of scopes) {
          const decided = principal.decide(scope, entity, { at: new Date(at) });
          const expected = decided.reason === "wrong_entity_type" ? { effect: "unknown", reason: "not_covered" } : decided;
          const foreign = name === "user:nobody" && !catalog().entityTypes.some((it) => it.name === type && it.groups.some((group) => group.scopes.some((it) => it.name === scope)));
          if (!foreign) assert.deepEqual(snapshot.decide(scope, entity), expected, `${scope} on ${entity}`);
          assert.equal(snapshot.can(scope, entity), decided.effect === "allow");
        }
      }
    });
  });
}

test("what it does not cover is unknown, and no allow", () => {
  const alice = organization.principal("user:alice");
  const snapshot = openSnapshot(alice.snapshot({ entities: ["stack:acme/web/dev"], scopes: ["stack:read"] }));
  assert.equal(snapshot.can("stack:read", "stack:acme/web/dev"), true);
  const rest = [
    ["stack:write", "stack:acme/web/dev"],
    ["stack:read", "stack:acme/web/other"],
    ["stack:read", "__proto__"],
    ["__proto__", "stack:acme/web/dev"],
    ["stack:read", undefined],
    [undefined, "stack:acme/web/dev"],
  ];
  for (const [scope, entity] of rest) {
    assert.deepEqual(snapshot.decide(scope, entity), { effect: "unknown", reason: "not_covered" });
    assert.equal(snapshot.can(scope, entity), false);
  }
});

test("tags that an entity brings decide", () => {
  const bob = organization.principal("user:bob");
  const entity = "stack:acme/web/new";
  const of = (tags) => openSnapshot(bob.snapshot({ entities: [{ entity, tags }], scopes: ["stack:write"] })).decide("stack:write", entity);
  assert.deepEqual(of({ env: "dev" }), { effect: "allow", reason: "granted" });
  assert.deepEqual(of({}), { effect: "deny", reason: "not_granted" });
  assert.deepEqual(of(undefined), { effect: "unknown", reason: "needs_tags", needs: ["env"] });
});

test("it says when it is stale, and denies once its token has expired", () => {
  const made = { entities: ["stack:acme/web/dev"], scopes: ["stack:read"], issuedAt: at, maxAgeSeconds: 60 };
  const alice = openSnapshot(organization.principal("user:alice").snapshot(made));
  const ci = openSnapshot(organization.principal("token:ci").snapshot(made));
  const read = (snapshot) => snapshot.decide("stack:read", "stack:acme/web/dev");
  assert.deepEqual(atTime(at + 59_999, () => read(alice)), { effect: "allow", reason: "organization_admin" });
  assert.deepEqual(atTime(at + 60_000, () => read(alice)), { effect: "allow", reason: "organization_admin", stale: true });
  assert.equal(atTime(at + 86_399_999, () => read(ci)).effect, "allow");
  assert.deepEqual(atTime(at + 86_400_000, () => read(ci)), { effect: "deny", reason: "token_expired", stale: true });
});

test("a list is filtered to what is allowed", () => {
  const bob = openSnapshot(organization.principal("user:bob").snapshot({ entities, scopes: ["stack:write"] }));
  assert.deepEqual(bob.filter(["stack:acme/web/dev", "stack:acme/web/new"], "stack:write"), ["stack:acme/web/dev"]);
  assert.deepEqual(bob.filter([{ entity: "stack:acme/web/dev", title: "Dev" }], "stack:write"), [{ entity: "stack:acme/web/dev", title: "Dev" }]);
});

test("what is no snapshot is refused", () => {
  for (const blob of ["", "{", "{}", "null", null, undefined, 1, [], { scopewise: 2 }]) {
    assert.throws(() => openSnapshot(blob), Error, String(blob));
  }
});
