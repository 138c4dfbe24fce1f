import type { CryptoKey, JSONWebKeySet, JWK, JWTPayload, JWTVerifyGetKey, KeyObject } from "jose";
import type { Authenticated } from "./edge.js";

/** How tokens are checked. `jose` does it, and must be installed. */
export interface JwtOptions {
  /** The address of a key set, a key set, a key, or a function of `jose` that finds one. */
  keys: URL | JSONWebKeySet | CryptoKey | KeyObject | JWK | Uint8Array | JWTVerifyGetKey;
  /** Who has signed it. */
  issuer: string | string[];
  /** Whom it is for. */
  audience: string | string[];
  /** Those that are taken: `["RS256"]`. A token does not choose. */
  algorithms: string[];
  /** How far clocks may be apart: 5 seconds, if absent. */
  clockToleranceSeconds?: number;
  /** The principal that the claims stand for, or null for nobody. */
  principal(
    claims: JWTPayload,
    request: Request,
  ): Authenticated | null | undefined | Promise<Authenticated | null | undefined>;
}

/** `authenticate` of a gate, by the bearer token of a request. One that does not hold is nobody's. */
export function jwtAuthenticate(options: JwtOptions): (request: Request) => Promise<Authenticated | null | undefined>;
