// What a gate tells the origin, in one header that cannot be forged: the decision, bound to the request that it is on.

import { fromBase64 } from "./bytes.js";
import { is } from "./platform.js";

/** The header in which it stands. */
export const MARK = "scopewise-gate";

/** How a text that is signed begins, so that a key that signs other texts too signs none that looks like one. */
const SUBJECT = "scopewise-gate-v1";

const WRITTEN = /^v1\.([\w-]+)\.([\w-]+)$/;
const HMAC = { name: "HMAC", hash: "SHA-256" };

/** How many hints are kept. Past it all are dropped. */
const KEPT = 256;

/** A function that writes a mark: signed if there is a key, and a mere hint otherwise. */
export function marker(sign) {
  if (sign === undefined) return hinter();
  const { key, id, lifetimeSeconds = 30 } = sign;
  if (typeof id !== "string" || id === "")
    throw new TypeError("a signing key needs an `id`, by which the origin finds its own");
  if (!(lifetimeSeconds > 0 && lifetimeSeconds <= 3600))
    throw new TypeError("`lifetimeSeconds` is a number up to 3600");
  const imported = importKey(key, "sign");
  return async (request, claims) => {
    const used = await imported;
    const issued = Math.floor(Date.now() / 1000);
    const payload = encode(JSON.stringify({ ...claims, key: id, issued, expires: issued + lifetimeSeconds }));
    const signature = await crypto.subtle.sign(used.algorithm.name, used, signed(request, payload));
    return `v1.${payload}.${toBase64(latin(new Uint8Array(signature)))}`;
  };
}

/** Writes what nobody signs: of the same claims the same. */
function hinter() {
  const kept = new Map();
  return (request, claims) => {
    const json = JSON.stringify(claims);
    let hint = kept.get(json);
    if (hint === undefined) {
      if (kept.size >= KEPT) kept.clear();
      kept.set(json, (hint = `v1.${encode(json)}`));
    }
    return hint;
  };
}

/** What a gate says of a request, if it is from the gate and of this request; else why it counts for nothing. */
export async function verifyGateHeader(request, { keys, clockToleranceSeconds = 5, now = Date.now() }) {
  const { method, target, mark } = read(request);
  if (mark === null) return { valid: false, reason: "missing" };
  const [, payload, signature] = WRITTEN.exec(mark) ?? [];
  const claims = payload === undefined ? undefined : decode(payload);
  if (claims === undefined) return { valid: false, reason: "malformed" };
  const key = Object.hasOwn(keys, claims.key) ? await importKey(keys[claims.key], "verify") : undefined;
  if (key === undefined) return { valid: false, reason: "unknown_key" };
  const bytes = fromBase64Url(signature);
  const genuine =
    bytes !== undefined &&
    (await crypto.subtle.verify(key.algorithm.name, key, bytes, signed({ method, target }, payload)));
  if (!genuine) return { valid: false, reason: "forged" };
  const [seconds, { issued, expires }] = [now / 1000, claims];
  if (!(issued - clockToleranceSeconds <= seconds && seconds < expires + clockToleranceSeconds))
    return { valid: false, reason: "expired" };
  return { valid: true, ...claims };
}

/** What stands in a mark that nobody has signed, or whose signature does not count here. It proves nothing. */
export function readGateHeader(request) {
  const { mark } = read(request);
  const [, payload] = /^v1\.([\w-]+)(?:\.[\w-]+)?$/.exec(mark ?? "") ?? [];
  return payload === undefined ? undefined : decode(payload);
}

/** The target of a request: path and query, as they stand in its address. */
export function targetOf(url) {
  const path = url.indexOf("/", url.indexOf("//") + 2);
  return path < 0 ? "" : url.slice(path);
}

/** A request of the platform, or its parts: `{ method, target, header }`. */
function read({ method, url, target = targetOf(url), headers, header }) {
  return { method, target, mark: header ?? headers?.get(MARK) ?? null };
}

/**
 * A secret is called one, and every other key comes as the platform has it. Bytes alone are no key: they may be a public
 * one, and by a secret that is public anybody could sign.
 */
function importKey(key, use) {
  const secret = key?.secret;
  if (!is("Uint8Array", secret)) return checked(key);
  if (secret.length < 32) throw new TypeError("a secret has at least 32 bytes");
  return crypto.subtle.importKey("raw", secret, HMAC, false, [use]);
}

function checked(key) {
  const { name, hash } = key?.algorithm ?? {};
  if (name === "Ed25519" || (name === "HMAC" && hash.name === HMAC.hash)) return key;
  throw new TypeError("a key is `{ secret: bytes }`, or a `CryptoKey` for Ed25519 or for HMAC with SHA-256");
}

/** The text under a signature. None of its lines can hold a line feed. */
function signed({ method, target }, payload) {
  return new TextEncoder().encode(`${SUBJECT}\n${method}\n${target}\n${payload}`);
}

function encode(json) {
  return toBase64(/^[ -~]*$/.test(json) ? json : latin(new TextEncoder().encode(json)));
}

function decode(payload) {
  try {
    const claims = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(fromBase64Url(payload)));
    return typeof claims === "object" && claims !== null ? claims : undefined;
  } catch {
    return undefined;
  }
}

/** Of a text that has a character for each byte. */
function toBase64(bytes) {
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const latin = (bytes) => String.fromCharCode(...bytes);

function fromBase64Url(text) {
  try {
    return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
}
