//! `serve`: the decisions of a document over HTTP, for those who have no server that makes them.
//!
//! It holds no rule: every answer is one of the library's. What stands here is how it begins and how it ends.

mod auth;
mod authzen;
mod check;
mod documents;
mod flags;
mod listen;
mod log;
mod metrics;
mod patient;
mod problem;
mod routes;
mod share;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use scopewise::SigningKey;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::{Notify, Semaphore};

pub(crate) use flags::Flags;

use crate::table::visible;
use crate::{Exit, Failure, bundle};
use documents::{Keeper, Live};
use log::Log;
use metrics::Metrics;
use routes::App;

/// How long the end waits for what is still at work: nobody waits for its answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// Serves until it is told to stop.
pub(crate) fn serve(flags: &Flags) -> Result<Exit, Failure> {
    flags.check()?;
    let (parts, written) = Parts::open(flags)?;
    let failed = |error: io::Error| Failure::Message(format!("the server cannot begin: {error}"));
    let runtime = Runtime::new().map_err(failed)?;
    runtime.block_on(answer(flags, parts))?;
    // What is still at work holds the log, which is written to its end when nobody holds it any more.
    runtime.shutdown_timeout(PATIENCE);
    written.map(|written| written.recv_timeout(PATIENCE));
    Ok(Exit::Done)
}

/// What is read and opened before anybody can ask.
struct Parts {
    keeper: Keeper,
    metrics: Arc<Metrics>,
    log: Option<Log>,
    signing_key: Option<SigningKey>,
}

impl Parts {
    /// Opens everything; beside it what closes when the log is written to its end.
    fn open(flags: &Flags) -> Result<(Self, Option<Receiver<()>>), Failure> {
        let keeper = Keeper::open(flags)?;
        if !flags.is_loopback() && keeper.live().borrow().tokens.is_none() {
            let message =
                "beyond this machine nobody is answered without a token: give --tokens or SCOPEWISE_TOKENS";
            return Err(Failure::Message(message.into()));
        }
        let signing_key = flags.signing_key.as_deref().map(bundle::signing_key).transpose()?;
        let metrics = Arc::new(Metrics::default());
        let (log, written) = Log::open(&flags.log, &metrics)?.unzip();
        Ok((Self { keeper, metrics, log, signing_key }, written))
    }
}

async fn answer(flags: &Flags, parts: Parts) -> Result<(), Failure> {
    let failed = |error| Failure::Message(format!("cannot listen on {}: {error}", flags.listen));
    let listener = TcpListener::bind(flags.listen).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let app = Arc::new(App {
        live: parts.keeper.live(),
        metrics: parts.metrics,
        log: parts.log,
        running: Arc::new(Semaphore::new(flags.limits.max_requests)),
        is_stopping: AtomicBool::new(false),
        limits: flags.limits,
        url: flags.public_url.clone().unwrap_or_else(|| format!("http://{address}")),
        max_age: flags.max_age,
        signing_key: parts.signing_key,
        gives_unsigned: flags.unsigned || flags.is_loopback(),
        trusts_context: flags.trust_context,
        tells_remedies: flags.tell_remedies,
    });
    let stop = signals(Arc::clone(&app), flags, parts.keeper).map_err(failed)?;
    say(&app.live.borrow(), address);
    listen::serve(listener, routes::router(app), &flags.limits, stop).await;
    Ok(())
}

fn say(live: &Live, address: SocketAddr) {
    let document = &live.document;
    let (name, version) = (visible(document.organization.name()), document.version);
    anstream::eprintln!("serving `{name}` at http://{address}, version {version}: ctrl-c ends");
    if live.tokens.is_none() {
        anstream::eprintln!("everybody on this machine may ask everything: --tokens says who may ask what");
    }
}

/// Sees to it that files are read again, and comes to an end when the server is told to stop.
fn signals(app: Arc<App>, flags: &Flags, keeper: Keeper) -> io::Result<impl Future<Output = ()> + use<>> {
    let told = Arc::new(Notify::new());
    // Standard input cannot be read again: what it said stays.
    if !flags.reads_standard_input() {
        tokio::spawn(keeper.keep(Arc::clone(&told), Arc::clone(&app.metrics)));
    }
    on_hangup(Arc::clone(&app), told)?;
    let stop = stop()?;
    Ok(async move {
        stop.await;
        app.is_stopping.store(true, Ordering::Relaxed);
    })
}

/// A hangup is the sign to read files again, and to open those anew that are written.
#[cfg(unix)]
fn on_hangup(app: Arc<App>, told: Arc<Notify>) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            told.notify_one();
            app.log.iter().for_each(Log::reopen);
        }
    });
    Ok(())
}

#[cfg(unix)]
fn stop() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as the one above")]
fn on_hangup(_app: Arc<App>, _told: Arc<Notify>) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "as the one above")]
fn stop() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _told = tokio::signal::ctrl_c().await;
    })
}
