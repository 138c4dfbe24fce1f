// An organization that stays fresh: what is taken and what is not, for how long, and what is left of it where the source
// fails or lies. The clock is the test's own, but for what works by timers.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Organization as Administered } from "../pkg/admin-node.js";
import { bodyOf } from "../pkg/body.js";
import { keyId, signBundle } from "../pkg/bundle.js";
import { bundleSource, storeOf } from "../pkg/bundle-source.js";
import { bundle as rehearsed } from "../pkg/data/rehearsal.js";
import { Organization as Opening } from "../pkg/node.js";

const START = Date.UTC(2026, 10, 20);
const dev = "stack:acme/web/dev";
const [one, two, three] = [pair(), pair(), pair()];

function pair() {
  const encodings = { publicKeyEncoding: { type: "spki", format: "pem" }, privateKeyEncoding: { type: "pkcs8", format: "pem" } };
  return generateKeyPairSync("ed25519", encodings);
}

/** A clock that stands still until it is told to go on. */
class Clock {
  seconds = 0;
  /** How far the clock of dates is from the truth. */
  wrong = 0;
  now = () => START + (this.seconds + this.wrong) * 1000;
  elapsed = () => this.seconds * 1000;
}

/** What an address gives, and what was asked of it. */
class Origin {
  asked = [];
  /** Gives this for the next requests. */
  answer = () => new Response(null, { status: 503 });
  fetch = async (address, init) => {
    this.asked.push(new Headers(init.headers).get("if-none-match"));
    return this.answer(init);
  };

  gives(bytes, etag = `"${bytes.length}-${this.asked.length}"`) {
    this.answer = ({ headers }) =>
      headers.get("if-none-match") === etag ? new Response(null, { status: 304 }) : new Response(bytes, { headers: { etag } });
  }
}

class Storage extends Map {
  async get(name) {
    return super.get(name);
  }
  async put(name, kept) {
    super.set(name, structuredClone(kept));
  }
}

/** A bundle of the version, made at that second. Bob may write in version 1 and no more in others. */
function bundle({ version = 1, at = 0, key = one, organization = "acme", principal } = {}) {
  const grants = version === 1 ? [{ entity: `stack:${organization}/web/dev`, level: "write" }] : [];
  const document = { revision: "2026-10", organization, members: [{ user: "ann", role: "admin" }, { user: "bob", grants }] };
  const label = { version, issuedAt: START + at * 1000, maxAgeSeconds: 60 };
  const whole = Administered.parse(document);
  return signBundle(principal ? whole.principal(principal).project(label) : whole.toBundle(label), key.privateKey);
}

/** A source with everything that belongs to it, which has taken version 1 at second 0. */
async function started(options) {
  const it = made(options);
  it.origin.gives(await bundle(options?.first));
  it.state = await it.source.get();
  return it;
}

function made({ clock = new Clock(), origin = new Origin(), keys = [one], first, ...options } = {}) {
  const { now, elapsed } = clock;
  const about = { url: "https://origin.invalid/bundle", fetch: origin.fetch, publicKeys: keys.map((key) => key.publicKey) };
  const ages = { staleWhileRevalidate: 30, stopAge: 600 };
  return { clock, origin, source: bundleSource({ organization: "acme", ...about, ...ages, now, elapsed, ...options }) };
}

const may = ({ organization }) => organization?.principal("user:bob").can("stack:write", dev) ?? false;

/** Until what was begun beside an answer has ended. */
const later = () => sleep(30);

describe("an organization is", () => {
  test("fetched once, and given out at once while it is fresh", async () => {
    const { source, clock, origin, state } = await started();
    assert.deepEqual([state.status, state.version, state.issuedAt, state.unanchored], ["fresh", 1, new Date(START), true]);
    assert.equal(may(state), true);
    clock.seconds = 59;
    assert.equal(source.get().organization, state.organization, "no promise");
    assert.deepEqual(origin.asked, [null]);
  });

  test("stale past its age, answered with at once, and replaced", async () => {
    const { source, clock, origin } = await started();
    clock.seconds = 61;
    origin.gives(await bundle({ version: 2, at: 61 }));
    const stale = source.get();
    assert.deepEqual([stale.status, stale.version, may(stale)], ["stale", 1, true]);
    await later();
    const fresh = source.get();
    assert.deepEqual([fresh.status, fresh.version, may(fresh)], ["fresh", 2, false]);
  });

  test("waited for once a stale one does no more", async () => {
    const { source, clock, origin } = await started();
    clock.seconds = 91;
    origin.gives(await bundle({ version: 2, at: 91 }));
    const state = await source.get();
    assert.deepEqual([state.status, state.version], ["fresh", 2]);
  });

  test("fresh for as long as the bundle and whoever asks both say", async () => {
    const short = await started({ maxAge: 10 });
    short.clock.seconds = 11;
    assert.equal(short.source.get().status, "stale");
    const long = await started({ maxAge: 1_000 });
    long.clock.seconds = 61;
    assert.equal(long.source.get().status, "stale");
  });

  test("asked for under conditions, and a 304 makes nothing fresher", async () => {
    const { source, clock, origin } = await started();
    for (clock.seconds = 61; clock.seconds < 600; clock.seconds += 60) {
      assert.equal((await source.get()).status, "stale");
      await later();
    }
    assert.ok(origin.asked.length > 5 && origin.asked.slice(1).every((etag) => etag !== null), String(origin.asked));
    clock.seconds = 600;
    const state = await source.get();
    assert.deepEqual([state.status, state.organization, state.version], ["stopped", null, 1]);
  });

  test("one principal's part where that is wanted", async () => {
    const { state } = await started({ principal: "user:bob", first: { principal: "user:bob" } });
    assert.equal(state.organization.principal().can("stack:write", dev), true);
    const whole = await started({ principal: "user:bob" });
    assert.deepEqual([whole.state.status, whole.state.error.code], ["empty", "other_principal"]);
    const part = await started({ first: { principal: "user:bob" } });
    assert.deepEqual([part.state.status, part.state.error.code], ["empty", "other_principal"]);
  });
});

describe("an answer is taken however it comes", async () => {
  const bytes = await bundle();
  const pieces = (size) => Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.slice(at * size, (at + 1) * size));
  const flowing = (size, type) =>
    new ReadableStream({ type, start: (to) => (pieces(size).forEach((piece) => to.enqueue(piece)), to.close()) });
  const pulled = (size) => {
    const left = pieces(size);
    return new ReadableStream({
      type: "bytes",
      pull(to) {
        const piece = left.shift();
        if (piece !== undefined) return to.enqueue(piece);
        to.close();
        to.byobRequest?.respond(0);
      },
    });
  };
  const bodies = {
    "in one piece": () => bytes,
    "in small pieces": () => flowing(7),
    "in pieces of bytes": () => flowing(7, "bytes"),
    "in pieces that are asked for": () => pulled(100),
  };
  const lengths = { "its length": bytes.length, "no length": undefined, "a length too short": 5, "one too long": 900_000, "no number": "x" };

  for (const [how, body] of Object.entries(bodies)) {
    for (const [said, length] of Object.entries(lengths)) {
      test(`${how}, with ${said}`, async () => {
        const { source, origin } = made({ maxBytes: 1_000_000 });
        origin.answer = () => new Response(body(), length === undefined ? {} : { headers: { "content-length": length } });
        const state = await source.get();
        assert.deepEqual([state.status, state.error, may(state)], ["fresh", undefined, true]);
      });
    }
    test(`${how}, and no byte more than will do`, async () => {
      const { source, origin } = made({ maxBytes: bytes.length - 1 });
      origin.answer = () => new Response(body(), { headers: { "content-length": 5 } });
      assert.equal((await source.get()).error.code, "too_large");
      const exact = made({ maxBytes: bytes.length });
      exact.origin.answer = () => new Response(body());
      assert.equal((await exact.source.get()).status, "fresh");
    });
  }
});

test("what somebody may change who sent it is copied", async () => {
  const piece = Uint8Array.of(1, 2, 3);
  const bytes = await bodyOf(new Response(new ReadableStream({ start: (to) => (to.enqueue(piece), to.close()) })), 3);
  piece.fill(0);
  assert.deepEqual(Array.from(bytes), [1, 2, 3]);
});

describe("a source that fails or lies leaves the last good one", () => {
  const endless = () => new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)) }));
  const lies = {
    "is not there": () => Promise.reject(new TypeError("fetch failed")),
    "has an error": () => new Response("no", { status: 500 }),
    "has nothing": () => new Response(null, { status: 404 }),
    "says that nothing is new, unasked": () => new Response(null, { status: 304 }),
    "is a page": () => new Response("<!doctype html>"),
    "is empty": () => new Response(null),
    "never ends": endless,
    "says that it is too long": () => new Response("no", { headers: { "content-length": "99999999999" } }),
    "is signed by a key that is not trusted": async () => new Response(await bundle({ version: 2, key: three })),
    "is of another organization": async () => new Response(await bundle({ version: 2, organization: "globex" })),
    "is one principal's part": async () => new Response(await bundle({ version: 2, principal: "user:bob" })),
    "is changed on its way": async () => new Response((await bundle({ version: 2 })).fill(7, 100, 101)),
    "is made in the future": async () => new Response(await bundle({ version: 2, at: 1_000 })),
    "is cut short": async () => new Response((await bundle({ version: 2 })).slice(0, -1)),
  };

  for (const [name, answer] of Object.entries(lies)) {
    test(`where the answer ${name}`, async () => {
      const { source, clock, origin } = await started({ maxBytes: 1_000_000 });
      clock.seconds = 100;
      origin.answer = answer;
      const state = await source.get();
      assert.deepEqual([state.status, state.version, may(state)], ["stale", 1, true]);
      if (name.startsWith("says that nothing")) return assert.equal(state.error, undefined);
      assert.ok(state.error instanceof Error);
      clock.seconds = 200;
      origin.gives(await bundle({ version: 2, at: 200 }));
      const mended = await source.get();
      assert.deepEqual([mended.status, mended.version, mended.error], ["fresh", 2, undefined]);
    });

    test(`and nothing where there was none and the answer ${name}`, async () => {
      const { source, origin } = made({ maxBytes: 1_000_000 });
      origin.answer = answer;
      const state = await source.get();
      assert.deepEqual([state.status, state.organization], ["empty", null]);
    });
  }

  test("where it is older than what was seen", async () => {
    const { source, clock, origin } = await started({ first: { version: 5 } });
    clock.seconds = 100;
    origin.gives(await bundle({ version: 4, at: 100 }));
    const state = await source.get();
    assert.deepEqual([state.status, state.version, state.error.code], ["stale", 5, "older"]);
  });

  test("where it is of the same version and was made earlier", async () => {
    const { source, clock, origin } = await started({ first: { version: 5, at: -1 } });
    clock.seconds = 100;
    origin.gives(await bundle({ version: 5, at: -20 }));
    const state = await source.get();
    assert.deepEqual([state.version, state.issuedAt], [5, new Date(START - 1000)]);
  });

  test("and denies past the stop age, until it mends", async () => {
    const { source, clock, origin } = await started();
    origin.answer = () => new Response(null, { status: 500 });
    clock.seconds = 599;
    assert.equal((await source.get()).status, "stale");
    clock.seconds = 600;
    const stopped = await source.get();
    assert.deepEqual([stopped.status, stopped.organization, may(stopped)], ["stopped", null, false]);
    clock.seconds = 700;
    origin.gives(await bundle({ version: 2, at: 700 }));
    assert.equal((await source.get()).status, "fresh");
  });
});

describe("the highest version that was seen", () => {
  /** Another start over the same storage. */
  const again = (it, options) => made({ clock: it.clock, storage: it.storage, ...options });

  async function kept(options) {
    const storage = new Storage();
    return { ...(await started({ storage, ...options })), storage };
  }

  test("outlives the process, and what comes first must not be older", async () => {
    const it = await kept({ first: { version: 5 } });
    it.clock.seconds = 700;
    const { source, origin } = again(it);
    origin.gives(await bundle({ version: 4, at: 700 }));
    const state = await source.get();
    assert.deepEqual([state.status, state.error.code, state.unanchored], ["empty", "older", false]);
    origin.gives(await bundle({ version: 5, at: 701 }));
    it.clock.seconds = 720;
    assert.equal((await source.get()).status, "fresh");
  });

  test("is given by whoever deploys, where nothing is kept", async () => {
    const { source, origin } = made({ minVersion: 5 });
    origin.gives(await bundle({ version: 4 }));
    const state = await source.get();
    assert.deepEqual([state.status, state.error.code, state.unanchored], ["empty", "older", false]);
  });

  test("counts for all keys, so that no old bundle comes back by the other", async () => {
    const it = await kept({ keys: [one, two], first: { version: 9, key: two } });
    it.clock.seconds = 700;
    const { source, origin } = again(it, { keys: [one, two] });
    origin.gives(await bundle({ version: 8, at: 700, key: one }));
    assert.equal((await source.get()).error.code, "older");
  });

  test("counts no more once its key is revoked: so a stolen key's leap is undone", async () => {
    const it = await kept({ keys: [one, two], first: { version: 2 ** 50, key: one } });
    it.clock.seconds = 10;
    for (const recovery of [{ keys: [one, two], revoked: [await keyId(one.publicKey)] }, { keys: [two] }]) {
      const { source, origin } = again(it, recovery);
      origin.gives(await bundle({ version: 10, at: 10, key: two }));
      const state = await source.get();
      assert.deepEqual([state.status, state.version], ["fresh", 10], String(state.error));
    }
  });

  test("is kept apart for each organization and each part", async () => {
    const storage = new Storage();
    await started({ storage, first: { version: 9 } });
    const part = await started({ storage, principal: "user:bob", first: { version: 3, principal: "user:bob" } });
    const other = await started({ storage, organization: "globex", first: { version: 4, organization: "globex" } });
    assert.deepEqual([part.state.version, other.state.version, storage.size], [3, 4, 3]);
  });
});

describe("what is kept", () => {
  test("is the first answer of the next start, without asking anybody", async () => {
    const storage = new Storage();
    const { clock } = await started({ storage });
    const next = made({ storage, clock });
    const state = await next.source.get();
    assert.deepEqual([state.status, state.unanchored, next.origin.asked.length], ["fresh", false, 0]);
  });

  test("is asked about by its ETag once it is stale", async () => {
    const storage = new Storage();
    const { clock, origin } = await started({ storage });
    clock.seconds = 70;
    const next = made({ storage, clock, origin });
    assert.equal((await next.source.get()).status, "stale");
    await later();
    assert.equal(origin.asked.length, 2);
    assert.ok(origin.asked[1] !== null);
  });

  test("is taken from another instance that was faster", async () => {
    const storage = new Storage();
    const [a, b] = [await started({ storage }), await started({ storage })];
    a.clock.seconds = b.clock.seconds = 100;
    a.origin.gives(await bundle({ version: 2, at: 100 }));
    await a.source.get();
    b.origin.answer = () => assert.fail("nobody is asked");
    assert.equal((await b.source.get()).version, 2);
  });

  test("is verified again, and its age is looked at", async () => {
    const storage = new Storage();
    const { clock } = await started({ storage });
    const [[name, { bytes, about }]] = storage.entries();
    const cases = { wrong_signature: bytes.slice().fill(7, 100, 101), not_signed: new Uint8Array(3) };
    for (const [code, bytes] of Object.entries(cases)) {
      storage.set(name, { bytes, about });
      const next = made({ storage, clock });
      next.origin.answer = () => Promise.reject(new Error("down"));
      const { organization, error } = await next.source.get();
      assert.deepEqual([organization, error.message], [null, "down"], code);
    }
    storage.set(name, { bytes, about });
    clock.seconds = 600;
    const late = made({ storage, clock });
    assert.equal((await late.source.get()).organization, null);
  });

  test("takes little room beside the bundle, however many keys come and go", async () => {
    const storage = new Storage();
    const former = Array.from({ length: 50 }, (_, index) => [index.toString(16).padStart(16, "0"), 2 ** 52]);
    storage.set("scopewise:acme:*", { bytes: new Uint8Array(), about: { marks: Object.fromEntries(former) } });
    const { source, origin } = made({ storage });
    origin.gives(await bundle(), `"${"e".repeat(5_000)}"`);
    assert.equal((await source.get()).status, "fresh");
    const { about } = await storage.get("scopewise:acme:*");
    assert.deepEqual(about, { marks: { [await keyId(one.publicKey)]: 1 }, etag: undefined });
  });

  test("may fail without harm", async () => {
    const storage = { get: () => Promise.reject(new Error("down")), put: () => Promise.reject(new Error("full")) };
    const { state } = await started({ storage });
    assert.deepEqual([state.status, state.unanchored, state.error.message], ["fresh", true, "full"]);
    const odd = { get: async () => ({ bytes: "text", about: { marks: { "00": "9" } } }), put: async () => {} };
    assert.equal((await started({ storage: odd })).state.status, "fresh");
    const none = { get: async () => null, put: async () => {} };
    assert.equal((await started({ storage: none })).state.error, undefined);
  });

  test("is not waited for where the storage hangs", async () => {
    const [never, nothing] = [() => new Promise(() => {}), async () => undefined];
    for (const storage of [{ get: never, put: nothing }, { get: nothing, put: never }, { get: never, put: never }]) {
      const { state } = await started({ storage, timeout: 0.2 });
      assert.deepEqual([state.status, state.error.message], ["fresh", "the storage gave no answer within 0.2 seconds"]);
    }
  });

  test("leaves no memory behind where it is nothing new", async () => {
    const released = [];
    const Organization = { open: (...from) => {
      const { name, label } = Opening.open(...from);
      return { name, label, [Symbol.dispose ?? Symbol.for("Symbol.dispose")]: () => released.push(label.version) };
    } };
    const { source } = await started({ storage: new Storage(), Organization, activate: () => {} });
    await source.refresh();
    assert.deepEqual(released, [1], "one lies in the storage; as it is fresh the source is not asked");
    const next = made({ Organization, activate: () => {} });
    for (const version of [1, 2, 3]) {
      next.clock.seconds += 70;
      next.origin.gives(await bundle({ version, at: next.clock.seconds }));
      await next.source.refresh();
    }
    assert.deepEqual(released, [1, 2], "what waits was given to nobody");
  });
});

describe("asking", () => {
  test("is done once for everybody who waits", async () => {
    const { source, origin } = made();
    origin.gives(await bundle());
    const states = await Promise.all(Array.from({ length: 50 }, () => source.get()));
    assert.equal(origin.asked.length, 1);
    assert.ok(states.every(({ status }) => status === "fresh"));
  });

  test("grows rarer while it fails, and is not in step with others", async () => {
    const times = (jitter) => {
      const [clock, origin] = [new Clock(), new Origin()];
      const { source } = made({ clock, origin });
      const asked = [];
      origin.answer = () => (asked.push(clock.seconds), new Response(null, { status: 503 }));
      return { asked, run: async () => {
        const { random } = Math;
        Math.random = () => jitter;
        for (; clock.seconds < 300; clock.seconds += 0.5) await source.get();
        Math.random = random;
      } };
    };
    const [early, late] = [times(0), times(0.999)];
    await early.run();
    await late.run();
    for (const { asked } of [early, late]) {
      const pauses = asked.slice(1).map((time, index) => time - asked[index]);
      assert.ok(asked.length >= 8 && asked.length < 20, String(asked));
      assert.ok(pauses.every((pause, index) => index === 0 || pause >= pauses[index - 1]), String(pauses));
      assert.ok(pauses.at(-1) <= 60.5 && pauses.at(-1) >= 30, String(pauses));
    }
    assert.notDeepEqual(early.asked, late.asked);
  });

  test("is given up where no answer ever ends", async () => {
    const { source, origin } = made({ timeout: 0.05 });
    origin.answer = ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const state = await source.get();
    assert.deepEqual([state.status, state.error.name], ["empty", "TimeoutError"]);
    const deaf = made({ timeout: 0.05 });
    deaf.origin.answer = () => new Promise(() => {});
    assert.equal((await deaf.source.get()).status, "empty");
    deaf.clock.seconds = 1;
    deaf.origin.gives(await bundle());
    assert.equal((await deaf.source.get()).status, "fresh");
  });

  test("is given up where one drips", async () => {
    const { source, origin } = made({ timeout: 0.1 });
    const byte = new Uint8Array(1);
    origin.answer = ({ signal }) => {
      const pull = (to) => sleep(10, undefined, { signal }).then(() => to.enqueue(byte), (error) => to.error(error.cause));
      return new Response(new ReadableStream({ pull }));
    };
    const state = await source.get();
    assert.deepEqual([state.status, state.error.name], ["empty", "TimeoutError"]);
  });

  test("outlives the request that began it", async () => {
    const { source, clock, origin } = await started();
    clock.seconds = 70;
    origin.gives(await bundle({ version: 2, at: 70 }));
    const begun = [];
    assert.equal(source.get({ waitUntil: (promise) => begun.push(promise) }).version, 1);
    await Promise.all(begun);
    assert.equal(source.get().version, 2);
  });
});

describe("a clock that jumps", () => {
  test("backwards makes nothing fresh again, nor for ever", async () => {
    const { source, clock, origin } = await started();
    origin.answer = () => Promise.reject(new Error("down"));
    clock.wrong = -1_000_000;
    clock.seconds = 59;
    assert.equal((await source.get()).status, "fresh");
    clock.seconds = 60;
    assert.equal((await source.get()).status, "stale");
    clock.seconds = 600;
    assert.equal((await source.get()).status, "stopped");
  });

  test("backwards before a start takes nothing that was made later", async () => {
    const storage = new Storage();
    const { clock, origin } = await started({ storage });
    clock.wrong = -301;
    const next = made({ storage, clock, origin });
    const state = await next.source.get();
    assert.deepEqual([state.status, state.error.code], ["empty", "future"]);
  });

  test("forwards and back again does no lasting harm", async () => {
    const { source, clock, origin } = await started();
    origin.answer = () => Promise.reject(new Error("down"));
    clock.wrong = 1_000_000;
    assert.equal((await source.get()).status, "stopped");
    clock.wrong = 0;
    assert.equal((await source.get()).status, "fresh");
  });
});

describe("a newer one takes the place of the old", () => {
  test("when the page says so", async () => {
    const waiting = [];
    const { source, clock, origin } = await started({ activate: (apply) => waiting.push(apply) });
    clock.seconds = 70;
    origin.gives(await bundle({ version: 2, at: 70 }));
    await source.refresh();
    assert.deepEqual([source.get().version, waiting.length], [1, 1]);
    waiting[0]();
    assert.equal(source.get().version, 2);
    clock.seconds = 140;
    origin.gives(await bundle({ version: 3, at: 140 }));
    await source.refresh();
    source.apply();
    assert.equal(source.get().version, 3);
  });

  test("in any case once the old one is too old", async () => {
    const { source, clock, origin } = await started({ activate: () => {} });
    clock.seconds = 550;
    origin.gives(await bundle({ version: 2, at: 550 }));
    assert.equal((await source.refresh()).version, 1);
    clock.seconds = 600;
    const state = await source.get();
    assert.deepEqual([state.version, state.status], [2, "fresh"]);
  });
});

describe("who subscribes", () => {
  /** By the real clock: bundles that are fresh for a moment. */
  function live(options) {
    const origin = new Origin();
    const ages = { maxAge: 0.3, staleWhileRevalidate: 0.2, stopAge: 1.5 };
    const about = { url: "https://origin.invalid/", fetch: origin.fetch, organization: "acme", publicKeys: [one.publicKey] };
    return { origin, source: bundleSource({ ...about, ...ages, ...options }) };
  }
  /** Makes one whenever it is asked for. */
  const issues = (version) => async () => new Response(await bundle({ version, at: (Date.now() - START) / 1000 }));

  async function until(holds) {
    for (let tries = 0; !holds(); tries += 1) {
      assert.ok(tries < 500, "it never came to that");
      await sleep(10);
    }
  }

  test("is told of everything: empty, fresh, replaced, stale, stopped", async () => {
    const { source, origin } = live();
    origin.answer = issues(1);
    const told = [];
    const stop = source.subscribe(({ status, version }) => told.push(`${status} ${version}`));
    const broken = source.subscribe(() => {
      throw new Error("a part of the page that is broken");
    });
    await until(() => told.includes("fresh 1"));
    origin.answer = issues(2);
    await until(() => told.includes("fresh 2"));
    origin.answer = () => Promise.reject(new Error("down"));
    await until(() => told.includes("stopped 2"));
    assert.equal(told[0], "empty undefined");
    assert.ok(told.indexOf("stale 2") > told.indexOf("fresh 2") && told.indexOf("stopped 2") > told.indexOf("stale 2"), String(told));
    stop();
    broken();
  });

  test("as a store follows it: a role taken away, stale decisions, nobody at last", async () => {
    const { source, origin } = live();
    origin.answer = issues(1);
    const store = storeOf(source, { principal: "user:bob" });
    const told = [];
    store.subscribe(({ control }) => told.push(control("stack:write", dev).state));
    assert.equal(store.getSnapshot().principal, undefined);
    await until(() => store.getSnapshot().can("stack:write", dev));
    await until(() => store.getSnapshot().decide("stack:write", dev).stale === true);
    assert.equal(store.getSnapshot().can("stack:write", dev), true);
    origin.answer = issues(2);
    await until(() => store.getSnapshot().decide("stack:write", dev).reason === "not_granted");
    origin.answer = () => Promise.reject(new Error("down"));
    await until(() => store.getSnapshot().principal === undefined);
    assert.ok(told.includes("enabled") && told.at(-1) === "pending", String(told));
    store.stop();
  });
});

describe("while an answer is on its way", () => {
  /** An engine of its own, as far as a source can tell, that tells what it opens. */
  function watched(open = (...given) => Opening.open(...given)) {
    const opened = [];
    const Organization = {
      open(...given) {
        const it = open(...given);
        opened.push(it.name);
        return it;
      },
    };
    return { Organization, opened };
  }

  /** A source whose answers take their time. */
  async function slow(options, milliseconds = 300) {
    const origin = new Origin();
    origin.gives(await bundle());
    const fetch = async (...asked) => (await sleep(milliseconds), origin.fetch(...asked));
    return made({ origin, fetch, ...options });
  }

  test("opening is rehearsed, and nobody hears of it", async () => {
    const { Organization, opened } = watched();
    const { source } = await slow({ Organization });
    const told = [];
    source.subscribe(({ organization }) => told.push(organization?.name));
    const state = await source.get();
    assert.deepEqual([opened, may(state), state.unanchored], [["o", "acme"], true, true]);
    assert.deepEqual(told.filter((name) => name !== undefined), ["acme"]);
    source[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  });

  test("it is rehearsed once for an engine, also before what a storage keeps", async () => {
    const { Organization, opened } = watched();
    const storage = { get: async () => void (await sleep(300)), put: async () => {} };
    const sources = [await slow({ Organization, storage }), await slow({ Organization, storage })];
    await Promise.all(sources.map(({ source }) => source.refresh()));
    assert.deepEqual(opened, ["o", "acme", "acme"]);
  });

  test("nothing is rehearsed for an answer that is there at once", async () => {
    const { Organization, opened } = watched();
    await started({ Organization });
    await sleep(50);
    assert.deepEqual(opened, ["acme"]);
  });

  test("the key of the rehearsal opens nothing else", async () => {
    const { source, origin } = await slow({ organization: "o", Organization: watched().Organization });
    origin.gives(Buffer.from(rehearsed, "base64"));
    const { organization, error } = await source.get();
    assert.deepEqual([organization, error.code], [null, "unknown_key"]);
  });

  test("a rehearsal that breaks is no fault of the source", async () => {
    let isFirst = true;
    const { Organization } = watched((...given) => {
      if (!isFirst) return Opening.open(...given);
      isFirst = false;
      throw new WebAssembly.RuntimeError("unreachable");
    });
    const { source } = await slow({ Organization });
    const state = await source.get();
    assert.deepEqual([isFirst, may(state), state.error], [false, true, undefined]);
  });
});

test("what is let go gives its memory back, and begins anew where somebody still asks", async () => {
  const { source, origin, state } = await started({ storage: new Storage() });
  source.subscribe(() => {});
  source[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  assert.equal(may(state), false);
  const again = await source.get();
  assert.deepEqual([again.status, may(again), origin.asked.length], ["fresh", true, 1]);
});

test("it never rejects, and what was left open is as if it were not there", async () => {
  const { source, origin } = made({ keys: [{ publicKey: "none" }] });
  origin.gives(await bundle());
  for (const ask of [source.get, source.get, source.refresh]) {
    const { status, error } = await ask();
    assert.deepEqual([status, error.name], ["empty", "TypeError"]);
  }
  const told = new Promise((done) => source.subscribe(({ error }) => error && done(error.name)));
  assert.equal(await told, "TypeError");
  const options = ["minVersion", "stopAge", "timeout", "maxAge", "maxBytes", "staleWhileRevalidate", "activate", "headers"];
  const { state } = await started(Object.fromEntries(options.map((name) => [name, undefined])));
  assert.deepEqual([state.status, state.unanchored, state.error], ["fresh", true, undefined]);
});

test("whoever applies a newer one and fails is no fault of the source", async (t) => {
  const reported = t.mock.method(console, "error", () => {});
  for (const activate of [() => Promise.reject(new Error("broken")), () => assert.fail("broken")]) {
    const { source, clock, origin } = await started({ activate });
    clock.seconds = 70;
    origin.gives(await bundle({ version: 2, at: 70 }));
    assert.equal((await source.refresh()).error, undefined);
  }
  await later();
  assert.equal(reported.mock.callCount(), 2);
});

test("it says whose bundles it takes", () => {
  assert.throws(() => bundleSource({ url: "https://origin.invalid/", publicKeys: [] }), TypeError);
});
