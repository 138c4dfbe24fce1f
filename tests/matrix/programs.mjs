// Other programs: each gets the folder of an app, a time by which it has to be done, and no network to ask.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { work } from "./pack.mjs";

const PATIENCE = 200_000;
const ours = createRequire(import.meta.url);
const common = createRequire(new URL("../package.json", import.meta.url));
const env = {
  ...process.env,
  DENO_NO_UPDATE_CHECK: "1",
  DO_NOT_TRACK: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  NO_COLOR: "1",
  NODE_TEST_CONTEXT: "",
  // Any that is free.
  PORT: "0",
};

/** Runs a program of an app up to its end and gives what it prints; the whole of it is the message where it fails. */
export function run(app, program, ...args) {
  return new Promise((done, failed) => {
    const options = { cwd: join(work, app), env, timeout: PATIENCE, maxBuffer: 1e8 };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error === null) return done(stdout);
      failed(new Error(`\`${program} ${args.join(" ")}\` failed (${error.code ?? error.signal})\n${stdout}${stderr}`));
    });
  });
}

/** `run` with Node. */
export const node = (app, ...args) => run(app, process.execPath, ...args);

/** Starts a program that serves, waits for the line that says so, and gives what the line matched and how to end it. */
export async function start(app, ready, program, ...args) {
  const child = spawn(program, args, { cwd: join(work, app), env, stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (text) => (errors += text));
  const ended = new Promise((done) => child.once("exit", done));
  const stop = async () => {
    child.kill();
    await ended;
  };
  const late = setTimeout(stop, PATIENCE);
  for await (const line of createInterface({ input: child.stdout })) {
    const match = ready.exec(line);
    if (match === null) continue;
    clearTimeout(late);
    child.stdout.resume();
    return { match, stop };
  }
  throw new Error(`\`${program} ${args.join(" ")}\` ended before it served\n${errors}`);
}

/** A program that an installed package brings, by its file in it: one of the matrix, or one of all tests. */
export const installed = (name, file, by = ours) => join(dirname(by.resolve(`${name}/package.json`)), file);
export const installedForAll = (name, file) => installed(name, file, common);

/** What of that the matrix lacks, in words, or nothing: its packages come by the network, which a machine may not have. */
export function without(...names) {
  const missing = names.filter((name) => !existsSync(new URL(`node_modules/${name}/package.json`, import.meta.url)));
  return missing.length > 0 ? `not installed: ${missing.join(", ")}` : undefined;
}
