// Times one contestant on one organization, in a process of its own, and prints what it found as JSON:
// node --expose-gc benches/contestant.mjs CONTESTANT SIZE
import { catalog } from "../pkg/catalog.js";
import { contestants } from "./contestants.mjs";
import { workload } from "./workload.mjs";

/** How long a thing is asked over and over, in milliseconds. */
const WHILE = 300;

/** How many questions that are put but once are timed together. */
const TOGETHER = 20;

const [name, size] = process.argv.slice(2);
const { document, ...asked } = workload(size, catalog());
console.log(JSON.stringify(await measure(contestants[name], JSON.stringify(document), asked)));

async function measure(contestant, text, { anybody, member, crowd, newcomers, page }) {
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
    further: further(load, text, wasmMemory),
    ...anew(load(text), anybody, page),
    first: each(newcomers, ([name, scope, entity]) => can(principal(name), scope, entity)),
    known: rateAnew(crowd, ([name, scope, entity]) => can(principal(name), scope, entity)),
    ...(engine.decide && inDetail(engine, one, member)),
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

/** What nobody has asked before: each principal about each entity once, and a page. */
function anew({ principal, can, matrix }, anybody, { principal: name, entities, scopes }) {
  const opened = timed(() => matrix(principal(name), entities, scopes))[1] * 1e6;
  const asked = new Set(entities.map((entity) => `${name} ${entity}`));
  const questions = anybody.filter(([name, , entity]) => asked.size < asked.add(`${name} ${entity}`).size);
  const times = [];
  for (let from = 0; from + TOGETHER <= questions.length; from += TOGETHER) {
    const some = questions.slice(from, from + TOGETHER);
    const [, taken] = timed(() => some.forEach(([name, scope, entity]) => can(principal(name), scope, entity)));
    times.push((taken * 1e6) / TOGETHER);
  }
  return { opened, once: median(times) };
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
