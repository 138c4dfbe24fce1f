//! The least role: worked examples, and on generated organizations that it gives what is needed, that nothing of it
//! could be left out, and that what is told of the roles that are there is so.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    reason = "a test that meets something unexpected stops there"
)]
#![allow(
    dead_code,
    unused_imports,
    reason = "the generators and the oracle have more than is asked for here"
)]

mod generate;
mod oracle;

use std::collections::BTreeSet;

use generate::{AT, CASES, Case, Dice, ENTITIES, parse};
use oracle::{catalog, list, text};
use scopewise::{Context, Instant, Needs, Organization, Preflight, Suggestion, Surplus, Trigger};
use serde_json::{Value, json};

const PROD: &str = "stack:acme/web/prod";
const DEV: &str = "stack:acme/web/dev";
const NET: &str = "stack:acme/net/prod";
const AWS: &str = "environment:acme/default/aws";
const BASE: &str = "environment:acme/default/base";
const ACME: &str = "organization:acme";

// What it is made of.

#[test]
fn a_default_set_is_taken_where_it_is_exactly_what_is_needed() {
    let read = scopes_of("stack-read");
    let suggestion = suggest(&json!({}), &on(&read, PROD));
    assert_eq!(role(&suggestion), json!([{ "permissionSet": "stack-read", "on": [PROD] }]));
    assert_eq!(added(&suggestion)["permissionSets"], Value::Null);
    let all_but_one = suggest(&json!({}), &on(&read[1..], PROD));
    let set = &added(&all_but_one)["permissionSets"][0];
    assert_eq!(set["scopes"], json!(read[1..]));
    assert_eq!((&set["id"], &set["name"]), (&json!("suggested-stack"), &json!("Suggested stack")));
    assert_eq!(role(&all_but_one), json!([{ "permissionSet": "suggested-stack", "on": [PROD] }]));
}

#[test]
fn a_custom_set_that_is_there_is_taken_and_several_where_together_they_are_it() {
    let document = json!({ "permissionSets": [
        set("all-of-it", &["stack:read", "stack:write", "stack:delete", "stack:rename"]),
        set("two", &["stack:read", "stack:write"]),
        set("one", &["stack:delete"]),
        set("also-two", &["stack:write", "stack:read"])] });
    let takes = |scopes: &[&str]| {
        let suggestion = suggest(&document, &on(scopes, PROD));
        let rules = role(&suggestion);
        list(&rules).map(|rule| text(&rule["permissionSet"]).to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(takes(&["stack:read", "stack:write"]), ["two"], "the first of two that are alike");
    assert_eq!(takes(&["stack:delete", "stack:read", "stack:write"]), ["two", "one"]);
    assert_eq!(takes(&["stack:delete"]), ["one"]);
    assert_eq!(takes(&["stack:delete", "stack:rename"]), ["suggested-stack"], "and not `one` beside another");
}

#[test]
fn of_several_sets_none_is_taken_whose_part_the_others_give() {
    let document = json!({ "permissionSets": [
        set("most", &["stack:read", "stack:write", "stack:delete", "stack:rename"]),
        set("left", &["stack:read", "stack:write", "stack:import"]),
        set("right", &["stack:delete", "stack:rename", "stack:export"])] });
    let needs = ["stack:read", "stack:write", "stack:delete", "stack:rename", "stack:import", "stack:export"];
    let suggestion = suggest(&document, &on(&needs, PROD));
    let rules =
        json!([{ "permissionSet": "left", "on": [PROD] }, { "permissionSet": "right", "on": [PROD] }]);
    assert_eq!(role(&suggestion), rules);
}

#[test]
fn entities_with_the_same_needs_share_a_rule() {
    let needs = [("stack:read", PROD), ("stack:read", DEV), ("stack:write", NET), ("environment:open", AWS)];
    let suggestion = suggest(&json!({}), &needs);
    let expected = json!([
        { "permissionSet": "suggested-stack", "on": [NET] },
        { "permissionSet": "suggested-stack-2", "on": [DEV, PROD] },
        { "permissionSet": "suggested-environment", "on": [AWS] }]);
    assert_eq!(role(&suggestion), expected);
    let names = list(&added(&suggestion)["permissionSets"]).map(|set| set["name"].clone()).collect::<Value>();
    assert_eq!(names, json!(["Suggested stack", "Suggested stack 2", "Suggested environment"]));
}

#[test]
fn what_is_needed_everywhere_is_not_given_again_on_one_entity() {
    let read = scopes_of("stack-read");
    let write = scopes_of("stack-write");
    let needs = [on(&read, "stack:*"), on(&write, PROD), on(&read, DEV)].concat();
    let expected = json!([
        { "permissionSet": "stack-read", "on": "all" },
        { "permissionSet": "stack-write", "on": [PROD] }]);
    assert_eq!(role(&suggest(&json!({}), &needs)), expected, "Stack Write, though it has Stack Read in it");
    let needs = [on(&read, "stack:*"), vec![("stack:write", PROD)]].concat();
    let suggestion = suggest(&json!({}), &needs);
    assert_eq!(added(&suggestion)["permissionSets"][0]["scopes"], json!(["stack:write"]));
    assert_eq!(suggestion.surplus, Some(Surplus::default()));
}

#[test]
fn scopes_of_the_organization_come_as_organization_access() {
    let read_only = scopes_of("org-settings-read-only");
    let suggestion = suggest(&json!({}), &on(&read_only, ACME));
    assert_eq!(added(&suggestion)["roles"][0]["organizationAccess"], json!(["org-settings-read-only"]));
    assert_eq!(role(&suggestion), json!([]));
    for entity in [ACME, "organization:*"] {
        let suggestion = suggest(&json!({ "revision": "2025-11" }), &[("audit_logs:read", entity)]);
        assert_eq!(added(&suggestion)["permissionSets"][0]["entityType"], "organization");
        assert_eq!(added(&suggestion)["roles"][0]["organizationAccess"], json!(["suggested-organization"]));
        assert_eq!(serde_json::to_value(&suggestion.needs).unwrap()[0]["entity"], ACME);
    }
}

#[test]
fn no_scope_brings_another_along() {
    let suggestion = suggest(&json!({}), &[("stack:write", PROD)]);
    let edited = apply(&acme(&json!({})), &suggestion);
    let team = |scope| allows(&parse(&edited), "team:new", scope, PROD);
    assert_eq!([team("stack:write"), team("stack:read")], [true, false], "SC-9");
}

// Names.

#[test]
fn names_are_those_that_are_free() {
    let document = json!({
        "permissionSets": [
            { "id": "web-stack", "name": "A", "entityType": "stack", "scopes": ["stack:read"] },
            { "id": "b", "name": "Web 2 stack", "entityType": "stack", "scopes": ["stack:read"] }],
        "roles": [{ "id": "web", "name": "C" }, { "id": "c", "name": "Web" },
            { "id": "web-2", "name": "D", "uxPurpose": "policy" }] });
    let needs = Needs::new().and("stack:write", PROD).named("Web");
    let suggestion = parse(&acme(&document)).suggest(&needs).unwrap();
    let added = added(&suggestion);
    let role = &added["roles"][0];
    assert_eq!((&role["id"], &role["name"]), (&json!("web-3"), &json!("Web 2")));
    let set = &added["permissionSets"][0];
    assert_eq!((&set["id"], &set["name"]), (&json!("web-3-stack"), &json!("Web 2 stack 2")));
    parse(&apply(&acme(&document), &suggestion));
}

#[test]
fn an_id_is_made_of_the_name() {
    let id = |name: &str| {
        let needs = Needs::new().and("stack:write", PROD).named(name);
        parse(&acme(&json!({}))).suggest(&needs).unwrap().role.unwrap()
    };
    assert_eq!(id("Deploy  web/Prod!"), "deploy-web-prod");
    assert_eq!(id("Größe 2"), "größe-2");
    assert_eq!(id("***"), "role");
    assert_eq!(id("Admin"), "admin-2", "the built-in role has the id");
    assert_eq!(id(""), "suggested", "an empty name is none");
}

// What is there.

#[test]
fn a_role_that_gives_exactly_that_is_taken_and_the_others_are_told() {
    let read = scopes_of("stack-read");
    let document = json!({
        "roles": [
            { "id": "reader", "name": "Reader", "rules": [{ "permissionSet": "stack-read", "on": "all" }] },
            { "id": "same", "name": "Same", "rules": [{ "permissionSet": "stack-read", "on": [PROD] }] },
            { "id": "tagged", "name": "Tagged", "rules": [
                { "permissionSet": "stack-read", "on": { "tags": [{ "key": "env", "equals": "prod" }] } }] }],
        "entities": [{ "entity": PROD, "tags": { "env": "prod" } }, { "entity": DEV }] });
    let suggestion = suggest(&document, &on(&read, PROD));
    assert_eq!((suggestion.role.as_deref(), suggestion.add.is_none()), (Some("same"), true));
    assert_eq!(suggestion.sentence, "the role `same` gives what is needed, and nothing beyond it");
    let told: Vec<_> = list(&json!(suggestion.existing))
        .map(|it| (text(&it["role"]).to_owned(), it["surplus"].clone()))
        .collect();
    let surplus = |pairs: usize, to_come: usize| json!({ "pairs": pairs, "toCome": to_come });
    let name = |role: &str| role.to_owned();
    assert_eq!(told[..2], [(name("same"), surplus(0, 0)), (name("tagged"), surplus(0, 0))]);
    assert_eq!(told[2], (name("reader"), surplus(read.len(), read.len())));
    assert_eq!((&*told[3].0, told.len()), ("admin", 4));
}

#[test]
fn a_role_whose_tags_may_not_fit_gives_nothing_for_sure() {
    let document = json!({ "roles": [{ "id": "tagged", "name": "Tagged", "rules": [
        { "permissionSet": "stack-read", "on": { "tags": [{ "key": "env", "notEquals": "prod" }] } }] }],
        "entities": [{ "entity": DEV }] });
    let fits = |entity: &str| {
        let suggestion = suggest(&document, &[("stack:read", entity)]);
        suggestion.existing.iter().any(|it| it.role == "tagged")
    };
    assert_eq!([DEV, PROD, "stack:*"].map(fits), [true, false, false]);
}

#[test]
fn a_role_that_leaves_out_one_entity_does_not_give_it_on_all() {
    let is_prod = json!({ "__type": "PermissionExpressionEqual",
        "left": { "__type": "PermissionExpressionStack" },
        "right": { "__type": "PermissionLiteralExpressionStack", "identity": PROD } });
    let others = json!({ "__type": "PermissionDescriptorCondition",
        "condition": { "__type": "PermissionExpressionNot", "node": is_prod },
        "subNode": { "__type": "PermissionDescriptorAllow", "permissions": ["stack:read"] } });
    let document = json!({
        "roles": [{ "id": "others", "name": "Others", "details": others }],
        "entities": [{ "entity": PROD }, { "entity": DEV }] });
    let fits = |entity: &str| {
        let suggestion = suggest(&document, &[("stack:read", entity)]);
        suggestion.existing.iter().any(|it| it.role == "others")
    };
    assert_eq!([DEV, "stack:acme/web/new", PROD, "stack:*"].map(fits), [true, true, false, false]);
}

// What cannot be.

#[test]
fn without_custom_roles_the_least_of_roles_and_grants_is_taken() {
    let team = json!({ "edition": "team", "entities": [{ "entity": DEV }] });
    let suggestion = suggest(&team, &[("stack:write", PROD), ("stack:read", DEV)]);
    let grants = json!([{ "entity": DEV, "permissionSet": "stack-read" }, { "entity": PROD, "permissionSet": "stack-write" }]);
    assert_eq!(added(&suggestion), json!({ "grants": grants }));
    let beyond = scopes_of("stack-write").len() + scopes_of("stack-read").len() - 2;
    let sentence =
        format!("direct grants give what is needed, and {beyond} pairs of scope and entity beyond it");
    assert_eq!(suggestion.sentence, sentence);
    assert_eq!(suggestion.no_new_role.as_deref(), Some("the edition `team` has no custom roles"));
    let suggestion = suggest(&team, &[("team:read", ACME)]);
    assert_eq!(suggestion.role.as_deref(), Some("billing-manager"), "which has less than Member");
    let suggestion = suggest(&team, &[("stack:write", PROD), ("team:read", ACME)]);
    assert_eq!((suggestion.role.as_deref(), suggestion.add), (Some("admin"), None));
    assert_eq!(suggest(&team, &[("stack:read", "stack:*")]).role.as_deref(), Some("admin"));
    assert_eq!(
        suggest(&team, &[("environment_settings:read", AWS)]).role.as_deref(),
        Some("admin"),
        "no set has it"
    );
}

#[test]
fn an_edition_whose_roles_are_all_there_takes_no_other_and_may_have_sets() {
    let roles = |count: usize| {
        let role = |number| json!({ "id": format!("r{number}"), "name": format!("R{number}") });
        json!({ "edition": "enterprise", "roles": (0..count).map(role).collect::<Value>() })
    };
    let needs = [("stack:write", PROD)];
    assert_eq!(suggest(&roles(24), &needs).role.as_deref(), Some("suggested"));
    let full = suggest(&roles(25), &needs);
    assert_eq!((&full.role, full.surplus), (&None, Some(Surplus::default())));
    assert_eq!(added(&full)["grants"], json!([{ "entity": PROD, "permissionSet": "suggested-stack" }]));
    let because = "the edition `enterprise` has at most 25 custom roles, and they are there";
    assert_eq!(full.no_new_role.as_deref(), Some(because));
    parse(&apply(&acme(&roles(25)), &full));
}

#[test]
fn a_role_that_would_be_too_large_is_none() {
    let entities: Vec<String> =
        (0..26_000).map(|number| format!("stack:acme/project-{number}/production-of-it")).collect();
    let needs = entities.iter().fold(Needs::new(), |needs, entity| needs.and("stack:write", entity));
    let suggestion = parse(&acme(&json!({}))).suggest(&needs).unwrap();
    let because = suggestion.no_new_role.unwrap();
    assert!(because.starts_with("the role has 1"), "{because}");
    assert_eq!(suggestion.add.unwrap().grants.len(), 26_000);
}

#[test]
fn needs_that_are_none_are_an_error() {
    let fails = |scope: &str, entity: &str| {
        let needs = Needs::new().and("stack:read", PROD).and(scope, entity);
        parse(&acme(&json!({}))).suggest(&needs).unwrap_err().to_string()
    };
    assert_eq!(
        fails("stack:fly", PROD),
        "no scope `stack:fly` is in the catalog `2026-10`: use one of `stack:cancel_update`, `stack:create`, \
         `stack:decrypt`, `stack:delete`, `stack:encrypt`, `stack:export`, `stack:import`, `stack:read` and 3 more"
    );
    assert_eq!(
        fails("environment:open", PROD),
        "the scope `environment:open` is not one of the type `stack`"
    );
    assert_eq!(
        fails("environment:open", "stack:*"),
        "the scope `environment:open` is not one of the type `stack`"
    );
    let elsewhere = "`stack:other/web/prod` is no entity of the organization `acme`: name one";
    assert_eq!(fails("stack:read", "stack:other/web/prod"), elsewhere);
    let pattern = "`stack:acme/web/*` is no entity: name one, or all of a type as `TYPE:*`";
    assert_eq!(fails("stack:read", "stack:acme/web/*"), pattern);
    assert!(fails("stack:read", "rocket:*").starts_with("`rocket:*` is no `TYPE:PATH`"));
    assert!(fails("stack:read", "stack:acme/web").starts_with("`stack:acme/web` is no entity"));
    let nothing = parse(&acme(&json!({}))).suggest(&Needs::new()).unwrap_err();
    assert_eq!(nothing.to_string(), "nothing is needed: name a scope and an entity");
}

#[test]
fn needs_are_read_strictly() {
    let read = |value: Value| Needs::parse(value.to_string()).map_err(|error| error.to_string());
    let needs = Needs::new().and("stack:read", PROD).named("Web");
    let need = json!({ "scope": "stack:read", "entity": PROD });
    assert_eq!(read(json!({ "needs": [need], "name": "Web" })), Ok(needs));
    assert!(
        read(json!({ "needs": [{ "scope": "stack:read" }] })).unwrap_err().starts_with("needs[0].entity: ")
    );
    assert!(read(json!({ "name": "Web" })).unwrap_err().starts_with("needs: the field `needs` is missing"));
    assert!(read(json!({ "needs": [], "of": 1 })).unwrap_err().starts_with("of: no field `of` is known"));
}

// For a deployment.

#[test]
fn a_token_gets_what_its_run_needs_and_no_more() {
    let suggestion = for_deployment(&flight(&json!({})));
    let expected = json!([
        { "permissionSet": "deploy-web-prod-stack", "on": [NET] },
        { "permissionSet": "deploy-web-prod-stack-2", "on": [PROD] },
        { "permissionSet": "deploy-web-prod-environment", "on": [AWS, BASE] }]);
    assert_eq!(role(&suggestion), expected);
    assert_eq!(suggestion.surplus, Some(Surplus::default()));
    assert_eq!(suggestion.needs.len(), 4);
}

#[test]
fn what_a_token_gets_by_the_settings_is_not_in_its_role() {
    let settings = json!({ "defaultStackPermission": "write", "defaultEnvironmentPermission": "open" });
    let older = flight(&json!({ "revision": "2026-04", "settings": settings }));
    let suggestion = for_deployment(&older);
    assert_eq!(role(&suggestion), json!([]), "DL-4: the levels reach members of every role");
    assert!(suggestion.surplus.unwrap().pairs > 0, "which the settings give");
    assert!(passes(&older, &suggestion));
    let newer = flight(&json!({ "settings": settings }));
    assert_eq!(role(&for_deployment(&newer)).as_array().unwrap().len(), 3, "OS-11: of the Member role alone");
}

#[test]
fn a_role_that_is_there_is_taken_for_a_token_with_what_the_settings_add_to_it() {
    let roles = json!([{ "id": "half", "name": "Half", "rules": [
        { "permissionSet": "writer", "on": [PROD] }, { "permissionSet": "environment-open", "on": "all" }] }]);
    let document = flight(&json!({ "revision": "2026-04", "roles": roles,
        "permissionSets": [set("writer", &["stack:write"])],
        "settings": { "defaultStackPermission": "read" } }));
    let suggestion = for_deployment(&document);
    assert!(suggestion.existing.iter().any(|it| it.role == "half"), "{suggestion:?}");
    let by_itself =
        parse(&document).suggest(&Needs::new().and("stack:read", NET).and("stack:write", PROD)).unwrap();
    assert!(!by_itself.existing.iter().any(|it| it.role == "half"));
}

#[test]
fn a_run_that_may_not_use_a_token_gets_none() {
    let none = |document: &Value, because: &str| {
        let suggestion = for_deployment(document);
        assert_eq!((&suggestion.role, &suggestion.add, suggestion.surplus), (&None, &None, None));
        assert_eq!(suggestion.sentence, format!("no role gives what is needed: {because}"));
    };
    let restricted = flight(&json!({ "settings": { "permissionMode": "restricted" } }));
    none(
        &restricted,
        "the restricted mode refuses access tokens: let the stack run as a service principal or a team",
    );
    let mut chosen = flight(&json!({ "teams": [{ "name": "t" }] }));
    chosen["entities"][0]["deployment"] = json!({ "runAs": "team:t" });
    none(
        &chosen,
        "an access token is refused beside the identity that its runs act as: give a role to that one",
    );
    let run = Preflight { stack_references: Some(vec!["stack:other/net/prod".to_owned()]), ..run() };
    let suggestion = parse(&flight(&json!({}))).suggest_for_deployment(&run, None).unwrap();
    let because = "`stack:other/net/prod` belongs to another organization, which its own roles open";
    assert_eq!(suggestion.sentence, format!("no role gives what is needed: {because}"));
}

#[test]
fn under_a_lifetime_policy_it_is_told_that_the_token_must_end() {
    let settings = json!({ "settings": { "tokenMaxLifetimeDays": 30 } });
    assert_eq!(for_deployment(&flight(&settings)).token_max_lifetime_days, Some(30));
    assert_eq!(for_deployment(&flight(&json!({}))).token_max_lifetime_days, None);
}

#[test]
fn a_stack_that_refers_to_itself_is_one_stack() {
    let mut document = flight(&json!({}));
    document["entities"][0]["stackReferences"] = json!([PROD, NET]);
    let suggestion = for_deployment(&document);
    assert!(passes(&document, &suggestion), "{suggestion:?}");
}

// On generated organizations.

/// What is suggested is valid in the document, and by the engine and by the oracle it allows all that is needed.
#[test]
fn whoever_gets_what_is_suggested_may_do_all_that_is_needed() {
    let mut kinds = [0_usize; 3];
    for_all(|document, needs, suggestion| {
        let edited = apply(document, suggestion);
        let refused = refused(&edited, needs);
        assert!(refused.is_empty(), "{refused:?} of {suggestion:?}\n{document}");
        let role = suggestion.role.is_some();
        kinds[if suggestion.add.is_none() { 0 } else { 1 + usize::from(!role) }] += 1;
    });
    assert!(kinds.iter().all(|count| *count >= 5), "roles that are there, new ones, grants: {kinds:?}");
}

/// Without one scope of a new set, one rule, one set of organization access or one grant, something is refused.
#[test]
fn nothing_of_what_is_suggested_can_be_left_out() {
    let mut smaller = 0;
    for_all(|document, needs, suggestion| {
        for less in less(&added(suggestion)) {
            let edited = with(document, suggestion.role.as_deref(), &less);
            assert!(!refused(&edited, needs).is_empty(), "{less} is enough for {needs:?}\n{document}");
            smaller += 1;
        }
    });
    assert!(smaller > 500, "only {smaller}");
}

/// Where roles can be made, nothing beyond the needs is given; and a new set is none that is there.
#[test]
fn a_new_role_gives_nothing_beyond_and_takes_the_sets_that_fit() {
    for_all(|document, needs, suggestion| {
        let custom = !matches!(text(&document["edition"]), "team" | "individual");
        assert!(!custom || suggestion.surplus == Some(Surplus::default()), "{needs:?} {suggestion:?}");
        let there = sets_of(document);
        for set in list(&added(suggestion)["permissionSets"]) {
            let scopes: BTreeSet<&str> = list(&set["scopes"]).map(text).collect();
            let same = there.iter().find(|(of, other)| *of == text(&set["entityType"]) && *other == scopes);
            assert_eq!(same, None, "{needs:?}\n{document}");
        }
    });
}

/// Of every role that is there: whether it fits, and how much it gives beyond, counted one by one.
#[test]
fn the_roles_that_are_there_are_told_as_they_are() {
    let mut fitting = 0;
    for_all(|document, needs, suggestion| {
        if document.to_string().contains("PermissionExpressionTeam") {
            return; // a role by itself is in no team, and who holds it here is
        }
        let roles =
            list(&document["roles"]).filter(|role| !matches!(text(&role["uxPurpose"]), "policy" | "set"));
        for role in
            ["admin", "member", "billing-manager"].into_iter().chain(roles.map(|role| text(&role["id"])))
        {
            let edited = with(document, Some(role), &json!({}));
            let fits = refused(&edited, needs).is_empty();
            let told = suggestion.existing.iter().find(|it| it.role == role);
            assert_eq!(told.is_some(), fits, "{role} for {needs:?}\n{document}");
            if let Some(told) = told {
                assert_eq!(told.surplus.pairs, beyond(&edited, needs), "{role} for {needs:?}\n{document}");
                fitting += usize::from(role != "admin");
            }
        }
        let least = suggestion.existing.iter().map(|it| it.surplus).min();
        assert!(least.is_none_or(|least| suggestion.surplus.unwrap() <= least));
        assert!(suggestion.existing.is_sorted());
    });
    assert!(fitting > 50, "only {fitting} of others than Admin");
}

/// The preflight of the edited document passes with a new token that has the role, and with no less; and where no
/// role is suggested, it does not even with Admin.
#[test]
fn a_preflight_passes_with_the_suggested_role_and_with_nothing_less() {
    let (mut passed, mut refused) = (0, 0);
    for (seed, Case { document, .. }) in (0..).zip(CASES.iter()) {
        let document = with_links(&mut Dice::new(seed), document);
        let suggestion = for_deployment(&document);
        if suggestion.surplus.is_none() {
            let admin = with_token(&with(&document, None, &json!({})), "admin");
            assert!(!flies(&admin), "{suggestion:?}\n{document}");
            refused += 1;
            continue;
        }
        assert!(passes(&document, &suggestion), "{suggestion:?}\n{document}");
        passed += 1;
        for less in less(&added(&suggestion)) {
            let role = suggestion.role.as_deref().expect("a token has a role");
            let edited = with_token(&with(&document, None, &less), role);
            assert!(!flies(&edited), "{less} is enough\n{document}");
        }
    }
    assert!(passed > 150 && refused > 30, "{passed} and {refused}");
}

type Pairs = Vec<(String, String)>;

/// Holds a property against what is suggested for needs by the dice.
fn for_all(mut property: impl FnMut(&Value, &Pairs, &Suggestion)) {
    for (seed, Case { document, .. }) in (0..).zip(CASES.iter()) {
        let needs = needs(&mut Dice::new(seed), text(&document["revision"]));
        let asked = needs.iter().fold(Needs::new(), |asked, (scope, entity)| asked.and(scope, entity));
        property(document, &needs, &parse(document).suggest(&asked).unwrap());
    }
}

/// What many roles give.
const COMMON: [(&str, &str); 6] = [
    ("stack:read", PROD),
    ("stack:delete", PROD),
    ("stack:transfer", DEV),
    ("environment:open", AWS),
    ("team:read", ACME),
    ("team:list", ACME),
];

/// One scope that is common; or a few scopes on a few entities, now and then all of a default set, or on all of a type,
/// or of the organization.
fn needs(dice: &mut Dice, revision: &str) -> Pairs {
    if dice.percent(40) {
        let (scope, entity) = dice.pick(&COMMON);
        return vec![(scope.to_owned(), entity.to_owned())];
    }
    let catalog = catalog::of(revision);
    let mut needs = BTreeSet::new();
    for _ in 0..dice.between(1, 3) {
        let entity = if dice.percent(15) { ACME } else { dice.pick(&ENTITIES) };
        let word = entity.split(':').next().expect("a type");
        let entity = if dice.percent(20) { format!("{word}:*") } else { entity.to_owned() };
        let sets: Vec<_> = catalog.sets.iter().filter(|set| set.entity_type == word).collect();
        let scopes: Vec<String> = if dice.percent(35) && !sets.is_empty() {
            dice.pick(&sets).scopes.iter().cloned().collect()
        } else {
            let of_type = catalog.scopes.iter().filter(|(of, _)| of == word).map(|(_, name)| name.clone());
            dice.several(&of_type.collect::<Vec<_>>(), 1, 3)
        };
        needs.extend(scopes.into_iter().map(|scope| (scope, entity.clone())));
    }
    needs.into_iter().collect()
}

/// The needs that `team:new` is refused, by the engine and by the oracle, on every entity that a need is about.
fn refused(document: &Value, needs: &Pairs) -> Pairs {
    let organization = parse(document);
    let catalog = catalog::of(text(&document["revision"]));
    let mut refused = Pairs::new();
    for (scope, need) in needs {
        for entity in entities_of(need) {
            let request = json!({ "principal": "team:new", "scope": scope, "entity": entity, "at": AT });
            let expected = oracle::decide(document, catalog, &request)["effect"] == "allow";
            assert_eq!(allows(&organization, "team:new", scope, &entity), expected, "{request}\n{document}");
            refused.extend((!expected).then(|| (scope.clone(), entity)));
        }
    }
    refused
}

/// The entities of a need: for all of a type those that are known, and one that nobody has heard of.
fn entities_of(need: &str) -> Vec<String> {
    let Some(word) = need.strip_suffix(":*") else { return vec![need.to_owned()] };
    if word == "organization" {
        return vec![ACME.to_owned()];
    }
    let new =
        if word == "insights-account" { format!("{word}:acme/new") } else { format!("{word}:acme/new/new") };
    let known = ENTITIES.into_iter().filter(|entity| entity.split(':').next() == Some(word));
    known.map(str::to_owned).chain([new]).collect()
}

/// What `team:new` may do and nobody needs, over the entities that are listed or needed and the organization.
fn beyond(document: &Value, needs: &Pairs) -> usize {
    let organization = parse(document);
    let team = organization.principal("team:new");
    let listed = list(&document["entities"]).map(|it| text(&it["entity"]).to_owned());
    let needed = needs.iter().filter(|(_, entity)| !entity.ends_with('*')).map(|(_, entity)| entity.clone());
    let entities: BTreeSet<String> = listed.chain(needed).chain([ACME.to_owned()]).collect();
    let is_needed = |scope: &str, entity: &str| {
        let of_all = format!("{}:*", entity.split(':').next().expect("a type"));
        needs.iter().any(|(it, on)| it == scope && (*on == entity || *on == of_all))
    };
    let more = |entity: &String| {
        let scopes = team.scopes(entity, &context()).unwrap();
        scopes.into_iter().filter(|scope| !is_needed(scope, entity)).count()
    };
    entities.iter().map(more).sum()
}

/// Everything with one part less. A set must have a scope: without its only one it is the rule that goes.
fn less(added: &Value) -> Vec<Value> {
    let sets = list(&added["permissionSets"]).enumerate().filter(|(_, set)| list(&set["scopes"]).count() > 1);
    let sets = sets.map(|(number, _)| format!("/permissionSets/{number}/scopes"));
    let parts = ["/roles/0/rules", "/roles/0/organizationAccess", "/grants"].map(str::to_owned);
    let mut all = Vec::new();
    for path in sets.chain(parts) {
        let count = added.pointer(&path).map_or(0, |it| list(it).count());
        all.extend((0..count).map(|index| {
            let mut less = added.clone();
            less.pointer_mut(&path).and_then(Value::as_array_mut).expect("a list").remove(index);
            less
        }));
    }
    all
}

/// Entity type and scopes of every set, default ones too.
fn sets_of(document: &Value) -> Vec<(&str, BTreeSet<&str>)> {
    let default = &catalog::of(text(&document["revision"])).sets;
    let default = default.iter().map(|set| (&*set.entity_type, set.scopes.iter().map(|it| &**it).collect()));
    let custom = list(&document["permissionSets"]);
    let custom = custom.map(|set| (text(&set["entityType"]), list(&set["scopes"]).map(text).collect()));
    default.chain(custom).collect()
}

/// The document with what is suggested, and a team that has it.
fn apply(document: &Value, suggestion: &Suggestion) -> Value {
    with(document, suggestion.role.as_deref(), &added(suggestion))
}

/// The document with these parts more, and a team `new` with that role or those grants.
fn with(document: &Value, role: Option<&str>, added: &Value) -> Value {
    let mut document = document.clone();
    for part in ["permissionSets", "roles"] {
        extend(&mut document, part, list(&added[part]).cloned().collect());
    }
    let roles: Vec<&str> = role.into_iter().collect();
    let grants = list(&added["grants"]).cloned().collect::<Value>();
    extend(&mut document, "teams", vec![json!({ "name": "new", "roles": roles, "grants": grants })]);
    document
}

fn extend(document: &mut Value, part: &str, more: Vec<Value>) {
    let fields = document.as_object_mut().expect("an object");
    let list = fields.entry(part).or_insert_with(|| json!([])).as_array_mut().expect("a list");
    list.extend(more);
    if list.is_empty() {
        fields.shift_remove(part); // an edition without them has not even an empty list
    }
}

/// The document with a token that has that role and on which the deployments of the stack act.
fn with_token(document: &Value, role: &str) -> Value {
    let mut document = document.clone();
    let token =
        json!({ "name": "new", "kind": "organization", "role": role, "expiresAt": "2026-11-20T12:00:00Z" });
    extend(&mut document, "tokens", vec![token]);
    let entities = document["entities"].as_array_mut().expect("a list");
    let stack = entities.iter_mut().find(|it| it["entity"] == PROD).expect("the stack");
    stack["deployment"]["accessToken"] = json!("token:new");
    document
}

/// The document in which the stack refers to others and opens environments, some of which import others.
fn with_links(dice: &mut Dice, document: &Value) -> Value {
    let mut document = document.clone();
    extend(&mut document, "entities", Vec::new());
    let links = [
        (PROD, "stackReferences", json!(dice.several(&[DEV, NET], 0, 2))),
        (PROD, "environments", json!(dice.several(&[AWS, BASE], 0, 2))),
        (AWS, "imports", json!(dice.several(&[BASE, AWS], 0, 2))),
        (BASE, "imports", json!(dice.several(&[AWS, "environment:acme/default/root"], 0, 2))),
    ];
    for (entity, field, listed) in links {
        if !list(&document["entities"]).any(|it| it["entity"] == entity) {
            extend(&mut document, "entities", vec![json!({ "entity": entity })]);
        }
        let mut entities = document["entities"].as_array_mut().expect("a list").iter_mut();
        entities.find(|it| it["entity"] == entity).expect("it is there")[field] = listed;
    }
    document
}

/// Whether the preflight passes once the token has what is suggested, and acts as that token.
fn passes(document: &Value, suggestion: &Suggestion) -> bool {
    let role = suggestion.role.as_deref().expect("a token has a role");
    flies(&with_token(&with(document, None, &added(suggestion)), role))
}

fn flies(document: &Value) -> bool {
    let report = parse(document).preflight(&run()).unwrap();
    report.allowed && report.acts_as.as_deref() == Some("token:new")
}

fn run() -> Preflight {
    let at = Instant::parse(AT).expect("a date");
    Preflight::new("web/prod", Trigger::parse("git-push").unwrap()).or_at(at)
}

fn for_deployment(document: &Value) -> Suggestion {
    parse(document).suggest_for_deployment(&run(), None).unwrap()
}

/// An organization whose stack refers to another and opens an environment, which imports one.
fn flight(more: &Value) -> Value {
    let mut document = acme(more);
    let entities = vec![
        json!({ "entity": PROD, "stackReferences": [NET], "environments": [AWS] }),
        json!({ "entity": AWS, "imports": [BASE] }),
    ];
    extend(&mut document, "entities", entities);
    document
}

fn suggest<S: AsRef<str>>(document: &Value, needs: &[(S, &str)]) -> Suggestion {
    let asked = needs.iter().fold(Needs::new(), |asked, (scope, entity)| asked.and(scope.as_ref(), *entity));
    parse(&acme(document)).suggest(&asked).unwrap()
}

/// All of the scopes on one entity.
fn on<S: Clone>(scopes: &[S], entity: &'static str) -> Vec<(S, &'static str)> {
    scopes.iter().map(|scope| (scope.clone(), entity)).collect()
}

/// The scopes of a default set.
fn scopes_of(set: &str) -> Vec<&'static str> {
    let sets = &catalog::of("2026-10").sets;
    sets.iter().find(|it| it.id == set).expect("a default set").scopes.iter().map(|it| &**it).collect()
}

fn set(id: &str, scopes: &[&str]) -> Value {
    json!({ "id": id, "name": id, "entityType": "stack", "scopes": scopes })
}

/// What is to be added, as a document writes it.
fn added(suggestion: &Suggestion) -> Value {
    json!(suggestion.add)
}

/// The rules of the new role.
fn role(suggestion: &Suggestion) -> Value {
    added(suggestion)["roles"][0]["rules"].clone()
}

/// An organization `acme`, of the newest revision unless the rest says another.
fn acme(more: &Value) -> Value {
    let mut document = json!({ "revision": "2026-10", "organization": "acme" });
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    document
}

fn allows(organization: &Organization, principal: &str, scope: &str, entity: &str) -> bool {
    organization.principal(principal).can(scope, entity, &context())
}

fn context() -> Context {
    Context::at(Instant::parse(AT).expect("a date"))
}
