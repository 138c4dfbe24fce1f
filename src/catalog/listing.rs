//! An embedded revision as people read it: scopes by entity type and group, with descriptions, roles and sets.

use serde::Serialize;

use super::descriptions::DESCRIPTIONS;
use super::revisions::with_rows;
use super::scopes::GROUPS;
use super::{Catalog, Rows, ToggleAct};
use crate::scope::Scope;

/// Everything that a revision consists of, for printing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Listing {
    /// The name of the revision.
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
            Some(Self {
                revision: name.to_owned(),
                entity_types: rows.entity_types.iter().map(|row| entity_type(&catalog, row.name)).collect(),
                permission_sets: permission_sets(&catalog, rows),
                settings: settings(rows),
            })
        })?
    }
}

fn entity_type(catalog: &Catalog, name: &str) -> TypeListing {
    let groups = GROUPS.iter().filter(|group| group.entity_type == name).map(|group| GroupListing {
        name: group.name.to_owned(),
        scopes: group.scopes.iter().filter_map(|(scope, _)| scope_listing(catalog, name, scope)).collect(),
    });
    TypeListing { name: name.to_owned(), groups: groups.filter(|group| !group.scopes.is_empty()).collect() }
}

/// The scope, if the revision has it.
fn scope_listing(catalog: &Catalog, type_name: &str, name: &str) -> Option<ScopeListing> {
    let entity_type = catalog.entity_type(type_name)?;
    let scope = catalog.scope(entity_type, name)?;
    let row =
        DESCRIPTIONS.binary_search_by_key(&(type_name, name), |(entity_type, name, _)| (entity_type, name));
    let description = row.ok().and_then(|row| DESCRIPTIONS.get(row)).map(|(_, _, text)| (*text).to_owned());
    let has = |set: &usize| {
        catalog.sets.get(*set).is_some_and(|set| set.entity_type == entity_type && set.scopes.contains(scope))
    };
    let in_role = |role: &&super::BuiltInRole| {
        let fixed = catalog.organization_type() == Some(entity_type) && role.scopes.contains(scope);
        role.everything || fixed || role.sets.iter().any(|(set, _)| has(set))
    };
    Some(ScopeListing {
        name: name.to_owned(),
        description: description.unwrap_or_default(),
        roles: catalog.roles.iter().filter(in_role).map(|role| role.id.to_string()).collect(),
        sets: (0..catalog.sets.len())
            .filter(has)
            .filter_map(|set| Some(catalog.sets.get(set)?.id.to_string()))
            .collect(),
    })
}

fn permission_sets(catalog: &Catalog, rows: &Rows<'_>) -> Vec<SetListing> {
    let listing = |(row, set): (&super::SetRow<'_>, &super::PermissionSet)| SetListing {
        id: row.id.to_owned(),
        name: row.name.to_owned(),
        entity_type: row.entity_type.to_owned(),
        includes: row.includes.iter().map(|id| (*id).to_owned()).collect(),
        scopes: set
            .scopes
            .iter()
            .map(|scope: Scope| catalog.scope_name(set.entity_type, scope).to_owned())
            .collect(),
    };
    rows.permission_sets.iter().zip(&catalog.sets).map(listing).collect()
}

fn settings(rows: &Rows<'_>) -> Vec<SettingListing> {
    let listing = |row: &super::ToggleRow<'_>| SettingListing {
        field: row.field.to_owned(),
        scope: row.scope.to_owned(),
        entity_type: row.entity_type.to_owned(),
        kind: if row.act == ToggleAct::Conditions { "condition" } else { "grant" },
    };
    rows.toggles.iter().map(listing).collect()
}
