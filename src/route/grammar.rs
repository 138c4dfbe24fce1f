//! How paths and entities are written in a table of routes.

use crate::route::target::SEGMENTS;

/// The segments of a path; nothing if one of them is neither a literal nor a parameter. The path `/` has none.
pub(super) fn pieces_of(path: &str) -> Option<Vec<&str>> {
    let inner = path.strip_prefix('/')?;
    let pieces: Vec<&str> = if inner.is_empty() { Vec::new() } else { inner.split('/').collect() };
    let fits = pieces.len() <= SEGMENTS && pieces.iter().all(|it| parameter(it).is_some() || is_literal(it));
    fits.then_some(pieces)
}

/// The name in braces.
pub(super) fn parameter(piece: &str) -> Option<&str> {
    let name = piece.strip_prefix('{')?.strip_suffix('}')?;
    let word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    Some(name).filter(|_| word && !name.is_empty())
}

/// What a target can hold as it stands, and what it does not mean anything else in.
fn is_literal(piece: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,=:@".contains(&byte);
    !piece.is_empty() && piece.bytes().all(plain) && piece != "." && piece != ".."
}

/// The word and the parts of `TYPE:PATH`, each part a text or a parameter.
pub(super) fn parts_of(entity: &str) -> Option<(&str, Vec<&str>)> {
    const BRACES: [char; 2] = ['{', '}'];
    let (word, path) = entity.split_once(':')?;
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |part: &&str| !part.is_empty() && (parameter(part).is_some() || !part.contains(BRACES));
    Some((word, parts))
        .filter(|(word, parts)| !word.is_empty() && !word.contains(BRACES) && parts.iter().all(fits))
}
