//! Finding the route of a request: in the API's own table, and in tables of which one is a hundred times as large as
//! another.

use std::hint::black_box;

use scopewise::Routes;

const API: &str = include_str!("../data/routes.json");

/// How many routes a made-up table has.
pub(crate) const COUNTS: [usize; 3] = [100, 1_000, 10_000];

/// Requests as clients send them, to a shallow and to a deep route.
pub(crate) fn in_the_api() -> impl Fn() {
    let routes = Routes::parse(API).expect("the table is in order");
    let targets =
        ["/api/user", "/api/stacks/acme/web/prod", "/api/stacks/acme/web/prod/updates/latest?full=1"];
    move || {
        for target in targets {
            black_box(routes.find("GET", black_box(target)).expect("it is in the table"));
        }
    }
}

/// The same request, whatever else there is.
pub(crate) fn among(count: usize) -> impl Fn() {
    let route = |number: usize| {
        format!(
            r#"{{ "method": "GET", "path": "/api/{{org}}/things{number}/{{thing}}", "needs": "scope",
                 "scope": "thing:read", "entity": "thing:{{org}}/{{thing}}" }}"#
        )
    };
    let routes: Vec<String> = (0..count).map(route).collect();
    let routes = Routes::parse(format!(r#"{{ "routes": [{}] }}"#, routes.join(","))).expect("in order");
    move || {
        black_box(routes.find("GET", black_box("/api/acme/things7/prod")).expect("it is in the table"));
    }
}

/// Reading the API's own table.
pub(crate) fn read() {
    black_box(Routes::parse(black_box(API)).expect("the table is in order"));
}
