// The card index: whom and what a document names. It reads documents that the engine has accepted, and decides nothing.

import { organizationAt } from "./catalogs.js";
import { ROLES, count, typeWords } from "./words.js";

/** The principals of a document, in groups: `{ id, name, detail }`. */
export function principalsOf(document, catalog) {
  const role = (id) => roleName(document, catalog, id ?? document.settings?.defaultRole ?? catalog.defaultRole);
  const groups = [
    ["Members", document.members, (member) => principal("user", member.user, role(member.role))],
    [
      "Collaborators",
      document.collaborators,
      (guest) => principal("user", guest.user, count(guest.grants?.length ?? 0, "grant")),
    ],
    ["Teams", document.teams, (team) => principal("team", team.name, teamDetail(team, role))],
    ["Tokens", document.tokens, (token) => principal("token", token.name, tokenDetail(token, role))],
    [
      "Service principals",
      document.servicePrincipals,
      (it) => principal("service-principal", it.name, rolesDetail(it, role)),
    ],
  ];
  return groups
    .map(([title, records, toPrincipal]) => ({ title, principals: (records ?? []).map(toPrincipal) }))
    .filter((group) => group.principals.length > 0);
}

/** The entities of a document: those it lists, then those it only mentions, the organization last. */
export function entitiesOf(document, catalog) {
  const entities = new Map((document.entities ?? []).map((record) => [record.entity, listed(record, catalog)]));
  for (const entity of mentioned(document)) {
    if (!entities.has(entity)) entities.set(entity, unlisted(entity, catalog));
  }
  const organization = `${catalog.organizationType}:${document.organization}`;
  if (!entities.has(organization)) entities.set(organization, { ...unlisted(organization, catalog), listed: true, tags: {} });
  return [...entities.values()];
}

/** An entity that the document does not list; `foreign` is the organization that it belongs to, if that is another one. */
export function unlisted(entity, catalog) {
  const foreign = isForeign(entity, catalog) ? organizationOf(entity, catalog) : null;
  return { entity, type: typeOf(entity), name: shortName(entity, catalog), listed: false, tags: null, foreign };
}

/** Who asks where a document names nobody: a person it does not know. */
export function stranger() {
  return principal("user", "anybody", "nobody is in this document");
}

/** The teams of a principal, for the line under its name. */
export function teamsOf(document, id) {
  const user = userOf(document, id);
  return (document.teams ?? [])
    .filter((team) => `team:${team.name}` === id || team.members?.some((member) => member.user === user))
    .map((team) => team.name);
}

export function typeOf(entity) {
  return entity.slice(0, entity.indexOf(":"));
}

/** A name without what every entity of the organization shares: `web/prod`. One of another organization has its whole path. */
export function shortName(entity, catalog) {
  const path = pathOf(entity);
  const parts = path.split("/");
  if (parts.length === 1 || isForeign(entity, catalog)) return path;
  return parts.toSpliced(organizationAt(catalog, typeOf(entity)), 1).join("/");
}

/** `stack web/prod`. */
export function spokenName(entity, catalog) {
  return `${typeWords(typeOf(entity)).one} ${shortName(entity, catalog)}`;
}

/** `eli`, `team web`, `token ci`: a person needs no word in front. */
export function principalName(id) {
  const at = id.indexOf(":");
  const [kind, name] = [id.slice(0, at), id.slice(at + 1)];
  return at < 0 || kind === "user" ? name : `${kind.replaceAll("-", " ")} ${name}`;
}

export function roleName(document, catalog, id) {
  const has = (role) => role.id === id;
  return (document.roles?.find(has) ?? catalog.roles.find(has))?.name ?? (catalog.own ? id : (ROLES[id] ?? id));
}

/** The name of a permission set, a custom or a default one. */
export function setName(document, catalog, id) {
  const has = (set) => set.id === id;
  return (document.permissionSets?.find(has) ?? catalog.permissionSets.find(has))?.name ?? id;
}

/** The permission sets, default and custom, that include a scope of an entity type. */
export function setsWith(document, catalog, type, scope) {
  return [...catalog.permissionSets, ...(document.permissionSets ?? [])]
    .filter((set) => set.entityType === type && set.scopes.includes(scope))
    .map((set) => set.name);
}

function isForeign(entity, catalog) {
  return organizationOf(entity, catalog) !== catalog.organization;
}

function organizationOf(entity, catalog) {
  return pathOf(entity).split("/")[organizationAt(catalog, typeOf(entity))];
}

function pathOf(entity) {
  return entity.slice(entity.indexOf(":") + 1);
}

function principal(kind, name, detail) {
  return { id: `${kind}:${name}`, name, kind, detail };
}

function rolesDetail({ roles = [] }, role) {
  return roles.map(role).join(", ") || "no role";
}

function teamDetail(team, role) {
  return `${rolesDetail(team, role)}, ${count(team.members?.length ?? 0, "member")}`;
}

function tokenDetail(token, role) {
  if (token.kind === "personal") return `of ${token.user}`;
  return token.kind === "team" ? `of team ${token.team}` : role(token.role);
}

function userOf(document, id) {
  if (!id.startsWith("token:")) return id.replace(/^user:/, "");
  return document.tokens?.find((token) => `token:${token.name}` === id)?.user;
}

function listed({ entity, tags, creator }, catalog) {
  return { entity, type: typeOf(entity), name: shortName(entity, catalog), listed: true, tags: tags ?? {}, creator };
}

/** Every entity that a grant, a rule or another entity names, in the order of the document. */
function* mentioned(document) {
  for (const role of document.roles ?? []) {
    for (const rule of role.rules ?? []) if (Array.isArray(rule.on)) yield* rule.on;
  }
  for (const holders of [document.teams, document.members, document.collaborators, document.servicePrincipals]) {
    for (const holder of holders ?? []) yield* (holder.grants ?? []).map((grant) => grant.entity);
  }
  for (const { stackReferences = [], environments = [], imports = [] } of document.entities ?? []) {
    yield* [...stackReferences, ...environments, ...imports];
  }
}
