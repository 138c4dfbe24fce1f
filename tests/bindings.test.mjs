// The bindings in a real browser, as pages use them: every framework shows the same controls, changes all at once, and
// takes over what a server has rendered.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { Organization } from "../pkg/admin-node.js";
import { controls, stacks } from "./bindings/cases.js";
import { launch } from "./chromium.mjs";
import { forBrowser, forServer } from "./pages.mjs";

const artifacts = fileURLToPath(new URL("artifacts/", import.meta.url));
const acme = readFileSync(new URL("../examples/acme.json", import.meta.url), "utf8");

/** A page whose reasons can be read in a screenshot too. */
const empty = `<!doctype html><link rel="icon" href="data:,"><div id="app"></div>
  <style>button { display: block } button[title]::after { content: ": " attr(title) }</style>`;

const bindings = [
  { name: "React 19", file: "react", isProvider: true },
  { name: "React 18", file: "react", isProvider: true, alias: { react: "react18", "react-dom": "react-dom18" } },
  { name: "Vue 3.5", file: "vue", isProvider: true },
  { name: "Vue 3.4", file: "vue", isProvider: true, alias: { vue: "vue34" } },
  { name: "Svelte 5", file: "svelte" },
  { name: "no framework", file: "plain", isServed: false },
];

const missing = "No role, team or grant gives it to you.";
const bobs = {
  controls: [
    ["update", "enabled", "granted", null],
    ["delete", "disabled", "not_granted", `You need the permission stack:delete here. ${missing}`],
    ["later", "pending", "needs_tags", "Whether you may do this depends on tags that are not known yet: env."],
  ],
  answer: "false deny not_granted",
  list: ["Development"],
  rest: "ask an administrator",
};
const alices = {
  controls: ["update", "delete", "open", "later"].map((name) => [name, "enabled", "organization_admin", null]),
  answer: "true allow organization_admin",
  list: ["Development", "Production"],
  rest: "all yours",
};
const nobodys = {
  controls: ["update", "delete", "open", "later"].map((name) => [name, "pending", "not_ready", "Your permissions are being loaded."]),
  answer: "false deny not_ready",
  list: [],
  rest: "ask an administrator",
};

let browser, engine, page, said;

before(async () => {
  [browser, engine] = await Promise.all([launch(), forBrowser("bindings/page.js", "kit")]);
});

after(() => browser?.close());

for (const { name, file, alias, isProvider = false, isServed = true } of bindings) {
  describe(name, () => {
    let script, server;

    before(async () => {
      script = await forBrowser(`bindings/${file}.js`, "binding", alias);
      if (isServed) server = await forServer(`bindings/${file}.server.js`, alias);
    });

    beforeEach(async () => {
      page = await browser.newPage({ viewport: { width: 720, height: 240 } });
      said = [];
      page.on("console", (message) => ["warning", "error"].includes(message.type()) && said.push(message.text()));
      page.on("pageerror", (error) => said.push(String(error)));
      await page.setContent(empty);
      for (const content of [engine, script]) await page.addScriptTag({ content });
      await page.evaluate((text) => {
        globalThis.target = document.querySelector("#app");
        globalThis.bob = kit.principal(text, "user:bob");
        globalThis.alice = kit.principal(text, "user:alice");
      }, acme);
    });

    afterEach(async () => {
      await page.close();
      assert.deepEqual(said, [], "the page said nothing");
    });

    test("a control is enabled, disabled with its reason, hidden or pending", async () => {
      await page.evaluate(() => binding.mount(target, { principal: bob }));
      await shows(bobs);
      await screenshot(name);
    });

    test("everything is pending before there is somebody, and after", async () => {
      await page.evaluate(() => binding.mount(target, { store: (globalThis.store = kit.createStore()) }));
      await shows(nobodys);
      await page.evaluate(() => store.replace(bob));
      await shows(bobs);
      await page.evaluate(() => store.replace());
      await shows(nobodys);
    });

    test("a principal is replaced everywhere at once", async () => {
      await page.evaluate(() => binding.mount(target, { store: (globalThis.store = kit.createStore(bob)) }));
      await shows(bobs);
      await page.evaluate(() => (globalThis.seen = kit.watching(target)));
      const texts = [await text()];
      for (const who of ["alice", "bob", "alice"]) {
        await page.evaluate((who) => store.replace(globalThis[who]), who);
        await shows(who === "bob" ? bobs : alices);
        texts.push(await text());
      }
      const between = (await page.evaluate(() => seen())).filter((it) => !texts.includes(it) && it !== "");
      assert.deepEqual(between, [], "nothing was seen in between");
    });

    test("what is taken away unsubscribes", async () => {
      const count = await page.evaluate(async () => {
        const { store, count } = kit.counted(kit.createStore(bob));
        const app = binding.mount(target, { store });
        const until = async (holds) => {
          for (let turn = 0; turn < 200 && !holds(); turn += 1) await new Promise((done) => setTimeout(done, 20));
        };
        await until(() => count.now > 0);
        app.unmount();
        await until(() => count.now === 0 && target.innerText === "");
        store.replace(alice);
        return { wasSubscribed: count.most > 0, subscribed: count.now, text: target.innerText };
      });
      assert.deepEqual(count, { wasSubscribed: true, subscribed: 0, text: "" });
    });

    if (isProvider) {
      test("another principal for the provider is another everywhere", async () => {
        await page.evaluate(() => (globalThis.app = binding.mount(target, { principal: bob })));
        await shows(bobs);
        await page.evaluate(() => app.update({ principal: alice }));
        await shows(alices);
      });

      test("a server's page by a snapshot is taken over, and goes on with the principal", async () => {
        const snapshot = snapshotOf("user:bob");
        await serve(server, { snapshot });
        await page.evaluate((snapshot) => (globalThis.app = binding.hydrate(target, { snapshot })), snapshot);
        await shows(bobs);
        assert.equal(await areKept(), true, "the server's elements are those of the page");
        await page.evaluate((snapshot) => app.update({ snapshot, principal: alice }), snapshot);
        await shows(alices);
      });

      test("a page that was replaced before it was taken over is no mismatch", async () => {
        const snapshot = snapshotOf("user:bob");
        await serve(server, { snapshot });
        await page.evaluate((snapshot) => binding.hydrate(target, { snapshot, principal: alice }, (error) => console.error(error)), snapshot);
        await shows(alices);
        assert.equal(await areKept(), true, "the server's elements are those of the page");
      });
    }

    if (isServed) {
      test("a server's page is taken over by a store over the same snapshot", async () => {
        const snapshot = snapshotOf("user:bob");
        await serve(server, { snapshot });
        await shows(bobs);
        await page.evaluate((snapshot) => {
          globalThis.store = kit.createStore(kit.openSnapshot(snapshot));
          binding.hydrate(target, { store });
        }, snapshot);
        await shows(bobs);
        assert.equal(await areKept(), true, "the server's elements are those of the page");
        await page.evaluate(() => store.replace(alice));
        await shows(alices);
      });
    }

    if (file === "react") {
      test("what says the same is the same object, and subscribing renders nothing again", async () => {
        await page.evaluate(() => binding.mount(target, { store: (globalThis.store = kit.createStore(bob)) }));
        await shows(bobs);
        await settled();
        const renders = await page.evaluate(() => globalThis.renders);
        const effects = await page.evaluate(() => globalThis.decisions.length);
        await page.evaluate(() => store.replace(bob));
        await settled();
        assert.equal(renders, 2, "once, and once more by the strict mode");
        assert.equal(await page.evaluate(() => globalThis.decisions.length), effects);
      });
    }

    if (file === "vue") {
      test("it is a plugin too", async () => {
        await page.evaluate(() => binding.mountPlugin(target, { principal: bob }));
        await shows(bobs);
      });

      test("a principal in a deep ref still answers", async () => {
        await page.evaluate(() => (globalThis.app = binding.mount(target, binding.deep({ principal: bob }))));
        await shows(bobs);
      });
    }
  });
}

/** A snapshot of what the page shows, as a server makes it. */
function snapshotOf(name) {
  const entities = new Set([...controls, ...stacks].map(({ entity }) => entity));
  return Organization.parse(acme).principal(name).snapshot({ entities });
}

/** Puts there what a server has rendered, and marks its elements. */
async function serve(server, given) {
  const html = await server.render(given);
  await page.evaluate((html) => {
    target.innerHTML = html;
    globalThis.served = [...target.querySelectorAll("main, button[data-state=enabled]")];
  }, html);
}

function areKept() {
  return page.evaluate(() => served.length >= 2 && served.every((it) => it.isConnected));
}

/** Waits for what a page has to show, as long as a slow machine may take. */
async function shows(expected) {
  const end = Date.now() + 10_000;
  let actual = await shown();
  while (!isDeepStrictEqual(actual, expected) && Date.now() < end) {
    await settled();
    actual = await shown();
  }
  assert.deepEqual(actual, expected);
}

/** What a person sees, and what the page says of it; nothing while there is none. */
function shown() {
  return page.evaluate(() => target.querySelector("main") && {
    controls: [...target.querySelectorAll("button")].map((it) => {
      if (it.disabled !== (it.dataset.state !== "enabled")) throw new Error(`${it.outerHTML} is disabled by mistake`);
      return [it.textContent, it.dataset.state, it.dataset.code, it.getAttribute("title")];
    }),
    answer: target.querySelector("output").textContent,
    list: [...target.querySelectorAll("li")].map((it) => it.textContent),
    rest: target.querySelector("b, em").textContent,
  });
}

function text() {
  return page.evaluate(() => target.innerText);
}

function settled() {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 20))));
}

async function screenshot(name) {
  mkdirSync(artifacts, { recursive: true });
  await page.screenshot({ path: `${artifacts}bindings-${name.replaceAll(/\W+/g, "-").toLowerCase()}.png` });
}
