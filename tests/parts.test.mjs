// A part of a module runs wherever the engine does to which it is joined, and no part keeps the engine from running.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { over } from "../pkg/organization.js";
import { questioning } from "../pkg/questioning.js";
import { reviewing } from "../pkg/reviewing.js";
import { Runtime } from "../pkg/runtime.js";
import { transferring } from "../pkg/transferring.js";
import glue from "../pkg/wasm/scopewise.js";
import { compilingNothingAtOnce, reported } from "./platforms.mjs";

const [engine, questions, review, transfer] = ["scopewise", "questions", "review", "transfer"].map((name) =>
  readFileSync(new URL(`../pkg/wasm/${name}_bg.wasm`, import.meta.url)),
);
const acme = readFileSync(new URL("../examples/acme.json", import.meta.url));
const dev = "stack:acme/web/dev";

/** All doors over one engine. */
function doors(runtime = new Runtime(glue), parts = [questions, review, transfer]) {
  const ready = runtime.start(engine);
  const Organization = over(runtime);
  const asked = questioning(Organization, parts[0]);
  return { runtime, ready, Organization, asked, reviewed: reviewing(asked.Organization, parts[1]), moved: transferring(asked.Organization, parts[2]) };
}

const writers = (organization) => organization.whoCan("stack:write", dev, { kinds: ["user"] }).principals.map((it) => it.principal);

function askAll({ Organization, asked, reviewed, moved }) {
  assert.equal(Organization.parse(acme).principal("user:bob").can("stack:write", dev), true);
  assert.deepEqual(writers(asked.Organization.parse(acme)), ["user:alice", "user:bob"]);
  assert.deepEqual(reviewed.diff(acme, acme).changes, []);
  assert.equal(JSON.parse(moved.exportRole(acme, "deployer")).__type !== undefined, true);
}

describe("parts", () => {
  test("are joined at once", () => askAll(doors()));

  test("are joined a moment later, where the engine compiles nothing at once", async (t) => {
    compilingNothingAtOnce(t);
    const all = doors();
    const [bob, whole] = [all.Organization, all.asked.Organization].map((Made) => Made.parse(acme).principal("user:bob"));
    assert.deepEqual([bob.can("stack:write", dev), whole.can("stack:write", dev)], [false, false]);
    assert.throws(() => all.reviewed.lint(acme), /^ScopewiseError: the engine does not run yet: await `ready`$/);
    await all.moved.ready;
    await all.reviewed.ready;
    assert.deepEqual([bob.can("stack:write", dev), whole.can("stack:write", dev)], [true, true]);
    askAll(all);
  });

  test("ask about an organization that the engine has read", () => {
    const { Organization, reviewed } = doors();
    const organization = Organization.parse(acme);
    assert.deepEqual(reviewed.diff(organization, organization).totals, { gained: 0, lost: 0, principals: 0 });
    const record = { principal: "user:bob", scope: "stack:write", entity: dev, effect: "allow" };
    assert.equal(reviewed.replay(organization, [record]).agree, 1);
  });

  test("do not ask about one that is in another engine", () => {
    const [{ reviewed }, { Organization }] = [doors(), doors()];
    const elsewhere = Organization.parse(acme);
    const sentence = /^ScopewiseError: the organization is in another engine, as that of `scopewise\/slim` is: give its document$/;
    assert.throws(() => reviewed.diff(acme, elsewhere), sentence);
    assert.throws(() => reviewed.replay(elsewhere, []), sentence);
  });

  test("are joined to the instance that takes the place of one that broke", () => {
    const all = doors();
    const organization = all.asked.Organization.parse(acme);
    assert.deepEqual(writers(organization), ["user:alice", "user:bob"]);
    new Uint8Array(all.runtime.exports.initSync().memory.buffer).fill(0xfe);
    const errors = reported(() => assert.equal(organization.principal("user:bob").decide("stack:write", dev).reason, "engine_failed"));
    assert.equal(errors.length, 1);
    assert.deepEqual(writers(organization), ["user:alice", "user:bob"]);
    askAll(all);
  });

  test("that cannot be joined say so, deny, and leave the engine as it is", async () => {
    const { Organization, asked, reviewed } = doors(undefined, [Uint8Array.of(1, 2, 3), review, transfer]);
    await assert.rejects(asked.ready, WebAssembly.CompileError);
    await assert.rejects(reviewed.ready, WebAssembly.CompileError);
    const bob = asked.Organization.parse(acme).principal("user:bob");
    const errors = reported(() => assert.deepEqual([bob.can("stack:write", dev), bob.decide("stack:write", dev).reason], [false, "not_ready"]));
    assert.ok(errors.length === 1 && errors[0] instanceof WebAssembly.CompileError, String(errors));
    assert.throws(() => reviewed.lint(acme), /await `ready`/);
    assert.equal(Organization.parse(acme).principal("user:bob").can("stack:write", dev), true);
  });

  test("of another build are not joined, where the same numbers mean something else", async () => {
    const build = Buffer.from(WebAssembly.Module.imports(new WebAssembly.Module(questions)).find((it) => it.kind === "memory").name);
    const other = Buffer.from(questions);
    other.write("0123456789abcdef", other.indexOf(build));
    const { asked, Organization } = doors(undefined, [other, review, transfer]);
    await assert.rejects(asked.ready, WebAssembly.LinkError);
    assert.equal(asked.Organization.parse(acme).principal("user:bob").can("stack:write", dev), false);
    assert.equal(Organization.parse(acme).principal("user:bob").can("stack:write", dev), true);
  });
});
