// The fixture and the matcher for tests of others: in Vitest's `expect`, in Jest's, and by themselves.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Organization } from "../pkg/admin-node.js";
import { Organization as Paged } from "../pkg/node.js";
import { openSnapshot } from "../pkg/snapshot.js";
import { allowing, matchers, toAllow } from "../pkg/testing.js";

const acme = JSON.parse(readFileSync(new URL("../examples/acme.json", import.meta.url), "utf8"));
const bob = Organization.parse(acme).principal("user:bob");
/** Of the door for pages: it has the questions that a fixture answers. */
const parsed = Paged.parse(acme);
const [dev, prod] = ["stack:acme/web/dev", "stack:acme/web/prod"];

describe("a fixture", () => {
  const fixture = allowing({ [prod]: ["stack:write", "stack:read"], [dev]: [] });

  test("answers from its list, and denies the rest", () => {
    assert.equal(fixture.name, "user:test");
    assert.equal(fixture.can("stack:read", prod), true);
    assert.deepEqual(fixture.decide("stack:read", prod), { effect: "allow", reason: "granted" });
    for (const [scope, entity] of [
      ["stack:delete", prod],
      ["stack:read", dev],
      ["stack:read", "stack:acme/web/new"],
      ["has", prod],
      ["stack:read", "__proto__"],
      ["stack:read", undefined],
    ]) {
      assert.equal(fixture.can(scope, entity), false);
      assert.deepEqual(fixture.decide(scope, entity), { effect: "deny", reason: "not_granted" });
    }
  });

  test("answers every question of a principal alike", () => {
    assert.deepEqual(fixture.scopes(prod), ["stack:read", "stack:write"]);
    assert.deepEqual(fixture.scopes("stack:acme/web/new"), []);
    assert.deepEqual(fixture.filter([dev, { entity: prod, title: "x" }], "stack:read"), [{ entity: prod, title: "x" }]);
    const matrix = fixture.matrix(new Set([prod, dev]), ["stack:read", "stack:delete"]);
    assert.deepEqual([...matrix.effects], [1, 0, 0, 0]);
    assert.deepEqual([matrix.at(prod, "stack:read"), matrix.at(1, 0)], ["allow", "deny"]);
    assert.deepEqual(fixture.explain("stack:delete", prod).grants, []);
    assert.equal(fixture.explain("stack:read", prod).grants.length, 1);
    assert.equal(fixture.membership("organization:acme").effect, "deny");
    assert.equal(allowing({ "organization:acme": [] }).membership("organization:acme").effect, "allow");
    const questions = Object.getOwnPropertyNames(Object.getPrototypeOf(parsed.principal("user:bob")));
    assert.ok(questions.includes("explain"));
    for (const name of questions) assert.equal(typeof fixture[name], name === "name" ? "string" : "function", name);
  });

  test("says of the rest what it is told to", () => {
    const otherwise = { effect: "unknown", reason: "needs_tags", needs: ["env"] };
    const waiting = allowing({ [dev]: ["stack:read"] }, { name: "user:ann", otherwise });
    assert.equal(waiting.name, "user:ann");
    assert.deepEqual(waiting.decide("stack:write", dev), otherwise);
    assert.equal(waiting.can("stack:write", dev), false);
    assert.deepEqual([...waiting.matrix([dev], ["stack:read", "stack:write"]).effects], [1, 2]);
  });
});

describe("the matcher", () => {
  test("holds for an allow alone, of whatever decides", () => {
    assert.equal(toAllow(bob, "stack:write", dev).pass, true);
    assert.equal(toAllow(bob, "stack:write", prod).pass, false);
    assert.equal(toAllow(bob, "stack:write", prod, { tags: { env: "dev" } }).pass, true);
    assert.equal(toAllow(bob, "stack:delete", dev).pass, false);
    assert.equal(toAllow(openSnapshot(bob.snapshot({ entities: [dev] })), "stack:write", dev).pass, true);
    assert.equal(toAllow(allowing({ [dev]: ["stack:read"] }), "stack:read", dev).pass, true);
  });

  test("explains what was not expected", () => {
    const way = "team:platform > role:deployer > permission-set:stack-write, where tag env is dev";
    assert.equal(
      toAllow(bob, "stack:write", dev).message(),
      `expected user:bob not to be allowed stack:write on ${dev}, but the answer is allow: granted\n  granted by ${way}`,
    );
    assert.equal(
      toAllow(bob, "stack:write", prod).message(),
      `expected user:bob to be allowed stack:write on ${prod}, but the answer is unknown: needs_tags (env)\n  may be granted by ${way}`,
    );
    assert.equal(
      toAllow(bob, "stack:delete", dev).message(),
      `expected user:bob to be allowed stack:delete on ${dev}, but the answer is deny: not_granted`,
    );
  });

  test("tells what blocks, and how a grant is conditioned", () => {
    const told = (explanation) =>
      toAllow({ name: "user:x", decide: () => explanation, explain: () => ({ ...explanation }) }, "stack:delete", dev)
        .message()
        .split("\n  ")
        .slice(1);
    const blockedBy = [{ code: "setting_off", setting: "membersCanDeleteStacks" }, { code: "token_expired" }];
    assert.deepEqual(told({ effect: "deny", reason: "setting_off", blockedBy }), [
      "blocked by setting_off (membersCanDeleteStacks)",
      "blocked by token_expired",
    ]);
    const tags = [{ key: "a", notEquals: "b" }, { key: "c", exists: true }, { key: "d", exists: false }, { key: "e", equals: "" }];
    const grants = [{ tags }, { condition: "team is platform" }, "all"].map((on) => ({ via: ["role:x"], on, effect: "allow" }));
    assert.deepEqual(told({ effect: "allow", reason: "granted", grants }), [
      "granted by role:x, where tag a is not b and tag c is there and tag d is missing and tag e is ",
      "granted by role:x, where team is platform",
      "granted by role:x, on all",
    ]);
    const snapshot = openSnapshot(bob.snapshot({ entities: [dev] }));
    assert.match(toAllow(snapshot, "stack:delete", dev).message(), /^expected user:bob to be allowed .* deny: not_granted$/);
  });

  test("throws for what cannot be asked, so that no misspelled question passes as a no", () => {
    assert.throws(() => toAllow(bob, "stack", dev), /scope/);
    assert.throws(() => toAllow(bob, "stack:read", "stack:acme"), /stack:acme/);
    for (const nobody of [undefined, null, "user:bob", {}]) assert.throws(() => toAllow(nobody, "stack:read", dev), TypeError);
  });
});

/** How to come by the `expect` of a runner without the runner. Each keeps its matchers in the same global place. */
const runners = {
  Jest: `import { expect } from "expect"; const { extend } = expect;`,
  Vitest: `import * as chai from "chai"; import { JestAsymmetricMatchers, JestChaiExpect, JestExtend } from "@vitest/expect";
    for (const part of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(part);
    const { expect } = chai;
    const extend = (matchers) => expect.extend(expect, matchers);`,
};

for (const [name, runner] of Object.entries(runners)) {
  test(`the matcher in ${name}`, () => {
    const script = `${runner}
      import assert from "node:assert/strict";
      import { Organization } from "../pkg/admin-node.js";
      import { matchers } from "../pkg/testing.js";
      const bob = Organization.parse(${JSON.stringify(acme)}).principal("user:bob");
      extend(matchers);
      expect(bob).toAllow("stack:write", "${dev}");
      expect(bob).not.toAllow("stack:delete", "${dev}");
      expect(bob).toAllow("stack:write", "${prod}", { tags: { env: "dev" } });
      assert.throws(() => expect(bob).toAllow("stack:delete", "${dev}"), /expected user:bob to be allowed .* deny: not_granted/);
      assert.throws(() => expect(bob).not.toAllow("stack:write", "${dev}"), /not to be allowed[^]*granted by team:platform/);
      assert.throws(() => expect(bob).not.toAllow("stack", "${dev}"), /scope/);
      console.log("held");`;
    const cwd = fileURLToPath(new URL(".", import.meta.url));
    assert.equal(execFileSync(process.execPath, ["--input-type=module", "--eval", script], { cwd, encoding: "utf8" }), "held\n");
  });
}
