// The same questions answered by CASL: for each user an ability of the rules of all roles that the user has, made when
// the user is first asked about; entities are objects of which CASL is told the type.
import { createRequire } from "node:module";

const { createMongoAbility, subject } = createRequire(new URL("../tests/package.json", import.meta.url))("@casl/ability");

export function abilities(text, catalog) {
  const document = JSON.parse(text);
  const rules = rulesByRole(document, catalog);
  const rolesOf = members(document);
  const entities = new Map(
    [...document.entities, { entity: "organization:acme", tags: {} }].map((it) => [it.entity, subject(typeOf(it.entity), it)]),
  );
  const known = new Map();

  const principal = (name) => {
    let found = known.get(name);
    if (found === undefined) {
      found = createMongoAbility([...rolesOf.get(name)].flatMap((role) => rules.get(role)));
      known.set(name, found);
    }
    return found;
  };

  const can = (ability, scope, entity) => ability.can(scope, entities.get(entity));

  const matrix = (ability, names, scopes) => {
    const effects = new Uint8Array(names.length * scopes.length);
    let at = 0;
    for (const name of names) {
      const entity = entities.get(name);
      for (const scope of scopes) effects[at++] = Number(ability.can(scope, entity));
    }
    return effects;
  };

  return { principal, can, matrix };
}

const typeOf = (entity) => entity.slice(0, entity.indexOf(":"));

/** What each role gives, the built-in ones too, as CASL writes rules. */
function rulesByRole(document, catalog) {
  const sets = new Map([...catalog.permissionSets, ...document.permissionSets].map((set) => [set.id, set]));
  const rule = (id, on) => {
    const { entityType, scopes } = sets.get(id);
    return { action: scopes, subject: entityType, conditions: conditions(on) };
  };
  const custom = document.roles.map(({ id, rules, organizationAccess }) => {
    const access = organizationAccess.map((set) => rule(set, "all"));
    return [id, [...access, ...rules.map(({ permissionSet, on }) => rule(permissionSet, on))]];
  });
  return new Map([...builtIn(catalog), ...custom]);
}

function conditions(on) {
  if (on === "all") return undefined;
  if (Array.isArray(on)) return { entity: { $in: on } };
  const [{ key, equals }] = on.tags;
  return { [`tags.${key}`]: equals };
}

function builtIn({ entityTypes }) {
  const of = (role) =>
    entityTypes.flatMap(({ name, groups }) => {
      const scopes = groups.flatMap((group) => group.scopes).filter(({ roles }) => roles.includes(role));
      return scopes.length === 0 ? [] : [{ action: scopes.map((scope) => scope.name), subject: name }];
    });
  return ["admin", "member", "billing-manager"].map((role) => [role, of(role)]);
}

/** The roles of each user, each once. */
function members({ members, teams }) {
  const roles = new Map(members.map(({ user, role }) => [`user:${user}`, new Set([role])]));
  for (const team of teams) {
    for (const { user } of team.members) team.roles.forEach((role) => roles.get(`user:${user}`).add(role));
  }
  return roles;
}
