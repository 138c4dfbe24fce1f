//! Searches: who may, on what, and what else. Each result of one is an evaluation that is true.

use axum::extract::Extension;
use axum::response::Response;
use scopewise::{Context, Decision, Effect, Filter};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Evaluation, Resource, Subject, name, need, object, read};
use crate::ask;
use crate::serve::problem::Problem;
use crate::serve::routes::{Sent, Visit, json};

/// The most results of one answer.
const LONGEST: usize = 1_000;

/// What is searched for, and which part of the results is wanted.
struct Search {
    asked: Evaluation,
    page: Page,
}

#[derive(Debug, Deserialize)]
struct Paged {
    #[serde(default, deserialize_with = "object")]
    page: Option<Page>,
}

#[derive(Debug, Default, Deserialize)]
struct Page {
    token: Option<String>,
    limit: Option<usize>,
}

#[derive(Debug, Serialize)]
struct Found<T> {
    page: Told,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Elsewhere>,
    results: Vec<T>,
}

#[derive(Debug, Serialize)]
struct Told {
    next_token: String,
    count: usize,
    total: usize,
}

/// The decision on resources that the document neither lists nor names, and which no list can hold.
#[derive(Debug, Serialize)]
struct Elsewhere {
    elsewhere: Decision,
}

#[derive(Debug, Serialize)]
struct Named {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Debug, Serialize)]
struct NamedAction {
    name: String,
}

pub(in crate::serve) async fn subject(
    Extension(visit): Extension<Visit>,
    sent: Sent,
) -> Result<Response, Problem> {
    let body = sent.json()?;
    visit.is_admin()?;
    let work = move |visit: &Visit| {
        let search = Search::read(&body)?;
        let Subject { kind, .. } = need(search.asked.subject.as_ref(), "subject")?;
        let (scope, entity, context) =
            (search.asked.scope()?, search.asked.entity()?, search.context(visit, "")?);
        let organization = &visit.live.document.organization;
        let who = organization.who_can(scope, &entity, &Filter::default().kind(name_of(kind)?), &context)?;
        let allowed = who.principals.into_iter().filter(|row| row.decision.is_allow());
        let found = allowed.map(|row| Named::of(&row.principal)).collect();
        search.answer(&["subject", kind, scope, &entity], found, None)
    };
    visit.work(work).await
}

pub(in crate::serve) async fn resource(
    Extension(visit): Extension<Visit>,
    sent: Sent,
) -> Result<Response, Problem> {
    let body = sent.json()?;
    let work = move |visit: &Visit| {
        let search = Search::read(&body)?;
        let Resource { kind, .. } = need(search.asked.resource.as_ref(), "resource")?;
        let (principal, scope) = (search.asked.principal()?, search.asked.scope()?);
        let context = search.context(visit, &principal)?;
        let asked = visit.live.document.organization.principal(&principal);
        let by_entity = asked.entities(scope, &Filter::default().kind(name_of(kind)?), &context)?;
        let allowed = by_entity.entities.into_iter().filter(|it| it.answer.is_allow());
        let found = allowed.map(|it| Named::of(&it.entity)).collect();
        let others = by_entity.elsewhere.into_iter().map(|it| it.answer);
        let elsewhere =
            others.filter(|it| it.effect != Effect::Deny).map(|elsewhere| Elsewhere { elsewhere }).next();
        search.answer(&["resource", &principal, scope, kind], found, elsewhere)
    };
    visit.work(work).await
}

pub(in crate::serve) async fn action(
    Extension(visit): Extension<Visit>,
    sent: Sent,
) -> Result<Response, Problem> {
    let body = sent.json()?;
    let work = move |visit: &Visit| {
        let search = Search::read(&body)?;
        let (principal, entity) = (search.asked.principal()?, search.asked.entity()?);
        let context = search.context(visit, &principal)?;
        let scopes = visit.live.document.organization.principal(&principal).scopes(&entity, &context)?;
        let found = scopes.into_iter().map(|scope| NamedAction { name: scope.to_owned() }).collect();
        search.answer(&["action", &principal, &entity], found, None)
    };
    visit.work(work).await
}

impl Search {
    fn read(body: &[u8]) -> Result<Self, Problem> {
        Ok(Self { asked: read(body)?, page: read::<Paged>(body)?.page.unwrap_or_default() })
    }

    /// What else is known, if the caller may bring it and may ask about that principal.
    fn context(&self, visit: &Visit, principal: &str) -> Result<Context, Problem> {
        let context = self.asked.context()?;
        visit.admits(principal, &context)?;
        Ok(context.or_at(&ask::now()))
    }

    /// The part of the results that is wanted. The token of the next part says where it begins, how long parts are, and
    /// what was asked, so that it fits no other question.
    fn answer<T: Serialize>(
        &self,
        asked: &[&str],
        found: Vec<T>,
        context: Option<Elsewhere>,
    ) -> Result<Response, Problem> {
        let digest = digest(&(asked, self.asked.known()?))?;
        let (start, limit) = self.page.part(&digest)?;
        let total = found.len();
        let results: Vec<T> = found.into_iter().skip(start).take(limit).collect();
        let end = start.saturating_add(results.len());
        let next_token = if end < total { format!("{end}.{limit}.{digest}") } else { String::new() };
        json(&Found { page: Told { next_token, count: results.len(), total }, context, results })
    }
}

/// Stands for a question.
fn digest(about: &impl Serialize) -> Result<String, Problem> {
    let about = serde_json::to_vec(about).map_err(|error| Problem::own(error.to_string()))?;
    Ok(Sha256::digest(about).iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

impl Page {
    /// Where a part begins and how long it is at the most.
    fn part(&self, digest: &str) -> Result<(usize, usize), Problem> {
        let Some(token) = self.token.as_deref().filter(|token| !token.is_empty()) else {
            return Ok((0, self.limit.unwrap_or(LONGEST).min(LONGEST)));
        };
        let parts: Vec<&str> = token.split('.').collect();
        let read = match parts.as_slice() {
            [start, limit, of] if *of == digest => Some((start.parse().ok(), limit.parse().ok())),
            _ => None,
        };
        let Some((Some(start), Some(limit))) = read else {
            return Err(Problem::malformed(
                "`page.token` belongs to another search: ask the same again, or begin anew",
            ));
        };
        let is_same = self.limit.is_none_or(|it| it.min(LONGEST) == limit);
        if !is_same || limit > LONGEST {
            return Err(Problem::malformed("`page.limit` has changed: keep it from part to part"));
        }
        Ok((start, limit))
    }
}

impl Named {
    fn of(whole: &str) -> Self {
        let (kind, id) = whole.split_once(':').unwrap_or_default();
        Self { kind: kind.to_owned(), id: id.to_owned() }
    }
}

/// A type by itself.
fn name_of(kind: &str) -> Result<&str, Problem> {
    name(kind, "").map(|_| kind)
}
