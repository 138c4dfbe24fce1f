//! Why: the grants that decided and the way each came, what stands in the way, and the documented statements.
//!
//! Nothing is decided here. The evaluator of `decide.rs` says which grants hold, and every grant keeps the way
//! back to where it was written.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::access::{Access, Class, Refusal, Way};
use crate::catalog::{Because, KeptRule};
use crate::condition::{Condition, Truth};
use crate::decide::{Decision, Effect, Reason};
use crate::names::sorted;
use crate::organization::{Label, Organization, Place};
use crate::remedy::Remedy;
use crate::scope::{Scope, ScopeSet};
use crate::standing::{Found, Question};

/// A decision with everything behind it.
///
/// `R` is what it tells of remedies: `()` where nobody looked for any, as in [`Principal::why`](crate::Principal::why).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Explanation<R: Remedies = Option<Vec<Remedy>>> {
    /// As in the decision.
    pub effect: Effect,
    /// As in the decision.
    pub reason: Reason,
    /// As in the decision.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// Whom the run of a deployment acts as: `token:ci`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acts_as: Option<String>,
    /// The grants that decided: those that hold, or of an `unknown` those that may.
    pub grants: Vec<ExplainedGrant>,
    /// What refuses although something grants, or before anything could.
    pub blocked_by: Vec<Blocker>,
    /// The documented statements that decided.
    pub rules: Vec<CitedRule>,
    /// What would turn a deny or an unknown into an allow, the least added power first; empty where no single change
    /// does. Beside an allow there are none.
    #[serde(skip_serializing_if = "Remedies::are_absent")]
    pub remedies: R,
}

impl Explanation<()> {
    /// The same with its remedies.
    pub(crate) fn with<R: Remedies>(self, remedies: R) -> Explanation<R> {
        let Self { effect, reason, needs, acts_as, grants, blocked_by, rules, remedies: () } = self;
        Explanation { effect, reason, needs, acts_as, grants, blocked_by, rules, remedies }
    }
}

/// What an explanation tells of remedies: a list beside a deny or an unknown, or nothing at all.
pub trait Remedies: Serialize {
    /// Whether they are not told of.
    fn are_absent(&self) -> bool;
}

impl Remedies for () {
    fn are_absent(&self) -> bool {
        true
    }
}

impl Remedies for Option<Vec<Remedy>> {
    fn are_absent(&self) -> bool {
        self.is_none()
    }
}

/// A grant and the way it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ExplainedGrant {
    /// From the principal outward: `team:platform`, `role:deployer`, `permission-set:stack-write`.
    pub via: Vec<String>,
    /// Where it holds.
    pub on: On,
    /// Allow, or unknown where it rests on tags.
    pub effect: Effect,
}

/// Where a grant holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum On {
    /// On every entity of the type.
    All,
    /// On one entity.
    Entity(String),
    /// On entities that pass all these tests.
    Tags(Vec<TagTest>),
    /// Where a condition of a role tree holds.
    Condition(String),
}

/// One test of a rule by tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TagTest {
    /// The tag.
    pub key: String,
    /// The value that it must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub equals: Option<String>,
    /// The value that it must not have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_equals: Option<String>,
    /// Whether it must be there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Blocker {
    /// The reason of the decision.
    pub code: Reason,
    /// The setting that is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
}

/// A numbered statement of the rules page, and how sure it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CitedRule {
    /// Its number.
    pub rule: String,
    /// `documented`, `disputed` or `inferred`.
    pub basis: &'static str,
}

impl Serialize for On {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::Entity(entity) => serializer.serialize_str(entity),
            Self::Tags(tests) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("tags", tests)?;
                map.end()
            }
            Self::Condition(text) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("condition", text)?;
                map.end()
            }
        }
    }
}

impl fmt::Display for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("everywhere"),
            Self::Entity(entity) => write!(f, "on {entity}"),
            Self::Condition(text) => write!(f, "where {text}"),
            Self::Tags(tests) => {
                let tests: Vec<_> = tests.iter().map(ToString::to_string).collect();
                write!(f, "where {}", tests.join(" and "))
            }
        }
    }
}

impl fmt::Display for TagTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.equals, &self.not_equals, self.exists) {
            (Some(value), _, _) => write!(f, "tag {} is {value}", self.key),
            (_, Some(value), _) => write!(f, "tag {} is not {value}", self.key),
            (_, _, Some(false)) => write!(f, "tag {} is missing", self.key),
            _ => write!(f, "tag {} is there", self.key),
        }
    }
}

impl Organization {
    /// Explains one scope, without remedies.
    pub(crate) fn explain_scope(
        &self,
        access: &Access,
        question: &Question<'_>,
        scope: &str,
    ) -> Explanation<()> {
        let decision = self.decide_scope(access, question, scope);
        let mut telling =
            Telling { organization: self, access, question, grants: Vec::new(), rules: Vec::new() };
        telling.caller(decision.reason);
        match self.scope_of(access, question.subject.entity_type, scope) {
            Ok(scope) => telling.decided(decision.effect, decision.reason, scope),
            Err(reason) => telling.without_scope(reason),
        }
        let blocked_by = telling.blockers(decision.reason, scope);
        Explanation {
            effect: decision.effect,
            reason: decision.reason,
            needs: decision.needs,
            acts_as: access.acts_as.as_deref().map(Into::into),
            grants: telling.grants,
            blocked_by,
            rules: telling.rules,
            remedies: (),
        }
    }

    /// The grants of an explanation alone, of a decision that was made.
    pub(crate) fn grants_behind(
        &self,
        decision: &Decision,
        access: &Access,
        question: &Question<'_>,
        scope: &str,
    ) -> Vec<ExplainedGrant> {
        let mut telling =
            Telling { organization: self, access, question, grants: Vec::new(), rules: Vec::new() };
        if let Ok(scope) = self.scope_of(access, question.subject.entity_type, scope) {
            telling.decided(decision.effect, decision.reason, scope);
        }
        telling.grants
    }
}

/// An explanation in the making.
struct Telling<'t> {
    organization: &'t Organization,
    access: &'t Access,
    question: &'t Question<'t>,
    grants: Vec<ExplainedGrant>,
    rules: Vec<CitedRule>,
}

impl Telling<'_> {
    /// Whom the principal stands for.
    fn caller(&mut self, reason: Reason) {
        if !matches!(reason, Reason::UnknownPrincipal | Reason::OtherOrganization) {
            for because in &self.access.because {
                self.cite(*because);
            }
        }
    }

    fn without_scope(&mut self, reason: Reason) {
        match reason {
            Reason::UnknownPrincipal => self.cite(Because::UnknownPrincipal),
            Reason::WrongEntityType => self.cite(Because::WrongEntityType),
            _ => {}
        }
    }

    fn decided(&mut self, effect: Effect, reason: Reason, scope: Scope) {
        match (reason, self.access.refusal) {
            (Reason::DeploymentRefused, Some(Refusal::Deployment(because))) => return self.cite(because),
            (Reason::TokenExpired, _) => return self.cite(Because::TokenExpired),
            (Reason::TokenLifetime, _) => return self.cite(Because::TokenLifetime),
            (Reason::TokenException, _) => return self.cite(Because::TokenException),
            (Reason::OtherOrganization, _) => return,
            _ => {}
        }
        self.own_stack(scope);
        self.grants(effect, reason, scope);
        match reason {
            Reason::NeedsTags => self.cite(Because::UnknownTags),
            Reason::NotGranted => {
                self.cite(Because::NothingGrants);
                self.disputes(scope);
            }
            Reason::SettingOff => self.closed(scope),
            _ => {}
        }
    }

    /// The stack that a run deploys.
    fn own_stack(&mut self, scope: Scope) {
        let Some(own) = &self.access.beside else { return };
        if *own.entity == *self.question.subject.text && own.scopes.contains(scope) {
            let via = vec![self.access.acts_as.as_deref().unwrap_or_default().to_owned()];
            let via = if self.is_stack_token() { via } else { vec!["own-stack".to_owned()] };
            let on = On::Entity(own.entity.to_string());
            self.grants.push(ExplainedGrant { via, on, effect: Effect::Allow });
            self.cite(Because::RunStackToken);
        }
    }

    fn is_stack_token(&self) -> bool {
        self.access.because.first() == Some(&Because::RunStackToken)
    }

    /// The grants that hold, or where none does, those that may; in the order in which the principal holds them.
    fn grants(&mut self, effect: Effect, reason: Reason, scope: Scope) {
        let sure = matches!(effect, Effect::Allow);
        let (mut told, mut chains) = (Vec::new(), Chains::default());
        self.organization.each_grant(self.access, self.question, &ScopeSet::of(scope), &mut |found| {
            if (!sure || found.truth == Truth::True) && told.len() < LISTED {
                told.extend(self.told(found, &mut chains));
            }
        });
        if reason == Reason::OrganizationAdmin {
            // The role alone decides; what else grants is beside the point.
            told.retain(|it| it.way == 0);
        }
        let order =
            sorted(told.iter().enumerate().map(|(position, it)| (it.way, it.number, position)).collect());
        let mut told: Vec<_> = told.into_iter().map(Some).collect();
        for it in
            order.into_iter().filter_map(|(_, _, position)| told.get_mut(position).and_then(Option::take))
        {
            self.grants.push(it.grant);
            for rule in it.rules {
                self.cite_rule(&rule);
            }
        }
    }

    /// A grant once for each way in which its source is held.
    fn told(&self, found: &Found<'_>, chains: &mut Chains) -> Vec<Told> {
        let Some(grant) = self.organization.grants.get(found.grant) else { return Vec::new() };
        let effect = if found.truth == Truth::True { Effect::Allow } else { Effect::Unknown };
        let mut told = Vec::new();
        for (number, way) in self.access.ways.iter().enumerate() {
            let Some(chain) = chains.between(self.organization, way.source, found.source) else { continue };
            let team =
                way.team.map(|team| format!("team:{}", self.organization.principals.team_names.name(team)));
            let reach = found.reach.iter().map(|reach| reach.source);
            let labels =
                chain.into_iter().chain(reach).filter_map(|it| label(&self.organization.source(it).label));
            let set = self.organization.set(grant.set).id.as_ref().map(|id| format!("permission-set:{id}"));
            let via = team.into_iter().chain(labels).chain(set).collect();
            let grant = ExplainedGrant { via, on: self.on(grant.place, found), effect };
            told.push(Told { way: number, number: found.grant, grant, rules: self.rules_of(found, way) });
            if told.len() >= LISTED {
                break;
            }
        }
        told
    }

    /// Where a grant holds: by its own place, and of what is composed under guards by the innermost of those.
    fn on(&self, place: Place, found: &Found<'_>) -> On {
        let guard = found.reach.iter().rev().find_map(|reach| reach.guard);
        match (place, guard) {
            (Place::Everywhere, Some(guard)) => self.organization.on(Place::When(guard)),
            _ => self.organization.on(place),
        }
    }

    /// The statements behind a grant.
    fn rules_of(&self, found: &Found<'_>, way: &Way) -> Vec<KeptRule> {
        let catalog = &self.organization.catalog;
        let Some(grant) = self.organization.grants.get(found.grant) else { return Vec::new() };
        let mut rules = Vec::new();
        let mut cite = |because| rules.extend_from_slice(catalog.citations(because));
        let by_team_token =
            way.team.is_some() && self.access.token.is_some() && self.access.because.is_empty();
        match (way.class, way.team.is_some()) {
            (Class::Granted, true) if by_team_token => cite(match grant.because {
                Because::TeamGrant => Because::TeamTokenGrant,
                _ => Because::TeamTokenRole,
            }),
            (Class::Granted, true) if grant.because != Because::TeamGrant => cite(Because::TeamRole),
            (Class::Setting, _) if self.is_stack_token() => cite(Because::RunLevels),
            (Class::Setting, _) if self.access.token.is_some() && self.access.because.is_empty() => {
                cite(Because::TeamTokenSetting);
            }
            _ => {}
        }
        match catalog.roles.get(found.source as usize) {
            Some(role) if !role.everything => {
                let set = role.sets.iter().find(|(set, _)| u32::try_from(*set).ok() == Some(grant.set));
                rules.extend_from_slice(set.map_or(&role.scopes_by, |(_, rules)| rules));
            }
            _ if way.class == Class::Setting => rules.extend_from_slice(self.rules_of_setting(found.source)),
            _ => rules.extend_from_slice(catalog.citations(grant.because)),
        }
        rules
    }

    fn rules_of_setting(&self, source: u32) -> &[KeptRule] {
        let catalog = &self.organization.catalog;
        let settings = &self.organization.rules;
        let toggle = settings.toggles.iter().position(|(_, it)| *it == Some(source));
        let level = settings.levels.iter().position(|it| *it == Some(source));
        let toggle = toggle.and_then(|toggle| catalog.toggles.get(toggle)).map(|toggle| &toggle.rules);
        toggle
            .or(level.and_then(|level| catalog.levels.get(level)).map(|level| &level.rules))
            .map_or(&[], |rules| rules)
    }

    /// The sources disagree on a scope that was refused, and it concerns this caller.
    fn disputes(&mut self, scope: Scope) {
        let organization = self.organization;
        for dispute in &organization.catalog.disputes {
            let asked = dispute.entity_type == self.question.subject.entity_type && dispute.scope == scope;
            let Some(held) = organization.catalog.sets.get(dispute.holding) else { continue };
            let holds = |source: u32| {
                let it = organization.source(source);
                [&it.everywhere, &it.guarded, &it.named].into_iter().any(|range| {
                    organization.grants_of(range.clone()).any(|(_, grant)| {
                        let set = organization.set(grant.set);
                        set.entity_type == held.entity_type && set.scopes.includes(&held.scopes)
                    })
                })
            };
            if asked && self.access.sources.iter().any(|(source, _)| holds(*source)) {
                self.cite_rule(&dispute.rule);
            }
        }
    }

    fn closed(&mut self, scope: Scope) {
        let entity_type = self.question.subject.entity_type;
        let toggle = self.access.closed_by(self.organization, entity_type, scope);
        for rule in toggle
            .and_then(|it| self.organization.catalog.toggles.get(it))
            .into_iter()
            .flat_map(|it| &it.rules)
        {
            self.cite_rule(rule);
        }
    }

    fn blockers(&self, reason: Reason, scope: &str) -> Vec<Blocker> {
        let entity_type = self.question.subject.entity_type;
        let closed = || {
            let scope = self.organization.catalog.scope(entity_type, scope)?;
            let toggle = self.access.closed_by(self.organization, entity_type, scope)?;
            self.organization.catalog.toggles.get(toggle).map(|toggle| toggle.field.to_string())
        };
        match reason {
            Reason::SettingOff => vec![Blocker { code: reason, setting: closed() }],
            Reason::TokenExpired
            | Reason::TokenLifetime
            | Reason::TokenException
            | Reason::DeploymentRefused => {
                vec![Blocker { code: reason, setting: None }]
            }
            _ => Vec::new(),
        }
    }

    fn cite(&mut self, because: Because) {
        for rule in self.organization.catalog.citations(because) {
            self.cite_rule(rule);
        }
    }

    fn cite_rule(&mut self, rule: &KeptRule) {
        if !self.rules.iter().any(|known| *known.rule == *rule.number) {
            self.rules.push(CitedRule { rule: rule.number.to_string(), basis: rule.basis.as_str() });
        }
    }
}

/// How many grants of an explanation are listed at the most, a little more where the last has many ways.
const LISTED: usize = 1_000;

/// For each record that is held directly, every record that it composes without a condition, each with the
/// position of the one that composes it; the record itself stands first.
#[derive(Default)]
struct Chains(Vec<(u32, Vec<(u32, usize)>)>);

impl Chains {
    /// The records from one that is held directly to one that it composes, both included; nothing where it does
    /// not.
    fn between(&mut self, organization: &Organization, from: u32, to: u32) -> Option<Vec<u32>> {
        if from == to {
            return Some(vec![from]);
        }
        if organization.uses_of(from).is_empty() {
            return None;
        }
        let known = self.0.iter().position(|(root, _)| *root == from).unwrap_or_else(|| {
            self.0.push((from, composed_by(organization, from)));
            self.0.len() - 1
        });
        let (_, reached) = self.0.get(known)?;
        let mut at = reached.iter().position(|(source, _)| *source == to)?;
        let mut chain = Vec::new();
        while let Some((source, outer)) = reached.get(at) {
            chain.push(*source);
            if at == 0 {
                break;
            }
            at = *outer;
        }
        chain.reverse();
        Some(chain)
    }
}

fn composed_by(organization: &Organization, from: u32) -> Vec<(u32, usize)> {
    let mut met = vec![false; organization.sources.len()];
    let mut reached = vec![(from, 0)];
    let mut next = 0;
    while let Some((source, _)) = reached.get(next).copied() {
        for composed in organization.composed(source) {
            let new = met.get_mut(composed as usize).is_some_and(|met| !std::mem::replace(met, true));
            reached.extend(new.then_some((composed, next)));
        }
        next += 1;
    }
    reached
}

/// A grant on its way into an explanation.
struct Told {
    way: usize,
    number: u32,
    grant: ExplainedGrant,
    rules: Vec<KeptRule>,
}

/// How a source is called on a way.
pub(crate) fn label(label: &Label) -> Option<String> {
    match label {
        Label::Role(id) => Some(format!("role:{id}")),
        Label::Policy(id) => Some(format!("policy:{id}")),
        Label::Setting(field) => Some(format!("setting:{field}")),
        Label::Creator => Some("creator".to_owned()),
        Label::Direct => None,
    }
}

impl Organization {
    /// Where a grant of that place holds.
    pub(crate) fn on(&self, place: Place) -> On {
        match place {
            Place::Everywhere => On::All,
            Place::Entity(entity) => On::Entity(self.entities.names.name(entity).into_owned()),
            Place::When(guard) => self.on_guard(guard),
        }
    }

    /// A guard as people read it: the tests of a rule, or the conditions of a tree, outermost first.
    pub(crate) fn on_guard(&self, guard: u32) -> On {
        let mut texts = Vec::new();
        let mut next = Some(guard);
        while let Some(guard) = next.and_then(|guard| self.guards.get(guard as usize)) {
            if let Some(Condition::All(first, count)) = self.conditions.get(guard.condition as usize) {
                let tests = (*first..first + count).filter_map(|id| self.tag_test(id, false));
                return On::Tags(tests.collect());
            }
            let text = self.condition_text(guard.condition);
            texts.push(if guard.negated { format!("not ({text})") } else { text });
            next = guard.outer;
        }
        texts.reverse();
        On::Condition(texts.join(" and "))
    }

    fn tag_test(&self, id: u32, negated: bool) -> Option<TagTest> {
        let name = |number: &u32| self.tags.name(*number).into_owned();
        let test = |key| TagTest { key: name(key), equals: None, not_equals: None, exists: None };
        match self.conditions.get(id as usize)? {
            Condition::Not(inner) => self.tag_test(*inner, !negated),
            Condition::HasTag(_, key) => Some(TagTest { exists: Some(!negated), ..test(key) }),
            Condition::TagIs(_, key, value) if negated => {
                Some(TagTest { not_equals: Some(name(value)), ..test(key) })
            }
            Condition::TagIs(_, key, value) => Some(TagTest { equals: Some(name(value)), ..test(key) }),
            _ => None,
        }
    }

    fn condition_text(&self, id: u32) -> String {
        let text = |id: &u32| self.condition_text(*id);
        let tag = |number: &u32| self.tags.name(*number);
        let entity = |number: &u32| {
            let name = self.entities.names.name(*number);
            if name.is_empty() { "an entity of that id".into() } else { name }
        };
        let Some(condition) = self.conditions.get(id as usize) else { return "never".into() };
        match condition {
            Condition::Constant(true) => "always".into(),
            Condition::Constant(false) | Condition::Never | Condition::OtherKind(_) => "never".into(),
            Condition::And(a, b) => format!("({} and {})", text(a), text(b)),
            Condition::Or(a, b) => format!("({} or {})", text(a), text(b)),
            Condition::Not(a) => format!("not {}", text(a)),
            Condition::Same(a, b) => format!("({} exactly if {})", text(a), text(b)),
            Condition::All(first, count) => {
                (*first..first + count).map(|id| text(&id)).collect::<Vec<_>>().join(" and ")
            }
            Condition::Is(_, number) => format!("the entity is {}", entity(number)),
            Condition::OfType(it) => format!("the entity is a {}", self.catalog.type_name(*it)),
            Condition::HasTag(it, key) => format!("the {} has tag {}", self.catalog.type_name(*it), tag(key)),
            Condition::TagIs(it, key, value) => {
                format!("tag {} of the {} is {}", tag(key), self.catalog.type_name(*it), tag(value))
            }
            Condition::SameTags(it, a, b) => {
                format!("tags {} and {} of the {} are the same", tag(a), tag(b), self.catalog.type_name(*it))
            }
            Condition::InTeam(team) => {
                format!("the caller is in team {}", self.principals.team_names.name(*team))
            }
            Condition::InAnyTeam => "the caller is in a team".into(),
        }
    }
}
