// The guest list: everybody and everything that a document lets ask, as buttons.

import { byId, el, icon, matches, reveal, set } from "./dom.js";

/** So many are drawn at once; the filter reaches the others. */
const MOST = 120;

/** The list; `choose` is called with the principal that was picked. */
export function peopleView(choose) {
  const list = byId("people-list");
  const filter = byId("people-filter");
  let groups = [];
  let chosen = null;

  function draw() {
    const shown = pick(groups, filter.value);
    list.replaceChildren(...shown.groups.map(groupElement), ...remarks(shown, filter.value));
    mark();
  }

  function mark() {
    for (const button of list.querySelectorAll("button")) {
      set(button, { "aria-pressed": String(button.dataset.principal === chosen) });
    }
    reveal(list, list.querySelector("[aria-pressed=true]"), { top: 12, left: 12 });
  }

  filter.addEventListener("input", draw);
  list.addEventListener("keydown", walk);
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) choose(button.dataset.principal);
  });

  return {
    show(next) {
      groups = next;
      draw();
    },
    select(principal) {
      chosen = principal;
      mark();
    },
  };
}

/** The principals that the filter lets through, as many as are drawn. */
function pick(groups, typed) {
  let room = MOST;
  let left = 0;
  const picked = groups.map(({ title, principals }) => {
    const found = principals.filter(({ id, detail }) => matches(typed, id, detail));
    const drawn = found.slice(0, room);
    room -= drawn.length;
    left += found.length - drawn.length;
    return { title, principals: drawn };
  });
  return { groups: picked.filter((group) => group.principals.length > 0), left };
}

function remarks({ groups, left }, typed) {
  if (groups.length === 0) return [el("p", { class: "hint" }, `Nobody is called “${typed}” here.`)];
  return left > 0 ? [el("p", { class: "hint" }, `${left.toLocaleString("en")} more: filter to see them.`)] : [];
}

function groupElement({ title, principals }) {
  return el(
    "div",
    { class: "people-group", role: "group", "aria-label": title },
    el("h2", {}, title),
    el(
      "ul",
      {},
      principals.map((principal) => el("li", {}, button(principal))),
    ),
  );
}

function button({ id, name, kind, detail }) {
  return el(
    "button",
    { type: "button", class: "person", "data-testid": "person", "data-principal": id, "aria-pressed": "false" },
    el(
      "span",
      { class: `avatar ${kind}`, "aria-hidden": "true" },
      kind === "user" ? [...name].slice(0, 2).join("") : icon(kind),
    ),
    el(
      "span",
      { class: "person-text" },
      el("span", { class: "person-name" }, name),
      el("span", { class: "person-detail" }, detail),
    ),
  );
}

/** Arrow keys go through the list, beside the tab key. */
function walk(event) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  buttons[buttons.indexOf(event.target) + step]?.focus();
  event.preventDefault();
}
