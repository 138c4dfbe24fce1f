//! Catalogs of one's own as JSON: the page on their format holds, every fault is told at its place, and a document
//! brings its catalog or is given it.
#![cfg(not(target_arch = "wasm32"))]

use std::fs;
use std::path::Path;

use scopewise::catalog::{Catalog, Listing};
use scopewise::{Bundle, Context, Effect, Invalid, Label, Organization, Reason, lint_with};
use serde_json::{Value, json};

#[test]
fn the_page_on_the_format_is_right() {
    let (catalog, document) = (hosting(), of_acme());
    let decide = |organization: &Organization, (principal, scope, entity, _, _): Case<'_>| {
        let decision = organization.principal(principal).decide(scope, entity, &Context::default()).unwrap();
        (decision.effect, decision.reason)
    };
    let given = Organization::parse_with(&parse(&catalog), document.to_string()).unwrap();
    let inline = Organization::parse(with(&document, "catalog", catalog).to_string()).unwrap();
    let bundled = Bundle::open(&inline.to_bundle(&Label::default())).unwrap();
    let bundled = bundled.organization().clone();
    for organization in [given, inline, bundled] {
        for case in CASES {
            assert_eq!(decide(&organization, *case), (case.3, case.4), "{case:?}");
        }
        assert_eq!(organization.catalog().name(), "code-hosting");
    }
}

type Case<'c> = (&'c str, &'c str, &'c str, Effect, Reason);

const SITE: &str = "repository:acme/site";
const DOCS: &str = "repository:acme/docs";
const ACME: &str = "organization:acme";

const CASES: &[Case<'_>] = &[
    ("user:alice", "repository:delete", SITE, Effect::Allow, Reason::OrganizationAdmin),
    ("user:bob", "member:read", ACME, Effect::Allow, Reason::Granted),
    ("user:bob", "repository:create", ACME, Effect::Allow, Reason::OrganizationSetting),
    ("user:bob", "code:read", DOCS, Effect::Allow, Reason::OrganizationSetting),
    ("user:bob", "issue:label", SITE, Effect::Allow, Reason::Granted),
    ("user:bob", "settings:write", SITE, Effect::Allow, Reason::Creator),
    ("user:bob", "repository:delete", SITE, Effect::Deny, Reason::SettingOff),
    ("user:bob", "code:push", DOCS, Effect::Deny, Reason::NotGranted),
    ("user:cem", "settings:write", SITE, Effect::Deny, Reason::NotGranted),
    ("user:cem", "settings:write", DOCS, Effect::Unknown, Reason::NeedsTags),
    ("team:core", "code:push", SITE, Effect::Allow, Reason::Granted),
    ("user:bob", "stack:read", DOCS, Effect::Deny, Reason::UnknownScope),
    ("user:bob", "member:read", DOCS, Effect::Deny, Reason::WrongEntityType),
    ("user:bob", "code:read", "repository:other/docs", Effect::Deny, Reason::OtherOrganization),
];

#[test]
fn a_document_names_its_catalog_or_brings_it() {
    let (catalog, document) = (parse(&hosting()), of_acme());
    let given = |document: &Value| refused(Organization::parse_with(&catalog, document.to_string()));
    let alone = |document: &Value| refused(Organization::parse(document.to_string()));
    let by = |field: &str, value: Value| with(&without(&document, "catalog"), field, value);
    let unknown = |name, known: &str| {
        format!(
            "catalog: no catalog `{name}` is known: use one of {known}, or give it along [unknown_catalog]"
        )
    };
    let embedded = "`2025-11`, `2026-04`, `2026-10`";

    for name in ["code-hosting", "2026-10"] {
        let refused = format!(
            "revision: no revision `{name}` is known: the catalog `code-hosting` is given along, name it in `catalog` \
             [unknown_revision]"
        );
        assert_eq!(given(&by("revision", json!(name))), [refused]);
    }
    assert_eq!(alone(&document), [unknown("code-hosting", embedded)]);
    assert_eq!(given(&by("catalog", json!("2026-10"))), [unknown("2026-10", "`code-hosting`")]);
    assert_eq!(alone(&json!({ "catalog": "2026-10", "organization": "acme" })), [""; 0]);
    assert_eq!(
        given(&by("catalog", hosting())),
        ["catalog: the document has a catalog of its own, and another is given along: keep one \
          [conflicting_fields]"]
    );
    assert_eq!(
        given(&with(&document, "revision", json!("code-hosting"))),
        ["revision: `revision` and `catalog` exclude each other: keep one [conflicting_fields]"]
    );
    assert_eq!(
        alone(&json!({ "organization": "acme" })),
        ["revision: the field `revision` is missing: add it [missing_field]"]
    );
    assert_eq!(
        alone(&by("catalog", json!(7))),
        ["catalog: a name or an object is wanted here, not a number [wrong_type]"]
    );
}

#[test]
fn everything_that_is_wrong_with_a_catalog_is_told() {
    for (change, expected) in FAULTS {
        let mut catalog = hosting();
        change(&mut catalog);
        let invalid = Catalog::parse(catalog.to_string()).map(|_| ()).unwrap_err();
        assert_eq!(lines(&invalid), *expected);
        let told = refused(Organization::parse(with(&bare(), "catalog", catalog).to_string()));
        let inside: Vec<String> = expected.iter().map(|line| format!("catalog.{line}")).collect();
        assert_eq!(told, inside, "the same in a document");
    }
}

type Change = fn(&mut Value);

/// What is changed in the catalog of the page, and what is then wrong with it.
const FAULTS: &[(Change, &[&str])] = &[
    (
        |it| *it = json!({ "name": "" }),
        &[
            "defaultRole: the field `defaultRole` is missing: add it [missing_field]",
            "entityTypes: no entity type has the path `organization`: add one, which is the organization itself \
                 [missing_field]",
            "entityTypes: the field `entityTypes` is missing: add it [missing_field]",
            "name: the text must not be empty [empty]",
            "roles: the field `roles` is missing: add it [missing_field]",
        ],
    ),
    (
        |it| {
            it["entityTypes"][0]["name"] = json!("code house");
            it["entityTypes"][1]["scopes"][0] = json!({ "name": "read", "groop": "Code" });
            it["entityTypes"][1]["scopes"][1]["name"] = json!("code:*");
        },
        &[
            "entityTypes[0].name: `code house` is no word: use at most 80 letters, digits, `_`, `-` and `.` \
                 [malformed_name]",
            "entityTypes[1].scopes[0].groop: no field `groop` is known here: remove it [unknown_field]",
            "entityTypes[1].scopes[0].name: `read` is no scope: write `object:action` [malformed_name]",
            "entityTypes[1].scopes[1].name: `code:*` is no scope: write `object:action` [malformed_name]",
            "permissionSets[0].scopes[0]: no scope `code:read` is in the catalog `code-hosting`: use one of `code:*` \
                 [unknown_scope]",
            "permissionSets[2].scopes[0]: no scope `code:push` is in the catalog `code-hosting`: use one of `code:*` \
                 [unknown_scope]",
            "settings[0].entityType: no entity type `organization` is known: use one of `code house`, \
                 `repository` [unknown_entity_type]",
        ],
    ),
    (
        |it| {
            it["entityTypes"][1]["path"] = json!("owner/repository");
            it["entityTypes"].as_array_mut().unwrap().extend([
                json!({ "name": "repository", "path": "organization/repository" }),
                json!({ "name": "house", "path": "organization" }),
                json!({ "name": "a", "path": "organization/x/x" }),
                json!({ "name": "b", "path": "organization//x" }),
            ]);
        },
        &[
            "entityTypes[1].path: `owner/repository` is no path: write its parts with `/` between them, each of \
                 another name, and `organization` for the one that names the organization [malformed_path]",
            "entityTypes[2].name: `repository` stands twice: an entity type of that name is there already \
                 [duplicate]",
            "entityTypes[3].path: `organization` stands twice: an entity type that is the organization itself \
                 is there already [duplicate]",
            "entityTypes[4].path: `organization/x/x` is no path: write its parts with `/` between them, each of \
                 another name, and `organization` for the one that names the organization [malformed_path]",
            "entityTypes[5].path: `organization//x` is no path: write its parts with `/` between them, each of \
                 another name, and `organization` for the one that names the organization [malformed_path]",
        ],
    ),
    (
        |it| {
            it["permissionSets"][0]["includes"] = json!(["maintain"]);
            it["permissionSets"][1]["includes"] = json!(["raed", 7]);
            it["permissionSets"][4]["scopes"] = json!(["member:read", "repository:destroy"]);
            it["permissionSets"].as_array_mut().unwrap().extend([
                json!({ "id": "readers", "name": "read", "entityType": "repo", "scopes": ["code:read"] }),
                json!({ "id": "people", "entityType": "organization", "includes": ["read"] }),
                json!({ "id": "nothing", "entityType": "organization" }),
                json!({ "id": "self", "entityType": "organization", "includes": ["self"] }),
            ]);
        },
        &[
            "permissionSets[1].includes[0]: no permission set `raed` is in the catalog: use one of `read`, \
                 `triage`, `write`, `maintain`, `admin`, `readers`, `people`, `nothing` and 1 more \
                 [unknown_permission_set]",
            "permissionSets[1].includes[1]: a text is wanted here, not a number [wrong_type]",
            "permissionSets[4].scopes[0]: the scope `member:read` is not one of the type `repository` \
                 [wrong_entity_type]",
            "permissionSets[4].scopes[1]: no scope `repository:destroy` is in the catalog `code-hosting`: use one of \
                 `repository:delete` [unknown_scope]",
            "permissionSets[5].entityType: no entity type `repo` is known: use one of `organization`, \
                 `repository` [unknown_entity_type]",
            "permissionSets[5].name: `read` stands twice: a permission set of that name is there already \
                 [duplicate]",
            "permissionSets[6].includes[0]: the permission set `read` is of type `repository`, not \
                 `organization` [wrong_entity_type]",
            "permissionSets[7].scopes: a permission set must have at least one scope [empty]",
            "permissionSets[8].includes: this includes `self`, which leads back here: break the circle \
                 [include_cycle]",
        ],
    ),
    (
        |it| {
            it["permissionSets"][0]["includes"] = json!(["admin"]);
            it["defaultRole"] = json!("guest");
            it["roles"][1] =
                json!({ "id": "owner", "name": "O", "scopes": ["code:read"], "permissionSets": ["x"] });
        },
        &[
            "defaultRole: no role `guest` is in the catalog: use one of `owner`, `owner` [unknown_role]",
            "permissionSets[1].includes: this includes `read`, which leads back here: break the circle \
                 [include_cycle]",
            "roles[1].id: `owner` stands twice: a role of that name is there already [duplicate]",
            "roles[1].permissionSets[0]: no permission set `x` is in the catalog: use one of `read`, `triage`, \
                 `write`, `maintain`, `admin` [unknown_permission_set]",
            "roles[1].scopes[0]: the scope `code:read` is not one of the type `organization` [wrong_entity_type]",
        ],
    ),
    (
        |it| {
            it["settings"][0]["name"] = json!("defaultRole");
            it["settings"][1]["kind"] = json!("grants");
            it["settings"][1]["roles"] = json!(["member", "boss"]);
            it["settings"][1]["exceptRoles"] = json!([]);
            it["levels"][0]["setting"] = json!("membersCanDeleteRepositories");
            it["levels"][0]["levels"] = json!({ "none": "read", "write": "wirte" });
            let levels = json!({ "entityType": "repository", "levels": {} });
            it["levels"].as_array_mut().unwrap().push(levels);
            it["creator"] = json!({ "permissionSets": ["admin", "read", "x"], "machines": 1 });
            it["tokenExceptions"] = json!([{ "entityType": "organization", "scope": "code:read" }]);
        },
        &[
            "creator.machines: true or false is wanted here, not a number [wrong_type]",
            "creator.permissionSets[1]: `read` stands twice: a set for the same entities is there \
                 already [duplicate]",
            "creator.permissionSets[2]: no permission set `x` is in the catalog: use one of `read`, `triage`, \
                 `write`, `maintain`, `admin` [unknown_permission_set]",
            "levels[0].levels.none: `none` stands twice: a level of that name is there already [duplicate]",
            "levels[0].levels.write: no permission set `wirte` is in the catalog: use one of `read`, `triage`, \
                 `write`, `maintain`, `admin` [unknown_permission_set]",
            "levels[0].setting: `membersCanDeleteRepositories` stands twice: a setting of that name is there \
                 already [duplicate]",
            "levels[1].entityType: `repository` stands twice: a list of levels for it is there already [duplicate]",
            "settings[0].name: `defaultRole` stands twice: a setting of that name is there already [duplicate]",
            "settings[1].exceptRoles: `exceptRoles` and `roles` exclude each other: keep one \
                 [conflicting_fields]",
            "settings[1].kind: `grants` is not known here: use one of `grant`, `condition` [unknown_value]",
            "settings[1].roles[1]: no role `boss` is in the catalog: use one of `owner`, `member` [unknown_role]",
            "tokenExceptions[0].scope: the scope `code:read` is not one of the type `organization` \
                 [wrong_entity_type]",
        ],
    ),
];

#[test]
fn a_catalog_has_limits() {
    let many = |count: usize, of: fn(usize) -> Value| Value::Array((0..count).map(of).collect());
    let told = |change: &dyn Fn(&mut Value)| {
        let mut catalog = hosting();
        change(&mut catalog);
        Catalog::parse(catalog.to_string()).map_or_else(|invalid| lines(&invalid), |_| Vec::new())
    };
    let types =
        |count| many(count, |it| json!({ "name": format!("t{it}"), "path": format!("organization/p{it}") }));
    let scopes = |count| many(count, |it| json!({ "name": format!("it:{it}") }));
    let sets = |count| {
        many(
            count,
            |it| json!({ "id": format!("s{it}"), "entityType": "repository", "scopes": ["code:read"] }),
        )
    };
    let roles = |count| many(count, |it| json!({ "id": format!("r{it}") }));
    let settings = |count| {
        many(
            count,
            |it| json!({ "name": format!("x{it}"), "entityType": "repository", "scope": "code:read" }),
        )
    };
    let add =
        |list: &mut Value, more: Value| list.as_array_mut().unwrap().extend(more.as_array().unwrap().clone());
    for (most, place, what, list) in [
        (30, "entityTypes", "there are 33 entity types: at most 32 fit", &types as &dyn Fn(usize) -> Value),
        (995, "permissionSets", "there are 1001 permission sets: at most 1000 fit", &sets),
        (254, "roles", "there are 257 built-in roles: at most 256 fit", &roles),
        (254, "settings", "there are 257 settings: at most 256 fit", &settings),
    ] {
        assert_eq!(told(&|it| add(&mut it[place], list(most))), [""; 0]);
        let one_more = told(&|it| add(&mut it[place], list(most + 1)));
        assert_eq!(one_more, [format!("{place}: {what} [too_many]")]);
    }
    let of_type = |count| move |it: &mut Value| it["entityTypes"][0]["scopes"] = scopes(count);
    assert!(told(&of_type(257)).contains(
        &"entityTypes[0].scopes: there are 257 scopes of one type: at most 256 fit [too_many]".to_owned()
    ));
}

#[test]
fn a_document_is_told_what_its_catalog_has() {
    let document = json!({
        "catalog": "code-hosting", "organization": "acme", "edition": "team",
        "settings": { "membersCanFly": true, "permissionMode": "restricted", "basePermission": "none" },
        "permissionSets": [{ "id": "x", "name": "X", "entityType": "repo", "scopes": ["code:fly", "fly:high"] }],
        "roles": [
            { "id": "r", "name": "R", "rules": [{ "permissionSet": "stack-read", "on": ["repository:acme"] }] },
            { "id": "t", "name": "T", "details": {
                "__type": "PermissionDescriptorCondition",
                "condition": { "__type": "PermissionExpressionHasTag", "key": "a",
                               "context": { "__type": "PermissionExpressionStack" } },
                "subNode": { "__type": "PermissionDescriptorAllow", "permissions": ["code:read"] } } } ],
        "members": [{ "user": "bob", "role": "admin", "grants": [{ "entity": SITE, "level": "open" }] }],
        "entities": [{ "entity": SITE, "stackReferences": [], "deployment": {} }, { "entity": "stack:acme/a/b" }],
    });
    assert_eq!(
        refused(Organization::parse_with(&parse(&hosting()), document.to_string())),
        [
            "edition: the catalog `code-hosting` has no `edition`: remove it [not_in_revision]",
            "entities[0].deployment: the catalog `code-hosting` has no `deployment`: remove it [not_in_revision]",
            "entities[0].stackReferences: the catalog `code-hosting` has no `stackReferences`: remove it \
             [not_in_revision]",
            "entities[1].entity: `stack:acme/a/b` is no `TYPE:PATH`: the type is one of `organization`, \
             `repository` [malformed_entity]",
            "members[0].grants[0].level: no level `open` can be given here: use one of `read`, `triage`, `write`, \
             `maintain`, `admin` [unknown_value]",
            "members[0].role: no role `admin` is there: name one of the document by its id, or one of `owner`, \
             `member` [unknown_role]",
            "permissionSets[0].entityType: no entity type `repo` is known: use one of `organization`, `repository` \
             [unknown_entity_type]",
            "permissionSets[0].scopes[0]: no scope `code:fly` is in the catalog `code-hosting`: use one of \
             `code:push`, `code:read` [unknown_scope]",
            "permissionSets[0].scopes[1]: no scope `fly:high` is in the catalog `code-hosting` [unknown_scope]",
            "roles[0].rules[0].on[0]: `repository:acme` is no entity: write `repository:ORGANIZATION/REPOSITORY`, \
             no part of it empty [malformed_entity]",
            "roles[0].rules[0].permissionSet: no permission set `stack-read` is there: name one of the document by \
             its id, or one of `read`, `triage`, `write`, `maintain`, `admin` [unknown_permission_set]",
            "roles[1].details.condition.context.__type: the catalog `code-hosting` has no \
             `PermissionExpressionStack`: remove it [not_in_revision]",
            "settings.membersCanFly: no setting `membersCanFly` is known: use one of `defaultRole`, \
             `tokenMaxLifetimeDays`, `membersCanCreateRepositories`, `membersCanDeleteRepositories`, \
             `basePermission` [unknown_field]",
            "settings.permissionMode: the catalog `code-hosting` has no `permissionMode`: remove it \
             [not_in_revision]",
        ]
    );
}

#[test]
fn the_organization_may_stand_anywhere_in_a_path() {
    let mut catalog = hosting();
    catalog["entityTypes"][1]["path"] = json!("region/organization/repository");
    let document = json!({ "catalog": catalog, "organization": "acme",
        "members": [{ "user": "bob", "grants": [{ "entity": "repository:eu/acme/site", "level": "read" }] }] });
    let organization = Organization::parse(document.to_string()).unwrap();
    let bob = organization.principal("user:bob");
    let reason = |entity: &str| bob.decide("code:read", entity, &Context::default()).map(|it| it.reason);
    assert_eq!(reason("repository:eu/acme/site").unwrap(), Reason::Granted);
    assert_eq!(reason("repository:acme/eu/site").unwrap(), Reason::OtherOrganization);
    assert_eq!(
        reason("repository:acme/site").unwrap_err().to_string(),
        "`repository:acme/site` is no entity: write `repository:REGION/ORGANIZATION/REPOSITORY`, no part of it empty"
    );
    let told = bob
        .scopes_by_entity(&scopewise::Filter::default().kind("repository").name("eu/*"), &Context::default());
    assert_eq!(told.unwrap().entities.len(), 1);
}

#[test]
fn a_catalog_is_listed_by_type_and_group() {
    let listing = Listing::parse(hosting().to_string()).unwrap();
    let groups: Vec<_> =
        listing.entity_types[1].groups.iter().map(|it| (&*it.name, it.scopes.len())).collect();
    assert_eq!(groups, [("Code", 2), ("Issues", 1), ("Settings", 2)]);
    let push = &listing.entity_types[1].groups[0].scopes[0];
    assert_eq!((&*push.name, &*push.description), ("code:push", "Push to branches that are not protected"));
    assert_eq!(
        (&push.roles[..], &push.sets[..]),
        (&["owner".to_owned()][..], &["write", "maintain", "admin"].map(String::from)[..])
    );
    assert_eq!(listing.permission_sets[4].scopes.len(), 5);
    assert_eq!(listing.settings[1].kind, "condition");
    assert!(Listing::parse("{}").is_err());
}

#[test]
fn a_document_for_a_catalog_that_is_given_is_read_through_too() {
    let document = with(&of_acme(), "tokens", json!([{ "name": "t", "kind": "personal", "user": "bob" }]));
    let codes: Vec<_> = lint_with(&parse(&hosting()), document.to_string(), None)
        .unwrap()
        .into_iter()
        .map(|finding| finding.code.to_string())
        .collect();
    assert!(codes.contains(&"token_without_expiry".to_owned()), "{codes:?}");
}

/// The catalog and the document of the page.
fn hosting() -> Value {
    block(0)
}

fn of_acme() -> Value {
    block(1)
}

fn block(number: usize) -> Value {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/catalogs.md")).unwrap();
    let block = page.split("```json\n").nth(number + 1).and_then(|rest| rest.split("```").next());
    serde_json::from_str(block.expect("the page has that block")).unwrap()
}

fn bare() -> Value {
    json!({ "organization": "acme" })
}

fn with(document: &Value, field: &str, value: Value) -> Value {
    let mut document = document.clone();
    document[field] = value;
    document
}

fn without(document: &Value, field: &str) -> Value {
    let mut document = document.clone();
    document.as_object_mut().unwrap().remove(field);
    document
}

fn parse(catalog: &Value) -> Catalog {
    Catalog::parse(catalog.to_string()).unwrap_or_else(|invalid| panic!("{invalid}"))
}

fn refused(read: Result<Organization, Invalid>) -> Vec<String> {
    read.map_or_else(|invalid| lines(&invalid), |_| Vec::new())
}

fn lines(invalid: &Invalid) -> Vec<String> {
    invalid.to_string().lines().map(str::to_owned).collect()
}
