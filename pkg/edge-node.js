// A gate in servers of Node: as a handler that forwards by itself, or as a step before handlers of the same server.
import { Readable } from "node:stream";
import { isOwnHeader } from "./gate.js";
import { MARK } from "./mark.js";
import { refusal } from "./refusal.js";

/** Requests get an address to be one; who it is of is not taken from the client. */
const BASE = "http://localhost";

/** Headers that speak of one connection alone (RFC 9110, 7.6.1), and `Expect`, which Node has answered. */
const HOP = [
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** A handler for `http.createServer`: what the gate lets through goes to `forward`, whose answer goes back. */
export function toNodeHandler(gate, forward) {
  return async (incoming, outgoing) => {
    const client = clientOf(outgoing);
    try {
      const request = requestOf(incoming, true);
      await send(outgoing, request === undefined ? malformed() : await gate.fetch(request, forward), client);
    } catch (thrown) {
      outgoing.destroy(thrown);
    }
  };
}

/**
 * A step before the handlers of an Express or Connect app: it answers what is refused, and otherwise goes on with the
 * mark of the gate among the headers and what was found out as `request.gate`.
 */
export function gateMiddleware(gate) {
  return async (incoming, outgoing, next) => {
    const client = clientOf(outgoing);
    try {
      const request = requestOf(incoming, false);
      if (request === undefined) return await send(outgoing, malformed(), client);
      const answer = await gate.ask(request, { target: targetOf(incoming) });
      if (answer.refuse !== undefined) return await send(outgoing, answer.refuse, client);
      take(incoming, answer.forward.headers.get(MARK));
      incoming.gate = answer;
      outgoing.once("finish", () => gate.answered(answer, outgoing.statusCode));
    } catch (thrown) {
      return next(thrown);
    }
    next();
  };
}

/** Express takes the part off under which an app is mounted, and keeps the whole. */
const targetOf = ({ originalUrl, url }) => originalUrl ?? url;

/** Whether what handlers look at is what was sent, or its end: somebody may have written another address there. */
const isUnchanged = ({ originalUrl = "", url }) => originalUrl === "" || originalUrl.endsWith(url.replace(/^\//, ""));

/** The request as the platform has them. None, where it would be another one afterwards. */
function requestOf(incoming, withBody) {
  if (!isUnchanged(incoming)) return undefined;
  const target = targetOf(incoming);
  const { method } = incoming;
  const body =
    withBody && method !== "GET" && method !== "HEAD" ? { body: Readable.toWeb(incoming), duplex: "half" } : {};
  try {
    const request = new Request(BASE + target, { method, headers: headersOf(incoming), redirect: "manual", ...body });
    return request.url === BASE + target && request.method === method ? request : undefined;
  } catch {
    return undefined;
  }
}

/** Those of a request that are for the next one. Throws where others are said to be of this connection, and would be lost. */
function headersOf({ rawHeaders }) {
  const headers = new Headers();
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!rawHeaders[at].startsWith(":")) headers.append(rawHeaders[at], rawHeaders[at + 1]);
  }
  const named = (headers.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase());
  const lost = named.find((name) => !["", "close", ...HOP].includes(name));
  if (lost !== undefined) throw new TypeError(`\`${lost}\` is no header of a connection`);
  return without(headers, HOP);
}

function without(headers, names) {
  names.forEach((name) => headers.delete(name));
  return headers;
}

/** Leaves the mark as the only one of the gate's headers, in each of the forms in which Node has them. */
function take(incoming, mark) {
  // Node makes the others out of the raw ones when they are first looked at.
  const { headers, headersDistinct = {}, rawHeaders } = incoming;
  const pairs = rawHeaders
    .map((name, at) => [name, rawHeaders[at + 1]])
    .filter(([name], at) => at % 2 === 0 && !isOwnHeader(name));
  incoming.rawHeaders = [...pairs, [MARK, mark]].flat();
  for (const form of [headers, headersDistinct]) {
    for (const name of Object.keys(form)) if (isOwnHeader(name)) delete form[name];
  }
  headers[MARK] = mark;
  headersDistinct[MARK] = [mark];
}

const malformed = () =>
  refusal(400, "malformed_request", { detail: "the request is none that would arrive as it stands" });

/** Whoever reads an answer: it may be gone before there is one. */
function clientOf(outgoing) {
  const client = { isThere: true, leaves: () => {} };
  outgoing.once("close", () => {
    client.isThere = false;
    client.leaves();
  });
  return client;
}

async function send(outgoing, response, client) {
  const headers = headersBack(response);
  outgoing.statusCode = response.status;
  // An answer of another length than it says would be read as the beginning of the next one.
  outgoing.strictContentLength = true;
  for (const [name, value] of headers) if (name !== "set-cookie") outgoing.setHeader(name, value);
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  if (response.body !== null) await sendBody(outgoing, response.body.getReader(), client);
  outgoing.end();
}

/** What `fetch` gives has been decoded: its body is not as its headers say. */
function headersBack({ headers, url }) {
  const isDecoded = url !== "" && headers.has("content-encoding");
  return without(new Headers(headers), isDecoded ? [...HOP, "content-encoding", "content-length"] : HOP);
}

/** As fast as somebody reads it, and no longer than that. */
async function sendBody(outgoing, reader, client) {
  let goOn = () => {};
  client.leaves = () => {
    goOn();
    reader.cancel().catch(() => {});
  };
  if (!client.isThere) client.leaves();
  for (;;) {
    const { done, value } = await reader.read();
    if (done || !client.isThere) return;
    if (!outgoing.write(value)) await new Promise((room) => outgoing.once("drain", (goOn = room)));
  }
}
