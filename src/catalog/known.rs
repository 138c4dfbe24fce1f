//! What a catalog has in the place of a name that it does not have, for the sentences of problems.

use super::{Catalog, TypeInfo};
use crate::entity::EntityType;
use crate::json::{NONE, excerpt, listed};
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

    /// The end of a sentence with the scopes on the same object, of the first type that has some; where none has, with
    /// all of the type that is wanted.
    fn nearest(&self, name: &str, wanted: Option<EntityType>) -> String {
        let object = format!("{}:", name.split(':').next().unwrap_or_default());
        let wanted = wanted.and_then(|wanted| self.info(wanted));
        let alike = |info: &TypeInfo| {
            let rest = info.scopes.iter().skip(info.scopes.partition_point(|it| **it < *object));
            let alike = listed(rest.take_while(|it| it.starts_with(&*object)).map(|it| &**it));
            Some(alike).filter(|alike| alike != NONE)
        };
        let types = wanted.map_or(&*self.types, std::slice::from_ref);
        let all = || wanted.map(|info| listed(info.scopes.iter().map(|it| &**it)));
        let known = types.iter().find_map(alike).or_else(all);
        known.map_or_else(String::new, |known| format!(": use one of {known}"))
    }
}
