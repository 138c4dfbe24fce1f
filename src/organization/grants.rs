//! All grants of an organization, by their numbers.

use std::ops::Range;

use super::{Grant, Place};
use crate::catalog::Because;
use crate::column::Column;
use crate::names::as_u32;

/// Grants by their numbers: of a document in a table, of a bundle where they lie.
#[derive(Debug, Clone)]
pub(crate) enum Grants {
    Table(Vec<Grant>),
    Lying(Columns),
}

/// Grants that lie in bytes, each of which is put together when somebody asks for it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Columns {
    pub(crate) sets: Column,
    /// As numbers.
    pub(crate) places: Column,
    pub(crate) reasons: Column,
}

impl Columns {
    /// Not a part of the loops that ask for it, which are short where grants are in a table.
    #[inline(never)]
    fn get(&self, number: u32) -> Option<Grant> {
        let because = Because::at(self.reasons.get(number)?)?;
        Some(Grant {
            set: self.sets.get(number)?,
            place: Place::of_number(self.places.get(number)?),
            because,
        })
    }

    /// Whether all columns have as many rows.
    pub(crate) fn are_whole(&self) -> bool {
        [&self.sets, &self.reasons].iter().all(|it| it.len() == self.places.len())
    }
}

impl Default for Grants {
    fn default() -> Self {
        Self::Table(Vec::new())
    }
}

impl Grants {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Table(grants) => grants.len(),
            Self::Lying(columns) => columns.places.len(),
        }
    }

    #[inline]
    pub(crate) fn get(&self, number: u32) -> Option<Grant> {
        match self {
            Self::Table(grants) => grants.get(number as usize).copied(),
            Self::Lying(columns) => columns.get(number),
        }
    }

    /// The grants of a range, with their numbers.
    pub(crate) fn within(&self, range: Range<u32>) -> impl Iterator<Item = (u32, Grant)> + use<'_> {
        range.map_while(|number| Some((number, self.get(number)?)))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Grant> + use<'_> {
        self.within(0..as_u32(self.len())).map(|(_, grant)| grant)
    }

    /// Those of a range that are on one entity, where they lie sorted by entities.
    pub(crate) fn on_entity(&self, range: Range<u32>, entity: u32) -> impl Iterator<Item = u32> + use<'_> {
        let places = if let Self::Lying(columns) = self { Some(&columns.places) } else { None };
        let place = Place::Entity(entity).number();
        let first = places.map_or(range.end, |places| places.first(range.clone(), place));
        (first..range.end).take_while(move |number| places.and_then(|it| it.get(*number)) == Some(place))
    }
}

impl From<&[Grant]> for Columns {
    fn from(grants: &[Grant]) -> Self {
        let (mut sets, mut places, mut reasons) = (Vec::new(), Vec::new(), Vec::new());
        for grant in grants {
            sets.push(grant.set);
            places.push(grant.place.number());
            reasons.push(grant.because.number());
        }
        Self { sets: (&*sets).into(), places: (&*places).into(), reasons: (&*reasons).into() }
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
        let grants = Grants::Lying(Columns::from(&*list));
        let parts = |grant: &Grant| (grant.set, grant.place, grant.because);
        assert_eq!(grants.len(), 300);
        assert!(grants.iter().map(|it| parts(&it)).eq(list.iter().map(parts)));
        assert!(grants.get(300).is_none());
        assert!(grants.within(298..u32::MAX).map(|(number, _)| number).eq([298, 299]));
    }

    #[test]
    fn grants_on_an_entity_are_found_among_sorted_ones() {
        let on = |entity| Grant { set: 0, place: Place::Entity(entity), because: Because::RuleNamed };
        let grants = Grants::Lying(Columns::from(&[9, 2, 4, 4, 8].map(on)[..]));
        let found = |entity| grants.on_entity(1..5, entity).collect::<Vec<_>>();
        assert_eq!([found(2), found(4), found(9), found(3)], [vec![1], vec![2, 3], vec![], vec![]]);
    }
}
