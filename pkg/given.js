// What a provider is given, as a store: for the bindings.
import { openSnapshot } from "./snapshot.js";
import { createStore } from "./store.js";

/** What a server rendered by a snapshot hydrates by it too, and goes on with the principal as soon as there is one. */
export function storeOf({ store, principal, snapshot, messages, reads }) {
  if (store !== undefined) return store;
  if (snapshot === undefined) return createStore(principal, { messages, reads });
  const made = createStore(openSnapshot(snapshot), { messages, reads });
  if (principal !== undefined && principal !== null) made.replace(principal);
  return made;
}
