//! Connections: how many there may be, how long a head may be and take, how long nobody may read an answer, and how they
//! come to their end.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::flags::Limits;
use super::patient::Patient;

/// How long nobody is let in when there is no room for another file.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers on a listener until it is told to stop. Then nobody is let in any more, and requests that have begun are
/// answered, for as long as they may still take.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    stop: impl Future<Output = ()>,
) {
    let http = http(limits);
    let graceful = GracefulShutdown::new();
    let seats = Arc::new(Semaphore::new(limits.max_connections));
    let mut stop = pin!(stop);
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &seats) => accepted,
            () = &mut stop => break,
        };
        let Ok((stream, seat)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let stream = Patient::new(stream, Duration::from_secs(limits.timeout));
        let connection =
            http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A client that goes away, or does not speak HTTP, is nothing to tell of.
            let _ended = connection.await;
            drop(seat);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(Duration::from_secs(limits.drain)) => {
            anstream::eprintln!("some requests are not answered: they took more than {} seconds", limits.drain);
        }
    }
}

fn http(limits: &Limits) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(limits.timeout))
        .max_buf_size(limits.max_head);
    http
}

/// The next connection, when there is a seat for it.
async fn accept(
    listener: &TcpListener,
    seats: &Arc<Semaphore>,
) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
    let seat = Arc::clone(seats).acquire_owned().await.map_err(io::Error::other)?;
    let (stream, _) = listener.accept().await?;
    // An answer is written in one piece and waits for nothing.
    let _as_it_is = stream.set_nodelay(true);
    Ok((stream, seat))
}
