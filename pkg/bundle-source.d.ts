import type { Trusted } from "./bundle.js";
import type { Documented, Organization, Vocabulary } from "./index.js";
import type { Registered, Store, Tables } from "./store.js";

/** What gives a worker or a page its organization, and says how fresh it is. */
export interface OrganizationSource<V extends Vocabulary = Documented> {
  /**
   * At once while it is fresh, and while a stale one will do until the next is there; else as soon as an attempt to get
   * one has ended. Never rejects. A worker passes its `context`, so that an attempt outlives the request that began it.
   */
  get(context?: SourceContext): Promise<SourceState<V>> | SourceState<V>;
}

export interface SourceContext {
  waitUntil?(promise: Promise<unknown>): void;
}

export interface SourceState<V extends Vocabulary = Documented> {
  /** Null: nothing yet, or past the stop age. Then the answer to everything is deny. */
  organization: Organization<V> | null;
  /** `stale`: older than it should be, and not yet too old. `stopped`: too old. `empty`: there never was one. */
  status: "fresh" | "stale" | "stopped" | "empty";
  /** No version was known when it started: what came first could have been an older one than was out. */
  unanchored: boolean;
  /** The version of the document. */
  version?: number;
  issuedAt?: Date;
  /** When the first of its tokens expires. */
  validUntil?: Date;
  /** Why the last attempt did not bring a newer one; absent after one that went well. */
  error?: Error;
}

/** A source that follows signed bundles. */
export interface BundleSource<V extends Vocabulary = Documented> extends OrganizationSource<V> {
  /** Makes an attempt now, whatever the age. */
  refresh(context?: SourceContext): Promise<SourceState<V>>;
  /**
   * Calls `run` with the state at once and after every change, until the function that comes back is called. While
   * somebody subscribes it refreshes by itself.
   */
  subscribe(run: (state: SourceState<V>) => void): () => void;
  /** Puts a newer organization that waits in the place of the one that is given out. */
  apply(): void;
  /** Gives the memory back, also of the organization that was given out last, and tells nobody any more. */
  [Symbol.dispose](): void;
}

/** What is kept under a name: the bytes, and what is known beside them, as JSON has it. */
export interface Kept {
  bytes: Uint8Array;
  about: { marks?: Record<string, number>; etag?: string };
}

/** Where a bundle is kept for the next start. What comes back is verified as if it came from anywhere. */
export interface BundleStorage {
  get(name: string): Promise<Kept | null | undefined>;
  put(name: string, kept: Kept): Promise<void>;
}

/** A namespace of Workers KV: as much of it as is used. */
export interface KeyValueNamespace {
  getWithMetadata(name: string, options: { type: "arrayBuffer" }): Promise<{ value: ArrayBuffer | null; metadata: unknown }>;
  put(name: string, bytes: any, options: { metadata: any }): Promise<void>;
}

/** A cache of the Cache API: as much of it as is used. */
export interface ResponseCache {
  match(address: string): Promise<{ arrayBuffer(): Promise<ArrayBuffer>; headers: { get(name: string): string | null } } | undefined>;
  put(address: string, response: any): Promise<void>;
}

export interface SourceOptions extends Trusted {
  /** Where the bundle is. */
  url: string | { readonly href: string };
  /** Headers to send along: who asks. */
  headers?: Record<string, string>;
  /** In the place of the platform's `fetch`: that of a service binding. */
  fetch?: (address: any, init: any) => Promise<any>;
  /** The organization that it must be of. */
  organization: string;
  /** The principal whose part it must be; without one it must be the whole organization. */
  principal?: string | null;
  /** The lowest version that is taken, known when this is deployed: a mark for the first start. */
  minVersion?: number;
  /** Seconds after which it is stale, if the bundle does not say so earlier. */
  maxAge?: number;
  /** Seconds past that in which a stale one is answered with at once, while another is fetched: 60. */
  staleWhileRevalidate?: number;
  /** Seconds after which everything is denied: 3600. */
  stopAge?: number;
  /** Seconds after which an answer is not waited for any longer: 10. */
  timeout?: number;
  /** The largest answer that is read, in bytes: 64,000,000. */
  maxBytes?: number;
  /** A namespace of Workers KV, to keep it in for all instances. */
  kv?: KeyValueNamespace;
  /** A cache to keep it in: `caches.default`, or what `caches.open` gives. */
  cache?: ResponseCache | Promise<ResponseCache>;
  /** Somewhere else to keep it in. */
  storage?: BundleStorage;
  /**
   * Is told that a newer organization waits, and calls `apply` when it may take the place of the old one: at once, if
   * this is absent. Past the stop age of the old one nothing waits any longer.
   */
  activate?: (apply: () => void) => void;
  /** The clock, in milliseconds since 1970. */
  now?: () => number;
  /** A clock that never jumps, in milliseconds since whenever. */
  elapsed?: () => number;
  /** The class that opens bundles, of another door: that of `scopewise/slim` or `scopewise/admin`. */
  Organization?: { open(bundle: Uint8Array): Organization };
}

/** An organization that follows the bundle at an address: see `docs/bundles.md`. */
export function bundleSource<V extends Vocabulary = Documented>(options: SourceOptions): BundleSource<V>;

/**
 * A store for a page: its principal is the source's, at any time as fresh as that. Decisions of a stale one say so. Without
 * a name it is the principal whose part the bundle is.
 */
export function storeOf<V extends Vocabulary = Registered>(
  source: Pick<BundleSource<any>, "subscribe">,
  options?: Tables & { principal?: string },
): Store<V> & { readonly stop: () => void };

export function kvStorage(namespace: KeyValueNamespace): BundleStorage;
export function cacheStorage(cache: ResponseCache | Promise<ResponseCache>): BundleStorage;
