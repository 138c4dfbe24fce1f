//! The search for the least that does: what is there is tried, and what can be made.

use super::answer::{Addition, Fitting, Suggestion, Surplus};
use super::power::Power;
use super::wanted::Wanted;
use super::{draft, trial};
use crate::access::Access;
use crate::holdings::Inventory;
use crate::json::excerpt;
use crate::names::sorted;
use crate::organization::Organization;
use crate::preflight::{Preflight, PreflightReport};
use crate::time::Instant;

pub(super) struct Search<'s> {
    organization: &'s Organization,
    inventory: Inventory<'s>,
    wanted: Wanted<'s>,
    /// What people shall call a new role.
    name: &'s str,
    /// The run that an organization token with the role is for, and what it needs; nothing where the role is looked
    /// at by itself.
    run: Option<(&'s Preflight, &'s PreflightReport)>,
}

/// Something that gives all that is needed: a role, or grants.
struct Found {
    role: Option<String>,
    /// Nothing, where the role is there.
    add: Option<Addition>,
    surplus: Surplus,
}

impl Found {
    fn there(fitting: &Fitting) -> Self {
        Self { role: Some(fitting.role.clone()), add: None, surplus: fitting.surplus }
    }

    fn sentence(&self) -> String {
        let what = match (&self.role, &self.add) {
            (None, _) => "direct grants give".to_owned(),
            (Some(id), None) => format!("the role `{}` gives", excerpt(id)),
            (Some(id), Some(_)) => format!("a new role `{}` gives", excerpt(id)),
        };
        format!("{what} what is needed, and {}", self.surplus)
    }
}

impl<'s> Search<'s> {
    pub(super) fn new(
        organization: &'s Organization,
        wanted: Wanted<'s>,
        name: &'s str,
        run: Option<(&'s Preflight, &'s PreflightReport)>,
    ) -> Self {
        Self { organization, inventory: Inventory::new(organization), wanted, name, run }
    }

    /// The least of all. What is there wins over something new that gives no less.
    pub(super) fn suggestion(&self) -> Suggestion {
        let existing = self.existing();
        let (made, no_new_role) = match self.new_role() {
            Ok(made) => (Some(made), None),
            Err(because) => (self.grants(), Some(because)),
        };
        let there = existing.first().map(Found::there);
        let least = there.into_iter().chain(made).min_by_key(|found| found.surplus);
        let none = self.none(no_new_role.as_deref().unwrap_or_default());
        let none = Suggestion { no_new_role, existing, ..none };
        let Some(found) = least else { return none };
        Suggestion {
            sentence: found.sentence(),
            role: found.role,
            surplus: Some(found.surplus),
            add: found.add,
            ..none
        }
    }

    /// That there is nothing to suggest.
    pub(super) fn none(&self, because: &str) -> Suggestion {
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
        let fitting = self.organization.numbered_roles().filter_map(|(role, id)| {
            let access = match self.run {
                None => self.organization.access_of_role(role),
                Some(_) => self.organization.access_of_organization_token(role, true, None),
            };
            let power = Power::new(&self.inventory, &access, self.at());
            let passes = power.gives(&self.wanted) && self.flies(access);
            let surplus = passes.then(|| power.beyond(&self.wanted, &self.inventory))?;
            Some(Fitting { surplus, role: id.to_owned() })
        });
        sorted(fitting.collect())
    }

    /// A new role, or why there can be none.
    fn new_role(&self) -> Result<Found, String> {
        self.room()?;
        let add = draft::role(self.organization, &self.rest()?, self.name);
        let surplus = self.surplus(&self.trial(&add)?);
        let surplus = surplus.ok_or("the one that was tried does not give what is needed")?;
        Ok(Found { role: add.roles.first().map(|role| role.id.clone()), add: Some(add), surplus })
    }

    /// Direct grants in the place of a role. A token has none.
    fn grants(&self) -> Option<Found> {
        let add = draft::grants(self.organization, &self.wanted, self.name).filter(|_| self.run.is_none())?;
        let surplus = self.surplus(&self.trial(&add).ok()?)?;
        Some(Found { role: None, add: Some(add), surplus })
    }

    /// Whether the edition lets one make another role.
    fn room(&self) -> Result<(), String> {
        let Some(edition) = &self.organization.customs.edition else { return Ok(()) };
        let custom = self.organization.numbered_roles().skip(self.organization.catalog.roles.len()).count();
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

    /// What a trial gives beyond what is needed; nothing where it does not give that.
    fn surplus(&self, trial: &Organization) -> Option<Surplus> {
        let inventory = Inventory::new(trial);
        let power = Power::new(&inventory, &self.access_in(trial), self.at());
        let passes = power.gives(&self.wanted) && self.lands(trial);
        passes.then(|| power.beyond(&self.wanted, &self.inventory))
    }

    /// Whoever has what is suggested: the token of a run, else the role by itself or the team with the grants.
    fn access_in(&self, trial: &Organization) -> Access {
        match trial.numbered_roles().nth(trial.catalog.roles.len()) {
            Some(_) if self.run.is_some() => trial.access_of_token(trial::NAME),
            Some((role, _)) => trial.access_of_role(role),
            None => trial.access_of_team(trial::NAME),
        }
    }

    /// Whether the run that the role is for may do everything if whoever holds that access acts in it.
    fn flies(&self, access: Access) -> bool {
        let flies = |run| self.organization.preflight_as(run, |_| access).is_ok_and(|report| report.allowed);
        self.run.is_none_or(|(run, _)| flies(run))
    }

    /// Whether in a trial the run acts as the token and may do everything.
    fn lands(&self, trial: &Organization) -> bool {
        let token = format!("token:{}", trial::NAME);
        let lands = |report: PreflightReport| report.allowed && report.acts_as == Some(token);
        self.run.is_none_or(|(run, _)| trial.preflight(run).is_ok_and(lands))
    }

    fn at(&self) -> Option<Instant> {
        self.run.and_then(|(run, _)| run.at)
    }
}
