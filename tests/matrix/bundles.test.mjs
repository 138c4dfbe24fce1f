// Signed bundles from the packed package in the real `workerd`: kept in a namespace of Workers KV and in the Cache API, and
// asked for by many requests at once; and in apps that others resolve, where `scopewise/bundle` has to find their door.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { build as esbuild } from "esbuild";
import { Organization } from "../../pkg/admin-node.js";
import { signBundle } from "../../pkg/bundle.js";
import { pack, unpack, work } from "./pack.mjs";
import { POLICY, inChromium, serving } from "./pages.mjs";
import { node, without } from "./programs.mjs";
import { startWorkers, workerOf } from "./workers.mjs";

const skip = without("miniflare");

const encodings = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
const { publicKey, privateKey } = generateKeyPairSync("ed25519", encodings);
const folder = mkdtempSync(join(tmpdir(), "scopewise-bundles-"));
const app = join(folder, "app");
const origin = { asked: 0 };
let modules;

before(async () => {
  cpSync(new URL("apps/bundles", import.meta.url), app, { recursive: true });
  unpack(pack(folder).tarball, join(folder, "node_modules"));
  modules = await workerOf(app);
  const given = { publicKey, bundle: Buffer.from(await bundle(1, 3_600)).toString("base64") };
  writeFileSync(join(app, "given.mjs"), Object.entries(given).map(([name, text]) => `export const ${name} = ${JSON.stringify(text)};\n`).join(""));
  origin.server = createServer(answer).listen(0, "127.0.0.1");
  await once(origin.server, "listening");
});

after(() => {
  origin.server?.close();
  rmSync(folder, { recursive: true });
});

beforeEach(() => Object.assign(origin, { asked: 0, held: undefined, bundle: undefined, send: forms["in chunks"] }));

/** How an answer may come. */
const forms = {
  "in chunks": (response, bytes) => response.writeHead(200).end(bytes),
  "with its length": (response, bytes) => response.setHeader("content-length", bytes.length).end(bytes),
  "in chunks, some of them later": async (response, bytes) => {
    response.write(bytes.subarray(0, 100));
    await sleep(50);
    response.end(bytes.subarray(100));
  },
  "with its length, a part of it later": async (response, bytes) => {
    response.setHeader("content-length", bytes.length).write(bytes.subarray(0, 100));
    await sleep(50);
    response.end(bytes.subarray(100));
  },
  "packed, in chunks": (response, bytes) => response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(bytes)),
  "packed, with the length of that": (response, bytes) => {
    const packed = gzipSync(bytes);
    response.setHeader("content-encoding", "gzip").setHeader("content-length", packed.length).end(packed);
  },
};

/** What is there now, or nothing. */
async function answer({ headers }, response) {
  origin.asked += 1;
  await origin.held;
  if (origin.bundle === undefined) return response.writeHead(503).end();
  const etag = `"${origin.bundle.length}-${origin.bundle.at(-1)}"`;
  if (headers["if-none-match"] === etag) return response.writeHead(304).end();
  return origin.send(response.setHeader("etag", etag), origin.bundle);
}

/** Bob may write in version 1 and no more in others. */
function bundle(version, maxAgeSeconds = 60) {
  const grants = version === 1 ? [{ entity: "stack:acme/web/dev", level: "write" }] : [];
  const document = { revision: "2026-10", organization: "acme", members: [{ user: "ann", role: "admin" }, { user: "bob", grants }] };
  return signBundle(Organization.parse(document).toBundle({ version, issuedAt: Date.now(), maxAgeSeconds }), privateKey);
}

/** Starts the Worker for `use`, which gets a function that asks it and the Miniflare around it. */
async function working({ storage = {}, more = {}, ...options }, use) {
  const url = `http://127.0.0.1:${origin.server.address().port}/`;
  const bindings = { OPTIONS: { url, organization: "acme", publicKeys: [publicKey], ...options }, IS_CACHED: "cachePersist" in storage };
  const worker = await startWorkers({ ...modules, bindings, ...storage, ...more });
  const ask = async (init) => (await worker.dispatchFetch("http://localhost/", init)).json();
  try {
    await worker.ready;
    return await use(ask, worker);
  } finally {
    await worker.dispose();
  }
}

const storages = {
  "a namespace of Workers KV": (name) => ({ kvNamespaces: ["BUNDLES"], kvPersist: join(folder, name) }),
  "the Cache API": (name) => ({ cachePersist: join(folder, name) }),
};

for (const [index, [name, at]] of Object.entries(storages).entries()) {
  describe(`in ${name}`, { skip }, () => {
    test("a bundle is the first answer of the next start, which asks nobody", async () => {
      const storage = at(`kept-${index}`);
      origin.bundle = await bundle(1);
      const first = await working({ storage }, (ask) => ask());
      assert.deepEqual([first.status, first.version, first.may, first.unanchored], ["fresh", 1, true, true]);
      origin.bundle = undefined;
      const next = await working({ storage }, (ask) => ask());
      assert.deepEqual([next.status, next.version, next.may, next.unanchored], ["fresh", 1, true, false]);
      assert.equal(origin.asked, 1);
    });

    test("the highest version outlives the Worker, and an older bundle is refused", async () => {
      const storage = at(`marks-${index}`);
      origin.bundle = await bundle(5);
      assert.equal((await working({ storage }, (ask) => ask())).version, 5);
      origin.bundle = await bundle(1);
      const rolledBack = await working({ storage, maxAge: 0, staleWhileRevalidate: 0 }, (ask) => ask());
      assert.deepEqual([rolledBack.status, rolledBack.version, rolledBack.may, rolledBack.error], ["stale", 5, false, "older"]);
      const { status, error } = await working({ storage, stopAge: 0.001 }, (ask) => ask());
      assert.deepEqual([status, error], ["empty", "older"], "also where what is kept is too old itself");
    });
  });
}

test("what Workers KV holds is the bundle, and its marks fit beside it", { skip }, async () => {
  origin.bundle = await bundle(7);
  const storage = storages["a namespace of Workers KV"]("looked-at");
  await working({ storage }, async (ask, worker) => {
    await ask();
    const namespace = await worker.getKVNamespace("BUNDLES");
    const { keys } = await namespace.list();
    assert.deepEqual(keys.map((key) => key.name), ["scopewise:acme:*"]);
    const { value, metadata } = await namespace.getWithMetadata("scopewise:acme:*", { type: "arrayBuffer" });
    assert.deepEqual(new Uint8Array(value), origin.bundle);
    assert.deepEqual(Object.values(metadata.marks), [7]);
  });
});

for (const date of ["2024-01-01", "2026-04-01"]) {
  describe(`by the rules of ${date}`, { skip }, () => {
    const more = { compatibilityDate: date };

    for (const [form, send] of Object.entries(forms)) {
      test(`an answer is read that comes ${form}`, async () => {
        Object.assign(origin, { bundle: await bundle(1), send });
        const { status, may, error } = await working({ more }, (ask) => ask());
        assert.deepEqual([status, may, error], ["fresh", true, undefined]);
      });
    }

    test("many requests at once are one request to the origin, and none waits for ever", async () => {
      Object.assign(origin, { bundle: await bundle(1), held: sleep(500) });
      const states = await working({ more, timeout: 5 }, (ask) => Promise.all(Array.from({ length: 40 }, () => ask())));
      assert.deepEqual([...new Set(states.map(({ status, may }) => `${status} ${may}`))], ["fresh true"]);
      assert.equal(origin.asked, 1);
    });

    test("who goes away before the answer leaves the others theirs", async () => {
      Object.assign(origin, { bundle: await bundle(1), held: sleep(1_500) });
      const state = await working({ more, timeout: 5 }, async (ask) => {
        await assert.rejects(ask({ signal: AbortSignal.timeout(700) }));
        return ask();
      });
      assert.deepEqual([state.status, origin.asked], ["fresh", 1]);
    });

    test("a stale answer comes at once, and what it began ends after it", async () => {
      origin.bundle = await bundle(1);
      await working({ more, maxAge: 0.5 }, async (ask) => {
        assert.equal((await ask()).status, "fresh");
        let release;
        Object.assign(origin, { bundle: await bundle(2), held: new Promise((released) => (release = released)) });
        await sleep(1_100);
        const stale = await ask();
        assert.deepEqual([stale.status, stale.version], ["stale", 1], "it has not waited for the origin");
        release();
        for (let tries = 0; (await ask()).version !== 2; tries += 1) {
          assert.ok(tries < 60, "what was begun has ended with the request");
          await sleep(50);
        }
        assert.equal(origin.asked, 2);
      });
    });
  });
}

const answers = { may: true, isOurs: true, refused: "wrong_signature" };

/** How an app is made of which a page is left at that place. */
const tools = {
  esbuild: (out) => esbuild({ entryPoints: [join(app, "main.mjs")], outdir: out, bundle: true, format: "esm" }),
  vite: async (out) => {
    const { build } = await import("vite");
    await build({ configFile: false, logLevel: "warn", root: app, build: { outDir: out, emptyOutDir: true, chunkSizeWarningLimit: 5_000 } });
  },
  webpack: async (out) => {
    const { default: webpack } = await import("webpack");
    const output = { path: out, filename: "main.js" };
    const compiler = webpack({ mode: "production", performance: { hints: false }, context: app, entry: "./main.mjs", output });
    const stats = await promisify(compiler.run.bind(compiler))();
    assert.ok(!stats.hasErrors() && !stats.hasWarnings(), stats.toString());
  },
};

/** What a page of the apps shows in Chromium. */
const shown = (root, page, policy) => serving(relative(work, root), (address) => inChromium(`${address}/${page}`), policy);

describe("a bundle is opened by the door of the app", () => {
  const page = readFileSync(new URL("apps/bundles/index.html", import.meta.url), "utf8");
  for (const [name, build] of Object.entries(tools)) {
    test(`that ${name} has built`, { skip: name === "esbuild" ? undefined : without(name) }, async () => {
      const out = join(folder, name);
      await build(out);
      if (!existsSync(join(out, "index.html"))) writeFileSync(join(out, "index.html"), page.replace("main.mjs", "main.js"));
      assert.deepEqual(JSON.parse(await shown(out, "index.html")), answers);
    });
  }

  test("that is a page with an import map", async () => {
    const policy = POLICY.replace("'self'", "'self' 'unsafe-inline'");
    assert.deepEqual(JSON.parse(await shown(folder, "app/mapped.html", policy)), answers);
  });

  test("that Node runs", async () => {
    assert.deepEqual(JSON.parse(await node(relative(work, app), "main.mjs")), answers);
  });
});
