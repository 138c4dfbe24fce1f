//! The API's answers as an organization document: what becomes of each, and that nothing is lost in silence.
#![cfg(not(target_arch = "wasm32"))]

#[path = "generate/dice.rs"]
#[allow(dead_code, reason = "the dice have more throws than are needed here")]
mod dice;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dice::Dice;
use scopewise::catalog::NAMES;
use scopewise::import::{ANSWERS, Answers, Fields, Form, Imported, Options};
use scopewise::{Context, Effect, Organization, Trigger};
use serde_json::{Map, Value, json};

// What becomes of the answers.

#[test]
fn answers_of_every_kind_become_a_document() {
    let imported = import(&answers());
    assert_eq!(imported.document, fixture("document.json").trim_end());
    let left: Vec<_> = imported.left.iter().map(ToString::to_string).collect();
    assert_eq!(
        left,
        [
            r#"["/api/orgs/lighthouse/roles?uxPurpose=policy"].roles[0].name: `Deployer` is taken in a document: this is `Deployer (p-deploy)` there"#
        ]
    );
}

#[test]
fn what_has_no_place_in_a_document_is_listed() {
    // As it is written: a number that went through a reader is another text.
    let imported = scopewise::import(fixture("odd.json"), &lighthouse()).unwrap();
    assert_eq!(imported.document, fixture("odd-document.json").trim_end());
    let mut left = String::new();
    imported.left.iter().for_each(|one| writeln!(left, "{one}").unwrap());
    assert_eq!(left, fixture("odd-left.txt"));
}

#[test]
fn the_answers_hold_every_kind_that_is_read() {
    let answers = answers();
    for answer in ANSWERS {
        let template: Vec<_> = answer.path.split('/').collect();
        let is = |path: &str| {
            let parts: Vec<_> = path.split('?').next().unwrap().split('/').collect();
            let fits = |(wanted, part): (&&str, &&str)| wanted.starts_with('{') || wanted == part;
            template.len() == parts.len() && template.iter().zip(&parts).all(fits)
        };
        assert!(answers.as_object().unwrap().keys().any(|path| is(path)), "no answer to {}", answer.path);
    }
}

#[test]
fn the_order_of_the_answers_means_nothing() {
    for answers in [answers(), odd()] {
        let turned: Map<_, _> = answers.as_object().unwrap().clone().into_iter().rev().collect();
        assert_eq!(import(&turned.into()), import(&answers));
    }
}

#[test]
fn answers_may_come_one_by_one() {
    let answers = answers();
    let texts: Vec<(&String, String)> =
        answers.as_object().unwrap().iter().map(|(path, answer)| (path, answer.to_string())).collect();
    let mut one_by_one = Answers::new();
    for (path, text) in &texts {
        one_by_one.add(path, text.as_bytes()).unwrap();
    }
    assert_eq!(one_by_one.import(&Options::default()).unwrap(), import(&answers));
}

#[test]
fn a_document_of_any_revision_is_valid() {
    for revision in NAMES {
        for answers in [answers(), odd()] {
            let options = Options { revision: Some(revision.to_owned()), ..lighthouse() };
            let imported = scopewise::import(answers.to_string(), &options).unwrap();
            assert!(imported.document.contains(&format!(r#""revision": "{revision}""#)));
            Organization::parse(&imported.document).unwrap();
        }
    }
}

#[test]
fn what_an_older_revision_does_not_have_is_listed() {
    let options = Options { revision: Some(NAMES[1].to_owned()), ..Options::default() };
    let imported = scopewise::import(answers().to_string(), &options).unwrap();
    let left: Vec<_> = imported.left.iter().map(|left| &*left.message).collect();
    for field in ["defaultDeploymentRole", "deployment.role"] {
        let message = format!("the revision `{}` has no `{field}`: it is left out", NAMES[1]);
        assert!(left.contains(&&*message), "{field}: {left:#?}");
    }
}

// What the document decides.

#[test]
fn the_numbers_of_the_api_are_levels() {
    let on = |permission: Value| json!({ "projectName": "web", "stackName": permission.to_string(), "permission": permission });
    let stacks: Vec<_> = [0, 101, 102, 103, 104].into_iter().map(|number| on(number.into())).collect();
    let accounts: Vec<_> =
        (0..=3).map(|number| json!({ "accountName": number.to_string(), "permission": number })).collect();
    let imported = import(&json!({ "/api/orgs/lighthouse/teams/t": {
        "name": "t", "members": [], "stacks": stacks, "accounts": accounts } }));
    let document = document(&imported);
    let stack =
        |number: u32, level| json!({ "entity": format!("stack:lighthouse/web/{number}"), "level": level });
    let account = |number: u32, level| json!({ "entity": format!("insights-account:lighthouse/{number}"), "level": level });
    let wanted = json!([
        account(1, "read"),
        account(2, "write"),
        account(3, "admin"),
        stack(101, "read"),
        stack(102, "write"),
        stack(103, "admin"),
        stack(104, "admin"),
    ]);
    assert_eq!(document["teams"][0]["grants"], wanted);
    assert_eq!(imported.left, []);
}

#[test]
fn a_set_of_the_api_is_a_permission_set_of_its_type() {
    let acme = organization(&answers());
    let bo =
        |scope, entity| acme.principal("user:bo").decide(scope, entity, &Context::default()).unwrap().effect;
    assert_eq!(bo("stack_deployment:create", "stack:lighthouse/net/prod"), Effect::Allow);
    assert_eq!(bo("stack:write", "stack:lighthouse/net/prod"), Effect::Deny, "no tag `env`");
    assert_eq!(bo("stack:write", "stack:lighthouse/web/prod"), Effect::Allow);
    let open = acme.principal("user:dee").decide(
        "environment:open",
        "environment:lighthouse/default/aws",
        &Context::default(),
    );
    assert_eq!(open.unwrap().max_open_seconds, Some(0), "the grant of the team has no limit");
}

#[test]
fn a_default_set_that_is_a_token_s_role_grants_that_set() {
    let acme = organization(&answers());
    let at = scopewise::Instant::parse("2023-01-01T00:00:00Z").unwrap();
    let view = |scope| {
        let context = Context::at(at);
        acme.principal("token:view").decide(scope, "stack:lighthouse/web/dev", &context).unwrap().effect
    };
    assert_eq!((view("stack:read"), view("stack:write")), (Effect::Allow, Effect::Deny));
}

#[test]
fn the_ids_of_built_in_roles_are_learned_from_members() {
    let imported = import(&json!({
        "/api/orgs/lighthouse/metadata": { "defaultRoleId": "b-1" },
        "/api/orgs/lighthouse/members": { "members": [
            { "user": { "githubLogin": "cy" }, "role": "billing-manager",
              "fgaRole": { "id": "b-1", "name": "Billing Manager" } } ] },
        "/api/orgs/lighthouse/roles/b-1/users": { "users": [ { "githubLogin": "dee" } ] },
    }));
    let document = document(&imported);
    assert_eq!(document["settings"]["defaultRole"], "billing-manager");
    for member in document["members"].as_array().unwrap() {
        assert_eq!(member["role"], "billing-manager", "{member}");
    }
    assert_eq!((imported.left, document.get("roles")), (vec![], None));
}

#[test]
fn whoever_has_a_role_that_no_answer_has_gets_nothing_by_it() {
    let answers = json!({
        "/api/orgs/lighthouse/metadata": { "defaultStackPermission": 103, "membersCanCreateStacks": true },
        "/api/orgs/lighthouse/members": { "members": [
            { "user": { "githubLogin": "bo" }, "role": "member", "fgaRole": { "id": "r-1", "name": "Admin" } } ] },
        "/api/orgs/lighthouse/tokens": { "tokens": [
            { "id": "t-1", "name": "ci", "role": { "id": "r-2", "name": "Admin", "defaultIdentifier": "" } } ] },
    });
    let acme = organization(&answers);
    for principal in ["user:bo", "token:ci"] {
        for entity in ["stack:lighthouse/web/prod", "organization:lighthouse"] {
            let scopes = acme.principal(principal);
            assert_eq!(
                scopes.scopes(entity, &Context::default()).unwrap(),
                [""; 0],
                "{principal} on {entity}"
            );
        }
    }
    let left: Vec<_> = import(&answers).left.into_iter().map(|left| left.path).collect();
    let members = r#"["/api/orgs/lighthouse/members"].members[0].fgaRole"#;
    assert_eq!(left, [members, r#"["/api/orgs/lighthouse/tokens"].tokens[0].role"#]);
}

#[test]
fn a_run_with_a_token_that_no_answer_names_has_nothing_beside_it() {
    let answers = json!({
        "/api/stacks/lighthouse/web/prod/deployments/settings": { "operationContext": {
            "environmentVariables": { "PULUMI_ACCESS_TOKEN": { "secret": "hush" } } } },
    });
    let imported = import(&answers);
    assert!(!imported.document.contains("hush") && !format!("{:?}", imported.left).contains("hush"));
    let context = Context::default().trigger(Trigger::parse("git-push").unwrap());
    let acme = Organization::parse(&imported.document).unwrap();
    let run = acme.principal("deployment:web/prod");
    let told = run.explain("stack:write", "stack:lighthouse/web/prod", &context).unwrap();
    assert_eq!(told.acts_as.as_deref(), Some("token:PULUMI_ACCESS_TOKEN of web/prod"));
    assert_eq!(told.effect, Effect::Deny);
}

#[test]
fn tags_that_no_answer_tells_are_unknown_where_roles_test_tags() {
    let without = |path: &str| {
        let mut answers = answers();
        answers.as_object_mut().unwrap().remove(path);
        organization(&answers)
    };
    let write = |acme: &Organization| {
        let bo = acme.principal("user:bo");
        bo.decide("stack:write", "stack:lighthouse/net/prod", &Context::default()).unwrap().effect
    };
    assert_eq!(write(&without("/api/stacks/lighthouse/web/dev/config")), Effect::Deny);
    assert_eq!(write(&without("/api/stacks/lighthouse/net/prod")), Effect::Unknown);
}

#[test]
fn an_edition_that_has_not_what_the_answers_have_is_left_out() {
    let with = |product: &str, roles: usize| {
        let role =
            |number| json!({ "id": format!("r{number}"), "name": format!("R{number}"), "details": GROUP() });
        let roles: Vec<_> = (0..roles).map(role).collect();
        let imported = import(&json!({ "/api/orgs/lighthouse/metadata": { "product": product },
            "/api/orgs/lighthouse/roles": { "roles": roles } }));
        (document(&imported)["edition"].as_str().map(str::to_owned), imported.left.len())
    };
    let edition = |name: &str| (Some(name.to_owned()), 0);
    assert_eq!(with("team-per-stack", 0), edition("team"));
    assert_eq!(with("community", 1), (None, 1));
    assert_eq!(with("enterprise-growth", 25), edition("enterprise"));
    assert_eq!(with("enterprise", 26), (None, 1));
    assert_eq!(with("business-critical", 26), edition("business-critical"));
}

// What cannot be imported.

#[test]
fn a_text_that_is_no_json_has_its_fault_at_a_line_and_a_column() {
    let error = |text: &str| scopewise::import(text, &Options::default()).unwrap_err().to_string();
    assert_eq!(
        error("{\n  \"/api\": }"),
        "line 2, column 11: found `}` where a value should be [invalid_json]"
    );
    assert_eq!(
        error(r#"{ "/a": 1, "/a": 2 }"#),
        "line 1, column 12: the key `/a` stands twice in one object: keep one [duplicate_key]"
    );
    assert_eq!(
        error("[]"),
        "document: an object of request paths and answers is wanted here, not a list [wrong_type]"
    );
}

#[test]
fn the_organization_must_be_one() {
    let error = |text: &str| scopewise::import(text, &Options::default()).unwrap_err().to_string();
    assert_eq!(
        error(r#"{ "/api/orgs/b/members": {}, "/api/stacks/a/p/s": {}, "/api/user/stacks": {} }"#),
        "organization: the answers are of several organizations: choose one of `a`, `b` [missing_field]"
    );
    assert_eq!(
        error(r#"{ "/api/user/stacks": {} }"#),
        "organization: no path of the answers names an organization: name it [missing_field]"
    );
    let chosen = Options { organization: Some("a".into()), ..Options::default() };
    let imported = scopewise::import(r#"{ "/api/orgs/b/members": {} }"#, &chosen).unwrap();
    let newest = NAMES[NAMES.len() - 1];
    assert_eq!(
        imported.document,
        format!("{{\n  \"revision\": \"{newest}\",\n  \"organization\": \"a\"\n}}")
    );
    assert_eq!(imported.left.len(), 1);
}

#[test]
fn the_revision_must_be_known() {
    let options = Options { revision: Some("1999-01".into()), ..Options::default() };
    let error = scopewise::import("{}", &options).unwrap_err().to_string();
    let known = NAMES.join("`, `");
    assert_eq!(
        error,
        format!("revision: no revision `1999-01` is known: use one of `{known}` [unknown_revision]")
    );
}

// Answers made to do harm.

/// Nothing that is wrong with the answers makes a document that is not valid, or is an error that is not told.
#[test]
fn changed_answers_become_a_valid_document() {
    let answers = [answers(), odd()];
    for seed in 0..300 {
        let mut dice = Dice::new(seed);
        let mut changed = dice.pick(&answers);
        for _ in 0..dice.between(1, 12) {
            change(&mut dice, &mut changed);
        }
        if !changed.is_object() {
            continue;
        }
        let imported = match scopewise::import(changed.to_string(), &lighthouse()) {
            Ok(imported) => imported,
            Err(error) => panic!("seed {seed}: {error}\n{changed:#}"),
        };
        let read = Organization::parse(&imported.document);
        assert!(read.is_ok(), "seed {seed}: {}", read.unwrap_err());
    }
}

#[test]
fn a_value_of_any_kind_may_stand_anywhere() {
    let answers = answers();
    let kinds = [json!(null), json!(true), json!(-1e300), json!(""), json!([[]]), json!({ "": {} })];
    let members = answers.as_object().unwrap();
    for (path, answer) in members {
        for kind in &kinds {
            let mut changed = members.clone();
            changed[path] = replaced(answer, kind);
            import(&changed.into());
        }
    }
}

#[test]
fn answers_of_any_depth_and_size_end_in_time() {
    let deep =
        |open: &str, close: &str, count: usize| format!("{}0{}", open.repeat(count), close.repeat(count));
    let nested = |count| deep(r#"{"__type":"PermissionDescriptorGroup","entries":["#, "]}", count);
    let role = |details: &str| {
        format!(
            r#"{{ "/api/orgs/a/roles": {{ "roles": [{{ "id": "r", "name": "R", "details": {details} }}] }} }}"#
        )
    };
    let many =
        |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let key = "k".repeat(100_000);
    for text in [
        format!(r#"{{ "/api/orgs/a/members": {} }}"#, deep("[", "]", 300_000)),
        format!(r#"{{ "/api/orgs/a/metadata": {{ "settings": {} }} }}"#, deep(r#"{"a":"#, "}", 100_000)),
        role(&nested(63)),
        role(&nested(30_000)),
        role(&format!(
            r#"{{"__type":"PermissionDescriptorAllow","permissions":[{}]}}"#,
            many(100_000, &|_| r#""stack:read""#.into())
        )),
        format!(r#"{{ "/api/orgs/a/members?{key}": {{ "members": [{}] }} }}"#, many(50_000, &|_| "1".into())),
        format!(
            r#"{{ "/api/orgs/a/members": {{ "members": [{}] }} }}"#,
            many(10_000, &|number| format!(r#"{{"user":{{"githubLogin":"u{number}"}},"role":"r{number}"}}"#))
        ),
        format!(
            r#"{{ "/api/orgs/a/roles": {{ "roles": [{}] }} }}"#,
            many(10_000, &|number| format!(r#"{{"id":"{number}","name":"same","details":{{}}}}"#))
        ),
        format!("{{ {} }}", many(10_000, &|number| format!(r#""/api/orgs/a/teams/{number}/tokens":{{}}"#))),
        format!(r#"{{ "/api{}": {{}} }}"#, "/".repeat(1_000_000)),
    ] {
        let start = Instant::now();
        let imported =
            scopewise::import(&text, &Options { organization: Some("a".into()), ..Options::default() });
        let imported = imported.unwrap_or_else(|error| panic!("{error}\n{}", &text[..100]));
        assert!(start.elapsed() < Duration::from_secs(30), "{:?} for {}", start.elapsed(), &text[..100]);
        let told: usize = imported.left.iter().map(|left| left.path.len() + left.message.len()).sum();
        assert!(told < text.len() + 1_300_000, "{told} bytes told of {}", text.len());
    }
}

#[test]
fn a_list_of_what_was_left_ends_with_how_much_more_there_is() {
    let fields: Map<_, _> = (0..30_000).map(|number| (format!("field{number}"), json!(1))).collect();
    let imported = import(&json!({ "/api/orgs/lighthouse/metadata": fields }));
    let last = imported.left.last().unwrap();
    let more = 30_001 - imported.left.len();
    assert_eq!(last.to_string(), format!("answers: {more} more things that were left are not listed"));
}

#[test]
fn a_tree_past_the_limits_grants_nothing_and_is_listed() {
    let import = |details: Value| {
        let roles = json!([{ "id": "r", "name": "R", "details": details }]);
        let imported = import(&json!({ "/api/orgs/lighthouse/roles": { "roles": roles } }));
        let left: Vec<_> = imported.left.iter().map(ToString::to_string).collect();
        (imported.document.matches("\"__type\"").count(), left)
    };
    let place = r#"["/api/orgs/lighthouse/roles"].roles[0].details"#;
    let wide = json!({ "__type": "PermissionDescriptorGroup", "entries": vec![GROUP(); 2_001] });
    let told = format!(
        "{place}.entries: the list has 2001 entries: at most 2000 are allowed; this part of the tree grants nothing"
    );
    assert_eq!(import(wide), (1, vec![told]));
    let large = json!({ "__type": "PermissionDescriptorAllow", "permissions": vec!["stack:read"; 80_000] });
    let told = format!("{place}: a role has at most 1000000 bytes as compact json: this one grants nothing");
    assert_eq!(import(large), (1, vec![told]));
    let deep = (0..64)
        .fold(GROUP(), |inner, _| json!({ "__type": "PermissionDescriptorGroup", "entries": [inner] }));
    let (nodes, left) = import(deep);
    assert_eq!(nodes, 64);
    let too_deep =
        format!("{place}{}: the tree has more than 64 nodes on this path", ".entries[0]".repeat(64));
    assert!(left.len() == 1 && left[0].starts_with(&too_deep), "{left:?}");
}

#[test]
fn a_chain_of_policies_past_the_limit_is_cut() {
    let policy = |number: usize| {
        let below = format!("p{}", number + 1);
        json!({ "id": format!("p{number}"), "name": format!("P{number}"), "uxPurpose": "policy",
            "details": { "__type": "PermissionDescriptorCompose", "permissionDescriptors": [below] } })
    };
    let cut = |count: usize| {
        let policies: Vec<_> = (0..count).map(policy).collect();
        let imported = import(&json!({ "/api/orgs/lighthouse/roles": { "roles": policies } }));
        Organization::parse(&imported.document).unwrap();
        imported.left.iter().filter(|left| left.message.contains("too long")).count()
    };
    assert_eq!((cut(32), cut(33), cut(64), cut(65), cut(3_000)), (0, 1, 1, 2, 93));
}

// The API's own description of its answers.

#[test]
fn the_fields_that_are_read_are_those_of_the_api() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/openapi/pulumi-cloud.json");
    let Ok(text) = fs::read_to_string(&path) else {
        return eprintln!("no ../shared/openapi here: nothing to compare with");
    };
    let api: Value = serde_json::from_str(&text).unwrap();
    for answer in ANSWERS {
        let got =
            &api["paths"][answer.path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(got.is_object(), "the API answers no {}", answer.path);
        compare(&api, got, &Form::Object(answer.fields), answer.path);
    }
}

/// Every field is one of the API's, and every one of the API's is read or known to be beside the matter.
fn compare(api: &Value, schema: &Value, form: &Form, at: &str) {
    let schema = resolved(api, schema);
    match form {
        Form::Object(fields) => compare_fields(api, schema, fields, at),
        Form::List(form) => compare(api, &schema["items"], form, &format!("{at}[]")),
        Form::Map(form) => compare(api, &schema["additionalProperties"], form, &format!("{at}.*")),
        Form::Text | Form::Next => assert_eq!(schema["type"], "string", "{at}"),
        Form::Flag => assert_eq!(schema["type"], "boolean", "{at}"),
        Form::Number => assert_eq!(schema["type"], "integer", "{at}"),
        Form::Any => assert!(schema.is_object(), "{at}"),
    }
}

fn compare_fields(api: &Value, schema: &Value, fields: &Fields, at: &str) {
    let known = properties(api, schema);
    let settings: Vec<_> = fields.settings.then(settings).into_iter().flatten().collect();
    let read = fields.read.iter().map(|(name, _)| *name);
    let ours: BTreeSet<&str> =
        read.chain(fields.beside.split_whitespace()).chain(settings.iter().map(String::as_str)).collect();
    assert_eq!(ours, known.keys().map(String::as_str).collect(), "left: ours, right: the API's, of {at}");
    for (name, form) in fields.read {
        compare(api, &known[*name], form, &format!("{at}.{name}"));
    }
}

/// Toggles and default levels, as documents name them.
fn settings() -> Vec<String> {
    let catalog = scopewise::catalog::Listing::of(NAMES[NAMES.len() - 1]).unwrap();
    let toggles = catalog.settings.into_iter().map(|setting| setting.field);
    let levels = ["Account", "Environment", "Stack"].map(|of| format!("default{of}Permission"));
    toggles.chain(levels).collect()
}

fn resolved<'a>(api: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(reference) => api.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// The properties of a schema and of those that it is made of.
fn properties(api: &Value, schema: &Value) -> Map<String, Value> {
    let schema = resolved(api, schema);
    let mut all = schema["properties"].as_object().cloned().unwrap_or_default();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        all.extend(properties(api, part));
    }
    all
}

// The page.

#[test]
fn the_page_on_importing_names_every_answer_that_is_read() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/import.md")).unwrap();
    for answer in ANSWERS {
        assert!(page.contains(&format!("`{}`", answer.path)), "docs/import.md has no `{}`", answer.path);
    }
}

#[expect(non_snake_case, reason = "a constant, if JSON could be one")]
fn GROUP() -> Value {
    json!({ "__type": "PermissionDescriptorGroup", "entries": [] })
}

/// Takes something away, puts something else in its place, or puts it in two places.
fn change(dice: &mut Dice, value: &mut Value) {
    let inside = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        _ => 0,
    };
    if inside == 0 || dice.percent(8) {
        *value = other(dice);
        return;
    }
    let at = dice.below(inside);
    match (value, dice.below(10)) {
        (Value::Array(items), 0) => drop(items.remove(at)),
        (Value::Array(items), 1) => items.push(items[at].clone()),
        (Value::Array(items), _) => change(dice, &mut items[at]),
        (Value::Object(members), 0) => drop(members.remove(&members.keys().nth(at).unwrap().clone())),
        (Value::Object(members), 1) => {
            let moved = members.values().nth(at).unwrap().clone();
            let to = members.keys().nth(dice.below(inside)).unwrap().clone();
            members[&to] = moved;
        }
        (Value::Object(members), _) => change(dice, members.values_mut().nth(at).unwrap()),
        _ => {}
    }
}

/// A value that may mean something elsewhere in the answers.
fn other(dice: &mut Dice) -> Value {
    let words = [
        "",
        "admin",
        "member",
        "stack-read",
        "Stack Read",
        "r-deploy",
        "p-deploy",
        "s-release",
        "k-web-prod",
        "e-aws",
        "web",
        "prod",
        "keepers",
        "bo",
        "lighthouse",
        "other",
        "set",
        "policy",
        "role",
        "none",
        "read",
        "PermissionDescriptorAllow",
        "PermissionDescriptorCompose",
        "PermissionExpressionStack",
        "stack:read",
        "global",
        "stack",
        "a/b",
        "\u{1}\"\\é",
    ];
    match dice.below(12) {
        0 => json!(null),
        1 => json!(dice.percent(50)),
        2 => json!(dice.pick(&[0, 1, 3, 101, 102, 103, 104, -7, 86_400])),
        3 => serde_json::from_str(dice.pick(&["1e400", "0.5", "-0", "99999999999999999999"]))
            .unwrap_or(json!(0)),
        4 => json!([dice.pick(&words)]),
        5 => json!({ dice.pick(&words): dice.pick(&words) }),
        6 => GROUP(),
        _ => json!(dice.pick(&words)),
    }
}

/// The value with every value in it that has none in it replaced.
fn replaced(value: &Value, by: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| replaced(item, by)).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), replaced(value, by))).collect())
        }
        _ => by.clone(),
    }
}

#[track_caller]
fn import(answers: &Value) -> Imported {
    scopewise::import(answers.to_string(), &lighthouse()).unwrap_or_else(|error| panic!("{error}"))
}

fn lighthouse() -> Options {
    Options { organization: Some("lighthouse".into()), ..Options::default() }
}

fn document(imported: &Imported) -> Value {
    serde_json::from_str(&imported.document).unwrap()
}

fn organization(answers: &Value) -> Organization {
    Organization::parse(import(answers).document).unwrap()
}

fn answers() -> Value {
    serde_json::from_str(&fixture("answers.json")).unwrap()
}

fn odd() -> Value {
    serde_json::from_str(&fixture("odd.json")).unwrap()
}

fn fixture(name: &str) -> String {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
