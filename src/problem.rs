//! What can be wrong with a document: a closed list of codes, a place, and one sentence each.

use std::fmt;

use crate::names::sorted;

/// One fault of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where: `roles[3].rules[0].on`, a missing field under its own name, the root as `document`.
    pub path: String,
    /// Line and column of a fault in the text itself, both from 1; the column counts characters.
    pub position: Option<(usize, usize)>,
    /// What kind of fault it is, for programs.
    pub code: Code,
    /// What is wrong and what to do, in one sentence for people.
    pub message: String,
}

impl Problem {
    pub(crate) fn new(code: Code, at: &Path<'_>, message: String) -> Self {
        Self { path: at.to_string(), position: None, code, message }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some((line, column)) => write!(f, "line {line}, column {column}: ")?,
            None => write!(f, "{}: ", self.path)?,
        }
        write!(f, "{} [{}]", self.message, self.code)
    }
}

/// Why a document is refused: every problem that it has, in the order of their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    problems: Vec<Problem>,
}

impl Invalid {
    pub(crate) fn new(problems: Vec<Problem>) -> Self {
        Self { problems }
    }

    /// Every problem; at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            write!(f, "{}{problem}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The kinds of fault. The list is closed: a new kind is a new version of the crate.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in the order of this list.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as it is written: `unknown_scope`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

codes! {
    /// The bytes are not UTF-8.
    InvalidUtf8 = "invalid_utf8",
    /// The text is not JSON.
    InvalidJson = "invalid_json",
    /// An object has the same key twice.
    DuplicateKey = "duplicate_key",
    /// The document is larger than the engine reads.
    TooLarge = "too_large",
    /// A value of another JSON type is wanted here.
    WrongType = "wrong_type",
    /// No field of that name is known here.
    UnknownField = "unknown_field",
    /// A field that must be there is not.
    MissingField = "missing_field",
    /// The text is none of those that are allowed here.
    UnknownValue = "unknown_value",
    /// A text or a list must not be empty.
    Empty = "empty",
    /// A number is outside its range.
    OutOfRange = "out_of_range",
    /// A date is not RFC 3339 with seconds and an offset.
    MalformedDate = "malformed_date",
    /// A text names no entity.
    MalformedEntity = "malformed_entity",
    /// A text names no principal of the kind that is wanted here.
    MalformedPrincipal = "malformed_principal",
    /// Fields that exclude each other are both there, or none of those of which one must be.
    ConflictingFields = "conflicting_fields",
    /// No revision of that name is known.
    UnknownRevision = "unknown_revision",
    /// No catalog of that name is known.
    UnknownCatalog = "unknown_catalog",
    /// A text is no name of an entity type or a scope.
    MalformedName = "malformed_name",
    /// Permission sets of a catalog include each other in a circle.
    IncludeCycle = "include_cycle",
    /// No entity type of that name is in the catalog.
    UnknownEntityType = "unknown_entity_type",
    /// No scope of that name is in the catalog.
    UnknownScope = "unknown_scope",
    /// No permission set of that name is there.
    UnknownPermissionSet = "unknown_permission_set",
    /// No role of that id is there.
    UnknownRole = "unknown_role",
    /// No team of that name is there.
    UnknownTeam = "unknown_team",
    /// No member of that login is there.
    UnknownMember = "unknown_member",
    /// No token of that name is there.
    UnknownToken = "unknown_token",
    /// No service principal of that name is there.
    UnknownServicePrincipal = "unknown_service_principal",
    /// No node or expression of a role tree has that type.
    UnknownNodeType = "unknown_node_type",
    /// A name that must be unique stands there already.
    Duplicate = "duplicate",
    /// A scope, a set or an entity is of another entity type than is wanted here.
    WrongEntityType = "wrong_entity_type",
    /// An entity belongs to another organization.
    OtherOrganization = "other_organization",
    /// The edition of the organization does not have this.
    NotInEdition = "not_in_edition",
    /// The revision or the catalog of the document does not have this.
    NotInRevision = "not_in_revision",
    /// A list is longer than its limit.
    TooMany = "too_many",
    /// A role tree is deeper than its limit.
    TooDeep = "too_deep",
    /// A role is larger than its limit.
    RoleTooLarge = "role_too_large",
    /// Policies refer to each other in a circle.
    ComposeCycle = "compose_cycle",
    /// A tree composes a role, which only members and teams may hold.
    ComposeRole = "compose_role",
    /// A chain of policies is longer than its limit.
    ComposeTooLong = "compose_too_long",
    /// A text is no path of a route, or not the form of the paths of an entity type.
    MalformedPath = "malformed_path",
    /// No parameter of that name is in the path.
    UnknownParameter = "unknown_parameter",
    /// Two routes match one path, need different things, and neither is the more specific one.
    CrossingRoutes = "crossing_routes",
    /// There are more problems than are listed.
    TooManyProblems = "too_many_problems",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Problems as they are found. Past a bound they are counted and no longer kept: a hostile document must not
/// fill the memory with its own faults.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    found: Vec<Problem>,
    more: usize,
}

impl Problems {
    /// How many problems of one document are listed.
    const LIMIT: usize = 1_000;

    pub(crate) fn add(&mut self, code: Code, at: &Path<'_>, message: impl Into<String>) {
        if self.found.len() < Self::LIMIT {
            self.found.push(Problem::new(code, at, message.into()));
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.found.len() + self.more
    }

    /// All that was found, in the order of the places.
    pub(crate) fn into_invalid(mut self) -> Invalid {
        let keyed = self.found.into_iter().map(|problem| (natural(&problem.path), problem)).collect();
        self.found = sorted(keyed).into_iter().map(|(_, problem)| problem).collect();
        if self.more > 0 {
            let message = format!("{} more problems are not listed: mend these first", self.more);
            self.found.push(Problem::new(Code::TooManyProblems, &Path::Root, message));
        }
        Invalid::new(self.found)
    }
}

/// A path cut so that `roles[10]` comes after `roles[2]`: runs of digits compare by their length first.
pub(crate) fn natural(path: &str) -> Vec<(usize, Box<str>)> {
    let piece = |piece: &str| {
        let digits = piece.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
        (if digits { piece.len() } else { 0 }, piece.into())
    };
    path.split_inclusive(['[', ']', '.']).map(piece).collect()
}

/// A place in a document, as a chain that lives on the stack of whoever walks it. It becomes text only when
/// something is wrong there.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    pub(crate) fn key(&'p self, key: &'p str) -> Path<'p> {
        Path::Key(self, key)
    }

    pub(crate) fn index(&'p self, index: usize) -> Path<'p> {
        Path::Index(self, index)
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parent = match self {
            Path::Root => return f.write_str("document"),
            Path::Key(parent, _) | Path::Index(parent, _) => parent,
        };
        let first = matches!(parent, Path::Root);
        if !first {
            write!(f, "{parent}")?;
        }
        match self {
            Path::Root => Ok(()),
            Path::Key(_, key) if is_word(key) => write!(f, "{}{key}", if first { "" } else { "." }),
            Path::Key(_, key) => write!(f, "[\"{}\"]", Quoted(key)),
            Path::Index(_, index) => write!(f, "[{index}]"),
        }
    }
}

fn is_word(key: &str) -> bool {
    let word = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    word && key.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}

/// A text as it stands between double quotes: what would end it or break the line is escaped.
pub(crate) struct Quoted<'t>(pub(crate) &'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '"' | '\\' => write!(f, "\\{character}")?,
                '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => write!(f, "\\u{:04x}", u32::from(character))?,
                _ => write!(f, "{character}")?,
            }
        }
        Ok(())
    }
}
