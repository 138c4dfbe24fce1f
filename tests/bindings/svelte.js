// The page in Svelte: a store is all that it needs.
import { flushSync, hydrate as hydrated, mount as mounted, unmount } from "svelte";
import Page from "./Page.svelte";
import { storeOf } from "../../pkg/given.js";

const started = (start) => (target, given) => {
  const page = start(Page, { target, props: { store: storeOf(given) } });
  flushSync();
  return { unmount: () => unmount(page) };
};

export const mount = started(mounted);
export const hydrate = started(hydrated);
