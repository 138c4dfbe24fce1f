// For tests of what asks a principal: one that answers from a list, without the module, and a matcher that explains.
import { Matrix } from "./organization.js";

/** A principal that may do what stands beside an entity; for everything else there is one decision. */
export function allowing(list, { name = "user:test", otherwise = NOT_GRANTED } = {}) {
  const sets = Object.entries(list).map(([entity, scopes]) => [entity, new Set(scopes)]);
  return Object.freeze(new Listed(new Map(sets), name, otherwise));
}

/** For `expect.extend` of Vitest and Jest. */
export const matchers = { toAllow };

/** `expect(principal).toAllow(scope, entity)`. A question that cannot be put throws, whichever way it is expected. */
export function toAllow(principal, scope, entity, context) {
  if (typeof principal?.decide !== "function") throw new TypeError("`toAllow` is asked of a principal or of a snapshot");
  const { effect } = principal.decide(scope, entity, context);
  return { pass: effect === "allow", message: () => told(principal, scope, entity, context) };
}

const GRANTED = Object.freeze({ effect: "allow", reason: "granted" });
const NOT_GRANTED = Object.freeze({ effect: "deny", reason: "not_granted" });
const EFFECTS = ["deny", "allow", "unknown"];

class Listed {
  #list;
  #otherwise;

  constructor(list, name, otherwise) {
    this.#list = list;
    this.#otherwise = otherwise;
    this.name = name;
  }

  can(scope, entity) {
    return this.#list.get(entity)?.has(scope) === true;
  }

  decide(scope, entity) {
    return this.can(scope, entity) ? GRANTED : this.#otherwise;
  }

  explain(scope, entity) {
    const grants = this.can(scope, entity) ? [{ via: [this.name], on: entity, effect: "allow" }] : [];
    return { ...this.decide(scope, entity), grants, blockedBy: [], rules: [] };
  }

  membership(entity) {
    return this.#list.has(entity) ? GRANTED : this.#otherwise;
  }

  scopes(entity) {
    return [...(this.#list.get(entity) ?? [])].sort();
  }

  filter(entities, scope) {
    return Array.from(entities).filter((item) => this.can(scope, item?.entity ?? item));
  }

  matrix(entities, scopes) {
    const [items, names] = [Array.from(entities), Array.from(scopes)];
    const effect = (item, scope) => EFFECTS.indexOf(this.decide(scope, item?.entity ?? item).effect);
    return new Matrix(items, names, Uint8Array.from(items.flatMap((item) => names.map((scope) => effect(item, scope)))));
  }
}

/** Why the expectation does not hold: the answer, what it rests on, and the grants behind it. */
function told(principal, scope, entity, context) {
  const { effect, reason, needs, grants = [], blockedBy = [] } =
    principal.explain?.(scope, entity, context) ?? principal.decide(scope, entity, context);
  const who = principal.name ?? principal.principal ?? "the principal";
  const asked = `${who} ${effect === "allow" ? "not to be allowed" : "to be allowed"} ${scope} on ${entity}`;
  const rests = needs === undefined ? "" : ` (${needs.join(", ")})`;
  const answer = `expected ${asked}, but the answer is ${effect}: ${reason}${rests}`;
  return [answer, ...grants.map(grantedBy), ...blockedBy.map(blocked)].join("\n  ");
}

function grantedBy({ via, on, effect }) {
  return `${effect === "allow" ? "granted" : "may be granted"} by ${via.join(" > ")}, ${where(on)}`;
}

function blocked({ code, setting }) {
  return `blocked by ${code}${setting === undefined ? "" : ` (${setting})`}`;
}

/** Where a grant holds, in words. */
function where(on) {
  if (typeof on === "string") return `on ${on}`;
  return `where ${on.condition ?? on.tags.map(test).join(" and ")}`;
}

function test({ key, equals, notEquals, exists }) {
  if (exists !== undefined) return `tag ${key} ${exists ? "is there" : "is missing"}`;
  return equals === undefined ? `tag ${key} is not ${notEquals}` : `tag ${key} is ${equals}`;
}
