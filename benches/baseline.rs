//! The same questions answered by hand: what one writes for this kind of organization and for nothing else.
//!
//! For each entity it is known which coverings it lies in (everything of its type, everything with a tag, a rule's
//! list), and for each principal which scopes it has by each covering. A decision is three look-ups and a few bits.
//! It knows no reasons, no unknown tags, no tokens and no settings, and it trusts its document.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use scopewise::catalog::Listing;
use serde::Deserialize;

use crate::workload::{ORGANIZATION, REVISION};

/// Scopes as bits: the catalog has less than 256 names.
type Mask = [u64; 4];
pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<Fx>>;

pub(crate) struct Baseline {
    scopes: Map<String, usize>,
    /// Where the coverings of an entity stand in `coverings`.
    entities: Map<String, Range<usize>>,
    coverings: Vec<usize>,
    covering_count: usize,
    /// What each role gives: scopes by a covering.
    roles: Map<String, Vec<(usize, Mask)>>,
    /// The roles of each principal.
    members: Map<String, Vec<String>>,
}

/// A principal, worked out.
pub(crate) struct Holder<'b> {
    baseline: &'b Baseline,
    /// By covering, a position in `masks`.
    positions: Vec<u16>,
    masks: Vec<Mask>,
}

impl Baseline {
    pub(crate) fn load(text: &str) -> Self {
        let document = serde_json::from_str(text).expect("the workload writes the document");
        Builder::default().build(&document)
    }

    pub(crate) fn principal(&self, name: &str) -> Holder<'_> {
        let mut holder =
            Holder { baseline: self, positions: vec![0; self.covering_count], masks: vec![[0; 4]] };
        for role in &self.members[name] {
            self.roles[role].iter().for_each(|(covering, mask)| holder.add(*covering, mask));
        }
        holder
    }
}

impl Holder<'_> {
    pub(crate) fn can(&self, scope: &str, entity: &str) -> bool {
        let baseline = self.baseline;
        let (Some(bit), Some(range)) = (baseline.scopes.get(scope), baseline.entities.get(entity)) else {
            return false;
        };
        baseline.coverings[range.clone()].iter().any(|it| self.mask(*it)[bit >> 6] >> (bit & 63) & 1 == 1)
    }

    /// Entity by entity whether each scope is allowed.
    pub(crate) fn page(&self, entities: &[&str], scopes: &[&str]) -> Vec<bool> {
        let bits: Vec<_> = scopes.iter().map(|scope| self.baseline.scopes[*scope]).collect();
        let mut allowed = Vec::with_capacity(entities.len() * scopes.len());
        for entity in entities {
            let row = self.row(self.baseline.entities[*entity].clone());
            allowed.extend(bits.iter().map(|bit| row[bit >> 6] >> (bit & 63) & 1 == 1));
        }
        allowed
    }

    fn row(&self, coverings: Range<usize>) -> Mask {
        let mut row = [0; 4];
        self.baseline.coverings[coverings].iter().for_each(|it| merge(&mut row, self.mask(*it)));
        row
    }

    fn mask(&self, covering: usize) -> &Mask {
        &self.masks[usize::from(self.positions[covering])]
    }

    fn add(&mut self, covering: usize, mask: &Mask) {
        if self.positions[covering] == 0 {
            self.positions[covering] = u16::try_from(self.masks.len()).expect("a principal has few grants");
            self.masks.push([0; 4]);
        }
        merge(&mut self.masks[usize::from(self.positions[covering])], mask);
    }
}

fn merge(mask: &mut Mask, other: &Mask) {
    mask.iter_mut().zip(other).for_each(|(mine, theirs)| *mine |= theirs);
}

/// Coverings get their numbers as rules speak of them.
#[derive(Default)]
struct Builder<'d> {
    scopes: Map<String, usize>,
    /// Type and scopes of each set.
    sets: Map<String, (String, Mask)>,
    coverings: Map<Covering<'d>, usize>,
    covering_count: usize,
    /// The coverings that name an entity.
    named: Map<&'d str, Vec<usize>>,
    roles: Map<String, Vec<(usize, Mask)>>,
}

#[derive(PartialEq, Eq, Hash)]
enum Covering<'d> {
    Everything(String),
    Tag(String, &'d str, &'d str),
}

impl<'d> Builder<'d> {
    fn build(mut self, document: &Document<'d>) -> Baseline {
        self.catalog();
        self.custom_sets(document);
        document.roles.iter().for_each(|role| self.role(role));
        let (entities, coverings) = self.entities(document);
        Baseline {
            scopes: self.scopes,
            entities,
            coverings,
            covering_count: self.covering_count,
            roles: self.roles,
            members: members(document),
        }
    }

    /// The scopes, the default sets, and the built-in roles as ones that hold everywhere.
    fn catalog(&mut self) {
        let listing = Listing::of(REVISION).expect("the revision is embedded");
        for entity_type in &listing.entity_types {
            let everything = self.covering(Covering::Everything(entity_type.name.clone()));
            for scope in entity_type.groups.iter().flat_map(|group| &group.scopes) {
                let count = self.scopes.len();
                self.scopes.entry(scope.name.clone()).or_insert(count);
                let mask = self.mask([scope.name.as_str()]);
                for role in &scope.roles {
                    self.roles.entry(role.clone()).or_default().push((everything, mask));
                }
            }
        }
        for set in listing.permission_sets {
            let mask = self.mask(set.scopes.iter().map(String::as_str));
            self.sets.insert(set.id, (set.entity_type, mask));
        }
    }

    fn mask<'s>(&self, scopes: impl IntoIterator<Item = &'s str>) -> Mask {
        let mut mask = [0; 4];
        for bit in scopes.into_iter().map(|scope| self.scopes[scope]) {
            mask[bit >> 6] |= 1 << (bit & 63);
        }
        mask
    }

    fn custom_sets(&mut self, document: &Document<'d>) {
        for set in &document.permission_sets {
            let mask = self.mask(set.scopes.iter().copied());
            self.sets.insert(set.id.to_owned(), (set.entity_type.to_owned(), mask));
        }
    }

    fn role(&mut self, role: &Role<'d>) {
        let mut grants = Vec::new();
        for rule in &role.rules {
            let (entity_type, mask) = self.sets[rule.permission_set].clone();
            let covering = match &rule.on {
                On::Word(Everywhere::All) => self.covering(Covering::Everything(entity_type)),
                On::Tags { tags: [tag] } => self.covering(Covering::Tag(entity_type, tag.key, tag.equals)),
                On::Entities(entities) => self.list(entities),
            };
            grants.push((covering, mask));
        }
        for set in &role.organization_access {
            let (entity_type, mask) = self.sets[*set].clone();
            grants.push((self.covering(Covering::Everything(entity_type)), mask));
        }
        self.roles.insert(role.id.to_owned(), grants);
    }

    fn covering(&mut self, covering: Covering<'d>) -> usize {
        let count = &mut self.covering_count;
        *self.coverings.entry(covering).or_insert_with(|| next(count))
    }

    fn list(&mut self, entities: &[&'d str]) -> usize {
        let covering = next(&mut self.covering_count);
        for entity in entities {
            self.named.entry(entity).or_default().push(covering);
        }
        covering
    }

    fn entities(&self, document: &Document<'d>) -> (Map<String, Range<usize>>, Vec<usize>) {
        let mut entities = Map::default();
        let mut coverings = Vec::new();
        let organization = Entity { entity: ORGANIZATION, tags: HashMap::default() };
        for entity in document.entities.iter().chain([&organization]) {
            let first = coverings.len();
            let word = entity.entity.split(':').next().unwrap_or_default();
            let by_tags = entity.tags.iter().map(|(key, value)| Covering::Tag(word.to_owned(), key, value));
            let found = by_tags.chain([Covering::Everything(word.to_owned())]);
            coverings.extend(found.filter_map(|it| self.coverings.get(&it)));
            coverings.extend(self.named.get(entity.entity).into_iter().flatten());
            entities.insert(entity.entity.to_owned(), first..coverings.len());
        }
        (entities, coverings)
    }
}

fn next(count: &mut usize) -> usize {
    *count += 1;
    *count - 1
}

fn members(document: &Document<'_>) -> Map<String, Vec<String>> {
    let mut members: Map<String, Vec<String>> = Map::default();
    for member in &document.members {
        members.insert(format!("user:{}", member.user), vec![member.role.to_owned()]);
    }
    for team in &document.teams {
        for member in &team.members {
            let roles = members.get_mut(&format!("user:{}", member.user)).expect("members are listed");
            roles.extend(team.roles.iter().map(|role| (*role).to_owned()));
        }
    }
    members
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'d> {
    #[serde(borrow)]
    permission_sets: Vec<Set<'d>>,
    roles: Vec<Role<'d>>,
    teams: Vec<Team<'d>>,
    members: Vec<Member<'d>>,
    entities: Vec<Entity<'d>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Set<'d> {
    id: &'d str,
    entity_type: &'d str,
    scopes: Vec<&'d str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Role<'d> {
    id: &'d str,
    #[serde(borrow)]
    rules: Vec<Rule<'d>>,
    organization_access: Vec<&'d str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'d> {
    permission_set: &'d str,
    #[serde(borrow)]
    on: On<'d>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum On<'d> {
    Word(Everywhere),
    #[serde(borrow)]
    Entities(Vec<&'d str>),
    Tags {
        tags: [Tag<'d>; 1],
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Everywhere {
    All,
}

#[derive(Deserialize)]
struct Tag<'d> {
    key: &'d str,
    equals: &'d str,
}

#[derive(Deserialize)]
struct Team<'d> {
    roles: Vec<&'d str>,
    #[serde(borrow)]
    members: Vec<TeamMember<'d>>,
}

#[derive(Deserialize)]
struct TeamMember<'d> {
    user: &'d str,
}

#[derive(Deserialize)]
struct Member<'d> {
    user: &'d str,
    role: &'d str,
}

#[derive(Deserialize)]
struct Entity<'d> {
    entity: &'d str,
    #[serde(borrow)]
    tags: HashMap<&'d str, &'d str>,
}

/// The hash that fast maps in Rust use.
#[derive(Default)]
pub(crate) struct Fx(u64);

impl Fx {
    fn step(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }
}

impl Hasher for Fx {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.step(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.step(u64::from(*byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
