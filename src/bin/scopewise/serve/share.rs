//! `/v1/bundle` and `/v1/snapshot`: what others keep and ask by themselves, with a tag that says whether it is new.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use scopewise::{Context, Label, SigningKey};
use sha2::{Digest, Sha256};

use super::auth::Caller;
use super::documents::Document;
use super::problem::Problem;
use super::routes::{Visit, json, typed};

/// The parameters of a query, in their order.
type Given = Result<Query<Vec<(String, String)>>, QueryRejection>;

/// The organization, or one principal's part of it.
pub(super) async fn bundle(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    given: Given,
) -> Result<Response, Problem> {
    if visit.app.signing_key.is_none() && !visit.app.gives_unsigned {
        let detail = "bundles are not signed here, and not given out: start the server with --signing-key, or with \
                      --unsigned";
        return Err(Problem::forbidden(detail));
    }
    let asked = Asked::read(given, &["principal"])?;
    match (&asked.principal, &visit.caller) {
        (Some(principal), _) => visit.is_about_caller(principal)?,
        (None, Caller::Admin) => {}
        (None, Caller::Principal(own)) => {
            let detail = format!("the whole is for administrators: ask for your part by `?principal={own}`");
            return Err(Problem::forbidden(detail));
        }
    }
    answer(visit, &headers, "bundle", asked, bundle_of).await
}

/// One principal's decisions on the entities of the query, or on all that the document lists.
pub(super) async fn snapshot(
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    given: Given,
) -> Result<Response, Problem> {
    let asked = Asked::read(given, &["principal", "entity", "scope"])?;
    let Some(principal) = &asked.principal else {
        return Err(Problem::malformed("the parameter `principal` is missing: add it"));
    };
    visit.is_about_caller(principal)?;
    answer(visit, &headers, "snapshot", asked, snapshot_of).await
}

/// What a query asks for.
#[derive(Debug, Default)]
struct Asked {
    principal: Option<String>,
    entities: Vec<String>,
    scopes: Vec<String>,
}

impl Asked {
    fn read(given: Given, known: &[&str]) -> Result<Self, Problem> {
        let Query(given) = given.map_err(|_| Problem::malformed("the query cannot be read"))?;
        let mut asked = Self::default();
        for (name, value) in given {
            match name.as_str() {
                it if !known.contains(&it) => {
                    let known = known.join("`, `");
                    let detail = format!("no such parameter is known: use `{known}`");
                    return Err(Problem::malformed(detail));
                }
                "entity" => asked.entities.push(value),
                "scope" => asked.scopes.push(value),
                _ if asked.principal.is_some() => {
                    return Err(Problem::malformed("the parameter `principal` is given twice: keep one"));
                }
                _ => asked.principal = Some(value),
            }
        }
        Ok(asked)
    }
}

/// Makes what is asked for, unless the client has it: everything that it is made of stands in its tag.
async fn answer(
    visit: Visit,
    headers: &HeaderMap,
    kind: &'static str,
    asked: Asked,
    make: fn(&Visit, &Asked, &Label) -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    let issued_at = issued_at(&visit);
    let label = Label::new(visit.live.document.version, issued_at).max_age_seconds(visit.app.max_age);
    let tag = tag(&visit, kind, &asked, issued_at);
    let mut response = if is_held(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        visit.work(move |visit| make(visit, &asked, &label)).await?
    };
    let headers = response.headers_mut();
    headers.insert(header::ETAG, HeaderValue::from_str(&tag).map_err(|_| Problem::own("a tag was no tag"))?);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("authorization"));
    Ok(response)
}

/// The one place where an organization becomes bytes.
fn bundle_of(visit: &Visit, asked: &Asked, label: &Label) -> Result<Response, Problem> {
    let organization = &visit.live.document.organization;
    let bytes = match &asked.principal {
        None => organization.to_bundle(label),
        Some(principal) => {
            let part = organization.project(principal, label);
            part.map_err(|error| Problem::new(StatusCode::NOT_FOUND, error.to_string()))?
        }
    };
    let bytes = match &visit.app.signing_key {
        Some(key) => key.seal(&bytes).map_err(|error| Problem::own(error.to_string()))?,
        None => bytes,
    };
    Ok(typed("application/octet-stream", bytes))
}

fn snapshot_of(visit: &Visit, asked: &Asked, label: &Label) -> Result<Response, Problem> {
    let organization = &visit.live.document.organization;
    let listed = if asked.entities.is_empty() { organization.listed_entities() } else { Vec::new() };
    let entities: Vec<&str> = asked.entities.iter().chain(&listed).map(String::as_str).collect();
    let scopes: Vec<&str> = asked.scopes.iter().map(String::as_str).collect();
    let scopes = (!scopes.is_empty()).then_some(scopes.as_slice());
    let principal = organization.principal(asked.principal.as_deref().unwrap_or_default());
    json(&principal.snapshot(&entities, scopes, label, &Context::default())?)
}

/// When it counts as issued: twice in its life there is a new one, so that whoever asks again before it is stale always
/// holds a fresh one, and in between the bytes are the same.
fn issued_at(visit: &Visit) -> SystemTime {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let half = u64::from(visit.app.max_age / 2).max(1);
    let begin = UNIX_EPOCH + Duration::from_secs(now - now % half);
    begin.max(whole_seconds(visit.live.document.loaded_at))
}

fn whole_seconds(time: SystemTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs())
}

/// Stands for the bytes: they follow from these alone.
fn tag(visit: &Visit, kind: &str, asked: &Asked, issued_at: SystemTime) -> String {
    let Document { digest, version, .. } = &*visit.live.document;
    let key = visit.app.signing_key.as_ref().map(SigningKey::id);
    let about = (env!("CARGO_PKG_VERSION"), kind, digest, version, visit.app.max_age, key, asked, issued_at);
    let hash = Sha256::digest(format!("{about:?}"));
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// Whether the client holds what has that tag. A weak tag says enough for that.
fn is_held(headers: &HeaderMap, tag: &str) -> bool {
    let lists = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|list| list.to_str().ok());
    let mut tags = lists.flat_map(|list| list.split(',')).map(str::trim);
    tags.any(|it| it.strip_prefix("W/").unwrap_or(it) == tag)
}
