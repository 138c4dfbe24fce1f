// What administrators ask, over the module that has it.
import { Frozen, Principal, calling, engine, over } from "./organization.js";

/** Everything of `scopewise/admin` over a module that was started. */
export function questions(wasm) {
  return { Organization: over(wasm, Administered, Principal) };
}

class Administered extends Frozen {
  principals() {
    return calling(() => this[engine].principals());
  }
}
