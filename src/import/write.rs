//! What was gathered, as an organization document.

use super::draft::Draft;
use super::entities::Entity;
use super::records::CustomSet;
use super::roles::MadeRole;
use super::table::in_order;
use super::teams::{Given, Grants};
use crate::catalog::Catalog;
use crate::json::{self, Writer};
use crate::names::{Names, sorted};
use crate::validate::{PERSONAL, TEAM};

impl Draft<'_> {
    /// The document, with a line for each member and item.
    pub(super) fn document(&mut self) -> String {
        let edition = self.fitting_edition();
        let mut roles = self.written_records();
        roles.extend(self.records.made.iter().map(|role| (role.name.clone(), made(self.catalog, role))));
        let mut writer = Writer::compact();
        writer.object(|writer| {
            writer.key("revision").text(self.catalog.name());
            writer.key("organization").text(self.organization);
            if let Some(edition) = edition {
                writer.key("edition").text(edition);
            }
            self.write_settings(writer);
            self.write_sets(writer);
            list(writer, "roles", sorted(roles), |writer, (_, role)| writer.word(&role));
            self.write_people(writer);
            self.write_tokens(writer);
            self.write_entities(writer);
        });
        let compact = writer.finish();
        let mut indented = Writer::indented();
        if let Ok(json) = json::parse(compact.as_bytes()) {
            indented.value(json.root());
        }
        indented.finish()
    }

    fn write_settings(&self, writer: &mut Writer) {
        if self.settings.is_empty() {
            return;
        }
        writer.key("settings").object(|writer| {
            for (field, setting) in self.settings.rows() {
                if let Some(setting) = setting {
                    setting.write(writer.key(field));
                }
            }
        });
    }

    fn write_sets(&self, writer: &mut Writer) {
        let sets = self.records.sets.iter().enumerate();
        let sets = sorted(sets.map(|(position, set)| (&*set.name, position)).collect());
        let sets = sets.into_iter().filter_map(|(_, position)| self.records.sets.get(position));
        list(writer, "permissionSets", sets, |writer, set| self.write_set(writer, set));
    }

    fn write_set(&self, writer: &mut Writer, set: &CustomSet<'_>) {
        writer.object(|writer| {
            writer.key("id").text(&set.id);
            writer.key("name").text(&set.name);
            if let Some(description) = set.value.text("description") {
                writer.key("description").text(description);
            }
            writer.key("entityType").text(self.catalog.type_name(set.entity_type));
            texts(writer, "scopes", set.scopes.iter().copied());
        });
    }

    fn write_people(&self, writer: &mut Writer) {
        list(writer, "teams", self.teams.rows(), |writer, (name, team)| {
            writer.object(|writer| {
                writer.key("name").text(name);
                names(writer, "roles", &team.roles);
                list(writer, "members", team.members.rows(), |writer, (user, role)| {
                    writer.object(|writer| {
                        writer.key("user").text(user);
                        writer.key("role").text(role.unwrap_or("member"));
                    });
                });
                grants(writer, &team.grants);
            });
        });
        list(writer, "members", self.members.rows(), |writer, (user, member)| {
            writer.object(|writer| {
                writer.key("user").text(user);
                if let Some(role) = &member.role {
                    writer.key("role").text(role);
                }
                grants(writer, &member.grants);
            });
        });
        list(writer, "collaborators", self.collaborators.rows(), |writer, (user, held)| {
            writer.object(|writer| {
                writer.key("user").text(user);
                grants(writer, held);
            });
        });
    }

    fn write_tokens(&self, writer: &mut Writer) {
        list(writer, "tokens", self.tokens.rows(), |writer, (name, token)| {
            writer.object(|writer| {
                writer.key("name").text(name);
                writer.key("kind").text(token.kind);
                if let Some(holder) = &token.holder {
                    writer.key(field_of_holder(token.kind)).text(holder);
                }
                if let Some(expires) = &token.expires {
                    writer.key("expiresAt").text(expires);
                }
            });
        });
    }

    fn write_entities(&self, writer: &mut Writer) {
        let listed = self.entities.rows().filter(|(_, entity)| entity.listed);
        list(writer, "entities", listed, |writer, (name, entity)| {
            writer.object(|writer| {
                writer.key("entity").text(name);
                if let Some(id) = &entity.id {
                    writer.key("id").text(id);
                }
                write_entity(writer, entity);
            });
        });
    }
}

fn write_entity(writer: &mut Writer, entity: &Entity<'_>) {
    if !entity.tags.is_empty() {
        writer.key("tags").object(|writer| {
            for (key, value) in entity.tags.rows() {
                writer.key(key).text(value.as_deref().unwrap_or_default());
            }
        });
    }
    if let Some(creator) = entity.creator.as_deref().filter(|creator| !creator.is_empty()) {
        writer.key("creator").text(&format!("user:{creator}"));
    }
    names(writer, "stackReferences", &entity.stack_references);
    names(writer, "environments", &entity.environments);
    names(writer, "imports", &entity.imports);
    if entity.role.is_none() && entity.access_token.is_none() {
        return;
    }
    writer.key("deployment").object(|writer| {
        if let Some(role) = &entity.role {
            writer.key("role").text(role);
        }
        if let Some(token) = &entity.access_token {
            writer.key("accessToken").text(&format!("token:{token}"));
        }
    });
}

fn field_of_holder(kind: &str) -> &'static str {
    match kind {
        PERSONAL => "user",
        TEAM => "team",
        _ => "role",
    }
}

/// A role that no answer has: a default set everywhere, or nothing.
fn made(catalog: &Catalog, role: &MadeRole) -> String {
    let mut writer = Writer::compact();
    let set = role.set.and_then(|set| catalog.sets.get(set));
    writer.object(|writer| {
        writer.key("id").text(&role.id);
        writer.key("name").text(&role.name);
        match set {
            None => writer.key("rules").list(|_| ()),
            Some(set) if Some(set.entity_type) == catalog.organization_type() => {
                texts(writer, "organizationAccess", [&*set.id]);
            }
            Some(set) => writer.key("rules").list(|writer| {
                writer.object(|writer| {
                    writer.key("permissionSet").text(&set.id);
                    writer.key("on").text("all");
                });
            }),
        }
    });
    writer.finish()
}

fn grants(writer: &mut Writer, grants: &Grants) {
    let given = grants.rows().filter_map(|(entity, given)| Some((entity, given.as_ref()?)));
    list(writer, "grants", given, |writer, (entity, given)| {
        writer.object(|writer| {
            writer.key("entity").text(entity);
            match given {
                Given::Level(level) => writer.key("level").text(level),
                Given::Set(set) => writer.key("permissionSet").text(set),
            }
        });
    });
}

/// Names in order.
fn names(writer: &mut Writer, key: &str, names: &Names) {
    texts(writer, key, in_order(names).into_iter().map(|(name, _)| name));
}

fn texts<'t>(writer: &mut Writer, key: &str, all: impl IntoIterator<Item = &'t str>) {
    list(writer, key, all, Writer::text);
}

/// A member that is a list, unless it is empty.
fn list<T>(
    writer: &mut Writer,
    key: &str,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Writer, T),
) {
    let mut items = items.into_iter().peekable();
    if items.peek().is_some() {
        writer.key(key).list(|writer| items.for_each(|item| write(writer, item)));
    }
}
