//! The questions that go through everyone, or through every entity.

use scopewise::{ByEntity, Context, Decision, Filter, Organization, Scopes, WhoCan};

use crate::contest::{Arena, Contestant};

/// Everyone who may write to a stack, with every way by which each of them may.
pub(crate) fn who_can(arena: &Arena) -> impl FnMut() -> WhoCan {
    let engine = Organization::of(arena);
    let stacks = Filter::default().kind("stack").and_denied();
    let stacks = somebody(engine).entities("stack:write", &stacks, &Context::default());
    let stack = stacks.expect("the question is well formed").entities.swap_remove(0).entity;
    move || {
        let who = engine.who_can("stack:write", &stack, &Filter::default(), &Context::default());
        who.expect("the question is well formed")
    }
}

/// Every stack to which one principal may write.
pub(crate) fn entities(arena: &Arena) -> impl FnMut() -> ByEntity<Decision> {
    let principal = somebody(Organization::of(arena));
    move || {
        let entities = principal.entities("stack:write", &Filter::default(), &Context::default());
        entities.expect("the question is well formed")
    }
}

/// Everything that one principal may do.
pub(crate) fn scopes_by_entity<'a>(arena: &'a Arena) -> impl FnMut() -> ByEntity<Scopes<'a>> {
    let principal = somebody(Organization::of(arena));
    move || {
        let scopes = principal.scopes_by_entity(&Filter::default(), &Context::default());
        scopes.expect("the question is well formed")
    }
}

fn somebody(engine: &Organization) -> scopewise::Principal<'_> {
    let users = Filter::default().kind("user");
    let who = engine.who_can("stack:read", "stack:acme/no/where", &users.and_denied(), &Context::default());
    let middle = who.expect("the question is well formed").principals;
    engine.principal(&middle[middle.len() / 2].principal)
}
