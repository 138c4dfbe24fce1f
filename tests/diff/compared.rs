//! Two documents with the diff between them, and what has to be true of it.

use crate::brute::{
    Brute, Changes, Level, OTHERS, OWN, fits, instant, levels_of, other, rank, told, told_under,
};
use crate::edits;
use crate::generate::{CASES, Case, Dice, parse};
use crate::oracle::{catalog, find, list, text};
use scopewise::{
    Context, Diff, Effect, EffectChange, Organization, Reason, RunChange, Started, Trigger, Where,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Two documents, with what changes between them.
pub(crate) struct Compared<'d> {
    pub(crate) brute: Brute<'d>,
    pub(crate) diff: Diff<'d>,
}

/// Holds a property against each generated organization and a change of it, small or large.
pub(crate) fn for_all(property: impl Fn(&Compared<'_>)) {
    for (seed, Case { document, .. }) in (0..).zip(CASES.iter()) {
        with_other(seed, document, &property);
    }
}

/// The same with what is asked of the organization.
pub(crate) fn for_all_asked(property: impl Fn(&Compared<'_>, &[Value])) {
    for (seed, Case { document, requests }) in (0..).zip(CASES.iter()) {
        with_other(seed, document, &|compared| property(compared, requests));
    }
}

fn with_other(seed: u64, document: &Value, property: &dyn Fn(&Compared<'_>)) {
    let other = other_document(&mut Dice::new(seed), document);
    let (before, after) = (parse(document), parse(&other));
    let diff = before.diff(&after, Some(instant())).expect("one organization");
    let brute = Brute::new([document, &other], [&before, &after]);
    property(&Compared { brute, diff });
}

/// Another organization, another revision, one change or some.
fn other_document(dice: &mut Dice, document: &Value) -> Value {
    match dice.below(12) {
        0 => dice.pick(&CASES.iter().map(|case| &case.document).collect::<Vec<_>>()).clone(),
        1 => revised(dice, document),
        2..7 => edits::edited(dice, document),
        _ => (0..3).fold(document.clone(), |document, _| edits::edited(dice, &document)),
    }
}

/// The document by another revision, where it is valid there.
fn revised(dice: &mut Dice, document: &Value) -> Value {
    let mut other = document.clone();
    other["revision"] = dice.pick(&["2025-11", "2026-04", "2026-10"]).into();
    if Organization::parse(other.to_string()).is_ok() { other } else { document.clone() }
}

impl Compared<'_> {
    pub(crate) fn told(&self) -> Changes {
        told(self.diff.changes.iter().map(|it| (&it.principals[..], &it.effects[..])))
    }

    pub(crate) fn effects(&self) -> impl Iterator<Item = &EffectChange<'_>> {
        self.diff.changes.iter().flat_map(|change| &change.effects)
    }

    /// An entity that is another one by its name is looked at elsewhere.
    pub(crate) fn has_renamed_entities(&self) -> bool {
        self.diff.renamed.iter().any(|it| it.kind == "entity")
    }

    pub(crate) fn is_listed(&self, entity: &str) -> bool {
        self.brute.documents.iter().any(|document| find(&document["entities"], "entity", entity).is_some())
    }

    pub(crate) fn is_known_deployment(&self, name: &str) -> bool {
        let path = name.strip_prefix("deployment:").expect("a deployment");
        path == "*" || self.is_listed(&format!("stack:acme/{path}"))
    }

    pub(crate) fn words(&self) -> String {
        let [before, after] = self.brute.documents;
        format!("{}\n{before}\n{after}", serde_json::to_string_pretty(&self.diff).expect("JSON"))
    }

    /// What is told is what changes. An entity that neither document knows is told as one of all those, and its
    /// deployment as that of one of them.
    pub(crate) fn agree(&self, told: &Changes, expected: &Changes) {
        let is_told = |principal: &str| told.keys().any(|(who, ..)| who == principal);
        let entities: BTreeSet<&str> =
            expected.keys().chain(told.keys()).map(|(_, entity, _)| entity.as_str()).collect();
        for principal in &self.brute.principals {
            let own = principal.strip_prefix("deployment:").map(|path| format!("stack:acme/{path}"));
            let unknown = own.as_ref().is_some_and(|own| !self.is_listed(own)) && !is_told(principal);
            for entity in entities.iter().filter(|entity| **entity != OWN || principal == "deployment:*") {
                let there = if own.as_deref() == Some(*entity) { OWN } else { entity };
                let wanted = on(expected, principal, entity);
                let told =
                    if unknown { on(expected, "deployment:*", there) } else { on(told, principal, entity) };
                let of_type = entity.split(':').next().expect("a type");
                let others = OTHERS.iter().find(|(of, _)| *of == of_type);
                let others = others.map(|(_, it)| on(expected, principal, it));
                let as_others =
                    told.is_empty() && !self.is_listed(entity) && others.as_ref() == Some(&wanted);
                assert!(
                    told == wanted || as_others,
                    "{principal} on {entity}\ntold {told:?}\nwanted {wanted:?}\n{}",
                    self.words()
                );
            }
        }
    }

    /// Under these tags of an entity that no document knows, what is told is what changes; how much that is.
    pub(crate) fn agrees_under(&self, of_type: &str, entity: &str, tags: &[(&str, &str)]) -> usize {
        let mut count = 0;
        for principal in &self.brute.principals {
            let open = |it: &scopewise::ConditionChange<'_>| {
                it.entity_type == of_type && it.principals.contains(principal)
            };
            let stack = principal.strip_prefix("deployment:");
            if self.diff.conditions.iter().any(open)
                || stack.is_some() && !self.is_known_deployment(principal)
            {
                continue;
            }
            let wanted = self.brute.changes(principal, &[entity], "git-push", Some(tags));
            let changes = self.diff.changes.iter().find(|it| it.principals.contains(principal));
            let effects = changes.map_or(&[][..], |change| &change.effects);
            let told = told_under(principal, entity, effects, &|place| match place {
                Where::OtherTagged(of, tests) => *of == of_type && fits(tests, tags),
                _ => false,
            });
            let whatever =
                told_under(principal, entity, effects, &|place| *place == Where::Other(of_type_of(entity)));
            for (question, levels) in &wanted {
                let is_told = told.get(question).or_else(|| whatever.get(question)) == Some(levels);
                assert!(is_told, "{question:?} {tags:?} {levels:?}\n{}", self.words());
            }
            for (question, levels) in &told {
                assert_eq!(wanted.get(question), Some(levels), "{question:?} {tags:?}\n{}", self.words());
            }
            count += told.len();
        }
        count
    }

    /// What is told of a listed entity under other tags is what changes under these.
    pub(crate) fn agrees_if_tagged(&self, tags: &[(&str, &str)]) {
        for change in self.diff.changes.iter().filter(|it| !it.principals[0].starts_with("deployment:")) {
            let principal = &change.principals[0];
            for effect in &change.effects {
                for place in effect.on.iter() {
                    let Where::Tagged(entity, tests) = place else { continue };
                    if fits(&tests, tags) {
                        self.agrees_there(principal, effect, &entity, tags);
                    }
                }
            }
        }
    }

    fn agrees_there(&self, principal: &str, effect: &EffectChange<'_>, entity: &str, tags: &[(&str, &str)]) {
        let wanted = self.brute.changes(principal, &[entity], "git-push", Some(tags));
        let told = |scope: &&str| {
            let question = (principal.to_owned(), entity.to_owned(), (*scope).to_owned());
            wanted.get(&question) == Some(&levels_of(effect))
        };
        assert!(effect.scopes.iter().all(told), "{entity} {tags:?} {effect:?}\n{}", self.words());
    }

    /// Whom runs of a deployment act as is told where it changes, and what the new identity may do; whether it does.
    pub(crate) fn runs_agree(&self, deployment: &str) -> usize {
        let identities = |trigger| {
            let [before, after] = self.brute.organizations.map(|it| acts_as(it, deployment, trigger));
            (before, after)
        };
        let told = |started| {
            let runs =
                self.diff.runs.iter().filter(|it| it.deployments.iter().any(|name| name == deployment));
            let mut runs = runs.filter(|it| it.started == started || it.started == Started::Any);
            let run = runs.next();
            assert!(runs.next().is_none(), "told twice\n{}", self.words());
            run
        };
        let mut count = 0;
        for (trigger, started) in [("git-push", Started::ByItself), (NOBODY, Started::ByHand)] {
            let (before, after) = identities(trigger);
            match told(started) {
                Some(run) => assert_eq!((&run.before, &run.after), (&before, &after), "{}", self.words()),
                None => assert_eq!(before, after, "{deployment} {trigger}\n{}", self.words()),
            }
            count += usize::from(before != after);
        }
        self.hands_agree(deployment, told(Started::ByHand));
        count
    }

    /// A run that somebody starts holds what that one does, or what it holds when it starts by itself.
    fn hands_agree(&self, deployment: &str, run: Option<&RunChange<'_>>) {
        let entities: Vec<&str> = match deployment {
            "deployment:*" => OTHERS.iter().map(|(_, it)| *it).chain([OWN]).collect(),
            _ => self.brute.entities.iter().map(String::as_str).filter(|it| self.is_listed(it)).collect(),
        };
        let by_hand = self.brute.changes(deployment, &entities, NOBODY, None);
        if let Some(run) = run.filter(|run| run.started == Started::ByHand) {
            let mut told = told([(&[deployment.to_owned()][..], &run.effects[..])].into_iter());
            told.retain(|(_, entity, _), _| entities.contains(&entity.as_str()));
            assert!(told == by_hand || self.has_renamed_entities(), "{deployment}\n{}", self.words());
        } else {
            let by_itself = self.brute.changes(deployment, &entities, "git-push", None);
            assert!(by_hand.is_empty() || by_hand == by_itself, "{deployment}\n{}", self.words());
        }
    }

    /// The ways that are told are those of the grants, and what stands in the way is the reason of the decision.
    pub(crate) fn explains(&self, principal: &str, effect: &EffectChange<'_>) {
        let Some([more, less]) = self.sides(principal, effect) else { return };
        let mut ways: BTreeSet<Vec<String>> = BTreeSet::new();
        for scope in &effect.scopes {
            let told = more.organization.principal(principal).explain(scope, &more.entity, &at());
            let told = told.expect("a well-formed question");
            let grants = told.grants.iter().filter(|grant| grant.effect == more.effect);
            ways.extend(grants.map(|grant| head(principal, &grant.via)));
            let refused = less.organization.principal(principal).decide(scope, &less.entity, &at());
            let reason = refused.expect("a well-formed question").reason;
            let plain =
                [Reason::NotGranted, Reason::NeedsTags].contains(&reason) || less.effect != Effect::Deny;
            let blocked = effect.blocked_by.as_ref().map(|blocker| blocker.code);
            let fits = blocked.map_or(plain, |code| code == reason || code == Reason::SettingOff && plain);
            assert!(fits, "{scope}: {reason} {effect:?}\n{}", self.words());
        }
        assert_eq!(ways, effect.by.iter().cloned().collect(), "{principal} {effect:?}\n{}", self.words());
    }

    /// Whether a set is told, and if so, that it is just what comes to what is held anyway.
    pub(crate) fn is_the_set(&self, principal: &str, effect: &EffectChange<'_>) -> bool {
        let (Some(set), Some([_, less])) = (effect.set, self.sides(principal, effect)) else {
            return false;
        };
        let document = self.brute.documents[usize::from(effect.is_gain())];
        let (before, after) = levels_of(effect);
        let as_much = rank(if effect.is_gain() { &after } else { &before });
        let held =
            |scope: &String| rank(&level(less.organization, principal, scope, &less.entity)) >= as_much;
        let scopes: Vec<String> = scopes_of(document, set.id, effect.entity_type);
        let beyond: Vec<String> = scopes.into_iter().filter(|scope| !held(scope)).collect();
        assert_eq!(beyond, effect.scopes, "{principal} {effect:?}\n{}", self.words());
        true
    }

    /// Whether teams tell it, and if so, that they do.
    pub(crate) fn teams_tell(&self, effect: &EffectChange<'_>) -> bool {
        for team in &effect.told_at {
            let change = self.diff.changes.iter().find(|change| change.principals.contains(team));
            let mut effects = change.expect("the team changes").effects.iter();
            let covers = |it: &EffectChange<'_>| {
                levels_of(it) == levels_of(effect)
                    && effect.scopes.iter().all(|scope| it.scopes.contains(scope))
                    && effect.on.iter().all(|place| it.on.iter().any(|on| on == place))
            };
            assert!(effects.any(covers), "{team} {effect:?}\n{}", self.words());
            assert!(effect.by.iter().all(|way| effect.told_at.contains(&way[0])), "{effect:?}");
        }
        !effect.told_at.is_empty()
    }

    /// Where more is allowed and where less is, on the first entity of an effect; nothing for runs and tags.
    fn sides(&self, principal: &str, effect: &EffectChange<'_>) -> Option<[Seen<'_>; 2]> {
        let (before, after) = match effect.on.iter().next()? {
            Where::Entity(entity) => (entity.to_string(), entity.to_string()),
            Where::Renamed { before, after } => (before.to_string(), after.to_string()),
            Where::Other(of) => (other(of).to_owned(), other(of).to_owned()),
            _ => return None,
        };
        let [organization, changed] = self.brute.organizations;
        let before = Seen { organization, entity: before, effect: effect.before };
        let after = Seen { organization: changed, entity: after, effect: effect.after };
        let sides = if effect.is_gain() { [after, before] } else { [before, after] };
        (!principal.starts_with("deployment:") && effect.before != effect.after).then_some(sides)
    }
}

/// One document, an entity there, and the effect on it.
struct Seen<'d> {
    organization: &'d Organization,
    entity: String,
    effect: Effect,
}

const NOBODY: &str = "rest:user:nobody";

fn at() -> Context {
    Context::at(instant())
}

fn on(changes: &Changes, principal: &str, entity: &str) -> Vec<(String, (Level, Level))> {
    let here = changes.iter().filter(|((who, on, _), _)| who == principal && on == entity);
    here.map(|((_, _, scope), levels)| (scope.clone(), *levels)).collect()
}

fn of_type_of(entity: &str) -> &str {
    entity.split(':').next().expect("a type")
}

fn level(organization: &Organization, principal: &str, scope: &str, entity: &str) -> Level {
    let decision = organization.principal(principal).decide(scope, entity, &at()).expect("well-formed");
    (decision.effect, decision.max_open_seconds.filter(|seconds| *seconds > 0))
}

/// Whom a run acts as, its own token and its starter without their names.
fn acts_as(organization: &Organization, deployment: &str, trigger: &str) -> Option<String> {
    let context = at().trigger(Trigger::parse(trigger).expect("a trigger"));
    let deployment = organization.principal(&deployment.replace('*', "zz/own")).clone();
    let told = deployment.explain("stack:read", "stack:acme/web/prod", &context).expect("well-formed");
    told.acts_as.map(|name| match name.as_str() {
        "user:nobody" => "starter".to_owned(),
        own if own.starts_with("stack-token:") => "stack-token".to_owned(),
        name => name.to_owned(),
    })
}

/// What is held, by which team: the start of a way.
fn head(principal: &str, via: &[String]) -> Vec<String> {
    let mut steps = via.iter().filter(|step| !step.starts_with("permission-set:") && *step != principal);
    let first = steps.next().cloned().unwrap_or_else(|| "grant".to_owned());
    if !first.starts_with("team:") {
        return vec![first];
    }
    vec![first, steps.next().cloned().unwrap_or_else(|| "grant".to_owned())]
}

/// The scopes of a set, sorted.
fn scopes_of(document: &Value, set: &str, entity_type: &str) -> Vec<String> {
    let catalog = catalog::of(text(&document["revision"]));
    let of_type = catalog.scopes.iter().filter(|(of, _)| of == entity_type);
    let default = catalog.sets.iter().find(|it| it.id == set);
    match (default, find(&document["permissionSets"], "id", set)) {
        (Some(set), _) => set.scopes.iter().cloned().collect(),
        (None, Some(set)) => {
            let scopes: BTreeSet<&str> = list(&set["scopes"]).map(text).collect();
            scopes.into_iter().map(str::to_owned).collect()
        }
        (None, None) => {
            assert_eq!(json!(set), "*");
            of_type.map(|(_, name)| name.clone()).collect()
        }
    }
}
