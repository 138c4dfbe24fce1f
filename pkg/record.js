// Records of decisions: one for each question, whatever becomes of them.

import { report } from "./platform.js";
import { tell } from "./sequel.js";

/** A decision as a log has it. The time is that of the question, the version that of the document. */
export function recordOf(asked, { effect, reason, rules }, { at = new Date(), version, requestId } = {}) {
  const { principal, scope, entity } = asked;
  const rule = rules?.[0]?.rule;
  return {
    at: new Date(at).toISOString(),
    principal,
    scope,
    entity,
    effect,
    reason,
    ...(rule !== undefined && { rule }),
    ...(version !== undefined && { version }),
    ...(requestId !== undefined && { requestId }),
  };
}

/** The version of the document; one that nobody counts has none. */
export function versionOf(organization) {
  return organization.label.version || undefined;
}

/**
 * A class of principals that tell each decision that they are asked for: by `can`, `decide` and `explain`. Lists and
 * pages (`scopes`, `filter`, `matrix`) show what could be done, and are no decisions.
 */
export function recorded(AskedPrincipal, { onDecision, why, organization }) {
  return class RecordedPrincipal extends AskedPrincipal {
    can(scope, entity, context) {
      try {
        return this.decide(scope, entity, context).effect === "allow";
      } catch {
        return false;
      }
    }

    decide(scope, entity, context) {
      const decision = super.decide(scope, entity, context);
      this.#tell([scope, entity, context], decision);
      return decision;
    }

    explain(scope, entity, context) {
      const told = super.explain(scope, entity, context);
      this.#tell([scope, entity, context], told);
      return told;
    }

    #tell(asked, decision) {
      tellDecision(onDecision, () => {
        const [scope, entity, context] = asked;
        const { rules } = decision.rules === undefined ? why(this, asked) : decision;
        const known = { at: context?.at, version: versionOf(organization()) };
        return recordOf({ principal: this.name, scope, entity }, { ...decision, rules }, known);
      });
    }
  };
}

/** Hands a record over. Nothing that goes wrong with it changes a decision. */
export function tellDecision(onDecision, record, { about, onError = report, context } = {}) {
  tell(() => onDecision(record(), about), onError, context);
}
