// What the tests reach in the page beside a binding: the engine, its principals and a store that counts.
import { Organization } from "../../pkg/index.js";
import { createStore } from "../../pkg/store.js";
import { openSnapshot } from "../../pkg/snapshot.js";

export { createStore, openSnapshot };

/** A principal of a document. */
export const principal = (document, name) => Organization.parse(document).principal(name);

/** The store, and how many are subscribed to it. */
export function counted(store) {
  const count = { now: 0, most: 0 };
  const subscribe = (run) => {
    const stop = store.subscribe(run);
    count.most = Math.max(count.most, (count.now += 1));
    return () => ((count.now -= 1), stop());
  };
  return { store: { ...store, subscribe }, count };
}

/** Everything that the element shows from now on, each once, as often as it changes: what a person could see. */
export function watching(target) {
  const seen = new Set();
  const look = () => requestAnimationFrame(() => (seen.add(target.innerText), look()));
  new MutationObserver(() => seen.add(target.innerText)).observe(target, { subtree: true, childList: true, characterData: true });
  look();
  return () => [...seen];
}
