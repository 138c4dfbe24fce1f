// What it costs to take a signed bundle in Node, on made-up organizations of three sizes: node benches/bundles.mjs [SIZE…]
//
// Each run is a process of its own, from the import of the engine to the first decision. What the platform does by itself
// is told apart: importing and compiling, which an edge does when a Worker is deployed, and getting its cryptography
// ready, which Node does at the first use. Beside it the same organization is read from its document. Both have to give
// the same answers. `bundles-edge.mjs` does the same in the real `workerd`.
//
// A source does it while something is on its way to it, and rehearses meanwhile: what then is left to wait for, once the
// bytes are there, is measured by itself.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { sizes, workload } from "./workload.mjs";

const ROUNDS = 15;

/** As `bundleSource` says of what it has fetched: nobody else has the bytes. */
const owned = Symbol.for("scopewise: owned");

/** What is measured, in what it is told, and the goals. */
const ROWS = [
  ["platform", "import and compile", milliseconds, {}],
  ["crypto", "the platform's cryptography, ready", milliseconds, {}],
  ["instantiate", "instantiate", milliseconds, {}],
  ["open", "verify and open", milliseconds, {}],
  ["first", "first decision", milliseconds, {}],
  ["edge", "the last three", milliseconds, { medium: "5 ms", large: "10 ms" }],
  ["all", "all of it", milliseconds, {}],
  ["arrived", "by a source that rehearsed, from the bytes to the decision", milliseconds, { medium: "5 ms", large: "10 ms" }],
  ["loading", "open the bundle again, without its key", milliseconds, {}],
  ["reading", "read the document instead", milliseconds, {}],
  ["ratio", "of which opening is the", (ratio) => `${ratio.toFixed(1)}th part`, { medium: "10th", large: "10th" }],
  ["resident", "resident, more than before", megabytes, { large: "64 MB" }],
  ["bytes", "the bundle", megabytes, {}],
  ["packed", "the bundle, brotli", megabytes, { large: "1 MB" }],
];

const [, script, ...given] = process.argv;
const runs = { run, wait };
if (given[0] in runs) console.log(JSON.stringify(await runs[given[0]](given[1])));
else for (const size of given.length > 0 ? given : sizes) await measure(size);

async function measure(size) {
  const folder = mkdtempSync(join(tmpdir(), "scopewise-bundles-"));
  try {
    const { packed, bytes } = await prepare(size, folder);
    const started = (what) => JSON.parse(execFileSync(process.execPath, ["--expose-gc", script, what, folder]));
    const measured = Array.from({ length: ROUNDS }, () => ({ ...started("run"), ...started("wait") }));
    console.log(`\n| ${size} | | goal |\n|---|---:|---:|`);
    for (const [key, what, unit, goal] of ROWS) {
      const value = { packed, bytes }[key] ?? median(measured.map((run) => run[key]));
      console.log(`| ${what} | ${unit(value)} | ${goal[size] ?? ""} |`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Lays down the document, its bundle, the key and questions. */
async function prepare(size, folder) {
  const [{ Organization }, { signBundle }, { catalog }] = await Promise.all(
    ["admin-node", "bundle", "catalog"].map((door) => import(`../pkg/${door}.js`)),
  );
  const { document, anybody } = workload(size, catalog());
  const encodings = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
  const { publicKey, privateKey } = generateKeyPairSync("ed25519", encodings);
  const bundle = Organization.parse(document).toBundle({ version: 1, maxAgeSeconds: 86_400 });
  const bytes = await signBundle(bundle, privateKey);
  writeFileSync(join(folder, "document.json"), JSON.stringify(document));
  writeFileSync(join(folder, "bundle"), bytes);
  writeFileSync(join(folder, "unsigned"), bundle);
  writeFileSync(join(folder, "given.json"), JSON.stringify({ publicKey, questions: anybody.slice(0, 200) }));
  return { bytes: bytes.length, packed: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length };
}

async function run(folder) {
  const read = (name) => readFileSync(join(folder, name));
  const { publicKey, questions } = JSON.parse(read("given.json"));
  const [bytes, unsigned, text] = ["bundle", "unsigned", "document.json"].map((name) => new Uint8Array(read(name)));
  globalThis.gc();
  await new Promise((done) => setTimeout(done, 50)); // large buffers are given back beside the program
  const before = process.memoryUsage().rss;
  const times = [performance.now()];
  const stop = () => void times.push(performance.now());
  const instantiated = spentIn("Instance");
  const { openBundle } = await import("../pkg/bundle.js");
  const { Organization, ready } = await import("../pkg/node.js");
  await ready;
  stop();
  await warmUp();
  stop();
  const { organization } = await openBundle(bytes, { publicKeys: [publicKey], organization: "acme", [owned]: true });
  stop();
  const [principal, scope, entity] = questions[0];
  organization.principal(principal).can(scope, entity);
  stop();
  const resident = process.memoryUsage().rss - before;
  const [engine, crypto, open, first] = times.slice(1).map((time, index) => time - times[index]);
  const [instantiate, platform] = [instantiated(), engine - instantiated()];
  const loading = timed(() => Organization.open(unsigned)[Symbol.dispose]());
  let parsed;
  const reading = timed(() => (parsed = Organization.parse(text)));
  const may = (it) => questions.map(([principal, scope, entity]) => it.principal(principal).can(scope, entity));
  assert.deepEqual(may(organization), may(parsed));
  const [edge, all] = [instantiate + open + first, engine + crypto + open + first];
  return { platform, crypto, instantiate, open, first, edge, all, loading, reading, ratio: reading / loading, resident };
}

/** A source that is asked, and whose bytes come some time later. */
async function wait(folder) {
  const bytes = readFileSync(join(folder, "bundle"));
  const { publicKey, questions } = JSON.parse(readFileSync(join(folder, "given.json")));
  const { bundleSource } = await import("../pkg/bundle-source.js");
  await (await import("../pkg/node.js")).ready;
  await warmUp();
  await read(new Response("as large"));
  let arrive;
  const travelling = new Promise((arrived) => (arrive = arrived));
  const source = bundleSource({ url: "http://127.0.0.1", organization: "acme", publicKeys: [publicKey], fetch: () => travelling });
  const asked = source.get();
  await busy(50);
  const response = new Response(bytes, { headers: { "content-length": bytes.length } });
  const start = performance.now();
  arrive(response);
  const { organization } = await asked;
  const [principal, scope, entity] = questions[0];
  organization.principal(principal).can(scope, entity);
  return { arrived: performance.now() - start };
}

/** Lets everything else go on for so many milliseconds: an edge has other requests, and a processor that rests is slow at first. */
async function busy(time) {
  const end = performance.now() + time;
  while (performance.now() < end) await new Promise((done) => setImmediate(done));
}

/** Reads an answer, as a source does it. */
async function read(response) {
  const reader = response.body.getReader();
  while (!(await reader.read()).done);
}

/** Has the platform do once, on other keys and bytes, all that `openBundle` asks of it. */
async function warmUp() {
  const [{ subtle }, bytes, key] = [globalThis.crypto, new Uint8Array(32), { name: "Ed25519" }];
  const publicKey = await subtle.importKey("raw", bytes, key, false, ["verify"]);
  await Promise.all([subtle.digest("SHA-512", bytes), subtle.digest("SHA-256", bytes)]);
  await subtle.verify(key, publicKey, new Uint8Array(64), bytes);
}

/** How many milliseconds are spent in a constructor of `WebAssembly` from now on. */
function spentIn(name) {
  let spent = 0;
  const construct = (made, given) => {
    const start = performance.now();
    const it = Reflect.construct(made, given);
    spent += performance.now() - start;
    return it;
  };
  WebAssembly[name] = new Proxy(WebAssembly[name], { construct });
  return () => spent;
}

function timed(work) {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function milliseconds(value) {
  return `${value.toFixed(1)} ms`;
}

function megabytes(value) {
  return `${(value / 1e6).toFixed(2)} MB`;
}
