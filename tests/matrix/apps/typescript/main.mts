// A typed program as a module: the names of scopes and entities are checked, and so is what comes back.
import { type Decision, type Effect, Organization, ScopewiseError, type ScopeOf, ready } from "scopewise";
import * as admin from "scopewise/admin";
import * as catalog from "scopewise/catalog";
import * as review from "scopewise/review";
import * as snapshot from "scopewise/snapshot";
import * as transfer from "scopewise/transfer";
import { ask } from "../questions.mjs";

const scope: ScopeOf<"stack"> = "stack:write";
const acme = Organization.parse({ revision: "2026-10", organization: "acme" });
const decision: Decision = acme.principal("user:bob").decide(scope, "stack:acme/web/prod");
const effect: Effect = decision.effect;
const started: Promise<void> = ready;
const part: Uint8Array = admin.Organization.parse({ revision: "2026-10", organization: "acme" }).toBundle();
if (effect !== "deny" || part.length === 0) throw new ScopewiseError("nobody may do anything there");

await started;
console.log(JSON.stringify(ask({ Organization, ScopewiseError, admin, catalog, review, snapshot, transfer })));
