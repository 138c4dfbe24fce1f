//! Everybody of a document and everything that each may do, found by asking for each pair.

use std::collections::BTreeSet;

use scopewise::{Context, Organization, Request};
use serde_json::Value;

/// A scope and an entity.
pub(crate) type Pair = (String, String);

/// A document and a request, and who may do what in that light.
pub(crate) struct People<'d> {
    document: &'d Value,
    request: &'d Value,
    organization: Organization,
    entities: Vec<String>,
}

impl<'d> People<'d> {
    pub(crate) fn of(document: &'d Value, request: &'d Value) -> Self {
        let organization = Organization::parse(document.to_string()).expect("a valid document");
        let listed = names(document, "entities", "entity", "");
        let entities: BTreeSet<String> =
            listed.into_iter().chain([text(&request["entity"]), "organization:acme".to_owned()]).collect();
        Self { document, request, organization, entities: entities.into_iter().collect() }
    }

    /// The pairs of those whom a change of that kind reaches, before and after it.
    pub(crate) fn reached(
        &self,
        kind: &str,
        acts_as: Option<&str>,
        after: &People<'_>,
    ) -> Vec<(BTreeSet<Pair>, BTreeSet<Pair>)> {
        let by_itself = acts_as.is_some_and(|it| it.starts_with("role:") || it.starts_with("stack-token:"));
        let names = match kind {
            "use_token"
            | "set_deployment_role"
            | "set_run_as"
            | "set_access_token"
            | "remove_access_token" => {
                return vec![(self.asker(), after.asker())];
            }
            "set_default_deployment_role" => self.runs(),
            "turn_on" | "raise_level" | "give_tags" | "set_tags" if by_itself => {
                self.everyone().into_iter().chain([text(&self.request["principal"])]).collect()
            }
            _ => self.everyone(),
        };
        names.iter().map(|name| (self.may(name), after.may(name))).collect()
    }

    /// What whoever asks may do.
    pub(crate) fn asker(&self) -> BTreeSet<Pair> {
        self.may(&text(&self.request["principal"]))
    }

    /// What somebody may do on the listed entities, the organization, and the entity that is asked about.
    pub(crate) fn may(&self, principal: &str) -> BTreeSet<Pair> {
        let asked = self.organization.principal(principal);
        let on = |entity: &String| {
            let scopes = asked.scopes(entity, &self.context(entity)).expect("a well-formed question");
            scopes.into_iter().map(|scope| (scope.to_owned(), entity.clone())).collect::<Vec<_>>()
        };
        self.entities.iter().flat_map(on).collect()
    }

    /// The time and the trigger of the request, and its tags for its own entity.
    fn context(&self, entity: &str) -> Context {
        let mut request = self.request.clone();
        if request["entity"] != entity {
            request.as_object_mut().expect("an object").remove("tags");
        }
        Request::parse(request.to_string()).expect("a well-formed request").context
    }

    /// Everyone of the document, once; a personal token is its user.
    fn everyone(&self) -> BTreeSet<String> {
        let tokens = self.document["tokens"].as_array().into_iter().flatten();
        let tokens = tokens.filter(|token| token["kind"] != "personal");
        let tokens = tokens.map(|token| format!("token:{}", text(&token["name"])));
        let lists = [
            names(self.document, "members", "user", "user:"),
            names(self.document, "collaborators", "user", "user:"),
            names(self.document, "teams", "name", "team:"),
            names(self.document, "servicePrincipals", "name", "service-principal:"),
        ];
        lists.into_iter().flatten().chain(tokens).collect()
    }

    /// The runs of all listed stacks, and the one that asks.
    fn runs(&self) -> BTreeSet<String> {
        let stacks = self.entities.iter().filter_map(|entity| entity.strip_prefix("stack:acme/"));
        let listed = stacks.filter(|path| {
            let entities = self.document["entities"].as_array().into_iter().flatten();
            entities.into_iter().any(|entity| entity["entity"] == format!("stack:acme/{path}"))
        });
        listed.map(|path| format!("deployment:{path}")).chain([text(&self.request["principal"])]).collect()
    }
}

fn names(document: &Value, field: &str, key: &str, prefix: &str) -> Vec<String> {
    let values = document[field].as_array().into_iter().flatten();
    values.map(|value| format!("{prefix}{}", text(&value[key]))).collect()
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
