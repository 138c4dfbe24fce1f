// What a gate adds to a request from outside, in the real `workerd`: node benches/gate-outside.mjs
//
// Workers before one origin, all in one `workerd` that has a core of its own; `benches/turns.rs` asks them in turn from
// the other one. One passes requests on, and so does a second one: what these two differ by is noise. The third is what is
// measured, each in a run of its own. Both cores are kept from falling asleep by loops that give way to everything else,
// for to be woken takes a virtual machine longer than a gate does. Linux alone has all that it takes (`taskset`, `chrt`,
// two cores).
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { workerOf } from "../tests/matrix/workers.mjs";
import { GATES } from "./gates.mjs";

const PROGRAM = `${GATES}
const gates = { plain, signed: signing };

export default {
  fetch(request, env, context) {
    if (env.GATE === "none") return env.ORIGIN.fetch(request);
    return gates[env.GATE].fetch(request, (it) => env.ORIGIN.fetch(it), context);
  },
};
`;

const TARGET = "/api/stacks/acme/web/prod";
const PASSING = [
  { name: "passed on", gate: "none" },
  { name: "passed on, by a second Worker", gate: "none" },
];
const GATED = [
  { name: "through a gate", gate: "plain" },
  { name: "through a gate, each query new to it", gate: "plain", target: `${TARGET}?n=#` },
  { name: "through a gate, each path new to it", gate: "plain", target: `${TARGET}/updates/#` },
  { name: "through one that signs", gate: "signed" },
];

const client = built();
for (const gated of GATED) {
  process.exitCode = await measured([...PASSING, gated]);
  if (process.exitCode !== 0) break;
}

/** Has the client ask these Workers, and gives how it ended; whatever was started for that ends with it. */
async function measured(workers) {
  const folder = mkdtempSync(join(tmpdir(), "scopewise-outside-"));
  const started = [];
  // `taskset` and `chrt` become what they start.
  const start = (command, given) => {
    const one = spawn(command, given.map(String), { stdio: "inherit" });
    started.push(one);
    return one;
  };
  try {
    const [origin, ...ports] = await freePorts(workers.length + 1);
    writeFileSync(join(folder, "config.capnp"), configOf(folder, await workerd(folder), origin, workers, ports));
    for (const core of [0, 1]) start("chrt", ["-i", "0", "taskset", "-c", core, process.execPath, "-e", "for (;;);"]);
    const server = start("taskset", ["-c", 1, binary(), "serve", join(folder, "config.capnp")]);
    await sleep(2_000);
    const servers = workers.flatMap(({ name, target = TARGET }, at) => [ports[at], target, name]);
    const [code] = await once(start("taskset", ["-c", 0, client, server.pid, origin, ...servers]), "exit");
    return code ?? 1;
  } finally {
    for (const one of started) one.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  }
}

/** The program that asks, built by Cargo, which says where it is. */
function built() {
  const asked = ["bench", "--bench", "turns", "--no-run", "--message-format=json"];
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const { stdout, status } = spawnSync("cargo", asked, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error("`benches/turns.rs` cannot be built");
  const told = stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line));
  return told.findLast(({ target, executable }) => target?.name === "turns" && executable).executable;
}

/** The server itself, beside the script that starts it. */
function binary() {
  const packages = createRequire(new URL("../tests/matrix/package.json", import.meta.url));
  return packages(packages.resolve("workerd")).default;
}

/** The modules of the Worker. */
async function workerd(folder) {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(fileURLToPath(new URL("../pkg", import.meta.url)), join(folder, "node_modules/scopewise"), "junction");
  cpSync(new URL("../tests/matrix/apps/gate", import.meta.url), join(folder, "gate"), { recursive: true });
  writeFileSync(join(folder, "gate/worker.mjs"), PROGRAM);
  return (await workerOf(join(folder, "gate"))).modules;
}

function configOf(folder, modules, origin, workers, ports) {
  const kind = { ESModule: "esModule", CompiledWasm: "wasm" };
  const module = ({ type, path }) => `(name = "${basename(path)}", ${kind[type]} = embed "${relative(folder, path)}")`;
  const worker = (name, gate) => `(name = "${name}", worker = (
    modules = [${modules.map(module).join(", ")}],
    compatibilityDate = "2024-09-23",
    bindings = [(name = "GATE", text = "${gate}"), (name = "ORIGIN", service = "origin")]))`;
  const socket = (name, at) => `(name = "${name}", address = "127.0.0.1:${ports[at]}", http = (), service = "${name}")`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "origin", external = (address = "127.0.0.1:${origin}", http = ())),
    ${workers.map(({ name, gate }) => worker(name, gate)).join(",\n    ")}],
  sockets = [${workers.map(({ name }, at) => socket(name, at)).join(", ")}]);
`;
}

async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => server.address().port);
  for (const server of servers) server.close();
  return ports;
}
