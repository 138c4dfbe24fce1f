// The button box: which scopes an entity type has, and which of them an ordinary page would have a button for.

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
  const known = new Set(scopesOf(catalog, type).map((scope) => scope.name));
  return (ACTIONS[type] ?? []).filter(([, scope]) => known.has(scope));
}

/** `Delete`, or the scope itself where no button stands for it. */
export function actionName(type, scope) {
  return ACTIONS[type]?.find(([, candidate]) => candidate === scope)?.[0] ?? scope;
}

/** The scopes of a type in a catalog, by group: `{ name, scopes }`. */
export function groupsOf(catalog, type) {
  return catalog.entityTypes.find(({ name }) => name === type)?.groups ?? [];
}

/** The scopes of a type in a catalog, whatever their group. */
export function scopesOf(catalog, type) {
  return groupsOf(catalog, type).flatMap((group) => group.scopes);
}
