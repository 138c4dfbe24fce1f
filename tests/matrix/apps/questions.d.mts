export function ask(doors: {
  Organization: typeof import("scopewise").Organization;
  ScopewiseError: typeof import("scopewise").ScopewiseError;
  admin: typeof import("scopewise/admin");
  catalog: typeof import("scopewise/catalog");
  review: typeof import("scopewise/review");
  snapshot: typeof import("scopewise/snapshot");
  transfer: typeof import("scopewise/transfer");
}): unknown;
