//! The contract read a second time, as plainly as it can be written down: strings and lists, a loop over
//! everything for each question, nothing compiled and nothing shared with the engine. It is slow and it takes the
//! document for valid. Where it and the engine differ, one of them misread a rule.

pub(crate) mod catalog;
mod conditions;
mod deployments;
mod principals;
pub(crate) mod request;
mod roles;

use catalog::Catalog;
use conditions::Truth;
use principals::Actor;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// One well-formed question to one document.
pub(crate) struct Question<'a> {
    pub(crate) document: &'a Value,
    pub(crate) catalog: &'a Catalog,
    pub(crate) request: &'a Value,
    pub(crate) scope: &'a str,
    pub(crate) entity: &'a str,
    pub(crate) entity_type: &'a str,
    /// `None`: nobody knows them.
    pub(crate) tags: Option<BTreeMap<&'a str, &'a str>>,
}

/// Who a request comes from.
pub(crate) enum Who<'a> {
    /// Nobody in this document.
    Unknown,
    /// A deployment that may not run (PM-3, PM-4).
    Refused,
    /// Someone, who may have shown a token.
    Acts { actor: Actor<'a>, token: Option<&'a Value> },
}

/// The decision as JSON: `{ effect, reason, needs?, maxOpenSeconds? }`, or `{ error: true }` for a malformed request.
/// `maxOpenSeconds` is there for `environment:open` alone, and only where there is a limit.
pub(crate) fn decide(document: &Value, catalog: &Catalog, request: &Value) -> Value {
    if request::is_malformed(request) {
        return json!({ "error": true });
    }
    let question = Question::new(document, catalog, request);
    let who = principals::who(&question);
    if matches!(who, Who::Unknown) {
        return deny("unknown_principal");
    }
    if let Some(reason) = not_a_question_here(&question) {
        return deny(reason);
    }
    let Who::Acts { actor, token } = who else {
        return deny("deployment_refused");
    };
    if let Some(reason) = token.and_then(|token| token_refused(&question, token)) {
        return deny(reason);
    }
    if principals::own_role(&question, &actor) == Some("admin") {
        return json!({ "effect": "allow", "reason": "organization_admin" }); // RO-2, AL-2
    }
    weigh(&question, &actor)
}

impl<'a> Question<'a> {
    fn new(document: &'a Value, catalog: &'a Catalog, request: &'a Value) -> Self {
        let entity = text(&request["entity"]);
        let (entity_type, _) = entity.split_once(':').expect("a well-formed entity");
        let tags = tags_of(document, request, entity);
        Question { document, catalog, request, scope: text(&request["scope"]), entity, entity_type, tags }
    }

    /// Whether the current pages decide, and not the older text.
    pub(crate) fn current(&self) -> bool {
        self.document["revision"] == "2026-10"
    }

    pub(crate) fn setting(&self, name: &str) -> &'a Value {
        &self.document["settings"][name]
    }

    pub(crate) fn restricted(&self) -> bool {
        self.setting("permissionMode") == "restricted"
    }
}

/// Section 3: the request's tags are the whole truth; a listed entity without tags has none; else nobody knows.
fn tags_of<'a>(document: &'a Value, request: &'a Value, entity: &str) -> Option<BTreeMap<&'a str, &'a str>> {
    if let Some(tags) = request["tags"].as_object() {
        return Some(tags.iter().map(|(key, value)| (key.as_str(), text(value))).collect());
    }
    let listed = find(&document["entities"], "entity", entity)?;
    let tags = listed["tags"].as_object();
    Some(tags.into_iter().flatten().map(|(key, value)| (key.as_str(), text(value))).collect())
}

/// SC-4: a scope's key is its entity type and its name.
fn not_a_question_here(question: &Question) -> Option<&'static str> {
    let named = question.catalog.scopes.iter().filter(|(_, name)| name == question.scope);
    let types: Vec<&str> = named.map(|(entity_type, _)| entity_type.as_str()).collect();
    if types.is_empty() {
        return Some("unknown_scope");
    }
    if !types.contains(&question.entity_type) {
        return Some("wrong_entity_type");
    }
    let path = question.entity.split_once(':').map(|(_, path)| path).unwrap_or_default();
    let organization = path.split('/').next().unwrap_or_default();
    (question.document["organization"] != organization).then_some("other_organization")
}

/// TK-13, TK-14, TK-15: expiry and the lifetime policy; TK-4: what no organization token may do.
fn token_refused(question: &Question, token: &Value) -> Option<&'static str> {
    let at = request::instant(text(&question.request["at"])).expect("a date");
    let expires = token["expiresAt"].as_str().map(|date| request::instant(date).expect("a date"));
    if expires.is_some_and(|expires| at >= expires) {
        return Some("token_expired");
    }
    if let Some(days) = question.setting("tokenMaxLifetimeDays").as_i64() {
        let longest = i128::from(days) * request::NANOS_A_DAY;
        if expires.is_none_or(|expires| expires - at > longest) {
            return Some("token_lifetime");
        }
    }
    let about_tokens = ["org_token:create", "org_token:delete"].contains(&question.scope);
    let exception = question.current() && token["kind"] == "organization" && about_tokens;
    exception.then_some("token_exception")
}

/// Kleene's three values over everything that grants; then the settings that must hold as well.
fn weigh(question: &Question, actor: &Actor) -> Value {
    let teams = principals::teams(question, actor);
    let mut open = Vec::new();
    let mut needs = BTreeSet::new();
    for grant in principals::grants(question, actor) {
        match conditions::all_hold(question, &teams, &grant.under) {
            Truth::Yes => open.push(grant.open_seconds),
            Truth::Unknown => needs.extend(conditions::unknown_keys(question, &grant.under)),
            Truth::No => {}
        }
    }
    let (granted, setting) = (!open.is_empty(), principals::settings_grant(question, actor));
    let reasons = [
        (granted, "granted"),
        (setting, "organization_setting"),
        (principals::created(question, actor), "creator"),
    ];
    let reason = reasons.iter().find(|(holds, _)| *holds).map(|(_, reason)| *reason);
    if reason.is_none() && needs.is_empty() {
        return deny("not_granted");
    }
    if principals::setting_off(question, actor) {
        return deny("setting_off");
    }
    match reason {
        None => json!({ "effect": "unknown", "reason": "needs_tags", "needs": needs }),
        Some(reason) => {
            open.extend(setting.then_some(0));
            timed(question, json!({ "effect": "allow", "reason": reason }), &open)
        }
    }
}

/// of several limits on opening an environment the longest counts, and none (0) wins over any.
fn timed(question: &Question, mut decision: Value, open: &[u64]) -> Value {
    let longest = open.iter().copied().max().unwrap_or(0);
    if question.scope == "environment:open" && longest > 0 && !open.contains(&0) {
        decision["maxOpenSeconds"] = json!(longest);
    }
    decision
}

fn deny(reason: &str) -> Value {
    json!({ "effect": "deny", "reason": reason })
}

/// The elements of an array; of anything else, none.
pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The text itself; of anything else, the empty one.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The first element of a list whose `key` is `name`.
pub(crate) fn find<'a>(values: &'a Value, key: &str, name: &str) -> Option<&'a Value> {
    list(values).find(|value| value[key] == name)
}
