// The binding for React 18 and later. Components are made by calls, so that this file is what is shipped.
"use client";
import { createContext, createElement, useContext, useMemo, useSyncExternalStore } from "react";
import { storeOf } from "./given.js";

const Stores = createContext(undefined);

/** Gives a store to everything below. */
export function Scopewise({ store, principal, snapshot, messages, reads, children }) {
  const given = useMemo(
    () => storeOf({ store, principal, snapshot, messages, reads }),
    [store, principal, snapshot, messages, reads],
  );
  return createElement(Stores.Provider, { value: given }, children);
}

export function useScopewise() {
  const store = useContext(Stores);
  if (store === undefined) throw new Error("there is no `<Scopewise>` above this component: put one around the page");
  return store;
}

export function usePermissions() {
  const { subscribe, getSnapshot, getServerSnapshot } = useScopewise();
  return useSyncExternalStore(subscribe, getSnapshot, getServerSnapshot);
}

export function useCan(scope, entity, context) {
  return usePermissions().can(scope, entity, context);
}

export function useDecision(scope, entity, context) {
  return useSteady(usePermissions().decide(scope, entity, context));
}

export function useControl(scope, entity, context) {
  return useSteady(usePermissions().control(scope, entity, context));
}

export function Can({ scope, on, context, fallback = null, children = null }) {
  return useCan(scope, on, context) ? children : fallback;
}

/** The same object for as long as it says the same: others may depend on it. */
function useSteady(value) {
  return useMemo(() => value, [JSON.stringify(value)]);
}
