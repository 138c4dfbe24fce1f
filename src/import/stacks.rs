//! Stacks: who holds something on them, what they refer to, and how they are deployed.

use super::answers::{Reply, Route};
use super::draft::Draft;
use super::entities::{DEFAULT_PROJECT, ENVIRONMENT, STACK};
use super::roles::NamedRole;
use super::table::told;
use super::tokens::Token;
use crate::json::{Kind, Value, excerpt};
use crate::problem::Path;
use crate::validate::ORGANIZATION;

/// The variable by which a run acts as a token (DP-11).
const ACCESS_TOKEN: &str = "PULUMI_ACCESS_TOKEN";

impl<'j> Draft<'j> {
    pub(super) fn read_stacks(&mut self, replies: &[&Reply<'j>]) {
        self.each_of(replies, Route::Stack, STACK, Self::stack);
        self.each(replies, Route::Stacks, Self::listed_stacks);
        self.each_of(replies, Route::StackConfig, STACK, Self::config);
        self.each_of(replies, Route::Collaborators, STACK, Self::collaborators);
        self.each_of(replies, Route::StackMetadata, STACK, Self::owner);
        self.each_of(replies, Route::StackTeams, STACK, |draft, stack, value, at| {
            draft.granted_teams(STACK, stack, value, at);
        });
        self.each(replies, Route::MemberStack, Self::member_on_stack);
        self.each_of(replies, Route::DeploymentSettings, STACK, Self::deployment);
        self.each_of(replies, Route::Upstream, STACK, |draft, stack, value, at| {
            draft.each_reference(value, at, |draft, other| {
                draft.told_of(stack).stack_references.intern(other);
            });
        });
        self.each_of(replies, Route::Downstream, STACK, |draft, stack, value, at| {
            draft.each_reference(value, at, |draft, other| {
                draft.told_of(other).stack_references.intern(stack);
            });
        });
    }

    fn stack(&mut self, stack: &str, value: Value<'j>, at: &Path<'_>) {
        self.id(stack, value, at);
        // The API leaves out tags where there are none.
        self.told_of(stack).has_tags = true;
        self.tags(stack, value, at, Some);
        if let Some(config) = value.get("config") {
            self.config(stack, config, &at.key("config"));
        }
    }

    fn listed_stacks(&mut self, reply: &Reply<'j>, at: &Path<'_>) {
        let mut others = 0;
        self.each_in(reply.value, "stacks", at, |draft, listed, at| {
            let text = |field| listed.text(field).unwrap_or_default();
            if text("orgName") != draft.organization {
                others += 1;
            } else if let Some(stack) = draft.entity(STACK, &[text("projectName"), text("stackName")], at) {
                draft.told_of(&stack);
                draft.id(&stack, listed, at);
            }
        });
        self.of_others(others, &at.key("stacks"));
    }

    /// A stack whose configuration is kept in an environment opens it.
    fn config(&mut self, stack: &str, config: Value<'j>, at: &Path<'_>) {
        let Some(written) = config.text("environment") else { return };
        let name = written.split('@').next().unwrap_or_default();
        let (project, name) = name.split_once('/').unwrap_or((DEFAULT_PROJECT, name));
        if let Some(environment) = self.entity(ENVIRONMENT, &[project, name], &at.key("environment")) {
            self.told_of(stack).environments.intern(&environment);
        }
    }

    /// Who created the stack, unless that grant was taken away (CG-5), and who else holds something on it.
    fn collaborators(&mut self, stack: &str, value: Value<'j>, at: &Path<'_>) {
        let creator = value.text("stackCreatorUserName").unwrap_or_default();
        let same = told(&mut self.told_of(stack).creator, creator.to_owned());
        self.again(same, &at.key("stackCreatorUserName"));
        self.each_in(value, "users", at, |draft, user, at| {
            let login = user.get("user").and_then(|user| user.text("githubLogin")).unwrap_or_default();
            draft.grant_to_user(login, stack, user, "permission", at);
        });
    }

    fn member_on_stack(&mut self, reply: &Reply<'j>, at: &Path<'_>) {
        let Some(stack) = self.entity(STACK, &[reply.name(2), reply.name(3)], at) else { return };
        self.grant_to_user(reply.name(1), &stack, reply.value, "explicitPermission", at);
        self.each_in(reply.value, "teamPermissions", at, |draft, granted, at| {
            let team = granted.get("team").and_then(|team| draft.team(team, &at.key("team")));
            if let Some(team) = team {
                draft.grant_to_team(team, STACK, &stack, granted, at);
            }
        });
    }

    fn grant_to_user(&mut self, login: &str, stack: &str, on: Value<'j>, field: &str, at: &Path<'_>) {
        if login.is_empty() {
            return self.left(at, "a user without a login: it is left out");
        }
        if let Some(given) = self.given(STACK, on, field, at) {
            let same = told(self.grants_of(login).of(stack), given);
            self.again(same, at);
        }
    }

    fn deployment(&mut self, stack: &str, value: Value<'j>, at: &Path<'_>) {
        let Some(context) = value.get("operationContext") else { return };
        let at = &at.key("operationContext");
        if let Some(role) = NamedRole::read(context, "role") {
            self.role_of_runs(stack, role, &at.key("role"));
        }
        let token = context.get("environmentVariables").and_then(|variables| variables.get(ACCESS_TOKEN));
        if token.is_some_and(|token| token.kind() != Kind::Null) {
            self.token_of_runs(stack, &at.key("environmentVariables").key(ACCESS_TOKEN));
        }
        if context.list("preRunCommands").next().is_some() {
            let message = "commands before a run may open environments, which no answer tells";
            self.left(&at.key("preRunCommands"), message);
        }
    }

    fn role_of_runs(&mut self, stack: &str, role: NamedRole<'_>, at: &Path<'_>) {
        if !self.catalog.has_field("deployment.role") {
            return self.not_in_revision("deployment.role", at);
        }
        let role = self.role(role, at);
        let same = told(&mut self.told_of(stack).role, role);
        self.again(same, at);
    }

    /// A run acts as a token whose name the API keeps secret. One that has nothing stands for it: without, the run
    /// would have what its starter has.
    fn token_of_runs(&mut self, stack: &str, at: &Path<'_>) {
        if self.told_of(stack).access_token.is_some() {
            return;
        }
        let path = stack.split_once('/').map_or(stack, |(_, path)| path);
        let name = self.free_token(&format!("{ACCESS_TOKEN} of {path}"), "token");
        let role = self.records.made("nothing", "Nothing", None);
        *self.tokens.of(&name) = Token { kind: ORGANIZATION, holder: Some(role), expires: None };
        let message = format!(
            "runs act as a token that no answer names: `{}` stands for it and has nothing, put the real one there",
            excerpt(&name)
        );
        self.left(at, message);
        self.told_of(stack).access_token = Some(name);
    }

    /// Hands over the stacks of this organization that an answer on references lists.
    fn each_reference(&mut self, value: Value<'j>, at: &Path<'_>, mut read: impl FnMut(&mut Self, &str)) {
        self.each_in(value, "referencedStacks", at, |draft, other, at| {
            let text = |field| other.text(field).unwrap_or_default();
            if text("organization") != draft.organization {
                let organization = excerpt(text("organization"));
                draft.left(at, format!("a stack of the organization `{organization}`: left out"));
            } else if let Some(other) = draft.entity(STACK, &[text("routingProject"), text("name")], at) {
                read(draft, &other);
            }
        });
    }
}
