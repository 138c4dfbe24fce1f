// The playground as a person uses it, for the tests of the page: `cargo xtask demo --check` serves it and says where.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.mjs";

export const address = process.env.SCOPEWISE_URL;
const artifacts = fileURLToPath(new URL("artifacts/", import.meta.url));

/** The page of the test that runs, and what it has fetched. */
export let page, requests;
let browser, faults;

/** Gives every test of a file a fresh page, which must run without a fault and fetch nothing from elsewhere. */
export function usePlayground() {
  before(async () => {
    assert.ok(address, "SCOPEWISE_URL is not set: run `cargo xtask demo --check`");
    browser = await launch();
  });
  after(() => browser?.close());
  beforeEach(watch);
  afterEach(async () => {
    const elsewhere = requests.filter((url) => url.protocol !== "data:" && url.protocol !== "blob:" && url.origin !== address);
    await page.close();
    assert.deepEqual(faults, [], "the page ran without a fault");
    assert.deepEqual(elsewhere.map(String), [], "nothing is fetched from elsewhere");
  });
}

async function watch() {
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(20_000);
  requests = [];
  faults = [];
  page.on("request", (request) => requests.push(new URL(request.url())));
  // What a page leaves unread when it goes is no fault.
  page.on("requestfailed", (it) => it.failure().errorText !== "net::ERR_ABORTED" && faults.push(`${it.url()} failed`));
  page.on("response", (response) => response.status() >= 400 && faults.push(`${response.url()} is missing`));
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => message.type() === "error" && faults.push(message.text()));
}

/** Opens it anew at a question, such as `sample=tiny`, or as it opens by itself. */
export async function open(question = "") {
  await page.goto("about:blank"); // another question alone would load nothing
  await page.goto(`${address}/www/${question && `#${question}`}`);
  const shown = page.locator("[data-testid=person]").first().waitFor();
  await shown.catch((error) => assert.fail([...faults, error.message].join("\n")));
}

export function principals() {
  return page.locator("[data-testid=person]").evaluateAll((people) => people.map((it) => it.dataset.principal));
}

export async function choose(principal) {
  await page.locator(`[data-testid=person][data-principal="${principal}"]`).click();
  await painted();
}

/** Every button of the page, in the order of the page. */
export function buttons() {
  return page.locator("[data-testid=entity] [data-testid=action]").evaluateAll((actions) =>
    actions.map((it) => ({
      entity: it.closest("[data-testid=entity]").dataset.entity,
      scope: it.dataset.scope,
      enabled: !it.disabled && it.getAttribute("aria-disabled") !== "true",
    })),
  );
}

/** The first button that can be used, and the first that cannot. */
export function oneOfEach(buttons) {
  return [buttons.find((it) => it.enabled), buttons.find((it) => !it.enabled)].filter(Boolean);
}

/** Clicks the button, forbidden or not, and reads the panel. */
export async function why({ entity, scope }) {
  const row = page.locator(`[data-testid=entity][data-entity="${entity}"]`);
  await row.locator(`[data-testid=action][data-scope="${scope}"]`).click({ force: true });
  await painted();
  return answer();
}

/** What the panel says. */
export function answer() {
  return page.locator("[data-testid=why]").evaluate(({ dataset }) => ({ effect: dataset.effect, reason: dataset.reason }));
}

/** Asks about an entity that is not listed. */
export async function askAbout(entity) {
  await page.locator("[data-testid=ask-entity]").fill(entity);
  await page.keyboard.press("Enter");
  await painted();
}

/** Opens the desk, where the document is. */
export async function openDesk() {
  await page.locator("[data-testid=open-document]").click();
}

/** The text on the desk. */
export function deskText() {
  return page.locator("[data-testid=document]").inputValue();
}

/** Puts a text, or a document, on the desk and applies it. */
export async function paste(document) {
  await page.locator("[data-testid=document]").fill(typeof document === "string" ? document : JSON.stringify(document));
  await page.locator("[data-testid=apply]").click();
  await painted();
}

/** What the desk says of the document. */
export function status() {
  return page.locator("#document-status").textContent();
}

/** What is selected on the desk. */
export function selected() {
  return page
    .locator("[data-testid=document]")
    .evaluate((it) => ({ text: it.value.slice(it.selectionStart, it.selectionEnd), top: it.scrollTop, left: it.scrollLeft }));
}

export function painted() {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
}

export function read(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}

export async function screenshot(name = "page") {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: `${artifacts}${name}.png` });
}
