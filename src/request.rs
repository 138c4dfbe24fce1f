//! What is asked: who, which scope, on which entity, and what else is known at that moment.

use std::fmt;

use crate::document::{self, REQUEST, Shape, TRIGGER};
use crate::json::{self, Json, Value, excerpt};
use crate::problem::{Invalid, Path, Problems};
use crate::time::Instant;
use crate::validate;

/// A question: may this principal do this on that entity.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME` or `deployment:PROJECT/STACK`.
    pub principal: String,
    /// `object:action`.
    pub scope: String,
    /// `TYPE:PATH`.
    pub entity: String,
    /// What else is known.
    pub context: Context,
}

impl Request {
    /// Reads `{"principal", "scope", "entity"}` with `tags`, `at` and `trigger` where they are given.
    ///
    /// # Errors
    ///
    /// A text that is no such object: no JSON, an unknown field, a wrong type, a bad date.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, RequestError> {
        let json = read(text.as_ref(), &REQUEST)?;
        let need = |name: &str| {
            let missing = || RequestError::new(format!("the field `{name}` is missing: add it"));
            json.root().text(name).map(str::to_owned).ok_or_else(missing)
        };
        Ok(Self {
            principal: need("principal")?,
            scope: need("scope")?,
            entity: need("entity")?,
            context: Context::read(json.root())?,
        })
    }
}

/// What is known beside the document when something is asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Context {
    pub(crate) tags: Option<Vec<(String, String)>>,
    pub(crate) at: Option<Instant>,
    /// A malformed one is an error where a deployment asks, and ignored elsewhere.
    pub(crate) trigger: Option<Result<Trigger, RequestError>>,
}

impl Context {
    /// A question at that time. The engine has no clock: without a time, a token that can expire counts as
    /// expired.
    ///
    /// ```
    /// # use scopewise::Context;
    /// let now = Context::at(std::time::SystemTime::now());
    /// ```
    pub fn at(time: impl Into<Instant>) -> Self {
        Self { at: Some(time.into()), ..Self::default() }
    }

    /// The tags of the entity, the whole truth about them: they replace those of the document, and a key that
    /// is not among them is missing.
    #[must_use]
    pub fn tags<K: Into<String>, V: Into<String>>(mut self, tags: impl IntoIterator<Item = (K, V)>) -> Self {
        self.tags = Some(tags.into_iter().map(|(key, value)| (key.into(), value.into())).collect());
        self
    }

    /// What started the run, where the principal is a deployment.
    #[must_use]
    pub fn trigger(mut self, trigger: Trigger) -> Self {
        self.trigger = Some(Ok(trigger));
        self
    }

    /// The names of what is given: `tags`, `at`, `trigger`.
    pub fn given(&self) -> impl Iterator<Item = &'static str> {
        let given =
            [("tags", self.tags.is_some()), ("at", self.at.is_some()), ("trigger", self.trigger.is_some())];
        given.into_iter().filter_map(|(name, is_given)| is_given.then_some(name))
    }

    /// This context, with the time of another where it has none.
    #[must_use]
    pub fn or_at(mut self, other: &Self) -> Self {
        self.at = self.at.or(other.at);
        self
    }

    /// Reads `{"tags", "at", "trigger"}`, each of which may be absent.
    ///
    /// # Errors
    ///
    /// As [`Request::parse`].
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, RequestError> {
        let json = read(text.as_ref(), &REQUEST)?;
        for name in ["principal", "scope", "entity"] {
            if json.root().get(name).is_some() {
                return Err(RequestError::new(format!("no field `{name}` is known here: remove it")));
            }
        }
        Self::read(json.root())
    }

    pub(crate) fn read(written: Value<'_>) -> Result<Self, RequestError> {
        let text = |value: Value<'_>| value.as_text().unwrap_or_default().to_owned();
        let tags = written.get("tags").map(|tags| {
            let tag = |(key, value): (&str, _)| (key.to_owned(), text(value));
            tags.members().map(tag).collect()
        });
        Ok(Self {
            tags,
            at: written.text("at").map(instant).transpose()?,
            trigger: written.get("trigger").map(Trigger::read),
        })
    }
}

/// The time of a question.
pub(crate) fn instant(text: &str) -> Result<Instant, RequestError> {
    let malformed = || RequestError::new(format!("at: {}", validate::malformed_date(text)));
    Instant::parse(text).ok_or_else(malformed)
}

/// Reads an object of that form.
pub(crate) fn read<'t>(text: &'t [u8], shape: &Shape) -> Result<Json<'t>, RequestError> {
    let json = parse(text)?;
    check(json.root(), shape)?;
    Ok(json)
}

/// Reads JSON of whatever form.
pub(crate) fn parse(text: &[u8]) -> Result<Json<'_>, RequestError> {
    let in_text = |fault: json::TextFault| RequestError::first_of(&Invalid::new(vec![fault.in_text(text)]));
    json::parse(text).map_err(in_text)
}

/// Refuses what is not of that form.
pub(crate) fn check(written: Value<'_>, shape: &Shape) -> Result<(), RequestError> {
    let mut problems = Problems::default();
    document::check(written, shape, &Path::Root, &mut problems);
    if problems.is_empty() { Ok(()) } else { Err(RequestError::first_of(&problems.into_invalid())) }
}

/// What started a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// How it was started.
    pub kind: TriggerKind,
    /// Who started it, `user:LOGIN`: for starts by hand.
    pub by: Option<String>,
}

impl Trigger {
    /// Reads `KIND` or `KIND:user:LOGIN`.
    ///
    /// # Errors
    ///
    /// A kind that is not known, a start by hand without its user, another start with one.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let (kind, by) = text.split_once(':').map_or((text, None), |(kind, by)| (kind, Some(by.to_owned())));
        let trigger = Self { kind: TriggerKind::named(kind)?, by };
        let end = if trigger.kind.is_by_hand() { ":user:LOGIN" } else { "" };
        // In a text there is no field by which it could be told.
        let in_text =
            |_| RequestError::new(format!("`{}` is no trigger: write `{kind}{end}`", excerpt(text)));
        trigger.check().map_err(in_text)?;
        Ok(trigger)
    }

    fn read(written: Value<'_>) -> Result<Self, RequestError> {
        let mut problems = Problems::default();
        let at = Path::Root.key("trigger");
        document::check(written, &TRIGGER, &at, &mut problems);
        if !problems.is_empty() {
            return Err(RequestError::first_of(&problems.into_invalid()));
        }
        let kind = TriggerKind::named(written.text("kind").unwrap_or_default())?;
        let trigger = Self { kind, by: written.text("by").map(str::to_owned) };
        trigger.check().map(|()| trigger)
    }

    /// Whether it names its user exactly where it is started by hand.
    pub(crate) fn check(&self) -> Result<(), RequestError> {
        match (self.kind.is_by_hand(), self.by.as_deref()) {
            (true, None) => {
                let message = format!("a `{}` trigger needs `by`: say `user:LOGIN`", self.kind.as_str());
                Err(RequestError::new(message))
            }
            (true, Some(by)) if by.strip_prefix("user:").is_none_or(str::is_empty) => {
                Err(RequestError::new(format!("`{}` is not `user:LOGIN`", excerpt(by))))
            }
            (false, Some(_)) => {
                Err(RequestError::new(format!("a `{}` trigger has no `by`: remove it", self.kind.as_str())))
            }
            _ => Ok(()),
        }
    }
}

/// The ways of starting a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TriggerKind {
    /// A call of the API.
    Rest,
    /// A button of the console.
    Console,
    /// A push to the repository.
    GitPush,
    /// A pull request.
    PullRequest,
    /// A schedule.
    Schedule,
}

impl TriggerKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Rest, Self::Console, Self::GitPush, Self::PullRequest, Self::Schedule];

    /// The kind as it is written: `git-push`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Console => "console",
            Self::GitPush => "git-push",
            Self::PullRequest => "pull-request",
            Self::Schedule => "schedule",
        }
    }

    fn named(kind: &str) -> Result<Self, RequestError> {
        Self::ALL.into_iter().find(|it| it.as_str() == kind).ok_or_else(|| {
            let known = Self::ALL.map(Self::as_str).join("`, `");
            RequestError::new(format!("no trigger `{}` is known: use one of `{known}`", excerpt(kind)))
        })
    }

    pub(crate) const fn is_by_hand(self) -> bool {
        matches!(self, Self::Rest | Self::Console)
    }
}

/// A request that cannot be decided because it is malformed: an error, and never an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestError {
    message: Box<str>,
}

impl RequestError {
    pub(crate) fn new(message: impl Into<Box<str>>) -> Self {
        Self { message: message.into() }
    }

    /// The first thing that is wrong with a text.
    fn first_of(invalid: &Invalid) -> Self {
        let problem = invalid.problems().first();
        Self::new(problem.map_or_else(String::new, |problem| match problem.position {
            Some((line, column)) => format!("line {line}, column {column}: {}", problem.message),
            None if problem.path == "document" => problem.message.clone(),
            None => format!("{}: {}", excerpt(&problem.path), problem.message),
        }))
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for RequestError {}

/// A principal, read: a word that is known and a name after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrincipalName<'a> {
    User(&'a str),
    Token(&'a str),
    Team(&'a str),
    ServicePrincipal(&'a str),
    /// `PROJECT/STACK`.
    Deployment(&'a str),
}

impl<'a> PrincipalName<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, RequestError> {
        let named = |kind| text.strip_prefix(kind).filter(|name: &&str| !name.is_empty());
        let read = named("user:").map(Self::User);
        let read = read.or_else(|| named("token:").map(Self::Token));
        let read = read.or_else(|| named("team:").map(Self::Team));
        let read = read.or_else(|| named("service-principal:").map(Self::ServicePrincipal));
        let read = read.or_else(|| named("deployment:").filter(|it| is_stack(it)).map(Self::Deployment));
        read.ok_or_else(|| {
            RequestError::new(format!(
                "`{}` is no principal: use `user:LOGIN`, `token:NAME`, `team:NAME`, `service-principal:NAME` or \
                 `deployment:PROJECT/STACK`",
                excerpt(text)
            ))
        })
    }
}

/// `PROJECT/STACK`, neither empty.
fn is_stack(name: &str) -> bool {
    name.split('/').count() == 2 && name.split('/').all(|part| !part.is_empty())
}
