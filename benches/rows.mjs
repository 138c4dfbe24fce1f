// Another engine behind the cache of Scopewise: for a principal and an entity everything that is decided of it, asked of
// the engine the first time; afterwards two look-ups and a bit.

export function behindRows(engine, { entityTypes }) {
  const tables = new Map(entityTypes.map(({ name, groups }) => [name, bitsOf(groups)]));
  const known = new Map();

  const principal = (name) => {
    let found = known.get(name);
    if (found === undefined) known.set(name, (found = { asked: engine.principal(name), rows: new Map() }));
    return found;
  };

  const fill = ({ asked, rows }, entity) => {
    const bits = tables.get(entity.slice(0, entity.indexOf(":")));
    const words = new Uint32Array(8);
    for (const [scope, bit] of bits) {
      if (engine.can(asked, scope, entity)) words[bit >> 5] |= 1 << (bit & 31);
    }
    const row = { bits, words };
    rows.set(entity, row);
    return row;
  };

  const rowOf = (principal, entity) => principal.rows.get(entity) ?? fill(principal, entity);

  const can = (principal, scope, entity) => {
    const { bits, words } = rowOf(principal, entity);
    const bit = bits.get(scope);
    return bit !== undefined && ((words[bit >> 5] >>> (bit & 31)) & 1) === 1;
  };

  const matrix = (principal, entities, scopes) => {
    const effects = new Uint8Array(entities.length * scopes.length);
    let at = 0;
    for (const entity of entities) {
      const { bits, words } = rowOf(principal, entity);
      for (const scope of scopes) {
        const bit = bits.get(scope);
        effects[at++] = (words[bit >> 5] >>> (bit & 31)) & 1;
      }
    }
    return effects;
  };

  return { principal, can, matrix };
}

function bitsOf(groups) {
  const names = groups.flatMap(({ scopes }) => scopes.map(({ name }) => name));
  return new Map(names.map((name, bit) => [name, bit]));
}
