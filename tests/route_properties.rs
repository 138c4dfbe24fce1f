//! Routes by the dice: the API's own table, tables of few names against a plain reading of them, and targets as
//! attackers write them against servers that are lenient in every way.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something unexpected stops there"
)]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "generate/dice.rs"]
mod dice;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

use dice::Dice;
use scopewise::catalog::{NAMES, revision};
use scopewise::{Confidence, RouteError, RouteNeeds, Routes};
use serde_json::{Value, json};

// The table of the API.

#[test]
fn the_table_has_every_operation_of_the_api_as_it_was_collected() {
    let Some(collected) = collected() else {
        return eprintln!("skipped: no collected facts beside the project");
    };
    let rows: BTreeMap<(String, String), Value> = api()["routes"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|row| row["needs"] != "ambiguous")
        .map(|row| ((own(&row["method"]), own(&row["path"])), row.clone()))
        .collect();
    let collected: Vec<&Value> = collected.as_array().expect("a list").iter().collect();
    assert_eq!((rows.len(), collected.len()), (619, 619));
    for operation in collected {
        let row = &rows[&(own(&operation["method"]), own(&operation["path"]))];
        assert_eq!(row["name"], operation["operationId"]);
        assert_eq!(row["confidence"], confidence(operation), "{row}");
        let (needs, scopes) = collected_needs(operation);
        assert_eq!(row["needs"], needs, "{row}");
        let also = row["also"].as_array().map_or(&[][..], Vec::as_slice);
        let told: Vec<(&Value, &Value)> =
            [row].into_iter().chain(also).map(|it| (&it["scope"], &it["entity"])).collect();
        if needs == "scope" {
            assert!(scopes.iter().map(|(scope, entity)| (scope, entity)).eq(told), "{row} {scopes:?}");
        }
    }
}

#[test]
fn the_table_names_what_the_newest_revision_has_but_for_what_is_known_to_be_gone() {
    let newest = NAMES.last().and_then(|name| revision(name)).expect("a revision");
    let invalid = Routes::parse_with(&newest, API).expect_err("three scopes are gone");
    let gone: BTreeSet<&str> =
        invalid.problems().iter().filter_map(|problem| problem.message.split('`').nth(3)).collect();
    let known = ["environment_access:update", "stack_annotations:read", "stack_annotations:update"];
    assert_eq!(gone, BTreeSet::from(known), "{invalid}");
    assert_eq!(invalid.problems().len(), 3);
    assert!(invalid.problems().iter().all(|problem| problem.code.as_str() == "unknown_scope"));
}

#[test]
fn a_request_by_a_route_of_the_api_is_taken_for_that_route() {
    let routes = Routes::parse(API).expect("the table is in order");
    let sure = routes.routes().iter().filter(|route| route.confidence == Confidence::Documented).count();
    assert_eq!(routes.routes().len(), 619 + 22);
    assert!(sure > 99, "{sure}");
    let mut dice = Dice::new(1);
    for (position, route) in routes.routes().iter().enumerate() {
        for _ in 0..20 {
            let values: Vec<String> =
                route.path.split('/').skip(1).map(|piece| value(&mut dice, piece)).collect();
            let segments = route.path.split('/').skip(1).zip(&values);
            let target: String =
                segments.map(|(piece, value)| format!("/{}", escaped(&mut dice, piece, value))).collect();
            match routes.find(&route.method, &target) {
                Ok(Some(found)) => {
                    assert_eq!(found.position, position, "{} {target}", route.method);
                    assert_eq!(found.needs, needs(&api()["routes"][position], &values), "{target}");
                }
                other => assert_eq!(other, Err(RouteError::Ambiguous), "{} {target}", route.method),
            }
        }
    }
}

// Tables of few names.

/// A table is refused where a path is of two routes of which neither is the more specific one, and else every request is
/// taken for the most specific of its routes: said once more by going through all routes for all paths.
#[test]
fn a_table_is_as_going_through_it_says() {
    let (mut refused, mut taken) = (0, 0);
    for seed in 0..3_000 {
        let table = small_table(&mut Dice::new(seed));
        let rows: Vec<(&str, Vec<&str>, &Value)> = table.iter().map(parts).collect();
        let read = Routes::parse(json!({ "routes": table }).to_string());
        let crossing = paths()
            .iter()
            .any(|path| ["GET", "PUT"].iter().any(|method| chosen(&rows, method, path).is_err()));
        let twice = rows.iter().enumerate().any(|(at, row)| rows[..at].iter().any(|other| same(row, other)));
        let Ok(routes) = read else {
            assert!(crossing || twice, "{table:#?} {read:?}");
            refused += 1;
            continue;
        };
        assert!(!crossing && !twice, "{table:#?}");
        for path in paths() {
            for method in ["GET", "PUT"] {
                let wanted = chosen(&rows, method, &path).expect("nothing crosses").map(|row| rows[row].2);
                let found = routes.find(method, &format!("/{}", path.join("/")));
                let needs = found.as_ref().ok().and_then(Option::as_ref).map(|found| json!(found.needs));
                let scope = needs.as_ref().map(|needs| &needs["scopes"][0]["scope"]);
                assert_eq!(scope, wanted, "{path:?} {table:#?}");
                taken += usize::from(scope.is_some());
            }
        }
    }
    assert!(refused > 300 && taken > 3_000, "{refused} refused, {taken} taken");
}

// Targets as attackers write them.

/// Servers may decode twice or not at all, resolve dots, join slashes, drop parameters, take backslashes for slashes and
/// care for no letter case, in any combination and order. What is taken for a route is so by all of them or by none,
/// and of what passes none knows a route.
#[test]
fn no_server_takes_for_a_route_what_was_taken_for_another() {
    let rows = [
        "/api/user",
        "/api/user/tokens",
        "/api/orgs/{org}",
        "/api/orgs/{org}/roles/scopes",
        "/api/orgs/{org}/roles/{role}",
        "/api/stacks/{org}/{project}/{stack}",
        "/api/stacks/{org}/{project}/{stack}/export",
        "/api/stacks/{org}/{project}/{stack}/updates/{version}",
        "/api/stacks/{org}/{project}/{stack}/updates/latest",
    ];
    let table: Vec<Value> =
        rows.iter().map(|path| json!({ "method": "GET", "path": path, "needs": "user" })).collect();
    let routes = |unmapped| {
        Routes::parse(json!({ "unmapped": unmapped, "routes": table }).to_string()).expect("in order")
    };
    let (denying, passing) = (routes("deny"), routes("pass"));
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..8_000 {
        let mut dice = Dice::new(seed);
        let row = dice.pick(&rows);
        let target = attack(&mut dice, row);
        let method = dice.weighted(&[(9, "GET"), (1, "get")]);
        let found = passing.find(method, &target);
        let word = match &found {
            Ok(found) => {
                if found.is_some() {
                    "taken"
                } else {
                    "passed"
                }
            }
            Err(error) => error.as_str(),
        };
        *met.entry(word).or_default() += 1;
        let strict = denying.find(method, &target);
        assert_eq!(
            strict,
            found.clone().and_then(|found| found.ok_or(RouteError::Unmapped).map(Some)),
            "{target}"
        );
        let Ok(found) = found else { continue };
        for _ in 0..40 {
            let read = lenient(&mut dice, &target);
            let known = server(&rows, &read);
            let agrees = known.is_none() || known == found.as_ref().map(|found| found.position);
            assert!(agrees, "{target:?} is {found:?}, and as {read:?} it is {known:?}");
        }
    }
    let all = "taken passed backslash control_character dot_segment double_encoding empty_segment encoded_separator \
               escaped_literal fragment invalid_utf8 lookalike malformed_escape malformed_method semicolon unencoded";
    for word in all.split_whitespace() {
        assert!(met.get(word).is_some_and(|count| *count >= 20), "too few {word}: {met:?}");
    }
}

/// Whatever a table or a target is, it is read or refused, and nothing breaks.
#[test]
fn no_text_breaks_anything() {
    let routes = Routes::parse(API).expect("the table is in order");
    let rows: Vec<&str> = API.lines().filter(|line| line.starts_with("  {")).collect();
    let mut read = 0;
    for seed in 0..3_000 {
        let mut dice = Dice::new(seed);
        let few: Vec<&str> =
            (0..dice.between(1, 4)).map(|_| dice.pick(&rows).trim_end_matches(',')).collect();
        let mut table = format!("{{ \"routes\": [{}] }}", few.join(",")).into_bytes();
        for _ in 0..dice.below(4) {
            let at = dice.below(table.len());
            let letter = dice.pick(b"{}[]\",:/%.;\\ aZ0\xFF");
            if dice.percent(50) { table[at] = letter } else { table.insert(at, letter) }
        }
        read += usize::from(Routes::parse(&table).is_ok());
        let letters: Vec<char> = "/%2eE5cCfF.;?#\\\0 {}api:orgs\u{e9}\u{2028}".chars().collect();
        let target: String = (0..dice.below(40)).map(|_| dice.pick(&letters)).collect();
        let _found = routes.find("GET", &target);
        let _found = routes.find(&target, &format!("/api/orgs/{target}"));
    }
    assert!((300..2_700).contains(&read), "{read} tables were read");
}

const API: &str = include_str!("../data/routes.json");

fn api() -> &'static Value {
    static TABLE: std::sync::LazyLock<Value> =
        std::sync::LazyLock::new(|| serde_json::from_str(API).expect("JSON"));
    &TABLE
}

/// The facts that were collected of the API, where they are beside the project.
fn collected() -> Option<Value> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/routes.json");
    Some(serde_json::from_str(&fs::read_to_string(file).ok()?).expect("JSON"))
}

fn confidence(operation: &Value) -> &'static str {
    match (operation["confidence"].as_str(), operation["mark"].as_str()) {
        (Some("low"), _) => "guessed",
        (_, Some("api" | "docs")) => "documented",
        _ => "inferred",
    }
}

/// What is needed, with the scopes where they can be told by the path.
fn collected_needs(operation: &Value) -> (&'static str, Vec<(Value, Value)>) {
    let entity = own(&operation["entity"]);
    let in_path = entity.contains(":{");
    match operation["auth"].as_str().expect("a word") {
        "scope" if in_path => {
            let scopes = own(&operation["scope"]);
            let scopes = scopes.split(" (").next().unwrap_or_default().split(" + ").map(str::to_owned);
            let entities: Vec<Value> = entity.split(" + ").map(typed).collect();
            let entity = |at: usize| entities.get(at).or(entities.last()).cloned().expect("one");
            ("scope", scopes.enumerate().map(|(at, scope)| (json!(scope), entity(at))).collect())
        }
        "filter" => ("filter", Vec::new()),
        "member" => ("member", Vec::new()),
        "user" => ("user", Vec::new()),
        "public" => ("public", Vec::new()),
        _ => ("special", Vec::new()),
    }
}

/// A team is no entity: what is done to it takes a scope on its organization.
fn typed(entity: &str) -> Value {
    let entity = entity.replace("insights_account:", "insights-account:");
    json!(if entity.starts_with("team:") { "organization:{orgName}" } else { &entity })
}

/// What a row needs when these are the segments of the path.
fn needs(row: &Value, values: &[String]) -> RouteNeeds {
    let filled = |entity: &Value| {
        let names = own(&row["path"]);
        let named = names.split('/').skip(1).zip(values);
        json!(named.fold(own(entity), |entity, (name, value)| entity.replace(name, value)))
    };
    let scope = |row: &Value| json!({ "scope": row["scope"], "entity": filled(&row["entity"]) });
    let routes = match row["needs"].as_str().expect("a word") {
        "scope" => {
            let also = row["also"].as_array().map_or(&[][..], Vec::as_slice).iter().map(scope);
            let mut own = scope(row);
            own["also"] = also.collect();
            own
        }
        "filter" => json!({ "scope": row["scope"], "entityType": row["entityType"] }),
        "member" => json!({ "entity": filled(&row["entity"]) }),
        _ => json!({}),
    };
    // A table of this one route, with the names in it as they are.
    let mut table = json!({ "method": "GET", "path": "/", "needs": row["needs"] });
    for (name, value) in routes.as_object().expect("an object").iter().filter(|(_, value)| !value.is_null()) {
        table[name] = value.clone();
    }
    let table = Routes::parse(json!({ "routes": [table] }).to_string()).expect("in order");
    table.find("GET", "/").expect("clear").expect("there").needs
}

/// A segment that fits a piece of a path.
fn value(dice: &mut Dice, piece: &str) -> String {
    if !piece.starts_with('{') {
        return piece.to_owned();
    }
    let letters = ["a", "b", "Z", "0", "-", "_", ".x", "é", " ", "+", ":", "@", "~", "%!"];
    (0..dice.between(1, 4)).map(|_| dice.pick(&letters)).collect()
}

/// A segment as a client may write it: literals as they are, and of values at least what must be escaped.
fn escaped(dice: &mut Dice, piece: &str, value: &str) -> String {
    if !piece.starts_with('{') {
        return value.to_owned();
    }
    let mut written = String::new();
    for byte in value.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-_.~+:@".contains(&byte);
        if plain && dice.percent(80) {
            written.push(char::from(byte));
        } else if dice.percent(50) {
            write!(written, "%{byte:02X}").expect("a text");
        } else {
            write!(written, "%{byte:02x}").expect("a text");
        }
    }
    written
}

/// A few routes of short paths over two literals.
fn small_table(dice: &mut Dice) -> Vec<Value> {
    let mut rows = Vec::new();
    for _ in 0..dice.between(1, 6) {
        let piece = |at: usize, dice: &mut Dice| {
            let piece = dice.weighted(&[(3, "a"), (2, "b"), (4, "{}")]);
            if piece == "{}" { format!("/{{p{at}}}") } else { format!("/{piece}") }
        };
        let path: String = (0..dice.between(1, 3)).map(|at| piece(at, dice)).collect();
        let method = dice.weighted(&[(3, "GET"), (1, "PUT")]);
        let scope = dice.pick(&["s:one", "s:two", "s:three"]);
        rows.push(
            json!({ "method": method, "path": path, "needs": "scope", "scope": scope, "entity": "t:k" }),
        );
    }
    rows
}

fn parts(row: &Value) -> (&str, Vec<&str>, &Value) {
    let path = row["path"].as_str().expect("a text");
    (row["method"].as_str().expect("a text"), path.split('/').skip(1).collect(), &row["scope"])
}

/// Every path of up to three segments over the two literals and a name that is neither.
fn paths() -> Vec<Vec<&'static str>> {
    let longer = |paths: &[Vec<&'static str>]| -> Vec<Vec<&'static str>> {
        let more = |path: &Vec<&'static str>| ["a", "b", "x"].map(|name| [&path[..], &[name]].concat());
        paths.iter().flat_map(more).collect()
    };
    let one = longer(&[Vec::new()]);
    let two = longer(&one);
    let three = longer(&two);
    [one, two, three].concat()
}

/// The row that a path is of; an error where several are the most specific and need different things.
fn chosen(rows: &[(&str, Vec<&str>, &Value)], method: &str, path: &[&str]) -> Result<Option<usize>, ()> {
    let fits = |pattern: &[&str]| covers(pattern, path);
    let all: Vec<usize> =
        (0..rows.len()).filter(|row| rows[*row].0 == method && fits(&rows[*row].1)).collect();
    let wider = |one: usize, other: usize| one != other && covers(&rows[one].1, &rows[other].1);
    let most: Vec<usize> =
        all.iter().copied().filter(|one| !all.iter().any(|other| wider(*one, *other))).collect();
    let scopes: BTreeSet<String> = most.iter().map(|row| rows[*row].2.to_string()).collect();
    if scopes.len() > 1 { Err(()) } else { Ok(most.first().copied()) }
}

fn same(one: &(&str, Vec<&str>, &Value), other: &(&str, Vec<&str>, &Value)) -> bool {
    one.0 == other.0 && covers(&one.1, &other.1) && covers(&other.1, &one.1)
}

fn covers(pattern: &[&str], path: &[&str]) -> bool {
    let fits = |(piece, name): (&&str, &&str)| piece.starts_with('{') || piece == name;
    pattern.len() == path.len() && pattern.iter().zip(path).all(fits)
}

/// A target that means to be of a route, or to look like one, with a trick or two.
fn attack(dice: &mut Dice, path: &str) -> String {
    let mut segments: Vec<String> =
        path.split('/').skip(1).map(|piece| value(dice, piece).replace(['%', ' ', 'é'], "")).collect();
    segments.iter_mut().filter(|it| it.is_empty()).for_each(|it| it.push('x'));
    for _ in 0..dice.below(3) {
        let at = dice.below(segments.len());
        trick(dice, &mut segments, at);
    }
    let mut target = format!("/{}", segments.join("/"));
    if dice.percent(10) {
        target.push_str(dice.pick(&["?a=b", "?a=/api/user", "#", "?#", "%23", "%3F", "%3fa=b"]));
    }
    target
}

fn trick(dice: &mut Dice, segments: &mut Vec<String>, at: usize) {
    let inserted =
        [".", "..", "%2e", "%2E.", "%2e%2E", "", "%252e%252e", "x/..", "x\\..", "%00", "%09", ";a", "%3b"];
    let ends = [
        "",
        "/",
        "%2F",
        "%252F",
        "%25252f",
        "\\",
        "%5c",
        "%255C",
        ";a=b",
        "%3Ba",
        "%00",
        "%0a",
        "\t",
        ".",
        "%20",
        "%C0%AF",
        "%E0%80%AF",
        "%c0%ae",
        "%",
        "%2",
        "%zz",
        "%EF%BC%8F",
        "é",
    ];
    match dice.below(6) {
        0 => segments.insert(at, dice.pick(&inserted).to_owned()),
        1 => segments[at].push_str(dice.pick(&ends)),
        2 => {
            let next = if at + 1 < segments.len() { segments.remove(at + 1) } else { String::new() };
            let joint =
                dice.pick(&["%2F", "%2f", "%252F", "\\", "%5C", "//", "/./", "/x/../", ";/", "%C0%AF"]);
            segments[at] = format!("{}{joint}{next}", segments[at]);
        }
        3 if !segments[at].is_empty() => {
            let letter = dice.below(segments[at].len());
            let written = format!("%{:02x}", segments[at].as_bytes()[letter]);
            let written = if dice.percent(30) { written.replace('%', "%25") } else { written };
            if segments[at].is_char_boundary(letter) && segments[at].is_char_boundary(letter + 1) {
                segments[at].replace_range(letter..=letter, &written);
            }
        }
        4 => segments[at] = segments[at].to_ascii_uppercase(),
        _ => dice
            .pick(&["scopes", "latest", "user", "tokens", "export", "Latest"])
            .clone_into(&mut segments[at]),
    }
}

/// A target as some server reads it, which does what it likes and in any order.
fn lenient(dice: &mut Dice, target: &str) -> String {
    let mut steps: Vec<fn(&str) -> String> = vec![
        |path| path.split('?').next().unwrap_or_default().to_owned(),
        |path| path.split('#').next().unwrap_or_default().to_owned(),
        |path| path.split('\0').next().unwrap_or_default().to_owned(),
        decoded,
        decoded,
        |path| path.replace('\\', "/"),
        |path| path.replace(['\t', '\n', '\r'], ""),
        |path| {
            path.split('/').map(|it| it.split(';').next().unwrap_or_default()).collect::<Vec<_>>().join("/")
        },
        without_dots,
        without_dots,
        |path| format!("/{}", path.split('/').filter(|it| !it.is_empty()).collect::<Vec<_>>().join("/")),
        |path| path.trim_end_matches(['.', ' ']).to_owned(),
        str::to_lowercase,
    ];
    dice.shuffle(&mut steps);
    let first = target.split(['?', '#']).next().unwrap_or_default().to_owned();
    steps.into_iter().filter(|_| dice.percent(50)).fold(first, |path, step| step(&path))
}

/// Decoded once and without care: what is no escape stays, and an overlong slash or dot is one.
fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|it| std::str::from_utf8(it).ok());
        let escape = digits.and_then(|it| u8::from_str_radix(it, 16).ok()).filter(|_| *byte == b'%');
        bytes.push(escape.unwrap_or(*byte));
        rest = if escape.is_some() { &after[2..] } else { after };
    }
    let overlong = [(&b"\xC0\xAF"[..], b'/'), (b"\xE0\x80\xAF", b'/'), (b"\xC0\xAE", b'.')];
    let mut text: Vec<u8> = Vec::new();
    let mut rest = &bytes[..];
    while let [first, ..] = rest {
        let found = overlong.iter().find(|(start, _)| rest.starts_with(start));
        text.push(found.map_or(*first, |(_, byte)| *byte));
        rest = &rest[found.map_or(1, |(start, _)| start.len())..];
    }
    String::from_utf8_lossy(&text).into_owned()
}

fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

/// The route that a server takes a path for: the most specific one.
fn server(rows: &[&str], path: &str) -> Option<usize> {
    let path: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let fitting = (0..rows.len()).filter(|row| {
        let pattern: Vec<&str> = rows[*row].split('/').skip(1).collect();
        covers(&pattern, &path)
    });
    fitting.min_by_key(|row| rows[*row].matches('{').count())
}

fn own(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
