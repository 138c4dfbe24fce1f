//! Accesses as they would be if one thing of the document were another: what a remedy is tried with.
//!
//! Each is made by the builder that makes the real ones, so that no second reading of the rules comes about.

use super::{Access, Beside, Builder, Class};
use crate::catalog::ToggleAct;
use crate::entity::EntityType;
use crate::organization::{Organization, Person, TokenKind};
use crate::scope::ScopeSet;

impl Organization {
    /// What a member holds with that organization role in place of its own.
    pub(crate) fn access_of_person_with(&self, person: u32, role: u32) -> Option<Access> {
        let person = self.principals.persons.get(person).filter(|it| it.role.is_some())?;
        Some(self.access_by_record(&Person { role: Some(role), ..person.clone() }))
    }

    /// What an organization token holds with that role in place of its own.
    pub(crate) fn access_of_token_with(&self, number: u32, role: u32) -> Option<Access> {
        let token = self.principals.tokens.get(number as usize)?;
        let TokenKind::Organization { .. } = token.kind else { return None };
        let access = self.access_of_organization_token(role, true, token.created);
        Some(Access { token: Some(number), ..access })
    }
}

impl Access {
    /// With a role more, which comes by a team or is given directly.
    pub(crate) fn with_role(&self, organization: &Organization, role: u32, team: Option<u32>) -> Self {
        let mut builder = Builder::from(organization, self);
        builder.hold(role, Class::Granted, team);
        builder.finish()
    }

    /// In a team more.
    pub(crate) fn with_team(&self, organization: &Organization, team: u32) -> Self {
        let mut builder = Builder::from(organization, self);
        builder.team(team);
        builder.finish()
    }

    /// With a direct grant on an entity more.
    pub(crate) fn with_grant(&self, entity: &str, scopes: ScopeSet) -> Self {
        Self { beside: Some(Beside { entity: entity.into(), scopes }), ..self.clone() }
    }

    /// With a toggle on; nothing where that does not concern the caller.
    pub(crate) fn with_toggle(&self, organization: &Organization, position: usize) -> Option<Self> {
        let toggle = organization.catalog.toggles.get(position)?;
        match toggle.act {
            ToggleAct::Grants => {
                self.by_toggles.filter(|seen| toggle.reach.concerns(seen.0))?;
                Some(self.with_setting(toggle.entity_type, &ScopeSet::of(toggle.scope)))
            }
            ToggleAct::Conditions => {
                let closed: Vec<_> = self.closed.iter().copied().filter(|it| *it != position).collect();
                (closed.len() < self.closed.len()).then(|| Self { closed, ..self.clone() })
            }
        }
    }

    /// With a default level that gives these scopes beside what the present one gives; nothing where that does not
    /// concern the caller.
    pub(crate) fn with_level(
        &self,
        organization: &Organization,
        position: usize,
        scopes: &ScopeSet,
    ) -> Option<Self> {
        let level = organization.catalog.levels.get(position)?;
        self.by_levels.filter(|seen| level.reach.concerns(seen.0))?;
        Some(self.with_setting(level.entity_type, scopes))
    }

    fn with_setting(&self, entity_type: EntityType, scopes: &ScopeSet) -> Self {
        let mut access = self.clone();
        if let Some(everywhere) = access.everywhere.get_mut(entity_type.position()) {
            everywhere.setting.add(scopes);
        }
        access
    }
}

impl<'o> Builder<'o> {
    /// An access that is to get more. What holds everywhere and what rests on conditions is found anew.
    fn from(organization: &'o Organization, access: &Access) -> Self {
        Self { organization, access: Access { conditional: Vec::new(), ..access.clone() } }
    }
}
