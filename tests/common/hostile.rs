//! Documents and requests that somebody made to do harm: each is refused in plain words or answered, and a good
//! document afterwards is none the worse for it.

#[path = "../../benches/trees.rs"]
mod trees;

use scopewise::{Context, Effect, Organization, Request};
use serde_json::{Value, json};
use trees::{ALLOW, DEEP_STACK, compose, document, groups, record, with_tree};

/// Hands the list of the checks to a macro, which makes a test of each.
macro_rules! hostile_checks {
    ($make:ident) => {
        $make! {
            lists_a_million_deep
            a_field_that_nobody_knows_a_million_deep
            a_tree_of_64_levels_is_read_and_one_more_is_not
            a_tree_of_any_depth_is_named_by_its_path
            an_expression_counts_with_the_tree_around_it
            two_thousand_entries_are_read_and_one_more_is_not
            a_role_of_a_million_bytes_is_read_and_one_more_is_not
            a_duplicate_key_far_behind_is_found
            a_hundred_thousand_faults_are_not_all_listed
            a_chain_of_32_records_is_read_and_one_of_3000_is_not
            records_that_double_at_every_step
            records_that_double_under_conditions
            a_cycle_of_three_records
            hostile_trees_are_refused_by_name
            a_text_of_a_million_bytes_anywhere_in_a_tree
            the_largest_role_is_read_and_decides
            many_teams_with_one_wide_role
            numbers_of_a_hundred_thousand_digits
            bytes_that_are_no_text
            halves_of_surrogate_pairs
            characters_that_end_a_text_elsewhere
            a_text_of_a_million_bytes
            a_request_with_a_hundred_thousand_tags
            many_tests_of_many_tags
            requests_that_are_none
        }
    };
}
pub(crate) use hostile_checks;

const MILLION: usize = 1_000_000;

pub(crate) fn lists_a_million_deep() {
    let (open, close) = ("[".repeat(MILLION), "]".repeat(MILLION));
    assert_eq!(faults(format!("{open}{close}")), ["document [wrong_type]"]);
    assert_eq!(faults(&open), ["1:1000001 [invalid_json]"]);
    assert_eq!(faults(format!("{open}}}")), ["1:1000001 [invalid_json]"]);
    assert_eq!(faults(r#"{"a":"#.repeat(MILLION)), ["1:5000001 [invalid_json]"]);
}

pub(crate) fn a_field_that_nobody_knows_a_million_deep() {
    let deep = format!("{}{}", "[".repeat(MILLION), "]".repeat(MILLION));
    assert_eq!(faults(document(&format!(r#""depths":{deep}"#))), ["depths [unknown_field]"]);
    assert_eq!(faults(document(&format!(r#""members":[{deep}]"#))), ["members[0] [wrong_type]"]);
}

pub(crate) fn a_tree_of_64_levels_is_read_and_one_more_is_not() {
    let organization = read(with_tree(&groups(63, ALLOW)));
    assert_eq!(asked(&organization, &Context::default()), Effect::Allow);
    assert_eq!(faults(with_tree(&groups(64, ALLOW))), [format!("{} [too_deep]", path_of_groups(64))]);
}

pub(crate) fn a_tree_of_any_depth_is_named_by_its_path() {
    let too_deep = format!("{} [too_deep]", path_of_groups(64));
    let tree = groups(10_000, r#"{"__type":"NoSuchNode"}"#);
    assert_eq!(faults(with_tree(&tree)), [&*too_deep]);
    let and_more =
        with_tree(&groups(100_000, ALLOW)).replace("user:bob", "user:").replace("\"acme\"", "\"\"");
    let found = faults(and_more);
    assert!(found.contains(&too_deep) && found.contains(&"organization [empty]".to_owned()), "{found:?}");
}

pub(crate) fn an_expression_counts_with_the_tree_around_it() {
    let condition = |nots: usize| {
        let test = r#"{"__type":"PermissionExpressionHasTag","context":{"__type":"PermissionExpressionStack"},"key":"env"}"#;
        let not = r#"{"__type":"PermissionExpressionNot","node":"#;
        let test = format!("{}{test}{}", not.repeat(nots), "}".repeat(nots));
        let node =
            format!(r#"{{"__type":"PermissionDescriptorCondition","condition":{test},"subNode":{ALLOW}}}"#);
        with_tree(&node)
    };
    let organization = read(condition(61));
    assert_eq!(asked(&organization, &Context::default().tags([("env", "dev")])), Effect::Deny);
    assert_eq!(asked(&organization, &Context::default().tags([("owner", "bob")])), Effect::Allow);
    for nots in [62, 5_000] {
        let found = faults(condition(nots));
        assert!(found[0].ends_with(" [too_deep]") && found.len() == 1, "{found:?}");
    }
}

pub(crate) fn two_thousand_entries_are_read_and_one_more_is_not() {
    let select = r#"{"__type":"PermissionDescriptorSelect","selector":{"__type":"PermissionExpressionTag","context":{"__type":"PermissionExpressionStack"},"key":"env"},"options":["#;
    let option = format!(
        r#"{{"value":{{"__type":"PermissionLiteralExpressionString","value":"dev"}},"node":{ALLOW}}}"#
    );
    let lists = [
        ("entries", r#"{"__type":"PermissionDescriptorGroup","entries":["#, ALLOW),
        (
            "permissionDescriptors",
            r#"{"__type":"PermissionDescriptorCompose","permissionDescriptors":["#,
            r#""stack-read""#,
        ),
        ("options", select, &option),
    ];
    for (field, open, entry) in lists {
        let node = |count: usize| with_tree(&format!("{open}{}]}}", vec![entry; count].join(",")));
        let organization = read(node(2_000));
        assert_eq!(asked(&organization, &Context::default().tags([("env", "dev")])), Effect::Allow);
        assert_eq!(faults(node(2_001)), [format!("roles[0].details.{field} [too_many]")]);
    }
}

pub(crate) fn a_role_of_a_million_bytes_is_read_and_one_more_is_not() {
    let role = |description: usize| {
        let text = "x".repeat(description);
        json!({ "id": "wide", "name": "Wide", "description": text, "details": json_of(ALLOW) })
    };
    let rest = role(0).to_string().len();
    let with_role = |description| document(&format!(r#""roles": [ {} ]"#, role(description)));
    read(with_role(MILLION - rest));
    assert_eq!(faults(with_role(MILLION - rest + 1)), ["roles[0] [role_too_large]"]);
}

pub(crate) fn a_duplicate_key_far_behind_is_found() {
    let fields: Vec<String> = (0..200_000).map(|number| format!("\n\"field-{number}\":0,")).collect();
    let fields = fields.concat();
    let text = |last: &str| format!("{{{fields}\n\"{last}\":0}}");
    assert_eq!(faults(text("field-77777")), ["200002:1 [duplicate_key]"]);
    assert_eq!(faults(text(r"field-\u0037")), ["200002:1 [duplicate_key]"]);
    assert_eq!(faults(text("field-x")).len(), LISTED);
}

pub(crate) fn a_hundred_thousand_faults_are_not_all_listed() {
    let fields: Vec<String> = (0..100_000).map(|number| format!(r#""field-{number}":{{}}"#)).collect();
    let found = faults(document(&fields.join(",")));
    assert_eq!(found.len(), LISTED);
    assert_eq!(found[0], r#"["field-0"] [unknown_field]"#);
    assert_eq!(found[LISTED - 1], "document [too_many_problems]");
    let members = vec![r#"{"user":"bob","role":"nobody"}"#; 100_000].join(",");
    assert_eq!(faults(document(&format!(r#""members":[{members}]"#))).len(), LISTED);
}

pub(crate) fn a_chain_of_32_records_is_read_and_one_of_3000_is_not() {
    let chain = |length| with_records(length, |next| compose(&[next]));
    assert_eq!(asked(&read(chain(32)), &Context::default()), Effect::Allow);
    let found = faults(chain(3_000));
    assert!(
        !found.is_empty() && found.iter().all(|fault| fault.ends_with(" [compose_too_long]")),
        "{found:?}"
    );
}

pub(crate) fn records_that_double_at_every_step() {
    let doubling = |length| with_records(length, |next| compose(&[next, next]));
    let organization = read(doubling(32));
    assert_eq!(asked(&organization, &Context::default()), Effect::Allow);
    let told = organization.principal("user:bob").explain("stack:read", STACK, &Context::default()).unwrap();
    assert_eq!(told.grants.len(), 1, "one way is told, not two to the power of 31");
    assert!(!faults(doubling(3_000)).is_empty());
}

pub(crate) fn records_that_double_under_conditions() {
    let step = |next: &str| {
        let compose = compose(&[next]);
        let branch = |value: &str| {
            json!({ "__type": "PermissionDescriptorCondition", "subNode": compose, "condition": {
                "__type": "PermissionExpressionEqual",
                "left": { "__type": "PermissionExpressionTag", "key": "env",
                          "context": { "__type": "PermissionExpressionStack" } },
                "right": { "__type": "PermissionLiteralExpressionString", "value": value } } })
        };
        let branches = [branch("dev"), branch("dev"), branch("prod")];
        json!({ "__type": "PermissionDescriptorGroup", "entries": branches })
    };
    let organization = read(with_records(32, step));
    assert_eq!(asked(&organization, &Context::default()), Effect::Unknown);
    for (value, effect) in [("dev", Effect::Allow), ("prod", Effect::Allow), ("test", Effect::Deny)] {
        let context = Context::default().tags([("env", value)]);
        assert_eq!(asked(&organization, &context), effect);
        let told = organization.principal("user:bob").explain("stack:read", STACK, &context).unwrap();
        assert!(told.grants.len() <= 2, "{} ways are told", told.grants.len());
    }
}

pub(crate) fn a_cycle_of_three_records() {
    let records = [("a", "b"), ("b", "c"), ("c", "a")].map(|(id, next)| record(id, &compose(&[next])));
    let found = faults(document(&format!(r#""roles":[{}]"#, records.join(","))));
    assert!(!found.is_empty() && found.iter().all(|fault| fault.ends_with(" [compose_cycle]")), "{found:?}");
    let itself = record("a", &compose(&["a"]));
    let found = faults(document(&format!(r#""roles":[{itself}]"#)));
    assert!(found.len() == 1 && found[0].ends_with(" [compose_cycle]"), "{found:?}");
}

pub(crate) fn hostile_trees_are_refused_by_name() {
    for (what, code, text) in trees::hostile() {
        let found = faults(text);
        assert!(found.iter().all(|fault| fault.ends_with(&format!(" [{code}]"))), "{what}: {found:?}");
    }
}

pub(crate) fn a_text_of_a_million_bytes_anywhere_in_a_tree() {
    let long = "x".repeat(MILLION);
    let equal = json!({ "__type": "PermissionExpressionEqual", "left": { "__type": "PermissionExpressionStack" },
        "right": { "__type": "PermissionLiteralExpressionStack", "identity": long } });
    let places = [
        (json!({ "__type": long }), "details.__type [unknown_node_type]"),
        (
            json!({ "__type": "PermissionDescriptorAllow", "permissions": [long] }),
            "details.permissions[0] [unknown_scope]",
        ),
        (compose(&[&long]), "details.permissionDescriptors[0] [unknown_permission_set]"),
        (
            json!({ "__type": "PermissionDescriptorCondition", "condition": equal, "subNode": json_of(ALLOW) }),
            "",
        ),
    ];
    for (tree, other) in places {
        let mut found = faults(with_tree(&tree.to_string()));
        assert_eq!(found.remove(0), "roles[0] [role_too_large]");
        assert_eq!(found.concat().trim_start_matches("roles[0]."), other);
    }
}

pub(crate) fn the_largest_role_is_read_and_decides() {
    let text = trees::largest();
    let role = json_of(&text)["roles"][0].take();
    assert_eq!((role.to_string().len(), nodes_on_a_path(&role["details"])), (MILLION, 60));
    assert_eq!(
        faults(text.replacen("\"description\":\"", "\"description\":\"x", 1)),
        ["roles[0] [role_too_large]"]
    );
    let organization = read(text);
    let decide = |scope: &str, stack: &str| {
        let bob = organization.principal("user:bob");
        bob.decide(scope, stack, &Context::default()).expect("a decision")
    };
    let effect = |scope: &str, stack: &str| decide(scope, stack).effect;
    assert_eq!(effect("stack:delete", DEEP_STACK), Effect::Allow);
    assert_eq!(effect("stack:delete", "stack:acme/web/flat"), Effect::Deny);
    let unknown = decide("stack:read", STACK);
    assert_eq!((unknown.effect, unknown.needs.len()), (Effect::Unknown, 27 + 20));
    let told = organization.principal("user:bob").explain("stack:read", STACK, &Context::default()).unwrap();
    assert_eq!(told.grants.len(), 1_000, "no more are listed");
}

/// Teams × records is no bound on the work that anybody should have to do.
pub(crate) fn many_teams_with_one_wide_role() {
    let names: Vec<String> = (0..2_000).map(|number| format!("policy-{number}")).collect();
    let mut records: Vec<String> = names.iter().map(|name| record(name, &json_of(ALLOW))).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    records.push(json!({ "id": "wide", "name": "Wide", "details": compose(&names) }).to_string());
    let team = |number: usize| json!({ "name": format!("team-{number}"), "roles": ["wide"], "members": [{ "user": "bob" }] });
    let teams: Vec<String> = (0..6_000).map(|number| team(number).to_string()).collect();
    let fields = format!(
        r#""members":[{{"user":"bob"}}],"roles":[{}],"teams":[{}]"#,
        records.join(","),
        teams.join(",")
    );
    let organization = read(document(&fields));
    assert_eq!(asked(&organization, &Context::default()), Effect::Allow);
    let told = organization.principal("user:bob").explain("stack:read", STACK, &Context::default()).unwrap();
    assert!((1_000..10_000).contains(&told.grants.len()), "{} grants are listed", told.grants.len());
}

pub(crate) fn numbers_of_a_hundred_thousand_digits() {
    let digits = "7".repeat(100_000);
    let days = |number: &str| document(&format!(r#""settings":{{"tokenMaxLifetimeDays":{number}}}"#));
    for number in [&*digits, &format!("-{digits}"), &format!("0.{digits}"), &format!("1e{digits}")] {
        assert_eq!(faults(days(number)), ["settings.tokenMaxLifetimeDays [out_of_range]"]);
    }
    read(days(&format!("30.{}", "0".repeat(100_000))));
    assert_eq!(faults(days(&format!("0{digits}"))).len(), 1, "a zero in front is no number of JSON");
    let level = document(&format!(r#""settings":{{"defaultStackPermission":{digits}}}"#));
    assert_eq!(faults(level), ["settings.defaultStackPermission [unknown_value]"]);
}

pub(crate) fn bytes_that_are_no_text() {
    let good = document(r#""members":[]"#);
    let at = |position: usize, bytes: &[u8]| {
        let mut text = good.clone().into_bytes();
        text.splice(position..position, bytes.iter().copied());
        text
    };
    for bytes in [&b"\xFF"[..], b"\xC0\xAF", b"\xED\xA0\x80", b"\xF4\x90\x80\x80", b"\xE2\x82"] {
        assert_eq!(faults(at(15, bytes)), ["1:16 [invalid_utf8]"]);
    }
    assert_eq!(faults([b"\xFF\xFE".as_slice(), good.as_bytes()].concat()), ["1:1 [invalid_utf8]"]);
    assert_eq!(faults(vec![0xFF; 100_000]), ["1:1 [invalid_utf8]"]);
}

pub(crate) fn halves_of_surrogate_pairs() {
    let user = |text: &str| document(&format!(r#""members":[{{"user":"{text}"}}]"#));
    for text in
        [r"\ud800", r"\udc00", r"\ud800\ud800", r"\udc00\ud800", r"\ud800x", r"\uD83D\u0041", r"\ud83d\n"]
    {
        let found = faults(user(text));
        assert!(found.len() == 1 && found[0].ends_with(" [invalid_json]"), "{text}: {found:?}");
    }
    let organization = read(user(r"\ud83d\ude00"));
    assert!(organization.principal("user:😀").decide("stack:read", STACK, &Context::default()).is_ok());
}

pub(crate) fn characters_that_end_a_text_elsewhere() {
    let user = |text: &str| document(&format!(r#""members":[{{"user":"{text}","role":"admin"}}]"#));
    for raw in ["\0", "\u{1}", "\n", "\r", "\t", "\u{1F}"] {
        let found = faults(user(raw));
        assert!(found.len() == 1 && found[0].ends_with(" [invalid_json]"), "{raw:?}: {found:?}");
    }
    let organization = read(user(r"bob\u0000\n\u2028"));
    let can = |name: &str| organization.principal(name).can("stack:read", STACK, &Context::default());
    assert!(can("user:bob\0\n\u{2028}"));
    assert!(!can("user:bob"));
    assert_eq!(faults(format!("{}\0", document(r#""members":[]"#))).len(), 1, "a byte after the document");
}

pub(crate) fn a_text_of_a_million_bytes() {
    let long = "x".repeat(MILLION);
    let organization = read(document(&format!(r#""members":[{{"user":"{long}","role":"admin"}}]"#)));
    let can = |name: &str| organization.principal(name).can("stack:read", STACK, &Context::default());
    assert!(can(&format!("user:{long}")));
    assert!(!can(&format!("user:{long}x")));
    let fields = format!(
        r#""members":[{{"user":"bob","role":"{long}"}}],"{long}":1,"edition":"{long}","collaborators":[{{"user":"zoe","grants":[{{"entity":"stack:{long}","level":"read"}}]}}]"#
    );
    assert_eq!(faults(document(&fields)).len(), 4);
    assert_eq!(
        faults(format!(r#"{{"revision":"{long}","organization":"acme"}}"#)),
        ["revision [unknown_revision]"]
    );
}

pub(crate) fn a_request_with_a_hundred_thousand_tags() {
    let organization = read(with_tag_rules(1));
    let tags: Vec<String> =
        (0..100_000).map(|number| format!(r#""key-{number}":"value-{number}""#)).collect();
    let request = |tags: &str| {
        Request::parse(format!(
            r#"{{"principal":"user:bob","scope":"stack:read","entity":"{STACK}","tags":{{{tags}}}}}"#
        ))
    };
    let decision = organization.decide(&request(&tags.join(",")).unwrap()).unwrap();
    assert_eq!(decision.effect, Effect::Allow);
    let twice = request(&format!(r#"{},"key-7":"again""#, tags.join(","))).unwrap_err().to_string();
    assert!(twice.contains("key-7"), "{twice}");
}

pub(crate) fn many_tests_of_many_tags() {
    const MANY: usize = 2_000;
    let organization = read(with_tag_rules(MANY));
    let tags = |value: &str| {
        let tags: Vec<_> =
            (0..MANY).map(|number| (format!("key-{number}"), format!("{value}-{number}"))).collect();
        Context::default().tags(tags)
    };
    assert_eq!(asked(&organization, &tags("value")), Effect::Allow);
    assert_eq!(asked(&organization, &tags("other")), Effect::Deny);
    let unknown =
        organization.principal("user:bob").decide("stack:read", STACK, &Context::default()).unwrap();
    assert_eq!((unknown.effect, unknown.needs.len()), (Effect::Unknown, MANY));
}

pub(crate) fn requests_that_are_none() {
    let deep = "[".repeat(MILLION);
    let long = "x".repeat(MILLION);
    let good = format!(r#"{{"principal":"user:bob","scope":"stack:read","entity":"{STACK}""#);
    let texts = [
        String::new(),
        "\0".to_owned(),
        deep.clone(),
        format!("{deep}{}", "]".repeat(MILLION)),
        format!("{good},\"at\":\"{long}\"}}"),
        format!("{good},\"at\":{}}}", "9".repeat(100_000)),
        format!("{good},\"tags\":{deep}"),
    ];
    for text in texts {
        let error = Request::parse(&text).unwrap_err().to_string();
        assert!(!error.is_empty() && error.len() < LONGEST, "{} bytes: {error:.200}", error.len());
    }
    assert!(Request::parse(format!("{good},\"{long}\":1}}")).is_err());
    assert!(Request::parse(b"{\"principal\":\"\xFF\"}").is_err());
    let organization = read(document(r#""members":[]"#));
    // A trigger is read where a deployment asks, and ignored elsewhere.
    let trigger = format!("{good},\"trigger\":{{\"kind\":\"{long}\"}}}}");
    assert!(organization.decide(&Request::parse(&trigger).unwrap()).is_ok());
    let by_run = trigger.replace("user:bob", "deployment:web/prod");
    let error = organization.decide(&Request::parse(&by_run).unwrap()).unwrap_err().to_string();
    assert!(error.len() < LONGEST, "{error:.200}");
    for name in [&*long, "user:", "", ":", "deployment:a/b/c", "robot:\0"] {
        let error =
            organization.principal(name).decide("stack:read", STACK, &Context::default()).unwrap_err();
        assert!(error.to_string().len() < LONGEST);
    }
    for entity in [&*long, &format!("stack:{}", "/".repeat(MILLION)), "stack:acme/a/b\n/c", "stack:acme//b"] {
        assert!(
            organization.principal("user:bob").decide("stack:read", entity, &Context::default()).is_err()
        );
    }
}

// What the checks are made of.

/// The most problems that are listed, and one more that counts the rest.
const LISTED: usize = 1_001;

/// No sentence grows with the document that it is about.
const LONGEST: usize = 1_000;

const STACK: &str = "stack:acme/web/prod";

/// The places and codes of all problems of a document that must be refused.
fn faults(text: impl AsRef<[u8]>) -> Vec<String> {
    let invalid = Organization::parse(text).expect_err("the document is refused");
    let fault = |problem: &scopewise::Problem| {
        assert!(problem.message.len() < LONGEST, "{} bytes: {:.200}", problem.message.len(), problem.message);
        match problem.position {
            Some((line, column)) => format!("{line}:{column} [{}]", problem.code),
            None => format!("{} [{}]", problem.path, problem.code),
        }
    };
    assert!((1..=LISTED).contains(&invalid.problems().len()));
    let faults = invalid.problems().iter().map(fault).collect();
    a_good_document_works();
    faults
}

fn read(text: impl AsRef<[u8]>) -> Organization {
    let organization = Organization::parse(text).unwrap_or_else(|invalid| panic!("{invalid:.1000}"));
    a_good_document_works();
    organization
}

fn a_good_document_works() {
    let organization = Organization::parse(with_tree(ALLOW)).expect("a good document");
    assert_eq!(asked(&organization, &Context::default()), Effect::Allow);
}

/// Whether bob may read a stack that the document does not list.
fn asked(organization: &Organization, context: &Context) -> Effect {
    organization.principal("user:bob").decide("stack:read", STACK, context).expect("a decision").effect
}

/// Of the longest path in a tree.
fn nodes_on_a_path(part: &Value) -> usize {
    let below = match part {
        Value::Array(parts) => parts.iter().map(nodes_on_a_path).max(),
        Value::Object(fields) => fields.values().map(nodes_on_a_path).max(),
        _ => None,
    };
    below.unwrap_or(0) + usize::from(part.get("__type").is_some())
}

fn path_of_groups(count: usize) -> String {
    format!("roles[0].details{}", ".entries[0]".repeat(count))
}

/// A document in which bob has a role at the head of a chain of records, the last of which allows reading.
fn with_records(length: usize, step: impl Fn(&str) -> Value) -> String {
    let record_at = |number: usize| match number + 1 {
        last if last == length => record(&format!("r{number}"), &json_of(ALLOW)),
        next => record(&format!("r{number}"), &step(&format!("r{next}"))),
    };
    let head = json!({ "id": "head", "name": "Head", "details": step("r1") }).to_string();
    let records: Vec<String> = std::iter::once(head).chain((1..length).map(record_at)).collect();
    document(&format!(r#""roles":[{}],"members":[{{"user":"bob","role":"head"}}]"#, records.join(",")))
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

/// A document in which bob may read stacks by any of so many tags.
fn with_tag_rules(count: usize) -> String {
    let rule = |number: usize| {
        let test = json!({ "key": format!("key-{number}"), "equals": format!("value-{number}") });
        json!({ "permissionSet": "stack-read", "on": { "tags": [test] } })
    };
    let rules: Vec<Value> = (0..count).map(rule).collect();
    let role = json!({ "id": "tagged", "name": "Tagged", "rules": rules });
    document(&format!(r#""roles":[{role}],"members":[{{"user":"bob","role":"tagged"}}]"#))
}
