//! A suggestion in a document of its own: what it gives is found out by asking.
//!
//! The document has the catalog, the edition, the settings and the sets of the organization. The suggested role is
//! there and an organization token that has it; or a team that has the suggested grants. Where a run is to succeed,
//! its stack is there, whose deployments act as that token, and what the run touches.

use super::answer::{AddedRole, AddedSet, Addition, RuleOn};
use crate::catalog::Level;
use crate::json::Writer;
use crate::names::{Names, as_u32};
use crate::organization::{Listing, Organization};
use crate::preflight::PreflightReport;
use crate::problem::Invalid;
use crate::validate::ORGANIZATION;

/// The name of the token, and of the team.
pub(super) const NAME: &str = "trial";

/// Compiles a suggestion; `run` is a report on the run that shall succeed, whatever came of it.
pub(super) fn compile(
    organization: &Organization,
    addition: &Addition,
    run: Option<&PreflightReport>,
) -> Result<Organization, Invalid> {
    let mut writer = Writer::compact();
    writer.object(|writer| Text { organization, addition }.write(writer, run));
    Organization::parse_with(&organization.catalog, writer.finish())
}

struct Text<'t> {
    organization: &'t Organization,
    addition: &'t Addition,
}

impl Text<'_> {
    fn write(&self, writer: &mut Writer, run: Option<&PreflightReport>) {
        writer.key("catalog").text(self.organization.catalog.name());
        writer.key("organization").text(self.organization.name());
        if let Some(edition) = &self.organization.customs.edition {
            writer.key("edition").text(&edition.name);
        }
        writer.key("settings").object(|writer| self.settings(writer));
        writer.key("permissionSets").list(|writer| {
            self.sets_that_are_there(writer);
            self.addition.permission_sets.iter().for_each(|it| set(writer, it));
        });
        writer.key("roles").list(|writer| self.addition.roles.iter().for_each(|it| role_of(writer, it)));
        writer.key("tokens").list(|writer| self.tokens(writer));
        writer.key("teams").list(|writer| self.team(writer));
        if let Some(run) = run {
            writer.key("entities").list(|writer| self.entities(writer, run));
        }
    }

    /// The settings that give something, or refuse it.
    fn settings(&self, writer: &mut Writer) {
        let (catalog, rules) = (&self.organization.catalog, &self.organization.rules);
        for (toggle, (on, _)) in catalog.toggles.iter().zip(&rules.toggles) {
            writer.key(&toggle.field).word(if *on { "true" } else { "false" });
        }
        for (level, source) in catalog.levels.iter().zip(&rules.levels) {
            if let Some(name) = source.and_then(|source| self.level(level, source)) {
                writer.key(&level.field).text(name);
            }
        }
    }

    fn level<'l>(&self, level: &'l Level, source: u32) -> Option<&'l str> {
        let (_, grant) =
            self.organization.grants_of(self.organization.source(source).everywhere.clone()).next()?;
        let set = |position: &usize| as_u32(*position) == grant.set;
        level.levels.iter().find(|(_, it)| it.as_ref().is_some_and(set)).map(|(name, _)| &**name)
    }

    /// The organization's own sets, which the role may name. Their ids serve as their names.
    fn sets_that_are_there(&self, writer: &mut Writer) {
        let catalog = &self.organization.catalog;
        for it in self.organization.sets.iter().skip(catalog.sets.len()) {
            let Some(id) = it.id.as_deref().map(str::to_owned) else { continue };
            let scope = |scope| catalog.scope_name(it.entity_type, scope).to_owned();
            let scopes = it.scopes.iter().map(scope).collect();
            let entity_type = catalog.type_name(it.entity_type).to_owned();
            set(writer, &AddedSet { name: id.clone(), id, entity_type, scopes });
        }
    }

    fn tokens(&self, writer: &mut Writer) {
        for role in &self.addition.roles {
            writer.object(|writer| {
                writer.key("name").text(NAME);
                writer.key("kind").text(ORGANIZATION);
                writer.key("role").text(&role.id);
            });
        }
    }

    fn team(&self, writer: &mut Writer) {
        writer.object(|writer| {
            writer.key("name").text(NAME);
            writer.key("grants").list(|writer| {
                for grant in &self.addition.grants {
                    writer.object(|writer| {
                        writer.key("entity").text(&grant.entity);
                        writer.key("permissionSet").text(&grant.permission_set);
                    });
                }
            });
        });
    }

    /// What a run touches, with what each lists of others.
    fn entities(&self, writer: &mut Writer, run: &PreflightReport) {
        let mut met = Names::default();
        for (position, row) in run.rows.iter().enumerate() {
            if !met.insert(&row.entity).1 {
                continue;
            }
            writer.object(|writer| {
                writer.key("entity").text(&row.entity);
                if position == 0 {
                    let token = format!("token:{NAME}");
                    writer.key("deployment").object(|writer| writer.key("accessToken").text(&token));
                }
                self.links(writer, &row.entity);
            });
        }
    }

    fn links(&self, writer: &mut Writer, entity: &str) {
        let entities = &self.organization.entities;
        let Some(number) = entities.names.get(entity) else { return };
        for (field, name) in Listing::ALL {
            let links = entities.links_of(number, field);
            if !links.is_empty() {
                let each = |writer: &mut Writer| {
                    for link in links {
                        writer.text(&entities.names.name(link.to));
                    }
                };
                writer.key(name).list(each);
            }
        }
    }
}

fn set(writer: &mut Writer, set: &AddedSet) {
    writer.object(|writer| {
        writer.key("id").text(&set.id);
        writer.key("name").text(&set.name);
        writer.key("entityType").text(&set.entity_type);
        writer.key("scopes").list(|writer| texts(writer, &set.scopes));
    });
}

fn role_of(writer: &mut Writer, role: &AddedRole) {
    writer.object(|writer| {
        writer.key("id").text(&role.id);
        writer.key("name").text(&role.name);
        writer.key("rules").list(|writer| {
            for rule in &role.rules {
                writer.object(|writer| {
                    writer.key("permissionSet").text(&rule.permission_set);
                    match &rule.on {
                        RuleOn::All => writer.key("on").text("all"),
                        RuleOn::Entities(entities) => writer.key("on").list(|writer| texts(writer, entities)),
                    }
                });
            }
        });
        writer.key("organizationAccess").list(|writer| texts(writer, &role.organization_access));
    });
}

fn texts(writer: &mut Writer, texts: &[String]) {
    for text in texts {
        writer.text(text);
    }
}
