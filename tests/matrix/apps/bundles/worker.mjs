// A Worker whose organization follows a bundle, and that says what it has got of it.
import { bundleSource } from "scopewise/bundle-source";

const dev = "stack:acme/web/dev";
let source;

export default {
  async fetch(_, env, context) {
    source ??= bundleSource({ ...env.OPTIONS, kv: env.BUNDLES, cache: env.IS_CACHED ? caches.default : undefined });
    const { organization, error, ...state } = await source.get(context);
    const may = organization?.principal("user:bob").can("stack:write", dev) ?? false;
    return Response.json({ ...state, may, error: error && (error.code ?? String(error)) });
  },
};
