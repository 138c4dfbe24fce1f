// The reference shelf: what there is in the product that a document is about, of a revision or of a catalog in the document.

import { catalog as revisionNamed } from "../pkg/catalog.js";

/** What stands in every revision, so that the page need not ask which catalog it has. */
const REVISION = { organizationType: "organization", defaultRole: "member", roles: [], own: false };

/** The catalog of a document that the engine has accepted: its types with their scopes by group, its sets and roles, and
 *  the organization for which it is read. */
export function catalogOf({ revision, catalog, organization }) {
  const read = isOwn(catalog) ? ownCatalog(catalog) : { ...REVISION, ...revisionNamed(revision ?? catalog) };
  return { ...read, organization };
}

/** The buttons and the scopes of a type go by groups: `{ name, scopes }`. */
export function groupsOf(catalog, type) {
  return typeIn(catalog, type)?.groups ?? [];
}

/** The scopes of a type in a catalog, whatever their group. */
export function scopesOf(catalog, type) {
  return groupsOf(catalog, type).flatMap((group) => group.scopes);
}

/** Which part of the path of an entity is the organization: the first, where the catalog does not say. */
export function organizationAt(catalog, type) {
  return typeIn(catalog, type)?.path?.split("/").indexOf("organization") ?? 0;
}

function isOwn(catalog) {
  return typeof catalog === "object";
}

function typeIn(catalog, type) {
  return catalog.entityTypes.find(({ name }) => name === type);
}

/** A catalog as it is written, in the form in which the package lists those of the revisions. */
function ownCatalog({ name, entityTypes, permissionSets = [], roles, defaultRole }) {
  const organizationType = entityTypes.find(({ path }) => path === "organization").name;
  const sets = permissionSets.map((set) => ({ ...set, name: set.name ?? set.id, scopes: [...included(set, permissionSets)] }));
  const holders = (type, scope) => roles.filter((role) => isIn(role, sets, type, scope, organizationType));
  const types = entityTypes.map(({ name: type, path, scopes = [] }) => {
    const listed = scopes.map((scope) => ({ ...scope, roles: holders(type, scope.name).map(({ id }) => id) }));
    return { name: type, path, groups: grouped(listed) };
  });
  const last = ({ name: type }) => Number(type === organizationType);
  types.sort((one, other) => last(one) - last(other));
  return { revision: name, own: true, organizationType, defaultRole, roles, entityTypes: types, permissionSets: sets };
}

/** The scopes of a set and of those that it includes. No set includes itself: the engine has looked. */
function included({ scopes = [], includes = [] }, sets) {
  const others = sets.filter(({ id }) => includes.includes(id));
  return new Set([...scopes, ...others.flatMap((set) => [...included(set, sets)])]);
}

function isIn({ everything, scopes = [], permissionSets = [] }, sets, type, scope, organizationType) {
  const has = (set) => set.entityType === type && permissionSets.includes(set.id) && set.scopes.includes(scope);
  return everything || (type === organizationType && scopes.includes(scope)) || sets.some(has);
}

/** By their headings, in the order of the catalog. */
function grouped(scopes) {
  const groups = new Map();
  for (const scope of scopes) {
    const name = scope.group ?? scope.name.split(":", 1)[0];
    groups.set(name, [...(groups.get(name) ?? []), scope]);
  }
  return Array.from(groups, ([name, listed]) => ({ name, scopes: listed }));
}
