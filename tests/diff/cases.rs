//! Worked examples: what a person expects of a diff.

use crate::brute::instant;
use scopewise::{Diff, Guard, Organization, Totals};
use serde_json::{Value, json};

/// An organization with a role by tags, a team that has it, and two stacks.
fn acme() -> Value {
    json!({
        "revision": "2026-10", "organization": "acme",
        "permissionSets": [
            { "id": "tools", "name": "Tools", "entityType": "stack", "scopes": ["stack:read", "stack:export"] }],
        "roles": [{ "id": "deployer", "name": "Deployer", "rules": [
            { "permissionSet": "stack-read", "on": "all" },
            { "permissionSet": "stack-write", "on": { "tags": [{ "key": "env", "equals": "dev" }] } }] }],
        "teams": [{ "name": "platform", "roles": ["deployer"], "members": [{ "user": "bob" }, { "user": "cyd" }] }],
        "members": [{ "user": "ann", "role": "admin" }, { "user": "bob" }, { "user": "cyd" }],
        "entities": [
            { "entity": "stack:acme/web/dev", "id": "s1", "tags": { "env": "dev" } },
            { "entity": "stack:acme/web/prod", "id": "s2", "tags": { "env": "prod" }, "creator": "user:cyd" }],
    })
}

/// The diff as JSON, after a change of the document.
fn changed(change: impl Fn(&mut Value)) -> Value {
    with(change, |diff| json!(diff))
}

fn with<T>(change: impl Fn(&mut Value), look: impl Fn(&Diff<'_>) -> T) -> T {
    between(
        &acme(),
        &{
            let mut after = acme();
            change(&mut after);
            after
        },
        look,
    )
}

fn between<T>(before: &Value, after: &Value, look: impl Fn(&Diff<'_>) -> T) -> T {
    let [before, after] =
        [before, after].map(|it| Organization::parse(it.to_string()).expect("a valid document"));
    look(&before.diff(&after, Some(instant())).expect("one organization"))
}

/// What happens to a principal, without the scopes where a set names them.
fn of(diff: &Value, principal: &str) -> Vec<Value> {
    let changes = diff["changes"].as_array().expect("changes");
    let change =
        changes.iter().find(|it| it["principals"].as_array().expect("names").contains(&json!(principal)));
    let effects = change.map_or(&[][..], |change| change["effects"].as_array().expect("effects"));
    effects
        .iter()
        .map(|effect| {
            let what = effect.get("set").map_or(&effect["scopes"], |set| &set["id"]);
            json!([effect["before"], effect["after"], what, effect["on"], effect["by"]])
        })
        .collect()
}

const TEAM: &str = "team:platform";

#[test]
fn a_set_is_told_by_its_name_and_members_by_their_team() {
    let diff = changed(|it| it["roles"][0]["rules"][1]["permissionSet"] = json!("stack-admin"));
    let on = json!(["stack:acme/web/dev", { "other": "stack", "tags": [{ "key": "env", "equals": "dev" }] }]);
    let unsure = json!([{ "other": "stack" }]);
    let by = json!([["role:deployer"]]);
    let told = [
        json!(["deny", "unknown", "stack-admin", unsure, by]),
        json!(["deny", "allow", "stack-admin", on, by]),
    ];
    assert_eq!(of(&diff, TEAM), told);
    let bob = &diff["changes"][0];
    assert_eq!(
        bob["principals"],
        json!(["user:bob", "user:cyd"]),
        "delete and transfer are conditions of the settings"
    );
    assert_eq!(bob["effects"][0]["scopes"], json!(["stack:rename", "stack_access:update"]));
    assert_eq!(bob["effects"][1]["toldAt"], json!([TEAM]));
    assert_eq!(bob["effects"][1]["by"], json!([[TEAM, "role:deployer"]]));
}

#[test]
fn an_entity_with_another_name_and_the_same_id_is_the_same() {
    let diff = changed(|it| it["entities"][0]["entity"] = json!("stack:acme/web/develop"));
    assert_eq!(diff["changes"], json!([]));
    assert_eq!(
        diff["renamed"],
        json!([
        { "kind": "entity", "id": "s1", "before": "stack:acme/web/dev", "after": "stack:acme/web/develop" }])
    );
    let diff = changed(|it| {
        it["entities"][0]["entity"] = json!("stack:acme/web/develop");
        it["entities"][0]["tags"] = json!({});
    });
    let place = json!([{ "before": "stack:acme/web/dev", "after": "stack:acme/web/develop" }]);
    assert_eq!(of(&diff, TEAM), [json!(["allow", "deny", "stack-write", place, [["role:deployer"]]])]);
}

#[test]
fn without_an_id_a_new_name_is_another_entity() {
    let diff = changed(|it| {
        it["entities"][0] = json!({ "entity": "stack:acme/web/develop", "tags": { "env": "dev" } });
    });
    let by = json!([["role:deployer"]]);
    assert_eq!(diff["renamed"], json!([]));
    assert_eq!(
        of(&diff, TEAM),
        [
            json!(["unknown", "allow", "stack-write", ["stack:acme/web/develop"], by]),
            json!(["allow", "unknown", "stack-write", ["stack:acme/web/dev"], by]),
        ]
    );
}

#[test]
fn two_entities_may_change_their_names() {
    let diff = changed(|it| {
        it["entities"][0]["entity"] = json!("stack:acme/web/prod");
        it["entities"][1]["entity"] = json!("stack:acme/web/dev");
    });
    assert_eq!((&diff["changes"], diff["renamed"].as_array().map(Vec::len)), (&json!([]), Some(2)));
}

#[test]
fn a_grant_on_the_old_name_stays_with_that_name() {
    let grant = |it: &mut Value| {
        it["teams"][0]["grants"] = json!([{ "entity": "stack:acme/web/prod", "level": "write" }]);
    };
    let mut before = acme();
    grant(&mut before);
    let mut after = before.clone();
    after["entities"][1]["entity"] = json!("stack:acme/web/main");
    let diff = between(&before, &after, |diff| json!(diff));
    let place = json!([{ "before": "stack:acme/web/prod", "after": "stack:acme/web/main" }]);
    assert_eq!(of(&diff, TEAM), [json!(["allow", "deny", "stack-write", place, [["grant"]]])]);
}

#[test]
fn roles_and_sets_keep_what_they_are_by_their_ids() {
    let diff = changed(|it| {
        it["roles"][0]["name"] = json!("Shipper");
        it["permissionSets"][0]["name"] = json!("Gadgets");
    });
    assert_eq!(diff["changes"], json!([]));
    assert_eq!(
        diff["renamed"],
        json!([
        { "kind": "role", "id": "deployer", "before": "Deployer", "after": "Shipper" },
        { "kind": "permission-set", "id": "tools", "before": "Tools", "after": "Gadgets" }])
    );
    with(|it| it["roles"][0]["name"] = json!("Shipper"), |diff| assert!(diff.is_empty()));
}

#[test]
fn a_condition_that_no_entity_meets_is_told_for_those_that_may() {
    let mut before = acme();
    before["entities"] = json!([]);
    let mut after = before.clone();
    after["roles"][0]["rules"][1]["on"]["tags"][0]["equals"] = json!("prod");
    let diff = between(&before, &after, |diff| json!(diff));
    let on = |value| json!([{ "other": "stack", "tags": [{ "key": "env", "equals": value }] }]);
    assert_eq!(
        of(&diff, TEAM),
        [
            json!(["deny", "allow", "stack-write", on("prod"), [["role:deployer"]]]),
            json!(["allow", "deny", "stack-write", on("dev"), [["role:deployer"]]]),
        ]
    );
    assert_eq!(diff["totals"], json!({ "gained": 0, "lost": 0, "principals": 3 }));
}

#[test]
fn what_a_listed_entity_would_be_allowed_under_other_tags_is_told_where_nothing_else_is() {
    let grant = json!([{ "entity": "stack:acme/web/dev", "level": "write" }]);
    let diff = changed(|it| it["teams"][0]["grants"] = grant.clone());
    let place = json!([{ "entity": "stack:acme/web/dev", "tags": [{ "key": "env", "notEquals": "dev" }] }]);
    assert_eq!(of(&diff, TEAM), [json!(["deny", "allow", "stack-write", place, [["grant"]]])]);
}

#[test]
fn conditions_with_too_many_cases_are_never_passed_over() {
    let many = |value: &str| {
        let keys = ["a", "b", "c", "d", "e", "f"];
        let tests: Vec<Value> = keys.iter().map(|key| json!({ "key": key, "equals": value })).collect();
        let more = keys.iter().map(
            |key| json!({ "permissionSet": "stack-read", "on": { "tags": [{ "key": key, "equals": "x" }] } }),
        );
        let rule = json!({ "permissionSet": "stack-write", "on": { "tags": tests } });
        json!(more.chain([rule]).collect::<Vec<_>>())
    };
    let (mut before, mut after) = (acme(), acme());
    before["entities"] = json!([]);
    before["roles"][0]["rules"] = many("y");
    after["entities"] = json!([]);
    after["roles"][0]["rules"] = many("z");
    between(&before, &after, |diff| {
        assert!(diff.changes.is_empty() && !diff.is_empty());
        let change = &diff.conditions[0];
        assert_eq!(change.principals, ["user:bob", "user:cyd", TEAM]);
        assert_eq!((change.entity_type, change.scopes.len()), ("stack", 25));
        let last = |grants: &[scopewise::ExplainedGrant]| {
            json!(grants.last().expect("a grant"))["on"]["tags"][5].clone()
        };
        assert_eq!(last(&change.before), json!({ "key": "f", "equals": "y" }));
        assert_eq!(last(&change.after), json!({ "key": "f", "equals": "z" }));
        let guard = Guard::parse("stack:write@stack:acme/web/*").expect("a guard");
        assert_eq!(diff.breaches(&guard).len(), 1);
    });
}

/// Which tags are the same is more than tests of tags can say.
#[test]
fn tags_that_are_compared_with_each_other_are_told_as_conditions() {
    let tree = |a: &str, b: &str| {
        let tag = |key| json!({ "__type": "PermissionExpressionTag", "context": { "__type": "PermissionExpressionStack" }, "key": key });
        json!({ "id": "same", "name": "Same", "details": {
            "__type": "PermissionDescriptorCondition",
            "condition": { "__type": "PermissionExpressionEqual", "left": tag(a), "right": tag(b) },
            "subNode": { "__type": "PermissionDescriptorAllow", "permissions": ["stack:delete"] } } })
    };
    let document = |a, b| {
        let mut document = acme();
        document["roles"] = json!([tree(a, b)]);
        document["teams"][0]["roles"] = json!(["same"]);
        document
    };
    between(&document("owner", "env"), &document("env", "owner"), |diff| assert!(diff.is_empty()));
    between(&document("owner", "env"), &document("owner", "tier"), |diff| {
        assert!(diff.changes.is_empty());
        assert_eq!(diff.conditions[0].scopes, ["stack:delete"]);
    });
}

#[test]
fn a_run_that_acts_as_somebody_else_is_told() {
    let diff = changed(|it| {
        it["settings"] = json!({ "defaultDeploymentRole": "deployer" });
        it["entities"][1]["deployment"] = json!({ "role": "admin" });
    });
    let runs = diff["runs"].as_array().expect("runs");
    let told: Vec<Value> =
        runs.iter().map(|it| json!([it["deployments"], it["started"], it["before"], it["after"]])).collect();
    assert_eq!(
        told,
        [
            json!([["deployment:*", "deployment:web/dev"], "by_itself", "stack-token", "role:deployer"]),
            json!([["deployment:*", "deployment:web/dev"], "by_hand", "starter", "role:deployer"]),
            json!([["deployment:web/prod"], "by_itself", "stack-token", "role:admin"]),
            json!([["deployment:web/prod"], "by_hand", "starter", "role:admin"]),
        ]
    );
    let own = runs[1]["effects"].as_array().expect("effects").last().expect("its own stack");
    assert_eq!((&own["set"]["id"], &own["on"]), (&json!("stack-admin"), &json!(["own-stack"])));
}

#[test]
fn settings_and_tokens_stand_in_the_way() {
    let mut before = acme();
    before["tokens"] = json!([{ "name": "ci", "kind": "organization", "role": "deployer", "expiresAt": "2026-11-20T00:00:00Z" }]);
    let mut after = before.clone();
    after["tokens"][0]["expiresAt"] = json!("2027-11-20T00:00:00Z");
    after["settings"] = json!({ "membersCanDeleteStacks": true });
    let diff = between(&before, &after, |diff| json!(diff));
    let change = |name: &str| {
        let changes = diff["changes"].as_array().expect("changes").clone();
        changes.into_iter().find(|it| it["principals"][0] == name).expect("a change")["effects"].clone()
    };
    assert_eq!(change("user:cyd")[0]["scopes"], json!(["stack:delete"]));
    assert_eq!(change("user:cyd")[0]["by"], json!([["creator"]]));
    let blocked = json!({ "code": "setting_off", "setting": "membersCanDeleteStacks" });
    assert_eq!(change("user:cyd")[0]["blockedBy"], blocked);
    assert_eq!(change("token:ci")[0]["blockedBy"], json!({ "code": "token_expired" }));
}

#[test]
fn guards_speak_of_what_they_name() {
    let breaches = |guard: &str| {
        let guard = Guard::parse(guard).expect("a guard");
        with(
            |it| {
                it["roles"][0]["rules"][1]["permissionSet"] = json!("stack-admin");
                it["members"][1]["grants"] = json!([{ "entity": "stack:acme/web/prod", "level": "admin" }]);
            },
            |diff| {
                diff.breaches(&guard)
                    .iter()
                    .map(|it| json!([it.principals, it.scopes, it.on, it.after]))
                    .collect::<Vec<_>>()
            },
        )
    };
    let dev = json!({ "other": "stack", "tags": [{ "key": "env", "equals": "dev" }] });
    assert_eq!(
        breaches("stack:delete for team:*"),
        [
            json!([[TEAM], ["stack:delete"], [{ "other": "stack" }], "unknown"]),
            json!([[TEAM], ["stack:delete"], ["stack:acme/web/dev", dev], "allow"]),
        ]
    );
    let prod = breaches("stack:re*@stack:*/prod for user:bob");
    assert_eq!(
        prod,
        [
            json!([["user:bob"], ["stack:rename"], [{ "other": "stack" }], "unknown"]),
            json!([["user:bob"], ["stack:rename"], ["stack:acme/web/prod"], "allow"]),
            json!([["user:bob"], ["stack:rename"], [dev], "allow"]),
        ]
    );
    let none: [Value; 0] = [];
    assert_eq!(breaches("stack:read"), none);
    assert_eq!(breaches("environment:*"), none);
    assert_eq!(breaches("stack:delete@stack:other/*"), none);
    assert_eq!(breaches("stack:delete@stack:acme/web/prod for team:*"), none);
    assert_eq!(breaches("stack:delete@stack:acme/new/prod for team:*").len(), 2, "nobody knows that stack");
}

#[test]
fn a_guard_that_cannot_be_read_says_why() {
    let error = |text: &str| Guard::parse(text).expect_err("no guard").to_string();
    let forms = "write `stack:delete`, `stack:delete@stack:acme/web/*` or `stack:delete for user:*`";
    assert_eq!(error("delete"), format!("`delete` in the guard `delete` is not `object:action`: {forms}"));
    assert_eq!(
        error("stack:delete@prod"),
        format!("`prod` in the guard `stack:delete@prod` is not `TYPE:PATH`: {forms}")
    );
    assert_eq!(
        error("stack:delete for bob"),
        format!("`bob` in the guard `stack:delete for bob` is not `KIND:NAME`: {forms}")
    );
    assert_eq!(
        error("stack:delete for usr:bob"),
        "no kind of principal `usr` is known: use one of `user`, `team`, `service-principal`, `token`, `deployment`"
    );
}

#[test]
fn documents_of_two_organizations_are_not_compared() {
    let other = json!({ "revision": "2026-10", "organization": "beta" });
    let [acme, beta] =
        [acme(), other].map(|it| Organization::parse(it.to_string()).expect("a valid document"));
    let error = acme.diff(&beta, None).expect_err("two organizations").to_string();
    assert_eq!(error, "`acme` and `beta` are two organizations: compare documents of one");
}

#[test]
fn a_revision_is_compared_by_the_names_of_its_scopes() {
    let mut after = acme();
    after["revision"] = json!("2026-04");
    between(&acme(), &after, |diff| {
        let ann = diff.changes.iter().find(|it| it.principals[0] == "user:ann").expect("an administrator");
        let lost = ann.effects.iter().filter(|it| !it.is_gain()).flat_map(|it| &it.scopes).count();
        assert!(lost > 5 && ann.effects.iter().all(|it| it.blocked_by.is_some()), "{ann:#?}");
        assert_ne!(diff.totals, Totals::default());
    });
}
