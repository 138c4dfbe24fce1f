// What it costs to take a signed bundle in the real `workerd`: node benches/bundles-edge.mjs [SIZE…]
//
// A module is compiled there when a Worker is deployed. Each round is a `workerd` of its own, in which every step is done
// for the first time: the engine's functions are compiled when they are called, which is most of it for a small bundle.
// The clock of a Worker stands still while it works. So each step is a request, timed from outside, and what a request
// takes that does nothing is taken off.
//
// Last a source does it all in another `workerd`, with an origin that takes its time: from when that sends the bytes until
// the decision is here, the ways of both included. What these take by themselves is told beside it, by a Worker that
// reads the bytes and does nothing with them.
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { Agent, createServer, request as send } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Organization } from "../pkg/admin-node.js";
import { signBundle } from "../pkg/bundle.js";
import { catalog } from "../pkg/catalog.js";
import { startWorkers, workerOf } from "../tests/matrix/workers.mjs";
import { workload } from "./workload.mjs";

const ROUNDS = 11;
const GOALS = { medium: "5 ms", large: "10 ms" };
const STEPS = [["instantiate"], ["open", "verify and open"], ["decide", "first decision"], ["again", "verify and open again"]];

/** How long an origin takes before it answers, in milliseconds. */
const WAY = 100;

const PROGRAM = `
import { openBundle } from "scopewise/bundle";
import { bundleSource } from "scopewise/bundle-source";
import glue from "./node_modules/scopewise/wasm/scopewise.js";
import module from "./node_modules/scopewise/wasm/scopewise_bg.wasm";

let given, organization;
const owned = Symbol.for("scopewise: owned");
const open = () => openBundle(given.bytes, { publicKeys: [given.publicKey], organization: "acme", [owned]: true });
const steps = {
  nothing() {},
  async give(request) {
    given = { ...JSON.parse(request.headers.get("given")), bytes: await request.arrayBuffer() };
  },
  instantiate: () => void glue().initSync({ module }),
  open: async () => void ({ organization } = await open()),
  decide: () => organization.principal(given.principal).can(given.scope, given.entity),
  again: async () => void (await open()),
  async fetched(request) {
    const { url, publicKey, principal, scope, entity } = JSON.parse(request.headers.get("given"));
    const { organization } = await bundleSource({ url, organization: "acme", publicKeys: [publicKey] }).get();
    return organization.principal(principal).can(scope, entity);
  },
  async carried(request) {
    const { url, length } = JSON.parse(request.headers.get("given"));
    const { body } = await fetch(url);
    return (await body.getReader({ mode: "byob" }).readAtLeast(length, new Uint8Array(length))).value.length;
  },
};

export default {
  async fetch(request) {
    return Response.json((await steps[new URL(request.url).pathname.slice(1)](request)) ?? null);
  },
};
`;

const [, , ...sizes] = process.argv;
const folder = mkdtempSync(join(tmpdir(), "scopewise-bundles-"));
try {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(fileURLToPath(new URL("../pkg", import.meta.url)), join(folder, "node_modules/scopewise"), "junction");
  writeFileSync(join(folder, "worker.mjs"), PROGRAM);
  const worker = await workerOf(folder);
  for (const size of sizes.length > 0 ? sizes : ["medium", "large"]) await measure(size, worker);
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(size, worker) {
  const { document, anybody } = workload(size, catalog());
  const encodings = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
  const { publicKey, privateKey } = generateKeyPairSync("ed25519", encodings);
  const made = Organization.parse(document);
  const bundle = await signBundle(made.toBundle({ version: 1, maxAgeSeconds: 86_400 }), privateKey);
  const [principal, scope, entity] = anybody[0];
  const given = { publicKey: publicKey.replaceAll("\n", " "), principal, scope, entity };
  const expected = made.principal(principal).can(scope, entity);
  const [rounds, fetched, carried] = [[], [], []];
  const origin = await startOrigin(bundle);
  try {
    for (let number = 0; number < ROUNDS; number += 1) {
      rounds.push(await round(worker, bundle, JSON.stringify(given), expected));
      const asked = JSON.stringify({ ...given, url: origin.url, length: bundle.length });
      fetched.push(await waiting(worker, origin, asked, "fetched", expected));
      carried.push(await waiting(worker, origin, asked, "carried", bundle.length));
    }
  } finally {
    origin.end();
  }
  console.log(`\n| ${size}, in \`workerd\` | | goal |\n|---|---:|---:|`);
  for (const [step, name = step] of STEPS) console.log(`| ${name} | ${middle(rounds.map((round) => round[step]))} | |`);
  const sums = rounds.map(({ instantiate, open, decide }) => instantiate + open + decide);
  console.log(`| the first three | ${middle(sums)} | ${GOALS[size] ?? ""} |`);
  console.log(`| by a source, from the bytes to the decision | ${middle(fetched)} | ${GOALS[size] ?? ""} |`);
  console.log(`| of it the way of the bytes | ${middle(carried)} | |`);
}

/** An origin that sends the bundle after a while, and says when that was. */
async function startOrigin(bundle) {
  const origin = { sent: 0 };
  const server = createServer((_, response) =>
    setTimeout(() => {
      origin.sent = performance.now();
      response.end(bundle);
    }, WAY),
  );
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  origin.url = `http://127.0.0.1:${server.address().port}`;
  origin.end = () => server.close().closeAllConnections();
  return origin;
}

/** How long the answer takes once the origin sends, in a `workerd` that has done nothing yet. */
function waiting(worker, origin, given, step, expected) {
  return inWorker(worker, given, async (ask) => {
    for (let number = 0; number < 60; number += 1) await ask("nothing");
    const { answer } = await ask(step);
    if (answer !== expected) throw new Error("the Worker answers otherwise");
    return performance.now() - origin.sent;
  });
}

/** The steps in a `workerd` that has done nothing yet. */
function round(worker, bundle, given, expected) {
  return inWorker(worker, given, async (ask) => {
    await ask("give", bundle);
    const idle = [];
    for (let number = 0; number < 60; number += 1) idle.push((await ask("nothing")).time);
    const nothing = median(idle.slice(30));
    const times = {};
    for (const [step] of STEPS) {
      const { time, answer } = await ask(step);
      if (step === "decide" && answer !== expected) throw new Error("the Worker decides otherwise");
      times[step] = time - nothing;
      await ask("nothing");
    }
    return times;
  });
}

/** Asks a `workerd` of its own, over one connection. */
async function inWorker(worker, given, work) {
  const running = await startWorkers({ ...worker, host: "127.0.0.1", port: 0 });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const address = await running.ready;
    return await work((step, body) => timed(agent, new URL(step, address), body, { given }));
  } finally {
    agent.destroy();
    await running.dispose();
  }
}

function timed(agent, { hostname: host, port, pathname: path }, body, headers) {
  const start = performance.now();
  return new Promise((done, failed) => {
    const sent = send({ agent, host, port, path, headers, method: body === undefined ? "GET" : "POST" }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => (text += part));
      response.on("end", () => {
        if (response.statusCode !== 200) failed(new Error(text));
        else done({ time: performance.now() - start, answer: JSON.parse(text) });
      });
    });
    sent.on("error", failed).end(body);
  });
}

function middle(values) {
  return `${median(values).toFixed(1)} ms`;
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
