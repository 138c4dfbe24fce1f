// The phrase book: every sentence and label that stands for a word of the contract.

/** What `matrix` means by 0, 1 and 2. */
export const EFFECTS = ["deny", "allow", "unknown"];

/** How the three effects are said. */
export const VERDICTS = { allow: "Allowed", deny: "Denied", unknown: "Depends on tags" };

/** Entity types of the revisions. */
const TYPES = {
  stack: { one: "stack", many: "Stacks" },
  environment: { one: "environment", many: "Environments" },
  "insights-account": { one: "account", many: "Accounts" },
  organization: { one: "organization", many: "Organization" },
};

/** What one entity of a type is called, and many; the type's own name where the page has no better word. */
export function typeWords(type) {
  const one = type.replaceAll(/[-_.]/g, " ");
  const many = `${one.replace(/([^aeiou])y$/, "$1ie")}s`;
  return TYPES[type] ?? { one, many: many[0].toUpperCase() + many.slice(1) };
}

/** One sentence for each reason; `who` and `what` are the names in the question. */
export const REASONS = {
  granted: (who) => `${who} was given this scope. The chain below shows how.`,
  organization_admin: (who) => `${who} has a role that has every scope on every entity.`,
  organization_setting: () => "An organization-wide setting gives this scope, no role needed.",
  creator: (who, what) => `${who} created ${what}, and whoever creates it has this scope.`,
  not_granted: () => "No role, team, grant or setting gives this scope here.",
  setting_off: (who) => `${who} was given the scope, but a setting of the organization must also be on, and it is off.`,
  needs_tags: () => "A rule may give it. That depends on tags which the document does not tell.",
  unknown_principal: (who) => `The document does not name ${who}.`,
  unknown_scope: () => "The catalog of the document has no such scope.",
  wrong_entity_type: (who, what) => `The scope exists, but not for an entity like ${what}.`,
  other_organization: (who, what) => `${what} belongs to another organization, and this document is about its own alone.`,
  deployment_refused: () => "The deployment settings or the permission mode do not let this deployment run.",
  token_expired: () => "The token has expired. Whatever it could do, it can do no longer.",
  token_lifetime: () => "The token lives longer than the organization lets tokens live.",
  token_exception: () => "An organization token may never create or delete organization tokens, whatever its role.",
};

/** What stands behind a cited rule. */
export const BASIS = {
  documented: "the documentation says so",
  disputed: "the sources disagree, one reading was chosen",
  inferred: "the sources are silent, this is our reading",
};

/** Organization-wide settings as a person would say them. */
export const SETTINGS = {
  membersCanCreateStacks: "Members can create stacks",
  membersCanDeleteStacks: "Members can delete stacks",
  membersCanTransferStacks: "Members can transfer stacks",
  membersCanCreateTeams: "Members can create teams",
  membersCanCreateAccounts: "Members can create accounts",
  defaultStackPermission: "Default stack permission",
  defaultEnvironmentPermission: "Default environment permission",
  defaultAccountPermission: "Default account permission",
  defaultRole: "Default role",
  permissionMode: "Permission mode",
};

/** The built-in roles. */
export const ROLES = { admin: "Admin", member: "Member", "billing-manager": "Billing Manager" };

/** What stands before the colon of a link in a chain of grants, where it is not a word of its own; some stand alone. */
export const LINKS = {
  "permission-set": "set",
  "service-principal": "service principal",
  user: "person",
  creator: "its creator",
  "own-stack": "the stack it deploys",
};

/** A sentence as it begins by itself. */
export function capital(sentence) {
  return sentence[0].toUpperCase() + sentence.slice(1);
}

/** `1 problem`, `3 problems`. */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
