// A gate before an origin: a request, what it needs by its route, who sends it, what the rules say of that, and then
// the request again with a mark for the origin, or an answer. Whatever goes wrong on the way is an answer too.

import { CONFIDENCE, TOLD, checked } from "./gate-options.js";
import { MARK, marker, targetOf } from "./mark.js";
import { recordOf, tellDecision, versionOf } from "./record.js";
import { hidden, refusal } from "./refusal.js";
import { all, attempt, isPromise, tell, then } from "./sequel.js";
import { areWhole } from "./tags.js";

/** Headers by which some take a request for another one. */
const OVERRIDES = [
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-method",
  "x-original-uri",
  "x-original-url",
  "x-rewrite-url",
];

/**
 * These and the names of the gate, as servers may write them: to some all that is no letter and no digit is the same. One
 * test, for it is made of every header.
 */
const OWN = new RegExp(`^(?:scopewise-|(?:${OVERRIDES.join("|")})$)`.replaceAll("-", "[^a-z0-9]"), "i");

/** Reasons of a table that say something of the table; all others say that the request itself is malformed. */
const NOT_IN_TABLE = new Set(["unmapped", "method_unmapped", "ambiguous"]);
const NO_ANSWER = new Set(["not_ready", "engine_failed"]);

export function createGate(options) {
  return new Gate(options);
}

/** Whether a header must not come from outside. */
export const isOwnHeader = (name) => OWN.test(name);

class Gate {
  #options;
  #mark;

  constructor(options) {
    this.#options = checked(options);
    this.#mark = marker(options.sign);
    Object.freeze(this);
  }

  ask(request, { target = targetOf(request.url), context } = {}) {
    const asked = new Asked(request, target, context);
    return attempt(
      () => this.#route(asked),
      (answer) => answer,
      (thrown) => this.#failed(asked, thrown),
    );
  }

  async fetch(request, forward = fetch, context) {
    const asked = this.ask(request, { context });
    const answer = isPromise(asked) ? await asked : asked;
    if (answer.refuse !== undefined) return answer.refuse;
    let response;
    try {
      response = await forward(answer.forward);
      if (typeof response?.status !== "number") throw new TypeError("`forward` gives the answer of the origin");
    } catch (thrown) {
      this.#options.onError(thrown);
      return refusal(502, "origin_failed", { detail: "the origin gave no answer" });
    }
    const other = this.answered(answer, response.status, context);
    if (other !== undefined) response.body?.cancel().catch(() => {});
    return other ?? response;
  }

  /** What to do with the status of the origin: tell of it, and hide what may not be known of. */
  answered(answer, status, context) {
    const { mark, principal, route, needs, version, method, target, requestId, hides } = answer;
    const { onExchange, onMismatch, onError } = this.#options;
    if (onExchange !== undefined && principal !== undefined) {
      const exchange = { at: new Date().toISOString(), principal, method, path: target, status };
      tell(() => onExchange(exchange), onError, context);
    }
    const isRefused = status === 401 || status === 403 || (status === 404 && route?.endsWithEntity);
    if (onMismatch !== undefined && mark === "allow" && isRefused) {
      tell(() => onMismatch({ status, principal, route, needs, version, method, target, requestId }), onError, context);
    }
    return status === 404 && hides() ? hidden(needs) : undefined;
  }

  #route(asked) {
    const { routes, authenticate } = this.#options;
    const found = routes.find(asked.method, asked.target);
    if (found.passes) return this.#forward(asked, "passed");
    if (found.error !== undefined) return refuse(asked, unrouted(found));
    asked.route = found.route;
    asked.needs = found.needs;
    if (asked.needs.needs === "public") {
      return this.#isSure(asked, "forward") ? this.#forward(asked, "public") : this.#undecided(asked);
    }
    return then(authenticate(asked.request, asked.context), (who) => this.#known(asked, who));
  }

  #known(asked, who) {
    const { challenge } = this.#options;
    if (who === null || who === undefined) {
      const headers = { "www-authenticate": challenge };
      return refuse(asked, refusal(401, "unauthenticated", { route: asked.needs, detail: "say who you are", headers }));
    }
    const principal = typeof who === "string" ? who : who.principal;
    if (typeof principal !== "string" || principal === "") {
      throw new TypeError("`authenticate` gives the name of a principal, or null");
    }
    asked.principal = principal;
    if (who.trigger !== undefined) asked.known = { trigger: who.trigger };
    return this.#needed(asked);
  }

  #needed(asked) {
    const { needs } = asked.needs;
    switch (needs) {
      case "scope":
      case "member":
        return this.#inOrganization(asked);
      case "user":
      case "filter":
        return this.#isSure(asked, "forward") ? this.#forward(asked, needs) : this.#undecided(asked);
      default:
        return this.#options.onSpecial === "forward" ? this.#forward(asked, "special") : refuse(asked, apart(asked));
    }
  }

  #inOrganization(asked) {
    asked.organization = organizationIn(asked.needs);
    return this.#withOrganization(asked);
  }

  /** Asks the source, each time anew: an organization is not held while something else is awaited. */
  #withOrganization(asked, tags) {
    return attempt(
      () => this.#state(asked),
      (state) => this.#decided(asked, state, tags),
      (thrown) => this.#unavailable(asked, thrown),
    );
  }

  /** What the source says that is there, or null for an organization that is not. */
  #state({ organization: name, request, principal, route, context }) {
    const { organization } = this.#options;
    const chosen =
      typeof organization === "function"
        ? organization(request, { organization: name, principal, route, context })
        : organization;
    return then(chosen, (source) => (source ? stateOf(source, context) : null));
  }

  #decided(asked, state, tags) {
    if (state === null) return refuse(asked, hidden(asked.needs));
    const { organization, status, version } = state;
    if (!organization || (status !== "fresh" && status !== "stale")) return this.#unavailable(asked, state.error);
    const own = labelOf(organization);
    if (own.name !== asked.organization) return refuse(asked, hidden(asked.needs));
    asked.version = version ?? own.version;
    asked.stale = status === "stale";
    return this.#judge(asked, organization, tags);
  }

  #unavailable(asked, thrown) {
    if (thrown !== undefined) this.#options.onError(thrown);
    const headers = { "retry-after": "5" };
    const detail = "there are no rules to decide by at the moment";
    return refuse(asked, refusal(503, "unavailable", { detail, headers }));
  }

  #judge(asked, organization, tags) {
    const who = organization.principal(asked.principal);
    const rows = this.#rows(asked, who, tags);
    asked.rows = rows;
    asked.hides = () => !rows.every((row) => this.#mayKnow(asked, who, row));
    const effect = this.#weakest(asked, rows);
    if (rows.some(({ reason }) => NO_ANSWER.has(reason))) throw new Error("the engine gave no answer");
    if (effect === "unknown" && this.#resolves(asked, rows, tags)) return this.#resolved(asked, rows);
    this.#tellDecisions(asked, who);
    if (effect === "allow") return this.#forward(asked, "allow");
    if (effect === "unknown") return this.#undecided(asked, who);
    return refuse(asked, this.#denied(asked, who, "denied"));
  }

  /** What the rules say of everything that is needed. */
  #rows({ needs, known }, who, tags) {
    const { onDecision } = this.#options;
    if (needs.needs === "member") return [{ entity: needs.entity, ...who.membership(needs.entity, known) }];
    return needs.scopes.map(({ scope, entity }) => {
      const context = contextOf(known, tags?.get(entity));
      const isAllowed = onDecision === undefined && who.can(scope, entity, context);
      const { effect, reason, needs: keys } = isAllowed ? GRANTED : who.decide(scope, entity, context);
      return { scope, entity, effect, reason, needs: keys, context };
    });
  }

  /** The least of the effects. One of which it is not sure enough that it is what the request needs is unknown. */
  #weakest(asked, rows) {
    let effect = "allow";
    for (const row of rows) if (row.effect !== "allow" && effect !== "deny") effect = row.effect;
    if (effect === "allow" && !this.#isSure(asked, "forward")) return "unknown";
    if (effect === "deny" && !this.#isSure(asked, "refuse")) return "unknown";
    return effect;
  }

  #isSure({ route }, use) {
    return CONFIDENCE.indexOf(route.confidence) <= CONFIDENCE.indexOf(this.#options.confidence[use]);
  }

  #resolves({ route }, rows, tags) {
    const isOpen = rows.some(({ effect }) => effect === "unknown");
    return this.#options.onUnknown === "resolve" && tags === undefined && isOpen && this.#isSure({ route }, "forward");
  }

  /** Fetches the tags on which something rests, and judges again. What is not there has none and is denied. */
  #resolved(asked, rows) {
    const { request, principal, context } = asked;
    const open = rows.filter(({ effect }) => effect === "unknown");
    const entities = Array.from(new Set(open.map(({ entity }) => entity)));
    const tagsOf = (entity) => {
      const needs = open.filter((row) => row.entity === entity).flatMap((row) => row.needs ?? []);
      return this.#options.resolveTags(entity, {
        needs: Array.from(new Set(needs)).sort(),
        principal,
        request,
        context,
      });
    };
    const given = (tags) => {
      if (tags.some((it) => it === null || it === undefined)) return refuse(asked, hidden(asked.needs));
      if (!tags.every((it) => typeof it === "object" && areWhole(it)))
        throw new TypeError("`resolveTags` gives the tags of an entity, as an object of texts, or null");
      const byEntity = new Map(entities.map((entity, index) => [entity, { ...tags[index] }]));
      return this.#withOrganization(asked, byEntity);
    };
    const failed = (thrown) => {
      this.#options.onError(thrown);
      return refuse(
        asked,
        refusal(503, "unavailable", { detail: "what decides this cannot be found out at the moment" }),
      );
    };
    return attempt(() => all(entities.map(tagsOf)), given, failed);
  }

  /** What no rule decides. It is never an allow. */
  #undecided(asked, who) {
    if (this.#options.onUnknown === "forward") return this.#forward(asked, "unknown");
    return refuse(asked, who === undefined ? apart(asked) : this.#denied(asked, who, "undecided"));
  }

  /** A refusal, or the answer for what is not there where the caller may not know that it is. */
  #denied(asked, who, code) {
    const refused = asked.rows.filter(({ effect }) => effect !== "allow");
    if (refused.some((row) => !this.#mayKnow(asked, who, row))) return hidden(asked.needs);
    const told = this.#tell(asked);
    if (told === "nothing") return refusal(403, code);
    const needs = asked.rows.map(({ scope, entity, effect, reason }) => ({ scope, entity, effect, reason }));
    const detail = `${refused.map(inWords).join(" and ")} is needed`;
    const [first] = refused.filter(({ scope }) => scope !== undefined);
    const explanation =
      told === "explanation" && first !== undefined ? who.explain(first.scope, first.entity, first.context) : undefined;
    return refusal(403, code, { route: asked.needs, detail, needs, explanation });
  }

  /** Whether the caller may know that an entity is there: what it takes to read it, says the table. */
  #mayKnow({ organization, known }, who, { entity, context }) {
    const reads = this.#options.routes.reads(entity.slice(0, entity.indexOf(":")));
    if (reads !== undefined) return who.can(reads, entity, context ?? known);
    try {
      return who.membership(`organization:${organization}`, known).effect === "allow";
    } catch {
      return false;
    }
  }

  #tell({ principal, route, request }) {
    const { tell, onError } = this.#options;
    if (typeof tell !== "function") return tell;
    try {
      const told = tell({ principal, route, request });
      return TOLD.includes(told) ? told : "nothing";
    } catch (thrown) {
      onError(thrown);
      return "nothing";
    }
  }

  #tellDecisions(asked, who) {
    const { onDecision, onError, requestId } = this.#options;
    asked.requestId = requestId?.(asked.request);
    if (onDecision === undefined) return;
    const { principal, version, route, request, context: lasting } = asked;
    for (const { scope, entity, effect, reason, context } of asked.rows.filter((row) => row.scope !== undefined)) {
      const record = () => {
        const { rules } = who.explain(scope, entity, context);
        return recordOf(
          { principal, scope, entity },
          { effect, reason, rules },
          { version, requestId: asked.requestId },
        );
      };
      tellDecision(onDecision, record, { about: { route, request }, onError, context: lasting });
    }
  }

  /** The request for the origin: without what only a gate may say, and with what this one says. */
  #forward(asked, mark) {
    const {
      request,
      target,
      method,
      principal,
      organization,
      version,
      stale,
      route,
      needs,
      requestId,
      hides,
    } = asked;
    const claims = { decision: mark, principal, organization, version, stale: stale || undefined };
    return then(this.#mark({ method, target }, claims), (text) => {
      const forward = unredirected(request);
      const { headers } = forward;
      for (const name of ownIn(headers)) headers.delete(name);
      headers.set(MARK, text);
      return {
        forward,
        mark,
        principal,
        organization,
        version,
        stale: stale === true,
        route,
        needs,
        method,
        target,
        requestId,
        hides,
      };
    });
  }

  #failed(asked, thrown) {
    this.#options.onError(thrown);
    return refuse(asked, refusal(500, "failed", { detail: "this could not be decided" }));
  }
}

/** A copy that follows no redirect: as most that come from outside, which need not be told. */
function unredirected(request) {
  return request.redirect === "manual" ? new Request(request) : new Request(request, { redirect: "manual" });
}

/**
 * What must not come from outside: most often nothing. Found before anything is deleted, for that moves the others; and in
 * one call, for each step of a walk is one in `workerd`.
 */
function ownIn(headers) {
  const found = [];
  headers.forEach((_, name) => isOwnHeader(name) && found.push(name));
  return found;
}

/** What is found out of a request, one thing after the other. */
const never = () => false;

class Asked {
  route;
  needs;
  principal;
  /** What is known beside the question. */
  known;
  organization;
  version;
  stale;
  rows;
  requestId;
  hides = never;

  constructor(request, target, context) {
    this.request = request;
    this.target = target;
    this.method = request.method;
    this.context = context;
  }
}

const GRANTED = Object.freeze({ effect: "allow" });

function refuse({ principal, organization, version, route, needs, method, target }, response) {
  return { refuse: response, principal, organization, version, route, needs, method, target };
}

function unrouted({ error, message }) {
  if (NO_ANSWER.has(error)) throw new Error(message);
  const status = NOT_IN_TABLE.has(error) ? 403 : 400;
  return refusal(status, error, { detail: message });
}

/** The answer to what scopes do not decide. */
function apart({ needs, route }) {
  return refusal(403, needs.needs === "special" ? "special" : "undecided", {
    route: needs,
    detail: route.note ?? "no rule decides this",
  });
}

function contextOf(known, tags) {
  return tags === undefined ? known : { ...known, tags };
}

/** The organization that the path of a request names. */
function organizationIn({ scopes, entity = scopes[0].entity }) {
  const start = entity.indexOf(":") + 1;
  const end = entity.indexOf("/", start);
  return end < 0 ? entity.slice(start) : entity.slice(start, end);
}

/** Name and version, asked for once: an organization never changes. */
function labelOf(organization) {
  let label = LABELS.get(organization);
  if (label === undefined)
    LABELS.set(organization, (label = { name: organization.name, version: versionOf(organization) }));
  return label;
}

const LABELS = new WeakMap();

/** The state of a source; an organization as it is stays fresh. */
function stateOf(source, context) {
  return typeof source.principal === "function" ? { organization: source, status: "fresh" } : source.get(context);
}

function inWords({ scope, entity }) {
  return scope === undefined ? `membership of \`${entity}\`` : `\`${scope}\` on \`${entity}\``;
}
