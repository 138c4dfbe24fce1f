// The law library: what the numbered rules say, and where they are from. Both stand on the page of the rules and are read
// there, so that nobody has to write them twice.

import { el, prose } from "./dom.js";
import { BASIS } from "./words.js";

const PAGE = "../docs/rules.md";

/** The rules of the page once they are asked for: a promise of a map from numbers to what stands there. */
let shelf;

/** The rules that decided, `{ rule, basis }`, as a list; what they say comes as soon as it is read. */
export function rulesList(rules) {
  const list = el("ul", { class: "rules" }, Object.keys(BASIS).map((basis) => basisItem(basis, rules)));
  const texts = [...list.querySelectorAll("[data-rule]")];
  // Where the page is missing, the numbers still stand there.
  statements().then((known) => texts.forEach((place) => tell(place, known.get(place.dataset.rule))), () => {});
  return list;
}

/** Where all of them stand. */
export function rulesLink() {
  return link(PAGE, "docs/rules.md");
}

/** The rules of one basis: what is documented is told apart from what is a reading. */
function basisItem(basis, rules) {
  const those = rules.filter((rule) => rule.basis === basis);
  if (those.length === 0) return null;
  return el(
    "li",
    {},
    el("span", { class: `basis ${basis}` }, basis),
    el("span", { class: "basis-about" }, BASIS[basis]),
    el("ul", {}, those.map(ruleItem)),
  );
}

function ruleItem({ rule }) {
  return el("li", { class: "rule", "data-testid": "rule" }, el("code", {}, rule), el("div", { "data-rule": rule }));
}

function tell(place, known) {
  if (!known) return;
  const { statement, sources } = known;
  place.replaceChildren(el("p", {}, prose(statement)), el("ul", { class: "sources" }, sources.map(sourceItem)));
}

function sourceItem({ name, date, address, isInferred }) {
  return el("li", {}, isInferred && "inferred from ", address ? link(address, name) : name, `, ${date}`);
}

function link(href, name) {
  return el("a", { href, target: "_blank", rel: "noreferrer" }, name);
}

function statements() {
  return (shelf ??= fetch(PAGE).then((answer) => answer.text()).then(read));
}

/** The rows of the tables: of a rule its number, statement and sources, of a source its key, name and date. */
function read(page) {
  const rows = Array.from(page.matchAll(/^\| (.+) \|$/gm), ([, row]) => row.split(" | "));
  const addresses = new Map(Array.from(page.matchAll(/^\[(\w+)\]: (\S+)$/gm), ([, key, address]) => [key, address]));
  const known = new Map(rows.map(([key, name, date]) => [key.replace(/[[\]]/g, ""), { name, date }]));
  const sources = (cell) =>
    keysIn(cell).map((key) => ({ ...known.get(key), address: addresses.get(key), isInferred: cell.startsWith("inferred") }));
  const rules = rows.filter(([number]) => /^[A-Z]+-\d+$/.test(number));
  return new Map(rules.map(([number, statement, cited]) => [number, { statement, sources: sources(cited) }]));
}

/** The keys in a cell such as `inferred from [D1], S2`. */
function keysIn(cell) {
  return cell.match(/\b[A-Z]\d+\b/g) ?? [];
}
