//! What each lint claims, against every decision of generated organizations: what is called needless is taken away,
//! and everybody may do what they could before.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets something else stops"
)]

#[allow(dead_code, unused_imports, reason = "other tests use the rest")]
mod generate;
#[allow(dead_code, reason = "other tests use the rest")]
mod oracle;

use generate::{AT, CASES, Case, ENTITIES, Tags, completions, parse};
use oracle::{list, text};
use scopewise::{
    Context, Effect, Finding, Instant, Organization, Preflight, Principal, Severity, Trigger, lint,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// Entities that no document lists or names, one of each type.
const ELSEWHERE: [&str; 3] = ["stack:acme/a/b", "environment:acme/a/b", "insights-account:acme/new"];

// What may go.

/// The claim of these is for good: whatever tags an entity has or will have.
#[test]
fn what_is_needless_may_go_all_at_once() {
    let codes = ["redundant_grant", "redundant_membership", "idle_setting", "unused_role", "unused_set"];
    let mut counts = BTreeMap::new();
    for (seed, document, findings) in linted() {
        let needless = of(findings, &codes);
        if !needless.is_empty() {
            for it in &needless {
                *counts.entry(it.code.as_str()).or_insert(0) += 1;
            }
            same_decisions(
                &document,
                &without(&document, &needless),
                &some_tags(seed),
                Effect::Unknown,
                &needless,
            );
        }
    }
    enough(&counts, &codes, 10);
}

#[test]
fn a_dead_grant_never_allows() {
    let mut counts = BTreeMap::new();
    for (seed, document, findings) in linted() {
        let dead = of(findings, &["dead_grant"]);
        if !dead.is_empty() {
            *counts.entry("dead_grant").or_insert(0) += dead.len();
            same_decisions(&document, &without(&document, &dead), &some_tags(seed), Effect::Allow, &dead);
        }
    }
    enough(&counts, &["dead_grant"], 50);
}

/// With the tags that the document lists, and on what it lists.
#[test]
fn an_unmet_condition_gives_nothing_on_what_is_listed() {
    let mut counts = BTreeMap::new();
    for (_, document, findings) in linted() {
        let unmet = of(findings, &["unmet_condition"]);
        if unmet.is_empty() {
            continue;
        }
        *counts.entry("unmet_condition").or_insert(0) += unmet.len();
        let (before, after) = (parse(&document), parse(&without(&document, &unmet)));
        let entities: Vec<&str> = list(&document["entities"]).map(|it| text(&it["entity"])).collect();
        for (principal, trigger) in principals(&document) {
            let context = context(trigger.as_ref(), None);
            let ask = |it: &Organization| effects(&it.principal(&principal), &entities, &context);
            assert_eq!(ask(&before), ask(&after), "{principal}\n{unmet:#?}\n{document:#}");
        }
    }
    enough(&counts, &["unmet_condition"], 20);
}

#[test]
fn a_literal_that_names_nothing_may_as_well_name_something_else_that_is_nothing() {
    let mut counts = BTreeMap::new();
    for (seed, document, findings) in linted() {
        let unknown = of(findings, &["unknown_literal"]);
        if unknown.is_empty() {
            continue;
        }
        *counts.entry("unknown_literal").or_insert(0) += unknown.len();
        let mut other = document.clone();
        for finding in &unknown {
            let literal = at(&mut other, &steps(&finding.path)).expect("the place is there");
            literal["identity"] = json!(format!("{} and more", text(&literal["identity"])));
        }
        same_decisions(&document, &other, &some_tags(seed), Effect::Unknown, &unknown);
    }
    enough(&counts, &["unknown_literal"], 50);
}

#[test]
fn of_two_that_are_equal_one_can_stand_for_the_other() {
    let mut counts = BTreeMap::new();
    for (seed, document) in doubled() {
        let findings = found(&document);
        let equal = of(&findings, &["equal_role", "equal_set"]);
        let mut other = document.clone();
        for finding in &equal {
            *counts.entry(finding.code.as_str()).or_insert(0) += 1;
            let own = at(&mut other, &steps(&finding.path)).expect("the place is there")["id"].clone();
            let first = finding.message.split('`').nth(1).expect("it names the other");
            replace(&mut other, text(&own), first);
        }
        if !equal.is_empty() {
            same_decisions(&document, &other, &some_tags(seed), Effect::Unknown, &equal);
        }
    }
    enough(&counts, &["equal_role", "equal_set"], 20);
}

/// What is doubled on purpose is seen.
#[test]
fn a_grant_that_stands_twice_is_needless_once() {
    let mut count = 0;
    for (_, document, _) in linted() {
        for field in ["members", "collaborators", "teams", "servicePrincipals"] {
            for (index, holder) in list(&document[field]).enumerate() {
                let Some(grant) = holder["grants"].get(0) else { continue };
                let mut twice = document.clone();
                twice[field][index]["grants"].as_array_mut().expect("grants").push(grant.clone());
                let findings = found(&twice);
                let needless = of(&findings, &["redundant_grant"]);
                let place = format!("{field}[{index}].grants[");
                assert!(
                    needless.iter().any(|it| it.path.starts_with(&place)),
                    "{place}\n{findings:#?}\n{twice:#}"
                );
                count += 1;
            }
        }
    }
    assert!(count > 100, "only {count}");
}

// Who may come to what.

const CHANGES: [(&str, &[&str]); 3] = [
    ("stack", &["stack_tags:update"]),
    ("environment", &["environment_tag:update"]),
    ("insights-account", &["insights_account:update"]),
];

/// Whoever is named can do it, and of those who can on some entity that nothing names, all are named.
#[test]
fn who_may_change_tags_and_come_to_more_is_told() {
    let (mut told, mut all) = (0, 0);
    for (seed, document, findings) in linted().filter(|(seed, ..)| seed % 3 == 0) {
        let organization = parse(&document);
        let named: BTreeSet<&str> =
            of(findings, &["tag_escalation"]).iter().flat_map(|it| &it.related).map(String::as_str).collect();
        for (principal, _) in principals(&document).into_iter().filter(|(_, trigger)| trigger.is_none()) {
            let climbs = |entity: &str| climbs(&organization, &principal, entity);
            if named.contains(&*principal) {
                let anywhere = ELSEWHERE.iter().chain(&ENTITIES).any(|entity| climbs(entity));
                assert!(anywhere, "{seed}: {principal} cannot\n{findings:#?}\n{document:#}");
                told += 1;
            } else if !is_personal(&document, &principal) {
                let entity = ELSEWHERE.iter().find(|entity| climbs(entity));
                assert_eq!(entity, None, "{seed}: {principal} can\n{findings:#?}\n{document:#}");
                all += 1;
            }
        }
    }
    assert!(told > 10 && all > 500, "{told} of {all}");
}

/// Whether somebody may change the tags of an entity that has some, and have more with others.
fn climbs(organization: &Organization, principal: &str, entity: &str) -> bool {
    let (entity_type, _) = entity.split_once(':').expect("a type");
    let change = CHANGES.iter().find(|(of, _)| *of == entity_type).expect("a known type").1[0];
    let principal = organization.principal(principal);
    let rows: Vec<BTreeSet<&str>> = completions(&["other"])
        .into_iter()
        .map(|tags| principal.scopes(entity, &context(None, Some(&tags))))
        .map(|scopes| scopes.expect("a good question").into_iter().collect())
        .collect();
    let every: BTreeSet<&str> = rows.iter().flatten().copied().collect();
    rows.iter().any(|row| row.contains(change) && !row.is_superset(&every))
}

#[test]
fn who_can_open_an_environment_through_a_stack_is_told() {
    let mut told = 0;
    for (_, mut document, _) in linted() {
        let Some(stack) = with_environments(&mut document) else { continue };
        let findings = found(&document);
        let organization = parse(&document);
        let path = stack.split_once('/').expect("a path").1;
        let may = |principal: &str, trigger: Option<&Trigger>, scope: &str, entity: &str| {
            organization.principal(principal).can(scope, entity, &context(trigger, None))
        };
        let push = Trigger::parse("git-push").expect("a trigger");
        let run = format!("deployment:{path}");
        let opened: Vec<&str> = ENTITIES
            .into_iter()
            .filter(|it| it.starts_with("environment:") && may(&run, Some(&push), "environment:open", it))
            .collect();
        let expected: BTreeSet<String> = principals(&document)
            .into_iter()
            .filter(|(_, trigger)| trigger.is_none())
            .map(|(principal, _)| principal)
            .filter(|it| !is_personal(&document, it))
            .filter(|it| {
                ["stack_deployment:create", "stack_deployment_settings:write"]
                    .iter()
                    .any(|s| may(it, None, s, &stack))
            })
            .filter(|it| opened.iter().any(|environment| !may(it, None, "environment:open", environment)))
            .collect();
        let related = of(&findings, &["environment_by_stack"]).into_iter().flat_map(|it| it.related.clone());
        let named: BTreeSet<String> = related.filter(|it| !it.starts_with("environment:")).collect();
        assert_eq!(named, expected, "{stack} {opened:?}\n{findings:#?}\n{document:#}");
        told += named.len();
    }
    assert!(told > 20, "only {told}");
}

#[test]
fn a_deployment_that_fails_is_one_whose_preflight_does() {
    let (mut failing, mut fine) = (0, 0);
    for (_, mut document, _) in linted() {
        with_environments(&mut document);
        let organization = parse(&document);
        let findings = found(&document);
        for (index, row) in list(&document["entities"]).enumerate() {
            let settings = &row["deployment"];
            let says = ["role", "accessToken", "runAs"].iter().any(|field| settings[field].is_string());
            if !says {
                continue;
            }
            let run = Preflight::new(text(&row["entity"]), Trigger::parse("git-push").expect("a trigger"));
            let report = organization.preflight(&run.or_at(now())).expect("a good question");
            let denied = report.rows.iter().any(|row| row.decision.effect == Effect::Deny);
            let path = format!("entities[{index}].deployment");
            let told = of(&findings, &["deployment_fails"]).iter().any(|it| it.path == path);
            assert_eq!(told, denied, "{path}\n{report:#?}\n{document:#}");
            *(if denied { &mut failing } else { &mut fine }) += 1;
        }
    }
    assert!(failing > 20 && fine > 5, "{failing} fail, {fine} do not");
}

#[test]
fn a_refused_token_is_refused_everything_and_another_one_is_not() {
    let mut counts = BTreeMap::new();
    for (_, document, findings) in linted() {
        let organization = parse(&document);
        for (index, token) in list(&document["tokens"]).enumerate() {
            let principal = format!("token:{}", text(&token["name"]));
            let context = Context::at(now());
            let decision =
                organization.principal(&principal).decide("stack:read", "stack:acme/a/b", &context);
            let reason = decision.expect("a good question").reason.as_str();
            let expected = match reason {
                "token_expired" | "token_lifetime" => Some("token_refused"),
                _ if token["expiresAt"].is_string() => None,
                _ => Some("token_without_expiry"),
            };
            let codes = ["token_refused", "token_without_expiry"];
            let told = of(findings, &codes);
            let told =
                told.iter().find(|it| it.path == format!("tokens[{index}]")).map(|it| it.code.as_str());
            assert_eq!(told, expected, "{token}\n{document:#}");
            *counts.entry(expected.unwrap_or("fine")).or_insert(0) += 1;
        }
    }
    enough(&counts, &["token_refused", "token_without_expiry", "fine"], 20);
}

// Places.

#[test]
fn findings_stand_where_they_say_and_in_order() {
    for (_, mut document, _) in linted() {
        let pretty = format!("{document:#}");
        let lines: Vec<&str> = pretty.lines().collect();
        let findings = lint(&pretty, Some(now())).expect("a valid document");
        for finding in &findings {
            let value = at(&mut document, &steps(&finding.path)).expect("the place is there");
            let here: String = lines[finding.line - 1].chars().skip(finding.column - 1).collect();
            let first = value.to_string().chars().next().expect("a value");
            assert!(here.starts_with(first), "{finding:?}\n{here}");
            assert_eq!(finding.severity, finding.code.severity());
        }
        let order: Vec<(Severity, usize)> = findings.iter().map(|it| (it.severity, it.line)).collect();
        assert!(order.is_sorted(), "{findings:#?}");
        assert_eq!(findings, lint(pretty, Some(now())).expect("the same document"));
    }
}

// The generated organizations.

/// Every generated organization with what is found in it.
fn linted() -> impl Iterator<Item = (usize, Value, &'static [Finding])> {
    let found = CASES.iter().zip(FOUND.iter()).enumerate();
    found.map(|(seed, (Case { document, .. }, findings))| (seed, document.clone(), &findings[..]))
}

/// What is found in each: asked once for all tests.
static FOUND: LazyLock<Vec<Vec<Finding>>> =
    LazyLock::new(|| CASES.iter().map(|Case { document, .. }| found(document)).collect());

/// Documents in which a role and a set stand twice, the second time under another name.
fn doubled() -> impl Iterator<Item = (usize, Value)> {
    CASES.iter().enumerate().map(|(seed, Case { document, .. })| {
        let mut document = document.clone();
        for (field, references) in [("permissionSets", "set-0"), ("roles", "role-0")] {
            let Some(records) = document.get_mut(field).and_then(Value::as_array_mut) else { continue };
            let Some(mut copy) = records.iter().find(|it| it["id"] == references).cloned() else { continue };
            let id = format!("{references}-again");
            (copy["id"], copy["name"]) = (json!(id), json!(id));
            if field == "roles" {
                records.push(copy);
                let teams = document["teams"].as_array_mut().expect("both teams are there");
                for team in teams {
                    team["roles"].as_array_mut().expect("roles").push(json!(id));
                }
            } else {
                copy["scopes"].as_array_mut().expect("scopes").reverse();
                records.push(copy);
                let grant = json!({ "entity": "stack:acme/web/prod", "permissionSet": id });
                let of_stacks = records.last().expect("the copy")["entityType"] == "stack";
                let teams = document["teams"].as_array_mut().expect("both teams are there");
                teams.iter_mut().filter(|_| of_stacks).for_each(|team| team["grants"] = json!([grant]));
            }
        }
        (seed, document)
    })
}

/// Lets the first listed stack open the environments, and answers which that is.
fn with_environments(document: &mut Value) -> Option<String> {
    let stack = document
        .get_mut("entities")?
        .as_array_mut()?
        .iter_mut()
        .find(|it| text(&it["entity"]).starts_with("stack:"))?;
    stack["environments"] = json!([ENTITIES[3]]);
    stack["stackReferences"] = json!([ENTITIES[2]]);
    let stack = text(&stack["entity"]).to_owned();
    let mut entities = document["entities"].as_array_mut()?.iter_mut();
    if let Some(environment) = entities.find(|it| it["entity"] == ENTITIES[3]) {
        environment["imports"] = json!([ENTITIES[4], ENTITIES[3]]);
    } else {
        document["entities"].as_array_mut()?.push(json!({ "entity": ENTITIES[3], "imports": [ENTITIES[4]] }));
    }
    Some(stack)
}

fn found(document: &Value) -> Vec<Finding> {
    lint(document.to_string(), Some(now())).expect("generated documents are valid")
}

fn of<'f>(findings: &'f [Finding], codes: &[&str]) -> Vec<&'f Finding> {
    findings.iter().filter(|finding| codes.contains(&finding.code.as_str())).collect()
}

#[track_caller]
fn enough(counts: &BTreeMap<&str, usize>, codes: &[&str], least: usize) {
    for code in codes {
        assert!(counts.get(code).is_some_and(|count| *count >= least), "too few `{code}`: {counts:?}");
    }
}

// Everybody and everything.

/// Every principal of a document, and runs of its stacks and of one that it does not know.
fn principals(document: &Value) -> Vec<(String, Option<Trigger>)> {
    let named = [
        ("user", "members", "user"),
        ("user", "collaborators", "user"),
        ("team", "teams", "name"),
        ("token", "tokens", "name"),
        ("service-principal", "servicePrincipals", "name"),
    ];
    let named = named.into_iter().flat_map(|(word, field, name)| {
        list(&document[field]).map(move |it| (format!("{word}:{}", text(&it[name])), None))
    });
    let stacks = ["web/prod", "web/dev", "net/prod", "a/b"].into_iter();
    let runs = stacks.map(|stack| (format!("deployment:{stack}"), Trigger::parse("git-push").ok()));
    named.chain(runs).collect()
}

fn is_personal(document: &Value, principal: &str) -> bool {
    let name = principal.strip_prefix("token:");
    list(&document["tokens"]).any(|it| Some(text(&it["name"])) == name && it["kind"] == "personal")
}

/// Everybody may do the same after a change as before it, as far as effects of this rank or above are concerned, and
/// may open environments as long.
#[track_caller]
fn same_decisions(before: &Value, after: &Value, tags: &[Tags], least: Effect, because: &[&Finding]) {
    let (old, new) = (parse(before), parse(after));
    let entities: Vec<&str> = ENTITIES.into_iter().chain(ELSEWHERE).chain(["organization:acme"]).collect();
    let unknown = (least == Effect::Unknown).then_some(None);
    for (name, trigger) in principals(before) {
        let (old, new) = (old.principal(&name), new.principal(&name));
        for tags in tags.iter().map(Some).chain(unknown) {
            let context = context(trigger.as_ref(), tags);
            let ask = |it: &Principal<'_>| (effects(it, &entities, &context), opens(it, &context));
            assert_eq!(ask(&old), ask(&new), "{name} {tags:?}\n{because:#?}\n{before:#}\n{after:#}");
        }
    }
}

/// The effects of scopes with a story on all these entities.
fn effects(principal: &Principal<'_>, entities: &[&str], context: &Context) -> Vec<Effect> {
    const SCOPES: [&str; 24] = [
        "stack:read",
        "stack:write",
        "stack:delete",
        "stack:transfer",
        "stack:rename",
        "stack:create",
        "stack_access:read",
        "stack_tags:update",
        "environment:read",
        "environment:open",
        "environment:write",
        "environment:delete",
        "environment_tag:update",
        "change_gate:create",
        "insights_account:read",
        "insights_account:update",
        "insights_account:delete",
        "insights_account:create",
        "team:create",
        "team:read",
        "org_member:read",
        "org_token:delete",
        "audit_logs:read",
        "environment_tags:list",
    ];
    principal.matrix(entities, &SCOPES, context).expect("a good question").effects().to_vec()
}

/// How long environments may stay open.
fn opens(principal: &Principal<'_>, context: &Context) -> Vec<Option<u64>> {
    let environments = ENTITIES.into_iter().chain(ELSEWHERE).filter(|it| it.starts_with("environment:"));
    environments
        .map(|it| principal.decide("environment:open", it, context).expect("a good question"))
        .map(|decision| decision.max_open_seconds)
        .collect()
}

fn context(trigger: Option<&Trigger>, tags: Option<&Tags>) -> Context {
    let context = Context::at(now());
    let context = match trigger {
        Some(trigger) => context.trigger(trigger.clone()),
        None => context,
    };
    match tags {
        Some(tags) => context.tags(tags.iter().copied()),
        None => context,
    }
}

fn now() -> Instant {
    Instant::parse(AT).expect("a time")
}

/// A twelfth of all tags that can be, another one for each seed.
fn some_tags(seed: usize) -> Vec<Tags> {
    completions(&["other"]).into_iter().skip(seed % 12).step_by(12).collect()
}

// Documents without this and that.

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Field(String),
    Index(usize),
}

/// The document without what these findings are about; the last first, so that no place moves before its turn.
fn without(document: &Value, findings: &[&Finding]) -> Value {
    let mut less = document.clone();
    let mut places: Vec<Vec<Step>> = findings.iter().flat_map(|finding| places(document, finding)).collect();
    places.sort();
    for place in places.iter().rev() {
        remove(&mut less, place);
    }
    less
}

/// What has to go.
fn places(document: &Value, finding: &Finding) -> Vec<Vec<Step>> {
    let mut place = steps(&finding.path);
    let last = |place: &[Step], field: &str| place.last() == Some(&Step::Field(field.to_owned()));
    if finding.code.as_str() == "redundant_membership" {
        let members =
            list(at(&mut document.clone(), &place).expect("a team's members")).cloned().collect::<Vec<_>>();
        let named = |member: &Value| finding.related.contains(&format!("user:{}", text(&member["user"])));
        let of_named = members.iter().enumerate().filter(|(_, member)| named(member));
        return of_named.map(|(index, _)| [&place[..], &[Step::Index(index)]].concat()).collect();
    }
    if last(&place, "tags") {
        place.truncate(place.len() - 2); // the whole rule
    } else if last(&place, "condition") {
        place.pop();
        let field = ["subNodeForFalse", "subNodeForTrue", "subNode"];
        let negated = usize::from(!finding.message.contains("subNodeForFalse"));
        let node = at(&mut document.clone(), &place).expect("a node").clone();
        let field = field[negated..].iter().find(|field| node.get(field).is_some()).expect("a branch");
        place.push(Step::Field((*field).to_owned()));
    } else if last(&place, "value") {
        place.pop();
        place.push(Step::Field("node".to_owned()));
    }
    let related =
        finding.related.iter().filter(|_| finding.code.as_str() == "dead_grant").map(|it| steps(it));
    related.chain([place]).collect()
}

/// Takes something out of its list or object; a node that must be there becomes one that gives nothing.
fn remove(document: &mut Value, place: &[Step]) {
    let (last, above) = place.split_last().expect("no finding is about everything");
    match (at(document, above).expect("the place is there"), last) {
        (Value::Array(values), Step::Index(index)) => drop(values.remove(*index)),
        (Value::Object(fields), Step::Field(field)) if fields[field].get("__type").is_some() => {
            fields[field] = json!({ "__type": "PermissionDescriptorGroup", "entries": [] });
        }
        (Value::Object(fields), Step::Field(field)) => drop(fields.remove(field)),
        _ => panic!("no such place: {place:?}"),
    }
}

fn steps(path: &str) -> Vec<Step> {
    let pieces = path.split(['.', '[', ']']).filter(|piece| !piece.is_empty());
    pieces.map(|it| it.parse().map_or_else(|_| Step::Field(it.to_owned()), Step::Index)).collect()
}

fn at<'v>(value: &'v mut Value, place: &[Step]) -> Option<&'v mut Value> {
    place.iter().try_fold(value, |value, step| match step {
        Step::Field(field) => value.get_mut(field),
        Step::Index(index) => value.get_mut(index),
    })
}

/// Puts one name in the place of another wherever a document names it, but not where it says what it is.
fn replace(value: &mut Value, old: &str, new: &str) {
    match value {
        Value::String(name) if name == old => new.clone_into(name),
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, old, new)),
        Value::Object(fields) => {
            fields
                .iter_mut()
                .filter(|(field, _)| *field != "id")
                .for_each(|(_, value)| replace(value, old, new));
        }
        _ => {}
    }
}
