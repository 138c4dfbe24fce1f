//! Routes: what a table may say, what a request is taken for, and what is refused.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::expect_used, reason = "a test that meets something unexpected stops there")]

use scopewise::{Confidence, NeededScope, RouteError, RouteNeeds, Routes};
use serde_json::{Value, json};

// What a request is taken for.

#[test]
fn a_request_is_taken_for_its_route_and_needs_what_the_names_in_its_path_say() {
    let needs = |method, target| needs(&routes(), method, target);
    assert_eq!(needs("GET", "/api/stacks/acme/web/prod"), ["stack:read on stack:acme/web/prod"]);
    assert_eq!(needs("PUT", "/api/stacks/acme/web/prod"), ["stack:write on stack:acme/web/prod"]);
    assert_eq!(
        needs("POST", "/api/envs/acme/aws/clone"),
        ["environment:clone on environment:acme/default/aws", "environment:create on organization:acme"]
    );
    assert_eq!(needs("GET", "/api/stacks"), ["each stack:read on stack"]);
    assert_eq!(needs("GET", "/api/orgs/acme"), ["member of organization:acme"]);
    assert_eq!(needs("GET", "/api/user"), ["user"]);
    assert_eq!(needs("GET", "/"), ["public"]);
    assert_eq!(needs("POST", "/api/leases/7"), ["special"]);
}

#[test]
fn a_route_says_what_the_table_says_of_it() {
    let routes = routes();
    let found = routes.find("POST", "/api/leases/7").unwrap().unwrap();
    let route = found.route;
    assert_eq!((&*route.method, &*route.path), ("POST", "/api/leases/{id}"));
    assert_eq!(route.name.as_deref(), Some("Renew"));
    assert_eq!(route.note.as_deref(), Some("the lease of a run"));
    assert_eq!(route.confidence, Confidence::Guessed);
    assert_eq!(routes.routes()[found.position], *route);
    assert_eq!(routes.routes()[0].confidence, Confidence::Documented, "where it says nothing");
}

#[test]
fn needs_are_json() {
    let routes = routes();
    let needs = |method, target| json!(routes.find(method, target).unwrap().unwrap().needs);
    assert_eq!(
        needs("GET", "/api/stacks/acme/web/prod"),
        json!({ "needs": "scope", "scopes": [{ "scope": "stack:read", "entity": "stack:acme/web/prod" }] })
    );
    assert_eq!(
        needs("GET", "/api/stacks"),
        json!({ "needs": "filter", "each": { "scope": "stack:read", "entityType": "stack" } })
    );
    assert_eq!(needs("GET", "/api/orgs/acme"), json!({ "needs": "member", "entity": "organization:acme" }));
    assert_eq!(needs("GET", "/api/user"), json!({ "needs": "user" }));
}

#[test]
fn the_most_specific_route_is_meant_whatever_their_order() {
    let mut table = json!([
        route("/a/{x}/{y}", "s:any"),
        route("/a/b/{y}", "s:b"),
        route("/a/{x}/c", "s:c"),
        route("/a/b/c", "s:bc"),
        route("/a/{x}/c/{z}", "s:deep"),
    ]);
    for _ in 0..5 {
        table.as_array_mut().unwrap().rotate_left(1);
        let routes = read(&json!({ "routes": table }));
        let one = |target: &str, wanted: &str| {
            assert_eq!(needs(&routes, "GET", target), [format!("{wanted} on t:k")], "{target} {table}");
        };
        one("/a/x/y", "s:any");
        one("/a/b/y", "s:b");
        one("/a/x/c", "s:c");
        one("/a/b/c", "s:bc");
        one("/a/b/c/z", "s:deep");
    }
}

#[test]
fn a_literal_of_one_method_is_a_name_to_another() {
    let mut scopes = route("/roles/scopes", "role:list");
    scopes["method"] = json!("GET");
    let mut update = route("/roles/{id}", "role:update");
    update["method"] = json!("PUT");
    let routes = read(&json!({ "routes": [scopes, update] }));
    assert_eq!(needs(&routes, "PUT", "/roles/scopes"), ["role:update on t:k"]);
    assert_eq!(needs(&routes, "PUT", "/roles/Scopes"), ["role:update on t:k"]);
    assert_eq!(error(&routes, "GET", "/roles/Scopes"), "lookalike");
    assert_eq!(error(&routes, "GET", "/roles/other"), "method_unmapped");
}

// What is refused.

#[test]
fn requests_of_the_corpus_are_taken_for_what_it_says_and_refused_with_the_reason() {
    let (routes, corpus) = (routes(), corpus());
    let list = |name: &str| corpus[name].as_array().expect("a list").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    for row in list("taken") {
        let (method, target) = (text(&row[0]), text(&row[1]));
        let found =
            routes.find(&method, &target).unwrap_or_else(|error| panic!("{method} {target}: {error}"));
        assert_eq!(json!(found.expect("it is in the table").needs), row[2], "{method} {target}");
    }
    let refused = list("refused");
    assert!(refused.len() > 90, "{}", refused.len());
    for row in refused {
        assert_eq!(error(&routes, &text(&row[0]), &text(&row[1])), row[2], "{row}");
    }
}

#[test]
fn a_path_may_be_long_but_not_endless() {
    let deep = |count: usize| format!("/{}", vec!["a"; count].join("/"));
    assert_eq!(error(&routes(), "GET", &deep(64)), "unmapped");
    assert_eq!(error(&routes(), "GET", &deep(65)), "too_long");
    let long = |count: usize| format!("/api/{}?{}", "a".repeat(count - 5), "b".repeat(100_000));
    assert_eq!(error(&routes(), "GET", &long(8_192)), "unmapped");
    assert_eq!(error(&routes(), "GET", &long(8_193)), "too_long");
    assert_eq!(error(&routes(), "GET", &"/".repeat(10_000_000)), "too_long");
}

#[test]
fn what_a_table_does_not_know_passes_only_where_it_says_so_and_where_it_is_plain() {
    let mut table = table();
    table["unmapped"] = json!("pass");
    let routes = read(&table);
    for (method, target) in
        [("GET", "/"), ("GET", "/style.css?v=1"), ("PURGE", "/x/y%20z"), ("GET", "/api/users")]
    {
        let found = routes.find(method, target);
        let wanted = if target == "/" { "public" } else { "" };
        assert_eq!(found.unwrap().map_or(String::new(), |it| told(&it.needs).join("")), wanted, "{target}");
    }
    for (method, target, why) in [
        ("get", "/style.css", "malformed_method"),
        ("HEAD", "/api/user", "method_unmapped"),
        ("DELETE", "/api/stacks/acme/web/prod", "method_unmapped"),
        ("GET", "/API/user", "lookalike"),
        ("HEAD", "/API/user", "method_unmapped"),
        ("GET", "/api/user/", "empty_segment"),
        ("GET", "/%61pi/user", "escaped_literal"),
        ("GET", "/api%2Fuser", "encoded_separator"),
        ("GET", "/api/%2575ser", "double_encoding"),
        ("GET", "/static/../api/user", "dot_segment"),
        ("GET", "/both/ways", "ambiguous"),
        ("GET", "/api/user.", "lookalike"),
        ("GET", "/api/u%C5%BFer", "escaped_literal"), // a long s, which is an S in upper case
        ("GET", "/api%EF%BC%8Fuser", "unmapped"),     // a wide slash
        ("GET", "/static/%C3%BC.png", "unmapped"),
    ] {
        assert_eq!(error(&routes, method, target), why, "{method} {target}");
    }
}

#[test]
fn every_refusal_has_a_name_and_a_sentence() {
    for (position, error) in RouteError::ALL.iter().enumerate() {
        let sentence = error.to_string();
        assert!(sentence.starts_with("the ") && !sentence.ends_with('.'), "{sentence}");
        assert_eq!(json!(error), error.as_str());
        let twin = RouteError::ALL.iter().position(|it| it.to_string() == sentence);
        assert_eq!(twin, Some(position));
    }
    assert_eq!(RouteError::DotSegment.to_string(), "the path has a segment of dots, which some resolve");
}

// What a table may say.

#[test]
fn faults_of_a_table_are_told_all_at_once_with_their_places() {
    let table = json!({ "unmapped": "allow", "extra": 1, "routes": [
        { "method": "get", "path": "api/x", "needs": "scope", "scope": "read", "entity": "acme" },
        { "method": "GET", "path": "/a/{x", "needs": "magic", "confidence": "sure" },
        { "method": "GET", "path": "/a/{x}/{x}", "needs": "scope", "entity": "t:{y}", "entityType": "t" },
        { "method": "GET", "path": "/b/{x}", "needs": "filter", "scope": "s:read", "entity": "t:k" },
        { "method": "GET", "path": "/c/{x}", "needs": "member", "opaque": ["x", "y"], "entity": "organization:{x}" },
        { "method": "GET", "path": "/d/../e", "needs": "public", "also": [{ "scope": "s:a", "entity": "t:a{b}" }] },
        { "path": 7, "needs": "user", "note": "" },
        { "method": "GET", "path": "/", "needs": "scope", "scope": "s:a", "entity": "t:{x}" } ] });
    assert_eq!(
        faults(&Routes::parse(table.to_string())),
        [
            "extra: no field `extra` is known here: remove it [unknown_field]",
            "routes[0].entity: `acme` is no entity: write `TYPE:PATH`, each part a name or `{parameter}` \
             [malformed_entity]",
            "routes[0].method: `get` is no method: write it in upper-case letters [unknown_value]",
            "routes[0].path: `api/x` is no path of a route: write `/` before each segment, at most 64, and each as a \
             literal of ascii letters, digits and `-._~!$&'()*+,=:@` or as `{parameter}` [malformed_path]",
            "routes[0].scope: `read` is no scope: write it `object:action` [unknown_scope]",
            "routes[1].confidence: `sure` is not known here: use one of `documented`, `inferred`, `guessed` \
             [unknown_value]",
            "routes[1].needs: `magic` is not known here: use one of `scope`, `filter`, `member`, `user`, `public`, \
             `special`, `ambiguous` [unknown_value]",
            "routes[1].path: `/a/{x` is no path of a route: write `/` before each segment, at most 64, and each as a \
             literal of ascii letters, digits and `-._~!$&'()*+,=:@` or as `{parameter}` [malformed_path]",
            "routes[2].entity: no parameter `y` is in the path of the route: use one of it [unknown_parameter]",
            "routes[2].entityType: a route that needs `scope` has no `entityType`: remove it [conflicting_fields]",
            "routes[2].path: the parameter `x` stands twice in the path: keep one [duplicate]",
            "routes[2].scope: the field `scope` is missing: a route that needs `scope` has it [missing_field]",
            "routes[3]: a filter has both `scope` and `entityType` or neither: add the other one [conflicting_fields]",
            "routes[3].entity: a route that needs `filter` has no `entity`: remove it [conflicting_fields]",
            "routes[4].entity: the opaque parameter `x` may hold slashes and names no entity: take it out of `opaque` \
             [conflicting_fields]",
            "routes[4].opaque[1]: no parameter `y` is in the path of the route: use one of it [unknown_parameter]",
            "routes[5].also: a route that needs `public` has no `also`: remove it [conflicting_fields]",
            "routes[5].path: `/d/../e` is no path of a route: write `/` before each segment, at most 64, and each as a \
             literal of ascii letters, digits and `-._~!$&'()*+,=:@` or as `{parameter}` [malformed_path]",
            "routes[6].method: the field `method` is missing: add it [missing_field]",
            "routes[6].note: the text must not be empty [empty]",
            "routes[6].path: a text is wanted here, not a number [wrong_type]",
            "routes[7].entity: no parameter `x` is in the path of the route: use one of it [unknown_parameter]",
            "unmapped: `allow` is not known here: use one of `deny`, `pass` [unknown_value]",
        ]
    );
    assert_eq!(
        faults(&Routes::parse("{ \"routes\": [ ] ")),
        ["line 1, column 17: the text ends where `,` or `}` should be [invalid_json]"]
    );
}

#[test]
fn routes_that_get_in_each_others_way_are_told() {
    let table = json!({ "routes": [
        route("/v/{version}/open", "s:open"),
        route("/v/tags/{tag}", "s:tag"),
        route("/v/TAGS/{name}", "s:tag"),
        route("/w/{a}/x", "s:one"),
        route("/w/y/{b}", "s:one"),
        { "method": "PUT", "path": "/v/tags/{tag}", "needs": "ambiguous" } ] });
    assert_eq!(
        faults(&Routes::parse(table.to_string())),
        [
            "routes[1]: a path can be of both `GET /v/tags/{tag}` and `GET /v/{version}/open` of routes[0], which need \
             different things: add a route for the paths of both, by `ambiguous` where nothing tells which one is \
             meant [crossing_routes]",
            "routes[2]: routes[1] matches the same requests or ones that look alike: remove one of them [duplicate]",
        ]
    );
    let table = json!({ "routes": [
        route("/v/{version}/open", "s:open"),
        route("/v/tags/{tag}", "s:tag"),
        { "method": "GET", "path": "/v/tags/open", "needs": "ambiguous" } ] });
    let routes = read(&table);
    assert_eq!(error(&routes, "GET", "/v/tags/open"), "ambiguous");
    assert_eq!(needs(&routes, "GET", "/v/tags/new"), ["s:tag on t:k"]);
    assert_eq!(needs(&routes, "GET", "/v/7/open"), ["s:open on t:k"]);
}

#[test]
fn entities_are_the_same_where_they_are_named_by_the_same_segments() {
    let on = |path: &str, entity: &str| json!({ "method": "GET", "path": path, "needs": "scope", "scope": "s:a", "entity": entity });
    let crossing = |one: &str, other: &str| {
        let table = json!({ "routes": [on("/x/{a}/{b}/c", one), on("/x/{b}/d/{a}", other)] });
        faults(&Routes::parse(table.to_string())).len()
    };
    assert_eq!(crossing("t:{a}", "t:{b}"), 0, "both are the second segment");
    assert_eq!(crossing("t:{a}", "t:{a}"), 1, "the second and the fourth");
}

#[test]
fn a_catalog_knows_the_scopes_and_types_of_a_table() {
    let catalog = scopewise::catalog::revision("2026-10").expect("an embedded revision");
    let on = |scope: &str, entity: &str, path: &str| json!({ "method": "GET", "path": path, "needs": "scope", "scope": scope, "entity": entity });
    let table = json!({ "routes": [
        on("stack:read", "stack:{o}/{p}/{s}", "/a/{o}/{p}/{s}"),
        on("stack:read", "stack:{o}/{p}", "/b/{o}/{p}"),
        on("stack:fly", "stack:{o}/x/y", "/c/{o}"),
        on("environment:open", "stack:{o}/x/y", "/d/{o}"),
        on("stack:read", "planet:{o}", "/e/{o}"),
        { "method": "GET", "path": "/f/{o}", "needs": "member", "entity": "stack:{o}/x/y" },
        { "method": "GET", "path": "/g", "needs": "filter", "scope": "stack:read", "entityType": "planet" },
        { "method": "GET", "path": "/h", "needs": "filter", "scope": "team:read", "entityType": "stack" } ] });
    assert_eq!(faults(&Routes::parse(table.to_string())), [""; 0]);
    assert_eq!(
        faults(&Routes::parse_with(&catalog, table.to_string())),
        [
            "routes[1].entity: `stack:{o}/{p}` is no entity: write `stack:ORGANIZATION/PROJECT/STACK`, no part of it \
             empty [malformed_entity]",
            "routes[2].scope: `stack` has no scope `stack:fly` in this catalog: name one of its scopes \
             [unknown_scope]",
            "routes[3].scope: `stack` has no scope `environment:open` in this catalog: name one of its scopes \
             [unknown_scope]",
            "routes[4].entity: `planet:{o}` is no `TYPE:PATH`: the type is one of `stack`, `environment`, \
             `insights-account`, `organization` [malformed_entity]",
            "routes[5].entity: `stack:{o}/x/y` is no organization: one is a member of organizations alone \
             [wrong_entity_type]",
            "routes[6].entityType: no entity type `planet` is known: use one of `stack`, `environment`, \
             `insights-account`, `organization` [unknown_entity_type]",
            "routes[7].scope: `stack` has no scope `team:read` in this catalog: name one of its scopes \
             [unknown_scope]",
        ]
    );
}

#[test]
fn a_table_says_what_it_takes_to_know_of_an_entity() {
    let catalog = scopewise::catalog::revision("2026-10").expect("an embedded revision");
    let table = |reads: Value| json!({ "reads": reads, "routes": [] }).to_string();
    let routes = Routes::parse_with(&catalog, table(json!({ "stack": "stack:read" }))).expect("a table");
    assert_eq!((routes.reads("stack"), routes.reads("environment")), (Some("stack:read"), None));
    let wrong = table(
        json!({ "stack": "environment:read", "planet": "planet:read", "team": "read", "organization": 7 }),
    );
    assert_eq!(
        faults(&Routes::parse_with(&catalog, wrong)),
        [
            "reads.organization: a text is wanted here, not a number [wrong_type]",
            "reads.planet: no entity type `planet` is known: use one of `stack`, `environment`, `insights-account`, \
             `organization` [unknown_entity_type]",
            "reads.stack: `stack` has no scope `environment:read` in this catalog: name one of its scopes \
             [unknown_scope]",
            "reads.team: no entity type `team` is known: use one of `stack`, `environment`, `insights-account`, \
             `organization` [unknown_entity_type]",
            "reads.team: `read` is no scope: write it `object:action` [unknown_scope]",
        ]
    );
}

#[test]
fn a_table_that_is_endless_when_multiplied_out_is_refused() {
    let path = |at: usize| {
        let segment = |place| if place == at { "a".to_owned() } else { format!("{{p{place}}}") };
        (0..30).map(|place| format!("/{}", segment(place))).collect::<String>()
    };
    let table = |count| json!({ "routes": (0..count).map(|at| route(&path(at), "s:a")).collect::<Vec<_>>() });
    assert_eq!(faults(&Routes::parse(table(8).to_string())), [""; 0]);
    assert_eq!(
        faults(&Routes::parse(table(30).to_string())),
        [
            "routes: so many of the routes cross each other that a table of all paths is too large: use fewer parameters \
          beside literals [too_many]"
        ]
    );
    let many = json!({ "routes": (0..10_001).map(|at| route(&format!("/{at}"), "s:a")).collect::<Vec<_>>() });
    assert_eq!(
        faults(&Routes::parse(many.to_string())),
        ["routes: the table has 10001 routes: at most 10000 are read [too_many]"]
    );
}

/// One route of each kind, and requests to them: `tests/routes.test.mjs` has the same.
fn corpus() -> Value {
    serde_json::from_str(include_str!("routes/requests.json")).expect("the corpus is JSON")
}

fn table() -> Value {
    corpus()["table"].clone()
}

fn routes() -> Routes {
    read(&table())
}

fn route(path: &str, scope: &str) -> Value {
    json!({ "method": "GET", "path": path, "needs": "scope", "scope": scope, "entity": "t:k" })
}

#[track_caller]
fn read(table: &Value) -> Routes {
    Routes::parse(table.to_string()).unwrap_or_else(|invalid| panic!("{invalid}"))
}

#[track_caller]
fn needs(routes: &Routes, method: &str, target: &str) -> Vec<String> {
    let found = routes.find(method, target).unwrap_or_else(|error| panic!("{method} {target}: {error}"));
    told(&found.expect("it is in the table").needs)
}

fn told(needs: &RouteNeeds) -> Vec<String> {
    match needs {
        RouteNeeds::Scope { scopes } => {
            scopes.iter().map(|NeededScope { scope, entity, .. }| format!("{scope} on {entity}")).collect()
        }
        RouteNeeds::Filter { each } => {
            let each = each.as_ref().map(|each| format!("each {} on {}", each.scope, each.entity_type));
            vec![each.unwrap_or_else(|| "filter".to_owned())]
        }
        RouteNeeds::Member { entity } => vec![format!("member of {entity}")],
        other => vec![json!(other)["needs"].as_str().expect("a word").to_owned()],
    }
}

#[track_caller]
fn error(routes: &Routes, method: &str, target: &str) -> &'static str {
    match routes.find(method, target) {
        Err(error) => error.as_str(),
        Ok(found) => panic!("{method} {target} is taken for {found:?}"),
    }
}

fn faults(read: &Result<Routes, scopewise::Invalid>) -> Vec<String> {
    let problems = read.as_ref().err().map(scopewise::Invalid::problems).unwrap_or_default();
    problems.iter().map(ToString::to_string).collect()
}
