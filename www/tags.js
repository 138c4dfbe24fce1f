// The label printer: tags as chips, tests of tags as text, and the form in which a visitor tells the tags of an entity.

import { el } from "./dom.js";

/** Chips for tags, or one note where there are none. */
export function tagChips(tags, none) {
  const entries = Object.entries(tags);
  if (entries.length === 0) return none ? [el("li", { class: "note" }, none)] : [];
  return entries.map(([key, value]) => el("li", { class: "tag" }, el("span", {}, key), ` ${value}`));
}

/** A test of a tag rule: `env = dev`, `env ≠ prod`, `owner is set`. */
export function tagTest({ key, equals, notEquals, exists }) {
  if (equals !== undefined) return `${key} = ${equals}`;
  if (notEquals !== undefined) return `${key} ≠ ${notEquals}`;
  return exists ? `${key} is set` : `${key} is not set`;
}

/** A form with one field for each key. */
export function tagForm(keys, hint) {
  return el(
    "form",
    { class: "needs", novalidate: true },
    el("p", { class: "hint" }, hint),
    keys.map(tagField),
    el("button", { type: "submit", class: "primary", "data-testid": "supply" }, "Ask again"),
  );
}

/** What was filled in. A field left empty is a tag that is not there: together they are the whole truth. */
export function tagsIn(form) {
  const filled = [...form.querySelectorAll("input")].filter((input) => input.value !== "");
  return Object.fromEntries(filled.map((input) => [input.dataset.tag, input.value]));
}

function tagField(key) {
  const plain = { autocomplete: "off", autocapitalize: "off", spellcheck: "false" };
  return el(
    "label",
    { class: "tag-field" },
    el("span", {}, key),
    el("input", { "data-testid": "need", "data-tag": key, ...plain }),
  );
}
