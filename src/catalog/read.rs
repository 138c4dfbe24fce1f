//! The JSON form of a catalog → rows. What the form does not have, a catalog of one's own has by a safe default: no
//! editions, no deployments, no statements behind its mechanisms.

use super::build::build;
use super::{
    Audience, Catalog, CreatorRow, LevelRow, RoleRow, Rows, Rule, SetRow, ToggleAct, ToggleRow, TypeRow,
};
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
        parse(text.as_ref(), |_, catalog| catalog)
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
pub(super) fn parse<T>(text: &[u8], make: impl FnOnce(Value<'_>, Catalog) -> T) -> Result<T, Invalid> {
    let json = json::parse(text).map_err(|fault| Invalid::new(vec![fault.in_text(text)]))?;
    let mut problems = Problems::default();
    document::check(json.root(), &Shape::Object(&CATALOG), &Path::Root, &mut problems);
    let catalog = read(json.root(), &Path::Root, &mut problems);
    if problems.is_empty() { Ok(make(json.root(), catalog)) } else { Err(problems.into_invalid()) }
}

/// Reads a catalog that stands at that place and whose form has been checked.
pub(crate) fn read(written: Value<'_>, at: &Path<'_>, problems: &mut Problems) -> Catalog {
    with_rows(written, |rows| build(rows, at, false, problems))
}

/// Hands the rows of a catalog to `read`, as far as their form allows.
pub(super) fn with_rows<T>(written: Value<'_>, read: impl FnOnce(&Rows<'_>) -> T) -> T {
    let lists = Lists::of(written);
    let creator = written.get("creator");
    read(&Rows {
        name: name(written, "name"),
        entity_types: &lists.types(),
        permission_sets: &lists.sets(),
        roles: &lists.roles(),
        member_role: name(written, "defaultRole"),
        toggles: &lists.settings(),
        levels: &lists.levels(),
        creator: CreatorRow {
            sets: &lists.creator,
            machines: creator.is_some_and(|it| flag(it, "machines")),
        },
        fields: &FIELDS,
        tokens_follow_default_role: true,
        token_exceptions: &lists.exceptions,
        ..Rows::default()
    })
}

type Texts<'j> = Vec<&'j str>;

/// The lists inside of rows. Each has an item for every item of the document, whatever that is, so that places are
/// told by position.
struct Lists<'j> {
    written: Value<'j>,
    scopes: Vec<Texts<'j>>,
    /// What a set includes and what it adds.
    sets: Vec<(Texts<'j>, Texts<'j>)>,
    roles: Vec<(Texts<'j>, Vec<(&'j str, &'static [Rule<'static>])>)>,
    settings: Vec<Reached<'j>>,
    levels: Vec<(Reached<'j>, Vec<(&'j str, &'j str)>)>,
    creator: Texts<'j>,
    exceptions: Vec<(&'j str, &'j str)>,
}

impl<'j> Lists<'j> {
    fn of(written: Value<'j>) -> Self {
        let role = |it: Value<'j>| {
            let sets = texts(it, "permissionSets").into_iter().map(|id| (id, &[][..]));
            (texts(it, "scopes"), sets.collect())
        };
        let levels = |it: Value<'j>| {
            let levels = it.get("levels").into_iter().flat_map(Value::members);
            (Reached::by(it), levels.map(|(level, set)| (level, set.as_text().unwrap_or_default())).collect())
        };
        Self {
            written,
            scopes: each(written, "entityTypes", |it| each(it, "scopes", |it| name(it, "name"))),
            sets: each(written, "permissionSets", |it| (texts(it, "includes"), texts(it, "scopes"))),
            roles: each(written, "roles", role),
            settings: each(written, "settings", Reached::by),
            levels: each(written, "levels", levels),
            creator: written.get("creator").map(|it| texts(it, "permissionSets")).unwrap_or_default(),
            exceptions: each(written, "tokenExceptions", |it| (name(it, "entityType"), name(it, "scope"))),
        }
    }

    fn types(&self) -> Vec<TypeRow<'_>> {
        self.rows("entityTypes", &self.scopes, |it, scopes| TypeRow {
            name: name(it, "name"),
            path: name(it, "path"),
            scopes,
        })
    }

    fn sets(&self) -> Vec<SetRow<'_>> {
        self.rows("permissionSets", &self.sets, |it, (includes, scopes)| SetRow {
            id: name(it, "id"),
            name: name_or_id(it),
            entity_type: name(it, "entityType"),
            includes,
            scopes,
        })
    }

    fn roles(&self) -> Vec<RoleRow<'_>> {
        self.rows("roles", &self.roles, |it, (scopes, sets)| RoleRow {
            id: name(it, "id"),
            name: name_or_id(it),
            everything: flag(it, "everything"),
            scopes,
            scopes_by: &[],
            sets,
        })
    }

    fn settings(&self) -> Vec<ToggleRow<'_>> {
        self.rows("settings", &self.settings, |it, reached| ToggleRow {
            field: name(it, "name"),
            entity_type: name(it, "entityType"),
            scope: name(it, "scope"),
            act: if it.text("kind") == Some(CONDITION) { ToggleAct::Conditions } else { ToggleAct::Grants },
            audience: reached.audience(),
            rules: &[],
        })
    }

    fn levels(&self) -> Vec<LevelRow<'_>> {
        self.rows("levels", &self.levels, |it, (reached, levels)| LevelRow {
            field: name(it, "setting"),
            entity_type: name(it, "entityType"),
            levels,
            numbers: &[],
            audience: reached.audience(),
            rules: &[],
        })
    }

    fn rows<'l, L, R>(&'l self, field: &str, lists: &'l [L], row: impl Fn(Value<'l>, &'l L) -> R) -> Vec<R> {
        self.written.list(field).zip(lists).map(|(it, lists)| row(it, lists)).collect()
    }
}

/// Whom a setting concerns: members with these roles, or all but these.
struct Reached<'j> {
    but: bool,
    roles: Texts<'j>,
}

impl<'j> Reached<'j> {
    fn by(setting: Value<'j>) -> Self {
        let but = setting.get("roles").is_none();
        Self { but, roles: texts(setting, if but { "exceptRoles" } else { "roles" }) }
    }

    fn audience(&self) -> Audience<'_> {
        if self.but { Audience::EveryoneBut(&self.roles) } else { Audience::Roles(&self.roles) }
    }
}

fn each<'j, T>(value: Value<'j>, field: &str, read: impl Fn(Value<'j>) -> T) -> Vec<T> {
    value.list(field).map(read).collect()
}

fn texts<'j>(value: Value<'j>, field: &str) -> Texts<'j> {
    each(value, field, |it| it.as_text().unwrap_or_default())
}

/// A name; empty where there is none, which the form has been told for.
fn name<'j>(value: Value<'j>, field: &str) -> &'j str {
    value.text(field).unwrap_or_default()
}

fn name_or_id(value: Value<'_>) -> &str {
    value.text("name").unwrap_or_else(|| name(value, "id"))
}

fn flag(value: Value<'_>, field: &str) -> bool {
    value.get(field).and_then(Value::as_bool).unwrap_or(false)
}
