// Tables of routes over a module: a request in, what it needs out. Which route is meant, the module says.

import { ScopewiseError, asDocument, calling, hasBroken, toBytes } from "./crossing.js";
import { report } from "./platform.js";

/** The class `Routes` over a runtime. */
export function routesOver(runtime) {
  const key = Symbol("made here");
  return class Routes extends Matcher {
    constructor(made, document) {
      if (made !== key) throw new TypeError("a table of routes is made by Routes.parse");
      super(runtime, document);
    }

    static parse(source) {
      return Object.freeze(new Routes(key, asDocument(source)));
    }
  };
}

/** The answers where the module gives none. */
const NOT_READY = Object.freeze({ error: "not_ready", message: "the module does not run yet: await `ready`" });
const FAILED = Object.freeze({ error: "engine_failed", message: "the module broke while it was asked" });
const PASSED = Object.freeze({ passes: true });

class Matcher {
  #runtime;
  #document;
  #table;
  /** The instance in which the table is. */
  #home;
  #written;

  constructor(runtime, document) {
    this.#runtime = runtime;
    this.#document = document;
    if (runtime.exports !== undefined) this.#running();
  }

  get routes() {
    this.#running();
    return this.#written.routes.map(({ route }) => route);
  }

  reads(entityType) {
    this.#running();
    return this.#written.reads.get(entityType);
  }

  find(method, target) {
    if (this.#runtime.exports === undefined) return NOT_READY;
    try {
      return this.#told(this.#running().find(asText(method), asText(target)));
    } catch (thrown) {
      if (!hasBroken(thrown)) throw thrown;
      report(thrown);
      this.#runtime.restart(this.#home);
      this.#table = this.#home = undefined;
      return FAILED;
    }
  }

  /** What the module told: a position and entities, a reason and its sentence, or nothing. */
  #told([first, ...rest]) {
    if (first === undefined) return PASSED;
    if (typeof first === "string") return { error: first, message: rest[0] };
    const { route, needs } = this.#written.routes[first];
    return { route, position: first, needs: needs(rest) };
  }

  /** The table in the instance that runs. What it says of each route is read once it is known to be in order. */
  #running() {
    const { exports } = this.#runtime;
    if (exports === undefined) throw new ScopewiseError("the module does not run yet: await `ready`");
    if (this.#home !== exports) {
      this.#table = calling(() => tableIn(exports, this.#document));
      this.#home = exports;
      this.#written ??= read(this.#document, this.#table);
    }
    return this.#table;
  }
}

function tableIn({ Table }, document) {
  try {
    return new Table(toBytes(document));
  } catch (thrown) {
    if (!Array.isArray(thrown)) throw thrown;
    throw thrown.map(([code, path, message, line, column]) => ({
      code,
      path,
      message,
      ...(line !== undefined && { line: Number(line), column: Number(column) }),
    }));
  }
}

function read(document, table) {
  const { routes, reads = {} } = JSON.parse(
    typeof document === "string" ? document : new TextDecoder().decode(document),
  );
  return {
    routes: routes.map((written, position) => readRoute(written, position, table)),
    reads: new Map(Object.entries(reads)),
  };
}

function readRoute(written, position, table) {
  const { method, path, name, confidence = "documented", note } = written;
  const route = { method, path, name, confidence, note, endsWithEntity: table.ends_with_entity(position) };
  return { route: Object.freeze(route), needs: needsOf(written) };
}

/** What makes the needs of a request out of the entities in its path. */
function needsOf({ needs, scope, also = [], entityType }) {
  const scopes = [scope, ...also.map((one) => one.scope)];
  const each = scope === undefined ? {} : { each: Object.freeze({ scope, entityType }) };
  const fixed = Object.freeze(needs === "filter" ? { needs, ...each } : { needs });
  switch (needs) {
    case "scope":
      return (entities) => ({ needs, scopes: scopes.map((one, index) => ({ scope: one, entity: entities[index] })) });
    case "member":
      return ([entity]) => ({ needs, entity });
    default:
      return () => fixed;
  }
}

/** What is no text is neither a method nor a target. */
const asText = (value) => (typeof value === "string" ? value : "");
