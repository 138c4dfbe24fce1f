//! The target of a request → the segments of its path, decoded as the URL standard decodes them.
//!
//! Whatever stands between a client and a server may resolve dots, join slashes, cut parameters off or decode once
//! more. So a path is taken only where all of them read the same.

use std::borrow::Cow;

use crate::route::RouteError;

/// How many bytes of path are read.
const LONGEST: usize = 8_192;

/// How many segments a path may have, that of a request and that of a route.
pub(super) const SEGMENTS: usize = 64;

/// A segment of a path.
#[derive(Debug)]
pub(crate) struct Part<'t> {
    pub(crate) value: Cow<'t, str>,
    /// Why it is clear in the place of an opaque parameter alone.
    pub(super) unclear: Option<RouteError>,
}

impl Part<'_> {
    /// Whether it stands otherwise in the target.
    pub(crate) fn is_escaped(&self) -> bool {
        matches!(self.value, Cow::Owned(_))
    }
}

/// Reads the path of a target and leaves its query.
pub(super) fn read(target: &str) -> Result<Vec<Part<'_>>, RouteError> {
    if target.contains('#') {
        return Err(RouteError::Fragment);
    }
    let path = target.split('?').next().unwrap_or(target);
    let inner = path.strip_prefix('/').ok_or(RouteError::NotAPath)?;
    let count = inner.split('/').count();
    if path.len() > LONGEST || count > SEGMENTS {
        return Err(RouteError::TooLong);
    }
    if !target.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(RouteError::Unencoded);
    }
    let mut parts = Vec::with_capacity(count);
    if !inner.is_empty() {
        for text in inner.split('/') {
            parts.push(part(text)?);
        }
    }
    Ok(parts)
}

fn part(text: &str) -> Result<Part<'_>, RouteError> {
    if text.is_empty() {
        return Err(RouteError::EmptySegment);
    }
    if text.bytes().all(is_plain) {
        return Ok(Part { value: Cow::Borrowed(text), unclear: None });
    }
    let value = decoded(text)?;
    check(&value)?;
    let unclear = unclear(&value)?;
    Ok(Part { value, unclear })
}

/// What means nothing but itself to anybody: most segments hold nothing else.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// What could be read in two ways of a segment that is decoded. An escape that is left is decoded too, so that nothing
/// hides behind it.
fn unclear(value: &str) -> Result<Option<RouteError>, RouteError> {
    if !has_escape(value) {
        return Ok(value.contains(['/', '?', '#']).then_some(RouteError::EncodedSeparator));
    }
    let again = decoded(value)?;
    check(&again)?;
    if has_escape(&again) { Err(RouteError::DoubleEncoding) } else { Ok(Some(RouteError::DoubleEncoding)) }
}

/// What is in no segment, whatever route it is of.
fn check(value: &str) -> Result<(), RouteError> {
    if value.contains(char::is_control) {
        return Err(RouteError::ControlCharacter);
    }
    if value.contains('\\') {
        return Err(RouteError::Backslash);
    }
    if value.contains(';') {
        return Err(RouteError::Semicolon);
    }
    let dots = value.split('/').any(|piece| matches!(piece, "." | ".."));
    if dots { Err(RouteError::DotSegment) } else { Ok(()) }
}

/// The text with its escapes decoded, once.
fn decoded(text: &str) -> Result<Cow<'_, str>, RouteError> {
    let mut pieces = text.split('%');
    let first = pieces.next().unwrap_or_default();
    if first.len() == text.len() {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = first.as_bytes().to_vec();
    for piece in pieces {
        let (byte, rest) = escaped(piece).ok_or(RouteError::MalformedEscape)?;
        bytes.push(byte);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| RouteError::InvalidUtf8)
}

fn has_escape(text: &str) -> bool {
    text.split('%').skip(1).any(|piece| escaped(piece).is_some())
}

/// The byte of an escape and what comes after it, of a text after a `%`.
fn escaped(text: &str) -> Option<(u8, &str)> {
    let digits = text.get(..2).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((u8::from_str_radix(digits, 16).ok()?, text.get(2..)?))
}
