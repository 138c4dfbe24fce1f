//! Values as bytes and back: how an organization travels once it is compiled.
//!
//! A number takes as many bytes as it needs, lowest seven bits first; a text and a list say their length and then
//! what they hold; a choice says which one and then what it holds. Every type says once of what it consists, and is
//! written and read by that. Reading trusts nothing: from the first byte that does not fit everything counts as
//! failed, and no more memory is taken than the bytes that are there can fill.

mod organization;

use std::ops::Range;
use std::sync::Arc;

use crate::column::{Column, Stretch};
use crate::names::{Lying, Register};
use crate::scope::Scope;

/// What has a form in bytes.
pub(crate) trait Wire: Sized {
    /// Something to read into.
    fn blank() -> Self;

    /// Writes it, or reads what comes in its place.
    fn pass(&mut self, wire: &mut Bytes<'_>);
}

/// Bytes that are being written or read.
#[derive(Debug)]
pub(crate) struct Bytes<'b> {
    written: Vec<u8>,
    /// What is left to be read; nothing while writing.
    rest: Option<&'b [u8]>,
    /// The bytes in which tables stay that are read where they lie, and where the rest ends in them.
    home: Option<(&'b Arc<Vec<u8>>, usize)>,
    failed: bool,
}

/// Everything of a value, behind what is there.
pub(crate) fn write(value: &mut impl Wire, written: Vec<u8>) -> Vec<u8> {
    let mut bytes = Bytes { written, rest: None, home: None, failed: false };
    value.pass(&mut bytes);
    bytes.written
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

fn read_some<'b, T: Wire>(rest: &'b [u8], home: Option<(&'b Arc<Vec<u8>>, usize)>) -> Option<(T, &'b [u8])> {
    let mut bytes = Bytes { written: Vec::new(), rest: Some(rest), home, failed: false };
    let mut value = T::blank();
    value.pass(&mut bytes);
    bytes.rest.filter(|_| !bytes.failed).map(|rest| (value, rest))
}

impl<'b> Bytes<'b> {
    pub(crate) fn is_reading(&self) -> bool {
        self.rest.is_some()
    }

    pub(crate) fn fail_unless(&mut self, whole: bool) {
        self.failed |= !whole;
    }

    fn byte(&mut self, byte: &mut u8) {
        match self.rest {
            None => self.written.push(*byte),
            Some(_) => *byte = self.slice(1).first().copied().unwrap_or(0),
        }
    }

    /// The next bytes; none once something has failed.
    fn slice(&mut self, length: usize) -> &'b [u8] {
        let split = self.rest.filter(|_| !self.failed).and_then(|rest| rest.split_at_checked(length));
        self.failed |= split.is_none();
        let (slice, rest) = split.unwrap_or((&[], &[]));
        self.rest = Some(rest);
        slice
    }

    /// The next bytes, which stay where they are.
    fn stretch(&mut self, length: usize) -> Stretch {
        let slice = self.slice(length);
        let left = self.rest.unwrap_or_default().len();
        let start = self.home.and_then(|(_, end)| end.checked_sub(left + slice.len()));
        match self.home.zip(start) {
            Some(((home, _), start)) if !self.failed => Stretch::of(home, start..start + slice.len()),
            _ => {
                self.failed = true;
                Stretch::default()
            }
        }
    }

    #[inline]
    fn number(&mut self, number: &mut u64) {
        match self.rest {
            None => self.write_number(*number),
            Some(_) => *number = self.read_number(),
        }
    }

    fn write_number(&mut self, number: u64) {
        let mut rest = number;
        while rest >= 0x80 {
            self.written.push(rest.to_le_bytes().first().copied().unwrap_or(0) | 0x80);
            rest /= 0x80;
        }
        self.written.extend(u8::try_from(rest));
    }

    #[inline]
    fn read_number(&mut self) -> u64 {
        match self.rest.and_then(<[u8]>::split_first) {
            // Nearly all are small.
            Some((byte, rest)) if *byte < 0x80 && !self.failed => {
                self.rest = Some(rest);
                u64::from(*byte)
            }
            _ => self.read_long_number(),
        }
    }

    fn read_long_number(&mut self) -> u64 {
        let (mut number, mut unit) = (0_u64, Some(1_u64));
        loop {
            let mut byte = 0;
            self.byte(&mut byte);
            let part = unit.and_then(|unit| u64::from(byte & 0x7F).checked_mul(unit));
            let sum = part.and_then(|part| number.checked_add(part));
            self.failed |= sum.is_none();
            number = sum.unwrap_or(0);
            if byte < 0x80 || self.failed {
                return number;
            }
            unit = unit.and_then(|unit| unit.checked_mul(0x80));
        }
    }

    /// How many items come. Each takes a byte at least, so a length past the end is a lie.
    fn length(&mut self, length: usize) -> usize {
        let mut number = length as u64;
        self.number(&mut number);
        let Some(rest) = self.rest else { return length };
        let length = usize::try_from(number).ok().filter(|length| *length <= rest.len() && !self.failed);
        self.failed |= length.is_none();
        length.unwrap_or(0)
    }

    fn text(&mut self, text: &mut String) {
        let length = self.length(text.len());
        if self.is_reading() {
            let read = std::str::from_utf8(self.slice(length)).ok();
            self.failed |= read.is_none();
            text.push_str(read.unwrap_or(""));
        } else {
            self.written.extend_from_slice(text.as_bytes());
        }
    }

    /// Pairs: what stands first in all of them, then what stands second, since that is alike.
    pub(crate) fn columns(&mut self, pairs: &mut Vec<(u32, u32)>) {
        let length = self.length(pairs.len());
        pairs.resize(length, (0, 0));
        for (first, _) in pairs.iter_mut() {
            first.pass(self);
        }
        for (_, second) in pairs {
            second.pass(self);
        }
    }

    /// Ends of consecutive ranges over `total` items, as the lengths of these.
    pub(crate) fn ends(&mut self, ends: &mut Vec<u32>, total: usize) {
        let count = self.length(ends.len());
        ends.resize(count, 0);
        let mut before = 0_u32;
        for end in ends {
            let mut length = end.saturating_sub(before);
            length.pass(self);
            let sum = before.checked_add(length);
            self.failed |= sum.is_none();
            before = sum.unwrap_or(0);
            *end = before;
        }
        self.fail_unless(before as usize == total);
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {
        $(impl Wire for $type {
            fn blank() -> Self {
                0
            }

            fn pass(&mut self, wire: &mut Bytes<'_>) {
                let mut number = u64::try_from(*self).unwrap_or(u64::MAX);
                wire.number(&mut number);
                let fits = Self::try_from(number);
                wire.fail_unless(fits.is_ok());
                *self = fits.unwrap_or(0);
            }
        })*
    };
}
numbers!(u8 u16 u32 u64 usize);

impl Wire for Scope {
    fn blank() -> Self {
        Self::FIRST
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        let mut position = self.position();
        position.pass(wire);
        let scope = Self::at(position);
        wire.fail_unless(scope.is_some());
        *self = scope.unwrap_or(Self::FIRST);
    }
}

impl Wire for bool {
    fn blank() -> Self {
        false
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        let mut byte = u8::from(*self);
        wire.byte(&mut byte);
        wire.fail_unless(byte < 2);
        *self = byte == 1;
    }
}

impl Wire for i64 {
    fn blank() -> Self {
        0
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        let (mut negative, mut size) = (*self < 0, self.unsigned_abs());
        negative.pass(wire);
        size.pass(wire);
        let value = if negative { 0_i64.checked_sub_unsigned(size) } else { Self::try_from(size).ok() };
        wire.fail_unless(value.is_some());
        *self = value.unwrap_or(0);
    }
}

impl Wire for Box<str> {
    fn blank() -> Self {
        Self::default()
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        let mut text = String::from(std::mem::take(self));
        wire.text(&mut text);
        *self = text.into();
    }
}

impl<T: Wire> Wire for Option<T> {
    fn blank() -> Self {
        None
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        let mut some = self.is_some();
        some.pass(wire);
        if some {
            self.get_or_insert_with(T::blank).pass(wire);
        }
    }
}

/// For how many items of a list room is taken before they are read.
const AHEAD: usize = 4_096;

impl<T: Wire> Wire for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        let length = wire.length(self.len());
        if !wire.is_reading() {
            return self.iter_mut().for_each(|item| item.pass(wire));
        }
        // One after the other, by few functions: a browser compiles each of them when it is first called.
        // A claimed length is only bytes: room is taken for as many items as have come.
        *self = Self::with_capacity(length.min(AHEAD));
        while self.len() < length && !wire.failed {
            let mut item = T::blank();
            item.pass(wire);
            self.push(item);
        }
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn blank() -> Self {
        (A::blank(), B::blank())
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        self.0.pass(wire);
        self.1.pass(wire);
    }
}

/// As start and length, so that no range ends before it starts.
impl Wire for Range<u32> {
    fn blank() -> Self {
        0..0
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        let mut length = self.end.saturating_sub(self.start);
        self.start.pass(wire);
        length.pass(wire);
        let end = self.start.checked_add(length);
        wire.fail_unless(end.is_some());
        self.end = end.unwrap_or(self.start);
    }
}

/// How wide, how many, and the numbers as they lie.
impl Wire for Column {
    fn blank() -> Self {
        Self::default()
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        let mut width = self.width();
        width.pass(wire);
        let length = wire.length(self.len());
        if wire.is_reading() {
            let column = Self::lying(wire.stretch(length.saturating_mul(width)), width);
            wire.fail_unless(column.is_some());
            *self = column.unwrap_or_default();
        } else {
            wire.written.extend_from_slice(self.cells());
        }
    }
}

/// Names in their order, in which they lie before they are written. They are read where they lie again, each when it
/// is asked for.
impl Wire for Register {
    fn blank() -> Self {
        Self::default()
    }

    fn pass(&mut self, wire: &mut Bytes<'_>) {
        if wire.is_reading() {
            let (count, mut starts) = (wire.length(0), Column::default());
            starts.pass(wire);
            let length = wire.length(0);
            let lying = Lying::new(count, starts, wire.stretch(length));
            wire.fail_unless(lying.is_some());
            *self = Self::Lying(lying.unwrap_or_default());
        } else if let Self::Lying(lying) = self {
            let (count, starts, text) = lying.parts();
            wire.length(count);
            starts.clone().pass(wire);
            wire.length(text.len());
            wire.written.extend_from_slice(text);
        }
    }
}

/// A structure is its fields in their order; after `..` stands what is worked out of them again.
macro_rules! structure {
    ($type:ty { $($field:ident,)* .. }) => {
        $crate::wire::structure!(@ $type { $($field),* } { ..Self::default() });
    };
    ($type:ty { $($field:ident),* $(,)? }) => {
        $crate::wire::structure!(@ $type { $($field),* } {});
    };
    (@ $type:ty { $($field:ident),* } { $($rest:tt)* }) => {
        impl $crate::wire::Wire for $type {
            fn blank() -> Self {
                Self { $($field: $crate::wire::Wire::blank(),)* $($rest)* }
            }

            fn pass(&mut self, wire: &mut $crate::wire::Bytes<'_>) {
                $($crate::wire::Wire::pass(&mut self.$field, wire);)*
            }
        }
    };
}

/// A choice is its number and what the chosen one holds; before all of them stands what is read into.
macro_rules! choice {
    ($type:ident::$blank:ident $(($zero:literal))? {
        $($number:literal => $variant:ident $(($($item:ident),+))? $({$($field:ident),+})?),* $(,)?
    }) => {
        impl $crate::wire::Wire for $type {
            fn blank() -> Self {
                Self::$blank $(($zero))?
            }

            fn pass(&mut self, wire: &mut $crate::wire::Bytes<'_>) {
                let mut number: u8 = match self { $(Self::$variant { .. } => $number,)* };
                $crate::wire::Wire::pass(&mut number, wire);
                if wire.is_reading() {
                    *self = match number {
                        $($number => {
                            $($(let $item = $crate::wire::Wire::blank();)+)?
                            $($(let $field = $crate::wire::Wire::blank();)+)?
                            Self::$variant $(($($item),+))? $({$($field),+})?
                        })*
                        _ => return wire.fail_unless(false),
                    };
                }
                match self {
                    $(Self::$variant $(($($item),+))? $({$($field),+})? => {
                        $($($crate::wire::Wire::pass($item, wire);)+)?
                        $($($crate::wire::Wire::pass($field, wire);)+)?
                    })*
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

    fn there_and_back<T: Wire + PartialEq + std::fmt::Debug>(mut value: T) {
        let out = write(&mut value, Vec::new());
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
        assert_eq!(read::<u8>(&write(&mut 300_u64, Vec::new())), None);
        assert_eq!(read::<u64>(&[0xFF; 11]), None);
        assert_eq!(read::<Vec<u8>>(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1]), None);
    }

    /// Behind other values, before others, and within bytes that are none of theirs.
    #[test]
    fn tables_are_read_where_they_lie() {
        let names = Lying::of(["", "b", "ba", "è", "é"].map(Cow::Borrowed).into_iter());
        let numbers = Column::from(&[7, 70_000][..]);
        let mut written = ((7_u8, Register::from(names)), (numbers, 8_u8));
        let out = write(&mut written, vec![9; 3]);
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
