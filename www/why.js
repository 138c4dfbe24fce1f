// The witness stand: one decision and everything that led to it, in words.

import { actionName } from "./actions.js";
import { scopesOf } from "./catalogs.js";
import { grantItem } from "./chain.js";
import { byId, el, icon, prose, set } from "./dom.js";
import { principalName, roleName, setsWith, shortName, spokenName, typeOf } from "./model.js";
import { missRemedies, remediesPlace, showRemedies } from "./remedies.js";
import { rulesLink, rulesList } from "./rules.js";
import { tagChips, tagForm, tagsIn } from "./tags.js";
import { REASONS, SETTINGS, VERDICTS, capital } from "./words.js";

/** How many grants are shown: nobody reads the thousand that a large role can have. */
const SHOWN = 50;

const GRANTS_TITLE = { allow: "What allows it", unknown: "What may allow it", deny: "What they were given" };

/** The panel; `supply` is called with the tags that the visitor gives for an entity, `forget` to drop them, `choose` with a
 *  principal that is to ask instead, `carryOut` with a remedy that is to be in the document, `takeBack` to undo that. */
export function whyView({ supply, forget, choose, carryOut, takeBack }) {
  const panel = byId("why");
  const body = byId("why-body");
  const toggle = byId("why-toggle");

  function open(wanted) {
    panel.classList.toggle("open", wanted);
    set(toggle, { "aria-expanded": String(wanted) });
  }

  function close() {
    open(false);
    toggle.focus();
  }

  /** Asks something else. What was pressed for it is gone then, and the keyboard goes on where the answer is. */
  function again(act, value) {
    act(value);
    body.focus();
  }

  function attempt({ document, tags, principal }) {
    if (document) again(carryOut, document);
    else if (tags) again(supply, tags);
    else again(choose, principal);
  }

  toggle.addEventListener("click", () => open(!panel.classList.contains("open")));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && close());
  body.addEventListener("submit", (event) => {
    event.preventDefault();
    again(supply, tagsIn(event.target));
  });
  body.addEventListener("click", ({ target }) => {
    if (target.closest("[data-forget]")) again(forget);
    if (target.closest("[data-take-back]")) again(takeBack);
  });

  return {
    open,
    /** Shows the answer to a question, `{ principal, entity, scope, explanation, document, catalog, tags, listedTags, tried }`:
     *  the tags that the visitor gave and those of the document, and the remedy that was carried out, if one was. */
    show(answer) {
      label(panel, answer);
      peek(byId("why-peek"), answer);
      body.replaceChildren(...sections(answer));
      body.scrollTop = 0;
    },
    /** Shows what would allow what is shown, as soon as that is found: a promise of remedies, or of `null`. */
    async advise(answer, finding) {
      const place = body.querySelector("[data-testid=remedies]");
      try {
        const remedies = await finding;
        if (remedies) showRemedies(place, remedies, answer, attempt);
      } catch (error) {
        missRemedies(place, error);
      }
    },
    /** Shows why a question could not be answered. */
    refuse(message) {
      label(panel, { explanation: {} });
      body.replaceChildren(el("p", { class: "error" }, message));
    },
  };
}

/** The question and its answer in attributes, for whoever reads the page by machine. */
function label(panel, { principal, scope, entity, explanation: { effect, reason } }) {
  set(panel, {
    "data-principal": principal,
    "data-scope": scope,
    "data-entity": entity,
    "data-effect": effect,
    "data-reason": reason,
  });
}

/** The one line that a phone shows while the sheet is down. */
function peek(line, { explanation: { effect }, entity, scope, catalog }) {
  const name = `${actionName(catalog, typeOf(entity), scope)} ${shortName(entity, catalog)}`;
  line.replaceChildren(
    el("span", { class: `verdict-dot ${effect}` }, icon(effect)),
    el("b", {}, VERDICTS[effect]),
    el("span", { class: "peek-name" }, name),
  );
}

function sections(answer) {
  return [
    question(answer),
    verdict(answer),
    needs(answer),
    grants(answer),
    blocks(answer),
    remedies(answer),
    triedRemedy(answer),
    suppliedTags(answer),
    rules(answer),
    about(answer),
    code(answer),
  ].filter((section) => section !== null);
}

function question({ principal, entity, scope, catalog }) {
  return el(
    "h2",
    { class: "question" },
    el("span", { class: "asker" }, `${principalName(principal)} asks to`),
    el("span", { class: "asked" }, `${actionName(catalog, typeOf(entity), scope).toLowerCase()} ${spokenName(entity, catalog)}`),
  );
}

function verdict({ explanation: { effect, reason, actsAs, maxOpenSeconds }, principal, entity, catalog }) {
  const sentence = REASONS[reason]?.(principalName(principal), shortName(entity, catalog)) ?? reason.replaceAll("_", " ");
  return el(
    "div",
    { class: `verdict ${effect}`, role: "status" },
    el("span", { class: "verdict-mark" }, icon(effect)),
    el(
      "div",
      {},
      el("strong", {}, VERDICTS[effect]),
      el("p", {}, sentence),
      actsAs ? el("p", {}, `It acts as ${principalName(actsAs)}.`) : null,
      maxOpenSeconds > 0 ? el("p", {}, `It may stay open for ${maxOpenSeconds} seconds.`) : null,
    ),
  );
}

/** The tags that would settle it, to be filled in. */
function needs({ explanation: { needs = [] }, entity, catalog }) {
  if (needs.length === 0) return null;
  const hint = `The document does not list ${shortName(entity, catalog)}. Leave a field empty for a tag that is not there.`;
  return section("Which tags does it have?", tagForm(needs, hint));
}

function grants(answer) {
  const { effect, grants = [] } = answer.explanation;
  if (grants.length === 0) return null;
  const items = grants.slice(0, SHOWN).map((grant) => grantItem(grant, answer));
  const more = grants.length > SHOWN ? el("p", { class: "hint" }, `and ${grants.length - SHOWN} more`) : null;
  return section(GRANTS_TITLE[effect], el("ul", { class: "grants" }, items), more);
}

function blocks({ explanation: { blockedBy = [] } }) {
  if (blockedBy.length === 0) return null;
  return section("What blocks it", el("ul", { class: "blocks" }, ...blockedBy.map(blockItem)));
}

function blockItem({ code, setting }) {
  const name = setting ? `“${SETTINGS[setting] ?? setting}” is off` : code.replaceAll("_", " ");
  return el(
    "li",
    {},
    el("span", { class: "block-mark" }, icon("deny")),
    el("div", {}, el("span", {}, name), setting ? el("code", {}, `settings.${setting}`) : null),
  );
}

/** A place for what would allow it, which takes longer to find than the answer. */
function remedies({ explanation: { effect } }) {
  return effect === "allow" ? null : section("What would allow it", remediesPlace());
}

/** A reminder that the document is not what it was, and the way back. */
function triedRemedy({ tried }) {
  if (!tried) return null;
  const back = { type: "button", class: "quiet", "data-take-back": true, "data-testid": "take-back" };
  const change = el("p", {}, prose(capital(tried.sentence)));
  return section("Decided with your change", el("div", { class: "supplied-row" }, change, el("button", back, "Take it back")));
}

/** A reminder that the answer rests on what the visitor said. */
function suppliedTags({ tags }) {
  if (!tags) return null;
  const forget = { type: "button", class: "quiet", "data-forget": true, "data-testid": "forget" };
  return section(
    "Decided with your tags",
    el(
      "div",
      { class: "supplied-row" },
      el("ul", { class: "tags" }, tagChips(tags, "no tags at all")),
      el("button", forget, "Forget them"),
    ),
  );
}

function rules({ explanation: { rules = [] } }) {
  if (rules.length === 0) return null;
  const hint = el("p", { class: "hint" }, "In our own words; all of them stand in ", rulesLink(), ".");
  return section("Rules it rests on", rulesList(rules), hint);
}

/** What the catalog says about the scope, so that a denial also tells what would carry it. */
function about({ entity, scope, document, catalog }) {
  const entry = scopesOf(catalog, typeOf(entity)).find(({ name }) => name === scope);
  if (!entry) return null;
  const sets = setsWith(document, catalog, typeOf(entity), scope);
  const roles = entry.roles.map((id) => roleName(document, catalog, id));
  return section(
    "About this scope",
    el("p", { class: "about" }, el("code", {}, scope), entry.description ?? null),
    el("dl", { class: "facts" }, ...fact("In the sets", sets), ...fact("Built-in roles", roles)),
  );
}

function fact(name, values) {
  return [el("dt", {}, name), el("dd", {}, values.join(", ") || "none")];
}

/** The same question as a line of code, to take away. */
function code({ principal, entity, scope, tags, explanation }) {
  const values = [scope, entity, tags && { tags }].filter(Boolean).map((value) => `  ${JSON.stringify(value)}`);
  const call = `org.principal(${JSON.stringify(principal)}).can(\n${values.join(",\n")})`;
  const result = el("span", { class: "result" }, `  // ${explanation.effect === "allow"}`);
  return section("In your page", el("pre", { class: "code", tabindex: "0" }, call, result));
}

function section(title, ...children) {
  return el("section", { class: "why-section" }, el("h3", {}, title), ...children);
}
