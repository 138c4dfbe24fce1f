//! A made-up organization in three sizes, and questions about it: the same in every run and on every machine.
//!
//! Rules hold everywhere (8 %), where a tag says so (52 %) or on named entities (40 %). Members are in one to five
//! teams, which have one to three roles each.

mod dice;
mod document;
mod questions;

use std::fmt;

use dice::Dice;
use scopewise::catalog::Listing;

pub(crate) use questions::{Question, Questions};

pub(crate) const REVISION: &str = "2026-10";
pub(crate) const ORGANIZATION: &str = "organization:acme";

/// How large the organization is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    Small,
    Medium,
    Large,
}

impl Size {
    pub(crate) const ALL: [Self; 3] = [Self::Small, Self::Medium, Self::Large];

    fn counts(self) -> Counts {
        let [users, teams, roles, stacks, environments, accounts, named] = match self {
            Self::Small => [20, 5, 8, 50, 20, 3, 5],
            Self::Medium => [1_000, 50, 60, 2_000, 500, 20, 50],
            Self::Large => [10_000, 500, 600, 100_000, 20_000, 200, 200],
        };
        Counts { users, teams, roles, entities: [stacks, environments, accounts], named }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        })
    }
}

struct Counts {
    users: usize,
    teams: usize,
    roles: usize,
    /// By type, in the order of [`TYPES`].
    entities: [usize; 3],
    /// The most entities that one rule names.
    named: usize,
}

/// The entity types, and how often a rule is about each.
const TYPES: [(&str, usize); 4] =
    [("stack", 60), ("environment", 27), ("insights-account", 8), ("organization", 5)];

const STAGES: [&str; 3] = ["dev", "staging", "prod"];

/// An organization. What refers to something holds its position.
pub(crate) struct Workload {
    sets: Vec<Set>,
    roles: Vec<Role>,
    teams: Vec<Team>,
    members: Vec<Member>,
    /// Stacks, then environments, then accounts.
    entities: Vec<Entity>,
    /// By type, in the order of [`TYPES`].
    scopes: [Vec<String>; 4],
}

struct Set {
    id: String,
    /// A position in [`TYPES`].
    entity_type: usize,
    scopes: Vec<String>,
    custom: bool,
}

struct Role {
    id: String,
    rules: Vec<Rule>,
}

struct Rule {
    set: usize,
    on: On,
}

enum On {
    Everywhere,
    Tag(&'static str, String),
    Named(Vec<usize>),
}

struct Team {
    name: String,
    roles: Vec<usize>,
    members: Vec<usize>,
}

struct Member {
    user: String,
    role: MemberRole,
    teams: Vec<usize>,
}

#[derive(Clone, Copy)]
enum MemberRole {
    BuiltIn(&'static str),
    Custom(usize),
}

struct Entity {
    name: String,
    entity_type: usize,
    stage: &'static str,
    owner: usize,
}

impl Workload {
    pub(crate) fn of(size: Size) -> Self {
        let mut dice = Dice::new(11);
        let counts = size.counts();
        let scopes = TYPES.map(|(entity_type, _)| scopes_of(entity_type));
        let sets = sets(&mut dice, &scopes);
        let entities = entities(&mut dice, &counts);
        let roles: Vec<_> =
            (0..counts.roles).map(|it| role(&mut dice, &counts, &sets, &entities, it)).collect();
        let mut teams: Vec<_> = (0..counts.teams).map(|it| team(&mut dice, &counts, it)).collect();
        let members: Vec<_> = (0..counts.users).map(|it| member(&mut dice, &counts, it)).collect();
        for (position, member) in members.iter().enumerate() {
            member.teams.iter().for_each(|team| teams[*team].members.push(position));
        }
        Self { sets, roles, teams, members, entities, scopes }
    }

    /// The rules that reach a member by its role and its teams.
    fn rules_of<'w>(&'w self, member: &'w Member) -> impl Iterator<Item = &'w Rule> {
        let own = match member.role {
            MemberRole::Custom(role) => Some(role),
            MemberRole::BuiltIn(_) => None,
        };
        let by_teams = member.teams.iter().flat_map(|team| self.teams[*team].roles.iter().copied());
        own.into_iter().chain(by_teams).flat_map(|role| &self.roles[role].rules)
    }
}

fn scopes_of(entity_type: &str) -> Vec<String> {
    let listing = Listing::of(REVISION).expect("the revision is embedded");
    let of_type = listing.entity_types.into_iter().find(|it| it.name == entity_type);
    let groups = of_type.expect("the revision has the type").groups;
    let mut scopes: Vec<_> = groups.into_iter().flat_map(|group| group.scopes).map(|it| it.name).collect();
    scopes.sort_unstable();
    scopes
}

/// The default sets, and three more of each type.
fn sets(dice: &mut Dice, scopes: &[Vec<String>; 4]) -> Vec<Set> {
    let listing = Listing::of(REVISION).expect("the revision is embedded");
    let default = listing.permission_sets.into_iter().map(|set| {
        let entity_type = TYPES.iter().position(|(name, _)| *name == set.entity_type);
        let entity_type = entity_type.expect("the set is of a known type");
        Set { id: set.id, entity_type, scopes: set.scopes, custom: false }
    });
    let mut sets: Vec<_> = default.collect();
    for (entity_type, scopes) in scopes.iter().enumerate() {
        for number in 0..3 {
            let count = dice.between(3, 10);
            let chosen = dice.several(scopes.len(), count).into_iter().map(|it| scopes[it].clone()).collect();
            let id = format!("{}-custom-{number}", TYPES[entity_type].0);
            sets.push(Set { id, entity_type, scopes: chosen, custom: true });
        }
    }
    sets
}

fn entities(dice: &mut Dice, counts: &Counts) -> Vec<Entity> {
    let mut entities = Vec::new();
    for (entity_type, count) in counts.entities.into_iter().enumerate() {
        for number in 0..count {
            let stage = *dice.pick(&STAGES);
            let name = match TYPES[entity_type].0 {
                "insights-account" => format!("insights-account:acme/aws-{number:04}"),
                word => format!("{word}:acme/proj-{:05}/{stage}-{number:06}", dice.below(count.div_ceil(5))),
            };
            entities.push(Entity { name, entity_type, stage, owner: dice.below(counts.teams) });
        }
    }
    entities
}

fn role(dice: &mut Dice, counts: &Counts, sets: &[Set], entities: &[Entity], number: usize) -> Role {
    let rules = (0..dice.between(2, 4)).map(|_| rule(dice, counts, sets, entities)).collect();
    Role { id: format!("role-{number:04}"), rules }
}

fn rule(dice: &mut Dice, counts: &Counts, sets: &[Set], entities: &[Entity]) -> Rule {
    let entity_type = dice.weighted(&[0, 1, 2, 3].map(|it| (TYPES[it].1, it)));
    let weights: Vec<_> = (0..sets.len())
        .filter(|set| sets[*set].entity_type == entity_type)
        .map(|set| (weight(&sets[set].id), set))
        .collect();
    let set = dice.weighted(&weights);
    let on = if TYPES[entity_type].0 == "organization" {
        On::Everywhere
    } else {
        dice.weighted(&[(8, on_everywhere as Draw), (52, on_tag), (40, on_named)])(
            dice,
            counts,
            entities,
            entity_type,
        )
    };
    Rule { set, on }
}

/// Most rules let people read, fewer let them write.
fn weight(set: &str) -> usize {
    match set.rsplit('-').next() {
        Some("read" | "only") => 50,
        Some("write" | "standard") => 25,
        Some("open") => 10,
        _ => 4,
    }
}

type Draw = fn(&mut Dice, &Counts, &[Entity], usize) -> On;

fn on_everywhere(_: &mut Dice, _: &Counts, _: &[Entity], _: usize) -> On {
    On::Everywhere
}

fn on_tag(dice: &mut Dice, counts: &Counts, _: &[Entity], _: usize) -> On {
    if dice.percent(80) {
        On::Tag("owner", team_name(dice.below(counts.teams)))
    } else {
        On::Tag("env", (*dice.pick(&STAGES)).to_owned())
    }
}

fn on_named(dice: &mut Dice, counts: &Counts, entities: &[Entity], entity_type: usize) -> On {
    let first = entities.partition_point(|entity| entity.entity_type < entity_type);
    let count = dice.between(3, counts.named);
    On::Named(dice.several(counts.entities[entity_type], count).into_iter().map(|it| first + it).collect())
}

fn team(dice: &mut Dice, counts: &Counts, number: usize) -> Team {
    let count = dice.between(1, 3);
    Team { name: team_name(number), roles: dice.several(counts.roles, count), members: Vec::new() }
}

fn team_name(number: usize) -> String {
    format!("team-{number:04}")
}

fn member(dice: &mut Dice, counts: &Counts, number: usize) -> Member {
    let built_in = [(88, Some("member")), (2, Some("admin")), (4, Some("billing-manager")), (6, None)];
    let role = dice.weighted(&built_in);
    let role = role.map_or_else(|| MemberRole::Custom(dice.below(counts.roles)), MemberRole::BuiltIn);
    let count = dice.between(1, 5);
    Member { user: format!("u{number:05}"), role, teams: dice.several(counts.teams, count) }
}
