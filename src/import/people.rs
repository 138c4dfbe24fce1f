//! Members with their roles, and collaborators.

use super::answers::{Reply, Route};
use super::draft::Draft;
use super::records::Known;
use super::roles::NamedRole;
use super::table::{Seeded, Table, told};
use super::teams::Grants;
use crate::json::{Value, excerpt};
use crate::problem::Path;

/// What a member has; without a role the default one.
pub(super) struct Member {
    pub(super) role: Option<String>,
    pub(super) grants: Grants,
}

impl Seeded for Member {
    fn seeded(seed: u64) -> Self {
        Self { role: None, grants: Table::seeded(seed) }
    }
}

impl<'j> Draft<'j> {
    pub(super) fn read_people(&mut self, replies: &[&Reply<'j>]) {
        self.each(replies, Route::Members, |draft, reply, at| {
            draft.each_in(reply.value, "members", at, Self::member);
        });
        self.each(replies, Route::RoleUsers, |draft, reply, at| {
            draft.each_in(reply.value, "users", at, |draft, user, at| draft.user_of_role(reply, user, at));
        });
    }

    fn member(&mut self, member: Value<'j>, at: &Path<'_>) {
        let Some(login) = member.get("user").and_then(|user| user.text("githubLogin")) else {
            return self.left(at, "a member without a login: it is left out");
        };
        let word = member.text("role").unwrap_or_default();
        if word == "stack-collaborator" {
            self.collaborators.of(login);
        } else if let Some(why) = outside(member, word) {
            self.outsiders.intern(login);
            self.left(at, format!("`{}` {why}: no member of the document", excerpt(login)));
        } else {
            let role = self.role_of_member(member, at);
            self.compare_admin(member, "virtualAdmin", role.as_deref(), at);
            let slot = self.members.of(login);
            let same = role.is_none_or(|role| told(&mut slot.role, role));
            self.again(same, at);
        }
    }

    /// The role that is assigned, or else the built-in one by the older field, which knows no others.
    fn role_of_member(&mut self, member: Value<'j>, at: &Path<'_>) -> Option<String> {
        let word = member.text("role");
        let Some(named) = NamedRole::read(member, "fgaRole") else {
            return Some(self.role(NamedRole::of_id(word?), &at.key("role")));
        };
        self.learn_built_in(named, word);
        Some(self.role(named, &at.key("fgaRole")))
    }

    /// Built-in roles have ids of their own, and a list of custom roles does not have them. Where the name is that of
    /// a built-in role and the older field agrees, the id is of that role.
    fn learn_built_in(&mut self, named: NamedRole<'_>, word: Option<&str>) {
        let Some((id, name)) = named.id.zip(named.name) else { return };
        let (name, word) = (letters(name), letters(word.unwrap_or_default()));
        let is = |id: &str| letters(id) == name && name == word;
        let built_in = self.catalog.roles.iter().find(|role| is(&role.id));
        if let Some(role) = built_in.filter(|_| self.records.known(id).is_none()) {
            self.records.know(id, Known::Role(role.id.to_string()));
        }
    }

    /// Whoever a role is assigned to is a member.
    fn user_of_role(&mut self, reply: &Reply<'j>, user: Value<'j>, at: &Path<'_>) {
        match user.text("githubLogin") {
            None => self.left(at, "a user without a login: it is left out"),
            Some(login) if self.outsiders.get(login).is_some() => {
                let message = format!("another answer says that `{}` is no member", excerpt(login));
                self.left(at, message);
            }
            Some(login) => {
                let role = self.role(NamedRole::of_id(reply.name(1)), at);
                let same = told(&mut self.members.of(login).role, role);
                self.again(same, at);
            }
        }
    }

    /// What somebody holds directly: a member, or else a collaborator (PR-8).
    pub(super) fn grants_of(&mut self, login: &str) -> &mut Grants {
        if self.members.has(login) {
            &mut self.members.of(login).grants
        } else {
            self.collaborators.of(login)
        }
    }
}

/// Why somebody on a list of members is none (PR-7).
fn outside(member: Value<'_>, word: &str) -> Option<&'static str> {
    match word {
        "none" => Some("has no role"),
        "potential-member" => Some("may join and has not"),
        _ if member.get("knownToPulumi").and_then(Value::as_bool) == Some(false) => Some("has no account"),
        _ => None,
    }
}

/// A name without what its spellings differ in: `Billing Manager`, `billing-manager`, `billingManager`.
pub(super) fn letters(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
