// A made-up organization in three sizes, and questions about it: the same in every run and on every machine. It has
// the shape of `workload/`: rules hold everywhere (8 %), where a tag says so (52 %) or on named entities (40 %).

const SIZES = {
  small: { users: 20, teams: 5, roles: 8, entities: [50, 20, 3], named: 5 },
  medium: { users: 1_000, teams: 50, roles: 60, entities: [2_000, 500, 20], named: 50 },
  large: { users: 10_000, teams: 500, roles: 600, entities: [100_000, 20_000, 200], named: 200 },
};
export const sizes = Object.keys(SIZES);

/** The entity types with how often a rule is about each. */
const TYPES = [["stack", 60], ["environment", 27], ["insights-account", 8], ["organization", 5]];
const STAGES = ["dev", "staging", "prod"];

/** The document of an organization and what is asked about it, by the catalog of its revision. */
export function workload(size, catalog) {
  const dice = new Dice(42);
  const draft = { ...SIZES[size], scopes: scopesByType(catalog) };
  draft.sets = [...catalog.permissionSets, ...customSets(dice, draft)];
  draft.listed = TYPES.map(([type], index) => entities(dice, draft, type, index));
  draft.customRoles = times(draft.roles, (number) => role(dice, draft, number));
  draft.groups = times(draft.teams, (number) => team(dice, draft, number));
  draft.people = times(draft.users, (number) => member(dice, draft, number));
  return { document: document(draft, catalog), ...questions(new Dice(7), draft) };
}

function document({ sets, customRoles, groups, people, listed }, { revision, permissionSets }) {
  return {
    revision,
    organization: "acme",
    // Switched off, they would refuse to members what something grants, which the baseline does not know.
    settings: { membersCanDeleteStacks: true, membersCanTransferStacks: true },
    permissionSets: sets.slice(permissionSets.length),
    roles: customRoles,
    teams: groups,
    members: people.map(({ user, role }) => ({ user, role })),
    entities: listed.flat(),
  };
}

function scopesByType({ entityTypes }) {
  const names = ({ groups }) => groups.flatMap((group) => group.scopes.map(({ name }) => name)).sort();
  return Object.fromEntries(entityTypes.map((type) => [type.name, names(type)]));
}

function customSets(dice, { scopes }) {
  return TYPES.flatMap(([entityType]) =>
    times(3, (number) => {
      const id = `${entityType}-custom-${number}`;
      return { id, name: id, entityType, scopes: dice.several(scopes[entityType], dice.between(3, 10)) };
    }),
  );
}

function entities(dice, { entities: counts, teams }, type, index) {
  return times(counts[index] ?? 0, (number) => {
    const env = dice.pick(STAGES);
    const project = `proj-${padded(dice.below(Math.ceil(counts[index] / 5)), 5)}`;
    const twoParts = type !== "insights-account";
    const path = twoParts ? `${project}/${env}-${padded(number, 6)}` : `aws-${padded(number, 4)}`;
    return { entity: `${type}:acme/${path}`, tags: { env, owner: teamName(dice.below(teams)) } };
  });
}

function role(dice, draft, number) {
  const id = `role-${padded(number, 4)}`;
  const made = { id, name: id, rules: [], organizationAccess: [] };
  times(dice.between(2, 4), () => {
    const type = dice.weighted(TYPES);
    const set = dice.weighted(draft.sets.filter(({ entityType }) => entityType === type).map(weighed)).id;
    if (type === "organization") made.organizationAccess.push(set);
    else made.rules.push({ permissionSet: set, on: where(dice, draft, type) });
  });
  return made;
}

/** Most rules let people read, fewer let them write. */
function weighed(set) {
  const last = set.id.slice(set.id.lastIndexOf("-") + 1);
  return [set, { read: 50, only: 50, write: 25, standard: 25, open: 10 }[last] ?? 4];
}

function where(dice, { teams, listed, named }, type) {
  const kind = dice.weighted([["all", 8], ["tag", 52], ["named", 40]]);
  if (kind === "all") return "all";
  if (kind === "named") {
    const candidates = listed[TYPES.findIndex(([name]) => name === type)];
    return dice.several(candidates, dice.between(3, named)).map(({ entity }) => entity);
  }
  const owner = { key: "owner", equals: teamName(dice.below(teams)) };
  return { tags: [dice.below(100) < 80 ? owner : { key: "env", equals: dice.pick(STAGES) }] };
}

function team(dice, { customRoles }, number) {
  const roles = dice.several(customRoles, dice.between(1, 3)).map(({ id }) => id);
  return { name: teamName(number), roles, members: [] };
}

function member(dice, { customRoles, groups }, number) {
  const user = `u${padded(number, 5)}`;
  const chosen = dice.weighted([["member", 88], ["admin", 2], ["billing-manager", 4], [undefined, 6]]);
  const teams = dice.several(groups, dice.between(1, 5));
  for (const { members } of teams) members.push({ user });
  return { user, role: chosen ?? dice.pick(customRoles).id, teams };
}

/** What is asked: of anybody, of one ordinary member, of two hundred in turn, once of each of many; and a page. */
function questions(dice, draft) {
  const { people, listed, scopes } = draft;
  const ask = asker(dice, draft);
  const ordinary = ordinaryMember(draft);
  const [crowd, newcomers] = [dice.several(people, 200), dice.several(people, 60)];
  return {
    anybody: times(2_000, () => ask(dice.pick(people))),
    member: times(1_000, () => ask(ordinary)),
    crowd: times(4_000, () => ask(dice.pick(crowd))),
    newcomers: newcomers.map(ask),
    page: {
      principal: `user:${ordinary.user}`,
      entities: times(1_000, (number) => listed[0][(number * 97) % listed[0].length].entity),
      scopes: scopes.stack.slice(0, 20),
    },
  };
}

/** Of those with the role Member the one with the median number of rules. */
function ordinaryMember({ people, customRoles }) {
  const rules = new Map(customRoles.map(({ id, rules }) => [id, rules.length]));
  const count = ({ teams }) => teams.flatMap(({ roles }) => roles).reduce((sum, id) => sum + rules.get(id), 0);
  const members = people.filter(({ role }) => role === "member").sort((a, b) => count(a) - count(b));
  return members[members.length >> 1];
}

/** Three questions of ten are about something that a rule of the member covers. */
function asker(dice, { customRoles, sets, listed, scopes }) {
  const roles = new Map(customRoles.map((role) => [role.id, role]));
  const scopesOf = new Map(sets.map((set) => [set.id, set]));
  const tagged = byTag(listed);
  const anyOf = (type) => {
    const candidates = listed[TYPES.findIndex(([name]) => name === type)];
    return candidates.length > 0 ? dice.pick(candidates).entity : "organization:acme";
  };
  const stray = () => {
    const type = dice.weighted(TYPES);
    return [dice.pick(scopes[type]), anyOf(type)];
  };
  const covered = (type, on) => {
    if (on === "all") return anyOf(type);
    if (Array.isArray(on)) return dice.pick(on);
    const candidates = tagged.get(`${type} ${on.tags[0].equals}`);
    return candidates && dice.pick(candidates);
  };
  const aimed = ({ role, teams }) => {
    const held = [role, ...teams.flatMap((team) => team.roles)].flatMap((id) => roles.get(id)?.rules ?? []);
    if (held.length === 0) return stray();
    const { permissionSet, on } = dice.pick(held);
    const set = scopesOf.get(permissionSet);
    const entity = covered(set.entityType, on);
    return entity === undefined ? stray() : [dice.pick(set.scopes), entity];
  };
  return (member) => [`user:${member.user}`, ...(dice.below(100) < 30 ? aimed(member) : stray())];
}

function byTag(listed) {
  const tagged = new Map();
  for (const { entity, tags } of listed.flat()) {
    for (const value of Object.values(tags)) {
      const key = `${entity.slice(0, entity.indexOf(":"))} ${value}`;
      if (!tagged.has(key)) tagged.set(key, []);
      tagged.get(key).push(entity);
    }
  }
  return tagged;
}

const times = (count, make) => Array.from({ length: count }, (_, number) => make(number));
const padded = (number, width) => String(number).padStart(width, "0");
const teamName = (number) => `team-${padded(number, 4)}`;

/** Throws the same numbers for the same seed (mulberry32). */
class Dice {
  #state;

  constructor(seed) {
    this.#state = seed;
  }

  /** A number from 0 up to but not including `end`. */
  below(end) {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return Math.floor((((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32) * end);
  }

  between(least, most) {
    return least + this.below(most - least + 1);
  }

  pick(among) {
    return among[this.below(among.length)];
  }

  /** So many different ones, or all of them. */
  several(among, count) {
    const found = new Set();
    while (found.size < Math.min(count, among.length)) found.add(this.pick(among));
    return [...found];
  }

  /** One of the values, the second of each pair being its weight. */
  weighted(among) {
    let left = this.below(among.reduce((sum, [, weight]) => sum + weight, 0));
    return among.find(([, weight]) => (left -= weight) < 0)[0];
  }
}
