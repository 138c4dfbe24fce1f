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
        let teams = start..self.team_ends.get(number)?.min(as_u32(self.teams.len()));
        Some(Person {
            role: self.roles.get(number)?.checked_sub(1),
            teams: teams.filter_map(|at| self.teams.get(at)).collect(),
            direct: self.direct.get(number)?.checked_sub(1),
            created: self.created.get(number)?.checked_sub(1),
        })
    }

    /// Everybody, by their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Person> + use<'_> {
        (0..as_u32(self.len())).filter_map(|number| self.get(number))
    }

    /// Whether all columns are as long as there are people.
    pub(crate) fn are(&self, people: usize) -> bool {
        [&self.roles, &self.direct, &self.created, &self.team_ends].iter().all(|it| it.len() == people)
    }
}

impl FromIterator<Person> for Persons {
    fn from_iter<I: IntoIterator<Item = Person>>(persons: I) -> Self {
        let persons: Vec<Person> = persons.into_iter().collect();
        let one_more = |of: fn(&Person) -> Option<u32>| {
            persons.iter().map(|person| of(person).map_or(0, |number| number.saturating_add(1))).collect()
        };
        let mut end = 0;
        let mut end_of = |person: &Person| {
            end += as_u32(person.teams.len());
            end
        };
        Self {
            roles: one_more(|person| person.role),
            direct: one_more(|person| person.direct),
            created: one_more(|person| person.created),
            team_ends: persons.iter().map(&mut end_of).collect(),
            teams: persons.iter().flat_map(|person| person.teams.iter().copied()).collect(),
        }
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
        let persons: Persons = list.iter().cloned().collect();
        let parts = |it: Person| (it.role, it.teams, it.direct, it.created);
        assert!(persons.are(4) && !persons.are(5));
        assert!(persons.iter().map(parts).eq(list.iter().cloned().map(parts)));
        assert!(persons.get(4).is_none());
    }
}
