//! What a principal holds and never used, by a log of decisions.
//!
//! A log is read record by record and not kept: what stays is each scope that was used, once for each entity. What
//! somebody holds in two ways and used counts as used in both, for a record does not say by which it came.

mod unused;

use std::iter;

use serde::Serialize;

use crate::access::{Access, Refusal};
use crate::decide::Effect;
use crate::entity::EntityType;
use crate::holdings::Inventory;
use crate::json::{self, excerpt};
use crate::names::{Named, Ordered, sorted};
use crate::organization::{Organization, TokenKind};
use crate::principal::{Asked, well_formed};
use crate::record;
use crate::request::{Context, PrincipalName, RequestError};
use crate::roster::Who;
use crate::scope::ScopeSet;
use crate::suggest::{ScopeOn, Suggestion, Wanted};
use crate::time::Instant;
use crate::validate;
use unused::Unusing;

/// How a team is asked about.
const TEAM: &str = "team:";

/// What a principal used, as far as its log is read.
#[derive(Debug)]
pub struct Usage<'o> {
    organization: &'o Organization,
    principal: String,
    context: Context,
    access: Access,
    /// Whose records count, sorted.
    counted: Vec<String>,
    /// By entity.
    used: Named<(EntityType, ScopeSet)>,
    /// Uses of scopes that the revision does not have, by entity.
    strange: Named<Ordered<String>>,
    records: usize,
    own: usize,
    skipped: usize,
    span: Option<[(Instant, String); 2]>,
}

/// What a principal holds and never used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UsageReport {
    /// Who it is about.
    pub principal: String,
    /// Whose records count: its own, those of a user's personal tokens (TK-1), those of a team's members and tokens.
    pub counted: Vec<String>,
    /// Records about the organization, whoever asked.
    pub records: usize,
    /// Those of them that count.
    pub own: usize,
    /// Lines that were no record.
    pub skipped: usize,
    /// When the first of the records was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// When the last of them was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Pairs of scope and entity that it holds, over the entities that the document lists or names.
    pub holds: usize,
    /// Pairs that it holds and used, on any entity.
    pub used: usize,
    /// What was never used, by the way in which it is held.
    pub unused: Vec<Unused>,
    /// What was allowed when it was used and is so no more. Nothing for a team, whose members use what is theirs.
    pub no_longer_held: Vec<ScopeOn>,
    /// The least role that gives what it holds and used; nothing where it used nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<Suggestion>,
}

/// Scopes that came in one way and were never used on the same entities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Unused {
    /// From the principal outward: `team:platform`, `role:deployer`; direct grants as `direct-grants`.
    pub via: Vec<String>,
    /// The type of the entities.
    pub entity_type: String,
    /// In the order of their names.
    pub scopes: Vec<String>,
    /// Where none of them was used, in the order of the document.
    pub entities: Vec<String>,
    /// On how many entities each of them is held in this way.
    pub held: usize,
    /// They are held on entities to come as well.
    pub to_come: bool,
}

impl Organization {
    /// Begins to hold a log of decisions against what a principal holds, at the time of the context. A deployment
    /// needs its trigger there.
    ///
    /// ```
    /// # use scopewise::{Context, Organization};
    /// let acme = Organization::parse(std::fs::read("examples/acme.json")?)?;
    /// let mut usage = acme.usage("user:bob", &Context::default())?;
    /// usage.record(br#"{ "at": "2026-11-20T00:00:00Z", "principal": "user:bob", "scope": "stack:write",
    ///     "entity": "stack:acme/web/dev", "effect": "allow" }"#)?;
    /// let report = usage.report(None);
    /// assert_eq!(report.used, 1);
    /// assert!(report.unused.iter().any(|it| it.via == ["team:platform", "role:deployer"]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A principal that is malformed or not in the organization, a deployment without its trigger.
    pub fn usage(&self, principal: &str, context: &Context) -> Result<Usage<'_>, RequestError> {
        let access = self.resolve(principal).access(self, context)?.into_owned();
        if access.refusal == Some(Refusal::UnknownPrincipal) {
            let message =
                format!("`{}` is not in the organization: name somebody who is", excerpt(principal));
            return Err(RequestError::new(message));
        }
        let seed = self.entities.names.seed();
        Ok(Usage {
            organization: self,
            principal: principal.to_owned(),
            context: Context { tags: None, ..context.clone() },
            access,
            counted: self.counted(principal),
            used: Named::seeded(seed),
            strange: Named::seeded(seed),
            records: 0,
            own: 0,
            skipped: 0,
            span: None,
        })
    }

    /// The principal and whoever acts with what it holds: the personal tokens of a user, the members of a team with
    /// theirs, the tokens of the team.
    fn counted(&self, principal: &str) -> Vec<String> {
        let principals = &self.principals;
        let (person, team) = match PrincipalName::parse(principal) {
            Ok(PrincipalName::User(login)) => (principals.people.get(login), None),
            Ok(PrincipalName::Team(name)) => (None, principals.team_names.get(name)),
            _ => (None, None),
        };
        let in_team = |number: u32| {
            let member = principals.persons.get(number);
            member.zip(team).is_some_and(|(member, team)| member.teams.contains(&team))
        };
        let counts = |who: &Who| match who {
            Who::User(number) => in_team(*number),
            Who::Token(number) => match principals.tokens.get(*number as usize).map(|token| token.kind) {
                Some(TokenKind::Personal(owner)) => person == Some(owner) || in_team(owner),
                Some(TokenKind::Team(of)) => team == Some(of),
                _ => false,
            },
            _ => false,
        };
        let others = self.everyone().filter(counts).map(|who| self.name_of(who));
        sorted(iter::once(principal.to_owned()).chain(others).collect())
    }
}

impl Usage<'_> {
    /// Takes a record of the log: JSON with `at`, `principal`, `scope`, `entity` and `effect`, and whatever else.
    /// Allowed uses by those who count are kept in mind. Records about other organizations are passed over.
    ///
    /// # Errors
    ///
    /// A text that is no such record. It is counted and otherwise without effect.
    pub fn record(&mut self, line: impl AsRef<[u8]>) -> Result<(), RequestError> {
        let read = self.read(line.as_ref());
        self.skipped += usize::from(read.is_err());
        read
    }

    fn read(&mut self, line: &[u8]) -> Result<(), RequestError> {
        let json = json::parse(line).map_err(|fault| {
            let problem = fault.in_text(line);
            let column = problem.position.map_or(1, |(_, column)| column);
            RequestError::new(format!("column {column}: {}", problem.message))
        })?;
        let field = |name| record::text(json.root(), name);
        let (at, principal, entity) = (field("at")?, field("principal")?, field("entity")?);
        let (scope, effect) = (field("scope")?, field("effect")?);
        let instant = Instant::parse(at).ok_or_else(|| RequestError::new(validate::malformed_date(at)))?;
        PrincipalName::parse(principal)?;
        well_formed(scope)?;
        let subject = self.organization.asked_about(entity)?;
        let allowed = record::effect(effect)? == Effect::Allow;
        if subject.here {
            self.records += 1;
            self.widen(instant, at);
            if self.counted.binary_search_by(|it| (**it).cmp(principal)).is_ok() {
                self.own += 1;
                if allowed {
                    self.mark(entity, subject.entity_type, scope);
                }
            }
        }
        Ok(())
    }

    fn mark(&mut self, entity: &str, entity_type: EntityType, scope: &str) {
        let Some(known) = self.organization.catalog.scope(entity_type, scope) else {
            self.strange.change(entity, Ordered::default(), |scopes| {
                scopes.insert(scope.to_owned(), ());
            });
            return;
        };
        self.used.change(entity, (entity_type, ScopeSet::EMPTY), |(_, used)| used.insert(known));
    }

    /// The time from the first record to the last, in whatever order they come.
    fn widen(&mut self, instant: Instant, at: &str) {
        let this = || (instant, at.to_owned());
        let [from, to] = self.span.get_or_insert_with(|| [this(), this()]);
        if instant < from.0 {
            *from = this();
        }
        if instant > to.0 {
            *to = this();
        }
    }

    /// A line was passed over before it came here.
    pub fn skip(&mut self) {
        self.skipped += 1;
    }

    /// What was never used, and what would do instead; `name` is what people shall call a new role.
    pub fn report(&self, name: Option<&str>) -> UsageReport {
        let inventory = Inventory::new(self.organization);
        let holdings = inventory.holdings(&self.access, self.context.at);
        let holds = (0..inventory.len()).map(|it| inventory.row(&holdings, it).allow.len()).sum();
        let mut report = UsageReport {
            principal: self.principal.clone(),
            counted: self.counted.clone(),
            records: self.records,
            own: self.own,
            skipped: self.skipped,
            from: self.span.as_ref().map(|[(_, from), _]| from.clone()),
            to: self.span.as_ref().map(|[_, (_, to)]| to.clone()),
            holds,
            used: 0,
            unused: Unusing { usage: self, inventory: &inventory }.all(),
            no_longer_held: Vec::new(),
            instead: None,
        };
        self.sort_out(&mut report, name);
        report
    }

    /// Tells what was used and is held, and what is not any more.
    fn sort_out(&self, report: &mut UsageReport, name: Option<&str>) {
        let catalog = &self.organization.catalog;
        let mut wanted = Wanted::new(self.organization);
        let mut gone: Vec<ScopeOn> = Vec::new();
        for (entity, scopes) in self.strange.iter() {
            let on = |scope: &String| ScopeOn { entity: entity.to_owned(), scope: scope.clone() };
            gone.extend(scopes.iter().map(|(scope, ())| on(scope)));
        }
        for (entity, (entity_type, used)) in self.used.iter() {
            let lost = used.without(&self.held(entity));
            let kept = used.without(&lost);
            report.used += kept.len();
            wanted.add_on(entity, *entity_type, &kept);
            let scopes = lost.iter().map(|scope| catalog.scope_name(*entity_type, scope).to_owned());
            gone.extend(scopes.map(|scope| ScopeOn { entity: entity.to_owned(), scope }));
        }
        if !self.principal.starts_with(TEAM) {
            report.no_longer_held = sorted(gone);
        }
        if !wanted.is_empty() {
            report.instead = Some(self.organization.suggest_wanted(wanted, name));
        }
    }

    /// What is allowed on an entity now, or may be where its tags are not known: of that the log says that it was.
    fn held(&self, entity: &str) -> ScopeSet {
        let asked = Asked::new(self.organization, &self.access, entity, &self.context);
        let Ok(asked) = asked else { return ScopeSet::EMPTY };
        let question = asked.question();
        let all = self.organization.catalog.all_scopes(question.subject.entity_type);
        let row = self.organization.row(&self.access, &question, &all);
        let mut held = row.allow;
        held.add(&row.unknown);
        held
    }
}
