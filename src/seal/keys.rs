//! Keys, and their files: PKCS#8 and SPKI in PEM, as OpenSSL and `WebCrypto` write and read them.

use std::fmt;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{
    DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey, KeypairBytes,
};
use ed25519_dalek::{Digest, Sha512, Signature, Signer};

use super::{ID, SIGNATURE};

/// What tells a key from others: the first eight bytes of the SHA-512 of the public half, written as 16 hexadecimal
/// digits. It follows from the key, so that nobody can give a key the id of another by mistake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub(super) [u8; ID]);

impl KeyId {
    /// Reads 16 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// Any other text.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let digits = text.len() == 2 * ID && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = digits.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(|number| Self(number.to_be_bytes())).ok_or(KeyError::Id)
    }

    fn of(key: &ed25519_dalek::VerifyingKey) -> Self {
        let digest = Sha512::digest(key.as_bytes());
        Self(digest.first_chunk().copied().unwrap_or_default())
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// A private Ed25519 key and its id. Its debug text does not show it, and its memory is cleared when it is dropped.
#[derive(Debug, Clone)]
pub struct SigningKey {
    id: KeyId,
    key: ed25519_dalek::SigningKey,
}

/// A public Ed25519 key and its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    id: KeyId,
    key: ed25519_dalek::VerifyingKey,
}

/// Why a text is no key, or no id of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// No Ed25519 key in PKCS#8, as PEM.
    NoPrivateKey,
    /// No Ed25519 key in SPKI, as PEM, or one that vouches for nothing.
    NoPublicKey,
    /// Not 16 hexadecimal digits.
    Id,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoPrivateKey => "no private Ed25519 key (PKCS#8 as PEM) is there",
            Self::NoPublicKey => "no public Ed25519 key (SPKI as PEM) is there",
            Self::Id => "the id of a key is 16 hexadecimal digits",
        })
    }
}

impl std::error::Error for KeyError {}

impl SigningKey {
    /// The key of 32 bytes that nobody can guess.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self::of(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// Reads what begins with `-----BEGIN PRIVATE KEY-----`.
    ///
    /// # Errors
    ///
    /// A text that is no private Ed25519 key.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        ed25519_dalek::SigningKey::from_pkcs8_pem(pem).map(Self::of).map_err(|_| KeyError::NoPrivateKey)
    }

    /// The key as a file holds it. Whoever reads it can sign.
    pub fn to_pem(&self) -> String {
        // Without the public half, which some versions of OpenSSL refuse to find there.
        let pair = KeypairBytes { secret_key: self.key.to_bytes(), public_key: None };
        pair.to_pkcs8_pem(LineEnding::LF).map(|pem| pem.as_str().to_owned()).unwrap_or_default()
    }

    /// What tells it from others.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey { id: self.id, key: self.key.verifying_key() }
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> [u8; SIGNATURE] {
        self.key.sign(bytes).to_bytes()
    }

    fn of(key: ed25519_dalek::SigningKey) -> Self {
        Self { id: KeyId::of(&key.verifying_key()), key }
    }
}

impl PublicKey {
    /// Reads what begins with `-----BEGIN PUBLIC KEY-----`.
    ///
    /// # Errors
    ///
    /// A text that is no public Ed25519 key, and a key for which anybody can sign.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let key = ed25519_dalek::VerifyingKey::from_public_key_pem(pem).ok();
        let key = key.filter(|key| !key.is_weak()).ok_or(KeyError::NoPublicKey)?;
        Ok(Self { id: KeyId::of(&key), key })
    }

    /// The key as a file holds it.
    pub fn to_pem(&self) -> String {
        self.key.to_public_key_pem(LineEnding::LF).unwrap_or_default()
    }

    /// What tells it from others.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn has_signed(&self, bytes: &[u8], signature: &[u8; SIGNATURE]) -> bool {
        self.key.verify_strict(bytes, &Signature::from_bytes(signature)).is_ok()
    }
}
