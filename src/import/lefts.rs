//! What has no place in a document, as it is found.

use super::Left;
use crate::names::sorted;
use crate::problem::{Path, natural};

/// What is left, as it is found. Past a bound it is counted and no longer kept, so that the list stays linear in the
/// answers whatever they are.
#[derive(Debug)]
pub(super) struct Lefts {
    found: Vec<Left>,
    more: usize,
    /// How many bytes of it may be kept yet.
    room: usize,
}

impl Lefts {
    /// For answers of so many bytes.
    pub(super) fn within(size: usize) -> Self {
        Self { found: Vec::new(), more: 0, room: 1_000_000 + size }
    }

    pub(super) fn add(&mut self, at: &Path<'_>, message: impl Into<String>) {
        // Past the bound, not even the path is made.
        let path = if self.room == 0 { String::new() } else { at.to_string() };
        self.add_at(path, message.into());
    }

    /// With the path as text.
    pub(super) fn add_at(&mut self, path: String, message: String) {
        if self.room == 0 {
            self.more += 1;
        } else {
            self.room = self.room.saturating_sub(path.len() + message.len());
            self.found.push(Left { path, message });
        }
    }

    /// All of it, in the order of the places.
    pub(super) fn finish(self) -> Vec<Left> {
        let keyed = self.found.into_iter().map(|left| (natural(&left.path), left)).collect();
        let mut lefts: Vec<Left> = sorted(keyed).into_iter().map(|(_, left)| left).collect();
        if self.more > 0 {
            let message = format!("{} more things that were left are not listed", self.more);
            lefts.push(Left { path: "answers".into(), message });
        }
        lefts
    }
}
