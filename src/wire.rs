//! Values as bytes and back: how an organization travels once it is compiled.
//!
//! A number takes as many bytes as it needs, lowest seven bits first; a text and a list say their length and then
//! what they hold; a choice says which one and then what it holds. Every type says once of what it consists, and both
//! writing and reading follow from that. Reading trusts nothing: from the first byte that does not fit everything counts
//! as failed, and no more memory is taken than the bytes that are there can fill.
//!
//! Reading is a program's first work at an edge, where each function that is called is compiled before: it asks once, at
//! the end, whether everything did fit, in place of after every number.

mod organization;

use std::ops::Range;
use std::sync::Arc;

use crate::column::{Column, Stretch};
use crate::names::{Lying, Register};
use crate::scope::Scope;

/// What has a form in bytes.
pub(crate) trait Wire: Sized {
    /// Writes it behind what is there.
    fn write(&self, out: &mut Vec<u8>);

    /// Reads what comes next. Where that does not fit, the bytes have failed, and what is given means nothing.
    fn read(bytes: &mut Bytes<'_>) -> Self;
}

/// A value that takes all of a part of these bytes, or nothing. Its tables may stay in them.
pub(crate) fn read<T: Wire>(all: &Arc<Vec<u8>>, part: Range<usize>) -> Option<T> {
    let (value, rest) = read_some(all.get(part.clone())?, Some((all, part.end)))?;
    rest.is_empty().then_some(value)
}

/// A value with which these bytes begin, and what follows it.
#[cfg(feature = "sign")]
pub(crate) fn read_start<T: Wire>(rest: &[u8]) -> Option<(T, &[u8])> {
    read_some(rest, None)
}

fn read_some<'b, T: Wire>(rest: &'b [u8], home: Home<'b>) -> Option<(T, &'b [u8])> {
    let mut bytes = Bytes { rest, home, failed: false };
    let value = T::read(&mut bytes);
    (!bytes.failed).then_some((value, bytes.rest))
}

/// Bytes that are being read.
#[derive(Debug)]
pub(crate) struct Bytes<'b> {
    /// What is left; nothing once something has failed.
    rest: &'b [u8],
    home: Home<'b>,
    failed: bool,
}

/// How many bytes a number takes at the most.
const LONGEST: usize = 10;

/// The bytes in which tables stay that are read where they lie, and where the rest ends in them.
type Home<'b> = Option<(&'b Arc<Vec<u8>>, usize)>;

impl<'b> Bytes<'b> {
    pub(crate) fn fail_unless(&mut self, fits: bool) {
        if !fits {
            (self.failed, self.rest) = (true, &[]);
        }
    }

    /// What was read, if it stands for something; else the bytes have failed, and any will do.
    #[inline]
    pub(crate) fn fitting<T>(&mut self, read: Option<T>, any: impl FnOnce() -> T) -> T {
        self.fail_unless(read.is_some());
        read.unwrap_or_else(any)
    }

    /// The next bytes.
    fn slice(&mut self, length: usize) -> &'b [u8] {
        let (slice, rest) = self.fitting(self.rest.split_at_checked(length), Default::default);
        self.rest = rest;
        slice
    }

    /// The next bytes, which stay where they are.
    fn stretch(&mut self, length: usize) -> Stretch {
        let length = self.slice(length).len();
        let end = self.home.and_then(|(_, end)| end.checked_sub(self.rest.len()));
        let stretch = self.home.zip(end).map(|((home, _), end)| Stretch::of(home, end - length..end));
        self.fitting(stretch, Stretch::default)
    }

    fn byte(&mut self) -> u8 {
        self.slice(1).first().copied().unwrap_or(0)
    }

    #[inline]
    fn number(&mut self) -> u64 {
        match self.rest.split_first() {
            // Nearly all are small.
            Some((byte, rest)) if *byte < 0x80 => {
                self.rest = rest;
                u64::from(*byte)
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> u64 {
        let before = self.rest.iter().take(LONGEST).position(|byte| *byte < 0x80);
        let before = self.fitting(before, || 0);
        let mut number = 0_u64;
        for digit in self.slice(before + 1).iter().rev() {
            self.fail_unless(number <= u64::MAX / 0x80);
            number = number.wrapping_mul(0x80) | u64::from(digit & 0x7F);
        }
        number
    }

    /// How many items come. Each takes a byte at least, so a length past the end is a lie.
    fn length(&mut self) -> usize {
        let length = usize::try_from(self.number()).ok().filter(|length| *length <= self.rest.len());
        self.fitting(length, || 0)
    }

    fn text(&mut self) -> &'b str {
        let length = self.length();
        let text = std::str::from_utf8(self.slice(length)).ok();
        self.fitting(text, || "")
    }

    /// Pairs, as they are written by [`write_columns`].
    pub(crate) fn columns(&mut self) -> Vec<(u32, u32)> {
        let mut pairs = vec![(0, 0); self.length()];
        for (first, _) in &mut pairs {
            *first = Wire::read(self);
        }
        for (_, second) in &mut pairs {
            *second = Wire::read(self);
        }
        pairs
    }

    /// Ends of consecutive ranges over `total` items, as they are written by [`write_ends`].
    pub(crate) fn ends(&mut self, total: usize) -> Vec<u32> {
        let mut ends: Vec<u32> = Wire::read(self);
        let mut before = 0_u32;
        for end in &mut ends {
            before = self.fitting(before.checked_add(*end), || 0);
            *end = before;
        }
        self.fail_unless(before as usize == total);
        ends
    }
}

fn write_number(mut number: u64, out: &mut Vec<u8>) {
    while number >= 0x80 {
        out.push(number.to_le_bytes().first().copied().unwrap_or(0) | 0x80);
        number /= 0x80;
    }
    out.extend(u8::try_from(number));
}

/// Pairs: what stands first in all of them, then what stands second, since that is alike.
pub(crate) fn write_columns(pairs: &[(u32, u32)], out: &mut Vec<u8>) {
    pairs.len().write(out);
    for (first, _) in pairs {
        first.write(out);
    }
    for (_, second) in pairs {
        second.write(out);
    }
}

/// Ends of consecutive ranges, as the lengths of these.
pub(crate) fn write_ends(ends: &[u32], out: &mut Vec<u8>) {
    ends.len().write(out);
    let mut before = 0;
    for end in ends {
        end.saturating_sub(before).write(out);
        before = *end;
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {
        $(impl Wire for $type {
            fn write(&self, out: &mut Vec<u8>) {
                write_number(u64::try_from(*self).unwrap_or(u64::MAX), out);
            }

            fn read(bytes: &mut Bytes<'_>) -> Self {
                let number = Self::try_from(bytes.number());
                bytes.fitting(number.ok(), || 0)
            }
        })*
    };
}
numbers!(u8 u16 u32 u64 usize);

impl Wire for Scope {
    fn write(&self, out: &mut Vec<u8>) {
        self.position().write(out);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let scope = Self::at(Wire::read(bytes));
        bytes.fitting(scope, || Self::FIRST)
    }
}

impl Wire for bool {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let byte = bytes.byte();
        bytes.fail_unless(byte < 2);
        byte == 1
    }
}

impl Wire for i64 {
    fn write(&self, out: &mut Vec<u8>) {
        (*self < 0).write(out);
        self.unsigned_abs().write(out);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let (negative, size): (bool, u64) = Wire::read(bytes);
        let value = if negative { 0_i64.checked_sub_unsigned(size) } else { Self::try_from(size).ok() };
        bytes.fitting(value, || 0)
    }
}

impl Wire for Box<str> {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        bytes.text().into()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        bool::read(bytes).then(|| T::read(bytes))
    }
}

/// For how many items of a list room is taken before they are read.
const AHEAD: usize = 4_096;

impl<T: Wire> Wire for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.len().write(out);
        for item in self {
            item.write(out);
        }
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let length = bytes.length();
        // A claimed length is only bytes: room is taken for as many items as have come.
        let mut list = Self::with_capacity(length.min(AHEAD));
        while list.len() < length && !bytes.failed {
            list.push(T::read(bytes));
        }
        list
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        (A::read(bytes), B::read(bytes))
    }
}

/// As start and length, so that no range ends before it starts.
impl Wire for Range<u32> {
    fn write(&self, out: &mut Vec<u8>) {
        self.start.write(out);
        self.end.saturating_sub(self.start).write(out);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let (start, length): (u32, u32) = Wire::read(bytes);
        start..bytes.fitting(start.checked_add(length), || start)
    }
}

/// How wide, how many, and the numbers as they lie.
impl Wire for Column {
    fn write(&self, out: &mut Vec<u8>) {
        self.width().write(out);
        self.len().write(out);
        out.extend_from_slice(self.cells());
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let (width, length) = (usize::read(bytes), bytes.length());
        let column = Self::lying(bytes.stretch(length.saturating_mul(width)), width);
        bytes.fitting(column, Self::default)
    }
}

/// Names in their order, in which they lie before they are written. They are read where they lie again, each when it
/// is asked for.
impl Wire for Register {
    fn write(&self, out: &mut Vec<u8>) {
        let Self::Lying(lying) = self else { return };
        let (count, starts, text) = lying.parts();
        count.write(out);
        starts.write(out);
        text.len().write(out);
        out.extend_from_slice(text);
    }

    fn read(bytes: &mut Bytes<'_>) -> Self {
        let (count, starts, length) = (bytes.length(), Column::read(bytes), bytes.length());
        let lying = Lying::new(count, starts, bytes.stretch(length));
        Self::Lying(bytes.fitting(lying, Lying::default))
    }
}

/// A structure is its fields in their order; after `..` stands what is worked out of them again.
macro_rules! structure {
    ($type:ty { $($field:ident),* $(,)? $(.. $($rest:ident),+)? }) => {
        impl $crate::wire::Wire for $type {
            fn write(&self, out: &mut Vec<u8>) {
                $($crate::wire::Wire::write(&self.$field, out);)*
            }

            fn read(bytes: &mut $crate::wire::Bytes<'_>) -> Self {
                Self {
                    $($field: $crate::wire::Wire::read(bytes),)*
                    $($($rest: Default::default(),)+)?
                }
            }
        }
    };
}

/// A choice is its number and what the chosen one holds; before all of them stands what a number without one gives.
macro_rules! choice {
    ($type:ident::$blank:ident $(($zero:literal))? {
        $($number:literal => $variant:ident $(($($item:ident),+))? $({$($field:ident),+})?),* $(,)?
    }) => {
        impl $crate::wire::Wire for $type {
            fn write(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($($item),+))? $({$($field),+})? => {
                        out.push($number);
                        $($($crate::wire::Wire::write($item, out);)+)?
                        $($($crate::wire::Wire::write($field, out);)+)?
                    })*
                }
            }

            fn read(bytes: &mut $crate::wire::Bytes<'_>) -> Self {
                let number: u8 = $crate::wire::Wire::read(bytes);
                match number {
                    $($number => {
                        $($(let $item = $crate::wire::Wire::read(bytes);)+)?
                        $($(let $field = $crate::wire::Wire::read(bytes);)+)?
                        Self::$variant $(($($item),+))? $({$($field),+})?
                    })*
                    _ => {
                        bytes.fail_unless(false);
                        Self::$blank $(($zero))?
                    }
                }
            }
        }
    };
}
pub(crate) use {choice, structure};

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    fn read<T: Wire>(bytes: &[u8]) -> Option<T> {
        super::read(&Arc::new(bytes.to_vec()), 0..bytes.len())
    }

    fn written(value: &impl Wire) -> Vec<u8> {
        let mut out = Vec::new();
        value.write(&mut out);
        out
    }

    fn there_and_back<T: Wire + PartialEq + std::fmt::Debug>(value: T) {
        let out = written(&value);
        for end in 0..out.len() {
            assert_eq!(read::<T>(&out[..end]), None, "{end} of {} bytes", out.len());
        }
        assert_eq!(read(&[&out[..], &[0]].concat()), None::<T>, "one byte more");
        assert_eq!(read(&out), Some(value));
    }

    #[test]
    fn values_come_back_and_parts_of_them_do_not() {
        for number in [0, 1, 0x7F, 0x80, 0x3FFF, 0x4000, u64::MAX - 1, u64::MAX] {
            there_and_back(number);
        }
        for number in [0, 1, -1, i64::MAX, i64::MIN] {
            there_and_back(number);
        }
        there_and_back::<Vec<(u32, bool)>>(vec![(7, true), (300, false)]);
        there_and_back::<(Option<Box<str>>, Option<u8>)>((Some("é\n".into()), None));
        there_and_back(5..7_u32);
    }

    #[test]
    fn what_is_too_large_is_refused() {
        assert_eq!(read::<u8>(&written(&300_u64)), None);
        assert_eq!(read::<u64>(&[0xFF; 11]), None);
        assert_eq!(read::<Vec<u8>>(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1]), None);
    }

    /// Behind other values, before others, and within bytes that are none of theirs.
    #[test]
    fn tables_are_read_where_they_lie() {
        let names = Lying::of(["", "b", "ba", "è", "é"].map(Cow::Borrowed).into_iter());
        let numbers = Column::from(&[7, 70_000][..]);
        let mut out = vec![9; 3];
        ((7_u8, Register::from(names)), (numbers, 8_u8)).write(&mut out);
        let all = Arc::new([&out[..], &[9; 5]].concat());
        let ((_, names), (numbers, eight)): ((u8, Register), (Column, u8)) =
            super::read(&all, 3..out.len()).unwrap();
        assert!(names.iter().eq(["", "b", "ba", "è", "é"].map(Cow::Borrowed)));
        assert_eq!([names.get("é"), names.get("c"), names.get("ba")], [Some(4), None, Some(2)]);
        assert_eq!((numbers.get(1), numbers.get(2), eight), (Some(70_000), None, 8));
        for end in 3..out.len() {
            assert!(super::read::<((u8, Register), (Column, u8))>(&all, 3..end).is_none(), "{end}");
        }
    }

    #[test]
    fn tables_that_do_not_fit_are_refused() {
        let refused = |bytes: &[u8]| read::<Column>(bytes).is_none();
        assert!(!refused(&[2, 1, 0, 1]));
        assert!(refused(&[0, 1, 0]), "of no width");
        assert!(refused(&[5, 1, 0, 0, 0, 0, 0]), "too wide");
        assert!(refused(&[2, 2, 0, 1, 0]), "half a number");
        assert!(refused(&[4, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0]), "more than there is");
        let refused = |bytes: &[u8]| read::<Register>(bytes).is_none();
        assert!(!refused(&[1, 1, 1, 0, 3, 0, 1, b'a']));
        assert!(refused(&[1, 1, 2, 0, 0, 3, 0, 1, b'a']), "more blocks than names have");
        assert!(refused(&[17, 1, 1, 0, 3, 0, 1, b'a']), "more names than blocks");
        assert!(refused(&[1, 1, 1, 0, 4, 0, 1, b'a']), "more text than there is");
    }
}
