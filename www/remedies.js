// The way out: the single changes after which a request is allowed, those first that add the least.

import { el, prose, spoken } from "./dom.js";
import { isWritten } from "./pen.js";
import { capital } from "./words.js";

/** So many are shown at once; nobody chooses among hundreds. */
const FIRST = 4;

/** The place for them below an answer, before they are found. */
export function remediesPlace() {
  return el("div", { "data-testid": "remedies", "aria-busy": "true" }, hint("Looking for changes that would allow it."));
}

/** Shows what was found for an answer. `attempt` is called with what is then another: the `document`, by the remedy, or of
 *  the question the `tags` or the `principal`. */
export function showRemedies(place, remedies, answer, attempt) {
  const items = remedies.map((remedy) => remedyItem(remedy, tryButton(remedy, changed(remedy, answer), attempt)));
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
    el("p", {}, prose(capital(sentence))),
    el("p", { class: "power" }, `allows ${number(gains)} more`, loss(loses)),
    button,
  );
}

function loss(loses) {
  return loses > 0 && [", ", el("b", {}, `takes ${number(loses)} away`)];
}

/** What is another after a remedy, or `null` where the page cannot show that. Other tags are asked with, as is another token:
 *  so the document stays. */
function changed(remedy, answer) {
  const { kind, tags, set, remove = [], token } = remedy;
  if (isWritten(remedy)) return { document: remedy };
  if (kind === "use_token") return { principal: token };
  if (kind === "give_tags") return { tags };
  if (kind !== "set_tags") return null;
  const all = Object.entries({ ...(answer.tags ?? answer.listedTags), ...set });
  return { tags: Object.fromEntries(all.filter(([key]) => !remove.includes(key))) };
}

function tryButton({ sentence }, change, attempt) {
  if (change === null) return null;
  const button = el("button", { type: "button", class: "quiet", "data-testid": "try" }, "Try it", spoken(`: ${sentence}`));
  button.addEventListener("click", () => attempt(change));
  return button;
}

function number(value) {
  return value.toLocaleString("en");
}

function hint(sentence) {
  return el("p", { class: "hint" }, sentence);
}
