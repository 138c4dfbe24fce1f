//! A compiled organization as bytes, whole or one principal's part, and opened again elsewhere.
//!
//! A bundle carries its catalog, so that whatever version of the engine opens it decides as the one that made it. Its
//! sum tells a bundle that was damaged on its way; it is no signature, and does not tell who made it: `seal.rs` does.
//! It begins with what it says of itself, the organization and the revision, which are read without opening it.

mod order;

use std::fmt;
use std::sync::Arc;

use crate::json::excerpt;
use crate::names;
use crate::organization::Organization;
use crate::request::{PrincipalName, RequestError};
#[cfg(feature = "sign")]
use crate::seal::KeyId;
use crate::time::Instant;
use crate::wire::{self, Wire, structure};

/// How every bundle begins, and the form that follows.
const MAGIC: [u8; 4] = *b"SCPW";
const FORM: u8 = 4;

/// What a bundle says of itself beside its organization.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Label {
    /// Whose part it is: `user:bob`. A whole organization is nobody's.
    pub principal: Option<Box<str>>,
    /// The version of the document, counted by whoever keeps it.
    pub version: u64,
    /// When it was made.
    pub issued_at: Option<Instant>,
    /// For how many seconds it counts as fresh.
    pub max_age_seconds: Option<u32>,
}

structure!(Label { principal, version, issued_at, max_age_seconds });

impl Label {
    /// Of that version of the document, made at that time.
    pub fn new(version: u64, issued_at: impl Into<Instant>) -> Self {
        Self { version, issued_at: Some(issued_at.into()), ..Self::default() }
    }

    /// Counts as fresh for so many seconds.
    #[must_use]
    pub fn max_age_seconds(self, seconds: u32) -> Self {
        Self { max_age_seconds: Some(seconds), ..self }
    }
}

/// How the content of a bundle begins.
#[cfg(feature = "sign")]
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) label: Label,
    pub(crate) organization: Box<str>,
    /// The revision, or the name of the organization's own catalog.
    pub(crate) revision: Box<str>,
}

#[cfg(feature = "sign")]
structure!(Head { label, organization, revision });

#[cfg(feature = "sign")]
impl Head {
    /// Reads no further than the head: what follows may still be damaged.
    pub(crate) fn of(bundle: &[u8]) -> Option<Self> {
        let content = bundle.strip_prefix(&MAGIC)?.strip_prefix(&[FORM])?;
        wire::read_start(content).map(|(head, _)| head)
    }
}

/// An organization that was opened from bytes, with what these say of themselves.
#[derive(Debug)]
pub struct Bundle {
    organization: Organization,
    label: Label,
    /// The key that signed it, if one was asked for.
    #[cfg(feature = "sign")]
    signed_by: Option<KeyId>,
}

/// Why bytes are no bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BundleError(&'static str);

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for BundleError {}

impl Bundle {
    /// Opens a bundle.
    ///
    /// # Errors
    ///
    /// Bytes that no bundle begins with, of a form that this version does not read, that were damaged, or that
    /// contradict themselves.
    pub fn open(bytes: &[u8]) -> Result<Self, BundleError> {
        Self::open_owned(bytes.to_vec(), false)
    }

    /// Opens a bundle, in whose bytes its tables stay. Where somebody vouches for every byte, the sum tells nothing that
    /// is not known, and is asked only for what is wrong with bytes that do not fit.
    pub(crate) fn open_owned(bytes: Vec<u8>, vouched: bool) -> Result<Self, BundleError> {
        let rest = bytes
            .strip_prefix(&MAGIC)
            .ok_or(BundleError("the bytes are no bundle, or a signed one, which opens by a key alone"))?;
        if rest.first() != Some(&FORM) {
            return Err(BundleError(
                "the bundle is of a form that this version does not read: make it again",
            ));
        }
        let damaged = BundleError("the bundle is damaged: fetch it again");
        let bytes = Arc::new(bytes);
        let (content, _) = bytes.split_last_chunk::<8>().ok_or(damaged)?;
        let fits = || is_undamaged(&bytes);
        if !vouched && !fits() {
            return Err(damaged);
        }
        let read: Option<(Label, Organization)> = wire::read(&bytes, MAGIC.len() + 1..content.len());
        let Some((label, organization)) = read.filter(|(_, it)| it.is_whole()) else {
            let contradicts = BundleError("the bundle contradicts itself: make it again");
            return Err(if fits() { contradicts } else { damaged });
        };
        Ok(Self {
            organization,
            label,
            #[cfg(feature = "sign")]
            signed_by: None,
        })
    }

    /// The organization. Of a part, everybody but its principal is unknown there.
    pub fn organization(&self) -> &Organization {
        &self.organization
    }

    #[cfg(all(target_arch = "wasm32", feature = "engine"))]
    pub(crate) fn into_parts(self) -> (Organization, Label) {
        (self.organization, self.label)
    }

    #[cfg(feature = "sign")]
    pub(crate) fn with_key(self, id: KeyId) -> Self {
        Self { signed_by: Some(id), ..self }
    }

    /// The key whose signature was verified; nothing of a bundle that was opened without asking for one.
    #[cfg(feature = "sign")]
    pub fn signed_by(&self) -> Option<KeyId> {
        self.signed_by
    }

    /// What the bundle says of itself.
    pub fn label(&self) -> &Label {
        &self.label
    }

    /// When the first of its tokens expires: of a part, its principal's.
    pub fn valid_until(&self) -> Option<Instant> {
        self.organization.valid_until()
    }

    /// Whether it is older than it should be at that time. A bundle that does not say for how long it is fresh never is.
    pub fn is_stale(&self, at: impl Into<Instant>) -> bool {
        let fresh_until = self.label.issued_at.zip(self.label.max_age_seconds);
        fresh_until.is_some_and(|(issued, seconds)| at.into() >= issued.plus_seconds(seconds))
    }
}

impl Organization {
    /// When the first token expires.
    pub(crate) fn valid_until(&self) -> Option<Instant> {
        self.principals.tokens.iter().filter_map(|token| token.expires).min()
    }

    /// The whole organization as a bundle.
    pub fn to_bundle(&self, label: &Label) -> Vec<u8> {
        written(self.clone(), Label { principal: None, ..label.clone() })
    }

    /// One principal's part as a bundle: what it holds with all conditions, so that it answers for any entity, tags
    /// and time as the whole organization does about this principal. Nobody else is named in it.
    ///
    /// # Errors
    ///
    /// A malformed principal, one that is not in the organization, and a deployment, of which what started it decides.
    pub fn project(&self, principal: &str, label: &Label) -> Result<Vec<u8>, RequestError> {
        let name = PrincipalName::parse(principal)?;
        let who = self.who(&name).ok_or_else(|| {
            let principal = excerpt(principal);
            RequestError::new(match name {
                PrincipalName::Deployment(_) => {
                    format!(
                        "`{principal}` is a deployment, whose trigger decides: ask the whole organization"
                    )
                }
                _ => format!("`{principal}` is nobody in the organization `{}`", self.name()),
            })
        })?;
        Ok(written(self.projected(who), Label { principal: Some(principal.into()), ..label.clone() }))
    }
}

/// Whether the sum at the end is that of what is before it.
pub(crate) fn is_undamaged(bundle: &[u8]) -> bool {
    bundle.split_last_chunk::<8>().is_some_and(|(content, sum)| names::sum_of(content).to_le_bytes() == *sum)
}

fn written(organization: Organization, label: Label) -> Vec<u8> {
    let organization = organization.in_order();
    let mut out = MAGIC.to_vec();
    out.push(FORM);
    (label, organization).write(&mut out);
    let sum = names::sum_of(&out);
    out.extend_from_slice(&sum.to_le_bytes());
    out
}
