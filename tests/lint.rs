//! What a careful reader says about a document: each finding with the document that has it, and with one that just
//! has not.
#![cfg(not(target_arch = "wasm32"))]

use std::fmt::Write;
use std::fs;
use std::time::{Duration, Instant as Clock};

use scopewise::catalog::Catalog;
use scopewise::{Finding, Instant, Lint, Severity, lint, lint_with};
use serde_json::{Value, json};

// Errors.

#[test]
fn a_run_that_lacks_something_fails() {
    let document = |level: &str| {
        json!({
            "roles": [role("run", json!([{ "permissionSet": "environment-open", "on": "all" }]))],
            "tokens": [{ "name": "ci", "kind": "organization", "role": "run", "expiresAt": LATER }],
            "servicePrincipals": [{ "name": "runner", "grants": [{ "entity": PROD, "level": level }] }],
            "entities": [
                { "entity": PROD, "stackReferences": [NET], "environments": [AWS],
                  "deployment": { "runAs": "service-principal:runner" } },
                { "entity": NET, "deployment": { "accessToken": "token:ci" } },
                { "entity": AWS, "imports": ["environment:acme/default/base"] },
                { "entity": "environment:acme/default/base" },
            ],
        })
    };
    check(
        &document("read"),
        "
        entities[0].deployment: a run acts as `service-principal:runner`, which may not `stack:write` on \
            `stack:acme/web/prod`, and 3 more things that it needs: give it that, or let it act as somebody who may \
            [deployment_fails] environment:acme/default/aws environment:acme/default/base stack:acme/net/prod \
            stack:acme/web/prod
        entities[1].deployment: a run acts as `token:ci`, which may not `stack:write` on `stack:acme/net/prod`: give \
            it that, or let it act as somebody who may [deployment_fails] stack:acme/net/prod
        ",
    );
    let mut better = document("write");
    better["servicePrincipals"][0]["grants"] = json!([
        { "entity": PROD, "level": "write" }, { "entity": NET, "level": "read" },
        { "entity": AWS, "level": "open" }, { "entity": "environment:acme/default/base", "level": "open" },
    ]);
    better["roles"][0] = role("run", json!([{ "permissionSet": "stack-write", "on": [NET] }]));
    check(&better, "");
}

#[test]
fn a_run_that_is_refused_fails() {
    let document = |mode: &str, deployment: Value| {
        json!({
            "settings": { "permissionMode": mode },
            "teams": [{ "name": "t", "grants": [{ "entity": PROD, "level": "write" }] }],
            "tokens": [
                { "name": "ci", "kind": "organization", "role": "admin", "expiresAt": LATER },
                { "name": "tt", "kind": "team", "team": "t", "expiresAt": LATER },
            ],
            "entities": [{ "entity": PROD, "deployment": deployment }],
        })
    };
    check(
        &document("restricted", json!({})),
        "
        entities[0].deployment: every run is refused, for the mode is restricted and nobody is chosen to act as: set \
            `runAs` [deployment_fails]
        ",
    );
    check(
        &document("permissive", json!({ "runAs": "team:t", "accessToken": "token:ci" })),
        "
        entities[0].deployment: every run is refused, for it has an `accessToken` beside `runAs` or the restricted \
            mode: remove it [deployment_fails]
        ",
    );
    check(&document("restricted", json!({ "runAs": "team:t" })), "");
    check(&document("permissive", json!({ "accessToken": "token:ci" })), "");
    check(&document("permissive", json!({})), "");
}

#[test]
fn a_run_by_a_token_that_has_expired_fails_once_there_is_a_time() {
    let document = json!({
        "tokens": [{ "name": "ci", "kind": "organization", "role": "admin", "expiresAt": "2026-01-01T00:00:00Z" }],
        "entities": [{ "entity": PROD, "deployment": { "accessToken": "token:ci" } }],
    });
    check(
        &document,
        "
        entities[0].deployment: a run acts as `token:ci`, and every request of that is refused (token_expired): renew \
            it [deployment_fails]
        tokens[0]: the token is past its end: renew or remove it [token_refused]
        ",
    );
    assert_eq!(told(&lint(whole(&document), None).unwrap()), "");
}

// Warnings.

#[test]
fn whoever_may_change_tags_climbs_by_a_rule_that_rests_on_them() {
    let climbs = |set: &str, on: Value, entity: &str| {
        json!({
            "roles": [
                role("dev", json!([{ "permissionSet": set, "on": on }])),
                role("own", json!([{ "permissionSet": "stack-admin", "on": tagged("owner", "dev") },
                                   { "permissionSet": "environment-admin", "on": tagged("owner", "dev") }])),
            ],
            "members": [{ "user": "ann", "role": "dev" }, { "user": "bob", "role": "own" }],
            "teams": [{ "name": "owners", "roles": ["own"], "members": [{ "user": "ann" }] }],
            "entities": [{ "entity": entity, "tags": { "owner": "dev", "env": "dev" } }],
        })
    };
    let by_ann = "
        roles[1].rules[0].on.tags: `user:ann` may change the tags on which this rests, and so come to `stack:delete`, \
            `stack:rename` and 2 more: ask for a tag that they may not change, or give the right to change tags to \
            fewer [tag_escalation] user:ann
        ";
    check(&climbs("stack-write", json!("all"), PROD), by_ann);
    check(&climbs("stack-write", json!([PROD]), PROD), by_ann);
    check(&climbs("stack-read", json!("all"), PROD), "");
    check(&climbs("environment-open", json!("all"), AWS), "");
    // Of the tags of an environment: only an other value, from where the tag is another one.
    check(
        &climbs("environment-write", json!([AWS]), AWS),
        "
        roles[1].rules[1].on.tags: `user:ann` may change the tags on which this rests, and so come to \
            `environment:delete`: ask for a tag that they may not change, or give the right to change tags to fewer \
            [tag_escalation] user:ann
        ",
    );
}

#[test]
fn whoever_may_only_add_tags_does_not_take_them_away() {
    let document = |scopes: &[&str], test: Value| {
        json!({
            "permissionSets": [set("tagger", "environment", scopes)],
            "roles": [role("dev", json!([{ "permissionSet": "tagger", "on": "all" },
                                         { "permissionSet": "environment-read", "on": { "tags": [test] } }]))],
            "members": [{ "user": "ann", "role": "dev" }],
            "entities": [{ "entity": AWS, "tags": { "secret": "yes" } }],
        })
    };
    let (there, missing) =
        (json!({ "key": "secret", "exists": true }), json!({ "key": "secret", "exists": false }));
    let finds = |scopes: &[&str], test: &Value| codes(&document(scopes, test.clone()));
    let climbs = |scopes: &[&str], test: &Value| finds(scopes, test).contains(&"tag_escalation".to_owned());
    let (create, delete, update) =
        ("environment_tag:create", "environment_tag:delete", "environment_tag:update");
    assert!(climbs(&[create], &there) && !climbs(&[create], &missing));
    assert!(!climbs(&[delete], &there) && climbs(&[delete], &missing));
    assert!(climbs(&[update], &there) && climbs(&[update], &missing));
    assert!(climbs(&[create, delete], &there) && climbs(&[create, delete], &missing));
    assert!(!climbs(&["environment:write"], &there) && !climbs(&["environment_tag:read"], &missing));
}

#[test]
fn a_scope_of_another_product_changes_no_tags_because_of_its_name() {
    let catalog = json!({
        "name": "piles", "defaultRole": "reader", "roles": [{ "id": "reader" }],
        "entityTypes": [
            { "name": "organization", "path": "organization" },
            { "name": "stack", "path": "organization/stack", "scopes": [
                { "name": "stack:delete" }, { "name": "stack_deployment:create" }, { "name": "stack_tags:update" }] }],
        "permissionSets": [
            { "id": "tagger", "entityType": "stack", "scopes": ["stack_tags:update", "stack_deployment:create"] },
            { "id": "deleter", "entityType": "stack", "scopes": ["stack:delete"] }],
    });
    let document = json!({
        "catalog": "piles", "organization": "acme",
        "roles": [role("dev", json!([{ "permissionSet": "tagger", "on": "all" },
                                     { "permissionSet": "deleter", "on": tagged("owner", "dev") }]))],
        "members": [{ "user": "ann", "role": "dev" }],
        "entities": [{ "entity": "stack:acme/one", "tags": { "owner": "dev" } },
                     { "entity": "stack:acme/two", "tags": { "owner": "ops" } }],
    });
    let catalog = Catalog::parse(catalog.to_string()).unwrap_or_else(|invalid| panic!("{invalid}"));
    let findings = lint_with(&catalog, document.to_string(), Some(now()));
    assert_eq!(told(&findings.unwrap_or_else(|invalid| panic!("{invalid}"))), "");
}

#[test]
fn whoever_deploys_a_stack_opens_what_its_runs_open() {
    let document = |more: Value| {
        let mut document = json!({
            "roles": [role("run", json!([{ "permissionSet": "environment-open", "on": "all" }]))],
            "members": [{ "user": "ann", "role": "admin" }, { "user": "bob" }, { "user": "cyd" }],
            "teams": [
                { "name": "web", "members": [{ "user": "bob" }], "grants": [{ "entity": PROD, "level": "write" }] },
                { "name": "look", "members": [{ "user": "cyd" }], "grants": [{ "entity": PROD, "level": "read" }] },
            ],
            "entities": [
                { "entity": PROD, "environments": [AWS], "deployment": { "role": "run" } },
                { "entity": AWS, "imports": ["environment:acme/default/base", AWS] },
                { "entity": "environment:acme/default/base" },
            ],
        });
        merge(&mut document, &more);
        document
    };
    check(
        &document(json!({})),
        "
        entities[0].environments: `team:web` and `user:bob` may have code run in deployments of this stack, which open \
            `environment:acme/default/aws` and `environment:acme/default/base` as `role:run`, and may not open it \
            themselves: let fewer deploy the stack, or let them open it [environment_by_stack] environment:acme/default/aws \
            environment:acme/default/base team:web user:bob
        ",
    );
    let opens = json!({ "teams": [{ "grants": [{ "entity": PROD, "level": "write" }, { "entity": AWS, "level": "open" },
        { "entity": "environment:acme/default/base", "level": "open" }] }] });
    check(&document(opens), "");
    check(&document(json!({ "teams": [{ "grants": [{ "entity": PROD, "level": "read" }] }] })), "");
    // A run that acts as whoever starts it opens nothing more.
    check(
        &document(
            json!({ "entities": [{ "deployment": { "role": null } }], "members": [{}, { "role": "run" }] }),
        ),
        "",
    );
}

#[test]
fn an_unbound_node_of_two_types_reaches_both() {
    let document = |details: Value| of_tree(&details);
    let both = allow(&["stack:read", "environment:open", "team:read"]);
    let reaches = "no condition on an entity binds this, so that it gives its scopes on every `environment` and \
                   `stack` there is: give those of each type by a node of their own, under the condition that they \
                   need [reaches_other_type]";
    check(
        &document(both.clone()),
        &format!(
            "roles[0].details: {}",
            reaches.replace("`environment` and `stack`", "`stack` and `environment`")
        ),
    );
    let in_team = when(&team_is("t"), &group(std::slice::from_ref(&both)));
    let mut of_team = document(in_team);
    of_team["teams"] = json!([{ "name": "t", "members": [{ "user": "ann" }] }]);
    assert_eq!(codes(&of_team), ["reaches_other_type"]);
    check(&document(allow(&["stack:read", "team:read"])), "");
    check(&document(group(&[allow(&["stack:read"]), allow(&["environment:open"])])), "");
    // A name that two types have, one of them the organization, is meant for the one.
    check(&document(allow(&["environment:open", "change_gate:create"])), "");
}

#[test]
fn a_policy_reaches_as_far_as_what_composes_it() {
    let document = |around: &dyn Fn(Value) -> Value| {
        let policy = json!({ "id": "both", "name": "Both", "uxPurpose": "policy",
                             "details": allow(&["stack:read", "environment:open"]) });
        let compose = json!({ "__type": "PermissionDescriptorCompose", "permissionDescriptors": ["both"] });
        json!({ "roles": [policy, tree("dev", &around(compose))], "members": [{ "user": "ann", "role": "dev" }],
                "entities": [{ "entity": PROD }] })
    };
    assert_eq!(codes(&document(&|compose| compose)), ["reaches_other_type"]);
    assert_eq!(codes(&document(&|compose| when(&stack_is(PROD), &compose))), [""; 0]);
}

#[test]
fn a_condition_that_never_holds_is_dead() {
    let rule = |tests: Value| {
        json!({ "roles": [role("dev", json!([{ "permissionSet": "stack-write", "on": { "tags": tests } }]))],
                "members": [{ "user": "ann", "role": "dev" }] })
    };
    let dead = "
        roles[0].rules[0].on.tags: this can never hold, so that nothing comes under it: mend or remove it [dead_grant]
        ";
    check(&rule(json!([{ "key": "env", "equals": "a" }, { "key": "env", "equals": "b" }])), dead);
    check(&rule(json!([{ "key": "env", "equals": "a" }, { "key": "env", "exists": false }])), dead);
    check(&rule(json!([{ "key": "env", "notEquals": "a" }, { "key": "env", "exists": false }])), "");
    check(&rule(json!([{ "key": "env", "equals": "a" }, { "key": "tier", "equals": "b" }])), "");
}

#[test]
fn a_branch_that_never_comes_is_dead() {
    let always = json!({ "__type": "PermissionExpressionOr", "left": has_tag("env"),
                         "right": { "__type": "PermissionExpressionNot", "node": has_tag("env") } });
    let branches = |condition: &Value| {
        json!({ "__type": "PermissionDescriptorIfThenElse", "condition": condition,
        "subNodeForTrue": allow(&["stack:read"]), "subNodeForFalse": allow(&["stack:write"]) })
    };
    check(
        &of_tree(&branches(&always)),
        "
        roles[0].details.condition: wherever this is asked it holds, so that nothing comes by `subNodeForFalse`: mend \
            or remove it [dead_grant]
        ",
    );
    check(&of_tree(&branches(&has_tag("env"))), "");
    // What is inside of something dead is dead as well, and told once.
    let never = json!({ "__type": "PermissionExpressionNot", "node": always });
    let inside = [when(&has_tag("env"), &allow(&["stack:read"])), when(&never, &allow(&["stack:write"]))];
    check(
        &of_tree(&when(&never, &group(&inside))),
        "
        roles[0].details.condition: this can never hold, so that nothing comes under it: mend or remove it [dead_grant]
        ",
    );
}

#[test]
fn a_scope_of_another_type_under_a_condition_is_dead() {
    let document = |node: &Value| {
        json!({ "roles": [tree("dev", &when(&stack_is(PROD), node))], "members": [{ "user": "ann", "role": "dev" }],
                "entities": [{ "entity": PROD, "id": "1" }] })
    };
    check(
        &document(&allow(&["stack:read", "environment:open", "team:read"])),
        "
        roles[0].details.subNode.permissions[1]: the conditions around this hold for nothing that has \
            `environment:open` and `team:read`: give it outside of them, or remove it [dead_grant] \
            roles[0].details.subNode.permissions[2]
        ",
    );
    check(
        &document(&allow(&["team:read"])),
        "
        roles[0].details.subNode: the conditions around this hold for nothing that has `team:read`: give it outside of \
            them, or remove it [dead_grant]
        ",
    );
    let compose = json!({ "__type": "PermissionDescriptorCompose",
                          "permissionDescriptors": ["stack-read", "environment-open"] });
    check(
        &document(&compose),
        "
        roles[0].details.subNode.permissionDescriptors[1]: the conditions around this hold for no `environment`, so \
            that the set is never given: move it out of them [dead_grant]
        ",
    );
    // A name that two types have is given for the one.
    check(&document(&allow(&["stack:read", "stack_access:read"])), "");
}

#[test]
fn a_condition_that_nothing_listed_meets_is_told() {
    let document = |test: Value, tags: Value| {
        json!({ "roles": [role("dev", json!([{ "permissionSet": "stack-write", "on": { "tags": [test] } }]))],
                "members": [{ "user": "ann", "role": "dev" }],
                "entities": [{ "entity": PROD, "tags": tags }, { "entity": AWS, "tags": { "env": "test" } }] })
    };
    let (test, not_prod) =
        (json!({ "key": "env", "equals": "test" }), json!({ "key": "env", "notEquals": "prod" }));
    let unmet = "
        roles[0].rules[0].on.tags: no listed `stack` meets this, so that nothing comes under it yet: mend the test, or \
            tag what is meant [unmet_condition]
        ";
    check(&document(test.clone(), json!({ "env": "prod" })), unmet);
    check(&document(not_prod.clone(), json!({ "env": "prod" })), unmet);
    check(&document(test.clone(), json!({ "env": "test" })), "");
    check(&document(not_prod, json!({ "env": "test" })), "");
    // Where nothing is said of the tags of any stack, nothing is said of the test.
    check(&document(test, json!({})), "");
}

#[test]
fn a_branch_that_nothing_listed_comes_to_is_told() {
    let branches = json!({ "__type": "PermissionDescriptorIfThenElse", "condition": has_tag("env"),
        "subNodeForTrue": allow(&["stack:read"]), "subNodeForFalse": allow(&["stack:write"]) });
    let document = json!({ "roles": [tree("dev", &branches)], "members": [{ "user": "ann", "role": "dev" }],
                           "entities": [{ "entity": PROD, "tags": { "env": "prod" } }] });
    check(
        &document,
        "
        roles[0].details.condition: every listed `stack` meets this, so that nothing comes by `subNodeForFalse` yet: \
            mend the test, or tag what is meant [unmet_condition]
        ",
    );
}

#[test]
fn a_tag_that_nothing_has_is_told_where_it_is_tested() {
    let document = |key: &str, entity_tags: Value| {
        let tests = json!([{ "key": "env", "equals": "prod" }, { "key": key, "notEquals": "x" }]);
        let of_tree = json!({ "__type": "PermissionExpressionEqual", "left": {
            "__type": "PermissionExpressionTag", "context": { "__type": "PermissionExpressionStack" }, "key": key },
            "right": { "__type": "PermissionLiteralExpressionString", "value": "dev" } });
        json!({ "roles": [role("dev", json!([{ "permissionSet": "stack-write", "on": { "tags": tests } }])),
                          tree("ops", &when(&of_tree, &allow(&["stack:read"])))],
                "members": [{ "user": "ann", "role": "dev" }, { "user": "bob", "role": "ops" }],
                "entities": [{ "entity": PROD, "tags": entity_tags }, { "entity": AWS, "tags": { "tear": "dev" } }] })
    };
    let unknown = "no listed `stack` has a tag `tear`, so that this is the same for all: mend the key, or tag what is \
                   meant [unknown_tag]";
    check(
        &document("tear", json!({ "env": "prod", "tier": "dev" })),
        &format!("roles[0].rules[0].on.tags[1]: {unknown}\nroles[1].details.condition.left: {unknown}"),
    );
    check(&document("tier", json!({ "env": "prod", "tier": "dev" })), "");
}

#[test]
fn a_literal_that_names_nothing_is_told() {
    let document = |condition: &Value| {
        json!({ "roles": [tree("dev", &when(condition, &allow(&["stack:read"])))],
                "teams": [{ "name": "t", "members": [{ "user": "ann" }] }],
                "members": [{ "user": "ann", "role": "dev" }],
                "entities": [{ "entity": PROD, "id": "9f02" }, { "entity": AWS, "id": "77aa" }] })
    };
    check(
        &document(&stack_is("8c1d")),
        "
        roles[0].details.condition.right: `8c1d` is the id, name or path of no `stack` here, so that nothing is equal \
            to it: name one [unknown_literal]
        ",
    );
    check(
        &document(&team_is("u")),
        "
        roles[0].details.condition.right: no team `u` is in the document, so that nobody is in it: name one \
            [unknown_literal]
        ",
    );
    for known in ["9f02", PROD, "acme/web/prod"] {
        check(&document(&stack_is(known)), "");
    }
    check(&document(&team_is("t")), "");
    // The id of an environment is no id of a stack.
    check(
        &document(&stack_is("77aa")),
        "
        roles[0].details.condition.right: `77aa` is the id, name or path of no `stack` here, so that nothing is equal \
            to it: name one [unknown_literal]
        ",
    );
}

#[test]
fn a_token_that_is_refused_is_told_at_its_time() {
    let document = |days: Value, expires: Value| {
        json!({ "settings": { "tokenMaxLifetimeDays": days },
                "tokens": [{ "name": "ci", "kind": "organization", "role": "member", "expiresAt": expires }] })
    };
    let too_long = "
        tokens[0]: the token may live longer than the organization allows, so that every request with it is refused: \
            give it an earlier `expiresAt` [token_refused]
        ";
    check(&document(json!(30), Value::Null), too_long);
    check(&document(json!(30), json!(LATER)), too_long);
    check(&document(json!(30), json!("2026-12-20T00:00:00Z")), "");
    check(
        &document(Value::Null, json!(AT)),
        "tokens[0]: the token is past its end: renew or remove it [token_refused]",
    );
    check(&document(Value::Null, json!(LATER)), "");
    check(
        &document(Value::Null, Value::Null),
        "tokens[0]: the token never expires: give it an `expiresAt`, or set `tokenMaxLifetimeDays` \
         [token_without_expiry]",
    );
    let without_a_time = |document: &Value| told(&lint(whole(document), None).unwrap());
    assert_eq!(without_a_time(&document(Value::Null, json!("1999-01-01T00:00:00Z"))), "");
    assert_eq!(without_a_time(&document(json!(30), json!(LATER))), "");
    assert!(without_a_time(&document(json!(30), Value::Null)).contains("token_refused"));
}

// Notes: what could go.

#[test]
fn what_a_role_gives_twice_is_needless_once() {
    let document = of_rules;
    let needless = |path: &str, by: &str| {
        format!("{path}: all that this gives comes otherwise as well: remove it [redundant_grant] {by}")
    };
    let (read, write) = (
        |on: Value| json!({ "permissionSet": "stack-read", "on": on }),
        |on: Value| json!({ "permissionSet": "stack-write", "on": on }),
    );
    let dev = || tagged("env", "dev");
    // The narrower one goes, wherever it stands.
    for (rules, path, by) in [
        (json!([read(json!("all")), write(json!("all"))]), "roles[0].rules[0]", "roles[0].rules[1]"),
        (json!([write(json!("all")), read(dev())]), "roles[0].rules[1]", "roles[0].rules[0]"),
        (json!([read(json!([PROD])), write(json!("all"))]), "roles[0].rules[0]", "roles[0].rules[1]"),
        (json!([write(json!([PROD])), write(json!([PROD]))]), "roles[0].rules[1]", "roles[0].rules[0].on[0]"),
        (json!([read(json!("all")), read(json!("all"))]), "roles[0].rules[1]", "roles[0].rules[0]"),
        (json!([read(dev()), write(dev())]), "roles[0].rules[0]", "roles[0].rules[1]"),
        (
            json!([write(json!([PROD, NET])), read(json!([NET, "stack:acme/web/dev"]))]),
            "roles[0].rules[1].on[0]",
            "roles[0].rules[0].on[1]",
        ),
    ] {
        check(&document(rules), &needless(path, by));
    }
    // What holds for some tags does not hold for all, even if all that is listed has them.
    let mut listed = document(json!([write(dev()), read(json!([PROD])), read(json!("all"))]));
    listed["entities"] = json!([{ "entity": PROD, "tags": { "env": "dev" } }]);
    check(&listed, &needless("roles[0].rules[1]", "roles[0].rules[2]"));
    let mut listed = document(json!([write(dev()), read(json!([PROD]))]));
    listed["entities"] = json!([{ "entity": PROD, "tags": { "env": "dev" } }]);
    check(&listed, "");
    check(
        &document(
            json!([read(json!("all")), write(dev()), { "permissionSet": "environment-read", "on": "all" }]),
        ),
        "",
    );
}

#[test]
fn all_tags_together_make_a_condition_needless() {
    let rule = |set: &str, test: Value| json!({ "permissionSet": set, "on": { "tags": test } });
    let document = of_rules;
    let narrow = json!([{ "key": "env", "equals": "dev" }, { "key": "owner", "exists": true }]);
    let wide = json!([{ "key": "env", "equals": "dev" }]);
    assert_eq!(
        codes(&document(json!([rule("stack-read", narrow.clone()), rule("stack-write", wide)]))),
        ["redundant_grant"]
    );
    let (there, missing) =
        (json!([{ "key": "env", "exists": true }]), json!([{ "key": "env", "exists": false }]));
    let three = json!([
        rule("stack-write", there.clone()),
        rule("stack-write", missing),
        rule("stack-read", narrow.clone())
    ]);
    assert_eq!(codes(&document(three)), ["redundant_grant"]);
    // As long as the tags are not known, one rule for each way is not as good as one for all ways.
    let both = json!([rule("stack-read", there), { "permissionSet": "stack-read", "on": [PROD] }]);
    assert_eq!(codes(&document(both)), [""; 0]);
}

#[test]
fn a_limit_in_time_is_part_of_what_a_node_gives() {
    let node = |seconds: u64| {
        json!({ "__type": "PermissionDescriptorAllow", "permissions": ["environment:open"],
                                      "constraints": { "MaxOpenDuration": seconds } })
    };
    let document = |nodes: &[Value]| of_tree(&group(nodes));
    assert_eq!(codes(&document(&[node(60), node(60)])), ["redundant_grant"]);
    assert_eq!(codes(&document(&[node(60), node(3_600)])), [""; 0]);
}

#[test]
fn organization_access_and_composed_records_can_be_needless() {
    let policy =
        |id: &str| json!({ "id": id, "name": id, "uxPurpose": "policy", "details": allow(&["stack:read"]) });
    let compose = json!({ "__type": "PermissionDescriptorCompose",
                          "permissionDescriptors": ["p", "q", "stack-write", "environment-read"] });
    let mut flat = role("org", json!([]));
    flat["organizationAccess"] = json!(["org-settings-read-only", "org-settings-standard"]);
    let document = json!({
        "roles": [policy("p"), policy("q"), tree("dev", &compose), flat],
        "members": [{ "user": "ann", "role": "dev" }, { "user": "bob", "role": "org" }],
    });
    check(
        &document,
        "
        roles[2].details.permissionDescriptors[0]: all that this gives comes otherwise as well: remove it \
            [redundant_grant] roles[2].details.permissionDescriptors[2]
        roles[2].details.permissionDescriptors[1]: all that this gives comes otherwise as well: remove it \
            [redundant_grant] roles[2].details.permissionDescriptors[2]
        roles[3].organizationAccess[0]: all that this gives comes otherwise as well: remove it [redundant_grant] \
            roles[3].organizationAccess[1]
        ",
    );
}

#[test]
fn roles_and_grants_of_holders_can_be_needless() {
    let document = json!({
        "settings": { "defaultAccountPermission": "read" },
        "roles": [role("read", json!([{ "permissionSet": "stack-read", "on": "all" }])),
                  role("write", json!([{ "permissionSet": "stack-write", "on": "all" }]))],
        "teams": [{ "name": "t", "roles": ["read", "write"], "grants": [{ "entity": PROD, "level": "read" }],
                    "members": [{ "user": "bob" }] }],
        "members": [
            { "user": "ann", "role": "admin", "grants": [{ "entity": PROD, "level": "admin" }] },
            { "user": "bob", "grants": [{ "entity": NET, "level": "write" }, { "entity": NET, "level": "admin" },
                                        { "entity": "insights-account:acme/main", "level": "read" }] },
        ],
        "servicePrincipals": [{ "name": "sp", "roles": ["write"], "grants": [{ "entity": PROD, "level": "write" }] }],
    });
    let needless = |path: &str, by: &str| {
        format!("{path}: all that this gives comes otherwise as well: remove it [redundant_grant] {by}\n")
    };
    let expected = [
        needless("teams[0].roles[0]", "teams[0].roles[1]"),
        needless("teams[0].grants[0]", "teams[0].roles[1]"),
        needless("members[0].grants[0]", "role:admin"),
        needless("members[1].grants[0]", "teams[0].members[0] members[1].grants[1]"),
        needless("members[1].grants[2]", "setting:defaultAccountPermission"),
        needless("servicePrincipals[0].grants[0]", "servicePrincipals[0].roles[0]"),
    ];
    check(&document, &expected.concat());
}

#[test]
fn a_team_whose_grants_a_member_has_anyway_is_told_with_all_such_members() {
    let document = |second: &str| {
        json!({
            "roles": [role("read", json!([{ "permissionSet": "stack-read", "on": "all" }])),
                      role("write", json!([{ "permissionSet": "stack-write", "on": "all" }])),
                      role("open", json!([{ "permissionSet": "environment-open", "on": "all" }]))],
            "teams": [
                { "name": "all", "roles": ["read"],
                  "members": [{ "user": "ann" }, { "user": "bob" }, { "user": "cyd" }, { "user": "dan" }] },
                { "name": "dev", "roles": [second], "members": [{ "user": "bob" }, { "user": "cyd" }] },
                { "name": "empty", "members": [{ "user": "bob" }] },
            ],
            "members": [{ "user": "ann", "role": "admin" }, { "user": "bob" }, { "user": "cyd" },
                        { "user": "dan", "role": "open" }, { "user": "eve", "role": "read" },
                        { "user": "flo", "role": "write" }],
        })
    };
    check(
        &document("write"),
        "
        teams[0].members: the team gives nothing new to `user:bob` and `user:cyd`: all of it comes otherwise as well, \
            so that they need not be in it [redundant_membership] user:bob user:cyd
        ",
    );
    check(&document("open"), "");
    // Of two teams that give the same, the later one is needless.
    check(
        &document("read"),
        "
        teams[1].members: the team gives nothing new to `user:bob` and `user:cyd`: all of it comes otherwise as well, \
            so that they need not be in it [redundant_membership] user:bob user:cyd
        ",
    );
}

#[test]
fn a_team_that_a_condition_asks_for_is_not_needless() {
    let document = |condition: &Value| {
        json!({
            "roles": [role("read", json!([{ "permissionSet": "stack-read", "on": "all" }])),
                      tree("own", &group(&[allow(&["stack:read"]), when(condition, &allow(&["stack:write"]))]))],
            "teams": [{ "name": "t", "roles": ["read"], "members": [{ "user": "ann" }] }],
            "members": [{ "user": "ann", "role": "own" }],
        })
    };
    // The set has more scopes than the one that the role allows.
    let mut less = document(&team_is("t"));
    less["permissionSets"] = json!([set("look", "stack", &["stack:read"])]);
    less["roles"][0] = role("read", json!([{ "permissionSet": "look", "on": "all" }]));
    check(&less, "");
    less["roles"][1] = tree("own", &allow(&["stack:read"]));
    assert_eq!(codes(&less), ["redundant_membership"]);
}

#[test]
fn a_setting_that_reaches_nobody_is_idle() {
    let document = |settings: Value, members: Value| json!({ "settings": settings, "members": members });
    let idle = |settings: Value, members: Value| {
        let findings = lint(whole(&document(settings, members)), Some(now())).unwrap();
        findings
            .into_iter()
            .map(|it| {
                assert_eq!(it.code, Lint::IdleSetting);
                it.path
            })
            .collect::<Vec<_>>()
    };
    let (admin, member) = (json!([{ "user": "ann", "role": "admin" }]), json!([{ "user": "bob" }]));
    let all = json!({ "membersCanCreateStacks": true, "membersCanDeleteStacks": true, "defaultStackPermission": "write",
                      "membersCanTransferStacks": false, "defaultEnvironmentPermission": "none" });
    assert_eq!(
        idle(all.clone(), admin),
        [
            "settings.membersCanCreateStacks",
            "settings.membersCanDeleteStacks",
            "settings.defaultStackPermission"
        ]
    );
    assert_eq!(
        idle(all, member.clone()),
        ["settings.membersCanDeleteStacks"],
        "a member who may delete nothing"
    );
    let delete = json!({ "membersCanDeleteStacks": true });
    let creator = json!([{ "user": "bob", "grants": [{ "entity": PROD, "level": "admin" }] }]);
    assert_eq!(idle(delete, creator), [""; 0]);
    // Older revisions give levels to runs of deployments too.
    let older = |document: Value| {
        let text = whole(&document).replace("2026-10", "2026-04");
        lint(text, Some(now())).unwrap().len()
    };
    assert_eq!(older(json!({ "settings": { "defaultStackPermission": "read" } })), 0);
    assert_eq!(older(json!({ "settings": { "membersCanCreateStacks": true } })), 1);
}

#[test]
fn a_setting_that_a_role_makes_needless_is_idle() {
    let document = json!({
        "settings": { "defaultStackPermission": "read", "defaultRole": "dev" },
        "roles": [role("dev", json!([{ "permissionSet": "stack-write", "on": "all" }]))],
        "teams": [{ "name": "t", "roles": ["dev"], "members": [{ "user": "ann" }] }],
        "members": [{ "user": "ann", "role": "member", "grants": [{ "entity": PROD, "level": "read" }] },
                    { "user": "bob" }],
    });
    check(
        &document,
        "
        settings.defaultStackPermission: the setting changes nothing for anybody: leave it out [idle_setting]
        members[0].grants[0]: all that this gives comes otherwise as well: remove it [redundant_grant] \
            teams[0].members[0]
        ",
    );
}

#[test]
fn what_nobody_has_is_unused() {
    let policy =
        |id: &str| json!({ "id": id, "name": id, "uxPurpose": "policy", "details": allow(&["stack:write"]) });
    let compose =
        json!({ "__type": "PermissionDescriptorCompose", "permissionDescriptors": ["used", "look"] });
    let mut document = json!({
        "settings": { "defaultRole": "by-default", "defaultDeploymentRole": "by-runs" },
        "permissionSets": [set("look", "stack", &["stack:read"]), set("open", "environment", &["environment:open"])],
        "roles": [policy("used"), policy("left"), tree("spare", &compose),
                  role("by-default", json!([{ "permissionSet": "environment-read", "on": "all" }])),
                  role("by-runs", json!([{ "permissionSet": "stack-write", "on": "all" }])),
                  role("by-stack", json!([{ "permissionSet": "stack-admin", "on": "all" }])),
                  role("by-token", json!([{ "permissionSet": "environment-open", "on": "all" }]))],
        "teams": [{ "name": "t" }, { "name": "u" }, { "name": "v" }],
        "tokens": [{ "name": "tt", "kind": "team", "team": "u", "expiresAt": LATER },
                   { "name": "ci", "kind": "organization", "role": "by-token", "expiresAt": LATER }],
        "entities": [{ "entity": PROD, "deployment": { "role": "by-stack" } }],
    });
    check(
        &document,
        "
        permissionSets[1]: nothing gives the permission set `open`: give it, or remove it [unused_set]
        roles[1]: nothing composes `left`, which nobody can have by itself: compose it, or remove it [unused_role]
        roles[2]: nobody has the role `spare`, and no setting names it: give it to somebody, or remove it [unused_role]
        teams[0]: nobody is in the team `t`, and no token or deployment acts as it: say who is, or remove it \
            [unused_team]
        teams[2]: nobody is in the team `v`, and no token or deployment acts as it: say who is, or remove it \
            [unused_team]
        ",
    );
    document["teams"][0]["roles"] = json!(["spare"]);
    document["teams"][0]["members"] = json!([{ "user": "ann" }]);
    document["members"] = json!([{ "user": "ann" }]);
    document["collaborators"] =
        json!([{ "user": "zoe", "grants": [{ "entity": AWS, "permissionSet": "open" }] }]);
    assert_eq!(codes(&document), ["unused_role", "unused_team"], "the policy and the last team are left");
}

#[test]
fn what_stands_twice_is_equal() {
    let rules = json!([{ "permissionSet": "stack-write", "on": ["stack:acme/a/a", "stack:acme/b/b"] },
                       { "permissionSet": "environment-read", "on": "all" }]);
    let turned = json!([{ "on": "all", "permissionSet": "environment-read" },
                        { "permissionSet": "stack-write", "on": ["stack:acme/b/b", "stack:acme/a/a"] }]);
    let other = json!([{ "permissionSet": "stack-write", "on": ["stack:acme/b/b"] }]);
    let grants: Value =
        ["one", "two", "three"].iter().map(|it| json!({ "entity": NET, "permissionSet": it })).collect();
    let members: Value =
        ["a", "b", "c", "d", "e"].iter().map(|id| json!({ "user": id, "role": id })).collect();
    let document = json!({
        "permissionSets": [set("one", "stack", &["stack:read", "stack:write"]),
                           set("two", "stack", &["stack:write", "stack:read"]),
                           set("three", "stack", &["stack:read"])],
        "roles": [role("a", rules), role("b", turned), role("c", other), role("d", json!([])), role("e", json!([]))],
        "collaborators": [{ "user": "zoe", "grants": grants }],
        "members": members,
    });
    let findings: Vec<_> = lint(whole(&document), Some(now())).unwrap();
    let equal: Vec<_> = findings.into_iter().filter(|it| it.code.as_str().starts_with("equal")).collect();
    assert_eq!(
        told(&equal),
        lines(
            "
            permissionSets[1]: the set has the same scopes as `one`: give that one everywhere, and remove this \
                [equal_set] permissionSets[0]
            roles[1]: the role gives the same as `a`: give that one to everybody, and remove this [equal_role] roles[0]
            "
        )
    );
}

#[test]
fn an_entity_that_is_not_listed_is_told_where_others_are() {
    const OTHER: &str = "stack:acme/web/other";
    let condition = stack_is("acme/web/other");
    let document = |entities: Value| {
        json!({
            "roles": [role("dev", json!([{ "permissionSet": "stack-write", "on": [PROD, NET, OTHER] }])),
                      tree("ops", &when(&condition, &allow(&["stack:read"])))],
            "members": [{ "user": "ann", "role": "dev" }, { "user": "bob", "role": "ops", "grants": [
                { "entity": AWS, "level": "open" }, { "entity": NET, "level": "admin" },
                { "entity": "organization:acme", "permissionSet": "org-settings-billing" }] }],
            "entities": entities,
        })
    };
    check(
        &document(json!([{ "entity": PROD }])),
        "
        roles[0].rules[0].on: 2 entities are not among those that are listed: list them, or mend their names \
            [unlisted_entity] stack:acme/net/prod stack:acme/web/other
        roles[1].details.condition.right: `stack:acme/web/other` is not among the listed entities: list it, or mend \
            its name [unlisted_entity]
        members[1].grants[1].entity: `stack:acme/net/prod` is not among the listed entities: list it, or mend its name \
            [unlisted_entity]
        ",
    );
    check(
        &document(json!([{ "entity": PROD }, { "entity": NET }, { "entity": "stack:acme/web/other" }])),
        "",
    );
    check(&document(json!([])), "");
}

// The whole.

#[test]
fn the_example_is_clean() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/acme.json");
    assert_eq!(told(&lint(fs::read(path).unwrap(), Some(now())).unwrap()), "");
}

#[test]
fn what_is_no_document_is_refused_with_its_problems() {
    let invalid = lint(r#"{"revision":"2026-10"}"#, None).unwrap_err();
    assert_eq!(
        invalid.to_string(),
        "organization: the field `organization` is missing: add it [missing_field]"
    );
    assert!(lint("{", None).is_err());
}

#[test]
fn a_finding_is_printed_with_its_place_in_the_text() {
    let text = r#"{ "revision": "2026-10",
        "organization": "acme", "teams": [ {
            "name": "é" } ] }"#;
    let findings = lint(text, None).unwrap();
    assert_eq!(
        json!(findings),
        json!([{ "code": "unused_team", "severity": "note", "path": "teams[0]", "line": 2, "column": 44,
                 "message": "nobody is in the team `é`, and no token or deployment acts as it: \
                             say who is, or remove it" }])
    );
}

#[test]
fn the_page_has_a_section_on_each_code_and_an_example_of_nothing_else() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/lints.md")).unwrap();
    let mut told = Vec::new();
    for severity in Severity::ALL {
        let heading = format!("\n## {}", title(severity));
        let (_, under) = page.split_once(&heading).expect("a heading for each severity");
        for section in under.split("\n## ").next().unwrap().split("\n### ").skip(1) {
            let (code, text) = section.strip_prefix('`').and_then(|it| it.split_once("`\n")).expect("a code");
            let example =
                text.split("```json\n").nth(1).and_then(|it| it.split("```").next()).expect("an example");
            let found = lint(example, Some(now())).unwrap_or_else(|invalid| panic!("{code}: {invalid}"));
            assert_eq!(found.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), [code]);
            assert_eq!(found[0].severity, severity, "{code}");
            assert!(text.contains("*To mend it:*"), "{code} is not mended");
            told.push(code);
        }
    }
    assert_eq!(told, Lint::ALL.iter().map(|lint| lint.as_str()).collect::<Vec<_>>());
}

/// Teams × records and worlds × worlds are no bound on what anybody should have to wait for.
#[test]
fn what_is_made_to_take_long_is_judged_all_the_same() {
    let policy = |number: usize| {
        let details = when(&has_tag(&format!("key-{number}")), &allow(&["stack:read"]));
        json!({ "id": format!("p{number}"), "name": format!("P{number}"), "uxPurpose": "policy", "details": details })
    };
    let names: Vec<String> = (0..400).map(|number| format!("p{number}")).collect();
    let compose = json!({ "__type": "PermissionDescriptorCompose", "permissionDescriptors": names });
    let tests: Value = (0..400).map(|it| json!({ "key": format!("key-{it}"), "equals": "x" })).collect();
    let deep = json!([{ "permissionSet": "stack-write", "on": { "tags": tests } }]);
    let plain = json!([{ "permissionSet": "stack-read", "on": "all" }]);
    let held = [tree("wide", &compose), role("deep", deep), role("plain", plain)];
    let team = |number: usize| {
        let members = json!([{ "user": "ann" }]);
        json!({ "name": format!("t{number}"), "roles": ["wide", "deep", "plain"], "members": members })
    };
    let document = json!({
        "roles": (0..400).map(policy).chain(held).collect::<Value>(),
        "teams": (0..400).map(team).collect::<Value>(),
        "members": [{ "user": "ann" }],
    });
    let start = Clock::now();
    let findings = lint(whole(&document), Some(now())).unwrap();
    assert!(findings.iter().any(|it| it.code == Lint::RedundantMembership), "{}", findings.len());
    assert!(start.elapsed() < Duration::from_secs(30), "it took {:?}", start.elapsed());
}

// What the tests are made of.

const AT: &str = "2026-11-20T00:00:00Z";
const LATER: &str = "2027-11-20T00:00:00Z";
const PROD: &str = "stack:acme/web/prod";
const NET: &str = "stack:acme/net/prod";
const AWS: &str = "environment:acme/default/aws";

/// What is found is exactly this, a line for each: `PATH: sentence [code] related…`.
#[track_caller]
fn check(document: &Value, expected: &str) {
    let findings = lint(whole(document), Some(now())).unwrap_or_else(|invalid| panic!("{invalid}"));
    assert_eq!(told(&findings), lines(expected));
}

fn codes(document: &Value) -> Vec<String> {
    let findings = lint(whole(document), Some(now())).unwrap_or_else(|invalid| panic!("{invalid}"));
    findings.iter().map(|finding| finding.code.to_string()).collect()
}

fn told(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, it| {
        let related =
            if it.related.is_empty() { String::new() } else { format!(" {}", it.related.join(" ")) };
        writeln!(text, "{}: {} [{}]{related}", it.path, it.message, it.code).unwrap();
        text
    })
}

/// A text without the spaces at the start of its lines and those lines that are empty.
fn lines(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n";
    lines.map(words).collect()
}

fn now() -> Instant {
    Instant::parse(AT).unwrap()
}

fn title(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "Errors",
        Severity::Warning => "Warnings",
        Severity::Note => "Notes",
    }
}

fn whole(document: &Value) -> String {
    let mut whole = json!({ "revision": "2026-10", "organization": "acme" });
    merge(&mut whole, document);
    whole.to_string()
}

/// Puts the fields of one value into another, and the items of its lists over those of the other.
fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (field, value) in from {
                merge(into.entry(field).or_insert(Value::Null), value);
            }
        }
        (Value::Array(into), Value::Array(from)) if into.iter().chain(from).all(Value::is_object) => {
            into.iter_mut().zip(from).for_each(|(into, from)| merge(into, from));
            into.extend(from.iter().skip(into.len()).cloned());
        }
        (into, from) => *into = from.clone(),
    }
}

/// A document in which ann has a role with these rules.
fn of_rules(rules: Value) -> Value {
    json!({ "roles": [role("dev", rules)], "members": [{ "user": "ann", "role": "dev" }] })
}

/// A document in which ann has a role with this tree.
fn of_tree(details: &Value) -> Value {
    json!({ "roles": [tree("dev", details)], "members": [{ "user": "ann", "role": "dev" }] })
}

#[expect(clippy::needless_pass_by_value, reason = "rules are made where they are given")]
fn role(id: &str, rules: Value) -> Value {
    json!({ "id": id, "name": format!("The {id}"), "rules": rules })
}

fn tree(id: &str, details: &Value) -> Value {
    json!({ "id": id, "name": format!("The {id}"), "details": details })
}

fn set(id: &str, entity_type: &str, scopes: &[&str]) -> Value {
    json!({ "id": id, "name": format!("The {id}"), "entityType": entity_type, "scopes": scopes })
}

fn tagged(key: &str, value: &str) -> Value {
    json!({ "tags": [{ "key": key, "equals": value }] })
}

fn allow(scopes: &[&str]) -> Value {
    json!({ "__type": "PermissionDescriptorAllow", "permissions": scopes })
}

fn group(entries: &[Value]) -> Value {
    json!({ "__type": "PermissionDescriptorGroup", "entries": entries })
}

fn when(condition: &Value, node: &Value) -> Value {
    json!({ "__type": "PermissionDescriptorCondition", "condition": condition, "subNode": node })
}

fn has_tag(key: &str) -> Value {
    json!({ "__type": "PermissionExpressionHasTag", "context": { "__type": "PermissionExpressionStack" }, "key": key })
}

fn stack_is(identity: &str) -> Value {
    json!({ "__type": "PermissionExpressionEqual", "left": { "__type": "PermissionExpressionStack" },
            "right": { "__type": "PermissionLiteralExpressionStack", "identity": identity } })
}

fn team_is(name: &str) -> Value {
    json!({ "__type": "PermissionExpressionEqual", "left": { "__type": "PermissionExpressionTeam" },
            "right": { "__type": "PermissionLiteralExpressionTeam", "identity": name } })
}
