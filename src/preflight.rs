//! Before a deployment runs: whom it will act as, and whether that may do everything that the run needs.
//!
//! What a run needs is a row of the catalog for each kind of entity that it touches; which entities those are, the
//! document lists or the call says. Nothing is decided here.

use serde::Serialize;

use crate::access::Access;
use crate::catalog::{Need, Needed};
use crate::decide::Decision;
use crate::deployment::Run;
use crate::document::PREFLIGHT;
use crate::explain::{Explanation, Remedies};
use crate::json::excerpt;
use crate::names::Names;
use crate::organization::{Link, Listing, Organization};
use crate::principal::Asked;
use crate::remedy::{Asker, Asking, Counsel, Remedy};
use crate::request::{self, Context, RequestError, Trigger};
use crate::time::Instant;

/// The longest chain of imports that a row tells: of a longer one the end, so that a report stays linear in what
/// it tells of.
const CHAIN: usize = 64;

/// A deployment that may be about to run.
///
/// Entities are written `TYPE:PATH`, or as the path with or without the organization: `stack:acme/web/prod`,
/// `acme/web/prod`, `web/prod`.
#[derive(Debug, Clone, PartialEq)]
pub struct Preflight {
    /// The stack that it deploys.
    pub stack: String,
    /// What starts it.
    pub trigger: Trigger,
    /// The stacks whose outputs its program reads, in place of those that the document lists for the stack.
    pub stack_references: Option<Vec<String>>,
    /// The environments that it opens, in place of those that the document lists for the stack. What these import
    /// is always the document's to say.
    pub environments: Option<Vec<String>>,
    /// When. Without a time, a token that can expire counts as expired.
    pub at: Option<Instant>,
}

impl Preflight {
    /// A run of that stack, with what the document lists for it.
    pub fn new(stack: impl Into<String>, trigger: Trigger) -> Self {
        Self { stack: stack.into(), trigger, stack_references: None, environments: None, at: None }
    }

    /// Reads `{"stack", "trigger"}` with `stackReferences`, `environments` and `at` where they are given.
    ///
    /// # Errors
    ///
    /// A text that is no such object: no JSON, an unknown field, a wrong type, a malformed trigger or date.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, RequestError> {
        let json = request::read(text.as_ref(), &PREFLIGHT)?;
        let written = json.root();
        let context = Context::read(written)?;
        let Some(trigger) = context.trigger else {
            return Err(RequestError::new("a deployment has a trigger"));
        };
        let list = |name| {
            let mut listed = Vec::new();
            for (_, text) in written.texts(name) {
                listed.push(text.to_owned());
            }
            written.get(name).map(|_| listed)
        };
        Ok(Self {
            stack: written.text("stack").unwrap_or_default().to_owned(),
            trigger: trigger?,
            stack_references: list("stackReferences"),
            environments: list("environments"),
            at: context.at,
        })
    }

    /// This question, at that time where it has none.
    #[must_use]
    pub fn or_at(mut self, time: impl Into<Instant>) -> Self {
        self.at = self.at.or_else(|| Some(time.into()));
        self
    }

    fn context(&self) -> Context {
        Context { at: self.at, ..Context::default() }
    }
}

/// What a deployment will be allowed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PreflightReport<R: Remedies = Option<Vec<Remedy>>> {
    /// Whom the run acts as: `token:ci`. Nobody, where the run is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acts_as: Option<String>,
    /// Everything that the run needs, each once: its stack, the stack references, the environments, each followed
    /// by what it imports.
    pub rows: Vec<PreflightRow<R>>,
    /// Environments that import one another in a ring, each list from one of them around. Every environment of a
    /// ring is opened once, and wherever there are rings at least one is told.
    pub cycles: Vec<Vec<String>>,
    /// Every row is an allow.
    pub allowed: bool,
}

/// One thing that a deployment needs.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PreflightRow<R: Remedies = Option<Vec<Remedy>>> {
    /// What the run has to do with the entity.
    pub need: Need,
    /// What it must be allowed on it.
    pub scope: String,
    /// `TYPE:PATH`.
    pub entity: String,
    /// For an import the environments through which it comes, from one that the stack lists to the one that imports
    /// it; of a longer chain than 64 the last 64.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
    /// The statement that asks for it: DP-14 for the stack, DP-15 for a stack reference, DP-16 for an environment,
    /// DP-17 for an import.
    pub rule: String,
    /// Whether the run may.
    pub decision: Decision,
    /// Why, or why not, and then what would help.
    pub explanation: Explanation<R>,
}

impl PreflightRow<()> {
    fn with<R: Remedies>(self, remedies: R) -> PreflightRow<R> {
        let Self { need, scope, entity, via, rule, decision, explanation } = self;
        PreflightRow { need, scope, entity, via, rule, decision, explanation: explanation.with(remedies) }
    }
}

impl Organization {
    /// Whom a run of a stack's deployment will act as, and whether that may do everything that the run needs:
    /// write its stack (DP-14), read every stack reference (DP-15), open every environment of the stack (DP-16)
    /// and all that those import, near or far (DP-17).
    ///
    /// Of a run that is refused, every row says so.
    ///
    /// ```
    /// # use scopewise::{Organization, Preflight, Trigger};
    /// let acme = Organization::parse(std::fs::read("examples/acme.json")?)?;
    /// let run = Preflight::new("web/dev", Trigger::parse("git-push")?);
    /// assert!(acme.preflight(&run)?.allowed, "it may write its own stack");
    /// let run = Preflight { stack_references: Some(vec!["web/prod".into()]), ..run };
    /// assert!(!acme.preflight(&run)?.allowed, "but not read another");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A stack, a stack reference or an environment that is none, a stack of another organization.
    pub fn preflight(&self, asked: &Preflight) -> Result<PreflightReport, RequestError> {
        let PreflightReport { acts_as, rows, cycles, allowed } = self.preflight_without_remedies(asked)?;
        let stack = self.needed_entity(Need::Stack, &asked.stack)?;
        let run = Run::new(self, path_of(&stack), &asked.trigger);
        let (access, context) = (run.access(), asked.context());
        let mut counsel = Counsel::new(self);
        let rows = rows.into_iter().map(|row| {
            let asked = Asked::new(self, &access, &row.entity, &context)?;
            let (asker, question) = (Asker::Run(run.clone()), asked.question());
            let asking = Asking { asker, access: &access, question, scope: &row.scope, brought: None };
            let remedies = counsel.remedies(&asking);
            Ok(row.with(remedies))
        });
        Ok(PreflightReport { acts_as, rows: rows.collect::<Result<_, _>>()?, cycles, allowed })
    }

    /// The same report, of which no row tells remedies.
    pub(crate) fn preflight_without_remedies(
        &self,
        asked: &Preflight,
    ) -> Result<PreflightReport<()>, RequestError> {
        asked.trigger.check()?;
        self.preflight_as(asked, |stack| self.access_of_deployment(stack, &asked.trigger))
    }

    /// The same for whoever acts in a run of `PROJECT/STACK`.
    pub(crate) fn preflight_as(
        &self,
        asked: &Preflight,
        actor: impl FnOnce(&str) -> Access,
    ) -> Result<PreflightReport<()>, RequestError> {
        let stack = self.needed_entity(Need::Stack, &asked.stack)?;
        let references = self.listed(Listing::StackReferences, &stack, asked.stack_references.as_deref())?;
        let environments = self.listed(Listing::Environments, &stack, asked.environments.as_deref())?;
        let access = actor(path_of(&stack));
        let context = asked.context();
        let mut flight = Flight::new(self, &access, &context);
        flight.row(Need::Stack, &stack)?;
        flight.stack_references(&references)?;
        flight.environments(&environments)?;
        Ok(flight.report)
    }

    fn needed(&self, need: Need) -> Result<&Needed, RequestError> {
        let silent = || RequestError::new("the catalog does not say what a deployment needs");
        self.catalog.needed(need).ok_or_else(silent)
    }

    /// What the call gives, else what the document lists for the stack.
    fn listed(
        &self,
        field: Listing,
        stack: &str,
        given: Option<&[String]>,
    ) -> Result<Vec<String>, RequestError> {
        let need = if field == Listing::Environments { Need::Environment } else { Need::StackReference };
        let mut listed = Vec::new();
        for text in given.unwrap_or_default() {
            listed.push(self.needed_entity(need, text)?);
        }
        let number = self.entities.names.get(stack).filter(|_| given.is_none());
        for link in number.map(|it| self.entities.links_of(it, field)).unwrap_or_default() {
            listed.push(self.entities.names.name(link.to).into_owned());
        }
        Ok(listed)
    }

    /// Reads an entity of the type that is needed, as `TYPE:PATH` or as a path, which may leave out the organization.
    fn needed_entity(&self, need: Need, text: &str) -> Result<String, RequestError> {
        let wanted = self.needed(need)?.entity_type;
        let (name, organization) = (self.catalog.type_name(wanted), &self.name);
        let entity = if text.contains(':') {
            text.to_owned()
        } else if text.split('/').count() < self.catalog.path_parts(wanted).count() {
            format!("{name}:{organization}/{text}")
        } else {
            format!("{name}:{text}")
        };
        let found = self.asked_about(&entity);
        if found.is_ok_and(|it| it.entity_type == wanted && (it.here || need != Need::Stack)) {
            return Ok(entity);
        }
        let (text, path) = (excerpt(text), self.catalog.path(wanted).to_ascii_uppercase());
        let path = path.split_once('/').map_or(&*path, |(_, path)| path);
        Err(RequestError::new(format!(
            "`{text}` is no `{name}` of the organization `{organization}`: write `{path}`"
        )))
    }
}

/// `PROJECT/STACK` of a stack, which is how its deployments are called.
pub(crate) fn path_of(stack: &str) -> &str {
    stack.split_once('/').map_or("", |(_, path)| path)
}

/// A report in the making, and the walk through the imports.
struct Flight<'f> {
    organization: &'f Organization,
    access: &'f Access,
    context: &'f Context,
    report: PreflightReport<()>,
    /// Environments that were listed or met, and what became of each.
    met: Names,
    states: Vec<State>,
    /// From an environment that the stack lists to the one whose imports are looked at.
    path: Vec<Step<'f>>,
}

/// Where an environment is in the walk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Listed by the stack, and not come to yet.
    Listed,
    /// Met for the first time as an import.
    New,
    /// At this position of the path.
    Open(usize),
    Done,
}

/// An environment on the path.
struct Step<'f> {
    number: u32,
    /// What is left of its imports.
    imports: &'f [Link],
    /// The start of the path, as far as it is in cycles that were told: no step is told of twice.
    told: usize,
}

impl<'f> Flight<'f> {
    fn new(organization: &'f Organization, access: &'f Access, context: &'f Context) -> Self {
        let acts_as = access.acts_as.as_deref().map(Into::into);
        let report = PreflightReport { acts_as, allowed: true, ..PreflightReport::default() };
        let (met, states, path) = (Names::default(), Vec::new(), Vec::new());
        Self { organization, access, context, report, met, states, path }
    }

    fn stack_references(&mut self, stacks: &[String]) -> Result<(), RequestError> {
        let mut met = Names::default();
        for stack in stacks {
            if met.insert(stack).1 {
                self.row(Need::StackReference, stack)?;
            }
        }
        Ok(())
    }

    fn environments(&mut self, listed: &[String]) -> Result<(), RequestError> {
        for environment in listed {
            if self.met.insert(environment).1 {
                self.states.push(State::Listed);
            }
        }
        for environment in listed {
            self.meet(environment)?;
            while let Some(step) = self.path.last_mut() {
                match step.imports.split_first() {
                    Some((import, rest)) => {
                        step.imports = rest;
                        self.meet(&self.organization.entities.names.name(import.to))?;
                    }
                    None => self.leave(),
                }
            }
        }
        Ok(())
    }

    fn meet(&mut self, environment: &str) -> Result<(), RequestError> {
        let (number, new) = self.met.insert(environment);
        if new {
            self.states.push(State::New);
        }
        match self.states.get(number as usize) {
            Some(State::Listed) => self.enter(number, environment, Need::Environment),
            Some(State::New) => self.enter(number, environment, Need::EnvironmentImport),
            Some(State::Open(position)) => {
                self.cycle(*position);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn enter(&mut self, number: u32, environment: &str, need: Need) -> Result<(), RequestError> {
        self.row(need, environment)?;
        self.mark(number, State::Open(self.path.len()));
        let entities = &self.organization.entities;
        let number_there = entities.names.get(environment);
        let imports = number_there.map(|it| entities.links_of(it, Listing::Imports)).unwrap_or_default();
        let told = self.path.last().map_or(0, |step| step.told);
        self.path.push(Step { number, imports, told });
        Ok(())
    }

    fn leave(&mut self) {
        if let Some(step) = self.path.pop() {
            self.mark(step.number, State::Done);
        }
    }

    fn mark(&mut self, number: u32, state: State) {
        if let Some(slot) = self.states.get_mut(number as usize) {
            *slot = state;
        }
    }

    /// The path from that position on imports its own start. It is told unless a cycle that was told has part of it.
    fn cycle(&mut self, start: usize) {
        if self.path.last().is_none_or(|step| step.told > start) {
            return;
        }
        let mut cycle = Vec::new();
        for (position, step) in self.path.iter_mut().enumerate().skip(start) {
            step.told = position + 1;
            cycle.push(self.met.name(step.number).to_owned());
        }
        self.report.cycles.push(cycle);
    }

    /// Asks for what is needed on an entity.
    fn row(&mut self, need: Need, entity: &str) -> Result<(), RequestError> {
        let Needed { entity_type, scope, rule, .. } = self.organization.needed(need)?;
        let scope = self.organization.catalog.scope_name(*entity_type, *scope);
        let asked = Asked::new(self.organization, self.access, entity, self.context)?;
        let (access, question) = (self.access, asked.question());
        let decision = self.organization.decide_scope(access, &question, scope);
        let explanation = self.organization.explain_decision(&decision, access, &question, scope);
        self.report.allowed &= decision.is_allow();
        self.report.rows.push(PreflightRow {
            need,
            scope: scope.to_owned(),
            entity: entity.to_owned(),
            via: if need == Need::EnvironmentImport { self.chain() } else { Vec::new() },
            rule: rule.to_string(),
            decision,
            explanation,
        });
        Ok(())
    }

    fn chain(&self) -> Vec<String> {
        let end = self.path.iter().skip(self.path.len().saturating_sub(CHAIN));
        end.map(|step| self.met.name(step.number).to_owned()).collect()
    }
}
