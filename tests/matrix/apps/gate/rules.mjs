// The rules by which the gate decides, and what its requests need.
export const document = {
  revision: "2026-10",
  organization: "acme",
  roles: [
    {
      id: "deployer",
      name: "Deployer",
      rules: [
        { permissionSet: "stack-read", on: ["stack:acme/web/prod", "stack:acme/web/gone", "stack:acme/net/prod"] },
        { permissionSet: "stack-write", on: { tags: [{ key: "env", equals: "dev" }] } },
      ],
    },
  ],
  members: [{ user: "ann", role: "admin" }, { user: "bob", role: "deployer" }, { user: "cy" }],
  entities: [
    { entity: "stack:acme/web/prod", tags: { env: "prod" } },
    { entity: "stack:acme/web/dev", tags: { env: "dev" } },
    { entity: "stack:acme/web/secret", tags: { env: "prod" } },
    { entity: "stack:acme/net/prod", tags: { env: "dev" } },
  ],
};

const stack = { path: "/api/stacks/{org}/{project}/{stack}", needs: "scope", entity: "stack:{org}/{project}/{stack}" };

export const table = {
  reads: { stack: "stack:read" },
  routes: [
    { method: "GET", scope: "stack:read", ...stack },
    { method: "PUT", scope: "stack:write", ...stack },
    { method: "DELETE", scope: "stack:delete", ...stack },
    {
      method: "GET",
      path: "/api/stacks/{org}/{project}/{stack}/tags",
      needs: "scope",
      scope: "stack_tags:list",
      entity: stack.entity,
    },
    { method: "GET", path: "/health", needs: "public" },
  ],
};
