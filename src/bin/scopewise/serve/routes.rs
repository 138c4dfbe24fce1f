//! The routes, and what every request goes through before it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Extension, FromRequest, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use scopewise::{Context, SigningKey};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::auth::{Caller, is_for_this_machine};
use super::documents::Live;
use super::flags::Limits;
use super::log::Log;
use super::metrics::Metrics;
use super::problem::Problem;
use super::{authzen, check, share};

/// What describes this server to programs.
const OPENAPI: &str = include_str!("openapi.json");

/// A name that a client gives its request, which comes back with the answer.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest such name that is kept.
const LONGEST_ID: usize = 200;

/// Everything that a request may need.
pub(super) struct App {
    pub(super) live: watch::Receiver<Arc<Live>>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) log: Option<Log>,
    pub(super) running: Arc<Semaphore>,
    /// No more requests are wanted.
    pub(super) is_stopping: AtomicBool,
    pub(super) limits: Limits,
    /// How others call this server.
    pub(super) url: String,
    pub(super) max_age: u32,
    pub(super) signing_key: Option<SigningKey>,
    /// Bundles are given out though nobody signs them.
    pub(super) gives_unsigned: bool,
    pub(super) trusts_context: bool,
    pub(super) tells_remedies: bool,
}

/// A request that was let in.
#[derive(Clone)]
pub(super) struct Visit {
    pub(super) app: Arc<App>,
    /// What is asked about, the same to the end.
    pub(super) live: Arc<Live>,
    pub(super) caller: Caller,
    pub(super) request_id: Option<String>,
    /// Its place among those that are worked on: kept by the work, also where nobody waits for it any more.
    _place: Arc<OwnedSemaphorePermit>,
}

pub(super) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/health/live", get(is_alive))
        .route("/health/ready", get(health))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(openapi))
        .route("/v1/check", post(check::check))
        .route("/v1/explain", post(check::explain))
        .route("/v1/bundle", get(share::bundle))
        .route("/v1/snapshot", get(share::snapshot))
        .route("/access/v1/evaluation", post(authzen::evaluation))
        .route("/access/v1/evaluations", post(authzen::evaluations))
        .route("/access/v1/search/subject", post(authzen::search::subject))
        .route("/access/v1/search/resource", post(authzen::search::resource))
        .route("/access/v1/search/action", post(authzen::search::action))
        .route("/.well-known/authzen-configuration", get(authzen::configuration))
        .fallback(nothing)
        .method_not_allowed_fallback(another_method)
        .layer(DefaultBodyLimit::max(app.limits.max_body))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), admit))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), observe))
        .with_state(app)
}

/// Counts and times a request, and hands its name back.
async fn observe(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let path = request.extensions().get::<MatchedPath>().cloned();
    let name = request.headers().get(&REQUEST_ID).cloned();
    let patience = Duration::from_secs(app.limits.timeout);
    let mut response = tokio::time::timeout(patience, next.run(request)).await.unwrap_or_else(|_| {
        let seconds = app.limits.timeout;
        let detail = format!("there was no answer within {seconds} seconds: ask for less, or send it faster");
        Problem::busy(detail).into_response()
    });
    let headers = response.headers_mut();
    if let Some(name) = name {
        headers.insert(REQUEST_ID, name);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    let path = path.as_ref().map_or("none", MatchedPath::as_str);
    app.metrics.answered(path, response.status().as_u16(), begin.elapsed());
    response
}

/// Lets in whoever may ask, if there is room. Of health everybody may ask.
async fn admit(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    if is_health(request.uri().path()) {
        return next.run(request).await;
    }
    match visit(&app, &request) {
        Ok(visit) => {
            request.extensions_mut().insert(visit);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

fn is_health(path: &str) -> bool {
    ["/health", "/health/live", "/health/ready"].contains(&path)
}

fn visit(app: &Arc<App>, request: &Request) -> Result<Visit, Problem> {
    let live = Arc::clone(&app.live.borrow());
    let caller = match &live.tokens {
        Some(tokens) => tokens.caller(request.headers())?,
        None if is_for_this_machine(request.uri(), request.headers()) => Caller::Admin,
        None => {
            let detail = "this server asks for no token and answers to the names of its own machine alone";
            return Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, detail));
        }
    };
    let place = Arc::clone(&app.running).try_acquire_owned();
    let place = place.map_err(|_| Problem::busy("too many requests are worked on: ask again later"))?;
    let request_id = request.headers().get(&REQUEST_ID).and_then(|name| name.to_str().ok());
    let request_id = request_id.filter(|name| name.len() <= LONGEST_ID).map(str::to_owned);
    Ok(Visit { app: Arc::clone(app), live, caller, request_id, _place: Arc::new(place) })
}

impl Visit {
    /// Does what takes a while where it keeps nobody else waiting.
    pub(super) async fn work(
        self,
        work: impl FnOnce(&Self) -> Result<Response, Problem> + Send + 'static,
    ) -> Result<Response, Problem> {
        let done = tokio::task::spawn_blocking(move || work(&self)).await;
        done.unwrap_or_else(|_| Err(Problem::own("the request could not be worked on")))
    }

    /// Whether the caller may ask about that principal, and with what it brings.
    pub(super) fn admits(&self, principal: &str, context: &Context) -> Result<(), Problem> {
        self.is_about_caller(principal)?;
        // A trigger says whom a run acts as: whoever may ask about everybody may say that too.
        let is_told = |field: &str| field == "trigger" && self.caller == Caller::Admin;
        match context.given().find(|field| !self.app.trusts_context && !is_told(field)) {
            None => Ok(()),
            Some(field) => Err(Problem::forbidden(format!(
                "`{field}` of a client is not believed here: leave it out, or start the server with --trust-context"
            ))),
        }
    }

    pub(super) fn is_about_caller(&self, principal: &str) -> Result<(), Problem> {
        match &self.caller {
            Caller::Principal(own) if **own != *principal => Err(Problem::forbidden(format!(
                "the token is for questions about `{own}`: ask about that principal, or bring the token of an \
                 administrator"
            ))),
            _ => Ok(()),
        }
    }

    pub(super) fn is_admin(&self) -> Result<(), Problem> {
        match &self.caller {
            Caller::Admin => Ok(()),
            Caller::Principal(_) => Err(Problem::forbidden("this takes the token of an administrator")),
        }
    }
}

/// A body and what its sender says that it is.
pub(super) struct Sent {
    pub(super) is_lines: bool,
    pub(super) bytes: Bytes,
}

impl Sent {
    /// The bytes of one JSON value.
    pub(super) fn json(self) -> Result<Bytes, Problem> {
        if self.is_lines { Err(wrong_type("`application/json`")) } else { Ok(self.bytes) }
    }
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Problem> {
        let is_lines = match content_type(request.headers()).as_deref() {
            Some("application/json") => false,
            Some("application/jsonl" | "application/x-ndjson") => true,
            _ => return Err(wrong_type("`application/json`, or `application/jsonl` where there are many")),
        };
        Ok(Self { is_lines, bytes: Bytes::from_request(request, state).await? })
    }
}

fn wrong_type(wanted: &str) -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("the body is read as {wanted}: send its `Content-Type`"),
    )
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(text.split(';').next()?.trim().to_ascii_lowercase())
}

/// An answer as JSON.
pub(super) fn json(answer: &impl Serialize) -> Result<Response, Problem> {
    let body = serde_json::to_vec(answer).map_err(|_| Problem::own("the answer could not be written"))?;
    Ok(typed("application/json", body))
}

pub(super) fn typed(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// How it stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Health {
    status: &'static str,
    document_version: u64,
}

/// `ok`; `outdated` where the files have changed and are not valid, so that those before are in force; `stopping`.
async fn health(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    let live = Arc::clone(&app.live.borrow());
    let is_stopping = app.is_stopping.load(Ordering::Relaxed);
    let status = match (is_stopping, live.is_outdated) {
        (true, _) => "stopping",
        (false, true) => "outdated",
        (false, false) => "ok",
    };
    let mut response = json(&Health { status, document_version: live.document.version })?;
    if is_stopping {
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    }
    Ok(response)
}

async fn is_alive() -> Response {
    typed("application/json", r#"{"status":"ok"}"#)
}

async fn metrics(Extension(visit): Extension<Visit>) -> Result<Response, Problem> {
    visit.is_admin()?;
    let app = &visit.app;
    let running = app.limits.max_requests.saturating_sub(app.running.available_permits());
    Ok(typed("text/plain; version=0.0.4; charset=utf-8", app.metrics.text(&visit.live, running)))
}

async fn openapi() -> Response {
    typed("application/json", OPENAPI)
}

async fn nothing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "there is nothing here: `/openapi.json` lists what there is")
}

async fn another_method() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "the route takes another method: see `Allow`")
}
