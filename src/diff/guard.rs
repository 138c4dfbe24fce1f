//! Guards: what nobody shall gain unnoticed.

use std::fmt;

use serde::Serialize;

use super::{Diff, EffectChange, Places, Where};
use crate::decide::Effect;
use crate::json::excerpt;
use crate::organization::Organization;
use crate::request::RequestError;

/// The words for principals.
const KINDS: [&str; 5] = ["user", "team", "service-principal", "token", "deployment"];

/// Scopes that nobody shall gain unnoticed, on all entities or some, by everybody or some.
///
/// ```
/// # use scopewise::Guard;
/// for text in ["stack:delete", "environment:*@environment:acme/prod/*", "stack:delete for token:*"] {
///     assert_eq!(Guard::parse(text)?.to_string(), text);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    scope: Pattern,
    entity: Option<Pattern>,
    principal: Option<Pattern>,
}

/// Something is gained that a guard names.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Breach<'o> {
    /// The guard.
    pub guard: String,
    /// Who gains it.
    pub principals: Vec<String>,
    /// Those of the scopes that it names.
    pub scopes: Vec<&'o str>,
    /// Those of the places.
    pub on: Vec<Where<'o>>,
    /// Allow, or unknown where it rests on tags.
    pub after: Effect,
}

/// A text in which every `*` stands for any run of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Pattern(String);

impl Guard {
    /// Reads `SCOPE[@ENTITY][ for PRINCIPAL]`, in each of which a `*` stands for any run of characters.
    ///
    /// # Errors
    ///
    /// A part without its colon, a kind of principal that does not exist.
    pub fn parse(text: &str) -> Result<Self, RequestError> {
        let text = text.trim();
        let (what, principal) =
            text.split_once(" for ").map_or((text, None), |(what, who)| (what, Some(who)));
        let (scope, entity) = what.split_once('@').map_or((what, None), |(scope, on)| (scope, Some(on)));
        let pattern = |part: &str, form: &str| match part.trim() {
            part if part.contains(':') => Ok(Pattern(part.to_owned())),
            part => {
                let (part, text) = (excerpt(part), excerpt(text));
                let message = format!(
                    "`{part}` in the guard `{text}` is not {form}: write `stack:delete`, `stack:delete@stack:acme/web/*` or `stack:delete for user:*`"
                );
                Err(RequestError::new(message))
            }
        };
        let guard = Self {
            scope: pattern(scope, "`object:action`")?,
            entity: entity.map(|entity| pattern(entity, "`TYPE:PATH`")).transpose()?,
            principal: principal.map(|who| pattern(who, "`KIND:NAME`")).transpose()?,
        };
        guard.check_kind()?;
        Ok(guard)
    }

    /// Reads guards, one a line; `#` begins a remark, and lines with nothing else are passed over.
    ///
    /// # Errors
    ///
    /// The first line that is no guard, by its number.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, RequestError> {
        let lines = (1..).zip(text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()));
        let guard = |(number, line): (usize, &str)| {
            let placed = |error| RequestError::new(format!("line {number}: {error}"));
            Self::parse(line).map_err(placed)
        };
        lines.filter(|(_, line)| !line.is_empty()).map(guard).collect()
    }

    fn check_kind(&self) -> Result<(), RequestError> {
        let kind = self.principal.as_ref().and_then(|it| it.0.split_once(':')).map(|(kind, _)| kind);
        match kind.filter(|kind| !kind.contains('*') && !KINDS.contains(kind)) {
            None => Ok(()),
            Some(kind) => {
                let (kind, known) = (excerpt(kind), KINDS.join("`, `"));
                Err(RequestError::new(format!(
                    "no kind of principal `{kind}` is known: use one of `{known}`"
                )))
            }
        }
    }

    /// Whether it guards anything between these documents: one that names nothing would be silent, and nobody would
    /// notice.
    ///
    /// # Errors
    ///
    /// A guard that names no scope which one of them has for entities that it names.
    pub fn check(&self, before: &Organization, after: &Organization) -> Result<(), RequestError> {
        if self.names_something_in(before) || self.names_something_in(after) {
            return Ok(());
        }
        let guard = self.to_string();
        let guard = excerpt(&guard);
        Err(RequestError::new(format!(
            "the guard `{guard}` names no scope that either document knows for such an entity: correct it"
        )))
    }

    fn names_something_in(&self, organization: &Organization) -> bool {
        let catalog = organization.catalog();
        catalog.entity_types().any(|(entity_type, name)| {
            let start = format!("{name}:");
            let here = self.entity.as_ref().is_none_or(|entity| entity.may_begin(&start));
            here && catalog.scopes(entity_type).any(|scope| self.scope.fits(scope))
        })
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.scope.0)?;
        if let Some(Pattern(entity)) = &self.entity {
            write!(f, "@{entity}")?;
        }
        if let Some(Pattern(principal)) = &self.principal {
            write!(f, " for {principal}")?;
        }
        Ok(())
    }
}

impl Pattern {
    /// Whether a whole text is as the pattern says. What stands between two stars is looked for where it comes first,
    /// which leaves the most for what follows.
    fn fits(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let Some(rest) = parts.next().and_then(|start| text.strip_prefix(start)) else { return false };
        let Some(end) = parts.next_back() else { return rest.is_empty() };
        let inner = rest.strip_suffix(end);
        inner.is_some_and(|rest| parts.try_fold(rest, |rest, part| Some(rest.split_once(part)?.1)).is_some())
    }

    /// Whether some text that begins so may be as the pattern says.
    fn may_begin(&self, start: &str) -> bool {
        match self.0.split_once('*') {
            Some((head, _)) => head.starts_with(start) || start.starts_with(head),
            None => self.0.starts_with(start),
        }
    }
}

impl<'o> Diff<'o> {
    /// With everything that somebody gains of what guards name.
    #[must_use]
    pub fn guarded_by(mut self, guards: &[Guard]) -> Self {
        self.guarded = guards.iter().flat_map(|guard| self.breaches(guard)).collect();
        self
    }

    /// Everything that somebody gains of what a guard names: allow where it was unknown or deny, unknown where it was
    /// deny, or for longer; also under tags that a request may bring, and where conditions were not tried. Of a run
    /// that no longer acts as its starter, all that its new identity may do counts as gained.
    pub fn breaches(&self, guard: &Guard) -> Vec<Breach<'o>> {
        let mut breaches = Vec::new();
        let changes = self.changes.iter().map(|it| (&it.principals, &it.effects));
        let runs = self.runs.iter().map(|it| (&it.deployments, &it.effects));
        for (principals, effects) in changes.chain(runs) {
            let gains = effects.iter().filter(|effect| effect.is_gain());
            breaches.extend(gains.filter_map(|effect| guard.breach(principals, effect)));
        }
        for change in &self.conditions {
            let on = vec![Where::Other(change.entity_type)];
            let here =
                guard.entity.as_ref().is_none_or(|it| it.may_begin(&format!("{}:", change.entity_type)));
            let breach = guard.told(&change.principals, &change.scopes, on, Effect::Unknown);
            breaches.extend(breach.filter(|_| here));
        }
        breaches
    }
}

impl Guard {
    fn breach<'o>(&self, principals: &[String], effect: &EffectChange<'o>) -> Option<Breach<'o>> {
        if !effect.scopes.iter().any(|scope| self.scope.fits(scope)) {
            return None;
        }
        let on: Vec<Where<'o>> =
            effect.on.iter().filter(|place| self.takes_place(&effect.on, place)).collect();
        let own_alone = |who: &str| match on.as_slice() {
            [Where::Entity(entity)] if effect.but_own_stack => effect.own_stack(who) == *entity,
            [Where::OwnStack] => !self.takes_own(effect, who),
            _ => false,
        };
        let principals: Vec<String> = principals.iter().filter(|who| !own_alone(who)).cloned().collect();
        self.told(&principals, &effect.scopes, on, effect.after)
    }

    fn takes_place(&self, places: &Places<'_>, place: &Where<'_>) -> bool {
        let Some(pattern) = &self.entity else { return true };
        match place {
            Where::Entity(entity) | Where::Tagged(entity, _) => pattern.fits(entity),
            Where::Renamed { before, after } => pattern.fits(before) || pattern.fits(after),
            Where::Other(entity_type) => places.may_be_other(entity_type, pattern),
            Where::OtherTagged(entity_type, _) => {
                places.may_be_other(entity_type, pattern) || places.may_be_unlisted(entity_type, pattern)
            }
            Where::OwnStack => true,
        }
    }

    /// Whether it takes the stack that a deployment deploys.
    fn takes_own(&self, effect: &EffectChange<'_>, deployment: &str) -> bool {
        let Some(pattern) = &self.entity else { return true };
        let own = effect.own_stack(deployment);
        pattern.fits(&own) || own.ends_with('*') && effect.on.may_be_other(effect.entity_type, pattern)
    }

    fn takes_principal(&self, principal: &str) -> bool {
        let Some(pattern) = &self.principal else { return true };
        let others = principal.strip_suffix('*').filter(|kind| kind.ends_with(':'));
        pattern.fits(principal) || others.is_some_and(|start| pattern.may_begin(start))
    }

    fn told<'o>(
        &self,
        principals: &[String],
        scopes: &[&'o str],
        on: Vec<Where<'o>>,
        after: Effect,
    ) -> Option<Breach<'o>> {
        let principals: Vec<String> =
            principals.iter().filter(|it| self.takes_principal(it)).cloned().collect();
        let scopes: Vec<&str> = scopes.iter().copied().filter(|scope| self.scope.fits(scope)).collect();
        let none = principals.is_empty() || scopes.is_empty() || on.is_empty();
        (!none).then(|| Breach { guard: self.to_string(), principals, scopes, on, after })
    }
}

impl EffectChange<'_> {
    /// The stack that a deployment deploys, of the type that this is about.
    fn own_stack(&self, deployment: &str) -> String {
        let path = deployment.split_once(':').map_or("", |(_, path)| path);
        format!("{}:{}/{path}", self.entity_type, self.on.organization())
    }
}

impl Places<'_> {
    /// Whether a pattern may name an entity of a type that neither document knows.
    fn may_be_other(&self, entity_type: &str, pattern: &Pattern) -> bool {
        let begins = pattern.may_begin(&format!("{entity_type}:{}/", self.organization()));
        begins && (pattern.0.contains('*') || !self.table().is_known(&pattern.0))
    }

    /// Whether a pattern names an entity of a type whose tags a document does not know.
    fn may_be_unlisted(&self, entity_type: &str, pattern: &Pattern) -> bool {
        self.table().unlisted().any(|name| pattern.fits(name) && name.starts_with(&format!("{entity_type}:")))
    }
}
