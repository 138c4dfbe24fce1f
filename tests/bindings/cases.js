// The page that every binding shows: one control for each state, a list, and something for those who may.

export const dev = "stack:acme/web/dev";
export const prod = "stack:acme/web/prod";

/** Told apart by their names; Bob may use the first, and Alice all. */
export const controls = [
  { name: "update", scope: "stack:write", entity: dev },
  { name: "delete", scope: "stack:delete", entity: prod },
  { name: "open", scope: "environment:open", entity: "environment:acme/default/aws" },
  { name: "later", scope: "stack:write", entity: "stack:acme/web/new" },
];

export const stacks = [{ entity: dev, title: "Development" }, { entity: prod, title: "Production" }];

/** What a page says of a control. */
export const attributes = ({ state, disabled, code, reason }) => ({ disabled, title: reason, "data-state": state, "data-code": code });
