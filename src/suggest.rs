//! The least privilege that does: what somebody needs → a role, of what is there where that fits.
//!
//! A suggestion is not believed. It is written into a small document of the same catalog, compiled like any other,
//! and asked by the one evaluator; only what passes is handed over.

mod answer;
mod draft;
mod power;
mod search;
mod trial;
mod wanted;

pub use answer::{
    AddedGrant, AddedRole, AddedRule, AddedSet, Addition, Fitting, RuleOn, ScopeOn, Suggestion, Surplus,
};
pub(crate) use wanted::Wanted;

use crate::catalog::IdentityStep;
use crate::document::NEEDS;
use crate::json::excerpt;
use crate::organization::Organization;
use crate::preflight::{Preflight, PreflightReport, path_of};
use crate::request::{self, RequestError};
use search::Search;

/// What a role is called that nobody named.
const NAME: &str = "Suggested";

/// What somebody must be allowed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    pairs: Vec<ScopeOn>,
    name: Option<String>,
}

impl Needs {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// These needs and a scope on an entity: `TYPE:PATH`, or `TYPE:*` for all entities of the type, present and
    /// future.
    #[must_use]
    pub fn and(mut self, scope: impl Into<String>, entity: impl Into<String>) -> Self {
        self.pairs.push(ScopeOn { entity: entity.into(), scope: scope.into() });
        self
    }

    /// What people shall call a new role; an empty name is none. The id is made of it, and where either is taken, a
    /// number follows.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Reads `{"needs": [{"scope", "entity"}]}`, with `name` where it is given.
    ///
    /// # Errors
    ///
    /// A text that is no such object: no JSON, an unknown field, a wrong type.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, RequestError> {
        let json = request::read(text.as_ref(), &NEEDS)?;
        let mut needs = Self { name: json.root().text("name").map(str::to_owned), ..Self::default() };
        for need in json.root().list("needs") {
            let text = |name| need.text(name).unwrap_or_default();
            needs = needs.and(text("scope"), text("entity"));
        }
        Ok(needs)
    }
}

impl Organization {
    /// The role that allows everything that is needed and the least beyond it: one that is there if it gives no
    /// more than a new one would, else a new one of default sets where they fit and of custom sets where not.
    ///
    /// It is the role by itself that gives it. What the settings add to its holder, or refuse, is beside it.
    ///
    /// ```
    /// # use scopewise::{Needs, Organization};
    /// let acme = Organization::parse(std::fs::read("examples/acme.json")?)?;
    /// let needs = Needs::new().and("stack:read", "stack:*").and("stack:write", "stack:acme/web/prod");
    /// let suggestion = acme.suggest(&needs.named("Web"))?;
    /// assert_eq!(suggestion.role.as_deref(), Some("web"));
    /// assert_eq!(suggestion.sentence, "a new role `web` gives what is needed, and nothing beyond it");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// No need at all, a scope that the revision does not have or not for that type, an entity that is none or of
    /// another organization.
    pub fn suggest(&self, needs: &Needs) -> Result<Suggestion, RequestError> {
        let mut wanted = Wanted::new(self);
        for ScopeOn { entity, scope } in &needs.pairs {
            wanted.add(scope, entity)?;
        }
        if wanted.is_empty() {
            return Err(RequestError::new("nothing is needed: name a scope and an entity"));
        }
        Ok(self.suggest_wanted(wanted, needs.name.as_deref()))
    }

    /// The smallest role for a new organization token with which a run of a stack's deployment may do everything
    /// that it needs, once the stack's settings name the token. What the token gets by the settings of the
    /// organization need not be in its role.
    ///
    /// No role is suggested where a run would not act as the token, or is refused with it (PM-4).
    ///
    /// # Errors
    ///
    /// As [`Organization::preflight`].
    pub fn suggest_for_deployment(
        &self,
        run: &Preflight,
        name: Option<&str>,
    ) -> Result<Suggestion, RequestError> {
        let report = self.preflight(run)?;
        let path = report.rows.first().map_or("", |row| path_of(&row.entity));
        let deploy = format!("Deploy {path}");
        let (wanted, foreign) = self.needed_by(&report)?;
        let search = Search::new(self, wanted, called(name, &deploy), Some((run, &report)));
        if let Some(refusal) = foreign.or_else(|| self.refuses_token(path, run)) {
            return Ok(search.none(&refusal));
        }
        let token_max_lifetime_days = self.rules.token_max_lifetime_days;
        Ok(Suggestion { token_max_lifetime_days, ..search.suggestion() })
    }

    /// The same as [`Organization::suggest`] for what is known to be there.
    pub(crate) fn suggest_wanted(&self, wanted: Wanted<'_>, name: Option<&str>) -> Suggestion {
        Search::new(self, wanted, called(name, NAME), None).suggestion()
    }

    /// What a run needs in this organization, and why no role gives what it needs in another.
    fn needed_by(&self, run: &PreflightReport) -> Result<(Wanted<'_>, Option<String>), RequestError> {
        let (mut wanted, mut foreign) = (Wanted::new(self), None);
        for row in &run.rows {
            if self.asked_about(&row.entity)?.here {
                wanted.add_named(&row.scope, &row.entity)?;
            } else {
                let entity = excerpt(&row.entity);
                foreign =
                    Some(format!("`{entity}` belongs to another organization, which its own roles open"));
            }
        }
        Ok((wanted, foreign))
    }

    /// Why no run of `PROJECT/STACK` acts as an access token that its settings name.
    fn refuses_token(&self, stack: &str, run: &Preflight) -> Option<String> {
        let refusal = match self.step_with_token(stack, &run.trigger) {
            Some(IdentityStep::AccessToken) => return None,
            Some(IdentityStep::RefuseUnchosen) => {
                "the restricted mode refuses access tokens: let the stack run as a service principal or a team"
            }
            Some(IdentityStep::RefuseAccessToken) => {
                "an access token is refused beside the identity that its runs act as: give a role to that one"
            }
            _ => "its runs would not act as an access token",
        };
        Some(refusal.to_owned())
    }
}

/// The name that was given, unless it is empty.
fn called<'n>(name: Option<&'n str>, otherwise: &'n str) -> &'n str {
    name.filter(|name| !name.is_empty()).unwrap_or(otherwise)
}
