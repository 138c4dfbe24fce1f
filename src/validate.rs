//! Document + catalog → a checked document, or every problem: names that must exist, names that must be unique,
//! values that must fit, limits, and what edition and revision allow.

mod records;

use crate::catalog::{Catalog, Edition, Level};
use crate::document::{self, Document, Entity, Field, Grant, Nullable, Text, Token};
use crate::entity::{EntityName, EntityType, Malformed};
use crate::json::{Kind, Scalar, excerpt};
use crate::names::Names;
use crate::number::Decimal;
use crate::problem::{Code, Path, Problems};
use crate::time::Instant;

/// The kinds of token.
pub(crate) const PERSONAL: &str = "personal";
pub(crate) const TEAM: &str = "team";
pub(crate) const ORGANIZATION: &str = "organization";

/// A document in which every name that must exist does, with what its names stand for.
///
/// Only [`check`] makes one, so `compile` need not ask again.
#[derive(Debug)]
pub(crate) struct Checked<'a> {
    pub(crate) document: Document<'a>,
    pub(crate) settings: Settings,
    pub(crate) index: Index,
}

/// The settings, by the positions of the catalog's rows.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    pub(crate) toggles: Vec<bool>,
    /// The default set that a level gives, or nothing.
    pub(crate) levels: Vec<Option<usize>>,
    /// A built-in role or a record of the document: see [`Index::role`].
    pub(crate) default_role: usize,
    pub(crate) default_deployment_role: Option<usize>,
    pub(crate) restricted: bool,
    pub(crate) token_max_lifetime_days: Option<u32>,
}

/// What each name of the document stands for.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Default sets first, then those of the document: ids, and the names of the default ones.
    sets: Keys,
    /// Built-in roles first, then the records of the document.
    roles: Keys,
    /// Whether a record may be given to somebody.
    is_role: Vec<bool>,
    pub(crate) teams: Names,
    pub(crate) members: Names,
    pub(crate) tokens: Names,
    pub(crate) service_principals: Names,
    /// The listed entities, in the order of the document.
    pub(crate) entities: Names,
    ids: Keys,
}

/// Names, several of which may stand for one thing.
#[derive(Debug, Default)]
struct Keys {
    names: Names,
    targets: Vec<usize>,
}

impl Keys {
    /// Whether the name was free.
    fn insert(&mut self, name: &str, target: usize) -> bool {
        let (_, new) = self.names.insert(name);
        if new {
            self.targets.push(target);
        }
        new
    }

    fn get(&self, name: &str) -> Option<usize> {
        self.targets.get(self.names.get(name)? as usize).copied()
    }
}

impl Index {
    /// The set of that id, or the default set of that id or name.
    pub(crate) fn set(&self, name: &str) -> Option<usize> {
        self.sets.get(name)
    }

    /// The role of that id that may be given to somebody.
    pub(crate) fn role(&self, id: &str) -> Option<usize> {
        self.record(id).filter(|role| self.is_role.get(*role).copied().unwrap_or(false))
    }

    /// The role, policy or set record of that id.
    pub(crate) fn record(&self, id: &str) -> Option<usize> {
        self.roles.get(id)
    }

    /// The listed entity with that id.
    pub(crate) fn entity_of_id(&self, id: &str) -> Option<usize> {
        self.ids.get(id)
    }
}

/// Checks a document against its catalog. What is wrong is added to `problems`; a checked document comes back
/// all the same, for the problems decide whether it may be used.
pub(crate) fn check<'a>(
    document: Document<'a>,
    catalog: &Catalog,
    seed: u64,
    problems: &mut Problems,
) -> Checked<'a> {
    let organization = document.organization.text().unwrap_or_default().to_owned();
    let mut checker =
        Checker { catalog, problems, index: Index::default(), set_types: Vec::new(), organization };
    checker.index.entities = Names::seeded(seed);
    let edition = checker.edition(&document);
    checker.sets(&document, edition.as_ref());
    checker.records(&document, edition.as_ref());
    let settings = checker.settings(&document);
    checker.people(&document);
    checker.tokens(&document);
    checker.entities(&document);
    checker.rules_and_trees(&document);
    let index = checker.index;
    Checked { document, settings, index }
}

struct Checker<'c> {
    catalog: &'c Catalog,
    problems: &'c mut Problems,
    index: Index,
    /// The entity types of the document's own sets.
    set_types: Vec<Option<EntityType>>,
    organization: String,
}

impl Checker<'_> {
    fn edition(&mut self, document: &Document<'_>) -> Option<Edition> {
        let editions = &self.catalog.editions;
        let Some(name) = document.edition.text() else { return editions.last().cloned() };
        let found = editions.iter().find(|edition| *edition.name == *name).cloned();
        if found.is_none() {
            let known = listed(editions.iter().map(|edition| &*edition.name));
            let message = format!("no edition `{}` is known: use one of {known}", excerpt(name));
            self.add(Code::UnknownValue, &Path::Root.key("edition"), message);
        }
        found
    }

    fn settings(&mut self, document: &Document<'_>) -> Settings {
        let catalog = self.catalog;
        let mut settings = Settings {
            toggles: vec![false; catalog.toggles.len()],
            levels: vec![None; catalog.levels.len()],
            default_role: catalog.member_role,
            ..Settings::default()
        };
        let at = Path::Root.key("settings");
        for (name, value) in &document.settings {
            let at = at.key(name);
            if let Some(toggle) = catalog.toggles.iter().position(|toggle| *toggle.field == **name) {
                let on = self.toggle(&at, value);
                settings.toggles.iter_mut().skip(toggle).take(1).for_each(|slot| *slot = on);
            } else if let Some((index, level)) =
                catalog.levels.iter().enumerate().find(|(_, level)| *level.field == **name)
            {
                let set = self.level(&at, level, value, true).flatten();
                settings.levels.iter_mut().skip(index).take(1).for_each(|slot| *slot = set);
            } else {
                self.setting(&at, name, value, &mut settings);
            }
        }
        settings
    }

    /// The settings that are mechanisms of the engine and no rows of the catalog.
    fn setting(&mut self, at: &Path<'_>, name: &str, value: &Scalar<'_>, settings: &mut Settings) {
        let newer = matches!(name, "defaultDeploymentRole" | "permissionMode");
        if newer && !self.catalog.has_field(&format!("settings.{name}")) {
            return self.not_in_revision(at, name);
        }
        match (name, value) {
            ("defaultRole", Scalar::Text(id)) => {
                settings.default_role = self.role(at, id).unwrap_or(settings.default_role);
            }
            ("defaultDeploymentRole" | "tokenMaxLifetimeDays", Scalar::Null) => {}
            ("defaultDeploymentRole", Scalar::Text(id)) => {
                settings.default_deployment_role = self.role(at, id);
            }
            ("permissionMode", Scalar::Text(mode)) => settings.restricted = self.is_restricted(at, mode),
            ("tokenMaxLifetimeDays", Scalar::Number(days)) => {
                settings.token_max_lifetime_days = self.days(at, days);
            }
            ("defaultRole", _) => self.wrong_type(at, "the id of a role", value),
            ("defaultDeploymentRole", _) => self.wrong_type(at, "the id of a role or null", value),
            ("permissionMode", _) => self.wrong_type(at, "`permissive` or `restricted`", value),
            ("tokenMaxLifetimeDays", _) => self.wrong_type(at, "a number of days or null", value),
            _ => {
                let message = format!("no setting `{}` is known: remove it", excerpt(name));
                self.add(Code::UnknownField, at, message);
            }
        }
    }

    fn toggle(&mut self, at: &Path<'_>, value: &Scalar<'_>) -> bool {
        if let Scalar::Bool(on) = value {
            return *on;
        }
        self.wrong_type(at, "true or false", value);
        false
    }

    fn is_restricted(&mut self, at: &Path<'_>, mode: &str) -> bool {
        if !matches!(mode, "permissive" | "restricted") {
            let message = format!("no mode `{}` is known: use `permissive` or `restricted`", excerpt(mode));
            self.add(Code::UnknownValue, at, message);
        }
        mode == "restricted"
    }

    fn days(&mut self, at: &Path<'_>, text: &str) -> Option<u32> {
        let days = Decimal::parse(text).integer().filter(|days| (1..=3650).contains(days));
        if days.is_none() {
            let message = format!("`{}` is no whole number of days from 1 to 3650", excerpt(text));
            self.add(Code::OutOfRange, at, message);
        }
        days.and_then(|days| u32::try_from(days).ok())
    }

    /// The set of a level, by name or number: an inner nothing is the level that gives nothing.
    #[expect(clippy::option_option, reason = "no such level, and a level without a set, are two things")]
    fn level(
        &mut self,
        at: &Path<'_>,
        level: &Level,
        value: &Scalar<'_>,
        none: bool,
    ) -> Option<Option<usize>> {
        let (found, written) = match value {
            Scalar::Text(name) => (level.named(name), &**name),
            Scalar::Number(number) => {
                (Decimal::parse(number).integer().and_then(|number| level.numbered(number)), *number)
            }
            _ => {
                self.wrong_type(at, "a level", value);
                return None;
            }
        };
        let found = found.filter(|set| none || set.is_some());
        if found.is_none() {
            let known = level.levels.iter().filter(|(_, set)| none || set.is_some()).map(|(name, _)| &**name);
            let known = listed(known);
            let message = format!("no level `{}` can be given here: use one of {known}", excerpt(written));
            self.add(Code::UnknownValue, at, message);
        }
        found
    }

    fn people(&mut self, document: &Document<'_>) {
        let members = Path::Root.key("members");
        for (index, member) in document.members.iter().enumerate() {
            let at = members.index(index);
            self.unique(&at, "user", &member.user, "a member of that login", |index| &mut index.members);
            if let Some(role) = member.role.text() {
                self.role(&at.key("role"), role);
            }
            self.grants(&at, &member.grants);
        }
        let collaborators = Path::Root.key("collaborators");
        for (index, collaborator) in document.collaborators.iter().enumerate() {
            self.grants(&collaborators.index(index), &collaborator.grants);
        }
        let teams = Path::Root.key("teams");
        for (index, team) in document.teams.iter().enumerate() {
            let at = teams.index(index);
            self.unique(&at, "name", &team.name, "a team of that name", |index| &mut index.teams);
            self.roles(&at, &team.roles);
            self.team_members(&at, &team.members);
            self.grants(&at, &team.grants);
        }
        self.service_principals(document);
    }

    fn team_members(&mut self, at: &Path<'_>, members: &[(Field<Text<'_>>, Field<Text<'_>>)]) {
        let at = at.key("members");
        for (index, (user, role)) in members.iter().enumerate() {
            let at = at.index(index);
            if let Some(user) = user.text() {
                self.member(&at.key("user"), user);
            }
            if let Some(role) = role.text().filter(|role| !matches!(*role, "admin" | "member")) {
                let message =
                    format!("no role in a team is called `{}`: use `admin` or `member`", excerpt(role));
                self.add(Code::UnknownValue, &at.key("role"), message);
            }
        }
    }

    fn service_principals(&mut self, document: &Document<'_>) {
        let at = Path::Root.key("servicePrincipals");
        let Field::Is(principals) = &document.service_principals else { return };
        if !self.catalog.has_field("servicePrincipals") {
            return self.not_in_revision(&at, "servicePrincipals");
        }
        for (index, principal) in principals.iter().enumerate() {
            let at = at.index(index);
            let what = "a service principal of that name";
            self.unique(&at, "name", &principal.name, what, |index| &mut index.service_principals);
            self.roles(&at, &principal.roles);
            self.grants(&at, &principal.grants);
        }
    }

    fn tokens(&mut self, document: &Document<'_>) {
        let at = Path::Root.key("tokens");
        for (index, token) in document.tokens.iter().enumerate() {
            let at = at.index(index);
            self.unique(&at, "name", &token.name, "a token of that name", |index| &mut index.tokens);
            self.token(&at, token);
            if let Some(date) = token.expires_at.text().filter(|date| Instant::parse(date).is_none()) {
                let message = format!(
                    "`{}` is no date: write it like `2027-01-01T00:00:00Z`, with `Z` or an offset",
                    excerpt(date)
                );
                self.add(Code::MalformedDate, &at.key("expiresAt"), message);
            }
        }
    }

    /// Each kind has one field that says whose permissions the token has; the others have no meaning for it.
    fn token(&mut self, at: &Path<'_>, token: &Token<'_>) {
        let Some(kind) = token.kind.text() else { return };
        let needed = match kind {
            PERSONAL => Some("user"),
            TEAM => Some("team"),
            ORGANIZATION => None,
            _ => {
                let known = listed([PERSONAL, TEAM, ORGANIZATION].into_iter());
                let message = format!("no kind of token is called `{}`: use one of {known}", excerpt(kind));
                return self.add(Code::UnknownValue, &at.key("kind"), message);
            }
        };
        for (name, field) in [("user", &token.user), ("team", &token.team), ("role", &token.role)] {
            let fits = needed == Some(name) || (name == "role" && kind == ORGANIZATION);
            if needed == Some(name) && field.is_absent() {
                let message = format!("the field `{name}` is missing: a {kind} token needs it");
                self.add(Code::MissingField, &at.key(name), message);
            } else if let Some(text) = field.text() {
                match name {
                    _ if !fits => {
                        let message = format!("a token of kind `{kind}` has no `{name}`: remove it");
                        self.add(Code::ConflictingFields, &at.key(name), message);
                    }
                    "user" => self.member(&at.key(name), text),
                    "team" => self.team(&at.key(name), text),
                    _ => drop(self.role(&at.key(name), text)),
                }
            }
        }
    }

    fn entities(&mut self, document: &Document<'_>) {
        let at = Path::Root.key("entities");
        for (index, entity) in document.entities.iter().enumerate() {
            let at = at.index(index);
            self.unique(&at, "entity", &entity.entity, "that entity", |index| &mut index.entities);
            if let Some(name) = entity.entity.text() {
                self.entity(&at.key("entity"), name, None);
            }
            if let Some(id) = entity.id.text().filter(|id| !self.index.ids.insert(id, index)) {
                self.duplicate(&at.key("id"), id, "an entity of that id");
            }
            self.entity_more(&at, entity);
        }
    }

    fn entity_more(&mut self, at: &Path<'_>, entity: &Entity<'_>) {
        let Some(more) = &entity.more else { return };
        if let Some(creator) = more.creator.text() {
            let kinds = ["user", "token", "service-principal"];
            self.principal(&at.key("creator"), creator, &kinds);
        }
        for (field, listed) in &more.references {
            let at = at.key(field);
            let wanted = self.catalog.reference(field);
            if wanted.is_none() {
                self.not_in_revision(&at, field);
            }
            for (index, name) in listed.iter().enumerate() {
                if let Some(name) = name.text() {
                    self.entity(&at.index(index), name, wanted);
                }
            }
        }
        if let Field::Is(deployment) = &more.deployment {
            self.deployment(&at.key("deployment"), deployment);
        }
    }

    fn deployment(&mut self, at: &Path<'_>, deployment: &document::Deployment<'_>) {
        let written = |field: &Nullable<'_>| field.written;
        for (name, field) in [("role", &deployment.role), ("runAs", &deployment.run_as)] {
            if written(field) && !self.catalog.has_field(&format!("deployment.{name}")) {
                return self.not_in_revision(&at.key(name), name);
            }
        }
        if let Some(role) = deployment.role.text.text() {
            self.role(&at.key("role"), role);
        }
        if let Some(token) = deployment.access_token.text.text() {
            let at = at.key("accessToken");
            if let Some((_, name)) = self.principal(&at, token, &["token"]) {
                self.known(&at, name, Code::UnknownToken, "token", |index| &index.tokens);
            }
        }
        if let Some(identity) = deployment.run_as.text.text() {
            let at = at.key("runAs");
            match self.principal(&at, identity, &["service-principal", "team"]) {
                Some(("team", name)) => self.team(&at, name),
                Some((_, name)) => {
                    let code = Code::UnknownServicePrincipal;
                    self.known(&at, name, code, "service principal", |index| &index.service_principals);
                }
                None => {}
            }
        }
    }

    fn grants(&mut self, at: &Path<'_>, grants: &[Grant<'_>]) {
        let at = at.key("grants");
        for (index, grant) in grants.iter().enumerate() {
            let at = at.index(index);
            let entity = grant.entity.text().and_then(|name| self.entity(&at.key("entity"), name, None));
            if let (Some(level), Some(entity_type)) = (grant.level.get(), entity) {
                self.grant_level(&at.key("level"), entity_type, level);
            }
            if let Some(name) = grant.permission_set.text() {
                self.set_of_type(&at.key("permissionSet"), name, entity);
            }
        }
    }

    fn grant_level(&mut self, at: &Path<'_>, entity_type: EntityType, value: &Scalar<'_>) {
        if let Some(level) = self.catalog.level_of(entity_type) {
            self.level(at, level, value, false);
        } else {
            let name = self.catalog.type_name(entity_type);
            let message = format!("entities of type `{name}` have no levels: give a `permissionSet`");
            self.add(Code::UnknownValue, at, message);
        }
    }

    /// A set that must exist, and be of that type if one is wanted.
    fn set_of_type(&mut self, at: &Path<'_>, name: &str, wanted: Option<EntityType>) -> Option<usize> {
        let Some(set) = self.index.set(name) else {
            let message = format!("no permission set `{}` is there: name one by its id", excerpt(name));
            self.add(Code::UnknownPermissionSet, at, message);
            return None;
        };
        let found = self.index_set_type(set);
        if let (Some(wanted), Some(found)) = (wanted, found)
            && wanted != found
        {
            self.wrong_entity_type(at, &format!("the permission set `{}`", excerpt(name)), found, wanted);
        }
        Some(set)
    }

    /// Reads an entity, which must be of this organization, and of that type if one is wanted.
    fn entity(&mut self, at: &Path<'_>, name: &str, wanted: Option<EntityType>) -> Option<EntityType> {
        let read = match EntityName::parse(self.catalog, name) {
            Ok(read) => read,
            Err(malformed) => {
                self.malformed_entity(at, name, malformed);
                return None;
            }
        };
        if read.organization() != self.organization && !self.organization.is_empty() {
            let message = format!(
                "`{}` is not an entity of the organization `{}`",
                excerpt(name),
                excerpt(&self.organization)
            );
            self.add(Code::OtherOrganization, at, message);
        }
        if let Some(wanted) = wanted.filter(|wanted| *wanted != read.entity_type) {
            self.wrong_entity_type(at, &format!("`{}`", excerpt(name)), read.entity_type, wanted);
        }
        Some(read.entity_type)
    }

    fn malformed_entity(&mut self, at: &Path<'_>, name: &str, malformed: Malformed) {
        self.add(Code::MalformedEntity, at, malformed_entity(self.catalog, name, malformed));
    }

    /// Reads `KIND:NAME` of one of these kinds.
    fn principal<'n>(&mut self, at: &Path<'_>, text: &'n str, kinds: &[&str]) -> Option<(&'n str, &'n str)> {
        let read = text.split_once(':').filter(|(kind, name)| kinds.contains(kind) && !name.is_empty());
        if read.is_none() {
            let wanted = kinds.iter().map(|kind| format!("`{kind}:NAME`")).collect::<Vec<_>>().join(" or ");
            self.add(Code::MalformedPrincipal, at, format!("`{}` is not {wanted}", excerpt(text)));
        }
        read
    }

    fn roles(&mut self, at: &Path<'_>, roles: &[Field<Text<'_>>]) {
        let at = at.key("roles");
        for (index, role) in roles.iter().enumerate() {
            if let Some(role) = role.text() {
                self.role(&at.index(index), role);
            }
        }
    }

    /// A role that somebody is to have.
    fn role(&mut self, at: &Path<'_>, id: &str) -> Option<usize> {
        let role = self.index.role(id);
        if role.is_none() {
            let id = excerpt(id);
            let message = match self.index.record(&id) {
                Some(_) => format!("`{id}` is a policy or a set and no role: nobody can have it"),
                None => format!("no role `{id}` is there: name one by its id"),
            };
            self.add(Code::UnknownRole, at, message);
        }
        role
    }

    fn member(&mut self, at: &Path<'_>, user: &str) {
        self.known(at, user, Code::UnknownMember, "member", |index| &index.members);
    }

    fn team(&mut self, at: &Path<'_>, name: &str) {
        self.known(at, name, Code::UnknownTeam, "team", |index| &index.teams);
    }

    fn known(&mut self, at: &Path<'_>, name: &str, code: Code, what: &str, names: impl Fn(&Index) -> &Names) {
        if names(&self.index).get(name).is_none() {
            self.add(code, at, format!("no {what} `{}` is in the document", excerpt(name)));
        }
    }

    fn unique(
        &mut self,
        at: &Path<'_>,
        field: &str,
        name: &Field<Text<'_>>,
        what: &str,
        names: impl Fn(&mut Index) -> &mut Names,
    ) {
        let Some(name) = name.text() else { return };
        if !names(&mut self.index).insert(name).1 {
            self.duplicate(&at.key(field), name, what);
        }
    }

    fn duplicate(&mut self, at: &Path<'_>, name: &str, what: &str) {
        self.add(Code::Duplicate, at, format!("`{}` stands twice: {what} is there already", excerpt(name)));
    }

    fn not_in_revision(&mut self, at: &Path<'_>, field: &str) {
        let message = format!("the revision `{}` has no `{field}`: remove it", self.catalog.name());
        self.add(Code::NotInRevision, at, message);
    }

    fn wrong_entity_type(&mut self, at: &Path<'_>, what: &str, found: EntityType, wanted: EntityType) {
        let (found, wanted) = (self.catalog.type_name(found), self.catalog.type_name(wanted));
        self.add(Code::WrongEntityType, at, format!("{what} is of type `{found}`, not `{wanted}`"));
    }

    fn wrong_type(&mut self, at: &Path<'_>, wanted: &str, found: &Scalar<'_>) {
        let kind = match found {
            Scalar::Null => Kind::Null,
            Scalar::Bool(_) => Kind::Bool,
            Scalar::Number(_) => Kind::Number,
            Scalar::Text(_) => Kind::Text,
            Scalar::Object => Kind::Object,
            Scalar::Array => Kind::Array,
        };
        self.add(Code::WrongType, at, document::wrong_type(wanted, kind));
    }

    fn add(&mut self, code: Code, at: &Path<'_>, message: impl Into<String>) {
        self.problems.add(code, at, message);
    }
}

/// The sentence on a text that names no entity.
pub(crate) fn malformed_entity(catalog: &Catalog, text: &str, malformed: Malformed) -> String {
    let text = excerpt(text);
    match malformed {
        Malformed::EntityType => {
            let known = listed(catalog.entity_types().map(|(_, name)| name));
            format!("`{text}` is no `TYPE:PATH`: the type is one of {known}")
        }
        Malformed::Path(entity_type) => {
            let (name, parts) = (catalog.type_name(entity_type), catalog.parts(entity_type));
            let parts = if parts == 1 {
                "one part".to_owned()
            } else {
                format!("{parts} parts with `/` between them")
            };
            format!("`{text}` is no entity: the path of a `{name}` has {parts}, none of them empty")
        }
    }
}

/// Names for a sentence: `` `a`, `b`, `c` ``.
fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
