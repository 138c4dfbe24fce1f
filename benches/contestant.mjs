// Times one contestant on one organization, in a process of its own, and prints what it found as JSON:
// node --expose-gc benches/contestant.mjs scopewise|by-hand SIZE
import { readFileSync } from "node:fs";
import { catalog } from "../pkg/catalog.js";
import { workload } from "./workload.mjs";

/** How long a thing is asked over and over, in milliseconds. */
const WHILE = 300;

const contestants = {
  async scopewise() {
    const [{ default: glue }, { over }, { Runtime }] = await Promise.all(
      ["wasm/scopewise", "organization", "runtime"].map((name) => import(`../pkg/${name}.js`)),
    );
    const runtime = new Runtime(glue);
    await runtime.start(readFileSync(new URL("../pkg/wasm/scopewise_bg.wasm", import.meta.url)));
    const Organization = over(runtime);
    return {
      load(text) {
        const organization = Organization.parse(text);
        return {
          principal: (name) => organization.principal(name),
          can: (principal, scope, entity) => principal.can(scope, entity),
          decide: (principal, scope, entity) => principal.decide(scope, entity),
          explain: (principal, scope, entity) => principal.explain(scope, entity),
          matrix: (principal, entities, scopes) => principal.matrix(entities, scopes).effects,
        };
      },
      wasmMemory: () => runtime.exports.initSync().memory.buffer.byteLength,
    };
  },
  async "by-hand"() {
    const { baseline } = await import("./baseline.mjs");
    return { load: (text) => baseline(text, catalog()), wasmMemory: () => 0 };
  },
};

const [name, size] = process.argv.slice(2);
const { document, ...asked } = workload(size, catalog());
console.log(JSON.stringify(await measure(contestants[name], JSON.stringify(document), asked)));

async function measure(contestant, text, { member, crowd, newcomers, page }) {
  const start = performance.now();
  const { load, wasmMemory } = await contestant();
  const started = performance.now() - start;
  const before = memory();
  const [engine, loaded] = timed(() => load(text));
  const [held, peak] = [memory() - before, wasmMemory()];
  const { principal, can, matrix } = engine;
  const one = principal(page.principal);
  return {
    start: started * 1e6,
    load: loaded * 1e6,
    memory: held,
    wasmMemory: peak,
    can: rate(member, ([, scope, entity]) => can(one, scope, entity)),
    page: rate([page], ({ entities, scopes }) => matrix(one, entities, scopes)),
    first: each(newcomers, ([name, scope, entity]) => can(principal(name), scope, entity)),
    known: rateAnew(crowd, ([name, scope, entity]) => can(principal(name), scope, entity)),
    ...(engine.decide && inDetail(engine, one, member)),
    further: further(load, text, wasmMemory),
  };
}

/** What nothing by hand can be asked. */
function inDetail({ decide, explain }, one, member) {
  return {
    decide: rate(member, ([, scope, entity]) => decide(one, scope, entity)),
    explain: rate(member, ([, scope, entity]) => explain(one, scope, entity)),
  };
}

/** What one more organization keeps inside of the module: memory of wasm grows to its peak and does not shrink. */
function further(load, text, wasmMemory) {
  const before = wasmMemory();
  const kept = [load(text), load(text), load(text)];
  return (wasmMemory() - before) / kept.length;
}

/** Nanoseconds for a question that is asked but once: the median over the questions. */
function each(questions, ask) {
  return median(questions.map((question) => timed(() => ask(question))[1])) * 1e6;
}

/** Nanoseconds for one of the questions: the median over passes through all of them. */
function rate(questions, ask) {
  return passes(() => questions, ask);
}

/** The same for texts that come as from a wire, anew for each pass: nobody has hashed them yet. */
function rateAnew(questions, ask) {
  const wire = JSON.stringify(questions);
  questions.forEach(ask);
  return passes(() => JSON.parse(wire), ask);
}

function passes(questions, ask) {
  const times = [];
  for (const end = performance.now() + WHILE; performance.now() < end || times.length < 3; ) {
    const list = questions();
    const [, taken] = timed(() => list.forEach(ask));
    times.push((taken * 1e6) / list.length);
  }
  return median(times);
}

function timed(work) {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
}

/** Bytes on the heap and what hangs on it, the memory of wasm among it. */
function memory() {
  globalThis.gc();
  globalThis.gc(); // what the first one found is swept aside while it goes on
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}
