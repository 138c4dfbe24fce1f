//! The shared cases: one list of their files and one runner, the same natively, in Node and in browsers.

use scopewise::{Decision, Effect, Explanation, Organization, Principal, Problem, Request, RequestError};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Hands the list of the files to a macro, which makes of each what it needs.
macro_rules! case_files {
    ($make:ident) => {
        $make! {
            builtin_roles "builtin-roles.json",
            catalogs "catalogs.json",
            conditions "conditions.json",
            creators "creators.json",
            custom_roles "custom-roles.json",
            deployments "deployments.json",
            explanations "explanations.json",
            grants "grants.json",
            permission_sets "permission-sets.json",
            problems "problems.json",
            remedies "remedies.json",
            requests "requests.json",
            service_principals "service-principals.json",
            settings "settings.json",
            tags "tags.json",
            teams "teams.json",
            tokens "tokens.json",
            trees "trees.json",
        }
    };
}
pub(crate) use case_files;

macro_rules! texts {
    ($($name:ident $file:literal,)*) => {
        /// Every file by its name, with its text.
        pub(crate) const FILES: &[(&str, &str)] = &[$(($file, include_str!(concat!("../cases/", $file))),)*];
    };
}
case_files!(texts);

/// When a request is made that does not say it.
const AT: &str = "2026-11-20T00:00:00Z";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) about: String,
    pub(crate) cases: Vec<Case>,
}

/// A document, and either requests with their answers or the problems for which it is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) rules: Vec<String>,
    #[serde(default)]
    revisions: Vec<String>,
    document: Option<Value>,
    text: Option<String>,
    #[serde(default)]
    requests: Vec<Asked>,
    #[serde(default)]
    problems: Vec<Fault>,
}

/// A request and what is expected of it. Its other fields are handed over as they are, unknown ones as well.
#[derive(Deserialize)]
struct Asked {
    expect: Value,
    via: Option<Value>,
    /// `+GAINS -LOSES: SENTENCE` of each.
    remedies: Option<Value>,
    #[serde(default)]
    cites: Vec<Value>,
    #[serde(flatten)]
    request: Map<String, Value>,
}

/// An expected problem, by as much of it as the case tells.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    code: String,
    path: Option<String>,
    message: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
}

/// Reads one of the [`FILES`].
pub(crate) fn read(name: &str) -> File {
    let (_, text) = FILES.iter().find(|(file, _)| *file == name).expect("a file of the list");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs every case of a file, and fails with all that is wrong.
pub(crate) fn run(name: &str) {
    let cases = read(name).cases;
    let wrong: Vec<String> = cases.iter().flat_map(Case::run).collect();
    assert!(wrong.is_empty(), "{} wrong in {name}:\n\n{}\n", wrong.len(), wrong.join("\n\n"));
    assert!(!cases.is_empty(), "{name} has no case");
}

impl Case {
    fn run(&self) -> Vec<String> {
        let documents = self.documents();
        let wrong = match (self.requests.is_empty(), self.problems.is_empty()) {
            (false, true) => documents.iter().flat_map(|document| self.decided(document)).collect(),
            (true, false) => documents.iter().filter_map(|document| self.refused(document)).collect(),
            _ => vec!["it has requests or problems, not both and not neither".to_owned()],
        };
        wrong.into_iter().map(|wrong| format!("{}\n{wrong}", self.name)).collect()
    }

    /// The document as a text, once for each revision.
    pub(crate) fn documents(&self) -> Vec<String> {
        match (&self.document, &self.text) {
            (Some(document), None) if self.revisions.is_empty() => vec![document.to_string()],
            (Some(document), None) => self.revisions.iter().map(|it| with_revision(document, it)).collect(),
            (None, Some(text)) => vec![text.clone()],
            _ => panic!("`{}` has a document or a text", self.name),
        }
    }

    fn decided(&self, document: &str) -> Vec<String> {
        match Organization::parse(document) {
            Ok(organization) => self.requests.iter().filter_map(|asked| asked.wrong(&organization)).collect(),
            Err(invalid) => vec![format!("  the document is refused: {invalid}\n  {document}")],
        }
    }

    fn refused(&self, document: &str) -> Option<String> {
        let Err(invalid) = Organization::parse(document) else {
            return Some(format!("  the document is taken: {document}"));
        };
        let (found, expected) = (invalid.problems(), &self.problems);
        let same = found.len() == expected.len() && found.iter().zip(expected).all(|(it, like)| like.is(it));
        let expected: Vec<String> = expected.iter().map(Fault::to_string).collect();
        (!same).then(|| format!("expected\n{}\ngot\n{invalid}\nof {document}", expected.join("\n")))
    }
}

fn with_revision(document: &Value, revision: &str) -> String {
    let mut document = document.clone();
    document["revision"] = revision.into();
    document.to_string()
}

impl Fault {
    fn is(&self, problem: &Problem) -> bool {
        let (line, column) = problem.position.unzip();
        problem.code.as_str() == self.code
            && (problem.path == self.path.as_deref().unwrap_or("document"))
            && (line, column) == (self.line, self.column)
            && self.message.as_ref().is_none_or(|message| *message == problem.message)
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {column}")?,
            _ => f.write_str(self.path.as_deref().unwrap_or("document"))?,
        }
        write!(f, ": {} [{}]", self.message.as_deref().unwrap_or("…"), self.code)
    }
}

impl Asked {
    /// What is wrong with the answers, if something is.
    fn wrong(&self, organization: &Organization) -> Option<String> {
        let request = self.request();
        let (expected, got) = match answers(organization, &request) {
            Ok(answers) => (self.expected(), answers.like(self)),
            Err(error) if self.expect == json!({ "error": true }) => {
                assert!(!error.to_string().is_empty(), "an error says what is wrong: {request}");
                return None;
            }
            Err(error) => (self.expected(), json!({ "error": error.to_string() })),
        };
        let revision = organization.catalog().name();
        (expected != got).then(|| {
            format!("  revision {revision}\n  request  {request}\n  expected {expected}\n  got      {got}")
        })
    }

    fn request(&self) -> String {
        let mut request = self.request.clone();
        request.entry("at").or_insert_with(|| AT.into());
        Value::Object(request).to_string()
    }

    /// All that must be answered: the decision, and what the other questions make of it.
    fn expected(&self) -> Value {
        let allow = self.expect["effect"] == "allow";
        let mut expected = json!({
            "decide": self.expect,
            "explain": told(&self.expect),
            "can": allow,
            "scopes": allow,
            "matrix": self.expect["effect"],
        });
        if let Some(via) = &self.via {
            expected["via"] = via.clone();
        }
        if let Some(remedies) = &self.remedies {
            expected["remedies"] = remedies.clone();
        }
        if !self.cites.is_empty() {
            expected["cites"] = self.cites.clone().into();
        }
        expected
    }
}

/// What a decision and its explanation have alike.
fn told(decision: &Value) -> Value {
    json!({ "effect": decision["effect"], "reason": decision["reason"], "needs": decision["needs"] })
}

/// The answers to one request, by every question that can be put so.
struct Answers {
    decision: Decision,
    explanation: Explanation,
    can: bool,
    among_scopes: bool,
    effect: Effect,
}

fn answers(organization: &Organization, request: &str) -> Result<Answers, RequestError> {
    let request = Request::parse(request)?;
    let principal = organization.principal(&request.principal);
    match organization.decide(&request) {
        Ok(decision) => {
            Ok(other_answers(&principal, &request, decision).expect("what is decided is no error"))
        }
        Err(error) => {
            let Request { scope, entity, context, .. } = &request;
            assert!(!principal.can(scope, entity, context), "a malformed request is no allow: {request:?}");
            assert_eq!(principal.explain(scope, entity, context).err(), Some(error.clone()));
            Err(error)
        }
    }
}

fn other_answers(
    principal: &Principal<'_>,
    request: &Request,
    decision: Decision,
) -> Result<Answers, RequestError> {
    let Request { scope, entity, context, .. } = request;
    Ok(Answers {
        decision,
        explanation: principal.explain(scope, entity, context)?,
        can: principal.can(scope, entity, context),
        among_scopes: principal.scopes(entity, context)?.contains(&scope.as_str()),
        effect: principal.matrix(&[entity], &[scope], context)?.at(0, 0),
    })
}

impl Answers {
    /// The answers in the form of what is expected, with as much of the explanation as that tells.
    fn like(&self, asked: &Asked) -> Value {
        let explanation = json!(self.explanation);
        let mut got = json!({
            "decide": self.decision,
            "explain": told(&explanation),
            "can": self.can,
            "scopes": self.among_scopes,
            "matrix": self.effect,
        });
        if asked.via.is_some() {
            got["via"] =
                explanation["grants"].as_array().into_iter().flatten().map(|it| it["via"].clone()).collect();
        }
        if asked.remedies.is_some() {
            let remedies = self.explanation.remedies.iter().flatten();
            got["remedies"] =
                remedies.map(|it| format!("+{} -{}: {}", it.gains, it.loses, it.sentence)).collect();
        }
        if !asked.cites.is_empty() {
            let rules = explanation["rules"].as_array().expect("a list of rules");
            let missing = asked.cites.iter().any(|rule| !rules.contains(rule));
            got["cites"] = if missing { rules.clone() } else { asked.cites.clone() }.into();
        }
        got
    }
}
