// Gates in servers of Node, over real sockets: what is sent byte by byte, what a client may not forge, bodies, cookies.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { createGate, verifyGateHeader } from "../pkg/edge.js";
import { gateMiddleware, toNodeHandler } from "../pkg/edge-node.js";
import { Organization } from "../pkg/node.js";
import { Routes } from "../pkg/routes-node.js";

const acme = Organization.parse({
  revision: "2026-10",
  organization: "acme",
  members: [{ user: "ann", role: "admin" }, { user: "cy" }],
});
const stack = { path: "/api/stacks/{org}/{project}/{stack}", needs: "scope", entity: "stack:{org}/{project}/{stack}" };
const routes = Routes.parse({
  reads: { stack: "stack:read" },
  routes: [
    { method: "GET", scope: "stack:read", ...stack },
    { method: "PUT", scope: "stack:write", ...stack },
    { method: "GET", path: "/health", needs: "public" },
  ],
});
const key = { secret: new Uint8Array(32).fill(3) };
const mismatches = [];
const gate = createGate({
  organization: acme,
  routes,
  onUnknown: "deny",
  authenticate: (request) => request.headers.get("x-test-user"),
  sign: { key, id: "k" },
  onMismatch: ({ status, target }) => mismatches.push(`${status} ${target}`),
});
const prod = "/api/stacks/acme/web/prod";

async function listening(t, handler) {
  const server = createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close() && server.closeAllConnections());
  return server.address().port;
}

/** Sends these bytes, for `fetch` would mend them, and gives the status and the whole answer. */
async function sent(port, lines) {
  const socket = connect(port, "127.0.0.1");
  socket.write(`${lines.join("\r\n")}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`);
  let text = "";
  for await (const chunk of socket) text += chunk.toString("latin1");
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
}

const tricks = [
  "/api/stacks/acme/web/../web/prod",
  "/api/stacks/acme/web/%2e%2e/prod",
  "/api//stacks/acme/web/prod",
  "//evil.example/health",
  "/api\\stacks\\acme\\web\\prod",
  "/API/stacks/acme/web/prod",
  "/api/stacks/acme/web/prod/",
  "/api/stacks/acme/web/prod;x",
  "/api/stacks/acme/web%2Fprod",
  '/api/stacks/acme/web/a|b"',
  "http://evil.example/health",
  "/health#x",
  "*",
];

for (const kind of ["handler", "middleware"]) {
  test(`no target walks around a ${kind}, and no host is taken from the client`, async (t) => {
    const reached = [];
    const origin = (request) => (reached.push(request.url), new Response("there"));
    const step = gateMiddleware(gate);
    const own = (incoming, outgoing) => (reached.push(incoming.url), outgoing.end("there"));
    const port = await listening(
      t,
      kind === "handler"
        ? toNodeHandler(gate, origin)
        : (incoming, outgoing) => step(incoming, outgoing, () => own(incoming, outgoing)),
    );
    for (const target of tricks) {
      const { status } = await sent(port, [`GET ${target} HTTP/1.1`, "x-test-user: user:ann"]);
      assert.equal(status, 400, target);
    }
    assert.equal((await sent(port, ["HEAD /health HTTP/1.1"])).status, 403);
    assert.equal((await sent(port, ["OPTIONS * HTTP/1.1"])).status, 400);
    assert.deepEqual(reached, []);
    assert.equal((await sent(port, [`GET ${prod}?a=b HTTP/1.1`, "x-test-user: user:ann"])).status, 200);
    assert.equal((await sent(port, [`GET ${prod}?a=b HTTP/1.1`, "x-test-user: user:cy"])).status, 404);
    assert.deepEqual(reached, [kind === "handler" ? `http://localhost${prod}?a=b` : `${prod}?a=b`]);
  });
}

test("a handler sends bodies both ways, cookies and statuses", async (t) => {
  const forward = async (request) => {
    const headers = new Headers({ "x-from": "origin" });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    return new Response(`${request.method} ${(await request.text()).length}`, { status: 207, headers });
  };
  const port = await listening(t, toNodeHandler(gate, forward));
  const response = await fetch(`http://127.0.0.1:${port}${prod}`, {
    method: "PUT",
    body: "x".repeat(300_000),
    headers: { "x-test-user": "user:ann" },
  });
  assert.equal(await response.text(), "PUT 300000");
  assert.deepEqual(
    [response.status, response.headers.get("x-from"), response.headers.getSetCookie()],
    [207, "origin", ["a=1", "b=2"]],
  );
});

test("an answer is never of another length than it says, so that nobody reads the rest as the next one", async (t) => {
  const evil = "x".repeat(3000) + "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";
  const packed = gzipSync(evil);
  const headers = { "content-encoding": "gzip", "content-length": packed.length };
  const origin = await listening(t, (_, outgoing) => outgoing.writeHead(200, headers).end(packed));
  const fetched = (request) => fetch(`http://127.0.0.1:${origin}`, { headers: request.headers });
  const decoded = await sent(await listening(t, toNodeHandler(gate, fetched)), ["GET /health HTTP/1.1"]);
  assert.match(decoded.text, /transfer-encoding: chunked[^]*evil/i);
  assert.doesNotMatch(decoded.text.split("\r\n\r\n")[0], /content-(length|encoding)/i);
  for (const body of [evil, "", null]) {
    const short = () => new Response(body, { headers: { "content-length": "5" } });
    const { text } = await sent(await listening(t, toNodeHandler(gate, short)), ["GET /health HTTP/1.1"]);
    assert.equal(text, "", "there is no answer rather than that one");
  }
  const kept = () => new Response(packed, { headers });
  const response = await fetch(`http://127.0.0.1:${await listening(t, toNodeHandler(gate, kept))}/health`);
  assert.equal(await response.text(), evil, "what nobody has decoded is as its headers say");
});

test("headers of one connection stay there", async (t) => {
  const seen = [];
  const origin = await listening(t, async (incoming, outgoing) => {
    const body = await text(incoming);
    seen.push({ body, headers: incoming.headers });
    outgoing.writeHead(200, { connection: "close", "keep-alive": "timeout=9", "x-kept": "1" }).end();
  });
  const forward = (request) => fetch(new Request(request.url.replace("http://localhost", `http://127.0.0.1:${origin}`), request));
  const port = await listening(t, toNodeHandler(gate, forward));
  const lines = [`PUT ${prod} HTTP/1.1`, "x-test-user: user:ann", "Transfer-Encoding: chunked", "Expect: 100-continue"];
  const hop = ["TE: trailers", "Upgrade: websocket", "Connection: upgrade, TE, close"];
  const socket = connect(port, "127.0.0.1");
  socket.write([...lines, ...hop, "Host: evil.example", "", "6", "a body", "0", "", ""].join("\r\n"));
  let answer = "";
  for await (const chunk of socket) if (/x-kept/.test((answer += chunk))) break;
  assert.doesNotMatch(answer, /timeout=9/);
  const [{ body, headers }] = seen;
  assert.equal(body, "a body");
  for (const name of ["te", "upgrade", "expect"]) assert.equal(headers[name], undefined, name);
  const taking = ["GET /health HTTP/1.1", "X-Forwarded-For: 192.0.2.1", "Connection: keep-alive, X-Forwarded-For"];
  assert.equal((await sent(port, taking)).status, 400, "a client takes no header away that somebody added");
  assert.equal(seen.length, 1);
});

test("what nobody reads any more is not fetched on", { timeout: 10_000 }, async (t) => {
  const endless = (chunk, begin) =>
    new Promise((cancelled) => {
      const body = new ReadableStream({ pull: (to) => chunk && to.enqueue(chunk), cancel: cancelled });
      const forward = async () => (await begin, new Response(body));
      listening(t, toNodeHandler(gate, forward)).then((port) => {
        const socket = connect(port, "127.0.0.1");
        socket.write("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
        setTimeout(() => socket.destroy(), 100);
      });
    });
  await endless(new Uint8Array(100_000));
  await endless(undefined);
  await endless(undefined, sleep(400));
});

test("a step before handlers leaves the mark as the only header of the gate, and the body alone", async (t) => {
  const step = gateMiddleware(gate);
  const seen = [];
  const handler = async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const [header] = incoming.headersDistinct["scopewise-gate"];
    seen.push({ body, headers: incoming.headers, raw: incoming.rawHeaders, mark: incoming.gate.mark });
    assert.equal(header, incoming.headers["scopewise-gate"]);
    const verified = await verifyGateHeader(
      { method: incoming.method, target: incoming.url, header },
      { keys: { k: key } },
    );
    outgoing.statusCode = 403;
    outgoing.end(JSON.stringify(verified));
  };
  const port = await listening(t, (incoming, outgoing) =>
    step(incoming, outgoing, (error) => (error ? outgoing.destroy(error) : handler(incoming, outgoing))),
  );
  const headers = {
    "x-test-user": "user:ann",
    "Scopewise-Gate": "v1.forged.forged",
    Scopewise_Gate: "forged",
    "X-HTTP-Method-Override": "DELETE",
  };
  const response = await fetch(`http://127.0.0.1:${port}${prod}`, { method: "PUT", body: "a body", headers });
  const { valid, principal } = await response.json();
  assert.deepEqual([valid, principal], [true, "user:ann"]);
  assert.deepEqual([seen[0].body, seen[0].mark], ["a body", "allow"]);
  for (const name of ["scopewise_gate", "x-http-method-override"]) {
    assert.equal(seen[0].headers[name], undefined);
    assert.ok(!seen[0].raw.some((it) => it.toLowerCase() === name));
  }
  assert.equal(seen[0].raw.filter((it) => it.toLowerCase() === "scopewise-gate").length, 1);
  assert.deepEqual(mismatches.splice(0), [`403 ${prod}`]);
});

test("an address that somebody has written anew is not the one that is decided", async (t) => {
  const step = gateMiddleware(gate);
  const gone = async (originalUrl, url) => {
    const port = await listening(t, (incoming, outgoing) =>
      step(Object.assign(incoming, { originalUrl, url }), outgoing, () => outgoing.end()),
    );
    return (await fetch(`http://127.0.0.1:${port}/`, { headers: { "x-test-user": "user:ann" } })).status;
  };
  assert.equal(await gone(prod, prod), 200);
  assert.equal(await gone(`${prod}?a`, "/web/prod?a"), 200, "an app is mounted there");
  assert.equal(await gone("/health", prod), 400);
});
