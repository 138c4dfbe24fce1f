//! `/v1/check` and `/v1/explain`: questions and answers as the command reads and writes them.

use axum::extract::Extension;
use axum::http::StatusCode;
use axum::response::Response;
use scopewise::{Decision, Request};

use super::problem::Problem;
use super::routes::{Sent, Visit, json, typed};
use crate::ask;
use crate::requests::{LONGEST, Principals, Refused, next_line, too_long};

/// One question is answered by its decision, a line each by a line each, where a question that is malformed or not the
/// caller's to ask has an error in its place.
pub(super) async fn check(Extension(visit): Extension<Visit>, sent: Sent) -> Result<Response, Problem> {
    let work = move |visit: &Visit| {
        let mut principals = Principals::new(&visit.live.document.organization);
        if sent.is_lines {
            lines(visit, &mut principals, &sent.bytes)
        } else {
            one(visit, &mut principals, &sent.bytes)
        }
    };
    visit.work(work).await
}

/// Why, or why not. What would have to change names what others hold: that is for administrators, unless all may know.
pub(super) async fn explain(Extension(visit): Extension<Visit>, sent: Sent) -> Result<Response, Problem> {
    let body = sent.json()?;
    let work = move |visit: &Visit| {
        let Request { principal, scope, entity, context } = Request::parse(&body)?;
        visit.admits(&principal, &context)?;
        let context = context.or_at(&ask::now());
        let principal = visit.live.document.organization.principal(&principal);
        if visit.app.tells_remedies || visit.is_admin().is_ok() {
            json(&principal.explain(&scope, &entity, &context)?)
        } else {
            json(&principal.why(&scope, &entity, &context)?)
        }
    };
    visit.work(work).await
}

fn one(visit: &Visit, principals: &mut Principals<'_>, body: &[u8]) -> Result<Response, Problem> {
    json(&decide(visit, principals, Request::parse(body)?)?)
}

fn lines(visit: &Visit, principals: &mut Principals<'_>, body: &[u8]) -> Result<Response, Problem> {
    let most = visit.app.limits.max_batch;
    let (mut input, mut line, mut answers) = (body, Vec::new(), String::new());
    let mut count = 0;
    while let Ok(Some(length)) = next_line(&mut input, &mut line) {
        count += 1;
        if count > most {
            let detail = format!("there are more than {most} questions: send them in several requests");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
        answers.push_str(&line_of(&answer(visit, principals, &line, length))?);
        answers.push('\n');
    }
    Ok(typed("application/jsonl", answers))
}

fn answer(
    visit: &Visit,
    principals: &mut Principals<'_>,
    line: &[u8],
    length: usize,
) -> Result<Decision, String> {
    if length > LONGEST {
        return Err(too_long(length));
    }
    let request = Request::parse(line).map_err(|error| error.to_string())?;
    decide(visit, principals, request).map_err(|problem| problem.detail)
}

fn line_of(answer: &Result<Decision, String>) -> Result<String, Problem> {
    let line = match answer {
        Ok(decision) => serde_json::to_string(decision),
        Err(error) => serde_json::to_string(&Refused { error: error.clone() }),
    };
    line.map_err(|_| Problem::own("the answer could not be written"))
}

/// Decides what the caller may ask, counts it, and hands it to the log.
pub(super) fn decide(
    visit: &Visit,
    principals: &mut Principals<'_>,
    request: Request,
) -> Result<Decision, Problem> {
    visit.admits(&request.principal, &request.context)?;
    let request = Request { context: request.context.or_at(&ask::now()), ..request };
    let decision = principals.decide(&request)?;
    visit.app.metrics.decision(&decision);
    log(visit, &request);
    Ok(decision)
}

fn log(visit: &Visit, request: &Request) {
    let Some(log) = visit.app.log.as_ref().filter(|log| log.wants_next()) else { return };
    let document = &visit.live.document;
    let Ok(mut record) = document.organization.decision_record(request) else { return };
    record.version = Some(document.version);
    record.request_id.clone_from(&visit.request_id);
    log.write(record);
}
