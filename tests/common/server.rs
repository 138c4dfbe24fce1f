//! `scopewise serve` as a process on this machine, and a client that sends what it is told to the byte.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::command;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is served: bob writes what is for development, by his team and its role.
pub(crate) const ACME: &str = r#"{ "revision": "2026-10", "organization": "acme",
  "roles": [{ "id": "deployer", "name": "Deployer", "rules": [
    { "permissionSet": "stack-read", "on": "all" },
    { "permissionSet": "stack-write", "on": { "tags": [{ "key": "env", "equals": "dev" }] } }] },
    { "id": "none", "name": "None" }],
  "teams": [{ "name": "platform", "roles": ["deployer"], "members": [{ "user": "bob" }] }],
  "members": [{ "user": "ann", "role": "admin" }, { "user": "bob" }, { "user": "eve", "role": "none" }],
  "servicePrincipals": [{ "name": "runner", "roles": ["deployer"] }],
  "tokens": [{ "name": "ci", "kind": "organization", "role": "admin", "expiresAt": "2031-01-01T00:00:00Z" },
    { "name": "tt", "kind": "team", "team": "platform", "expiresAt": "2031-01-01T00:00:00Z" }],
  "entities": [{ "entity": "stack:acme/web/dev", "tags": { "env": "dev" } },
    { "entity": "stack:acme/web/prod", "tags": { "env": "prod" } }] }"#;

/// A server that ends with its test.
pub(crate) struct Server {
    child: Child,
    address: String,
    said: Arc<Mutex<String>>,
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Server {
    /// Starts it on a free port and waits until it says where it is.
    pub(crate) fn start<S: AsRef<str>>(document: &str, flags: &[S]) -> Self {
        let mut args = vec!["serve", document, "--listen", "127.0.0.1:0"];
        args.extend(flags.iter().map(AsRef::as_ref));
        Self::of(command(&args).env_remove("SCOPEWISE_TOKENS"))
    }

    pub(crate) fn of(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = Arc::new(Mutex::new(String::new()));
        let (heard, stderr) = (Arc::clone(&said), child.stderr.take().unwrap());
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                writeln!(heard.lock().unwrap(), "{line}").unwrap();
            }
        });
        let mut server = Self { child, address: String::new(), said };
        let line = server.waits_to_say("serving ");
        let address = line.split_once("http://").and_then(|(_, rest)| rest.split_once(','));
        address.expect("an address").0.clone_into(&mut server.address);
        server
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything on standard error so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Waits for a line on standard error that holds this.
    #[track_caller]
    pub(crate) fn waits_to_say(&self, words: &str) -> String {
        self.waits(|| self.said().lines().find(|line| line.contains(words)).map(str::to_owned))
    }

    /// Waits until something is there.
    #[track_caller]
    pub(crate) fn waits<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        let begin = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(begin.elapsed() < PATIENCE, "it never came; on standard error: {}", self.said());
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn get(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", target, headers, b"")
    }

    /// Sends JSON.
    pub(crate) fn post(&self, target: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = [&[("content-type", "application/json")], headers].concat();
        self.send("POST", target, &headers, body.as_bytes())
    }

    pub(crate) fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut talk = self.begin(method, target, headers, body.len());
        // A server that has answered may not want the rest.
        let _sent = talk.write_all(body);
        Answer::of(talk)
    }

    /// Sends the head of a request alone, whose body will have that length.
    pub(crate) fn begin(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        length: usize,
    ) -> TcpStream {
        let mut head =
            format!("{method} {target} HTTP/1.1\r\nconnection: close\r\ncontent-length: {length}\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            write!(head, "host: {}\r\n", self.address).unwrap();
        }
        for (name, value) in headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        let mut talk = self.connect();
        talk.write_all(format!("{head}\r\n").as_bytes()).unwrap();
        talk
    }

    /// Sends the head of a question and waits until the server wants its body, of that length.
    pub(crate) fn begin_check(&self, length: usize) -> TcpStream {
        let headers = [("content-type", "application/json"), ("expect", "100-continue")];
        let mut talk = self.begin("POST", "/v1/check", &headers, length);
        let mut wanted = *b"HTTP/1.1 100 Continue\r\n\r\n";
        talk.read_exact(&mut wanted).unwrap();
        assert!(wanted.starts_with(b"HTTP/1.1 100 "), "{}", String::from_utf8_lossy(&wanted));
        talk
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let talk = TcpStream::connect(&self.address).unwrap();
        talk.set_read_timeout(Some(PATIENCE)).unwrap();
        talk
    }

    /// Sends bytes, whatever they are.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        let mut talk = self.connect();
        let _sent = talk.write_all(bytes);
        let _closed = talk.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _read = talk.read_to_end(&mut answer);
        answer
    }

    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.process().to_string()]).status();
        assert!(sent.unwrap().success());
    }

    /// Reads no more of what it prints.
    pub(crate) fn closes_its_output(&mut self) {
        drop(self.child.stdout.take());
    }

    /// How it ended, and what it left on standard output.
    pub(crate) fn ends(mut self) -> (Option<i32>, String) {
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        (self.child.wait().unwrap().code(), printed)
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Answer {
    /// Reads to the end.
    pub(crate) fn of(mut talk: TcpStream) -> Self {
        let mut bytes = Vec::new();
        let read = talk.read_to_end(&mut bytes);
        let end = bytes.windows(4).position(|it| it == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no answer: {read:?}, {}", String::from_utf8_lossy(&bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Self { status, head, body: bytes.split_off(end + 4) }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        headers.find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// A good answer, which it returns.
    #[track_caller]
    pub(crate) fn is_ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text());
        self.json()
    }

    /// A problem with this status, whose sentence it returns.
    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.head);
        let problem = self.json();
        assert_eq!(problem["status"], status);
        let detail = problem["detail"].as_str().expect("a sentence");
        assert!(!detail.ends_with('.') && !detail.starts_with(char::is_uppercase), "{detail}");
        detail.to_owned()
    }
}
