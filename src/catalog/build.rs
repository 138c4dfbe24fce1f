//! Rows → a [`Catalog`]: names that must exist do, and become positions and sets of bits.

use super::{
    Audience, Because, BuiltInRole, Catalog, Dispute, Edition, EditionRow, KeptRule, Level, Needed,
    PermissionSet, Reach, Rows, Rule, Toggle, TypeInfo,
};
use crate::entity::EntityType;
use crate::names::sorted;
use crate::problem::{Code, Invalid, Path, Problems};
use crate::scope::{Scope, ScopeSet};

impl Catalog {
    /// Checks rows and indexes them.
    ///
    /// # Errors
    ///
    /// Every name in the rows that names nothing, and every type or scope that stands twice.
    pub fn new(rows: &Rows<'_>) -> Result<Self, Invalid> {
        let mut builder = Builder { catalog: Self::default(), problems: Problems::default() };
        builder.build(rows);
        if builder.problems.is_empty() { Ok(builder.catalog) } else { Err(builder.problems.into_invalid()) }
    }
}

/// Rows on their way to a catalog.
struct Builder {
    catalog: Catalog,
    problems: Problems,
}

impl Builder {
    fn build(&mut self, rows: &Rows<'_>) {
        self.catalog.name = rows.name.into();
        self.types(rows);
        self.sets(rows);
        self.roles(rows);
        self.settings(rows);
        self.tokens_and_runs(rows);
        self.catalog.fields = rows.fields.iter().map(|field| (*field).into()).collect();
        self.catalog.references = self.each("references", rows.references, |builder, at, (field, name)| {
            Some(((*field).into(), builder.entity_type(at, name)?))
        });
        self.catalog.editions = rows.editions.iter().map(edition).collect();
        self.catalog.citations = vec![Vec::new(); Because::COUNT];
        for (because, rules) in rows.citations {
            if let Some(kept) = self.catalog.citations.get_mut(*because as usize) {
                kept.extend(keep(rules));
            }
        }
    }

    fn types(&mut self, rows: &Rows<'_>) {
        for (index, (name, parts)) in rows.entity_types.iter().enumerate() {
            if self.catalog.entity_type(name).is_some() || index >= EntityType::LIMIT {
                let message = format!("the entity type `{name}` stands twice, or is one too many");
                self.problems.add(Code::Duplicate, &Path::Root.key("entityTypes").index(index), message);
            }
            let info = TypeInfo { name: (*name).into(), parts: *parts, ..TypeInfo::default() };
            self.catalog.types.push(info);
        }
        for (index, (type_name, name)) in rows.scopes.iter().enumerate() {
            let at = Path::Root.key("scopes");
            let at = at.index(index);
            let Some(entity_type) = self.entity_type(&at, type_name) else { continue };
            if let Some(info) = self.catalog.types.get_mut(entity_type.position()) {
                info.scopes.push((*name).into());
            }
        }
        let at = Path::Root.key("scopes");
        for info in &mut self.catalog.types {
            info.scopes = sorted(std::mem::take(&mut info.scopes));
            for (name, _) in info.scopes.iter().zip(info.scopes.iter().skip(1)).filter(|(a, b)| a == b) {
                let message = format!("the scope `{name}` of `{}` stands twice", info.name);
                self.problems.add(Code::Duplicate, &at, message);
            }
            if info.scopes.len() > Scope::LIMIT {
                let message =
                    format!("`{}` has {} scopes: at most {} fit", info.name, info.scopes.len(), Scope::LIMIT);
                self.problems.add(Code::TooMany, &at, message);
            }
        }
        self.catalog.number_scopes();
    }

    fn sets(&mut self, rows: &Rows<'_>) {
        for (index, row) in rows.permission_sets.iter().enumerate() {
            let sets = Path::Root.key("permissionSets");
            let at = sets.index(index);
            let Some(entity_type) = self.entity_type(&at, row.entity_type) else { continue };
            let mut scopes = self.scope_set(&at, entity_type, row.scopes);
            if let Some(included) = row.includes.and_then(|id| self.set(&at, id)) {
                scopes.add(&self.catalog.sets.get(included).map(|set| set.scopes).unwrap_or_default());
            }
            let set = PermissionSet { id: row.id.into(), name: row.name.into(), entity_type, scopes };
            self.catalog.sets.push(set);
        }
    }

    fn roles(&mut self, rows: &Rows<'_>) {
        self.catalog.roles = self.each("roles", rows.roles, |builder, at, row| {
            let organization = builder.catalog.organization_type();
            Some(BuiltInRole {
                id: row.id.into(),
                everything: row.everything,
                scopes: organization.map(|it| builder.scope_set(at, it, row.scopes)).unwrap_or_default(),
                scopes_by: keep(row.scopes_by),
                sets: row
                    .sets
                    .iter()
                    .filter_map(|(id, rules)| Some((builder.set(at, id)?, keep(rules))))
                    .collect(),
            })
        });
        self.catalog.member_role = self.role(&Path::Root.key("memberRole"), rows.member_role).unwrap_or(0);
    }

    fn settings(&mut self, rows: &Rows<'_>) {
        self.catalog.toggles = self.each("toggles", rows.toggles, |builder, at, row| {
            let entity_type = builder.entity_type(at, row.entity_type)?;
            let scope = builder.scope(at, entity_type, row.scope)?;
            let reach = builder.reach(at, row.audience);
            let rules = keep(row.rules);
            Some(Toggle { field: row.field.into(), entity_type, scope, act: row.act, reach, rules })
        });
        self.catalog.levels = self.each("levels", rows.levels, |builder, at, row| {
            let set = |builder: &mut Self, id: Option<&str>| id.and_then(|id| builder.set(at, id));
            Some(Level {
                field: row.field.into(),
                entity_type: builder.entity_type(at, row.entity_type)?,
                levels: row.levels.iter().map(|(name, id)| ((*name).into(), set(builder, *id))).collect(),
                numbers: row.numbers.iter().map(|(number, name)| (*number, (*name).into())).collect(),
                reach: builder.reach(at, row.audience),
                rules: keep(row.rules),
            })
        });
        self.catalog.creator_sets =
            self.each("creator", rows.creator.sets, |builder, at, id| builder.set(at, id));
        self.catalog.machine_creators = rows.creator.machines;
    }

    fn tokens_and_runs(&mut self, rows: &Rows<'_>) {
        self.catalog.tokens_follow_default_role = rows.tokens_follow_default_role;
        self.catalog.token_exceptions = self.by_type("tokenExceptions", rows.token_exceptions);
        self.catalog.timed_scopes = self.by_type("timedScopes", rows.timed_scopes);
        self.catalog.identity = rows.identity.to_vec();
        if !rows.identity.is_empty() {
            let at = Path::Root.key("ownStack");
            self.catalog.own_stack = self.entity_type(&at, rows.own_stack.0).zip(
                self.set(&at, rows.own_stack.1)
                    .and_then(|set| self.catalog.sets.get(set))
                    .map(|set| set.scopes),
            );
        }
        self.catalog.needs = self.each("needs", rows.needs, |builder, at, row| {
            let entity_type = builder.entity_type(at, row.entity_type)?;
            let scope = builder.scope(at, entity_type, row.scope)?;
            Some(Needed { need: row.need, entity_type, scope, rule: row.rule.into() })
        });
        self.catalog.disputes = self.each("disputes", rows.disputes, |builder, at, row| {
            let entity_type = builder.entity_type(at, row.entity_type)?;
            let scope = builder.scope(at, entity_type, row.scope)?;
            let holding = builder.set(at, row.holding)?;
            Some(Dispute { entity_type, scope, holding, rule: kept(row.rule) })
        });
    }

    fn each<R, T>(
        &mut self,
        field: &str,
        rows: &[R],
        mut read: impl FnMut(&mut Self, &Path<'_>, &R) -> Option<T>,
    ) -> Vec<T> {
        let at = Path::Root.key(field);
        let mut made = Vec::new();
        for (index, row) in rows.iter().enumerate() {
            made.extend(read(self, &at.index(index), row));
        }
        made
    }

    /// Scopes of any types, as one set for each type.
    fn by_type(&mut self, field: &str, scopes: &[(&str, &str)]) -> Vec<ScopeSet> {
        let mut sets = vec![ScopeSet::EMPTY; self.catalog.types.len()];
        let found = self.each(field, scopes, |builder, at, (entity_type, scope)| {
            let entity_type = builder.entity_type(at, entity_type)?;
            Some((entity_type, builder.scope(at, entity_type, scope)?))
        });
        for (entity_type, scope) in found {
            if let Some(set) = sets.get_mut(entity_type.position()) {
                set.insert(scope);
            }
        }
        sets
    }

    fn reach(&mut self, at: &Path<'_>, audience: Audience<'_>) -> Reach {
        let count = self.catalog.roles.len();
        let (names, concerned, custom): (&[&str], _, _) = match &audience {
            Audience::Nobody => (&[], true, false),
            Audience::EveryoneBut(names) => (names, false, true),
            Audience::Role(name) => (std::slice::from_ref(name), true, false),
        };
        let mut built_in = vec![!concerned; count];
        for name in names {
            if let Some(slot) = self.role(at, name).and_then(|role| built_in.get_mut(role)) {
                *slot = concerned;
            }
        }
        Reach { built_in, custom }
    }

    fn scope_set(&mut self, at: &Path<'_>, entity_type: EntityType, names: &[&str]) -> ScopeSet {
        names.iter().filter_map(|name| self.scope(at, entity_type, name)).collect()
    }

    fn entity_type(&mut self, at: &Path<'_>, name: &str) -> Option<EntityType> {
        let found = self.catalog.entity_type(name);
        self.must_exist(found, at, Code::UnknownEntityType, "entity type", name)
    }

    fn scope(&mut self, at: &Path<'_>, entity_type: EntityType, name: &str) -> Option<Scope> {
        let found = self.catalog.scope(entity_type, name);
        self.must_exist(found, at, Code::UnknownScope, "scope", name)
    }

    fn set(&mut self, at: &Path<'_>, id: &str) -> Option<usize> {
        let found = self.catalog.sets.iter().position(|set| *set.id == *id);
        self.must_exist(found, at, Code::UnknownPermissionSet, "permission set", id)
    }

    fn role(&mut self, at: &Path<'_>, id: &str) -> Option<usize> {
        let found = self.catalog.role(id);
        self.must_exist(found, at, Code::UnknownRole, "role", id)
    }

    fn must_exist<T>(
        &mut self,
        found: Option<T>,
        at: &Path<'_>,
        code: Code,
        what: &str,
        name: &str,
    ) -> Option<T> {
        if found.is_none() {
            self.problems.add(code, at, format!("no {what} `{name}` is in the rows before this one"));
        }
        found
    }
}

fn edition(row: &EditionRow<'_>) -> Edition {
    Edition { name: row.name.into(), custom: row.custom, roles: row.roles }
}

fn keep(rules: &[Rule<'_>]) -> Vec<KeptRule> {
    rules.iter().map(|rule| kept(*rule)).collect()
}

fn kept(rule: Rule<'_>) -> KeptRule {
    KeptRule { number: rule.number.into(), basis: rule.basis }
}
