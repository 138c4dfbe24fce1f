// What a page makes of a decision: a control that is enabled, disabled with a reason, hidden or pending. It decides
// nothing itself.

/** The scope without which an entity is not to be seen, by its type. An organization has none: who is in it sees it. */
export const reads = Object.freeze({
  stack: "stack:read",
  environment: "environment:read",
  "insights-account": "insights_account:read",
});

/** Why a control cannot be used, by the code of its decision. `{scope}`, `{entity}` and `{needs}` are filled in. */
export const messages = Object.freeze({
  not_granted: "You need the permission {scope} here. No role, team or grant gives it to you.",
  setting_off: "You have the permission {scope}, but a setting of the organization must also allow it.",
  needs_tags: "Whether you may do this depends on tags that are not known yet: {needs}.",
  unknown_principal: "You are not a member of this organization.",
  unknown_scope: "This organization does not have the permission {scope}.",
  wrong_entity_type: "The permission {scope} does not apply to {entity}.",
  other_organization: "{entity} belongs to another organization.",
  deployment_refused: "The deployment settings do not let this run.",
  token_expired: "The access token has expired.",
  token_lifetime: "The access token lives longer than the organization allows.",
  token_exception: "An organization token can never do this.",
  not_ready: "Your permissions are being loaded.",
  engine_failed: "Your permissions cannot be checked at the moment.",
  not_covered: "Your permissions for this are not known yet.",
  not_asked: "Your permissions for this cannot be checked.",
});

/** Denies that say nothing about the principal: the same question may be answered in a moment. */
const PASSING = new Set(["not_ready", "engine_failed"]);

/** Makes a control of what `decide` says of a scope, and of the one to read the entity with. */
export function controlOf(decide, scope, entity, texts = messages, readScopes = reads) {
  const read = own(readScopes, String(entity).split(":", 1)[0]);
  const seen = read === undefined ? undefined : decide(read);
  if (seen === undefined || stateOf(seen) === "enabled") {
    const decision = decide(scope);
    return control(stateOf(decision), decision, { scope, entity }, texts);
  }
  // A question that cannot be put is a mistake of the page, which hiding would hide as well.
  const missing = stateOf(seen) === "disabled" && seen.reason !== "not_asked";
  return control(missing ? "hidden" : stateOf(seen), seen, { scope: read, entity }, texts);
}

function stateOf({ effect, reason }) {
  if (effect === "allow") return "enabled";
  return effect === "unknown" || PASSING.has(reason) ? "pending" : "disabled";
}

function control(state, { effect, reason: code, ...more }, asked, texts) {
  const usable = state === "enabled";
  const why = usable ? undefined : { reason: sentence(code, { ...asked, needs: more.needs?.join(", ") }, texts) };
  return { state, disabled: !usable, code, ...why, ...more };
}

/** The app's sentence for a code, else the one of this file. */
function sentence(code, values, texts) {
  const text = own(texts, code) ?? own(messages, code) ?? code;
  return text.replaceAll(/\{(scope|entity|needs)\}/g, (_, name) => values[name] ?? "");
}

const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : undefined);
