//! What one principal may do, entity by entity: on which entities it may do something, and everything on each.

use std::borrow::Cow;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::access::Access;
use crate::decide::{Decision, Effect, Fields, Reason, Row};
use crate::entity::EntityType;
use crate::filter::Filter;
use crate::holdings::Inventory;
use crate::names::by_key;
use crate::organization::Organization;
use crate::principal::{Asked, Principal, numbered, scope_number};
use crate::request::{Context, RequestError};
use crate::scope::ScopeSet;
use crate::standing::Question;

/// What is answered about one principal and every entity of the organization.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", bound = "T: Fields")]
#[non_exhaustive]
pub struct ByEntity<T> {
    /// Whom the run of a deployment acts as: `token:ci`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub acts_as: Option<String>,
    /// Why everything is denied everywhere, if it is: nobody of that name, a token that has expired.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Reason>,
    /// The entities that the document lists or names, and the organization itself, by type and name: those on which
    /// something is allowed or rests on tags, and the others only where they were asked for.
    pub entities: Vec<OnEntity<T>>,
    /// For each entity type what holds on all others of it, whose tags are not known; of those types of which the
    /// filter could take one.
    pub elsewhere: Vec<Elsewhere<T>>,
}

/// The answer on one entity.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct OnEntity<T> {
    /// `TYPE:PATH`.
    pub entity: String,
    /// The answer.
    pub answer: T,
}

/// The answer on entities of a type that the document neither lists nor names.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Elsewhere<T> {
    /// Their type.
    pub entity_type: String,
    /// The answer.
    pub answer: T,
}

impl<T: Fields> Serialize for OnEntity<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        answer(serializer, "entity", &self.entity, &self.answer)
    }
}

impl<T: Fields> Serialize for Elsewhere<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        answer(serializer, "entityType", &self.entity_type, &self.answer)
    }
}

/// A name and the answer about it, as one object.
fn answer<S: Serializer>(
    serializer: S,
    field: &'static str,
    name: &str,
    answer: &impl Fields,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_struct("Answer", 5)?;
    object.serialize_field(field, name)?;
    answer.fields(&mut object)?;
    object.end()
}

/// The scopes of an entity that are not denied, each list sorted by name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scopes<'o> {
    /// Those that are allowed.
    pub allow: Vec<&'o str>,
    /// Those that rest on tags.
    pub unknown: Vec<&'o str>,
}

impl Fields for Scopes<'_> {
    const FIELDS: usize = 2;

    fn fields<S: SerializeStruct>(&self, object: &mut S) -> Result<(), S::Error> {
        object.serialize_field("allow", &self.allow)?;
        if self.unknown.is_empty() { Ok(()) } else { object.serialize_field("unknown", &self.unknown) }
    }
}

impl<'o> Principal<'o> {
    /// The entities on which a scope is allowed or unknown, each with its decision: of those that the filter takes,
    /// by their types and their names.
    ///
    /// Tags in the context stand in the place of those of every entity.
    ///
    /// ```
    /// # use scopewise::{Context, Filter, Organization};
    /// let acme = Organization::parse(std::fs::read("examples/acme.json")?)?;
    /// let bob = acme.principal("user:bob");
    /// let may_write = bob.entities("stack:write", &Filter::default(), &Context::default())?;
    /// assert_eq!(may_write.entities[0].entity, "stack:acme/web/dev");
    /// assert_eq!(may_write.elsewhere[0].answer.needs, ["env"], "of other stacks it rests on that tag");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Organization::decide`]; a filter by an entity type that the catalog does not have.
    pub fn entities(
        &self,
        scope: &str,
        filter: &Filter,
        context: &Context,
    ) -> Result<ByEntity<Decision>, RequestError> {
        let organization = self.organization;
        let number = scope_number(organization, scope)?;
        let decide =
            |access: &Access, question: &Question<'_>| organization.decide_number(access, question, number);
        let told = |decision: &Decision| match (decision.effect, decision.reason) {
            (_, Reason::WrongEntityType) => None,
            (Effect::Deny, _) if !filter.tells_denied() => None,
            _ => Some(decision.clone()),
        };
        let mut answer = self.by_entity(filter, context, &decide, &told)?;
        if number.is_none() && answer.refused != Some(Reason::UnknownPrincipal) {
            answer.refused = Some(Reason::UnknownScope);
        }
        Ok(answer)
    }

    /// The scopes that are allowed or unknown on each entity: of those that the filter takes, by their types and
    /// their names.
    ///
    /// Tags in the context stand in the place of those of every entity.
    ///
    /// # Errors
    ///
    /// As [`Principal::entities`].
    pub fn scopes_by_entity(
        &self,
        filter: &Filter,
        context: &Context,
    ) -> Result<ByEntity<Scopes<'o>>, RequestError> {
        let organization = self.organization;
        let ask = |access: &Access, question: &Question<'_>| organization.whole_row(access, question);
        let told = |row: &Row| {
            let nothing = row.allow.is_empty() && row.unknown.is_empty();
            (!nothing || filter.tells_denied()).then(|| organization.scopes_of(row))
        };
        self.by_entity(filter, context, &ask, &told)
    }

    /// Asks something about every entity, and tells of it what is to be told.
    fn by_entity<T: Clone, U>(
        &self,
        filter: &Filter,
        context: &Context,
        ask: &dyn Fn(&Access, &Question<'_>) -> T,
        told: &dyn Fn(&T) -> Option<U>,
    ) -> Result<ByEntity<U>, RequestError> {
        let organization = self.organization;
        let types: Vec<&str> = organization.catalog.entity_types().map(|(_, name)| name).collect();
        filter.check("entity type", &types)?;
        let access = self.resolved.access(organization, context)?;
        let inventory = Inventory::new(organization);
        let tags = context.tags.as_ref().map(|tags| numbered(organization, tags));
        let answers = inventory.ask(&access, tags.as_deref(), context.at, &mut |it| ask(&access, it));
        let mut entities = Vec::new();
        for number in (0..inventory.len()).filter(|it| filter.takes(&inventory.entity(*it))) {
            let answer = inventory.answer(&answers, number).and_then(told);
            let key = (inventory.entity_type(number), inventory.entity(number));
            entities.extend(answer.map(|answer| (key.clone(), on_entity(&key.1, answer))));
        }
        if let Some((key, own)) = organization.unnamed_own_stack(&access).filter(|(_, it)| filter.takes(it)) {
            let answer = told(&ask(&access, &Asked::new(organization, &access, own, context)?.question()));
            entities.extend(answer.map(|answer| ((key, Cow::Borrowed(own)), on_entity(own, answer))));
        }
        Ok(ByEntity {
            acts_as: access.acts_as.as_deref().map(Into::into),
            refused: organization.refuses(&access, context.at),
            entities: by_key(entities).collect(),
            elsewhere: organization.elsewhere(filter, &|it| answers.on_others(it).and_then(told)),
        })
    }
}

fn on_entity<T>(entity: &str, answer: T) -> OnEntity<T> {
    OnEntity { entity: entity.to_owned(), answer }
}

impl Organization {
    /// The stack that a run deploys, where the document does not speak of it, so that no inventory has it.
    fn unnamed_own_stack<'a>(&self, access: &'a Access) -> Option<(EntityType, &'a str)> {
        let own = access.beside.as_ref().filter(|own| self.entities.names.get(&own.entity).is_none())?;
        self.catalog.own_stack.map(|(entity_type, _)| (entity_type, &*own.entity))
    }

    /// The answers for the entity types of which a filter could take one that is not known. There is no other
    /// organization in an organization.
    fn elsewhere<U>(&self, filter: &Filter, answer: &dyn Fn(EntityType) -> Option<U>) -> Vec<Elsewhere<U>> {
        let types = self.catalog.entity_types();
        let types = types.filter(|(it, _)| Some(*it) != self.catalog.organization_type());
        let types = types.filter(|(it, name)| filter.could_take(&format!("{name}:{}", self.start_of(*it))));
        let told = types.filter_map(|(it, name)| Some((name.to_owned(), answer(it)?)));
        told.map(|(entity_type, answer)| Elsewhere { entity_type, answer }).collect()
    }

    /// How the paths of a type begin.
    fn start_of(&self, entity_type: EntityType) -> String {
        let first = self.catalog.organization_is_first(entity_type);
        if first { format!("{}/", self.name) } else { String::new() }
    }

    /// The scopes of a row by name.
    fn scopes_of(&self, row: &Row) -> Scopes<'_> {
        let names = |scopes: &ScopeSet| {
            scopes.iter().map(|scope| self.catalog.scope_name(row.entity_type, scope)).collect()
        };
        Scopes { allow: names(&row.allow), unknown: names(&row.unknown) }
    }
}
