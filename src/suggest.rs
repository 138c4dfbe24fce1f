//! The least privilege that does: what somebody needs → a role, of what is there where that fits.
//!
//! A suggestion is not believed. It is written into a small document of the same catalog, compiled like any other,
//! and asked by the one evaluator; only what passes is handed over.

mod answer;
mod draft;
mod power;
mod trial;
mod wanted;

pub use answer::{
    AddedGrant, AddedRole, AddedRule, AddedSet, Addition, Fitting, RuleOn, ScopeOn, Suggestion, Surplus,
};
pub(crate) use wanted::Wanted;

use crate::access::Access;
use crate::catalog::IdentityStep;
use crate::document::NEEDS;
use crate::holdings::Inventory;
use crate::json::excerpt;
use crate::names::sorted;
use crate::organization::Organization;
use crate::preflight::{Preflight, PreflightReport, path_of};
use crate::request::{self, RequestError};
use crate::time::Instant;
use power::Power;

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

    /// What people shall call a new role. Its id is made of it, and where either is taken, a number follows.
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
        let named = name.map_or_else(|| format!("Deploy {path}"), str::to_owned);
        let mut refusal = self.refuses_token(path, run);
        let mut wanted = Wanted::new(self);
        for row in &report.rows {
            if self.asked_about(&row.entity)?.here {
                wanted.add_named(&row.scope, &row.entity)?;
            } else {
                let entity = excerpt(&row.entity);
                refusal =
                    Some(format!("`{entity}` belongs to another organization, which its own roles open"));
            }
        }
        let search = Search::new(self, wanted, &named, Some((run, &report)));
        if let Some(refusal) = refusal {
            return Ok(search.none(&refusal));
        }
        let token_max_lifetime_days = self.rules.token_max_lifetime_days;
        Ok(Suggestion { token_max_lifetime_days, ..search.suggestion() })
    }

    /// The same as [`Organization::suggest`] for what is known to be there.
    pub(crate) fn suggest_wanted(&self, wanted: Wanted<'_>, name: Option<&str>) -> Suggestion {
        Search::new(self, wanted, name.unwrap_or(NAME), None).suggestion()
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

/// The search for the least role.
struct Search<'s> {
    organization: &'s Organization,
    inventory: Inventory<'s>,
    wanted: Wanted<'s>,
    name: &'s str,
    /// The run that an organization token with the role is for, and what it needs; nothing where the role is looked
    /// at by itself.
    run: Option<(&'s Preflight, &'s PreflightReport)>,
}

impl<'s> Search<'s> {
    fn new(
        organization: &'s Organization,
        wanted: Wanted<'s>,
        name: &'s str,
        run: Option<(&'s Preflight, &'s PreflightReport)>,
    ) -> Self {
        Self { organization, inventory: Inventory::new(organization), wanted, name, run }
    }

    /// The least of what is there and of what can be made. What is there wins over the same made anew.
    fn suggestion(&self) -> Suggestion {
        let existing = self.existing();
        let (made, no_new_role) = match self.new_role() {
            Ok(made) => (Some(made), None),
            Err(because) => (self.grants(), Some(because)),
        };
        let least = existing.first().map(|it| it.surplus);
        let made = made.filter(|(_, surplus)| least.is_none_or(|least| *surplus < least));
        let empty = self.none(no_new_role.as_deref().unwrap_or_default());
        let found = match (made, existing.first()) {
            (Some((add, surplus)), _) => given_by(add, surplus, empty),
            (None, Some(there)) => Suggestion {
                sentence: format!(
                    "the role `{}` gives what is needed, and {}",
                    excerpt(&there.role),
                    there.surplus
                ),
                role: Some(there.role.clone()),
                surplus: Some(there.surplus),
                ..empty
            },
            (None, None) => empty,
        };
        Suggestion { no_new_role, existing, ..found }
    }

    fn none(&self, because: &str) -> Suggestion {
        Suggestion {
            sentence: format!("no role gives what is needed: {because}"),
            role: None,
            surplus: None,
            add: None,
            no_new_role: None,
            existing: Vec::new(),
            needs: self.wanted.listed(),
            token_max_lifetime_days: None,
        }
    }

    /// The roles that are there and fit, the least one first.
    fn existing(&self) -> Vec<Fitting> {
        let fitting = self.organization.roles().filter_map(|(role, id)| {
            let access = match self.run {
                None => self.organization.access_of_role(role),
                Some(_) => self.organization.access_of_organization_token(role, true, None),
            };
            let power = Power::new(&self.inventory, &access, self.at());
            let passes = power.gives(&self.wanted) && self.flies(self.organization, access);
            let surplus = passes.then(|| power.beyond(&self.wanted, &self.inventory))?;
            Some(Fitting { surplus, role: id.to_owned() })
        });
        sorted(fitting.collect())
    }

    /// A new role and what it gives beyond; or why there can be none.
    fn new_role(&self) -> Result<(Addition, Surplus), String> {
        self.room()?;
        let add = draft::role(self.organization, &self.rest()?, self.name);
        let surplus = self.surplus(&self.trial(&add)?);
        surplus
            .map(|surplus| (add, surplus))
            .ok_or_else(|| "the one that was tried does not give it".to_owned())
    }

    /// Direct grants in the place of a role. A token has none.
    fn grants(&self) -> Option<(Addition, Surplus)> {
        let add = draft::grants(self.organization, &self.wanted, self.name).filter(|_| self.run.is_none())?;
        let surplus = self.surplus(&self.trial(&add).ok()?)?;
        Some((add, surplus))
    }

    /// What a trial gives beyond what is needed; nothing where it does not give that.
    fn surplus(&self, trial: &Organization) -> Option<Surplus> {
        let inventory = Inventory::new(trial);
        let power = Power::new(&inventory, &self.access_in(trial), self.at());
        let passes = power.gives(&self.wanted) && self.lands(trial);
        passes.then(|| power.beyond(&self.wanted, &self.inventory))
    }

    /// Whether the edition lets one make another role.
    fn room(&self) -> Result<(), String> {
        let Some(edition) = &self.organization.customs.edition else { return Ok(()) };
        let custom = self.organization.roles().count() - self.organization.catalog.roles.len();
        let name = &edition.name;
        match edition.roles {
            _ if !edition.custom => Err(format!("the edition `{name}` has no custom roles")),
            Some(most) if custom >= most => {
                Err(format!("the edition `{name}` has at most {most} custom roles, and they are there"))
            }
            _ => Ok(()),
        }
    }

    /// What the role itself must give: not what every token with a custom role gets by the settings.
    fn rest(&self) -> Result<Wanted<'s>, String> {
        if self.run.is_none() {
            return Ok(self.wanted.clone());
        }
        let nothing = draft::role(self.organization, &Wanted::new(self.organization), self.name);
        let trial = self.trial(&nothing)?;
        let inventory = Inventory::new(&trial);
        Ok(self.wanted.beside(&Power::new(&inventory, &self.access_in(&trial), self.at())))
    }

    fn trial(&self, add: &Addition) -> Result<Organization, String> {
        let trial = trial::compile(self.organization, add, self.run.map(|(_, report)| report));
        trial.map_err(|invalid| invalid.problems().first().map_or_else(String::new, |it| it.message.clone()))
    }

    /// Whoever has what is suggested: the token of a run, else the role by itself or the team with the grants.
    fn access_in(&self, trial: &Organization) -> Access {
        match trial.roles().nth(trial.catalog.roles.len()) {
            Some(_) if self.run.is_some() => trial.access_of_token(trial::NAME),
            Some((role, _)) => trial.access_of_role(role),
            None => trial.access_of_team(trial::NAME),
        }
    }

    /// Whether the run that the role is for may do everything, if it acts as whoever holds that access.
    fn flies(&self, organization: &Organization, access: Access) -> bool {
        let flies = |run| organization.preflight_as(run, |_| access).is_ok_and(|report| report.allowed);
        self.run.is_none_or(|(run, _)| flies(run))
    }

    /// Whether in a trial the run acts as the token and may do everything.
    fn lands(&self, trial: &Organization) -> bool {
        let token = format!("token:{}", trial::NAME);
        let acts = |report: &PreflightReport| report.acts_as.as_ref() == Some(&token) && report.allowed;
        self.run.is_none_or(|(run, _)| trial.preflight(run).is_ok_and(|report| acts(&report)))
    }

    fn at(&self) -> Option<Instant> {
        self.run.and_then(|(run, _)| run.at)
    }
}

/// A suggestion of something that is to be added.
fn given_by(add: Addition, surplus: Surplus, empty: Suggestion) -> Suggestion {
    let role = add.roles.first().map(|role| role.id.clone());
    let sentence = match &role {
        Some(id) => format!("a new role `{}` gives what is needed, and {surplus}", excerpt(id)),
        None => format!("direct grants give what is needed, and {surplus}"),
    };
    Suggestion { sentence, role, surplus: Some(surplus), add: Some(add), ..empty }
}
