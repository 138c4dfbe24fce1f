// What a gate takes in the real `workerd` and in Node: node benches/gate.mjs
//
// In the Worker: how long `gate.ask` takes by itself, and how long everything takes from the request to its answer, through
// a gate and without one, before an origin that answers in the Worker itself: in batches, for the clock of a Worker counts
// milliseconds; and what the processor has to do for it, which on Linux the system tells, however busy it is. In Node,
// which has the same engine and a better clock: each call. `benches/gate-outside.mjs` measures what a client waits longer.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startWorkers, workerOf } from "../tests/matrix/workers.mjs";
import { GATES } from "./gates.mjs";

const folder = mkdtempSync(join(tmpdir(), "scopewise-gate-"));
const workers = [];
try {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(fileURLToPath(new URL("../pkg", import.meta.url)), join(folder, "node_modules/scopewise"), "junction");
  cpSync(new URL("../tests/matrix/apps/gate", import.meta.url), join(folder, "gate"), { recursive: true });
  await inside();
} finally {
  for (const worker of workers) await worker.dispose();
  rmSync(folder, { recursive: true });
}

/** `ask` by itself, in `workerd` and in Node. */
async function inside() {
  cpSync(join(folder, "gate"), join(folder, "inside"), { recursive: true });
  const program = `${GATES}
const origin = (request) => Promise.resolve(new Response(request.method));
const asks = {
  "allowed, unsigned": [(request) => plain.ask(request), "prod"],
  "allowed, signed by HMAC": [(request) => signing.ask(request), "prod"],
  "refused (404)": [(request) => plain.ask(request), "secret"],
};
const fetches = {
  "passed on": [(request) => origin(new Request(request)), "prod"],
  "through a gate": [(request) => plain.fetch(request, origin), "prod"],
  "through one that signs": [(request) => signing.fetch(request, origin), "prod"],
};
const headers = { "x-test-user": "user:bob", accept: "application/json", "user-agent": "bench", "content-type": "application/json", authorization: "token abc" };

/** The kinds in turn, so that whatever else the machine does meets all alike. */
export async function measure(batches, size, what = "asks") {
  const kinds = { asks, fetches }[what];
  const told = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  for (let batch = 0; batch < batches; batch += 1) {
    for (const [kind, [ask, stack]] of Object.entries(kinds)) {
      const requests = Array.from({ length: size }, (_, number) => new Request("https://api.example/api/stacks/acme/web/" + stack + "?n=" + number, { headers }));
      const start = performance.now();
      for (const request of requests) {
        const answer = ask(request);
        if (typeof answer.then === "function") await answer;
      }
      told[kind].push((performance.now() - start) / size);
    }
  }
  return told;
}

export default {
  async fetch(incoming) {
    const known = new URL(incoming.url).searchParams;
    return Response.json(await measure(Number(known.get("batches")), Number(known.get("size")), known.get("what")));
  },
};
`;
  writeFileSync(join(folder, "inside/worker.mjs"), program);
  const worker = await started("inside");
  const inWorker = async (batches, size, what = "asks") =>
    (await worker.dispatchFetch(`http://localhost/?batches=${batches}&size=${size}&what=${what}`)).json();
  await inWorker(10, 200);
  await showProcessor(inWorker);
  show("in the Worker, microseconds for one `gate.ask`, in batches of 200", await inWorker(200, 200));
  await inWorker(10, 200, "fetches");
  const whole = await inWorker(200, 200, "fetches");
  show("in the Worker, microseconds from the request to its answer, in batches of 200", { ...whole, ...longer(whole) });
  const { measure } = await import(join(folder, "inside/worker.mjs"));
  await measure(2_000, 1);
  show("in Node, each `gate.ask` by itself", await measure(20_000, 1));
  await measure(2_000, 1, "fetches");
  show("in Node, each from the request to its answer", await measure(20_000, 1, "fetches"));
}

/** What each batch took longer than the one that was passed on just before. */
function longer({ "passed on": passed, ...others }) {
  const more = (times) => times.map((time, batch) => time - passed[batch]);
  return Object.fromEntries(Object.entries(others).map(([kind, times]) => [`${kind}, longer`, more(times)]));
}

/** What one call takes of the processor, with the making of the request that it is asked about. */
async function showProcessor(inWorker) {
  if (!existsSync("/proc/self/stat")) return;
  const [before, calls] = [processorTime(), 3 * 200 * 100];
  await inWorker(100, 200);
  const each = (processorTime() - before) / calls;
  console.log(`in the Worker, processor time for one request and one \`gate.ask\`, all kinds: ${each.toFixed(1)} µs`);
}

/** Of the programs that this one has started, in microseconds. The system counts hundredths of a second. */
function processorTime() {
  const numbers = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const fields = numbers.flatMap((number) => {
    try {
      return [readFileSync(`/proc/${number}/stat`, "utf8").replace(/^.*\) /, "").split(" ")];
    } catch {
      return []; // it has ended meanwhile
    }
  });
  const own = fields.filter(([, parent]) => Number(parent) === process.pid);
  return own.reduce((sum, it) => sum + (Number(it[11]) + Number(it[12])) * 10_000, 0);
}

function show(title, told) {
  console.log(`\n${title} (the table of the API):\n| | p50 | p99 |\n|---|---:|---:|`);
  for (const [kind, times] of Object.entries(told)) console.log(`| ${kind} | ${at(times, 0.5)} | ${at(times, 0.99)} |`);
}

async function started(name) {
  const worker = await startWorkers({ ...(await workerOf(join(folder, name))), host: "127.0.0.1", port: 0 });
  workers.push(worker);
  return worker;
}

/** The value below which that share of the times lies, of milliseconds, in microseconds. */
function at(times, share) {
  const sorted = Float64Array.from(times).sort();
  return (sorted[Math.floor(share * (sorted.length - 1))] * 1000).toFixed(1);
}
