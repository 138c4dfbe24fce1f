// The playground as a person uses it: `cargo xtask demo --check` serves it and says where, and where Chromium is.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hostileTrees, largestRole } from "../benches/trees.mjs";
import { launch } from "./chromium.mjs";
import { fetchedBy } from "./sizes.mjs";

const address = process.env.SCOPEWISE_URL;
const artifacts = fileURLToPath(new URL("artifacts/", import.meta.url));
const reasonsToAllow = ["granted", "organization_admin", "organization_setting", "creator"];

let browser, page, requests, faults;

before(async () => {
  assert.ok(address, "SCOPEWISE_URL is not set: run `cargo xtask demo --check`");
  browser = await launch();
});

after(() => browser?.close());

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(20_000);
  requests = [];
  faults = [];
  page.on("request", (request) => requests.push(new URL(request.url())));
  page.on("requestfailed", (request) => faults.push(`${request.url()} failed`));
  page.on("response", (response) => response.status() >= 400 && faults.push(`${response.url()} is missing`));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
});

afterEach(async () => {
  const elsewhere = requests.filter((url) => url.protocol !== "data:" && url.protocol !== "blob:" && url.origin !== address);
  await page.close();
  assert.deepEqual(faults, [], "the page ran without a fault");
  assert.deepEqual(elsewhere.map(String), [], "nothing is fetched from elsewhere");
});

test("two persons see different buttons", async () => {
  await open();
  const seen = [];
  for (const principal of await principals()) {
    await choose(principal);
    seen.push({ principal, buttons: await buttons() });
  }
  assert.ok(seen.length >= 2, "there is more than one person to choose");
  const views = new Set(seen.map(({ buttons }) => JSON.stringify(buttons)));
  assert.ok(views.size >= 2, `everybody sees the same: ${[...views].join()}`);
});

test("a button says why it can or cannot be used", async () => {
  await open();
  const told = new Set();
  for (const principal of await principals()) {
    await choose(principal);
    for (const button of oneOfEach(await buttons())) {
      const { effect, reason } = await why(button);
      const asked = `${principal}, ${button.scope} on ${button.entity}: ${effect}, ${reason}`;
      assert.equal(effect, effectOf(reason), asked);
      assert.equal(effect !== "deny", button.enabled, asked);
      told.add(effect);
    }
  }
  assert.ok(told.has("allow") && told.has("deny"), `somebody may do something, and somebody may not: ${[...told]}`);
  await screenshot();
});

test("the largest role decides, and hostile trees leave everything as it was", async () => {
  await open();
  await page.locator("[data-testid=open-document]").click();
  await paste(largestRole());
  console.log(`the largest role: ${await status()}`);
  const [deep, flat, other] = ["deep", "flat", "other"].map((name) => ({ entity: `stack:acme/web/${name}`, scope: "stack:delete" }));
  const allowed = { effect: "allow", reason: "granted" };
  assert.deepEqual(await why(deep), allowed);
  assert.deepEqual(await why(flat), { effect: "deny", reason: "not_granted" });
  await page.locator("[data-testid=ask-entity]").fill(other.entity);
  await page.keyboard.press("Enter");
  assert.deepEqual(await why({ ...other, scope: "stack:read" }), { effect: "unknown", reason: "needs_tags" });
  assert.equal(await page.locator(".grants > li").count(), 50, "nobody reads all of its grants");
  for (const { what, code, document } of hostileTrees()) {
    await paste(document);
    assert.match(await status(), /^Not applied/, what);
    const codes = await page.locator("[data-testid=problems] .problem-code").allTextContents();
    assert.deepEqual([...new Set(codes)], [code], what);
    assert.deepEqual(await why(deep), allowed, `after ${what}`);
  }
  await paste(largestRole());
  assert.match(await status(), /^Applied/);
  assert.deepEqual(await why(deep), allowed);
});

test("a fault in the text leads to its place", async () => {
  await open();
  await page.locator("[data-testid=open-document]").click();
  const text = page.locator("[data-testid=document]");
  const faulty = (await text.inputValue()).replace('"tier": "sandbox" }', '"tier": "😀" x }');
  await text.fill(faulty);
  await page.locator("[data-testid=apply]").click();
  await page.locator("[data-testid=problems] .place").click();
  const selected = await text.evaluate((it) => [it.value.slice(it.selectionStart, it.selectionEnd), it.scrollTop > 0, it.scrollLeft > 0]);
  const [, rest] = /(x \}.*)/.exec(faulty.slice(faulty.indexOf("😀")));
  assert.deepEqual(selected, [rest, true, true], "selected, and in sight in both directions");
});

test("a catalog of one's own brings its types, scopes and roles", async () => {
  await open();
  await page.locator("[data-testid=open-document]").click();
  await page.locator("#sample").selectOption("hosting");
  await page.locator('[data-testid=person][data-principal="user:ada"]').waitFor({ state: "attached" });
  const hosting = new URL("../examples/catalogs/repository-hosting/", import.meta.url);
  const { $schema: _, ...catalog } = read(new URL("catalog.json", hosting));
  const { $schema: __, ...document } = read(new URL("organization.json", hosting));
  const shown = JSON.parse(await page.locator("[data-testid=document]").inputValue());
  assert.deepEqual(shown, { ...document, catalog }, "the sample is the example");
  assert.deepEqual(await page.locator(".kind h3").evaluateAll((all) => all.map((it) => it.firstChild.textContent)), ["Repositories", "Organization"]);
  assert.equal(await page.locator("#revision").inputValue(), catalog.name);
  assert.equal(await page.locator("#revision").getAttribute("title"), catalog.name, "also where its place is too short");
  const [engine, organization] = ["repository:acme/engine", "organization:acme"];
  assert.equal(await page.locator("[data-testid=ask-entity]").getAttribute("placeholder"), `${engine}-2`);
  for (const { name, scopes } of catalog.entityTypes) {
    const card = page.locator(`article[data-entity="${name === "repository" ? engine : organization}"]`);
    await card.locator("summary").click();
    await card.locator("[data-testid=scope]").first().waitFor();
    const listed = await card.locator("[data-testid=scope]").evaluateAll((all) => all.map((it) => it.dataset.scope));
    assert.deepEqual(listed.sort(), scopes.map((scope) => scope.name).sort());
  }
  await page.locator("#tab-people").click();
  await choose("user:ada");
  assert.deepEqual(new Set((await buttons()).map(({ enabled }) => enabled)), new Set([true]), "an owner may everything");
  await choose("user:eli");
  assert.deepEqual(await why({ entity: engine, scope: "code:read" }), { effect: "allow", reason: "granted" });
  assert.match(await page.locator("#why-body").textContent(), /Release manager.*Built-in rolesOwner/s);
  await screenshot("catalog");
  await page.locator("[data-testid=open-document]").click();
  await paste({ ...shown, catalog: { ...catalog, defaultRole: "nobody" } });
  assert.match(await status(), /^Not applied/);
  await page.locator("#sample").selectOption("tiny");
  await page.locator('article[data-entity="stack:tiny/site/dev"]').waitFor();
  assert.ok(await page.locator("#revision").isEnabled());
});

test("the browser fetches what tests/sizes.mjs measures", async () => {
  const empty = { contentType: "text/html", body: '<!doctype html><link rel="icon" href="data:,">' };
  await page.route(`${address}/empty`, (route) => route.fulfill(empty));
  await page.goto(`${address}/empty`);
  requests = [];
  await page.evaluate((module) => import(module).then(() => undefined), `${address}/pkg/index.js`);
  const fetched = requests.map((url) => url.pathname.replace("/pkg/", ""));
  assert.deepEqual(fetched.sort(), fetchedBy("index.js"));
});

/** What the contract says that a reason means; a button that rests on unknown tags is no forbidden one. */
function effectOf(reason) {
  if (reason === "needs_tags") return "unknown";
  return reasonsToAllow.includes(reason) ? "allow" : "deny";
}

async function open() {
  await page.goto(`${address}/www/`);
  const shown = page.locator("[data-testid=person]").first().waitFor();
  await shown.catch((error) => assert.fail([...faults, error.message].join("\n")));
}

function principals() {
  return page.locator("[data-testid=person]").evaluateAll((people) => people.map((it) => it.dataset.principal));
}

async function choose(principal) {
  await page.locator(`[data-testid=person][data-principal="${principal}"]`).click();
  await painted();
}

/** Every button of the page, in the order of the page. */
function buttons() {
  return page.locator("[data-testid=entity] [data-testid=action]").evaluateAll((actions) =>
    actions.map((it) => ({
      entity: it.closest("[data-testid=entity]").dataset.entity,
      scope: it.dataset.scope,
      enabled: !it.disabled && it.getAttribute("aria-disabled") !== "true",
    })),
  );
}

/** The first button that can be used, and the first that cannot. */
function oneOfEach(buttons) {
  return [buttons.find((it) => it.enabled), buttons.find((it) => !it.enabled)].filter(Boolean);
}

/** Clicks the button, forbidden or not, and reads the panel. */
async function why({ entity, scope }) {
  const row = page.locator(`[data-testid=entity][data-entity="${entity}"]`);
  await row.locator(`[data-testid=action][data-scope="${scope}"]`).click({ force: true });
  await painted();
  return page.locator("[data-testid=why]").evaluate(({ dataset }) => ({ effect: dataset.effect, reason: dataset.reason }));
}

/** Puts a document on the desk and applies it. */
async function paste(document) {
  await page.locator("[data-testid=document]").fill(JSON.stringify(document));
  await page.locator("[data-testid=apply]").click();
  await painted();
}

/** What the desk says of the document. */
function status() {
  return page.locator("#document-status").textContent();
}

function painted() {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
}

function read(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

async function screenshot(name = "page") {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: `${artifacts}${name}.png` });
}
