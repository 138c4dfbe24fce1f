//! The changes of a run's own settings that would do: the role of its stack or of all, another identity, another
//! token.

use super::Change;
use super::case::Case;
use super::offers::{Offer, Reach};
use crate::catalog::IdentityStep;
use crate::deployment::Run;
use crate::names::as_u32;
use crate::organization::{Deployment, RunAs};
use crate::roster::Who;

impl<'c> Case<'c> {
    /// In groups of one kind. A stack that the document does not list has no settings that could be others.
    pub(super) fn settings_of(&self, run: &'c Run<'c>) -> Vec<Vec<Offer<'c>>> {
        let own = run.own_stack().map(|own| own.entity).filter(|stack| self.is_listed(stack));
        let mut groups = vec![self.default_roles(run)];
        if let Some(stack) = own.as_deref() {
            groups.extend([
                self.stack_roles(run, stack),
                self.identities(run, stack),
                self.access_tokens(run, stack),
                self.no_access_token(run, stack),
            ]);
        }
        groups
    }

    fn default_roles(&self, run: &'c Run<'c>) -> Vec<Offer<'c>> {
        let known = self.organization.catalog.has_field("settings.defaultDeploymentRole");
        self.with_roles(|role, id| {
            let replaces = run.default_role.and_then(|role| self.role_id(role));
            let change = Change::SetDefaultDeploymentRole { role: id.to_owned(), replaces };
            let act = move |_: &_| Some(run.with_default_role(role).access());
            (known && run.settings.chooses_nothing()).then(|| Offer::new(change, Reach::Runs, act))
        })
    }

    fn stack_roles(&self, run: &'c Run<'c>, stack: &str) -> Vec<Offer<'c>> {
        let known = self.organization.catalog.has_field("deployment.role");
        self.with_roles(|role, id| {
            let replaces = run.settings.role.and_then(|role| self.role_id(role));
            let change = Change::SetDeploymentRole { stack: stack.to_owned(), role: id.to_owned(), replaces };
            let settings = Deployment { role: Some(role), ..run.settings.clone() };
            known.then(|| with_settings(run, change, settings))
        })
    }

    fn identities(&self, run: &'c Run<'c>, stack: &str) -> Vec<Offer<'c>> {
        let principals = &self.organization.principals;
        let known = self.organization.catalog.has_field("deployment.runAs");
        let teams = (0..as_u32(principals.teams.len())).map(|it| (RunAs::Team(it), Who::Team(it)));
        let machines = (0..as_u32(principals.service_principals.len()))
            .map(|it| (RunAs::ServicePrincipal(it), Who::ServicePrincipal(it)));
        let others =
            teams.chain(machines).filter(|(run_as, _)| known && run.settings.run_as != Some(*run_as));
        self.helping(others.map(|(run_as, who)| {
            let name = self.organization.name_of(who);
            let replaces = self.chosen_beside(&run.settings, &name);
            let change = Change::SetRunAs { stack: stack.to_owned(), run_as: name, replaces };
            let settings = Deployment { run_as: Some(run_as), access_token: None, ..run.settings.clone() };
            with_settings(run, change, settings)
        }))
    }

    fn access_tokens(&self, run: &'c Run<'c>, stack: &str) -> Vec<Offer<'c>> {
        let known = self.organization.catalog.identity.contains(&IdentityStep::AccessToken);
        let tokens = 0..as_u32(self.organization.principals.tokens.len());
        let chosen = run.settings.run_as.is_some();
        let others = tokens.filter(|token| known && (chosen || run.settings.access_token != Some(*token)));
        self.helping(others.map(|token| {
            let access_token = self.organization.name_of(Who::Token(token));
            let replaces = self.chosen_beside(&run.settings, &access_token);
            let change = Change::SetAccessToken { stack: stack.to_owned(), access_token, replaces };
            let settings = Deployment { access_token: Some(token), run_as: None, ..run.settings.clone() };
            with_settings(run, change, settings)
        }))
    }

    fn no_access_token(&self, run: &'c Run<'c>, stack: &str) -> Vec<Offer<'c>> {
        let settings = Deployment { access_token: None, ..run.settings.clone() };
        let without = |token| {
            let access_token = self.organization.name_of(Who::Token(token));
            with_settings(run, Change::RemoveAccessToken { stack: stack.to_owned(), access_token }, settings)
        };
        self.helping(run.settings.access_token.map(without).into_iter())
    }

    /// Whom the settings choose, the identity and the token, but for one.
    fn chosen_beside(&self, settings: &Deployment, one: &str) -> Vec<String> {
        let run_as = settings.run_as.map(|run_as| match run_as {
            RunAs::Team(team) => Who::Team(team),
            RunAs::ServicePrincipal(number) => Who::ServicePrincipal(number),
        });
        let chosen = run_as.into_iter().chain(settings.access_token.map(Who::Token));
        chosen.map(|who| self.organization.name_of(who)).filter(|name| name != one).collect()
    }
}

fn with_settings<'c>(run: &'c Run<'c>, change: Change, settings: Deployment) -> Offer<'c> {
    Offer::new(change, Reach::Asker, move |_| Some(run.with_settings(settings.clone()).access()))
}
