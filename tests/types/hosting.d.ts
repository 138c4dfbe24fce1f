// Written by `scopewise types` for the organization "acme".

/** The scopes of each entity type. */
export interface Scopes {
  "organization":
    | "audit_log:read"
    | "billing:read"
    | "billing:update"
    | "member:invite"
    | "member:read"
    | "member:remove"
    | "organization:delete"
    | "organization:update"
    | "repository:create"
    | "team:create"
    | "team:read";
  "repository":
    | "access:update"
    | "branch_rule:update"
    | "code:push"
    | "code:push_protected"
    | "code:read"
    | "issue:create"
    | "issue:delete"
    | "issue:read"
    | "issue:triage"
    | "pull_request:approve"
    | "pull_request:create"
    | "pull_request:merge"
    | "pull_request:read"
    | "pull_request:triage"
    | "release:create"
    | "release:read"
    | "repository:delete"
    | "repository:transfer"
    | "secret:update"
    | "security_alert:dismiss"
    | "security_alert:read"
    | "settings:read"
    | "settings:update"
    | "visibility:update"
    | "workflow:run";
}

/** The entities of the organization. */
export type Entity =
  | `organization:acme`
  | `repository:acme/${string}`;

/** Who is in the organization. */
export type Principal =
  | "user:ada"
  | "user:bea"
  | "user:can"
  | "user:dao"
  | "user:eli"
  | "user:fay"
  | "user:gus"
  | "user:zoe"
  | "team:core"
  | "team:support"
  | "token:nightly";

/** The roles that may be given to somebody. */
export type Role =
  | "owner"
  | "member"
  | "security-manager"
  | "billing-manager"
  | "release-manager";

/** The permission sets, default ones and the organization's own. */
export type PermissionSet =
  | "read"
  | "triage"
  | "write"
  | "maintain"
  | "admin"
  | "security";

/** What `Organization.parse<Vocabulary>(…)` goes by. */
export interface Vocabulary {
  scopes: Scopes;
  entity: Entity;
  principal: Principal;
}
