import type { BundleLabel, Documented, Organization, Vocabulary } from "./index.js";
import { ScopewiseError } from "./index.js";

/** Why a signed bundle is not taken. */
export type BundleRefusal =
  | "not_signed"
  | "unknown_form"
  | "too_large"
  | "damaged"
  | "unknown_key"
  | "revoked_key"
  | "wrong_signature"
  | "other_organization"
  | "other_principal"
  | "older"
  | "future"
  | "expired"
  /** The signature is right, and what it covers is no bundle that this version opens. */
  | "content"
  /** The platform has no Ed25519 in WebCrypto: nothing can be trusted there. */
  | "no_crypto";

/** A signed bundle that is not taken. */
export class BundleError extends ScopewiseError {
  readonly code: BundleRefusal;
}

/** A public Ed25519 key: the PEM that `scopewise keygen` and OpenSSL write, or its 32 bytes. */
export type PublicKey = string | Uint8Array;

/** Whom bundles are taken from. */
export interface Trusted {
  /** Two at once while one takes the place of the other. */
  publicKeys: Iterable<PublicKey>;
  /** Ids of keys from which nothing is taken any more, also where they are among the trusted ones. */
  revoked?: Iterable<string>;
}

/** Whom a bundle is taken from, and which. */
export interface Trust extends Trusted {
  /** Takes this organization alone. */
  organization?: string;
  /** Takes this principal's part alone; null: whole organizations alone. Without it any will do. */
  principal?: string | null;
  /** Takes no version of the document before this one: the highest that was ever seen. */
  minVersion?: number;
  /** Takes bundles that were made so many seconds ago at the most, in place of what they say of themselves. */
  maxAge?: number;
  /** The time, in the place of the platform's clock. */
  now?: Date | number;
  /** The class that opens it, of another door: that of `scopewise/slim` or `scopewise/admin`. */
  Organization?: { open(bundle: Uint8Array): Organization };
}

/** A bundle that was verified and opened. */
export interface Opened<V extends Vocabulary = Documented> {
  organization: Organization<V>;
  label: BundleLabel;
  /** The id of the key that signed it. */
  key: string;
}

/**
 * Opens a signed bundle, as `scopewise bundle` makes it. Rejects with a {@link BundleError} for whatever is not exactly
 * as it is wanted, and opens nothing that none of the keys vouches for.
 */
export function openBundle<V extends Vocabulary = Documented>(
  bundle: Uint8Array | ArrayBuffer,
  trust: Trust,
): Promise<Opened<V>>;

/**
 * Signs a bundle, as `toBundle` and `project` of `scopewise/admin` make it, with a private key as PEM (PKCS#8). The bundle
 * has to say when it was made and for how long it is fresh. For servers.
 */
export function signBundle(bundle: Uint8Array | ArrayBuffer, signingKey: string): Promise<Uint8Array>;

/** The id of a key: 16 hexadecimal digits of the SHA-512 of its 32 bytes. */
export function keyId(publicKey: PublicKey): Promise<string>;
