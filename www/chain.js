// The thread: how a grant came from a team, a role or a setting down to one entity, link by link.

import { el, icon } from "./dom.js";
import { principalName, roleName, setName, spokenName, typeOf } from "./model.js";
import { tagTest } from "./tags.js";
import { LINKS, SETTINGS, VERDICTS, typeWords } from "./words.js";

/** A grant of an explanation as a list item: its chain, where it holds, and what it says. */
export function grantItem({ via, on, effect }, { entity, document, catalog }) {
  return el(
    "li",
    { class: `grant ${effect}` },
    el("span", { class: "grant-mark", title: VERDICTS[effect] }, icon(effect)),
    el(
      "div",
      {},
      el("ol", { class: "chain" }, ...via.map((link) => linkItem(link, document, catalog))),
      el("p", { class: "where" }, isDirect(via) && "directly ", where(on, entity, catalog)),
    ),
  );
}

/** A grant that somebody was given by name: nothing but a team stands between them and the set. */
function isDirect(via) {
  return via.every((link) => /^(team|permission-set):/.test(link));
}

/** A link such as `team:platform`: what it is, and what people call it. */
function linkItem(link, document, catalog) {
  const at = link.indexOf(":");
  const [kind, name] = at < 0 ? [link, ""] : [link.slice(0, at), link.slice(at + 1)];
  const word = LINKS[kind] ?? kind.replaceAll("-", " ");
  if (name === "") return el("li", { title: link }, word);
  const known = linkName(kind, name, document, catalog);
  return el("li", { title: link }, el("span", { class: "link-kind" }, word), el("span", {}, known));
}

function linkName(kind, name, document, catalog) {
  if (kind === "role") return roleName(document, catalog, name);
  if (kind === "permission-set") return setName(document, catalog, name);
  return kind === "setting" ? (SETTINGS[name] ?? name) : principalName(name);
}

/** Where a grant holds: everywhere, on one entity, or under a condition. */
function where(on, entity, catalog) {
  if (on === "all") return `on ${everything(typeOf(entity), catalog)}`;
  if (on === entity) return `on this ${typeWords(typeOf(entity)).one}`;
  if (typeof on === "string") return `on ${spokenName(on, catalog)}`;
  return ["where ", ...(on.tags ? conjunction(on.tags.map(tagTest)) : [el("code", {}, on.condition)])];
}

function everything(type, catalog) {
  return type === catalog.organizationType ? "the organization" : `all ${typeWords(type).many.toLowerCase()}`;
}

function conjunction(tests) {
  return tests.flatMap((test, index) => (index > 0 ? [" and ", el("code", {}, test)] : [el("code", {}, test)]));
}
