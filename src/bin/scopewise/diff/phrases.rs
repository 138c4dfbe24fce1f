//! What is told of a change, in the words that a terminal and a pull request share.

use std::borrow::Cow;

use scopewise::{
    Blocker, Breach, ConditionChange, Diff, Effect, EffectChange, ExplainedGrant, PrincipalChange, Reason,
    Rename, RunChange, Started, TagTest, Totals, Where,
};

/// How many names stand in a line before the rest is counted.
pub(super) const NAMED: usize = 3;

/// How many tests of tags do.
const TESTED: usize = 6;

/// `+` for more than before, `-` for less.
pub(super) fn sign(effect: &EffectChange<'_>) -> char {
    if effect.is_gain() { '+' } else { '-' }
}

/// An effect in one line after its sign: what, where, by what. Nothing, where others tell the same with more.
pub(super) fn line(effect: &EffectChange<'_>, others: &[EffectChange<'_>]) -> Option<String> {
    let places = places(effect, others)?;
    let mut line = format!("{} on {places}", what(effect));
    let ways: Vec<String> = effect.by.iter().map(|way| way.join(" > ")).collect();
    if !ways.is_empty() {
        line += if effect.is_gain() { ", by " } else { ", which came by " };
        line += &some(&ways, NAMED, "ways");
    }
    line += &degree(effect);
    line += &effect.blocked_by.as_ref().map(|it| blocked(it, effect.is_gain())).unwrap_or_default();
    Some(plain(&line).into_owned())
}

/// The set with the count of its scopes, or the scopes.
fn what(effect: &EffectChange<'_>) -> String {
    match effect.set {
        Some(set) if effect.scopes.len() > 1 => format!("{} ({} scopes)", set.name, effect.scopes.len()),
        _ => some(&effect.scopes, NAMED, "scopes"),
    }
}

/// Where: everywhere, entities by name or by count, and kinds of entities that no document knows.
fn places(effect: &EffectChange<'_>, others: &[EffectChange<'_>]) -> Option<String> {
    let of_type = effect.entity_type;
    let but = if effect.but_own_stack { " but its own" } else { "" };
    if effect.everywhere {
        return Some(format!("every {of_type}{but}"));
    }
    let (mut known, mut told) = (Vec::new(), Vec::new());
    let mut otherwise: Vec<(String, Vec<String>)> = Vec::new();
    for place in effect.on.iter() {
        match place {
            Where::Entity(_) | Where::Renamed { .. } => known.push(self::place(&place)),
            Where::Other(_) if told_by_tags(effect, others) => {}
            Where::Tagged(entity, tests) => {
                let tests = self::tests(&tests);
                match otherwise.iter_mut().find(|(known, _)| *known == tests) {
                    Some((_, entities)) => entities.push(entity.into_owned()),
                    None => otherwise.push((tests, vec![entity.into_owned()])),
                }
            }
            place => told.push(self::place(&place)),
        }
    }
    if !known.is_empty() {
        told.insert(0, format!("{}{but}", counted(&known, of_type)));
    }
    let others = otherwise.iter().map(|(tests, entities)| if_tagged(&counted(entities, of_type), tests));
    told.extend(others);
    (!told.is_empty()).then(|| told.join(", and on "))
}

fn if_tagged(entities: &str, tests: &str) -> String {
    format!("{entities}, if tagged so: {tests}")
}

/// Entities by name, or how many they are.
fn counted(entities: &[String], of_type: &str) -> String {
    if entities.len() > NAMED { format!("{} {of_type}s", entities.len()) } else { entities.join(", ") }
}

/// Whether what rests on unknown tags is told tag by tag as well.
fn told_by_tags(effect: &EffectChange<'_>, others: &[EffectChange<'_>]) -> bool {
    let unsure = effect.before == Effect::Unknown || effect.after == Effect::Unknown;
    let by_tags = |other: &EffectChange<'_>| {
        other.entity_type == effect.entity_type
            && other.on.iter().any(|place| matches!(place, Where::OtherTagged(..)))
    };
    unsure && others.iter().any(by_tags)
}

/// What is asked of tags.
fn tests(tests: &[TagTest]) -> String {
    let told: Vec<String> = tests.iter().take(TESTED).map(ToString::to_string).collect();
    match tests.len().checked_sub(TESTED).filter(|more| *more > 0) {
        Some(more) => format!("{} and {more} more", told.join(" and ")),
        None if tests.is_empty() => "whatever".to_owned(),
        None => told.join(" and "),
    }
}

/// How sure it is, and for how long, where that is not simply yes and no.
fn degree(effect: &EffectChange<'_>) -> String {
    let limits = effect.max_open_seconds.unwrap_or_default();
    let seconds =
        |limit: Option<u64>| limit.map_or("any time".to_owned(), |limit| format!("{limit} seconds"));
    match (effect.before, effect.after) {
        (Effect::Allow, Effect::Allow) => {
            format!(", for {} and no longer {}", seconds(limits.after), seconds(limits.before))
        }
        (Effect::Allow, Effect::Unknown) => ", which now rests on tags".to_owned(),
        (Effect::Unknown, Effect::Allow) => ", which rested on tags".to_owned(),
        (_, Effect::Unknown) => ", if the tags say so".to_owned(),
        (Effect::Unknown, _) => ", where the tags said so".to_owned(),
        _ => limits.before.or(limits.after).map_or(String::new(), |it| format!(", for {it} seconds")),
    }
}

/// What stands in the way, beside that nothing grants it. That somebody is new or gone stands in the heading.
fn blocked(blocker: &Blocker, gain: bool) -> String {
    let why = match blocker.code {
        Reason::UnknownPrincipal => return String::new(),
        Reason::SettingOff => format!("{} is off", blocker.setting.as_deref().unwrap_or("a setting")),
        Reason::UnknownScope | Reason::WrongEntityType => "there is no such scope".to_owned(),
        Reason::TokenExpired => "the token is past its end".to_owned(),
        Reason::TokenLifetime => "the token may live too long".to_owned(),
        Reason::TokenException => "no organization token has it".to_owned(),
        Reason::DeploymentRefused => "the run is refused".to_owned(),
        other => other.to_string(),
    };
    format!(" ({}: {why})", if gain { "before" } else { "now" })
}

/// Principals, the first of them by name, and whether they are new or gone.
pub(super) fn heading(change: &PrincipalChange<'_>) -> String {
    let unknown = |effect: &EffectChange<'_>| {
        effect.blocked_by.as_ref().is_some_and(|it| it.code == Reason::UnknownPrincipal)
    };
    let fate = match change.effects.first().filter(|_| change.effects.iter().all(unknown)) {
        Some(effect) if effect.is_gain() => " (new)",
        Some(_) => " (gone)",
        None => "",
    };
    format!("{}{fate}", plain(&some(&change.principals, NAMED, "principals")))
}

/// Those who gain and lose it by a team, below what is told of the team: to whom all of that happens, and to whom a
/// part of it, for they hold the rest anyway or something else stands in their way.
pub(super) fn members_lines(diff: &Diff<'_>, change: &PrincipalChange<'_>) -> Vec<String> {
    let (mut wholly, mut partly) = (Vec::new(), Vec::new());
    for team in &change.principals {
        for of_members in &diff.changes {
            let by_team = of_members.effects.iter().filter(|effect| effect.told_at.contains(team));
            match decisions(by_team) {
                0 => {}
                all if all == decisions(change.effects.iter()) => wholly.extend(&of_members.principals),
                _ => partly.extend(&of_members.principals),
            }
        }
    }
    let line = |words, mut names: Vec<&String>| {
        names.sort();
        names.dedup();
        let line = || format!("and {words} for {} by it", some(&names, NAMED, "principals"));
        (!names.is_empty()).then(|| plain(&line()).into_owned())
    };
    [line("so", wholly), line("a part of it", partly)].into_iter().flatten().collect()
}

/// How many decisions change.
fn decisions<'d>(effects: impl Iterator<Item = &'d EffectChange<'d>>) -> usize {
    effects.map(|effect| effect.scopes.len() * effect.on.len()).sum()
}

/// What a guard found, in one line.
pub(super) fn breach(breach: &Breach<'_>) -> String {
    let who = some(&breach.principals, NAMED, "principals");
    let scopes = some(&breach.scopes, NAMED, "scopes");
    let on: Vec<String> = breach.on.iter().map(place).collect();
    let unsure = if breach.after == Effect::Unknown { ", if the tags say so" } else { "" };
    let gain = if breach.principals.len() == 1 { "gains" } else { "gain" };
    let line = format!("{who} {gain} {scopes} on {}{unsure}", some(&on, NAMED, "places"));
    plain(&line).into_owned()
}

/// A place by itself.
pub(super) fn place(place: &Where<'_>) -> String {
    match place {
        Where::Entity(entity) => entity.to_string(),
        Where::Renamed { before, after } => format!("{after} (before {before})"),
        Where::Other(of_type) => format!("{of_type}s that neither document knows"),
        Where::OtherTagged(of_type, tests) => format!("other {of_type}s where {}", self::tests(tests)),
        Where::Tagged(entity, tests) => if_tagged(entity, &self::tests(tests)),
        _ => "its own stack".to_owned(),
    }
}

/// Whom runs act as, in one line.
pub(super) fn run(run: &RunChange<'_>) -> String {
    let who = |identity: &Option<String>| match identity.as_deref() {
        None => "nobody, for it is refused".to_owned(),
        Some("starter") => "whoever starts it".to_owned(),
        Some("stack-token") => "its own stack".to_owned(),
        Some(name) => name.to_owned(),
    };
    let started = match run.started {
        Started::ByItself => ", started by a push or a schedule,",
        Started::ByHand => ", started by hand,",
        _ => "",
    };
    let deployments = some(&run.deployments, NAMED, "deployments");
    let act = if run.deployments.len() == 1 { "acts" } else { "act" };
    let line = format!("{deployments}{started} {act} as {}, before as {}", who(&run.after), who(&run.before));
    plain(&line).into_owned()
}

/// What is the same by its id, in one line.
pub(super) fn rename(rename: &Rename<'_>) -> String {
    let line = format!("{} {}: {} is now {}", rename.kind, rename.id, rename.before, rename.after);
    plain(&line).into_owned()
}

/// Whose conditions differ, in one line.
pub(super) fn conditions(change: &ConditionChange<'_>) -> String {
    let who = some(&change.principals, NAMED, "principals");
    let (of_type, count) = (change.entity_type, change.scopes.len());
    let line =
        format!("conditions of {who} differ, on {of_type}s with some tags up to {count} scopes may change");
    plain(&line).into_owned()
}

/// A grant under a condition, in one line.
pub(super) fn grant(grant: &ExplainedGrant) -> String {
    plain(&format!("{}, {}", grant.via.join(" > "), grant.on)).into_owned()
}

/// How much changes, in one line.
pub(super) fn totals(diff: &Diff<'_>) -> String {
    let Totals { gained, lost, principals, .. } = diff.totals;
    let one =
        |count: usize, one: &str, more: &str| format!("{count} {}", if count == 1 { one } else { more });
    if diff.is_empty() {
        return "nothing changes".to_owned();
    }
    let decisions = one(principals, "principal", "principals");
    format!("{decisions}: {} gained, {lost} lost", one(gained, "decision", "decisions"))
}

/// The first names, and how many more there are.
pub(super) fn some(names: &[impl AsRef<str>], most: usize, what: &str) -> String {
    let named: Vec<&str> = names.iter().take(most).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(most) {
        0 => named.join(", "),
        1 => names.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(", "),
        more => format!("{} and {more} more {what}", named.join(", ")),
    }
}

/// A text without what could steer a terminal or end a line: names come from documents.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) {
        return text
            .chars()
            .map(|it| if it.is_control() { '\u{fffd}' } else { it })
            .collect::<String>()
            .into();
    }
    text.into()
}
