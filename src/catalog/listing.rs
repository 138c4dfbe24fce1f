//! A catalog as people read it: scopes by entity type and group, with descriptions, roles and sets.

use serde::Serialize;

use super::build::Written;
use super::descriptions::DESCRIPTIONS;
use super::read;
use super::revisions::with_rows;
use super::scopes::{GROUPS, Group};
use super::{Catalog, Rows, Toggle, ToggleAct};
use crate::entity::EntityType;
use crate::json::Value;
use crate::problem::{Invalid, Path};
use crate::scope::Scope;

/// Everything that a revision or a catalog of one's own consists of, for printing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Listing {
    /// The name of the revision or the catalog.
    pub revision: String,
    /// The entity types with their scopes.
    pub entity_types: Vec<TypeListing>,
    /// The default permission sets.
    pub permission_sets: Vec<SetListing>,
    /// The organization-wide settings with the scope that each is about.
    pub settings: Vec<SettingListing>,
}

/// The scopes of one entity type, by group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TypeListing {
    /// The name of the type.
    pub name: String,
    /// Its groups, by name.
    pub groups: Vec<GroupListing>,
}

/// The scopes of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct GroupListing {
    /// The heading.
    pub name: String,
    /// The scopes, by name.
    pub scopes: Vec<ScopeListing>,
}

/// One scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ScopeListing {
    /// Its name.
    pub name: String,
    /// What it allows, in a line.
    pub description: String,
    /// The built-in roles that have it.
    pub roles: Vec<String>,
    /// The default permission sets that have it.
    pub sets: Vec<String>,
}

/// One default permission set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SetListing {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The type of its scopes.
    pub entity_type: String,
    /// The sets that it has in it.
    pub includes: Vec<String>,
    /// All its scopes, those of the included set as well.
    pub scopes: Vec<String>,
}

/// One setting that is on or off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SettingListing {
    /// Its name in a document.
    pub field: String,
    /// The scope that it is about.
    pub scope: String,
    /// The type of that scope.
    pub entity_type: String,
    /// `grant`, or `condition` where it refuses while it is off.
    pub kind: &'static str,
}

impl Listing {
    /// The listing of an embedded revision, by name.
    pub fn of(name: &str) -> Option<Self> {
        with_rows(name, |rows| {
            let catalog = Catalog::new(rows).ok()?;
            Some(Self::new(&catalog, rows, &groups(rows)))
        })?
    }

    /// The listing of a catalog of one's own, from its JSON form.
    ///
    /// # Errors
    ///
    /// As [`Catalog::parse`].
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        read::parse(text.as_ref(), &Path::Root, |written, catalog| {
            Self::new(&catalog, &written, &written_groups(written))
        })
    }

    fn new(catalog: &Catalog, rows: &dyn Written, groups: &[Row<'_>]) -> Self {
        let types = catalog.entity_types();
        Self {
            revision: catalog.name().to_owned(),
            entity_types: types.map(|(it, name)| type_listing(catalog, it, name, groups)).collect(),
            permission_sets: permission_sets(catalog, rows),
            settings: catalog.toggles.iter().map(|toggle| setting(catalog, toggle)).collect(),
        }
    }
}

/// A scope with what is for people alone.
struct Row<'r> {
    entity_type: &'r str,
    group: &'r str,
    scope: &'r str,
    description: &'r str,
}

/// The groups of the documentation, for the scopes of a revision.
fn groups<'r>(rows: &Rows<'r>) -> Vec<Row<'r>> {
    let scopes = |group: &'static Group| group.scopes.iter().map(move |(scope, _)| (group, *scope));
    let has = |(group, scope): &(&Group, &str)| {
        rows.entity_types.iter().any(|row| row.name == group.entity_type && row.scopes.contains(scope))
    };
    let row = |(group, scope): (&Group, &'static str)| Row {
        entity_type: group.entity_type,
        group: group.name,
        scope,
        description: description(group.entity_type, scope),
    };
    GROUPS.iter().flat_map(scopes).filter(has).map(row).collect()
}

fn description(entity_type: &str, scope: &str) -> &'static str {
    let row = DESCRIPTIONS.binary_search_by_key(&(entity_type, scope), |(of, name, _)| (of, name));
    row.ok().and_then(|row| DESCRIPTIONS.get(row)).map_or("", |(_, _, text)| text)
}

/// The groups that a catalog of one's own says, by name; without one a scope belongs to that of its object.
fn written_groups(catalog: Value<'_>) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for entity_type in catalog.list("entityTypes") {
        for written in entity_type.list("scopes") {
            let (scope, text) = (written.text("name").unwrap_or_default(), |field| written.text(field));
            let object = scope.split(':').next().unwrap_or_default();
            rows.push(Row {
                entity_type: entity_type.text("name").unwrap_or_default(),
                group: text("group").unwrap_or(object),
                scope,
                description: text("description").unwrap_or_default(),
            });
        }
    }
    rows.sort_by_key(|row| (row.group, row.scope));
    rows
}

fn type_listing(catalog: &Catalog, it: EntityType, name: &str, groups: &[Row<'_>]) -> TypeListing {
    let rows: Vec<&Row<'_>> = groups.iter().filter(|row| row.entity_type == name).collect();
    let groups = rows.chunk_by(|one, other| one.group == other.group).map(|rows| GroupListing {
        name: rows.first().map_or("", |row| row.group).to_owned(),
        scopes: rows.iter().filter_map(|row| scope_listing(catalog, it, row)).collect(),
    });
    TypeListing { name: name.to_owned(), groups: groups.collect() }
}

fn scope_listing(catalog: &Catalog, entity_type: EntityType, row: &Row<'_>) -> Option<ScopeListing> {
    let scope = catalog.scope(entity_type, row.scope)?;
    let has = |set: &usize| {
        catalog.sets.get(*set).is_some_and(|set| set.entity_type == entity_type && set.scopes.contains(scope))
    };
    let in_role = |role: &&super::BuiltInRole| {
        let fixed = catalog.organization_type() == Some(entity_type) && role.scopes.contains(scope);
        role.everything || fixed || role.sets.iter().any(|(set, _)| has(set))
    };
    Some(ScopeListing {
        name: row.scope.to_owned(),
        description: row.description.to_owned(),
        roles: catalog.roles.iter().filter(in_role).map(|role| role.id.to_string()).collect(),
        sets: (0..catalog.sets.len())
            .filter(has)
            .filter_map(|set| Some(catalog.sets.get(set)?.id.to_string()))
            .collect(),
    })
}

fn permission_sets(catalog: &Catalog, rows: &dyn Written) -> Vec<SetListing> {
    let mut sets = Vec::new();
    rows.sets(&mut |row| {
        let names = |set: &super::PermissionSet| {
            let name = |scope: Scope| catalog.scope_name(set.entity_type, scope).to_owned();
            set.scopes.iter().map(name).collect()
        };
        sets.push(SetListing {
            id: row.id.to_owned(),
            name: row.name.to_owned(),
            entity_type: row.entity_type.to_owned(),
            includes: row.includes.iter().map(|id| (*id).to_owned()).collect(),
            scopes: catalog.sets.get(sets.len()).map(names).unwrap_or_default(),
        });
    });
    sets
}

fn setting(catalog: &Catalog, toggle: &Toggle) -> SettingListing {
    SettingListing {
        field: toggle.field.to_string(),
        scope: catalog.scope_name(toggle.entity_type, toggle.scope).to_owned(),
        entity_type: catalog.type_name(toggle.entity_type).to_owned(),
        kind: if toggle.act == ToggleAct::Conditions { "condition" } else { "grant" },
    }
}
