// The scoreboard: whose page this is, how many of its buttons are enabled, and how long deciding it all took.

import { actionsOf } from "./actions.js";
import { byId } from "./dom.js";
import { principalName, teamsOf } from "./model.js";
import { EFFECTS } from "./words.js";

/** Tells about a decided page: the principal, the entities that are shown and the answers for them. */
export function showSummary({ person, document, catalog, entities, page }) {
  byId("who").textContent = `What ${principalName(person.id)} may do`;
  byId("who-detail").textContent = detail(person, document);
  byId("time").textContent =
    `${page.decisions.toLocaleString("en")} decisions in ${duration(page.milliseconds)}, in your browser`;
  const effects = entities.flatMap(({ entity, type }) =>
    actionsOf(catalog, type).map(([, scope]) => page.effect(entity, scope)),
  );
  for (const effect of EFFECTS) {
    byId("legend").querySelector(`.${effect} b`).textContent = effects.filter((each) => each === effect).length;
  }
}

function detail(person, document) {
  const teams = person.kind === "team" ? [] : teamsOf(document, person.id);
  return teams.length > 0 ? `${person.detail}, in ${teams.join(" and ")}` : person.detail;
}

/** A browser's clock may be too coarse for this engine: then a bound is all that can be said. */
function duration(milliseconds) {
  return milliseconds < 0.05 ? "less than 1 ms" : `${milliseconds.toFixed(1)} ms`;
}
