//! Inside a server: the document is loaded once, and every handler asks before it acts.
//!
//! `cargo run --example check`, or with a document of your own behind `--`.

use std::error::Error;
use std::thread;
use std::time::SystemTime;

use scopewise::{Context, Effect, Organization};

const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/acme.json");

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| SAMPLE.to_owned());
    // An organization never changes: threads share it, and a new document is a new one beside it.
    let acme = Organization::parse(std::fs::read(path)?)?;
    thread::scope(|handlers| {
        handlers.spawn(|| println!("{}", handle(&acme, "alice", "stack:delete", "stack:acme/web/prod")));
        handlers.spawn(|| println!("{}", handle(&acme, "bob", "stack:write", "stack:acme/web/prod")));
        handlers.spawn(|| println!("{}", handle(&acme, "mallory", "stack:read", "stack:acme/web/prod")));
        handlers.spawn(|| println!("{}", handle(&acme, "bob", "stack:write", "web/prod")));
    });
    Ok(())
}

/// The status of an answer. Whatever is no allow is refused, and the reason goes to the log.
fn handle(acme: &Organization, user: &str, scope: &str, entity: &str) -> String {
    let now = Context::at(SystemTime::now());
    match acme.principal(&format!("user:{user}")).decide(scope, entity, &now) {
        Err(malformed) => format!("400 {malformed}"),
        Ok(decision) if decision.effect == Effect::Allow => format!("200 {user} may {scope} on {entity}"),
        Ok(decision) => format!("403 {user} may not {scope} on {entity}: {}", decision.reason),
    }
}
