// The rows of the matrix: each builds or starts an app of its own kind and gives all the answers that it got there.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { build as esbuild } from "esbuild";
import { work } from "./pack.mjs";
import { FETCHING, POLICY, inChromium, inFirefox, serving, textOf } from "./pages.mjs";
import { installed, installedForAll, node, run, start, without } from "./programs.mjs";
import { startWorkers, workerOf } from "./workers.mjs";

/**
 * A name, as `pkg/README.md` has it, and how to get answers. `needs` are packages of the matrix, `tool` a program that is
 * asked first whether it runs on this machine.
 */
export const rows = [
  { name: "Node, `import`", answers: async () => [await node("console", "main.mjs")] },
  { name: "Node, `require`", answers: async () => [await node("console", "main.cjs")] },
  { name: "TypeScript, `bundler`", answers: () => typescript("bundler", "esnext", ["main.mts"]) },
  { name: "TypeScript, `nodenext`", answers: () => typescript("nodenext", "nodenext", ["main.mts", "main.cts"]) },
  { name: "Vite", needs: ["vite"], answers: viteBuild },
  { name: "webpack", needs: ["webpack"], answers: () => webpackBuild() },
  { name: "esbuild", answers: esbuildBuild },
  { name: "Next.js by Turbopack", needs: ["next"], answers: () => nextBuild() },
  { name: "Next.js by webpack", needs: ["next"], answers: () => nextBuild("--webpack") },
  { name: "Vitest", needs: ["vitest"], answers: vitest },
  { name: "Jest, `node`", needs: ["jest"], answers: () => jest("node") },
  { name: "Jest, `jsdom`", needs: ["jest", "jest-environment-jsdom"], answers: () => jest("jsdom") },
  { name: "Deno", needs: ["deno"], tool: deno, answers: async () => [await run("console", deno(), "run", "--cached-only", "main.mjs")] },
  { name: "Bun", needs: ["bun"], tool: bun, answers: async () => [await run("console", bun(), "run", "main.mjs")] },
  { name: "workerd", needs: ["miniflare"], answers: workerd },
  { name: "Chromium", answers: () => plain("index.html", POLICY, inChromium) },
  { name: "Firefox", answers: () => plain("index.html", POLICY, inFirefox) },
  { name: "Web worker", answers: () => plain("worker.html", POLICY, inChromium, inFirefox) },
  { name: "Service worker", answers: () => plain("service.html", FETCHING, inChromium) },
  { name: "`scopewise/slim`", needs: ["vite", "webpack"], answers: slim },
];

/** Why a row cannot be tried on this machine, if it cannot. */
export function hindrance({ needs = [], tool }) {
  const missing = without(...needs);
  if (missing !== undefined || tool === undefined) return missing;
  try {
    execFileSync(tool(), ["--version"], { stdio: "pipe" });
  } catch (error) {
    return error.message.split("\n", 1)[0];
  }
}

const compiler = installedForAll("typescript", "bin/tsc");

/** Checked and compiled under that resolution, and what comes out is run. */
async function typescript(resolution, module, files) {
  const how = ["--moduleResolution", resolution, "--module", module, "--target", "esnext", "--lib", "esnext,dom"];
  await node("typescript", compiler, ...how, "--strict", "--noEmitOnError", ...files);
  return Promise.all(files.map((file) => node("typescript", file.replace("ts", "js"))));
}

async function viteBuild() {
  await viteOf("bundled", "vite/dist");
  return inPage("vite/dist");
}

async function viteOf(app, folder) {
  const { build } = await import("vite");
  const out = { outDir: join(work, folder), emptyOutDir: true, chunkSizeWarningLimit: 5_000 };
  await build({ configFile: false, logLevel: "warn", root: join(work, app), build: out });
}

async function webpackBuild(entry = "bundled/main.js", folder = "webpack/dist", policy = POLICY) {
  const { default: webpack } = await import("webpack");
  const app = { context: work, entry: `./${entry}`, output: { path: join(work, folder), filename: basename(entry) } };
  const compiler = webpack({ mode: "production", performance: { hints: false }, ...app });
  const stats = await promisify(compiler.run.bind(compiler))();
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
  return inPage(folder, basename(entry), policy);
}

/** For a page, and for Node as both kinds of module, far from where the package is. */
async function esbuildBuild() {
  const programs = { "main.mjs": "main.mjs", "main.cjs": "main.mjs", "required.cjs": "main.cjs" };
  for (const [out, entry] of Object.entries(programs)) {
    await esbuildOf(`console/${entry}`, `esbuild/dist/${out}`, { platform: "node", format: out.endsWith(".cjs") ? "cjs" : "esm" });
  }
  await esbuildOf("bundled/main.js", "esbuild/dist/page/main.js", { format: "esm" });
  const printed = await Promise.all(Object.keys(programs).map((program) => node("esbuild/dist", program)));
  return [...printed, ...(await inPage("esbuild/dist/page"))];
}

function esbuildOf(entry, out, more) {
  const files = { entryPoints: [join(work, entry)], outfile: join(work, out) };
  return esbuild({ ...files, bundle: true, minify: true, logLevel: "warning", ...more });
}

/** Opens the bundle in a page, which Vite makes and the others are given. */
function inPage(folder, script = "main.js", policy = POLICY) {
  const page = join(work, folder, "index.html");
  if (!existsSync(page)) {
    writeFileSync(page, readFileSync(join(work, "bundled/index.html"), "utf8").replace("main.js", script));
  }
  return serving(folder, async (address) => [await inChromium(`${address}/index.html`)], policy);
}

/** The module apart, as a file that the app fetches or reads. */
async function slim() {
  await viteOf("slim", "slim/dist/vite");
  await esbuildOf("slim/esbuild.js", "slim/dist/esbuild/esbuild.js", { format: "esm", loader: { ".wasm": "file" } });
  return [
    await node("slim", "node.mjs"),
    ...(await inPage("slim/dist/vite", "vite.js", FETCHING)),
    ...(await webpackBuild("slim/webpack.js", "slim/dist/webpack", FETCHING)),
    ...(await inPage("slim/dist/esbuild", "esbuild.js", FETCHING)),
  ];
}

/** Components of the server and of the client, middleware and a route on the edge runtime. */
async function nextBuild(...how) {
  const next = installed("next", "dist/bin/next");
  rmSync(join(work, "next/.next"), { recursive: true, force: true });
  await node("next", next, "build", ...how);
  const site = await start("next", /http:\/\/127\.0\.0\.1:\d+/, process.execPath, next, "start", "-H", "127.0.0.1", "-p", "0");
  try {
    const [address] = site.match;
    const fetched = await Promise.all(["/middleware", "/edge"].map(async (path) => (await fetch(address + path)).text()));
    return [...fetched, ...(await inChromium(address, readAndClick))];
  } finally {
    await site.stop();
  }
}

async function readAndClick(page) {
  const rendered = [await textOf(page, "#server"), await textOf(page, "#rendered")];
  await page.getByRole("button", { name: "Ask" }).click();
  return [...rendered, await textOf(page, "#clicked")];
}

async function vitest() {
  await node("vitest", installed("vitest", "vitest.mjs"), "run");
  return [readFileSync(join(work, "vitest/answers.json"), "utf8")];
}

/** As for a server, and for a page: there Jest takes what a browser is given, and `require`s it. */
async function jest(environment) {
  await node("jest", installed("jest", "bin/jest.js"), "--ci", `--env=${environment}`);
  return [readFileSync(join(work, `jest/answers-${environment}.json`), "utf8")];
}

function deno() {
  return installed("deno", "bin.cjs");
}

/** npm's own program for Bun needs its install script: this is what that would put in its place. */
function bun() {
  return installed(`@oven/bun-${process.platform}-${process.arch.replace("arm64", "aarch64")}`, "bin/bun");
}

async function workerd() {
  const worker = await startWorkers(await workerOf(join(work, "workerd")));
  try {
    return [await (await worker.dispatchFetch("http://localhost/")).text()];
  } finally {
    await worker.dispose();
  }
}

/** A page that takes the package as files. */
function plain(page, policy, ...browsers) {
  const open = async (address) => {
    const given = [];
    for (const shownIn of browsers) given.push(await shownIn(`${address}/plain/${page}`));
    return given;
  };
  return serving(".", open, policy);
}
