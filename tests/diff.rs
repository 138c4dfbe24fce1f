//! Two documents beside each other: what a diff tells is what changes, found by asking everything of everybody.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    reason = "a test that meets something unexpected stops there"
)]

#[path = "diff/brute.rs"]
mod brute;
#[path = "diff/cases.rs"]
mod cases;
#[path = "diff/compared.rs"]
mod compared;
#[path = "diff/edits.rs"]
mod edits;
#[allow(dead_code, unused_imports, reason = "other tests use the rest")]
mod generate;
#[path = "diff/mirror.rs"]
mod mirror;
#[allow(dead_code, reason = "other tests use the rest")]
mod oracle;

use brute::{Changes, OTHERS, expected, instant, levels_of, rank};
use compared::{for_all, for_all_asked};
use generate::{AT, CASES, Case, Dice, completions, parse};
use oracle::{catalog, text};
use scopewise::{Effect, Totals};
use std::cell::Cell;

#[test]
fn groups_expand_to_exactly_what_changes() {
    let counts = Cell::new([0, 0]);
    for_all(|compared| {
        if compared.has_renamed_entities() {
            return;
        }
        let told = compared.told();
        compared.agree(&told, &expected(&compared.brute, "git-push"));
        let [some, none] = counts.get();
        counts.set(if told.is_empty() { [some, none + 1] } else { [some + 1, none] });
    });
    let [some, none] = counts.get();
    assert!(some > 100 && none > 30, "{some} with changes, {none} without");
}

#[test]
fn totals_are_counted_one_by_one() {
    for_all(|compared| {
        if compared.has_renamed_entities() {
            return;
        }
        let told = compared.told();
        let gained = told.values().filter(|(before, after)| rank(before) < rank(after)).count();
        let totals = compared.diff.totals;
        assert_eq!((totals.gained, totals.lost), (gained, told.len() - gained), "{}", compared.words());
        for effect in compared.effects() {
            let (before, after) = levels_of(effect);
            assert_eq!(effect.is_gain(), rank(&before) < rank(&after), "{effect:?}");
        }
    });
}

/// A few of the decisions, by the second reading of the rules.
#[test]
fn the_oracle_says_the_same() {
    for_all_asked(|compared, requests| {
        if compared.has_renamed_entities() {
            return;
        }
        let told = compared.told();
        for request in requests.iter().filter(|request| request.get("tags").is_none() && request["at"] == AT)
        {
            let (principal, entity, scope) =
                (text(&request["principal"]), text(&request["entity"]), text(&request["scope"]));
            let levels = compared.brute.documents.map(|document| {
                oracle::decide(document, catalog::of(text(&document["revision"])), request)["effect"].clone()
            });
            if levels[0].is_null() {
                continue; // malformed
            }
            let by_hand = request["trigger"].get("by").is_some();
            let Some((before, after)) = told.get(&(principal.into(), entity.into(), scope.into())) else {
                let asked_otherwise = by_hand || !compared.is_listed(entity);
                let stack = principal.strip_prefix("deployment:").map(|path| format!("stack:acme/{path}"));
                let unlisted = stack.is_some_and(|stack| !compared.is_listed(&stack));
                assert!(
                    asked_otherwise || unlisted || levels[0] == levels[1],
                    "{request}\n{}",
                    compared.words()
                );
                continue;
            };
            let agree = [before.0, after.0].map(Effect::as_str) == [text(&levels[0]), text(&levels[1])];
            assert!(agree || by_hand, "{request}\n{}", compared.words());
        }
    });
}

#[test]
fn nothing_changes_between_a_document_and_itself() {
    for Case { document, .. } in CASES.iter() {
        let mut other = document.clone();
        generate::shuffle(&mut Dice::new(7), &mut other);
        let (before, after) = (parse(document), parse(&other));
        let diff = before.diff(&after, Some(instant())).expect("one organization");
        assert_eq!(
            (diff.is_empty(), diff.totals, diff.renamed),
            (true, Totals::default(), Vec::new()),
            "{document}"
        );
    }
}

#[test]
fn the_way_back_is_the_mirror_image() {
    for_all(|compared| {
        if compared.has_renamed_entities() {
            return;
        }
        let [before, after] = compared.brute.organizations;
        let back = after.diff(before, Some(instant())).expect("one organization");
        assert_eq!(mirror::flat(&compared.diff, true), mirror::flat(&back, false), "{}", compared.words());
        let (there, back) = (compared.diff.totals, back.totals);
        assert_eq!((there.gained, there.lost, there.principals), (back.lost, back.gained, back.principals));
    });
}

/// Whatever the tags of a stack are that no document knows.
#[test]
fn every_case_of_unknown_tags_is_told() {
    let [told_of, turn] = [Cell::new(0), Cell::new(0)];
    for_all(|compared| {
        if compared.has_renamed_entities() {
            return;
        }
        // A few in each turn, so that all of them have theirs.
        turn.set(turn.get() + 1);
        for tags in completions(&["y", "other"]).iter().skip(turn.get() % 71).step_by(71) {
            compared.agrees_if_tagged(tags);
            for (of_type, entity) in OTHERS {
                told_of.set(told_of.get() + compared.agrees_under(of_type, entity, tags));
            }
        }
    });
    assert!(told_of.get() > 1_000, "only {} changes rest on tags", told_of.get());
}

/// Not on what is listed, under other tags, nor in runs that somebody starts.
#[test]
fn the_empty_diff_hides_nothing() {
    let empty = Cell::new(0);
    for_all(|compared| {
        if !compared.diff.is_empty() {
            return;
        }
        empty.set(empty.get() + 1);
        let entities: Vec<&str> = compared.brute.entities.iter().map(String::as_str).collect();
        for principal in &compared.brute.principals {
            for tags in completions(&["y", "other"]).iter().skip(empty.get() % 71).step_by(71) {
                let changes = compared.brute.changes(principal, &entities, "git-push", Some(tags));
                assert_eq!(changes, Changes::new(), "{tags:?} {}", compared.words());
            }
            for by in ["ann", "bob", "zoe", "nobody"] {
                let trigger = format!("console:user:{by}");
                let changes = compared.brute.changes(principal, &entities, &trigger, None);
                assert_eq!(changes, Changes::new(), "{trigger} {}", compared.words());
            }
        }
    });
    assert!(empty.get() > 30, "only {} are empty", empty.get());
}

#[test]
fn runs_act_as_they_are_told_to() {
    let told_of = Cell::new(0);
    for_all(|compared| {
        if compared.has_renamed_entities() {
            return;
        }
        let deployments = compared.brute.principals.iter().filter(|name| name.starts_with("deployment:"));
        for deployment in deployments.filter(|name| compared.is_known_deployment(name)) {
            told_of.set(told_of.get() + compared.runs_agree(deployment));
        }
    });
    assert!(told_of.get() > 50, "only {} runs act as somebody else", told_of.get());
}

/// The way, the set and the team that are told are those of the grants.
#[test]
fn causes_are_those_of_the_explanation() {
    let [named, at_teams] = [Cell::new(0), Cell::new(0)];
    for_all(|compared| {
        for change in &compared.diff.changes {
            for effect in &change.effects {
                compared.explains(&change.principals[0], effect);
                named.set(named.get() + usize::from(compared.is_the_set(&change.principals[0], effect)));
                at_teams.set(at_teams.get() + usize::from(compared.teams_tell(effect)));
            }
        }
    });
    assert!(named.get() > 100 && at_teams.get() > 20, "{} sets, {} at teams", named.get(), at_teams.get());
}
