//! The JSON form of a catalog → rows. What the form does not have, a catalog of one's own has by a safe default: no
//! editions, no deployments, no statements behind its mechanisms.

use super::build::{Written, build};
use super::{Audience, Catalog, CreatorRow, LevelRow, RoleRow, Rows, SetRow, ToggleAct, ToggleRow, TypeRow};
use crate::document::{self, CATALOG, CONDITION, Shape};
use crate::json::{self, Value};
use crate::problem::{Invalid, Path, Problems};

impl Catalog {
    /// Reads a catalog: UTF-8 JSON in the form of `docs/catalogs.md`.
    ///
    /// ```
    /// # use scopewise::Organization;
    /// # use scopewise::catalog::Catalog;
    /// let catalog = Catalog::parse(
    ///     r#"{ "name": "notes", "defaultRole": "reader", "roles": [{ "id": "reader" }, { "id": "owner", "everything": true }],
    ///          "entityTypes": [{ "name": "team", "path": "organization" },
    ///                          { "name": "note", "path": "organization/note", "scopes": [{ "name": "note:read" }] }] }"#,
    /// )?;
    /// let acme = Organization::parse_with(
    ///     &catalog,
    ///     r#"{ "catalog": "notes", "organization": "acme", "members": [{ "user": "ann", "role": "owner" }] }"#,
    /// )?;
    /// assert!(acme.principal("user:ann").can("note:read", "note:acme/todo", &Default::default()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Every problem of the catalog, each with its place; of a text that is no JSON the first fault, with line and
    /// column.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        parse(text.as_ref(), &Path::Root, |_, catalog| catalog)
    }

    /// Reads a catalog whose problems are told beside those of a document, under the field that it has there.
    #[cfg(all(target_arch = "wasm32", feature = "engine"))]
    pub(crate) fn parse_beside(text: &[u8]) -> Result<Self, Invalid> {
        parse(text, &Path::Root.key("catalog"), |_, catalog| catalog)
    }
}

/// The parts of a document that only some revisions have, and every catalog of one's own.
const FIELDS: [&str; 1] = ["servicePrincipals"];

/// What is common to all catalogs of one's own: without a type, a set or a role, it decides nothing.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn unknown() -> Catalog {
    Catalog { fields: FIELDS.map(Into::into).into(), ..Catalog::default() }
}

/// Reads a catalog by itself, and what is made of it.
pub(super) fn parse<T>(
    text: &[u8],
    at: &Path<'_>,
    make: impl FnOnce(Value<'_>, Catalog) -> T,
) -> Result<T, Invalid> {
    let json = json::parse(text).map_err(|fault| Invalid::new(vec![fault.in_text(text)]))?;
    let mut problems = Problems::default();
    document::check(json.root(), &Shape::Object(&CATALOG), at, &mut problems);
    let catalog = read(json.root(), at, &mut problems);
    if problems.is_empty() { Ok(make(json.root(), catalog)) } else { Err(problems.into_invalid()) }
}

/// Reads a catalog that stands at that place and whose form has been checked.
pub(crate) fn read(written: Value<'_>, at: &Path<'_>, problems: &mut Problems) -> Catalog {
    build(&written, at, false, problems)
}

/// What is not as it must be has been told: it is a name that is empty, a list without items. Every item of a list
/// makes a row, whatever it is, so that places are told by position.
impl Written for Value<'_> {
    fn types(&self, tell: &mut dyn FnMut(&TypeRow<'_>)) {
        for row in self.list("entityTypes") {
            let scopes: Texts<'_> = row.list("scopes").map(|scope| name(scope, "name")).collect();
            tell(&TypeRow { name: name(row, "name"), path: name(row, "path"), scopes: &scopes });
        }
    }

    fn sets(&self, tell: &mut dyn FnMut(&SetRow<'_>)) {
        for row in self.list("permissionSets") {
            tell(&SetRow {
                id: name(row, "id"),
                name: name_or_id(row),
                entity_type: name(row, "entityType"),
                includes: &texts(row, "includes"),
                scopes: &texts(row, "scopes"),
            });
        }
    }

    fn roles(&self, tell: &mut dyn FnMut(&RoleRow<'_>)) {
        for row in self.list("roles") {
            let sets = texts(row, "permissionSets").into_iter().map(|id| (id, &[][..]));
            tell(&RoleRow {
                id: name(row, "id"),
                name: name_or_id(row),
                everything: flag(row, "everything"),
                scopes: &texts(row, "scopes"),
                scopes_by: &[],
                sets: &sets.collect::<Vec<_>>(),
            });
        }
    }

    fn toggles(&self, tell: &mut dyn FnMut(&ToggleRow<'_>)) {
        for row in self.list("settings") {
            let conditions = row.text("kind") == Some(CONDITION);
            let (but, roles) = reached(row);
            tell(&ToggleRow {
                field: name(row, "name"),
                entity_type: name(row, "entityType"),
                scope: name(row, "scope"),
                act: if conditions { ToggleAct::Conditions } else { ToggleAct::Grants },
                audience: audience(but, &roles),
                rules: &[],
            });
        }
    }

    fn levels(&self, tell: &mut dyn FnMut(&LevelRow<'_>)) {
        for row in self.list("levels") {
            let levels = row.get("levels").into_iter().flat_map(Value::members);
            let levels = levels.map(|(level, set)| (level, set.as_text().unwrap_or_default()));
            let (but, roles) = reached(row);
            tell(&LevelRow {
                field: name(row, "setting"),
                entity_type: name(row, "entityType"),
                levels: &levels.collect::<Vec<_>>(),
                numbers: &[],
                audience: audience(but, &roles),
                rules: &[],
            });
        }
    }

    fn rest(&self, tell: &mut dyn FnMut(&Rows<'_>)) {
        let creator = self.get("creator");
        let exceptions = self.list("tokenExceptions").map(|it| (name(it, "entityType"), name(it, "scope")));
        tell(&Rows {
            name: name(*self, "name"),
            member_role: name(*self, "defaultRole"),
            creator: CreatorRow {
                sets: &creator.map(|it| texts(it, "permissionSets")).unwrap_or_default(),
                machines: creator.is_some_and(|it| flag(it, "machines")),
            },
            fields: &FIELDS,
            tokens_follow_default_role: true,
            token_exceptions: &exceptions.collect::<Vec<_>>(),
            ..Rows::default()
        });
    }
}

type Texts<'j> = Vec<&'j str>;

fn texts<'j>(value: Value<'j>, field: &str) -> Texts<'j> {
    value.list(field).map(|it| it.as_text().unwrap_or_default()).collect()
}

/// Whom a setting concerns: members with these roles or, where it says so, all but these.
fn reached(setting: Value<'_>) -> (bool, Texts<'_>) {
    let but = setting.get("roles").is_none();
    (but, texts(setting, if but { "exceptRoles" } else { "roles" }))
}

fn audience<'r>(but: bool, roles: &'r [&'r str]) -> Audience<'r> {
    if but { Audience::EveryoneBut(roles) } else { Audience::Roles(roles) }
}

fn name<'j>(value: Value<'j>, field: &str) -> &'j str {
    value.text(field).unwrap_or_default()
}

fn name_or_id(value: Value<'_>) -> &str {
    value.text("name").unwrap_or_else(|| name(value, "id"))
}

fn flag(value: Value<'_>, field: &str) -> bool {
    value.get(field).and_then(Value::as_bool).unwrap_or(false)
}
