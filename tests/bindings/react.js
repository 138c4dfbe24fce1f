// The page in React, as an app writes it: `hydrate` and `render` are of the same elements.
import { StrictMode, createElement as el, useEffect } from "react";
import { createRoot, hydrateRoot } from "react-dom/client";
import { Can, Scopewise, useCan, useControl, useDecision, usePermissions } from "../../pkg/react.js";
import { attributes, controls, dev, prod, stacks } from "./cases.js";

function Control({ name, scope, entity }) {
  const control = useControl(scope, entity);
  if (control.state === "hidden") return null;
  return el("button", attributes(control), name);
}

function Answers() {
  const decision = useDecision("stack:delete", dev);
  useEffect(() => void (globalThis.decisions ??= []).push(decision), [decision]);
  return el("output", null, `${useCan("stack:delete", dev)} ${decision.effect} ${decision.reason}`);
}

function List() {
  const permissions = usePermissions();
  return el("ul", null, permissions.filter(stacks, "stack:write").map(({ entity, title }) => el("li", { key: entity }, title)));
}

function Page() {
  globalThis.renders = (globalThis.renders ?? 0) + 1;
  return el(
    "main",
    null,
    controls.map((it) => el(Control, { key: it.name, ...it })),
    el(Answers),
    el(List),
    el(Can, { scope: "stack:delete", on: prod, fallback: el("em", null, "ask an administrator") }, el("b", null, "all yours")),
  );
}

const app = (given) => el(StrictMode, null, el(Scopewise, given, el(Page)));

export function mount(target, given) {
  const root = createRoot(target);
  root.render(app(given));
  return { update: (next) => root.render(app(next)), unmount: () => root.unmount() };
}

export function hydrate(target, given, onRecoverableError) {
  const root = hydrateRoot(target, app(given), { onRecoverableError });
  return { update: (next) => root.render(app(next)), unmount: () => root.unmount() };
}

export { app };
