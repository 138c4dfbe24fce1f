// Who plays in `whole.test.mjs`: the server, a rogue in its place, the origin, the Worker before it. Each is told where
// the others are, and ends when it is told to.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { verifyGateHeader } from "../../pkg/edge.js";
import { FETCHING as POLICY } from "./pages.mjs";
import { startWorkers, workerOf } from "./workers.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the command, as the native tests do, and gives its path. */
export function command() {
  const how = ["build", "--quiet", "--all-features", "--bin", "scopewise", "--message-format=json-render-diagnostics"];
  const printed = execFileSync("cargo", how, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1e9 });
  const messages = printed.trim().split("\n").map((line) => JSON.parse(line));
  return messages.findLast(({ executable }) => executable).executable;
}

/** Starts `scopewise serve`, waits until it says where it answers, and gives that and how to end it. */
export async function serve(program, ...args) {
  const child = spawn(program, ["serve", ...args], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill();
    return (await ended)[0];
  };
  const said = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    const address = / at (http:\S+),/.exec(line)?.[1];
    if (address === undefined) continue;
    child.stderr.resume();
    return { address, stop };
  }
  throw new Error(`the server did not begin\n${said.join("\n")}`);
}

/** Answers where the server did, with what `bundles` has for a target, and gives how to end it. */
export async function rogue(address, bundles) {
  const { hostname, port } = new URL(address);
  const answer = ({ url }, response) => response.writeHead(url in bundles ? 200 : 404).end(bundles[url]);
  const server = createServer(answer).listen(Number(port), hostname);
  await once(server, "listening");
  return () => ended(server);
}

/**
 * Starts an origin that believes nothing but a mark which holds. It serves the page, gives each user the own part of the
 * rules from the server, and notes in `reached` what else comes to it.
 */
export async function origin({ app, modules, server, secret, tokens, publicKey, stopAge }) {
  const page = readFileSync(join(app, "page.html"));
  const script = await scriptOf(app, modules, { publicKey, stopAge });
  const keys = { edge: { secret: new TextEncoder().encode(secret) } };
  const reached = [];
  const answer = async ({ method, url: target, headers }, response) => {
    if (target === "/") return response.writeHead(200, { "content-type": "text/html", "content-security-policy": POLICY }).end(page);
    if (target === "/page.js") return response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    const header = headers["scopewise-gate"];
    const mark = await verifyGateHeader({ method, target, header }, { keys });
    if (!mark.valid) return response.writeHead(403).end(mark.reason);
    if (target === "/permissions") return share(server, mark.principal, tokens[mark.principal], headers, response);
    reached.push({ method, target, header, mark });
    response.writeHead(mark.decision === "allow" ? 200 : 403).end();
  };
  const listening = createServer(answer).listen(0, "127.0.0.1");
  await once(listening, "listening");
  return { address: `http://127.0.0.1:${listening.address().port}`, reached, stop: () => ended(listening) };
}

/** Hands on what the server has for that principal, by a token that is good for nothing else. */
async function share(server, principal, token, headers, response) {
  const asked = { authorization: `Bearer ${token}`, "if-none-match": headers["if-none-match"] ?? "" };
  try {
    const given = await fetch(`${server}/v1/bundle?principal=${principal}`, { headers: asked });
    const etag = given.headers.get("etag");
    response.writeHead(given.status, etag === null ? {} : { etag }).end(new Uint8Array(await given.arrayBuffer()));
  } catch {
    response.writeHead(502).end();
  }
}

/** The script of the page, as an app's own build makes it. */
async function scriptOf(app, modules, { publicKey, stopAge }) {
  const define = { PUBLIC_KEY: JSON.stringify(publicKey), STOP_AGE: JSON.stringify(stopAge) };
  const files = { entryPoints: [join(app, "page.mjs")], nodePaths: [modules], write: false };
  const { outputFiles } = await build({ ...files, bundle: true, format: "esm", define, logLevel: "warning" });
  return outputFiles[0].text;
}

/** Starts the Worker with a namespace of Workers KV that outlives it. */
export async function edge({ app, port = 0, kept, bindings }) {
  const storage = { kvNamespaces: ["BUNDLES"], kvPersist: kept };
  const worker = await startWorkers({ ...(await workerOf(app)), ...storage, bindings, host: "127.0.0.1", port });
  return { address: await worker.ready, stop: () => worker.dispose() };
}

async function ended(server) {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}
