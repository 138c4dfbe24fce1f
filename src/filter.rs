//! Which of many a question goes through: by kind, by a pattern for the name, and whether denied ones are told of.

use crate::document::FILTER;
use crate::json::{Value, excerpt};
use crate::request::{self, RequestError};

/// Which principals or entities a question goes through. By default it goes through all of them, and tells of those
/// that are not denied.
///
/// ```
/// # use scopewise::Filter;
/// let robots = Filter::default().kind("token").kind("service-principal").name("ci-*");
/// assert_eq!(robots, Filter::parse(r#"{ "kinds": ["token", "service-principal"], "name": "ci-*" }"#)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    kinds: Vec<String>,
    name: Option<String>,
    denied: bool,
}

impl Filter {
    /// Reads `{"kinds", "name", "denied"}`, each of which may be absent.
    ///
    /// # Errors
    ///
    /// A text that is no such object: no JSON, an unknown field, a wrong type.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, RequestError> {
        let json = request::read(text.as_ref(), &FILTER)?;
        let written = json.root();
        Ok(Self {
            kinds: written.texts("kinds").map(|(_, kind)| kind.to_owned()).collect(),
            name: written.text("name").map(str::to_owned),
            denied: written.get("denied").and_then(Value::as_bool).unwrap_or(false),
        })
    }

    /// Those of this kind, which is the word before the colon: `user`, `stack`. Said again, those of either kind.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.kinds.push(kind.into());
        self
    }

    /// Those whose whole name fits, with the kind or without it: `stack:acme/web/*`, `acme/web/*`. A `*` stands for
    /// any run of characters, slashes and none at all included; every other character stands for itself.
    #[must_use]
    pub fn name(mut self, pattern: impl Into<String>) -> Self {
        self.name = Some(pattern.into());
        self
    }

    /// The denied ones too.
    #[must_use]
    pub fn and_denied(mut self) -> Self {
        self.denied = true;
        self
    }

    pub(crate) fn tells_denied(&self) -> bool {
        self.denied
    }

    /// Whether something of that name is asked about, given as `KIND:NAME`.
    pub(crate) fn takes(&self, whole: &str) -> bool {
        let (kind, name) = whole.split_once(':').unwrap_or_default();
        let fits = |pattern: &String| fits(pattern, name) || fits(pattern, whole);
        self.takes_kind(kind) && self.name.as_ref().is_none_or(fits)
    }

    /// Whether something whose name begins so could be asked about, given as `KIND:START`.
    pub(crate) fn could_take(&self, whole: &str) -> bool {
        let (kind, start) = whole.split_once(':').unwrap_or_default();
        let fits = |pattern: &String, it: &str| match pattern.split_once('*') {
            Some((first, _)) => first.starts_with(it) || it.starts_with(first),
            None => pattern.starts_with(it),
        };
        let fits = |pattern: &String| fits(pattern, start) || fits(pattern, whole);
        self.takes_kind(kind) && self.name.as_ref().is_none_or(fits)
    }

    fn takes_kind(&self, kind: &str) -> bool {
        self.kinds.is_empty() || self.kinds.iter().any(|it| it == kind)
    }

    /// A kind that does not exist is a slip of the pen, and no answer.
    pub(crate) fn check(&self, what: &str, known: &[&str]) -> Result<(), RequestError> {
        let stranger = self.kinds.iter().find(|kind| !known.contains(&kind.as_str()));
        stranger.map_or(Ok(()), |kind| {
            let (kind, known) = (excerpt(kind), known.join("`, `"));
            Err(RequestError::new(format!("no {what} `{kind}` is known: use one of `{known}`")))
        })
    }
}

/// Whether a whole text is as the pattern says. What stands between two stars is looked for where it comes first,
/// which leaves the most for what follows.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = parts.next().and_then(|start| text.strip_prefix(start)) else { return false };
    let Some(end) = parts.next_back() else { return rest.is_empty() };
    let inner = rest.strip_suffix(end);
    inner.is_some_and(|rest| parts.try_fold(rest, |rest, part| Some(rest.split_once(part)?.1)).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_anchored_and_a_star_is_any_run() {
        let fitting = [
            ("", ""),
            ("*", ""),
            ("*", "a/b"),
            ("a*", "a"),
            ("a*", "ab/c"),
            ("*a", "ba"),
            ("a*a", "aa"),
            ("a**b", "ab"),
            ("*b*b*", "abcb"),
            ("a*b*c", "aXbYbZc"),
            ("*ab", "aab"),
            ("a*é", "aüé"),
            ("acme/web/*", "acme/web/prod"),
            ("a?[b]", "a?[b]"),
        ];
        for (pattern, text) in fitting {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        let others = [
            ("", "a"),
            ("a", ""),
            ("a", "ab"),
            ("a", "ba"),
            ("A", "a"),
            ("a*a", "a"),
            ("ab*ba", "aba"),
            ("*b*b*", "abc"),
            ("a*b*c", "acb"),
            ("?", "a"),
            ("acme/web/*", "acme/website"),
        ];
        for (pattern, text) in others {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn a_name_fits_with_its_kind_or_without() {
        let takes = |filter: &Filter| {
            let all = ["user:ann", "user:a:b", "team:ann", "token:ci-ann"];
            all.into_iter().filter(|name| filter.takes(name)).collect::<Vec<_>>()
        };
        let all = Filter::default();
        assert_eq!(takes(&all), ["user:ann", "user:a:b", "team:ann", "token:ci-ann"]);
        assert_eq!(takes(&all.clone().name("ann")), ["user:ann", "team:ann"]);
        assert_eq!(takes(&all.clone().name("user:a*")), ["user:ann", "user:a:b"]);
        assert_eq!(takes(&all.clone().name("a:b")), ["user:a:b"]);
        assert_eq!(takes(&all.clone().kind("team").kind("token")), ["team:ann", "token:ci-ann"]);
        assert_eq!(takes(&all.kind("user").name("*ann")), ["user:ann"]);
    }

    #[test]
    fn what_begins_as_a_pattern_does_could_be_taken() {
        let could = |pattern: &str| Filter::default().kind("stack").name(pattern).could_take("stack:acme/");
        for pattern in
            ["*", "a*", "acme/", "acme/*", "*/prod", "acme/web/prod", "s*", "stack:*", "stack:acme/web/*"]
        {
            assert!(could(pattern), "{pattern}");
        }
        for pattern in ["", "b*", "acme", "acme-b/*", "environment:*", "stack:b*"] {
            assert!(!could(pattern), "{pattern}");
        }
        assert!(!Filter::default().kind("environment").could_take("stack:acme/"));
    }
}
