// What servers and administrators ask about everybody: the part that has it, over the engine of "scopewise".
import { bytesOf, given, recordsOf } from "./asking.js";
import { asJson, calling, text } from "./crossing.js";
import { Frozen, Principal, ask, engine, over, runtimeOf, scopesOf } from "./organization.js";
import { Part } from "./parts.js";
import { FIRST } from "./snapshot.js";

/** Everything of `scopewise/questions`, by the bytes or the module of its part. */
export function questioning(Engine, source) {
  const part = new Part(Engine[runtimeOf], source);
  const Organization = over(part, AskedOrganization, AskedPrincipal);
  return { Organization, ready: part.ready };
}

class AskedOrganization extends Frozen {
  principals() {
    return this[ask]((it) => it.questions_principals(), () => []);
  }

  preflight(asked) {
    const json = text(asJson(asked));
    return this[ask](
      (it) => it.questions_preflight(json, Date.now()),
      () => ({ rows: [], cycles: [], allowed: false }),
    );
  }

  whoCan(scope, entity, filter = {}, context) {
    return calling(() => this[engine].questions_who_can(text(scope), text(entity), asJson(filter), asJson(context), Date.now()));
  }

  suggest(needs) {
    return calling(() => this[engine].questions_suggest(asJson(needs)));
  }

  suggestForDeployment(run, name) {
    return calling(() => this[engine].questions_suggest_for_deployment(asJson(run), name, Date.now()));
  }

  test(expectations, document) {
    const { report, ...coverage } = calling(() => this[engine].questions_test(bytesOf(expectations), given(document), Date.now()));
    return { ...report, ...coverage };
  }

  toBundle(label) {
    return calling(() => this[engine].questions_to_bundle(...written(label)));
  }
}

class AskedPrincipal extends Principal {
  explain(scope, entity, context) {
    return this[ask](
      (it, name) => it.questions_explain(name, text(scope), text(entity), asJson(context), Date.now()),
      (denied) => ({ ...denied, grants: [], blockedBy: [], rules: [], remedies: [] }),
    );
  }

  entities(scope, filter = {}, context) {
    return this.#byEntity(text(scope), filter, context);
  }

  scopesByEntity(filter = {}, context) {
    return this.#byEntity(undefined, filter, context);
  }

  usage(log, context) {
    return calling(() => this[engine].questions_usage(this.name, recordsOf(log), asJson(context), Date.now()));
  }

  #byEntity(scope, filter, context) {
    return calling(() => this[engine].questions_entities(this.name, scope, asJson(filter), asJson(context), Date.now()));
  }

  snapshot({ entities, scopes, version = 0, issuedAt = Date.now(), maxAgeSeconds, ...context }) {
    const numbers = new Map();
    const columns = {};
    const rows = {};
    for (const item of entities) {
      const { entity, tags } = typeof item === "string" ? { entity: item } : item;
      const type = entity.split(":", 1)[0];
      columns[type] ??= scopes === undefined ? this[scopesOf](type) : Array.from(scopes);
      const known = { at: new Date(Number(issuedAt)), ...context, ...(tags && { tags }) };
      const letters = columns[type].map((scope) => numberOf(numbers, this.decide(scope, entity, known)));
      rows[entity] = String.fromCharCode(...letters.map((number) => number + FIRST));
    }
    const validUntil = calling(() => this[engine].questions_valid_until(this.name));
    const answers = Array.from(numbers.keys(), (answer) => JSON.parse(answer));
    const times = { issuedAt: Number(issuedAt), maxAgeSeconds, validUntil };
    return JSON.stringify({ scopewise: 1, principal: this.name, version, ...times, scopes: columns, answers, rows });
  }

  project(label) {
    return calling(() => this[engine].questions_project(this.name, ...written(label)));
  }
}

/** The number of an answer among those that a snapshot has. */
function numberOf(numbers, { effect, reason, needs = [] }) {
  const letter = { allow: "A", unknown: "U" }[effect] ?? "D";
  const answer = JSON.stringify([letter, reason, ...needs]);
  if (!numbers.has(answer)) numbers.set(answer, numbers.size);
  return numbers.get(answer);
}

/** The label of a bundle as the module takes it. */
function written({ version = 0, issuedAt = Date.now(), maxAgeSeconds } = {}) {
  return [version, Number(issuedAt), maxAgeSeconds];
}
