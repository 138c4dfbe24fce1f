// The control room: knows the engine, the memory and the views, and passes messages between them. The views do not know
// each other, and the engine is known only here.

import { Organization, ScopewiseError } from "../pkg/index.js";
import { revisions } from "../pkg/catalog.js";
import { actionsOf } from "./actions.js";
import { catalogOf } from "./catalogs.js";
import { decidePage } from "./decisions.js";
import { counselBy } from "./counsel.js";
import { byId } from "./dom.js";
import { documentView, withRevision } from "./document.js";
import { entitiesView } from "./entities.js";
import { entitiesOf, principalsOf, stranger, typeOf, unlisted } from "./model.js";
import { withRemedy } from "./pen.js";
import { peopleView } from "./people.js";
import { SAMPLES, addressOf, emptyState, readAddress } from "./state.js";
import { showSummary } from "./summary.js";
import { whyView } from "./why.js";

const state = emptyState();
const people = peopleView(choosePrincipal);
const entities = entitiesView({ ask, visible: decide });
const why = whyView({ supply, forget, choose: choosePrincipal, carryOut, takeBack });
const counsel = counselBy(() => import("../pkg/questions.js"));
const desk = documentView({
  revisions,
  apply: (text, bytes) => apply(text, undefined, bytes),
  choose: (sample) => openSample(sample),
  reset: () => openSample(state.sample),
});

addEventListener("hashchange", followAddress);
byId("ask").addEventListener("submit", askAboutTyped);
await followAddress();

/** Shows what the address says: a sample, a person, a question. What it leaves open comes from the sample. */
async function followAddress() {
  const wanted = readAddress();
  const sample = wanted.sample ?? state.sample ?? SAMPLES[0];
  if (sample !== state.sample || isEdited()) await openSample(sample, wanted);
  else if (isOther(wanted.revision)) apply(withRevision(state.text, wanted.revision), wanted);
  else showQuestion(wanted);
}

/** Reads a sample and opens it at a question: the address's, else the sample's own. */
async function openSample(sample, wanted = {}) {
  const [principal, entity, scope] = sample.ask;
  state.sample = sample;
  const text = await (await fetch(`samples/${sample.name}.json`)).text();
  if (state.sample !== sample) return;
  Object.assign(state, { original: text, extra: [], tags: new Map() });
  const asked = wanted.entity && wanted.scope ? wanted : { ...wanted, entity, scope };
  apply(text, { ...asked, principal: wanted.principal ?? principal });
  if (isOther(wanted.revision)) apply(withRevision(text, wanted.revision));
}

/** Makes a text the organization of the page, or tells why it is none. The question stays where no other is wanted. */
function apply(text, wanted, source = text) {
  desk.write(text);
  try {
    accept(text, source);
  } catch (error) {
    if (!(error instanceof ScopewiseError)) throw error;
    return desk.refuse(error.problems, state.organization !== null);
  }
  showQuestion(wanted ?? question());
}

function accept(text, source) {
  const started = performance.now();
  const organization = Organization.parse(source);
  const milliseconds = performance.now() - started;
  const document = JSON.parse(text);
  const catalog = catalogOf(document);
  const groups = principalsOf(document, catalog);
  const isSame = document.organization === state.document?.organization;
  if (!isSame) Object.assign(state, { entity: null, extra: [], tags: new Map() });
  Object.assign(state, { text, organization, document, catalog });
  Object.assign(state, { people: groups.flatMap((group) => group.principals), entities: entitiesOf(document, catalog) });
  state.extra = state.extra.filter(({ entity }) => !state.entities.some((named) => named.entity === entity));
  people.show(groups);
  byId("ask-entity").placeholder = exampleOf(state);
  desk.accept({ ...state, edited: isEdited(), milliseconds });
}

/** An entity that one could ask about, written like those of the document. */
function exampleOf({ entities, catalog }) {
  const listed = entities.find(({ type }) => type !== catalog.organizationType);
  return listed ? `${listed.entity}-2` : "";
}

/** Is the text another than the sample's, apart from the revision, which has its own place in the address? */
function isEdited() {
  return withRevision(state.text, "") !== withRevision(state.original, "");
}

function isOther(revision) {
  return (revision ?? state.document.revision) !== state.document.revision;
}

/** The question that is on the page now. */
function question() {
  const { principal, entity, scope } = state;
  return { principal, entity, scope };
}

/** Goes to a question; what the document does not have gives way to the first that it has. */
function showQuestion({ principal, entity, scope, tags }) {
  if (entity && tags) state.tags.set(entity, tags);
  if (entity) remember(entity);
  state.principal = (state.people.find(({ id }) => id === principal) ?? state.people[0] ?? stranger()).id;
  state.entity = find(entity)?.entity ?? state.entities[0].entity;
  state.scope = scope && state.entity === entity ? scope : firstScope(state.entity);
  people.select(state.principal);
  showEntities();
  entities.reveal(state.entity);
}

function choosePrincipal(principal) {
  state.principal = principal;
  people.select(principal);
  decide();
  answer();
}

function ask(entity, scope, button) {
  Object.assign(state, { entity, scope });
  answer();
  why.open(true);
  button.scrollIntoView({ block: "nearest" });
}

function supply(tags) {
  state.tags.set(state.entity, tags);
  showEntities();
}

function forget() {
  state.tags.delete(state.entity);
  showEntities();
}

/** Writes a remedy into the document. What the visitor has typed there meanwhile decides first: it may need another one. */
function carryOut(remedy) {
  const before = desk.text();
  if (before !== state.text) return apply(before);
  const text = withRemedy(before, remedy);
  state.tried = { sentence: remedy.sentence, before, text };
  apply(text);
}

function takeBack() {
  apply(state.tried.before);
}

/** An entity that the visitor types is asked about at once; what the engine cannot read is told beside the field. */
function askAboutTyped(event) {
  event.preventDefault();
  const field = byId("ask-entity");
  const entity = field.value.trim();
  const message = refusal(entity);
  byId("ask-error").textContent = message ?? "";
  if (message !== null) return;
  field.value = "";
  remember(entity);
  showQuestion({ principal: state.principal, entity });
  entities.focus(entity);
}

function showEntities() {
  entities.show([...state.entities, ...state.extra], state.catalog, state.tags);
  answer();
}

/** Decides the whole page for the chosen principal. */
function decide(shown = state.shown) {
  state.shown = shown;
  const page = decidePage(state.organization.principal(state.principal), shown, state.catalog, state.tags);
  const person = state.people.find(({ id }) => id === state.principal) ?? stranger();
  entities.mark(page);
  showSummary({ ...state, person, entities: shown, page });
}

/** Answers the question in the memory, and puts it into the address. */
function answer() {
  const { organization, principal, entity, scope } = state;
  const tags = state.tags.get(entity);
  entities.select({ entity, scope });
  try {
    const explanation = organization.principal(principal).explain(scope, entity, tags ? { tags } : {});
    const tried = state.tried?.text === state.text ? state.tried : null;
    const told = { ...state, tags, listedTags: find(entity).tags, tried, explanation };
    why.show(told);
    if (explanation.effect !== "allow") why.advise(told, counsel(told));
  } catch (error) {
    if (!(error instanceof ScopewiseError)) throw error;
    why.refuse(error.message);
  }
  history.replaceState(null, "", `#${addressOf(state)}`);
}

function find(entity) {
  return [...state.entities, ...state.extra].find((candidate) => candidate.entity === entity);
}

/** Keeps an entity that the document does not name, if the engine can be asked about it. */
function remember(entity) {
  if (!find(entity) && refusal(entity) === null) state.extra.push(unlisted(entity, state.catalog));
}

function firstScope(entity) {
  return actionsOf(state.catalog, typeOf(entity))[0]?.[1] ?? "";
}

/** Why the engine takes no question about such an entity, or `null` if it takes one. */
function refusal(entity) {
  try {
    state.organization.principal("user:anybody").decide("stack:read", entity);
    return null;
  } catch (error) {
    if (!(error instanceof ScopewiseError)) throw error;
    return error.message;
  }
}
