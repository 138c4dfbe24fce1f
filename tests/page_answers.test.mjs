// What the playground tells beside its answers: what would help, what the rules say, where a fault stands, what is not of
// this organization.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Organization } from "../pkg/questions-node.js";
import { isWritten, withRemedy } from "../www/pen.js";
import { address, answer, askAbout, buttons, choose, deskText, oneOfEach, open, openDesk, page, painted, paste } from "./playground.mjs";
import { principals, read, screenshot, selected, status, usePlayground, why } from "./playground.mjs";

const acme = read(new URL("../www/samples/acme.json", import.meta.url));
const rulesPage = readFileSync(new URL("../docs/rules.md", import.meta.url), "utf8");
const revisions = readFileSync(new URL("../src/catalog/revisions.rs", import.meta.url), "utf8");

/** Scopes of every type, of the revisions and of the sample that has a catalog of its own. */
const ASKED = ["stack:write", "stack:delete", "environment:open", "stack:create", "org_member:read", "code:push", "repository:delete"];

usePlayground();

test("whatever is denied tells what would allow it, as the package does", async () => {
  await open();
  const organization = Organization.parse(acme);
  let told = 0;
  for (const principal of await principals()) {
    await choose(principal);
    for (const { entity, scope } of oneOfEach(await buttons())) {
      await why({ entity, scope });
      const { remedies } = organization.principal(principal).explain(scope, entity);
      assert.deepEqual(await remediesShown(), remedies?.map(asShown), `${principal}, ${scope} on ${entity}`);
      told += remedies?.length ?? 0;
    }
  }
  assert.ok(told > 20, `only ${told} remedies were told`);
});

test("of many remedies the first are shown, and the others on demand", async () => {
  await open("sample=acme&principal=user:gus&entity=organization:acme&scope=org_member:read");
  await remediesShown();
  const isVisible = () => page.locator("[data-testid=remedy]").evaluateAll((all) => all.map((it) => it.checkVisibility()));
  assert.deepEqual(await isVisible(), [true, true, true, true, false, false, false, false, false]);
  await page.locator(".more summary").click();
  assert.deepEqual([...new Set(await isVisible())], [true]);
});

test("a remedy is tried in the document, and taken back", async () => {
  await open("sample=acme&principal=user:eli&entity=stack:acme/web/staging&scope=stack:delete");
  const before = await deskText();
  await tryRemedy("turn_on");
  assert.deepEqual(await answer(), { effect: "allow", reason: "creator" });
  assert.equal(await deskText(), before.replace('"membersCanDeleteStacks": false', '"membersCanDeleteStacks": true'));
  assert.equal(await page.locator("#sample").inputValue(), "own");
  assert.match(await page.locator("#why-body").textContent(), /your changeTurn on the setting membersCanDeleteStacksTake it back/);
  await page.locator("[data-testid=take-back]").click();
  assert.deepEqual(await answer(), { effect: "deny", reason: "setting_off" });
  assert.deepEqual([await deskText(), await page.locator("#sample").inputValue()], [before, "acme"]);
  assert.equal(await page.locator("[data-testid=take-back]").count(), 0);
  await openDesk();
  const typed = before.replace('"user": "eli", "role": "member"', '"user": "eli", "role": "admin"');
  await page.locator("[data-testid=document]").fill(typed);
  await tryRemedy("turn_on");
  assert.equal(await deskText(), typed, "what was typed decides first");
  assert.deepEqual(await answer(), { effect: "allow", reason: "organization_admin" });
});

test("every remedy that is written into a document does what it says, and leaves the rest as it was typed", () => {
  const kinds = new Set();
  for (const name of ["acme", "globex", "tiny", "hosting"]) {
    const text = readFileSync(new URL(`../www/samples/${name}.json`, import.meta.url), "utf8");
    for (const source of [text, JSON.stringify(JSON.parse(text)), JSON.stringify(JSON.parse(text), null, "\t")]) {
      for (const { question, remedy } of remediesFor(source)) {
        const written = withRemedy(source, remedy);
        const { effect } = Organization.parse(written).principal(question.principal).decide(question.scope, question.entity);
        assert.equal(effect, "allow", `${name}: ${remedy.sentence}`);
        assert.ok(lostFrom(source, written) <= 40, `${name}: ${remedy.sentence}: ${written}`);
        kinds.add(remedy.kind);
      }
    }
  }
  assert.deepEqual([...kinds].sort(), ["assign_role", "grant_set", "join_team", "raise_level", "turn_on"]);
});

test("a remedy is written where nothing of its kind stands yet", () => {
  const bare = { revision: "2026-10", organization: "acme", members: [{ user: "ann", role: "admin" }, { user: "bob" }] };
  for (const document of [bare, { ...bare, settings: {} }]) {
    const text = JSON.stringify(document);
    const { remedy } = remediesFor(text).find((it) => it.remedy.kind === "turn_on");
    assert.deepEqual(JSON.parse(withRemedy(text, remedy)), { ...bare, settings: { [remedy.setting]: true } });
  }
});

test("tags that would help are asked with, beside those that are there", async () => {
  await open("sample=acme&principal=user:cai&entity=stack:acme/web/prod&scope=stack:write");
  await tryRemedy("set_tags");
  assert.deepEqual(await answer(), { effect: "allow", reason: "granted" });
  assert.deepEqual(await suppliedTags(), ["env dev", "tier critical"]);
  assert.equal(await page.evaluate(() => document.activeElement.id), "why-body", "the keyboard is where the answer is");
  await page.locator("[data-testid=forget]").click();
  assert.deepEqual(await answer(), { effect: "deny", reason: "not_granted" });
  await open("sample=acme&principal=user:bob&entity=stack:acme/data/playground&scope=stack_schedule:create");
  await tryRemedy("set_tags");
  assert.deepEqual(await suppliedTags(), ["no tags at all"]);
  assert.equal((await answer()).effect, "allow");
  await open("sample=tiny&principal=user:bob&entity=stack:tiny/site/new&scope=stack:write");
  assert.deepEqual(await answer(), { effect: "unknown", reason: "needs_tags" });
  await tryRemedy("give_tags");
  assert.deepEqual(await suppliedTags(), ["env dev"]);
  assert.deepEqual(await answer(), { effect: "allow", reason: "granted" });
});

test("a token that may is asked as", async () => {
  await open("sample=acme&principal=token:ci&entity=stack:acme/web/prod&scope=stack_schedule:create");
  await remediesShown();
  const used = await page.locator("[data-kind=use_token] code").first().textContent();
  await tryRemedy("use_token");
  assert.equal(await page.locator("[data-testid=why]").getAttribute("data-principal"), used);
  assert.equal((await answer()).effect, "allow");
});

test("an answer does not get the remedies of another", async () => {
  await open("sample=tiny&principal=user:bob&entity=stack:tiny/site/prod&scope=stack:write");
  await remediesShown();
  const [before, after] = await page.evaluate(async () => {
    const shown = () => [...document.querySelectorAll("[data-testid=remedy]")].map((it) => it.textContent);
    const idle = () => document.querySelector("[data-testid=remedies]:not([aria-busy])");
    const before = shown();
    document.querySelector("article[data-entity='organization:tiny'] [data-scope='audit_logs:read']").click();
    document.querySelector("article[data-entity='stack:tiny/site/prod'] [data-scope='stack:write']").click();
    while (!idle()) await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done, 200));
    return [before, shown()];
  });
  assert.deepEqual(after, before);
});

test("where the part that finds remedies does not load, the page says so and goes on", async () => {
  await page.route(/pkg\/questions\.js/, (route) => route.fulfill({ contentType: "text/javascript", body: "throw new Error('cut off')" }));
  await open();
  await page.locator("[data-testid=remedies] .error").waitFor();
  assert.match(await page.locator("[data-testid=remedies]").textContent(), /did not load: cut off/);
  await choose("user:ann");
  assert.equal((await answer()).effect, "allow");
});

test("a rule that decided says what it means and where that is from", async () => {
  await open("sample=acme&principal=user:eli&entity=stack:acme/web/staging&scope=stack:delete");
  await page.locator("[data-testid=rule] p").first().waitFor();
  const shown = await page.locator("[data-testid=rule]").evaluateAll((all) =>
    all.map((it) => [it.querySelector("code").textContent, it.querySelector("p").textContent, it.querySelector("a").href]),
  );
  const overview = "https://www.pulumi.com/docs/administration/concepts/rbac/";
  assert.deepEqual(shown, [
    ["CG-1", statementOf("CG-1"), overview],
    ["OS-14", statementOf("OS-14"), `${overview}roles/`],
  ]);
  const link = await page.locator(".rules + .hint a").evaluate((it) => it.href);
  assert.equal(await (await fetch(link)).text(), rulesPage, "the page of the rules is beside this one");
});

test("every rule that explanations cite is told with its sources", async () => {
  await open();
  const cited = [...new Set(Array.from(revisions.matchAll(/(?:documented|disputed|inferred)\("([A-Z]+-\d+)"/g), ([, number]) => number))];
  assert.ok(cited.length > 40, `only ${cited.length} citations are found`);
  const told = await page.evaluate(async (numbers) => {
    const { rulesList } = await import("./rules.js");
    const list = rulesList(numbers.map((rule) => ({ rule, basis: "documented" })));
    while (list.querySelector("[data-rule]:empty")) await new Promise(requestAnimationFrame);
    const text = (it) => it.textContent;
    return Array.from(list.querySelectorAll(".rule"), (it) => [text(it.querySelector("p")), Array.from(it.querySelectorAll("li"), text)]);
  }, cited);
  assert.deepEqual(told.map(([statement]) => statement), cited.map(statementOf));
  for (const [statement, sources] of told) {
    assert.ok(sources.length > 0, statement);
    for (const source of sources) assert.match(source, /^(inferred from )?\w.+, \w+ 20\d\d$/, statement);
  }
});

test("every fault leads to its place", async () => {
  await open("sample=tiny");
  await openDesk();
  let led = 0;
  for (const { name, document } of problemCases()) {
    const text = JSON.stringify(document, null, 2);
    await paste(text);
    for (const { path, found } of await followAll()) {
      assert.deepEqual(valueIn(found), innermost(document, path), `${name}: ${path}`);
      led += 1;
    }
  }
  assert.ok(led > 150, `only ${led} faults`);
});

test("the place of a fault comes into sight", async () => {
  await open();
  await openDesk();
  const text = (await deskText()).replace('"tier": "sandbox" }', '"tier": "sandbox", "a \\"quoted\\" \\\\ key": 1 }');
  await paste(text);
  await page.locator("[data-testid=problems] .place").click();
  const { text: found, top, left } = await selected();
  assert.deepEqual([found, top > 0, left > 0], ['"a \\"quoted\\" \\\\ key": 1', true, true]);
  await page.locator("[data-testid=document]").fill("{ not what it was");
  await page.locator("[data-testid=problems] .place").click();
  assert.equal((await selected()).text, "{ not what it was", "the text has been edited since");
  await paste(text.replace('"tier": "sandbox",', '"tier": "😀" x,'));
  await page.locator("[data-testid=problems] .place").click();
  const fault = await selected();
  assert.deepEqual([fault.text, fault.top > 0, fault.left > 0], [/x, "a .*/.exec(text.replace('"tier": "sandbox",', "x,"))[0], true, true]);
});

test("an entity of another organization is marked as one", async () => {
  await open();
  const [own, foreign] = ["stack:acme/web/prod", "stack:globex/web/prod"];
  await askAbout(foreign);
  assert.deepEqual(await cardOf(own), { name: "web/prod", label: own, mark: null });
  const marked = { name: "globex/web/prod", label: `${foreign}, of another organization`, mark: "of another organization, globex" };
  assert.deepEqual(await cardOf(foreign), marked);
  assert.deepEqual(await answer(), { effect: "deny", reason: "other_organization" });
  assert.match(await page.locator("#why-body").textContent(), /view stack globex\/web\/prod.*globex\/web\/prod belongs to another/s);
  assert.deepEqual(await remediesShown(), []);
  assert.equal(await page.locator("[data-testid=remedies]").textContent(), "No single change of the document would allow it.");
  await askAbout("organization:globex");
  assert.deepEqual((await cardOf("organization:globex")).mark, "of another organization, globex");
  await why({ entity: foreign, scope: "stack:read" });
  await page.reload();
  assert.deepEqual(await cardOf(foreign), marked, "a link shows what its sender saw");
  await openDesk();
  await paste((await deskText()).replaceAll("acme", "initech"));
  assert.match(await status(), /^Applied/);
  assert.equal(await page.locator(".foreign").count(), 0, "what was asked about in another organization is gone with it");
});

test("a narrow page has everything in its width", async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await open("sample=acme&principal=user:gus&entity=organization:acme&scope=org_member:read");
    await remediesShown();
    await page.locator("#why-toggle").click();
    await page.locator(".more summary").click();
    await isInWidth("an answer with remedies");
    await screenshot(`phone-${colorScheme}`);
    await page.locator("#why-toggle").click();
    await askAbout(`stack:${"globex".repeat(12)}/web/prod`);
    await isInWidth("a foreign entity with a long name");
    await openDesk();
    await paste({ ...acme, roles: [{ ...acme.roles[0], [`${"long".repeat(30)}`]: true }] });
    await isInWidth("a fault with a long path");
  }
});

/** What a remedy is shown as, without its button. */
function asShown({ sentence, gains, loses }) {
  const words = sentence.replaceAll("`", "");
  const lost = loses > 0 ? `, takes ${loses.toLocaleString("en")} away` : "";
  return [words[0].toUpperCase() + words.slice(1), `allows ${gains.toLocaleString("en")} more${lost}`];
}

/** The remedies of the panel once they are found; nothing where it has no place for any. */
async function remediesShown() {
  await painted();
  if ((await page.locator("[data-testid=remedies]").count()) === 0) return undefined;
  await page.locator("[data-testid=remedies]:not([aria-busy])").waitFor({ state: "attached" });
  return page.locator("[data-testid=remedy]").evaluateAll((all) =>
    all.map((it) => Array.from(it.querySelectorAll("p"), (line) => line.textContent)),
  );
}

/** The tags with which an answer was decided, as they are shown. */
function suppliedTags() {
  return page.locator(".supplied-row li").allTextContents();
}

async function tryRemedy(kind) {
  await remediesShown();
  await page.locator(`[data-kind=${kind}] [data-testid=try]`).first().click();
  await painted();
}

/** What is asked of an organization to have remedies of many kinds: everybody, on everything, about some scopes; each sentence
 *  once. */
function remediesFor(text) {
  const organization = Organization.parse(text);
  const { entities = [], organization: name } = JSON.parse(text);
  const found = new Map();
  for (const principal of organization.principals()) {
    for (const entity of [...entities.map((it) => it.entity), `organization:${name}`]) {
      for (const scope of ASKED) {
        const { remedies = [] } = organization.principal(principal).explain(scope, entity);
        for (const remedy of remedies.filter(isWritten)) found.set(remedy.sentence, { question: { principal, scope, entity }, remedy });
      }
    }
  }
  return [...found.values()];
}

/** How much of a text is not at the beginning or the end of another. */
function lostFrom(text, other) {
  let [head, tail] = [0, 0];
  while (head < text.length && text[head] === other[head]) head += 1;
  while (tail < text.length - head && text.at(-1 - tail) === other.at(-1 - tail)) tail += 1;
  return text.length - head - tail;
}

/** What the page of the rules says by a number, as it is shown. */
function statementOf(number) {
  const row = rulesPage.split("\n").find((line) => line.startsWith(`| ${number} | `));
  return row.split(" | ")[1].replaceAll("`", "");
}

/** The shared cases whose documents are well-formed, but no valid ones. */
function problemCases() {
  const { cases } = read(new URL("cases/problems.json", import.meta.url));
  return cases.filter(({ document, problems }) => document && problems?.length > 0);
}

/** Goes to the place of every problem on the desk: what each leads to. */
function followAll() {
  return page.evaluate(() => {
    const text = document.getElementById("document");
    return Array.from(document.querySelectorAll("#problems .place"), (place) => {
      place.click();
      return { path: place.textContent, found: text.value.slice(text.selectionStart, text.selectionEnd) };
    });
  });
}

/** The value in a stretch of JSON, with or without its key. */
function valueIn(stretch) {
  const [, value] = /^(?:"(?:[^"\\]|\\.)*": )?(.*)$/s.exec(stretch);
  return JSON.parse(value);
}

/** What a path leads to in a document, or the innermost thing around what is not there. */
function innermost(document, path) {
  const steps = path === "document" ? [] : path.match(/\[\d+\]|\["(?:[^"\\]|\\.)*"\]|\w+/g);
  let value = document;
  for (const step of steps) {
    const key = step.startsWith("[") ? JSON.parse(step)[0] : step;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) break;
    value = value[key];
  }
  return value;
}

/** How an entity is shown. */
function cardOf(entity) {
  return page.locator(`article[data-entity="${entity}"]`).evaluate((it) => ({
    name: it.querySelector("h4").textContent,
    label: it.getAttribute("aria-label"),
    mark: it.querySelector(".foreign")?.textContent ?? null,
  }));
}

/** Nothing on the page is wider than what it stands in: neither to be scrolled to nor cut off. */
async function isInWidth(what) {
  const wide = await page
    .locator("html, .why-body, .cards, .problems-box")
    .evaluateAll((all) => all.filter((it) => it.scrollWidth > it.clientWidth).map((it) => it.className || it.localName));
  assert.deepEqual(wide, [], what);
}
