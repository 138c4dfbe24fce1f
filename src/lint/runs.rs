//! Tokens and deployments: what cannot work, what works for ever, and what opens more than its people may.

use std::borrow::Cow;

use super::Lint;
use super::found::{Found, Related, listed};
use super::study::Study;
use crate::access::{Access, Refusal};
use crate::catalog::{Because, Need};
use crate::decide::{Effect, Reason};
use crate::holdings::distinct;
use crate::json::{Value, excerpt};
use crate::organization::Listing;
use crate::request::{Trigger, TriggerKind};
use crate::roster::Who;
use crate::scope::{Scope, ScopeSet};

pub(super) fn look(study: &Study<'_>, found: &mut Found) {
    for (number, token) in (0..).zip(study.document.list("tokens")) {
        self::token(study, number, token, found);
    }
    let mut met = vec![0; study.organization.entities.types.len()];
    for (number, entity) in (0..).zip(study.document.list("entities")) {
        if let Some(run) = Run::of(study, number, &mut met) {
            fails(study, &run, entity, found);
            opens_more(study, &run, entity, found);
        }
    }
}

fn token(study: &Study<'_>, number: u32, written: Value<'_>, found: &mut Found) {
    let token = study.organization.principals.tokens.get(number as usize);
    let never_ends = token.is_some_and(|token| token.expires.is_none());
    let access = study.organization.access_of(Who::Token(number));
    // Without a time it is not known whether a token has expired, and neither whether it may live too long.
    let refused = study.refused(&access).filter(|_| never_ends || study.at.is_some());
    let (code, message) = match refused {
        Some(Reason::TokenExpired) => (Lint::TokenRefused, "the token is past its end: renew or remove it"),
        Some(_) => (
            Lint::TokenRefused,
            "the token may live longer than the organization allows, so that every request with it is refused: \
             give it an earlier `expiresAt`",
        ),
        None if never_ends => (
            Lint::TokenWithoutExpiry,
            "the token never expires: give it an `expiresAt`, or set `tokenMaxLifetimeDays`",
        ),
        None => return,
    };
    found.add(code, written.number(), message, Vec::new());
}

/// A run of a stack's deployment that nobody starts by hand.
struct Run {
    stack: u32,
    access: Access,
    /// What it must be allowed, and on which entities.
    needs: Vec<(u32, Need)>,
}

impl Run {
    fn of(study: &Study<'_>, stack: u32, met: &mut [u32]) -> Option<Self> {
        let wanted = study.organization.catalog.needed(Need::Stack)?.entity_type;
        let of_type = study.entity_type(stack) == Some(wanted);
        let name = study.entity(stack);
        let (_, path) = name.split_once('/').filter(|_| of_type)?;
        let trigger = Trigger { kind: TriggerKind::GitPush, by: None };
        let access = study.organization.access_of_deployment(path, &trigger);
        Some(Self { stack, access, needs: study.needs(stack, met) })
    }

    fn acts_as(&self) -> Cow<'_, str> {
        excerpt(self.access.acts_as.as_deref().unwrap_or_default())
    }
}

/// A run that cannot succeed, of a stack that says as whom it acts.
fn fails(study: &Study<'_>, run: &Run, stack: Value<'_>, found: &mut Found) {
    let Some(written) = stack.get("deployment") else { return };
    let says = ["role", "accessToken", "runAs"].iter().any(|field| written.text(field).is_some());
    let refused = study.refused(&run.access);
    let (message, lacks) = match (run.access.refusal, refused) {
        (Some(Refusal::Deployment(Because::RunUnchosen)), _) => {
            let why = "the mode is restricted and nobody is chosen to act as: set `runAs`";
            (format!("every run is refused, for {why}"), Vec::new())
        }
        (Some(_), _) => {
            let why = "it has an `accessToken` beside `runAs` or the restricted mode: remove it";
            (format!("every run is refused, for {why}"), Vec::new())
        }
        // Without a time it is not known whether a token has expired.
        (None, Some(_)) if study.at.is_none() => return,
        (None, Some(reason)) if says => {
            let acts_as = run.acts_as();
            let message = format!(
                "a run acts as `{acts_as}`, and every request of that is refused ({reason}): renew it"
            );
            (message, Vec::new())
        }
        _ => {
            let lacks = study.lacks(run);
            let Some(message) = lacking(run, &lacks).filter(|_| says) else { return };
            (message, lacks)
        }
    };
    let related = distinct(lacks.iter().map(|(entity, _)| Related::Name(entity.to_string())).collect());
    found.add(Lint::DeploymentFails, written.number(), message, related);
}

/// The sentence on what a run needs and may not do.
fn lacking(run: &Run, lacks: &[(Cow<'_, str>, &str)]) -> Option<String> {
    let ((entity, scope), others) = lacks.split_first()?;
    let (acts_as, entity) = (run.acts_as(), excerpt(entity));
    let more = match others.len() {
        0 => String::new(),
        more => format!(", and {more} more things that it needs"),
    };
    Some(format!(
        "a run acts as `{acts_as}`, which may not `{scope}` on `{entity}`{more}: give it that, or let it act as \
         somebody who may"
    ))
}

/// Environments that a run opens, and those who may have code run there but may not open them.
fn opens_more(study: &Study<'_>, run: &Run, stack: Value<'_>, found: &mut Found) {
    let opened = study.opened(run);
    let Some(written) = stack.get("environments").filter(|_| !opened.is_empty()) else { return };
    let code = study.organization.catalog.run_code();
    let (mut who, mut environments) = (Vec::new(), Vec::new());
    for caller in &study.callers {
        if !study.row(&caller.access, run.stack, &code).allow.meets(&code) {
            continue;
        }
        let before = environments.len();
        for (entity, scope) in &opened {
            if !study.allows(&caller.access, *entity, *scope) {
                environments.push(study.entity(*entity));
            }
        }
        if environments.len() > before {
            who.extend(&caller.who);
        }
    }
    let (who, environments) = (study.names_of(who), distinct(environments));
    if !who.is_empty() {
        let message = format!(
            "{} may have code run in deployments of this stack, which open {} as `{}`, and may not open it \
             themselves: let fewer deploy the stack, or let them open it",
            listed(&who),
            listed(&environments),
            run.acts_as()
        );
        let environments = environments.into_iter().map(Cow::into_owned);
        let related = environments.chain(who).map(Related::Name).collect();
        found.add(Lint::EnvironmentByStack, written.number(), message, related);
    }
}

impl<'s> Study<'s> {
    /// What a run must be allowed: its stack, the stack references, the environments and all that these import.
    /// What was met on the way of this stack is marked with its number and one.
    fn needs(&self, stack: u32, met: &mut [u32]) -> Vec<(u32, Need)> {
        let links = |entity, field| self.organization.entities.links_of(entity, field);
        let mut needs = vec![(stack, Need::Stack)];
        for link in links(stack, Listing::StackReferences) {
            needs.push((link.to, Need::StackReference));
        }
        let mut open = Vec::new();
        for link in links(stack, Listing::Environments).iter().rev() {
            open.push((link.to, Need::Environment));
        }
        while let Some((environment, need)) = open.pop() {
            let mark = met.get_mut(environment as usize);
            if mark.is_some_and(|mark| std::mem::replace(mark, stack + 1) != stack + 1) {
                needs.push((environment, need));
                for link in links(environment, Listing::Imports) {
                    open.push((link.to, Need::EnvironmentImport));
                }
            }
        }
        needs
    }

    /// What a run needs and may not do, by entity and scope.
    fn lacks(&self, run: &Run) -> Vec<(Cow<'s, str>, &str)> {
        let catalog = &self.organization.catalog;
        let lack = |(entity, need): &(u32, Need)| {
            let needed = catalog.needed(*need)?;
            let row = self.row(&run.access, *entity, &ScopeSet::of(needed.scope));
            let denied = row.effect(needed.scope) == Effect::Deny;
            denied.then(|| (self.entity(*entity), catalog.scope_name(needed.entity_type, needed.scope)))
        };
        run.needs.iter().filter_map(lack).collect()
    }

    /// The environments that a run opens and may open.
    fn opened(&self, run: &Run) -> Vec<(u32, Scope)> {
        let opened = run.needs.iter().filter_map(|(entity, need)| {
            let of_environment = matches!(need, Need::Environment | Need::EnvironmentImport);
            let needed = self.organization.catalog.needed(*need).filter(|_| of_environment)?;
            Some((*entity, needed.scope))
        });
        opened.filter(|(entity, scope)| self.allows(&run.access, *entity, *scope)).collect()
    }
}
