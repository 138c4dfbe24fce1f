//! What a real server answered, against what the rules say: one record of a log at a time, and none of them is held.
//!
//! The table of routes says what a request needs, the organization decides it, and the status is held against the
//! decision by `replay/compare.rs`. Where nothing can be said, the record is counted apart with the reason. Nothing is
//! decided here.

mod compare;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::decide::Decision;
use crate::document::RECORD;
use crate::explain::Explanation;
use crate::json::excerpt;
use crate::number::Decimal;
use crate::organization::Organization;
use crate::principal::Resolved;
use crate::request::{self, Context, RequestError};
use crate::route::{Confidence, Route, Routes};
use compare::{Aside, Differing, compare};

/// How many resolved principals are kept at a time.
const KEPT: usize = 1_024;

/// How many distinct questions a group of a report lists, and how many examples there are of what is counted apart.
const CASES: usize = 1_000;
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
        let json = request::read(text.as_ref(), &RECORD)?;
        let written = json.root();
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Difference {
    /// The rules deny it, and the server let it through.
    DeniedButLetThrough,
    /// The rules allow it, and the server refused it: 403.
    AllowedButRefused,
    /// The rules allow it on an entity that the document has, and the server finds no such entity: 404.
    AllowedButHidden,
}

/// Why a record is counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
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
}

/// Where a server and the rules differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
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
}

/// Records that are counted apart for one reason.
#[derive(Debug, Clone, PartialEq, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize)]
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

/// One question that a server answered otherwise.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ReplayCase {
    /// The number of the first record of it.
    pub record: usize,
    /// How many records of it there are.
    pub count: usize,
    /// Who asked.
    pub principal: String,
    /// For what; nothing where the route needs a member of the organization alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// On what.
    pub entity: String,
    /// What the server answered.
    pub status: u16,
    /// What the rules say at the time of the first record.
    #[serde(flatten)]
    pub decision: Decision,
    /// Why they say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation<()>>,
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
    routes: &'o Routes,
    /// Principals that were resolved, by name.
    callers: BTreeMap<String, Resolved>,
    totals: ReplayReport,
    apart: BTreeMap<Apart, ReplayApart>,
    groups: BTreeMap<(Confidence, usize, Difference), Group>,
}

/// A group in the making.
#[derive(Debug)]
struct Group {
    report: ReplayGroup,
    /// Where each question stands among the cases.
    known: BTreeMap<Question, usize>,
}

/// Principal, scope, entity, status and reason.
type Question = (String, Option<String>, String, u16, &'static str);

impl<'o> Replay<'o> {
    /// A replay for an organization, by a table of routes.
    pub fn new(organization: &'o Organization, routes: &'o Routes) -> Self {
        Self {
            organization,
            routes,
            callers: BTreeMap::new(),
            totals: ReplayReport::default(),
            apart: BTreeMap::new(),
            groups: BTreeMap::new(),
        }
    }

    /// Holds a record against the rules. `number` is its place in the log, by which the report names it.
    ///
    /// # Errors
    ///
    /// A record that nothing can be asked about: its principal is malformed, or a deployment without its trigger.
    /// It is not counted.
    pub fn add(&mut self, number: usize, record: &Record) -> Result<Outcome, RequestError> {
        let organization = self.organization;
        let caller = resolved(&mut self.callers, organization, &record.principal);
        let access = caller.access(organization, &record.context)?;
        let compared = compare(organization, self.routes, &access, record);
        self.totals.records += 1;
        Ok(match compared {
            Err(aside) => self.set_apart(record, &aside),
            Ok(None) => {
                self.totals.agree += 1;
                Outcome::Agrees
            }
            Ok(Some(differing)) => self.differs(number, record, differing),
        })
    }

    /// Counts a record that is no call of this API.
    pub fn pass_over(&mut self) -> Outcome {
        self.totals.records += 1;
        self.aside(Apart::Elsewhere).count += 1;
        Outcome::Apart(Apart::Elsewhere)
    }

    /// How many records there were so far.
    pub fn records(&self) -> usize {
        self.totals.records
    }

    /// What came of it.
    pub fn report(self) -> ReplayReport {
        ReplayReport {
            apart: self.apart.into_values().collect(),
            groups: self.groups.into_values().map(|group| group.report).collect(),
            ..self.totals
        }
    }

    fn set_apart(&mut self, record: &Record, aside: &Aside) -> Outcome {
        let apart = self.aside(aside.why);
        apart.count += 1;
        if apart.examples.len() < EXAMPLES {
            let example = example(record, &aside.detail);
            if !apart.examples.contains(&example) {
                apart.examples.push(example);
            }
        }
        Outcome::Apart(aside.why)
    }

    fn aside(&mut self, why: Apart) -> &mut ReplayApart {
        self.apart.entry(why).or_insert_with(|| ReplayApart { why, count: 0, examples: Vec::new() })
    }

    fn differs(&mut self, number: usize, record: &Record, differing: Differing<'_>) -> Outcome {
        let Differing { found, difference, predicted } = differing;
        let unsure = found.route.confidence == Confidence::Guessed;
        let total = if unsure { &mut self.totals.unsure } else { &mut self.totals.differ };
        *total += 1;
        let key = (found.route.confidence, found.position, difference);
        let group = self.groups.entry(key).or_insert_with(|| Group::new(found.route, difference));
        group.report.count += 1;
        let question = predicted.question(record);
        if let Some(case) = group.case(&question) {
            case.count += 1;
        } else if group.report.cases.len() < CASES {
            let caller = resolved(&mut self.callers, self.organization, &record.principal);
            let explanation = predicted.explained(self.organization, caller, &record.context);
            group.add(question, predicted.case(number, record, explanation));
        }
        if unsure { Outcome::Unsure(difference) } else { Outcome::Differs(difference) }
    }
}

impl Group {
    fn new(route: &Route, difference: Difference) -> Self {
        let report = ReplayGroup {
            method: route.method.clone(),
            path: route.path.clone(),
            name: route.name.clone(),
            confidence: route.confidence,
            note: route.note.clone(),
            difference,
            count: 0,
            cases: Vec::new(),
        };
        Self { report, known: BTreeMap::new() }
    }

    fn case(&mut self, question: &Question) -> Option<&mut ReplayCase> {
        self.report.cases.get_mut(*self.known.get(question)?)
    }

    fn add(&mut self, question: Question, case: ReplayCase) {
        self.known.insert(question, self.report.cases.len());
        self.report.cases.push(case);
    }
}

/// The principal of that name, resolved once as long as there are few.
fn resolved<'c>(
    callers: &'c mut BTreeMap<String, Resolved>,
    organization: &Organization,
    name: &str,
) -> &'c Resolved {
    if callers.len() >= KEPT && !callers.contains_key(name) {
        callers.clear();
    }
    callers.entry(name.to_owned()).or_insert_with(|| organization.resolve(name))
}

/// A request as an example: without its query, which may hold what is nobody's business.
fn example(record: &Record, detail: &str) -> String {
    let path = record.path.split(['?', '#']).next().unwrap_or_default();
    let colon = if detail.is_empty() { "" } else { ": " };
    format!("{} {}{colon}{detail}", excerpt(&record.method), excerpt(path))
}
