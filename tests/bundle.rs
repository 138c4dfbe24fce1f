//! Organizations that travel: whole, as one principal's part, damaged, and hostile.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

#[allow(dead_code, unused_imports, reason = "organizations come from there, not all questions do")]
mod generate;
#[allow(dead_code, reason = "the dice ask it for the catalog alone")]
mod oracle;

use generate::{CASES, Dice, ENTITIES, TEAMS, TOKENS, USERS, for_all, for_every, parse};
use scopewise::{Bundle, Context, Explanation, Filter, Instant, Label, Organization, Request};
use serde_json::{Value, json};

fn label() -> Label {
    Label::new(7, Instant::from_unix(1_800_000_000)).max_age_seconds(60)
}

fn opened(bytes: &[u8]) -> Bundle {
    Bundle::open(bytes).unwrap_or_else(|error| panic!("{error}"))
}

/// The decision and everything behind it, or that there is none.
fn told(organization: &Organization, request: &Request) -> Value {
    let Request { principal, scope, entity, context } = request;
    let principal = organization.principal(principal);
    let decision = principal.decide(scope, entity, context);
    let explanation = principal.why(scope, entity, context);
    let decision = decision.map_or_else(|error| json!(error.to_string()), |it| json!(it));
    let explanation = explanation.map_or_else(|error| json!(error.to_string()), |it| without_conditions(&it));
    json!({ "decision": decision, "explanation": explanation })
}

/// A part does not name teams of others, so that the words of a condition may differ.
fn without_conditions(explanation: &Explanation<()>) -> Value {
    let mut explanation = json!(explanation);
    for grant in explanation["grants"].as_array_mut().into_iter().flatten() {
        if let Some(condition) = grant["on"].get_mut("condition") {
            *condition = json!("…");
        }
    }
    explanation
}

#[test]
fn a_bundle_answers_as_the_organization_that_it_was_made_of() {
    for_every(3, |_, organization, request| {
        let request = Request::parse(request.to_string()).ok()?;
        let bundle = opened(&organization.to_bundle(&label()));
        let (whole, again) = (told(organization, &request), told(bundle.organization(), &request));
        (whole != again).then(|| format!("whole {whole:#}\nopened {again:#}"))
    });
}

/// Whoever asks it about everyone and everything is told the same, in the order of the names, and a bundle of it is the
/// same bytes.
#[test]
fn an_opened_organization_has_everyone_and_everything() {
    let sorted = |mut names: Vec<String>| {
        names.sort_unstable();
        names
    };
    let at = Instant::from_unix(1_790_000_000);
    for case in CASES.iter().step_by(3) {
        let whole = parse(&case.document);
        let bytes = whole.to_bundle(&label());
        let bundle = opened(&bytes);
        let again = bundle.organization();
        assert_eq!(again.listed_entities(), sorted(whole.listed_entities()), "{:#}", case.document);
        assert_eq!(sorted(again.principals()), sorted(whole.principals()));
        assert_eq!((again.roles(), again.permission_sets()), (whole.roles(), whole.permission_sets()));
        let diff = whole.diff(again, Some(at)).expect("of one organization");
        assert!(diff.is_empty(), "{:#}\n{:#}", json!(diff), case.document);
        for name in whole.principals() {
            let held = |organization: &Organization| {
                let told =
                    organization.principal(&name).scopes_by_entity(&Filter::default(), &Context::at(at));
                json!(told.expect("somebody"))
            };
            assert_eq!(held(again), held(&whole), "{name}\n{:#}", case.document);
        }
        assert!(again.to_bundle(&label()) == bytes, "{:#}", case.document);
    }
}

#[test]
fn a_part_answers_about_its_principal_as_the_whole_does() {
    for_all(|_, organization, request| {
        let request = Request::parse(request.to_string()).ok()?;
        let bytes = organization.project(&request.principal, &label()).ok()?;
        let part = opened(&bytes);
        assert_eq!(part.label().principal.as_deref(), Some(&*request.principal));
        let (whole, part) = (told(organization, &request), told(part.organization(), &request));
        (whole != part).then(|| format!("whole {whole:#}\npart {part:#}"))
    });
}

/// Also on what nobody has listed, and for everything that can be told apart by tags.
#[test]
fn a_part_answers_about_every_entity_and_all_scopes() {
    for (case, principal) in CASES.iter().step_by(5).flat_map(|case| names().map(move |name| (case, name))) {
        let whole = parse(&case.document);
        let Ok(bytes) = whole.project(&principal, &label()) else { continue };
        let part = opened(&bytes);
        let context = scopewise::Context::at(Instant::from_unix(1_790_000_000));
        let unlisted =
            ["stack:acme/brand/new", "environment:acme/brand/new", "organization:acme", "stack:other/a/b"];
        for entity in ENTITIES.into_iter().chain(unlisted) {
            let all = |organization: &Organization| {
                organization.principal(&principal).scopes(entity, &context).map(|it| it.join(" "))
            };
            assert_eq!(all(&whole), all(part.organization()), "{principal} on {entity}\n{:#}", case.document);
        }
    }
}

fn names() -> impl Iterator<Item = String> {
    let users = USERS.map(|name| format!("user:{name}")).into_iter();
    let teams = TEAMS.map(|name| format!("team:{name}"));
    users
        .chain(teams)
        .chain(TOKENS.map(|name| format!("token:{name}")))
        .chain(["service-principal:robot".to_owned()])
}

/// Logins, teams, roles and tokens of others do not travel. Names are long enough here to be found in bytes.
#[test]
fn a_part_names_nobody_else() {
    let document = json!({
        "revision": "2026-10", "organization": "acme",
        "permissionSets": [
            { "id": "set-of-bob", "name": "Bob's", "entityType": "stack", "scopes": ["stack:read"] },
            { "id": "set-of-ann", "name": "Ann's", "entityType": "stack", "scopes": ["stack:read"] } ],
        "roles": [
            { "id": "role-of-bob", "name": "B", "rules": [
                { "permissionSet": "set-of-bob", "on": { "tags": [ { "key": "key-of-bob", "equals": "value-of-bob" } ] } } ] },
            { "id": "role-of-ann", "name": "A", "rules": [
                { "permissionSet": "set-of-ann", "on": { "tags": [ { "key": "key-of-ann", "equals": "value-of-ann" } ] } } ] },
            { "id": "role-of-team", "name": "T", "rules": [ { "permissionSet": "stack-read", "on": "all" } ] } ],
        "teams": [
            { "name": "team-of-bob", "members": [ { "user": "login-bob" } ], "roles": ["role-of-team"] },
            { "name": "team-of-ann", "members": [ { "user": "login-ann" } ],
              "grants": [ { "entity": "stack:acme/only/ann", "level": "admin" } ] } ],
        "members": [ { "user": "login-bob", "role": "role-of-bob" }, { "user": "login-ann", "role": "role-of-ann" } ],
        "servicePrincipals": [ { "name": "machine-of-ann", "roles": ["role-of-ann"] } ],
        "tokens": [ { "name": "token-of-ann", "kind": "personal", "user": "login-ann" } ],
        "entities": [
            { "entity": "stack:acme/web/one", "creator": "user:login-ann",
              "tags": { "key-of-bob": "another-value", "key-of-ann": "value-of-ann", "untested": "secret" } } ] });
    let organization = parse(&document);
    let bytes = organization.project("user:login-bob", &label()).expect("bob is a member");
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    for own in [
        "login-bob",
        "role-of-bob",
        "set-of-bob",
        "key-of-bob",
        "value-of-bob",
        "team-of-bob",
        "role-of-team",
    ] {
        assert!(holds(own), "{own}");
    }
    let others = [
        "login-ann",
        "role-of-ann",
        "set-of-ann",
        "key-of-ann",
        "value-of-ann",
        "team-of-ann",
        "machine",
        "token-of",
        "another-value",
        "untested",
        "secret",
        "only/ann",
    ];
    for other in others {
        assert!(!holds(other), "{other}");
    }
    let part = opened(&bytes);
    for nobody in ["user:login-ann", "team:team-of-ann", "token:token-of-ann", "user:nobody"] {
        let context = scopewise::Context::default();
        let decision =
            part.organization().principal(nobody).decide("stack:read", "stack:acme/web/one", &context);
        assert_eq!(decision.expect("well-formed").reason.as_str(), "unknown_principal", "{nobody}");
    }
    let context =
        scopewise::Context::default().trigger(scopewise::Trigger::parse("git-push").expect("a trigger"));
    let run = part.organization().principal("deployment:web/one");
    assert!(!run.can("stack:write", "stack:acme/web/one", &context), "a part lets no deployment run");
}

#[test]
fn who_cannot_be_projected_is_told() {
    let organization = parse(&json!({ "revision": "2026-10", "organization": "acme" }));
    let told = |name| organization.project(name, &label()).expect_err(name).to_string();
    assert_eq!(told("user:bob"), "`user:bob` is nobody in the organization `acme`");
    assert_eq!(
        told("deployment:web/prod"),
        "`deployment:web/prod` is a deployment, whose trigger decides: ask the whole organization"
    );
    assert!(told("bob").starts_with("`bob` is no principal: "));
}

#[test]
fn a_bundle_says_what_it_is_and_how_old() {
    let organization = parse(&json!({
        "revision": "2026-10", "organization": "acme",
        "tokens": [ { "name": "a", "kind": "organization", "expiresAt": "2027-01-02T00:00:00Z" },
                    { "name": "b", "kind": "organization", "expiresAt": "2027-01-01T00:00:00Z" } ] }));
    let whole = opened(&organization.to_bundle(&label()));
    assert_eq!((whole.label(), whole.label().version), (&label(), 7));
    assert_eq!(whole.valid_until(), Instant::parse("2027-01-01T00:00:00Z"));
    assert_eq!(
        opened(&organization.project("token:a", &label()).expect("there")).valid_until(),
        Instant::parse("2027-01-02T00:00:00Z")
    );
    assert!(!whole.is_stale(Instant::from_unix(1_800_000_059)));
    assert!(whole.is_stale(Instant::from_unix(1_800_000_060)));
    assert!(!opened(&organization.to_bundle(&Label::default())).is_stale(Instant::from_unix(i64::MAX)));
}

/// Whatever is cut off or changed, it is no bundle any more.
#[test]
fn a_damaged_bundle_is_refused() {
    let bytes = parse(&CASES[0].document).to_bundle(&label());
    for end in 0..bytes.len() {
        assert!(Bundle::open(&bytes[..end]).is_err(), "{end} of {} bytes", bytes.len());
    }
    for (position, bit) in (0..bytes.len()).flat_map(|position| [0, 3, 7].map(|bit| (position, bit))) {
        let mut damaged = bytes.clone();
        damaged[position] ^= 1 << bit;
        assert!(Bundle::open(&damaged).is_err(), "bit {bit} of byte {position}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert!(Bundle::open(&longer).is_err());
    let told = |bytes: &[u8]| Bundle::open(bytes).expect_err("no bundle").to_string();
    assert_eq!(told(b"{}"), "the bytes are no bundle, or a signed one, which opens by a key alone");
    assert_eq!(told(b"SCPW\x01"), "the bundle is of a form that this version does not read: make it again");
    assert_eq!(told(&bytes[..bytes.len() - 1]), "the bundle is damaged: fetch it again");
}

/// Whoever makes the sum right again gets no further than an answer: nothing panics, hangs or eats the memory.
#[test]
fn a_forged_bundle_ends_in_an_error_or_in_answers() {
    let mut dice = Dice::new(1);
    let mut refused = 0;
    for case in CASES.iter().take(12) {
        let bytes = parse(&case.document).to_bundle(&label());
        for _ in 0..400 {
            let forged = forge(&mut dice, &bytes);
            match Bundle::open(&forged) {
                Err(_) => refused += 1,
                Ok(bundle) => ask_all(bundle.organization(), case),
            }
        }
    }
    assert!(refused > 1_000, "only {refused} of 4,800 were refused");
}

/// The name of an entity says of which type it is, whatever the table beside it says.
#[test]
fn a_type_that_contradicts_its_name_is_not_believed() {
    let listed = ["insights-account:acme/aws", "stack:acme/web/dev"];
    let organization = parse(&json!({
        "revision": "2026-10", "organization": "acme",
        "members": [{ "user": "bob", "role": "admin" }],
        "entities": listed.map(|entity| json!({ "entity": entity })),
    }));
    let bytes = organization.to_bundle(&label());
    let types = listed.map(|entity| {
        let name = entity.split(':').next().expect("a type");
        let number = organization.catalog().entity_type(name).expect("a type of the catalog").position();
        u8::try_from(number).expect("a byte")
    });
    // One of the first type, one of the second.
    let [first, second] = types;
    let runs = [2, 1, first, 1, second];
    let at = bytes.windows(5).position(|window| window == runs).expect("the types of the two");
    let mut forged = bytes[..bytes.len() - 8].to_vec();
    forged.swap(at + 2, at + 4);
    let forged = opened(&summed(forged));
    for organization in [&organization, forged.organization()] {
        let effect = |scope| {
            let asked = Context::default();
            json!(organization.principal("user:bob").decide(scope, listed[1], &asked).expect("a decision"))["effect"]
                .clone()
        };
        assert_eq!([effect("stack:read"), effect("insights_account:read")], ["allow", "deny"]);
    }
}

fn forge(dice: &mut Dice, bytes: &[u8]) -> Vec<u8> {
    let mut content = bytes[..bytes.len() - 8].to_vec();
    for _ in 0..dice.between(1, 3) {
        let position = dice.below(content.len() - 5) + 5;
        match dice.below(3) {
            0 => content[position] = u8::try_from(dice.below(256)).expect("a byte"),
            1 => drop(content.remove(position)),
            _ => content.insert(position, dice.pick(&[0, 1, 2, 0x7F, 0x80, 0xFF])),
        }
    }
    summed(content)
}

fn summed(mut content: Vec<u8>) -> Vec<u8> {
    let sum = scopewise_sum(&content);
    content.extend(sum.to_le_bytes());
    content
}

/// The sum of a bundle, worked out here once more: a forger can do that too.
fn scopewise_sum(bytes: &[u8]) -> u64 {
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let add = |sum: u64, word: u64| (sum ^ word).wrapping_mul(MULTIPLIER).rotate_left(29);
    let (chunks, rest) = bytes.as_chunks::<8>();
    let whole = chunks.iter().fold(0, |sum, chunk| add(sum, u64::from_le_bytes(*chunk)));
    rest.iter().fold(add(whole, bytes.len() as u64), |sum, byte| add(sum, u64::from(*byte)))
}

fn ask_all(organization: &Organization, case: &generate::Case) {
    for request in case.requests.iter().filter_map(|request| Request::parse(request.to_string()).ok()) {
        let _told = told(organization, &request);
    }
    for Request { principal, scope, entity, context } in
        case.requests.iter().step_by(5).filter_map(|request| Request::parse(request.to_string()).ok())
    {
        let _remedies = organization.principal(&principal).explain(&scope, &entity, &context);
    }
    for name in names() {
        let context = scopewise::Context::default();
        let _scopes =
            organization.principal(&name).scopes("stack:acme/web/prod", &context).map(|it| it.len());
        let _again = organization.project(&name, &label()).map(|bytes| opened(&bytes));
    }
}
