// What servers and administrators ask, over the module that has it.
import { Frozen, Principal, ScopewiseError, asDocument, asJson, ask, calling, engine, over, scopesOf, text, toBytes } from "./organization.js";
import { FIRST } from "./snapshot.js";

const differing = Symbol("diff");
const replaying = Symbol("replay");
const DISPOSE = Symbol.dispose ?? Symbol.for("Symbol.dispose");

/** Everything of `scopewise/admin` over a runtime. */
export function questions(runtime) {
  const running = () => runtime.exports ?? fail("the engine does not run yet: await `ready`");
  const Organization = over(runtime, AskedOrganization, AskedPrincipal);
  /** Asks about an organization, or about a document and its catalog, which are one for as long as that takes. */
  const asking = (it, catalog, question) => {
    if (it instanceof Organization) return question(it);
    const parsed = Organization.parse(it, { catalog });
    try {
      return question(parsed);
    } finally {
      parsed[DISPOSE]();
    }
  };
  return {
    Organization,
    diff: (before, after, { guards = [], catalog, ...context } = {}) =>
      asking(before, catalog, (one) => asking(after, catalog, (other) => one[differing](other, lines(guards), context))),
    exportRole: (document, role, { catalog } = {}) =>
      calling(() => running().export_role(bytesOf(document), text(role), given(catalog))),
    importOrganization(answers, { revision, organization } = {}) {
      const made = calling(() => running().import_organization(bytesOf(answers), revision, organization));
      return { ...made, document: JSON.parse(made.document) };
    },
    lint: (document, { catalog, ...context } = {}) =>
      calling(() => running().lint_document(bytesOf(document), given(catalog), asJson(context), Date.now())),
    replay: (it, log, routes, { catalog, ...context } = {}) =>
      asking(it, catalog, (one) => one[replaying](records(log), routes, context)),
  };
}

class AskedOrganization extends Frozen {
  principals() {
    return this[ask]((it) => it.principals(), () => []);
  }

  preflight(asked) {
    const json = text(asJson(asked));
    return this[ask](
      (it) => it.preflight_with_remedies(json, Date.now()),
      () => ({ rows: [], cycles: [], allowed: false }),
    );
  }

  whoCan(scope, entity, filter = {}, context) {
    return calling(() => this[engine].who_can(text(scope), text(entity), asJson(filter), asJson(context), Date.now()));
  }

  suggest(needs) {
    return calling(() => this[engine].suggest(asJson(needs)));
  }

  suggestForDeployment(run, name) {
    return calling(() => this[engine].suggest_for_deployment(asJson(run), name, Date.now()));
  }

  test(expectations, document) {
    const written = document === undefined ? undefined : bytesOf(document);
    const { report, ...coverage } = calling(() => this[engine].test(bytesOf(expectations), written, Date.now()));
    return { ...report, ...coverage };
  }

  toBundle(label) {
    return calling(() => this[engine].to_bundle(...written(label)));
  }

  [differing](after, guards, context) {
    return calling(() => this[engine].diff(after[engine], guards, asJson(context), Date.now()));
  }

  [replaying](log, routes, context) {
    const { report, ...faults } = calling(() => this[engine].replay(log, routes && bytesOf(routes), asJson(context), Date.now()));
    return { ...report, ...faults };
  }
}

class AskedPrincipal extends Principal {
  explain(scope, entity, context) {
    return this[ask](
      (it, name) => it.explain_with_remedies(name, text(scope), text(entity), asJson(context), Date.now()),
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
    return calling(() => this[engine].usage(this.name, records(log), asJson(context), Date.now()));
  }

  #byEntity(scope, filter, context) {
    return calling(() => this[engine].entities(this.name, scope, asJson(filter), asJson(context), Date.now()));
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
    const validUntil = calling(() => this[engine].valid_until(this.name));
    const answers = Array.from(numbers.keys(), (answer) => JSON.parse(answer));
    const times = { issuedAt: Number(issuedAt), maxAgeSeconds, validUntil };
    return JSON.stringify({ scopewise: 1, principal: this.name, version, ...times, scopes: columns, answers, rows });
  }

  project(label) {
    return calling(() => this[engine].project(this.name, ...written(label)));
  }
}

/** The number of an answer among those that a snapshot has. */
function numberOf(numbers, { effect, reason, needs = [] }) {
  const letter = { allow: "A", unknown: "U" }[effect] ?? "D";
  const answer = JSON.stringify([letter, reason, ...needs]);
  if (!numbers.has(answer)) numbers.set(answer, numbers.size);
  return numbers.get(answer);
}

/** A log with a record in each line, of a text or of records. */
const records = (log) => lines(typeof log === "string" ? log : Array.from(log, (record) => JSON.stringify(record) ?? "null"));

/** One text, of a text or of its lines. */
const lines = (texts) => (typeof texts === "string" ? texts : Array.from(texts, text).join("\n"));

const bytesOf = (document) => toBytes(asDocument(document));

/** A catalog that may be given along. */
const given = (catalog) => (catalog === undefined ? undefined : bytesOf(catalog));

function fail(message) {
  throw new ScopewiseError(message);
}

/** The label of a bundle as the module takes it. */
function written({ version = 0, issuedAt = Date.now(), maxAgeSeconds } = {}) {
  return [version, Number(issuedAt), maxAgeSeconds];
}
