// The writing desk: the document as text, its faults, and the samples to start from.

import { byId, el, prose, set } from "./dom.js";
import { placeOf, stepsOf } from "./places.js";
import { SAMPLES } from "./state.js";
import { tabs } from "./tabs.js";
import { count } from "./words.js";

/** The value in the list of samples of a document that is none. */
const OWN = "own";

/** The revision in a document's text, which is edited without touching how the rest was typed. */
const REVISION = /("revision"\s*:\s*)"([^"]*)"/;

/** The desk, which offers the revisions, the newest first. `apply` is called with a text (and the bytes it was read from,
 *  if it comes from a file), `choose` with a sample, `reset` to have the sample's own text again. */
export function documentView({ revisions, apply, choose, reset }) {
  const text = byId("document");
  const sample = byId("sample");
  const revision = byId("revision");
  const file = byId("file");

  SAMPLES.forEach(({ name, label }) => sample.append(el("option", { value: name }, label)));
  revisions.toReversed().forEach((name) => revision.append(el("option", { value: name }, name)));
  const openTab = tabs([byId("tab-people"), byId("tab-document")], (tab) => {
    byId("layout").classList.toggle("editing", tab.id === "tab-document");
  });

  byId("apply").addEventListener("click", () => apply(text.value));
  byId("load").addEventListener("click", () => file.click());
  byId("reset").addEventListener("click", reset);
  file.addEventListener("change", () => load(file, apply));
  text.addEventListener("input", () => status("Edited, not applied yet."));
  text.addEventListener("keydown", (event) => isSubmit(event) && apply(text.value));
  sample.addEventListener("change", () => sample.value !== OWN && choose(sampleNamed(sample.value)));
  revision.addEventListener("change", () => apply(withRevision(text.value, revision.value)));

  return {
    /** What is on the desk, applied or not. */
    text: () => text.value,
    /** Puts a text on the desk, before it is applied. */
    write(next) {
      if (text.value !== next) text.value = next;
    },
    /** The document that decides now, after its text was accepted. */
    accept({ document, catalog, sample: { name }, edited, milliseconds, entities, people }) {
      showSample(sample, name, edited);
      offer(revision, catalog.revision);
      set(revision, { disabled: document.revision === undefined });
      const size = `${count(people.length, "principal")}, ${count(entities.length, "entity", "entities")}`;
      status(`Applied: ${size}, read in ${milliseconds.toFixed(1)} ms.`);
      showProblems([]);
    },
    /** The faults of a text that was refused; the page goes on with the last good one. */
    refuse(problems, hasGood) {
      show(revision, REVISION.exec(text.value)?.[2] ?? revision.value);
      openTab(byId("tab-document"));
      const kept = hasGood ? " The page keeps the last good organization." : "";
      status(`Not applied: ${count(problems.length, "problem")}.${kept}`, true);
      showProblems(problems);
    },
  };
}

/** A document text with another revision in it; the rest stays as it was typed. */
export function withRevision(text, revision) {
  return text.replace(REVISION, (_, before) => before + JSON.stringify(revision));
}

function sampleNamed(wanted) {
  return SAMPLES.find(({ name }) => name === wanted);
}

function isSubmit({ key, ctrlKey, metaKey }) {
  return key === "Enter" && (ctrlKey || metaKey);
}

/** Reads a file. The engine gets its bytes, so that it also tells when they are no text at all. */
async function load(file, apply) {
  const [chosen] = file.files;
  if (!chosen) return;
  const bytes = new Uint8Array(await chosen.arrayBuffer());
  file.value = "";
  apply(new TextDecoder().decode(bytes).replace(/\r\n?/g, "\n"), bytes); // as the field has its lines
}

/** The revision of a document stands in the list, also one that this page has never heard of, and a catalog of its own. */
function offer(select, revision) {
  select.querySelector("[data-other]")?.remove();
  const known = [...select.options].some(({ value }) => value === revision);
  if (!known) select.append(el("option", { value: revision, "data-other": true }, revision));
  show(select, revision);
}

/** A name may be longer than its place, and is told whole. */
function show(select, revision) {
  select.value = revision;
  select.title = select.value;
}

/** A document that is no sample any more stands in the list under its own name, so that every sample can be picked. */
function showSample(select, name, edited) {
  const own = select.querySelector(`[value=${OWN}]`);
  if (edited && !own) select.append(el("option", { value: OWN }, "Your document"));
  if (!edited) own?.remove();
  select.value = edited ? OWN : name;
}

function status(sentence, bad = false) {
  const line = byId("document-status");
  line.textContent = sentence;
  line.classList.toggle("bad", bad);
}

function showProblems(problems) {
  byId("problems").replaceChildren(...problems.map(problemRow));
  set(byId("problems-box"), { hidden: problems.length === 0 });
  if (problems.length > 0) byId("problems-box").scrollIntoView({ block: "nearest" });
  const badge = byId("problem-count");
  set(badge, { hidden: problems.length === 0, "aria-label": count(problems.length, "problem") });
  badge.textContent = problems.length;
}

function problemRow({ message, code, ...place }) {
  return el(
    "tr",
    { "data-testid": "problems" },
    el("td", {}, placeButton(place)),
    el("td", {}, prose(message), " ", el("code", { class: "problem-code" }, code)),
  );
}

/** Where a fault is, which a click brings into sight: a place in the text, or what a path of the document leads to. */
function placeButton({ path, line, column }) {
  const name = line ? [`line ${line}, column ${column}`] : breakable(path);
  const button = el("button", { type: "button", class: "place" }, name);
  const text = byId("document");
  const find = () => (line ? restOfLine(text.value, line, column) : placeOf(stepsOf(path), text.value));
  button.addEventListener("click", () => goTo(text, find()));
  return button;
}

/** From a line and column to the end of that line. */
function restOfLine(text, line, column) {
  const lines = text.split("\n");
  const last = lines[line - 1] ?? ""; // it may have been edited since
  const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  const before = [...last].slice(0, column - 1).join("").length; // the engine counts characters, not UTF-16
  return { from: start + before, to: start + last.length };
}

/** Selects a stretch of the text and brings its beginning into the middle of the field. No line is wrapped and all letters
 *  are of one width, so that every place is a share of the whole. */
function goTo(text, { from, to }) {
  const lines = text.value.split("\n");
  const before = text.value.slice(0, from).split("\n");
  const longest = lines.reduce((most, { length }) => Math.max(most, length), 1);
  text.focus();
  text.setSelectionRange(from, to);
  text.scrollTo({
    top: (text.scrollHeight * before.length) / lines.length - text.clientHeight / 2,
    left: (text.scrollWidth * before.at(-1).length) / longest - text.clientWidth / 2,
  });
}

/** A long path may go on in the next line after a dot. */
function breakable(path) {
  return path.split(/(?<=\.)/).flatMap((part, index) => (index > 0 ? [el("wbr"), part] : [part]));
}
