//! Writes JSON: what the engine hands over as a document, it also reads.

use std::fmt::Write;

use crate::json::{Kind, Value};

/// A JSON text in the making. Values come in the order in which they stand; commas and line breaks are its own.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    text: String,
    /// For each container that is open, whether something stands in it.
    open: Vec<bool>,
    /// A key was written, and its value comes next.
    keyed: bool,
    indented: bool,
}

impl Writer {
    /// One value in one line, without white space.
    pub(crate) fn compact() -> Self {
        Self::default()
    }

    /// A line for each member and item, two spaces a level.
    pub(crate) fn indented() -> Self {
        Self { indented: true, ..Self::default() }
    }

    /// The text, as far as it is written.
    pub(crate) fn finish(self) -> String {
        self.text
    }

    pub(crate) fn object(&mut self, members: impl FnOnce(&mut Self)) {
        self.begin('{');
        members(self);
        self.end('}');
    }

    pub(crate) fn list(&mut self, items: impl FnOnce(&mut Self)) {
        self.begin('[');
        items(self);
        self.end(']');
    }

    /// The key of the value that comes next.
    pub(crate) fn key(&mut self, key: &str) -> &mut Self {
        self.next();
        self.quoted(key);
        self.text.push_str(if self.indented { ": " } else { ":" });
        self.keyed = true;
        self
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.next();
        self.quoted(text);
    }

    /// A number, a truth value or null, as it is written.
    pub(crate) fn word(&mut self, word: &str) {
        self.next();
        self.text.push_str(word);
    }

    /// A value that was read, with everything in it. No depth of it can overflow a stack.
    pub(crate) fn value(&mut self, value: Value<'_>) {
        let mut open: Vec<(Kind, usize)> = Vec::new();
        let mut at = value;
        loop {
            match at.kind() {
                kind @ (Kind::Object | Kind::Array) => {
                    self.begin(if kind == Kind::Object { '{' } else { '[' });
                    open.push((kind, at.len()));
                }
                Kind::Text => self.text(at.as_text().unwrap_or("")),
                Kind::Number => self.word(at.as_number().unwrap_or("0")),
                Kind::Bool => self.word(if at.as_bool() == Some(true) { "true" } else { "false" }),
                Kind::Null => self.word("null"),
            }
            at = Value { at: at.at + 1, ..at };
            while let Some((kind, 0)) = open.last().copied() {
                self.end(if kind == Kind::Object { '}' } else { ']' });
                open.pop();
            }
            let Some((kind, left)) = open.last_mut() else { return };
            *left -= 1;
            if *kind == Kind::Object {
                self.key(at.as_text().unwrap_or(""));
                at = Value { at: at.at + 1, ..at };
            }
        }
    }

    /// What [`Writer::object`] and [`Writer::list`] begin by; for whoever writes the parts one call at a time.
    pub(crate) fn begin(&mut self, bracket: char) {
        self.next();
        self.text.push(bracket);
        self.open.push(false);
    }

    pub(crate) fn end(&mut self, bracket: char) {
        if self.open.pop() == Some(true) {
            self.line();
        }
        self.text.push(bracket);
    }

    /// What stands before a value or a key.
    fn next(&mut self) {
        if std::mem::take(&mut self.keyed) {
            return;
        }
        let Some(filled) = self.open.last_mut() else { return };
        if std::mem::replace(filled, true) {
            self.text.push(',');
        }
        self.line();
    }

    fn line(&mut self) {
        if self.indented {
            self.text.push('\n');
            self.text.extend(std::iter::repeat_n("  ", self.open.len()));
        }
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '"' | '\\' => self.text.extend(['\\', character]),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '\t' => self.text.push_str("\\t"),
                '\u{8}' => self.text.push_str("\\b"),
                '\u{C}' => self.text.push_str("\\f"),
                // Writing to a text cannot fail.
                '\0'..='\u{1F}' => {
                    let _written = write!(self.text, "\\u{:04x}", u32::from(character));
                }
                _ => self.text.push(character),
            }
        }
        self.text.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn copied(text: &str, mut writer: Writer) -> String {
        let json = json::parse(text.as_bytes()).unwrap();
        writer.value(json.root());
        writer.finish()
    }

    #[test]
    fn a_value_is_written_as_it_was_read() {
        for text in ["{}", "[]", "null", "-1.50e+7", "\"\"", r#"{"a":[],"b":{},"c":[1,[true,[false]],null]}"#]
        {
            assert_eq!(copied(text, Writer::compact()), text);
        }
        assert_eq!(copied(" [ \"\\u0007\\/é\\n\" ] ", Writer::compact()), "[\"\\u0007/é\\n\"]");
    }

    #[test]
    fn compact_text_has_as_many_bytes_as_were_counted_while_reading() {
        for text in [r#"{"a b":[1,{"x":"\u0001\"\\\t"}],"é":{"l":[[],[{}]]}}"#, "[0.1,true,null,\"\u{7f}\"]"]
        {
            let json = json::parse(text.as_bytes()).unwrap();
            assert_eq!(copied(text, Writer::compact()).len(), json.root().compact());
        }
    }

    #[test]
    fn indented_text_has_a_line_for_each_member() {
        let text = copied(r#"{"a":[1,2],"b":{},"c":{"d":"e"}}"#, Writer::indented());
        assert_eq!(
            text,
            "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": {\n    \"d\": \"e\"\n  }\n}"
        );
    }

    #[test]
    fn no_depth_overflows_the_stack() {
        let text = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        assert_eq!(copied(&text, Writer::compact()), text);
    }
}
