// HTTP archives through the package: odd ones, answered as the command answers them (`tests/replay_command.rs` reads the same file), and what is none.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Organization, ScopewiseError } from "../pkg/node.js";
import { over } from "../pkg/organization.js";
import { questioning } from "../pkg/questioning.js";
import { replay } from "../pkg/review-node.js";
import { reviewing } from "../pkg/reviewing.js";
import { Runtime } from "../pkg/runtime.js";
import glue from "../pkg/wasm/scopewise.js";

const { document, routes, cases, broken } = JSON.parse(readFileSync(new URL("replay/archives.json", import.meta.url), "utf8"));
const organization = Organization.parse(document);
const url = "https://api.example.com/api/stacks/acme/web/dev";
const entry = { request: { method: "GET", url }, response: { status: 200 } };
const wasm = (name) => readFileSync(new URL(`../pkg/wasm/${name}_bg.wasm`, import.meta.url));
const bob = { principal: "user:bob" };

for (const { name, options, entries, report } of cases) {
  test(`an archive: ${name}`, () => {
    const archive = { log: { version: "1.2", creator: {}, entries } };
    const text = JSON.stringify(archive);
    for (const log of [archive, text, `\ufeff${text}`, ` \r\n${text.replace("{", "{\n\t")}\n`]) assert.deepEqual(replay(organization, log, routes, options), report);
    assert.deepEqual(replay(document, archive, JSON.stringify(routes), options), report);
  });
}

for (const { name, archive, because } of broken) {
  test(`no archive: ${name}`, () => {
    const refused = (error) => {
      assert.ok(error instanceof ScopewiseError, String(error));
      const [beginning, ...place] = error.message.split(/(?<=^the log is no HTTP archive: )/);
      return beginning === "the log is no HTTP archive: " && (because === undefined ? place[0].length > 0 : place[0] === because);
    };
    assert.throws(() => replay(organization, archive, routes, bob), refused);
    // What is no text of JSON is no object either.
    if (because !== undefined) assert.throws(() => replay(organization, JSON.parse(archive), routes, bob), refused);
  });
}

test("neither bodies nor other headers are looked at, and nothing of them crosses", () => {
  const looked = (known) => new Proxy(known, { get: (object, name) => (Object.hasOwn(object, name) ? object[name] : assert.fail(`\`${String(name)}\` is looked at`)) });
  const headers = [{ name: "Authorization", value: "the-secret" }, { name: "X-Login", value: "user:bob" }].map(looked);
  const request = looked({ method: "GET", url: `${url}?the-query`, headers });
  const archive = { log: { entries: [looked({ startedDateTime: null, request, response: looked({ status: 200 }) })] } };
  const runtime = new Runtime(glue);
  void runtime.start(wasm("scopewise"));
  const reviewed = reviewing(questioning(over(runtime), wasm("questions")).Organization, wasm("review"));
  assert.equal(reviewed.replay(document, archive, routes, { principalHeader: "x-login" }).agree, 1);
  const memory = Buffer.from(runtime.exports.initSync().memory.buffer);
  assert.deepEqual(["the-query", "the-secret"].map((text) => memory.includes(text)), [true, false]);
});

test("what is said beside a log is of its kind", () => {
  const archive = { log: { entries: [entry] } };
  const refused = (log, options, message) => assert.throws(() => replay(organization, log, routes, options), { name: "ScopewiseError", message });
  const both = "`principal` and `principalHeader` both say who sent the requests: leave one of them out";
  refused(archive, { ...bob, principalHeader: "x-login" }, both);
  refused(archive, { principal: 5 }, "principal: a text is wanted here, not 5");
  refused(archive, { principal: null }, "principal: a text is wanted here, not null");
  refused(archive, { principalHeader: ["x-login"] }, "principalHeader: a text is wanted here, not a list");
  refused(archive, { ...bob, host: new URL(url) }, "host: a text is wanted here, not an object");
  refused(archive, { ...bob, user: "bob" }, "user: no field `user` is known here: remove it");
  refused(archive, { ...bob, at: "today" }, "at: `today` is no date: write it like `2027-01-01T00:00:00Z`, with seconds and `Z` or an offset");
  const record = { ...bob, method: "GET", path: "/api/stacks/acme/web/dev", status: 200 };
  const named = "each record names its principal: leave `principal` and `principalHeader` out";
  for (const log of [[record], JSON.stringify(record), "", []]) {
    refused(log, bob, named);
    refused(log, { principalHeader: "x-login" }, named);
  }
  assert.equal(replay(organization, [record], routes, { principal: undefined }).agree, 1);
});

test("a log is an archive, records, or a text", () => {
  const refused = (log, error) => assert.throws(() => replay(organization, log, routes), error);
  for (const log of [undefined, null, 5, true]) refused(log, TypeError);
  for (const log of [{}, new ArrayBuffer(8), { entries: [] }]) refused(log, /^ScopewiseError: the log is no HTTP archive: log: an object is wanted here, not nothing$/);
  const late = JSON.stringify({ comment: "", log: { entries: [] } });
  assert.match(replay(organization, late, routes).faults[0].message, /no field `comment` is known here/);
  assert.deepEqual(replay(organization, JSON.parse(late), routes).records, 0);
});
