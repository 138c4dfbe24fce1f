//! What the tests of the server are made of.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::process::file;
use crate::server::{ACME, Server};

pub(crate) const DEV: &str = "stack:acme/web/dev";
pub(crate) const PROD: &str = "stack:acme/web/prod";
pub(crate) const ROOT: &str = "Bearer root";
pub(crate) const BOB: &str = "Bearer bob";

pub(crate) const ROUTES: [(&str, &str); 15] = [
    ("GET", "/health"),
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("POST", "/v1/check"),
    ("POST", "/v1/explain"),
    ("GET", "/v1/bundle"),
    ("GET", "/v1/snapshot"),
    ("POST", "/access/v1/evaluation"),
    ("POST", "/access/v1/evaluations"),
    ("POST", "/access/v1/search/subject"),
    ("POST", "/access/v1/search/resource"),
    ("POST", "/access/v1/search/action"),
    ("GET", "/.well-known/authzen-configuration"),
];

pub(crate) fn document() -> String {
    file("server.json", ACME)
}

pub(crate) fn tokens() -> String {
    let of = |token: &str, whose: &str| format!("{} {whose}\n", hash(token));
    let lines =
        [of("root", "admin"), of("bob", "user:bob"), of("eve", "user:eve"), of("run", "deployment:web/prod")];
    file("server-tokens.txt", &format!("# who may ask what\n{}", lines.concat()))
}

/// A server for everybody on this machine.
pub(crate) fn open(flags: &[&str]) -> Server {
    Server::start(&document(), flags)
}

/// A server that asks for tokens.
pub(crate) fn guarded(flags: &[&str]) -> Server {
    Server::start(&document(), &[&["--tokens", &tokens()], flags].concat())
}

/// The SHA-256 of a token in hexadecimal, as `sha256sum` prints it.
pub(crate) fn hash(token: &str) -> String {
    let known = [
        ("root", "4813494d137e1631bba301d5acab6e7bb7aa74ce1185d456565ef51d737677b2"),
        ("bob", "81b637d8fcd2c6da6359e6963113a1170de795e4b725b84d1e0b4cfd9ec58ce9"),
        ("eve", "85262adf74518bbb70c7cb94cd6159d91669e5a81edf1efebd543eadbda9fa2b"),
        ("run", "acba25512100f80b56fc3ccd14c65be55d94800cda77585c5f41a887e398f9be"),
        ("new", "11507a0e2f5e69d5dfa40a62a1bd7b6ee57e6bcd85c67c9b8431b36fff21c437"),
    ];
    known.iter().find(|(it, _)| *it == token).expect("a token whose hash is listed").1.to_owned()
}

pub(crate) fn ask(principal: &str, scope: &str, entity: &str) -> String {
    format!(r#"{{"principal":"{principal}","scope":"{scope}","entity":"{entity}"}}"#)
}

pub(crate) fn with(request: &str, field: &str) -> String {
    request.replace('}', &format!(",{field}}}"))
}

pub(crate) fn zen(kind: &str, id: &str, action: &str) -> String {
    format!(
        r#"{{"subject":{{"type":"{kind}","id":"{id}"}},"action":{{"name":"{action}"}},"resource":{{"type":"stack","id":"acme/web/prod"}}}}"#
    )
}

/// A file in a folder of its own, so that nothing else happens there.
pub(crate) fn own(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("own-{name}"));
    fs::create_dir_all(&folder).unwrap();
    let (aside, path) = (folder.join("aside"), folder.join(name));
    fs::write(&aside, text).unwrap();
    fs::rename(aside, &path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The path of a file that is not there.
pub(crate) fn fresh(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path.to_str().unwrap().to_owned()
}

pub(crate) fn lines(path: &str) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
