// Bundles and the life of a module, in Node: one principal's part, a module that comes later, an instance that breaks.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { runInNewContext } from "node:vm";
import { Organization as Administered, ScopewiseError } from "../pkg/admin-node.js";
import { Organization } from "../pkg/node.js";
import { over } from "../pkg/organization.js";
import { Runtime, bytesOf } from "../pkg/runtime.js";
import { moduleOf } from "../pkg/source.js";
import glue from "../pkg/wasm/scopewise.js";
import inlined from "../pkg/wasm/scopewise.text.js";
import { compilingNothingAtOnce, reported } from "./platforms.mjs";

const acme = readFileSync(new URL("../examples/acme.json", import.meta.url));
const wasm = readFileSync(new URL("../pkg/wasm/scopewise_bg.wasm", import.meta.url));
const dev = "stack:acme/web/dev";
const allowed = { effect: "allow", reason: "granted" };

describe("one principal's part", () => {
  const bundle = Administered.parse(acme)
    .principal("user:bob")
    .project({ version: 3, issuedAt: Date.UTC(2026, 10, 20), maxAgeSeconds: 60 });

  test("answers about the principal as the whole does, and about nobody else", () => {
    const whole = Organization.parse(acme);
    const part = Organization.open(bundle);
    const bob = part.principal();
    assert.equal(bob.name, "user:bob");
    for (const entity of [dev, "stack:acme/web/prod", "stack:acme/new/one", "environment:acme/default/aws", "organization:acme"]) {
      for (const context of [undefined, { tags: { env: "dev" } }, { tags: {} }]) {
        assert.deepEqual(bob.scopes(entity, context), whole.principal("user:bob").scopes(entity, context), entity);
      }
    }
    assert.deepEqual(part.principal("user:alice").decide("stack:read", dev), { effect: "deny", reason: "unknown_principal" });
  });

  test("says what it is", () => {
    assert.deepEqual(Organization.open(bundle).label, {
      principal: "user:bob",
      version: 3,
      issuedAt: new Date("2026-11-20T00:00:00Z"),
      maxAgeSeconds: 60,
      validUntil: undefined,
    });
  });

  test("is bytes, whole and untouched", () => {
    const refused = (bytes, error) => assert.throws(() => Organization.open(bytes), error);
    refused("text", TypeError);
    refused(new Uint8Array(), ScopewiseError);
    refused(bundle.slice(0, -1), /damaged/);
    const flipped = bundle.slice();
    flipped[100] ^= 1;
    refused(flipped, /damaged/);
    assert.equal(Organization.open(bundle.slice().buffer).principal().can("stack:write", dev), true);
  });

  test("is made of those who are there", () => {
    const organization = Administered.parse(acme);
    assert.throws(() => organization.principal("user:nobody").project(), /`user:nobody` is nobody/);
    assert.throws(() => organization.principal("deployment:web/prod").project(), /is a deployment/);
    assert.equal(Organization.open(organization.toBundle()).principal("user:bob").can("stack:write", dev), true);
  });
});

describe("a module that comes later", () => {
  const sources = {
    bytes: wasm,
    "a module": new WebAssembly.Module(wasm),
    "a promise of bytes": Promise.resolve(wasm),
    "a function": () => wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length),
    "a response": new Response(wasm, { headers: { "content-type": "application/wasm" } }),
    "a response without a type": new Response(wasm),
  };

  for (const [name, source] of Object.entries(sources)) {
    test(`is taken from ${name}, and until then everything is deny`, async () => {
      const runtime = new Runtime(glue);
      const early = over(runtime).parse(acme);
      const bob = early.principal("user:bob");
      const notReady = { effect: "deny", reason: "not_ready" };
      assert.equal(bob.can("stack:write", dev), false);
      assert.deepEqual(bob.decide("stack:write", dev), notReady);
      assert.equal(bob.explain("stack:write", dev).reason, "not_ready");
      assert.deepEqual([bob.scopes(dev), bob.filter([dev], "stack:write")], [[], []]);
      assert.deepEqual([...bob.matrix([dev, dev], ["stack:write"]).effects], [0, 0]);
      assert.deepEqual(early.decideAll([{}]), [notReady]);
      assert.throws(() => early.name, ScopewiseError);
      await runtime.startLater(moduleOf(source));
      assert.equal(bob.can("stack:write", dev), true);
      assert.deepEqual(bob.decide("stack:write", dev), allowed);
      assert.equal(early.name, "acme");
    });
  }

  test("is fetched from its address", async (t) => {
    const server = createServer((_, answer) => answer.setHeader("content-type", "application/wasm").end(wasm));
    await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
    t.after(() => server.close());
    const runtime = new Runtime(glue);
    await runtime.startLater(moduleOf(new URL(`http://127.0.0.1:${server.address().port}/`)));
    assert.equal(over(runtime).parse(acme).principal("user:bob").can("stack:write", dev), true);
  });

  test("that never comes leaves everything denied", async () => {
    const runtime = new Runtime(glue);
    const organization = over(runtime).parse(acme);
    await assert.rejects(runtime.startLater(moduleOf(new Response("gone", { status: 404 }))), /404/);
    assert.equal(organization.principal("user:bob").can("stack:write", dev), false);
  });

  test("tells the problems of a document once it runs", async () => {
    const runtime = new Runtime(glue);
    const broken = over(runtime).parse("{}");
    await runtime.startLater(wasm);
    assert.equal(broken.principal("user:bob").can("stack:write", dev), false);
    assert.throws(() => broken.principal("user:bob").decide("stack:write", dev), ScopewiseError);
  });
});

describe("a module that starts", () => {
  const asked = (runtime) => over(runtime).parse(acme).principal("user:bob").can("stack:write", dev);

  test("at once, where another realm has compiled it", () => {
    const runtime = new Runtime(glue);
    const module = runInNewContext("new WebAssembly.Module(bytes)", { bytes: wasm });
    assert.ok(!(module instanceof WebAssembly.Module));
    runtime.start(module);
    assert.equal(asked(runtime), true);
  });

  test("a moment later, where the engine compiles nothing at once", async (t) => {
    compilingNothingAtOnce(t);
    const runtime = new Runtime(glue);
    const ready = runtime.start(wasm);
    assert.equal(asked(runtime), false);
    await ready;
    assert.equal(asked(runtime), true);
  });

  test("never, where no wasm is", async () => {
    const runtime = new Runtime(glue);
    await assert.rejects(runtime.start(Uint8Array.of(1, 2, 3)), WebAssembly.CompileError);
    const errors = reported(() => assert.deepEqual([asked(runtime), asked(runtime)], [false, false]));
    assert.ok(errors.length === 1 && errors[0] instanceof WebAssembly.CompileError, String(errors));
    await runtime.startLater(wasm);
    assert.equal(asked(runtime), true, "it may be tried again");
  });

  const doors = ["node.js", "index.js", "admin-node.js", "cjs/node.cjs"];
  const hindered = [
    ["--jitless", "Error", "there is no WebAssembly here"],
    ["--wasm-max-module-size=100000", "RangeError", "exceeds maximum size"],
  ];
  for (const [flag, name, told] of hindered) {
    test(`never, and the process goes on, whether anybody waits or not (${flag})`, () => {
      for (const door of doors) {
        const [alone, awaited] = ["", "await ready.catch(({ name }) => console.log(name));"].map((wait) => processOf(flag, door, wait));
        assert.deepEqual([alone.status, alone.stdout], [0, "not_ready not_ready false\n"], alone.stderr);
        assert.deepEqual([awaited.status, awaited.stdout], [0, `not_ready not_ready false\n${name}\n`], awaited.stderr);
        assert.equal(alone.stderr.split(told).length, 2, `reported once: ${alone.stderr}`);
      }
    });
  }

  function processOf(flag, door, wait) {
    const program = `
      const { Organization, ready } = await import(${JSON.stringify(new URL(`../pkg/${door}`, import.meta.url))});
      await new Promise((done) => setTimeout(done, 20));
      const bob = Organization.parse(${JSON.stringify(acme.toString())}).principal("user:bob");
      const [one, other] = [1, 2].map(() => bob.decide("stack:write", "${dev}").reason);
      console.log(one, other, bob.can("stack:write", "${dev}"));
      ${wait}`;
    return spawnSync(process.execPath, [flag, "--input-type=module", "--eval", program], { encoding: "utf8" });
  }
});

describe("an instance that breaks", () => {
  /** Overwrites the memory of the instance that runs: what a fault inside would leave. */
  const wreck = (runtime) => new Uint8Array(runtime.exports.initSync().memory.buffer).fill(0xfe);

  for (const [name, source] of Object.entries({ bytes: wasm, "the inlined text": bytesOf(inlined) })) {
    test(`answers with a deny, is reported, and a fresh one goes on (${name})`, async () => {
      const runtime = new Runtime(glue);
      await runtime.start(source);
      const [first, second] = [over(runtime).parse(acme), over(runtime).parse(acme)];
      const [bob, other] = [first.principal("user:bob"), second.principal("user:bob")];
      assert.deepEqual(bob.decide("stack:write", dev), allowed);
      wreck(runtime);
      const errors = reported(() => {
        assert.deepEqual(bob.decide("stack:write", dev), { effect: "deny", reason: "engine_failed" });
      });
      assert.ok(errors.length === 1 && errors[0] instanceof WebAssembly.RuntimeError, String(errors));
      assert.deepEqual(bob.decide("stack:write", dev), allowed);
      assert.deepEqual(other.decide("stack:write", dev), allowed, "the other organization moves over too");
      assert.equal(other.can("stack:write", dev), true);
    });
  }

  test("throws at nobody, whatever is asked of it", async () => {
    const runtime = new Runtime(glue);
    await runtime.start(wasm);
    const bob = over(runtime).parse(acme).principal("user:bob");
    const asks = {
      can: () => bob.can("stack:write", dev, { tags: {} }),
      row: () => bob.can("stack:write", dev),
      scopes: () => bob.scopes(dev),
      explain: () => bob.explain("stack:write", dev),
      filter: () => bob.filter(["stack:acme/a/1"], "stack:write"),
      matrix: () => bob.matrix(["stack:acme/a/2"], ["stack:write"]),
    };
    for (const [name, ask] of Object.entries(asks)) {
      bob.decide("stack:write", dev);
      wreck(runtime);
      assert.equal(reported(ask).length, 1, name);
      assert.deepEqual(bob.decide("stack:write", dev), allowed, name);
    }
    assert.equal(bob.can("stack:write", dev), true, "a row that was denied for the fault is not kept");
  });
});
