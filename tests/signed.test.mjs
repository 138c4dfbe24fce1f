// Signed bundles in Node: whom they are taken from, every refusal, and keys that travel between programs. The envelope
// itself is tried bit by bit in `tests/signed.rs`, and here once more, since another reader takes it apart.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Organization as Administered, ScopewiseError } from "../pkg/admin-node.js";
import { BundleError, keyId, openBundle, signBundle } from "../pkg/bundle.js";
import { Organization } from "../pkg/node.js";

const made = Date.UTC(2026, 10, 20);
const label = { version: 7, issuedAt: made, maxAgeSeconds: 60 };
const now = made + 30_000;
const dev = "stack:acme/web/dev";

const [one, two, three] = [pair(), pair(), pair()];
const id = Object.fromEntries(await Promise.all(Object.entries({ one, two, three }).map(async ([name, key]) => [name, await keyId(key.publicKey)])));

function pair() {
  const encodings = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
  return generateKeyPairSync("ed25519", encodings);
}

function whole(organization = "acme") {
  const members = [{ user: "ann", role: "admin" }, { user: "bob" }];
  return Administered.parse({ revision: "2026-10", organization, members });
}

const signed = (key = one, bundle = whole().toBundle(label)) => signBundle(bundle, key.privateKey);
const trusting = (...keys) => ({ publicKeys: keys.map((key) => key.publicKey), now });

/** Anything in an envelope with a right signature. */
function forged(key, content) {
  const raw = createPublicKey(key.publicKey).export({ type: "spki", format: "der" }).subarray(-32);
  const head = Buffer.concat([Buffer.from("SCPS\x02", "latin1"), digest(raw)]);
  const signed = Buffer.concat([head, createHash("sha256").update(content).digest()]);
  return new Uint8Array(Buffer.concat([head, content, sign(null, signed, createPrivateKey(key.privateKey))]));
}

/** The id of a key, worked out once more. */
const digest = (raw) => createHash("sha512").update(raw).digest().subarray(0, 8);

async function refused(bytes, trust, code, message) {
  await assert.rejects(openBundle(bytes, trust), (error) => {
    assert.ok(error instanceof BundleError && error instanceof ScopewiseError, String(error));
    assert.equal(error.code, code);
    if (message !== undefined) assert.equal(error.message, message);
    return true;
  });
}

describe("a signed bundle", () => {
  test("opens by its key", async () => {
    const { organization, label: told, key } = await openBundle(await signed(), trusting(one));
    assert.deepEqual([told.version, told.issuedAt, told.maxAgeSeconds, key], [7, new Date(made), 60, id.one]);
    assert.equal(organization.principal("user:ann").can("stack:delete", dev), true);
    assert.ok(organization instanceof Organization, "of the door that the app has");
    const { buffer } = await signed();
    assert.equal((await openBundle(buffer, trusting(one))).organization.name, "acme");
  });

  test("opens by the class that is wanted", async () => {
    const { organization } = await openBundle(await signed(), { ...trusting(one), Organization: Administered });
    assert.equal(organization.principals().length, 2);
  });

  test("does not open as an unsigned one, nor the other way round", async () => {
    const bytes = await signed();
    assert.throws(() => Organization.open(bytes), /no bundle, or a signed one/);
    await refused(whole().toBundle(label), trusting(one), "not_signed", "the bytes are no signed bundle: nothing of one is there");
  });

  test("opens by either of two keys while one takes the place of the other", async () => {
    for (const key of [one, two]) assert.equal((await openBundle(await signed(key), trusting(one, two))).organization.name, "acme");
  });

  test("is not changed while it is verified", async () => {
    const bytes = await signed();
    const opening = openBundle(bytes, trusting(one));
    bytes.fill(0);
    assert.equal((await opening).label.version, 7);
  });

  test("is not changed in the memory of a Buffer, whose slices are no copies", async () => {
    const buffer = Buffer.from(await signed());
    const opening = openBundle(buffer, trusting(one));
    buffer.fill(0);
    assert.equal((await opening).organization.principal("user:ann").can("stack:delete", dev), true);
    const [bundle, document] = [Buffer.from(whole().toBundle(label)), Buffer.from('{ "revision": "2026-10", "organization": "acme" }')];
    const kept = [Organization.open(bundle), Organization.parse(document)];
    for (const given of [bundle, document]) given.fill(0);
    assert.deepEqual(kept.map((it) => it.name), ["acme", "acme"]);
  });
});

describe("refused is", () => {
  test("a key that is not trusted", async () => {
    const message = `the key \`${id.three}\` is not trusted: sign by one that is`;
    await refused(await signed(three), trusting(one, two), "unknown_key", message);
    await refused(await signed(), trusting(), "unknown_key");
  });

  test("a key that is revoked, also where it is trusted", async () => {
    const trust = { ...trusting(one, two), revoked: [id.one] };
    await refused(await signed(one), trust, "revoked_key", `the key \`${id.one}\` is revoked: sign by another`);
    assert.equal((await openBundle(await signed(two), trust)).key, id.two);
    await assert.rejects(openBundle(await signed(two), { ...trust, revoked: [id.one.slice(1)] }), /is no id of a key/);
  });

  test("another key under the id of a trusted one", async () => {
    const bytes = await signed(three);
    bytes.set((await signed(one)).subarray(5, 13), 5);
    await refused(bytes, trusting(one), "wrong_signature");
  });

  test("the signature of another bundle", async () => {
    const [bytes, other] = [await signed(), await signed(one, whole().toBundle({ ...label, version: 8 }))];
    bytes.set(other.subarray(-64), bytes.length - 64);
    await refused(bytes, trusting(one), "wrong_signature");
  });

  test("another organization", async () => {
    const bytes = await signed(one, whole("globex").toBundle(label));
    const message = "the bundle is of the organization `globex`";
    await refused(bytes, { ...trusting(one), organization: "acme" }, "other_organization", message);
    assert.equal((await openBundle(bytes, { ...trusting(one), organization: "globex" })).organization.name, "globex");
  });

  test("another part", async () => {
    const part = await signed(one, whole().principal("user:bob").project(label));
    const trust = (principal) => ({ ...trusting(one), principal });
    assert.equal((await openBundle(part, trust("user:bob"))).organization.principal().name, "user:bob");
    assert.equal((await openBundle(part, trust(undefined))).label.principal, "user:bob");
    assert.equal((await openBundle(await signed(), trust(null))).label.principal, undefined);
    await refused(part, trust("user:ann"), "other_principal", "the bundle is the part of `user:bob`");
    await refused(part, trust(null), "other_principal");
    await refused(await signed(), trust("user:bob"), "other_principal", "the bundle is the whole organization, not one principal's part");
  });

  test("a version before the highest that was seen", async () => {
    assert.equal((await openBundle(await signed(), { ...trusting(one), minVersion: 7 })).label.version, 7);
    const message = "the bundle is version 7, and a later one has been seen";
    await refused(await signed(), { ...trusting(one), minVersion: 8 }, "older", message);
    await refused(await signed(), { ...trusting(one), minVersion: Number.NaN }, "older");
  });

  test("what is older than it may be", async () => {
    const at = (seconds, more) => ({ ...trusting(one), now: new Date(made + seconds * 1000), ...more });
    assert.ok(await openBundle(await signed(), at(59)));
    await refused(await signed(), at(60), "expired", "the bundle is older than it may be: make it again");
    assert.ok(await openBundle(await signed(), at(3_599, { maxAge: 3_600 })));
    await refused(await signed(), at(10, { maxAge: 10 }), "expired");
    await refused(await signed(), { ...at(0), now: Number.NaN }, "expired");
    await refused(await signed(), { publicKeys: [one.publicKey], now: made + 120_000 }, "expired");
  });

  test("what was made later than now", async () => {
    assert.ok(await openBundle(await signed(), { ...trusting(one), now: made - 300_000 }));
    await refused(await signed(), { ...trusting(one), now: made - 300_001 }, "future", "the bundle was made later than now: set the clock");
  });

  test("what could be shown for ever", async () => {
    const undated = whole().toBundle({ version: 7, issuedAt: made });
    await assert.rejects(signBundle(undated, one.privateKey), /for how long it is fresh/);
    await refused(forged(one, undated), trusting(one), "expired");
  });

  test("every flipped bit and every byte less", async () => {
    const [bytes, trust] = [await signed(), trusting(one)];
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = bytes.slice();
      flipped[bit >> 3] ^= 1 << (bit & 7);
      await assert.rejects(openBundle(flipped, trust), BundleError, `bit ${bit}`);
    }
    for (let end = 0; end < bytes.length; end += 11) await assert.rejects(openBundle(bytes.slice(0, end), trust), BundleError, `${end} bytes`);
    await refused(new Uint8Array([...bytes, 0]), trust, "wrong_signature");
    await refused(bytes.slice(0, 40), trust, "damaged", "the signed bundle is damaged: fetch it again");
    await refused(new TextEncoder().encode("SCPS\x03"), trust, "unknown_form");
    await assert.rejects(openBundle("text", trust), TypeError);
  });

  test("too much, before it is looked at", async () => {
    const bytes = new Uint8Array(64_000_001);
    bytes.set([..."SCPS\x02"].map((letter) => letter.charCodeAt(0)));
    await refused(bytes, trusting(one), "too_large", "the signed bundle is too large: at most 64000000 bytes are opened");
  });

  test("what a key vouches for and still is no bundle", async () => {
    await refused(forged(one, whole().toBundle(label).subarray(0, -1)), trusting(one), "content", "the bundle is damaged: fetch it again");
    await refused(forged(one, new Uint8Array()), trusting(one), "content");
  });

  test("everything, where the platform verifies nothing", async (t) => {
    const bytes = await signed();
    const platform = Object.getOwnPropertyDescriptor(globalThis, "crypto");
    t.after(() => Object.defineProperty(globalThis, "crypto", platform));
    const having = (crypto) => Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true });
    for (const crypto of [undefined, {}]) {
      having(crypto);
      await refused(bytes, trusting(one), "no_crypto");
    }
    const { subtle } = platform.get?.call(globalThis) ?? platform.value;
    const importKey = () => Promise.reject(new DOMException("Unrecognized name", "NotSupportedError"));
    having({ subtle: { digest: subtle.digest.bind(subtle), importKey } });
    await refused(bytes, trusting(one), "no_crypto");
  });
});

describe("a key", () => {
  test("is a PEM or its bytes, and its id follows from it", async () => {
    const raw = new Uint8Array(createPublicKey(one.publicKey).export({ type: "spki", format: "der" }).subarray(-32));
    assert.equal(await keyId(raw), id.one);
    assert.equal(await keyId(` ${one.publicKey.replaceAll("\n", "\r\n")}\n`), id.one);
    assert.equal(digest(raw).toString("hex"), id.one);
    assert.equal((await openBundle(await signed(), { publicKeys: [raw], now })).key, id.one);
  });

  test("that is another one's kind is refused", async () => {
    const { publicKey } = generateKeyPairSync("x25519", { publicKeyEncoding: { type: "spki", format: "pem" } });
    for (const key of [publicKey, one.privateKey, "", new Uint8Array(31), undefined, {}]) {
      await assert.rejects(openBundle(await signed(), { publicKeys: [key], now }), TypeError);
    }
    await assert.rejects(signBundle(whole().toBundle(label), one.publicKey), TypeError);
    await assert.rejects(signBundle(new Uint8Array(3), one.privateKey), ScopewiseError);
  });
});

test("a public key for which signatures can be made up is none", async () => {
  const points = ["00".repeat(32), `01${"00".repeat(31)}`, `ec${"ff".repeat(30)}7f`, `ed${"ff".repeat(30)}7f`, `ee${"ff".repeat(30)}ff`];
  points.push(`${"00".repeat(31)}80`, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85");
  for (const publicKey of points.map((hex) => new Uint8Array(Buffer.from(hex, "hex")))) {
    const head = Buffer.concat([Buffer.from("SCPS\x02", "latin1"), digest(publicKey)]);
    const madeUp = new Uint8Array(Buffer.concat([head, whole().toBundle(label), Buffer.from(points[1], "hex"), new Uint8Array(32)]));
    await assert.rejects(openBundle(madeUp, { publicKeys: [publicKey], now }), /vouches for nothing/);
    await assert.rejects(keyId(publicKey), /vouches for nothing/);
  }
});

test("every refusal stands in the types and on the page", () => {
  const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
  const [, typed] = /type BundleRefusal =([^;]+);/.exec(read("../pkg/bundle.d.ts"));
  const [, listed] = /^## Why one is refused$([^]+)/m.exec(read("../docs/bundles.md"));
  const told = [...listed.matchAll(/^\| (`.+?) \|/gm)].map(([, codes]) => codes).join();
  const [, sentences] = /^const SENTENCES = \{$([^]+?)^\};$/m.exec(read("../pkg/bundle.js"));
  const codes = [...sentences.matchAll(/^  (\w+):/gm)].map(([, code]) => code).sort();
  assert.ok(codes.length > 10, String(codes));
  assert.deepEqual([...typed.matchAll(/"(\w+)"/g)].map(([, code]) => code).sort(), codes);
  assert.deepEqual([...told.matchAll(/`(\w+)`/g)].map(([, code]) => code).sort(), codes);
});

test("the same is there for `require`", () => {
  const program = `
    const { openBundle } = require("scopewise/bundle");
    openBundle(new Uint8Array(3), { publicKeys: [] }).catch((error) => console.log(error.code));
  `;
  const cwd = new URL("../pkg", import.meta.url).pathname;
  assert.equal(execFileSync(process.execPath, ["-e", program], { cwd, encoding: "utf8" }), "not_signed\n");
});
