// The packed package in every runtime and build tool: little apps that all have to give the same answers.
// `cargo xtask test --only matrix` runs it and says where the browsers are.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { expected } from "./expected.mjs";
import { layOut } from "./pack.mjs";
import { POLICY, inChromium, serving } from "./pages.mjs";
import { hindrance, rows } from "./rows.mjs";

/** How long a row may take. */
const PATIENCE = 240_000;
const table = [];

before(layOut);
after(() => {
  console.log(`\n${table.join("\n")}\n`);
  // For what a row that was late has left running.
  setTimeout(() => process.exit(), 10_000).unref();
});

for (const row of rows) {
  test(row.name, async (t) => {
    const reason = hindrance(row);
    if (reason !== undefined) {
      tell(row, `not proven: ${reason}`);
      return t.skip(reason);
    }
    const start = Date.now();
    try {
      const given = await inTime(row.answers());
      assert.ok(given.length > 0, "it has answered");
      for (const text of given) assert.deepEqual(JSON.parse(text), expected);
      tell(row, `${given.length} × the same answers`, start);
    } catch (error) {
      tell(row, "FAILED", start);
      throw error;
    }
  });
}

test("where a page's policy allows no wasm, everything is deny and snapshots are read", async () => {
  const policy = POLICY.replace(" 'wasm-unsafe-eval'", "");
  const shown = await serving(".", (address) => inChromium(`${address}/plain/forbidden.html`), policy);
  const allowed = { effect: "allow", reason: "organization_admin" };
  const denied = { effect: "deny", reason: "not_ready" };
  assert.deepEqual(JSON.parse(shown), ["CompileError", denied, ["CompileError"], allowed]);
});

test("the README of the package has these rows", () => {
  const readme = readFileSync(new URL("../../pkg/README.md", import.meta.url), "utf8");
  const [, table] = /^## Where it runs$([^]*?)^## /m.exec(readme);
  const listed = [...table.matchAll(/^\| ([^|]+?) +\|/gm)].map(([, name]) => name).slice(1);
  assert.deepEqual(listed.filter((name) => !/^-+$/.test(name)), rows.map((row) => row.name));
});

async function inTime(answers) {
  let timer;
  const late = new Promise((_, failed) => {
    timer = setTimeout(() => failed(new Error(`no answer in ${PATIENCE / 1000} s`)), PATIENCE);
  });
  return Promise.race([answers, late]).finally(() => clearTimeout(timer));
}

function tell({ name }, outcome, start = Date.now()) {
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  table.push(`${name.padEnd(24)}${seconds.padStart(6)} s  ${outcome}`);
}
