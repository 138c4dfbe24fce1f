// Tables of routes in JavaScript: every request is taken for what the same engine takes it for natively.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { pulumiCloud } from "../pkg/pulumi-cloud.js";
import { Routes as InlinedRoutes, ready as inlined } from "../pkg/routes.js";
import { Routes, ScopewiseError, ready } from "../pkg/routes-node.js";

const { table, taken, refused } = JSON.parse(readFileSync(new URL("routes/requests.json", import.meta.url), "utf8"));
const require = createRequire(import.meta.url);

for (const [door, made] of [
  ["node", Routes],
  ["everywhere", InlinedRoutes],
  ["require", require("../pkg/cjs/routes-node.cjs").Routes],
]) {
  test(`requests of the corpus, by the door for ${door}`, async () => {
    await Promise.all([ready, inlined]);
    const routes = made.parse(table);
    for (const [method, target, needs] of taken)
      assert.deepEqual(routes.find(method, target).needs, needs, `${method} ${target}`);
    for (const [method, target, error] of refused)
      assert.equal(routes.find(method, target).error, error, `${method} ${target}`);
  });
}

test("a table is a text, bytes or an object, and says of each route what is written", () => {
  for (const source of [table, JSON.stringify(table), new TextEncoder().encode(JSON.stringify(table))]) {
    const routes = Routes.parse(source);
    const { route, position, needs } = routes.find("POST", "/api/leases/7");
    assert.deepEqual(route, {
      method: "POST",
      path: "/api/leases/{id}",
      name: "Renew",
      confidence: "guessed",
      note: "the lease of a run",
      endsWithEntity: false,
    });
    assert.equal(routes.routes[position], route);
    assert.deepEqual(needs, { needs: "special" });
    assert.equal(routes.find("GET", "/api/stacks/a/b/c").route.endsWithEntity, true);
    assert.ok(Object.isFrozen(routes) && Object.isFrozen(route));
  }
});

test("all faults of a table are told at once", () => {
  const wrong = {
    routes: [
      { method: "get", path: "/a", needs: "user" },
      { method: "GET", path: "a", needs: "magic" },
    ],
    reads: { stack: "read" },
  };
  assert.throws(
    () => Routes.parse(wrong),
    (error) => {
      assert.ok(error instanceof ScopewiseError);
      assert.deepEqual(
        error.problems.map(({ path, code }) => `${path} ${code}`),
        [
          "reads.stack unknown_scope",
          "routes[0].method unknown_value",
          "routes[1].needs unknown_value",
          "routes[1].path malformed_path",
        ],
      );
      return true;
    },
  );
  assert.throws(
    () => Routes.parse("{"),
    (error) => error.problems[0].line === 1 && error.problems[0].column === 2,
  );
  assert.throws(() => Routes.parse(7), ScopewiseError);
  assert.throws(() => Routes.parse(undefined), TypeError);
  assert.throws(() => new Routes(), TypeError);
});

test("what no route has passes where the table says so", () => {
  const routes = Routes.parse({ ...table, unmapped: "pass" });
  assert.deepEqual(routes.find("GET", "/style.css"), { passes: true });
  assert.equal(routes.find("GET", "/API/user").error, "lookalike");
  assert.equal(Routes.parse(table).find("GET", "/style.css").error, "unmapped");
});

/** Everything of the corpus, as one table finds it. */
const answersOf = (routes) => [...taken, ...refused].map(([method, target]) => routes.find(method, target));

test("what is found again is what was found", () => {
  const routes = Routes.parse(table);
  const first = answersOf(routes);
  assert.deepEqual(answersOf(routes), first);
  for (const method of ["GET", "PUT", "GET"]) {
    assert.equal(routes.find(method, "/api/stacks/a/b/c").route.method, method);
  }
  assert.equal(routes.find("DELETE", "/api/stacks/a/b/c").error, "method_unmapped");
  assert.ok(answersOf(Routes.parse({ routes: [] })).every(({ route }) => route === undefined), "another table");
});

test("who changes what was found changes nothing for others", () => {
  const routes = Routes.parse(table);
  for (const [method, target, needs] of taken) {
    const found = routes.find(method, target);
    found.position = 99;
    if (!Object.isFrozen(found.needs)) {
      found.needs.scopes?.forEach((it) => (it.entity = "stack:another/one/here"));
      found.needs.scopes?.pop();
      found.needs.entity = "organization:another";
    }
    found.needs = { needs: "public" };
    assert.deepEqual(routes.find(method, target).needs, needs, `${method} ${target}`);
    assert.notEqual(routes.find(method, target).position, 99);
  }
});

test("more targets than are kept, and longer ones, are found all the same", () => {
  const routes = Routes.parse(table);
  const entityOf = (target) => routes.find("GET", target).needs?.scopes[0].entity;
  const long = "x".repeat(2_000);
  for (const round of [1, 2]) {
    for (let number = 0; number < 2_500; number += 1) {
      assert.equal(entityOf(`/api/stacks/acme/web/s${number}?round=${round}`), `stack:acme/web/s${number}`);
    }
    assert.equal(entityOf(`/api/stacks/acme/web/${long}`), `stack:acme/web/${long}`);
    assert.equal(entityOf(`/api/stacks/acme/web/prod?${long}`), "stack:acme/web/prod");
  }
});

test("a path with escapes is that without them, and the query decides nothing", () => {
  const routes = Routes.parse(table);
  const escaped = (text) => Array.from(text, (letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
  const found = routes.find("GET", "/api/stacks/acme/web/prod");
  for (const target of [
    "/api/stacks/acme/web/prod?",
    "/api/stacks/acme/web/prod?a=/b/c?d",
    "/api/stacks/acme/web/prod?%2F..%2F",
    `/api/stacks/${escaped("acme")}/web/prod`,
    `/api/stacks/acme/${escaped("web")}/${escaped("prod")}?x`,
  ]) {
    assert.deepEqual(routes.find("GET", target), found, target);
  }
});

test("a query that is malformed is refused, whether its path is known or not", () => {
  const path = "/api/stacks/acme/web/prod";
  const queries = ["?a#b", "?#", "? ", "?a\nb", "?a\u0000", "?\u00e9", "?\u{1f600}", "?\ud800", "?a\u007f", `?${"x".repeat(600)}\t`];
  const unknown = queries.map((query) => Routes.parse(table).find("GET", path + query).error);
  assert.ok(unknown.every((error) => error === "fragment" || error === "unencoded"), String(unknown));
  const routes = Routes.parse(table);
  for (const round of [1, 2]) {
    assert.equal(routes.find("GET", `${path}?round=${round}`).needs.scopes[0].entity, "stack:acme/web/prod");
    assert.deepEqual(queries.map((query) => routes.find("GET", path + query).error), unknown);
  }
});

test("every query of one sign is taken or refused alike, whether its path is known or not", () => {
  const path = "/api/stacks/acme/web/prod";
  const errorOf = (routes, code) => routes.find("GET", `${path}?${String.fromCharCode(code)}`).error;
  const codes = Array.from({ length: 0x180 }, (_, code) => code);
  const one = Routes.parse(table);
  one.find("GET", path);
  const known = codes.map((code) => errorOf(one, code));
  assert.deepEqual(codes.map((code) => errorOf(Routes.parse(table), code)), known);
  assert.equal(known.filter((error) => error === undefined).length, 93);
});

test("what is no text is no request", () => {
  const routes = Routes.parse(table);
  for (const odd of [undefined, null, 7, {}, ["GET"]]) {
    assert.equal(routes.find(odd, "/").error, "malformed_method");
    assert.equal(routes.find("GET", odd).error, "not_a_path");
  }
  assert.equal(routes.find("GET", "/api/\ud800").error, "unencoded");
});

test("the table of the API", () => {
  const routes = Routes.parse(pulumiCloud);
  assert.equal(routes.routes.length, pulumiCloud.routes.length);
  const { route, needs } = routes.find("DELETE", "/api/stacks/acme/web/prod?force=true");
  assert.equal(route.name, "DeleteStack");
  assert.deepEqual(needs.scopes, [{ scope: "stack:delete", entity: "stack:acme/web/prod" }]);
  assert.equal(routes.reads("stack"), "stack:read");
  assert.equal(routes.reads("organization"), undefined);
});
