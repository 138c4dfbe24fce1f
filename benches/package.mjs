// The npm package in Node beside CASL and a bitset by hand, on made-up organizations of three sizes:
// node benches/package.mjs [SIZE…]
//
// Before anything is timed all have to give the same two thousand answers about each. Then they are timed in turn,
// round by round, each in a process of its own, so that whatever else the machine does meets them alike. At the end
// comes what role trees cost.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpus, loadavg } from "node:os";
import { fileURLToPath } from "node:url";

import { catalog } from "../pkg/catalog.js";
import { Organization } from "../pkg/node.js";
import { contestants } from "./contestants.mjs";
import { hostileTrees, largestRole } from "./trees.mjs";
import { sizes, workload } from "./workload.mjs";

const ROUNDS = 5;

/** What is measured, in what it is told, and the goals of Scopewise: one, or one for each size. */
const ROWS = [
  ["can", "`can`, one principal", nanoseconds, "1.5 × by hand"],
  ["known", "`can`, known principals", nanoseconds, "1.5 × by hand"],
  ["first", "`can`, new principal", nanoseconds, { small: "10 µs", medium: "10 µs", large: "20 µs" }],
  ["once", "`can`, each principal and entity once", nanoseconds, ""],
  ["page", "`matrix`, 1,000 × 20", nanoseconds, "0.15 ms"],
  ["opened", "`matrix`, the first time", nanoseconds, ""],
  ["decide", "`decide`", nanoseconds, ""],
  ["explain", "`explain`", nanoseconds, "20 µs"],
  ["start", "import and start", nanoseconds, "5 ms"],
  ["load", "load from text", nanoseconds, { large: "140 ms" }],
  ["memory", "memory after loading", bytes, { large: "15 MB" }],
  ["wasmMemory", "of it wasm, as large as its peak", bytes, ""],
  ["further", "one more organization, in wasm", bytes, { large: "15 MB" }],
];

const names = Object.keys(contestants);
const chosen = process.argv.length > 2 ? process.argv.slice(2) : sizes;
for (const size of chosen) await agree(size);
console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0].model}, load ${loadavg()[0].toFixed(1)}\n`);
printRow(["organization", "what", ...names, ...names.slice(1).map((name) => `to ${name}`), "goal"]);
printRow(["---", "---", ...names.map(() => "---:"), ...names.slice(1).map(() => "---:"), "---"]);
chosen.forEach(compare);
console.log(`\nload at the end: ${loadavg()[0].toFixed(1)}`);
compareTrees();

async function agree(size) {
  const { document, anybody, page } = workload(size, catalog());
  const text = JSON.stringify(document);
  const answers = {};
  for (const name of names) {
    const { principal, can, matrix } = (await contestants[name]()).load(text);
    const single = anybody.map(([name, scope, entity]) => Number(can(principal(name), scope, entity)));
    answers[name] = [single, Array.from(matrix(principal(page.principal), page.entities, page.scopes))];
  }
  const [expected] = Object.values(answers);
  for (const name of names) {
    anybody.forEach((asked, at) => assert.equal(answers[name][0][at], expected[0][at], `${name}, ${size}: ${asked}`));
    assert.deepEqual(answers[name][1], expected[1], `${name}, ${size}: the page`);
  }
  const allowed = expected[0].reduce((sum, one) => sum + one);
  assert.ok(allowed > 500 && allowed < 1_500, `${size}: ${allowed} of ${anybody.length} are allowed`);
}

function compare(size) {
  const rounds = Array.from({ length: ROUNDS }, () => names.map((name) => timesOf(name, size)));
  const column = (key, side) => rounds.map((round) => round[side][key]);
  const ratio = (key, other) => told(median(rounds.map((round) => round[0][key] / round[other][key])));
  for (const [key, what, unit, goal] of ROWS) {
    const times = names.map((_, side) => unit(median(column(key, side))));
    const ratios = names.slice(1).map((_, index) => ratio(key, index + 1));
    printRow([size, what, ...times, ...ratios, typeof goal === "string" ? goal : goal[size]]);
  }
  const spread = (times) => told(Math.max(...times) / Math.min(...times));
  printRow([size, "noise: slowest to fastest round", ...names.map((_, side) => spread(column("can", side)))]);
}

function printRow(cells) {
  console.log(`| ${cells.map((cell) => cell ?? "").join(" | ")} |`);
}

/** The largest role that is read, beside the large organization, and role trees that are refused. */
function compareTrees() {
  console.log("\n| what | scopewise |\n|---|---:|");
  const row = (what, work) => console.log(`| ${what} | ${nanoseconds(median(times(work)))} |`);
  const [role, organization] = [largestRole(), workload("large", catalog()).document].map((it) => JSON.stringify(it));
  const load = (text) => Organization.parse(text)[Symbol.dispose]();
  row("load the large organization", () => load(organization));
  row("load a role of 1,000,000 bytes, 2,000 entries, 60 levels", () => load(role));
  for (const { what, code, document } of hostileTrees()) {
    const text = JSON.stringify(document);
    const refused = ({ problems }) => problems.every((problem) => problem.code === code);
    row(`refuse ${what}`, () => assert.throws(() => Organization.parse(text), refused));
  }
}

/** Nanoseconds of some runs. */
function times(work) {
  return Array.from({ length: ROUNDS * 3 }, () => {
    const start = performance.now();
    work();
    return (performance.now() - start) * 1e6;
  });
}

function timesOf(contestant, size) {
  const script = fileURLToPath(new URL("contestant.mjs", import.meta.url));
  return JSON.parse(execFileSync(process.execPath, ["--expose-gc", script, contestant, size]));
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function told(ratio) {
  return Number.isFinite(ratio) ? ratio.toFixed(2) : undefined;
}

function nanoseconds(value) {
  if (value === undefined) return undefined;
  if (value < 1e3) return `${value.toFixed(0)} ns`;
  return value < 1e6 ? `${(value / 1e3).toFixed(1)} µs` : `${(value / 1e6).toFixed(2)} ms`;
}

function bytes(value) {
  return value > 0 ? `${(value / 2 ** 20).toFixed(1)} MB` : undefined;
}
