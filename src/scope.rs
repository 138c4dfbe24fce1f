//! Scopes as small numbers and sets of them as rows of bits. The only file that touches a word or a shift.

/// One action on one entity type: the position of its name among the sorted scope names of that type.
///
/// A number means nothing without its entity type and its catalog, and never leaves the process: names are the
/// wire form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(u8);

impl Scope {
    /// How many scopes one entity type may have.
    pub const LIMIT: usize = 256;

    /// The first scope of a type.
    pub(crate) const FIRST: Self = Self(0);

    /// The scope at a position, or nothing when the position is past [`Scope::LIMIT`].
    pub(crate) fn at(position: usize) -> Option<Self> {
        u8::try_from(position).ok().map(Self)
    }

    /// The position among the sorted names of the entity type, from 0.
    pub fn position(self) -> usize {
        usize::from(self.0)
    }
}

/// A set of scopes of one entity type. Empty by default: nothing is granted until something grants it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct ScopeSet([u64; 4]);

impl ScopeSet {
    /// The empty set.
    pub const EMPTY: Self = Self([0; 4]);

    /// The first `count` scopes of a type.
    pub(crate) fn first(count: usize) -> Self {
        let mut set = Self::EMPTY;
        let mut left = count;
        for word in &mut set.0 {
            *word = if left < 64 { (1 << left) - 1 } else { u64::MAX };
            left = left.saturating_sub(64);
        }
        set
    }

    /// The set of one scope.
    #[inline]
    pub(crate) fn of(scope: Scope) -> Self {
        let word = |at| if at == usize::from(scope.0 >> 6) { 1 << (scope.0 & 63) } else { 0 };
        Self([word(0), word(1), word(2), word(3)])
    }

    /// Whether the scope is in the set.
    #[inline]
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.get(usize::from(scope.0 >> 6)).is_some_and(|word| word >> (scope.0 & 63) & 1 == 1)
    }

    /// Whether no scope is in the set.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// How many scopes are in the set.
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The scopes in the set, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = Scope> + use<> {
        Each { words: self.0, at: 0 }
    }

    /// Adds one scope.
    pub(crate) fn insert(&mut self, scope: Scope) {
        if let Some(word) = self.0.get_mut(usize::from(scope.0 >> 6)) {
            *word |= 1 << (scope.0 & 63);
        }
    }

    /// Adds every scope of another set.
    #[inline]
    pub(crate) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine |= theirs);
    }

    /// The scopes that are in this set and not in the other.
    #[inline]
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut rest = *self;
        rest.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine &= !theirs);
        rest
    }

    /// The scopes of both sets together.
    pub(crate) fn plus(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    /// The scopes that are in both sets.
    pub(crate) fn within(&self, other: &Self) -> Self {
        self.without(&self.without(other))
    }

    /// Whether the two sets share a scope.
    #[inline]
    pub(crate) fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(other.0).any(|(mine, theirs)| mine & theirs != 0)
    }

    /// Whether every scope of the other set is in this one.
    pub(crate) fn includes(&self, other: &Self) -> bool {
        other.without(self).is_empty()
    }

    /// The four words of the set, lowest first: the form in which it travels.
    pub(crate) fn words(&self) -> &[u64; 4] {
        &self.0
    }

    pub(crate) fn of_words(words: [u64; 4]) -> Self {
        Self(words)
    }

    /// The set as eight words of 32 bits, lowest first: the form in which a row crosses to JavaScript, whose
    /// bit operators work on 32.
    #[cfg(all(target_arch = "wasm32", feature = "engine"))]
    pub(crate) fn halves(&self) -> [u32; 8] {
        let [a, b, c, d] = self.0;
        #[expect(clippy::cast_possible_truncation, reason = "the two halves of a word are what is wanted")]
        [a, a >> 32, b, b >> 32, c, c >> 32, d, d >> 32].map(|half| half as u32)
    }
}

/// The scopes of a set, in the order of their names. A type with a name: of what a closure makes, every loop has a copy.
#[derive(Debug, Clone)]
struct Each {
    /// The scopes that are to come.
    words: [u64; 4],
    /// The words before this one are empty.
    at: u8,
}

impl Iterator for Each {
    type Item = Scope;

    fn next(&mut self) -> Option<Scope> {
        while let Some(word) = self.words.get_mut(usize::from(self.at)) {
            if *word != 0 {
                let bit = word.trailing_zeros();
                *word &= *word - 1;
                return Scope::at(usize::from(self.at) * 64 + bit as usize);
            }
            self.at += 1;
        }
        None
    }
}

impl FromIterator<Scope> for ScopeSet {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut set = Self::EMPTY;
        scopes.into_iter().for_each(|scope| set.insert(scope));
        set
    }
}
