// What every app of the matrix asks, by all doors of the package: it gives its answers as one JSON value.

export const at = "2026-11-20T00:00:00Z";
const prod = "stack:acme/web/prod";
const dev = "stack:acme/web/dev";
const unlisted = "stack:acme/web/new";
const aws = "environment:acme/default/aws";

const acme = {
  revision: "2026-10",
  organization: "acme",
  roles: [
    {
      id: "deployer",
      name: "Deployer",
      rules: [
        { permissionSet: "stack-read", on: "all" },
        { permissionSet: "stack-write", on: { tags: [{ key: "env", equals: "dev" }] } },
        { permissionSet: "environment-open", on: [aws] },
      ],
    },
  ],
  teams: [{ name: "platform", roles: ["deployer"], members: [{ user: "bob" }] }],
  members: [{ user: "ann", role: "admin" }, { user: "bob" }],
  tokens: [{ name: "ci", kind: "organization", role: "deployer", expiresAt: "2026-11-01T00:00:00Z" }],
  entities: [
    { entity: prod, tags: { env: "prod" } },
    { entity: dev, tags: { env: "dev" }, deployment: { accessToken: "token:ci" } },
  ],
};

/** Bob becomes an administrator. */
const promoted = { ...acme, members: acme.members.map(({ user }) => ({ user, role: "admin" })) };

const requests = [
  { principal: "user:ann", scope: "stack:delete", entity: prod },
  { principal: "user:bob", scope: "stack:read", entity: prod },
  { principal: "user:bob", scope: "stack:write", entity: prod },
  { principal: "user:bob", scope: "stack:write", entity: dev },
  { principal: "user:bob", scope: "stack:write", entity: unlisted },
  { principal: "user:bob", scope: "stack:write", entity: unlisted, tags: { env: "dev" } },
  { principal: "user:bob", scope: "environment:open", entity: aws },
  { principal: "user:bob", scope: "environment:fly", entity: aws },
  { principal: "user:bob", scope: "stack:read", entity: "stack:other/web/prod" },
  { principal: "user:zoe", scope: "stack:read", entity: prod },
  { principal: "token:ci", scope: "stack:read", entity: prod },
  { principal: "deployment:web/dev", scope: "stack:write", entity: dev, trigger: { kind: "git-push" } },
];

/** `Organization`, `ScopewiseError` of "scopewise", and the other doors by their names. */
export function ask({ Organization, ScopewiseError, admin, catalog, review, snapshot, transfer }) {
  const organization = Organization.parse(JSON.stringify(acme));
  const bob = organization.principal("user:bob");
  const administered = admin.Organization.parse(acme);
  const whole = administered.principal("user:bob");
  const label = { issuedAt: Date.parse(at), version: 7 };
  const part = Organization.open(whole.project(label));
  const kept = snapshot.openSnapshot(whole.snapshot({ ...label, entities: [prod, dev] }));
  return {
    decisions: requests.map(({ principal, scope, entity, ...context }) =>
      organization.principal(principal).decide(scope, entity, { ...context, at }),
    ),
    all: organization.decideAll([...requests.slice(2, 5), { principal: "user:bob" }]),
    can: [prod, dev, unlisted].map((entity) => bob.can("stack:write", entity)),
    explanation: bob.explain("stack:write", dev),
    scopes: bob.scopes(aws),
    filtered: bob.filter([prod, dev, unlisted], "stack:write"),
    matrix: Array.from(bob.matrix([prod, dev, unlisted], ["stack:read", "stack:write"]).effects),
    refused: thrown(ScopewiseError, () => Organization.parse({ ...acme, colour: "red" })).problems,
    malformed: thrown(ScopewiseError, () => bob.decide("stack:read", "stack:acme/web")).message,
    part: [part.label.version, part.principal().name, part.principal().filter([prod, dev, unlisted], "stack:write")],
    snapshot: [prod, dev, unlisted].map((entity) => kept.decide("stack:write", entity)),
    writers: administered.whoCan("stack:write", dev).principals.map((it) => it.principal),
    changed: review.diff(administered, promoted).totals,
    found: review.lint(acme).map(({ code, path }) => [code, path]),
    exported: Object.keys(JSON.parse(transfer.exportRole(acme, "deployer"))),
    catalog: catalog.catalog().entityTypes.map((type) => type.name),
  };
}

function thrown(Kind, ask) {
  try {
    ask();
  } catch (error) {
    if (error instanceof Kind) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
