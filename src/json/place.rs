//! Where values stand: each has a number, and numbers become paths, lines and columns once somebody has to be told.

use std::iter::Peekable;

use super::Value;
use crate::problem::Path;

/// Where a value stands in a document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// `roles[3].rules[0].on`.
    pub(crate) path: String,
    /// Of its first character, both from 1; the column counts characters.
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Value<'_> {
    /// The number of the value: how many values, keys among them, begin before it.
    pub(crate) fn number(self) -> u32 {
        self.at
    }

    /// Whether the value of that number is this one or a part of it.
    pub(crate) fn contains(self, number: u32) -> bool {
        (self.at..self.json.item(self.at).next).contains(&number)
    }

    /// The value with that number, of the same text.
    pub(crate) fn numbered(self, number: u32) -> Self {
        Self { at: number, ..self }
    }

    /// Where the parts with these numbers stand, which are sorted and all different. One walk for all of them.
    pub(crate) fn places(self, numbers: &[u32]) -> Vec<Place> {
        let mut paths = Vec::with_capacity(numbers.len());
        write_paths(self, &Path::Root, &mut { numbers }, &mut paths);
        let lines = lines(self.json.text, numbers);
        let place = |(path, (line, column))| Place { path, line, column };
        paths.into_iter().zip(lines).map(place).collect()
    }
}

/// Adds the paths of the values with these numbers, as far as they are in this value, and takes the numbers away.
fn write_paths(value: Value<'_>, at: &Path<'_>, numbers: &mut &[u32], paths: &mut Vec<String>) {
    if let Some((_, rest)) = numbers.split_first().filter(|(first, _)| **first == value.at) {
        paths.push(at.to_string());
        *numbers = rest;
    }
    let mut inside = |part: Value<'_>, at: &Path<'_>| {
        if numbers.first().is_some_and(|first| part.contains(*first)) {
            write_paths(part, at, numbers, paths);
        }
    };
    value.items().enumerate().for_each(|(index, item)| inside(item, &at.index(index)));
    value.members().for_each(|(key, value)| inside(value, &at.key(key)));
}

/// Line and column of the values with these numbers. The text has been read, so that it is known to be JSON: every
/// value begins with its own first character, and nothing else but a text holds anything that looks like one.
fn lines(text: &str, numbers: &[u32]) -> Vec<(usize, usize)> {
    let mut wanted = numbers.iter().peekable();
    let (mut number, mut line, mut column, mut counted) = (0, 1, 1, 0);
    let mut found = Vec::with_capacity(numbers.len());
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\n' => (line, column, counted) = (line + 1, 1, at + 1),
            b' ' | b'\t' | b'\r' | b',' | b':' | b'}' | b']' => {}
            _ => {
                if wanted.next_if(|it| **it == number).is_some() {
                    column += text.get(counted..at).unwrap_or_default().chars().count();
                    counted = at;
                    found.push((line, column));
                }
                number += 1;
                skip_scalar(byte, &mut bytes);
            }
        }
    }
    found
}

/// Goes on to the end of a value that has no parts and begins with that byte.
fn skip_scalar(first: u8, rest: &mut Peekable<impl Iterator<Item = (usize, u8)>>) {
    match first {
        b'{' | b'[' => {}
        b'"' => {
            let mut escaped = false;
            for (_, byte) in rest {
                if byte == b'"' && !escaped {
                    break;
                }
                escaped = byte == b'\\' && !escaped;
            }
        }
        _ => while rest.next_if(|(_, byte)| is_word(*byte)).is_some() {},
    }
}

/// What numbers, `true`, `false` and `null` are made of.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    /// The numbers of a value and its parts, without keys.
    fn values(value: Value<'_>, numbers: &mut Vec<u32>) {
        numbers.push(value.number());
        let members = value.members().map(|(_, value)| value);
        value.items().chain(members).for_each(|part| values(part, numbers));
    }

    #[track_caller]
    fn check(text: &str, expected: &[(&str, usize, usize)]) {
        let json = json::parse(text.as_bytes()).unwrap();
        let mut numbers = Vec::new();
        values(json.root(), &mut numbers);
        let places = json.root().places(&numbers);
        let told: Vec<_> = places.iter().map(|it| (&*it.path, it.line, it.column)).collect();
        assert_eq!(told, expected, "{text}");
    }

    #[test]
    fn every_value_is_found_where_it_begins() {
        check("1", &[("document", 1, 1)]);
        check(" \n  [ ]", &[("document", 2, 3)]);
        check(
            r#"{"a": [true, -1.5e+3, "x"], "b.c": {"": null}}"#,
            &[
                ("document", 1, 1),
                ("a", 1, 7),
                ("a[0]", 1, 8),
                ("a[1]", 1, 14),
                ("a[2]", 1, 23),
                (r#"["b.c"]"#, 1, 36),
                (r#"["b.c"][""]"#, 1, 41),
            ],
        );
    }

    #[test]
    fn what_looks_like_a_value_in_a_text_is_none() {
        check(
            "[\n  \"é{\\\"[1,2]\\\\\", 7,\n  {}\r\n]",
            &[("document", 1, 1), ("[0]", 2, 3), ("[1]", 2, 18), ("[2]", 3, 3)],
        );
    }

    #[test]
    fn only_what_is_asked_for_is_told() {
        let json = json::parse(br#"[[1, 2], {"a": 3}]"#).unwrap();
        let paths: Vec<_> = json.root().places(&[3, 6]).into_iter().map(|it| it.path).collect();
        assert_eq!(paths, ["[0][1]", "[1].a"]);
    }
}
