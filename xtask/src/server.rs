//! A server of files for one machine: a few folders, read only, on the loopback address.

use std::fs;
use std::io::Cursor;
use std::net::Ipv4Addr;
use std::path::{Component, Path, PathBuf};
use std::thread;

use anyhow::{Result, anyhow};
use tiny_http::{Header, Method, Request, Response, Server};

const WORKERS: usize = 4;

/// Folders of one root, served under their names.
pub(crate) struct Site {
    server: Server,
    files: Files,
}

/// What a request gets.
#[derive(Debug, PartialEq)]
enum Answer {
    File { path: PathBuf, kind: &'static str },
    Moved(&'static str),
    NotFound,
}

impl Site {
    /// Takes the port, or a free one for 0.
    pub(crate) fn bind(root: &Path, folders: &[&Path], port: u16) -> Result<Self> {
        let server = Server::http((Ipv4Addr::LOCALHOST, port))
            .map_err(|error| anyhow!("port {port} cannot be served on: {error}"))?;
        Ok(Self { server, files: Files::new(root, folders)? })
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.server.server_addr())
    }

    /// Answers for as long as the process lives; a reader that takes its time holds up nobody else.
    pub(crate) fn serve(&self) {
        thread::scope(|scope| {
            for _ in 0..WORKERS {
                scope.spawn(|| self.server.incoming_requests().for_each(|request| self.answer(request)));
            }
        });
    }

    fn answer(&self, request: Request) {
        let response = match request.method() {
            Method::Get | Method::Head => respond(&self.files.find(request.url())),
            _ => plain(405, "only GET and HEAD are answered here\n"),
        };
        // A reader that went away before the end is no fault of the server's.
        let _ = request.respond(response);
    }
}

/// The folders, by their true places: links have been followed.
struct Files {
    root: PathBuf,
    folders: Vec<PathBuf>,
}

impl Files {
    fn new(root: &Path, folders: &[&Path]) -> Result<Self> {
        let folders =
            folders.iter().map(|folder| Ok(fs::canonicalize(root.join(folder))?)).collect::<Result<_>>()?;
        Ok(Self { root: root.to_path_buf(), folders })
    }

    fn find(&self, url: &str) -> Answer {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        match path {
            "/" | "/www" => Answer::Moved("/www/"),
            _ => self.file(path).unwrap_or(Answer::NotFound),
        }
    }

    /// A path is refused by its text, and once more by where it leads: a link must not lead out of the folders.
    fn file(&self, url: &str) -> Option<Answer> {
        let mut path = self.root.join(relative(&decoded(url.strip_prefix('/')?)?)?);
        if url.ends_with('/') {
            path.push("index.html");
        }
        let path = fs::canonicalize(path).ok().filter(|path| path.is_file() && self.holds(path))?;
        let kind = kind(&path);
        Some(Answer::File { path, kind })
    }

    fn holds(&self, path: &Path) -> bool {
        self.folders.iter().any(|folder| path.starts_with(folder))
    }
}

/// A path of plain names alone.
fn relative(text: &str) -> Option<&Path> {
    let path = Path::new(text);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && !text.contains(['\0', '\\'])).then_some(path)
}

/// `%41` is `A`.
fn decoded(text: &str) -> Option<String> {
    let mut pieces = text.split('%');
    let mut bytes = pieces.next()?.as_bytes().to_vec();
    for piece in pieces {
        bytes.push(u8::from_str_radix(piece.get(..2).filter(|hex| !hex.starts_with('+'))?, 16).ok()?);
        bytes.extend(piece.get(2..)?.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Browsers run a module only by its right type, and compile wasm while it comes only by its own.
fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

type Bytes = Response<Cursor<Vec<u8>>>;

fn respond(answer: &Answer) -> Bytes {
    match answer {
        Answer::File { path, kind } => match fs::read(path) {
            Ok(bytes) => of_kind(Response::from_data(bytes), kind),
            Err(_) => plain(404, "not found\n"),
        },
        Answer::Moved(to) => with(plain(308, ""), "location", to),
        Answer::NotFound => plain(404, "not found\n"),
    }
}

fn plain(status: u16, text: &str) -> Bytes {
    of_kind(Response::from_data(text).with_status_code(status), "text/plain; charset=utf-8")
}

/// Nothing is kept by the browser: what is served changes with every build.
fn of_kind(response: Bytes, kind: &str) -> Bytes {
    let response = with(response, "content-type", kind);
    with(with(response, "cache-control", "no-store"), "x-content-type-options", "nosniff")
}

fn with(response: Bytes, name: &str, value: &str) -> Bytes {
    match Header::from_bytes(name, value) {
        Ok(header) => response.with_header(header),
        Err(()) => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::os::unix::fs::symlink;

    /// A root with two folders that are served, one that is not, and links out.
    struct Root(PathBuf);

    impl Root {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("scopewise-server-{name}-{}", std::process::id()));
            for folder in ["www", "pkg/wasm", "private"] {
                fs::create_dir_all(root.join(folder)).unwrap();
            }
            for file in ["www/index.html", "www/a b.txt", "pkg/index.js", "pkg/wasm/x.wasm", "private/key"] {
                fs::write(root.join(file), file).unwrap();
            }
            symlink("../private/key", root.join("www/link")).unwrap();
            symlink("../private", root.join("www/folder")).unwrap();
            Self(root)
        }

        fn files(&self) -> Files {
            Files::new(&self.0, &["www", "pkg"].map(Path::new)).unwrap()
        }

        fn found(&self, path: &str, kind: &'static str) -> Answer {
            Answer::File { path: fs::canonicalize(self.0.join(path)).unwrap(), kind }
        }
    }

    impl Drop for Root {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn files_come_with_the_type_that_browsers_ask_for() {
        let root = Root::new("types");
        let files = root.files();
        let html = "text/html; charset=utf-8";
        assert_eq!(files.find("/www/"), root.found("www/index.html", html));
        assert_eq!(files.find("/www/index.html?a=/../b#c"), root.found("www/index.html", html));
        assert_eq!(files.find("/www/a%20b.txt"), root.found("www/a b.txt", "text/plain; charset=utf-8"));
        assert_eq!(files.find("/pkg/index.js"), root.found("pkg/index.js", "text/javascript; charset=utf-8"));
        assert_eq!(files.find("/pkg/wasm/x.wasm"), root.found("pkg/wasm/x.wasm", "application/wasm"));
    }

    #[test]
    fn the_root_leads_to_the_page() {
        let root = Root::new("moved");
        assert_eq!(root.files().find("/"), Answer::Moved("/www/"));
        assert_eq!(root.files().find("/www?x"), Answer::Moved("/www/"));
    }

    #[test]
    fn no_path_leads_out_of_the_folders() {
        let root = Root::new("traversal");
        let files = root.files();
        for url in [
            "/private/key",
            "/www/../private/key",
            "/www/%2e%2e/private/key",
            "/www/..%2fprivate%2fkey",
            "/www/..\\private\\key",
            "/www/%2e%2e%5cprivate%5ckey",
            "/../private/key",
            "//private/key",
            "/%2fetc/passwd",
            "/www//etc/passwd",
            "/www/link",
            "/www/folder/key",
            "/www/folder/",
            "/www/index.html%00.js",
            "/www/%zz",
            "/www/%+1",
            "/www/%2",
            "/www/%ff",
            "/www/missing",
            "/pkg",
            "/pkg/",
            "/pkg/wasm",
            "/www/index.html/",
            "www/index.html",
            "http://127.0.0.1/www/",
            "",
        ] {
            assert_eq!(files.find(url), Answer::NotFound, "`{url}`");
        }
    }

    fn exchange(address: &str, request: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.to_ascii_lowercase()
    }

    #[test]
    fn the_server_answers_on_this_machine_and_keeps_nothing() {
        let root = Root::new("answers");
        let site = Site::bind(&root.0, &["www", "pkg"].map(Path::new), 0).unwrap();
        let address = site.address().strip_prefix("http://").unwrap().to_owned();
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        thread::spawn(move || site.serve());

        let page = exchange(&address, "GET /www/");
        assert!(page.starts_with("http/1.1 200 "), "{page}");
        assert!(page.contains("content-type: text/html; charset=utf-8\r\n"), "{page}");
        assert!(page.contains("cache-control: no-store\r\n"), "{page}");
        assert!(page.ends_with("www/index.html"), "{page}");
        assert!(exchange(&address, "HEAD /www/").ends_with("\r\n\r\n"));
        assert!(exchange(&address, "GET /").contains("location: /www/\r\n"));
        assert!(exchange(&address, "GET /www/../private/key").starts_with("http/1.1 404 "));
        assert!(exchange(&address, "POST /www/").starts_with("http/1.1 405 "));
    }

    #[test]
    fn a_port_that_is_taken_is_named() {
        let root = Root::new("taken");
        let first = Site::bind(&root.0, &[Path::new("www")], 0).unwrap();
        let port = first.server.server_addr().to_ip().unwrap().port();
        let error = Site::bind(&root.0, &[Path::new("www")], port).err().unwrap().to_string();
        assert!(error.starts_with(&format!("port {port} cannot be served on: ")), "{error}");
    }
}
