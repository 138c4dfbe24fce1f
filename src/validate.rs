//! Document + catalog → a checked document, or every problem: names that must exist, names that must be unique,
//! values that must fit, limits, and what edition and revision allow.

mod records;

use crate::catalog::{Catalog, Edition, Level};
use crate::document;
use crate::document::words::{ACCESS_TOKEN, CREATORS, LIFETIME_DAYS, MODES, RUN_AS, TEAM_ROLES, TOKEN_KINDS};
use crate::entity::{EntityName, EntityType, Malformed};
use crate::json::{Kind, Value, excerpt, listed};
use crate::names::{Keys, Names};
use crate::number::Decimal;
use crate::problem::{Code, Path, Problems};
use crate::time::Instant;

pub(crate) use crate::document::words::{ORGANIZATION, PERSONAL, TEAM};
pub(crate) use records::{CHAIN, ROLE_PURPOSES};

/// What to do about a name that is none, before some that are.
const NAME_ONE: &str = "name one of the document by its id, or one of";

/// A document in which every name that must exist does, with what its names stand for.
///
/// Only [`check`] makes one, so `compile` need not ask again.
#[derive(Debug)]
pub(crate) struct Checked<'j> {
    pub(crate) document: Value<'j>,
    pub(crate) settings: Settings,
    pub(crate) edition: Option<Edition>,
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
#[derive(Debug)]
pub(crate) struct Index {
    /// Default sets first, then those of the document: ids, and the names of the default ones.
    sets: Keys,
    /// Built-in roles first, then the records of the document.
    roles: Keys,
    /// Whether a record may be given to somebody.
    is_role: Vec<bool>,
    /// What people call sets, default ones too, and the records of the document.
    pub(crate) set_names: Names,
    pub(crate) role_names: Names,
    pub(crate) teams: Names,
    pub(crate) members: Names,
    pub(crate) tokens: Names,
    pub(crate) service_principals: Names,
    /// The listed entities, in the order of the document.
    pub(crate) entities: Names,
    /// The ids of those that have one.
    pub(crate) ids: Keys,
    /// The seed of all these tables.
    pub(crate) seed: u64,
}

impl Index {
    fn seeded(seed: u64) -> Self {
        let (names, keys) = (|| Names::seeded(seed), || Keys::seeded(seed));
        Self {
            sets: keys(),
            roles: keys(),
            is_role: Vec::new(),
            set_names: names(),
            role_names: names(),
            teams: names(),
            members: names(),
            tokens: names(),
            service_principals: names(),
            entities: names(),
            ids: keys(),
            seed,
        }
    }

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
pub(crate) fn check<'j>(
    document: Value<'j>,
    catalog: &Catalog,
    seed: u64,
    problems: &mut Problems,
) -> Checked<'j> {
    let organization = document.text("organization").unwrap_or_default();
    let mut checker =
        Checker { catalog, problems, index: Index::seeded(seed), set_types: Vec::new(), organization };
    let edition = checker.edition(document);
    checker.sets(document, edition.as_ref());
    checker.records(document, edition.as_ref());
    let settings = checker.settings(document);
    checker.people(document);
    checker.tokens(document);
    checker.entities(document);
    checker.rules_and_trees(document);
    let index = checker.index;
    Checked { document, settings, edition, index }
}

struct Checker<'c> {
    catalog: &'c Catalog,
    problems: &'c mut Problems,
    index: Index,
    /// The entity types of the document's own sets.
    set_types: Vec<Option<EntityType>>,
    organization: &'c str,
}

impl Checker<'_> {
    fn edition(&mut self, document: Value<'_>) -> Option<Edition> {
        let editions = &self.catalog.editions;
        let Some(name) = document.text("edition") else { return editions.last().cloned() };
        if editions.is_empty() {
            self.not_in_catalog(&Path::Root.key("edition"), "edition");
            return None;
        }
        let found = editions.iter().find(|edition| *edition.name == *name).cloned();
        if found.is_none() {
            let known = listed(editions.iter().map(|edition| &*edition.name));
            let message = format!("no edition `{}` is known: use one of {known}", excerpt(name));
            self.add(Code::UnknownValue, &Path::Root.key("edition"), message);
        }
        found
    }

    fn settings(&mut self, document: Value<'_>) -> Settings {
        let catalog = self.catalog;
        let mut settings = Settings {
            toggles: vec![false; catalog.toggles.len()],
            levels: vec![None; catalog.levels.len()],
            default_role: catalog.member_role,
            ..Settings::default()
        };
        let at = Path::Root.key("settings");
        for (name, value) in document.get("settings").into_iter().flat_map(Value::members) {
            let at = at.key(name);
            let toggle = catalog.toggles.iter().position(|toggle| *toggle.field == *name);
            let level = catalog.levels.iter().position(|level| *level.field == *name);
            if let Some(slot) = toggle.and_then(|toggle| settings.toggles.get_mut(toggle)) {
                *slot = self.toggle(&at, value);
            } else if let Some((level, slot)) =
                level.and_then(|level| catalog.levels.get(level).zip(settings.levels.get_mut(level)))
            {
                *slot = self.level(&at, level, value, true).flatten();
            } else {
                self.setting(&at, name, value, &mut settings);
            }
        }
        settings
    }

    /// The settings that are mechanisms of the engine and no rows of the catalog.
    fn setting(&mut self, at: &Path<'_>, name: &str, value: Value<'_>, settings: &mut Settings) {
        let newer = matches!(name, "defaultDeploymentRole" | "permissionMode");
        if newer && !self.catalog.has_field(&format!("settings.{name}")) {
            return self.not_in_catalog(at, name);
        }
        let (text, null) = (value.as_text(), value.kind() == Kind::Null);
        match (name, text, value.as_number()) {
            ("defaultDeploymentRole" | "tokenMaxLifetimeDays", ..) if null => {}
            ("defaultRole", Some(id), _) => {
                settings.default_role = self.role(at, id).unwrap_or(settings.default_role);
            }
            ("defaultDeploymentRole", Some(id), _) => settings.default_deployment_role = self.role(at, id),
            ("permissionMode", Some(mode), _) => settings.restricted = self.is_restricted(at, mode),
            ("tokenMaxLifetimeDays", _, Some(days)) => settings.token_max_lifetime_days = self.days(at, days),
            ("defaultRole", ..) => self.wrong_type(at, "the id of a role", value),
            ("defaultDeploymentRole", ..) => self.wrong_type(at, "the id of a role or null", value),
            ("permissionMode", ..) => self.wrong_type(at, "`permissive` or `restricted`", value),
            ("tokenMaxLifetimeDays", ..) => self.wrong_type(at, "a number of days or null", value),
            _ => {
                let known =
                    ["defaultRole", "tokenMaxLifetimeDays"].into_iter().chain(self.catalog.settings());
                let known = listed(known);
                let message = format!("no setting `{}` is known: use one of {known}", excerpt(name));
                self.add(Code::UnknownField, at, message);
            }
        }
    }

    fn toggle(&mut self, at: &Path<'_>, value: Value<'_>) -> bool {
        if value.as_bool().is_none() {
            self.wrong_type(at, "true or false", value);
        }
        value.as_bool().unwrap_or(false)
    }

    fn is_restricted(&mut self, at: &Path<'_>, mode: &str) -> bool {
        self.one_of(at, mode, "mode", MODES);
        mode == "restricted"
    }

    fn days(&mut self, at: &Path<'_>, text: &str) -> Option<u32> {
        let (least, most) = LIFETIME_DAYS;
        let days = Decimal::parse(text).integer().filter(|days| (least..=most).contains(days));
        if days.is_none() {
            let message = format!("`{}` is no whole number of days from {least} to {most}", excerpt(text));
            self.add(Code::OutOfRange, at, message);
        }
        days.and_then(|days| u32::try_from(days).ok())
    }

    /// The set of a level, by name or number: an inner nothing is the level that gives nothing.
    #[expect(clippy::option_option, reason = "no such level, and a level without a set, are two things")]
    fn level(&mut self, at: &Path<'_>, level: &Level, value: Value<'_>, none: bool) -> Option<Option<usize>> {
        let Some(written) = value.as_text().or(value.as_number()) else {
            self.wrong_type(at, "a level", value);
            return None;
        };
        let found = level.set_of(value).filter(|set| none || set.is_some());
        if found.is_none() {
            let known = level.levels.iter().filter(|(_, set)| none || set.is_some()).map(|(name, _)| &**name);
            let known = listed(known);
            let message = format!("no level `{}` can be given here: use one of {known}", excerpt(written));
            self.add(Code::UnknownValue, at, message);
        }
        found
    }

    fn people(&mut self, document: Value<'_>) {
        self.each(document, "members", |checker, at, member| {
            checker.unique(at, "user", member, "a member of that login", |index| &mut index.members);
            checker.role_at(at, "role", member);
            checker.grants(at, member);
        });
        self.each(document, "collaborators", Self::grants);
        self.each(document, "teams", |checker, at, team| {
            checker.unique(at, "name", team, "a team of that name", |index| &mut index.teams);
            checker.roles(at, team);
            checker.each_at(at, team, "members", &mut |checker, at, member| {
                checker.known(at, "user", member, Code::UnknownMember, "member", |index| &index.members);
                if let Some(role) = member.text("role") {
                    checker.one_of(&at.key("role"), role, "role in a team", TEAM_ROLES);
                }
            });
            checker.grants(at, team);
        });
        let at = Path::Root.key("servicePrincipals");
        if document.get("servicePrincipals").is_some() && !self.catalog.has_field("servicePrincipals") {
            return self.not_in_catalog(&at, "servicePrincipals");
        }
        self.each(document, "servicePrincipals", |checker, at, principal| {
            let what = "a service principal of that name";
            checker.unique(at, "name", principal, what, |index| &mut index.service_principals);
            checker.roles(at, principal);
            checker.grants(at, principal);
        });
    }

    fn tokens(&mut self, document: Value<'_>) {
        self.each(document, "tokens", |checker, at, token| {
            checker.unique(at, "name", token, "a token of that name", |index| &mut index.tokens);
            checker.token(at, token);
            if let Some(date) = token.text("expiresAt").filter(|date| Instant::parse(date).is_none()) {
                checker.add(Code::MalformedDate, &at.key("expiresAt"), malformed_date(date));
            }
        });
    }

    /// Each kind has one field that says whose permissions the token has; the others have no meaning for it.
    fn token(&mut self, at: &Path<'_>, token: Value<'_>) {
        let Some(kind) = token.text("kind") else { return };
        self.one_of(&at.key("kind"), kind, "kind of token", TOKEN_KINDS);
        let own = match kind {
            PERSONAL => "user",
            TEAM => "team",
            ORGANIZATION => "role",
            _ => return,
        };
        if own != "role" && token.get(own).is_none() {
            let message = format!("the field `{own}` is missing: a {kind} token needs it");
            self.add(Code::MissingField, &at.key(own), message);
        }
        for name in
            ["user", "team", "role"].into_iter().filter(|name| *name != own && token.text(name).is_some())
        {
            let message = format!("a token of kind `{kind}` has no `{name}`: remove it");
            self.add(Code::ConflictingFields, &at.key(name), message);
        }
        match own {
            "user" => self.known(at, own, token, Code::UnknownMember, "member", |index| &index.members),
            "team" => self.known(at, own, token, Code::UnknownTeam, "team", |index| &index.teams),
            _ => self.role_at(at, own, token),
        }
    }

    fn entities(&mut self, document: Value<'_>) {
        let mut number = 0;
        self.each(document, "entities", |checker, at, entity| {
            checker.unique(at, "entity", entity, "that entity", |index| &mut index.entities);
            if let Some(name) = entity.text("entity") {
                checker.entity(&at.key("entity"), name, None);
            }
            if let Some(id) = entity.text("id").filter(|id| !checker.index.ids.insert(id, number)) {
                checker.duplicate(&at.key("id"), id, "an entity of that id");
            }
            if let Some(creator) = entity.text("creator") {
                checker.principal(&at.key("creator"), creator, CREATORS);
            }
            checker.references(at, entity);
            if let Some(deployment) = entity.get("deployment") {
                checker.deployment(&at.key("deployment"), deployment);
            }
            number += 1;
        });
    }

    fn references(&mut self, at: &Path<'_>, entity: Value<'_>) {
        for field in ["stackReferences", "environments", "imports"] {
            let Some(_) = entity.get(field) else { continue };
            let at = at.key(field);
            let wanted = self.catalog.reference(field);
            if wanted.is_none() {
                self.not_in_catalog(&at, field);
            }
            for (index, name) in entity.texts(field) {
                self.entity(&at.index(index), name, wanted);
            }
        }
    }

    fn deployment(&mut self, at: &Path<'_>, deployment: Value<'_>) {
        if self.catalog.identity.is_empty() {
            return self.not_in_catalog(at, "deployment");
        }
        let mut has = |name: &str| {
            let known = name == "accessToken" || self.catalog.has_field(&format!("deployment.{name}"));
            if !known && deployment.get(name).is_some() {
                self.not_in_catalog(&at.key(name), name);
            }
            known
        };
        let (role, run_as) = (has("role"), has("runAs"));
        if role {
            self.role_at(at, "role", deployment);
        }
        self.identity(at, "accessToken", deployment, ACCESS_TOKEN);
        if run_as {
            self.identity(at, "runAs", deployment, RUN_AS);
        }
    }

    /// A principal of one of these kinds that must exist.
    fn identity(&mut self, at: &Path<'_>, field: &str, value: Value<'_>, kinds: &[&str]) {
        let at = at.key(field);
        let Some((kind, name)) = value.text(field).and_then(|text| self.principal(&at, text, kinds)) else {
            return;
        };
        let (code, what, names) = match kind {
            "token" => (Code::UnknownToken, "token", &self.index.tokens),
            "team" => (Code::UnknownTeam, "team", &self.index.teams),
            _ => (Code::UnknownServicePrincipal, "service principal", &self.index.service_principals),
        };
        if names.get(name).is_none() {
            self.unknown(&at, name, code, what);
        }
    }

    fn grants(&mut self, at: &Path<'_>, holder: Value<'_>) {
        self.each_at(at, holder, "grants", &mut |checker, at, grant| {
            let entity = grant.text("entity").and_then(|name| checker.entity(&at.key("entity"), name, None));
            if let Some((level, entity_type)) = grant.get("level").zip(entity) {
                checker.grant_level(&at.key("level"), entity_type, level);
            }
            if let Some(name) = grant.text("permissionSet") {
                checker.set_of_type(&at.key("permissionSet"), name, entity);
            }
        });
    }

    fn grant_level(&mut self, at: &Path<'_>, entity_type: EntityType, value: Value<'_>) {
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
            let known = listed(self.catalog.sets.iter().map(|set| &*set.id));
            let message = format!("no permission set `{}` is there: {NAME_ONE} {known}", excerpt(name));
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
        if read.organization != self.organization && !self.organization.is_empty() {
            let message = format!(
                "`{}` is not an entity of the organization `{}`",
                excerpt(name),
                excerpt(self.organization)
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

    fn roles(&mut self, at: &Path<'_>, holder: Value<'_>) {
        let at = at.key("roles");
        for (index, role) in holder.texts("roles") {
            self.role(&at.index(index), role);
        }
    }

    fn role_at(&mut self, at: &Path<'_>, field: &str, value: Value<'_>) {
        if let Some(role) = value.text(field) {
            self.role(&at.key(field), role);
        }
    }

    /// A role that somebody is to have.
    fn role(&mut self, at: &Path<'_>, id: &str) -> Option<usize> {
        let role = self.index.role(id);
        if role.is_none() {
            let (record, id) = (self.index.record(id).is_some(), excerpt(id));
            let message = if record {
                format!("`{id}` is a policy or a set and no role: nobody can have it")
            } else {
                let known = listed(self.catalog.roles.iter().map(|role| &*role.id));
                format!("no role `{id}` is there: {NAME_ONE} {known}")
            };
            self.add(Code::UnknownRole, at, message);
        }
        role
    }

    /// A name that must be in the document.
    fn known(
        &mut self,
        at: &Path<'_>,
        field: &str,
        value: Value<'_>,
        code: Code,
        what: &str,
        names: fn(&Index) -> &Names,
    ) {
        if let Some(name) = value.text(field).filter(|name| names(&self.index).get(name).is_none()) {
            self.unknown(&at.key(field), name, code, what);
        }
    }

    fn unknown(&mut self, at: &Path<'_>, name: &str, code: Code, what: &str) {
        self.add(code, at, format!("no {what} `{}` is in the document", excerpt(name)));
    }

    /// A word out of a closed list.
    fn one_of(&mut self, at: &Path<'_>, word: &str, what: &str, known: &[&str]) {
        if !known.contains(&word) {
            let known = listed(known.iter().copied());
            let message = format!("no {what} is called `{}`: use one of {known}", excerpt(word));
            self.add(Code::UnknownValue, at, message);
        }
    }

    /// A name that no other of its kind may have.
    fn unique(
        &mut self,
        at: &Path<'_>,
        field: &str,
        value: Value<'_>,
        what: &str,
        names: fn(&mut Index) -> &mut Names,
    ) {
        let Some(name) = value.text(field) else { return };
        if !names(&mut self.index).insert(name).1 {
            self.duplicate(&at.key(field), name, what);
        }
    }

    /// Every item of a list of the document, with its place.
    fn each(
        &mut self,
        document: Value<'_>,
        field: &str,
        mut check: impl FnMut(&mut Self, &Path<'_>, Value<'_>),
    ) {
        self.each_at(&Path::Root, document, field, &mut check);
    }

    fn each_at(
        &mut self,
        at: &Path<'_>,
        value: Value<'_>,
        field: &str,
        check: &mut dyn FnMut(&mut Self, &Path<'_>, Value<'_>),
    ) {
        let at = at.key(field);
        for (index, item) in value.list(field).enumerate() {
            check(self, &at.index(index), item);
        }
    }

    fn duplicate(&mut self, at: &Path<'_>, name: &str, what: &str) {
        self.add(Code::Duplicate, at, format!("`{}` stands twice: {what} is there already", excerpt(name)));
    }

    fn not_in_catalog(&mut self, at: &Path<'_>, field: &str) {
        let message = format!("the catalog `{}` has no `{field}`: remove it", excerpt(self.catalog.name()));
        self.add(Code::NotInRevision, at, message);
    }

    fn wrong_entity_type(&mut self, at: &Path<'_>, what: &str, found: EntityType, wanted: EntityType) {
        let (found, wanted) = (self.catalog.type_name(found), self.catalog.type_name(wanted));
        self.add(Code::WrongEntityType, at, format!("{what} is of type `{found}`, not `{wanted}`"));
    }

    fn wrong_type(&mut self, at: &Path<'_>, wanted: &str, found: Value<'_>) {
        self.add(Code::WrongType, at, document::wrong_type(wanted, found.kind()));
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
            let (name, path) =
                (catalog.type_name(entity_type), catalog.path(entity_type).to_ascii_uppercase());
            format!("`{text}` is no entity: write `{name}:{path}`, no part of it empty")
        }
    }
}

/// The sentence on a text that is no date.
pub(crate) fn malformed_date(text: &str) -> String {
    format!(
        "`{}` is no date: write it like `2027-01-01T00:00:00Z`, with seconds and `Z` or an offset",
        excerpt(text)
    )
}
