// Everything at once, with real parts: `scopewise serve`, a Worker in `workerd` with KV before an origin, and a page in
// Chromium with one principal's part. The tests are the acts of one play: each begins where the one before ended.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { launch } from "../chromium.mjs";
import { document as rules } from "./apps/whole/rules.mjs";
import { pack, unpack } from "./pack.mjs";
import { without } from "./programs.mjs";
import { command, edge, origin, rogue, serve } from "./stage.mjs";

/** For how many seconds a bundle is fresh, and after how many nothing is allowed by it. */
const MAX_AGE = 3;
const STOP_AGE = 20;
/** How much longer something may take where the machine has other things to do. */
const SLACK = 10;

const prod = "stack:acme/web/prod";
const folder = mkdtempSync(join(tmpdir(), "scopewise-whole-"));
const app = join(folder, "app");
const file = (name) => join(folder, name);
const tokens = Object.fromEntries(["admin", "user:bob"].map((who) => [who, randomBytes(32).toString("hex")]));
const secret = randomBytes(32).toString("hex");
const play = {};

describe("the server, the edge and the page", { skip: without("miniflare"), timeout: 300_000 }, () => {
  before(begin);
  after(end);

  test("decide the same", async () => {
    await eventually(said, both({ status: "fresh", version: 1 }));
    const questions = ["ann", "bob", "cy"].flatMap((user) => asked(`user:${user}`));
    const decisions = await byServer(questions);
    assert.deepEqual([...new Set(decisions.map(({ effect }) => effect))].sort(), ["allow", "deny", "unknown"]);
    for (const [index, question] of questions.entries()) {
      const { status, told } = await byEdge(question);
      const label = JSON.stringify(question);
      assert.equal(status === 200, decisions[index].effect === "allow", label);
      if (status === 403) assert.deepEqual(told, decisions[index], label);
      else assert.ok([200, 404].includes(status), `${status}: ${label}`);
      if (question.principal === "user:bob") assert.deepEqual(await byPage(question), decisions[index], label);
    }
    assert.ok(play.origin.reached.every(({ mark }) => mark.decision === "allow" && mark.version === 1 && !mark.stale));
  });

  test("let the button do what it shows", async () => {
    assert.equal(await play.page.locator("button").isDisabled(), false);
    await play.page.locator("button").click();
    await play.page.locator("output:not(:empty)").waitFor();
    assert.equal(await play.page.locator("output").textContent(), "200");
    assert.equal(play.origin.reached.at(-1).mark.principal, "user:bob");
  });

  test("take nothing from a header that a client writes", async () => {
    const marks = ["v1.e30.AAAA", await markOfAnn()];
    for (const header of marks) {
      const headers = { "scopewise-gate": header, "scopewise-principal": "user:ann", scopewise_gate: header };
      play.origin.reached.length = 0;
      assert.equal((await send("DELETE", "acme/web/secret", "bob", headers)).status, 404);
      assert.deepEqual(play.origin.reached, []);
      assert.equal((await send("DELETE", "acme/web/prod", "bob", headers)).status, 200);
      assert.equal(play.origin.reached[0].mark.principal, "user:bob");
    }
    for (const [index, reason] of ["unknown_key", "forged"].entries()) {
      const headers = { "scopewise-gate": marks[index] };
      const direct = await fetch(`${play.origin.address}/api/stacks/acme/web/prod`, { headers });
      assert.deepEqual([direct.status, await direct.text()], [403, reason], "nor does the origin itself");
    }
  });

  test("know within the refresh time that a role is gone", async (t) => {
    play.older = await bundlesNow();
    write("acme.json", withRole("reader"));
    const start = Date.now();
    await eventually(said, both({ status: "fresh", version: 2 }), MAX_AGE + SLACK);
    t.diagnostic(`it was gone everywhere after ${((Date.now() - start) / 1000).toFixed(1)} s`);
    assert.match(await play.page.locator("button").getAttribute("title"), /stack:delete/);
    assert.deepEqual(await decisionsOnProd(), { server: "deny", edge: 403, page: "deny", disabled: true });
  });

  test("refuse an older bundle, forged ones and one that was changed", async () => {
    play.changed = mapped(await bundlesNow(), (bytes) => bytes.with(bytes.length >> 1, bytes[bytes.length >> 1] ^ 1));
    await play.server.stop();
    const bundles = { ...play.older };
    const stop = await rogue(play.server.address, bundles);
    for (const [code, given] of [["older", play.older], ["unknown_key", stolen()], ["wrong_signature", play.changed]]) {
      Object.assign(bundles, given);
      await eventually(said, both({ status: "stale", version: 2, error: code }));
      assert.deepEqual(await decisionsOnProd(), { edge: 403, page: "deny", disabled: true });
    }
    await restartEdge();
    const kept = { status: "stale", version: 2, unanchored: false, error: "wrong_signature" };
    assert.deepEqual(await saidByEdge(), kept, "KV has the last good one");
    await stop();
  });

  test("go on when the server is back", async () => {
    write("acme.json", withRole("releaser"));
    play.server = await serving(3, play.server.address);
    await eventually(said, both({ status: "fresh", version: 3 }), 30);
    assert.deepEqual(await decisionsOnProd(), { server: "allow", edge: 200, page: "allow", disabled: false });
  });

  test("go on without the server, say that they are stale, and deny at the stop age", async () => {
    assert.equal(await play.server.stop(), 0);
    await eventually(said, both({ status: "stale", version: 3, error: "unreachable" }), STOP_AGE);
    assert.deepEqual(await decisionsOnProd(), { edge: 200, page: "allow", disabled: false });
    assert.equal(play.origin.reached.at(-1).mark.stale, true);
    assert.equal((await byPage({ scope: "stack:delete", entity: prod })).stale, true);
    await eventually(said, both({ status: "stopped", version: 3, error: "unreachable" }), STOP_AGE + SLACK);
    const reached = play.origin.reached.length;
    assert.deepEqual(await decisionsOnProd(), { edge: 503, page: "deny", disabled: true });
    assert.equal(play.origin.reached.length, reached);
  });
});

async function begin() {
  cpSync(new URL("apps/whole", import.meta.url), app, { recursive: true });
  unpack(pack(folder).tarball, file("node_modules"));
  play.command = command();
  for (const key of ["acme", "thief"]) run("keygen", "-o", file(key));
  const hash = (token) => createHash("sha256").update(token).digest("hex");
  writeFileSync(file("tokens.txt"), Object.entries(tokens).map(([who, token]) => `${hash(token)} ${who}\n`).join(""));
  write("acme.json", rules);
  write("forged.json", { ...rules, members: [{ user: "bob", role: "admin" }] });
  play.publicKey = readFileSync(file("acme.pub.pem"), "utf8");
  play.server = await serving(1);
  const page = { app, modules: file("node_modules"), publicKey: play.publicKey, stopAge: STOP_AGE };
  play.origin = await origin({ ...page, server: play.server.address, secret, tokens });
  await startEdge();
  play.browser = await launch();
  play.page = await play.browser.newPage({ extraHTTPHeaders: { authorization: "Bearer session-of-bob" } });
  await play.page.goto(play.edge.address.href);
}

async function end() {
  await play.browser?.close();
  for (const part of [play.edge, play.origin, play.server]) await part?.stop();
  rmSync(folder, { recursive: true });
}

/** Starts the server at a version of the document, where it was before if it was. */
function serving(version, address = "http://127.0.0.1:0") {
  const flags = { listen: new URL(address).host, tokens: file("tokens.txt"), "signing-key": file("acme.pem") };
  const given = { ...flags, "document-version": version, "max-age": MAX_AGE };
  return serve(play.command, file("acme.json"), ...Object.entries(given).map(([flag, value]) => `--${flag}=${value}`));
}

async function startEdge(port) {
  const known = { SERVER: play.server.address, TOKEN: tokens.admin, PUBLIC_KEY: play.publicKey };
  const bindings = { ...known, ORIGIN: play.origin.address, SECRET: secret, STOP_AGE };
  play.edge = await edge({ app, port, kept: file("kv"), bindings });
}

/** Another instance at the same place, which knows what was kept and nothing else. */
async function restartEdge() {
  const { port } = play.edge.address;
  await play.edge.stop();
  await startEdge(Number(port));
}

const run = (...args) => execFileSync(play.command, args, { encoding: "utf8" });
const write = (name, document) => writeFileSync(file(name), JSON.stringify(document));

/** The rules with another role for Bob. */
const withRole = (role) => ({ ...rules, members: rules.members.map((it) => (it.user === "bob" ? { ...it, role } : it)) });

const METHODS = { "stack:read": "GET", "stack:write": "PUT", "stack:delete": "DELETE" };

function asked(principal) {
  const entities = ["web/prod", "web/dev", "web/secret", "web/new", "other/new"].map((path) => `stack:acme/${path}`);
  return entities.flatMap((entity) => Object.keys(METHODS).map((scope) => ({ principal, scope, entity })));
}

async function byServer(questions) {
  const headers = { authorization: `Bearer ${tokens.admin}`, "content-type": "application/jsonl" };
  const body = questions.map((it) => JSON.stringify(it)).join("\n");
  const response = await fetch(`${play.server.address}/v1/check`, { method: "POST", headers, body });
  return (await response.text()).trim().split("\n").map((line) => JSON.parse(line));
}

/** The status of a request that needs just that, and the decision where it is told. */
async function byEdge({ principal, scope, entity }) {
  const response = await send(METHODS[scope], entity.replace("stack:", ""), principal.replace("user:", ""));
  const problem = response.status === 403 ? await response.json() : undefined;
  if (problem === undefined) return { status: response.status };
  const { scope: _, entity: __, ...told } = problem.needs[0];
  return { status: response.status, told };
}

const byPage = ({ scope, entity }) => play.page.evaluate(([scope, entity]) => decide(scope, entity), [scope, entity]);

function send(method, stack, user, headers) {
  const session = { authorization: `Bearer session-of-${user}` };
  return fetch(new URL(`/api/stacks/${stack}`, play.edge.address), { method, headers: { ...session, ...headers } });
}

/** A mark that holds, of a request of Ann's. */
async function markOfAnn() {
  await send("DELETE", "acme/web/secret", "ann");
  return play.origin.reached.at(-1).header;
}

/** What each says of whether Bob may delete, where it can be asked. */
async function decisionsOnProd() {
  const question = { principal: "user:bob", scope: "stack:delete", entity: prod };
  const server = await byServer([question]).then(([{ effect }]) => ({ server: effect }), () => ({}));
  const page = { page: (await byPage(question)).effect, disabled: await play.page.locator("button").isDisabled() };
  return { ...server, edge: (await byEdge(question)).status, ...page };
}

const saidByEdge = async () => (await fetch(new URL("/edge", play.edge.address))).json();

async function said() {
  const all = [await saidByEdge(), await play.page.evaluate(() => globalThis.told)];
  const [edge, page] = all.map(({ status, version, error }) => ({ status, version, error }));
  return { edge, page };
}

const both = (state) => ({ edge: { error: null, ...state }, page: { error: null, ...state } });

/** Looks again and again until what is expected is there. */
async function eventually(look, expected, seconds = SLACK) {
  for (const end = Date.now() + seconds * 1000; Date.now() < end; await sleep(100)) {
    if (isDeepStrictEqual(await look(), expected)) return;
  }
  assert.deepEqual(await look(), expected);
}

const TARGETS = { "/v1/bundle": [], "/v1/bundle?principal=user:bob": ["--principal", "user:bob"] };

/** What the server gives out at the moment. */
async function bundlesNow() {
  const headers = { authorization: `Bearer ${tokens.admin}` };
  const fetched = Object.keys(TARGETS).map(async (target) => {
    const response = await fetch(play.server.address + target, { headers });
    assert.equal(response.status, 200);
    return [target, new Uint8Array(await response.arrayBuffer())];
  });
  return Object.fromEntries(await Promise.all(fetched));
}

/** Newer than anything, in which Bob may do everything, by a key of somebody else's. */
function stolen() {
  const made = Object.entries(TARGETS).map(([target, flags]) => {
    const label = ["--signing-key", file("thief.pem"), "--document-version", "9", "--max-age", "60"];
    run("bundle", file("forged.json"), "-o", file("forged.bundle"), ...label, ...flags);
    return [target, readFileSync(file("forged.bundle"))];
  });
  return Object.fromEntries(made);
}

const mapped = (bundles, change) => Object.fromEntries(Object.entries(bundles).map(([target, bytes]) => [target, change(bytes)]));
