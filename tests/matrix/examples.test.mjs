// The programs of `examples/`, each as somebody has copied it, with the packed package, all asked the same.
import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { createGate } from "../../pkg/edge.js";
import { Organization } from "../../pkg/node.js";
import { Routes } from "../../pkg/routes-node.js";
import { pack, unpack, work } from "./pack.mjs";
import { installed, node, start, without } from "./programs.mjs";
import { startWorkers, workerOf } from "./workers.mjs";

const names = ["express", "hono", "next"];

/** Beside the packages of the matrix: Next.js takes none from outside of the folder that it builds in. */
const folder = fileURLToPath(new URL("examples", import.meta.url));

before(() => {
  rmSync(folder, { recursive: true, force: true });
  cpSync(new URL("../../examples", import.meta.url), folder, { recursive: true });
  unpack(pack(folder).tarball, join(folder, "node_modules"));
});

after(() => rmSync(folder, { recursive: true }));

for (const name of names) {
  const { dependencies } = manifest(name);
  const needs = Object.keys(dependencies).filter((it) => it !== "scopewise");
  test(name, { skip: without(...needs) }, () => serving(name, asksAll));
}

test("a handler of Next.js believes a mark that holds, and no other", async () => {
  process.env.GATE_SECRET = "a secret of the test, long enough";
  const app = join(folder, "next");
  const { GET } = await import(join(app, "app/stacks/[organization]/[project]/[stack]/route.js"));
  const { sign, targetOf } = await import(join(app, "mark.js"));
  const { authenticate, document, table } = await import(join(app, "rules.js"));
  const organization = Organization.parse(document);
  const [dev, other] = ["http://localhost/stacks/acme/web/dev", "http://localhost/stacks/acme/web/dev?other"];
  const bob = { authorization: "Bearer token-of-bob" };
  const marked = async (url, { signedBy = sign, by = table } = {}) => {
    const gate = createGate({ organization, routes: Routes.parse(by), authenticate, onUnknown: "deny", sign: signedBy });
    const request = new Request(url, { headers: bob });
    return (await gate.ask(request, { target: targetOf(request) })).forward;
  };
  const answer = async (request) => {
    const response = await GET(request);
    return response.ok ? await response.text() : `${response.status} ${(await response.json()).code}`;
  };
  const anyUser = { routes: [{ method: "GET", path: "/stacks/{org}/{project}/{stack}", needs: "user" }] };
  assert.equal(await answer(await marked(dev)), "user:bob reads it\n");
  assert.equal(await answer(new Request(dev, { headers: bob })), "403 missing");
  assert.equal(await answer(new Request(dev, await marked(other))), "403 forged");
  assert.equal(await answer(await marked(dev, { signedBy: { ...sign, key: { secret: new Uint8Array(32) } } })), "403 forged");
  assert.equal(await answer(await marked(dev, { by: anyUser })), "403 user");
});

test("cloudflare-worker", { skip: without("miniflare", "express") }, async () => {
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
  for (const name of [...names, "cloudflare-worker"]) {
    for (const [needed, version] of Object.entries(manifest(name).dependencies)) {
      if (needed !== "scopewise") assert.equal(version, tried[needed], `${name}: ${needed}`);
    }
    assert.equal(rules(name), rules("express"));
  }
});

function manifest(name) {
  return JSON.parse(readFileSync(new URL(`../../examples/${name}/package.json`, import.meta.url), "utf8"));
}

/** Does what `npm start` of an example does, at a free port. */
async function serving(name, use) {
  const app = relative(work, join(folder, name));
  const commands = manifest(name).scripts.start.split(" && ").map(forNode);
  const serve = commands.pop();
  for (const command of commands) await node(app, ...command);
  const { match, stop } = await start(app, /http:\S+/, process.execPath, ...serve);
  try {
    await use(match[0]);
  } finally {
    await stop();
  }
}

/** A command as arguments of Node, whose program or that of a package it is. */
function forNode(command) {
  const [program, ...args] = command.split(" ");
  return program === "node" ? args : [installed(program, `dist/bin/${program}`), ...args];
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
      reads: await ask("GET", `${dev}?as=a%20table&in&as=text`, "bob"),
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
