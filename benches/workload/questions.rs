//! What is asked about the organization.

use std::collections::HashMap;

use super::{Dice, Member, MemberRole, ORGANIZATION, On, Rule, TYPES, Workload, team_name};

/// May this principal do this on that entity?
pub(crate) struct Question {
    pub(crate) principal: String,
    pub(crate) scope: String,
    pub(crate) entity: String,
}

/// The questions by what they measure.
pub(crate) struct Questions {
    /// Of anybody: to compare answers.
    pub(crate) anybody: Vec<Question>,
    /// Of one ordinary member.
    pub(crate) member: Vec<Question>,
    /// Of two hundred members in turn, who are known.
    pub(crate) crowd: Vec<Question>,
    /// One of each of many members.
    pub(crate) newcomers: Vec<Question>,
    pub(crate) page: Page,
}

/// A page that the ordinary member looks at.
pub(crate) struct Page {
    pub(crate) principal: String,
    pub(crate) entities: Vec<String>,
    pub(crate) scopes: Vec<String>,
}

impl Workload {
    pub(crate) fn questions(&self) -> Questions {
        let mut asker = Asker { workload: self, tagged: self.tagged(), dice: Dice::new(7) };
        let member = self.ordinary_member();
        let crowd = asker.dice.several(self.members.len(), 200);
        let newcomers = asker.dice.several(self.members.len(), 500);
        Questions {
            anybody: asker.ask(2_000, |dice| dice.below(self.members.len())),
            member: asker.ask(1_000, |_| member),
            crowd: asker.ask(4_000, |dice| *dice.pick(&crowd)),
            newcomers: newcomers.into_iter().map(|it| asker.question(it)).collect(),
            page: self.page(member),
        }
    }

    /// Of those with the role Member the one with the median number of rules.
    fn ordinary_member(&self) -> usize {
        let ordinary = |it: &usize| matches!(self.members[*it].role, MemberRole::BuiltIn("member"));
        let mut members: Vec<_> = (0..self.members.len()).filter(ordinary).collect();
        members.sort_by_key(|it| (self.rules_of(&self.members[*it]).count(), *it));
        members[members.len() / 2]
    }

    /// A thousand stacks, some again where there are fewer, by twenty scopes.
    fn page(&self, member: usize) -> Page {
        let stacks = self.entities.partition_point(|entity| entity.entity_type == 0);
        Page {
            principal: self.members[member].name(),
            entities: (0..1_000).map(|it| self.entities[it * 97 % stacks].name.clone()).collect(),
            scopes: self.scopes[0].iter().take(20).cloned().collect(),
        }
    }

    /// The entities by type and tag.
    fn tagged(&self) -> HashMap<(usize, String), Vec<usize>> {
        let mut tagged: HashMap<_, Vec<_>> = HashMap::new();
        for (position, entity) in self.entities.iter().enumerate() {
            for value in [entity.stage.to_owned(), team_name(entity.owner)] {
                tagged.entry((entity.entity_type, value)).or_default().push(position);
            }
        }
        tagged
    }
}

impl Member {
    fn name(&self) -> String {
        format!("user:{}", self.user)
    }
}

struct Asker<'w> {
    workload: &'w Workload,
    tagged: HashMap<(usize, String), Vec<usize>>,
    dice: Dice,
}

impl Asker<'_> {
    fn ask(&mut self, count: usize, who: impl Fn(&mut Dice) -> usize) -> Vec<Question> {
        let ask = |_| {
            let member = who(&mut self.dice);
            self.question(member)
        };
        (0..count).map(ask).collect()
    }

    /// Three questions of ten are about something that a rule of the member covers.
    fn question(&mut self, member: usize) -> Question {
        let aimed = if self.dice.percent(30) { self.aimed(member) } else { None };
        let (scope, entity) = aimed.unwrap_or_else(|| self.stray());
        Question { principal: self.workload.members[member].name(), scope, entity }
    }

    fn aimed(&mut self, member: usize) -> Option<(String, String)> {
        let rules: Vec<_> = self.workload.rules_of(&self.workload.members[member]).collect();
        let rule = self.dice.pick(&rules);
        let entity = self.covered(rule)?;
        Some((self.dice.pick(&self.workload.sets[rule.set].scopes).clone(), entity))
    }

    fn covered(&mut self, rule: &Rule) -> Option<String> {
        let entity_type = self.workload.sets[rule.set].entity_type;
        let entity = match &rule.on {
            On::Everywhere => return Some(self.any_of(entity_type)),
            On::Tag(_, value) => *self.dice.pick(self.tagged.get(&(entity_type, value.clone()))?),
            On::Named(entities) => *self.dice.pick(entities),
        };
        Some(self.workload.entities[entity].name.clone())
    }

    fn stray(&mut self) -> (String, String) {
        let entity_type = self.dice.weighted(&[0, 1, 2, 3].map(|it| (TYPES[it].1, it)));
        let scope = self.dice.pick(&self.workload.scopes[entity_type]).clone();
        (scope, self.any_of(entity_type))
    }

    fn any_of(&mut self, entity_type: usize) -> String {
        let entities = &self.workload.entities;
        let first = entities.partition_point(|entity| entity.entity_type < entity_type);
        let end = entities.partition_point(|entity| entity.entity_type <= entity_type);
        if first == end {
            return ORGANIZATION.to_owned();
        }
        entities[first + self.dice.below(end - first)].name.clone()
    }
}
