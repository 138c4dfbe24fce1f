//! Teams: roles, members, and grants on stacks, environments and accounts.

use super::answers::{Reply, Route};
use super::draft::Draft;
use super::entities::{ACCOUNT, ENVIRONMENT, STACK};
use super::people::letters;
use super::roles::NamedRole;
use super::table::{Seeded, Table, told};
use crate::entity::EntityType;
use crate::json::{Kind, Value, excerpt};
use crate::names::Names;
use crate::problem::Path;

/// Direct grants by entity.
pub(super) type Grants = Table<Option<Given>>;

/// What a direct grant gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    Level(String),
    Set(String),
}

pub(super) struct Team<'j> {
    pub(super) roles: Names,
    pub(super) members: Table<Option<&'static str>>,
    pub(super) grants: Grants,
    /// The path of the first answer on the team itself.
    answer: Option<&'j str>,
    /// An answer says who is in it.
    has_members: bool,
}

impl Seeded for Team<'_> {
    fn seeded(seed: u64) -> Self {
        Self {
            roles: Names::seeded(seed),
            members: Table::seeded(seed),
            grants: Table::seeded(seed),
            answer: None,
            has_members: false,
        }
    }
}

impl<'j> Draft<'j> {
    pub(super) fn read_teams(&mut self, replies: &[&Reply<'j>]) {
        self.each(replies, Route::Team, |draft, reply, at| {
            draft.team(reply.value, at);
        });
        self.each(replies, Route::Teams, |draft, reply, at| {
            draft.each_in(reply.value, "teams", at, |draft, team, at| {
                draft.team(team, at);
            });
        });
        self.each(replies, Route::RoleTeams, |draft, reply, at| {
            draft.each_in(reply.value, "teams", at, |draft, team, at| {
                let Some(name) = draft.team(team, at) else { return };
                let role = draft.role(NamedRole::of_id(reply.name(1)), at);
                draft.teams.of(name).roles.intern(&role);
            });
        });
        self.each(replies, Route::TeamRoles, Self::roles_of_team);
        self.each(replies, Route::MemberTeams, |draft, reply, at| {
            draft.is_in_teams(reply.name(1), reply.value, at);
        });
        self.each(replies, Route::Members, |draft, reply, at| {
            draft.each_in(reply.value, "members", at, |draft, member, at| {
                let login = member.get("user").and_then(|user| user.text("githubLogin"));
                draft.is_in_teams(login.unwrap_or_default(), member, at);
            });
        });
    }

    /// Reads what an answer tells of a team, and answers its name.
    pub(super) fn team(&mut self, team: Value<'j>, at: &Path<'_>) -> Option<&'j str> {
        let Some(name) = team.text("name") else {
            self.left(at, "a team without a name: it is left out");
            return None;
        };
        let slot = self.teams.of(name);
        slot.has_members |= team.get("members").is_some_and(|members| members.kind() == Kind::Array);
        slot.answer.get_or_insert(self.answer);
        if let Some(title) = team.text("displayName") {
            self.team_titles.of(title).get_or_insert_with(|| name.to_owned());
        }
        for (index, id) in team.texts("roleIds") {
            let role = self.role(NamedRole::of_id(id), &at.key("roleIds").index(index));
            self.teams.of(name).roles.intern(&role);
        }
        self.each_in(team, "members", at, |draft, member, at| draft.team_member(name, member, at));
        if let Some(error) = team.text("listMembersError") {
            let message = format!("the members of the team are not known: {}", excerpt(error));
            self.left(&at.key("listMembersError"), message);
        }
        self.each_in(team, "stacks", at, |draft, on, at| {
            draft.grant_of_team(name, STACK, &["projectName", "stackName"], on, at);
        });
        self.each_in(team, "environments", at, |draft, on, at| {
            draft.grant_of_team(name, ENVIRONMENT, &["projectName", "envName"], on, at);
            if let Some(limit) = on.text("maxOpenDuration") {
                let message =
                    format!("a direct grant has no limit of time: `{}` is left out", excerpt(limit));
                draft.left(&at.key("maxOpenDuration"), message);
            }
        });
        self.each_in(team, "accounts", at, |draft, on, at| {
            draft.grant_of_team(name, ACCOUNT, &["accountName"], on, at);
        });
        Some(name)
    }

    fn team_member(&mut self, team: &str, member: Value<'j>, at: &Path<'_>) {
        let login = member.text("githubLogin").unwrap_or_default();
        let role = match member.text("role") {
            None | Some("member") => "member",
            Some("admin") => "admin",
            Some(role) => {
                let message = format!("`{}` is in the team as `{}`: left out", excerpt(login), excerpt(role));
                return self.left(at, message);
            }
        };
        if self.members.has(login) {
            let same = told(self.teams.of(team).members.of(login), role);
            self.again(same, &at.key("role"));
        } else {
            let message =
                format!("`{}` is no member among the answers: left out of the team", excerpt(login));
            self.left(at, message);
        }
    }

    fn grant_of_team(&mut self, team: &str, kind: &str, names: &[&str], on: Value<'j>, at: &Path<'_>) {
        let names: Vec<&str> = names.iter().map(|name| on.text(name).unwrap_or_default()).collect();
        if let Some(entity) = self.entity(kind, &names, at) {
            self.grant_to_team(team, kind, &entity, on, at);
        }
    }

    /// Grants what stands in `permission` to a team, which is new if only its grants are told.
    pub(super) fn grant_to_team(
        &mut self,
        team: &str,
        kind: &str,
        entity: &str,
        on: Value<'j>,
        at: &Path<'_>,
    ) {
        if team.is_empty() {
            return self.left(at, "a team without a name: it is left out");
        }
        self.known_team(team, at);
        if let Some(given) = self.given(kind, on, "permission", at) {
            let same = told(self.teams.of(team).grants.of(entity), given);
            self.again(same, at);
        }
    }

    /// A team that has no answer of its own is a team all the same.
    fn known_team(&mut self, team: &str, at: &Path<'_>) {
        if !self.teams.has(team) {
            self.teams.of(team);
            self.left(at, format!("no answer on the team `{}` itself: it has nobody in it", excerpt(team)));
        }
    }

    /// What a level, or the name of a set beside it, gives on an entity of that type; nothing for none.
    pub(super) fn given(&mut self, kind: &str, on: Value<'j>, field: &str, at: &Path<'_>) -> Option<Given> {
        let catalog = self.catalog;
        let entity_type = catalog.entity_type(kind)?;
        let level = catalog.level_of(entity_type)?;
        let Some(written) = on.get(field) else {
            self.left(at, format!("no `{field}` stands here: nothing is granted"));
            return None;
        };
        let (name, set) = self.level(level, written, &at.key(field))?;
        match on.text("permissionSetName") {
            Some(title) if !self.is_title_of(title, name, *set) => {
                self.given_set(entity_type, title, &at.key("permissionSetName"))
            }
            _ => set.map(|_| Given::Level(name.to_string())),
        }
    }

    /// Whether a grant is called as its level or the default set of that.
    fn is_title_of(&self, title: &str, level: &str, set: Option<usize>) -> bool {
        let (title, set) = (letters(title), set.and_then(|set| self.catalog.sets.get(set)));
        title == letters(level)
            || set.is_some_and(|it| title == letters(&it.id) || title == letters(&it.name))
    }

    fn given_set(&mut self, entity_type: EntityType, title: &str, at: &Path<'_>) -> Option<Given> {
        let custom = self.records.set_named(entity_type, title).map(str::to_owned);
        let default = || {
            let mut sets = self.catalog.sets.iter().filter(|set| set.entity_type == entity_type);
            let title = letters(title);
            let called = |name: &str| letters(name) == title;
            sets.find(|set| called(&set.id) || called(&set.name)).map(|set| set.id.to_string())
        };
        let found = custom.or_else(default).map(Given::Set);
        if found.is_none() {
            let message =
                format!("no permission set `{}` of this type is among the answers: left out", excerpt(title));
            self.left(at, message);
        }
        found
    }

    fn roles_of_team(&mut self, reply: &Reply<'j>, at: &Path<'_>) {
        self.known_team(reply.name(1), at);
        self.each_in(reply.value, "roles", at, |draft, record, at| {
            let Some(id) = record.text("id") else { return };
            let role = draft.role(NamedRole::of_id(id), at);
            draft.teams.of(reply.name(1)).roles.intern(&role);
        });
    }

    /// Compares the teams that a member is said to be in, by name or title, with what the teams say.
    fn is_in_teams(&mut self, login: &str, said: Value<'j>, at: &Path<'_>) {
        for (index, title) in said.texts("teams") {
            let named = self.team_titles.get(title).and_then(Option::as_deref).unwrap_or(title);
            let team = self.teams.get(title).or_else(|| self.teams.get(named));
            if !team.is_some_and(|team| team.members.has(login)) {
                let (login, title) = (excerpt(login), excerpt(title));
                let message =
                    format!("no answer on the team `{title}` says that `{login}` is in it: left out");
                self.left(&at.key("teams").index(index), message);
            }
        }
    }

    /// Lists the teams of which no answer says who is in them.
    pub(super) fn incomplete_teams(&mut self) {
        let teams = self.teams.rows().filter(|(_, team)| !team.has_members);
        let lefts: Vec<_> =
            teams.filter_map(|(name, team)| Some((excerpt(name).into_owned(), team.answer?))).collect();
        for (name, answer) in lefts {
            let message = format!("no answer says who is in the team `{name}`: ask for it");
            self.left(&Path::Root.key(answer), message);
        }
    }
}
