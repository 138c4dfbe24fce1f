// The page in Vue, as a template compiles to it.
import { createApp, createSSRApp, defineComponent, h, reactive, shallowReactive } from "vue";
import { Can, Scopewise, useCan, useControl, useDecision, usePermissions } from "../../pkg/vue.js";
import { attributes, controls, dev, prod, stacks } from "./cases.js";

const Control = defineComponent({
  props: ["name", "scope", "entity"],
  setup(props) {
    const control = useControl(() => props.scope, () => props.entity);
    return () => (control.value.state === "hidden" ? null : h("button", attributes(control.value), props.name));
  },
});

const Answers = defineComponent({
  setup() {
    const [may, decision] = [useCan("stack:delete", dev), useDecision("stack:delete", dev)];
    return () => h("output", `${may.value} ${decision.value.effect} ${decision.value.reason}`);
  },
});

const List = defineComponent({
  setup() {
    const permissions = usePermissions();
    return () => h("ul", permissions.value.filter(stacks, "stack:write").map(({ title }) => h("li", title)));
  },
});

const Page = defineComponent({
  setup: () => () =>
    h("main", [
      controls.map((it) => h(Control, { key: it.name, ...it })),
      h(Answers),
      h(List),
      h(Can, { scope: "stack:delete", on: prod }, { default: () => h("b", "all yours"), fallback: () => h("em", "ask an administrator") }),
    ]),
});

export const app = (given) => createSSRApp({ setup: () => () => h(Scopewise, given, () => h(Page)) });

export function mount(target, given) {
  const state = shallowReactive({ ...given });
  const made = createApp({ setup: () => () => h(Scopewise, { ...state }, () => h(Page)) });
  return mounted(made, target, state);
}

export function hydrate(target, given) {
  const state = shallowReactive({ ...given });
  const made = createSSRApp({ setup: () => () => h(Scopewise, { ...state }, () => h(Page)) });
  return mounted(made, target, state);
}

/** By the plugin in the place of the component. */
export function mountPlugin(target, given) {
  return mounted(createApp(Page).use(Scopewise, given), target, {});
}

/** As an app holds things that does not know better. */
export const deep = (given) => reactive(given);

function mounted(made, target, state) {
  made.mount(target);
  return { update: (next) => Object.assign(state, next), unmount: () => made.unmount() };
}
