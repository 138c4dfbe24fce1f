//! Bundles and snapshots, which others keep.

use std::time::SystemTime;

use scopewise::{Bundle, Context, SigningKey, Trust};
use serde_json::{Value, json};

use crate::process::{Run, command, file};
use crate::server::{Answer, Server};
use crate::shared::{BOB, DEV, PROD, ROOT, ask, document, guarded, open, tokens};

#[test]
fn a_bundle_decides_as_the_document_and_is_sent_once() {
    let server = guarded(&["--document-version", "7", "--max-age", "86400"]);
    let whole = server.get("/v1/bundle", &[("authorization", ROOT)]);
    let bundle = Bundle::open(&whole.body).unwrap();
    assert_eq!((bundle.label().version, bundle.label().max_age_seconds), (7, Some(86_400)));
    assert!(bundle.organization().principal("user:bob").can("stack:write", DEV, &Context::default()));
    let tag = whole.header("etag").unwrap();
    assert!(tag.starts_with('"') && tag.len() == 34, "a strong tag: {tag}");
    for held in [tag, &format!("\"other\", W/{tag}")] {
        let again = server.get("/v1/bundle", &[("authorization", ROOT), ("if-none-match", held)]);
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(tag)));
    }
    let part = server.get("/v1/bundle?principal=user:bob", &[("authorization", BOB), ("if-none-match", tag)]);
    assert_eq!(part.status, 200, "another thing has another tag");
    let part = Bundle::open(&part.body).unwrap();
    assert_eq!(part.label().principal.as_deref(), Some("user:bob"));
    assert!(part.organization().principal("user:bob").can("stack:write", DEV, &Context::default()));
    assert!(!part.organization().principal("user:ann").can("stack:write", DEV, &Context::default()));
    let nobody = server.get("/v1/bundle?principal=user:zoe", &[("authorization", ROOT)]);
    assert_eq!(nobody.is_problem(404), "`user:zoe` is nobody in the organization `acme`");
}

#[test]
fn bundles_are_signed_where_there_is_a_key() {
    let key = SigningKey::from_seed(&[7; 32]);
    let (document, tokens, path) = (document(), tokens(), file("server-key.pem", &key.to_pem()));
    let flags = ["--signing-key", &path, "--tokens", &tokens, "--document-version", "7"];
    let args = [&["serve", &document, "--listen", "0.0.0.0:0"], &flags[..]].concat();
    let server = Server::of(command(&args).env_remove("SCOPEWISE_TOKENS"));
    let get = |path: &str| server.get(path, &[("authorization", ROOT)]);
    let trust = Trust::new([key.public_key()], SystemTime::now()).organization("acme").min_version(7);
    let whole = Bundle::open_signed(&get("/v1/bundle").body, &trust.clone().whole()).unwrap();
    assert_eq!(whole.signed_by(), Some(key.id()));
    let part = get("/v1/bundle?principal=user:bob").body;
    let part = Bundle::open_signed(&part, &trust.clone().principal("user:bob")).unwrap();
    assert!(part.organization().principal("user:bob").can("stack:write", DEV, &Context::default()));
    let stranger = Trust::new([SigningKey::from_seed(&[8; 32]).public_key()], SystemTime::now());
    assert!(Bundle::open_signed(&get("/v1/bundle").body, &stranger).is_err());
    assert!(Bundle::open(&get("/v1/bundle").body).is_err(), "a signed one opens by a key alone");
    let unreadable = ["serve", &document, "--signing-key", &file("no-key.pem", "x")];
    Run::of(&unreadable).fails("error: cannot read `", 1);
}

#[test]
fn whoever_asks_again_before_its_copy_is_stale_gets_a_fresh_one() {
    let server = open(&["--max-age", "2"]);
    let first = server.get("/v1/bundle", &[]);
    let tag = first.header("etag").unwrap().to_owned();
    let next = server.waits(|| {
        Some(server.get("/v1/bundle", &[("if-none-match", &tag)])).filter(|answer| answer.status == 200)
    });
    let issued = |answer: &Answer| Bundle::open(&answer.body).unwrap().label().issued_at;
    assert!(issued(&next) > issued(&first));
}

#[test]
fn a_snapshot_holds_what_is_decided() {
    let server = open(&["--max-age", "86400"]);
    let scopes = ["stack:read", "stack:write", "stack:delete"];
    let query = "principal=user:bob&entity=stack:acme/web/dev&entity=stack:acme/web/new&scope=stack:read\
                 &scope=stack:write&scope=stack:delete";
    let answer = server.get(&format!("/v1/snapshot?{query}"), &[]);
    let snapshot = answer.is_ok();
    assert_eq!(snapshot["scopes"], json!({ "stack": scopes }));
    for entity in [DEV, "stack:acme/web/new"] {
        let row = snapshot["rows"][entity].as_str().unwrap();
        for (scope, letter) in scopes.iter().zip(row.bytes()) {
            let decision = server.post("/v1/check", &[], &ask("user:bob", scope, entity)).is_ok();
            let mut expected = vec![
                json!(decision["effect"].as_str().unwrap()[..1].to_uppercase()),
                decision["reason"].clone(),
            ];
            expected.extend(decision["needs"].as_array().into_iter().flatten().cloned());
            assert_eq!(
                snapshot["answers"][usize::from(letter - b'0')],
                json!(expected),
                "{scope} on {entity}"
            );
        }
    }
    let all = server.get("/v1/snapshot?principal=user:bob", &[]).is_ok();
    assert_eq!(all["rows"].as_object().unwrap().keys().collect::<Vec<_>>(), [DEV, PROD]);
    let held = [("if-none-match", answer.header("etag").unwrap())];
    assert_eq!(server.get(&format!("/v1/snapshot?{query}"), &held).status, 304);
    assert_eq!(server.get("/v1/snapshot?principal=user:bob", &held).status, 200);
    server.get("/v1/snapshot?principal=user:bob&entity=stack:acme", &[]).is_problem(400);
    server.get("/v1/snapshot?principal=user", &[]).is_problem(400);
}

#[test]
fn a_snapshot_of_a_token_says_until_when_it_holds() {
    let server = open(&[]);
    let until =
        |who: &str| server.get(&format!("/v1/snapshot?principal={who}"), &[]).is_ok()["validUntil"].clone();
    assert_eq!(until("token:ci"), json!(1_924_992_000_000_u64));
    assert_eq!(until("user:bob"), Value::Null);
}
