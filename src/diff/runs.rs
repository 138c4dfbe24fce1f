//! Deployments: what a run may do that starts by itself, and whom a run acts as, also where somebody starts it.

use std::rc::Rc;

use super::Started;
use super::compare::{Comparison, Holder, NOTHING, View};
use super::pair::{Pair, Side};
use super::shift::Memo;
use super::sites::SiteList;
use super::universe::Item;
use crate::access::{Access, Beside};
use crate::holdings::distinct;
use crate::names::sorted;
use crate::organization::{Deployment, Subject};
use crate::request::{Trigger, TriggerKind};
use crate::scope::ScopeSet;

/// Whoever starts a run by hand, where it acts as that.
const STARTER: &str = "starter";

/// The token of its own that a stack has for a run.
const STACK_TOKEN: &str = "stack-token";

/// What changes for the runs of one stack.
pub(super) struct Run {
    /// The stack, among all items.
    pub(super) stack: u32,
    pub(super) delta: u32,
    /// The shifts on its own stack, where those are not what they are on other stacks like it.
    pub(super) own: Option<Vec<u32>>,
}

/// Whom runs act as: nobody, where they are refused.
pub(super) type ActsAs = Pair<Option<String>>;

/// Runs that act as somebody else.
pub(super) struct OtherIdentity {
    pub(super) started: Started,
    pub(super) acts_as: ActsAs,
    pub(super) runs: Vec<Run>,
}

impl Comparison<'_, '_> {
    /// What changes for runs that start by themselves, and which runs act as somebody else.
    pub(super) fn runs(&mut self) -> (Vec<Run>, Vec<OtherIdentity>) {
        let (mut all, mut others) = (Vec::new(), Vec::new());
        for stacks in self.stacks_by_settings() {
            let Some(first) = stacks.first().copied() else { continue };
            let accesses = Pair::of(|side| self.access_of_run(side, first));
            let itself = Pair::of(|side| identity(accesses.at(side)));
            let starter = Pair::of(|side| self.acts_as_starter(side, first));
            let by_hand =
                Pair::of(
                    |side| {
                        if *starter.at(side) { Some(STARTER.to_owned()) } else { itself.at(side).clone() }
                    },
                );
            let mut other = |started, acts_as: &ActsAs, runs| {
                if !acts_as.is_same() {
                    others.push(OtherIdentity { started, acts_as: acts_as.clone(), runs });
                }
            };
            let unchanged = |stack: &u32| Run { stack: *stack, delta: NOTHING, own: None };
            let runs = stacks.iter().map(unchanged).collect();
            if starter == Pair::default() {
                other(Started::Any, &itself, runs);
            } else {
                other(Started::ByItself, &itself, runs);
            }
            if !starter.is_same() {
                // What the starter may do is told of the starter. Here it counts for nothing.
                let accesses = Pair::of(|side| match starter.at(side) {
                    true => Access::default(),
                    false => accesses.at(side).clone(),
                });
                let runs = self.runs_of(&stacks, &accesses);
                others.push(OtherIdentity { started: Started::ByHand, acts_as: by_hand, runs });
            }
            all.extend(self.runs_of(&stacks, &accesses));
        }
        (all, others)
    }

    /// The stacks that either document knows, and one that neither does, by their deployment settings: runs of stacks
    /// with the same settings hold the same, but each its own stack.
    fn stacks_by_settings(&self) -> Vec<Vec<u32>> {
        let universe = self.universe;
        let mut stacks: Vec<(Pair<Deployment>, u32)> = Vec::new();
        let deploys = |item: &Item<'_>| {
            let of_type = universe.entity_type(item.entity_type);
            [Side::Before, Side::After].into_iter().any(|side| {
                let own = universe.organizations.at(side).catalog.own_stack.map(|(it, _)| it);
                own.is_some() && of_type.is_some_and(|it| *it.sides.at(side) == own)
            })
        };
        for (number, item) in (0..).zip(&universe.table.items).filter(|(_, item)| deploys(item)) {
            let settings = Pair::of(|side| {
                let entities = &universe.organizations.at(side).entities;
                item.sides.at(side).and_then(|it| entities.deployment_of(it)).cloned().unwrap_or_default()
            });
            stacks.push((settings, number));
        }
        let stacks = sorted(stacks);
        let alike = stacks.chunk_by(|(a, _), (b, _)| a == b);
        alike.map(|stacks| stacks.iter().map(|(_, stack)| *stack).collect()).collect()
    }

    /// What a run holds that starts by itself.
    fn access_of_run(&self, side: Side, stack: u32) -> Access {
        let push = Trigger { kind: TriggerKind::GitPush, by: None };
        self.universe.organizations.at(side).access_of_deployment(self.stack_name(side, stack), &push)
    }

    fn acts_as_starter(&self, side: Side, stack: u32) -> bool {
        self.universe.organizations.at(side).acts_as_starter(self.stack_name(side, stack))
    }

    /// `PROJECT/STACK`; nothing for a stack that neither document knows.
    fn stack_name(&self, side: Side, stack: u32) -> &str {
        self.stack_entity(side, stack).split_once('/').map_or("", |(_, name)| name)
    }

    /// A stack as a document calls it, or the other one where it does not.
    fn stack_entity(&self, side: Side, stack: u32) -> &str {
        let Some(item) = self.universe.table.item(stack).filter(|item| !item.is_other) else {
            return "";
        };
        item.name_by(if item.sides.at(side).is_some() { side } else { side.other() })
    }

    fn runs_of(&mut self, stacks: &[u32], accesses: &Pair<Access>) -> Vec<Run> {
        let own = Pair::of(|side| accesses.at(side).beside.as_ref().map(|own| own.scopes));
        let without = Pair::of(|side| Access { beside: None, ..accesses.at(side).clone() });
        let delta = self.delta(without.clone(), false);
        let mut holders = Pair::of(|side| self.holder(side, without.at(side).clone(), false));
        self.memo = Memo::default();
        let universe = self.universe;
        let is_other = |stack: u32| universe.table.item(stack).is_some_and(|item| item.is_other);
        let mut runs = Vec::new();
        for stack in stacks {
            let there = self.shifts_on_own(*stack, own, &mut holders);
            let usual = self.shifts_on(delta, *stack);
            let own = Some(distinct(there.to_vec()))
                .filter(|own| *own != usual || is_other(*stack) && !own.is_empty());
            runs.push(Run { stack: *stack, delta, own });
        }
        runs
    }

    /// The shifts of runs on the stack that they deploy.
    fn shifts_on_own(
        &mut self,
        stack: u32,
        own: Pair<Option<ScopeSet>>,
        holders: &mut Pair<Holder>,
    ) -> Rc<[u32]> {
        let universe = self.universe;
        let Some(item) = universe.table.item(stack) else { return Rc::default() };
        let entities = Pair::of(|side| self.stack_entity(side, stack).to_owned());
        for side in [Side::Before, Side::After] {
            let entity = entities.at(side).as_str();
            let own = own.at(side).map(|scopes| Beside { entity: entity.into(), scopes });
            holders.at_mut(side).access.beside = own;
        }
        let views = Pair::of(|side| {
            let number = *item.sides.at(side);
            let entity_type = (*universe.entity_type(item.entity_type)?.sides.at(side))?;
            let subject = Subject { text: entities.at(side), entity_type, number, here: true };
            let tags = number.and_then(|it| universe.organizations.at(side).entities.tags_of(it));
            Some(View { subject, tags })
        });
        self.shifts_at(holders, &universe.cell(item.entity_type, views, holders))
    }

    /// The shifts of a delta that hold at a place; sorted.
    pub(super) fn shifts_on(&self, delta: u32, place: u32) -> Vec<u32> {
        let shifts = self.deltas.get(delta as usize).map_or(&[][..], |delta| &delta.shifts);
        let table = &self.universe.table;
        let here = |(_, sites): &&(u32, u32)| SiteList::read(self.lists.list(*sites)).contains(table, place);
        shifts.iter().filter(here).map(|(shift, _)| *shift).collect()
    }
}

/// Whom a run acts as. The token that a stack has for its own runs is called alike for all stacks.
fn identity(access: &Access) -> Option<String> {
    let acts_as = access.acts_as.as_deref()?;
    Some(if acts_as.starts_with(STACK_TOKEN) { STACK_TOKEN } else { acts_as }.to_owned())
}
