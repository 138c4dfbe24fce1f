// The question desk: all that a page needs to know about one principal, in one call of `matrix` for each entity type.

import { scopesOf } from "./catalogs.js";
import { EFFECTS } from "./words.js";

/** Decides every scope on every entity; `suppliedTags` are those that the visitor gave for entities. */
export function decidePage(principal, entities, catalog, suppliedTags) {
  const tables = catalog.entityTypes.map(({ name: type }) => ({
    scopes: scopesOf(catalog, type).map((scope) => scope.name),
    entities: entities.filter((entity) => entity.type === type).map((entity) => entity.entity),
  }));
  const started = performance.now();
  const effects = tables.map((table) => askTable(principal, table, suppliedTags));
  const milliseconds = performance.now() - started;
  return page(tables, effects, milliseconds);
}

function askTable(principal, { entities, scopes }, suppliedTags) {
  const asked = entities.map((entity) =>
    suppliedTags.has(entity) ? { entity, tags: suppliedTags.get(entity) } : entity,
  );
  return principal.matrix(asked, scopes).effects;
}

function page(tables, effects, milliseconds) {
  const rows = new Map();
  tables.forEach(({ entities, scopes }, index) => {
    const column = new Map(scopes.map((scope, at) => [scope, at]));
    entities.forEach((entity, row) => {
      rows.set(entity, { column, effects: effects[index].subarray(row * scopes.length, (row + 1) * scopes.length) });
    });
  });
  const decisions = effects.reduce((sum, table) => sum + table.length, 0);
  return { decisions, milliseconds, effect: effectIn(rows), allowed: allowedIn(rows) };
}

function effectIn(rows) {
  return (entity, scope) => {
    const row = rows.get(entity);
    return EFFECTS[row.effects[row.column.get(scope)]];
  };
}

function allowedIn(rows) {
  return (entity) => rows.get(entity).effects.filter((effect) => EFFECTS[effect] === "allow").length;
}
