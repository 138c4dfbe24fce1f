// Lines that must not type-check, each below its mark.
import { Organization } from "scopewise";
import { createGate, verifyGateHeader } from "scopewise/edge";
import { jwtAuthenticate } from "scopewise/edge-jwt";
import { decisionLog } from "scopewise/log";
import { Routes } from "scopewise/routes";

const acme = Organization.parse({});
const routes = Routes.parse({ routes: [] });
const common = { organization: acme, routes, authenticate: () => "user:bob" };
const gate = createGate({ ...common, onUnknown: "deny" });

// @ts-expect-error what is unknown must be decided about
createGate(common);
// @ts-expect-error it is never an allow
createGate({ ...common, onUnknown: "allow" });
// @ts-expect-error tags must come from somewhere
createGate({ ...common, onUnknown: "resolve" });
// @ts-expect-error and are asked for by nobody else
createGate({ ...common, onUnknown: "deny", resolveTags: () => ({}) });
// @ts-expect-error a principal is a name
createGate({ ...common, onUnknown: "deny", authenticate: () => 7 });
// @ts-expect-error tags are texts
createGate({ ...common, onUnknown: "resolve", resolveTags: () => ({ env: 7 }) });
// @ts-expect-error nothing is that sure
createGate({ ...common, onUnknown: "deny", confidence: { forward: "certain" } });
// @ts-expect-error a secret is bytes
createGate({ ...common, onUnknown: "deny", sign: { key: { secret: "secret" }, id: "k" } });
// @ts-expect-error bytes may be a public key
createGate({ ...common, onUnknown: "deny", sign: { key: new Uint8Array(32), id: "k" } });
// @ts-expect-error the same at the origin
verifyGateHeader(new Request("https://api.example/"), { keys: { k: new Uint8Array(32) } });
// @ts-expect-error it may be a promise
gate.ask(new Request("https://api.example/")).mark;
// @ts-expect-error what holds has no reason
verifyGateHeader(new Request("https://api.example/"), { keys: {} }).then((it) => it.valid && it.reason);
// @ts-expect-error a table is made by `parse`
new Routes();
// @ts-expect-error a table has routes
Routes.parse({ unmapped: "deny" });
// @ts-expect-error a token does not choose its algorithm
jwtAuthenticate({ keys: new URL("https://id.example/"), issuer: "i", audience: "a", principal: () => null });
// @ts-expect-error a log writes somewhere
decisionLog({ sample: 1 });
// @ts-expect-error one belongs to organizations alone
acme.principal("user:bob").membership("stack:acme/web/prod");
