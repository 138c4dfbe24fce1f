//! All members and collaborators of an organization, by their numbers.

use super::Person;
use crate::column::Column;
use crate::names::as_u32;

/// A table of persons, who are put together when somebody asks for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Persons {
    /// Of role, direct grants and what was created, each one more than its number, 0 for none.
    pub(crate) roles: Column,
    pub(crate) direct: Column,
    pub(crate) created: Column,
    /// For each person, where its teams end.
    pub(crate) team_ends: Column,
    pub(crate) teams: Column,
}

impl Persons {
    pub(crate) fn len(&self) -> usize {
        self.roles.len()
    }

    pub(crate) fn get(&self, number: u32) -> Option<Person> {
        let start = number.checked_sub(1).map_or(Some(0), |before| self.team_ends.get(before))?;
        let mut teams = Vec::new();
        for at in start..self.team_ends.get(number)?.min(as_u32(self.teams.len())) {
            teams.push(self.teams.get(at)?);
        }
        Some(Person {
            role: self.roles.get(number)?.checked_sub(1),
            teams,
            direct: self.direct.get(number)?.checked_sub(1),
            created: self.created.get(number)?.checked_sub(1),
        })
    }

    /// Everybody, by their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Person> + use<'_> {
        (0..as_u32(self.len())).filter_map(|number| self.get(number))
    }

    /// Whether all columns are as long as there are people, and no team of one is that of another.
    pub(crate) fn are(&self, people: usize) -> bool {
        [&self.roles, &self.direct, &self.created, &self.team_ends].iter().all(|it| it.len() == people)
            && self.team_ends.is_sorted()
    }
}

impl From<&[Person]> for Persons {
    fn from(persons: &[Person]) -> Self {
        let one_more = |number: Option<u32>| number.map_or(0, |number| number.saturating_add(1));
        let (mut roles, mut direct, mut created) = (Vec::new(), Vec::new(), Vec::new());
        let (mut team_ends, mut teams) = (Vec::new(), Vec::new());
        for person in persons {
            roles.push(one_more(person.role));
            direct.push(one_more(person.direct));
            created.push(one_more(person.created));
            teams.extend_from_slice(&person.teams);
            team_ends.push(as_u32(teams.len()));
        }
        let [roles, direct, created, team_ends, teams] =
            [roles, direct, created, team_ends, teams].map(|numbers| Column::from(&*numbers));
        Self { roles, direct, created, team_ends, teams }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_come_back_by_their_numbers() {
        let list = [
            Person::default(),
            Person { role: Some(0), teams: vec![300, 2], direct: Some(70_000), created: None },
            Person { role: None, teams: vec![], direct: None, created: Some(255) },
            Person { role: Some(254), teams: vec![1], direct: Some(0), created: Some(0) },
        ];
        let persons = Persons::from(&list[..]);
        let parts = |it: Person| (it.role, it.teams, it.direct, it.created);
        assert!(persons.are(4) && !persons.are(5));
        assert!(persons.iter().map(parts).eq(list.iter().cloned().map(parts)));
        assert!(persons.get(4).is_none());
        let overlapping = Persons { team_ends: Column::from(&[3, 0, 3, 3][..]), ..persons };
        assert!(!overlapping.are(4));
    }
}
