//! The names of an organization: in a table where they come from a document, in their order where they lie in a
//! bundle. There nothing is done with any of them before it is asked for: a name is found by halving.

use std::borrow::Cow;
use std::ops::Range;

use super::{Names, as_u32};
use crate::column::{Column, Stretch};

/// Distinct names and their numbers, from 0.
#[derive(Debug, Clone)]
pub(crate) enum Register {
    Table(Names),
    Lying(Lying),
}

impl Default for Register {
    fn default() -> Self {
        Self::Table(Names::default())
    }
}

impl From<Names> for Register {
    fn from(mut names: Names) -> Self {
        names.shrink();
        Self::Table(names)
    }
}

impl From<Lying> for Register {
    fn from(names: Lying) -> Self {
        Self::Lying(names)
    }
}

impl Register {
    #[inline]
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Table(names) => names.len(),
            Self::Lying(lying) => lying.count as usize,
        }
    }

    /// The number of a name, if it is there.
    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<u32> {
        match self {
            Self::Table(names) => names.get(name),
            Self::Lying(lying) => lying.find(name.as_bytes()),
        }
    }

    /// The name with that number; empty when there is none.
    pub(crate) fn name(&self, number: u32) -> Cow<'_, str> {
        match self {
            Self::Table(names) => Cow::Borrowed(names.name(number)),
            Self::Lying(lying) => Cow::Owned(lying.name(number)),
        }
    }

    /// Whether the names come from a document, which was checked.
    #[inline]
    pub(crate) fn is_table(&self) -> bool {
        matches!(self, Self::Table(_))
    }

    /// What decides the order of its table.
    pub(crate) fn seed(&self) -> u64 {
        match self {
            Self::Table(names) => names.seed(),
            Self::Lying(lying) => super::seed_of(lying.text.bytes()),
        }
    }

    /// All names, by their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Cow<'_, str>> {
        (0..as_u32(self.len())).map(|number| self.name(number))
    }
}

/// How many names stand together in a block. The first of a block is whole, so that a search can begin there.
const BLOCK: u32 = 32;

/// Names in their order. Each says in a byte how many bytes of the one before it it begins with, then how many
/// follow, then these.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lying {
    count: u32,
    /// Where each block starts.
    starts: Column,
    text: Stretch,
}

impl Lying {
    /// So many names, or nothing where there are not as many blocks as these need, each behind the one before.
    pub(crate) fn new(count: usize, starts: Column, text: Stretch) -> Option<Self> {
        let count = u32::try_from(count).ok()?;
        let fits = starts.len() == count.div_ceil(BLOCK) as usize && starts.is_sorted();
        fits.then_some(Self { count, starts, text })
    }

    /// Lays down names that are in their order.
    pub(crate) fn of<'n>(names: impl Iterator<Item = Cow<'n, str>>) -> Self {
        let (mut count, mut starts, mut text, mut before) =
            (0_u32, Vec::new(), Vec::new(), Cow::Borrowed(""));
        for name in names {
            if count.is_multiple_of(BLOCK) {
                starts.push(as_u32(text.len()));
                before = Cow::Borrowed("");
            }
            let repeated = alike(before.as_bytes(), name.as_bytes()).min(usize::from(u8::MAX));
            let rest = name.as_bytes().get(repeated..).unwrap_or_default();
            text.extend(u8::try_from(repeated));
            write_length(&mut text, rest.len());
            text.extend_from_slice(rest);
            count += 1;
            before = name;
        }
        Self { count, starts: Column::from(&*starts), text: text.into() }
    }

    pub(crate) fn parts(&self) -> (usize, &Column, &[u8]) {
        (self.count as usize, &self.starts, self.text.bytes())
    }

    /// The number of a name. What is not in its order is not found.
    fn find(&self, name: &[u8]) -> Option<u32> {
        let block = self.block_of(name)?;
        // How many bytes of the name the entry before begins with: one that repeats more differs where that does.
        let mut same = 0;
        for (number, (repeated, rest)) in self.numbers_of(block).zip(self.entries(block)) {
            if repeated > same {
                continue;
            }
            let wanted = name.get(repeated..)?;
            let more = alike(rest, wanted);
            match (rest.get(more), wanted.get(more)) {
                (None, None) => return Some(number),
                (entry, wanted) if entry > wanted => return None,
                _ => same = repeated + more,
            }
        }
        None
    }

    fn name(&self, number: u32) -> String {
        if number >= self.count {
            return String::new();
        }
        let (mut name, block) = (Vec::new(), number / BLOCK);
        let mut entries = self.entries(block);
        for _ in block * BLOCK..=number {
            // A number without an entry of its own has no name: that of another one is not lent.
            let Some((repeated, rest)) = entries.next() else { return String::new() };
            name.truncate(repeated);
            name.extend_from_slice(rest);
        }
        String::from_utf8(name).unwrap_or_default()
    }

    /// The last block whose first name does not come after that one.
    fn block_of(&self, name: &[u8]) -> Option<u32> {
        let first = |block| self.entries(block).next().map(|(_, first)| first);
        let Range { mut start, mut end } = 0..as_u32(self.starts.len());
        while start < end {
            let middle = start.midpoint(end);
            if first(middle).is_some_and(|first| first <= name) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        start.checked_sub(1)
    }

    fn numbers_of(&self, block: u32) -> Range<u32> {
        let first = block * BLOCK;
        first..(first + BLOCK).min(self.count)
    }

    fn entries(&self, block: u32) -> Entries<'_> {
        let (text, start) = (self.text.bytes(), |block| self.starts.get(block).map(|start| start as usize));
        let end = start(block + 1).unwrap_or(text.len());
        Entries(start(block).and_then(|start| text.get(start..end)).unwrap_or_default())
    }
}

/// What stands in a block: how much of the name before is repeated, and what follows that.
struct Entries<'t>(&'t [u8]);

impl<'t> Iterator for Entries<'t> {
    type Item = (usize, &'t [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (repeated, rest) = self.0.split_first()?;
        let (length, rest) = read_length(rest)?;
        let (text, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((usize::from(*repeated), text))
    }
}

/// A length, in bytes of which all but the last are 255.
fn write_length(text: &mut Vec<u8>, length: usize) {
    const WHOLE: usize = u8::MAX as usize;
    text.extend(std::iter::repeat_n(u8::MAX, length / WHOLE));
    text.extend(u8::try_from(length % WHOLE));
}

fn read_length(mut text: &[u8]) -> Option<(usize, &[u8])> {
    let mut length = 0;
    loop {
        let (byte, rest) = text.split_first()?;
        (length, text) = (length + usize::from(*byte), rest);
        // What claims more than there is, is not gone through to its end.
        if length > text.len() {
            return None;
        }
        if *byte < u8::MAX {
            return Some((length, text));
        }
    }
}

/// How many bytes two texts begin with alike.
fn alike(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lying(names: &[&str]) -> Register {
        Register::Lying(Lying::of(names.iter().map(|name| Cow::Borrowed(*name))))
    }

    fn holds(names: &[&str]) {
        let register = lying(names);
        assert_eq!(register.len(), names.len());
        assert!(register.iter().eq(names.iter().copied()));
        for (number, name) in (0..).zip(names) {
            assert_eq!(register.get(name), Some(number), "{name}");
            for other in [format!("{name}a"), format!("{name}\u{0}"), name.chars().skip(1).collect()] {
                let there = names.iter().position(|name| *name == other).map(as_u32);
                assert_eq!(register.get(&other), there, "{other}");
            }
            let shorter = name.chars().rev().skip(1).collect::<String>().chars().rev().collect::<String>();
            assert_eq!(register.get(&shorter), names.iter().position(|name| *name == shorter).map(as_u32));
        }
        assert_eq!(register.name(as_u32(names.len())), "");
        assert_eq!(register.name(u32::MAX), "");
        assert_eq!(register.get("\u{10FFFF}"), None);
    }

    #[test]
    fn names_are_found_where_they_lie() {
        holds(&[]);
        holds(&[""]);
        holds(&["", "a", "aa", "aaa", "ab", "b", "é", "ê"]);
        let many: Vec<String> =
            (0..1_000).map(|number| format!("stack:acme/{:04}/{number:05}", number / 7)).collect();
        holds(&many.iter().map(String::as_str).collect::<Vec<_>>());
        let long: Vec<String> =
            (0..40).map(|number| format!("{}{number:02}", "long".repeat(100 * (1 + number % 3)))).collect();
        let mut long: Vec<&str> = long.iter().map(String::as_str).collect();
        long.sort_unstable();
        holds(&long);
    }

    /// Whatever the bytes are, a look-up ends in a number or in none.
    #[test]
    fn bytes_that_lie_are_no_trouble() {
        let names: Vec<String> = (0..100).map(|number| format!("name-{number:03}")).collect();
        let Register::Lying(honest) = lying(&names.iter().map(String::as_str).collect::<Vec<_>>()) else {
            return;
        };
        let (count, starts, text) = honest.parts();
        for (at, byte) in (0..text.len()).flat_map(|at| [0, 1, 7, 0x7F, 0xC0, 0xFF].map(|byte| (at, byte))) {
            let mut text = text.to_vec();
            text[at] = byte;
            let forged = Lying::new(count, starts.clone(), text.into()).unwrap();
            for (number, name) in (0..).zip(&names) {
                let found = forged.find(name.as_bytes());
                assert!(found.is_none_or(|found| (found as usize) < count));
                assert!(forged.name(number).len() < 10_000);
            }
        }
        assert!(Lying::new(count + BLOCK as usize, starts.clone(), text.to_vec().into()).is_none());
        let turned = Column::from(&[0, 200, 100, 300][..]);
        assert!(Lying::new(count, turned, text.to_vec().into()).is_none(), "blocks that share their text");
        let (short, lengths) = (
            Lying::new(2, Column::from(&[0][..]), vec![0, 3, b'b', b'o', b'b'].into()),
            vec![0xFF; 3_000_000],
        );
        let short = short.unwrap();
        assert_eq!((&*short.name(0), &*short.name(1)), ("bob", ""), "what has no entry has no name");
        assert_eq!(read_length(&lengths), None);
        let nowhere = Column::from(&vec![u32::MAX; starts.len()][..]);
        let forged = Lying::new(count, nowhere, text.to_vec().into()).unwrap();
        assert_eq!((forged.find(b"name-001"), &*forged.name(1)), (None, ""));
    }
}
