// A Cloudflare Worker before an origin: a request whose caller lacks what its route needs does not travel.
import { Organization } from "scopewise";
import { createGate } from "scopewise/edge";
import { Routes } from "scopewise/routes";
import { authenticate, document, table } from "./rules.js";

const organization = Organization.parse(document);
const gate = createGate({ organization, routes: Routes.parse(table), authenticate, onUnknown: "deny" });

export default {
  fetch: (request, env, context) => gate.fetch(request, (it) => toOrigin(it, env), context),
};

function toOrigin(request, env) {
  const { pathname, search } = new URL(request.url);
  return fetch(new Request(env.ORIGIN + pathname + search, request));
}
