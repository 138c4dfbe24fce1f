// Lines that must type-check: what the API takes, and what it gives back.
import { Organization, ScopewiseError } from "scopewise";
import type {
  Context,
  Decision,
  Effect,
  Explanation,
  Matrix,
  Preflight,
  PreflightReport,
  Principal,
  Problem,
  Reason,
  Request,
  TaggedEntity,
  TagTest,
  Trigger,
  BundleLabel,
  Entity,
  Scope,
  ScopeOf,
} from "scopewise";
import { ready } from "scopewise";
import { Organization as Administered } from "scopewise/admin";
import { init, Organization as OwnOrganization } from "scopewise/slim";
import type { Role, Vocabulary } from "./acme.js";
import { BundleError, keyId, openBundle, signBundle } from "scopewise/bundle";
import type { BundleRefusal, Opened } from "scopewise/bundle";
import { bundleSource, cacheStorage, kvStorage, storeOf } from "scopewise/bundle-source";
import type { BundleSource, KeyValueNamespace, OrganizationSource, SourceState } from "scopewise/bundle-source";
import { diff, lint, ready as reviewing, replay } from "scopewise/review";
import type { Diff, Finding, ReplayReport, ServerRecord, Where } from "scopewise/review";
import { exportRole, importOrganization } from "scopewise/transfer";
import type { Imported } from "scopewise/transfer";
import { catalog, revisions } from "scopewise/catalog";
import type { Catalog, ScopeListing } from "scopewise/catalog";
import { openSnapshot } from "scopewise/snapshot";
import { createStore, messages } from "scopewise/store";
import type { Control, Permissions, Store } from "scopewise/store";
import { allowing, matchers, toAllow } from "scopewise/testing";
import type { AllowMatchers } from "scopewise/testing";

type Own = OwnOrganization<Vocabulary>;
const entity = "stack:acme/web/prod";

const acme: Organization = Organization.parse({ revision: "2026-10", organization: "acme" });
Organization.parse("{}");
Organization.parse(new Uint8Array());
Organization.parse(new ArrayBuffer(0));
const text: string = acme.name + acme.revision;

const bob: Principal = acme.principal("user:bob");
const may: boolean = bob.can("stack:read", entity);
const decision: Decision = bob.decide("stack:read", entity, { tags: { env: "dev" } });
const effect: Effect = decision.effect;
const reason: Reason = decision.reason;
const needs: string[] = decision.needs ?? [];
const seconds: number | undefined = decision.maxOpenSeconds;

const pushed: Trigger = { kind: "git-push" };
const context: Context = { at: new Date(), trigger: { kind: "rest", by: "user:ann" } };
const contexts: Context[] = [{}, { at: "2026-11-20T00:00:00Z" }, { tags: {} }, { trigger: pushed }, context];

const told: Explanation = bob.explain("stack:read", entity, context);
const rule: string = told.rules.map(({ rule, basis }) => `${rule} ${basis}`).join();
const ways: string[][] = told.grants.map((grant) => grant.via);
const setting: string | undefined = told.blockedBy[0]?.setting;
for (const { on } of told.grants) {
  if (typeof on === "string") on.toUpperCase();
  else if ("tags" in on) on.tags.map((test: TagTest) => test.key);
  else on.condition.toUpperCase();
}
const value = (test: TagTest): string =>
  "equals" in test ? test.equals : "notEquals" in test ? test.notEquals : String(test.exists);

const scopes: string[] = bob.scopes(entity);
const names: string[] = bob.filter([entity], "stack:read");
const tagged: TaggedEntity[] = bob.filter([{ entity, tags: { env: "dev" } }], "stack:read");
const rows: { entity: string; title: string }[] = bob.filter([{ entity, title: "Production" }], "stack:read");
const ofSet: string[] = bob.filter(new Set([entity]), "stack:read", { at: new Date() });
const matrix: Matrix = bob.matrix([entity, { entity, tags: {} }], new Set(["stack:read"]));
const effects: Uint8Array = matrix.effects;
const cells: Effect[] = [matrix.at(0, 0), matrix.at(entity, "stack:read"), matrix.at({ entity }, 0)];

const requests: Request[] = [{ principal: "user:bob", scope: "stack:read", entity, at: new Date(), tags: {} }];
for (const answer of acme.decideAll(requests)) {
  if ("error" in answer) answer.error.toUpperCase();
  else answer.effect.toUpperCase();
}

const flight: Preflight = { stack: "web/prod", trigger: { kind: "rest", by: "user:ann" }, environments: [], at: new Date() };
const report: PreflightReport = acme.preflight(flight);
const flown: [string | undefined, string[][], boolean] = [report.actsAs, report.cycles, report.allowed];
const chains: (string[] | undefined)[] = report.rows.map((row) => row.via);
const reasons: Explanation[] = report.rows.filter((row) => row.need === "stack").map((row) => row.explanation);

try {
  Organization.parse("{");
} catch (error) {
  if (error instanceof ScopewiseError) {
    const problems: Problem[] = error.problems;
    const places: (string | number | undefined)[] = problems.flatMap((it) => [it.code, it.path, it.message, it.line]);
    const name: "ScopewiseError" = error.name;
    void [places, name, error.message];
  }
}

acme[Symbol.dispose]();
{
  using short = Organization.parse("{}");
  void short.name;
}

const ofStacks: ScopeOf<"stack">[] = ["stack:read", "stack:write"];
const anyScope: Scope = "environment:open";
const anyEntity: Entity<"stack"> = "stack:acme/web/prod";
const onStack: ScopeOf<"stack">[] = bob.scopes(anyEntity);
declare const dynamic: { scope: string; entity: string; name: string };
const dynamics: boolean[] = [
  bob.can(dynamic.scope, dynamic.entity),
  bob.can(dynamic.scope, entity),
  bob.can("stack:write", dynamic.entity),
  bob.can("environment:open", `environment:acme/default/${dynamic.name}`),
  bob.can("team:create", "organization:acme"),
  acme.principal(dynamic.name).can("stack:write", anyEntity),
];

const own: Own = OwnOrganization.parse<Vocabulary>("{}");
const inOwn: boolean = own.principal("user:bob").can("stack:write", "stack:acme/web/dev");
const ownRoles: Role[] = ["admin", "deployer"];
const run: boolean = own.principal("deployment:web/prod").can("stack:write", "stack:acme/web/dev", { trigger: pushed });

declare const server: Administered;
const bundle: Uint8Array = server.principal("user:bob").project({ version: 3, issuedAt: new Date(), maxAgeSeconds: 60 });
const label: BundleLabel = Organization.open(bundle).label;
const whose: boolean = Organization.open(bundle).principal().can("stack:read", entity);
const starting: Promise<void> = ready;
const loading: Promise<void>[] = [init("https://example.com/x.wasm"), init(async () => bundle), init(bundle.buffer as ArrayBuffer)];

const newest: Catalog = catalog();
const older: Catalog = catalog(revisions[0]);
const listed: ScopeListing[] = newest.entityTypes.flatMap((type) => type.groups).flatMap((group) => group.scopes);
const descriptions: string[] = listed.map((scope) => scope.description);
const included: string[][] = older.permissionSets.map((set) => set.includes);

const store: Store = createStore(bob, { messages: { not_granted: "Non." }, reads: { planet: "planet:read" } });
const others: Store[] = [createStore(), createStore(null), createStore(openSnapshot("{}")), createStore(allowing({}))];
const ownStore: Store<Vocabulary> = createStore<Vocabulary>(own.principal("user:bob"));
const stop: () => void = store.subscribe((permissions: Permissions) => permissions.can("stack:read", entity));
const permissions: Permissions = store.getSnapshot();
const { can, control, filter } = permissions;
const shown: Control = control("stack:write", entity, { tags: {} });
const why: string | undefined = shown.state === "disabled" ? shown.reason : messages.not_ready;
const loaded: boolean = can("stack:write", dynamic.entity) || can("stack:write", undefined);
const listing: { entity: string; title: string }[] = filter([{ entity, title: "Production" }], "stack:read");
const ofOwn: boolean = ownStore.getSnapshot().can("stack:write", "stack:acme/web/dev");
store.replace(allowing({ "stack:acme/web/prod": ["stack:read"], "organization:acme": ["team:create"] }, { name: "user:ann" }));
store.replace();

declare const expected: AllowMatchers<void>;
expected.toAllow("stack:read", entity, { at: new Date() });
const holds: boolean = toAllow(bob, "stack:read", entity).pass && matchers.toAllow(bob, "stack:read", entity).pass;

declare const bytes: Uint8Array;
const opened: Promise<Opened> = openBundle(bytes, { publicKeys: ["-----BEGIN PUBLIC KEY-----", bytes], now: new Date() });
const openedByOwn = openBundle<Vocabulary>(bytes.buffer as ArrayBuffer, {
  publicKeys: new Set<string>(), revoked: ["00112233445566ff"], organization: "acme", principal: null, minVersion: 7, maxAge: 60,
  Organization: Administered,
});
const ofOpened: Promise<boolean> = openedByOwn.then(({ organization }) => organization.principal("user:bob").can("stack:write", "stack:acme/web/dev"));
const refusal = (error: unknown): BundleRefusal | undefined => (error instanceof BundleError ? error.code : undefined);
const sealed: Promise<[Uint8Array, string]> = Promise.all([signBundle(bytes, "-----BEGIN PRIVATE KEY-----"), keyId(bytes)]);

declare const kv: KeyValueNamespace;
const source: BundleSource<Vocabulary> = bundleSource<Vocabulary>({
  url: "https://origin.example/v1/bundle", publicKeys: [bytes], organization: "acme", kv, maxAge: 60, stopAge: 600,
  headers: { authorization: "Bearer t" }, activate: (apply) => apply(), storage: kvStorage(kv),
});
const byHand: OrganizationSource = { get: () => ({ organization: null, status: "empty", unanchored: true }) };
const given: Promise<SourceState> = Promise.resolve(byHand.get({ waitUntil: (promise) => void promise }));
const ended: () => void = source.subscribe(({ organization, status, error }) => [organization?.name, status === "stale", error?.message]);
const following: Store = storeOf(source, { principal: "user:bob", messages: { not_granted: "Non." } });
const ownKept = cacheStorage({ match: async () => undefined, put: async () => {} });

const administered = Administered.parse("{}");
const changed: Diff = diff(administered, new Uint8Array(), { guards: ["stack:delete for user:*"], at: new Date() });
const gained: number = changed.totals.gained;
const where: Where[] = changed.changes.flatMap(({ effects }) => effects.flatMap(({ on }) => on));
const betweenThem: Diff = diff(acme, administered);
const imported: Imported = importOrganization({ "/api/orgs/acme": {} }, { revision: "2026-10" });
const asTree: string = exportRole(imported.document, "deployer", { catalog: "{}" });
const joined: Promise<void> = reviewing;
const guarded: string[] = diff({}, "{}", { guards: "stack:delete\n" }).guarded.map(({ guard }) => guard);
const findings: Finding[] = lint("{}", { at: "2026-11-20T00:00:00Z" });
const logged: ServerRecord = { principal: "user:bob", method: "GET", path: "/api/stacks/acme/web/prod", status: 200 };
const replayed: ReplayReport = replay(administered, [logged, { ...logged, at: new Date() }], { routes: [] });
const unread: number[] | undefined = replay({}, "", "{}").faults?.map(({ record }) => record);

export const all = [
  betweenThem, imported, asTree, joined,
  gained, where, guarded, findings, replayed, unread,
  given, ended, following, ownKept,
  opened, ofOpened, refusal, sealed,
  others, stop, why, loaded, listing, ofOwn, holds,
  text, may, effect, reason, needs, seconds, contexts, rule, ways, setting, value, scopes, names, tagged, rows, ofSet,
  effects, cells, descriptions, included, ofStacks, anyScope, onStack, dynamics, inOwn, ownRoles, run, label, whose,
  starting, loading,
];
