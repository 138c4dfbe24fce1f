// Signed bundles. Nothing of one is opened before the platform's own cryptography says who made it: the engine knows
// no keys. `src/seal.rs` has the form and the same refusals.
import { Organization as Opening, ScopewiseError, ready } from "scopewise";
import { fromBase64, joined } from "./bytes.js";

const MAGIC = [..."SCPS"].map((letter) => letter.charCodeAt(0));
const FORM = 2;
const ID = 8;
const HEAD = MAGIC.length + 1 + ID;
const SIGNATURE = 64;
const LIMIT = 64_000_000;

/** The bytes are verified, and nobody else has them. */
const vouched = Symbol.for("scopewise: vouched");

/** Nobody else has the bytes, as of an answer that a source has read: they need no copy of their own. */
const owned = Symbol.for("scopewise: owned");

/** Has the engine take in the bytes while their signature is verified; it opens none before. */
const placed = Symbol.for("scopewise: placed");

/** The largest that is taken in so, in bytes: a module's memory never shrinks. */
const AHEAD = 4_000_000;

/** How far ahead the clock of whoever signs may be, in seconds. */
const CLOCKS_APART = 300;

const SENTENCES = {
  not_signed: () => "the bytes are no signed bundle: nothing of one is there",
  unknown_form: () => "the signed bundle is of a form that this version does not read: make it again",
  too_large: () => `the signed bundle is too large: at most ${LIMIT} bytes are opened`,
  damaged: () => "the signed bundle is damaged: fetch it again",
  unknown_key: (key) => `the key \`${key}\` is not trusted: sign by one that is`,
  revoked_key: (key) => `the key \`${key}\` is revoked: sign by another`,
  wrong_signature: (key) => `the signature is not that of the key \`${key}\` over these bytes: fetch them again`,
  other_organization: (name) => `the bundle is of the organization \`${name}\``,
  other_principal: (name) =>
    name === undefined ? "the bundle is the whole organization, not one principal's part" : `the bundle is the part of \`${name}\``,
  older: (version) => `the bundle is version ${version}, and a later one has been seen`,
  future: () => "the bundle was made later than now: set the clock",
  expired: () => "the bundle is older than it may be: make it again",
  content: (reason) => reason,
  no_crypto: (reason) => `this platform verifies no Ed25519 signatures, so that no bundle can be trusted here: ${reason}`,
};

/** Why a signed bundle is not taken. */
export class BundleError extends ScopewiseError {
  constructor(code, about) {
    super(SENTENCES[code](about));
    this.code = code;
  }
}

export async function openBundle(bundle, { publicKeys, revoked, [owned]: isOwned, Organization = Opening, ...wanted }) {
  const bytes = isOwned === true ? viewOf(bundle) : asBytes(bundle);
  const content = bytes.subarray(HEAD, -SIGNATURE);
  let [key, taken] = [];
  const takeIn = async () => (taken = content.length > AHEAD ? undefined : Organization[placed]?.(content));
  try {
    key = await verify(bytes, content, publicKeys, idsOf(revoked), takeIn);
    await ready;
  } catch (error) {
    taken?.bundle.free();
    throw error;
  }
  const organization = opened(content, Organization, { [vouched]: true, [placed]: taken });
  const { label } = organization;
  try {
    check(organization.name, label, wanted);
  } catch (error) {
    organization[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
    throw error;
  }
  return { organization, label, key };
}

export async function signBundle(bundle, signingKey) {
  const bytes = asBytes(bundle);
  await ready;
  const { issuedAt, maxAgeSeconds } = Opening.open(bytes).label;
  if (issuedAt === undefined || maxAgeSeconds === undefined) {
    throw new ScopewiseError(
      "a bundle is signed that says when it was made and for how long it is fresh: give it a label with both",
    );
  }
  const { key, id } = await privateKeyOf(signingKey);
  const head = joined([Uint8Array.from([...MAGIC, FORM]), id]);
  const signature = await subtle().sign(ED25519, key, await signedOf(head, bytes));
  return joined([head, bytes, new Uint8Array(signature)]);
}

export async function keyId(publicKey) {
  return hex(await idOf(rawKeyOf(publicKey)));
}

/** The key that has signed these bytes, if it is trusted. */
async function verify(bytes, content, publicKeys, revoked, meanwhile) {
  if (!MAGIC.every((byte, at) => bytes[at] === byte)) throw new BundleError("not_signed");
  if (bytes.length > MAGIC.length && bytes[MAGIC.length] !== FORM) throw new BundleError("unknown_form");
  if (bytes.length > LIMIT) throw new BundleError("too_large");
  if (bytes.length < HEAD + SIGNATURE) throw new BundleError("damaged");
  const id = hex(bytes.subarray(HEAD - ID, HEAD));
  if (revoked.has(id)) throw new BundleError("revoked_key", id);
  // Side by side: a platform with threads hashes the bundle meanwhile.
  const [signed, keys] = await Promise.all([
    signedOf(bytes.subarray(0, HEAD), content),
    keysOf(publicKeys),
    meanwhile(),
  ]);
  const key = keys.get(id);
  if (key === undefined) throw new BundleError("unknown_key", id);
  const isSigned = await subtle().verify(ED25519, key, bytes.subarray(-SIGNATURE), signed);
  if (isSigned !== true) throw new BundleError("wrong_signature", id);
  return id;
}

/** What is signed: all before the bundle, and its hash. */
async function signedOf(head, bundle) {
  return joined([head, new Uint8Array(await subtle().digest("SHA-256", bundle))]);
}

function opened(content, Organization, options) {
  try {
    return Organization.open(content, options);
  } catch (error) {
    throw error instanceof ScopewiseError ? new BundleError("content", error.message) : error;
  }
}

/** Whether it is the one that is wanted, and of its time. */
function check(name, label, { organization, principal, minVersion = 0, maxAge, now = Date.now() }) {
  if (organization !== undefined && name !== organization) throw new BundleError("other_organization", name);
  if (principal !== undefined && label.principal !== (principal ?? undefined)) {
    throw new BundleError("other_principal", label.principal);
  }
  // What JavaScript cannot count is not compared.
  if (!Number.isSafeInteger(label.version)) throw new BundleError("damaged");
  if (!(label.version >= minVersion)) throw new BundleError("older", label.version);
  // What does not say from when and for how long it counts, counts at no time.
  const [issued, seconds] = [Number(label.issuedAt), maxAge ?? label.maxAgeSeconds];
  if (issued > Number(now) + CLOCKS_APART * 1000) throw new BundleError("future");
  if (!(Number(now) < issued + seconds * 1000)) throw new BundleError("expired");
}

const ED25519 = { name: "Ed25519" };

/** What stands before the 32 bytes of a public key, and before those of a private one. */
const SPKI = "302a300506032b6570032100";

function subtle() {
  const { subtle } = globalThis.crypto ?? {};
  if (subtle === undefined) throw new BundleError("no_crypto", "there is no `crypto.subtle`, as on a page without https");
  return subtle;
}

/** Trusted keys by their ids. */
async function keysOf(publicKeys) {
  const raw = Array.from(publicKeys, rawKeyOf);
  const pairs = raw.map(async (key) => {
    const [id, usable] = await Promise.all([idOf(key), imported(key)]);
    return [hex(id), usable];
  });
  return new Map(await Promise.all(pairs));
}

async function imported(raw) {
  try {
    return await subtle().importKey("raw", raw, ED25519, false, ["verify"]);
  } catch (error) {
    if (error instanceof BundleError || error?.name === "DataError") throw error;
    throw new BundleError("no_crypto", String(error?.message ?? error));
  }
}

/** A public key as its 32 bytes, out of these or of a PEM. */
function rawKeyOf(publicKey) {
  const raw = publicKey instanceof Uint8Array ? publicKey : rawIn(publicKey);
  if (raw.length !== 32) throw new TypeError("a public key is an Ed25519 key in SPKI, as PEM, or its 32 bytes");
  const point = hex(raw.subarray(0, 31)) + hex([raw[31] & 0x7f]);
  if (WEAK.some((start) => point.startsWith(start))) throw new TypeError("the public key vouches for nothing: anybody can sign by it");
  return raw;
}

function rawIn(pem) {
  const der = typeof pem === "string" ? derOf(pem, "PUBLIC KEY") : new Uint8Array();
  return hex(der.subarray(0, 12)) === SPKI ? der.subarray(12) : new Uint8Array();
}

/** Points of small order, by how they begin, without their signs. Not every platform refuses them. */
const WEAK = [
  ...["00", "01"].map((byte) => byte.padEnd(64, "0")),
  ...["ec", "ed", "ee"].map((byte) => `${byte.padEnd(62, "f")}7f`),
  "26e8958fc2b227b0",
  "c7176a703d4dd84f",
];

async function privateKeyOf(pem) {
  const der = typeof pem === "string" ? derOf(pem, "PRIVATE KEY") : new Uint8Array();
  if (der.length === 0) throw new TypeError("a signing key is an Ed25519 key in PKCS#8, as PEM");
  const key = await subtle().importKey("pkcs8", der, ED25519, true, ["sign"]);
  const { x } = await subtle().exportKey("jwk", key);
  return { key, id: await idOf(fromBase64(x.replaceAll("-", "+").replaceAll("_", "/"))) };
}

/** The bytes within a PEM of that kind; none where there is no such. */
function derOf(pem, kind) {
  const [text, begin, end] = [pem.trim(), `-----BEGIN ${kind}-----`, `-----END ${kind}-----`];
  if (!text.startsWith(begin) || !text.endsWith(end)) return new Uint8Array();
  try {
    return fromBase64(text.slice(begin.length, -end.length));
  } catch {
    return new Uint8Array(); // no base64
  }
}

async function idOf(raw) {
  return new Uint8Array(await subtle().digest("SHA-512", raw)).subarray(0, ID);
}

/** The ids of revoked keys. One that is misspelt would revoke nothing. */
function idsOf(revoked = []) {
  const ids = Array.from(revoked);
  const wrong = ids.find((id) => !/^[0-9a-f]{16}$/.test(id));
  if (wrong !== undefined) throw new TypeError(`\`${wrong}\` is no id of a key: it has 16 hexadecimal digits`);
  return new Set(ids);
}

/** A copy, so that nobody changes what was verified. */
function asBytes(bundle) {
  return new Uint8Array(viewOf(bundle)); // a slice of a Buffer is no copy
}

function viewOf(bundle) {
  const bytes = bundle instanceof ArrayBuffer ? new Uint8Array(bundle) : bundle;
  if (!(bytes instanceof Uint8Array)) throw new TypeError("a bundle is bytes");
  return bytes;
}

function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
