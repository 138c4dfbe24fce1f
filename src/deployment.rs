//! Runs of a stack's deployment: a trigger → whom the run acts as.

use crate::access::{Access, Beside, Refusal};
use crate::catalog::{Because, IdentityStep};
use crate::organization::{Deployment, Organization, RunAs};
use crate::request::{Trigger, TriggerKind};

impl Organization {
    /// What a run of `PROJECT/STACK` holds: the first step of the catalog that applies says whom it acts as.
    pub(crate) fn access_of_deployment(&self, stack: &str, trigger: &Trigger) -> Access {
        Run::new(self, stack, trigger).access()
    }

    /// The step that would apply to a run of `PROJECT/STACK` if its settings named an access token.
    pub(crate) fn step_with_token(&self, stack: &str, trigger: &Trigger) -> Option<IdentityStep> {
        let mut run = Run::new(self, stack, trigger);
        // Which token that is decides what the run may do, not whether it acts as the token.
        run.settings.access_token = Some(u32::MAX);
        self.catalog.identity.iter().copied().find(|step| run.identity(*step).is_some())
    }

    /// Whether a run of `PROJECT/STACK` that is started by hand acts as whoever started it.
    pub(crate) fn acts_as_starter(&self, stack: &str) -> bool {
        let by_hand = Trigger { kind: TriggerKind::Rest, by: Some("user:".to_owned()) };
        let run = Run::new(self, stack, &by_hand);
        let step = self.catalog.identity.iter().find(|step| run.identity(**step).is_some());
        step == Some(&IdentityStep::Starter)
    }
}

/// A run of a stack's deployment, and the settings that say whom it acts as.
#[derive(Debug, Clone)]
pub(crate) struct Run<'r> {
    organization: &'r Organization,
    /// `PROJECT/STACK`.
    stack: &'r str,
    trigger: &'r Trigger,
    pub(crate) settings: Deployment,
    pub(crate) default_role: Option<u32>,
}

impl<'r> Run<'r> {
    pub(crate) fn new(organization: &'r Organization, stack: &'r str, trigger: &'r Trigger) -> Self {
        let default_role = organization.rules.default_deployment_role;
        let mut run = Self { organization, stack, trigger, settings: Deployment::default(), default_role };
        let number = run.own_stack().and_then(|own| organization.entities.names.get(&own.entity));
        // A stack that is not listed has no settings.
        run.settings =
            number.and_then(|it| organization.entities.deployment_of(it)).cloned().unwrap_or_default();
        run
    }

    /// The run as it would be with other settings of its stack.
    pub(crate) fn with_settings(&self, settings: Deployment) -> Self {
        Self { settings, ..self.clone() }
    }

    /// The run as it would be with that role for deployments of the organization.
    pub(crate) fn with_default_role(&self, role: u32) -> Self {
        Self { default_role: Some(role), ..self.clone() }
    }

    /// What it holds.
    pub(crate) fn access(&self) -> Access {
        let found = self.organization.catalog.identity.iter().find_map(|step| self.identity(*step));
        found.unwrap_or_else(|| Access::refused(Refusal::UnknownPrincipal))
    }

    fn identity(&self, step: IdentityStep) -> Option<Access> {
        let restricted = self.organization.rules.restricted;
        let chosen = self.settings.run_as.is_some();
        match step {
            IdentityStep::RefuseUnchosen => {
                let refused = restricted && !chosen;
                refused.then(|| Access::refused(Refusal::Deployment(Because::RunUnchosen)))
            }
            IdentityStep::RefuseAccessToken => {
                let refused = self.settings.access_token.is_some() && (restricted || chosen);
                refused.then(|| Access::refused(Refusal::Deployment(Because::RunTokenRefused)))
            }
            IdentityStep::RunAs => self.settings.run_as.map(|run_as| self.run_as(run_as)),
            IdentityStep::AccessToken => self.settings.access_token.map(|token| self.access_token(token)),
            IdentityStep::Role => self.role(),
            IdentityStep::Starter => self.starter(),
            IdentityStep::StackToken { levels } => Some(self.stack_token(levels)),
        }
    }

    fn run_as(&self, run_as: RunAs) -> Access {
        let principals = &self.organization.principals;
        let (access, name) = match run_as {
            RunAs::Team(team) => (
                self.organization.access_of_team_number(team),
                format!("team:{}", principals.team_names.name(team)),
            ),
            RunAs::ServicePrincipal(number) => (
                self.organization.access_of_service_principal_number(number),
                format!("service-principal:{}", principals.service_principal_names.name(number)),
            ),
        };
        acting(access, name, Because::RunAs)
    }

    fn access_token(&self, token: u32) -> Access {
        let name = self.organization.principals.token_names.name(token);
        acting(
            self.organization.access_of_token_number(token),
            format!("token:{name}"),
            Because::RunAccessToken,
        )
    }

    /// The role of the stack or the default one, and the stack itself.
    fn role(&self) -> Option<Access> {
        let own = self.settings.role.map(|role| (role, Because::RunRole));
        let (role, because) = own.or(self.default_role.map(|role| (role, Because::RunDefaultRole)))?;
        let access = self.organization.access_of_role(role);
        let name = match &self.organization.source(role).label {
            crate::organization::Label::Role(id) => format!("role:{id}"),
            _ => String::new(),
        };
        Some(Access { beside: self.own_stack(), ..acting(access, name, because) })
    }

    fn starter(&self) -> Option<Access> {
        let because = match self.trigger.kind {
            TriggerKind::Rest => Because::RunByCall,
            TriggerKind::Console => Because::RunByButton,
            TriggerKind::GitPush | TriggerKind::PullRequest | TriggerKind::Schedule => return None,
        };
        let by = self.trigger.by.as_deref()?;
        let access = self.organization.access_of_user(by.strip_prefix("user:")?);
        Some(acting(access, by.to_owned(), because))
    }

    /// A short-lived token of the stack itself.
    fn stack_token(&self, levels: bool) -> Access {
        let access = if levels { self.organization.access_of_levels() } else { Access::default() };
        let name = format!("stack-token:{}", self.stack);
        let access = Access { beside: self.own_stack(), ..access };
        acting(access, name, Because::RunStackToken)
    }

    pub(crate) fn own_stack(&self) -> Option<Beside> {
        let (entity_type, scopes) = self.organization.catalog.own_stack?;
        let type_name = self.organization.catalog.type_name(entity_type);
        let entity = format!("{type_name}:{}/{}", self.organization.name, self.stack).into();
        Some(Beside { entity, scopes })
    }
}

fn acting(mut access: Access, name: String, because: Because) -> Access {
    access.acts_as = Some(name.into());
    access.because.insert(0, because);
    access
}
