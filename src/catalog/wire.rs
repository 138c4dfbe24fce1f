//! A catalog as bytes: it travels with the organization that it decides, so that another version of the engine
//! decides the same.

use super::{
    Basis, Because, BuiltInRole, Catalog, Dispute, Edition, IdentityStep, KeptRule, Level, Need, Needed,
    PermissionSet, Reach, Toggle, ToggleAct, TypeInfo,
};
use crate::entity::EntityType;
use crate::scope::Scope;
use crate::wire::{Bytes, Wire, choice, structure};

structure!(KeptRule { number, basis });
structure!(Reach { built_in, custom });
structure!(PermissionSet { id, name, entity_type, scopes });
structure!(BuiltInRole { id, everything, scopes, scopes_by, sets });
structure!(Toggle { field, entity_type, scope, act, reach, rules });
structure!(Level { field, entity_type, levels, numbers, reach, rules });
structure!(Edition { name, custom, roles });
structure!(Dispute { entity_type, scope, holding, rule });
structure!(Needed { need, entity_type, scope, rule });
structure!(Catalog {
    name,
    types,
    sets,
    roles,
    member_role,
    toggles,
    levels,
    creator_sets,
    machine_creators,
    editions,
    fields,
    references,
    contexts,
    tokens_follow_default_role,
    identity,
    own_stack,
    needs,
    token_exceptions,
    timed_scopes,
    disputes,
    citations,
    ..numbered
});

choice!(Basis::Inferred { 0 => Documented, 1 => Disputed, 2 => Inferred });
choice!(ToggleAct::Grants { 0 => Grants, 1 => Conditions });
choice!(Need::Stack { 0 => Stack, 1 => StackReference, 2 => Environment, 3 => EnvironmentImport });
choice!(IdentityStep::Role {
    0 => RefuseUnchosen,
    1 => RefuseAccessToken,
    2 => RunAs,
    3 => AccessToken,
    4 => Role,
    5 => Starter,
    6 => StackToken { levels },
});

structure!(TypeInfo { name, path, scopes });

impl Wire for Because {
    fn write(&self, out: &mut Vec<u8>) {
        self.number().write(out);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let because = Self::at(Wire::read(bytes));
        bytes.fitting(because, || Self::NothingGrants)
    }
}

impl Catalog {
    /// Whether every number in a catalog that was read stands for something.
    pub(crate) fn is_whole(&self) -> bool {
        let distinct =
            |info: &TypeInfo| info.scopes.is_sorted_by(|a, b| a < b) && info.scopes.len() <= Scope::LIMIT;
        let sets = |set: &usize| *set < self.sets.len();
        self.types.len() <= EntityType::LIMIT
            && self.types.iter().all(|info| info.is_shaped() && distinct(info))
            && self.member_role < self.roles.len()
            && self.creator_sets.iter().all(sets)
            && self.roles.iter().all(|role| role.sets.iter().all(|(set, _)| sets(set)))
    }
}
