//! The engine with a catalog that is not embedded: another product, in a few rows.
#![cfg(not(target_arch = "wasm32"))]

use scopewise::catalog::{
    Audience, Catalog, CreatorRow, LevelRow, Need, NeedRow, RoleRow, Rows, SetRow, ToggleAct, ToggleRow,
    TypeRow,
};
use scopewise::{
    Context, Decision, Effect, ExportError, Filter, Needs, Organization, Preflight, Reason, Trigger,
    export_role, export_role_with,
};

/// A house of repositories: who may read them, write to them, and administrate them.
fn forge() -> Rows<'static> {
    Rows {
        name: "forge-1",
        entity_types: &[
            TypeRow {
                name: "repository",
                path: "organization/repository",
                scopes: &["code:read", "code:write", "repository:delete"],
            },
            HOUSE_TYPE,
        ],
        permission_sets: SETS,
        roles: ROLES,
        member_role: "person",
        toggles: &[ToggleRow {
            field: "everyoneCreates",
            entity_type: "house",
            scope: "repository:create",
            act: ToggleAct::Grants,
            audience: Audience::EveryoneBut(&["guest"]),
            rules: &[],
        }],
        levels: &[LevelRow {
            field: "everyoneMay",
            entity_type: "repository",
            levels: &[("read", "read"), ("write", "write")],
            numbers: &[(7, "write")],
            audience: Audience::Roles(&["person"]),
            rules: &[],
        }],
        creator: CreatorRow { sets: &["admin"], machines: false },
        ..Rows::default()
    }
}

const HOUSE_TYPE: TypeRow<'_> =
    TypeRow { name: "house", path: "organization", scopes: &["person:read", "repository:create"] };

const SETS: &[SetRow<'_>] = &[
    set("admin", &["write"], &["repository:delete"]),
    set("read", &[], &["code:read"]),
    set("write", &["read"], &["code:write"]),
];

const ROLES: &[RoleRow<'_>] =
    &[role("owner", true, &[]), role("person", false, &["person:read"]), role("guest", false, &[])];

const fn set(
    id: &'static str,
    includes: &'static [&'static str],
    scopes: &'static [&'static str],
) -> SetRow<'static> {
    SetRow { id, name: id, entity_type: "repository", includes, scopes }
}

const fn role(id: &'static str, everything: bool, scopes: &'static [&'static str]) -> RoleRow<'static> {
    RoleRow { id, name: id, everything, scopes, scopes_by: &[], sets: &[] }
}

const CASA: &str = r#"{
  "catalog": "forge-1",
  "organization": "casa",
  "settings": { "everyoneCreates": true, "everyoneMay": "read" },
  "permissionSets": [{ "id": "wipe", "name": "Wipe", "entityType": "repository", "scopes": ["repository:delete"] }],
  "roles": [{ "id": "cleaner", "name": "Cleaner", "rules": [
    { "permissionSet": "wipe", "on": { "tags": [{ "key": "state", "equals": "stale" }] } } ] }],
  "teams": [{ "name": "core", "members": [{ "user": "gil" }],
              "grants": [{ "entity": "repository:casa/site", "level": 7 }] }],
  "members": [{ "user": "oda", "role": "owner" }, { "user": "pia" }, { "user": "gil", "role": "guest" },
              { "user": "cem", "role": "cleaner" }],
  "entities": [{ "entity": "repository:casa/site", "creator": "user:pia", "tags": { "state": "live" } }]
}"#;

const SITE: &str = "repository:casa/site";
const DOCS: &str = "repository:casa/docs";
const HOUSE: &str = "house:casa";

#[test]
fn another_product_is_decided_by_the_same_engine() {
    let organization = casa(CASA);
    let decide = |principal: &str, scope: &str, entity: &str| {
        let Decision { effect, reason, .. } =
            organization.principal(principal).decide(scope, entity, &Context::default()).unwrap();
        (effect, reason)
    };
    let cases = [
        ("user:oda", "repository:delete", DOCS, Effect::Allow, Reason::OrganizationAdmin),
        ("user:pia", "person:read", HOUSE, Effect::Allow, Reason::Granted),
        ("user:pia", "repository:create", HOUSE, Effect::Allow, Reason::OrganizationSetting),
        ("user:pia", "code:read", DOCS, Effect::Allow, Reason::OrganizationSetting),
        ("user:pia", "code:write", DOCS, Effect::Deny, Reason::NotGranted),
        ("user:pia", "repository:delete", SITE, Effect::Allow, Reason::Creator),
        ("user:gil", "repository:create", HOUSE, Effect::Deny, Reason::NotGranted),
        ("user:gil", "code:read", DOCS, Effect::Deny, Reason::NotGranted),
        ("user:gil", "code:write", SITE, Effect::Allow, Reason::Granted),
        ("team:core", "code:read", SITE, Effect::Allow, Reason::Granted),
        ("user:cem", "repository:create", HOUSE, Effect::Allow, Reason::OrganizationSetting),
        ("user:cem", "code:read", DOCS, Effect::Deny, Reason::NotGranted),
        ("user:cem", "repository:delete", SITE, Effect::Deny, Reason::NotGranted),
        ("user:cem", "repository:delete", DOCS, Effect::Unknown, Reason::NeedsTags),
        ("user:pia", "stack:read", DOCS, Effect::Deny, Reason::UnknownScope),
        ("user:pia", "code:read", HOUSE, Effect::Deny, Reason::WrongEntityType),
        ("user:pia", "code:read", "repository:villa/docs", Effect::Deny, Reason::OtherOrganization),
        ("user:nemo", "code:read", DOCS, Effect::Deny, Reason::UnknownPrincipal),
    ];
    for (principal, scope, entity, effect, reason) in cases {
        assert_eq!(decide(principal, scope, entity), (effect, reason), "{principal} {scope} {entity}");
    }
}

#[test]
fn what_the_other_product_does_not_have_is_a_malformed_request() {
    let organization = casa(CASA);
    let ask =
        |entity: &str| organization.principal("user:oda").decide("code:read", entity, &Context::default());
    let error = ask("stack:casa/web/prod").unwrap_err().to_string();
    assert!(error.contains("`repository`") && error.contains("`house`"), "{error}");
    assert!(ask("repository:casa").is_err() && ask("repository:casa/a/b").is_err());
}

#[test]
fn its_scopes_and_explanations_are_its_own() {
    let organization = casa(CASA);
    let gil = organization.principal("user:gil");
    assert_eq!(gil.scopes(SITE, &Context::default()).unwrap(), ["code:read", "code:write"]);
    let told = gil.explain("code:write", SITE, &Context::default()).unwrap();
    assert_eq!(told.grants[0].via, ["team:core", "permission-set:write"]);
    assert_eq!(told.rules, [], "this catalog names no statements");
    assert_eq!(organization.catalog().name(), "forge-1");
}

#[test]
fn everyone_and_everything_are_its_own_too() {
    let (organization, any, context) = (casa(CASA), Filter::default(), Context::default());
    let who = organization.who_can("code:write", SITE, &any, &context).unwrap();
    let names: Vec<&str> = who.principals.iter().map(|row| &*row.principal).collect();
    assert_eq!(names, ["user:gil", "user:oda", "user:pia", "team:core"]);
    let told = organization.principal("user:cem").scopes_by_entity(&any, &context).unwrap();
    let rows: Vec<_> = told.entities.iter().map(|it| (&*it.entity, &*it.answer.allow)).collect();
    assert_eq!(rows, [(HOUSE, &["repository:create"][..])]);
    let rows: Vec<_> = told.elsewhere.iter().map(|it| (&*it.entity_type, &*it.answer.unknown)).collect();
    assert_eq!(rows, [("repository", &["repository:delete"][..])]);
}

#[test]
fn what_would_help_is_told_in_its_own_words() {
    let told = casa(CASA).principal("user:gil").explain("code:read", DOCS, &Context::default()).unwrap();
    let remedies = told.remedies.expect("it is refused");
    let remedies: Vec<_> = remedies.iter().map(|it| (it.gains, it.loses, it.sentence.as_str())).collect();
    // The role of a person brings what everyone may read, what everyone creates, and what every person has.
    let expected = [
        (1, 0, "grant `user:gil` the permission set `read` on `repository:casa/docs`"),
        (3, 0, "give `user:gil` the role `person` in place of `guest`"),
    ];
    assert_eq!(remedies, expected);
}

#[test]
fn a_document_has_the_parts_that_its_catalog_has() {
    let faults = |document: &str| faults(Organization::parse_with(&catalog(&forge()), document).err());
    let with = |fields: &str| CASA.replacen('{', &format!("{{ {fields},"), 1);
    assert_eq!(faults(&with(r#""servicePrincipals": []"#)), ["servicePrincipals [not_in_revision]"]);
    assert_eq!(
        faults(&CASA.replace("everyoneMay", "defaultStackPermission")),
        ["settings.defaultStackPermission [unknown_field]"]
    );
    assert_eq!(
        faults(&CASA.replace("\"wipe\", \"on\"", "\"stack-read\", \"on\"")),
        ["roles[0].rules[0].permissionSet [unknown_permission_set]"]
    );
    assert_eq!(faults(&CASA.replace("\"guest\"", "\"member\"")), ["members[2].role [unknown_role]"]);
    assert_eq!(faults(&CASA.replace(": 7 ", ": 102 ")), ["teams[0].grants[0].level [unknown_value]"]);
}

#[test]
fn a_document_names_the_catalog_that_it_is_for() {
    let other = CASA.replace("forge-1", "forge-2");
    let invalid = Organization::parse_with(&catalog(&forge()), &other).unwrap_err();
    assert_eq!(faults(Some(invalid.clone())), ["catalog [unknown_catalog]"]);
    let message = &invalid.problems()[0].message;
    assert!(message.contains("`forge-2`") && message.contains("`forge-1`"), "{message}");
    assert_eq!(faults(Organization::parse(CASA).err()), ["catalog [unknown_catalog]"]);
}

#[test]
fn faults_in_rows_are_told() {
    const UNKNOWN_SCOPE: &[SetRow<'_>] = &[set("read", &[], &["code:fly"])];
    const CIRCLE: &[SetRow<'_>] = &[set("one", &["two"], &[]), set("two", &["one"], &[])];
    const NAMELESS: &[SetRow<'_>] = &[set("", &[], &["code:read"])];
    const TWO_HOUSES: &[TypeRow<'_>] = &[HOUSE_TYPE, HOUSE_TYPE];
    let toggle = forge().toggles[0];
    let level = forge().levels[0];
    let faulty: &[(Rows<'_>, &[&str])] = &[
        (
            Rows { entity_types: TWO_HOUSES, ..bare() },
            &["entityTypes[1].name [duplicate]", "entityTypes[1].path [duplicate]"],
        ),
        (Rows { permission_sets: UNKNOWN_SCOPE, ..bare() }, &["permissionSets[0].scopes[0] [unknown_scope]"]),
        (Rows { permission_sets: CIRCLE, ..bare() }, &["permissionSets[1].includes [include_cycle]"]),
        (Rows { permission_sets: NAMELESS, ..bare() }, &["permissionSets[0].id [empty]"]),
        (
            Rows { roles: &[role("guest", false, &["code:fly"])], ..bare() },
            &["roles[0].scopes[0] [unknown_scope]"],
        ),
        (Rows { member_role: "boss", ..bare() }, &["defaultRole [unknown_role]"]),
        (
            Rows { toggles: &[ToggleRow { scope: "a:b", ..toggle }], ..forge() },
            &["settings[0].scope [unknown_scope]"],
        ),
        (
            Rows { toggles: &[ToggleRow { audience: Audience::Roles(&["boss"]), ..toggle }], ..forge() },
            &["settings[0].roles[0] [unknown_role]"],
        ),
        (
            Rows { levels: &[LevelRow { levels: &[("all", "all")], ..level }], ..forge() },
            &["levels[0].levels.all [unknown_permission_set]"],
        ),
        (
            Rows { creator: CreatorRow { sets: &["all"], machines: false }, ..forge() },
            &["creator.permissionSets[0] [unknown_permission_set]"],
        ),
        (
            Rows { references: &[("uses", "planet")], ..bare() },
            &["references[0].entityType [unknown_entity_type]"],
        ),
        (
            Rows { token_exceptions: &[("house", "a:b")], ..bare() },
            &["tokenExceptions[0].scope [unknown_scope]"],
        ),
        (
            Rows { needs: &[NeedRow { entity_type: "planet", ..NEED }], ..forge() },
            &["needs[0].entityType [unknown_entity_type]"],
        ),
        (Rows { timed_scopes: &[("house", "a:b")], ..bare() }, &["timedScopes[0].scope [unknown_scope]"]),
    ];
    for (rows, expected) in faulty {
        assert_eq!(faults(Catalog::new(rows).err()), *expected);
    }
}

#[test]
fn a_type_has_at_most_256_scopes() {
    let names: Vec<String> = (0..257).map(|number| format!("it:{number}")).collect();
    let scopes: Vec<&str> = names.iter().map(String::as_str).collect();
    let catalog =
        |scopes| Catalog::new(&Rows { entity_types: &[TypeRow { scopes, ..HOUSE_TYPE }], ..bare() });
    assert!(catalog(&scopes[..256]).is_ok());
    assert_eq!(faults(catalog(&scopes).err()), ["entityTypes[0].scopes [too_many]"]);
}

#[test]
fn a_catalog_without_needs_has_no_preflight() {
    let document = r#"{ "catalog": "forge-1", "organization": "casa" }"#;
    let run = Preflight::new("kitchen", Trigger::parse("git-push").unwrap());
    let error = casa(document).preflight(&run).unwrap_err();
    assert_eq!(error.to_string(), "the catalog does not say what a deployment needs");
}

#[test]
fn a_tree_can_say_what_its_expressions_can() {
    let export = |document: &str| export_role_with(&catalog(&forge()), document, "cleaner");
    let error = export(CASA).unwrap_err();
    assert_eq!(error, ExportError::NoExpression { entity_type: "repository".to_owned() });
    assert_eq!(
        error.to_string(),
        "a tree cannot test entities of type `repository`: give the set on all of them"
    );
    let named =
        CASA.replace(r#"{ "tags": [{ "key": "state", "equals": "stale" }] }"#, r#"["repository:casa/site"]"#);
    assert_eq!(export(&named), Err(error));
    let everywhere = CASA.replace(r#"{ "tags": [{ "key": "state", "equals": "stale" }] }"#, r#""all""#);
    assert!(export(&everywhere).unwrap().contains("\"wipe\""));
    assert!(matches!(export_role(CASA, "cleaner"), Err(ExportError::Invalid(_))), "no embedded revision");
}

#[test]
fn a_role_is_suggested_for_another_product_too() {
    let suggest = |needs: &Needs| serde_json::json!(casa(CASA).suggest(needs).unwrap());
    let both =
        suggest(&Needs::new().and("code:read", DOCS).and("code:write", DOCS).and("person:read", HOUSE));
    let rules = serde_json::json!([{ "permissionSet": "write", "on": [DOCS] }]);
    assert_eq!(both["add"]["roles"][0]["rules"], rules);
    assert_eq!(both["add"]["roles"][0]["organizationAccess"][0], "suggested-house");
    let wipe = suggest(&Needs::new().and("repository:delete", "repository:*"));
    assert_eq!(
        wipe["add"]["roles"][0]["rules"],
        serde_json::json!([{ "permissionSet": "wipe", "on": "all" }])
    );
    assert_eq!(suggest(&Needs::new().and("person:read", HOUSE))["role"], "person");
}

const NEED: NeedRow<'_> =
    NeedRow { need: Need::Stack, entity_type: "repository", scope: "code:read", rule: "H-1" };

/// The types of the house and a role, and nothing else.
fn bare() -> Rows<'static> {
    let (name, entity_types) = ("bare", forge().entity_types);
    Rows { name, entity_types, roles: &ROLES[2..], member_role: "guest", ..Rows::default() }
}

fn casa(document: &str) -> Organization {
    Organization::parse_with(&catalog(&forge()), document).unwrap_or_else(|invalid| panic!("{invalid}"))
}

fn catalog(rows: &Rows<'_>) -> Catalog {
    Catalog::new(rows).unwrap_or_else(|invalid| panic!("{invalid}"))
}

/// Path and code of each problem.
fn faults(invalid: Option<scopewise::Invalid>) -> Vec<String> {
    let invalid = invalid.expect("it is refused");
    invalid.problems().iter().map(|problem| format!("{} [{}]", problem.path, problem.code)).collect()
}
