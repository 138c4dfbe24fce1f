//! Patterns of names: a `*` stands for any part of a name, within one part of its path.

const ANY: char = '*';

/// Whether a text can be the name of more than one.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(ANY)
}

/// Whether a name is what a pattern says; a text without a `*` is a pattern of one name.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = name.split('/');
    let fits = pattern.split('/').all(|pattern| parts.next().is_some_and(|part| part_matches(pattern, part)));
    fits && parts.next().is_none()
}

fn part_matches(pattern: &str, part: &str) -> bool {
    let Some((start, rest)) = pattern.split_once(ANY) else { return pattern == part };
    let (middle, end) = rest.rsplit_once(ANY).unwrap_or(("", rest));
    let Some(inner) = part.strip_prefix(start).and_then(|part| part.strip_suffix(end)) else { return false };
    // What comes first is taken first: no later choice can leave more for what follows.
    let left =
        middle.split(ANY).try_fold(inner, |left, piece| left.split_once(piece).map(|(_, after)| after));
    left.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_a_part_of_a_path_or_less() {
        let all = [
            ("user:*", "user:bob"),
            ("user:bob", "user:bob"),
            ("stack:acme/*/prod", "stack:acme/web/prod"),
            ("stack:acme/web/pr-*", "stack:acme/web/pr-"),
            ("stack:acme/w*b/*", "stack:acme/wb/x"),
            ("stack:acme/*a*a*/p", "stack:acme/banana/p"),
            ("stack:acme/a**b/p", "stack:acme/ab/p"),
        ];
        let none = [
            ("user:*", "team:bob"),
            ("user:b", "user:bob"),
            ("user:bob", "user:bo"),
            ("stack:acme/*", "stack:acme/web/prod"),
            ("stack:acme/*/*", "stack:acme/web"),
            ("stack:acme/ab*ba/p", "stack:acme/aba/p"),
            ("stack:acme/*a*a*/p", "stack:acme/band/p"),
            ("stack:acme/*x/p", "stack:acme/xy/p"),
        ];
        for (pattern, name) in all {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in none {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
