//! The organization as a document.

use serde_json::{Value, json};

use super::{Entity, MemberRole, On, REVISION, Role, Rule, Set, TYPES, Team, Workload, team_name};

impl Workload {
    /// The document, as text.
    pub(crate) fn document(&self) -> String {
        let custom = self.sets.iter().filter(|set| set.custom);
        let document = json!({
            "revision": REVISION,
            "organization": "acme",
            // Switched off, they would refuse to members what something grants, which the baseline does not know.
            "settings": { "membersCanDeleteStacks": true, "membersCanTransferStacks": true },
            "permissionSets": custom.map(set).collect::<Value>(),
            "roles": self.roles.iter().map(|role| self.role(role)).collect::<Value>(),
            "teams": self.teams.iter().map(|team| self.team(team)).collect::<Value>(),
            "members": self.members.iter().map(|it| {
                json!({ "user": it.user, "role": self.role_id(it.role) })
            }).collect::<Value>(),
            "entities": self.entities.iter().map(entity).collect::<Value>(),
        });
        document.to_string()
    }

    fn role(&self, role: &Role) -> Value {
        let on_organization = |rule: &&Rule| TYPES[self.sets[rule.set].entity_type].0 == "organization";
        let (access, rules): (Vec<_>, Vec<_>) = role.rules.iter().partition(on_organization);
        let access = access.into_iter().map(|rule| self.sets[rule.set].id.as_str());
        json!({
            "id": role.id,
            "name": role.id,
            "rules": rules.into_iter().map(|rule| self.rule(rule)).collect::<Value>(),
            "organizationAccess": access.collect::<Value>(),
        })
    }

    fn rule(&self, rule: &Rule) -> Value {
        let on = match &rule.on {
            On::Everywhere => json!("all"),
            On::Tag(key, value) => json!({ "tags": [{ "key": key, "equals": value }] }),
            On::Named(entities) => entities.iter().map(|it| self.entities[*it].name.as_str()).collect(),
        };
        json!({ "permissionSet": self.sets[rule.set].id, "on": on })
    }

    fn team(&self, team: &Team) -> Value {
        let members = team.members.iter().map(|it| json!({ "user": self.members[*it].user }));
        let roles = team.roles.iter().map(|it| self.roles[*it].id.as_str());
        json!({ "name": team.name, "roles": roles.collect::<Value>(), "members": members.collect::<Value>() })
    }

    fn role_id(&self, role: MemberRole) -> &str {
        match role {
            MemberRole::BuiltIn(id) => id,
            MemberRole::Custom(role) => &self.roles[role].id,
        }
    }
}

fn set(set: &Set) -> Value {
    json!({ "id": set.id, "name": set.id, "entityType": TYPES[set.entity_type].0, "scopes": set.scopes })
}

fn entity(entity: &Entity) -> Value {
    json!({ "entity": entity.name, "tags": { "env": entity.stage, "owner": team_name(entity.owner) } })
}
