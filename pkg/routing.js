// Tables of routes over a module: a request in, what it needs out. Which route is meant, the module says.

import { ScopewiseError, asDocument, calling, hasBroken, toBytes } from "./crossing.js";
import { report } from "./platform.js";

/** Paths whose match one table keeps, and how long they may be. Past it all are dropped. */
const KEPT = 1024;
const LONGEST = 512;

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
  /** Matches by method and path, as these stand: they alone decide, for a table never changes. */
  #kept = new Map();
  #count = 0;

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
    const [named, wanted] = [asText(method), asText(target)];
    const path = pathOf(wanted);
    const known = this.#kept.get(named)?.get(path);
    return known === undefined ? this.#found(named, path, wanted) : this.#match(known);
  }

  #found(method, path, target) {
    try {
      const table = this.#running();
      const position = table.plain(method, target);
      if (position === undefined) return this.#told(table.find(method, target));
      return this.#match(this.#keep(method, path, this.#filled(position, segmentsOf(path))));
    } catch (thrown) {
      if (!hasBroken(thrown)) throw thrown;
      report(thrown);
      this.#runtime.restart(this.#home);
      this.#table = this.#home = undefined;
      return FAILED;
    }
  }

  /** What the module told: a position and segments, a reason and its sentence, or nothing. */
  #told([first, ...rest]) {
    if (first === undefined) return PASSED;
    return typeof first === "string" ? { error: first, message: rest[0] } : this.#match(this.#filled(first, rest));
  }

  /** A route and the entities that it is about, in a path of these segments. */
  #filled(position, segments) {
    const { entities } = this.#written.routes[position];
    return { position, entities: entities.map((pieces) => filled(pieces, segments)) };
  }

  /** A match, made anew each time: nobody who changes one changes what is kept. */
  #match({ position, entities }) {
    const { route, needs } = this.#written.routes[position];
    return { route, position, needs: needs(entities) };
  }

  #keep(method, path, match) {
    if (path.length > LONGEST) return match;
    if (this.#count >= KEPT) {
      this.#kept.clear();
      this.#count = 0;
    }
    const paths = this.#kept.get(method) ?? new Map();
    this.#kept.set(method, paths.set(path, match));
    this.#count += 1;
    return match;
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
  return { route: Object.freeze(route), entities: table.entities(position), needs: needsOf(written) };
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

/** An entity, of texts and of positions of segments. */
function filled(pieces, segments) {
  let entity = "";
  for (const piece of pieces) entity += typeof piece === "string" ? piece : segments[piece];
  return entity;
}

/**
 * The path of a target whose query decides nothing. One with another query stands for itself: the module refuses it, by
 * `src/route/target.rs`, so that no match is kept of it.
 */
function pathOf(target) {
  const query = target.indexOf("?");
  return query >= 0 && LEFT.test(target.slice(query)) ? target.slice(0, query) : target;
}

/** Printable ASCII without a fragment. */
const LEFT = /^[!"$-~]*$/;

/** What stands between the slashes of a path that has no escape. */
function segmentsOf(path) {
  return path.slice(1).split("/");
}

/** What is no text is neither a method nor a target. */
const asText = (value) => (typeof value === "string" ? value : "");
