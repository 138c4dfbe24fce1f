// The words of a catalog of one's own, as `scopewise types` writes them.
import { Organization } from "scopewise";
import type { Vocabulary } from "./hosting.js";

const acme = Organization.parse<Vocabulary>("{}");

export const right = [
  acme.principal("user:bea").can("code:push", "repository:acme/engine"),
  acme.principal("token:nightly").can("member:invite", "organization:acme"),
  acme.principal("team:core").scopes("repository:acme/site"),
];

// @ts-expect-error no stack is in that catalog
acme.principal("user:bea").can("stack:read", "repository:acme/engine");
// @ts-expect-error a scope of the organization is none of a repository
acme.principal("user:bea").can("member:invite", "repository:acme/engine");
// @ts-expect-error no entity is a stack
acme.principal("user:bea").can("code:push", "stack:acme/web/prod");
// @ts-expect-error nobody of that name is in the document
acme.principal("user:nobody");
// @ts-expect-error it has no deployments
acme.principal("deployment:web/prod");
