//! A server of files for one machine, on the loopback address.
//!
//! Every answer closes its connection: a browser opens several and leaves them open, and a reader that takes its time
//! holds up nobody else.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::time::Duration;
use std::{fs, thread};

use anyhow::{Context, Result};

use crate::files::{Files, Found};

const PATIENCE: Duration = Duration::from_secs(10);
const LONGEST_HEAD: u64 = 64 * 1024;

/// Folders of one root, served under their names.
pub(crate) struct Site {
    listener: TcpListener,
    files: Files,
}

impl Site {
    /// Takes the port, or a free one for 0.
    pub(crate) fn bind(root: &Path, folders: &[&Path], port: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
            .with_context(|| format!("port {port} cannot be served on"))?;
        Ok(Self { listener, files: Files::new(root, folders)? })
    }

    pub(crate) fn address(&self) -> Result<String> {
        Ok(format!("http://{}", self.listener.local_addr()?))
    }

    /// Answers for as long as the process lives.
    pub(crate) fn serve(&self) {
        thread::scope(|scope| {
            for stream in self.listener.incoming().flatten() {
                // A reader that went away is no fault of the server's.
                scope.spawn(move || drop(self.answer(&stream)));
            }
        });
    }

    fn answer(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let request = read_head(stream)?;
        let mut words = request.split(' ');
        let (method, url) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        self.reply(method, url).write(stream, method != "HEAD")
    }

    fn reply(&self, method: &str, url: &str) -> Reply {
        if !matches!(method, "GET" | "HEAD") {
            return Reply::text("405 Method Not Allowed", "only GET and HEAD are answered here\n");
        }
        match self.files.find(url) {
            Found::File { path, kind } => Reply::file(&path, kind),
            Found::Moved(location) => Reply { location, ..Reply::text("308 Permanent Redirect", "") },
            Found::Nothing => Reply::missing(),
        }
    }
}

/// The first line of a request. The others are read too: what is left unread would break the connection off.
fn read_head(stream: &TcpStream) -> io::Result<String> {
    let mut lines = BufReader::new(stream.take(LONGEST_HEAD)).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    Ok(first)
}

struct Reply {
    status: &'static str,
    kind: &'static str,
    location: &'static str,
    body: Vec<u8>,
}

impl Reply {
    fn text(status: &'static str, text: &str) -> Self {
        Self { status, kind: "text/plain; charset=utf-8", location: "", body: text.into() }
    }

    fn missing() -> Self {
        Self::text("404 Not Found", "not found\n")
    }

    fn file(path: &Path, kind: &'static str) -> Self {
        match fs::read(path) {
            Ok(body) => Self { status: "200 OK", kind, location: "", body },
            Err(_) => Self::missing(),
        }
    }

    fn write(&self, mut stream: &TcpStream, with_body: bool) -> io::Result<()> {
        stream.write_all(self.head().as_bytes())?;
        if with_body {
            stream.write_all(&self.body)?;
        }
        stream.flush()
    }

    /// The browser keeps nothing: what is served changes with every build.
    fn head(&self) -> String {
        let Self { status, kind, location, body } = self;
        let location = if location.is_empty() { String::new() } else { format!("location: {location}\r\n") };
        format!(
            "HTTP/1.1 {status}\r\n{location}content-type: {kind}\r\ncontent-length: {}\r\n\
             cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n",
            body.len(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::tests::Root;

    /// A site that answers until the test process ends, and its address.
    fn served(root: &Root) -> String {
        let site = Site::bind(&root.0, &["www", "pkg"].map(Path::new), 0).unwrap();
        let address = site.address().unwrap().strip_prefix("http://").unwrap().to_owned();
        thread::spawn(move || site.serve());
        address
    }

    fn exchange(address: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{request}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn ask(address: &str, line: &str) -> String {
        exchange(address, &format!("{line} HTTP/1.1\r\nhost: {address}\r\n\r\n"))
    }

    #[test]
    fn a_file_comes_with_its_type_and_is_not_kept() {
        let root = Root::new("file");
        let address = served(&root);
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        let expected = "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: 14\r\n\
             cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n";
        assert_eq!(ask(&address, "GET /www/"), format!("{expected}www/index.html"));
        assert_eq!(ask(&address, "HEAD /www/"), expected);
    }

    #[test]
    fn what_is_no_file_is_told() {
        let root = Root::new("none");
        let address = served(&root);
        let status = |line| ask(&address, line).lines().next().map(str::to_owned).unwrap_or_default();
        assert_eq!(status("GET /"), "HTTP/1.1 308 Permanent Redirect");
        assert!(ask(&address, "GET /").contains("\r\nlocation: /www/\r\n"));
        assert_eq!(status("GET /www/../private/key"), "HTTP/1.1 404 Not Found");
        assert_eq!(status("POST /www/"), "HTTP/1.1 405 Method Not Allowed");
        assert_eq!(status("nonsense"), "HTTP/1.1 405 Method Not Allowed");
    }

    #[test]
    fn a_reader_that_says_nothing_holds_up_nobody() {
        let root = Root::new("silent");
        let address = served(&root);
        let silent: Vec<_> = (0..50).map(|_| TcpStream::connect(&address).unwrap()).collect();
        assert!(ask(&address, "GET /pkg/index.js").ends_with("\r\n\r\npkg/index.js"));
        drop(silent);
        assert_eq!(exchange(&address, "\r\n\r\n").lines().next(), Some("HTTP/1.1 405 Method Not Allowed"));
    }

    #[test]
    fn a_port_that_is_taken_is_named() {
        let root = Root::new("taken");
        let first = Site::bind(&root.0, &[Path::new("www")], 0).unwrap();
        let port = first.listener.local_addr().unwrap().port();
        let error = Site::bind(&root.0, &[Path::new("www")], port).err().unwrap().to_string();
        assert_eq!(error, format!("port {port} cannot be served on"));
    }
}
