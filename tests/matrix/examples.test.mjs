// The programs of `examples/`, each as somebody has copied it, with the packed package, all asked the same.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { pack, unpack, work } from "./pack.mjs";
import { start, without } from "./programs.mjs";
import { startWorkers, workerOf } from "./workers.mjs";

const folder = mkdtempSync(join(tmpdir(), "scopewise-examples-"));
const modules = join(folder, "node_modules");
const installed = fileURLToPath(new URL("node_modules", import.meta.url));

before(() => {
  cpSync(new URL("../../examples", import.meta.url), folder, { recursive: true });
  unpack(pack(folder).tarball, modules);
});

after(() => rmSync(folder, { recursive: true }));

for (const name of ["express", "hono"]) {
  const { dependencies } = manifest(name);
  const needs = Object.keys(dependencies).filter((it) => it !== "scopewise");
  test(name, { skip: without(...needs) }, async () => {
    needs.forEach(link);
    await serving(name, asksAll);
  });
}

test("cloudflare-worker", { skip: without("miniflare", "express") }, async () => {
  link("express");
  const app = join(folder, "cloudflare-worker");
  const { main, compatibility_date: compatibilityDate } = JSON.parse(readFileSync(join(app, "wrangler.jsonc"), "utf8"));
  assert.equal(main, "worker.mjs");
  await serving("express", async (origin) => {
    const bindings = { ORIGIN: origin };
    const worker = await startWorkers({ ...(await workerOf(app)), compatibilityDate, bindings, host: "127.0.0.1", port: 0 });
    try {
      await asksAll((await worker.ready).origin);
    } finally {
      await worker.dispose();
    }
  });
});

test("who copies one finds what the tests have, and the same rules", () => {
  const tried = manifest("../tests/matrix").devDependencies;
  const rules = (name) => readFileSync(new URL(`../../examples/${name}/rules.js`, import.meta.url), "utf8");
  for (const name of ["express", "hono", "cloudflare-worker"]) {
    for (const [needed, version] of Object.entries(manifest(name).dependencies)) {
      if (needed !== "scopewise") assert.equal(version, tried[needed], `${name}: ${needed}`);
    }
    assert.equal(rules(name), rules("express"));
  }
});

function manifest(name) {
  return JSON.parse(readFileSync(new URL(`../../examples/${name}/package.json`, import.meta.url), "utf8"));
}

/** Puts a package of the matrix where the examples find it. */
function link(name) {
  const at = join(modules, name);
  mkdirSync(dirname(at), { recursive: true });
  rmSync(at, { force: true });
  symlinkSync(join(installed, name), at, "junction");
}

/** Starts an example as its `npm start` does, at a free port. */
async function serving(name, use) {
  const [program, ...args] = manifest(name).scripts.start.split(" ");
  assert.equal(program, "node");
  const { match, stop } = await start(relative(work, join(folder, name)), /http:\S+/, process.execPath, ...args);
  try {
    await use(match[0]);
  } finally {
    await stop();
  }
}

async function asksAll(address) {
  const ask = async (method, path, user, more = {}) => {
    const headers = { ...(user && { authorization: `Bearer token-of-${user}` }), ...more };
    const response = await fetch(address + path, { method, headers });
    return `${response.status} ${response.ok ? await response.text() : (await response.json()).code}`.trim();
  };
  const [dev, prod] = ["/stacks/acme/web/dev", "/stacks/acme/web/prod"];
  assert.match(await ask("GET", "/"), /^200 stacks live/);
  assert.deepEqual(
    {
      nobody: await ask("GET", dev),
      stranger: await ask("GET", dev, "eve"),
      reads: await ask("GET", dev, "bob"),
      deletes: await ask("DELETE", dev, "bob"),
      hidden: await ask("GET", prod, "bob"),
      forged: await ask("DELETE", dev, "bob", { "scopewise-gate": "v1.e30.AAAA", "x-http-method-override": "GET" }),
      administrator: await ask("DELETE", prod, "alice"),
      unmapped: await ask("GET", "/other", "alice"),
      trick: await ask("GET", "/stacks/acme/web%2Fdev/x", "alice"),
    },
    {
      nobody: "401 unauthenticated",
      stranger: "401 unauthenticated",
      reads: "200 user:bob reads it",
      deletes: "403 denied",
      hidden: "404 not_found",
      forged: "403 denied",
      administrator: "200 user:alice deletes it",
      unmapped: "403 unmapped",
      trick: "400 encoded_separator",
    },
  );
}
