// The same questions answered by hand: what one writes for this kind of organization and for nothing else. Names
// become numbers once. For a principal each entity has a row of bits, worked out when the principal is first seen;
// entities that the same rules cover share one. It knows no reasons, no tokens, no settings and no tags of a request.

export function baseline(text, catalog) {
  const document = JSON.parse(text);
  const bits = bitsOf(catalog);
  const words = Math.ceil(bits.size / 32);
  const { positions, coverings } = covered(document);
  const grants = grantsByRole(document, catalog, bits, coverings);
  const rolesOf = members(document);
  const known = new Map();

  /** For each entity the number of its row, and the rows. */
  const workOut = (principal) => {
    const rowOf = new Uint16Array(positions.size);
    const rows = [new Uint32Array(words)];
    for (const role of rolesOf.get(principal)) {
      for (const grant of grants.get(role)) widen(rowOf, rows, grant);
    }
    const all = new Uint32Array(rows.length * words);
    rows.forEach((row, number) => all.set(row, number * words));
    return { rowOf, rows: all };
  };

  const principal = (name) => {
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = workOut(name)));
    return found;
  };

  const can = ({ rowOf, rows }, scope, entity) => {
    const bit = bits.get(scope);
    return ((rows[rowOf[positions.get(entity)] * words + (bit >> 5)] >>> (bit & 31)) & 1) === 1;
  };

  const matrix = ({ rowOf, rows }, entities, scopes) => {
    const columns = scopes.map((scope) => bits.get(scope));
    const effects = new Uint8Array(entities.length * columns.length);
    let at = 0;
    for (const entity of entities) {
      const row = rowOf[positions.get(entity)] * words;
      for (const bit of columns) effects[at++] = (rows[row + (bit >> 5)] >>> (bit & 31)) & 1;
    }
    return effects;
  };

  return { principal, can, matrix };
}

/** Adds the scopes of a grant to the rows of its entities; those with one row before have one row afterwards. */
function widen(rowOf, rows, { scopes, entities }) {
  const widened = new Map();
  for (const entity of entities) {
    const before = rowOf[entity];
    if (!widened.has(before)) {
      const row = rows[before].slice();
      for (const bit of scopes) row[bit >> 5] |= 1 << (bit & 31);
      widened.set(before, rows.push(row) - 1);
    }
    rowOf[entity] = widened.get(before);
  }
}

function bitsOf({ entityTypes }) {
  const scopes = entityTypes.flatMap(({ groups }) => groups.flatMap(({ scopes }) => scopes));
  return new Map([...new Set(scopes.map(({ name }) => name))].map((name, bit) => [name, bit]));
}

/** Entities as numbers, and those of them that are of a type, have a tag or are listed. */
function covered({ entities }) {
  const positions = new Map();
  const coverings = new Map();
  const put = (covering, position) => {
    if (!coverings.has(covering)) coverings.set(covering, []);
    coverings.get(covering).push(position);
  };
  for (const { entity, tags } of [...entities, { entity: "organization:acme", tags: {} }]) {
    const position = positions.size;
    const type = entity.slice(0, entity.indexOf(":"));
    positions.set(entity, position);
    put(type, position);
    for (const key in tags) put(`${type} ${key}=${tags[key]}`, position);
  }
  return { positions, coverings: (type, on) => numbers(coverings, positions, type, on) };
}

function numbers(coverings, positions, type, on) {
  if (Array.isArray(on)) return on.map((entity) => positions.get(entity));
  const covering = on === "all" ? type : `${type} ${on.tags[0].key}=${on.tags[0].equals}`;
  return coverings.get(covering) ?? [];
}

/** What each role gives, the built-in ones too. */
function grantsByRole(document, catalog, bits, coverings) {
  const sets = new Map([...catalog.permissionSets, ...document.permissionSets].map((set) => [set.id, set]));
  const grant = (id, on) => {
    const { entityType, scopes } = sets.get(id);
    return { scopes: scopes.map((scope) => bits.get(scope)), entities: coverings(entityType, on) };
  };
  const custom = document.roles.map(({ id, rules, organizationAccess }) => {
    const access = organizationAccess.map((set) => grant(set, "all"));
    return [id, [...access, ...rules.map(({ permissionSet, on }) => grant(permissionSet, on))]];
  });
  return new Map([...builtIn(catalog, bits, coverings), ...custom]);
}

function builtIn({ entityTypes }, bits, coverings) {
  const has = (role) => (scope) => scope.roles.includes(role);
  const of = (role) =>
    entityTypes.map(({ name, groups }) => ({
      scopes: groups.flatMap(({ scopes }) => scopes.filter(has(role)).map((scope) => bits.get(scope.name))),
      entities: coverings(name, "all"),
    }));
  return ["admin", "member", "billing-manager"].map((role) => [role, of(role)]);
}

function members({ members, teams }) {
  const roles = new Map(members.map(({ user, role }) => [`user:${user}`, [role]]));
  for (const team of teams) {
    for (const { user } of team.members) roles.get(`user:${user}`).push(...team.roles);
  }
  return roles;
}
