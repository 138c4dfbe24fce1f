// The npm package as Node loads it: every promise of its API.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { catalog, revisions } from "../pkg/catalog.js";
import { Organization, ScopewiseError } from "../pkg/node.js";

const at = "2026-11-20T00:00:00Z";

const acme = {
  revision: "2026-10",
  organization: "acme",
  roles: [
    {
      id: "deployer",
      name: "Deployer",
      rules: [
        { permissionSet: "stack-write", on: "all" },
        { permissionSet: "stack-admin", on: { tags: [{ key: "env", equals: "dev" }] } },
      ],
    },
  ],
  settings: { membersCanDeleteStacks: true },
  teams: [{ name: "platform", roles: ["deployer"], members: [{ user: "bob" }] }],
  members: [{ user: "ann", role: "admin" }, { user: "bob" }],
  tokens: [{ name: "ci", kind: "organization", role: "admin", expiresAt: "2027-01-01T00:00:00Z" }],
  entities: [
    { entity: "stack:acme/web/prod", tags: { env: "prod" } },
    { entity: "stack:acme/web/dev", tags: { env: "dev" } },
  ],
};
const prod = "stack:acme/web/prod";
const dev = "stack:acme/web/dev";
const unlisted = "stack:acme/web/new";
const organization = () => Organization.parse(acme);
const bob = () => organization().principal("user:bob");

describe("Organization.parse", () => {
  test("reads a text, bytes, a buffer and an object alike", () => {
    const text = JSON.stringify(acme);
    const bytes = new TextEncoder().encode(text);
    for (const form of [text, bytes, Buffer.from(text), bytes.buffer, acme]) {
      const parsed = Organization.parse(form);
      assert.deepEqual([parsed.name, parsed.revision], ["acme", "2026-10"]);
      assert.equal(parsed.principal("user:bob").can("stack:write", prod), true);
    }
  });

  test("reads a part of a buffer as that part", () => {
    const bytes = new TextEncoder().encode(`xx${JSON.stringify(acme)}xx`);
    assert.equal(Organization.parse(bytes.subarray(2, -2)).name, "acme");
  });

  test("reads an object as JSON.stringify prints it", () => {
    const later = { ...acme, edition: undefined, toJSON: () => ({ ...acme, organization: "other", entities: [] }) };
    assert.equal(Organization.parse(later).name, "other");
    assert.equal(Organization.parse({ ...acme, edition: undefined }).name, "acme");
  });

  test("throws a ScopewiseError with every problem", () => {
    const broken = { ...acme, members: [{ user: "ann", role: "boss" }, { user: "" }], colour: "red" };
    assert.throws(
      () => Organization.parse(broken),
      (error) => {
        assert.ok(error instanceof ScopewiseError && error instanceof Error);
        assert.equal(error.name, "ScopewiseError");
        const places = error.problems.map(({ path, code }) => `${path} ${code}`).sort();
        assert.deepEqual(places, [
          "colour unknown_field",
          "members[0].role unknown_role",
          "members[1].user empty",
          "teams[0].members[0].user unknown_member",
        ]);
        for (const { path, message } of error.problems) {
          assert.match(message, /^[^A-Z].*[^.]$/);
          assert.ok(error.message.includes(`${path}: ${message}`), error.message);
        }
        return true;
      },
    );
  });

  test("tells the line and the column of a fault of the text", () => {
    assert.throws(
      () => Organization.parse('{\n  "revision": nope }'),
      (error) => {
        const [{ code, line, column, path }] = error.problems;
        assert.deepEqual({ code, line, column, path }, { code: "invalid_json", line: 2, column: 15, path: "document" });
        assert.match(error.message, /^line 2, column 15: /);
        return true;
      },
    );
  });

  test("refuses half of a surrogate pair and bytes that are no text", () => {
    const codes = (form) => problemsOf(form).map(({ code }) => code);
    assert.deepEqual(codes('{"revision":"\ud800"}'), ["invalid_utf8"]);
    assert.deepEqual(codes({ ...acme, organization: "\ud800" }), ["invalid_json"]);
    assert.deepEqual(codes(Uint8Array.of(0x22, 0xff, 0x22)), ["invalid_utf8"]);
  });

  test("refuses what is too large before it reads it", () => {
    const codes = (form) => problemsOf(form).map(({ code }) => code);
    assert.deepEqual(codes(new Uint8Array(64_000_001)), ["too_large"]);
    assert.deepEqual(codes("x".repeat(64_000_001)), ["too_large"]);
    assert.deepEqual(codes("ä".repeat(32_000_001)), ["too_large"]);
  });

  test("refuses what is no document", () => {
    for (const form of [null, 1, true, [], "", "null", new Uint8Array(), new Map()]) {
      assert.ok(problemsOf(form).length > 0, String(form));
    }
    const circular = {};
    circular.self = circular;
    for (const form of [undefined, () => acme, Symbol("acme"), 1n, circular]) {
      assert.throws(() => Organization.parse(form), Error);
    }
  });

  test("refuses what JSON would lose, with its place", () => {
    const withTags = (tags) => ({ ...acme, entities: [{ entity: "stack:acme/web/dev" }, { entity: "stack:acme/web/prod", tags }] });
    class Tags {
      #env = "prod";
      get env() {
        return this.#env;
      }
    }
    const way = "make it a plain object, as by `Object.fromEntries`, or a list";
    for (const [document, place, kind] of [
      [withTags(new Map([["env", "prod"]])), "entities[1].tags", "Map"],
      [withTags(new Tags()), "entities[1].tags", "Tags"],
      [withTags({ "a.b": new Headers() }), 'entities[1].tags["a.b"]', "Headers"],
      [{ ...acme, settings: new Map([["permissionMode", "restricted"]]) }, "settings", "Map"],
      [{ ...acme, teams: new Set(acme.teams) }, "teams", "Set"],
      [{ ...acme, catalog: { name: "own", entityTypes: [new Map()] } }, "catalog.entityTypes[0]", "Map"],
      [new Map(Object.entries(acme)), "document", "Map"],
    ]) {
      const message = `of a \`${kind}\` not all can be read: ${way}`;
      assert.deepEqual(problemsOf(document), [{ path: place, code: "wrong_type", message }]);
    }
  });

  test("refuses a tag without a value, which JSON would make no tag", () => {
    const withTags = (tags) => ({ ...acme, entities: [{ entity: "stack:acme/web/prod", tags }] });
    for (const [value, kind] of [[undefined, "undefined"], [() => "prod", "function"], [Symbol("prod"), "symbol"]]) {
      const message = `\`${kind}\` is no value of a tag: leave the tag out if the entity has none`;
      const problems = [{ path: "entities[0].tags.env", code: "wrong_type", message }];
      assert.deepEqual(problemsOf(withTags({ team: "web", env: value })), problems);
    }
    for (const absent of [withTags(undefined), withTags({}), { ...acme, teams: undefined }]) {
      assert.ok(Organization.parse(absent) instanceof Organization);
    }
  });

  test("reads objects that say themselves what is written of them, and those of other realms", () => {
    const expiresAt = new Date("2027-01-01T00:00:00Z");
    const entities = runInNewContext('[{ entity: "stack:acme/web/prod", tags: Object.assign(Object.create(null), { env: "prod" }) }]');
    const parsed = Organization.parse({ ...acme, entities, tokens: [{ name: "ci", kind: "organization", expiresAt }] });
    assert.equal(parsed.principal("token:ci").decide("stack:read", "stack:acme/web/prod", { at: expiresAt }).reason, "token_expired");
    assert.equal(parsed.principal("user:bob").can("stack:delete", "stack:acme/web/prod"), false);
    class Tags {
      cached = undefined;
      toJSON = () => ({ env: "dev" });
    }
    const own = Organization.parse({ ...acme, entities: [{ entity: "stack:acme/web/prod", tags: new Tags() }] });
    assert.equal(own.principal("user:bob").can("stack:delete", "stack:acme/web/prod"), true);
  });

  test("is the only way to an organization", () => {
    assert.throws(() => new Organization(), TypeError);
    assert.throws(() => new Organization({}), TypeError);
  });
});

const malformedNames = ["", "bob", "user:", ":bob", "robot:x", "deployment:web", "user", "__proto__", "user\n:bob"];
const malformedScopes = ["", "read", "stack read", "__proto__", "constructor"];
const malformedEntities = [
  "",
  "stack",
  "stack:",
  "stack:acme/web",
  "stack:acme/web/prod/x",
  "stack:acme//prod",
  "planet:x",
  "acme/web/prod",
];
const nonsense = [undefined, null, 0, 1, NaN, 1n, true, Symbol("x"), {}, [], () => "x", Object.create(null), new Map()];
const malformedContexts = [
  null,
  0,
  1,
  "x",
  true,
  [],
  { colour: 1 },
  { tags: null },
  { tags: "env" },
  { tags: [] },
  { tags: { env: 1 } },
  { tags: { env: null } },
  { tags: { env: 1n } },
  { tags: { env: undefined } },
  { tags: new Map([["env", "dev"]]) },
  { tags: Object.create({ env: "dev" }) },
  { at: 5 },
  { at: "soon" },
  { at: null },
  { at: new Date(NaN) },
  () => ({}),
  Symbol("x"),
  circular(),
];

function circular() {
  const context = {};
  context.tags = context;
  return context;
}

describe("a principal", () => {
  test("is there whatever its name, and is asked without a fault", () => {
    const parsed = organization();
    for (const name of [...malformedNames, ...nonsense]) {
      const principal = parsed.principal(name);
      assert.equal(principal.can("stack:read", prod), false, String(principal.name));
      assert.equal(principal.can("stack:read", prod, { at }), false);
      assert.throws(() => principal.decide("stack:read", prod), ScopewiseError);
    }
    assert.equal(parsed.principal("user:bob").name, "user:bob");
  });

  test("can do nothing that is malformed", () => {
    const principal = organization().principal("user:ann");
    for (const context of [undefined, {}, { at }]) {
      assert.equal(principal.can("stack:read", prod, context), true);
      for (const scope of [...malformedScopes, ...nonsense]) assert.equal(principal.can(scope, prod, context), false);
      for (const entity of [...malformedEntities, ...nonsense])
        assert.equal(principal.can("stack:read", entity, context), false);
    }
    assert.equal(principal.can(), false);
    assert.equal(principal.can("stack:read"), false);
  });

  test("can do nothing by a malformed context", () => {
    const principal = organization().principal("user:ann");
    for (const context of malformedContexts) {
      assert.equal(principal.can("stack:read", prod, context), false, label(context));
    }
  });

  test("is asked for its trigger where it is a deployment, and ignores it elsewhere", () => {
    const [ann, run] = ["user:ann", "deployment:web/prod"].map((name) => organization().principal(name));
    for (const trigger of ["git-push", {}, { kind: "rest" }, { kind: "magic" }, { kind: "rest", by: 5 }, null, 1]) {
      assert.equal(ann.can("stack:read", prod, { trigger }), true);
      assert.equal(run.can("stack:read", prod, { trigger }), false);
      assert.throws(() => run.decide("stack:read", prod, { trigger }), ScopewiseError);
    }
    assert.equal(run.can("stack:read", prod, { trigger: { kind: "schedule" } }), true);
  });

  test("throws a ScopewiseError with a sentence for a malformed question", () => {
    const principal = organization().principal("user:ann");
    const questions = [
      ...[...malformedScopes, ...nonsense].flatMap((scope) => [
        (it) => it.decide(scope, prod),
        (it) => it.explain(scope, prod),
      ]),
      ...[...malformedScopes, ...nonsense].flatMap((scope) => [
        (it) => it.filter([prod], scope),
        (it) => it.matrix([prod], [scope]),
      ]),
      ...[...malformedEntities, ...nonsense].flatMap((entity) => [
        (it) => it.decide("stack:read", entity),
        (it) => it.explain("stack:read", entity),
        (it) => it.scopes(entity),
        (it) => it.filter([prod, entity], "stack:read"),
        (it) => it.matrix([entity], ["stack:read", "stack:write"]),
        (it) => it.matrix([{ entity, tags: {} }], ["stack:read"]),
      ]),
      ...malformedContexts.flatMap((context) => [
        (it) => it.decide("stack:read", prod, context),
        (it) => it.explain("stack:read", prod, context),
        (it) => it.scopes(prod, context),
        (it) => it.filter([prod], "stack:read", context),
        (it) => it.matrix([prod], ["stack:read"], context),
        (it) => it.matrix([{ entity: prod }], ["stack:read"], context),
      ]),
    ];
    const wrong = questions
      .map((ask) => [ask, thrownBy(() => ask(principal))])
      .filter(([, error]) => !isSentence(error));
    assert.deepEqual(
      wrong.map(([ask, error]) => `${ask}: ${error}`),
      [],
    );
  });

  test("answers with plain objects", () => {
    const { decide, explain } = {
      decide: bob().decide("stack:delete", unlisted),
      explain: bob().explain("stack:write", prod),
    };
    assert.deepEqual(decide, { effect: "unknown", reason: "needs_tags", needs: ["env"] });
    assert.deepEqual(bob().decide("team:delete", "organization:acme"), { effect: "deny", reason: "not_granted" });
    assert.deepEqual(Object.keys(explain), ["effect", "reason", "grants", "blockedBy", "rules"]);
    assert.deepEqual(explain.grants, [
      { via: ["team:platform", "role:deployer", "permission-set:stack-write"], on: "all", effect: "allow" },
    ]);
    assert.ok(!("remedies" in explain));
    assert.deepEqual(bob().explain("stack:delete", unlisted).grants[0].on, { tags: [{ key: "env", equals: "dev" }] });
  });

  test("has its scopes sorted", () => {
    const scopes = bob().scopes(prod);
    assert.deepEqual(scopes, [...scopes].sort());
    assert.equal(scopes.length, 25);
    assert.equal(bob().scopes(dev).length, 28); // all of Stack Admin's but the one that a setting refuses
    assert.deepEqual(organization().principal("user:nobody").scopes(prod), []);
  });

  test("filters entities and keeps their order", () => {
    const entities = [dev, prod, unlisted, "stack:other/web/dev", dev];
    assert.deepEqual(bob().filter(entities, "stack:delete"), [dev, dev]);
    assert.deepEqual(bob().filter(new Set(entities), "stack:write"), [dev, prod, unlisted]);
    const tagged = [
      { entity: unlisted, tags: { env: "dev" } },
      { entity: dev, tags: { env: "prod" } },
      { entity: dev },
    ];
    assert.deepEqual(bob().filter(tagged, "stack:delete"), [tagged[0], tagged[2]]);
    assert.equal(bob().filter(tagged, "stack:delete")[0], tagged[0]);
    assert.deepEqual(bob().filter(entities, "stack:delete", { tags: { env: "dev" } }), [dev, prod, unlisted, dev]);
    assert.deepEqual(bob().filter([], "stack:delete"), []);
  });
});

describe("a matrix", () => {
  const entities = [prod, dev, unlisted, { entity: unlisted, tags: { env: "dev" } }, "organization:acme"];
  const scopes = ["stack:write", "stack:delete", "stack:fly"];
  const expected = [1, 0, 0, 1, 1, 0, 1, 2, 0, 1, 1, 0, 0, 0, 0];

  test("has a row for each entity", () => {
    const { effects } = bob().matrix(entities, scopes);
    assert.ok(effects instanceof Uint8Array);
    assert.deepEqual([...effects], expected);
    assert.deepEqual([...bob().matrix(new Set(entities), scopes.values()).effects], expected);
    const names = entities.filter((it) => typeof it === "string");
    assert.deepEqual([...bob().matrix(names, scopes).effects], [...expected.slice(0, 9), ...expected.slice(12)]);
  });

  test("is asked by name, by position and by item", () => {
    const matrix = bob().matrix(entities, scopes);
    assert.deepEqual([matrix.at(prod, "stack:write"), matrix.at(0, 0)], ["allow", "allow"]);
    assert.deepEqual([matrix.at(unlisted, "stack:delete"), matrix.at(2, 1)], ["unknown", "unknown"]);
    assert.deepEqual([matrix.at(entities[3], "stack:delete"), matrix.at(3, 1)], ["allow", "allow"]);
  });

  test("is deny outside of what was asked", () => {
    const matrix = bob().matrix([prod, dev], ["stack:write", "stack:read"]);
    const outside = [-1, 2, 0.5, NaN, Infinity, "stack:acme/x/y", "", undefined, null, {}];
    for (const wanted of outside) {
      assert.equal(matrix.at(wanted, "stack:write"), "deny", String(wanted));
      assert.equal(matrix.at(prod, wanted), "deny", String(wanted));
    }
  });

  test("may be empty", () => {
    for (const empty of [bob().matrix([], scopes), bob().matrix(entities, [])]) {
      assert.equal(empty.effects.length, 0);
      assert.equal(empty.at(0, 0), "deny");
    }
  });

  test("agrees with single decisions on a large page", () => {
    const page = Array.from({ length: 1_000 }, (_, number) =>
      number % 3 ? `stack:acme/p${number}/s` : [prod, dev][number % 2],
    );
    const all = catalog("2026-10").entityTypes[0].groups.flatMap((group) => group.scopes.map((scope) => scope.name));
    const principal = bob();
    const matrix = principal.matrix(page, all);
    assert.equal(matrix.effects.length, 1_000 * all.length);
    for (const [row, entity] of page.entries()) {
      for (const [column, scope] of all.entries()) {
        assert.equal(matrix.at(row, column) === "allow", principal.can(scope, entity));
      }
    }
  });
});

describe("what is kept of an answer", () => {
  test("does not outlast tags that are given", () => {
    const principal = bob();
    const can = (context) => principal.can("stack:delete", unlisted, context);
    for (let round = 0; round < 3; round += 1) {
      assert.equal(can(), false);
      assert.equal(can({ tags: { env: "dev" } }), true);
      assert.equal(can({ tags: { env: "prod" } }), false);
      assert.equal(can({ tags: {} }), false);
      assert.equal(can({}), false);
    }
    assert.equal(principal.can("stack:delete", dev), true);
    assert.equal(principal.can("stack:delete", dev, { tags: { env: "prod" } }), false);
    assert.equal(principal.can("stack:delete", dev), true);
  });

  test("does not outlast a token", (t) => {
    const token = organization().principal("token:ci");
    const clock = t.mock.method(Date, "now", () => Date.parse("2026-12-31T23:59:59Z"));
    assert.equal(token.can("stack:read", prod), true);
    assert.equal(token.decide("stack:read", prod).effect, "allow");
    clock.mock.mockImplementation(() => Date.parse("2027-01-01T00:00:00Z"));
    assert.equal(token.can("stack:read", prod), false);
    assert.equal(token.decide("stack:read", prod).reason, "token_expired");
    assert.equal(token.can("stack:read", prod, { at }), true);
    assert.equal(token.can("stack:read", prod, { at: new Date("2026-12-31T00:00:00Z") }), true);
    assert.deepEqual(token.scopes(prod), []);
    assert.equal(token.matrix([prod], ["stack:read"]).at(0, 0), "deny");
    assert.equal(
      organization().decideAll([{ principal: "token:ci", scope: "stack:read", entity: prod }])[0].reason,
      "token_expired",
    );
  });

  test("does not outlast a trigger", () => {
    const run = organization().principal("deployment:web/prod");
    const can = (trigger) => run.can("stack:delete", dev, trigger && { trigger });
    for (let round = 0; round < 2; round += 1) {
      assert.equal(can(), false);
      assert.equal(can({ kind: "rest", by: "user:ann" }), true);
      assert.equal(can({ kind: "git-push" }), false);
      assert.equal(run.can("stack:delete", prod, { trigger: { kind: "git-push" } }), true);
    }
  });

  test("stays right over more entities and principals than are kept", () => {
    const principal = bob();
    for (let number = 0; number < 10_000; number += 1) {
      assert.equal(principal.can("stack:write", `stack:acme/web/s${number}`), true);
      assert.equal(principal.can("stack:delete", `stack:acme/web/s${number}`), false);
    }
    assert.equal(principal.can("stack:delete", dev), true);
    const parsed = organization();
    for (let number = 0; number < 5_000; number += 1)
      assert.equal(parsed.principal(`user:u${number}`).can("stack:read", dev), false);
    assert.equal(parsed.principal("user:bob").can("stack:read", dev), true);
  });

  test("is one organization's alone", () => {
    const [one, other] = [organization(), Organization.parse({ ...acme, teams: [] })];
    assert.deepEqual(
      [one, other].map((it) => it.principal("user:bob").can("stack:write", prod)),
      [true, false],
    );
  });

  test("takes no more memory for 200,000 decisions", () => {
    const principal = organization().principal("user:bob");
    const held = () => heapAfter(() => principal.can("stack:write", `stack:acme/p${Math.random()}/s`), 100_000);
    const [once, twice] = [held(), held()];
    assert.ok(twice - once < 16e6, `${((twice - once) / 1e6).toFixed(1)} MB more`);
    assert.ok(process.memoryUsage().arrayBuffers < 200e6);
  });

  test("takes no more memory for many principals", () => {
    const parsed = organization();
    const ask = (number) =>
      parsed.principal(`user:u${number % 1_000}`).can("stack:write", `stack:acme/p${Math.random()}/s`);
    const before = heapAfter(ask, 1_000);
    const grown = heapAfter(ask, 400_000) - before;
    assert.ok(grown < 64e6, `${(grown / 1e6).toFixed(1)} MB more`);
  });
});

describe("preflight", () => {
  const parsed = Organization.parse({
    revision: "2026-10",
    organization: "acme",
    tokens: [{ name: "ci", kind: "organization", role: "admin", expiresAt: "2027-01-01T00:00:00Z" }],
    entities: [
      { entity: prod, stackReferences: ["stack:acme/net/prod"], environments: ["environment:acme/d/a"] },
      { entity: dev, deployment: { accessToken: "token:ci" } },
      { entity: "environment:acme/d/a", imports: ["environment:acme/d/b"] },
      { entity: "environment:acme/d/b", imports: ["environment:acme/d/a"] },
    ],
  });
  const trigger = { kind: "git-push" };

  test("names who acts, every need, and rings of imports", () => {
    const report = parsed.preflight({ stack: "web/prod", trigger });
    assert.deepEqual([report.actsAs, report.allowed], ["stack-token:web/prod", false]);
    assert.deepEqual(report.cycles, [["environment:acme/d/a", "environment:acme/d/b"]]);
    const short = report.rows.map(({ need, rule, decision }) => `${need} ${rule} ${decision.effect}`);
    assert.deepEqual(short, [
      "stack DP-14 allow",
      "stack-reference DP-15 deny",
      "environment DP-16 deny",
      "environment-import DP-17 deny",
    ]);
    assert.deepEqual(report.rows[3].via, ["environment:acme/d/a"]);
    assert.equal("via" in report.rows[0], false);
    assert.equal(report.rows[0].explanation.actsAs, "stack-token:web/prod");
  });

  test("takes lists in the place of the document's, and a time", () => {
    const bare = parsed.preflight({ stack: prod, trigger, stackReferences: [], environments: [] });
    assert.deepEqual([bare.rows.length, bare.allowed], [1, true]);
    const allowed = (date) => parsed.preflight({ stack: dev, trigger, at: new Date(date) }).allowed;
    assert.deepEqual([allowed("2026-11-20T00:00:00Z"), allowed("2027-01-01T00:00:00Z")], [true, false]);
  });

  test("throws for a malformed question", () => {
    for (const asked of [undefined, {}, { stack: "web/prod" }, { stack: "prod", trigger }, { stack: prod, trigger: {} }]) {
      assert.throws(() => parsed.preflight(asked), ScopewiseError);
    }
  });
});

describe("decideAll", () => {
  const request = (principal, scope, entity, more) => ({ principal, scope, entity, ...more });

  test("answers in order, and a fault stops nothing", () => {
    const requests = [
      request("user:bob", "stack:write", prod),
      request("bob", "stack:write", prod),
      null,
      undefined,
      "text",
      1n,
      circular(),
      () => ({}),
      { principal: "user:bob" },
      request("user:bob", "stack:delete", unlisted),
      request("user:bob", "stack:delete", unlisted, { tags: { env: "dev" } }),
      request("user:bob\n", "stack:write", prod),
      request("user:bob", "stack:write", prod, { tags: { env: "\ud800" } }),
      request("token:ci", "stack:read", prod, { at: new Date("2027-01-01T00:00:00Z") }),
      request("deployment:web/prod", "stack:delete", prod, { trigger: { kind: "git-push" } }),
      request("user:bob", "stack:delete", unlisted, { tags: new Map([["env", "dev"]]) }),
    ];
    const given = organization().decideAll(requests);
    const short = given.map((it) =>
      typeof it.error === "string" && it.error !== "" ? "error" : `${it.effect} ${it.reason}`,
    );
    assert.deepEqual(short, [
      "allow granted",
      "error",
      "error",
      "error",
      "error",
      "error",
      "error",
      "error",
      "error",
      "unknown needs_tags",
      "allow granted",
      "deny unknown_principal",
      "error",
      "deny token_expired",
      "allow granted",
      "error",
    ]);
    assert.deepEqual(given[9], { effect: "unknown", reason: "needs_tags", needs: ["env"] });
  });

  test("takes anything that can be gone through, and nothing at all", () => {
    const requests = () => [request("user:bob", "stack:write", prod)].values();
    assert.deepEqual(organization().decideAll(requests()), [{ effect: "allow", reason: "granted" }]);
    assert.deepEqual(organization().decideAll([]), []);
  });

  test("answers a hundred thousand", () => {
    const requests = Array.from({ length: 100_000 }, (_, n) =>
      request(n % 2 ? "user:ann" : `user:u${n}`, "stack:write", `stack:acme/w/${n}`),
    );
    const given = organization().decideAll(requests);
    assert.equal(given.filter((it) => it.effect === "allow").length, 50_000);
    assert.ok(given.every((it, n) => (it.effect === "allow") === (n % 2 === 1)));
  });
});

describe("an organization that was disposed of", () => {
  const disposed = (parsed) => parsed[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();

  test("allows nothing and answers nothing", () => {
    const parsed = organization();
    const [ann, token] = [parsed.principal("user:ann"), parsed.principal("token:ci")];
    assert.equal(ann.can("stack:read", prod) && ann.can("stack:read", prod, { at }), true);
    disposed(parsed);
    for (const principal of [ann, token, parsed.principal("user:ann"), parsed.principal("user:new")]) {
      assert.equal(principal.can("stack:read", prod), false);
      assert.equal(principal.can("stack:read", prod, { at }), false);
      for (const ask of ["decide", "explain"]) assert.throws(() => principal[ask]("stack:read", prod), ScopewiseError);
      assert.throws(() => principal.scopes(prod), ScopewiseError);
      assert.throws(() => principal.matrix([prod], ["stack:read"]), ScopewiseError);
    }
    assert.throws(() => parsed.name, ScopewiseError);
    assert.throws(() => parsed.decideAll([{}]), ScopewiseError);
    disposed(parsed);
    assert.equal(organization().principal("user:ann").can("stack:read", prod), true);
  });

  test("allows nothing to a principal that was asked for long ago", () => {
    const parsed = organization();
    const ann = parsed.principal("user:ann");
    assert.equal(ann.can("stack:read", prod), true);
    for (let number = 0; number < 5_000; number += 1) parsed.principal(`user:u${number}`);
    disposed(parsed);
    assert.equal(ann.can("stack:read", prod), false);
  });

  test("gives its memory back", () => {
    const large = {
      ...acme,
      entities: Array.from({ length: 20_000 }, (_, n) => ({ entity: `stack:acme/p${n}/s`, tags: { env: `e${n}` } })),
    };
    const text = JSON.stringify(large);
    const round = () => disposed(Organization.parse(text));
    const grown = (rounds) => {
      const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
      for (let number = 0; number < rounds; number += 1) round();
      return process.memoryUsage().arrayBuffers + process.memoryUsage().external - before;
    };
    grown(3);
    const more = grown(30);
    assert.ok(more < 64e6, `${(more / 1e6).toFixed(1)} MB more`);
  });
});

describe("the catalog", () => {
  test("has every revision, the newest if none is named", () => {
    assert.deepEqual([...revisions], ["2025-11", "2026-04", "2026-10"]);
    assert.equal(catalog(), catalog("2026-10"));
    const counts = revisions.map((name) =>
      catalog(name).entityTypes.map((type) => type.groups.flatMap((group) => group.scopes).length),
    );
    assert.deepEqual(counts, [
      [31, 29, 12, 102],
      [29, 27, 11, 102],
      [30, 32, 11, 116],
    ]);
  });

  test("names for each scope what it allows and who has it", () => {
    for (const name of revisions) {
      for (const type of catalog(name).entityTypes) {
        for (const scope of type.groups.flatMap((group) => group.scopes)) {
          assert.ok(
            scope.description.length >= 20 && scope.roles.includes("admin") && Array.isArray(scope.sets),
            scope.name,
          );
        }
      }
      assert.equal(catalog(name).permissionSets.length, name === "2026-10" ? 13 : 10);
      assert.equal(catalog(name).settings.length, 5);
    }
  });

  test("has the scopes by which the engine decides", () => {
    for (const revision of revisions) {
      const parsed = Organization.parse({ revision, organization: "acme", members: [{ user: "ann", role: "admin" }] });
      const parts = { stack: "acme/a/b", environment: "acme/a/b", "insights-account": "acme/a", organization: "acme" };
      for (const type of catalog(revision).entityTypes) {
        const listed = type.groups.flatMap((group) => group.scopes.map((scope) => scope.name)).sort();
        assert.deepEqual(parsed.principal("user:ann").scopes(`${type.name}:${parts[type.name]}`), listed);
      }
    }
  });

  test("throws for a revision that is not there", () => {
    for (const name of ["2020-01", "", "__proto__", "toString", null]) assert.throws(() => catalog(name), RangeError);
  });
});

function problemsOf(document) {
  try {
    Organization.parse(document);
  } catch (error) {
    assert.ok(error instanceof ScopewiseError, String(error));
    return error.problems;
  }
  return "taken";
}

function label(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch (error) {
    return String(error);
  }
}

function thrownBy(ask) {
  try {
    ask();
  } catch (error) {
    return error;
  }
  return "nothing is thrown";
}

function isSentence(error) {
  return error instanceof ScopewiseError && error.problems.length === 0 && /^[^A-Z].*[^.]$/s.test(error.message);
}

/** Collects what is not held; `node --test` gives its files no flags, so the collector is taken from V8. */
function collect() {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
}

/** The heap after asking so often, without what can be thrown away. */
function heapAfter(ask, count) {
  for (let number = 0; number < count; number += 1) ask(number);
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
