//! The names of a test in an organization: patterns become what they match, and what is not there is a fault.
//!
//! A name that nobody has is denied everything, and so is one that is misspelt: a test that expects a refusal would
//! pass for the wrong reason. So it is a fault, unless that very reason is expected.

use std::borrow::Cow;

use super::{Clause, Expectations, Test, Texts, is_pattern};
use crate::access::Refusal;
use crate::decide::{Effect, Reason};
use crate::entity::{EntityName, EntityType, Malformed};
use crate::filter::fits;
use crate::json::excerpt;
use crate::names::{Names, as_u32};
use crate::organization::Organization;
use crate::problem::{Code, Invalid, Path, Problems};
use crate::request::{PrincipalName, Trigger};
use crate::validate;

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
}

/// An item of `on`: a name or a pattern, and of which type.
type Item<'t> = (Path<'t>, &'t str, EntityType);

impl<'o> Finder<'o> {
    fn new(organization: &'o Organization) -> Self {
        Self { organization, problems: Problems::default(), unlisted: Names::default() }
    }

    fn test(&mut self, at: &Path<'_>, test: &Test) -> Found {
        let on = at.key("on");
        let items = self.items(&on, &test.on);
        let mut found = Found { who: self.who(&at.key("who"), test), on: self.on(test, &items) };
        self.leave_out(&at.key("except"), &test.except, &mut found);
        self.starter(&at.key("trigger"), test, &found);
        self.scopes(at, test, &found);
        self.idle(test, &items);
        found
    }

    fn who(&mut self, at: &Path<'_>, test: &Test) -> Vec<String> {
        let mut who = Names::default();
        for (at, text) in test.who.each(at) {
            if is_pattern(text) {
                let matching = matching(self.organization, text);
                if matching.is_empty() {
                    let message = format!("`{}` matches nobody of the document: mend it", excerpt(text));
                    self.add(Code::Empty, &at, message);
                }
                for name in matching {
                    who.intern(&name);
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
        let Ok(read) = PrincipalName::parse(name) else { return };
        let code = match read {
            PrincipalName::User(_) => Code::UnknownMember,
            PrincipalName::Team(_) => Code::UnknownTeam,
            PrincipalName::Token(_) => Code::UnknownToken,
            PrincipalName::ServicePrincipal(_) => Code::UnknownServicePrincipal,
            PrincipalName::Deployment(_) => return,
        };
        if self.organization.who(&read).is_none() && test.reason != Some(Reason::UnknownPrincipal) {
            let (name, organization) = (excerpt(name), &self.organization.name);
            let message = format!("`{name}` is nobody in the organization `{organization}`");
            self.unless(code, at, &message, Reason::UnknownPrincipal);
        }
    }

    /// Notes a starter that is not there, where a run acts as it.
    fn starter(&mut self, at: &Path<'_>, test: &Test, found: &Found) {
        let Some(Ok(Trigger { by: Some(by), .. })) = &test.context.trigger else { return };
        let as_nobody = |name: &String| {
            let resolved = self.organization.resolve(name);
            let access = resolved.access(self.organization, &test.context);
            access.is_ok_and(|access| access.refusal == Some(Refusal::UnknownPrincipal))
        };
        if found.who.iter().any(as_nobody) {
            self.somebody(at, by, test);
        }
    }

    /// What `on` holds, each of a type that the catalog has.
    fn items<'t>(&mut self, field: &'t Path<'t>, on: &'t Texts) -> Vec<Item<'t>> {
        let catalog = &self.organization.catalog;
        let mut items = Vec::new();
        for (at, text) in on.each(field) {
            let read = if is_pattern(text) {
                let word = text.split_once(':').map_or("", |(word, _)| word);
                catalog.entity_type(word).ok_or(Malformed::EntityType)
            } else {
                EntityName::parse(catalog, text).map(|name| name.entity_type)
            };
            match read {
                Ok(entity_type) => items.push((at, text, entity_type)),
                Err(malformed) => {
                    let message = validate::malformed_entity(catalog, text, malformed);
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
            let names = if is_pattern(text) {
                self.listed(at, text, *entity_type)
            } else {
                self.here(at, text, test);
                vec![Cow::Borrowed(*text)]
            };
            let new = names.into_iter().filter(|name| met.insert(name).1);
            on.extend(new.map(|name| (name.into_owned(), *entity_type)));
        }
        on
    }

    /// The listed entities that a pattern matches; none is a fault.
    fn listed<'n>(&mut self, at: &Path<'_>, pattern: &'n str, entity_type: EntityType) -> Vec<Cow<'n, str>>
    where
        'o: 'n,
    {
        let entities = &self.organization.entities;
        let of_type = entities.listed().filter(|(_, it)| *it == entity_type);
        let names = of_type.map(|(number, _)| entities.names.name(number));
        let names: Vec<Cow<'n, str>> = names.filter(|name| fits(pattern, name)).collect();
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

    /// Takes away what is excepted. An exception that takes nothing away is misspelt, or no longer needed.
    fn leave_out(&mut self, at: &Path<'_>, except: &Texts, found: &mut Found) {
        let (somebody, something) = (!found.who.is_empty(), !found.on.is_empty());
        for (at, text) in except.each(at) {
            let before = found.who.len() + found.on.len();
            found.who.retain(|name| !fits(text, name));
            found.on.retain(|(name, _)| !fits(text, name));
            if found.who.len() + found.on.len() == before {
                let message = format!("`{}` excepts nothing of `who` and `on`: remove it", excerpt(text));
                self.add(Code::Empty, &at, message);
            }
        }
        if somebody && found.who.is_empty() || something && found.on.is_empty() {
            self.add(Code::Empty, at, "nothing is left of `who` or `on`: except less");
        }
    }

    /// Every scope must be asked for somewhere.
    fn scopes(&mut self, at: &Path<'_>, test: &Test, found: &Found) {
        let organization = self.organization;
        let asked = |scope: &str| {
            let on = |entity_type| test.asked_on(organization, entity_type).any(|(_, it)| it == scope);
            found.on.is_empty() || found.on.iter().any(|(_, entity_type)| on(*entity_type))
        };
        for Clause { field, scopes, .. } in &test.clauses {
            for (at, scope) in scopes.each(&at.key(field)) {
                let fault = organization.catalog.scope_fault(scope, None);
                if let Some((code, message)) = fault.filter(|_| test.reason != Some(Reason::UnknownScope)) {
                    self.unless(code, &at, &message, Reason::UnknownScope);
                } else if !asked(scope) {
                    let scope = excerpt(scope);
                    let message = format!("no entity of this test has the scope `{scope}`: name one in `on`");
                    self.add(Code::WrongEntityType, &at, message);
                }
            }
        }
    }

    /// Something must be asked on every entity, unless nothing is asked on any.
    fn idle(&mut self, test: &Test, items: &[Item<'_>]) {
        let idle = |it: &&Item<'_>| test.asked_on(self.organization, it.2).next().is_none();
        let idle: Vec<_> = items.iter().filter(idle).collect();
        for (at, text, entity_type) in idle.iter().filter(|_| idle.len() < items.len()) {
            let entity_type = self.organization.catalog.type_name(*entity_type);
            let text = excerpt(text);
            let message = format!(
                "no scope of this test is one of the type `{entity_type}`: add one, or remove `{text}`"
            );
            self.add(Code::WrongEntityType, at, message);
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

/// Everyone whose name a pattern matches: those whom the document lists, and the deployments of its stacks.
fn matching(organization: &Organization, pattern: &str) -> Vec<String> {
    let listed = organization.everyone().map(|who| organization.name_of(who));
    let runs = pattern.starts_with("deployment:").then(|| deployments(organization));
    listed.chain(runs.into_iter().flatten()).filter(|name| fits(pattern, name)).collect()
}

fn deployments(organization: &Organization) -> impl Iterator<Item = String> {
    let stacks = organization.catalog.own_stack.map(|(entity_type, _)| entity_type);
    let entities = &organization.entities;
    let listed = entities.listed().filter(move |(_, entity_type)| Some(*entity_type) == stacks);
    listed.filter_map(|(number, _)| {
        let name = entities.names.name(number);
        let (_, stack) = name.split_once('/')?;
        Some(format!("deployment:{stack}"))
    })
}

fn all(names: &Names) -> Vec<String> {
    (0..as_u32(names.len())).map(|number| names.name(number).to_owned()).collect()
}
