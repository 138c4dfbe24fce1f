//! Who may do something, and what somebody may do: everyone and everything at once, against one by one.
#![cfg(not(target_arch = "wasm32"))]

#[allow(dead_code, unused_imports, reason = "other tests use the rest")]
mod generate;
#[allow(dead_code, reason = "other tests use the rest")]
mod oracle;

use std::collections::{BTreeMap, BTreeSet};

use generate::{CASES, Case, Dice, ENTITIES, for_every, parse, shuffle};
use oracle::{catalog, list, text};
use scopewise::{
    ByEntity, Context, Decision, Effect, Filter, Instant, Organization, Principal, Reason, Request, Scopes,
    Trigger, WhoCan,
};
use serde_json::{Value, json};

// Everyone.

#[test]
fn who_can_agrees_with_checking_everyone() {
    for_every(5, |document, organization, request| {
        let Request { scope, entity, context, .. } = of_nobody(request)?;
        let everyone = everyone(document);
        let one_by_one =
            |principal: &str| organization.principal(principal).decide(&scope, &entity, &context);
        let who = match organization.who_can(&scope, &entity, &all(), &context) {
            Ok(who) => who,
            Err(error) => return (one_by_one("user:ann") != Err(error)).then(|| "it is an error".to_owned()),
        };
        let told: Vec<&str> = who.principals.iter().map(|row| &*row.principal).collect();
        if told != everyone {
            return Some(format!("{told:?} are not {everyone:?}"));
        }
        who.principals.iter().find_map(|row| {
            let decision = one_by_one(&row.principal).expect("the question is well formed");
            let by_oracle = by_oracle(document, request, &row.principal);
            let grants = organization.principal(&row.principal).why(&scope, &entity, &context).ok()?.grants;
            let agree = row.decision == decision
                && comparable(&scope, &decision) == by_oracle
                && row.grants == grants;
            (!agree).then(|| format!("{row:?}\none by one {decision:?} {grants:?}\nthe oracle {by_oracle}"))
        })
    });
}

#[test]
fn a_member_is_whoever_is_there_and_is_no_collaborator() {
    let document = json!({ "revision": "2026-10", "organization": "acme",
        "teams": [{ "name": "web", "members": [{ "user": "bob" }] }],
        "members": [{ "user": "ann", "role": "admin" }, { "user": "bob" }],
        "collaborators": [{ "user": "zoe", "grants": [{ "entity": "stack:acme/web/prod", "level": "read" }] }],
        "tokens": [{ "name": "pat", "kind": "personal", "user": "bob" },
            { "name": "old", "kind": "personal", "user": "bob", "expiresAt": "2026-01-01T00:00:00Z" }] });
    let acme = Organization::parse(document.to_string()).expect("a document");
    let now = Context::at(Instant::parse("2026-11-20T00:00:00Z").expect("a time"));
    let reason = |principal: &str, entity: &str| {
        acme.principal(principal).membership(entity, &now).map(|decision| decision.reason.as_str()).ok()
    };
    for (principal, wanted) in [
        ("user:ann", "granted"),
        ("user:bob", "granted"),
        ("team:web", "granted"),
        ("token:pat", "granted"),
        ("token:old", "token_expired"),
        ("user:zoe", "not_granted"),
        ("user:eve", "unknown_principal"),
    ] {
        assert_eq!(reason(principal, "organization:acme"), Some(wanted), "{principal}");
    }
    assert_eq!(reason("user:ann", "organization:other"), Some("other_organization"));
    assert_eq!(reason("ann", "organization:acme"), None);
    assert_eq!(reason("deployment:web/prod", "organization:acme"), None, "without its trigger");
}

#[test]
fn who_can_lists_what_the_filter_takes_and_counts_the_denied() {
    type Fits = fn(&str) -> bool;
    let filters: [(&str, &str, Fits); 6] = [
        ("user", "*", |_| true),
        ("user", "a*", |name| name.starts_with('a')),
        ("team", "nobody", |_| false),
        ("team", "*:t", |name| name == "t"),
        ("service-principal", "s*p", |name| name == "sp"),
        ("token", "token:*t", |name| name.ends_with('t')),
    ];
    for_every(5, |_, organization, request| {
        let Request { scope, entity, context, .. } = of_nobody(request)?;
        let who = |filter: &Filter| organization.who_can(&scope, &entity, filter, &context).ok();
        let everyone = who(&all())?.principals;
        filters.iter().find_map(|(kind, pattern, fits)| {
            let of_kind = |name: &str| {
                name.strip_prefix(kind).and_then(|rest| rest.strip_prefix(':')).is_some_and(fits)
            };
            let wanted = everyone.iter().filter(|row| of_kind(&row.principal)).cloned();
            let (denied, kept): (Vec<_>, Vec<_>) =
                wanted.partition(|row| row.decision.effect == Effect::Deny);
            let count = |reason| denied.iter().filter(|row| row.decision.reason == reason).count();
            let counts = Reason::ALL.iter().map(|reason| (*reason, count(*reason)));
            let told = who(&Filter::default().kind(*kind).name(*pattern))?;
            let agree = told.principals == kept
                && told.denied.iter().map(|it| (it.reason, it.count)).eq(counts.filter(|(_, it)| *it > 0));
            (!agree).then(|| format!("{kind} {pattern}: {told:?}"))
        })
    });
}

#[test]
fn everyone_is_told_by_kind_and_name_with_the_way() {
    let who = acme().who_can("stack:write", PROD, &Filter::default(), &now()).unwrap();
    assert_eq!(
        json!(who),
        json!({
            "principals": [
                { "principal": "user:ann", "effect": "allow", "reason": "organization_admin",
                  "grants": [{ "via": ["role:admin"], "on": "all", "effect": "allow" }] },
                { "principal": "user:bob", "effect": "allow", "reason": "granted", "grants": [
                  { "via": ["team:web", "role:writer", "permission-set:stack-write"],
                    "on": { "tags": [{ "key": "env", "equals": "prod" }] }, "effect": "allow" },
                  { "via": ["permission-set:stack-write"], "on": PROD, "effect": "allow" }] },
                { "principal": "team:web", "effect": "allow", "reason": "granted", "grants": [
                  { "via": ["team:web", "role:writer", "permission-set:stack-write"],
                    "on": { "tags": [{ "key": "env", "equals": "prod" }] }, "effect": "allow" }] },
                { "principal": "service-principal:runner", "effect": "allow", "reason": "granted", "grants": [
                  { "via": ["role:writer", "permission-set:stack-write"],
                    "on": { "tags": [{ "key": "env", "equals": "prod" }] }, "effect": "allow" }] },
                { "principal": "token:ci", "effect": "allow", "reason": "organization_admin",
                  "grants": [{ "via": ["role:admin"], "on": "all", "effect": "allow" }] },
            ],
            "denied": [{ "reason": "token_expired", "count": 1 }, { "reason": "not_granted", "count": 2 }],
        })
    );
}

#[test]
fn of_an_entity_that_is_not_listed_it_rests_on_its_tags() {
    let acme = acme();
    let who = |context: &Context| {
        let who = acme.who_can("stack:write", "stack:acme/new/one", &Filter::default(), context).unwrap();
        who.principals.into_iter().map(|row| (row.principal, row.decision)).collect::<Vec<_>>()
    };
    let asked = who(&now());
    let (bob, decision) = &asked[1];
    assert_eq!(
        (&**bob, decision.effect, &*decision.needs),
        ("user:bob", Effect::Unknown, &["env".to_owned()][..])
    );
    let names = |told: &[(String, Decision)]| told.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&asked), names(&who(&now().tags([("env", "prod")]))));
    assert_eq!(names(&who(&now().tags([("env", "dev")]))), ["user:ann", "token:ci"]);
}

#[test]
fn a_question_that_decides_by_itself_says_so_of_everyone() {
    let acme = acme();
    let denied = |scope: &str, entity: &str| {
        let WhoCan { principals, denied, .. } =
            acme.who_can(scope, entity, &Filter::default(), &now()).unwrap();
        assert_eq!(principals, []);
        denied.into_iter().map(|it| (it.reason, it.count)).collect::<Vec<_>>()
    };
    assert_eq!(denied("stack:fly", PROD), [(Reason::UnknownScope, 8)]);
    assert_eq!(denied("environment:open", PROD), [(Reason::WrongEntityType, 8)]);
    assert_eq!(denied("stack:read", "stack:other/web/prod"), [(Reason::OtherOrganization, 8)]);
}

#[test]
fn a_malformed_question_is_an_error() {
    let acme = acme();
    let fails = |scope: &str, entity: &str, filter: &Filter, sentence: &str| {
        let error = acme.who_can(scope, entity, filter, &now()).unwrap_err();
        assert_eq!(error.to_string(), sentence);
    };
    let any = Filter::default();
    fails("read", PROD, &any, "`read` is no scope: write it `object:action`");
    fails(
        "stack:read",
        "acme/web/prod",
        &any,
        &acme.principal("user:ann").decide("a:b", "acme/web/prod", &now()).unwrap_err().to_string(),
    );
    fails(
        "stack:read",
        PROD,
        &any.clone().kind("user").kind("robot"),
        "no kind of principal `robot` is known: use one of `user`, `team`, `service-principal`, `token`",
    );
    let error = acme.principal("user:ann").entities("stack:read", &any.kind("planet"), &now()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no entity type `planet` is known: use one of `stack`, `environment`, `insights-account`, `organization`"
    );
}

#[test]
fn a_filter_is_read_strictly() {
    let wanted = Filter::default().kind("user").kind("token").name("a*").and_denied();
    assert_eq!(Filter::parse(r#"{ "denied": true, "name": "a*", "kinds": ["user", "token"] }"#), Ok(wanted));
    assert_eq!(Filter::parse("{}"), Ok(Filter::default()));
    let fails =
        |text: &str, sentence: &str| assert_eq!(Filter::parse(text).unwrap_err().to_string(), sentence);
    fails(r#"{ "kind": "user" }"#, "kind: no field `kind` is known here: remove it");
    fails(r#"{ "kinds": "user" }"#, "kinds: a list is wanted here, not a text");
    fails(r#"{ "name": "" }"#, "name: the text must not be empty");
    fails(r#"{ "denied": 1 }"#, "denied: true or false is wanted here, not a number");
}

// Everything.

#[test]
fn everything_at_once_agrees_with_the_matrix() {
    for_every(29, |document, organization, request| {
        let Request { principal, context, .. } = Request::parse(request.to_string()).ok()?;
        let everyone = everyone(document).into_iter().chain([principal]);
        let names = names(document);
        everyone.into_iter().find_map(|name| at_once(&organization.principal(&name), &names, &context))
    });
}

#[test]
fn everything_that_a_run_may_do_agrees_with_the_matrix() {
    for_every(2, |document, organization, request| {
        let Request { principal, context, .. } = Request::parse(request.to_string()).ok()?;
        let run = principal.starts_with("deployment:").then(|| organization.principal(&principal))?;
        at_once(&run, &names(document), &context)
    });
}

#[test]
fn the_entities_of_a_scope_agree_with_deciding_on_each() {
    for_every(3, |_, organization, request| {
        let Request { principal, scope, context, .. } = Request::parse(request.to_string()).ok()?;
        let principal = organization.principal(&principal);
        let decide = |entity: &str| principal.decide(&scope, entity, &context);
        let told = match (principal.entities(&scope, &all(), &context), decide(PROD)) {
            (Ok(told), Ok(_)) => told,
            (Err(_), Err(_)) => return None,
            (told, decided) => return Some(format!("one of them is an error: {told:?} {decided:?}")),
        };
        let told_of = Told::new(&told);
        let wrong = told_of.entities().into_iter().find_map(|entity| {
            let (expected, got) = (decide(entity).ok()?, told_of.on(entity));
            let told = Some(&expected).filter(|it| it.reason != Reason::WrongEntityType);
            (got != told).then(|| format!("{entity}: {got:?}, but it is {expected:?}"))
        });
        let for_all = [
            Reason::UnknownPrincipal,
            Reason::UnknownScope,
            Reason::DeploymentRefused,
            Reason::TokenExpired,
            Reason::TokenLifetime,
        ];
        let one_of_each = NOWHERE.into_iter().chain(["organization:acme"]);
        let reasons = one_of_each.map(|entity| decide(entity).expect("well formed").reason);
        let refused = reasons.into_iter().find(|reason| for_all.contains(reason));
        wrong.or_else(|| (told.refused != refused).then(|| format!("{:?}, not {refused:?}", told.refused)))
    });
}

#[test]
fn what_is_denied_is_left_out_unless_it_is_asked_for() {
    for_every(7, |_, organization, request| {
        let Request { principal, scope, context, .. } = Request::parse(request.to_string()).ok()?;
        let principal = organization.principal(&principal);
        let stacks = || Filter::default().kind("stack").name("*/prod");
        let mut decided = principal.entities(&scope, &stacks().and_denied(), &context).ok()?;
        decided.entities.retain(|it| it.answer.effect != Effect::Deny);
        decided.elsewhere.retain(|it| it.answer.effect != Effect::Deny);
        let mut named = principal.scopes_by_entity(&stacks().and_denied(), &context).ok()?;
        let something = |it: &Scopes<'_>| !it.allow.is_empty() || !it.unknown.is_empty();
        named.entities.retain(|it| something(&it.answer));
        named.elsewhere.retain(|it| something(&it.answer));
        let stray = named
            .entities
            .iter()
            .find(|it| !it.entity.starts_with("stack:") || !it.entity.ends_with("/prod"));
        let agree = principal.entities(&scope, &stacks(), &context) == Ok(decided)
            && principal.scopes_by_entity(&stacks(), &context).as_ref() == Ok(&named)
            && stray.is_none();
        (!agree).then(|| format!("{named:?}"))
    });
}

#[test]
fn the_order_of_a_document_means_nothing() {
    for (seed, Case { document, requests }) in (0..).zip(CASES.iter().step_by(4)) {
        let mut shuffled = document.clone();
        shuffle(&mut Dice::new(seed), &mut shuffled);
        let (one, other) = (parse(document), parse(&shuffled));
        for request in requests.iter().step_by(5) {
            let Ok(Request { principal, scope, entity, context }) = Request::parse(request.to_string())
            else {
                continue;
            };
            let answers = |organization: &Organization| {
                let asked = organization.principal(&principal);
                let entities = asked.entities(&scope, &all(), &context);
                let scopes = asked.scopes_by_entity(&all(), &context).map(|it| json!(it));
                let who = organization.who_can(&scope, &entity, &all(), &context).map(|who| {
                    let rows = who.principals.into_iter().map(|row| (row.principal, row.decision));
                    (rows.collect::<Vec<_>>(), who.denied)
                });
                (entities, scopes, who)
            };
            assert_eq!(answers(&one), answers(&other), "{request}\n{document}");
        }
    }
}

#[test]
fn entities_are_told_by_type_and_name_and_the_others_at_once() {
    let acme = acme();
    let told = acme.principal("user:bob").entities("stack:write", &Filter::default(), &now()).unwrap();
    assert_eq!(
        json!(told),
        json!({
            "entities": [
                { "entity": "stack:acme/app/prod", "effect": "allow", "reason": "granted" },
                { "entity": PROD, "effect": "allow", "reason": "granted" },
                { "entity": "stack:acme/zoo/one", "effect": "unknown", "reason": "needs_tags", "needs": ["env"] },
            ],
            "elsewhere": [
                { "entityType": "stack", "effect": "unknown", "reason": "needs_tags", "needs": ["env"] }],
        })
    );
    let told = acme.principal("user:zoe").scopes_by_entity(&Filter::default(), &now()).unwrap();
    let read = [
        "stack:decrypt",
        "stack:encrypt",
        "stack:export",
        "stack:read",
        "stack_access:read",
        "stack_deployment:read",
        "stack_deployment_settings:read",
        "stack_schedule:read",
    ];
    let row = json!({ "entity": "stack:acme/zoo/one", "allow": read });
    assert_eq!(json!(told), json!({ "entities": [row], "elsewhere": [] }));
}

#[test]
fn tags_of_the_question_stand_for_those_of_every_entity() {
    let acme = acme();
    let bob = acme.principal("user:bob");
    let told = |context: &Context| {
        let told = bob.entities("stack:write", &Filter::default(), context).unwrap();
        let names = told.entities.into_iter().map(|it| it.entity);
        names.chain(told.elsewhere.into_iter().map(|it| it.entity_type)).collect::<Vec<_>>()
    };
    let known = ["stack:acme/app/prod", "stack:acme/dev/one", PROD, "stack:acme/zoo/one", "stack"];
    assert_eq!(told(&now().tags([("env", "prod")])), known);
    assert_eq!(told(&now().tags([("env", "dev")])), [PROD], "his own grant names it");
}

#[test]
fn tags_that_are_compared_with_each_other_tell_entities_apart() {
    let tag = |key: &str| json!({ "__type": "PermissionExpressionTag", "key": key, "context": { "__type": "PermissionExpressionStack" } });
    let condition =
        json!({ "__type": "PermissionExpressionEqual", "left": tag("owner"), "right": tag("buyer") });
    let allow = json!({ "__type": "PermissionDescriptorAllow", "permissions": ["stack:delete"] });
    let details =
        json!({ "__type": "PermissionDescriptorCondition", "condition": condition, "subNode": allow });
    let acme = parse(&json!({
        "revision": "2026-10", "organization": "acme",
        "roles": [{ "id": "own", "name": "Own", "details": details }],
        "members": [{ "user": "bob", "role": "own" }],
        "entities": [
            { "entity": "stack:acme/a/b", "tags": { "owner": "a", "buyer": "b" } },
            { "entity": "stack:acme/a/a", "tags": { "owner": "a", "buyer": "a" } },
            { "entity": "stack:acme/b/a", "tags": { "owner": "b", "buyer": "a" } },
            { "entity": "stack:acme/b/b", "tags": { "owner": "b", "buyer": "b" } } ]
    }));
    let told = acme.principal("user:bob").entities("stack:delete", &Filter::default(), &now()).unwrap();
    let names: Vec<&str> = told.entities.iter().map(|it| &*it.entity).collect();
    assert_eq!(names, ["stack:acme/a/a", "stack:acme/b/b"]);
    assert_eq!(told.elsewhere[0].answer.needs, ["buyer", "owner"]);
}

#[test]
fn a_run_has_its_own_stack_though_no_document_speaks_of_it() {
    let acme = acme();
    let context = now().trigger(Trigger::parse("git-push").unwrap());
    let told =
        acme.principal("deployment:new/one").entities("stack:write", &Filter::default(), &context).unwrap();
    let names: Vec<&str> = told.entities.iter().map(|it| &*it.entity).collect();
    assert_eq!((names, &*told.elsewhere), (vec!["stack:acme/new/one"], &[][..]));
    assert_eq!(told.acts_as.as_deref(), Some("stack-token:new/one"));
    let environments = Filter::default().kind("environment");
    let told = acme.principal("deployment:new/one").scopes_by_entity(&environments, &context).unwrap();
    assert_eq!(told.entities, []);
    let error = acme.principal("deployment:new/one").entities("stack:write", &Filter::default(), &now());
    assert_eq!(error.unwrap_err().to_string(), "a deployment needs its `trigger`: say what started it");
}

#[test]
fn the_organization_is_among_the_entities_whether_it_is_named_or_not() {
    let plain = json!({ "revision": "2026-10", "organization": "acme", "members": [{ "user": "ann", "role": "admin" }] });
    let mut listed = plain.clone();
    listed["entities"] = json!([{ "entity": "organization:acme" }]);
    for document in [plain, listed] {
        let acme = parse(&document);
        let told = acme.principal("user:ann").entities("team:create", &Filter::default(), &now()).unwrap();
        let names: Vec<&str> = told.entities.iter().map(|it| &*it.entity).collect();
        assert_eq!((names, &*told.elsewhere), (vec!["organization:acme"], &[][..]), "{document}");
    }
}

#[test]
fn whoever_is_refused_is_told_why() {
    let acme = acme();
    let refused = |principal: &str, scope: &str| {
        acme.principal(principal).entities(scope, &Filter::default(), &now()).unwrap().refused
    };
    assert_eq!(refused("user:nobody", "stack:read"), Some(Reason::UnknownPrincipal));
    assert_eq!(refused("token:old", "stack:read"), Some(Reason::TokenExpired));
    assert_eq!(refused("user:ann", "stack:fly"), Some(Reason::UnknownScope));
    assert_eq!(refused("user:zoe", "team:create"), None);
    let by_entity = acme.principal("token:old").scopes_by_entity(&Filter::default(), &now()).unwrap();
    assert_eq!((by_entity.refused, &*by_entity.entities), (Some(Reason::TokenExpired), &[][..]));
}

// What the tests are made of.

const PROD: &str = "stack:acme/web/prod";

/// Entities of which no generated document speaks.
const NOWHERE: [&str; 3] =
    ["stack:acme/no/where", "environment:acme/no/where", "insights-account:acme/nowhere"];

fn now() -> Context {
    Context::at(Instant::parse(generate::AT).unwrap())
}

fn acme() -> Organization {
    parse(&json!({
        "revision": "2026-10", "organization": "acme",
        "roles": [{ "id": "writer", "name": "Writer", "rules": [
            { "permissionSet": "stack-write", "on": { "tags": [{ "key": "env", "equals": "prod" }] } }] }],
        "teams": [{ "name": "web", "roles": ["writer"], "members": [{ "user": "bob" }] }],
        "members": [{ "user": "cyd", "role": "billing-manager" }, { "user": "ann", "role": "admin" },
                    { "user": "bob", "grants": [{ "entity": PROD, "level": "write" }] }],
        "collaborators": [{ "user": "zoe", "grants": [{ "entity": "stack:acme/zoo/one", "level": "read" }] }],
        "servicePrincipals": [{ "name": "runner", "roles": ["writer"] }],
        "tokens": [
            { "name": "old", "kind": "organization", "role": "admin", "expiresAt": "2020-01-01T00:00:00Z" },
            { "name": "ci", "kind": "organization", "role": "admin" } ],
        "entities": [
            { "entity": PROD, "tags": { "env": "prod" } },
            { "entity": "stack:acme/dev/one", "tags": { "env": "dev" } },
            { "entity": "stack:acme/app/prod", "tags": { "env": "prod" } } ]
    }))
}

fn all() -> Filter {
    Filter::default().and_denied()
}

/// A question that is well formed but for its scope and its entity, whoever asks it.
fn of_nobody(request: &Value) -> Option<Request> {
    let mut request = request.clone();
    request["principal"] = json!("user:nobody");
    Request::parse(request.to_string()).ok()
}

/// Every principal that a document lists, by kind and by name.
fn everyone(document: &Value) -> Vec<String> {
    let named = |field: &str, name: &str, word: &str| -> BTreeSet<String> {
        list(&document[field]).map(|it| format!("{word}:{}", text(&it[name]))).collect()
    };
    let mut users = named("members", "user", "user");
    users.extend(named("collaborators", "user", "user"));
    let teams = named("teams", "name", "team");
    let accounts = named("servicePrincipals", "name", "service-principal");
    let tokens = named("tokens", "name", "token");
    users.into_iter().chain(teams).chain(accounts).chain(tokens).collect()
}

/// What the oracle says of the same question by somebody else.
fn by_oracle(document: &Value, request: &Value, principal: &str) -> Value {
    let mut request = request.clone();
    request["principal"] = json!(principal);
    oracle::decide(document, catalog::of(text(&document["revision"])), &request)
}

/// A decision with as much of it as the oracle knows.
fn comparable(scope: &str, decision: &Decision) -> Value {
    let mut answer = json!(decision);
    if scope != "environment:open" || answer["maxOpenSeconds"] == 0 {
        answer.as_object_mut().expect("an object").remove("maxOpenSeconds");
    }
    answer
}

/// An answer by the names of entities and of the types of all others.
struct Told<'a, T>(BTreeMap<&'a str, &'a T>);

impl<'a, T> Told<'a, T> {
    fn new(told: &'a ByEntity<T>) -> Self {
        let entities = told.entities.iter().map(|it| (&*it.entity, &it.answer));
        Self(entities.chain(told.elsewhere.iter().map(|it| (&*it.entity_type, &it.answer))).collect())
    }

    fn on(&self, entity: &str) -> Option<&'a T> {
        let of_type = || self.0.get(entity.split_once(':')?.0);
        self.0.get(entity).or_else(of_type).copied()
    }

    /// Those that are told of, those of which documents speak, and those of which none does.
    fn entities(&self) -> BTreeSet<&'a str> {
        let told = self.0.keys().copied().filter(|name| name.contains(':'));
        told.chain(ENTITIES).chain(NOWHERE).chain(["organization:acme"]).collect()
    }
}

/// What everything at once has other than the matrix, if it has.
fn at_once(principal: &Principal<'_>, names: &[&str], context: &Context) -> Option<String> {
    let told = match (principal.scopes_by_entity(&all(), context), principal.matrix(&[PROD], names, context))
    {
        (Ok(told), Ok(_)) => told,
        (Err(told), Err(page)) if told == page => return None,
        (told, page) => return Some(format!("one of them is an error: {told:?} {page:?}")),
    };
    let told = Told::new(&told);
    let entities: Vec<&str> = told.entities().into_iter().collect();
    let page = principal.matrix(&entities, names, context).expect("the names are well formed");
    entities.iter().enumerate().find_map(|(row, entity)| {
        let having = |effect| -> Vec<&str> {
            (0..names.len()).filter(|column| page.at(row, *column) == effect).map(|it| names[it]).collect()
        };
        let (allow, unknown) = (having(Effect::Allow), having(Effect::Unknown));
        let got = told.on(entity);
        let same = got.is_some_and(|it| (&it.allow, &it.unknown) == (&allow, &unknown));
        (!same).then(|| format!("{entity}: {got:?}, but the matrix has {allow:?} and {unknown:?}"))
    })
}

/// The names of all scopes of a document's revision.
fn names(document: &Value) -> Vec<&'static str> {
    let catalog = catalog::of(text(&document["revision"]));
    let names: BTreeSet<&str> = catalog.scopes.iter().map(|(_, name)| name.as_str()).collect();
    names.into_iter().collect()
}
