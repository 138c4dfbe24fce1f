//! Values as bytes and back: how an organization travels once it is compiled.
//!
//! A number takes as many bytes as it needs, lowest seven bits first; a text and a list say their length and then
//! what they hold; a choice says which one and then what it holds. Reading trusts nothing: it ends at the first byte
//! that does not fit, and reserves no more memory than the bytes that are there can fill.

mod organization;

use std::ops::Range;

use crate::names::{Names, as_u32};
use crate::scope::Scope;

/// What has a form in bytes.
pub(crate) trait Wire: Sized {
    /// Writes it at the end of `out`.
    fn put(&self, out: &mut Vec<u8>);

    /// Reads it; nothing where the bytes are none of its forms.
    fn take(from: &mut Bytes<'_>) -> Option<Self>;
}

/// Bytes that are being read.
#[derive(Debug)]
pub(crate) struct Bytes<'b> {
    rest: &'b [u8],
    /// The seed of the tables of names.
    seed: u64,
}

impl<'b> Bytes<'b> {
    pub(crate) fn new(rest: &'b [u8], seed: u64) -> Self {
        Self { rest, seed }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    fn slice(&mut self, length: usize) -> Option<&'b [u8]> {
        let (slice, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(slice)
    }

    /// How many items come. Each takes a byte at least, so a length past the end is a lie.
    fn length(&mut self) -> Option<usize> {
        let length = usize::try_from(u64::take(self)?).ok()?;
        (length <= self.rest.len()).then_some(length)
    }
}

impl Wire for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest.to_le_bytes().first().copied().unwrap_or(0) | 0x80);
            rest /= 0x80;
        }
        out.extend(u8::try_from(rest));
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        let (mut value, mut unit) = (0_u64, Some(1_u64));
        loop {
            let byte = from.byte()?;
            let part = u64::from(byte & 0x7F).checked_mul(unit?)?;
            value = value.checked_add(part)?;
            if byte < 0x80 {
                return Some(value);
            }
            unit = unit?.checked_mul(0x80);
        }
    }
}

macro_rules! numbers {
    ($($type:ty)*) => {
        $(impl Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                u64::try_from(*self).unwrap_or(u64::MAX).put(out);
            }

            fn take(from: &mut Bytes<'_>) -> Option<Self> {
                Self::try_from(u64::take(from)?).ok()
            }
        })*
    };
}
numbers!(u8 u16 u32 usize);

impl Wire for Scope {
    fn put(&self, out: &mut Vec<u8>) {
        self.position().put(out);
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        Self::at(usize::take(from)?)
    }
}

impl Wire for bool {
    fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(*self));
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        match from.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }
}

impl Wire for i64 {
    fn put(&self, out: &mut Vec<u8>) {
        (*self < 0).put(out);
        self.unsigned_abs().put(out);
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        let negative = bool::take(from)?;
        let size = u64::take(from)?;
        if negative { 0_i64.checked_sub_unsigned(size) } else { Self::try_from(size).ok() }
    }
}

impl Wire for Box<str> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        out.extend_from_slice(self.as_bytes());
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        let length = from.length()?;
        std::str::from_utf8(from.slice(length)?).ok().map(Into::into)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.is_some().put(out);
        if let Some(value) = self {
            value.put(out);
        }
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        if bool::take(from)? { T::take(from).map(Some) } else { Some(None) }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        for item in self {
            item.put(out);
        }
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        let length = from.length()?;
        let mut items = Self::with_capacity(length);
        for _ in 0..length {
            items.push(T::take(from)?);
        }
        Some(items)
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
        self.1.put(out);
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        Some((A::take(from)?, B::take(from)?))
    }
}

/// As start and length, so that no range ends before it starts.
impl Wire for Range<u32> {
    fn put(&self, out: &mut Vec<u8>) {
        self.start.put(out);
        self.end.saturating_sub(self.start).put(out);
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        let start = u32::take(from)?;
        Some(start..start.checked_add(u32::take(from)?)?)
    }
}

/// Distinct names in their order.
impl Wire for Names {
    fn put(&self, out: &mut Vec<u8>) {
        self.len().put(out);
        (0..as_u32(self.len())).for_each(|number| self.name(number).len().put(out));
        (0..as_u32(self.len())).for_each(|number| out.extend_from_slice(self.name(number).as_bytes()));
    }

    fn take(from: &mut Bytes<'_>) -> Option<Self> {
        let count = from.length()?;
        let mut lengths = Vec::with_capacity(count);
        for _ in 0..count {
            lengths.push(usize::take(from)?);
        }
        let mut names = Self::seeded(from.seed);
        for length in lengths {
            let name = std::str::from_utf8(from.slice(length)?).ok()?;
            if !names.insert(name).1 {
                return None;
            }
        }
        names.shrink();
        Some(names)
    }
}

/// Ends of consecutive ranges, as the lengths of these.
pub(crate) fn put_ends(ends: &[u32], out: &mut Vec<u8>) {
    ends.len().put(out);
    let mut before = 0;
    for end in ends {
        end.saturating_sub(before).put(out);
        before = *end;
    }
}

/// Ends of consecutive ranges over `total` items.
pub(crate) fn take_ends(from: &mut Bytes<'_>, total: usize) -> Option<Vec<u32>> {
    let lengths: Vec<u32> = Wire::take(from)?;
    let mut ends = Vec::with_capacity(lengths.len());
    let mut end = 0_u32;
    for length in lengths {
        end = end.checked_add(length)?;
        ends.push(end);
    }
    (end as usize == total).then_some(ends)
}

/// A structure is its fields in their order; after `..` what is left out is worked out again.
macro_rules! structure {
    ($type:ty { $($field:ident,)* .. }) => {
        $crate::wire::structure!(@ $type { $($field),* } { ..Self::default() });
    };
    ($type:ty { $($field:ident),* $(,)? }) => {
        $crate::wire::structure!(@ $type { $($field),* } {});
    };
    (@ $type:ty { $($field:ident),* } { $($rest:tt)* }) => {
        impl $crate::wire::Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                $($crate::wire::Wire::put(&self.$field, out);)*
            }

            fn take(from: &mut $crate::wire::Bytes<'_>) -> Option<Self> {
                Some(Self { $($field: $crate::wire::Wire::take(from)?,)* $($rest)* })
            }
        }
    };
}

/// A choice is its number and what the chosen one holds.
macro_rules! choice {
    ($type:ty { $($number:literal => $variant:ident $(($($item:ident),+))? $({$($field:ident),+})?),* $(,)? }) => {
        impl $crate::wire::Wire for $type {
            fn put(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$variant $(($($item),+))? $({$($field),+})? => {
                        out.push($number);
                        $($($crate::wire::Wire::put($item, out);)+)?
                        $($($crate::wire::Wire::put($field, out);)+)?
                    })*
                }
            }

            fn take(from: &mut $crate::wire::Bytes<'_>) -> Option<Self> {
                match <u8 as $crate::wire::Wire>::take(from)? {
                    $($number => {
                        $($(let $item = $crate::wire::Wire::take(from)?;)+)?
                        $($(let $field = $crate::wire::Wire::take(from)?;)+)?
                        Some(Self::$variant $(($($item),+))? $({$($field),+})?)
                    })*
                    _ => None,
                }
            }
        }
    };
}
pub(crate) use {choice, structure};

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back<T: Wire + PartialEq + std::fmt::Debug>(value: T) {
        let mut out = Vec::new();
        value.put(&mut out);
        for end in 0..out.len() {
            assert_eq!(T::take(&mut Bytes::new(&out[..end], 0)), None, "{end} of {} bytes", out.len());
        }
        let mut bytes = Bytes::new(&out, 0);
        assert_eq!(T::take(&mut bytes), Some(value));
        assert!(bytes.is_empty());
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
        let mut out = Vec::new();
        300_u64.put(&mut out);
        assert_eq!(u8::take(&mut Bytes::new(&out, 0)), None);
        assert_eq!(u64::take(&mut Bytes::new(&[0xFF; 11], 0)), None);
        assert_eq!(Vec::<u8>::take(&mut Bytes::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 1], 0)), None);
    }

    #[test]
    fn names_are_distinct_and_whole() {
        let mut names = Names::default();
        for name in ["b", "a", "", "é"] {
            names.intern(name);
        }
        let mut out = Vec::new();
        names.put(&mut out);
        let back = Names::take(&mut Bytes::new(&out, 9)).unwrap();
        assert_eq!(
            ["b", "a", "", "é", "c"].map(|name| back.get(name)),
            [Some(0), Some(1), Some(2), Some(3), None]
        );
        assert!(Names::take(&mut Bytes::new(&[2, 1, 1, b'a', b'a'], 0)).is_none(), "twice the same");
        assert!(Names::take(&mut Bytes::new(&[2, 1, 1, 0xC3, 0xA9], 0)).is_none(), "half a character");
    }
}
