//! What a catalog has in the place of a name that it does not have, for the sentences of problems.

use super::Catalog;
use crate::entity::EntityType;
use crate::json::{excerpt, listed};
use crate::names::sorted;
use crate::problem::Code;

impl Catalog {
    /// The sentence on a name that no entity type has.
    pub(crate) fn unknown_type(&self, name: &str) -> String {
        let known = listed(self.entity_types().map(|(_, name)| name));
        format!("no entity type `{}` is known: use one of {known}", excerpt(name))
    }

    /// Why a name is no scope of that type; of any type, where none is wanted.
    pub(crate) fn scope_fault(&self, name: &str, wanted: Option<EntityType>) -> Option<(Code, String)> {
        let Some(number) = self.scope_number(name) else {
            let message = format!("no scope `{}` is in the catalog `{}`", excerpt(name), self.name);
            return Some((Code::UnknownScope, message + &self.nearest(name, wanted)));
        };
        let wanted = wanted.filter(|wanted| self.scope_numbered(*wanted, number).is_none())?;
        let wanted = self.type_name(wanted);
        let message = format!("the scope `{}` is not one of the type `{wanted}`", excerpt(name));
        Some((Code::WrongEntityType, message))
    }

    /// The end of a sentence with the scopes on the same object; if there are none, with those of the type.
    fn nearest(&self, name: &str, wanted: Option<EntityType>) -> String {
        let object = name.split(':').next().unwrap_or_default();
        let types =
            self.entity_types().map(|(it, _)| it).filter(|it| wanted.is_none_or(|wanted| *it == wanted));
        let all = sorted(types.flat_map(|it| self.scopes(it)).collect::<Vec<_>>());
        let alike = |it: &&&str| it.split(':').next() == Some(object);
        let mut nearest: Vec<&str> = all.iter().filter(alike).copied().collect();
        if nearest.is_empty() && wanted.is_some() {
            nearest = all;
        }
        nearest.dedup();
        if nearest.is_empty() {
            String::new()
        } else {
            format!(": use one of {}", listed(nearest.into_iter()))
        }
    }
}
