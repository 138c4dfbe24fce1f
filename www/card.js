// The shelf: one entity with its tags, its buttons, and all the scopes that its type has.

import { actionsOf } from "./actions.js";
import { groupsOf, scopesOf } from "./catalogs.js";
import { el, icon, set, setIcon, spoken } from "./dom.js";
import { typeOf } from "./model.js";
import { tagChips } from "./tags.js";
import { VERDICTS } from "./words.js";

/** The card of an entity, its buttons not yet decided; `supplied` are the tags that the visitor gave for it. */
export function cardElement(entity, catalog, supplied) {
  const actions = actionsOf(catalog, entity.type).map(actionButton);
  return el(
    "article",
    { class: "entity", "data-testid": "entity", "data-entity": entity.entity, "aria-label": label(entity) },
    head(entity, supplied),
    el("div", { class: "actions", role: "group", "aria-label": `Actions on ${entity.name}` }, actions),
    folded(scopesOf(catalog, entity.type).length),
  );
}

/** Puts the answers of a decided page on the buttons of a card. */
export function markCard(card, page) {
  const { entity } = card.dataset;
  for (const button of buttonsOf(card)) markButton(button, page.effect(entity, button.dataset.scope));
  card.querySelector(".allowed").textContent = `${page.allowed(entity)} allowed`;
}

/** Marks the button that the question is about, if it is on this card. */
export function markAsked(card, { entity, scope }) {
  for (const button of buttonsOf(card)) {
    const asked = button.dataset.scope === scope && card.dataset.entity === entity;
    set(button, { "aria-current": asked && "true" });
  }
}

/** Draws the scopes of a card, the first time that they are asked for: there may be a hundred of them. */
export function unfold(card, catalog) {
  const groups = card.querySelector(".scope-groups");
  if (!groups.hasChildNodes()) groups.append(...groupsOf(catalog, typeOf(card.dataset.entity)).map(scopeGroup));
}

function label({ entity, foreign }) {
  return foreign ? `${entity}, of another organization` : entity;
}

function head(entity, supplied) {
  const { entity: id, name, creator, foreign } = entity;
  return el(
    "div",
    { class: "entity-head" },
    el("h4", { title: id }, name),
    foreign && el("span", { class: "foreign" }, `of another organization, ${foreign}`),
    el("ul", { class: supplied ? "tags supplied" : "tags" }, tagItems(entity, supplied)),
    creator && el("span", { class: "creator" }, `created by ${creator.slice(creator.indexOf(":") + 1)}`),
  );
}

/** The tags that decide: the visitor's, else the document's, else a word for why there are none. */
function tagItems({ type, tags, listed, foreign }, supplied) {
  if (supplied) return [el("li", { class: "note" }, "you say"), ...tagChips(supplied, "no tags")];
  if (foreign) return []; // they would change nothing
  if (!listed) return [el("li", { class: "note unlisted" }, "not listed, tags unknown")];
  return tagChips(tags, type === "organization" ? null : "no tags");
}

function folded(scopes) {
  const summary = el("summary", {}, icon("chevron"), `All ${scopes} scopes`, el("span", { class: "allowed" }));
  return el("details", { class: "scopes" }, summary, el("div", { class: "scope-groups" }));
}

function actionButton([label, scope]) {
  return el(
    "button",
    { type: "button", class: "action", "data-testid": "action", "data-scope": scope, title: scope },
    icon("deny"),
    el("span", {}, label),
    spoken(""),
  );
}

function scopeGroup({ name, scopes }) {
  const items = scopes.map((scope) => el("li", {}, scopeButton(scope)));
  return el("div", { class: "scope-group" }, el("h5", {}, name), el("ul", {}, items));
}

function scopeButton({ name, description }) {
  return el(
    "button",
    { type: "button", class: "scope", "data-testid": "scope", "data-scope": name },
    icon("deny"),
    el("span", { class: "scope-name" }, name),
    el("span", { class: "scope-about" }, description ?? ""),
    spoken(""),
  );
}

function buttonsOf(card) {
  return card.querySelectorAll("button[data-scope]");
}

function markButton(button, effect) {
  if (button.dataset.effect === effect) return;
  button.classList.remove("allow", "deny", "unknown");
  button.classList.add(effect);
  set(button, { "data-effect": effect, "aria-disabled": effect === "deny" && "true" });
  setIcon(button, effect);
  button.querySelector(".spoken").textContent = `, ${VERDICTS[effect].toLowerCase()}`;
}
