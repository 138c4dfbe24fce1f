//! A middleware for axum: a table says what each route needs, and the engine whether the caller has it.
//! `cargo run --features server --example axum`, then
//! `curl -i localhost:3000/stacks/acme/web/dev -H 'Authorization: Bearer token-of-bob'`

use std::error::Error;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use scopewise::{Context, NeededScope, Organization, RouteNeeds, Routes};
use tokio::net::TcpListener;

/// What each route needs. What is not here is refused.
const ROUTES: &str = r#"{ "routes": [
  { "method": "GET", "path": "/", "needs": "public" },
  { "method": "GET", "path": "/stacks", "needs": "filter", "scope": "stack:read", "entityType": "stack" },
  { "method": "GET", "path": "/stacks/{org}/{project}/{stack}",
    "needs": "scope", "scope": "stack:read", "entity": "stack:{org}/{project}/{stack}" },
  { "method": "DELETE", "path": "/stacks/{org}/{project}/{stack}",
    "needs": "scope", "scope": "stack:delete", "entity": "stack:{org}/{project}/{stack}" } ] }"#;

/// The stacks that this server has.
const STACKS: [&str; 2] = ["stack:acme/web/dev", "stack:acme/web/prod"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("http://{}: ctrl-c ends", listener.local_addr()?);
    axum::serve(listener, app()?).await?;
    Ok(())
}

/// The server: handlers behind a guard. The guard is a layer of the whole, so that no route can be forgotten.
pub(crate) fn app() -> Result<Router, Box<dyn Error>> {
    let policy = Policy {
        organization: Organization::parse(include_str!("acme.json"))?,
        routes: Routes::parse(ROUTES)?,
    };
    let policy = Arc::new(policy);
    let router = Router::new()
        .route("/", get(async || "stacks live at /stacks\n"))
        .route("/stacks", get(list))
        .route("/stacks/{org}/{project}/{stack}", get(show).delete(delete))
        .layer(middleware::from_fn_with_state(Arc::clone(&policy), guard))
        .with_state(policy);
    Ok(router)
}

struct Policy {
    organization: Organization,
    routes: Routes,
}

/// Whoever sent the request: `user:bob`.
#[derive(Clone, Copy)]
struct Caller(&'static str);

/// Lets a request through whose caller has what its route needs.
async fn guard(State(policy): State<Arc<Policy>>, mut request: Request, next: Next) -> Response {
    let target = request.uri().path_and_query().map_or("/", |it| it.as_str());
    let route = match policy.routes.find(request.method().as_str(), target) {
        Ok(Some(route)) => route,
        // A table with `"unmapped": "pass"` would come here. This one refuses.
        Ok(None) => return refused(StatusCode::NOT_FOUND, "no such route"),
        Err(error) => return refused(StatusCode::NOT_FOUND, &error.to_string()),
    };
    let caller = caller(request.headers());
    if let Err((status, detail)) = policy.check(&route.needs, caller) {
        return refused(status, &detail);
    }
    if let Some(caller) = caller {
        request.extensions_mut().insert(caller);
    }
    next.run(request).await
}

impl Policy {
    /// Whether the caller has what a route needs.
    fn check(&self, needs: &RouteNeeds, caller: Option<Caller>) -> Result<(), (StatusCode, String)> {
        match (needs, caller) {
            // Of a list the handler leaves out what the caller may not see.
            (RouteNeeds::Public, _) | (RouteNeeds::Filter { .. }, Some(_)) => Ok(()),
            (_, None) => Err((StatusCode::UNAUTHORIZED, "send a bearer token".to_owned())),
            (RouteNeeds::Scope { scopes }, Some(caller)) => match self.missing(caller, scopes) {
                None => Ok(()),
                Some(NeededScope { scope, entity, .. }) => {
                    Err((StatusCode::FORBIDDEN, format!("this needs {scope} on {entity}")))
                }
            },
            _ => Err((StatusCode::FORBIDDEN, "nothing here decides this".to_owned())),
        }
    }

    /// The first scope that the caller has not for certain: an answer that rests on tags is no allow.
    fn missing<'s>(&self, caller: Caller, scopes: &'s [NeededScope]) -> Option<&'s NeededScope> {
        let (principal, now) = (self.organization.principal(caller.0), Context::at(SystemTime::now()));
        scopes.iter().find(|needed| !principal.can(&needed.scope, &needed.entity, &now))
    }
}

/// Who a token stands for. Here is where yours are verified: never take a name from a header.
fn caller(headers: &HeaderMap) -> Option<Caller> {
    match headers.get(header::AUTHORIZATION)?.to_str().ok()? {
        "Bearer token-of-alice" => Some(Caller("user:alice")),
        "Bearer token-of-bob" => Some(Caller("user:bob")),
        _ => None,
    }
}

fn refused(status: StatusCode, detail: &str) -> Response {
    (status, format!("{detail}\n")).into_response()
}

async fn list(State(policy): State<Arc<Policy>>, Extension(caller): Extension<Caller>) -> Response {
    let now = Context::at(SystemTime::now());
    match policy.organization.principal(caller.0).filter(STACKS, "stack:read", &now) {
        Ok(stacks) => format!("{}\n", stacks.join("\n")).into_response(),
        Err(error) => refused(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string()),
    }
}

async fn show(Path((org, project, stack)): Path<(String, String, String)>) -> String {
    format!("the stack {org}/{project}/{stack}\n")
}

async fn delete(Path((org, project, stack)): Path<(String, String, String)>) -> String {
    format!("{org}/{project}/{stack} is gone\n")
}
