//! By which records one that is held directly comes to one that it composes.

use crate::organization::Organization;

/// For each record that is held directly, every record that it composes without a condition, each with the
/// position of the one that composes it; the record itself stands first.
#[derive(Default)]
pub(super) struct Chains(Vec<(u32, Vec<(u32, usize)>)>);

impl Chains {
    /// The records from one that is held directly to one that it composes, both included; nothing where it does
    /// not.
    pub(super) fn between(&mut self, organization: &Organization, from: u32, to: u32) -> Option<Vec<u32>> {
        if from == to {
            return Some(vec![from]);
        }
        if organization.uses_of(from).is_empty() {
            return None;
        }
        let known = self.0.iter().position(|(root, _)| *root == from).unwrap_or_else(|| {
            self.0.push((from, composed_by(organization, from)));
            self.0.len() - 1
        });
        let (_, reached) = self.0.get(known)?;
        let mut at = reached.iter().position(|(source, _)| *source == to)?;
        let mut chain = Vec::new();
        while let Some((source, outer)) = reached.get(at) {
            chain.push(*source);
            if at == 0 {
                break;
            }
            at = *outer;
        }
        chain.reverse();
        Some(chain)
    }
}

fn composed_by(organization: &Organization, from: u32) -> Vec<(u32, usize)> {
    let mut met = vec![false; organization.sources.len()];
    let mut reached = vec![(from, 0)];
    let mut next = 0;
    while let Some((source, _)) = reached.get(next).copied() {
        for composed in organization.composed(source) {
            let new = met.get_mut(composed as usize).is_some_and(|met| !std::mem::replace(met, true));
            reached.extend(new.then_some((composed, next)));
        }
        next += 1;
    }
    reached
}
