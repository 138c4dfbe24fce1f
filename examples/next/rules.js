// Who may do what, what each route needs, and who sends a request.

/** In an app of yours this comes from where your rules are kept: as a document, or as a bundle (docs/bundles.md). */
export const document = {
  revision: "2026-10",
  organization: "acme",
  roles: [{ id: "reader", name: "Reader", rules: [{ permissionSet: "stack-read", on: ["stack:acme/web/dev"] }] }],
  members: [{ user: "alice", role: "admin" }, { user: "bob", role: "reader" }],
};

const stack = { path: "/stacks/{org}/{project}/{stack}", needs: "scope", entity: "stack:{org}/{project}/{stack}" };

/** What is not here is refused (docs/routes.md). */
export const table = {
  reads: { stack: "stack:read" },
  routes: [
    { method: "GET", path: "/", needs: "public" },
    { method: "GET", scope: "stack:read", ...stack },
    { method: "DELETE", scope: "stack:delete", ...stack },
  ],
};

const tokens = new Map([["Bearer token-of-alice", "user:alice"], ["Bearer token-of-bob", "user:bob"]]);

/** Here is where your tokens are verified, by `scopewise/edge-jwt` for one: never take a name from a header. */
export const authenticate = (request) => tokens.get(request.headers.get("authorization"));
