// The app of docs/guide.md, before and after: the same answers to the same requests, and what only the second one has.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "scopewise-guide-"));
cpSync(at("../examples"), join(folder, "examples"), { recursive: true });
mkdirSync(join(folder, "node_modules"));
symlinkSync(at("../pkg"), join(folder, "node_modules/scopewise"), "junction");
after(() => rmSync(folder, { recursive: true }));

const ship = (order) => ["POST", `/api/orders/${order}/ship`];
const refund = (order) => ["POST", `/api/orders/${order}/refund`];
const price = (product) => ["POST", `/api/products/${product}/price`, { price: 20 }];

/** Who asks for what, and the status that comes. */
const answers = [
  [undefined, ["GET", "/api/orders"], 401],
  ["nobody", ["GET", "/api/orders"], 401],
  ["constructor", ["GET", "/api/orders"], 401],
  ...["ida", "jon", "kim", "lea", "max"].map((user) => [user, ["GET", "/api/orders"], 200]),
  ["nia", ["GET", "/api/orders"], 403],
  ["ida", ship("1001"), 200],
  ["lea", ship("1001"), 200],
  ...["jon", "kim", "max", "nia"].map((user) => [user, ship("1001"), 403]),
  ["lea", ship("1009"), 404],
  ...["ida", "max"].flatMap((user) => [
    [user, refund("1001"), 200],
    [user, refund("1002"), 200],
  ]),
  ["kim", refund("1001"), 200],
  ["kim", refund("1002"), 403],
  ...["jon", "lea", "nia"].map((user) => [user, refund("1001"), 403]),
  ...["ida", "nia"].map((user) => [user, price("bowl"), 200]),
  ...["jon", "kim", "lea", "max"].map((user) => [user, price("bowl"), 403]),
  ["jon", price("cup"), 200],
  ["kim", price("cup"), 403],
  ["ida", ["GET", "/nothing"], 404],
];

for (const app of ["before", "after"]) {
  describe(app, () => {
    const shop = running(app);

    test("every request is answered as it should be", async () => {
      for (const [user, [method, path, body], status] of answers) {
        const response = await shop.ask(user, method, path, body);
        assert.equal(response.status, status, `${user} ${method} ${path}`);
      }
    });

    test("addresses are for those who need them", async () => {
      for (const [user, shown] of [["jon", true], ["lea", true], ["max", false]]) {
        const orders = await (await shop.ask(user, "GET", "/api/orders")).json();
        assert.deepEqual(orders.map((order) => "address" in order), [shown, shown], user);
      }
    });

    test("there is a page for everyone", async () => {
      for (const user of ["ida", "jon", "nia"]) {
        const page = await (await shop.ask(user, "GET", "/")).text();
        assert.match(page, new RegExp(`Good day, ${user}`));
      }
    });
  });
}

describe("what only the second one has", () => {
  const shop = running("after");

  test("a refusal says what is missing and why", async () => {
    const response = await shop.ask("kim", "POST", "/api/orders/1002/refund");
    assert.deepEqual(await response.json(), { error: "forbidden", scope: "refund:approve", reason: "not_granted" });
  });

  test("a button can be pressed exactly if the server does what it says", async () => {
    for (const user of ["ida", "jon", "kim", "lea", "max", "nia"]) {
      for (const { action, disabled } of buttons(await (await shop.ask(user, "GET", "/")).text())) {
        const { status } = await shop.ask(user, "POST", action, { price: 20 });
        assert.equal(status, disabled ? 403 : 200, `${user} ${action}`);
      }
    }
  });

  test("a button that cannot be pressed says why", async () => {
    const page = await (await shop.ask("kim", "GET", "/")).text();
    assert.match(page, /refund" disabled title="This needs refund:approve: ask Ida for it\."/);
  });
});

describe("what the first one had", () => {
  const shop = running("before");

  test("its page and its server had come apart, twice", async () => {
    const wrong = [];
    for (const user of ["ida", "jon", "kim", "lea", "max", "nia"]) {
      const offered = buttons(await (await shop.ask(user, "GET", "/")).text()).map(({ action }) => action);
      for (const action of ["/api/orders/1001/ship", "/api/orders/1002/refund", "/api/products/cup/price"]) {
        const { status } = await shop.ask(user, "POST", action, { price: 20 });
        if (offered.includes(action) !== (status === 200)) wrong.push(`${user} ${action}`);
      }
    }
    assert.deepEqual(wrong, ["jon /api/products/cup/price", "kim /api/orders/1002/refund"]);
  });
});

test("the guide shows the files as they are", () => {
  const guide = readFileSync(at("../docs/guide.md"), "utf8");
  const blocks = [...guide.matchAll(/^```js\n\/\/ (examples\/\S+)\n(.*?)^```$/gms)];
  assert.ok(blocks.length >= 4, `${blocks.length} excerpts`);
  for (const [, path, text] of blocks) {
    const file = readFileSync(at(`../${path}`), "utf8");
    for (const part of text.split("// …\n")) assert.ok(file.includes(part.trim()), `${path} has no\n${part}`);
  }
});

/** The app as a process of its own, for the tests of a suite. */
function running(app) {
  let server, address;
  before(async () => {
    server = spawn(process.execPath, [join(folder, "examples/guide", app, "server.mjs"), "0"]);
    let told = "";
    server.stderr.on("data", (text) => (told += text));
    address = await new Promise((resolve, reject) => {
      server.stdout.once("data", (line) => resolve(String(line).trim()));
      server.once("exit", () => reject(new Error(`the app did not start: ${told}`)));
    });
  });
  after(() => server.kill());
  const ask = (user, method, path, body) =>
    fetch(address + path, {
      method,
      headers: user === undefined ? {} : { cookie: `user=${user}` },
      body: body && JSON.stringify(body),
    });
  return { ask };
}

function buttons(page) {
  const all = page.matchAll(/<button data-post="([^"]+)"( disabled)?/g);
  return [...all].map(([, action, disabled]) => ({ action, disabled: disabled !== undefined }));
}
