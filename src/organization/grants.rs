//! All grants of an organization, by their numbers.

use std::ops::Range;

use super::{Grant, Place};
use crate::catalog::Because;
use crate::column::Column;
use crate::names::{Ordered, as_u32};

/// A table of grants. Few kinds of them hold at many places, so that each kind stands once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grants {
    /// What is given, and the reason.
    pub(crate) kinds: Vec<(u32, Because)>,
    /// For each grant its kind.
    pub(crate) kind_of: Column,
    /// For each grant its place, as a number.
    pub(crate) places: Column,
}

impl Grants {
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<Grant> {
        let (set, because) = *self.kinds.get(self.kind_of.get(number)? as usize)?;
        Some(Grant { set, place: Place::of_number(self.places.get(number)?), because })
    }

    /// The grants of a range, with their numbers.
    pub(crate) fn within(&self, range: Range<u32>) -> impl Iterator<Item = (u32, Grant)> + use<'_> {
        let end = range.end.min(as_u32(self.len()));
        (range.start..end).filter_map(|number| Some((number, self.get(number)?)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Grant> + use<'_> {
        self.within(0..as_u32(self.len())).map(|(_, grant)| grant)
    }

    /// Those of a range that are on one entity, where the range is sorted by entities.
    pub(crate) fn on_entity(&self, range: Range<u32>, entity: u32) -> impl Iterator<Item = u32> + use<'_> {
        let place = Place::Entity(entity).number();
        let first = self.places.first(range.clone(), place);
        (first..range.end).take_while(move |number| self.places.get(*number) == Some(place))
    }
}

impl FromIterator<Grant> for Grants {
    fn from_iter<I: IntoIterator<Item = Grant>>(grants: I) -> Self {
        let (mut kinds, mut numbers) = (Vec::new(), Ordered::<(u32, u32), u32>::default());
        let mut kind = |grant: &Grant| {
            let key = (grant.set, grant.because as u32);
            numbers.get(&key).copied().unwrap_or_else(|| {
                let number = as_u32(kinds.len());
                kinds.push((grant.set, grant.because));
                numbers.insert(key, number);
                number
            })
        };
        let (kind_of, places): (Vec<u32>, Vec<u32>) =
            grants.into_iter().map(|grant| (kind(&grant), grant.place.number())).unzip();
        Self { kinds, kind_of: kind_of.into_iter().collect(), places: places.into_iter().collect() }
    }
}

impl Place {
    /// As a number: 0 is everywhere, odd ones are entities, the others guards.
    fn number(self) -> u32 {
        match self {
            Self::Everywhere => 0,
            Self::Entity(entity) => entity.saturating_mul(2).saturating_add(1),
            Self::When(guard) => guard.saturating_add(1).saturating_mul(2),
        }
    }

    fn of_number(number: u32) -> Self {
        match number {
            0 => Self::Everywhere,
            _ if number % 2 == 1 => Self::Entity(number / 2),
            _ => Self::When(number / 2 - 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_come_back_by_their_numbers() {
        let places =
            [Place::Everywhere, Place::Entity(0), Place::When(0), Place::Entity(70_000), Place::When(1)];
        let list: Vec<Grant> = (0..300_u32)
            .map(|number| Grant {
                set: number % 7,
                place: places[number as usize % 5],
                because: [Because::RuleNamed, Because::Tree][number as usize % 2],
            })
            .collect();
        let grants: Grants = list.iter().copied().collect();
        let parts = |grant: &Grant| (grant.set, grant.place, grant.because);
        assert_eq!((grants.len(), grants.kinds.len()), (300, 14));
        assert!(grants.iter().map(|it| parts(&it)).eq(list.iter().map(parts)));
        assert!(grants.get(300).is_none());
        assert!(grants.within(298..u32::MAX).map(|(number, _)| number).eq([298, 299]));
    }

    #[test]
    fn grants_on_an_entity_are_found_among_sorted_ones() {
        let on = |entity| Grant { set: 0, place: Place::Entity(entity), because: Because::RuleNamed };
        let grants: Grants = [9, 2, 4, 4, 8].map(on).into_iter().collect();
        let found = |entity| grants.on_entity(1..5, entity).collect::<Vec<_>>();
        assert_eq!([found(2), found(4), found(9), found(3)], [vec![1], vec![2, 3], vec![], vec![]]);
    }
}
