//! Bundles that tell who made them: an envelope with an Ed25519 signature around the bytes of a bundle.
//!
//! The envelope is `SCPS`, its form (one byte), the id of a key (eight), the bundle, and a signature (64). What is signed
//! is all before the bundle and the SHA-256 of the bundle, in which revision, organization, version, time, age and
//! principal stand: nothing stands twice, and every byte counts. SHA-256 is what processors have instructions for; the
//! hash that Ed25519 itself makes of a large bundle takes twice as long. What is signed begins with `SCPS`, so that no
//! signature over anything else is one over a bundle.
//!
//! Who opens an envelope says by a [`Trust`] whom it believes and what it takes from them. The signature is verified
//! first: of bytes that nobody vouches for no more is read than the id of a key.

mod keys;

use std::fmt;

use sha2::{Digest, Sha256};

pub use keys::{KeyError, KeyId, PublicKey, SigningKey};

use crate::bundle::{Bundle, BundleError, Head, is_undamaged};
use crate::json::excerpt;
use crate::time::Instant;

/// How every envelope begins, and the form that follows.
const MAGIC: [u8; 4] = *b"SCPS";
const FORM: u8 = 2;

/// The bytes of an id, and those of a signature.
const ID: usize = 8;
const SIGNATURE: usize = 64;

/// The largest envelope, in bytes, natively as in wasm.
const LIMIT: usize = 64_000_000;

/// How far ahead the clock of whoever signs may be, in seconds.
const CLOCKS_APART: u32 = 300;

/// Whom bundles are taken from, and which.
#[derive(Debug, Clone)]
pub struct Trust {
    keys: Vec<PublicKey>,
    revoked: Vec<KeyId>,
    organization: Option<Box<str>>,
    part: Part,
    min_version: u64,
    max_age_seconds: Option<u32>,
    now: Instant,
}

/// What is wanted of an organization.
#[derive(Debug, Clone)]
enum Part {
    Any,
    Whole,
    Of(Box<str>),
}

impl Trust {
    /// Takes bundles that one of these keys has signed and that are fresh at that time. Two keys are trusted at once
    /// while one takes the place of the other.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>, now: impl Into<Instant>) -> Self {
        Self {
            keys: keys.into_iter().collect(),
            revoked: Vec::new(),
            organization: None,
            part: Part::Any,
            min_version: 0,
            max_age_seconds: None,
            now: now.into(),
        }
    }

    /// Takes nothing from these keys any more, also where they are among the trusted ones.
    #[must_use]
    pub fn revoked(self, keys: impl IntoIterator<Item = KeyId>) -> Self {
        Self { revoked: keys.into_iter().collect(), ..self }
    }

    /// Takes this organization alone.
    #[must_use]
    pub fn organization(self, name: &str) -> Self {
        Self { organization: Some(name.into()), ..self }
    }

    /// Takes this principal's part alone.
    #[must_use]
    pub fn principal(self, principal: &str) -> Self {
        Self { part: Part::Of(principal.into()), ..self }
    }

    /// Takes whole organizations alone.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { part: Part::Whole, ..self }
    }

    /// Takes no version of the document before this one: the highest that was ever seen.
    #[must_use]
    pub fn min_version(self, version: u64) -> Self {
        Self { min_version: version, ..self }
    }

    /// Takes bundles that were made so many seconds ago at the most, whatever they say of themselves.
    #[must_use]
    pub fn max_age_seconds(self, seconds: u32) -> Self {
        Self { max_age_seconds: Some(seconds), ..self }
    }
}

/// Why a bundle cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// The bytes are no bundle of this version, or one that was damaged.
    NoBundle,
    /// The bundle does not say when it was made or for how long it is fresh: it could be shown for ever.
    Undated,
    /// The envelope would have more bytes than are opened.
    TooLarge,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoBundle => "only a bundle of this version can be signed: make it again",
            Self::Undated => {
                "a bundle is signed that says when it was made and for how long it is fresh: give it a label with both"
            }
            Self::TooLarge => "the bundle is too large: at most 64000000 bytes are opened",
        })
    }
}

impl std::error::Error for SealError {}

/// Why a signed bundle is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignedError {
    /// The bytes are no signed bundle.
    NotSigned,
    /// The envelope has a form that this version does not read.
    UnknownForm,
    /// It has more bytes than are opened.
    TooLarge,
    /// Something is missing from the envelope, or contradicts itself.
    Damaged,
    /// None of the trusted keys has this id.
    UnknownKey(KeyId),
    /// The key of this id is revoked.
    RevokedKey(KeyId),
    /// The key of this id has not signed these bytes: they were changed, or another key signed them.
    WrongSignature(KeyId),
    /// It is the bundle of this organization.
    OtherOrganization(Box<str>),
    /// It is this principal's part; nobody's is the whole.
    OtherPrincipal(Option<Box<str>>),
    /// It is this version, and a later one has been seen.
    Older(u64),
    /// It says that it was made later than now.
    Future,
    /// It is older than it may be.
    Expired,
    /// The signature is right, and what it covers is no bundle that this version opens.
    Content(BundleError),
}

impl SignedError {
    /// The code, by which JavaScript names it too.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSigned => "not_signed",
            Self::UnknownForm => "unknown_form",
            Self::TooLarge => "too_large",
            Self::Damaged => "damaged",
            Self::UnknownKey(_) => "unknown_key",
            Self::RevokedKey(_) => "revoked_key",
            Self::WrongSignature(_) => "wrong_signature",
            Self::OtherOrganization(_) => "other_organization",
            Self::OtherPrincipal(_) => "other_principal",
            Self::Older(_) => "older",
            Self::Future => "future",
            Self::Expired => "expired",
            Self::Content(_) => "content",
        }
    }
}

impl fmt::Display for SignedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotSigned => f.write_str("the bytes are no signed bundle: nothing of one is there"),
            Self::UnknownForm => {
                f.write_str("the signed bundle is of a form that this version does not read: make it again")
            }
            Self::TooLarge => write!(f, "the signed bundle is too large: at most {LIMIT} bytes are opened"),
            Self::Damaged => f.write_str("the signed bundle is damaged: fetch it again"),
            Self::UnknownKey(key) => write!(f, "the key `{key}` is not trusted: sign by one that is"),
            Self::RevokedKey(key) => write!(f, "the key `{key}` is revoked: sign by another"),
            Self::WrongSignature(key) => {
                write!(f, "the signature is not that of the key `{key}` over these bytes: fetch them again")
            }
            Self::OtherOrganization(name) => {
                write!(f, "the bundle is of the organization `{}`", excerpt(name))
            }
            Self::OtherPrincipal(Some(name)) => write!(f, "the bundle is the part of `{}`", excerpt(name)),
            Self::OtherPrincipal(None) => {
                f.write_str("the bundle is the whole organization, not one principal's part")
            }
            Self::Older(version) => {
                write!(f, "the bundle is version {version}, and a later one has been seen")
            }
            Self::Future => f.write_str("the bundle was made later than now: set the clock"),
            Self::Expired => f.write_str("the bundle is older than it may be: make it again"),
            Self::Content(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SignedError {}

impl SigningKey {
    /// Puts the bytes of a bundle into an envelope and signs it.
    ///
    /// # Errors
    ///
    /// Bytes that are no bundle, and a bundle that does not say when it was made and for how long it is fresh.
    pub fn seal(&self, bundle: &[u8]) -> Result<Vec<u8>, SealError> {
        let label = Head::of(bundle).filter(|_| is_undamaged(bundle)).ok_or(SealError::NoBundle)?.label;
        if label.issued_at.is_none() || label.max_age_seconds.is_none() {
            return Err(SealError::Undated);
        }
        let mut out = MAGIC.to_vec();
        out.push(FORM);
        out.extend_from_slice(&self.id().0);
        let signature = self.sign(&signed(&out, bundle));
        out.extend_from_slice(bundle);
        out.extend_from_slice(&signature);
        if out.len() > LIMIT { Err(SealError::TooLarge) } else { Ok(out) }
    }
}

impl Bundle {
    /// Opens a signed bundle, if it is one that is taken.
    ///
    /// # Errors
    ///
    /// Whatever is not exactly as the trust has it: see [`SignedError`].
    pub fn open_signed(bytes: &[u8], trust: &Trust) -> Result<Self, SignedError> {
        let envelope = Envelope::read(bytes)?;
        trust.verify(&envelope)?;
        let head = Head::of(envelope.bundle).ok_or(SignedError::Damaged)?;
        trust.takes(&head)?;
        let bundle = Self::open_owned(envelope.bundle.to_vec(), true).map_err(SignedError::Content)?;
        Ok(bundle.with_key(envelope.key))
    }
}

/// What is signed of an envelope.
fn signed(head: &[u8], bundle: &[u8]) -> Vec<u8> {
    [head, &Sha256::digest(bundle)].concat()
}

/// The parts of an envelope, none of which is believed yet.
struct Envelope<'b> {
    key: KeyId,
    /// All before the bundle.
    head: &'b [u8],
    bundle: &'b [u8],
    signature: &'b [u8; SIGNATURE],
}

impl<'b> Envelope<'b> {
    fn read(bytes: &'b [u8]) -> Result<Self, SignedError> {
        let rest = bytes.strip_prefix(&MAGIC).ok_or(SignedError::NotSigned)?;
        if rest.first().is_some_and(|form| *form != FORM) {
            return Err(SignedError::UnknownForm);
        }
        if bytes.len() > LIMIT {
            return Err(SignedError::TooLarge);
        }
        let (content, signature) = bytes.split_last_chunk().ok_or(SignedError::Damaged)?;
        let (head, bundle) = content.split_at_checked(MAGIC.len() + 1 + ID).ok_or(SignedError::Damaged)?;
        let id = head.last_chunk::<ID>().ok_or(SignedError::Damaged)?;
        Ok(Self { key: KeyId(*id), head, bundle, signature })
    }
}

impl Trust {
    /// Whether a key that is trusted has signed it.
    fn verify(&self, envelope: &Envelope<'_>) -> Result<(), SignedError> {
        let key = envelope.key;
        if self.revoked.contains(&key) {
            return Err(SignedError::RevokedKey(key));
        }
        let mut named = self.keys.iter().filter(|it| it.id() == key).peekable();
        if named.peek().is_none() {
            return Err(SignedError::UnknownKey(key));
        }
        let signed = signed(envelope.head, envelope.bundle);
        if named.any(|it| it.has_signed(&signed, envelope.signature)) {
            Ok(())
        } else {
            Err(SignedError::WrongSignature(key))
        }
    }

    /// Whether it is the one that is wanted, and of its time.
    fn takes(&self, head: &Head) -> Result<(), SignedError> {
        let label = &head.label;
        if self.organization.as_ref().is_some_and(|wanted| *wanted != head.organization) {
            return Err(SignedError::OtherOrganization(head.organization.clone()));
        }
        if !self.part.is_that_of(label.principal.as_deref()) {
            return Err(SignedError::OtherPrincipal(label.principal.clone()));
        }
        if label.version < self.min_version {
            return Err(SignedError::Older(label.version));
        }
        // What does not say from when and for how long it counts, counts at no time.
        let dates = label.issued_at.zip(self.max_age_seconds.or(label.max_age_seconds));
        let (issued, seconds) = dates.ok_or(SignedError::Expired)?;
        if issued > self.now.plus_seconds(CLOCKS_APART) {
            return Err(SignedError::Future);
        }
        if self.now >= issued.plus_seconds(seconds) { Err(SignedError::Expired) } else { Ok(()) }
    }
}

impl Part {
    fn is_that_of(&self, principal: Option<&str>) -> bool {
        match self {
            Self::Any => true,
            Self::Whole => principal.is_none(),
            Self::Of(wanted) => principal == Some(&**wanted),
        }
    }
}
