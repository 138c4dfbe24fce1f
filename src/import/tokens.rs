//! Access tokens: of the organization, of teams, of people.

use super::answers::{Reply, Route};
use super::draft::Draft;
use super::roles::NamedRole;
use super::table::{Seeded, told};
use crate::json::{Kind, Value, excerpt};
use crate::number::Decimal;
use crate::problem::Path;
use crate::time::Instant;
use crate::validate::{ORGANIZATION, PERSONAL, TEAM};

pub(super) struct Token {
    pub(super) kind: &'static str,
    /// The user, the team, or the role; an organization token may have none.
    pub(super) holder: Option<String>,
    pub(super) expires: Option<String>,
}

impl Seeded for Token {
    fn seeded(_: u64) -> Self {
        Self { kind: ORGANIZATION, holder: None, expires: None }
    }
}

impl<'j> Draft<'j> {
    pub(super) fn read_tokens(&mut self, replies: &[&Reply<'j>]) {
        for route in [Route::Tokens, Route::TeamTokens, Route::UserTokens, Route::RoleTokens] {
            self.each(replies, route, |draft, reply, at| {
                draft.each_in(reply.value, "tokens", at, |draft, token, at| draft.token(reply, token, at));
            });
        }
    }

    fn token(&mut self, reply: &Reply<'j>, token: Value<'j>, at: &Path<'_>) {
        let Some(id) = token.text("id").or(token.text("name")) else {
            return self.left(at, "a token without an id and a name: it is left out");
        };
        let kind = match reply.answer.route {
            Route::TeamTokens => TEAM,
            Route::UserTokens => PERSONAL,
            _ => ORGANIZATION,
        };
        if let Some(other) = token.text("type").filter(|other| *other != kind) {
            let message = format!(
                "a token of the kind `{}` among those of the kind `{kind}`: left out",
                excerpt(other)
            );
            return self.left(&at.key("type"), message);
        }
        let Ok(expires) = self.expiry(token, at) else { return };
        let Ok(holder) = self.holder(kind, reply, token, at) else { return };
        let name = self.name_of_token(id, token, at);
        let new = !self.tokens.has(&name);
        let slot = self.tokens.of(&name);
        if new {
            *slot = Token { kind, holder, expires };
        } else {
            let same = slot.kind == kind && slot.expires == expires;
            let same = same && holder.is_none_or(|holder| told(&mut slot.holder, holder));
            self.again(same, at);
        }
    }

    /// Whose permissions the token has. An error for one that is left out, which is told.
    fn holder(
        &mut self,
        kind: &str,
        reply: &Reply<'j>,
        token: Value<'j>,
        at: &Path<'_>,
    ) -> Result<Option<String>, ()> {
        if kind != ORGANIZATION && NamedRole::read(token, "role").is_some() {
            self.left(&at.key("role"), "a token of this kind has no role of its own: it is left out");
        }
        if kind == TEAM {
            self.compare_admin(token, "admin", None, at);
        }
        match kind {
            TEAM if self.teams.has(reply.name(1)) => Ok(Some(reply.name(1).to_owned())),
            TEAM => {
                let message = format!("no team `{}` is among the answers: left out", excerpt(reply.name(1)));
                self.left(at, message);
                Err(())
            }
            PERSONAL => {
                let login = token.text("createdBy").unwrap_or_default();
                if self.members.has(login) {
                    return Ok(Some(login.to_owned()));
                }
                let message = format!("`{}` is no member among the answers: left out", excerpt(login));
                self.left(&at.key("createdBy"), message);
                Err(())
            }
            _ => Ok(self.role_of_token(reply, token, at)),
        }
    }

    /// Older kinds of token have no role, but may be admins (TK-4).
    fn role_of_token(&mut self, reply: &Reply<'j>, token: Value<'j>, at: &Path<'_>) -> Option<String> {
        let role = match NamedRole::read(token, "role") {
            Some(named) => Some(self.role(named, &at.key("role"))),
            None if reply.answer.route == Route::RoleTokens => {
                Some(self.role(NamedRole::of_id(reply.name(1)), at))
            }
            None if token.get("admin").and_then(Value::as_bool) == Some(true) => {
                self.admin().map(str::to_owned)
            }
            None => None,
        };
        self.compare_admin(token, "admin", role.as_deref(), at);
        role
    }

    /// When the token ends, 0 for never. An error for one that is left out, which is told.
    fn expiry(&mut self, token: Value<'j>, at: &Path<'_>) -> Result<Option<String>, ()> {
        let Some(expires) = token.get("expires").filter(|expires| expires.kind() != Kind::Null) else {
            return Ok(None);
        };
        let written = expires.as_number().unwrap_or(expires.kind().in_words());
        let seconds = expires.as_number().and_then(|number| Decimal::parse(number).integer());
        let date = seconds.and_then(|seconds| Instant::from_unix(i64::try_from(seconds).ok()?).text());
        match (seconds, date) {
            (Some(0), _) => Ok(None),
            (_, Some(date)) => Ok(Some(date)),
            _ => {
                let message = format!("`{}` is no time of seconds since 1970: left out", excerpt(written));
                self.left(&at.key("expires"), message);
                Err(())
            }
        }
    }

    /// What the document calls a token, by its id: names need not differ in the API, and personal ones may be empty.
    fn name_of_token(&mut self, id: &str, token: Value<'j>, at: &Path<'_>) -> String {
        if let Some(Some(name)) = self.token_ids.get(id) {
            return name.clone();
        }
        let called = token.text("name").unwrap_or(id);
        let name = self.free_token(called, id);
        self.renamed(called, &name, &at.key("name"));
        *self.token_ids.of(id) = Some(name.clone());
        name
    }

    /// A name that no token has.
    pub(super) fn free_token(&self, wanted: &str, more: &str) -> String {
        super::records::free(wanted, more, |name| self.tokens.has(name))
    }
}
