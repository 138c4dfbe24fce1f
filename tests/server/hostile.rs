//! Requests of whoever means no good.

use crate::dice::Dice;
use crate::shared::{DEV, PROD, ROOT, ROUTES, ask, guarded, with, zen};

#[test]
fn a_thousand_hostile_requests_get_no_allow_and_end_nothing() {
    let mut server = guarded(&["--timeout", "60", "--max-body", "100000"]);
    let mut dice = Dice::new(5);
    for number in 0..1_000 {
        let bytes = hostile(&mut dice);
        let answer = server.raw(&bytes);
        let text = String::from_utf8_lossy(&answer);
        for allow in ["\"effect\":\"allow\"", "\"decision\":true", "[\"A\",\""] {
            assert!(
                !text.contains(allow),
                "{number}: {} was answered by {text}",
                String::from_utf8_lossy(&bytes)
            );
        }
    }
    assert!(!server.has_ended());
    assert_eq!(
        server.post("/v1/check", &[("authorization", ROOT)], &ask("user:ann", "stack:read", PROD)).status,
        200
    );
    assert!(!server.said().contains("panicked"), "{}", server.said());
}

/// A request by nobody, or by one who may do nothing, about what others may: whole, bent or broken.
fn hostile(dice: &mut Dice) -> Vec<u8> {
    let token = dice.pick(&[
        "",
        "Bearer eve",
        "Bearer eve",
        "Bearer eve",
        "Bearer  root root",
        "bearer\troot",
        "Basic root",
    ]);
    let (method, path) = dice.pick(&ROUTES);
    let method = dice.pick(&[method, method, method, "POST", "post", "GET", "PRI", "BREW"]);
    let path = dice.pick(&[
        path.to_owned(),
        path.to_owned(),
        format!("{path}/"),
        format!("/health/..{path}"),
        format!("//{path}"),
        format!("{path}?principal=user:ann"),
        format!("{path}?principal=user:eve&principal=user:ann"),
        format!("{path}?principal=user%3Aann%00"),
        format!("http://localhost{path}"),
        format!("/health%2f..{path}"),
    ]);
    let body = dice.pick(&[
        ask("user:ann", "stack:delete", PROD),
        format!("{{\"principal\":\"user:eve\",{}", &ask("user:ann", "stack:delete", PROD)[1..]),
        with(&ask("user:eve", "stack:write", DEV), r#""tags":{"env":"dev"}"#),
        with(&ask("deployment:web/prod", "stack:read", PROD), r#""trigger":{"kind":"rest","by":"user:ann"}"#),
        zen("user", "ann", "stack:delete"),
        zen("user:ann", "", "stack:delete"),
        zen("user", "eve", "stack:delete"),
        zen("user", "eve\\u0000", "stack:delete"),
        zen("", "user:ann", "stack:delete")
            .replace("\"subject\":", "\"subject\":{\"type\":\"user\",\"id\":\"ann\"},\"subject\":"),
        format!(
            "{{\"evaluations\":[{},{}]}}",
            zen("user", "eve", "stack:read"),
            zen("user", "ann", "stack:read")
        ),
        "[".repeat(50_000),
        format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200)),
        format!("{{\"principal\":\"{}\"", "x".repeat(20_000)),
        String::new(),
    ]);
    let kind = dice.pick(&[
        "application/json",
        "application/json",
        "application/jsonl",
        "text/plain",
        "application/json, x",
    ]);
    let length = dice.pick(&[body.len(), body.len(), body.len(), 0, body.len() / 2, body.len() + 7]);
    let extra = dice.pick(&[
        "",
        "",
        "transfer-encoding: chunked\r\n",
        "content-length: 3\r\n",
        "x: \0\r\n",
        "host: a\r\nhost: b\r\n",
    ]);
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: {kind}\r\nauthorization: \
         {token}\r\ncontent-length: {length}\r\n{extra}\r\n"
    );
    let mut bytes = [head.as_bytes(), body.as_bytes()].concat();
    if dice.percent(30) {
        for _ in 0..dice.between(1, 6) {
            let place = dice.below(bytes.len());
            bytes[place] = u8::try_from(dice.below(256)).unwrap();
        }
    }
    if dice.percent(10) {
        bytes.truncate(dice.below(bytes.len()));
    }
    bytes
}
