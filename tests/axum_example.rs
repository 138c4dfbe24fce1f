//! The middleware of `examples/axum.rs`, served on a port of its own and asked.
#![cfg(all(feature = "server", not(target_arch = "wasm32")))]

#[allow(dead_code, reason = "its main function is for people")]
#[path = "../examples/axum.rs"]
mod example;

use std::io::{Read, Write};
use std::net::TcpStream;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;

const DEV: &str = "/stacks/acme/web/dev";

#[test]
fn a_request_passes_if_its_caller_has_what_the_route_needs() {
    let server = Served::begin();
    let status = |method: &str, path: &str, who: &str| server.ask(method, path, who).0;
    assert_eq!(["", "bob", "alice"].map(|who| status("GET", "/", who)), [200; 3]);
    assert_eq!(["", "eve", "bob", "alice"].map(|who| status("GET", DEV, who)), [401, 401, 200, 200]);
    assert_eq!(["", "bob", "alice"].map(|who| status("DELETE", DEV, who)), [401, 403, 200]);
    assert_eq!(server.ask("DELETE", DEV, "bob").1, "this needs stack:delete on stack:acme/web/dev\n");
    assert_eq!(server.ask("GET", "/stacks", "bob").1, "stack:acme/web/dev\nstack:acme/web/prod\n");
}

#[test]
fn what_could_be_read_in_two_ways_reaches_no_handler() {
    let server = Served::begin();
    for path in
        ["//stacks", "/stacks/", "/stacks/acme/web/../dev", "/Stacks", "/stacks%2Facme/web/dev", "/other"]
    {
        assert_eq!(server.ask("GET", path, "alice").0, 404, "{path}");
    }
    for method in ["POST", "delete", "Get"] {
        assert_ne!(server.ask(method, DEV, "alice").0, 200, "{method}");
    }
}

/// The example, served as long as this lives.
struct Served {
    address: std::net::SocketAddr,
    _runtime: Runtime,
}

impl Served {
    fn begin() -> Self {
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let app = example::app().unwrap();
        runtime.spawn(async move { axum::serve(listener, app).await });
        Self { address, _runtime: runtime }
    }

    /// The status and the body of an answer.
    fn ask(&self, method: &str, path: &str, who: &str) -> (u16, String) {
        let mut talk = TcpStream::connect(self.address).unwrap();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
        write!(talk, "{head}authorization: Bearer token-of-{who}\r\n\r\n").unwrap();
        let mut answer = String::new();
        talk.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status.unwrap(), body.to_owned())
    }
}
