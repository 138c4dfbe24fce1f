//! What was answered, against what the rules say: one record of a log at a time, and none of them is held.
//!
//! Of a request the table of routes says what it needs, the organization decides that, and the status is held against the
//! decision by `replay/compare.rs`. What an entry of an HTTP archive says of one is told by `replay/archive.rs`. A decision
//! of a decision log is decided again by `replay/decisions.rs`. Where nothing can be said, the record is counted apart with
//! the reason. Nothing is decided here.

mod archive;
mod cases;
mod compare;
mod decisions;

use std::rc::Rc;

use crate::document::RECORD;
use crate::json::{Value, excerpt};
use crate::names::Names;
use crate::number::Decimal;
use crate::organization::Organization;
use crate::principal::Resolved;
use crate::record::LoggedDecision;
use crate::request::{self, Context, RequestError};
use crate::route::{Confidence, Route, RouteMatch, Routes};
use cases::Cases;
use compare::{Aside, Differing, compare};

pub use archive::{Archive, Exchange, ExchangeError, Sender};
pub use cases::ReplayCase;
pub use decisions::ReplayedDecisions;

/// How many resolved principals are kept at a time.
const KEPT: usize = 1_024;

/// How many examples there are of what is counted apart.
const EXAMPLES: usize = 5;

/// A request and the status that a server answered it with.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Who sent it: `user:bob`.
    pub principal: String,
    /// `GET`.
    pub method: String,
    /// As it stands in the request, with or without a query.
    pub path: String,
    /// The status of the answer; 0 where there was none.
    pub status: u16,
    /// When it was, and what else is known.
    pub context: Context,
}

impl Record {
    /// Reads `{"principal", "method", "path", "status"}` with `at`, `tags` and `trigger` where they are given.
    ///
    /// # Errors
    ///
    /// A text that is no such object: no JSON, an unknown field, a wrong type, a status past 999, a bad date.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, RequestError> {
        Self::read(request::parse(text.as_ref())?.root())
    }

    fn read(written: Value<'_>) -> Result<Self, RequestError> {
        request::check(written, &RECORD)?;
        let own = |name| written.text(name).unwrap_or_default().to_owned();
        let status = written.get("status").and_then(|it| Decimal::parse(it.as_number()?).integer());
        let status = status.and_then(|it| u16::try_from(it).ok()).filter(|it| *it < 1_000);
        Ok(Self {
            principal: own("principal"),
            method: own("method"),
            path: own("path"),
            status: status.ok_or_else(|| RequestError::new("status: a number up to 999 is wanted here"))?,
            context: Context::read(written)?,
        })
    }
}

/// What became of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The server did what the rules say.
    Agrees,
    /// It did not.
    Differs(Difference),
    /// It did not, but what the route needs is a guess.
    Unsure(Difference),
    /// Nothing can be said of it.
    Apart(Apart),
}

/// How a server differs from the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// The rules deny it, and the server let it through.
    DeniedButLetThrough,
    /// The rules allow it, and the server refused it: 403.
    AllowedButRefused,
    /// The rules allow it on an entity that the document has, and the server finds no such entity: 404.
    AllowedButHidden,
    /// A log of decisions has another effect than the rules.
    DecidedOtherwise,
}

/// Why a record is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Apart {
    /// It went to another server, or is no call of the API.
    Elsewhere,
    /// The table has no such route.
    Unmapped,
    /// Its method or its path could be read in two ways.
    Unclear,
    /// The catalog lacks what the route needs.
    NotInCatalog,
    /// It is about another organization.
    OtherOrganization,
    /// What the route needs is no scope.
    NoScope,
    /// The status says nothing about permission.
    Status,
    /// It rests on tags that are not known.
    UnknownTags,
    /// The rules allow it, and something of it is not there: 404.
    NotThere,
    /// A stand-in is in the place of a name.
    Redacted,
    /// A deployment, and what started it is not told.
    NoTrigger,
}

/// Where a log and the rules differ.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplayReport {
    /// How many records there were: the sum of the following four.
    pub records: usize,
    /// How many agree.
    pub agree: usize,
    /// How many differ.
    pub differ: usize,
    /// How many differ where what the route needs is a guess.
    pub unsure: usize,
    /// Those of which nothing can be said, by the reason.
    pub apart: Vec<ReplayApart>,
    /// Those that differ, by route and by how: the surest routes first, then in the order of the table.
    pub groups: Vec<ReplayGroup>,
    /// The decisions of a decision log that differ, by scope and by how: sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<ReplayedDecisions>,
}

/// Records that are counted apart for one reason.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplayApart {
    /// The reason.
    pub why: Apart,
    /// How many.
    pub count: usize,
    /// Some of them, without their queries: `GET /api/user`.
    pub examples: Vec<String>,
}

/// The records of one route that differ in one way.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplayGroup {
    /// Of the route.
    pub method: String,
    /// Of the route: `/api/orgs/{orgName}/members`.
    pub path: String,
    /// What people call the route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// How sure it is what the route needs.
    pub confidence: Confidence,
    /// What else the table says of the route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// How they differ.
    pub difference: Difference,
    /// How many records.
    pub count: usize,
    /// Each question once, in the order of the log; of more than 1,000 the first.
    pub cases: Vec<ReplayCase>,
}

/// A log being replayed.
///
/// ```
/// # use scopewise::{Organization, Outcome, Record, Replay, Routes};
/// let acme = Organization::parse(std::fs::read("examples/acme.json")?)?;
/// let routes = Routes::parse(r#"{ "routes": [
///     { "method": "DELETE", "path": "/api/stacks/{org}/{project}/{stack}", "needs": "scope",
///       "scope": "stack:delete", "entity": "stack:{org}/{project}/{stack}" } ] }"#)?;
/// let mut replay = Replay::new(&acme, &routes);
/// let refused = br#"{ "principal": "user:bob", "method": "DELETE", "path": "/api/stacks/acme/web/dev", "status": 403 }"#;
/// assert_eq!(replay.add(1, &Record::parse(refused)?)?, Outcome::Agrees);
/// assert_eq!(replay.report().differ, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Replay<'o> {
    organization: &'o Organization,
    /// Nothing where the log has decisions alone.
    routes: Option<&'o Routes>,
    callers: Callers,
    /// The report so far, but for what differs.
    totals: ReplayReport,
    /// Sorted.
    groups: Vec<(GroupKey, ReplayGroup, Cases)>,
    /// Sorted.
    decisions: Vec<(ReplayedDecisions, Cases)>,
}

/// Principals that were resolved.
#[derive(Debug, Default)]
struct Callers {
    names: Names,
    resolved: Vec<Rc<Resolved>>,
}

/// By what records are of one group: how sure their route is, its position, how they differ.
type GroupKey = (Confidence, usize, Difference);

impl<'o> Replay<'o> {
    /// A replay for an organization, by a table of routes; without one, of a decision log alone.
    pub fn new(organization: &'o Organization, routes: impl Into<Option<&'o Routes>>) -> Self {
        Self {
            organization,
            routes: routes.into(),
            callers: Callers::default(),
            totals: ReplayReport::default(),
            groups: Vec::new(),
            decisions: Vec::new(),
        }
    }

    /// Reads a line of a log, a request or a decision, and holds it against the rules. One without a time is of that of
    /// `time`.
    ///
    /// # Errors
    ///
    /// As [`Record::parse`] or [`LoggedDecision::parse`], and as [`Replay::add`].
    pub fn line(
        &mut self,
        number: usize,
        line: impl AsRef<[u8]>,
        time: &Context,
    ) -> Result<Outcome, RequestError> {
        let json = request::parse(line.as_ref())?;
        let written = json.root();
        if written.get("scope").is_some() && written.get("method").is_none() {
            let logged = LoggedDecision::read(written)?;
            return self
                .add_decision(number, &LoggedDecision { context: logged.context.or_at(time), ..logged });
        }
        let record = Record::read(written)?;
        self.add(number, &Record { context: record.context.or_at(time), ..record })
    }

    /// Holds an entry of an HTTP archive against the rules, where it went to the API.
    ///
    /// # Errors
    ///
    /// One that goes to the API and does not say who sent it, or when in a way that can be read; and as [`Replay::add`].
    pub fn exchange(
        &mut self,
        number: usize,
        exchange: &Exchange<'_>,
        archive: &Archive,
    ) -> Result<Outcome, ExchangeError> {
        match archive.record(exchange)? {
            Some(record) => Ok(self.add(number, &record)?),
            None => Ok(self.pass_over()),
        }
    }

    /// Holds a request and its status against the rules. `number` is its place in the log, by which the report names it.
    ///
    /// # Errors
    ///
    /// A record that nothing can be asked about: its principal is malformed, or a deployment without its trigger; or
    /// there is no table of routes. It is not counted.
    pub fn add(&mut self, number: usize, record: &Record) -> Result<Outcome, RequestError> {
        let organization = self.organization;
        let missing = || RequestError::new("what a request needs, a table of routes says: give one");
        let routes = self.routes.ok_or_else(missing)?;
        let caller = self.callers.resolved(organization, &record.principal);
        let access = caller.access(organization, &record.context)?;
        let compared = compare(organization, routes, &access, record);
        self.totals.records += 1;
        Ok(match compared {
            Err(aside) => self.set_apart(record, &aside),
            Ok(None) => {
                self.totals.agree += 1;
                Outcome::Agrees
            }
            Ok(Some(differing)) => self.differs(number, record, &caller, differing),
        })
    }

    /// Counts a record that is no call of this API.
    pub fn pass_over(&mut self) -> Outcome {
        self.totals.records += 1;
        self.count_apart(Apart::Elsewhere, None)
    }

    /// How many records there were so far.
    pub fn records(&self) -> usize {
        self.totals.records
    }

    /// What came of it.
    pub fn report(self) -> ReplayReport {
        ReplayReport {
            groups: self.groups.into_iter().map(|(_, group, cases)| group.with(cases)).collect(),
            decisions: self.decisions.into_iter().map(|(group, cases)| group.with(cases)).collect(),
            ..self.totals
        }
    }

    fn set_apart(&mut self, record: &Record, aside: &Aside) -> Outcome {
        self.count_apart(aside.why, Some(example(record, &aside.detail)))
    }

    fn count_apart(&mut self, why: Apart, example: Option<String>) -> Outcome {
        let all = &mut self.totals.apart;
        let position = all.partition_point(|known| known.why < why);
        if all.get(position).is_none_or(|known| known.why != why) {
            all.insert(position, ReplayApart { why, count: 0, examples: Vec::new() });
        }
        if let Some(apart) = all.get_mut(position) {
            apart.count += 1;
            let new = example.filter(|it| apart.examples.len() < EXAMPLES && !apart.examples.contains(it));
            apart.examples.extend(new);
        }
        Outcome::Apart(why)
    }

    fn differs(
        &mut self,
        number: usize,
        record: &Record,
        caller: &Resolved,
        differing: Differing<'_>,
    ) -> Outcome {
        let Differing { found, difference, predicted } = differing;
        let unsure = found.route.confidence == Confidence::Guessed;
        let total = if unsure { &mut self.totals.unsure } else { &mut self.totals.differ };
        *total += 1;
        let position = self.group(&found, difference);
        if let Some((.., cases)) = self.groups.get_mut(position) {
            let question = predicted.question(&record.principal, Some(record.status));
            cases.count(question, |question| {
                let explanation = predicted.explained(self.organization, caller, &record.context);
                predicted.case(number, question, explanation)
            });
        }
        if unsure { Outcome::Unsure(difference) } else { Outcome::Differs(difference) }
    }

    /// The position of a group, which is there from now on.
    fn group(&mut self, found: &RouteMatch<'_>, difference: Difference) -> usize {
        let key = (found.route.confidence, found.position, difference);
        let position = self.groups.partition_point(|(known, ..)| *known < key);
        if self.groups.get(position).is_none_or(|(known, ..)| *known != key) {
            let group = ReplayGroup::new(found.route, difference);
            self.groups.insert(position, (key, group, Cases::default()));
        }
        position
    }
}

impl ReplayGroup {
    fn new(route: &Route, difference: Difference) -> Self {
        Self {
            method: route.method.clone(),
            path: route.path.clone(),
            name: route.name.clone(),
            confidence: route.confidence,
            note: route.note.clone(),
            difference,
            count: 0,
            cases: Vec::new(),
        }
    }

    fn with(self, Cases { count, cases, .. }: Cases) -> Self {
        Self { count, cases, ..self }
    }
}

impl Callers {
    /// The principal of that name, resolved once as long as there are few.
    fn resolved(&mut self, organization: &Organization, name: &str) -> Rc<Resolved> {
        let known = self.names.get(name).and_then(|number| self.resolved.get(number as usize));
        if let Some(known) = known {
            return Rc::clone(known);
        }
        if self.resolved.len() >= KEPT {
            *self = Self::default();
        }
        let resolved = Rc::new(organization.resolve(name));
        self.names.intern(name);
        self.resolved.push(Rc::clone(&resolved));
        resolved
    }
}

/// A request as an example: without its query, which may hold what is nobody's business.
fn example(record: &Record, detail: &str) -> String {
    let path = record.path.split(['?', '#']).next().unwrap_or_default();
    let colon = if detail.is_empty() { "" } else { ": " };
    format!("{} {}{colon}{detail}", excerpt(&record.method), excerpt(path))
}
