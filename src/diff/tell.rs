//! Everything that was found → what is told: principals to whom the same happens stand together, and what a team
//! tells need not be told of its members.

use super::compare::{Comparison, Untried};
use super::pair::{Pair, Side};
use super::runs::{OtherIdentity, Run};
use super::sites::SiteList;
use super::universe::Universe;
use super::{ConditionChange, Diff, EffectChange, PrincipalChange, Rename, RunChange, Totals};
use crate::access::{Access, Refusal};
use crate::holdings::distinct;
use crate::lists::Lists;
use crate::names::{as_u32, by_key, sorted};
use crate::organization::{Label, Organization};
use crate::roster::Who;

/// A principal with what changes for it.
struct Told {
    name: String,
    delta: u32,
    /// Shifts, each with its list of places.
    shifts: Vec<(u32, u32)>,
    /// Of a deployment its stack, and the shifts there where they are its own.
    stack: Option<u32>,
    own: Option<Vec<u32>>,
}

/// What changes for each team, by name.
pub(super) type Teams = Vec<(String, u32)>;

impl<'o> Comparison<'_, 'o> {
    /// Compares everybody, and tells what changes.
    pub(super) fn tell(mut self) -> Diff<'o> {
        let mut told = self.everyone();
        let teams = told.iter().filter(|it| it.name.starts_with("team:"));
        let teams: Teams = sorted(teams.map(|it| (it.name.clone(), it.delta)).collect());
        let (runs, identities) = self.runs();
        let runs = by_key(runs.into_iter().map(|run| (run.stack, run)).collect());
        told.extend(runs.map(|run| self.told_run(run)));
        let changes = self.changes(&told, &teams);
        let totals = self.totals(&told);
        let runs = self.run_changes(identities, &teams, &mut told);
        let conditions = self.condition_changes(&told);
        Diff { changes, runs, conditions, renamed: renamed(self.universe), totals, guarded: Vec::new() }
    }

    /// Users, teams, service principals and tokens of either document, each by name.
    fn everyone(&mut self) -> Vec<Told> {
        let mut all = Vec::new();
        for side in [Side::Before, Side::After] {
            let organization = *self.universe.organizations.at(side);
            all.extend(organization.everyone().map(|who| (who.kind(), organization.name_of(who), side, who)));
        }
        let mut told = Vec::new();
        for of_one in sorted(all).chunk_by(|(_, a, ..), (_, b, ..)| a == b) {
            let Some((_, name, _, first)) = of_one.first() else { continue };
            let accesses = Pair::of(|side| {
                let who = of_one.iter().find(|(_, _, it, _)| *it == side).map(|(.., who)| *who);
                let organization = self.universe.organizations.at(side);
                who.map_or_else(
                    || Access::refused(Refusal::UnknownPrincipal),
                    |who| organization.access_of(who),
                )
            });
            let delta = self.delta(accesses, matches!(first, Who::Team(_)));
            told.push(Told {
                name: name.clone(),
                delta,
                shifts: self.shifts_of(delta),
                stack: None,
                own: None,
            });
        }
        told
    }

    fn shifts_of(&self, delta: u32) -> Vec<(u32, u32)> {
        self.deltas.get(delta as usize).map(|delta| delta.shifts.clone()).unwrap_or_default()
    }

    fn told_run(&self, run: Run) -> Told {
        let Run { stack, delta, own } = run;
        let item = self.universe.table.item(stack).filter(|item| !item.is_other);
        let path = item.and_then(|item| item.name.split_once('/')).map_or("*", |(_, path)| path);
        let mut shifts = self.shifts_of(delta);
        if own.is_some() {
            // What would change on its own stack alone does not change.
            shifts.retain(|(_, sites)| !SiteList::read(self.lists.list(*sites)).is_only(stack));
        }
        Told { name: format!("deployment:{path}"), delta, shifts, stack: Some(stack), own }
    }

    /// Those to whom the same happens stand together, in the order of the first of them.
    fn changes(&self, told: &[Told], teams: &Teams) -> Vec<PrincipalChange<'o>> {
        let mut groups = Groups::default();
        for one in told {
            groups.add(&one.content(), one);
        }
        let mut changes = Vec::new();
        for of_group in groups.groups {
            let effects = of_group.first().map(|first| self.effects(first, teams)).unwrap_or_default();
            let principals = of_group.iter().map(|one| one.name.clone()).collect();
            changes.extend((!effects.is_empty()).then_some(PrincipalChange { principals, effects }));
        }
        changes
    }

    /// What happens to somebody: gains first, then by type and scopes.
    fn effects(&self, told: &Told, teams: &Teams) -> Vec<EffectChange<'o>> {
        let shifts = told.shifts.iter().map(|(shift, places)| (*shift, Some(*places)));
        let own = told.own.iter().flatten().map(|shift| (*shift, None));
        let of = |(shift, places): (u32, Option<u32>)| Some((self.shifts.get(shift as usize)?, places));
        let ranked = shifts.chain(own).filter_map(of).map(|(shift, places)| (!shift.gains(), shift, places));
        let ranked = sorted(ranked.collect()).into_iter();
        let tell = |(_, shift, places)| self.effect(shift, places, told.own.is_some(), teams);
        ranked.map(tell).collect()
    }

    fn totals(&self, told: &[Told]) -> Totals {
        let mut totals = Totals::default();
        for one in told {
            for (shift, sites) in &one.shifts {
                let (table, sites) = (&self.universe.table, SiteList::read(self.lists.list(*sites)));
                let own = one.stack.filter(|it| one.own.is_some() && self.is_known(*it));
                let without = own.is_some_and(|own| sites.contains(table, own));
                self.count(&mut totals, *shift, sites.count(table) - usize::from(without));
            }
            for shift in one.own.iter().flatten() {
                self.count(&mut totals, *shift, 1);
            }
            totals.principals += usize::from(one.is_concerned());
        }
        totals
    }

    fn is_known(&self, item: u32) -> bool {
        self.universe.table.item(item).is_some_and(|item| !item.is_other)
    }

    fn count(&self, totals: &mut Totals, shift: u32, places: usize) {
        let Some(shift) = self.shifts.get(shift as usize) else { return };
        let slot = if shift.gains() { &mut totals.gained } else { &mut totals.lost };
        *slot += shift.scopes.len() * places;
    }

    /// Deployments whose runs act as somebody else; conditions that concern them are told with those of the others.
    fn run_changes(
        &mut self,
        identities: Vec<OtherIdentity>,
        teams: &Teams,
        concerned: &mut Vec<Told>,
    ) -> Vec<RunChange<'o>> {
        let mut groups = Groups::default();
        for OtherIdentity { started, acts_as, runs } in identities {
            let who =
                Pair::of(|side| acts_as.at(side).as_deref().map_or(0, |name| self.texts.intern(name) + 1));
            for run in runs {
                let told = self.told_run(run);
                let content = [&[started as u32, who.before, who.after], &told.content()[..]].concat();
                groups.add(&content, (started, acts_as.clone(), told));
            }
        }
        let mut changes = Vec::new();
        for of_group in groups.groups {
            let Some((started, acts_as, first)) = of_group.first() else { continue };
            changes.push(RunChange {
                deployments: sorted(of_group.iter().map(|(.., run)| run.name.clone()).collect()),
                started: *started,
                before: acts_as.before.clone(),
                after: acts_as.after.clone(),
                effects: self.effects(first, teams),
            });
            concerned.extend(of_group.into_iter().map(|(.., run)| run));
        }
        changes
    }

    fn condition_changes(&self, told: &[Told]) -> Vec<ConditionChange<'o>> {
        let mut concerned: Vec<(&Untried, usize)> = Vec::new();
        for (position, one) in told.iter().enumerate() {
            let delta = self.deltas.get(one.delta as usize);
            concerned.extend(delta.into_iter().flat_map(|delta| &delta.untried).map(|it| (it, position)));
        }
        let mut changes = Vec::new();
        for alike in distinct(concerned).chunk_by(|(a, _), (b, _)| a == b) {
            let Some((untried, _)) = alike.first() else { continue };
            let mut principals: Vec<String> = Vec::new();
            for one in alike.iter().filter_map(|(_, position)| told.get(*position)) {
                if !principals.contains(&one.name) {
                    principals.push(one.name.clone());
                }
            }
            changes.push(self.condition_change(untried, principals));
        }
        changes
    }
}

impl Told {
    /// All that happens, as numbers: the same for those to whom the same happens.
    fn content(&self) -> Vec<u32> {
        let mut content = Vec::new();
        for (shift, places) in &self.shifts {
            content.extend([*shift, *places]);
        }
        if let Some(own) = &self.own {
            content.push(u32::MAX);
            content.extend(own);
        }
        content
    }

    fn is_concerned(&self) -> bool {
        !self.shifts.is_empty() || self.own.as_ref().is_some_and(|own| !own.is_empty())
    }
}

/// Things that have the same content stand together, in the order in which they came.
struct Groups<T> {
    contents: Lists,
    groups: Vec<Vec<T>>,
}

impl<T> Default for Groups<T> {
    fn default() -> Self {
        Self { contents: Lists::default(), groups: Vec::new() }
    }
}

impl<T> Groups<T> {
    fn add(&mut self, content: &[u32], thing: T) {
        let number = self.contents.number(content);
        match self.groups.get_mut(number as usize) {
            Some(group) => group.push(thing),
            None => self.groups.push(vec![thing]),
        }
    }
}

/// What has one id in both documents and two names: entities, then roles, then sets.
fn renamed<'o>(universe: &Universe<'o>) -> Vec<Rename<'o>> {
    let Pair { before, after } = universe.organizations;
    let mut renamed = entities(universe);
    let mut compare = |kind, was: Named<'o>, is: Named<'o>| {
        let is = sorted(is);
        for (id, before) in sorted(was) {
            let after = value(&is, &id).filter(|after| *after != before);
            renamed.extend(after.map(|after| Rename {
                kind,
                id,
                before: before.into(),
                after: after.into(),
            }));
        }
    };
    compare("role", records(before), records(after));
    compare("permission-set", sets(before), sets(after));
    renamed
}

fn entities<'o>(universe: &Universe<'o>) -> Vec<Rename<'o>> {
    let ids = universe.organizations.before.entities.ids.iter();
    let ids = sorted(ids.map(|(id, number)| (as_u32(number), id)).collect());
    let renamed = universe.table.items.iter().filter_map(|item| {
        let id = value(&ids, &item.sides.before?)?;
        let after = universe.organizations.after.entities.names.name(item.sides.after?);
        Some(Rename { kind: "entity", id, before: item.renamed_from.clone()?, after })
    });
    renamed.collect()
}

/// What stands beside a key in a sorted list.
pub(super) fn value<K: Ord, V: Copy>(sorted: &[(K, V)], key: &K) -> Option<V> {
    let position = sorted.binary_search_by(|(known, _)| known.cmp(key)).ok()?;
    sorted.get(position).map(|(_, value)| *value)
}

/// Ids and names.
type Named<'o> = Vec<(&'o str, &'o str)>;

fn records(organization: &Organization) -> Named<'_> {
    let records = organization.sources.iter().skip(organization.catalog.roles.len());
    let named = organization.customs.role_names.iter().zip(records);
    let id = |label| match label {
        &Label::Role(ref id) | &Label::Policy(ref id) => &**id,
        _ => "",
    };
    named.map(|(name, it)| (id(&it.label), &**name)).collect()
}

fn sets(organization: &Organization) -> Named<'_> {
    let names = &organization.customs.set_names;
    let named = names.iter().zip(&organization.sets).skip(organization.catalog.sets.len());
    named.map(|(name, set)| (set.id.as_deref().unwrap_or_default(), &**name)).collect()
}
