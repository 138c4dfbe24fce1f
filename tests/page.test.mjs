// The playground: whom it shows, what it answers, what it reads.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hostileTrees, largestRole } from "../benches/trees.mjs";
import { address, askAbout, buttons, choose, deskText, oneOfEach, open, openDesk, page, paste } from "./playground.mjs";
import { principals, read, requests, screenshot, status, usePlayground, why } from "./playground.mjs";
import { fetchedBy } from "./sizes.mjs";

const reasonsToAllow = ["granted", "organization_admin", "organization_setting", "creator"];

usePlayground();

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
  await openDesk();
  await paste(largestRole());
  console.log(`the largest role: ${await status()}`);
  const [deep, flat, other] = ["deep", "flat", "other"].map((name) => ({ entity: `stack:acme/web/${name}`, scope: "stack:delete" }));
  const allowed = { effect: "allow", reason: "granted" };
  assert.deepEqual(await why(deep), allowed);
  assert.deepEqual(await why(flat), { effect: "deny", reason: "not_granted" });
  await askAbout(other.entity);
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

test("a catalog of one's own brings its types, scopes and roles", async () => {
  await open();
  await openDesk();
  await page.locator("#sample").selectOption("hosting");
  await page.locator('[data-testid=person][data-principal="user:ada"]').waitFor({ state: "attached" });
  const hosting = new URL("../examples/catalogs/repository-hosting/", import.meta.url);
  const { $schema: _, ...catalog } = read(new URL("catalog.json", hosting));
  const { $schema: __, ...document } = read(new URL("organization.json", hosting));
  const shown = JSON.parse(await deskText());
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
  await openDesk();
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
  requests.length = 0;
  await page.evaluate((module) => import(module).then(() => undefined), `${address}/pkg/index.js`);
  const fetched = requests.map((url) => url.pathname.replace("/pkg/", ""));
  assert.deepEqual(fetched.sort(), fetchedBy("index.js"));
});

/** What the contract says that a reason means; a button that rests on unknown tags is no forbidden one. */
function effectOf(reason) {
  if (reason === "needs_tags") return "unknown";
  return reasonsToAllow.includes(reason) ? "allow" : "deny";
}
