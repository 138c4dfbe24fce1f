//! The tables of an organization as bytes, and what must be true of them before anything is asked.

use crate::column::Column;
use crate::condition::Condition;
use crate::entity::EntityType;
use crate::names::{Keys, Register};
use crate::organization::{
    Customs, Deployment, Entities, GrantColumns, GrantedSet, Grants, Guard, Holder, Label, Link, Listing,
    Organization, Persons, Principals, RunAs, Settings, Source, Tags, Token, TokenKind, Use,
};
use crate::scope::ScopeSet;
use crate::time::Instant;
use crate::wire::{Bytes, Wire, choice, structure, write_columns, write_ends};

/// How deep conditions and guards may lie in one another: what a document may have at the most, and some more.
const DEEPEST: u32 = 256;

structure!(Deployment { role, access_token, run_as });
structure!(Link { from, field, to });
structure!(GrantedSet { entity_type, scopes, id, max_open });
structure!(GrantColumns { sets, places, reasons });
structure!(Persons { roles, direct, created, team_ends, teams });
structure!(Guard { outer, condition, negated, on_entity });
structure!(Source { label, everywhere, guarded, named, uses });
structure!(Use { guard, source });
structure!(Holder { roles, direct, created });
structure!(Token { kind, expires, created });
structure!(Principals {
    people,
    persons,
    team_names,
    teams,
    token_names,
    tokens,
    service_principal_names,
    service_principals,
});
structure!(Customs { edition, set_names, role_names });
structure!(Settings {
    toggles,
    levels,
    default_deployment_role,
    restricted,
    token_max_lifetime_days,
    has_time_limits,
});

choice!(RunAs::Team(0) { 0 => Team(it), 1 => ServicePrincipal(it) });
choice!(Listing::Imports { 0 => StackReferences, 1 => Environments, 2 => Imports });
choice!(Label::Direct { 0 => Role(id), 1 => Policy(id), 2 => Setting(id), 3 => Creator, 4 => Direct });
choice!(TokenKind::Personal(0) { 0 => Personal(it), 1 => Team(it), 2 => Organization { role, own } });
choice!(Condition::Never {
    0 => Constant(value),
    1 => And(a, b),
    2 => Or(a, b),
    3 => Not(a),
    4 => All(first, count),
    5 => Same(a, b),
    6 => Is(of, it),
    7 => OfType(of),
    8 => OtherKind(of),
    9 => HasTag(of, key),
    10 => TagIs(of, key, value),
    11 => SameTags(of, a, b),
    12 => InTeam(team),
    13 => InAnyTeam,
    14 => Never,
});

impl Wire for EntityType {
    fn write(&self, out: &mut Vec<u8>) {
        self.position().write(out);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let entity_type = Self::at(Wire::read(bytes));
        bytes.fitting(entity_type, || Self::FIRST)
    }
}

impl Wire for Instant {
    fn write(&self, out: &mut Vec<u8>) {
        self.parts().write(out);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let (seconds, nanoseconds) = Wire::read(bytes);
        bytes.fitting(Self::of_parts(seconds, nanoseconds), || Self::from_unix(0))
    }
}

impl Wire for ScopeSet {
    fn write(&self, out: &mut Vec<u8>) {
        for word in self.words() {
            word.write(out);
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        Self::of_words(std::array::from_fn(|_| Wire::read(bytes)))
    }
}

impl Wire for Entities {
    fn write(&self, out: &mut Vec<u8>) {
        self.names.write(out);
        write_types(&self.types, out);
        self.tags.write(out);
        self.deployments.write(out);
        self.links.write(out);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let names: Register = Wire::read(bytes);
        Self {
            types: bytes.types(names.len()),
            names,
            tags: Wire::read(bytes),
            deployments: Wire::read(bytes),
            links: Wire::read(bytes),
            index: None,
            ids: Keys::default(),
        }
    }
}

/// As columns, into which they are put before they are written.
impl Wire for Grants {
    fn write(&self, out: &mut Vec<u8>) {
        if let Self::Lying(columns) = self {
            columns.write(out);
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        Self::Lying(Wire::read(bytes))
    }
}

/// With lists that are numbered, as they are before they are written.
impl Wire for Tags {
    fn write(&self, out: &mut Vec<u8>) {
        if let Some(list_of) = &self.list_of {
            list_of.write(out);
        }
        write_columns(&self.pairs, out);
        write_ends(&self.ends, out);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let (list_of, pairs) = (Some(Wire::read(bytes)), bytes.columns());
        Self { list_of, ends: bytes.ends(pairs.len()), pairs }
    }
}

/// Types of entities, as how many in a row have each. Most are of the type of the one before.
fn write_types(types: &[EntityType], out: &mut Vec<u8>) {
    let runs = types.chunk_by(|a, b| a == b);
    let runs: Vec<(usize, EntityType)> = runs.filter_map(|run| Some((run.len(), *run.first()?))).collect();
    runs.write(out);
}

impl Bytes<'_> {
    /// The types of so many entities, as they are written by [`write_types`].
    fn types(&mut self, count: usize) -> Vec<EntityType> {
        let runs: Vec<(usize, EntityType)> = Wire::read(self);
        let mut types = Vec::new();
        for (length, entity_type) in runs {
            let end = types.len().checked_add(length).filter(|end| *end <= count);
            types.resize(self.fitting(end, || 0), entity_type);
        }
        self.fail_unless(types.len() == count);
        types
    }
}

structure!(Organization {
    name,
    catalog,
    entities,
    tags,
    conditions,
    guards,
    sets,
    grants,
    sources,
    uses,
    principals,
    rules,
    customs,
});

impl Organization {
    /// Whether every number stands for something, nothing goes in circles, and what is searched
    /// is sorted: what compiling sees to, and what bytes may lie about. Nothing is asked of it before.
    pub(crate) fn is_whole(&self) -> bool {
        self.catalog.is_whole()
            && self.conditions_are_trees()
            && self.guards_are_chains()
            && self.sources_are_whole()
            && self.entities_are_whole()
            && self.principals_are_whole()
    }

    /// The parts of a condition stand before it, belong to no other, and do not lie too deep.
    fn conditions_are_trees(&self) -> bool {
        let mut taken = vec![false; self.conditions.len()];
        let mut depths: Vec<u32> = Vec::with_capacity(self.conditions.len());
        for condition in &self.conditions {
            let mut below = 0;
            for part in condition.parts() {
                let free = taken.get_mut(part as usize).map(|taken| !std::mem::replace(taken, true));
                match depths.get(part as usize).filter(|_| free == Some(true)) {
                    Some(depth) => below = below.max(*depth),
                    None => return false,
                }
            }
            depths.push(below + 1);
        }
        depths.iter().all(|depth| *depth <= DEEPEST)
    }

    /// The guard around a guard stands before it, and not too deep.
    fn guards_are_chains(&self) -> bool {
        let mut depths: Vec<u32> = Vec::with_capacity(self.guards.len());
        for guard in &self.guards {
            let outer = guard.outer.map_or(Some(0), |outer| depths.get(outer as usize).copied());
            let whole = (guard.condition as usize) < self.conditions.len();
            match outer.filter(|outer| whole && *outer < DEEPEST) {
                Some(outer) => depths.push(outer + 1),
                None => return false,
            }
        }
        true
    }

    /// What a source claims is there, and is claimed by no other: whoever goes through all of them comes to an end.
    fn sources_are_whole(&self) -> bool {
        let within = |range: &std::ops::Range<u32>, length: usize| range.end as usize <= length;
        let ranges = |source: &Source| [&source.everywhere, &source.guarded, &source.named].map(Clone::clone);
        let source = |source: &Source| {
            ranges(source).iter().all(|range| within(range, self.grants.len()))
                && within(&source.uses, self.uses.len())
        };
        let used = |used: &Use| {
            (used.source as usize) < self.sources.len()
                && used.guard.is_none_or(|guard| (guard as usize) < self.guards.len())
        };
        let length = |range: &std::ops::Range<u32>| u64::from(range.end.saturating_sub(range.start));
        let claimed: u64 = self.sources.iter().flat_map(ranges).map(|range| length(&range)).sum();
        let composed: u64 = self.sources.iter().map(|source| length(&source.uses)).sum();
        claimed <= self.grants.len() as u64
            && composed <= self.uses.len() as u64
            && matches!(&self.grants, Grants::Lying(columns) if columns.are_whole())
            && self.sources.iter().all(source)
            && self.uses.iter().all(used)
            && self.sources.len() >= self.catalog.roles.len()
    }

    fn entities_are_whole(&self) -> bool {
        let entities = &self.entities;
        let lists = entities.tags.list_of.as_ref().map_or(0, Column::len);
        lists == entities.names.len()
            && entities.tags.are_few()
            && entities.links.is_sorted_by_key(|link| (link.from, link.field))
            && entities.deployments.is_sorted_by_key(|(entity, _)| entity)
    }

    fn principals_are_whole(&self) -> bool {
        let principals = &self.principals;
        principals.persons.are(principals.people.len())
            && principals.team_names.len() == principals.teams.len()
            && principals.token_names.len() == principals.tokens.len()
            && principals.service_principal_names.len() == principals.service_principals.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::organization::{Grant, Place};

    /// What comes out where nothing is there.
    fn empty<T: Wire>() -> T {
        T::read(&mut Bytes { rest: &[], home: None, failed: false })
    }

    /// Few bytes could else give a long list of tags to every entity.
    #[test]
    fn entities_have_no_more_tags_than_documents_give() {
        let list_of = Some(Column::from(&[1; 3_000][..]));
        let mut tags = Tags { list_of, ends: vec![5_000], pairs: vec![(0, 0); 5_000] };
        assert!(tags.are_few());
        tags.list_of = Some(Column::from(&[1; 4_000][..]));
        assert!(!tags.are_few());
        tags.list_of = Some(Column::from(&*[vec![0; 3_999], vec![1]].concat()));
        assert!(tags.are_few(), "one entity alone has the long list");
    }

    /// Every source could else claim everything, and few bytes become work without an end.
    #[test]
    fn sources_claim_no_more_than_there_is() {
        let mut organization: Organization = empty();
        let grant = Grant { set: 0, place: Place::Everywhere, because: empty() };
        organization.grants = Grants::Lying(GrantColumns::from(&[grant, grant][..]));
        organization.uses = vec![empty(), empty()];
        let claims = |named, guarded, uses| Source { guarded, named, uses, ..empty() };
        organization.sources = vec![claims(0..1, 1..2, 0..2), claims(0..0, 2..2, 2..2)];
        assert!(organization.sources_are_whole());
        for more in [
            claims(0..1, 0..0, 0..0),
            claims(0..0, 1..2, 0..0),
            claims(0..0, 0..0, 1..2),
            claims(2..3, 0..0, 0..0),
        ] {
            organization.sources.push(more);
            assert!(!organization.sources_are_whole());
            organization.sources.pop();
        }
    }
}
