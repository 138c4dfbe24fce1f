//! What a principal holds, as a number that means the same for both documents: whoever has one portrait in both may do
//! the same by both, whatever the tags are. So most of a large organization is never compared.

use super::pair::Side;
use crate::access::Access;
use crate::condition::Condition;
use crate::decide::Reason;
use crate::entity::EntityType;
use crate::holdings::distinct;
use crate::lists::Lists;
use crate::names::{Names, as_u32};
use crate::organization::{Grant, Label, Organization, Place};

/// The end of a part of a list: no number of a list or of a text.
const END: u32 = u32::MAX;

/// The portraits that were drawn so far, and of what they consist. Names stand for what is numbered in a document.
#[derive(Debug, Default)]
pub(super) struct Portraits {
    texts: Names,
    lists: Lists,
    /// What was drawn, each part beside its portrait.
    parts: Lists,
    drawn: Vec<u32>,
}

/// What has a portrait of its own, which is drawn once.
#[derive(Debug, Clone, Copy)]
enum Part {
    Set,
    Guard,
    Source,
}

/// A part by its number in its document, and of what type it is told.
type PartOf = [u32; 4];

/// One document, of which portraits are drawn: all of it, or what it says of one type.
#[derive(Clone, Copy)]
pub(super) struct Model<'o> {
    pub(super) side: Side,
    pub(super) organization: &'o Organization,
    pub(super) only: Option<EntityType>,
}

impl Model<'_> {
    /// Only of a source it matters which type is asked about.
    fn part(&self, part: Part, number: u32) -> PartOf {
        let only = self.only.filter(|_| matches!(part, Part::Source));
        [self.side as u32, part as u32, only.map_or(0, |only| as_u32(only.position()) + 1), number]
    }
}

impl Portraits {
    /// The portrait of a principal. A team's own differs from that of its members, who hold the same by the team.
    pub(super) fn of(
        &mut self,
        model: Model<'_>,
        access: &Access,
        refused: Option<Reason>,
        is_team: bool,
    ) -> u32 {
        if let Some(reason) = refused {
            return self.lists.number(&[0, reason as u32]);
        }
        let Model { organization, .. } = model;
        let mut list = vec![1, u32::from(access.admin), u32::from(access.has_exceptions), u32::from(is_team)];
        for toggle in access.closed.iter().filter_map(|it| organization.catalog.toggles.get(*it)) {
            list.push(self.texts.intern(&toggle.field));
            list.push(self.texts.intern(organization.catalog.type_name(toggle.entity_type)));
            list.push(self.texts.intern(organization.catalog.scope_name(toggle.entity_type, toggle.scope)));
        }
        list.push(END);
        let teams = access.teams.iter().map(|team| organization.principals.team_names.name(*team));
        list.extend(distinct(teams.map(|team| self.texts.intern(&team)).collect()));
        list.push(END);
        let mut ways = Vec::new();
        for way in &access.ways {
            let team = way.team.map(|team| organization.principals.team_names.name(team));
            let team = team.map_or(0, |team| self.texts.intern(&team) + 1);
            ways.push([team, self.source(model, way.source)]);
        }
        list.extend(distinct(ways).as_flattened());
        self.lists.number(&list)
    }

    /// What a source gives, with all that it composes. Chains of composing are bounded, so recursion is.
    pub(super) fn source(&mut self, model: Model<'_>, number: u32) -> u32 {
        let Model { organization, only, .. } = model;
        let part = model.part(Part::Source, number);
        if let Some(known) = self.known(part) {
            return known;
        }
        let source = organization.source(number);
        let mut list = self.label(&source.label);
        for range in [&source.everywhere, &source.guarded, &source.named] {
            let grants = organization.grants_of(range.clone()).map(|(_, grant)| grant);
            let told =
                |grant: &Grant| only.is_none_or(|only| only == organization.set(grant.set).entity_type);
            let grants = grants.filter(told).map(|grant| self.grant(model, &grant));
            list.extend(distinct(grants.collect()).as_flattened());
            list.push(END);
        }
        let mut used = Vec::new();
        for it in organization.uses_of(number) {
            let guard = it.guard.map_or(0, |guard| self.guard(model, guard) + 1);
            used.push([guard, self.source(model, it.source)]);
        }
        list.extend(distinct(used).as_flattened());
        self.draw(part, &list)
    }

    fn grant(&mut self, model: Model<'_>, grant: &Grant) -> [u32; 2] {
        let place = match grant.place {
            Place::Everywhere => 0,
            Place::Entity(entity) => self.texts.intern(&model.organization.entities.names.name(entity)),
            Place::When(guard) => self.guard(model, guard),
        };
        [self.set(model, grant.set), place]
    }

    fn label(&mut self, label: &Label) -> Vec<u32> {
        let (kind, name) = match label {
            Label::Role(id) => (0, &**id),
            Label::Policy(id) => (1, &**id),
            Label::Setting(field) => (2, &**field),
            Label::Creator => (3, ""),
            Label::Direct => (4, ""),
        };
        vec![2, kind, self.texts.intern(name)]
    }

    fn set(&mut self, model: Model<'_>, number: u32) -> u32 {
        let organization = model.organization;
        let part = model.part(Part::Set, number);
        if let Some(known) = self.known(part) {
            return known;
        }
        let set = organization.set(number);
        let limit = set.max_open.map_or(0, |seconds| self.texts.intern(&seconds.to_string()) + 1);
        let mut list = vec![3, self.texts.intern(organization.catalog.type_name(set.entity_type)), limit];
        for scope in set.scopes.iter() {
            list.push(self.texts.intern(organization.catalog.scope_name(set.entity_type, scope)));
        }
        self.draw(part, &list)
    }

    /// A guard with those around it, which are bounded too.
    fn guard(&mut self, model: Model<'_>, number: u32) -> u32 {
        let organization = model.organization;
        let part = model.part(Part::Guard, number);
        if let Some(known) = self.known(part) {
            return known;
        }
        let mut list = vec![4];
        if let Some(guard) = organization.guards.get(number as usize) {
            list.push(guard.outer.map_or(0, |outer| self.guard(model, outer) + 1));
            list.push(self.condition(organization, guard.condition));
            list.extend([u32::from(guard.negated), u32::from(guard.on_entity)]);
        }
        self.draw(part, &list)
    }

    fn condition(&mut self, organization: &Organization, id: u32) -> u32 {
        let mut inner = |id: &u32| self.condition(organization, *id);
        let list = match organization.conditions.get(id as usize).unwrap_or(&Condition::Never) {
            Condition::And(a, b) => vec![5, inner(a), inner(b)],
            Condition::Or(a, b) => vec![6, inner(a), inner(b)],
            Condition::Same(a, b) => vec![7, inner(a), inner(b)],
            Condition::Not(a) => vec![8, inner(a)],
            Condition::All(first, count) => {
                let each = distinct((*first..first + count).map(|id| inner(&id)).collect());
                [&[9], &each[..]].concat()
            }
            test => self.test(organization, test),
        };
        self.lists.number(&list)
    }

    fn test(&mut self, organization: &Organization, test: &Condition) -> Vec<u32> {
        let mut text = |text: &str| self.texts.intern(text);
        let entity_type = |it| organization.catalog.type_name(it);
        let tag = |number: &u32| organization.tags.name(*number);
        match test {
            Condition::Constant(value) => vec![10, u32::from(*value)],
            // An entity of elsewhere has no name here, and nobody asks about it.
            Condition::Is(it, entity) => {
                vec![11, text(entity_type(*it)), text(&organization.entities.names.name(*entity))]
            }
            Condition::OfType(it) => vec![12, text(entity_type(*it))],
            Condition::OtherKind(it) => vec![13, text(entity_type(*it))],
            Condition::HasTag(it, key) => vec![14, text(entity_type(*it)), text(&tag(key))],
            Condition::TagIs(it, key, value) => {
                vec![15, text(entity_type(*it)), text(&tag(key)), text(&tag(value))]
            }
            Condition::SameTags(it, a, b) => vec![16, text(entity_type(*it)), text(&tag(a)), text(&tag(b))],
            Condition::InTeam(team) => vec![17, text(&organization.principals.team_names.name(*team))],
            Condition::InAnyTeam => vec![18],
            _ => vec![19],
        }
    }

    fn known(&self, part: PartOf) -> Option<u32> {
        self.drawn.get(self.parts.find(&part)? as usize).copied()
    }

    /// A part is drawn after all of which it consists, and once.
    fn draw(&mut self, part: PartOf, list: &[u32]) -> u32 {
        let portrait = self.lists.number(list);
        self.parts.number(&part);
        self.drawn.push(portrait);
        portrait
    }
}
