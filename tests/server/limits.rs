//! What is too large, too slow or too much, and the end.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::server::{Answer, Server};
use crate::shared::{DEV, ask, open};

#[test]
fn what_is_too_large_is_refused() {
    let server = open(&["--max-body", "2000", "--max-batch", "3", "--max-head", "8192"]);
    let asked = ask("user:bob", "stack:write", DEV);
    let refused = server.post("/v1/check", &[], &format!("{asked}{}", " ".repeat(2_000)));
    assert_eq!(refused.is_problem(413), "the body is longer than this server reads");
    let lines = |count: usize| vec![asked.clone(); count].join("\n");
    let send = |count| {
        server.send("POST", "/v1/check", &[("content-type", "application/jsonl")], lines(count).as_bytes())
    };
    assert_eq!(send(3).status, 200);
    assert_eq!(send(4).is_problem(413), "there are more than 3 questions: send them in several requests");
    let head = server.get("/health", &[("x-long", &"x".repeat(9_000))]);
    assert_eq!(head.status, 431);
    assert_eq!(server.get(&format!("/health?{}", "x".repeat(9_000)), &[]).status / 100, 4);
}

#[test]
fn a_body_must_say_what_it_is() {
    let server = open(&[]);
    let asked = ask("user:bob", "stack:write", DEV);
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/json5", ""] {
        server.send("POST", "/v1/check", &[("content-type", kind)], asked.as_bytes()).is_problem(415);
    }
    server.send("POST", "/v1/check", &[], asked.as_bytes()).is_problem(415);
    server
        .send("POST", "/v1/explain", &[("content-type", "application/jsonl")], asked.as_bytes())
        .is_problem(415);
    server.send("PUT", "/v1/check", &[], asked.as_bytes()).is_problem(405);
    assert_eq!(server.get("/v1/check", &[]).header("allow"), Some("POST"));
    server.get("/v1", &[]).is_problem(404);
}

#[test]
fn a_slow_request_is_ended() {
    let server = open(&["--timeout", "3"]);
    let slow = server.begin_check(100);
    let answer = Answer::of(slow);
    assert_eq!(
        answer.is_problem(503),
        "there was no answer within 3 seconds: ask for less, or send it faster"
    );
    let mut head = server.connect();
    head.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nx-slow: ").unwrap();
    let mut rest = Vec::new();
    head.read_to_end(&mut rest).unwrap();
    assert!(!rest.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&rest));
}

#[test]
fn more_requests_than_there_is_room_for_are_sent_away() {
    let server = open(&["--max-requests", "1", "--timeout", "60"]);
    let asked = ask("user:bob", "stack:write", DEV);
    let mut first = server.begin_check(asked.len());
    let busy = server.post("/v1/check", &[], &asked);
    assert_eq!(busy.is_problem(503), "too many requests are worked on: ask again later");
    assert_eq!(busy.header("retry-after"), Some("1"));
    assert_eq!(server.get("/health/ready", &[]).status, 200, "of health it tells all the same");
    first.write_all(asked.as_bytes()).unwrap();
    assert_eq!(Answer::of(first).status, 200);
    server.waits(|| (server.post("/v1/check", &[], &asked).status == 200).then_some(()));
}

#[test]
fn more_connections_than_there_are_seats_for_wait() {
    let server = open(&["--max-connections", "1"]);
    let mut seated = server.connect();
    let waiting = server.begin("GET", "/health", &[], 0);
    seated.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").unwrap();
    let counted = Answer::of(seated);
    assert_eq!(counted.status, 200);
    assert!(!counted.text().contains("/health"), "nobody is answered while there is no seat");
    assert_eq!(Answer::of(waiting).status, 200);
}

/// A connection whose answers have filled all room between the server and whoever does not read them.
fn asked_for_more_than_is_read(server: &Server) -> TcpStream {
    let mut seated = server.connect();
    seated.set_write_timeout(Some(Duration::from_millis(300))).unwrap();
    let asked = b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100);
    while seated.write_all(&asked).is_ok() {}
    seated
}

#[test]
fn whoever_never_reads_its_answers_gives_its_seat_back() {
    let server = open(&["--max-connections", "1", "--timeout", "1"]);
    let _seated = asked_for_more_than_is_read(&server);
    assert_eq!(server.get("/health", &[]).status, 200);
}

/// The system finds room for more only where a good part of what waits was read: a byte is none.
#[test]
fn whoever_reads_a_byte_now_and_then_gives_its_seat_back_too() {
    let server = open(&["--max-connections", "1", "--timeout", "1"]);
    let mut seated = asked_for_more_than_is_read(&server);
    let (end, told) = mpsc::channel::<()>();
    let reader = thread::spawn(move || {
        while told.recv_timeout(Duration::from_millis(50)) == Err(RecvTimeoutError::Timeout) {
            let _byte = seated.read(&mut [0]);
        }
    });
    assert_eq!(server.get("/health", &[]).status, 200);
    drop(end);
    reader.join().unwrap();
}

#[test]
fn it_ends_when_it_has_answered() {
    for signal in ["TERM", "INT"] {
        let server = open(&["--timeout", "60", "--drain", "60"]);
        let asked = ask("user:bob", "stack:write", DEV);
        let mut begun = server.begin_check(asked.len());
        let _idle = server.connect();
        server.signal(signal);
        server.waits(|| std::net::TcpStream::connect(server.url().trim_start_matches("http://")).err());
        begun.write_all(asked.as_bytes()).unwrap();
        assert_eq!(Answer::of(begun).is_ok()["effect"], "allow");
        assert_eq!(server.ends(), (Some(0), String::new()));
    }
}

#[test]
fn a_request_that_does_not_end_is_not_waited_for_for_ever() {
    let server = open(&["--drain", "1", "--timeout", "600"]);
    let _begun = server.begin_check(10);
    server.signal("TERM");
    server.waits_to_say("some requests are not answered: they took more than 1 seconds");
    assert_eq!(server.ends().0, Some(0));
}
