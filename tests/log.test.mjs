// Decisions as a log: what is told, what changes nothing, and that the command reads it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { Organization as Administered } from "../pkg/admin-node.js";
import { createGate } from "../pkg/edge.js";
import { decisionLog } from "../pkg/log.js";
import { Organization } from "../pkg/node.js";
import { pulumiCloud } from "../pkg/pulumi-cloud.js";
import { Routes } from "../pkg/routes-node.js";

const acme = JSON.parse(readFileSync(new URL("../examples/acme.json", import.meta.url), "utf8"));
const dev = "stack:acme/web/dev";

for (const [door, made] of [
  ["scopewise", Organization],
  ["scopewise/admin", Administered],
]) {
  test(`every decision that is asked for is told once: ${door}`, () => {
    const records = [];
    const organization = made.parse(acme, { onDecision: (record) => records.push(record) });
    const bob = organization.principal("user:bob");
    assert.equal(bob.can("stack:write", dev), true);
    assert.equal(bob.can("stack:delete", dev, { at: "2026-11-20T01:00:00+01:00" }), false);
    assert.equal(bob.can("nonsense", dev), false);
    assert.deepEqual(bob.decide("stack:write", "stack:acme/a/b"), {
      effect: "unknown",
      reason: "needs_tags",
      needs: ["env"],
    });
    assert.equal(bob.explain("stack:read", dev).effect, "allow");
    organization.decideAll([{ principal: "user:bob", scope: "stack:read", entity: dev }, { principal: "user:bob" }]);
    bob.scopes(dev);
    bob.filter([dev], "stack:read");
    bob.matrix([dev], ["stack:read"]);
    assert.deepEqual(
      records.map(({ scope, effect, reason }) => `${scope} ${effect} ${reason}`),
      [
        "stack:write allow granted",
        "stack:delete deny not_granted",
        "stack:write unknown needs_tags",
        "stack:read allow granted",
        "stack:read allow granted",
      ],
    );
    assert.equal(records[1].at, "2026-11-20T00:00:00.000Z");
    const [{ rules }] = [Organization.parse(acme).principal("user:bob").explain("stack:write", dev)];
    assert.equal(records[0].rule, rules[0].rule);
    assert.deepEqual(Object.keys(records[0]), ["at", "principal", "scope", "entity", "effect", "reason", "rule"]);
  });
}

test("the version is that of a bundle", () => {
  const records = [];
  const bundle = Administered.parse(acme).toBundle({ version: 9 });
  Organization.open(bundle, { onDecision: (record) => records.push(record) })
    .principal("user:bob")
    .can("stack:read", dev);
  assert.equal(records[0].version, 9);
});

test("a sink that throws or rejects changes no decision", async (t) => {
  const reported = t.mock.method(console, "error", () => {});
  for (const onDecision of [
    () => {
      throw new Error("full");
    },
    () => Promise.reject(new Error("full")),
  ]) {
    const bob = Organization.parse(acme, { onDecision }).principal("user:bob");
    assert.equal(bob.can("stack:write", dev), true);
    assert.equal(bob.decide("stack:delete", dev).effect, "deny");
    assert.deepEqual(
      Organization.parse(acme, { onDecision }).decideAll([{ principal: "user:bob", scope: "stack:read", entity: dev }])
        .length,
      1,
    );
  }
  await new Promise(setImmediate);
  assert.equal(reported.mock.callCount(), 6);
});

test("a log takes a share, or some, and takes out what nobody is to see", async (t) => {
  const reported = t.mock.method(console, "error", () => {});
  const record = {
    at: "2026-11-20T00:00:00.000Z",
    principal: "user:bob",
    scope: "stack:read",
    entity: dev,
    effect: "allow",
    reason: "granted",
  };
  const lines = (options, times = 1) => {
    const written = [];
    const log = decisionLog({ write: (line) => written.push(line), ...options });
    for (let time = 0; time < times; time += 1) log(record);
    return written;
  };
  assert.deepEqual(lines({}), [`${JSON.stringify(record)}\n`]);
  assert.deepEqual(lines({ sample: 0 }, 100), []);
  const share = lines({ sample: 0.25 }, 4_000).length;
  assert.ok(share > 700 && share < 1_300, `${share}`);
  assert.deepEqual(lines({ sample: ({ effect }) => effect !== "allow" }), []);
  assert.deepEqual(
    JSON.parse(lines({ redact: ({ principal, ...rest }) => ({ ...rest, principal: "user:someone" }) })[0]).principal,
    "user:someone",
  );
  assert.deepEqual(lines({ redact: () => null }), []);
  lines({
    redact: (it) => {
      it.principal = "changed";
      return it;
    },
  });
  assert.equal(record.principal, "user:bob");
  decisionLog({
    write: () => {
      throw new Error("full");
    },
  })(record);
  decisionLog({ write: () => Promise.reject(new Error("full")) })(record);
  await new Promise(setImmediate);
  assert.equal(reported.mock.callCount(), 2);
  assert.throws(() => decisionLog({}), TypeError);
});

test("the command reads what is written", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "scopewise-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [document, file] = [join(folder, "acme.json"), join(folder, "decisions.jsonl")];
  writeFileSync(document, JSON.stringify(acme));
  const organization = Organization.parse(acme, {
    onDecision: decisionLog({ write: (line) => appendFileSync(file, line) }),
  });
  const bob = organization.principal("user:bob");
  bob.can("stack:write", dev);
  bob.decide("stack:delete", dev);
  const report = JSON.parse(scopewise("suggest", document, "--principal", "user:bob", "--log", file, "--json"));
  assert.deepEqual([report.records, report.own, report.skipped], [2, 2, 0]);
});

test("what an origin answered through a gate is replayed by the command", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "scopewise-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const [document, file] = [join(folder, "acme.json"), join(folder, "exchanges.jsonl")];
  writeFileSync(document, JSON.stringify(acme));
  const gate = createGate({
    organization: Organization.parse(acme),
    routes: Routes.parse(pulumiCloud),
    authenticate: () => "user:bob",
    onUnknown: "forward",
    onExchange: decisionLog({ write: (line) => appendFileSync(file, line) }),
    onError: assert.fail,
  });
  const ask = (method, target, status) =>
    gate.fetch(new Request(`https://api.example${target}`, { method }), () => new Response(null, { status }));
  await ask("GET", "/api/stacks/acme/web/dev", 200);
  await ask("GET", "/api/stacks/acme/web/dev?x=1", 403);
  await ask("DELETE", "/api/stacks/acme/web/dev", 204);
  await ask("GET", "/api/user/stacks", 200);
  await ask("GET", "/api/capabilities", 200);
  const args = ["replay", document, file, "--format", "json"];
  const report = JSON.parse(scopewise(...args));
  assert.deepEqual([report.records, report.agree, report.differ], [3, 1, 1]);
  assert.equal(report.groups[0].difference, "allowed_but_refused");
});

/** What the command prints, whatever it ends with; built where it is out of date, as for the catalog. */
function scopewise(...args) {
  const build = ["run", "--quiet", "--release", "--features", "cli", "--bin", "scopewise", "--", ...args];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const { stdout, stderr } = spawnSync("cargo", build, { cwd, encoding: "utf8" });
  assert.notEqual(stdout, "", stderr);
  return stdout;
}
