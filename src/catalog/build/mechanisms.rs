//! What a product does by its rows: settings, levels, what creators hold, tokens, runs.

use super::{Builder, Written, keep, kept};
use crate::catalog::{
    Audience, Because, Dispute, Edition, EditionRow, Level, LevelRow, Needed, Reach, Rows, Toggle, ToggleRow,
};
use crate::document::{LEVEL_NAMES, SETTINGS};
use crate::entity::EntityType;
use crate::names::Names;
use crate::problem::Path;
use crate::scope::ScopeSet;

/// The settings that are mechanisms of the engine and no rows.
const MECHANISMS: [&str; 4] =
    ["defaultDeploymentRole", "defaultRole", "permissionMode", "tokenMaxLifetimeDays"];

/// The level that gives nothing, which every type with levels has.
const NONE: &str = "none";

impl Builder<'_> {
    pub(super) fn settings(&mut self, rows: &dyn Written) {
        let at = self.root.key("settings");
        let mut count = 0;
        self.taken = Names::default();
        for name in MECHANISMS {
            self.taken.intern(name);
        }
        rows.toggles(&mut |row| {
            if count < SETTINGS {
                self.toggle_row(&at.index(count), row);
            }
            count += 1;
        });
        self.at_most(SETTINGS, &at, count, "settings");
    }

    fn toggle_row(&mut self, at: &Path<'_>, row: &ToggleRow<'_>) {
        self.setting(&at.key("name"), row.field);
        let reach = self.reach(at, row.audience);
        let Some((entity_type, scope)) = self.scope_of_type(at, row.entity_type, row.scope) else { return };
        let (field, act, rules) = (row.field.into(), row.act, keep(row.rules));
        self.catalog.toggles.push(Toggle { field, entity_type, scope, act, reach, rules });
    }

    pub(super) fn levels(&mut self, rows: &dyn Written) {
        let at = self.root.key("levels");
        let mut count = 0;
        rows.levels(&mut |row| {
            if count < EntityType::LIMIT {
                self.level_row(&at.index(count), row);
            }
            count += 1;
        });
        self.at_most(EntityType::LIMIT, &at, count, "levels");
    }

    fn level_row(&mut self, at: &Path<'_>, row: &LevelRow<'_>) {
        if !row.field.is_empty() {
            self.setting(&at.key("setting"), row.field);
        }
        let reach = self.reach(at, row.audience);
        let Some(entity_type) = self.entity_type(at, row.entity_type) else { return };
        if self.catalog.level_of(entity_type).is_some() {
            self.duplicate(&at.key("entityType"), row.entity_type, "a list of levels for it");
        }
        let levels = self.level_names(&at.key("levels"), entity_type, row.levels);
        self.catalog.levels.push(Level {
            field: row.field.into(),
            entity_type,
            levels,
            numbers: row.numbers.iter().map(|(number, name)| (*number, (*name).into())).collect(),
            reach,
            rules: keep(row.rules),
        });
    }

    fn level_names(
        &mut self,
        at: &Path<'_>,
        entity_type: EntityType,
        rows: &[(&str, &str)],
    ) -> Vec<(Box<str>, Option<usize>)> {
        self.at_most(LEVEL_NAMES, at, rows.len(), "levels");
        let mut levels: Vec<(Box<str>, _)> = vec![(NONE.into(), None)];
        for (name, id) in rows.iter().take(LEVEL_NAMES) {
            let at = at.key(name);
            if levels.iter().any(|(known, _)| **known == **name) {
                self.duplicate(&at, name, "a level of that name");
            }
            levels.push(((*name).into(), self.set(&at, id, Some(entity_type))));
        }
        levels
    }

    pub(super) fn rest(&mut self, rows: &Rows<'_>) {
        self.name(&self.root.key("name"), rows.name);
        self.catalog.member_role = self.role(&self.root.key("defaultRole"), rows.member_role).unwrap_or(0);
        self.creator(rows);
        self.tokens_and_runs(rows);
        self.catalog.fields = rows.fields.iter().map(|field| (*field).into()).collect();
        self.catalog.references = self.of_types("references", rows.references);
        self.catalog.contexts = self.of_types("contexts", rows.contexts);
        self.catalog.editions = rows.editions.iter().map(edition).collect();
        self.catalog.citations = vec![Vec::new(); Because::COUNT];
        for (because, rules) in rows.citations {
            if let Some(kept) = self.catalog.citations.get_mut(*because as usize) {
                kept.extend(keep(rules));
            }
        }
    }

    /// One set for each type, so that what is created costs one grant.
    fn creator(&mut self, rows: &Rows<'_>) {
        let at = self.root.key("creator");
        let at = at.key("permissionSets");
        let mut met = Vec::new();
        for (index, id) in rows.creator.sets.iter().enumerate() {
            let at = at.index(index);
            let set = self.set(&at, id, None);
            let entity_type = set.and_then(|set| self.catalog.sets.get(set)).map(|set| set.entity_type);
            if entity_type.is_some_and(|it| met.contains(&it)) {
                self.duplicate(&at, id, "a set for the same entities");
            } else {
                met.extend(entity_type);
                self.catalog.creator_sets.extend(set);
            }
        }
        self.catalog.machine_creators = rows.creator.machines;
    }

    fn tokens_and_runs(&mut self, rows: &Rows<'_>) {
        self.catalog.tokens_follow_default_role = rows.tokens_follow_default_role;
        self.catalog.token_exceptions = self.by_type("tokenExceptions", rows.token_exceptions);
        self.catalog.timed_scopes = self.by_type("timedScopes", rows.timed_scopes);
        self.catalog.identity = rows.identity.to_vec();
        if !rows.identity.is_empty() {
            let at = self.root.key("ownStack");
            let entity_type = self.entity_type(&at, rows.own_stack.0);
            let set = self.set(&at, rows.own_stack.1, entity_type).and_then(|set| self.catalog.sets.get(set));
            self.catalog.own_stack = entity_type.zip(set.map(|set| set.scopes));
        }
        self.catalog.needs = self.each("needs", rows.needs, |builder, at, row| {
            let (entity_type, scope) = builder.scope_of_type(at, row.entity_type, row.scope)?;
            Some(Needed { need: row.need, entity_type, scope, rule: row.rule.into() })
        });
        self.catalog.disputes = self.each("disputes", rows.disputes, |builder, at, row| {
            let (entity_type, scope) = builder.scope_of_type(at, row.entity_type, row.scope)?;
            let holding = builder.set(at, row.holding, None)?;
            Some(Dispute { entity_type, scope, holding, rule: kept(row.rule) })
        });
    }

    /// What is made of each row of a list.
    fn each<R, T>(
        &mut self,
        field: &str,
        rows: &[R],
        mut read: impl FnMut(&mut Self, &Path<'_>, &R) -> Option<T>,
    ) -> Vec<T> {
        let at = self.root.key(field);
        let mut made = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            made.extend(read(self, &at.index(index), row));
        }
        made
    }

    /// Words, each with the type that it stands for.
    fn of_types(&mut self, field: &str, rows: &[(&str, &str)]) -> Vec<(Box<str>, EntityType)> {
        self.each(field, rows, |builder, at, (word, name)| {
            Some(((*word).into(), builder.entity_type(at, name)?))
        })
    }

    /// Scopes of any types, as one set for each type.
    fn by_type(&mut self, field: &str, scopes: &[(&str, &str)]) -> Vec<ScopeSet> {
        let found = self.each(field, scopes, |builder, at, (entity_type, scope)| {
            builder.scope_of_type(at, entity_type, scope)
        });
        let mut sets = vec![ScopeSet::EMPTY; self.catalog.types.len()];
        for (entity_type, scope) in found {
            if let Some(set) = sets.get_mut(entity_type.position()) {
                set.insert(scope);
            }
        }
        sets
    }

    fn reach(&mut self, at: &Path<'_>, audience: Audience<'_>) -> Reach {
        let (field, names, concerned): (_, &[&str], _) = match audience {
            Audience::Nobody => ("roles", &[], true),
            Audience::EveryoneBut(names) => ("exceptRoles", names, false),
            Audience::Roles(names) => ("roles", names, true),
        };
        let at = at.key(field);
        let mut built_in = vec![!concerned; self.catalog.roles.len()];
        for (index, name) in names.iter().enumerate() {
            if let Some(slot) = self.role(&at.index(index), name).and_then(|role| built_in.get_mut(role)) {
                *slot = concerned;
            }
        }
        Reach { built_in, custom: !concerned }
    }
}

fn edition(row: &EditionRow<'_>) -> Edition {
    Edition { name: row.name.into(), custom: row.custom, roles: row.roles }
}
