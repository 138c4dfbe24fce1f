export function ask(doors: {
  Organization: typeof import("scopewise").Organization;
  ScopewiseError: typeof import("scopewise").ScopewiseError;
  admin: typeof import("scopewise/admin");
  catalog: typeof import("scopewise/catalog");
  snapshot: typeof import("scopewise/snapshot");
}): unknown;
