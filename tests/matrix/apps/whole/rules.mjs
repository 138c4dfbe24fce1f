// The rules of the server, what the requests of the edge need, and what the page and the others are asked.
export const document = {
  revision: "2026-10",
  organization: "acme",
  roles: [
    {
      id: "releaser",
      name: "Releaser",
      rules: [
        { permissionSet: "stack-admin", on: ["stack:acme/web/prod"] },
        { permissionSet: "stack-write", on: { tags: [{ key: "env", equals: "dev" }] } },
      ],
    },
    { id: "reader", name: "Reader", rules: [{ permissionSet: "stack-read", on: ["stack:acme/web/prod"] }] },
  ],
  members: [{ user: "ann", role: "admin" }, { user: "bob", role: "releaser" }, { user: "cy" }],
  entities: [
    { entity: "stack:acme/web/prod", tags: { env: "prod" } },
    { entity: "stack:acme/web/dev", tags: { env: "dev" } },
    { entity: "stack:acme/web/secret", tags: { env: "prod" } },
  ],
};

const stack = { path: "/api/stacks/{org}/{project}/{stack}", needs: "scope", entity: "stack:{org}/{project}/{stack}" };

export const table = {
  reads: { stack: "stack:read" },
  routes: [
    { method: "GET", path: "/", needs: "public" },
    { method: "GET", path: "/page.js", needs: "public" },
    { method: "GET", path: "/permissions", needs: "user" },
    { method: "GET", scope: "stack:read", ...stack },
    { method: "PUT", scope: "stack:write", ...stack },
    { method: "DELETE", scope: "stack:delete", ...stack },
  ],
};
