//! One principal's decisions on a list of entities, as data: for whoever shall look them up without an engine.
//!
//! It is what `snapshot` of the npm package makes and `scopewise/snapshot` reads: each decision is a character, and the
//! answers that the characters stand for are listed once. Nothing is decided here.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::bundle::Label;
use crate::decide::{Decision, Effect};
use crate::organization::Organization;
use crate::principal::{Principal, Resolved};
use crate::request::{Context, RequestError};
use crate::time::Instant;

/// The form, which its reader knows.
const FORM: u8 = 1;

/// The character that stands for the first of the answers.
const FIRST: u32 = 48;

/// Decisions that were made at one time. It is written as JSON.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Snapshot {
    scopewise: u8,
    /// Whose decisions these are.
    pub principal: String,
    /// The version of the document.
    pub version: u64,
    /// When they were made, in milliseconds since 1970.
    pub issued_at: i64,
    /// For how many seconds they count as fresh.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_seconds: Option<u32>,
    /// When the principal's token expires, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<i64>,
    /// For each entity type the scopes of a row.
    pub scopes: BTreeMap<String, Vec<String>>,
    /// The answers, each a list: `A`, `D` or `U`, the reason, the tags that it needs.
    pub answers: Vec<Vec<String>>,
    /// For each entity a character for each of its scopes: an answer, counted from `0` on.
    pub rows: BTreeMap<String, String>,
}

impl Principal<'_> {
    /// The decisions on these entities, for these scopes or for all of each entity's type, at the time of the label.
    ///
    /// ```
    /// # use scopewise::{Context, Instant, Label, Organization};
    /// let acme = Organization::parse(std::fs::read("examples/acme.json")?)?;
    /// let label = Label::new(7, Instant::from_unix(1_795_132_800));
    /// let scopes = ["stack:read", "stack:delete"];
    /// let snapshot =
    ///     acme.principal("user:alice").snapshot(&["stack:acme/web/prod"], Some(&scopes), &label, &Context::default())?;
    /// assert_eq!(snapshot.rows["stack:acme/web/prod"], "00");
    /// assert_eq!(snapshot.answers, [["A", "organization_admin"]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`], for the first name that is malformed.
    pub fn snapshot(
        &self,
        entities: &[&str],
        scopes: Option<&[&str]>,
        label: &Label,
        context: &Context,
    ) -> Result<Snapshot, RequestError> {
        let issued_at = label.issued_at.unwrap_or(Instant::from_unix(0));
        let context = context.clone().or_at(&Context::at(issued_at));
        let mut answers = Answers::default();
        let mut columns = BTreeMap::new();
        let mut rows = BTreeMap::new();
        for entity in entities {
            let entity_type = entity.split(':').next().unwrap_or_default();
            let row_of = || self.organization.columns(entity_type, scopes);
            let row: &Vec<String> = columns.entry(entity_type.to_owned()).or_insert_with(row_of);
            let letter = |scope: &String| answers.letter(&self.decide(scope, entity, &context)?);
            rows.insert((*entity).to_owned(), row.iter().map(letter).collect::<Result<String, _>>()?);
        }
        Ok(Snapshot {
            scopewise: FORM,
            principal: self.name().to_owned(),
            version: label.version,
            issued_at: issued_at.whole_milliseconds(),
            max_age_seconds: label.max_age_seconds,
            valid_until: self.expires().map(Instant::whole_milliseconds),
            scopes: columns,
            answers: answers.0,
            rows,
        })
    }

    /// When a token expires.
    fn expires(&self) -> Option<Instant> {
        let Resolved::Access(access) = &self.resolved else { return None };
        self.organization.principals.tokens.get(access.token? as usize)?.expires
    }
}

impl Organization {
    /// The scopes of a row: those that are given, or all of the type.
    fn columns(&self, entity_type: &str, scopes: Option<&[&str]>) -> Vec<String> {
        let all = || {
            let entity_type = self.catalog.entity_type(entity_type);
            entity_type.into_iter().flat_map(|it| self.catalog.scopes(it)).map(str::to_owned).collect()
        };
        scopes.map_or_else(all, |scopes| scopes.iter().map(|scope| (*scope).to_owned()).collect())
    }
}

/// The answers that there are so far.
#[derive(Default)]
struct Answers(Vec<Vec<String>>);

impl Answers {
    /// The character of a decision.
    fn letter(&mut self, decision: &Decision) -> Result<char, RequestError> {
        let effect = match decision.effect {
            Effect::Allow => "A",
            Effect::Deny => "D",
            Effect::Unknown => "U",
        };
        let mut answer = vec![effect.to_owned(), decision.reason.as_str().to_owned()];
        answer.extend_from_slice(&decision.needs);
        let known = self.0.iter().position(|it| *it == answer);
        let number = known.unwrap_or_else(|| {
            self.0.push(answer);
            self.0.len() - 1
        });
        let letter = u32::try_from(number).ok().and_then(|it| char::from_u32(it.saturating_add(FIRST)));
        letter
            .ok_or_else(|| RequestError::new("there are too many different answers: ask for fewer entities"))
    }
}
