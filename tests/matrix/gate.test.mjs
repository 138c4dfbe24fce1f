// A gate in the real `workerd`, from the packed package, in front of a real origin.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as send } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { document } from "./apps/gate/rules.mjs";
import { pack, unpack } from "./pack.mjs";
import { without } from "./programs.mjs";
import { startWorkers, workerOf } from "./workers.mjs";
import { verifyGateHeader } from "../../pkg/edge.js";

const skip = without("miniflare");

const folder = mkdtempSync(join(tmpdir(), "scopewise-gate-"));
const keys = { edge: { secret: new Uint8Array(32).fill(5) } };
const reached = [];
let origin;
let worker;
let address;

before(async () => {
  if (skip) return;
  cpSync(new URL("apps/gate", import.meta.url), join(folder, "gate"), { recursive: true });
  unpack(pack(folder).tarball, join(folder, "node_modules"));
  origin = createServer(answer).listen(0, "127.0.0.1");
  await once(origin, "listening");
  const bindings = { GATE: "signed", ORIGIN: `http://127.0.0.1:${origin.address().port}` };
  worker = await startWorkers({ ...(await workerOf(join(folder, "gate"))), bindings, host: "127.0.0.1", port: 0 });
  address = await worker.ready;
});

after(async () => {
  await worker?.dispose();
  origin?.close();
  rmSync(folder, { recursive: true });
});

/** An origin that believes nothing but a mark which holds. */
async function answer(incoming, outgoing) {
  const header = incoming.headers["scopewise-gate"];
  const verified = await verifyGateHeader({ method: incoming.method, target: incoming.url, header }, { keys });
  reached.push({ method: incoming.method, target: incoming.url, headers: incoming.headers, verified });
  const isThere = !/\/(gone|new)$/.test(incoming.url);
  outgoing.writeHead(isThere ? 200 : 404, { "x-origin": "1" }).end(isThere ? "here" : "not here");
}

/** Sends a target as it stands, and gives the status, the headers and the body. */
function ask(target, { method = "GET", user = "bob", headers } = {}) {
  return new Promise((done, failed) => {
    const options = {
      host: address.hostname,
      port: address.port,
      path: target,
      method,
      headers: { "x-test-user": `user:${user}`, ...headers },
    };
    const sent = send(options, async (response) => {
      let body = "";
      for await (const chunk of response) body += chunk;
      const { date: _, ...rest } = response.headers;
      done({ status: response.statusCode, headers: rest, body });
    });
    sent.on("error", failed).end();
  });
}

test("what is allowed arrives with a mark that holds, and what is not does not arrive", { skip }, async () => {
  reached.length = 0;
  assert.deepEqual((await ask("/api/stacks/acme/web/prod?full=true")).body, "here");
  assert.equal((await ask("/api/stacks/acme/web/prod", { method: "DELETE" })).status, 403);
  assert.equal((await ask("/api/stacks/acme/web/prod", { user: "cy" })).status, 404);
  assert.equal(reached.length, 1);
  const [{ target, verified }] = reached;
  assert.equal(target, "/api/stacks/acme/web/prod?full=true");
  assert.deepEqual([verified.valid, verified.decision, verified.principal], [true, "allow", "user:bob"]);
});

test("a header that a client writes changes nothing and does not arrive", { skip }, async () => {
  reached.length = 0;
  const forged = {
    "Scopewise-Gate": "v1.e30.AAAA",
    scopewise_gate: "x",
    "Scopewise-Principal": "user:ann",
    "X-Original-URL": "/api/stacks/acme/web/secret",
  };
  assert.equal((await ask("/api/stacks/acme/web/secret", { headers: forged })).status, 404);
  assert.equal((await ask("/api/stacks/acme/web/prod", { headers: forged })).status, 200);
  const [{ headers, verified }] = reached;
  assert.equal(verified.principal, "user:bob");
  for (const name of ["scopewise_gate", "scopewise-principal", "x-original-url"])
    assert.equal(headers[name], undefined, name);
});

test("what is hidden and what is not there are answered with the same bytes", { skip }, async () => {
  for (const method of ["GET", "PUT", "DELETE"]) {
    const answers = [];
    for (const path of ["acme/web/secret", "acme/web/new", "other/web/prod"])
      answers.push(await ask(`/api/stacks/${path}`, { method }));
    assert.equal(answers[0].status, 404);
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  }
  assert.equal(
    (await ask("/api/stacks/acme/web/gone")).headers["x-origin"],
    "1",
    "who may read it is told by the origin",
  );
});

test("whatever arrives, the command allows", { skip, timeout: 300_000 }, async () => {
  reached.length = 0;
  const random = seeded(20261121);
  const one = (list) => list[Math.floor(random() * list.length)];
  const segment = () =>
    one([
      "acme",
      "web",
      "net",
      "prod",
      "dev",
      "secret",
      "new",
      "pr%6Fd",
      "%2e%2e",
      "..",
      ".",
      "",
      "a%2Fb",
      "%00",
      "ACME",
      "prod;x",
      "%252e",
      "tags",
      "é",
      "a%20b",
    ]);
  const target = () =>
    one([
      `/api/stacks/acme/${one(["web", "net"])}/${one(["prod", "dev", "secret"])}`,
      `/api/stacks/${segment()}/${segment()}/${segment()}`,
      `/${segment()}/stacks/acme/web/${segment()}/tags`,
      `/api/stacks/acme/web/prod/${segment()}`,
    ]) + one(["", "", "?x=/api", "?a#b"]);
  const statuses = new Map();
  for (let number = 0; number < 3_000; number += 1) {
    const method = one(["GET", "PUT", "DELETE", "POST", "HEAD", "OPTIONS"]);
    const { status } = await ask(encodeURI(target()).replaceAll("%25", "%"), {
      method,
      user: one(["ann", "bob", "cy", "nobody"]),
    });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  assert.deepEqual([...statuses.keys()].sort(), [200, 400, 403, 404]);
  assert.ok(reached.length > 100, `${reached.length}`);
  assert.ok(reached.every(({ verified }) => verified.valid && verified.decision === "allow"));
  const decisions = natively(reached.map(questionOf));
  for (const [index, { effect }] of decisions.entries()) assert.equal(effect, "allow", JSON.stringify(reached[index]));
});

/** What a server would ask that reads the target in its own way. */
function questionOf({ method, target, headers }) {
  const [, api, stacks, organization, project, stack, tags] = target.split("?")[0].split("/").map(decodeURIComponent);
  assert.deepEqual([api, stacks], ["api", "stacks"]);
  const scope =
    tags === "tags" ? "stack_tags:list" : { GET: "stack:read", PUT: "stack:write", DELETE: "stack:delete" }[method];
  return { principal: headers["x-test-user"], scope, entity: `stack:${organization}/${project}/${stack}` };
}

function natively(requests) {
  const [rules, asked] = [join(folder, "acme.json"), join(folder, "requests.jsonl")];
  writeFileSync(rules, JSON.stringify(document));
  writeFileSync(asked, requests.map((it) => `${JSON.stringify(it)}\n`).join(""));
  const command = [
    "run",
    "--quiet",
    "--release",
    "--features",
    "cli",
    "--bin",
    "scopewise",
    "--",
    "check",
    rules,
    "--requests",
    asked,
  ];
  const printed = execFileSync("cargo", command, {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
  });
  return printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** The same dice each time. */
function seeded(state) {
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
