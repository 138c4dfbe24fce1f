// The store and what it makes of decisions, without a framework.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { Organization } from "../pkg/admin-node.js";
import { catalog, revisions } from "../pkg/catalog.js";
import { openSnapshot } from "../pkg/snapshot.js";
import { createStore, messages, reads } from "../pkg/store.js";
import { allowing } from "../pkg/testing.js";
import { appFolder } from "./install.mjs";

const acme = JSON.parse(readFileSync(new URL("../examples/acme.json", import.meta.url), "utf8"));
const organization = Organization.parse(acme);
const [alice, bob] = ["user:alice", "user:bob"].map((name) => organization.principal(name));
const [dev, prod, fresh] = ["dev", "prod", "new"].map((name) => `stack:acme/web/${name}`);
const environment = "environment:acme/default/aws";
const of = (principal, tables) => createStore(principal, tables).getSnapshot();

describe("a store", () => {
  test("has one value until it is replaced, and then another, also for the same principal", () => {
    const store = createStore(bob);
    const first = store.getSnapshot();
    assert.equal(store.getSnapshot(), first);
    store.replace(bob);
    assert.notEqual(store.getSnapshot(), first);
    assert.equal(store.getSnapshot().principal, bob);
    assert.equal(store.getServerSnapshot(), first);
  });

  test("calls at once and after every change, until it is told to stop", () => {
    const store = createStore(bob);
    const told = [];
    const stop = store.subscribe(({ principal }) => told.push(principal));
    store.replace(alice);
    store.replace();
    assert.equal(stop(), undefined);
    stop();
    store.replace(bob);
    assert.deepEqual(told, [bob, alice, undefined]);
  });

  test("tells one that subscribed twice twice, and each until its own end", () => {
    const store = createStore(bob);
    let told = 0;
    const run = () => (told += 1);
    const stop = store.subscribe(run);
    store.subscribe(run);
    store.replace(alice);
    assert.equal(told, 4);
    stop();
    store.replace(bob);
    assert.equal(told, 5);
  });

  test("has its new value before anybody is told", () => {
    const store = createStore(bob);
    const seen = [];
    for (const _ of [1, 2]) store.subscribe((value) => seen.push(value === store.getSnapshot()));
    store.replace(alice);
    assert.deepEqual(seen, [true, true, true, true]);
  });

  test("tells no old value to whoever comes after one that replaced it", () => {
    const store = createStore();
    store.subscribe(({ principal }) => principal === bob && store.replace(alice));
    const told = [];
    store.subscribe(({ principal }) => told.push(principal));
    store.replace(bob);
    assert.deepEqual([told[0], ...new Set(told.slice(1))], [undefined, alice]);
  });

  test("does not tell those who stop, or come, while it tells", () => {
    const store = createStore(bob);
    const told = [];
    let stop;
    store.subscribe(({ principal }) => {
      if (principal !== alice) return;
      stop();
      store.subscribe(() => told.push("came"));
    });
    stop = store.subscribe(() => told.push("stopped"));
    store.replace(alice);
    assert.deepEqual(told, ["stopped", "came"]);
  });

  test("tells all, also where one throws, and then throws that", () => {
    const store = createStore();
    const told = [];
    store.subscribe(({ principal }) => {
      if (principal) throw new Error("broken");
    });
    store.subscribe(({ principal }) => told.push(principal));
    assert.throws(() => store.replace(bob), /^Error: broken$/);
    assert.deepEqual(told, [undefined, bob]);
  });
});

describe("permissions", () => {
  test("answer as the principal does, and need no `this`", () => {
    const { can, decide, filter } = of(bob);
    for (const [scope, entity, context] of [
      ["stack:write", dev],
      ["stack:write", prod],
      ["stack:write", prod, { tags: { env: "dev" } }],
      ["environment:open", environment],
    ]) {
      assert.equal(can(scope, entity, context), bob.can(scope, entity, context));
      assert.deepEqual(decide(scope, entity, context), bob.decide(scope, entity, context));
    }
    const items = [dev, { entity: prod, title: "Production" }, { entity: fresh, tags: { env: "dev" } }];
    assert.deepEqual(filter(items, "stack:write"), bob.filter(items, "stack:write"));
    assert.deepEqual(filter(new Set([dev, prod]), "stack:write", { tags: { env: "dev" } }), [dev, prod]);
  });

  test("are nobody's before there is somebody: nothing is allowed, everything is pending", () => {
    for (const nobody of [undefined, null]) {
      const permissions = of(nobody);
      assert.equal(permissions.principal, undefined);
      assert.equal(permissions.can("stack:read", dev), false);
      assert.deepEqual(permissions.decide("stack:read", dev), { effect: "deny", reason: "not_ready" });
      assert.deepEqual(permissions.filter([dev], "stack:read"), []);
      assert.equal(permissions.control("stack:read", dev).state, "pending");
    }
  });

  test("of an entity that is not there yet are pending", () => {
    for (const missing of [undefined, null]) {
      assert.equal(of(alice).can("stack:read", missing), false);
      assert.equal(of(alice).control("stack:read", missing).state, "pending");
    }
  });

  test("never throw: what cannot be asked is denied and says why", () => {
    const disposed = Organization.parse(acme);
    const gone = disposed.principal("user:alice");
    disposed[Symbol.dispose]();
    const broken = { can: fail, decide: fail };
    for (const [principal, scope, entity] of [
      [alice, "read", dev],
      [alice, "stack:read", "stack:acme/web"],
      [alice, "stack:read", 5],
      [alice, undefined, dev],
      [gone, "stack:read", dev],
      [broken, "stack:read", dev],
    ]) {
      const { can, decide, control, filter } = of(principal);
      const { error, ...denied } = decide(scope, entity);
      assert.deepEqual(denied, { effect: "deny", reason: "not_asked" });
      assert.ok(error.length > 10, error);
      assert.equal(can(scope, entity), false);
      assert.deepEqual(filter([entity, null, {}], scope), []);
      const { state, reason } = control(scope, entity);
      assert.deepEqual([state, reason], ["disabled", messages.not_asked]);
    }
  });

  test("allow nothing but on true", () => {
    assert.equal(of({ can: () => "yes", decide: () => ({}) }).can("stack:read", dev), false);
  });
});

describe("a control", () => {
  const granted = { effect: "allow", reason: "granted" };
  const pending = { effect: "unknown", reason: "needs_tags", needs: ["env", "owner"] };
  /** Somebody about whom the decision on reading and on writing a stack is told. */
  const deciding = (read, write) => ({ can: () => false, decide: (scope) => (scope === "stack:read" ? read : write) });
  const denied = (reason) => ({ effect: "deny", reason });

  test("has a state for each pair of decisions", () => {
    for (const [read, write, state, code] of [
      [granted, granted, "enabled", "granted"],
      [granted, denied("not_granted"), "disabled", "not_granted"],
      [granted, denied("setting_off"), "disabled", "setting_off"],
      [granted, pending, "pending", "needs_tags"],
      [granted, { effect: "unknown", reason: "not_covered" }, "pending", "not_covered"],
      [granted, denied("engine_failed"), "pending", "engine_failed"],
      [denied("not_granted"), granted, "hidden", "not_granted"],
      [denied("token_expired"), denied("token_expired"), "hidden", "token_expired"],
      [pending, granted, "pending", "needs_tags"],
      [pending, denied("not_granted"), "pending", "needs_tags"],
      [denied("not_ready"), denied("not_ready"), "pending", "not_ready"],
    ]) {
      const control = of(deciding(read, write)).control("stack:write", dev);
      assert.deepEqual([control.state, control.code], [state, code]);
      assert.equal(control.disabled, state !== "enabled");
      assert.equal(control.reason === undefined, state === "enabled");
    }
  });

  test("of reading itself is hidden where it is denied", () => {
    assert.equal(of(deciding(denied("not_granted"))).control("stack:read", dev).state, "hidden");
    assert.equal(of(deciding(granted)).control("stack:read", dev).state, "enabled");
  });

  test("of an organization is never hidden: there is no scope to read one", () => {
    const control = of(bob).control("team:create", "organization:acme");
    assert.deepEqual([control.state, control.code], ["disabled", "not_granted"]);
    assert.equal(of(alice).control("team:create", "organization:acme").state, "enabled");
  });

  test("goes by the tags of its question", () => {
    const { control } = of(bob);
    assert.equal(control("stack:write", prod).state, "pending");
    assert.equal(control("stack:write", prod, { tags: { env: "dev" } }).state, "enabled");
    assert.equal(control("stack:write", prod, { tags: {} }).state, "disabled");
  });

  test("carries what the decision does", () => {
    const shown = of(deciding(granted, pending)).control("stack:write", dev);
    assert.deepEqual(shown, {
      state: "pending",
      disabled: true,
      code: "needs_tags",
      reason: "Whether you may do this depends on tags that are not known yet: env, owner.",
      needs: ["env", "owner"],
    });
    const opened = { effect: "allow", reason: "granted", maxOpenSeconds: 60, stale: true };
    assert.deepEqual(of(deciding(granted, opened)).control("stack:write", dev), {
      state: "enabled",
      disabled: false,
      code: "granted",
      maxOpenSeconds: 60,
      stale: true,
    });
  });

  test("of a snapshot is pending for what the snapshot was not made for", () => {
    const snapshot = openSnapshot(bob.snapshot({ entities: [dev] }));
    assert.equal(of(snapshot).control("stack:write", dev).state, "enabled");
    assert.equal(of(snapshot).control("stack:write", prod).state, "pending");
    const narrow = openSnapshot(bob.snapshot({ entities: [dev], scopes: ["stack:write"] }));
    assert.equal(of(narrow).control("stack:write", dev).state, "pending");
  });

  test("is hidden by the app's own scopes to read with", () => {
    const { control } = of(bob, { reads: { stack: "stack:delete" } });
    assert.equal(control("stack:write", dev).state, "hidden");
    assert.equal(control("environment:open", environment).state, "disabled");
  });
});

describe("sentences", () => {
  test("are the app's, and where it has none the package's", () => {
    const { control } = of(bob, { messages: { not_granted: "{entity}: {scope} fehlt. {else}" } });
    assert.equal(control("stack:delete", dev).reason, `${dev}: stack:delete fehlt. {else}`);
    assert.match(control("stack:write", prod).reason, /^Whether you may do this/);
  });

  test("take what is filled in as it is", () => {
    const odd = { can: () => false, decide: () => ({ effect: "unknown", reason: "needs_tags", needs: ["$&", "{scope}"] }) };
    assert.match(of(odd).control("stack:write", dev).reason, /: \$&, \{scope\}\.$/);
  });

  test("are there for every reason that refuses, and for no other", () => {
    const types = readFileSync(new URL("../pkg/index.d.ts", import.meta.url), "utf8");
    const [, union] = /export type Reason =([^;]+);/.exec(types);
    const allowing = ["granted", "organization_admin", "organization_setting", "creator"];
    const reasons = [...union.matchAll(/\| "(\w+)"/g)].map(([, reason]) => reason).filter((it) => !allowing.includes(it));
    assert.ok(reasons.length > 10);
    assert.deepEqual(Object.keys(messages).sort(), [...reasons, "not_covered", "not_asked"].sort());
    for (const message of Object.values(messages)) assert.match(message, /^[A-Z{][^]*\.$/);
  });

  test("stand in the documentation", () => {
    const page = readFileSync(new URL("../docs/bindings.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` \| ([A-Z{].*\.) \|$/gm)].map(([, code, message]) => [code, message]);
    assert.deepEqual(Object.fromEntries(rows), { ...messages });
  });

  test("of a code that is new are the code", () => {
    const later = { can: () => false, decide: () => ({ effect: "deny", reason: "moon_phase" }) };
    assert.equal(of(later).control("team:create", "organization:acme").reason, "moon_phase");
    const inherited = { can: () => false, decide: () => ({ effect: "deny", reason: "toString" }) };
    assert.equal(of(inherited).control("team:create", "organization:acme").reason, "toString");
  });
});

test("the scopes to read with are those of the catalog, in every revision", () => {
  for (const revision of revisions) {
    const found = catalog(revision).entityTypes.flatMap(({ name, groups }) => {
      const own = `${name.replaceAll("-", "_")}:read`;
      return groups.some(({ scopes }) => scopes.some((scope) => scope.name === own)) ? [[name, own]] : [];
    });
    assert.deepEqual(Object.fromEntries(found), { ...reads }, revision);
  }
});

test("every door is the same by import and by require, beside the frameworks of the app", (t) => {
  const folder = appFolder(t);
  const doors = ["store", "react", "vue", "testing"].map((it) => `scopewise/${it}`);
  const names = "Object.keys(it).filter((name) => name !== '__esModule' && name !== 'module.exports').sort().join()";
  const run = (file, text) => {
    writeFileSync(join(folder, file), text);
    return execFileSync(process.execPath, ["--preserve-symlinks", file], { cwd: folder, encoding: "utf8" }).trim().split("\n");
  };
  const imported = run("app.mjs", doors.map((it) => `{ const it = await import("${it}"); console.log(${names}); }`).join("\n"));
  const required = run("app.cjs", doors.map((it) => `{ const it = require("${it}"); console.log(${names}); }`).join("\n"));
  assert.deepEqual(required, imported);
  const binding = "Can,Scopewise,useCan,useControl,useDecision,usePermissions,useScopewise";
  assert.deepEqual(imported, ["createStore,messages,reads", binding, binding, "allowing,matchers,toAllow"]);
});

test("the binding for React is a client module for server components", () => {
  for (const file of ["react.js", "cjs/react.cjs"]) {
    const text = readFileSync(new URL(`../pkg/${file}`, import.meta.url), "utf8");
    assert.match(text, /^(\/\/.*\n)*"use client";\n/, file);
  }
});

test("a fixture of the tests is a principal for a store", () => {
  const { control } = of(allowing({ [dev]: ["stack:read", "stack:write"], [prod]: ["stack:read"] }));
  const states = [dev, prod, fresh].map((entity) => control("stack:write", entity).state);
  assert.deepEqual(states, ["enabled", "disabled", "hidden"]);
});

function fail() {
  throw new Error("out of order, on purpose");
}
