// Who sends a request, by a token that somebody trusted has signed. `jose` checks it; what its claims mean is the app's.
import { createLocalJWKSet, createRemoteJWKSet, errors, jwtVerify } from "jose";

/** Errors that are the token's own fault; all others are of those who should check it. */
const OWN_FAULT = /^ERR_(JWT|JWS|JOSE_ALG|JOSE_NOT_SUPPORTED|JWKS_NO_MATCHING_KEY|JWKS_MULTIPLE_MATCHING_KEYS)/;

/** `authenticate` of a gate: the bearer token of a request, checked, and the principal that its claims stand for. */
export function jwtAuthenticate(options) {
  const { principal, clockToleranceSeconds = 5 } = options;
  const { issuer, audience, algorithms } = checked(options);
  const keys = keysOf(options.keys);
  const rules = { issuer, audience, algorithms, clockTolerance: clockToleranceSeconds, requiredClaims: ["exp"] };
  return async (request) => {
    const [, token] = /^Bearer +([^ ,]+)$/i.exec(request.headers.get("authorization") ?? "") ?? [];
    if (token === undefined) return null;
    let verified;
    try {
      verified = await jwtVerify(token, keys, rules);
    } catch (thrown) {
      if (thrown instanceof errors.JOSEError && OWN_FAULT.test(thrown.code)) return null;
      throw thrown;
    }
    return principal(verified.payload, request);
  };
}

/** The address of a key set, a key set, or one key. */
function keysOf(keys) {
  if (keys instanceof URL) return createRemoteJWKSet(keys);
  return Array.isArray(keys?.keys) ? createLocalJWKSet(keys) : keys;
}

/** All of them have to be said: a token without an audience is one for everybody. */
function checked({ issuer, audience, algorithms, keys, principal }) {
  const isSaid = (value) => (Array.isArray(value) ? value.length > 0 && value.every((it) => it) : Boolean(value));
  const missing = Object.entries({ issuer, audience, keys }).filter(([, value]) => !isSaid(value));
  if (missing.length > 0) throw new TypeError(`\`${missing[0][0]}\` must be given`);
  if (!Array.isArray(algorithms) || !isSaid(algorithms))
    throw new TypeError('`algorithms` lists those that are taken, as `["RS256"]`');
  if (typeof principal !== "function")
    throw new TypeError("`principal` is a function from claims to the name of a principal, or null");
  return { issuer, audience, algorithms };
}
