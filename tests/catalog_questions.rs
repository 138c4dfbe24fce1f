//! The questions of an administrator on catalogs by the dice: each answer is held against deciding one by one.
#![cfg(not(target_arch = "wasm32"))]

#[path = "generate/dice.rs"]
#[allow(dead_code, reason = "the dice have more throws than are needed here")]
mod dice;
#[path = "generate/catalogs.rs"]
#[allow(dead_code, reason = "what is asked comes from here")]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use dice::Dice;
use scopewise::{Addition, Bundle, Context, Decision, Effect, Filter, Label, Needs, Organization, RuleOn};
use serde_json::{Value, json};

/// A catalog, a document and what they make.
struct World {
    dice: Dice,
    catalog: Value,
    document: Value,
    organization: Organization,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let (catalog, document) = world::throw(&mut dice);
        let organization = parse(&catalog, &document).unwrap_or_else(|| panic!("{seed}: {document:#}"));
        Self { dice, catalog, document, organization }
    }

    /// Every entity that the document may name, and one of each type that it does not, each with the scopes of its type.
    fn places(&self) -> Vec<(String, Vec<String>)> {
        let mut places = world::entities(&self.catalog);
        let unknown = |(name, of): &(String, String)| (name.replace(['x', 'y'], "z"), of.clone());
        places.extend(places.clone().iter().map(unknown));
        places.sort();
        places.dedup();
        let catalog = self.organization.catalog();
        let scopes = |of: &str| catalog.scopes(catalog.entity_type(of).unwrap()).map(str::to_owned).collect();
        places.into_iter().map(|(name, of)| (name, scopes(&of))).collect()
    }

    fn pairs(&self) -> Vec<(String, String)> {
        let of = |(entity, scopes): (String, Vec<String>)| {
            scopes.into_iter().map(move |scope| (scope, entity.clone())).collect::<Vec<_>>()
        };
        self.places().into_iter().flat_map(of).collect()
    }
}

fn parse(catalog: &Value, document: &Value) -> Option<Organization> {
    let mut whole = document.clone();
    whole["catalog"] = catalog.clone();
    Organization::parse(whole.to_string()).ok()
}

fn decide(organization: &Organization, principal: &str, scope: &str, entity: &str) -> Decision {
    organization.principal(principal).decide(scope, entity, &Context::default()).unwrap()
}

fn allows(organization: &Organization, principal: &str, scope: &str, entity: &str) -> bool {
    decide(organization, principal, scope, entity).effect == Effect::Allow
}

/// What a request may say of an entity: nothing, or any tags that the rules of a document tell apart.
fn contexts() -> Vec<Context> {
    let tagged = |tags: &[(&str, &str)]| Context::default().tags(tags.iter().copied());
    vec![Context::default(), tagged(&[]), tagged(&[("env", "prod")]), tagged(&[("env", "dev")])]
}

#[test]
fn who_can_is_everyone_who_is_decided_so() {
    let mut told = 0;
    for seed in 0..100 {
        let it = World::new(seed);
        for (scope, entity) in it.pairs() {
            let who =
                it.organization.who_can(&scope, &entity, &Filter::default(), &Context::default()).unwrap();
            let (mut may, mut denied) = (BTreeMap::new(), BTreeMap::new());
            for principal in it.organization.principals() {
                let decision = decide(&it.organization, &principal, &scope, &entity);
                if decision.effect == Effect::Deny {
                    *denied.entry(decision.reason.as_str()).or_insert(0) += 1;
                } else {
                    may.insert(principal, decision);
                }
            }
            told += may.len();
            let rows = who.principals.into_iter().map(|row| (row.principal, row.decision));
            assert_eq!(rows.collect::<BTreeMap<_, _>>(), may, "{seed}: {scope} {entity}");
            let counts = who.denied.iter().map(|it| (it.reason.as_str(), it.count));
            assert_eq!(counts.collect::<BTreeMap<_, _>>(), denied, "{seed}: {scope} {entity}");
        }
    }
    assert!(told > 1_000, "{told}");
}

#[test]
fn a_part_and_a_snapshot_answer_as_the_whole_does() {
    let mut allowed = 0;
    for seed in 0..60 {
        let it = World::new(seed);
        let places = it.places();
        for principal in it.organization.principals() {
            let part = it.organization.project(&principal, &Label::default()).unwrap();
            let part = Bundle::open(&part).unwrap();
            let part = part.organization().principal(&principal);
            let whole = it.organization.principal(&principal);
            let names: Vec<&str> = places.iter().map(|(name, _)| &**name).collect();
            for context in contexts() {
                let snapshot = whole.snapshot(&names, None, &Label::default(), &context).unwrap();
                for (entity, scopes) in &places {
                    let letters: Vec<char> = snapshot.rows[entity].chars().collect();
                    assert_eq!(letters.len(), scopes.len(), "{seed}: {entity}");
                    for (scope, letter) in scopes.iter().zip(letters) {
                        let decision = whole.decide(scope, entity, &context).unwrap();
                        let asked = format!("{seed}: {principal} {scope} {entity}");
                        assert_eq!(part.decide(scope, entity, &context).unwrap(), decision, "{asked}");
                        assert_eq!(
                            snapshot.answers[letter as usize - '0' as usize],
                            answer(&decision),
                            "{asked}"
                        );
                        allowed += usize::from(decision.effect == Effect::Allow);
                    }
                }
            }
        }
    }
    assert!(allowed > 1_000, "{allowed}");
}

/// A decision as a snapshot writes it.
fn answer(decision: &Decision) -> Vec<String> {
    let letter = match decision.effect {
        Effect::Allow => "A",
        Effect::Unknown => "U",
        Effect::Deny => "D",
    };
    let needs = decision.needs.iter().map(ToString::to_string);
    [letter.to_owned(), decision.reason.to_string()].into_iter().chain(needs).collect()
}

#[test]
fn what_is_suggested_is_decided_so_and_gives_no_more_than_it_says() {
    let (mut new, mut there) = (0, 0);
    for seed in 0..400 {
        let mut it = World::new(seed);
        let needed = needed(&mut it);
        let needs = needed.iter().fold(Needs::new(), |needs, (scope, entity)| needs.and(scope, entity));
        let suggestion = it.organization.suggest(&needs).unwrap();
        let Some(role) = &suggestion.role else { panic!("{seed}: {}", suggestion.sentence) };
        let fits = |organization: &Organization| {
            needed.iter().all(|(scope, entity)| allows(organization, PROBE, scope, entity))
        };
        let given = with_role(&it, suggestion.add.as_ref(), role);
        assert!(fits(&given), "{seed}: {}", suggestion.sentence);
        assert_eq!(suggestion.surplus.unwrap().pairs, beyond(&it, &given, &needed), "{seed}: {needed:?}");
        let fitting: BTreeSet<&str> = suggestion.existing.iter().map(|it| &*it.role).collect();
        for role in it.organization.roles() {
            let given = with_role(&it, None, &role);
            assert_eq!(fits(&given), fitting.contains(&*role), "{seed}: {role}");
        }
        new += usize::from(suggestion.add.is_some());
        there += usize::from(suggestion.add.is_none());
    }
    assert!(new > 100 && there > 20, "{new} new, {there} there");
}

/// A few pairs, or everything that a role gives.
fn needed(world: &mut World) -> Vec<(String, String)> {
    let pairs = world.pairs();
    if world.dice.percent(50) {
        let role = world.dice.pick(&world.organization.roles());
        let given = with_role(world, None, &role);
        let by_role: Vec<_> =
            pairs.iter().filter(|(scope, entity)| allows(&given, PROBE, scope, entity)).collect();
        if !by_role.is_empty() {
            return by_role.into_iter().cloned().collect();
        }
    }
    world.dice.several(&pairs, 1, 4)
}

/// Somebody who has a role and nothing else.
const PROBE: &str = "service-principal:probe";

/// The document with what a suggestion adds, and somebody who has the role.
fn with_role(world: &World, add: Option<&Addition>, role: &str) -> Organization {
    let mut document = world.document.clone();
    if let Some(add) = add {
        let all = add.roles.iter().flat_map(|role| &role.rules).filter(|rule| rule.on == RuleOn::All).count();
        assert_eq!(all, 0, "nothing was needed everywhere");
        let Value::Object(lists) = json!(add) else { panic!("an object") };
        for (field, rows) in lists {
            let known = document.as_object_mut().unwrap().entry(field).or_insert_with(|| json!([]));
            known.as_array_mut().unwrap().extend(rows.as_array().unwrap().iter().cloned());
        }
    }
    let probe = json!({ "name": "probe", "roles": [role] });
    document["servicePrincipals"].as_array_mut().unwrap().push(probe);
    parse(&world.catalog, &document).unwrap_or_else(|| panic!("{document:#}"))
}

/// How many pairs are allowed and not needed, over the entities that are listed or needed.
fn beyond(world: &World, given: &Organization, needed: &[(String, String)]) -> usize {
    let listed: Vec<String> = world.organization.listed_entities();
    let counts = |entity: &String| listed.contains(entity) || needed.iter().any(|(_, it)| it == entity);
    let more = world.pairs().into_iter().filter(|pair| counts(&pair.1) && !needed.contains(pair));
    more.filter(|(scope, entity)| allows(given, PROBE, scope, entity)).count()
}

#[test]
fn a_difference_is_empty_exactly_if_everything_stays() {
    let (mut same, mut other) = (0, 0);
    for seed in 0..250 {
        let mut it = World::new(seed);
        let changed = changed(&mut it);
        let Some(after) = parse(&it.catalog, &changed) else { continue };
        let diff = it.organization.diff(&after, None).unwrap();
        let stays = differing(&it, &after).is_none();
        assert_eq!(diff.is_empty(), stays, "{seed}: {:?}\n{}", differing(&it, &after), json!(diff));
        assert_eq!(after.diff(&it.organization, None).unwrap().is_empty(), stays, "{seed}");
        assert!(after.diff(&after, None).unwrap().is_empty(), "{seed}");
        same += usize::from(stays);
        other += usize::from(!stays);
    }
    assert!(same > 30 && other > 60, "{same} stay, {other} do not");
}

/// One part of the document is that of another one.
fn changed(world: &mut World) -> Value {
    let mut document = world.document.clone();
    let another = world::document(&mut world.dice, &world.catalog);
    let parts =
        ["settings", "roles", "members", "teams", "tokens", "entities", "collaborators", "servicePrincipals"];
    let part = world.dice.pick(&parts);
    document[part] = another[part].clone();
    document
}

/// The first decision that differs, whatever a request says of the tags.
fn differing(world: &World, after: &Organization) -> Option<(String, String, String)> {
    let before = &world.organization;
    let everyone: BTreeSet<String> = before.principals().into_iter().chain(after.principals()).collect();
    for principal in &everyone {
        let (was, is) = (before.principal(principal), after.principal(principal));
        for (entity, scopes) in world.places() {
            for scope in scopes {
                let effect = |by: &scopewise::Principal<'_>, context: &Context| {
                    by.decide(&scope, &entity, context).unwrap().effect
                };
                if contexts().iter().any(|context| effect(&was, context) != effect(&is, context)) {
                    return Some((principal.clone(), scope, entity));
                }
            }
        }
    }
    None
}
