// Gates: what goes on, what is refused, and what nobody can learn or forge.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { Organization as Administered } from "../pkg/admin-node.js";
import { createGate, organizations, readGateHeader, verifyGateHeader } from "../pkg/edge.js";
import { Organization } from "../pkg/node.js";
import { Routes } from "../pkg/routes-node.js";

const document = {
  revision: "2026-10",
  organization: "acme",
  settings: { defaultStackPermission: "none" },
  roles: [
    {
      id: "deployer",
      name: "Deployer",
      rules: [
        { permissionSet: "stack-read", on: ["stack:acme/web/prod", "stack:acme/web/gone"] },
        { permissionSet: "stack-write", on: { tags: [{ key: "env", equals: "dev" }] } },
      ],
    },
  ],
  members: [{ user: "ann", role: "admin" }, { user: "bob", role: "deployer" }, { user: "cy" }],
  collaborators: [{ user: "zoe", grants: [{ entity: "stack:acme/web/prod", level: "read" }] }],
  entities: [
    { entity: "stack:acme/web/prod", tags: { env: "prod" } },
    { entity: "stack:acme/web/dev", tags: { env: "dev" } },
    { entity: "stack:acme/web/secret", tags: { env: "prod" } },
  ],
};
const stack = "/api/stacks/{org}/{project}/{stack}";
const entity = "stack:{org}/{project}/{stack}";
const table = {
  reads: { stack: "stack:read" },
  routes: [
    { method: "GET", path: stack, needs: "scope", scope: "stack:read", entity },
    { method: "PUT", path: stack, needs: "scope", scope: "stack:write", entity },
    { method: "DELETE", path: stack, needs: "scope", scope: "stack:delete", entity },
    {
      method: "POST",
      path: `${stack}/rename`,
      needs: "scope",
      scope: "stack:write",
      entity,
      also: [{ scope: "stack:rename", entity }],
    },
    {
      method: "GET",
      path: "/api/guessed/{org}/{project}/{stack}",
      needs: "scope",
      scope: "stack:read",
      entity,
      confidence: "guessed",
    },
    {
      method: "POST",
      path: "/api/orgs/{org}/teams",
      needs: "scope",
      scope: "team:create",
      entity: "organization:{org}",
    },
    { method: "GET", path: "/api/orgs/{org}", needs: "member", entity: "organization:{org}" },
    { method: "GET", path: "/api/stacks", needs: "filter", scope: "stack:read", entityType: "stack" },
    { method: "GET", path: "/api/user", needs: "user" },
    { method: "GET", path: "/health", needs: "public" },
    { method: "GET", path: "/guess", needs: "public", confidence: "inferred" },
    { method: "POST", path: "/api/leases/{id}", needs: "special", note: "the lease of a run" },
  ],
};
const acme = Organization.parse(document);
const routes = Routes.parse(table);
/** Who somebody is, says a header that only these tests would trust. */
const authenticate = (request) => request.headers.get("x-test-user");
const silent = { onError: () => {} };

const gateOf = (options) => createGate({ organization: acme, routes, authenticate, onUnknown: "deny", ...options });
const requestOf = (target, { user, ...init } = {}) =>
  new Request(`https://api.example${target}`, {
    ...init,
    headers: { ...(user && { "x-test-user": `user:${user}` }), ...init.headers },
  });

async function asked(options, target, init) {
  return gateOf(options).ask(requestOf(target, init));
}

/** Everything that a client sees of an answer. */
async function seen(response) {
  return { status: response.status, headers: [...response.headers], body: await response.text() };
}

async function problem(answer) {
  assert.equal(answer.forward, undefined);
  return { ...(await answer.refuse.json()), headers: answer.refuse.headers };
}

describe("what each kind of route does", () => {
  test("a scope that is allowed goes on, at once", () => {
    const answer = gateOf().ask(requestOf("/api/stacks/acme/web/prod?full=true", { user: "bob" }));
    assert.equal(answer.mark, "allow");
    assert.equal(answer.principal, "user:bob");
    assert.equal(answer.organization, "acme");
    assert.equal(answer.forward.url, "https://api.example/api/stacks/acme/web/prod?full=true");
    assert.equal(answer.forward.redirect, "manual");
    assert.deepEqual(answer.needs.scopes, [{ scope: "stack:read", entity: "stack:acme/web/prod" }]);
  });

  test("one that is denied is refused with what was needed and why not", async () => {
    const answer = await asked({}, "/api/stacks/acme/web/prod", { user: "bob", method: "DELETE" });
    const { headers, ...told } = await problem(answer);
    assert.deepEqual(told, {
      type: "about:blank",
      title: "Forbidden",
      status: 403,
      code: "denied",
      detail: "`stack:delete` on `stack:acme/web/prod` is needed",
      needs: [{ scope: "stack:delete", entity: "stack:acme/web/prod", effect: "deny", reason: "not_granted" }],
    });
    assert.equal(headers.get("content-type"), "application/problem+json");
    assert.equal(headers.get("scopewise-accepted-scopes"), "stack:delete");
    assert.equal(headers.get("cache-control"), "no-store");
  });

  test("several scopes must all be allowed", async () => {
    const init = { method: "POST", user: "bob" };
    const { needs, headers } = await problem(await asked({}, "/api/stacks/acme/web/dev/rename", init));
    assert.deepEqual(
      needs.map(({ scope, effect }) => `${scope} ${effect}`),
      ["stack:write allow", "stack:rename deny"],
    );
    assert.equal(headers.get("scopewise-accepted-scopes"), "stack:write, stack:rename");
    assert.equal((await asked({}, "/api/stacks/acme/web/dev/rename", { ...init, user: "ann" })).mark, "allow");
  });

  test("a member is whoever has a role: no collaborator, nobody else", async () => {
    const marks = async (user) => (await asked({}, "/api/orgs/acme", { user })).mark;
    assert.deepEqual([await marks("cy"), await marks("zoe"), await marks("nobody")], ["allow", undefined, undefined]);
  });

  test("lists and the caller itself take somebody, and go on with their mark", async () => {
    assert.equal((await asked({}, "/api/stacks", { user: "bob" })).mark, "filter");
    assert.equal((await asked({}, "/api/user", { user: "nobody" })).mark, "user");
    for (const target of ["/api/stacks", "/api/user", "/api/stacks/acme/web/prod"]) {
      const { status, code, headers } = await problem(await asked({ challenge: 'Bearer realm="x"' }, target));
      assert.deepEqual([status, code, headers.get("www-authenticate")], [401, "unauthenticated", 'Bearer realm="x"']);
    }
  });

  test("what is public asks nobody who it is", async () => {
    const answer = await asked({ authenticate: () => assert.fail() }, "/health");
    assert.deepEqual([answer.mark, answer.principal], ["public", undefined]);
  });

  test("what scopes do not decide is as `onUnknown`, or as `onSpecial` says", async () => {
    const init = { method: "POST", user: "bob" };
    const { status, code, detail } = await problem(await asked({}, "/api/leases/7", init));
    assert.deepEqual([status, code, detail], [403, "special", "the lease of a run"]);
    assert.equal((await asked({ onUnknown: "forward" }, "/api/leases/7", init)).mark, "special");
    assert.equal((await asked({ onSpecial: "forward" }, "/api/leases/7", init)).mark, "special");
    assert.equal((await asked({ onUnknown: "forward", onSpecial: "deny" }, "/api/leases/7", init)).mark, undefined);
  });

  test("what is in no route is refused, and passes only where the table says so", async () => {
    for (const [target, init, status, code] of [
      ["/api/teams", {}, 403, "unmapped"],
      ["/api/user", { method: "HEAD" }, 403, "method_unmapped"],
      ["/api/user", { method: "OPTIONS" }, 403, "method_unmapped"],
      ["/api//user", {}, 400, "empty_segment"],
      ["/api/us%65r", {}, 400, "escaped_literal"],
      ["/API/user", {}, 400, "lookalike"],
      ["/api/stacks/acme/web%2Fprod/x", {}, 400, "encoded_separator"],
    ]) {
      const told = await problem(await asked({}, target, { ...init, user: "ann" }));
      assert.deepEqual([told.status, told.code], [status, code], target);
    }
    const passing = Routes.parse({ ...table, unmapped: "pass" });
    const answer = await asked({ routes: passing }, "/style.css");
    assert.deepEqual([answer.mark, answer.principal], ["passed", undefined]);
    assert.equal((await asked({ routes: passing }, "/API/user")).mark, undefined);
  });
});

describe("what cannot be told without tags", () => {
  const unlisted = "/api/stacks/acme/web/new";
  const init = { method: "PUT", user: "bob" };

  test("`onUnknown` has no default, and no value of it allows", () => {
    for (const onUnknown of [undefined, "allow", true, null]) {
      assert.throws(
        () => gateOf({ onUnknown }),
        /`onUnknown` is one of `deny`, `forward`, `resolve`, and has no default/,
      );
    }
    assert.throws(() => gateOf({ onUnknown: "resolve" }), /resolveTags/);
    assert.throws(() => gateOf({ resolveTags: () => ({}) }), /resolveTags/);
  });

  test("deny, or forward with another mark than that of an allow", async () => {
    assert.equal((await problem(await asked({}, unlisted, init))).status, 404);
    assert.equal((await asked({ onUnknown: "forward" }, unlisted, init)).mark, "unknown");
    assert.equal(
      (await problem(await asked({ onUnknown: "forward" }, "/api/stacks/acme/web/secret", init))).status,
      404,
    );
  });

  test("tags are fetched once for each entity, and it is decided again", async () => {
    const calls = [];
    const options = (tags) => ({
      onUnknown: "resolve",
      resolveTags: (entity, { needs, principal }) => {
        calls.push([entity, needs, principal]);
        return tags;
      },
    });
    for (const give of [(tags) => tags, (tags) => Promise.resolve(tags)]) {
      assert.equal((await asked(options(give({ env: "dev" })), unlisted, init)).mark, "allow");
      assert.equal((await problem(await asked(options(give({ env: "prod" })), unlisted, init))).status, 404);
      assert.equal((await problem(await asked(options(give({})), unlisted, init))).status, 404);
      assert.equal((await problem(await asked(options(give(null)), unlisted, init))).status, 404);
    }
    assert.deepEqual(calls[0], ["stack:acme/web/new", ["env"], "user:bob"]);
    assert.equal(calls.length, 8);
    assert.equal(
      (await asked(options({ env: "dev" }), "/api/stacks/acme/web/prod", { ...init, method: "GET" })).mark,
      "allow",
    );
    assert.equal(calls.length, 8, "what can be told is not asked for");
  });

  test("what fails, or gives what no tags are, refuses", async () => {
    for (const [resolveTags, status] of [
      [
        () => {
          throw new Error("no");
        },
        503,
      ],
      [() => Promise.reject(new Error("no")), 503],
      [() => ({ env: 7 }), 500],
      [() => "env", 500],
    ]) {
      const told = await problem(await asked({ onUnknown: "resolve", resolveTags, ...silent }, unlisted, init));
      assert.equal(told.status, status);
    }
  });

  test("what may hold tags and says none to JSON is not an entity without tags", async () => {
    const on = { tags: [{ key: "env", notEquals: "prod" }] };
    const roles = [{ id: "deployer", name: "Deployer", rules: [{ permissionSet: "stack-write", on }] }];
    const organization = Organization.parse({ ...document, roles, entities: [] });
    const status = async (tags) => {
      const options = { organization, onUnknown: "resolve", resolveTags: () => tags, ...silent };
      return (await asked(options, unlisted, init)).refuse?.status;
    };
    assert.equal(await status({}), undefined, "this is one, and it is allowed");
    const getter = new (class {
      get env() {
        return "prod";
      }
    })();
    const prod = { env: "prod" };
    const none = [new Map(Object.entries(prod)), new Headers(prod), Object.create(prod), getter, [], { toJSON: () => prod }];
    for (const tags of [...none, { env: undefined }, { env: () => "prod" }, "", 0, false, new Error("no")]) {
      assert.equal(await status(tags), 500, String(tags));
    }
  });

  test("a request brings no tags, whatever it says", async () => {
    const headers = { "scopewise-tags": "env=dev", tags: "env=dev" };
    const answer = await asked({}, `${unlisted}?tags=env%3Ddev&env=dev`, {
      ...init,
      headers,
      body: '{"tags":{"env":"dev"}}',
    });
    assert.equal(answer.forward, undefined);
  });
});

describe("how sure a route is", () => {
  const guessed = "/api/guessed/acme/web/prod";

  test("a guess does not open, and a deny by a guess still refuses", async () => {
    assert.equal((await problem(await asked({}, guessed, { user: "bob" }))).code, "undecided");
    assert.equal((await asked({ onUnknown: "forward" }, guessed, { user: "bob" })).mark, "unknown");
    assert.equal((await asked({ onUnknown: "forward" }, guessed, { user: "cy" })).mark, undefined);
    assert.equal((await asked({ confidence: { forward: "guessed" } }, guessed, { user: "bob" })).mark, "allow");
    assert.equal(
      (await asked({ onUnknown: "forward", confidence: { refuse: "inferred" } }, guessed, { user: "cy" })).mark,
      "unknown",
    );
  });

  test("what may be public is not, unless it is sure", async () => {
    assert.equal((await asked({}, "/guess")).mark, undefined);
    assert.equal((await asked({ onUnknown: "forward" }, "/guess")).mark, "unknown");
    assert.equal((await asked({ confidence: { forward: "inferred" } }, "/guess")).mark, "public");
  });

  test("tags do not make it surer", async () => {
    const resolveTags = () => assert.fail("not asked");
    assert.equal(
      (await asked({ onUnknown: "resolve", resolveTags }, "/api/guessed/acme/web/new", { user: "bob" })).mark,
      undefined,
    );
  });
});

describe("nobody learns what is there", () => {
  const origin = (request) => {
    const { pathname } = new URL(request.url);
    if (pathname.endsWith("/gone") || pathname.endsWith("/new"))
      return new Response("nothing of that name", { status: 404, headers: { "x-origin": "1" } });
    return new Response("here you are");
  };

  for (const onUnknown of ["deny", "forward", "resolve"]) {
    test(`the 404 for what is hidden is that for what is not there, byte for byte: ${onUnknown}`, async () => {
      const resolveTags = onUnknown === "resolve" ? () => null : undefined;
      const gate = gateOf({ onUnknown, resolveTags });
      for (const method of ["GET", "PUT", "DELETE"]) {
        const answers = [];
        for (const path of ["web/secret", "web/new", "other/any"]) {
          const request = requestOf(`/api/stacks/acme/${path}`, { user: "bob", method });
          const response = await gate.fetch(request, (it) =>
            path === "other/any" ? new Response("no", { status: 404 }) : origin(it),
          );
          answers.push(await seen(response));
        }
        answers.push(
          await seen(await gate.fetch(requestOf("/api/stacks/elsewhere/web/new", { user: "bob", method }), origin)),
        );
        answers.push(
          await seen(await gate.fetch(requestOf("/api/stacks/acme/web/secret", { user: "nobody", method }), origin)),
        );
        assert.equal(answers[0].status, 404);
        for (const answer of answers) assert.deepEqual(answer, answers[0], method);
      }
    });
  }

  test("who may read it gets the 404 of the origin", async () => {
    const response = await gateOf().fetch(requestOf("/api/stacks/acme/web/gone", { user: "bob" }), origin);
    assert.deepEqual([response.status, response.headers.get("x-origin")], [404, "1"]);
  });

  test("an organization is hidden from whoever does not belong to it", async () => {
    const statuses = async (target, user, method) => (await problem(await asked({}, target, { user, method }))).status;
    assert.equal(await statuses("/api/orgs/acme", "nobody", "GET"), 404);
    assert.equal(await statuses("/api/orgs/other", "bob", "GET"), 404);
    assert.equal(await statuses("/api/orgs/acme/teams", "nobody", "POST"), 404);
    assert.equal(await statuses("/api/orgs/acme/teams", "bob", "POST"), 403);
  });
});

describe("how much is told", () => {
  const init = { user: "bob", method: "DELETE" };
  const told = async (options) => {
    const { headers, ...told } = await problem(await asked(options, "/api/stacks/acme/web/prod", init));
    return Object.keys(told);
  };

  test("nothing, what was needed, or the explanation with what would help", async () => {
    const bare = ["type", "title", "status", "code"];
    assert.deepEqual(await told({ tell: "nothing" }), bare);
    assert.deepEqual(await told({ tell: () => "needs" }), [...bare, "detail", "needs"]);
    assert.deepEqual(await told({ tell: () => "everything" }), bare);
    assert.deepEqual(
      await told({
        tell: () => {
          throw new Error("no");
        },
        ...silent,
      }),
      bare,
    );
    const organization = Administered.parse(document);
    const answer = await asked({ organization, tell: "explanation" }, "/api/stacks/acme/web/prod", init);
    const { explanation } = await problem(answer);
    assert.equal(explanation.reason, "not_granted");
    assert.ok(explanation.remedies.length > 0);
  });
});

describe("what comes from outside", () => {
  const forged = {
    "Scopewise-Gate": "v1.e30.e30",
    SCOPEWISE_GATE: "1",
    "scopewise-principal": "user:ann",
    "X-HTTP-Method-Override": "DELETE",
    "X-Original-URL": "/api/stacks/acme/web/secret",
    "x-rewrite-url": "/admin",
  };

  test("headers of the gate's own names are gone, and those by which a request is taken for another", async () => {
    const { forward } = await asked({}, "/api/stacks/acme/web/prod", {
      user: "bob",
      headers: { ...forged, "x-kept": "1" },
    });
    assert.deepEqual([...forward.headers.keys()].sort(), ["scopewise-gate", "x-kept", "x-test-user"]);
    assert.equal(readGateHeader(forward).principal, "user:bob");
  });

  test("however a server may write them: some know letters and digits alone", async () => {
    const names = ["X_HTTP_Method_Override", "x-http_method-override", "X.Original.URL", "scopewise.gate", "Scopewise!Tags"];
    const headers = Object.fromEntries([...names, "x-http-methods", "xx-original-url"].map((name) => [name, "1"]));
    const { forward } = await asked({}, "/api/stacks/acme/web/prod", { user: "bob", headers });
    const kept = ["scopewise-gate", "x-http-methods", "x-test-user", "xx-original-url"];
    assert.deepEqual([...forward.headers.keys()].sort(), kept);
  });

  test("all of them are gone, however many, and none that only looks like one", async () => {
    const own = ["scopewise-", "scopewise_", "SCOPEWISE-Gate-"].flatMap((start) => ["a", "b", "c"].map((end) => start + end));
    const overrides = ["HTTP-Method", "HTTP-Method-Override", "Method-Override", "Original-Method", "Original-URI"];
    const others = ["X-HTTP-Methods", "XX-HTTP-Method", "my-scopewise-gate", "scopewises", "X-Original-URLs"];
    const names = [...own, ...[...overrides, "Original-URL", "Rewrite-URL"].map((name) => `X-${name}`), ...others];
    for (const listed of [names, [...names].reverse()]) {
      const headers = Object.fromEntries(listed.map((name) => [name, "x"]));
      const request = requestOf("/api/stacks/acme/web/prod", { user: "bob", headers });
      const { forward } = await gateOf().ask(request);
      const kept = [...others.map((name) => name.toLowerCase()), "scopewise-gate", "x-test-user"];
      assert.deepEqual([...forward.headers.keys()].sort(), kept.sort());
      assert.equal([...request.headers].length, names.length + 1, "the request itself stays as it was");
    }
  });

  test("a redirect is not followed, whatever the request says of that", async () => {
    for (const redirect of ["manual", "follow", "error"]) {
      const request = requestOf("/api/stacks/acme/web/dev", { user: "bob", method: "PUT", body: "a body", redirect });
      const { forward } = await gateOf().ask(request);
      assert.deepEqual([forward.redirect, forward.method, await forward.text()], ["manual", "PUT", "a body"]);
    }
  });

  test("they decide nothing", async () => {
    for (const target of ["/api/stacks/acme/web/secret", "/api/orgs/acme/teams", "/api/stacks/acme/web/prod"]) {
      for (const method of ["GET", "PUT", "DELETE", "POST"]) {
        const plain = await asked({}, target, { user: "bob", method });
        const other = await asked({}, target, { user: "bob", method, headers: forged });
        assert.equal(other.mark, plain.mark);
        assert.equal(
          other.refuse && JSON.stringify(await seen(other.refuse)),
          plain.refuse && JSON.stringify(await seen(plain.refuse)),
        );
      }
    }
  });

  test("a body is not read and travels on", async () => {
    const request = requestOf("/api/stacks/acme/web/dev", { user: "bob", method: "PUT", body: "a body" });
    const { forward } = await gateOf().ask(request);
    assert.equal(forward.method, "PUT");
    assert.equal(await forward.text(), "a body");
  });
});

describe("what the origin is told", () => {
  const bytes = new Uint8Array(32).fill(7);
  const secret = { secret: bytes };
  const target = "/api/stacks/acme/web/prod?a=b";
  const signed = async (sign, source = acme) =>
    (await asked({ sign, organization: source }, target, { user: "bob" })).forward;

  for (const kind of ["a secret", "HMAC", "Ed25519"]) {
    test(`is signed, by ${kind}`, async () => {
      const pair =
        kind === "Ed25519" ? await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]) : undefined;
      const hmac =
        kind === "HMAC"
          ? await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"])
          : undefined;
      const forward = await signed(
        { key: pair?.privateKey ?? hmac ?? secret, id: "k1" },
        { get: () => ({ organization: acme, status: "stale", version: 12 }) },
      );
      const keys = { k0: { secret: new Uint8Array(32) }, k1: pair?.publicKey ?? hmac ?? secret };
      const { valid, issued, expires, ...claims } = await verifyGateHeader(forward, { keys });
      assert.equal(valid, true);
      assert.deepEqual(claims, {
        decision: "allow",
        principal: "user:bob",
        organization: "acme",
        version: 12,
        stale: true,
        key: "k1",
      });
      assert.equal(expires - issued, 30);
      const header = forward.headers.get("scopewise-gate");
      assert.equal((await verifyGateHeader({ method: "GET", target, header }, { keys })).valid, true);
      const reason = async (parts, more) =>
        (await verifyGateHeader({ method: "GET", target, header, ...parts }, { keys, ...more })).reason;
      assert.equal(await reason({ method: "DELETE" }), "forged");
      assert.equal(await reason({ target: "/api/stacks/acme/web/secret" }), "forged");
      assert.equal(await reason({ target: "/api/stacks/acme/web/prod" }), "forged");
      assert.equal(await reason({ header: undefined }), "missing");
      assert.equal(await reason({ header: `${header}, ${header}` }), "malformed");
      assert.equal(await reason({}, { now: Date.now() + 36_000 }), "expired");
      assert.equal(await reason({}, { now: Date.now() - 7_000 }), "expired");
      assert.equal(await reason({}, { keys: { k0: secret } }), "unknown_key");
      assert.equal(await reason({}, { keys: { toString: secret } }), "unknown_key");
      const [, payload, signature] = header.split(".");
      const changed = btoa(atob(payload.replaceAll("-", "+").replaceAll("_", "/")).replace("bob", "ann")).replace(
        /=+$/,
        "",
      );
      assert.equal(await reason({ header: `v1.${changed}.${signature}` }), "forged");
      // The last letter holds bits that are no part of the signature.
      for (let at = 0; at < header.length - 1; at += 1) {
        const flipped = `${header.slice(0, at)}${header[at] === "A" ? "B" : "A"}${header.slice(at + 1)}`;
        assert.notEqual(
          (await verifyGateHeader({ method: "GET", target, header: flipped }, { keys })).valid,
          true,
          `${at}`,
        );
      }
    });
  }

  test("the example that the documentation gives to other languages holds", async () => {
    const page = readFileSync(new URL("../docs/edge.md", import.meta.url), "utf8");
    const [, method, target, header] = /^(GET) (\S+)\nScopewise-Gate: (\S+)$/m.exec(page);
    const verified = await verifyGateHeader(
      { method, target, header },
      { keys: { "2026-11": secret }, now: 1_795_219_200_000 },
    );
    assert.deepEqual([verified.valid, verified.principal, verified.version], [true, "user:bob", 7]);
    const [, payload, signature] = header.split(".");
    const text = ["scopewise-gate-v1", method, target, payload].join("\n");
    assert.equal(createHmac("sha256", bytes).update(text).digest("base64url"), signature);
  });

  test("a public key is never taken for a secret, by which everybody could sign", async () => {
    const { publicKey } = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    const known = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
    const pem = new TextEncoder().encode("-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA…\n-----END PUBLIC KEY-----\n");
    for (const everybodys of [known, pem]) {
      const forged = await signed({ key: { secret: everybodys }, id: "k1" });
      await assert.rejects(verifyGateHeader(forged, { keys: { k1: everybodys } }), {
        name: "TypeError",
        message: "a key is `{ secret: bytes }`, or a `CryptoKey` for Ed25519 or for HMAC with SHA-256",
      });
      assert.equal((await verifyGateHeader(forged, { keys: { k1: publicKey } })).reason, "forged");
    }
  });

  test("a signature for something else is none", async () => {
    const forward = await signed(undefined);
    assert.equal((await verifyGateHeader(forward, { keys: { k1: secret } })).reason, "malformed");
    assert.deepEqual(readGateHeader(forward), { decision: "allow", principal: "user:bob", organization: "acme" });
  });

  test("is said of each principal by itself, however many come", async () => {
    const gate = gateOf();
    for (const round of [1, 2]) {
      for (let number = 0; number < 600; number += 1) {
        const { forward } = await gate.ask(requestOf(`/api/user?${round}`, { user: `u${number}` }));
        assert.deepEqual(readGateHeader(forward), { decision: "user", principal: `user:u${number}` });
      }
    }
    const [one, other] = [1, 2].map((version) => ({ get: () => ({ organization: acme, status: "fresh", version }) }));
    const sources = [one, other, one];
    const changing = gateOf({ organization: () => sources.shift() });
    for (const version of [1, 2, 1]) {
      const { forward } = await changing.ask(requestOf(target, { user: "bob" }));
      assert.equal(readGateHeader(forward).version, version);
    }
  });

  test("a key that is none is told when the gate is made", () => {
    for (const sign of [
      { key: { secret: new Uint8Array(31) }, id: "k" },
      { key: { secret: "secret" }, id: "k" },
      { key: bytes, id: "k" },
      { key: secret },
      { key: secret, id: "k", lifetimeSeconds: 0 },
    ]) {
      assert.throws(() => gateOf({ sign }), TypeError);
    }
  });

  test("where signing fails, nothing goes on", async () => {
    const { publicKey } = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    const answer = await asked({ sign: { key: publicKey, id: "k" }, ...silent }, target, { user: "bob" });
    assert.equal((await problem(answer)).status, 500);
  });
});

describe("whatever goes wrong", () => {
  const fails = () => {
    throw new Error("broken");
  };
  const rejects = () => Promise.reject(new Error("broken"));

  test("in a function that is asked, refuses", async () => {
    for (const broken of [fails, rejects]) {
      for (const [options, status] of [
        [{ authenticate: broken }, 500],
        [{ organization: broken }, 503],
        [{ organization: { get: broken } }, 503],
        [{ requestId: fails }, 500],
        [{ authenticate: () => 7 }, 500],
        [{ authenticate: () => "" }, 500],
        [{ organization: () => ({}) }, 503],
        [{ organization: () => null }, 404],
        [{ routes: { find: fails } }, 500],
        [{ routes: { find: () => ({ error: "not_ready", message: "" }) } }, 500],
        [{ authenticate: () => ({ principal: "deployment:web/prod" }) }, 500],
        [{ authenticate: () => "bob" }, 500],
      ]) {
        const errors = [];
        const answer = await asked(
          { ...options, onError: (error) => errors.push(error) },
          "/api/stacks/acme/web/prod",
          { user: "ann" },
        );
        const told = await problem(answer);
        assert.equal(told.status, status, `${JSON.stringify(told)} ${Object.keys(options)}`);
        assert.equal(errors.length, status === 404 ? 0 : 1);
      }
    }
  });

  test("with whoever takes errors, is no way through", async (t) => {
    const reported = t.mock.method(console, "error", () => {});
    // As Deno and Bun have it, where it ends the process.
    globalThis.reportError = () => assert.fail("the process ends");
    t.after(() => delete globalThis.reportError);
    for (const onError of [fails, rejects]) {
      const answer = await asked({ authenticate: fails, onError }, "/api/stacks/acme/web/prod", { user: "ann" });
      assert.equal((await problem(answer)).status, 500);
    }
    const unsaid = { onError: undefined, onSpecial: undefined, challenge: undefined, sign: undefined };
    assert.equal((await problem(await asked({ ...unsaid, authenticate: fails }, "/api/user"))).status, 500);
    assert.equal((await asked({ ...unsaid, onUnknown: "forward" }, "/api/leases/7", { user: "ann", method: "POST" })).mark, "special");
    assert.equal(reported.mock.callCount(), 3);
  });

  test("of a source without an organization, denies", async () => {
    for (const state of [
      { organization: null, status: "empty" },
      { organization: null, status: "stopped" },
      { organization: acme, status: "stopped" },
      {},
    ]) {
      const told = await problem(
        await asked({ organization: { get: () => state }, ...silent }, "/api/stacks/acme/web/prod", { user: "ann" }),
      );
      assert.deepEqual([told.status, told.code, told.headers.get("retry-after")], [503, "unavailable", "5"]);
    }
    const stale = await asked(
      { organization: { get: async () => ({ organization: acme, status: "stale", version: 3 }) } },
      "/api/stacks/acme/web/prod",
      { user: "ann" },
    );
    assert.deepEqual([stale.mark, stale.stale, stale.version], ["allow", true, 3]);
  });

  test("of an effect that is none, denies", async () => {
    for (const effect of [undefined, "", "Allow", "allowed", 1]) {
      const decided = { can: () => false, decide: () => ({ effect, reason: "?" }) };
      const organization = { name: "acme", label: {}, principal: () => decided };
      assert.equal((await asked({ organization }, "/api/stacks/acme/web/prod", { user: "ann" })).forward, undefined);
    }
  });

  test("with those who are told, changes nothing", async () => {
    const thenFails = () => ({ then: fails });
    const isNone = () => Object.defineProperty({}, "then", { get: fails });
    for (const broken of [fails, rejects, thenFails, isNone]) {
      const errors = [];
      const gate = gateOf({ onDecision: broken, onMismatch: broken, onError: (error) => errors.push(error.message) });
      const response = await gate.fetch(
        requestOf("/api/stacks/acme/web/prod", { user: "bob" }),
        () => new Response("no", { status: 403 }),
      );
      assert.deepEqual([response.status, await response.text()], [403, "no"]);
      await new Promise(setImmediate);
      assert.deepEqual(errors, ["broken", "broken"]);
    }
  });

  test("with whoever waits for them afterwards, changes nothing", async () => {
    const errors = [];
    const later = async () => {};
    const gate = gateOf({ onDecision: later, onExchange: later, onError: (error) => errors.push(error.message) });
    const request = requestOf("/api/stacks/acme/web/prod", { user: "bob" });
    const response = await gate.fetch(request, () => new Response("here"), { waitUntil: fails });
    assert.equal(await response.text(), "here");
    assert.deepEqual(errors, ["broken", "broken"]);
  });

  test("with a promise of another making: it is waited for like any other", async () => {
    const promised = (value) => ({ then: (done) => void done(value) });
    const options = { authenticate: () => promised("user:ann"), organization: () => promised(acme) };
    assert.equal((await asked(options, "/api/stacks/acme/web/prod")).mark, "allow");
    assert.equal((await problem(await asked({ ...options, authenticate: () => promised(null) }, "/api/user"))).status, 401);
    const broken = { ...options, authenticate: () => ({ then: fails }), ...silent };
    assert.equal((await problem(await asked(broken, "/api/user"))).status, 500);
  });

  test("at the origin, is told as such", async () => {
    for (const forward of [rejects, () => {}]) {
      const response = await gateOf(silent).fetch(requestOf("/health"), forward);
      assert.deepEqual([response.status, (await response.json()).code], [502, "origin_failed"]);
    }
  });
});

test("an origin that refuses what was allowed is told of, and no other", async () => {
  const told = [];
  const gate = gateOf({
    onUnknown: "forward",
    onMismatch: (it) => told.push(`${it.status} ${it.method} ${it.target} ${it.principal}`),
  });
  const ask = (target, status, init) =>
    gate.fetch(requestOf(target, { user: "ann", ...init }), () => new Response(null, { status }));
  for (const status of [200, 304, 400, 401, 403, 404, 409, 500]) await ask("/api/stacks/acme/web/prod?x", status);
  for (const status of [200, 403, 404]) await ask("/api/stacks/acme/web/dev/rename", status, { method: "POST" });
  await ask("/api/stacks/acme/web/new", 403, { user: "bob", method: "PUT" });
  await ask("/api/user", 403);
  assert.deepEqual(told, [
    ...[401, 403, 404].map((status) => `${status} GET /api/stacks/acme/web/prod?x user:ann`),
    "403 POST /api/stacks/acme/web/dev/rename user:ann",
  ]);
});

test("every scope that is decided is told, with its rule, version and request", async () => {
  const records = [];
  const options = {
    onDecision: (record, { route }) => records.push({ ...record, route: route.path }),
    requestId: () => "r-1",
  };
  const source = { get: () => ({ organization: acme, status: "fresh", version: 4 }) };
  await asked({ ...options, organization: source }, "/api/stacks/acme/web/dev/rename", { user: "bob", method: "POST" });
  const [first, second] = records;
  assert.equal(records.length, 2);
  assert.match(first.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.deepEqual(
    { ...first, at: 0, rule: typeof first.rule },
    {
      at: 0,
      principal: "user:bob",
      scope: "stack:write",
      entity: "stack:acme/web/dev",
      effect: "allow",
      reason: "granted",
      rule: "string",
      version: 4,
      requestId: "r-1",
      route: `${stack}/rename`,
    },
  );
  assert.deepEqual([second.scope, second.effect, second.reason], ["stack:rename", "deny", "not_granted"]);
});

describe("many organizations", () => {
  const named = (name) =>
    Organization.parse({
      ...document,
      organization: name,
      entities: [],
      roles: [],
      members: [{ user: "ann", role: "admin" }],
      collaborators: [],
    });

  test("the one that the path names decides, and no other in its place", async () => {
    const chosen = [];
    const organization = (request, { organization, principal, route }) => {
      chosen.push(`${organization} ${principal} ${route.method}`);
      return organization === "acme" ? acme : named("other");
    };
    assert.equal((await asked({ organization }, "/api/stacks/acme/web/prod", { user: "bob" })).mark, "allow");
    assert.equal((await asked({ organization }, "/api/stacks/other/web/prod", { user: "ann" })).mark, "allow");
    assert.equal(
      (await problem(await asked({ organization }, "/api/stacks/third/web/prod", { user: "ann" }))).status,
      404,
    );
    assert.deepEqual(chosen, ["acme user:bob GET", "other user:ann GET", "third user:ann GET"]);
  });

  test("those that were used last stay, as long as they fit", async () => {
    const opened = [];
    const organization = organizations({
      maxBytes: 2_500_000,
      open: async (name) => {
        opened.push(name);
        return name === "none" ? null : { source: named(name), bytes: 1_000_000 };
      },
    });
    const ask = async (name) => (await asked({ organization }, `/api/stacks/${name}/web/prod`, { user: "ann" })).mark;
    for (const name of ["a", "b", "a", "c", "a", "b"]) assert.equal(await ask(name), "allow", name);
    assert.deepEqual(opened, ["a", "b", "c", "b"]);
    assert.equal(await ask("none"), undefined);
    const both = await Promise.all([ask("d"), ask("d"), ask("d")]);
    assert.deepEqual([both, opened.filter((name) => name === "d").length], [["allow", "allow", "allow"], 1]);
  });

  test("what is let go gives its memory back; a failure is not kept; a size must be told", async () => {
    let tries = 0;
    const first = named("a");
    const choose = organizations({
      maxBytes: 10,
      open: (name) => ({ source: name === "a" ? first : named(name), bytes: 8 }),
    });
    assert.equal(choose(null, { organization: "a" }), first);
    choose(null, { organization: "b" });
    assert.equal(first.principal("user:ann").can("stack:read", "stack:a/b/c"), false);
    const failing = organizations({
      open: async () => {
        tries += 1;
        throw new Error("no");
      },
    });
    for (let at = 0; at < 2; at += 1) await assert.rejects(failing(null, { organization: "a" }));
    assert.equal(tries, 2);
    for (const opened of [{ source: first }, { source: first, bytes: Infinity }, { bytes: 8 }]) {
      assert.throws(() => organizations({ open: () => opened })(null, { organization: "a" }), /bytes|source/);
    }
    assert.equal(choose(null, {}), null);
  });
});

test("a deployment is asked about with what started it", async () => {
  const authenticate = () => ({ principal: "deployment:web/prod", trigger: { kind: "rest", by: "user:ann" } });
  assert.equal((await asked({ authenticate }, "/api/stacks/acme/web/secret")).mark, "allow");
});
