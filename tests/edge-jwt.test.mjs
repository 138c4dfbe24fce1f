// Who sends a request, by a token: with the real `jose`, out of an app in which it is installed.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { join } from "node:path";
import { before, test } from "node:test";
import { build } from "esbuild";
import { SignJWT, UnsecuredJWT, exportJWK, generateKeyPair } from "jose";
import { appFolder } from "./install.mjs";

const rules = {
  issuer: "https://id.example/",
  audience: "api",
  algorithms: ["RS256"],
  principal: ({ sub }) => (sub ? `user:${sub}` : null),
};
let jwtAuthenticate;
let keys;
let pair;

before(async () => {
  const folder = appFolder({ after: (clean) => process.once("exit", clean) });
  writeFileSync(join(folder, "app.mjs"), 'export { jwtAuthenticate } from "scopewise/edge-jwt";');
  const outfile = join(folder, "bundle.mjs");
  await build({
    entryPoints: [join(folder, "app.mjs")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    preserveSymlinks: true,
  });
  ({ jwtAuthenticate } = await import(outfile));
  pair = await generateKeyPair("RS256", { extractable: true });
  keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: "a", alg: "RS256" }] };
});

function token(change = (it) => it, header = { alg: "RS256", kid: "a" }, key = pair.privateKey) {
  const made = new SignJWT({})
    .setProtectedHeader(header)
    .setSubject("bob")
    .setIssuer("https://id.example/")
    .setAudience("api")
    .setIssuedAt()
    .setExpirationTime("1m");
  return change(made).sign(key);
}

async function who(authorization, options) {
  const authenticate = jwtAuthenticate({ ...rules, keys, ...options });
  return authenticate(
    new Request("https://api.example/", { headers: authorization === undefined ? {} : { authorization } }),
  );
}

test("a token that holds is whom its claims stand for", async () => {
  assert.equal(await who(`Bearer ${await token()}`), "user:bob");
  assert.equal(await who(`bearer ${await token()}`), "user:bob");
  assert.equal(await who(`Bearer ${await token()}`, { principal: () => null }), null);
  assert.equal(await who(`Bearer ${await token()}`, { keys: pair.publicKey }), "user:bob");
});

test("every other one is nobody's", async () => {
  const stranger = await generateKeyPair("RS256");
  const secret = new TextEncoder().encode(JSON.stringify(keys.keys[0]));
  for (const [what, authorization] of Object.entries({
    missing: undefined,
    basic: "Basic Ym9iOg==",
    noise: "Bearer x.y.z",
    two: `Bearer ${await token()}, Bearer ${await token()}`,
    "by a stranger": `Bearer ${await token(undefined, undefined, stranger.privateKey)}`,
    "by an unknown key": `Bearer ${await token(undefined, { alg: "RS256", kid: "b" }, stranger.privateKey)}`,
    expired: `Bearer ${await token((it) => it.setExpirationTime(new Date(Date.now() - 6_000)))}`,
    "not yet": `Bearer ${await token((it) => it.setNotBefore(new Date(Date.now() + 60_000)))}`,
    "of another issuer": `Bearer ${await token((it) => it.setIssuer("https://evil.example/"))}`,
    "for another audience": `Bearer ${await token((it) => it.setAudience("other"))}`,
    "for ever": `Bearer ${await new SignJWT({ sub: "bob", iss: rules.issuer, aud: "api" }).setProtectedHeader({ alg: "RS256", kid: "a" }).sign(pair.privateKey)}`,
    unsigned: `Bearer ${new UnsecuredJWT({ sub: "bob", iss: rules.issuer, aud: "api" }).setExpirationTime("1m").encode()}`,
    "signed by the public key": `Bearer ${await token(undefined, { alg: "HS256", kid: "a" }, secret)}`,
    "of another algorithm": `Bearer ${await token(undefined, { alg: "PS256", kid: "a" }, await crypto.subtle.importKey("pkcs8", await crypto.subtle.exportKey("pkcs8", pair.privateKey), { name: "RSA-PSS", hash: "SHA-256" }, false, ["sign"]))}`,
  })) {
    assert.equal(await who(authorization), null, what);
  }
  assert.equal(
    await who(`Bearer ${await token((it) => it.setExpirationTime(new Date(Date.now() - 2_000)))}`),
    "user:bob",
    "within the tolerance",
  );
});

test("a key set is fetched; where it cannot be, that is an error and nobody's fault", async (t) => {
  let status = 200;
  const server = createServer((_, response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(keys)),
  ).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = new URL(`http://127.0.0.1:${server.address().port}/keys`);
  assert.equal(await who(`Bearer ${await token()}`, { keys: address }), "user:bob");
  status = 500;
  await assert.rejects(who(`Bearer ${await token()}`, { keys: address }));
});

test("what has to be said must be", () => {
  for (const missing of [
    { issuer: "" },
    { audience: [] },
    { algorithms: undefined },
    { algorithms: [] },
    { keys: undefined },
    { principal: undefined },
  ]) {
    assert.throws(() => jwtAuthenticate({ ...rules, keys, ...missing }), TypeError);
  }
});
