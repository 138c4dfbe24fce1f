// The way out: the single changes after which a request is allowed, those first that add the least.

import { el, prose } from "./dom.js";
import { principalName } from "./model.js";

/** So many are shown at once; nobody chooses among hundreds. */
const FIRST = 4;

/** The place for them below an answer, before they are found. */
export function remediesPlace() {
  return el("div", { "data-testid": "remedies", "aria-busy": "true" }, hint("Looking for changes that would allow it."));
}

/** Shows what was found for an answer. Some remedies change not the document but the question: `ask` is called with what is
 *  then another in it, the tags or the principal. */
export function showRemedies(place, remedies, answer, ask) {
  const items = remedies.map((remedy) => remedyItem(remedy, tryButton(questionAfter(remedy, answer), ask)));
  fill(place, items.length > 0 ? list(items) : [hint("No single change of the document would allow it.")]);
}

/** Says why none can be told. */
export function missRemedies(place, error) {
  fill(place, [el("p", { class: "error" }, `The part that finds them did not load: ${error.message}`)]);
}

function fill(place, children) {
  place.replaceChildren(...children);
  place.removeAttribute("aria-busy");
}

function list(items) {
  const more = items.slice(FIRST);
  return [
    el("ul", { class: "remedies" }, items.slice(0, FIRST)),
    ...(more.length > 0 ? [folded(more)] : []),
    hint("Each is enough by itself. Counted are scopes on entities, for everyone whom it reaches."),
  ];
}

function folded(items) {
  const summary = el("summary", {}, `${number(items.length)} more`);
  return el("details", { class: "more" }, summary, el("ul", { class: "remedies" }, items));
}

function remedyItem({ kind, sentence, gains, loses }, button) {
  return el(
    "li",
    { "data-testid": "remedy", "data-kind": kind },
    el("p", {}, prose(sentence[0].toUpperCase() + sentence.slice(1))),
    el("p", { class: "power" }, `allows ${number(gains)} more`, loss(loses)),
    button,
  );
}

function loss(loses) {
  return loses > 0 && [", ", el("b", {}, `takes ${number(loses)} away`)];
}

/** What is another in the question after a remedy; nothing where it is the document that changes. */
function questionAfter({ kind, tags, set, remove = [], token }, answer) {
  if (kind === "use_token") return { principal: token };
  if (kind === "give_tags") return { tags };
  if (kind !== "set_tags") return null;
  const all = Object.entries({ ...(answer.tags ?? answer.listedTags), ...set });
  return { tags: Object.fromEntries(all.filter(([key]) => !remove.includes(key))) };
}

function tryButton(question, ask) {
  if (question === null) return null;
  const label = question.tags ? "Ask with these tags" : `Ask as ${principalName(question.principal)}`;
  const button = el("button", { type: "button", class: "quiet", "data-testid": "try" }, label);
  button.addEventListener("click", () => ask(question));
  return button;
}

function number(value) {
  return value.toLocaleString("en");
}

function hint(sentence) {
  return el("p", { class: "hint" }, sentence);
}
