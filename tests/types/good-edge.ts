// Lines that must type-check: gates, routes, logs.
import { Organization } from "scopewise";
import type { DecisionRecord } from "scopewise";
import { Organization as Administered } from "scopewise/admin";
import type { OrganizationSource } from "scopewise/bundle-source";
import { createGate, organizations, readGateHeader, verifyGateHeader } from "scopewise/edge";
import type { Gate, GateClaims, GateForward, GateOptions, GateRefusal, Verified } from "scopewise/edge";
import { jwtAuthenticate } from "scopewise/edge-jwt";
import { gateMiddleware, toNodeHandler } from "scopewise/edge-node";
import { decisionLog } from "scopewise/log";
import { Routes, ScopewiseError, ready } from "scopewise/routes";
import type { RouteTable } from "scopewise/routes";
import { pulumiCloud } from "scopewise/pulumi-cloud";

const table: RouteTable = { routes: [{ method: "GET", path: "/health", needs: "public" }] };
const routes: Routes = Routes.parse(table);
Routes.parse(pulumiCloud);
Routes.parse({ ...pulumiCloud, routes: [...pulumiCloud.routes, ...table.routes] });
Routes.parse("{}");
const started: Promise<void> = ready;

const found = routes.find("GET", "/api/stacks/acme/web/prod");
if ("error" in found) found.message.toUpperCase();
else if ("passes" in found) found.passes satisfies true;
else if (found.needs.needs === "scope") found.needs.scopes.map(({ scope, entity }) => `${scope} ${entity}`);
else if (found.needs.needs === "member") found.needs.entity.toUpperCase();
const reads: string | undefined = routes.reads("stack");

const records: DecisionRecord[] = [];
const log = decisionLog({
  write: (line: string) => line.length,
  sample: 0.1,
  redact: ({ principal, ...rest }) => rest,
});
decisionLog({ write: async () => {}, sample: (record) => record.effect !== "allow" });
const acme = Organization.parse({}, { onDecision: log });
Administered.parse({}, { onDecision: (record) => records.push(record) });
const belongs: boolean = acme.principal("user:bob").membership("organization:acme").effect === "allow";

declare const source: OrganizationSource;
declare const key: CryptoKey;
const common = { organization: acme, routes, authenticate: () => "user:bob" };
const gate: Gate = createGate({ ...common, onUnknown: "deny" });
createGate({ ...common, organization: source, onUnknown: "forward", onSpecial: "deny", tell: "explanation" });
createGate({
  ...common,
  organization: async (request, { organization }) => (organization === "acme" ? acme : null),
  authenticate: async (request) => ({ principal: request.headers.get("x") ?? "", trigger: { kind: "git-push" } }),
  onUnknown: "resolve",
  resolveTags: async (entity, { needs }) => (needs.includes("env") ? { env: entity } : null),
  confidence: { forward: "inferred", refuse: "inferred" },
  tell: ({ principal }) => (principal === "user:ann" ? "explanation" : "nothing"),
  sign: { key, id: "k1", lifetimeSeconds: 10 },
  requestId: (request) => request.headers.get("cf-ray") ?? undefined,
  onDecision: (record, { route }) => records.push(record) + route.path.length,
  onMismatch: ({ status, route }) => `${status} ${route.path}`,
  onError: (error) => console.error(error),
});
createGate({
  ...common,
  organization: organizations({
    open: async (name) => ({ source: Organization.parse({ name }), bytes: 1e6 }),
    maxBytes: 3e7,
  }),
  authenticate: jwtAuthenticate({
    keys: new URL("https://id.example/keys"),
    issuer: "https://id.example/",
    audience: "api",
    algorithms: ["RS256"],
    principal: ({ sub }) => (sub === undefined ? null : `user:${sub}`),
  }),
  onUnknown: "deny",
});

async function asked(request: Request): Promise<Response> {
  const answer: GateForward | GateRefusal = await gate.ask(request, { target: "/" });
  if (answer.refuse) return answer.refuse;
  if (answer.mark === "allow" && answer.hides()) answer.forward.headers.get("scopewise-gate");
  return gate.answered(answer, 404) ?? gate.fetch(request, (it) => fetch(it), { waitUntil: () => {} });
}

async function atOrigin(request: Request): Promise<string | undefined> {
  const verified: Verified = await verifyGateHeader(request, { keys: { k1: key, k0: { secret: new Uint8Array(32) } } });
  await verifyGateHeader({ method: "GET", target: "/", header: null }, { keys: {}, clockToleranceSeconds: 1 });
  const hint: GateClaims | undefined = readGateHeader(request);
  return verified.valid ? verified.principal : `${verified.reason} ${hint?.decision}`;
}

const handler: (incoming: any, outgoing: any) => Promise<void> = toNodeHandler(gate, (request) => fetch(request));
const step: (incoming: any, outgoing: any, next: () => void) => Promise<void> = gateMiddleware(gate);
const options: GateOptions = { ...common, onUnknown: "deny" };
