// The showroom: every entity of the organization on its card, by type, as far as the filter lets it through.

import { cardElement, markAsked, markCard, unfold } from "./card.js";
import { byId, el, matches, reveal } from "./dom.js";
import { typeWords } from "./words.js";

/** So many cards of a type are drawn at once; the filter reaches the others. */
const MOST = 60;

/** The cards; `ask` is called with an entity, a scope and its button, `visible` with the entities that are drawn. */
export function entitiesView({ ask, visible }) {
  const list = byId("entity-list");
  const filter = byId("entity-filter");
  const room = { entities: [], catalog: null, tags: new Map(), page: null, question: {} };
  const cards = () => [...list.querySelectorAll(".entity")];

  function draw() {
    const open = new Set(cards().filter(isOpen).map(nameOf));
    const groups = pick(room, filter.value);
    list.replaceChildren(...groups.map((group) => groupElement(group, room)));
    if (groups.length === 0) list.append(el("p", { class: "hint" }, `No entity matches “${filter.value}”.`));
    for (const card of cards()) card.querySelector("details").open = open.has(nameOf(card));
    visible(groups.flatMap((group) => group.drawn));
    select(room.question);
  }

  function mark(page) {
    room.page = page;
    for (const card of cards()) markCard(card, page);
  }

  function select(question) {
    room.question = question;
    for (const card of cards()) markAsked(card, question);
  }

  function open(card) {
    unfold(card, room.catalog);
    markCard(card, room.page);
    markAsked(card, room.question);
  }

  filter.addEventListener("input", draw);
  list.addEventListener("toggle", ({ target }) => target.open && open(target.closest(".entity")), true);
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-scope]");
    if (button) ask(nameOf(button.closest(".entity")), button.dataset.scope, button);
  });

  return {
    /** Puts the answers of a decided page on the buttons. */
    mark,
    /** Shows which button the question is about. */
    select,
    /** Draws the cards anew: another document, or other tags. */
    show(entities, catalog, tags) {
      Object.assign(room, { entities, catalog, tags });
      draw();
    },
    /** Brings an entity into sight where the column scrolls by itself. */
    reveal(entity) {
      reveal(byId("entities"), cardOf(list, entity), { top: byId("summary").offsetHeight, left: 0 });
    },
    /** Puts the keyboard on the first button of an entity. */
    focus(entity) {
      cardOf(list, entity).querySelector("button").focus();
    },
  };
}

/** Groups by type what the filter lets through; the entity in question is always among it. */
function pick({ entities, catalog, question: { entity: asked } }, typed) {
  const found = entities.filter((entity) => entity.entity === asked || matches(typed, entity.entity, tagText(entity)));
  return catalog.entityTypes
    .map(({ name: type }) => group(type, found, asked))
    .filter(({ drawn }) => drawn.length > 0);
}

function group(type, found, asked) {
  const all = found.filter((entity) => entity.type === type);
  const beyond = all.slice(MOST);
  const drawn = all.slice(0, MOST).concat(beyond.filter(({ entity }) => entity === asked));
  return { type, drawn, total: all.length };
}

function tagText({ tags }) {
  const texts = Object.entries(tags ?? {}).map(([key, value]) => `${key}=${value}`);
  return texts.join(" ");
}

function groupElement({ type, drawn, total }, { catalog, tags }) {
  const title = `type-${type}`;
  const count = type !== catalog.organizationType && el("span", { class: "count" }, total.toLocaleString("en"));
  const left = total - drawn.length;
  return el(
    "section",
    { class: "kind", "aria-labelledby": title },
    el("h3", { id: title }, typeWords(type).many, count),
    el("div", { class: "cards" }, ...drawn.map((entity) => cardElement(entity, catalog, tags.get(entity.entity)))),
    left > 0 && el("p", { class: "hint" }, `${left.toLocaleString("en")} more: filter to see them.`),
  );
}

function nameOf(card) {
  return card.dataset.entity;
}

function isOpen(card) {
  return card.querySelector("details").open;
}

function cardOf(list, entity) {
  return list.querySelector(`.entity[data-entity="${CSS.escape(entity)}"]`);
}
