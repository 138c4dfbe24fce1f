// Nothing is kept of what was asked, and nothing of an organization that was replaced: memory after a warm-up is memory
// after a million decisions and a thousand organizations, in Node and in Chromium.
import "./memory/instances.js";
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { launch } from "./chromium.mjs";
import { instances } from "./memory/instances.js";
import { ask, document, replace } from "./memory/load.js";
import { forBrowser } from "./pages.mjs";

const MB = 1_000_000;

/** How much may come on top of the warm-up. A kept handle is 16 bytes at the least: 16 MB in a million decisions. */
const SLACK = { heap: 5 * MB, module: 0.5 * MB };

/** What a page or a process can be asked for: to decide, to replace, to collect, and what memory it has. */
const machines = { Node: inNode, Chromium: inChromium };

for (const [name, start] of Object.entries(machines)) {
  describe(`in ${name}`, () => {
    let machine;
    before(async () => (machine = await start()));
    after(() => machine?.end?.());

    test("a million decisions leave nothing", async () => {
      const load = (turn) => machine.ask(turn * 100_000, 100_000);
      await isFlat(machine, { load, warm: 5, turns: 10 });
    });

    test("a thousand organizations that are disposed of leave nothing", async () => {
      // After two of them: where memory is given back at once, a hundred need no more.
      const load = (turn) => machine.replace(turn * 100, turn < 2 ? 2 : 100, true);
      await isFlat(machine, { load, warm: 2, turns: 10 });
    });

    test("a thousand organizations that are left to the collector leave nothing once it has run", async () => {
      const load = (turn) => machine.replace(turn * 50, 50, false);
      // It runs between turns: a few turns' organizations may be there at the same time.
      const module = 3 * 50 * 80_000;
      await isFlat(machine, { load, warm: 4, turns: 20, slack: { ...SLACK, module } });
    });
  });
}

test("bundles that are refused leave nothing in the module, where they lie while their signature is verified", async () => {
  const { keyId, openBundle } = await import("../pkg/bundle.js");
  const { publicKey } = generateKeyPairSync("ed25519", { publicKeyEncoding: { type: "spki", format: "pem" } });
  const head = [..."SCPS"].map((letter) => letter.charCodeAt(0)).concat(2, ...Buffer.from(await keyId(publicKey), "hex"));
  const refused = async (count, size) => {
    const bytes = new Uint8Array(size);
    bytes.set(head);
    for (let turn = 0; turn < count; turn += 1) {
      await assert.rejects(openBundle(bytes, { publicKeys: [publicKey] }), { code: "wrong_signature" });
    }
    return instances().bytes;
  };
  const [first, last] = [await refused(1, 1 * MB), await refused(50, 1 * MB)];
  assert.ok(last <= first + SLACK.module, `the module grew by ${last - first} bytes`);
  assert.equal(await refused(1, 30 * MB), last, "what is large does not come near it");
});

/** The most memory of any turn after the warm-up is the most of the warm-up. */
async function isFlat(machine, { load, warm, turns, slack = SLACK }) {
  const first = await mostOf(machine, load, 0, warm);
  const last = await mostOf(machine, load, warm, warm + turns);
  const words = (it) => `heap ${(it.heap / MB).toFixed(1)} MB, module ${(it.module / MB).toFixed(1)} MB`;
  console.log(`warm: ${words(first)}; at the end: ${words(last)}`);
  assert.equal(last.count, 1, "one instance of the module is enough");
  for (const part of ["heap", "module"]) {
    assert.ok(last[part] <= first[part] + slack[part], `the ${part} grew: ${words(first)}, then ${words(last)}`);
  }
}

async function mostOf(machine, load, from, to) {
  const most = { heap: 0, module: 0, count: 0 };
  for (let turn = from; turn < to; turn += 1) {
    assert.ok((await load(turn)) > 0, "somebody is allowed something");
    const { heap, instances } = await machine.memory();
    most.heap = Math.max(most.heap, heap);
    most.module = Math.max(most.module, instances.bytes);
    most.count = Math.max(most.count, instances.count);
  }
  return most;
}

/** `node --test` gives its files no flags, so the collector is taken from V8. */
async function inNode() {
  const { Organization } = await import("../pkg/node.js");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  const organization = Organization.parse(document(0));
  return {
    ask: (first, count) => ask(organization, first, count),
    replace: (first, count, isDisposed) => replace(Organization, first, count, isDisposed),
    async memory() {
      collect();
      await setTimeout(5); // what was found is given back in a turn of its own
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return { heap: heapUsed + arrayBuffers, instances: instances() };
    },
  };
}

async function inChromium() {
  const [browser, content] = await Promise.all([launch(), forBrowser("memory/page.js", "load")]);
  const page = await browser.newPage();
  await page.addScriptTag({ content });
  const inspector = await page.context().newCDPSession(page);
  const collect = () => inspector.send("HeapProfiler.collectGarbage");
  return {
    ask: (...given) => page.evaluate((given) => load.asked(...given), given),
    replace: (...given) => page.evaluate((given) => load.replaced(...given), given),
    async memory() {
      await collect();
      await page.evaluate(() => new Promise((done) => setTimeout(done, 5)));
      await collect();
      const { usedSize } = await inspector.send("Runtime.getHeapUsage");
      return { heap: usedSize, instances: await page.evaluate(() => load.instances()) };
    },
    end: () => browser.close(),
  };
}
