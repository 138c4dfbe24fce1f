// The API over a module: names in, answers out. It holds no rule; what it keeps are rows that the engine has
// decided, for as long as nothing but the entity decides them. A door says which module it is.

import { ScopewiseError, asBundle, asDocument, asJson, asLine, calling, hasBroken, joinedBy, lineFeeds, text, toBytes } from "./crossing.js";
import { DISPOSE, report } from "./platform.js";
import { recordOf, recorded, tellDecision, versionOf } from "./record.js";

/** Rows and principals kept for one organization. Past it all are dropped. */
const ROWS = 32_768;
const PRINCIPALS = 1024;

/** A row of the engine: words with a bit for each scope that is allowed, then as many for those that rest on tags. */
const HALF = 8;
const ROW = 2 * HALF;

const DENIED = { words: new Uint32Array(ROW), at: 0, bits: new Map() };

/** Says to `open` that a signature vouches for the bytes and that nobody else has them: they are not copied again. */
const vouched = Symbol.for("scopewise: vouched");

/** Has a bundle lie in the module before somebody has found out whether to open it; what that gives, `open` takes. */
const placed = Symbol.for("scopewise: placed");

/** What a class of another file reaches behind an organization or a principal: the engine, and asking it. */
export const engine = Symbol("engine");
export const runtimeOf = Symbol("runtime");
export const ask = Symbol("ask");
export const scopesOf = Symbol("scopes of a type");
const bitsOf = Symbol("bits of a type");
const kept = Symbol("kept");

/** The class `Organization` over a runtime, of what such a class and its principals answer. */
export function over(runtime, Answering = Frozen, AskedPrincipal = Principal) {
  const key = Symbol("made here");
  return class Organization extends Answering {
    static [runtimeOf] = runtime;

    constructor(made, make, options) {
      if (made !== key) throw new TypeError("an organization is made by Organization.parse or Organization.open");
      super(runtime, make, AskedPrincipal, options);
    }

    static parse(source, options) {
      const catalog = options?.catalog;
      const [document, beside] = [asDocument(source), catalog === undefined ? undefined : asDocument(catalog)];
      const made = ({ Engine }) => new Engine(toBytes(document), beside === undefined ? beside : toBytes(beside));
      return Object.freeze(new Organization(key, made, options));
    }

    static open(bundle, options) {
      const isVouched = options?.[vouched] === true;
      const [kept, before] = [isVouched ? bundle : asBundle(bundle), options?.[placed]];
      const place = (exports) => (before?.exports === exports ? before.bundle : new exports.Placed(kept));
      return Object.freeze(new Organization(key, (exports) => place(exports).open(isVouched), options));
    }

    static [placed](bundle) {
      const { exports } = runtime;
      return exports && { exports, bundle: new exports.Placed(bundle) };
    }
  };
}

export class Frozen {
  #runtime;
  /** Makes the engine in an instance of the module, as often as one breaks. */
  #make;
  #engine;
  /** The instance in which the engine is. */
  #home;
  /** For each entity type that was asked about its scopes with their bits. */
  #bits = new Map();
  #kept = new Kept();
  #principals = new Map();
  #Principal;
  #onDecision;

  constructor(runtime, make, AskedPrincipal, { onDecision } = {}) {
    this.#runtime = runtime;
    this.#make = make;
    this.#onDecision = onDecision;
    this.#Principal = onDecision === undefined ? AskedPrincipal : this.#recorded(AskedPrincipal);
    if (runtime.exports !== undefined) calling(() => this[engine]);
  }

  get name() {
    return this[engine].organization;
  }

  get revision() {
    return this[engine].revision;
  }

  /** What the bundle says of itself that it was opened from. */
  get label() {
    const [version, issuedAt, maxAgeSeconds, validUntil] = this[engine].label();
    const date = (time) => (Number.isNaN(time) ? undefined : new Date(time));
    const label = { version, issuedAt: date(issuedAt), validUntil: date(validUntil) };
    if (!Number.isNaN(maxAgeSeconds)) label.maxAgeSeconds = maxAgeSeconds;
    const { principal } = this[engine];
    if (principal !== undefined) label.principal = principal;
    return label;
  }

  principal(name = this[engine].principal) {
    const key = typeof name === "string" ? name : "";
    let principal = this.#principals.get(key);
    if (principal === undefined) {
      if (this.#principals.size >= PRINCIPALS) this.#principals.clear();
      // Vue wraps what it is given to hold unless it is frozen, and a wrapped one cannot reach its own fields.
      principal = Object.freeze(new this.#Principal(key, this));
      this.#principals.set(key, principal);
    }
    return principal;
  }

  decideAll(requests) {
    const lines = Array.from(requests, asLine);
    if (lines.length === 0) return [];
    const answers = this[ask](
      (it) => it.decide_all(lines.join("\n"), Date.now()),
      (denied) => lines.map(() => denied),
    );
    if (this.#onDecision !== undefined) this.#tellAll(lines, answers);
    return answers;
  }

  preflight(asked) {
    const json = text(asJson(asked));
    return this[ask](
      (it) => it.preflight(json, Date.now()),
      () => ({ rows: [], cycles: [], allowed: false }),
    );
  }

  /** Gives the memory back. Afterwards every `can` is false and everything else throws. */
  [DISPOSE]() {
    this.#engine?.free();
    this.#engine = undefined;
    this.#make = undefined;
    this.#bits.clear();
    this.#kept.clear();
    this.#principals.clear();
  }

  #recorded(AskedPrincipal) {
    const why = (principal, asked) => Principal.prototype.explain.apply(principal, asked);
    return recorded(AskedPrincipal, { onDecision: this.#onDecision, why, organization: () => this });
  }

  /** Tells the decisions of a batch; what was malformed is none. */
  #tellAll(lines, answers) {
    answers.forEach((answer, index) => {
      if (answer.effect === undefined) return;
      tellDecision(this.#onDecision, () => {
        const { principal, scope, entity, ...context } = JSON.parse(lines[index]);
        const { rules } = Principal.prototype.explain.call(this.principal(principal), scope, entity, context);
        return recordOf({ principal, scope, entity }, { ...answer, rules }, { at: context.at, version: versionOf(this) });
      });
    });
  }

  get [engine]() {
    const { exports } = this.#runtime;
    if (this.#make === undefined) throw new ScopewiseError("the organization was disposed of: make it again");
    if (exports === undefined) throw new ScopewiseError("the engine does not run yet: await `ready`");
    if (this.#home !== exports) this.#settle(exports);
    return this.#engine;
  }

  /** The scopes of an entity type with their bits; nothing where there is no such type. */
  [bitsOf](type) {
    const known = this.#bits.get(type);
    if (known !== undefined) return known;
    const scopes = this[engine].scopes_of(type);
    if (scopes === "") return undefined;
    const numbered = new Map(scopes.split(" ").map((scope, bit) => [scope, bit]));
    this.#bits.set(type, numbered);
    return numbered;
  }

  get [kept]() {
    return this.#kept;
  }

  /** Asks the engine. Where it does not run yet, and where it breaks, the answer is the one that denies. */
  [ask](question, denied) {
    if (this.#make !== undefined && this.#runtime.exports === undefined) {
      this.#runtime.reportFailure();
      return denied(deny("not_ready"));
    }
    try {
      return calling(() => question(this[engine]));
    } catch (thrown) {
      if (!hasBroken(thrown)) throw thrown;
      this.#restart(thrown);
      return denied(deny("engine_failed"));
    }
  }

  /** Makes the engine in that instance. Before the module runs that has to wait, and so do the document's problems. */
  #settle(exports) {
    [this.#engine, this.#home] = [this.#make(exports), exports];
  }

  #restart(thrown) {
    report(thrown);
    this.#runtime.restart(this.#home);
    this.#engine = this.#home = undefined;
  }
}

/** The rows of all principals of an organization, counted together. */
class Kept {
  #maps = new Set();
  #count = 0;

  add(rows, entity, row) {
    if (this.#count >= ROWS) this.clear();
    this.#maps.add(rows.set(entity, row));
    this.#count += 1;
  }

  clear() {
    for (const rows of this.#maps) rows.clear();
    this.#maps.clear();
    this.#count = 0;
  }
}

export class Principal {
  #name;
  #organization;
  /** More than the entity and its tags decides: the time, or what started a run. */
  #isTimed = false;
  #rows = new Map();

  constructor(name, organization) {
    this.#name = name;
    this.#organization = organization;
  }

  get name() {
    return this.#name;
  }

  can(scope, entity, context) {
    const row = context === undefined ? (this.#rows.get(entity) ?? this.#row(entity)) : undefined;
    if (row === undefined) return this.#can(scope, entity, context);
    const bit = row.bits.get(scope);
    return bit !== undefined && ((row.words[row.at + (bit >> 5)] >>> (bit & 31)) & 1) === 1;
  }

  decide(scope, entity, context) {
    return this[ask]((it, name) => it.decide(name, text(scope), text(entity), asJson(context), Date.now()), (denied) => denied);
  }

  membership(entity, context) {
    return this[ask]((it, name) => it.membership(name, text(entity), asJson(context), Date.now()), (denied) => denied);
  }

  explain(scope, entity, context) {
    return this[ask](
      (it, name) => it.explain(name, text(scope), text(entity), asJson(context), Date.now()),
      (denied) => ({ ...denied, grants: [], blockedBy: [], rules: [] }),
    );
  }

  scopes(entity, context) {
    return this[ask]((it, name) => it.scopes(name, text(entity), asJson(context), Date.now()), () => []);
  }

  filter(entities, scope, context) {
    const items = Array.from(entities);
    const { effects } = this.matrix(items, [scope], context);
    return items.filter((_, index) => effects[index] === 1);
  }

  matrix(entities, scopes, context) {
    const [items, names] = [Array.from(entities), Array.from(scopes, text)];
    if (items.length === 0 || names.length === 0) return new Matrix(items, names, new Uint8Array(0));
    const effects = this[ask](
      () => this.#page(items, names, context) ?? this.#asked(items, names, context),
      () => new Uint8Array(items.length * names.length),
    );
    return new Matrix(items, names, effects);
  }

  [scopesOf](type) {
    return Array.from(this.#organization[bitsOf](type)?.keys() ?? []);
  }

  [ask](question, denied) {
    return this.#organization[ask]((it) => question(it, this.#name), denied);
  }

  get [engine]() {
    return this.#organization[engine];
  }

  /** Asks the engine alone. */
  #can(scope, entity, context) {
    return answers(() =>
      this[ask]((it, name) => it.can(name, text(scope), text(entity), asJson(context), Date.now()), () => false),
    );
  }

  /** A page out of the rows; those that are missing cross together. Nothing where an item is more than a name. */
  #page(items, names, context) {
    if (context !== undefined || this.#isTimed || items.length > ROWS) return undefined;
    if (!names.every((name) => name.includes(":"))) return undefined;
    const rows = items.map((item) => this.#rows.get(item));
    const missing = [...new Set(items.filter((_, index) => rows[index] === undefined || rows[index] === DENIED))];
    if (!missing.every((item) => typeof item === "string" && !item.includes("\n"))) return undefined;
    if (missing.length > 0) {
      const words = this.#words(missing.join("\n"));
      if (words === undefined) return undefined;
      const found = new Map(missing.map((entity, index) => [entity, this.#keep(entity, words, index * ROW)]));
      items.forEach((item, index) => (rows[index] = found.get(item) ?? rows[index]));
    }
    return page(rows, names);
  }

  /** A page by the engine, for items with tags of their own, for a time, for a trigger. */
  #asked(items, names, context) {
    const [json, now, joined] = [asJson(context), Date.now(), joinedBy(names)];
    const plain = items.every((item) => typeof item === "string") ? items.join("\n") : "";
    if (lineFeeds(plain) === items.length - 1 && plain !== "") {
      return this[engine].matrix(this.#name, plain, joined, json, now);
    }
    const effects = new Uint8Array(items.length * names.length);
    items.forEach((item, index) => effects.set(this.#effects(item, joined, context, now), index * names.length));
    return effects;
  }

  /** The effects on one entity, which may bring its own tags. */
  #effects(item, scopes, context, now) {
    const own = typeof item === "object" && item !== null ? item : { entity: item };
    const entity = text(own.entity);
    if (entity.includes("\n")) throw new ScopewiseError(`\`${entity}\` is no entity: it has a line feed`);
    const json = asJson(own.tags === undefined ? context : { ...context, tags: own.tags });
    return this[engine].matrix(this.#name, entity, scopes, json, now);
  }

  /** Asks once for everything about an entity, if nothing else decides. A malformed question is no allow. */
  #row(entity) {
    if (this.#isTimed) return undefined;
    if (typeof entity !== "string") return DENIED;
    try {
      if (entity.includes("\n")) return this.#keep(entity, undefined, 0);
      const row = () => {
        const words = this.#words(entity);
        return words && this.#keep(entity, words, 0);
      };
      return this[ask](row, () => DENIED);
    } catch {
      return this.#keep(entity, undefined, 0);
    }
  }

  /** The rows of entities, or nothing where more than these and their tags decides. */
  #words(entities) {
    const words = this[engine].rows(this.#name, entities);
    this.#isTimed = words === undefined;
    return words;
  }

  #keep(entity, words, at) {
    const known = words && this.#organization[bitsOf](entity.slice(0, entity.indexOf(":")));
    const row = known === undefined ? DENIED : { words, at, bits: known };
    this.#organization[kept].add(this.#rows, entity, row);
    return row;
  }
}

/** The effects of rows on scopes, entity by entity: 0 deny, 1 allow, 2 unknown. */
function page(rows, names) {
  const columns = new Map();
  const effects = new Uint8Array(rows.length * names.length);
  let next = 0;
  for (const { words, at, bits } of rows) {
    let positions = columns.get(bits);
    if (positions === undefined) columns.set(bits, (positions = names.map((name) => bits.get(name) ?? -1)));
    for (const bit of positions) {
      if (bit >= 0) {
        const word = at + (bit >> 5);
        effects[next] = ((words[word] >>> (bit & 31)) & 1) || (((words[word + HALF] >>> (bit & 31)) & 1) << 1);
      }
      next += 1;
    }
  }
  return effects;
}

export class Matrix {
  #entities;
  #scopes;

  constructor(entities, scopes, effects) {
    this.effects = effects;
    this.#entities = entities;
    this.#scopes = scopes;
  }

  at(entity, scope) {
    const [row, column] = [position(this.#entities, entity), position(this.#scopes, scope)];
    const inside = row >= 0 && row < this.#entities.length && column >= 0 && column < this.#scopes.length;
    return EFFECTS[inside ? this.effects[row * this.#scopes.length + column] : 0];
  }
}

const EFFECTS = ["deny", "allow", "unknown"];

/** A position as it is, or where a name or an item stands. */
function position(items, wanted) {
  if (typeof wanted === "number") return Number.isInteger(wanted) ? wanted : -1;
  const at = items.indexOf(wanted);
  return at >= 0 ? at : items.findIndex((item) => typeof wanted === "string" && item?.entity === wanted);
}

/** The decision where there is none. */
const deny = (reason) => ({ effect: "deny", reason });

/** Whatever goes wrong, the answer is no. */
function answers(ask) {
  try {
    return ask() === true;
  } catch {
    return false;
  }
}
