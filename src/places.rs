//! Where each grant is written: its place in the text of the document, and who or what has it there.
//!
//! An organization does not keep its text. This goes through it a second time, in the order in which `compile.rs`
//! does, so that the grants of every source come by as they were made.

use crate::explain::label;
use crate::json::Value;
use crate::names::as_u32;
use crate::organization::{Label, Organization, Place, Source};
use crate::request::PrincipalName;
use crate::roster::Who;

/// A grant as the document has it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Written {
    /// `roles[0].rules[2].on[1]`, `teams[3].grants[0]`, `settings.defaultStackPermission`; of a role tree the tree.
    pub(crate) path: String,
    /// `role:deployer`, `team:platform`, `setting:defaultStackPermission`, `creator`.
    pub(crate) holder: String,
}

impl Organization {
    /// For each grant where the document, which must be the organization's own, has it. Nothing for those that no
    /// document writes: what the built-in roles hold.
    pub(crate) fn places(&self, document: Value<'_>) -> Vec<Option<Written>> {
        let mut places = Places { organization: self, written: vec![None; self.grants.len()] };
        places.records(document);
        places.direct(document);
        places.rest();
        places.written
    }
}

struct Places<'o> {
    organization: &'o Organization,
    /// By the number of the grant.
    written: Vec<Option<Written>>,
}

impl Places<'_> {
    fn records(&mut self, document: Value<'_>) {
        let organization = self.organization;
        let first = organization.catalog.roles.len();
        for (index, record) in document.list("roles").enumerate() {
            let source = organization.source(as_u32(first + index));
            let path = format!("roles[{index}]");
            if record.get("details").is_some() {
                self.tree(source, &format!("{path}.details"));
            } else {
                self.rules(source, record, &path);
            }
        }
    }

    fn tree(&mut self, source: &Source, path: &str) {
        for range in [&source.everywhere, &source.guarded, &source.named] {
            range.clone().for_each(|grant| self.note(Some(grant), path.to_owned(), of(source)));
        }
    }

    fn rules(&mut self, source: &Source, record: Value<'_>, path: &str) {
        let mut everywhere = source.everywhere.clone();
        let (mut guarded, mut named) = (source.guarded.clone(), source.named.clone());
        for (index, rule) in record.list("rules").enumerate() {
            let path = format!("{path}.rules[{index}]");
            for (position, _) in rule.texts("on") {
                self.note(named.next(), format!("{path}.on[{position}]"), of(source));
            }
            match rule.get("on") {
                Some(on) if on.as_text().is_some() => self.note(everywhere.next(), path, of(source)),
                Some(on) if on.get("tags").is_some() => self.note(guarded.next(), path, of(source)),
                _ => {}
            }
        }
        for (index, _) in record.texts("organizationAccess") {
            self.note(everywhere.next(), format!("{path}.organizationAccess[{index}]"), of(source));
        }
    }

    /// The direct grants of everyone. A person may stand in the document more than once.
    fn direct(&mut self, document: Value<'_>) {
        for list in ["members", "collaborators", "teams", "servicePrincipals"] {
            for (index, written) in document.list(list).enumerate() {
                let Some((who, source)) = self.holder(list, written) else { continue };
                for (position, _) in written.list("grants").enumerate() {
                    let path = format!("{list}[{index}].grants[{position}]");
                    self.note(self.next_named(source), path, self.organization.name_of(who));
                }
            }
        }
    }

    /// Who an item of a list is, and the source of its direct grants.
    fn holder(&self, list: &str, written: Value<'_>) -> Option<(Who, u32)> {
        let principals = &self.organization.principals;
        let named = match list {
            "teams" => PrincipalName::Team(written.text("name")?),
            "servicePrincipals" => PrincipalName::ServicePrincipal(written.text("name")?),
            _ => PrincipalName::User(written.text("user")?),
        };
        let who = self.organization.who(&named)?;
        let source = match who {
            Who::User(number) => principals.persons.get(number)?.direct,
            Who::Team(number) => principals.teams.get(number as usize)?.direct,
            Who::ServicePrincipal(number) => principals.service_principals.get(number as usize)?.direct,
            Who::Token(_) => None,
        };
        Some((who, source?))
    }

    /// The first grant of a source on named entities that was not come to yet.
    fn next_named(&self, source: u32) -> Option<u32> {
        let mut named = self.organization.source(source).named.clone();
        let written = self.written.get(named.start as usize..named.end as usize)?;
        named.nth(written.partition_point(Option::is_some))
    }

    /// What creators hold and settings give: their grants say it themselves.
    fn rest(&mut self) {
        let organization = self.organization;
        for source in &organization.sources {
            match &source.label {
                Label::Creator => {
                    for (grant, it) in organization.grants_of(source.named.clone()) {
                        if let Place::Entity(entity) = it.place {
                            self.note(Some(grant), format!("entities[{entity}].creator"), of(source));
                        }
                    }
                }
                Label::Setting(field) => {
                    let grants = source.everywhere.clone();
                    grants.for_each(|it| self.note(Some(it), format!("settings.{field}"), of(source)));
                }
                _ => {}
            }
        }
    }

    fn note(&mut self, grant: Option<u32>, path: String, holder: String) {
        if let Some(slot) = grant.and_then(|grant| self.written.get_mut(grant as usize)) {
            *slot = Some(Written { path, holder });
        }
    }
}

/// A source by the word that explanations have for it.
fn of(source: &Source) -> String {
    label(&source.label).unwrap_or_default()
}
