// A principal for a page that shows what it may do: a store whose value answers, and which the page replaces as a
// whole. It belongs to no framework; the bindings stand on it.
import { controlOf } from "./control.js";

export { messages, reads } from "./control.js";

const NOT_READY = Object.freeze({ effect: "deny", reason: "not_ready" });

/** Who is asked before there is anybody. */
const NOBODY = { can: () => false, decide: () => NOT_READY };

/** A store over a principal, a snapshot, or nobody yet. */
export function createStore(principal, { messages, reads } = {}) {
  const made = (from) => permissionsOf(from ?? undefined, messages, reads);
  const first = made(principal);
  const subscribers = new Set();
  let current = first;
  return Object.freeze({
    subscribe(run) {
      const subscriber = () => run(current);
      subscribers.add(subscriber);
      subscriber();
      return () => void subscribers.delete(subscriber);
    },
    getSnapshot: () => current,
    getServerSnapshot: () => first,
    replace(next) {
      current = made(next);
      tell(subscribers);
    },
  });
}

/** Tells all, also where one throws: a part of the page that is broken leaves no other part behind. */
function tell(subscribers) {
  const thrown = [];
  for (const subscriber of [...subscribers]) {
    try {
      if (subscribers.has(subscriber)) subscriber();
    } catch (error) {
      thrown.push(error);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}

/** The value of a store. Its functions need no `this`, and none of them throws: a page asks while it renders. */
function permissionsOf(principal, messages, reads) {
  const asked = principal ?? NOBODY;
  const can = (scope, entity, context) => answers(() => asked.can(scope, entity, context));
  const decide = (scope, entity, context) => decided(asked, scope, entity, context);
  return Object.freeze({
    principal,
    can,
    decide,
    control: (scope, entity, context) =>
      controlOf((scope) => decide(scope, entity, context), scope, entity, messages, reads),
    filter: (entities, scope, context) =>
      Array.from(entities).filter((item) => can(scope, item?.entity ?? item, withTags(item, context))),
  });
}

/** An entity that is not there yet is asked about later; what cannot be asked is denied. */
function decided(principal, scope, entity, context) {
  if (entity === undefined || entity === null) return NOT_READY;
  try {
    return principal.decide(scope, entity, context);
  } catch (error) {
    return { effect: "deny", reason: "not_asked", error: String(error?.message ?? error) };
  }
}

function answers(ask) {
  try {
    return ask() === true;
  } catch {
    return false;
  }
}

/** The tags that an entity of a list brings are those of the question. */
function withTags(item, context) {
  return item?.tags === undefined ? context : { ...context, tags: item.tags };
}
