//! Pieces of a schema, as values.

use serde::{Serialize, Serializer};

/// JSON, with the members of objects in the order in which they were put there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    Bool(bool),
    Number(u64),
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Node {
    pub(super) fn empty() -> Self {
        Self::Object(Vec::new())
    }

    pub(super) fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// The schema of values of a type.
    pub(super) fn of_type(name: &str) -> Self {
        Self::empty().with("type", name)
    }

    /// The schema of objects whose property of that name is like this.
    pub(super) fn property(name: &str, value: Self) -> Self {
        Self::empty().with("properties", Self::object([(name, value)]))
    }

    /// The schema of values that one of these accepts.
    pub(super) fn any_of(nodes: impl IntoIterator<Item = Self>) -> Self {
        Self::one_among("anyOf", nodes.into_iter().collect())
    }

    /// The schema of these values alone.
    pub(super) fn one_of_words<T: Into<Self>>(words: impl IntoIterator<Item = T>) -> Self {
        Self::one_among("enum", words.into_iter().map(Into::into).collect())
    }

    /// No value is one of none.
    fn one_among(key: &str, nodes: Vec<Self>) -> Self {
        if nodes.is_empty() { Self::Bool(false) } else { Self::empty().with(key, nodes) }
    }

    /// This object with one more member.
    pub(super) fn with(mut self, key: &str, value: impl Into<Self>) -> Self {
        if let Self::Object(members) = &mut self {
            members.push((key.to_owned(), value.into()));
        }
        self
    }

    /// This object with one more member, if that has anything in it.
    pub(super) fn with_some(self, key: &str, value: Vec<Self>) -> Self {
        if value.is_empty() { self } else { self.with(key, value) }
    }

    /// This object with the members of another.
    pub(super) fn and(mut self, other: Self) -> Self {
        if let (Self::Object(members), Self::Object(more)) = (&mut self, other) {
            members.extend(more);
        }
        self
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Node {
    fn from(value: u64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Node {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Node {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<Self>> for Node {
    fn from(value: Vec<Self>) -> Self {
        Self::List(value)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => serializer.serialize_u64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::List(items) => serializer.collect_seq(items),
            Self::Object(members) => serializer.collect_map(members.iter().map(|(key, value)| (key, value))),
        }
    }
}
