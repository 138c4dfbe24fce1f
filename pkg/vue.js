// The binding for Vue 3.4 and later. Components are made by calls, so that this file is what is shipped.
import { computed, defineComponent, getCurrentInstance, inject, onMounted, onUnmounted, provide, shallowRef, toValue, watch } from "vue";
import { storeOf } from "./given.js";

const STORE = Symbol("scopewise");

/** Gives a store to everything below: as a component around a part of the page, or as a plugin to all of it. */
export const Scopewise = defineComponent({
  name: "Scopewise",
  props: ["store", "principal", "snapshot", "messages", "reads"],
  setup(props, { slots }) {
    const store = storeOf(props);
    provide(STORE, store);
    if (props.store === undefined) watch(() => props.principal, store.replace);
    return () => slots.default?.();
  },
});
Scopewise.install = (app, given = {}) => void app.provide(STORE, storeOf(given));

export function useScopewise() {
  const store = inject(STORE, undefined);
  if (store === undefined) throw new Error("there is no `<Scopewise>` above this component: put one around the page");
  return store;
}

export function usePermissions() {
  const store = useScopewise();
  const permissions = shallowRef(isHydrating() ? store.getServerSnapshot() : store.getSnapshot());
  let stop;
  // Subscribing tells the value at once, so that what was replaced meanwhile is not missed. A server mounts nothing.
  onMounted(() => (stop = store.subscribe((value) => (permissions.value = value))));
  onUnmounted(() => stop?.());
  return permissions;
}

export function useCan(scope, entity, context) {
  return asked("can", scope, entity, context);
}

export function useDecision(scope, entity, context) {
  return asked("decide", scope, entity, context);
}

export function useControl(scope, entity, context) {
  return asked("control", scope, entity, context);
}

export const Can = defineComponent({
  name: "Can",
  props: ["scope", "on", "context"],
  setup(props, { slots }) {
    const allowed = useCan(() => props.scope, () => props.on, () => props.context);
    return () => (allowed.value ? slots.default?.() : slots.fallback?.());
  },
});

function asked(question, scope, entity, context) {
  const permissions = usePermissions();
  return computed(() => permissions.value[question](toValue(scope), toValue(entity), toValue(context)));
}

/** Whether this component takes over what a server rendered: Vue has put the node there before it sets up. */
function isHydrating() {
  return Boolean(getCurrentInstance()?.vnode.el);
}
