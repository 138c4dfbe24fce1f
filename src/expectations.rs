//! What an organization is expected to allow and to refuse: tests beside a document, read.
//!
//! A test says who may or may not do what, and where. Each of these is a name or a list of names, and every
//! combination is one expectation. Running them is `run.rs`'s matter; nothing is decided here.

mod find;
mod report;
mod run;

pub use report::{ExpectationOutcome, Expected, TestOutcome, TestReport};

use crate::decide::{Effect, Reason};
use crate::document::{self, EXPECTATIONS, TEXTS, wrong_type};
use crate::json::{self, Kind, Value, excerpt};
use crate::names::Names;
use crate::principal::well_formed;
use crate::problem::{Code, Invalid, Path, Problems};
use crate::request::{Context, PrincipalName, Trigger};
use crate::time::Instant;
use crate::validate;

/// Tests of an organization.
///
/// ```
/// # use scopewise::{Expectations, Organization};
/// let acme = Organization::parse(std::fs::read("examples/acme.json")?)?;
/// let expectations = Expectations::parse(
///     r#"{ "tests": [{ "who": "user:*", "except": "user:alice",
///          "may": "stack:read", "mayNot": ["stack:write", "stack:delete"],
///          "on": "stack:acme/web/prod", "tags": { "env": "prod" } }] }"#,
/// )?;
/// let report = acme.test(&expectations)?;
/// assert_eq!((report.passed, report.failed), (3, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Expectations {
    /// The document that they are about, for whoever opens files.
    pub document: Option<String>,
    /// When the tests ask that do not say it themselves. Without a time, a token that can expire counts as expired.
    pub at: Option<Instant>,
    pub(crate) tests: Vec<Test>,
}

/// One test: the product of its lists.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    pub(crate) name: Option<String>,
    pub(crate) who: Texts,
    /// What is left out of `who` and of `on`.
    pub(crate) except: Texts,
    pub(crate) clauses: Vec<Clause>,
    pub(crate) on: Texts,
    /// The reason that every decision must have as well.
    pub(crate) reason: Option<Reason>,
    pub(crate) context: Context,
}

/// Scopes with the effect that is expected of them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Clause {
    pub(crate) field: &'static str,
    pub(crate) effect: Effect,
    pub(crate) scopes: Texts,
}

/// The names in a field, which has one of them or a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Texts {
    texts: Vec<String>,
    listed: bool,
}

impl Texts {
    /// Each name with its place.
    pub(crate) fn each<'p>(&'p self, field: &'p Path<'p>) -> impl Iterator<Item = (Path<'p>, &'p str)> {
        let place = |index| if self.listed { field.index(index) } else { *field };
        let texts = self.texts.iter().enumerate().filter(|(_, text)| !text.is_empty());
        texts.map(move |(index, text)| (place(index), &**text))
    }
}

impl Expectations {
    /// Reads `{"tests": [{"who", "may", "mayNot", "unknown", "on"}]}` with `document` and `at`, and in a test `name`,
    /// `except`, `reason`, `tags`, `at` and `trigger`, where they are given.
    ///
    /// # Errors
    ///
    /// Every fault of the text, each with its place: no JSON, an unknown field, a wrong type, a test that expects
    /// nothing or expects something twice, a malformed principal, scope, trigger or date. Which names exist shows
    /// when an organization is tested.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        let text = text.as_ref();
        let json = json::parse(text).map_err(|fault| Invalid::new(vec![fault.in_text(text)]))?;
        let mut reader = Reader { problems: Problems::default() };
        document::check(json.root(), &EXPECTATIONS, &Path::Root, &mut reader.problems);
        let expectations = reader.file(json.root());
        let problems = reader.problems;
        if problems.is_empty() { Ok(expectations) } else { Err(problems.into_invalid()) }
    }

    /// These expectations, asked at that time where they have none.
    #[must_use]
    pub fn or_at(mut self, time: impl Into<Instant>) -> Self {
        self.at = self.at.or_else(|| Some(time.into()));
        self
    }
}

/// Whether a name stands for all that fit.
fn is_pattern(name: &str) -> bool {
    name.contains('*')
}

/// The fields of a test that expect something.
const EFFECTS: [(&str, Effect); 3] =
    [("may", Effect::Allow), ("mayNot", Effect::Deny), ("unknown", Effect::Unknown)];

/// Goes through a file and notes what is wrong in it. That fields are there and have the right form is told
/// already.
struct Reader {
    problems: Problems,
}

impl Reader {
    fn file(&mut self, written: Value<'_>) -> Expectations {
        let at = Path::Root.key("tests");
        if written.get("tests").is_some_and(|tests| tests.kind() == Kind::Array && tests.len() == 0) {
            self.add(Code::Empty, &at, "there must be at least one test");
        }
        let tests = written.list("tests").enumerate();
        Expectations {
            document: written.text("document").map(str::to_owned),
            at: self.time(&Path::Root, written),
            tests: tests.map(|(index, test)| self.test(&at.index(index), test)).collect(),
        }
    }

    fn test(&mut self, at: &Path<'_>, written: Value<'_>) -> Test {
        let test = Test {
            name: written.text("name").map(str::to_owned),
            who: self.texts(at, written, "who"),
            except: self.texts(at, written, "except"),
            clauses: self.clauses(at, written),
            on: self.texts(at, written, "on"),
            reason: self.reason(at, written),
            context: self.context(at, written),
        };
        self.principals(at, &test);
        test
    }

    fn clauses(&mut self, at: &Path<'_>, written: Value<'_>) -> Vec<Clause> {
        let given = EFFECTS.into_iter().filter(|(field, _)| written.get(field).is_some());
        let clause = |(field, effect)| Clause { field, effect, scopes: self.texts(at, written, field) };
        let clauses: Vec<Clause> = given.map(clause).collect();
        if clauses.is_empty() && written.kind() == Kind::Object {
            self.add(Code::MissingField, at, "a test says `may`, `mayNot` or `unknown`: add one of them");
        }
        self.scopes(at, &clauses);
        clauses
    }

    /// Every scope is expected once, whatever is expected of it.
    fn scopes(&mut self, at: &Path<'_>, clauses: &[Clause]) {
        let mut met = Names::default();
        for Clause { field, scopes, .. } in clauses {
            for (at, scope) in scopes.each(&at.key(field)) {
                if let Err(error) = well_formed(scope) {
                    self.add(Code::UnknownScope, &at, error.to_string());
                } else if !met.insert(scope).1 {
                    let message = format!("`{}` stands twice in one test: keep one", excerpt(scope));
                    self.add(Code::Duplicate, &at, message);
                }
            }
        }
    }

    /// A reason tells decisions of one effect apart, so it stands with one of them.
    fn reason(&mut self, at: &Path<'_>, written: Value<'_>) -> Option<Reason> {
        let text = written.text("reason")?;
        let at = at.key("reason");
        let sides = [("may", "mayNot"), ("mayNot", "may")];
        let one = |(a, b)| written.get(a).is_some() && written.get(b).or(written.get("unknown")).is_none();
        if !sides.into_iter().any(one) {
            let message =
                "a test with a `reason` has `may` or `mayNot` and nothing else: make two tests of it";
            self.add(Code::ConflictingFields, &at, message);
        }
        let found = Reason::ALL.iter().copied().find(|reason| reason.as_str() == text);
        if found.is_none() {
            let known: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
            let message =
                format!("no reason `{}` is known: use one of `{}`", excerpt(text), known.join("`, `"));
            self.add(Code::UnknownValue, &at, message);
        }
        found
    }

    fn context(&mut self, at: &Path<'_>, written: Value<'_>) -> Context {
        let tag =
            |(key, value): (&str, Value<'_>)| (key.to_owned(), value.as_text().unwrap_or("").to_owned());
        let trigger = written.text("trigger").map(Trigger::parse);
        if let Some(Err(error)) = &trigger {
            self.add(Code::UnknownValue, &at.key("trigger"), error.to_string());
        }
        let tags = written.get("tags").map(|tags| tags.members().map(tag).collect());
        Context { tags, at: self.time(at, written), trigger }
    }

    fn time(&mut self, at: &Path<'_>, written: Value<'_>) -> Option<Instant> {
        let text = written.text("at")?;
        let time = Instant::parse(text);
        if time.is_none() {
            self.add(Code::MalformedDate, &at.key("at"), validate::malformed_date(text));
        }
        time
    }

    /// Who is named must be readable, and a run must say what started it.
    fn principals(&mut self, at: &Path<'_>, test: &Test) {
        for (place, name) in test.who.each(&at.key("who")) {
            let read = PrincipalName::parse(name);
            let runs = is_pattern(name) && name.starts_with("deployment:");
            if runs || matches!(read, Ok(PrincipalName::Deployment(_))) {
                self.started(at, test, name);
            } else if let Err(error) = read {
                self.add(Code::MalformedPrincipal, &place, error.to_string());
            }
        }
    }

    fn started(&mut self, at: &Path<'_>, test: &Test, name: &str) {
        if test.context.trigger.is_none() {
            let message = format!(
                "the field `trigger` is missing: say what starts `{}`, like `git-push` or `rest:user:LOGIN`",
                excerpt(name)
            );
            self.add(Code::MissingField, &at.key("trigger"), message);
        }
    }

    /// A field that is a name or a list of names.
    fn texts(&mut self, at: &Path<'_>, written: Value<'_>, field: &str) -> Texts {
        let at = at.key(field);
        let Some(value) = written.get(field) else { return Texts::default() };
        let text = |value: Value<'_>| value.as_text().unwrap_or_default().to_owned();
        match value.kind() {
            Kind::Array if value.len() == 0 => self.add(Code::Empty, &at, "the list must not be empty"),
            Kind::Array => document::check(value, &TEXTS, &at, &mut self.problems),
            Kind::Text => document::check(value, &document::Shape::Text, &at, &mut self.problems),
            kind => self.add(Code::WrongType, &at, wrong_type("a text or a list of texts", kind)),
        }
        match value.kind() {
            Kind::Array => Texts { texts: value.items().map(text).collect(), listed: true },
            _ => Texts { texts: vec![text(value)], listed: false },
        }
    }

    fn add(&mut self, code: Code, at: &Path<'_>, message: impl Into<String>) {
        self.problems.add(code, at, message);
    }
}
