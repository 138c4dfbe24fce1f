//! The AuthZEN Authorization API 1.0: the same questions in the words of others.
//!
//! A subject of type `user` and id `bob` is the principal `user:bob`, a resource of type `stack` and id `acme/web/prod`
//! the entity `stack:acme/web/prod`, the name of an action a scope. What the API leaves to its server stands in the
//! context (`at`, `trigger`) and in the properties of a resource (`tags`). Fields that are not known are not read, as
//! the API wants it.

pub(super) mod search;

use std::fmt;
use std::marker::PhantomData;

use axum::extract::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use scopewise::{Context, Decision, Request};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::check::decide;
use super::problem::Problem;
use super::routes::{Sent, Visit, json};
use crate::requests::Principals;

/// What an evaluation is about. In a list of them, what one leaves out is taken from beside the list.
#[derive(Debug, Clone, Default, Deserialize)]
struct Evaluation {
    #[serde(default, deserialize_with = "object")]
    subject: Option<Subject>,
    #[serde(default, deserialize_with = "object")]
    action: Option<Action>,
    #[serde(default, deserialize_with = "object")]
    resource: Option<Resource>,
    #[serde(default, deserialize_with = "object")]
    context: Option<Known>,
}

#[derive(Debug, Clone, Deserialize)]
struct Subject {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Action {
    name: String,
}

#[derive(Debug, Clone, Deserialize)]
struct Resource {
    #[serde(rename = "type")]
    kind: String,
    id: Option<String>,
    #[serde(default, deserialize_with = "object")]
    properties: Option<Properties>,
}

#[derive(Debug, Clone, Deserialize)]
struct Properties {
    tags: Option<Box<RawValue>>,
}

#[derive(Debug, Clone, Deserialize)]
struct Known {
    at: Option<Box<RawValue>>,
    trigger: Option<Box<RawValue>>,
}

/// What else is known, as a request writes it.
#[derive(Debug, Serialize)]
struct Written<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<&'a RawValue>,
}

/// A list of them, and when it ends. The same body is an [`Evaluation`] too: what those of the list leave out.
#[derive(Debug, Deserialize)]
struct Evaluations {
    #[serde(default, deserialize_with = "objects")]
    evaluations: Vec<Evaluation>,
    #[serde(default, deserialize_with = "object")]
    options: Option<Options>,
}

#[derive(Debug, Default, Deserialize)]
struct Options {
    #[serde(default)]
    evaluations_semantic: Semantic,
}

/// When a list of evaluations comes to its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Semantic {
    #[default]
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// An answer: true for an allow and nothing less. Its context is the whole decision, or why there is none.
#[derive(Debug, Serialize)]
struct Evaluated {
    decision: bool,
    context: Said,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Said {
    Decision(Decision),
    Error { error: Fault },
}

#[derive(Debug, Serialize)]
struct Fault {
    status: u16,
    message: String,
}

#[derive(Debug, Serialize)]
struct EvaluatedAll {
    evaluations: Vec<Evaluated>,
}

/// Where what stands.
#[derive(Debug, Serialize)]
struct Configuration {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
    search_subject_endpoint: String,
    search_resource_endpoint: String,
    search_action_endpoint: String,
}

pub(super) async fn evaluation(Extension(visit): Extension<Visit>, sent: Sent) -> Result<Response, Problem> {
    let asked: Evaluation = read(&sent.json()?)?;
    visit.work(move |visit| json(&single(visit, &asked)?)).await
}

pub(super) async fn evaluations(Extension(visit): Extension<Visit>, sent: Sent) -> Result<Response, Problem> {
    let body = sent.json()?;
    let (defaults, Evaluations { evaluations, options }) = (read::<Evaluation>(&body)?, read(&body)?);
    let most = visit.app.limits.max_batch;
    if evaluations.len() > most {
        let detail = format!("there are more than {most} evaluations: send them in several requests");
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
    }
    let semantic = options.unwrap_or_default().evaluations_semantic;
    let work = move |visit: &Visit| {
        if evaluations.is_empty() {
            return json(&single(visit, &defaults)?);
        }
        let asked: Vec<Evaluation> = evaluations.into_iter().map(|it| it.or(&defaults)).collect();
        json(&EvaluatedAll { evaluations: all(visit, &asked, semantic)? })
    };
    visit.work(work).await
}

pub(super) async fn configuration(Extension(visit): Extension<Visit>) -> Result<Response, Problem> {
    let url = |path: &str| format!("{}{path}", visit.app.url);
    json(&Configuration {
        policy_decision_point: url(""),
        access_evaluation_endpoint: url("/access/v1/evaluation"),
        access_evaluations_endpoint: url("/access/v1/evaluations"),
        search_subject_endpoint: url("/access/v1/search/subject"),
        search_resource_endpoint: url("/access/v1/search/resource"),
        search_action_endpoint: url("/access/v1/search/action"),
    })
}

fn single(visit: &Visit, asked: &Evaluation) -> Result<Evaluated, Problem> {
    let mut principals = Principals::new(&visit.live.document.organization);
    Ok(Evaluated::of(decide(visit, &mut principals, asked.request()?)?))
}

/// All answers up to the one that ends the list. A field that is missing is a fault of the whole.
fn all(visit: &Visit, asked: &[Evaluation], semantic: Semantic) -> Result<Vec<Evaluated>, Problem> {
    asked.iter().try_for_each(Evaluation::check)?;
    let mut principals = Principals::new(&visit.live.document.organization);
    let mut answers = Vec::new();
    for evaluation in asked {
        let decided = evaluation.request().and_then(|request| decide(visit, &mut principals, request));
        let answer = decided.map_or_else(Evaluated::refused, Evaluated::of);
        let is_last = match semantic {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !answer.decision,
            Semantic::PermitOnFirstPermit => answer.decision,
        };
        answers.push(answer);
        if is_last {
            break;
        }
    }
    Ok(answers)
}

impl Evaluated {
    fn of(decision: Decision) -> Self {
        Self { decision: decision.is_allow(), context: Said::Decision(decision) }
    }

    fn refused(problem: Problem) -> Self {
        let error = Fault { status: problem.status.as_u16(), message: problem.detail };
        Self { decision: false, context: Said::Error { error } }
    }
}

impl Evaluation {
    /// This with what it leaves out from elsewhere.
    fn or(self, defaults: &Self) -> Self {
        Self {
            subject: self.subject.or_else(|| defaults.subject.clone()),
            action: self.action.or_else(|| defaults.action.clone()),
            resource: self.resource.or_else(|| defaults.resource.clone()),
            context: self.context.or_else(|| defaults.context.clone()),
        }
    }

    /// Whether everything is there that an evaluation needs.
    fn check(&self) -> Result<(), Problem> {
        need(self.subject.as_ref().map(|it| &it.id), "subject.id")?;
        need(self.action.as_ref(), "action")?;
        need(self.resource.as_ref().map(|it| &it.id), "resource.id").map(|_| ())
    }

    fn request(&self) -> Result<Request, Problem> {
        Ok(Request {
            principal: self.principal()?,
            scope: self.scope()?.to_owned(),
            entity: self.entity()?,
            context: self.context()?,
        })
    }

    fn principal(&self) -> Result<String, Problem> {
        let Subject { kind, id } = need(self.subject.as_ref(), "subject")?;
        name(kind, need(id.as_deref(), "subject.id")?)
    }

    fn scope(&self) -> Result<&str, Problem> {
        Ok(&need(self.action.as_ref(), "action")?.name)
    }

    fn entity(&self) -> Result<String, Problem> {
        let Resource { kind, id, .. } = need(self.resource.as_ref(), "resource")?;
        name(kind, need(id.as_deref(), "resource.id")?)
    }

    /// What else is known, by the reader of requests, which is stricter than this one.
    fn context(&self) -> Result<Context, Problem> {
        Ok(Context::parse(self.known()?)?)
    }

    fn known(&self) -> Result<Vec<u8>, Problem> {
        let known = self.context.as_ref();
        let properties = self.resource.as_ref().and_then(|it| it.properties.as_ref());
        let written = Written {
            tags: properties.and_then(|it| it.tags.as_deref()),
            at: known.and_then(|it| it.at.as_deref()),
            trigger: known.and_then(|it| it.trigger.as_deref()),
        };
        serde_json::to_vec(&written).map_err(|error| Problem::own(error.to_string()))
    }
}

/// A type and an id as one name. A colon in a type would let one name stand for another.
fn name(kind: &str, id: &str) -> Result<String, Problem> {
    if kind.is_empty() || kind.contains(':') {
        return Err(Problem::malformed("a `type` is a word without a colon: write `user`, `stack`"));
    }
    Ok(format!("{kind}:{id}"))
}

fn need<T>(field: Option<T>, name: &str) -> Result<T, Problem> {
    field.ok_or_else(|| Problem::malformed(format!("the field `{name}` is missing: add it")))
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, Problem> {
    let read = serde_json::from_slice(body).map(|Object(read)| read);
    read.map_err(|error| Problem::malformed(format!("the body cannot be read: {error}")))
}

/// What is written as an object. Else a list of values would do, without their names.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expected<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Expected<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(Expected(PhantomData))
    }
}

fn object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Object::deserialize(deserializer).map(|Object(read)| Some(read))
}

fn objects<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let read = Vec::<Object<T>>::deserialize(deserializer)?;
    Ok(read.into_iter().map(|Object(read)| read).collect())
}
