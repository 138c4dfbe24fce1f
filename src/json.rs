//! Strict JSON, read front to back: every value as it comes, with the place of every fault in the text.
//!
//! Whoever reads a document pulls from a [`Reader`]: it takes RFC 8259 and nothing else, refuses a duplicate key
//! and a lone surrogate, keeps numbers as they are written, and never recurses, so that no depth of nesting can
//! overflow a stack. The one tree that a caller may walk by recursion bounds its own depth and skips the rest.

use std::borrow::Cow;

use crate::names::{self, Names};
use crate::problem::{Code, Path, Problem, Quoted};

/// The largest document that is read, in bytes: told before a byte of it is looked at.
pub(crate) const LIMIT: usize = if cfg!(target_arch = "wasm32") { 64_000_000 } else { 256_000_000 };

/// Keys of one object up to which a duplicate is searched for one by one, and past which by hash.
const FEW: usize = 16;

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

/// What kind of value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Bool,
    Null,
}

/// A value without parts; of an object or an array only that it is one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// As it is written.
    Number(&'a str),
    Text(Cow<'a, str>),
    Object,
    Array,
}

/// An object or array that is being read.
#[derive(Debug)]
struct Frame {
    first: bool,
    /// Where its keys begin among the keys of all open objects.
    keys: usize,
    /// Its keys once they are more than [`FEW`].
    many: Option<Names>,
    closing: u8,
}

/// A text that is being read.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
    frames: Vec<Frame>,
    keys: Vec<Cow<'a, str>>,
    compact: usize,
    seed: u64,
}

impl<'a> Reader<'a> {
    /// A reader at the start of a text, which must be UTF-8 and within the limit.
    pub(crate) fn new(bytes: &'a [u8]) -> Result<Self> {
        if bytes.len() > LIMIT {
            let message = format!("the document has {} bytes: at most {LIMIT} are read", bytes.len());
            return Err(TextFault { code: Code::TooLarge, offset: 0, message });
        }
        let text = std::str::from_utf8(bytes).map_err(|error| TextFault {
            code: Code::InvalidUtf8,
            offset: error.valid_up_to(),
            message: "the text is not UTF-8: save it in that encoding".into(),
        })?;
        let seed = names::hash(0, bytes);
        Ok(Self { text, at: 0, frames: Vec::new(), keys: Vec::new(), compact: 0, seed })
    }

    /// A number that the whole text decides.
    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// How many bytes everything read so far takes as compact JSON: without white space, escapes as
    /// `JSON.stringify` writes them.
    pub(crate) fn compact(&self) -> usize {
        self.compact
    }

    /// What kind of value comes next.
    pub(crate) fn kind(&mut self) -> Result<Kind> {
        self.skip_space();
        match self.peek() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::Text),
            Some(b't' | b'f') => Ok(Kind::Bool),
            Some(b'n') => Ok(Kind::Null),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            _ => Err(self.unexpected("a value")),
        }
    }

    /// Goes into an object or an array.
    pub(crate) fn open(&mut self) -> Result<()> {
        self.skip_space();
        let closing = match self.peek() {
            Some(b'{') => b'}',
            Some(b'[') => b']',
            _ => return Err(self.unexpected("an object or an array")),
        };
        self.step(1);
        self.frames.push(Frame { first: true, keys: self.keys.len(), many: None, closing });
        Ok(())
    }

    /// The next key of the object that was opened last, or nothing at its end.
    pub(crate) fn next_key(&mut self) -> Result<Option<Cow<'a, str>>> {
        if !self.next_item()? {
            return Ok(None);
        }
        self.skip_space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let key = self.text()?;
        self.remember(key.clone(), start)?;
        self.skip_space();
        if self.peek() != Some(b':') {
            return Err(self.unexpected("`:` after the key"));
        }
        self.step(1);
        Ok(Some(key))
    }

    /// Whether another item comes in what was opened last. At its end it is closed.
    pub(crate) fn next_item(&mut self) -> Result<bool> {
        self.skip_space();
        let Some((closing, first)) =
            self.frames.last_mut().map(|frame| (frame.closing, std::mem::take(&mut frame.first)))
        else {
            return Ok(false);
        };
        match self.peek() {
            Some(byte) if byte == closing => {
                self.step(1);
                self.close();
                Ok(false)
            }
            Some(b',') if !first => {
                self.step(1);
                Ok(true)
            }
            _ if first => Ok(true),
            _ if closing == b'}' => Err(self.unexpected("`,` or `}`")),
            _ => Err(self.unexpected("`,` or `]`")),
        }
    }

    /// A text, its escapes resolved.
    pub(crate) fn text(&mut self) -> Result<Cow<'a, str>> {
        self.skip_space();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a text"));
        }
        let start = self.at + 1;
        let length = self.plain_length(start);
        let plain = self.text.get(start..start + length).unwrap_or("");
        self.at = start + length;
        if self.peek() == Some(b'"') {
            self.at += 1;
            self.compact += length + 2;
            return Ok(Cow::Borrowed(plain));
        }
        self.escaped(plain.to_owned()).map(Cow::Owned)
    }

    /// A value without parts; objects and arrays are passed over.
    pub(crate) fn scalar(&mut self) -> Result<Scalar<'a>> {
        match self.kind()? {
            Kind::Text => Ok(Scalar::Text(self.text()?)),
            Kind::Number => Ok(Scalar::Number(self.number()?)),
            Kind::Bool if self.peek() == Some(b't') => self.word("true").map(|()| Scalar::Bool(true)),
            Kind::Bool => self.word("false").map(|()| Scalar::Bool(false)),
            Kind::Null => self.word("null").map(|()| Scalar::Null),
            Kind::Object => self.skip().map(|()| Scalar::Object),
            Kind::Array => self.skip().map(|()| Scalar::Array),
        }
    }

    /// Passes over a value of any depth, as strictly as if it were read.
    pub(crate) fn skip(&mut self) -> Result<()> {
        let outer = self.frames.len();
        loop {
            match self.kind()? {
                Kind::Object | Kind::Array => self.open()?,
                _ => drop(self.scalar()?),
            }
            while self.frames.len() > outer && !self.next_part()? {}
            if self.frames.len() == outer {
                return Ok(());
            }
        }
    }

    /// Nothing but white space may follow.
    pub(crate) fn end(&mut self) -> Result<()> {
        self.skip_space();
        if self.at == self.text.len() { Ok(()) } else { Err(self.unexpected("the end of the text")) }
    }

    fn next_part(&mut self) -> Result<bool> {
        match self.frames.last() {
            Some(frame) if frame.closing == b'}' => Ok(self.next_key()?.is_some()),
            _ => self.next_item(),
        }
    }

    fn close(&mut self) {
        if let Some(frame) = self.frames.pop() {
            self.keys.truncate(frame.keys);
        }
    }

    /// Keeps a key of the innermost object, or refuses it as a duplicate.
    fn remember(&mut self, key: Cow<'a, str>, start: usize) -> Result<()> {
        let Some(frame) = self.frames.last_mut() else { return Ok(()) };
        let earlier = self.keys.get(frame.keys..).unwrap_or_default();
        let new = match &mut frame.many {
            Some(many) => many.insert(&key).1,
            None if earlier.len() < FEW => !earlier.contains(&key),
            None => {
                let mut many = Names::seeded(self.seed);
                for key in earlier {
                    many.intern(key);
                }
                frame.many.insert(many).insert(&key).1
            }
        };
        if !new {
            let message = format!("the key `{}` stands twice in one object: keep one", excerpt(&key));
            return Err(TextFault { code: Code::DuplicateKey, offset: start, message });
        }
        if frame.many.is_none() {
            self.keys.push(key);
        }
        Ok(())
    }

    /// How many bytes from `start` on are neither a quote nor an escape nor a control character.
    fn plain_length(&self, start: usize) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1F)).unwrap_or(rest.len())
    }

    /// The rest of a text that has an escape, or a fault.
    fn escaped(&mut self, mut text: String) -> Result<String> {
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => text.push(self.escape()?),
                Some(_) if self.plain_length(self.at) == 0 => {
                    return Err(self.unexpected("an escape like `\\n`"));
                }
                Some(_) => {
                    let length = self.plain_length(self.at);
                    text.push_str(self.text.get(self.at..self.at + length).unwrap_or(""));
                    self.at += length;
                }
                None => return Err(self.unexpected("`\"` at the end of the text")),
            }
        }
        self.at += 1;
        self.compact += text.chars().map(written_length).sum::<usize>() + 2;
        Ok(text)
    }

    fn escape(&mut self) -> Result<char> {
        let start = self.at;
        self.at += 1;
        let simple = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
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
            pair.then_some(0x10000 + ((high - 0xD800) << 10) + low.wrapping_sub(0xDC00))
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
        let digits =
            self.text.get(self.at..self.at + 4).filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let code = code.ok_or_else(|| self.unexpected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(code)
    }

    fn number(&mut self) -> Result<&'a str> {
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
        Ok(self.text.get(start..self.at).unwrap_or(""))
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

    fn word(&mut self, word: &str) -> Result<()> {
        let rest = self.text.get(self.at..).unwrap_or("");
        if !rest.starts_with(word) {
            return Err(self.unexpected(&format!("`{word}`")));
        }
        self.step(word.len());
        Ok(())
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

/// The start of a text of any length, short enough for a sentence.
pub(crate) fn excerpt(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(80) {
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or(""))),
        None => Cow::Borrowed(text),
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
