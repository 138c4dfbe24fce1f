//! Strict JSON: a text → a flat list of values, or the first fault with its place.
//!
//! RFC 8259 and nothing else: no duplicate key, no lone surrogate, no comment, nothing after the document.
//! Numbers stay as they are written. Values stand one after the other in one list, a container before its parts,
//! so that no depth of nesting can overflow a stack and a document costs a handful of allocations.

mod place;
mod write;

use std::borrow::Cow;

use crate::names::{self, Names, as_u32};
use crate::problem::{Code, Path, Problem, Quoted};

pub(crate) use place::Place;
pub(crate) use write::Writer;

/// The largest text that is read, in bytes: told before a byte of it is looked at.
pub(crate) const LIMIT: usize = if cfg!(target_arch = "wasm32") { 64_000_000 } else { 256_000_000 };

/// Keys of one object up to which a duplicate is searched for one by one, and past which by hash.
const FEW: u32 = 16;

/// A text that is JSON.
#[derive(Debug)]
pub(crate) struct Json<'a> {
    text: &'a str,
    items: Vec<Item>,
    /// Texts that had escapes, without them, end to end.
    unescaped: String,
    seed: u64,
}

/// What kind of value it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Bool,
    Null,
}

impl Kind {
    /// The kind with its article, for a sentence.
    pub(crate) fn in_words(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::Text => "a text",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Null => "null",
        }
    }
}

/// One value in the list.
#[derive(Debug, Clone, Copy)]
struct Item {
    kind: Kind,
    /// Of a text, that it had escapes; of a truth value, which one.
    flag: bool,
    /// Where it starts and ends in its text; of a container, how many bytes it takes as compact JSON, and how
    /// many items or members it has.
    start: u32,
    end: u32,
    /// The position after it and all its parts.
    next: u32,
}

/// A value of a [`Json`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'j> {
    json: &'j Json<'j>,
    at: u32,
}

impl Json<'_> {
    /// The value that the text is.
    pub(crate) fn root(&self) -> Value<'_> {
        Value { json: self, at: 0 }
    }

    /// How many bytes the text has.
    pub(crate) fn size(&self) -> usize {
        self.text.len()
    }

    /// A number that the whole text decides.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    // A tenth of reading a document, where code is made small.
    #[inline(always)]
    fn item(&self, at: u32) -> Item {
        const NONE: Item = Item { kind: Kind::Null, flag: false, start: 0, end: 0, next: u32::MAX };
        self.items.get(at as usize).copied().unwrap_or(NONE)
    }

    fn slice(&self, item: Item) -> &str {
        let text = if item.kind == Kind::Text && item.flag { &*self.unescaped } else { self.text };
        text.get(item.start as usize..item.end as usize).unwrap_or("")
    }
}

impl<'j> Value<'j> {
    pub(crate) fn kind(self) -> Kind {
        self.json.item(self.at).kind
    }

    /// The text, if it is one.
    pub(crate) fn as_text(self) -> Option<&'j str> {
        let item = self.json.item(self.at);
        (item.kind == Kind::Text).then(|| self.json.slice(item))
    }

    /// The number as it is written, if it is one.
    pub(crate) fn as_number(self) -> Option<&'j str> {
        let item = self.json.item(self.at);
        (item.kind == Kind::Number).then(|| self.json.slice(item))
    }

    pub(crate) fn as_bool(self) -> Option<bool> {
        let item = self.json.item(self.at);
        (item.kind == Kind::Bool).then_some(item.flag)
    }

    /// How many items or members it has.
    pub(crate) fn len(self) -> usize {
        let item = self.json.item(self.at);
        if matches!(item.kind, Kind::Object | Kind::Array) { item.end as usize } else { 0 }
    }

    /// How many bytes an object or a list takes as compact JSON: without white space, escapes as
    /// `JSON.stringify` writes them.
    pub(crate) fn compact(self) -> usize {
        self.json.item(self.at).start as usize
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(self) -> Items<'j> {
        let count = if self.kind() == Kind::Array { self.len() } else { 0 };
        Items { next: Self { at: self.at + 1, ..self }, left: count }
    }

    /// Keys and values of an object; none of anything else.
    pub(crate) fn members(self) -> Members<'j> {
        let count = if self.kind() == Kind::Object { self.len() } else { 0 };
        Members { next: Self { at: self.at + 1, ..self }, left: count }
    }

    /// A member of an object.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        let mut members = self.members();
        while let Some(key) = members.key() {
            if key.says(name) {
                return Some(key.value_of());
            }
        }
        None
    }

    /// A member that is a text, and not an empty one: what a document calls a name.
    pub(crate) fn text(self, name: &str) -> Option<&'j str> {
        self.get(name)?.as_text().filter(|text| !text.is_empty())
    }

    /// The items of a member that is a list.
    pub(crate) fn list(self, name: &str) -> Items<'j> {
        self.get(name).map_or(Items { next: self, left: 0 }, Self::items)
    }

    /// The texts in a member that is a list, each with its position.
    pub(crate) fn texts(self, name: &str) -> impl Iterator<Item = (usize, &'j str)> {
        let text =
            |(index, item): (usize, Self)| Some((index, item.as_text().filter(|text| !text.is_empty())?));
        self.list(name).enumerate().filter_map(text)
    }

    /// This value and everything in it, keys as texts, in the order of the text.
    pub(crate) fn all(self) -> impl Iterator<Item = Self> {
        (self.at..self.json.item(self.at).next).map(move |at| Self { at, ..self })
    }

    /// Whether both say the same, the members of objects in the same order.
    pub(crate) fn is_like(self, other: Self) -> bool {
        let what =
            |value: Self| (value.kind(), value.len(), value.as_text(), value.as_number(), value.as_bool());
        let next = |value: Self| value.json.item(value.at).next - value.at;
        next(self) == next(other) && self.all().map(what).eq(other.all().map(what))
    }

    /// Whether it is this text. Most are of another length, and are not looked at.
    fn says(self, text: &str) -> bool {
        let item = self.json.item(self.at);
        item.end.wrapping_sub(item.start) as usize == text.len() && self.as_text() == Some(text)
    }

    /// The value of a key.
    fn value_of(self) -> Self {
        Self { at: self.at + 1, ..self }
    }

    /// What stands behind it and all its parts.
    fn after(self) -> Self {
        Self { at: self.json.item(self.at).next, ..self }
    }
}

/// The items of a list. A type with a name, as [`Members`] is: of what a closure makes, every loop has a copy.
#[derive(Debug, Clone)]
pub(crate) struct Items<'j> {
    next: Value<'j>,
    left: usize,
}

impl<'j> Iterator for Items<'j> {
    type Item = Value<'j>;

    fn next(&mut self) -> Option<Value<'j>> {
        self.left = self.left.checked_sub(1)?;
        let item = self.next;
        self.next = item.after();
        Some(item)
    }
}

/// The keys and values of an object.
#[derive(Debug, Clone)]
pub(crate) struct Members<'j> {
    next: Value<'j>,
    left: usize,
}

impl<'j> Members<'j> {
    /// The next key.
    fn key(&mut self) -> Option<Value<'j>> {
        self.left = self.left.checked_sub(1)?;
        let key = self.next;
        self.next = key.value_of().after();
        Some(key)
    }
}

impl<'j> Iterator for Members<'j> {
    type Item = (&'j str, Value<'j>);

    fn next(&mut self) -> Option<(&'j str, Value<'j>)> {
        let key = self.key()?;
        Some((key.as_text().unwrap_or(""), key.value_of()))
    }
}

/// A fault in the text itself, at a byte.
#[derive(Debug)]
pub(crate) struct TextFault {
    code: Code,
    offset: usize,
    message: String,
}

impl TextFault {
    /// The fault with its line and column, counted in the text that was read.
    pub(crate) fn in_text(self, text: &[u8]) -> Problem {
        let before = text.get(..self.offset).unwrap_or(text);
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let last = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
        // Bytes that go on a character are not characters.
        let column = 1 + before.iter().skip(last).filter(|byte| **byte & 0xC0 != 0x80).count();
        Problem { position: Some((line, column)), ..Problem::new(self.code, &Path::Root, self.message) }
    }
}

type Result<T> = std::result::Result<T, TextFault>;

/// Reads a text.
pub(crate) fn parse(bytes: &[u8]) -> Result<Json<'_>> {
    if bytes.len() > LIMIT {
        let message = format!("the document has {} bytes: at most {LIMIT} are read", bytes.len());
        return Err(TextFault { code: Code::TooLarge, offset: 0, message });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| TextFault {
        code: Code::InvalidUtf8,
        offset: error.valid_up_to(),
        message: "the text is not UTF-8: save it in that encoding".into(),
    })?;
    let seed = names::seed_of(bytes);
    let json = Json { text, items: Vec::with_capacity(bytes.len() / 10), unescaped: String::new(), seed };
    let mut reader = Reader { json, text, at: 0, compact: 0, open: Vec::new() };
    reader.document()?;
    Ok(reader.json)
}

/// A container that is being read.
#[derive(Debug)]
struct Open {
    at: u32,
    object: bool,
    count: u32,
    /// How much was read before it, as compact JSON.
    before: usize,
    /// Its keys once they are more than [`FEW`].
    keys: Option<Names>,
}

/// A text that is being read.
struct Reader<'a> {
    json: Json<'a>,
    text: &'a str,
    at: usize,
    /// How many bytes everything read so far takes as compact JSON.
    compact: usize,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<()> {
        loop {
            self.value()?;
            while !self.open.is_empty() && !self.goes_on()? {}
            if self.open.is_empty() {
                self.skip_space();
                return if self.at == self.text.len() {
                    Ok(())
                } else {
                    Err(self.unexpected("the end of the text"))
                };
            }
        }
    }

    /// Reads a value; of a container only that it starts.
    fn value(&mut self) -> Result<()> {
        self.skip_space();
        match self.peek() {
            Some(open @ (b'{' | b'[')) => {
                self.container(open == b'{');
                Ok(())
            }
            Some(b'"') => self.string(),
            Some(b't') => self.word("true", Kind::Bool, true),
            Some(b'f') => self.word("false", Kind::Bool, false),
            Some(b'n') => self.word("null", Kind::Null, false),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn container(&mut self, object: bool) {
        let at = as_u32(self.json.items.len());
        self.open.push(Open { at, object, count: 0, before: self.compact, keys: None });
        self.step(1);
        self.push(if object { Kind::Object } else { Kind::Array }, false, 0, 0);
    }

    /// Whether another value comes in the innermost container, up to which everything is read. At its end it is
    /// closed.
    fn goes_on(&mut self) -> Result<bool> {
        self.skip_space();
        let Some((object, first)) = self.open.last().map(|open| (open.object, open.count == 0)) else {
            return Ok(false);
        };
        match self.peek() {
            Some(b'}') if object => return Ok(self.close()),
            Some(b']') if !object => return Ok(self.close()),
            Some(b',') if !first => self.step(1),
            _ if first => {}
            _ => return Err(self.unexpected(if object { "`,` or `}`" } else { "`,` or `]`" })),
        }
        if let Some(open) = self.open.last_mut() {
            open.count += 1;
        }
        if object {
            self.key()?;
        }
        Ok(true)
    }

    fn close(&mut self) -> bool {
        self.step(1);
        let next = as_u32(self.json.items.len());
        if let Some(open) = self.open.pop()
            && let Some(item) = self.json.items.get_mut(open.at as usize)
        {
            *item = Item { start: as_u32(self.compact - open.before), end: open.count, next, ..*item };
        }
        false
    }

    fn key(&mut self) -> Result<()> {
        self.skip_space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let at = as_u32(self.json.items.len());
        self.string()?;
        if !self.is_new(at) {
            let key = excerpt(Value { json: &self.json, at }.as_text().unwrap_or("")).into_owned();
            let message = format!("the key `{key}` stands twice in one object: keep one");
            return Err(TextFault { code: Code::DuplicateKey, offset: start, message });
        }
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:` after the key"));
        }
        self.step(1);
        Ok(())
    }

    /// Whether the key that was read last is the first of its name in the innermost object.
    fn is_new(&mut self, at: u32) -> bool {
        let Some(open) = self.open.last_mut() else { return true };
        let first = Value { json: &self.json, at: open.at + 1 };
        let key = Value { json: &self.json, at }.as_text().unwrap_or("");
        let mut earlier = Members { next: first, left: open.count as usize - 1 };
        if open.count <= FEW {
            return !std::iter::from_fn(|| earlier.key()).any(|other| other.says(key));
        }
        let seed = self.json.seed;
        let keys = open.keys.get_or_insert_with(|| {
            let mut keys = Names::seeded(seed);
            for (key, _) in earlier {
                keys.intern(key);
            }
            keys
        });
        keys.insert(key).1
    }

    fn string(&mut self) -> Result<()> {
        let start = self.at + 1;
        self.at = start + self.plain_length(start);
        if self.peek() == Some(b'"') {
            self.compact += self.at - start + 2;
            self.push(Kind::Text, false, start, self.at);
            self.at += 1;
            return Ok(());
        }
        let from = self.json.unescaped.len();
        self.json.unescaped.push_str(self.text.get(start..self.at).unwrap_or(""));
        self.escaped()?;
        let text = self.json.unescaped.get(from..).unwrap_or("");
        self.compact += text.chars().map(written_length).sum::<usize>() + 2;
        self.push(Kind::Text, true, from, self.json.unescaped.len());
        Ok(())
    }

    /// The rest of a text that has an escape, or a fault.
    fn escaped(&mut self) -> Result<()> {
        loop {
            let length = self.plain_length(self.at);
            self.json.unescaped.push_str(self.text.get(self.at..self.at + length).unwrap_or(""));
            self.at += length;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let character = self.escape()?;
                    self.json.unescaped.push(character);
                }
                Some(_) => return Err(self.unexpected("an escape like `\\n`")),
                None => return Err(self.unexpected("`\"` at the end of the text")),
            }
        }
    }

    /// How many bytes from `start` on are neither a quote nor an escape nor a control character.
    fn plain_length(&self, start: usize) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F)).unwrap_or(rest.len())
    }

    fn escape(&mut self) -> Result<char> {
        let start = self.at;
        self.at += 1;
        let simple = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{C}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode(start);
            }
            _ => return Err(self.unexpected("one of `\"\\/bfnrtu` after `\\`")),
        };
        self.at += 1;
        Ok(simple)
    }

    /// The character of `\uXXXX`, or of the two that make a surrogate pair.
    fn unicode(&mut self, start: usize) -> Result<char> {
        let high = self.hex()?;
        let code = if (0xD800..0xDC00).contains(&high) && self.text.get(self.at..self.at + 2) == Some("\\u") {
            self.at += 2;
            let low = self.hex()?;
            let pair = (0xDC00..0xE000).contains(&low);
            pair.then(|| 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
        } else {
            Some(high)
        };
        code.and_then(char::from_u32).ok_or_else(|| TextFault {
            code: Code::InvalidJson,
            offset: start,
            message: "an escape is half of a surrogate pair: write both halves or the character itself"
                .into(),
        })
    }

    fn hex(&mut self) -> Result<u32> {
        let digits = self.text.get(self.at..self.at + 4);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.unexpected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }

    fn number(&mut self) -> Result<()> {
        let start = self.at;
        self.take_if(b'-');
        if !self.take_if(b'0') {
            self.digits()?;
        }
        if self.take_if(b'.') {
            self.digits()?;
        }
        if self.take_if(b'e') || self.take_if(b'E') {
            let _sign = self.take_if(b'+') || self.take_if(b'-');
            self.digits()?;
        }
        self.compact += self.at - start;
        self.push(Kind::Number, false, start, self.at);
        Ok(())
    }

    fn digits(&mut self) -> Result<()> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return Err(self.unexpected("a digit"));
        }
        self.at += count;
        Ok(())
    }

    fn word(&mut self, word: &str, kind: Kind, flag: bool) -> Result<()> {
        let rest = self.text.get(self.at..).unwrap_or("");
        if !rest.starts_with(word) {
            return Err(self.unexpected(&format!("`{word}`")));
        }
        self.step(word.len());
        self.push(kind, flag, 0, 0);
        Ok(())
    }

    fn push(&mut self, kind: Kind, flag: bool, start: usize, end: usize) {
        let next = as_u32(self.json.items.len() + 1);
        self.json.items.push(Item { kind, flag, start: as_u32(start), end: as_u32(end), next });
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take_if(&mut self, byte: u8) -> bool {
        let taken = self.peek() == Some(byte);
        self.at += usize::from(taken);
        taken
    }

    /// Goes on by bytes that compact JSON has as well.
    fn step(&mut self, bytes: usize) {
        self.at += bytes;
        self.compact += bytes;
    }

    #[inline]
    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\t' | b'\r')) {
            self.at += 1;
        }
    }

    fn unexpected(&self, wanted: &str) -> TextFault {
        let rest = self.text.get(self.at..).unwrap_or("");
        let found = match rest.char_indices().nth(1).map_or(rest, |(end, _)| rest.get(..end).unwrap_or("")) {
            "" => "the text ends".into(),
            "\"" => "found `\"`".into(),
            found => format!("found `{}`", Quoted(found)),
        };
        TextFault {
            code: Code::InvalidJson,
            offset: self.at,
            message: format!("{found} where {wanted} should be"),
        }
    }
}

/// The start of a text of any length, short enough for a sentence, without what steers a terminal or ends a line.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    let end = text.char_indices().nth(80).map(|(end, _)| end);
    let start = end.and_then(|end| text.get(..end)).unwrap_or(text);
    if end.is_none() && !start.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let seen = start.chars().map(|it| if it.is_control() { char::REPLACEMENT_CHARACTER } else { it });
    Cow::Owned(seen.chain(end.map(|_| '…')).collect())
}

/// How many names a sentence lists.
const LISTED: usize = 8;

/// What stands for no names at all.
pub(crate) const NONE: &str = "none";

/// Names for a sentence: `` `a`, `b`, `c` ``, and of many the first.
pub(crate) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let mut list = List::default();
    for name in names {
        list.add(name);
    }
    list.end()
}

/// Names on their way into a sentence. What is done with each is the same whatever they come from, and is there once.
#[derive(Default)]
struct List {
    text: String,
    count: usize,
}

impl List {
    #[inline(never)]
    fn add(&mut self, name: &str) {
        if self.count < LISTED {
            self.text += if self.count > 0 { ", `" } else { "`" };
            self.text += &excerpt(name);
            self.text += "`";
        }
        self.count += 1;
    }

    #[inline(never)]
    fn end(self) -> String {
        match self.count {
            0 => NONE.to_owned(),
            count if count > LISTED => format!("{} and {} more", self.text, count - LISTED),
            _ => self.text,
        }
    }
}

/// How many bytes `JSON.stringify` writes for a character.
fn written_length(character: char) -> usize {
    match character {
        '"' | '\\' | '\u{8}' | '\u{C}' | '\n' | '\r' | '\t' => 2,
        '\0'..='\u{1F}' => 6,
        other => other.len_utf8(),
    }
}
