// A Worker before an origin. It decides by the bundle of a server, keeps that in Workers KV, and tells what it has.
import { bundleSource } from "scopewise/bundle-source";
import { createGate } from "scopewise/edge";
import { Routes } from "scopewise/routes";
import { table } from "./rules.mjs";
import { told } from "./told.mjs";

const sessions = { "Bearer session-of-ann": "user:ann", "Bearer session-of-bob": "user:bob", "Bearer session-of-cy": "user:cy" };
const routes = Routes.parse(table);
let edge;

export default {
  async fetch(request, env, context) {
    edge ??= edgeOf(env);
    const { pathname, origin } = new URL(request.url);
    if (pathname === "/edge") return Response.json(told(await edge.source.get(context)));
    return edge.gate.fetch(request, (it) => fetch(new Request(env.ORIGIN + it.url.slice(origin.length), it)), context);
  },
};

function edgeOf(env) {
  const source = bundleSource({
    url: `${env.SERVER}/v1/bundle`,
    headers: { authorization: `Bearer ${env.TOKEN}` },
    organization: "acme",
    publicKeys: [env.PUBLIC_KEY],
    kv: env.BUNDLES,
    staleWhileRevalidate: 0,
    stopAge: env.STOP_AGE,
  });
  const gate = createGate({
    organization: source,
    routes,
    authenticate: ({ headers }) => sessions[headers.get("authorization")],
    onUnknown: "deny",
    sign: { key: { secret: new TextEncoder().encode(env.SECRET) }, id: "edge" },
  });
  return { source, gate };
}
