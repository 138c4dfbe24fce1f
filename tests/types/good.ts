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
} from "scopewise";
import { catalog, revisions } from "scopewise/catalog";
import type { Catalog, ScopeListing } from "scopewise/catalog";

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

const newest: Catalog = catalog();
const older: Catalog = catalog(revisions[0]);
const listed: ScopeListing[] = newest.entityTypes.flatMap((type) => type.groups).flatMap((group) => group.scopes);
const descriptions: string[] = listed.map((scope) => scope.description);
const included: (string | null)[] = older.permissionSets.map((set) => set.includes);

export const all = [
  text, may, effect, reason, needs, seconds, contexts, rule, ways, setting, value, scopes, names, tagged, rows, ofSet,
  effects, cells, descriptions, included,
];
