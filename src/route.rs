//! Routes: an HTTP method and a target → what the request needs.
//!
//! A table says for each route what a request by it needs: scopes on entities whose names stand in the path, a list
//! that is filtered, a member, or nothing that scopes decide. `route/table.rs` reads it and tells every fault,
//! `route/tree.rs` freezes it, `route/target.rs` reads the target of a request. What could be read in two ways is
//! refused with the reason, and never a guess. Nothing is decided here.

mod grammar;
mod table;
mod target;
mod tree;

use std::fmt;

use serde::Serialize;

use crate::catalog::Catalog;
use crate::problem::Invalid;
pub(crate) use target::Part;
use tree::Tree;

/// A table of routes, checked and frozen.
///
/// ```
/// # use scopewise::{RouteNeeds, RouteError, Routes};
/// let routes = Routes::parse(r#"{ "routes": [
///     { "method": "GET", "path": "/api/stacks/{org}/{project}/{stack}", "needs": "scope",
///       "scope": "stack:read", "entity": "stack:{org}/{project}/{stack}" } ] }"#)?;
/// let found = routes.find("GET", "/api/stacks/acme/web/prod?full=true")?.expect("it is in the table");
/// let RouteNeeds::Scope { scopes } = &found.needs else { panic!("it needs a scope") };
/// assert_eq!((&*scopes[0].scope, &*scopes[0].entity), ("stack:read", "stack:acme/web/prod"));
/// assert_eq!(routes.find("GET", "/api/stacks/acme//prod"), Err(RouteError::EmptySegment));
/// assert_eq!(routes.find("GET", "/api/teams"), Err(RouteError::Unmapped));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Routes {
    routes: Vec<Route>,
    tree: Tree,
    /// What is not in the table passes.
    passes: bool,
    /// Entity types, each with the scope by which one may know that an entity is there.
    reads: Vec<(String, String)>,
}

/// One route of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Route {
    /// `GET`.
    pub method: String,
    /// As the table writes it: `/api/orgs/{orgName}/members`.
    pub path: String,
    /// What people call it.
    pub name: Option<String>,
    /// How sure it is that a request by it needs what the table says.
    pub confidence: Confidence,
    /// What else there is to know of it.
    pub note: Option<String>,
    pattern: Vec<Segment>,
    /// Nothing where the table says that its path can be read in two ways.
    pub(crate) needs: Option<RouteNeeds<Template>>,
}

/// What a request needs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "needs", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RouteNeeds<T = String> {
    /// Every one of these scopes, each on its entity; at least one.
    Scope {
        /// The scopes.
        scopes: Vec<NeededScope<T>>,
    },
    /// Nothing: the answer is a list of what the caller may see.
    Filter {
        /// What the caller must be allowed on each entry, where it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        each: Option<FilterBy>,
    },
    /// To belong to this organization, in whatever role.
    Member {
        /// `organization:acme`.
        entity: T,
    },
    /// To be signed in: the caller acts on itself.
    User,
    /// Nothing, from nobody in particular.
    Public,
    /// Something that scopes do not decide: the note of the route says what.
    Special,
}

/// A scope and the entity on which it is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct NeededScope<T = String> {
    /// `stack:read`.
    pub scope: String,
    /// `stack:acme/web/prod`.
    pub entity: T,
}

/// The scope that the caller needs on each entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FilterBy {
    /// `stack:read`.
    pub scope: String,
    /// What the entries are: `stack`.
    pub entity_type: String,
}

/// How sure it is that a request needs what a table says. The surest comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// It is written down somewhere that counts. A table that says nothing of it means this.
    #[default]
    Documented,
    /// It follows from names and from what its neighbours need.
    Inferred,
    /// It could as well be another.
    Guessed,
}

impl Confidence {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Documented, Self::Inferred, Self::Guessed];

    /// As it is written: `inferred`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Inferred => "inferred",
            Self::Guessed => "guessed",
        }
    }
}

/// The route of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RouteMatch<'r> {
    /// The route.
    pub route: &'r Route,
    /// Its position in the table, from 0.
    pub position: usize,
    /// What the request needs, with the names that stand in its path.
    pub needs: RouteNeeds,
}

/// The route of a request, before the names that stand in its path are put into what it needs.
#[derive(Debug)]
pub(crate) struct Shape<'r, 't> {
    pub(crate) route: &'r Route,
    pub(crate) position: usize,
    needs: &'r RouteNeeds<Template>,
    /// What stands between the slashes of its target.
    pub(crate) parts: Vec<Part<'t>>,
}

/// A piece of a route's path between two slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Literal(Box<str>),
    Parameter {
        name: Box<str>,
        /// Its value may hold what otherwise divides a target.
        opaque: bool,
    },
}

/// An entity some of whose parts stand in the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(pub(crate) Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(Box<str>),
    /// The segment of the path at this position.
    Value(usize),
}

impl Routes {
    /// Reads a table of routes: UTF-8 JSON, see `docs/routes.md`.
    ///
    /// # Errors
    ///
    /// Every fault of the table with its place: of form, of each route by itself, and routes that get in each other's
    /// way.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        table::read(text.as_ref(), None)
    }

    /// Reads a table of routes of which every scope and every entity type is one of this catalog.
    ///
    /// # Errors
    ///
    /// As [`Routes::parse`], and what the catalog does not have.
    pub fn parse_with(catalog: &Catalog, text: impl AsRef<[u8]>) -> Result<Self, Invalid> {
        table::read(text.as_ref(), Some(catalog))
    }

    /// Every route, in the order of the table.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The scope without which an entity of that type looks as if it were not there (Q-19), where the table says it.
    pub fn reads(&self, entity_type: &str) -> Option<&str> {
        self.reads.iter().find(|(name, _)| name == entity_type).map(|(_, scope)| &**scope)
    }

    /// The route of a request, by its method and its target: the path, with or without a query, as it stands in the
    /// request and not decoded. Nothing, where the table does not know it and lets pass what it does not know.
    ///
    /// # Errors
    ///
    /// A request that is in no route or that could be read in two ways. It must not be let through.
    pub fn find(&self, method: &str, target: &str) -> Result<Option<RouteMatch<'_>>, RouteError> {
        let Some(Shape { route, position, needs, parts }) = self.shape(method, target)? else {
            return Ok(None);
        };
        Ok(Some(RouteMatch { route, position, needs: needs.filled(&parts) }))
    }

    /// As [`Routes::find`].
    pub(crate) fn shape<'r, 't>(
        &'r self,
        method: &str,
        target: &'t str,
    ) -> Result<Option<Shape<'r, 't>>, RouteError> {
        if !is_method(method) {
            return Err(RouteError::MalformedMethod);
        }
        let parts = target::read(target)?;
        let Some(node) = self.tree.find(&parts) else { return self.unmapped(&parts).map(|()| None) };
        let position = node.route(method).ok_or(RouteError::MethodUnmapped)?;
        let route = self.routes.get(position).ok_or(RouteError::Unmapped)?;
        route.fits(&parts)?;
        let needs = route.needs.as_ref().ok_or(RouteError::Ambiguous)?;
        Ok(Some(Shape { route, position, needs, parts }))
    }

    /// What becomes of a path that no route has. It passes where the table says so and where it is plain: there are
    /// letters and slashes that Unicode holds for the same as those of ASCII.
    fn unmapped(&self, parts: &[Part<'_>]) -> Result<(), RouteError> {
        if let Some(unclear) = parts.iter().find_map(|part| part.unclear) {
            return Err(unclear);
        }
        let plain = parts.iter().all(|part| part.value.is_ascii());
        if self.passes && plain { Ok(()) } else { Err(RouteError::Unmapped) }
    }
}

impl Route {
    /// Whether its path is that of the entity on which something is needed, and of nothing in it or below it.
    pub(crate) fn ends_with_entity(&self) -> bool {
        let entity = self.needs.as_ref().and_then(|needs| needs.entities().first().copied());
        let last = self.pattern.len().checked_sub(1).map(Piece::Value);
        entity.zip(last).is_some_and(|(entity, last)| entity.0.contains(&last))
    }

    /// Whether a target that has the shape of this route is this route's and no other's.
    fn fits(&self, parts: &[Part<'_>]) -> Result<(), RouteError> {
        self.pattern.iter().zip(parts).try_for_each(|(segment, part)| match (segment, part.unclear) {
            (Segment::Literal(_), _) if part.is_escaped() => Err(RouteError::EscapedLiteral),
            (Segment::Literal(text), _) if **text != *part.value => Err(RouteError::Lookalike),
            (Segment::Parameter { opaque: false, .. }, Some(unclear)) => Err(unclear),
            _ => Ok(()),
        })
    }
}

impl<T> RouteNeeds<T> {
    /// On what something is needed.
    pub(crate) fn entities(&self) -> Vec<&T> {
        match self {
            Self::Scope { scopes } => scopes.iter().map(|it| &it.entity).collect(),
            Self::Member { entity } => vec![entity],
            Self::Filter { .. } | Self::User | Self::Public | Self::Special => Vec::new(),
        }
    }
}

impl RouteNeeds<Template> {
    fn filled(&self, parts: &[Part<'_>]) -> RouteNeeds {
        match self {
            Self::Scope { scopes } => {
                let scope = |it: &NeededScope<Template>| NeededScope {
                    scope: it.scope.clone(),
                    entity: it.entity.filled(parts),
                };
                RouteNeeds::Scope { scopes: scopes.iter().map(scope).collect() }
            }
            Self::Filter { each } => RouteNeeds::Filter { each: each.clone() },
            Self::Member { entity } => RouteNeeds::Member { entity: entity.filled(parts) },
            Self::User => RouteNeeds::User,
            Self::Public => RouteNeeds::Public,
            Self::Special => RouteNeeds::Special,
        }
    }
}

impl Template {
    fn filled(&self, parts: &[Part<'_>]) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.to_string(),
            Piece::Value(at) => parts.get(*at).map(|part| part.value.to_string()).unwrap_or_default(),
        };
        self.0.iter().map(piece).collect()
    }
}

/// Methods are compared as they stand. One that is not all upper case could be taken for another by whoever does not.
fn is_method(method: &str) -> bool {
    let letters = method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    letters && method.bytes().any(|byte| byte != b'-')
}

macro_rules! route_errors {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $sentence:literal,)*) => {
        /// Why a request is in no route.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum RouteError { $($(#[$doc])* $name,)* }

        impl RouteError {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// As it is written: `dot_segment`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The sentence for people.
            const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
        }
    };
}

route_errors! {
    /// Lower-case letters, or what is no word.
    MalformedMethod = "malformed_method", "the method is no word of upper-case letters",
    /// A fragment, which no request has.
    Fragment = "fragment", "the target has a fragment",
    /// A target that does not begin with a slash: a whole URL, an authority, an asterisk.
    NotAPath = "not_a_path", "the target is no path",
    /// More than 8,192 bytes of path, or more than 64 segments.
    TooLong = "too_long", "the path is too long",
    /// A space, a control character or a letter that is not ASCII stands there without its escape.
    Unencoded = "unencoded", "the target has a character that must be escaped",
    /// Two slashes side by side, or one at the end.
    EmptySegment = "empty_segment", "the path has two slashes side by side or one at its end",
    /// A `%` without two hexadecimal digits.
    MalformedEscape = "malformed_escape", "the path has a `%` without two hexadecimal digits after it",
    /// Escapes that are no UTF-8: cut off, overlong, half of a surrogate pair.
    InvalidUtf8 = "invalid_utf8", "the escapes of the path are not UTF-8",
    /// A control character behind an escape.
    ControlCharacter = "control_character", "the path has an escaped control character",
    /// A backslash, which some take for a slash.
    Backslash = "backslash", "the path has a backslash, which some take for a slash",
    /// A semicolon, from which on some leave a segment out.
    Semicolon = "semicolon", "the path has a semicolon, after which some read no further",
    /// A `.` or `..`, which some resolve.
    DotSegment = "dot_segment", "the path has a segment of dots, which some resolve",
    /// A slash, a `?` or a `#` behind an escape where no route has an opaque parameter.
    EncodedSeparator = "encoded_separator", "the path has an escaped `/`, `?` or `#`",
    /// An escape behind an escape where no route has an opaque parameter.
    DoubleEncoding = "double_encoding", "the path is escaped twice",
    /// An escape where the route has a literal: who compares before decoding takes it for something else.
    EscapedLiteral = "escaped_literal", "the path has an escape where a route has a literal",
    /// It would be a route if letter case, or dots and spaces at the end of a segment, did not count.
    Lookalike = "lookalike", "the path differs from a route in letter case or in dots at the end of a segment",
    /// The table says that this path can be read in two ways.
    Ambiguous = "ambiguous", "the path can be read in two ways",
    /// The path is in the table, but not with this method.
    MethodUnmapped = "method_unmapped", "the path is in the table, but not with this method",
    /// The path is not in the table, or not plainly another one.
    Unmapped = "unmapped", "the path is not in the table",
}

impl fmt::Display for RouteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}

impl std::error::Error for RouteError {}
