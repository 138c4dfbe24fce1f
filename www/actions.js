// The button box: which scopes of an entity type an ordinary page would have a button for.

import { scopesOf } from "./catalogs.js";

/** So many buttons has a type of a catalog of one's own: nobody has said which of its scopes a page would choose. */
const FIRST = 8;

/** For each type the labels of its buttons, and the scope that each needs. */
const ACTIONS = {
  stack: [
    ["View", "stack:read"],
    ["Update", "stack:write"],
    ["Deploy", "stack_deployment:create"],
    ["Rename", "stack:rename"],
    ["Transfer", "stack:transfer"],
    ["Delete", "stack:delete"],
  ],
  environment: [
    ["View", "environment:read"],
    ["Open", "environment:open"],
    ["Edit", "environment:write"],
    ["Rotate secrets", "environment:rotate"],
    ["Delete", "environment:delete"],
  ],
  "insights-account": [
    ["View", "insights_account:read"],
    ["Scan", "insights_account:scan"],
    ["Edit", "insights_account:update"],
    ["Manage access", "insights_account_access:update"],
    ["Delete", "insights_account:delete"],
  ],
  organization: [
    ["Create stack", "stack:create"],
    ["Create team", "team:create"],
    ["Invite", "invites:create"],
    ["See members", "org_member:read"],
    ["Audit log", "audit_logs:read"],
    ["Billing", "organization:billing"],
    ["Manage roles", "role:update"],
  ],
};

/** The buttons that a type has in a catalog: a label and a scope each. */
export function actionsOf(catalog, type) {
  const names = scopesOf(catalog, type).map((scope) => scope.name);
  if (catalog.own) return names.slice(0, FIRST).map((name) => [name, name]);
  const known = new Set(names);
  return (ACTIONS[type] ?? []).filter(([, scope]) => known.has(scope));
}

/** `Delete`, or the scope itself where no button stands for it. */
export function actionName(catalog, type, scope) {
  return actionsOf(catalog, type).find(([, candidate]) => candidate === scope)?.[0] ?? scope;
}
