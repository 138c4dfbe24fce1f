// The card index: whom and what a document names. It reads documents that the engine has accepted, and decides nothing.

import { ROLES, TYPES, count } from "./words.js";

/** The principals of a document, in groups: `{ id, name, detail }`. */
export function principalsOf(document) {
  const role = (id) => roleName(document, id ?? document.settings?.defaultRole ?? "member");
  const groups = [
    ["Members", document.members, (member) => principal("user", member.user, role(member.role))],
    [
      "Collaborators",
      document.collaborators,
      (guest) => principal("user", guest.user, count(guest.grants?.length ?? 0, "grant")),
    ],
    ["Teams", document.teams, (team) => principal("team", team.name, teamDetail(document, team))],
    ["Tokens", document.tokens, (token) => principal("token", token.name, tokenDetail(token, role))],
    [
      "Service principals",
      document.servicePrincipals,
      (it) => principal("service-principal", it.name, rolesDetail(document, it)),
    ],
  ];
  return groups
    .map(([title, records, toPrincipal]) => ({ title, principals: (records ?? []).map(toPrincipal) }))
    .filter((group) => group.principals.length > 0);
}

/** The entities of a document: those it lists, then those it only mentions, the organization last. */
export function entitiesOf(document) {
  const entities = new Map((document.entities ?? []).map((record) => [record.entity, listed(record)]));
  for (const entity of mentioned(document)) {
    if (!entities.has(entity)) entities.set(entity, unlisted(entity));
  }
  const organization = `organization:${document.organization}`;
  if (!entities.has(organization)) entities.set(organization, { ...unlisted(organization), listed: true, tags: {} });
  return [...entities.values()];
}

/** An entity that only the visitor has named. */
export function unlisted(entity) {
  return { entity, type: typeOf(entity), name: shortName(entity), listed: false, tags: null };
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

export function organizationOf(entity) {
  return pathOf(entity).split("/", 1)[0];
}

/** A name without what every entity of the organization shares: `web/prod`. */
export function shortName(entity) {
  const path = pathOf(entity);
  return path.includes("/") ? path.slice(path.indexOf("/") + 1) : path;
}

/** `stack web/prod`. */
export function spokenName(entity) {
  return `${TYPES[typeOf(entity)]?.one ?? typeOf(entity)} ${shortName(entity)}`;
}

/** `eli`, `team web`, `token ci`: a person needs no word in front. */
export function principalName(id) {
  const at = id.indexOf(":");
  const [kind, name] = [id.slice(0, at), id.slice(at + 1)];
  return at < 0 || kind === "user" ? name : `${kind.replaceAll("-", " ")} ${name}`;
}

export function roleName(document, id) {
  return ROLES[id] ?? document.roles?.find((role) => role.id === id)?.name ?? id;
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

function pathOf(entity) {
  return entity.slice(entity.indexOf(":") + 1);
}

function principal(kind, name, detail) {
  return { id: `${kind}:${name}`, name, kind, detail };
}

function rolesDetail(document, { roles = [] }) {
  return roles.map((id) => roleName(document, id)).join(", ") || "no role";
}

function teamDetail(document, team) {
  return `${rolesDetail(document, team)}, ${count(team.members?.length ?? 0, "member")}`;
}

function tokenDetail(token, role) {
  if (token.kind === "personal") return `of ${token.user}`;
  return token.kind === "team" ? `of team ${token.team}` : role(token.role);
}

function userOf(document, id) {
  if (!id.startsWith("token:")) return id.replace(/^user:/, "");
  return document.tokens?.find((token) => `token:${token.name}` === id)?.user;
}

function listed({ entity, tags, creator }) {
  return { entity, type: typeOf(entity), name: shortName(entity), listed: true, tags: tags ?? {}, creator };
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
