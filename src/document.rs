//! The organization document exactly as it is written: fields, not yet their meaning.
//!
//! Reading stops at a fault of the text, where nothing after it can be trusted. Every other fault (an unknown
//! field, a wrong type, a missing name) is noted with its path and reading goes on, so that one run shows all
//! of them. What names must exist and which values fit is `validate.rs`'s matter.

pub(crate) mod tree;

use std::borrow::Cow;

use crate::json::{Kind, Reader, Scalar, TextFault, excerpt};
use crate::problem::{Code, Path, Problems};
use tree::Node;

pub(crate) type Text<'a> = Cow<'a, str>;
pub(crate) type Result<T> = std::result::Result<T, TextFault>;

/// A field of an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) enum Field<T> {
    #[default]
    Absent,
    /// Written, but wrong; the problem is noted.
    Faulty,
    Is(T),
}

impl<T> Field<T> {
    pub(crate) fn get(&self) -> Option<&T> {
        if let Self::Is(value) = self { Some(value) } else { None }
    }

    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl Field<Text<'_>> {
    pub(crate) fn text(&self) -> Option<&str> {
        self.get().map(|text| &**text)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Document<'a> {
    pub(crate) revision: Field<Text<'a>>,
    pub(crate) organization: Field<Text<'a>>,
    pub(crate) edition: Field<Text<'a>>,
    /// Which settings there are is the catalog's to say, so they stay names and values here.
    pub(crate) settings: Vec<(Text<'a>, Scalar<'a>)>,
    pub(crate) permission_sets: Vec<PermissionSet<'a>>,
    pub(crate) roles: Vec<Role<'a>>,
    pub(crate) teams: Vec<Team<'a>>,
    pub(crate) members: Vec<Member<'a>>,
    pub(crate) collaborators: Vec<Collaborator<'a>>,
    pub(crate) service_principals: Field<Vec<ServicePrincipal<'a>>>,
    pub(crate) tokens: Vec<Token<'a>>,
    pub(crate) entities: Vec<Entity<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct PermissionSet<'a> {
    pub(crate) id: Field<Text<'a>>,
    pub(crate) name: Field<Text<'a>>,
    pub(crate) entity_type: Field<Text<'a>>,
    pub(crate) scopes: Field<Vec<Field<Text<'a>>>>,
}

#[derive(Debug, Default)]
pub(crate) struct Role<'a> {
    pub(crate) id: Field<Text<'a>>,
    pub(crate) name: Field<Text<'a>>,
    pub(crate) purpose: Field<Text<'a>>,
    pub(crate) rules: Field<Vec<Rule<'a>>>,
    pub(crate) organization_access: Field<Vec<Field<Text<'a>>>>,
    pub(crate) details: Field<Node<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct Rule<'a> {
    pub(crate) permission_set: Field<Text<'a>>,
    pub(crate) on: Field<On<'a>>,
}

#[derive(Debug)]
pub(crate) enum On<'a> {
    All,
    Entities(Vec<Field<Text<'a>>>),
    Tags(Vec<TagTest<'a>>),
}

#[derive(Debug, Default)]
pub(crate) struct TagTest<'a> {
    pub(crate) key: Field<Text<'a>>,
    pub(crate) equals: Field<Text<'a>>,
    pub(crate) not_equals: Field<Text<'a>>,
    pub(crate) exists: Field<bool>,
}

#[derive(Debug, Default)]
pub(crate) struct Grant<'a> {
    pub(crate) entity: Field<Text<'a>>,
    pub(crate) level: Field<Scalar<'a>>,
    pub(crate) permission_set: Field<Text<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct Team<'a> {
    pub(crate) name: Field<Text<'a>>,
    pub(crate) roles: Vec<Field<Text<'a>>>,
    /// Logins, each with a role in the team, which decides nothing here.
    pub(crate) members: Vec<(Field<Text<'a>>, Field<Text<'a>>)>,
    pub(crate) grants: Vec<Grant<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct Member<'a> {
    pub(crate) user: Field<Text<'a>>,
    pub(crate) role: Field<Text<'a>>,
    pub(crate) grants: Vec<Grant<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct Collaborator<'a> {
    pub(crate) user: Field<Text<'a>>,
    pub(crate) grants: Vec<Grant<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct ServicePrincipal<'a> {
    pub(crate) name: Field<Text<'a>>,
    pub(crate) roles: Vec<Field<Text<'a>>>,
    pub(crate) grants: Vec<Grant<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct Token<'a> {
    pub(crate) name: Field<Text<'a>>,
    pub(crate) kind: Field<Text<'a>>,
    pub(crate) user: Field<Text<'a>>,
    pub(crate) team: Field<Text<'a>>,
    pub(crate) role: Field<Text<'a>>,
    pub(crate) expires_at: Field<Text<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct Entity<'a> {
    pub(crate) entity: Field<Text<'a>>,
    pub(crate) id: Field<Text<'a>>,
    pub(crate) tags: Vec<(Text<'a>, Text<'a>)>,
    /// What few entities have.
    pub(crate) more: Option<Box<EntityMore<'a>>>,
}

#[derive(Debug, Default)]
pub(crate) struct EntityMore<'a> {
    pub(crate) creator: Field<Text<'a>>,
    /// Field and what it lists.
    pub(crate) references: Vec<(Text<'a>, Vec<Field<Text<'a>>>)>,
    pub(crate) deployment: Field<Deployment<'a>>,
}

#[derive(Debug, Default)]
pub(crate) struct Deployment<'a> {
    /// `null` is written like absent, but a revision without the field refuses it all the same.
    pub(crate) role: Nullable<'a>,
    pub(crate) access_token: Nullable<'a>,
    pub(crate) run_as: Nullable<'a>,
}

/// A text or `null`.
#[derive(Debug, Default)]
pub(crate) struct Nullable<'a> {
    pub(crate) written: bool,
    pub(crate) text: Field<Text<'a>>,
}

/// Reads a document, with the problems that do not stop reading.
pub(crate) fn read(reader: Reader<'_>) -> Result<(Document<'_>, Problems)> {
    let mut cursor = Cursor::new(reader);
    let document = cursor.document(&Path::Root)?;
    cursor.reader.end()?;
    Ok((document, cursor.problems))
}

/// Whoever reads one field of an object: whether the field is known there.
type ReadField<'f, 'a> = &'f mut dyn FnMut(&mut Cursor<'a>, Text<'a>, &Path<'_>) -> Result<bool>;

/// The reader of the text together with the problems found so far.
pub(crate) struct Cursor<'a> {
    pub(crate) reader: Reader<'a>,
    pub(crate) problems: Problems,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(reader: Reader<'a>) -> Self {
        Self { reader, problems: Problems::default() }
    }

    fn document(&mut self, at: &Path<'_>) -> Result<Document<'a>> {
        let mut it = Document::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "revision" => it.revision = cursor.text(at)?,
                "organization" => it.organization = cursor.text(at)?,
                "edition" => it.edition = cursor.text(at)?,
                "settings" => it.settings = cursor.settings(at)?,
                "permissionSets" => it.permission_sets = cursor.list(at, Self::permission_set)?,
                "roles" => it.roles = cursor.list(at, Self::role)?,
                "teams" => it.teams = cursor.list(at, Self::team)?,
                "members" => it.members = cursor.list(at, Self::member)?,
                "collaborators" => it.collaborators = cursor.list(at, Self::collaborator)?,
                "servicePrincipals" => {
                    it.service_principals = Field::Is(cursor.list(at, Self::service_principal)?);
                }
                "tokens" => it.tokens = cursor.list(at, Self::token)?,
                "entities" => it.entities = cursor.list(at, Self::entity)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "revision", &it.revision);
            self.need(at, "organization", &it.organization);
        }
        Ok(it)
    }

    fn settings(&mut self, at: &Path<'_>) -> Result<Vec<(Text<'a>, Scalar<'a>)>> {
        let mut settings = Vec::new();
        self.object(at, &mut |cursor, key, _| {
            settings.push((key, cursor.reader.scalar()?));
            Ok(true)
        })?;
        Ok(settings)
    }

    fn permission_set(&mut self, at: &Path<'_>) -> Result<PermissionSet<'a>> {
        let mut it = PermissionSet::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "id" => it.id = cursor.text(at)?,
                "name" => it.name = cursor.text(at)?,
                "description" => cursor.prose(at)?,
                "entityType" => it.entity_type = cursor.text(at)?,
                "scopes" => it.scopes = cursor.written_list(at, Self::text)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "id", &it.id);
            self.need(at, "name", &it.name);
            self.need(at, "entityType", &it.entity_type);
            self.need(at, "scopes", &it.scopes);
        }
        Ok(it)
    }

    fn role(&mut self, at: &Path<'_>) -> Result<Role<'a>> {
        let mut it = Role::default();
        let before = self.reader.compact();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "id" => it.id = cursor.text(at)?,
                "name" => it.name = cursor.text(at)?,
                "description" => cursor.prose(at)?,
                "uxPurpose" => it.purpose = cursor.text(at)?,
                "rules" => it.rules = cursor.written_list(at, Self::rule)?,
                "organizationAccess" => it.organization_access = cursor.written_list(at, Self::text)?,
                "details" => it.details = tree::node(cursor, at, 1)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        self.role_fits(at, self.reader.compact() - before);
        if read {
            self.need(at, "id", &it.id);
            self.need(at, "name", &it.name);
        }
        Ok(it)
    }

    /// The service refuses a larger definition (RO-17).
    fn role_fits(&mut self, at: &Path<'_>, bytes: usize) {
        const LIMIT: usize = 1_000_000;
        if bytes > LIMIT {
            let message = format!("the role has {bytes} bytes as compact json: at most {LIMIT} are allowed");
            self.add(Code::RoleTooLarge, at, message);
        }
    }

    fn rule(&mut self, at: &Path<'_>) -> Result<Rule<'a>> {
        let mut it = Rule::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "permissionSet" => it.permission_set = cursor.text(at)?,
                "on" => it.on = cursor.on(at)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "permissionSet", &it.permission_set);
            self.need(at, "on", &it.on);
        }
        Ok(it)
    }

    fn on(&mut self, at: &Path<'_>) -> Result<Field<On<'a>>> {
        const WANTED: &str = "`\"all\"`, a list of entities, or an object with `tags`";
        match self.reader.kind()? {
            Kind::Text => {
                let word = self.reader.text()?;
                if word == "all" {
                    return Ok(Field::Is(On::All));
                }
                self.add(Code::UnknownValue, at, format!("`{}` is not {WANTED}", excerpt(&word)));
                Ok(Field::Faulty)
            }
            Kind::Array => Ok(Field::Is(On::Entities(self.list(at, Self::text)?))),
            Kind::Object => {
                let mut tags = Field::Absent;
                self.object(at, &mut |cursor, key, at| {
                    if key == "tags" {
                        tags = cursor.written_list(at, Self::tag_test)?;
                    }
                    Ok(key == "tags")
                })?;
                self.need(at, "tags", &tags);
                Ok(match tags {
                    Field::Is(tests) => Field::Is(On::Tags(tests)),
                    _ => Field::Faulty,
                })
            }
            kind => self.wrong_type(at, WANTED, kind),
        }
    }

    fn tag_test(&mut self, at: &Path<'_>) -> Result<TagTest<'a>> {
        let mut it = TagTest::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "key" => it.key = cursor.text(at)?,
                "equals" => it.equals = cursor.text(at)?,
                "notEquals" => it.not_equals = cursor.text(at)?,
                "exists" => it.exists = cursor.bool(at)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "key", &it.key);
            let operators = [it.equals.is_absent(), it.not_equals.is_absent(), it.exists.is_absent()];
            if operators.iter().filter(|absent| !**absent).count() != 1 {
                let message = "exactly one of `equals`, `notEquals` and `exists` must be given";
                self.add(Code::ConflictingFields, at, message);
            }
        }
        Ok(it)
    }

    fn grant(&mut self, at: &Path<'_>) -> Result<Grant<'a>> {
        let mut it = Grant::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "entity" => it.entity = cursor.text(at)?,
                "level" => it.level = Field::Is(cursor.reader.scalar()?),
                "permissionSet" => it.permission_set = cursor.text(at)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "entity", &it.entity);
            if it.level.is_absent() == it.permission_set.is_absent() {
                let message = "exactly one of `level` and `permissionSet` must be given";
                self.add(Code::ConflictingFields, at, message);
            }
        }
        Ok(it)
    }

    fn team(&mut self, at: &Path<'_>) -> Result<Team<'a>> {
        let mut it = Team::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "name" => it.name = cursor.text(at)?,
                "roles" => it.roles = cursor.list(at, Self::text)?,
                "members" => it.members = cursor.list(at, Self::team_member)?,
                "grants" => it.grants = cursor.list(at, Self::grant)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "name", &it.name);
        }
        Ok(it)
    }

    fn team_member(&mut self, at: &Path<'_>) -> Result<(Field<Text<'a>>, Field<Text<'a>>)> {
        let (mut user, mut role) = (Field::Absent, Field::Absent);
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "user" => user = cursor.text(at)?,
                "role" => role = cursor.text(at)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "user", &user);
        }
        Ok((user, role))
    }

    fn member(&mut self, at: &Path<'_>) -> Result<Member<'a>> {
        let mut it = Member::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "user" => it.user = cursor.text(at)?,
                "role" => it.role = cursor.text(at)?,
                "grants" => it.grants = cursor.list(at, Self::grant)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "user", &it.user);
        }
        Ok(it)
    }

    fn collaborator(&mut self, at: &Path<'_>) -> Result<Collaborator<'a>> {
        let mut it = Collaborator::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "user" => it.user = cursor.text(at)?,
                "grants" => it.grants = cursor.list(at, Self::grant)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "user", &it.user);
        }
        Ok(it)
    }

    fn service_principal(&mut self, at: &Path<'_>) -> Result<ServicePrincipal<'a>> {
        let mut it = ServicePrincipal::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "name" => it.name = cursor.text(at)?,
                "roles" => it.roles = cursor.list(at, Self::text)?,
                "grants" => it.grants = cursor.list(at, Self::grant)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "name", &it.name);
        }
        Ok(it)
    }

    fn token(&mut self, at: &Path<'_>) -> Result<Token<'a>> {
        let mut it = Token::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "name" => it.name = cursor.text(at)?,
                "kind" => it.kind = cursor.text(at)?,
                "user" => it.user = cursor.text(at)?,
                "team" => it.team = cursor.text(at)?,
                "role" => it.role = cursor.nullable(at)?.text,
                "expiresAt" => it.expires_at = cursor.nullable(at)?.text,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "name", &it.name);
            self.need(at, "kind", &it.kind);
        }
        Ok(it)
    }

    fn entity(&mut self, at: &Path<'_>) -> Result<Entity<'a>> {
        let mut it = Entity::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "entity" => it.entity = cursor.text(at)?,
                "id" => it.id = cursor.text(at)?,
                "tags" => it.tags = cursor.tags(at)?,
                "creator" => it.more.get_or_insert_default().creator = cursor.text(at)?,
                "deployment" => it.more.get_or_insert_default().deployment = cursor.deployment(at)?,
                "stackReferences" | "environments" | "imports" => {
                    let listed = cursor.list(at, Self::text)?;
                    it.more.get_or_insert_default().references.push((key, listed));
                }
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        if read {
            self.need(at, "entity", &it.entity);
        }
        Ok(it)
    }

    fn tags(&mut self, at: &Path<'_>) -> Result<Vec<(Text<'a>, Text<'a>)>> {
        let mut tags = Vec::new();
        self.object(at, &mut |cursor, key, at| {
            if key.is_empty() {
                cursor.add(Code::Empty, at, "the key of a tag must not be empty");
            }
            if let Field::Is(value) = cursor.text(at)? {
                tags.push((key, value));
            }
            Ok(true)
        })?;
        Ok(tags)
    }

    fn deployment(&mut self, at: &Path<'_>) -> Result<Field<Deployment<'a>>> {
        let mut it = Deployment::default();
        let read = self.object(at, &mut |cursor, key, at| {
            match &*key {
                "role" => it.role = cursor.nullable(at)?,
                "accessToken" => it.access_token = cursor.nullable(at)?,
                "runAs" => it.run_as = cursor.nullable(at)?,
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        Ok(if read { Field::Is(it) } else { Field::Faulty })
    }

    /// Reads an object field by field. An unknown field is a problem and is passed over. Answers whether there
    /// is an object at all; anything else is a problem.
    pub(crate) fn object(&mut self, at: &Path<'_>, field: ReadField<'_, 'a>) -> Result<bool> {
        let kind = self.reader.kind()?;
        if kind != Kind::Object {
            self.wrong_type::<()>(at, "an object", kind)?;
            return Ok(false);
        }
        self.reader.open()?;
        while let Some(key) = self.reader.next_key()? {
            let name = key.clone();
            let at = at.key(&name);
            if !field(self, key, &at)? {
                self.add(
                    Code::UnknownField,
                    &at,
                    format!("no field `{}` is known here: remove it", excerpt(&name)),
                );
                self.reader.skip()?;
            }
        }
        Ok(true)
    }

    /// Reads a list; anything else is a problem and an empty list.
    pub(crate) fn list<T>(
        &mut self,
        at: &Path<'_>,
        item: impl FnMut(&mut Self, &Path<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        Ok(if let Field::Is(items) = self.written_list(at, item)? { items } else { Vec::new() })
    }

    /// Reads a list and tells a faulty one from an empty one.
    pub(crate) fn written_list<T>(
        &mut self,
        at: &Path<'_>,
        mut item: impl FnMut(&mut Self, &Path<'_>) -> Result<T>,
    ) -> Result<Field<Vec<T>>> {
        let mut items = Vec::new();
        let read = self.each(at, &mut |cursor, at| {
            items.push(item(cursor, at)?);
            Ok(())
        })?;
        Ok(if read { Field::Is(items) } else { Field::Faulty })
    }

    /// Reads a list item by item. Answers whether there is a list at all; anything else is a problem.
    fn each(
        &mut self,
        at: &Path<'_>,
        item: &mut dyn FnMut(&mut Self, &Path<'_>) -> Result<()>,
    ) -> Result<bool> {
        let kind = self.reader.kind()?;
        if kind != Kind::Array {
            self.wrong_type::<()>(at, "a list", kind)?;
            return Ok(false);
        }
        self.reader.open()?;
        let mut index = 0;
        while self.reader.next_item()? {
            item(self, &at.index(index))?;
            index += 1;
        }
        Ok(true)
    }

    /// Reads a text that must not be empty.
    pub(crate) fn text(&mut self, at: &Path<'_>) -> Result<Field<Text<'a>>> {
        let kind = self.reader.kind()?;
        if kind != Kind::Text {
            return self.wrong_type(at, "a text", kind);
        }
        let text = self.reader.text()?;
        if text.is_empty() {
            self.add(Code::Empty, at, "the text must not be empty");
            return Ok(Field::Faulty);
        }
        Ok(Field::Is(text))
    }

    pub(crate) fn bool(&mut self, at: &Path<'_>) -> Result<Field<bool>> {
        let kind = self.reader.kind()?;
        match self.reader.scalar()? {
            Scalar::Bool(value) => Ok(Field::Is(value)),
            _ => Ok(self.note_wrong_type(at, "true or false", kind)),
        }
    }

    fn nullable(&mut self, at: &Path<'_>) -> Result<Nullable<'a>> {
        if self.reader.kind()? == Kind::Null {
            self.reader.scalar()?;
            return Ok(Nullable { written: true, text: Field::Absent });
        }
        Ok(Nullable { written: true, text: self.text(at)? })
    }

    /// A text that decides nothing and may be empty.
    fn prose(&mut self, at: &Path<'_>) -> Result<()> {
        let kind = self.reader.kind()?;
        if kind == Kind::Text {
            self.reader.text()?;
        } else {
            self.wrong_type::<()>(at, "a text", kind)?;
        }
        Ok(())
    }

    pub(crate) fn need<T>(&mut self, at: &Path<'_>, name: &str, field: &Field<T>) {
        if field.is_absent() {
            self.add(Code::MissingField, &at.key(name), format!("the field `{name}` is missing: add it"));
        }
    }

    /// Notes that something else is wanted, and passes over what is there.
    pub(crate) fn wrong_type<T>(&mut self, at: &Path<'_>, wanted: &str, found: Kind) -> Result<Field<T>> {
        self.reader.skip()?;
        Ok(self.note_wrong_type(at, wanted, found))
    }

    pub(crate) fn note_wrong_type<T>(&mut self, at: &Path<'_>, wanted: &str, found: Kind) -> Field<T> {
        self.add(Code::WrongType, at, wrong_type(wanted, found));
        Field::Faulty
    }

    pub(crate) fn add(&mut self, code: Code, at: &Path<'_>, message: impl Into<String>) {
        self.problems.add(code, at, message);
    }
}

/// The sentence about a value of a wrong type.
pub(crate) fn wrong_type(wanted: &str, found: Kind) -> String {
    let found = match found {
        Kind::Object => "an object",
        Kind::Array => "a list",
        Kind::Text => "a text",
        Kind::Number => "a number",
        Kind::Bool => "true or false",
        Kind::Null => "null",
    };
    format!("{wanted} is wanted here, not {found}")
}
