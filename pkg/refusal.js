// What a gate answers where it lets nothing through: problems as RFC 9457 has them.

/** The header that lists the scopes that a route takes. */
export const ACCEPTED = "scopewise-accepted-scopes";

const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
};

/** A problem as an answer. `more` is what it tells beyond its code. */
export function refusal(status, code, { route, detail, headers = {}, ...more } = {}) {
  const body = { type: "about:blank", title: TITLES[status], status, code, detail, ...more };
  const common = { "cache-control": "no-store", "content-type": "application/problem+json" };
  return new Response(JSON.stringify(body), { status, headers: { ...common, ...accepted(route), ...headers } });
}

/**
 * The one answer for what is not there and for what somebody may not know of. It says nothing of the request, so that
 * one cannot be told from the other.
 */
export function hidden(needs) {
  return refusal(404, "not_found", { route: needs, detail: "there is no such thing, or you may not know of it" });
}

function accepted(needs) {
  if (needs?.needs !== "scope") return {};
  return { [ACCEPTED]: Array.from(new Set(needs.scopes.map(({ scope }) => scope))).join(", ") };
}
