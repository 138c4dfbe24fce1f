//! Entities: their ids, tags and owners; environments with their imports, and accounts.

use super::answers::{Reply, Route};
use super::draft::Draft;
use super::table::{Seeded, Table, told};
use crate::entity::EntityName;
use crate::json::{Value, excerpt};
use crate::names::Names;
use crate::problem::Path;
use crate::validate::malformed_entity;

/// The types of entities that answers tell of.
pub(super) const STACK: &str = "stack";
pub(super) const ENVIRONMENT: &str = "environment";
pub(super) const ACCOUNT: &str = "insights-account";

/// The project of an environment that names none (EN-8).
pub(super) const DEFAULT_PROJECT: &str = "default";

/// What is told of an entity.
pub(super) struct Entity<'j> {
    pub(super) id: Option<String>,
    pub(super) tags: Table<Option<String>>,
    /// The login, or an empty text where nobody has what the creator had.
    pub(super) creator: Option<String>,
    pub(super) stack_references: Names,
    pub(super) environments: Names,
    pub(super) imports: Names,
    pub(super) role: Option<String>,
    pub(super) access_token: Option<String>,
    /// The document lists it.
    pub(super) listed: bool,
    /// An answer tells its tags.
    pub(super) has_tags: bool,
    /// The path of the first answer that tells of it.
    answer: &'j str,
}

impl Seeded for Entity<'_> {
    fn seeded(seed: u64) -> Self {
        Self {
            id: None,
            tags: Table::seeded(seed),
            creator: None,
            stack_references: Names::seeded(seed),
            environments: Names::seeded(seed),
            imports: Names::seeded(seed),
            role: None,
            access_token: None,
            listed: true,
            has_tags: false,
            answer: "",
        }
    }
}

impl<'j> Draft<'j> {
    pub(super) fn read_environments(&mut self, replies: &[&Reply<'j>]) {
        self.each_of(replies, Route::EnvironmentMetadata, ENVIRONMENT, |draft, environment, value, at| {
            draft.id(environment, value, at);
            draft.owner(environment, value, at);
            draft.gates(value, at);
        });
        self.each(replies, Route::Environments, Self::listed_environments);
        self.each_of(replies, Route::EnvironmentTags, ENVIRONMENT, Self::detailed_tags);
        self.each_of(replies, Route::EnvironmentSettings, ENVIRONMENT, |draft, _, value, at| {
            draft.protection(value, at);
        });
        self.each_of(replies, Route::Referrers, ENVIRONMENT, Self::referrers);
    }

    pub(super) fn read_accounts(&mut self, replies: &[&Reply<'j>]) {
        self.each_of(replies, Route::Account, ACCOUNT, Self::account);
        self.each(replies, Route::Accounts, |draft, reply, at| {
            draft.each_in(reply.value, "accounts", at, |draft, listed, at| {
                let name = listed.text("name").unwrap_or_default();
                if let Some(account) = draft.entity(ACCOUNT, &[name], at) {
                    draft.account(&account, listed, at);
                }
            });
        });
        self.each_of(replies, Route::AccountTags, ACCOUNT, Self::detailed_tags);
        self.each_of(replies, Route::AccountTeams, ACCOUNT, |draft, account, value, at| {
            draft.granted_teams(ACCOUNT, account, value, at);
        });
    }

    /// Hands over every answer of one kind with the entity that its path names.
    pub(super) fn each_of(
        &mut self,
        replies: &[&Reply<'j>],
        route: Route,
        kind: &'static str,
        mut read: impl FnMut(&mut Self, &str, Value<'j>, &Path<'_>),
    ) {
        self.each(replies, route, |draft, reply, at| {
            if let Some(entity) = draft.entity(kind, &reply.inner_names(), at) {
                read(draft, &entity, reply.value, at);
            }
        });
    }

    /// An entity of this organization, or nothing for a name that no entity can have, which is listed.
    pub(super) fn entity(&mut self, kind: &str, names: &[&str], at: &Path<'_>) -> Option<String> {
        let text = format!("{kind}:{}/{}", self.organization, names.join("/"));
        match EntityName::parse(self.catalog, &text) {
            Ok(_) => Some(text),
            Err(malformed) => {
                let message = malformed_entity(self.catalog, &text, malformed);
                self.left(at, message);
                None
            }
        }
    }

    /// The entity, which the document lists because of the answer that is read.
    pub(super) fn told_of(&mut self, entity: &str) -> &mut Entity<'j> {
        let entity = self.entities.of(entity);
        if entity.answer.is_empty() {
            entity.answer = self.answer;
        }
        entity
    }

    /// The id by which role trees name the entity (EN-10).
    pub(super) fn id(&mut self, entity: &str, value: Value<'j>, at: &Path<'_>) {
        let Some(id) = value.text("id") else { return };
        let holder = self.entity_ids.of(id).get_or_insert_with(|| entity.to_owned());
        if holder == entity {
            let same = told(&mut self.told_of(entity).id, id.to_owned());
            self.again(same, &at.key("id"));
        } else {
            let message = format!("`{}` is the id of `{}` too: left out", excerpt(id), excerpt(holder));
            self.left(&at.key("id"), message);
        }
    }

    /// Tags, each with its value or an object in which that is.
    pub(super) fn tags(
        &mut self,
        entity: &str,
        value: Value<'j>,
        at: &Path<'_>,
        value_of: fn(Value<'j>) -> Option<Value<'j>>,
    ) {
        for (key, tag) in value.get("tags").into_iter().flat_map(Value::members) {
            self.tag(entity, key, value_of(tag).and_then(Value::as_text), &at.key("tags").key(key));
        }
    }

    fn tag(&mut self, entity: &str, key: &str, value: Option<&'j str>, at: &Path<'_>) {
        let Some(value) = value.filter(|_| !key.is_empty()) else {
            return self.left(at, "a tag without a key or without a text: it is left out");
        };
        // No test is for an empty value, so that one which nobody has is met by the same tests.
        let written = if value.is_empty() { " " } else { value };
        if value.is_empty() {
            self.left(at, "a document has no tags without a value: a space stands for it");
        }
        let same = told(self.told_of(entity).tags.of(key), written.to_owned());
        self.again(same, at);
    }

    fn detailed_tags(&mut self, entity: &str, value: Value<'j>, at: &Path<'_>) {
        self.told_of(entity).has_tags = true;
        self.tags(entity, value, at, |tag| tag.get("value"));
    }

    /// The owner is the creator, where no answer tells of that.
    pub(super) fn owner(&mut self, entity: &str, value: Value<'j>, at: &Path<'_>) {
        if let Some(login) = value.get("ownedBy").and_then(|user| user.text("githubLogin")) {
            let same = told(&mut self.told_of(entity).creator, login.to_owned());
            self.again(same, &at.key("ownedBy"));
        }
    }

    pub(super) fn granted_teams(&mut self, kind: &str, entity: &str, value: Value<'j>, at: &Path<'_>) {
        self.each_in(value, "teams", at, |draft, team, at| {
            draft.grant_to_team(team.text("name").unwrap_or_default(), kind, entity, team, at);
        });
    }

    pub(super) fn of_others(&mut self, count: usize, at: &Path<'_>) {
        match count {
            0 => {}
            1 => self.left(at, "one of these is of another organization: it is left out"),
            _ => self.left(at, format!("{count} of these are of other organizations: they are left out")),
        }
    }

    fn listed_environments(&mut self, reply: &Reply<'j>, at: &Path<'_>) {
        let mut others = 0;
        self.each_in(reply.value, "environments", at, |draft, listed, at| {
            if listed.text("organization") == Some(draft.organization) {
                draft.listed_environment(listed, at);
            } else {
                others += 1;
            }
        });
        self.of_others(others, &at.key("environments"));
    }

    fn listed_environment(&mut self, listed: Value<'j>, at: &Path<'_>) {
        if let Some(deleted) = listed.text("deletedAt") {
            return self.left(&at.key("deletedAt"), format!("deleted, `{}`: left out", excerpt(deleted)));
        }
        let project = listed.text("project").unwrap_or(DEFAULT_PROJECT);
        let name = listed.text("name").unwrap_or_default();
        let Some(environment) = self.entity(ENVIRONMENT, &[project, name], at) else { return };
        self.told_of(&environment).has_tags |= listed.get("tags").is_some();
        self.id(&environment, listed, at);
        self.owner(&environment, listed, at);
        self.tags(&environment, listed, at, Some);
        if let Some(settings) = listed.get("settings") {
            self.protection(settings, &at.key("settings"));
        }
    }

    fn protection(&mut self, settings: Value<'j>, at: &Path<'_>) {
        if settings.get("deletionProtected").and_then(Value::as_bool) == Some(true) {
            self.left(
                &at.key("deletionProtected"),
                "a document does not say that something cannot be deleted",
            );
        }
    }

    fn gates(&mut self, metadata: Value<'j>, at: &Path<'_>) {
        if metadata.list("gatedActions").next().is_some() {
            self.left(&at.key("gatedActions"), "some actions need an approval: a document has none");
        }
        if metadata.get("openRequestNeeded").and_then(Value::as_bool) == Some(true) {
            self.left(&at.key("openRequestNeeded"), "opening needs an approval: a document has none");
        }
    }

    /// Who imports the environment, and the stacks that open it.
    fn referrers(&mut self, environment: &str, value: Value<'j>, at: &Path<'_>) {
        let at = at.key("referrers");
        for (kind, list) in value.get("referrers").into_iter().flat_map(Value::members) {
            let at = at.key(kind);
            for (index, referrer) in list.items().enumerate() {
                self.referrer(environment, referrer, &at.index(index));
            }
        }
    }

    fn referrer(&mut self, environment: &str, referrer: Value<'j>, at: &Path<'_>) {
        if let Some(importing) = referrer.get("environment") {
            let project = importing.text("project").unwrap_or(DEFAULT_PROJECT);
            let names = [project, importing.text("name").unwrap_or_default()];
            if let Some(importing) = self.entity(ENVIRONMENT, &names, &at.key("environment")) {
                self.told_of(&importing).imports.intern(environment);
            }
        }
        if let Some(opening) = referrer.get("stack") {
            let names = ["project", "stack"].map(|field| opening.text(field).unwrap_or_default());
            if let Some(stack) = self.entity(STACK, &names, &at.key("stack")) {
                self.told_of(&stack).environments.intern(environment);
            }
        }
    }

    fn account(&mut self, account: &str, value: Value<'j>, at: &Path<'_>) {
        self.told_of(account);
        self.id(account, value, at);
        self.owner(account, value, at);
    }

    /// An entity that is listed without tags has none. Where trees test tags, one whose tags no answer tells is not
    /// listed, and they count as unknown.
    pub(super) fn leave_untagged(&mut self) {
        if !self.records.test_tags {
            return;
        }
        let untagged = self.entities.rows().filter(|(_, entity)| !entity.has_tags);
        let untagged: Vec<_> = untagged.map(|(name, entity)| (name.to_owned(), entity.answer)).collect();
        for (name, answer) in untagged {
            self.entities.of(&name).listed = false;
            let name = excerpt(&name);
            let message = format!(
                "roles test tags, and no answer tells those of `{name}`: it is not listed, so that they are unknown"
            );
            self.left(&Path::Root.key(answer), message);
        }
    }

    pub(super) fn is_listed(&self, entity: &str) -> bool {
        self.entities.get(entity).is_some_and(|entity| entity.listed)
    }
}
