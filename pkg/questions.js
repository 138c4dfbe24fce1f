// What servers and administrators ask, over the module that has it.
import { Frozen, Principal, ask, calling, engine, over } from "./organization.js";

/** Everything of `scopewise/admin` over a runtime. */
export function questions(runtime) {
  return { Organization: over(runtime, AskedOrganization, AskedPrincipal) };
}

class AskedOrganization extends Frozen {
  principals() {
    return this[ask]((it) => it.principals(), () => []);
  }

  toBundle(label) {
    return calling(() => this[engine].to_bundle(...written(label)));
  }
}

class AskedPrincipal extends Principal {
  project(label) {
    return calling(() => this[engine].project(this.name, ...written(label)));
  }
}

/** The label of a bundle as the module takes it. */
function written({ version = 0, issuedAt = Date.now(), maxAgeSeconds } = {}) {
  return [version, Number(issuedAt), maxAgeSeconds];
}
