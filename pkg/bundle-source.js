// An organization that stays fresh: fetched again and again, verified each time, kept for the next start, and given up
// when it is too old. Whatever fails or lies leaves the last good one in its place.
import { bodyOf } from "./body.js";
import { BundleError, keyId, openBundle } from "./bundle.js";
import { DISPOSE, report } from "./platform.js";
import { rehearse } from "./rehearsal.js";
import { createStore } from "./store.js";

/** The largest answer that is read, in bytes. */
const LIMIT = 64_000_000;

/** What is kept beside a bundle fits into the 1,024 bytes that Workers KV has for it. */
const LONGEST_ETAG = 256;

/** Pauses between attempts, in seconds: after the first failure, and at the most. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 60;

/** A timer never sleeps longer, in milliseconds: a computer that was asleep looks at its clock soon. */
const LONGEST_SLEEP = 60_000;

/** Says to `openBundle` that nobody else has the bytes. */
const owned = Symbol.for("scopewise: owned");

export function bundleSource(options) {
  const source = new Source(options);
  return Object.freeze({
    get: (context) => source.get(context),
    refresh: (context) => source.refresh(context),
    subscribe: (run) => source.subscribe(run),
    apply: () => source.apply(),
    [DISPOSE]: () => source.forget(),
  });
}

/** A store for a page whose principal is the source's, as fresh as it is. */
export function storeOf(source, { principal, ...tables } = {}) {
  const store = createStore(undefined, tables);
  const stop = source.subscribe((state) => store.replace(askedOf(state, principal)));
  return Object.freeze({ ...store, stop });
}

/** Keeps it in a namespace of Workers KV, bytes and marks under one key. */
export function kvStorage(namespace) {
  return {
    async get(name) {
      const { value, metadata } = await namespace.getWithMetadata(name, { type: "arrayBuffer" });
      return value === null ? undefined : { bytes: new Uint8Array(value), about: metadata ?? {} };
    },
    put: (name, { bytes, about }) => namespace.put(name, bytes, { metadata: about }),
  };
}

/** Keeps it in a cache of the Cache API: `caches.default`, or what `caches.open` gives. */
export function cacheStorage(cache) {
  const address = (name) => `https://bundles.scopewise.invalid/${encodeURIComponent(name)}`;
  return {
    async get(name) {
      const kept = await (await cache).match(address(name));
      if (kept === undefined) return undefined;
      return { bytes: new Uint8Array(await kept.arrayBuffer()), about: JSON.parse(kept.headers.get("x-scopewise") ?? "{}") };
    },
    async put(name, { bytes, about }) {
      const headers = { "cache-control": "max-age=31536000", "x-scopewise": JSON.stringify(about) };
      await (await cache).put(address(name), new Response(bytes, { headers }));
    },
  };
}

class Source {
  #options;
  #storage;
  #name;
  /** The bundle whose organization is given out, and a newer one that waits to be. */
  #active;
  #waiting;
  /** For each key the highest version that it was seen to sign. */
  #marks = {};
  #unanchored = true;
  #etag;
  #ids;
  #started;
  #flight;
  #failures = 0;
  #nextTry = 0;
  #error;
  #subscribers = new Set();
  #told;
  #timer;

  constructor({ url, organization, principal = null, kv, cache, storage, ...given }) {
    const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    if (typeof organization !== "string") throw new TypeError("a source says whose bundles it takes: `organization`");
    const now = options.now ?? Date.now;
    // A clock for dates may jump; how long ago something was is asked of one that does not.
    const elapsed = options.elapsed ?? (() => performance.now());
    const defaults = { staleWhileRevalidate: 60, stopAge: 3600, timeout: 10, minVersion: 0, activate: (apply) => apply() };
    this.#options = { ...defaults, ...options, url, organization, principal, now, elapsed };
    this.#storage = storage ?? (kv && kvStorage(kv)) ?? (cache && cacheStorage(cache));
    this.#name = `scopewise:${organization}:${principal ?? "*"}`;
    this.#unanchored = options.minVersion === undefined;
  }

  get(context = {}) {
    if (this.#started?.done !== true) return this.#starting(context).then(() => this.#answer(context));
    return this.#answer(context);
  }

  async refresh(context = {}) {
    await this.#starting(context);
    await this.#attempting(context);
    return this.#state();
  }

  subscribe(run) {
    const subscriber = (state) => run(state);
    this.#subscribers.add(subscriber);
    tell(subscriber, this.#state());
    this.#wake();
    return () => void this.#subscribers.delete(subscriber);
  }

  apply() {
    if (this.#waiting === undefined) return;
    [this.#active, this.#waiting] = [this.#waiting, undefined];
    this.#tell();
  }

  /** Gives all memory back and tells nobody any more. Whoever asks again begins with what is kept or fetched. */
  forget() {
    this.#subscribers.clear();
    clearTimeout(this.#timer);
    [this.#active, this.#waiting].forEach(letGo);
    this.#active = this.#waiting = this.#etag = undefined;
    this.#nextTry = 0;
  }

  /** At once while it is fresh, and while a stale one will do until the next is there. */
  #answer(context) {
    if (!this.#isDue) return this.#state();
    const attempt = this.#attempting(context);
    const { staleWhileRevalidate } = this.#options;
    const willDo = this.#active !== undefined && this.#ageOf(this.#active) < this.#maxAgeOf(this.#active) + staleWhileRevalidate;
    return willDo && !this.#isStopped ? this.#state() : attempt.then(() => this.#state());
  }

  #state() {
    // Who never applied the newer one would be left with nothing.
    if (this.#isStopped) this.apply();
    const about = { unanchored: this.#unanchored, ...(this.#error && { error: this.#error }) };
    const bundle = this.#active;
    if (bundle === undefined) return { organization: null, status: "empty", ...about };
    const { version, issuedAt, validUntil } = bundle.label;
    const told = { ...about, version, issuedAt, ...(validUntil && { validUntil }) };
    if (this.#isStopped) return { organization: null, status: "stopped", ...told };
    const isFresh = this.#ageOf(bundle) < this.#maxAgeOf(bundle);
    return { organization: bundle.organization, status: isFresh ? "fresh" : "stale", ...told };
  }

  /** The newest that was taken, given out already or not. */
  get #newest() {
    return this.#waiting ?? this.#active;
  }

  get #isStopped() {
    return this.#active !== undefined && !(this.#ageOf(this.#active) < this.#options.stopAge);
  }

  get #isDue() {
    return !this.#isFresh && this.#options.elapsed() >= this.#nextTry;
  }

  get #isFresh() {
    return this.#newest !== undefined && this.#ageOf(this.#newest) < this.#maxAgeOf(this.#newest);
  }

  /** In seconds. It never grows more slowly than time goes by, however the clock is set. */
  #ageOf({ label, ageTaken, takenAt }) {
    const { now, elapsed } = this.#options;
    return Math.max(now() - Number(label.issuedAt), ageTaken + elapsed() - takenAt) / 1000;
  }

  /** Fresh is what the bundle and whoever asks for it both call so. */
  #maxAgeOf({ label }) {
    return Math.min(this.#options.maxAge ?? Infinity, label.maxAgeSeconds ?? 0);
  }

  /** What was kept is looked at before anything else, once. */
  #starting(context) {
    if (this.#started === undefined) {
      const started = { done: false };
      started.promise = this.#anchored().finally(() => (started.done = true));
      this.#started = started;
    }
    return this.#patiently(this.#started.promise, context);
  }

  async #anchored() {
    try {
      this.#error = await this.#adopt();
      if ((await this.#leastVersion()) > 0) this.#unanchored = false;
    } catch (error) {
      this.#error = error;
    }
  }

  /** One attempt at a time, whoever asks. One that never ends is given up. */
  #attempting(context) {
    const { elapsed, timeout } = this.#options;
    if (this.#flight === undefined || elapsed() - this.#flight.since > timeout * 2000) {
      const flight = { since: elapsed() };
      flight.promise = this.#attempt()
        .then((trouble) => this.#settle(0, trouble), (error) => this.#settle(this.#failures + 1, error))
        .finally(() => this.#flight === flight && (this.#flight = undefined));
      this.#flight = flight;
    }
    return this.#patiently(this.#flight.promise, context);
  }

  /** A worker ends what no request waits for; and nobody waits longer than an attempt may take. */
  async #patiently(promise, context) {
    // A function of the platform's own, which has to be called on its object.
    context?.waitUntil?.(promise);
    await within(this.#options.timeout * 2, promise, () => {});
  }

  /** Gives back what went wrong beside the fetching, if anything did. */
  async #attempt() {
    // Another instance may have kept a fresh one.
    const trouble = await this.#adopt();
    if (this.#isFresh) return trouble;
    const response = await this.#fetched();
    if (response.status === 304 && this.#newest !== undefined) return trouble;
    if (!response.ok) throw new Error(`the bundle cannot be fetched: ${response.status}`);
    const bytes = await bodyOf(response, this.#options.maxBytes ?? LIMIT);
    const isNew = this.#take(await this.#opened(bytes, true));
    this.#etag = response.headers.get("etag") ?? undefined;
    return isNew ? ((await this.#keep(bytes)) ?? trouble) : trouble;
  }

  #fetched() {
    const { url, fetch = globalThis.fetch, headers, timeout } = this.#options;
    const sent = new Headers(headers);
    if (this.#etag !== undefined && this.#newest !== undefined) sent.set("if-none-match", this.#etag);
    return this.#rehearsing(fetch(url, { headers: sent, signal: AbortSignal.timeout(timeout * 1000) }));
  }

  /** What answers later gives time to rehearse what is done with it. */
  #rehearsing(answer) {
    rehearse(answer, this.#options.Organization, (options) => new Source(options));
    return answer;
  }

  /** Takes over what is kept: the marks in any case, the bundle if it would be taken from anybody. */
  async #adopt() {
    try {
      const kept = await this.#inTime(this.#rehearsing(this.#storage?.get(this.#name)));
      if (kept === undefined || kept === null) return undefined;
      for (const [key, version] of Object.entries(kept.about.marks ?? {})) this.#mark(key, version);
      if (this.#take(await this.#opened(kept.bytes))) this.#etag = kept.about.etag;
      return undefined;
    } catch (error) {
      return error;
    }
  }

  async #keep(bytes) {
    try {
      const etag = this.#etag?.length > LONGEST_ETAG ? undefined : this.#etag;
      const about = { marks: Object.fromEntries(await this.#trustedMarks()), etag };
      await this.#inTime(this.#storage?.put(this.#name, { bytes: bytes.slice(), about }));
      return undefined;
    } catch (error) {
      return error;
    }
  }

  /** What a storage answers. One that hangs has failed: there is a source beside it. */
  #inTime(answer) {
    const { timeout } = this.#options;
    return within(timeout, answer, () => {
      throw new Error(`the storage gave no answer within ${timeout} seconds`);
    });
  }

  #mark(key, version) {
    if (Number.isSafeInteger(version)) this.#marks[key] = Math.max(this.#marks[key] ?? 0, version);
  }

  async #opened(bytes, isOwned = false) {
    const { publicKeys, revoked, organization, principal, stopAge, now, Organization } = this.#options;
    const wanted = { organization, principal, minVersion: await this.#leastVersion(), maxAge: stopAge, now: now() };
    return openBundle(bytes, { publicKeys, revoked, Organization, [owned]: isOwned, ...wanted });
  }

  async #leastVersion() {
    return Math.max(this.#options.minVersion, ...(await this.#trustedMarks()).map(([, version]) => version));
  }

  /** Those of keys which are still trusted: one that was stolen says nothing any more. */
  async #trustedMarks() {
    const { publicKeys, revoked = [] } = this.#options;
    this.#ids ??= await Promise.all(Array.from(publicKeys, keyId));
    return Object.entries(this.#marks).filter(([key]) => this.#ids.includes(key) && !Array.from(revoked).includes(key));
  }

  /** Whether it is newer than what is there. */
  #take(opened) {
    const { version, issuedAt } = opened.label;
    const before = this.#newest?.label;
    const isNew = before === undefined || version > before.version || (version === before.version && issuedAt > before.issuedAt);
    if (!isNew) {
      letGo(opened);
      return false;
    }
    const { now, elapsed, activate } = this.#options;
    this.#mark(opened.key, version);
    letGo(this.#waiting);
    this.#waiting = { ...opened, ageTaken: Math.max(0, now() - Number(issuedAt)), takenAt: elapsed() };
    if (this.#active === undefined) this.apply();
    else tell(activate, () => this.apply());
    return true;
  }

  #settle(failures, error) {
    this.#failures = failures;
    this.#error = error;
    this.#nextTry = this.#options.elapsed() + 1000 * this.#pause() * (0.5 + Math.random() / 2);
    this.#tell();
  }

  /** In seconds. A source that has nothing fresher yet is asked again soon, one that fails less and less often. */
  #pause() {
    if (this.#failures > 0) return Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1));
    return Math.min(30, Math.max(1, this.#maxAgeOf(this.#newest) / 10));
  }

  /** Tells the subscribers, if there is something new. */
  #tell() {
    const state = this.#state();
    const same = ["organization", "status", "version", "error"].every((name) => state[name] === this.#told?.[name]);
    this.#told = state;
    if (!same) [...this.#subscribers].forEach((subscriber) => tell(subscriber, state));
    this.#wake();
  }

  /** While somebody subscribes it refreshes by itself, and tells when it grows stale. */
  #wake() {
    clearTimeout(this.#timer);
    if (this.#subscribers.size === 0) return;
    this.#timer = setTimeout(() => this.#woken(), this.#sleep());
    this.#timer.unref?.();
  }

  async #woken() {
    await this.get();
    this.#tell();
  }

  /** Until the next thing that changes by time alone, in milliseconds. */
  #sleep() {
    const { elapsed, stopAge } = this.#options;
    if (this.#started?.done !== true) return 0;
    const wait = Math.max(0, this.#nextTry - elapsed());
    const ages = [this.#active, this.#newest].filter((it) => it !== undefined);
    const until = ages.flatMap((it) => [this.#maxAgeOf(it), stopAge].map((age) => (age - this.#ageOf(it)) * 1000));
    const changes = until.filter((time) => time > 0);
    return Math.min(LONGEST_SLEEP, ...changes, ...(this.#isFresh ? [] : [wait])) + 1;
  }
}

/** What comes of a promise, or of `late` once so many seconds are over. */
async function within(seconds, promise, late) {
  let timer;
  const over = new Promise((resolve) => (timer = setTimeout(resolve, seconds * 1000)));
  return Promise.race([promise, over.then(late)]).finally(() => clearTimeout(timer));
}

/** Gives the memory back of what nobody was given: no collector looks into that of the engine. */
function letGo(opened) {
  opened?.organization[DISPOSE]?.();
}

/** One that throws leaves no other behind, and no attempt fails by it. */
async function tell(subscriber, state) {
  try {
    await subscriber(state);
  } catch (error) {
    report(error);
  }
}

/** Whoever is asked for that state: nobody, or the principal, whose decisions say that they are stale. */
function askedOf({ organization, status }, name) {
  const principal = organization?.principal(name);
  if (principal === undefined || status === "fresh") return principal;
  return {
    name: principal.name,
    can: (...question) => principal.can(...question),
    decide: (...question) => ({ ...principal.decide(...question), stale: true }),
  };
}
