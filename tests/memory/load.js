// What a page or a server does all day: the same in Node and in a browser, whose door is given.

const list = (count, make) => Array.from({ length: count }, (_, number) => make(number));

/** An organization of 100 people and 200 stacks; another one for each version. */
export function document(version) {
  return JSON.stringify({
    revision: "2026-10",
    organization: "acme",
    roles: list(20, (number) => ({
      id: `role-${number}`,
      name: `Role ${number} of ${version}`,
      rules: [
        { permissionSet: "stack-read", on: "all" },
        { permissionSet: "stack-write", on: { tags: [{ key: "env", equals: `env-${number}` }] } },
      ],
    })),
    teams: list(10, (number) => ({ name: `team-${number}`, members: [{ user: `user-${number}` }], roles: [`role-${number}`] })),
    members: list(100, (number) => ({ user: `user-${number}`, role: `role-${number % 20}` })),
    entities: list(200, (number) => ({ entity: stack(number), tags: { env: `env-${number % 20}`, version: `${version}` } })),
  });
}

const stack = (number) => `stack:acme/web/stack-${number}`;

/** Asks so often: known and new entities, with and without tags, in every form of an answer. */
export function ask(organization, first, count) {
  let allowed = 0;
  for (let number = first; number < first + count; number += 1) {
    const principal = organization.principal(`user:user-${number % 100}`);
    const entity = stack(number % 3 === 0 ? number : number % 200);
    const context = number % 7 === 0 ? { tags: { env: `env-${number % 20}` } } : undefined;
    if (number % 2 === 0) allowed += principal.can("stack:write", entity, context);
    else if (number % 101 === 0) allowed += principal.explain("stack:write", entity, context).grants.length > 0;
    else if (number % 103 === 0) allowed += principal.scopes(entity, context).length > 0;
    else allowed += principal.decide("stack:write", entity, context).effect === "allow";
  }
  return allowed;
}

/** Parses so many organizations, one in the place of another, and asks each. */
export function replace(Organization, first, count, isDisposed) {
  let allowed = 0;
  for (let version = first; version < first + count; version += 1) {
    const organization = Organization.parse(document(version));
    allowed += ask(organization, 0, 20);
    if (isDisposed) organization[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  }
  return allowed;
}
