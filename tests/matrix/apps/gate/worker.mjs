// A Worker with a gate before an origin, and beside it the same without one.
import { Organization } from "scopewise";
import { createGate } from "scopewise/edge";
import { Routes } from "scopewise/routes";
import { document, table } from "./rules.mjs";

const secret = new Uint8Array(32).fill(5);
const organization = Organization.parse(document);
const options = {
  organization,
  routes: Routes.parse(table),
  authenticate: (request) => request.headers.get("x-test-user"),
  onUnknown: "deny",
};
const gates = {
  signed: createGate({ ...options, sign: { key: { secret }, id: "edge" } }),
  plain: createGate(options),
};

export default {
  fetch(request, env, context) {
    const forward = (it) => fetch(new Request(env.ORIGIN + it.url.slice(new URL(it.url).origin.length), it));
    if (env.GATE === "none") return forward(request);
    return gates[env.GATE].fetch(request, forward, context);
  },
};
