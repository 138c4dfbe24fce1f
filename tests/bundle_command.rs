//! `scopewise bundle`, `verify` and `keygen` as a shell runs them, and keys that travel between programs.
#![cfg(all(feature = "cli", not(target_arch = "wasm32")))]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "common/process.rs"]
mod process;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use process::{DONE, Run, file};
use scopewise::{Bundle, Context, PublicKey, SigningKey};
use sha2::{Digest, Sha256};

const FAILED: i32 = 1;
const REFUSED: i32 = 2;
const INVALID: i32 = 3;

const DOCUMENT: &str = r#"{ "revision": "2026-10", "organization": "acme",
  "members": [ { "user": "ann", "role": "admin" }, { "user": "bob" } ] }"#;

/// A folder of its own for each test, empty at first.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bundle-{name}"));
        let _none_yet = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn at(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }

    fn keygen(&self, name: &str) -> String {
        let run = Run::of(&["keygen", "-o", &self.at(name)]);
        assert_eq!((run.code, &*run.stderr), (DONE, ""));
        run.stdout.trim_end().to_owned()
    }

    /// Makes `acme.bundle` of the document, signed by that key.
    fn bundle(&self, key: &str, more: &[&str]) -> Run {
        let document = file("bundle.json", DOCUMENT);
        let (output, key) = (self.at("acme.bundle"), self.at(&format!("{key}.pem")));
        Run::of(&[&["bundle", &document, "-o", &output, "--signing-key", &key], more].concat())
    }

    fn verify(&self, keys: &[&str], more: &[&str]) -> Run {
        let mut args = vec!["verify".to_owned(), self.at("acme.bundle")];
        for key in keys {
            args.extend(["--public-key".to_owned(), self.at(&format!("{key}.pub.pem"))]);
        }
        args.extend(more.iter().map(ToString::to_string));
        Run::of(&args)
    }
}

#[test]
fn a_bundle_is_made_signed_and_verified() {
    let folder = Folder::new("made");
    let id = folder.keygen("key");
    folder.bundle("key", &["--document-version", "41", "--max-age", "300"]).prints("", DONE);
    let told = folder.verify(&["key"], &["--organization", "acme", "--min-version", "41", "--json"]).json();
    assert_eq!(
        (&told["organization"], &told["revision"], &told["version"], &told["principal"]),
        (&"acme".into(), &"2026-10".into(), &41.into(), &serde_json::Value::Null)
    );
    assert_eq!((&told["maxAgeSeconds"], &told["key"]), (&300.into(), &id.clone().into()));
    let made = told["issuedAt"].as_str().unwrap();
    folder.verify(&["key"], &[]).prints(
        &format!("acme, by 2026-10, version 41\nmade {made}, fresh for 300 seconds, signed by {id}\n"),
        DONE,
    );
}

#[test]
fn one_principals_part_names_it() {
    let folder = Folder::new("part");
    folder.keygen("key");
    folder.bundle("key", &["--principal", "user:bob", "--document-version", "1"]).prints("", DONE);
    let run = folder.verify(&["key"], &["--principal", "user:bob"]);
    assert!(run.stdout.starts_with("acme, the part of user:bob, by 2026-10, version 1\n"), "{run:?}");
    assert_eq!(folder.verify(&["key"], &["--principal", "user:ann"]).code, REFUSED);
    folder.bundle("key", &["--principal", "user:zoe"]).fails("error: `user:zoe` is nobody", FAILED);
}

#[test]
fn a_bundle_is_no_document_and_is_called_by_its_name() {
    let folder = Folder::new("document");
    folder.keygen("key");
    folder.bundle("key", &[]).prints("", DONE);
    let bundle = folder.at("acme.bundle");
    let told = format!("error: `{bundle}` is a bundle: give the document that it was made of\n");
    for asked in [&["validate", &bundle][..], &["lint", &bundle]] {
        let run = Run::of(asked);
        assert_eq!((run.code, &*run.stdout, &*run.stderr), (FAILED, "", &*told));
    }
}

#[test]
fn without_a_version_it_is_the_time() {
    let folder = Folder::new("time");
    folder.keygen("key");
    folder.bundle("key", &[]).prints("", DONE);
    let told = folder.verify(&["key"], &["--json"]).json();
    let version = told["version"].as_i64().unwrap();
    assert_eq!(
        scopewise::Instant::parse(told["issuedAt"].as_str().unwrap()).unwrap().text(),
        scopewise::Instant::from_unix(version).text()
    );
    assert_eq!(told["maxAgeSeconds"], 86_400);
}

#[test]
fn what_is_not_to_be_trusted_is_the_answer_no() {
    let folder = Folder::new("refused");
    let (id, _other) = (folder.keygen("key"), folder.keygen("other"));
    folder.bundle("key", &["--document-version", "41", "--max-age", "300"]).prints("", DONE);
    let refused = |keys: &[&str], more: &[&str], sentence: &str| {
        let start = format!("{}: {sentence}", folder.at("acme.bundle"));
        folder.verify(keys, more).fails(&start, REFUSED);
    };
    refused(&["other"], &[], &format!("the key `{id}` is not trusted: sign by one that is [unknown_key]"));
    refused(&["key", "other"], &["--revoked", &id], &format!("the key `{id}` is revoked"));
    refused(
        &["key"],
        &["--organization", "globex"],
        "the bundle is of the organization `acme` [other_organization]",
    );
    refused(
        &["key"],
        &["--min-version", "42"],
        "the bundle is version 41, and a later one has been seen [older]",
    );
    refused(
        &["key"],
        &["--at", "2099-01-01T00:00:00Z"],
        "the bundle is older than it may be: make it again [expired]",
    );
    refused(
        &["key"],
        &["--at", "2001-01-01T00:00:00Z"],
        "the bundle was made later than now: set the clock [future]",
    );
    assert_eq!(folder.verify(&["other", "key"], &[]).code, DONE, "two keys at once");
    let mut bytes = fs::read(folder.at("acme.bundle")).unwrap();
    bytes[200] ^= 1;
    fs::write(folder.at("acme.bundle"), bytes).unwrap();
    refused(&["key"], &[], &format!("the signature is not that of the key `{id}`"));
    fs::write(folder.at("acme.bundle"), "{}").unwrap();
    refused(&["key"], &[], "the bytes are no signed bundle: nothing of one is there [not_signed]");
}

#[test]
fn an_unsigned_bundle_is_asked_for() {
    let folder = Folder::new("unsigned");
    let (document, output) = (file("bundle.json", DOCUMENT), folder.at("acme.bundle"));
    Run::of(&["bundle", &document, "-o", &output]).fails("error: the following required arguments", FAILED);
    Run::of(&["bundle", &document, "-o", &output, "--unsigned"]).prints("", DONE);
    let bundle = Bundle::open(&fs::read(&output).unwrap()).unwrap();
    assert!(bundle.organization().principal("user:ann").can(
        "stack:read",
        "stack:acme/a/b",
        &Context::default()
    ));
    folder.keygen("key");
    assert_eq!(folder.verify(&["key"], &[]).code, REFUSED);
    assert_eq!(folder.bundle("key", &["--unsigned"]).code, FAILED, "signed or unsigned, not both");
}

#[test]
fn keys_that_are_there_are_left_alone() {
    let folder = Folder::new("keys");
    let id = folder.keygen("key");
    assert_eq!(SigningKey::from_pem(&folder.read("key.pem")).unwrap().id().to_string(), id);
    assert_eq!(PublicKey::from_pem(&folder.read("key.pub.pem")).unwrap().id().to_string(), id);
    let refused = |name: &str| {
        let told = "it is there already, and no key is written over: give another name";
        let again = Run::of(&["keygen", "-o", &folder.at("key")]);
        again.fails(&format!("error: cannot write `{}`: {told}", folder.at(name)), FAILED);
    };
    refused("key.pub.pem");
    fs::remove_file(folder.at("key.pub.pem")).unwrap();
    refused("key.pem");
    assert_eq!(SigningKey::from_pem(&folder.read("key.pem")).unwrap().id().to_string(), id);
    assert_ne!(folder.keygen("other"), id);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(folder.at("key.pem")).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600, "nobody else reads the private key");
    }
}

#[test]
fn what_is_no_key_or_no_document_is_told() {
    let folder = Folder::new("wrong");
    folder.keygen("key");
    let document = file("bundle.json", DOCUMENT);
    let with = |document: &str, key: &str| {
        Run::of(&["bundle", document, "-o", &folder.at("x.bundle"), "--signing-key", &folder.at(key)])
    };
    with(&document, "key.pub.pem").fails("error: cannot read `", FAILED);
    assert!(
        with(&document, "key.pub.pem")
            .stderr
            .ends_with(": no private Ed25519 key (PKCS#8 as PEM) is there\n")
    );
    with(&document, "none.pem").fails("error: cannot read `", FAILED);
    with(&file("bundle-bad.json", "{}"), "key.pem").fails("organization: ", INVALID);
    assert!(!fs::exists(folder.at("x.bundle")).unwrap());
    folder.bundle("key", &["--document-version", "9007199254740992"]).fails("error: invalid value", FAILED);
    folder.bundle("key", &["--max-age", "0"]).fails("error: invalid value", FAILED);
    assert_eq!(folder.verify(&["key"], &["--revoked", "3f"]).code, FAILED, "a misspelt id revokes nothing");
}

/// Keys and signatures of OpenSSL are ours, and ours are its own.
#[test]
fn openssl_reads_and_writes_the_same_keys() {
    let folder = Folder::new("openssl");
    let openssl = |args: &[&str]| {
        Command::new("openssl")
            .args(args)
            .current_dir(&folder.0)
            .output()
            .map(|output| output.status.success())
    };
    if openssl(&["version"]).is_err() {
        return eprintln!("openssl is not installed: not compared");
    }
    assert!(openssl(&["genpkey", "-algorithm", "ed25519", "-out", "key.pem"]).unwrap());
    assert!(openssl(&["pkey", "-in", "key.pem", "-pubout", "-out", "key.pub.pem"]).unwrap());
    folder.bundle("key", &[]).prints("", DONE);
    assert_eq!(folder.verify(&["key"], &[]).code, DONE);
    let theirs = SigningKey::from_pem(&folder.read("key.pem")).unwrap();
    assert_eq!(
        (theirs.to_pem(), theirs.public_key().to_pem()),
        (folder.read("key.pem"), folder.read("key.pub.pem"))
    );

    folder.keygen("ours");
    folder.bundle("ours", &[]).prints("", DONE);
    assert!(openssl(&["pkey", "-in", "ours.pem", "-pubout", "-out", "again.pub.pem"]).unwrap());
    assert_eq!(folder.read("again.pub.pem"), folder.read("ours.pub.pem"));
    let bytes = fs::read(folder.at("acme.bundle")).unwrap();
    let (content, signature) = bytes.split_at(bytes.len() - 64);
    let (head, bundle) = content.split_at(13);
    fs::write(folder.at("signed"), [head, &Sha256::digest(bundle)].concat()).unwrap();
    fs::write(folder.at("signature"), signature).unwrap();
    let verify = [
        "pkeyutl",
        "-verify",
        "-pubin",
        "-inkey",
        "ours.pub.pem",
        "-rawin",
        "-in",
        "signed",
        "-sigfile",
        "signature",
    ];
    assert!(openssl(&verify).unwrap());
}
