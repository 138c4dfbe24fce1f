//! The names of a test in an organization: patterns become what they match, and what is not there is a fault.
//!
//! A name that nobody has is denied everything, and so is one that is misspelt: a test that expects a refusal would
//! pass for the wrong reason. So it is a fault, unless that very reason is expected.

use super::{Clause, Expectations, Test, Texts};
use crate::access::Refusal;
use crate::decide::{Effect, Reason};
use crate::entity::{EntityName, EntityType};
use crate::json::excerpt;
use crate::names::{Names, as_u32};
use crate::organization::Organization;
use crate::principal::Resolved;
use crate::problem::{Code, Invalid, Path, Problems};
use crate::request::{PrincipalName, Trigger};
use crate::validate;

/// Stands for any part of a name, within one part of a path.
const ANY: char = '*';

/// How many expectations of one file are asked: a product of patterns must not fill the memory.
const LIMIT: usize = 250_000;

/// Whom a test asks about, and on what.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) who: Vec<String>,
    pub(super) on: Vec<(String, EntityType)>,
}

impl Expectations {
    /// The names of every test, and the entities among them of which the document does not speak.
    pub(super) fn find(&self, organization: &Organization) -> Result<(Vec<Found>, Vec<String>), Invalid> {
        let mut finder = Finder::new(organization);
        let at = Path::Root.key("tests");
        let (mut tests, mut total) = (Vec::new(), 0_usize);
        for (index, test) in self.tests.iter().enumerate() {
            let found = finder.test(&at.index(index), test);
            total = total.saturating_add(found.count(organization, test));
            if total > LIMIT {
                let message =
                    format!("the tests up to this one expect {total} answers: at most {LIMIT} are asked for");
                finder.add(Code::TooMany, &at.index(index), message);
                break;
            }
            tests.push(found);
        }
        let unlisted = all(&finder.unlisted);
        if finder.problems.is_empty() { Ok((tests, unlisted)) } else { Err(finder.problems.into_invalid()) }
    }
}

impl Found {
    fn count(&self, organization: &Organization, test: &Test) -> usize {
        let on_each =
            self.on.iter().map(|(_, entity_type)| test.asked_on(organization, *entity_type).count());
        self.who.len().saturating_mul(on_each.sum())
    }
}

impl Test {
    /// The scopes that are asked on entities of a type, with what is expected: those that the type has.
    pub(super) fn asked_on(
        &self,
        organization: &Organization,
        entity_type: EntityType,
    ) -> impl Iterator<Item = (Effect, &str)> {
        let anyway = matches!(self.reason, Some(Reason::UnknownScope | Reason::WrongEntityType));
        let clauses = self
            .clauses
            .iter()
            .flat_map(|it| it.scopes.each(&Path::Root).map(|(_, scope)| (it.effect, scope)));
        clauses.filter(move |(_, scope)| anyway || organization.catalog.scope(entity_type, scope).is_some())
    }
}

/// Looks names up and notes what is wrong with them.
#[derive(Debug)]
struct Finder<'o> {
    organization: &'o Organization,
    problems: Problems,
    /// Entities that are neither listed nor named in the document.
    unlisted: Names,
    /// Everyone by name, and the deployments of the listed stacks: what patterns are held against.
    everyone: Vec<String>,
}

/// An item of `on`: a name or a pattern, and of which type.
type Item<'t> = (Path<'t>, &'t str, EntityType);

impl<'o> Finder<'o> {
    fn new(organization: &'o Organization) -> Self {
        let everyone = organization.everyone().map(|who| organization.name_of(who));
        let everyone = everyone.chain(deployments(organization)).collect();
        Self { organization, problems: Problems::default(), unlisted: Names::default(), everyone }
    }

    fn test(&mut self, at: &Path<'_>, test: &Test) -> Found {
        let field = at.key("on");
        let items = self.items(&field, &test.on);
        self.scopes(at, test, &items);
        if let Some(Ok(Trigger { by: Some(by), .. })) = &test.context.trigger {
            self.somebody(&at.key("trigger"), by, test);
        }
        let mut found = Found { who: self.who(&at.key("who"), test), on: self.on(test, &items) };
        self.leave_out(&at.key("except"), &test.except, &mut found);
        found
    }

    fn who(&mut self, at: &Path<'_>, test: &Test) -> Vec<String> {
        let mut who = Names::default();
        for (at, text) in test.who.each(at) {
            if text.contains(ANY) {
                let mut matching = self.everyone.iter().filter(|name| matches(text, name)).peekable();
                let nobody = matching.peek().is_none();
                matching.for_each(|name| drop(who.intern(name)));
                if nobody {
                    let message = format!("`{}` matches nobody of the document: mend it", excerpt(text));
                    self.add(Code::Empty, &at, message);
                }
            } else {
                self.somebody(&at, text, test);
                who.intern(text);
            }
        }
        all(&who)
    }

    /// Notes a principal that is not there.
    fn somebody(&mut self, at: &Path<'_>, name: &str, test: &Test) {
        let unknown = match self.organization.resolve(name) {
            Resolved::Access(access) => access.refusal == Some(Refusal::UnknownPrincipal),
            _ => false,
        };
        if unknown && test.reason != Some(Reason::UnknownPrincipal) {
            let code = match PrincipalName::parse(name) {
                Ok(PrincipalName::Team(_)) => Code::UnknownTeam,
                Ok(PrincipalName::Token(_)) => Code::UnknownToken,
                Ok(PrincipalName::ServicePrincipal(_)) => Code::UnknownServicePrincipal,
                _ => Code::UnknownMember,
            };
            let (name, organization) = (excerpt(name), &self.organization.name);
            let message = format!("`{name}` is nobody in the organization `{organization}`");
            self.unless(code, at, &message, Reason::UnknownPrincipal);
        }
    }

    /// What `on` holds, each of a type that the catalog has.
    fn items<'t>(&mut self, field: &'t Path<'t>, on: &'t Texts) -> Vec<Item<'t>> {
        let mut items = Vec::new();
        for (at, text) in on.each(field) {
            match EntityName::parse(&self.organization.catalog, text) {
                Ok(name) => items.push((at, text, name.entity_type)),
                Err(malformed) => {
                    let message = validate::malformed_entity(&self.organization.catalog, text, malformed);
                    self.add(Code::MalformedEntity, &at, message);
                }
            }
        }
        items
    }

    fn on(&mut self, test: &Test, items: &[Item<'_>]) -> Vec<(String, EntityType)> {
        let mut met = Names::default();
        let mut on = Vec::new();
        for (at, text, entity_type) in items {
            let names = if text.contains(ANY) {
                self.listed(at, text, *entity_type)
            } else {
                self.here(at, text, test);
                vec![*text]
            };
            let new = names.into_iter().filter(|name| met.insert(name).1);
            on.extend(new.map(|name| (name.to_owned(), *entity_type)));
        }
        on
    }

    /// The listed entities that a pattern matches; none is a fault.
    fn listed<'n>(&mut self, at: &Path<'_>, pattern: &'n str, entity_type: EntityType) -> Vec<&'n str>
    where
        'o: 'n,
    {
        let entities = &self.organization.entities;
        let listed = (0..as_u32(entities.tag_ends.len())).zip(&entities.types);
        let of_type =
            listed.filter(|(_, it)| **it == entity_type).map(|(number, _)| entities.names.name(number));
        let names: Vec<&str> = of_type.filter(|name| matches(pattern, name)).collect();
        if names.is_empty() {
            let message = format!(
                "`{}` matches no entity that the document lists: mend it, or list one",
                excerpt(pattern)
            );
            self.add(Code::Empty, at, message);
        }
        names
    }

    /// Notes an entity of another organization, and one that nothing in the document speaks of.
    fn here(&mut self, at: &Path<'_>, name: &str, test: &Test) {
        let Ok(subject) = self.organization.subject(name) else { return };
        if !subject.here && test.reason != Some(Reason::OtherOrganization) {
            let (name, organization) = (excerpt(name), &self.organization.name);
            let message = format!("`{name}` is not an entity of the organization `{organization}`");
            self.unless(Code::OtherOrganization, at, &message, Reason::OtherOrganization);
        }
        let itself = Some(subject.entity_type) == self.organization.catalog.organization_type();
        if subject.number.is_none() && subject.here && !itself {
            self.unlisted.intern(name);
        }
    }

    /// Every scope must be asked somewhere, and something must be asked on every entity.
    fn scopes(&mut self, at: &Path<'_>, test: &Test, items: &[Item<'_>]) {
        let asked_on = |entity_type| test.asked_on(self.organization, entity_type).map(|(_, scope)| scope);
        let asked: Vec<&str> = items.iter().flat_map(|(_, _, entity_type)| asked_on(*entity_type)).collect();
        let idle = items.iter().filter(|(_, _, entity_type)| asked_on(*entity_type).next().is_none());
        let idle: Vec<_> = idle.filter(|_| !asked.is_empty()).collect();
        for Clause { field, scopes, .. } in &test.clauses {
            for (at, scope) in scopes.each(&at.key(field)) {
                if !items.is_empty() && !asked.contains(&scope) {
                    self.asked_nowhere(&at, scope);
                }
            }
        }
        for (at, text, entity_type) in idle {
            let entity_type = self.organization.catalog.type_name(*entity_type);
            let message = format!(
                "no scope of this test is one of the type `{entity_type}`: add one, or remove `{}`",
                excerpt(text)
            );
            self.add(Code::WrongEntityType, at, message);
        }
    }

    fn asked_nowhere(&mut self, at: &Path<'_>, scope: &str) {
        let catalog = &self.organization.catalog;
        let scope_there = catalog.scope_number(scope).is_some();
        let scope = excerpt(scope);
        if scope_there {
            let message = format!(
                "no entity in `on` has the scope `{scope}`: name one of its type, or remove the scope"
            );
            self.add(Code::WrongEntityType, at, message);
        } else {
            let message = format!("no scope `{scope}` is in the revision `{}`", catalog.name());
            self.unless(Code::UnknownScope, at, &message, Reason::UnknownScope);
        }
    }

    /// Takes away what is excepted. An exception that takes nothing away is misspelt, or no longer needed.
    fn leave_out(&mut self, at: &Path<'_>, except: &Texts, found: &mut Found) {
        let (somebody, something) = (!found.who.is_empty(), !found.on.is_empty());
        for (at, text) in except.each(at) {
            let before = found.who.len() + found.on.len();
            found.who.retain(|name| !matches(text, name));
            found.on.retain(|(name, _)| !matches(text, name));
            if found.who.len() + found.on.len() == before {
                let message = format!("`{}` excepts nothing of `who` and `on`: remove it", excerpt(text));
                self.add(Code::Empty, &at, message);
            }
        }
        if somebody && found.who.is_empty() || something && found.on.is_empty() {
            self.add(Code::Empty, at, "nothing is left of `who` or `on`: except less");
        }
    }

    /// A name that is denied everything for what it is: a fault, unless the test expects that.
    fn unless(&mut self, code: Code, at: &Path<'_>, message: &str, reason: Reason) {
        self.add(code, at, format!("{message}: mend the name, or expect the `reason` `{reason}`"));
    }

    fn add(&mut self, code: Code, at: &Path<'_>, message: impl Into<String>) {
        self.problems.add(code, at, message);
    }
}

/// The deployments of the stacks that the document lists, as principals.
fn deployments(organization: &Organization) -> impl Iterator<Item = String> {
    let stacks = organization.catalog.own_stack.map(|(entity_type, _)| entity_type);
    let entities = &organization.entities;
    let listed = (0..as_u32(entities.tag_ends.len())).zip(&entities.types);
    let listed = listed.filter(move |(_, entity_type)| Some(**entity_type) == stacks);
    listed.filter_map(|(number, _)| {
        let (_, stack) = entities.names.name(number).split_once('/')?;
        Some(format!("deployment:{stack}"))
    })
}

fn all(names: &Names) -> Vec<String> {
    (0..as_u32(names.len())).map(|number| names.name(number).to_owned()).collect()
}

/// Whether a name is what a pattern says, part by part of the path.
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = name.split('/');
    let fits = pattern.split('/').all(|pattern| parts.next().is_some_and(|part| part_matches(pattern, part)));
    fits && parts.next().is_none()
}

fn part_matches(pattern: &str, part: &str) -> bool {
    let Some((start, rest)) = pattern.split_once(ANY) else { return pattern == part };
    let (middle, end) = rest.rsplit_once(ANY).unwrap_or(("", rest));
    let Some(inner) = part.strip_prefix(start).and_then(|part| part.strip_suffix(end)) else { return false };
    // What comes first is taken first: no later choice can leave more for what follows.
    let left =
        middle.split(ANY).try_fold(inner, |left, piece| left.split_once(piece).map(|(_, after)| after));
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_a_part_of_a_path_or_less() {
        let all = [
            ("user:*", "user:bob"),
            ("user:bob", "user:bob"),
            ("stack:acme/*/prod", "stack:acme/web/prod"),
            ("stack:acme/web/pr-*", "stack:acme/web/pr-"),
            ("stack:acme/w*b/*", "stack:acme/wb/x"),
            ("stack:acme/*a*a*/p", "stack:acme/banana/p"),
            ("stack:acme/a**b/p", "stack:acme/ab/p"),
        ];
        let none = [
            ("user:*", "team:bob"),
            ("user:b", "user:bob"),
            ("user:bob", "user:bo"),
            ("stack:acme/*", "stack:acme/web/prod"),
            ("stack:acme/*/*", "stack:acme/web"),
            ("stack:acme/ab*ba/p", "stack:acme/aba/p"),
            ("stack:acme/*a*a*/p", "stack:acme/band/p"),
            ("stack:acme/*x/p", "stack:acme/xy/p"),
        ];
        for (pattern, name) in all {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in none {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
