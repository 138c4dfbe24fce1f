// What administrators ask, over the module that has it.
import { Frozen, Principal, ask, over } from "./organization.js";

/** Everything of `scopewise/admin` over a runtime. */
export function questions(runtime) {
  return { Organization: over(runtime, Administered, Principal) };
}

class Administered extends Frozen {
  principals() {
    return this[ask]((it) => it.principals(), () => []);
  }
}
