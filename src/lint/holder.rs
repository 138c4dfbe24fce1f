//! Somebody or something that holds parts which could be taken away, and what these give.

use std::ops::ControlFlow;

use super::found::Related;
use super::judge::{By, Given, Judge, Limit, Rank, Spare};
use super::pairs::Pairs;
use super::study::Study;
use super::worlds::{Unsure, View, Worlds};
use crate::access::Access;
use crate::condition::Truth;
use crate::entity::EntityType;
use crate::explain::label;
use crate::holdings::distinct;
use crate::names::{as_u32, sorted};
use crate::organization::Place;
use crate::scope::ScopeSet;
use crate::standing::{Found as Held, Standing};

/// Somebody or something, with what could be taken away.
#[derive(Debug, Default)]
pub(super) struct Holder {
    /// For each part the number of the value that says it, and its rank.
    parts: Vec<(u32, Rank)>,
    /// The parts that are grants.
    by_grant: Vec<(u32, u32)>,
    /// The parts that compose a record under a guard, by both.
    by_use: Vec<((u32, u32), usize)>,
    /// The parts by which a source is held, and so all that this composes without a condition.
    by_source: Vec<(u32, u32)>,
    /// Sources that are held anyway, beside those to which no part leads.
    anyway: Vec<u32>,
    /// Sources that are as good as gone.
    gone: Vec<u32>,
}

/// A part that may go, and what else gives what it gives.
#[derive(Debug)]
pub(super) struct Needless {
    pub(super) at: u32,
    /// It gives something at all.
    pub(super) gives: bool,
    pub(super) instead: Vec<Related>,
}

/// Whose teams may be what.
#[derive(Debug, Clone, Copy)]
pub(super) enum Teams<'t> {
    /// Whoever comes to hold it may be in any.
    Any,
    These(&'t [u32]),
}

impl Holder {
    /// A holder to whom these sources are as good as gone.
    pub(super) fn without(gone: &[u32]) -> Self {
        Self { gone: gone.to_vec(), ..Self::default() }
    }

    /// Adds a part and answers its number.
    pub(super) fn part(&mut self, at: u32, rank: Rank) -> usize {
        self.parts.push((at, rank));
        self.parts.len() - 1
    }

    pub(super) fn is_grant(&mut self, part: usize, grant: u32) {
        self.by_grant.push((grant, as_u32(part)));
    }

    /// The part composes a record, under a guard or without one.
    pub(super) fn composes(&mut self, part: usize, guard: Option<u32>, source: u32) {
        match guard {
            Some(guard) => self.by_use.push(((guard, source), part)),
            None => self.leads_to(part, source),
        }
    }

    /// The part is a way to a source.
    pub(super) fn leads_to(&mut self, part: usize, source: u32) {
        self.by_source.push((source, as_u32(part)));
    }

    /// The source is held anyway, whatever parts lead to it as well.
    pub(super) fn has_anyway(&mut self, source: u32) {
        self.anyway.push(source);
    }

    /// The parts that may go, all at once, so that nobody who holds all of these loses anything by it. None where there
    /// is too much to look at.
    pub(super) fn needless(&self, study: &Study<'_>, accesses: &[(&Access, Teams<'_>)]) -> Vec<Needless> {
        let alone = accesses.iter().any(|(access, _)| access.ways.len() == 1);
        if self.parts.is_empty() || self.parts.len() == 1 && alone {
            // What is held in one way, which is one part, comes in no other.
            return Vec::new();
        }
        let (givers, groups) = Givers::new(self, study);
        let ranks: Vec<Rank> = self.parts.iter().map(|(_, rank)| *rank).collect();
        let mut judge = Judge::new(&ranks, groups);
        let looks = accesses.iter().map(|(access, teams)| Look::new(&givers, study, access, *teams));
        let Some(looks) = looks.collect::<Option<Vec<_>>>() else { return Vec::new() };
        for look in &looks {
            let _ = look.everywhere(&mut |given, unsure| {
                judge.alone(given, unsure);
                if judge.is_open() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
        }
        let doubtful = judge.is_open();
        for look in looks.iter().filter(|_| doubtful) {
            let _ = look.everywhere(&mut |given, unsure| {
                judge.together(given, unsure);
                ControlFlow::Continue(())
            });
        }
        let spares = judge.spares().into_iter();
        spares.filter_map(|spare| self.told(study, &spare)).collect()
    }

    fn told(&self, study: &Study<'_>, spare: &Spare) -> Option<Needless> {
        let at = |part: usize| self.parts.get(part).map(|(at, _)| *at);
        let mut instead = Vec::new();
        for by in &spare.instead {
            instead.extend(match by {
                By::Part(part) => at(*part).map(Related::At),
                By::Source(source) => label(&study.organization.source(*source).label).map(Related::Name),
                By::Group(_) => None,
            });
        }
        Some(Needless { at: at(spare.part)?, gives: spare.gives, instead: distinct(instead) })
    }
}

/// Who gives what was found.
struct Givers<'g> {
    holder: &'g Holder,
    by_grant: Pairs,
    by_use: Vec<((u32, u32), By)>,
    /// For every source to which a part leads, near or far.
    by_source: Vec<(u32, By)>,
}

impl<'g> Givers<'g> {
    /// The givers, and the parts of each group of them. Parts that lead to one source are a group, for a source may
    /// compose many others.
    fn new(holder: &'g Holder, study: &Study<'_>) -> (Self, Vec<Vec<usize>>) {
        let mut groups = Vec::new();
        let mut giver = |mut parts: Vec<usize>| {
            parts.dedup();
            if let [part] = *parts {
                return By::Part(part);
            }
            groups.push(parts);
            By::Group(groups.len() - 1)
        };
        let mut by_use = Vec::new();
        for same in sorted(holder.by_use.clone()).chunk_by(|(a, _), (b, _)| a == b) {
            let by = giver(same.iter().map(|(_, part)| *part).collect());
            by_use.extend(same.first().map(|(used, _)| (*used, by)));
        }
        let mut by_source = Vec::new();
        for (root, parts) in Pairs::new(holder.by_source.clone()).groups() {
            let by = giver(parts.into_iter().map(|part| part as usize).collect());
            study.composed_by(root).into_iter().for_each(|source| by_source.push((source, by)));
        }
        let leads = distinct(by_source.iter().map(|(source, _)| *source).collect());
        for root in &holder.anyway {
            for source in study.composed_by(*root) {
                if leads.binary_search(&source).is_ok() {
                    by_source.push((source, By::Source(source)));
                }
            }
        }
        let (by_grant, by_source) = (Pairs::new(holder.by_grant.clone()), sorted(by_source));
        (Self { holder, by_grant, by_use, by_source }, groups)
    }

    fn of(&self, found: &Held<'_>, each: &mut dyn FnMut(By)) {
        if found.reach.is_empty()
            && let Some(part) = self.by_grant.of(found.number).next()
        {
            return each(By::Part(part as usize));
        }
        let used = found.reach.first().and_then(|reach| Some((reach.guard?, reach.source)));
        if let Some(position) =
            used.and_then(|it| self.by_use.binary_search_by_key(&it, |(used, _)| *used).ok())
            && let Some((_, by)) = self.by_use.get(position)
        {
            return each(*by);
        }
        let first = self.by_source.partition_point(|(source, _)| *source < found.source);
        let givers = self.by_source.get(first..).unwrap_or_default().iter();
        let mut led = false;
        for (_, by) in givers.take_while(|(source, _)| *source == found.source) {
            led = true;
            each(*by);
        }
        if !led {
            each(By::Source(found.source));
        }
    }
}

/// One who holds the parts, and every world that the conditions on them can tell apart.
struct Look<'l> {
    givers: &'l Givers<'l>,
    study: &'l Study<'l>,
    access: &'l Access,
    /// Everything that it holds, under whatever condition.
    sources: Vec<u32>,
    worlds: Worlds,
    teams: Vec<Vec<u32>>,
}

type Visit<'v> = dyn FnMut(&[Given], Unsure) -> ControlFlow<()> + 'v;

impl<'l> Look<'l> {
    fn new(
        givers: &'l Givers<'l>,
        study: &'l Study<'l>,
        access: &'l Access,
        teams: Teams<'_>,
    ) -> Option<Self> {
        let sources = study.inventory.reachable(access);
        let worlds = Worlds::of(study, study.guards_of(&sources));
        let teams = match teams {
            Teams::Any => worlds.teams.clone()?,
            Teams::These(teams) => vec![teams.to_vec()],
        };
        Some(Self { givers, study, access, sources, worlds, teams })
    }

    /// Shows what is given in every world: first on entities that nothing names, which mostly tells enough.
    fn everywhere(&self, visit: &mut Visit<'_>) -> ControlFlow<()> {
        let always: Vec<_> = self.study.types().map(|entity_type| self.always(entity_type)).collect();
        for (entity_type, always) in self.study.types().zip(&always) {
            for teams in &self.teams {
                self.worlds.each_tags(entity_type, &mut |tags, unsure| {
                    let view = View { entity_type, entity: None, tags, teams };
                    visit(&self.given(always, &view), unsure)
                })?;
            }
        }
        for entity in self.entities() {
            let Some(entity_type) = self.study.entity_type(entity) else { continue };
            let Some(always) = always.get(entity_type.position()) else { continue };
            let singled_out = self.worlds.singled_out.binary_search(&entity).is_ok();
            let unsure = if singled_out { Unsure::IsKept } else { Unsure::IsJudgedElsewhere };
            for teams in &self.teams {
                let view = View { entity_type, entity: Some(entity), tags: None, teams };
                visit(&self.given(always, &view), unsure)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// The entities that grants name or conditions single out.
    fn entities(&self) -> Vec<u32> {
        let mut entities = self.study.named_by(&self.sources);
        entities.extend(&self.worlds.singled_out);
        distinct(entities)
    }

    /// What is given on every entity of a type.
    fn always(&self, entity_type: EntityType) -> Vec<Given> {
        let mut always = Vec::new();
        for (source, _) in &self.access.sources {
            let grants = self.study.organization.source(*source).everywhere.clone();
            for (number, grant) in self.study.organization.grants_of(grants) {
                let found = Held { number, grant, source: *source, truth: Truth::True, reach: &[] };
                self.take(entity_type, &found, &mut always);
            }
        }
        always
    }

    fn given(&self, always: &[Given], view: &View<'_>) -> Vec<Given> {
        let mut given = always.to_vec();
        let all = self.study.organization.catalog.all_scopes(view.entity_type);
        let (question, unused) = (view.question(), &mut Standing::default());
        self.study.organization.stand(self.access, &question, &all, unused, &mut |found| {
            self.take(view.entity_type, found, &mut given);
        });
        given
    }

    /// Adds what was found, for each who gives it; scopes whose use may be limited in time by themselves.
    fn take(&self, entity_type: EntityType, found: &Held<'_>, given: &mut Vec<Given>) {
        let organization = self.study.organization;
        let set = organization.set(found.grant.set);
        if set.entity_type != entity_type || self.givers.holder.gone.contains(&found.source) {
            return;
        }
        let timed = if organization.rules.has_time_limits {
            set.scopes.iter().filter(|scope| organization.catalog.is_timed(entity_type, *scope)).collect()
        } else {
            ScopeSet::EMPTY
        };
        let sure = found.truth == Truth::True;
        let scopes = [(set.scopes.without(&timed), Limit::Untimed), (timed, Limit::Seconds(set.max_open))];
        self.givers.of(found, &mut |by| {
            let scopes = scopes.iter().filter(|(scopes, _)| !scopes.is_empty());
            given.extend(scopes.map(|(scopes, limit)| Given { by, scopes: *scopes, sure, limit: *limit }));
        });
    }
}

impl Study<'_> {
    /// The guards of everything that these sources grant and compose.
    pub(super) fn guards_of(&self, sources: &[u32]) -> Vec<u32> {
        let mut guards = Vec::new();
        for source in sources {
            for (_, grant) in self.organization.grants_of(self.organization.source(*source).guarded.clone()) {
                if let Place::When(guard) = grant.place {
                    guards.push(guard);
                }
            }
            guards.extend(self.organization.uses_of(*source).iter().filter_map(|used| used.guard));
        }
        guards
    }

    /// The entities that grants of these sources name.
    pub(super) fn named_by(&self, sources: &[u32]) -> Vec<u32> {
        let mut named = Vec::new();
        for source in sources {
            for (_, grant) in self.organization.grants_of(self.organization.source(*source).named.clone()) {
                if let Place::Entity(entity) = grant.place {
                    named.push(entity);
                }
            }
        }
        named
    }

    /// A record and all that it composes without a condition.
    fn composed_by(&self, source: u32) -> Vec<u32> {
        if self.organization.uses_of(source).is_empty() {
            return vec![source];
        }
        self.organization.access_of_role(source).sources.into_iter().map(|(source, _)| source).collect()
    }
}
