// The page without a framework.
import { storeOf } from "../../pkg/given.js";
import { attributes, controls, dev, prod, stacks } from "./cases.js";

export function mount(target, given) {
  const stop = storeOf(given).subscribe((permissions) => target.replaceChildren(page(permissions)));
  return { unmount: () => (stop(), target.replaceChildren()) };
}

function page(permissions) {
  const shown = controls.map((it) => [it, permissions.control(it.scope, it.entity)]).filter(([, { state }]) => state !== "hidden");
  const buttons = shown.map(([{ name }, control]) => element("button", name, attributes(control)));
  const { effect, reason } = permissions.decide("stack:delete", dev);
  const list = element("ul");
  list.append(...permissions.filter(stacks, "stack:write").map(({ title }) => element("li", title)));
  const may = permissions.can("stack:delete", prod) ? element("b", "all yours") : element("em", "ask an administrator");
  const main = element("main");
  main.append(...buttons, element("output", `${permissions.can("stack:delete", dev)} ${effect} ${reason}`), list, may);
  return main;
}

function element(name, text = "", values = {}) {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(values)) if (value !== undefined && value !== false) made.setAttribute(key, value);
  return made;
}
