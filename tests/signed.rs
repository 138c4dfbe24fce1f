//! Bundles that tell who made them: whom they are taken from, and every way of passing one off that is refused.
#![cfg(all(feature = "sign", not(target_arch = "wasm32")))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at what it does not expect"
)]

#[allow(dead_code, unused_imports, reason = "organizations come from there, not all questions do")]
mod generate;
#[allow(dead_code, reason = "the dice ask it for the catalog alone")]
mod oracle;

use std::thread;

use ed25519_dalek::Signer;
use generate::{CASES, Dice, parse};
use scopewise::{
    Bundle, Context, Instant, KeyError, KeyId, Label, Organization, PublicKey, SealError, SignedError,
    SigningKey, Trust,
};
use serde_json::json;
use sha2::{Digest, Sha256};

/// When the bundles here are made, and for how long they are fresh.
const MADE: i64 = 1_800_000_000;
const FRESH: u32 = 60;

/// Before the bundle there are a magic, a form and an id; behind it a signature.
const HEAD: usize = 13;
const SIGNATURE: usize = 64;

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

/// Trusts keys by their numbers, half a minute after the bundles here were made.
fn trusting(keys: &[u8]) -> Trust {
    Trust::new(keys.iter().map(|number| key(*number).public_key()), after(30))
}

fn after(seconds: i64) -> Instant {
    Instant::from_unix(MADE + seconds)
}

fn label(version: u64) -> Label {
    Label::new(version, Instant::from_unix(MADE)).max_age_seconds(FRESH)
}

fn organization(name: &str) -> Organization {
    parse(&json!({ "revision": "2026-10", "organization": name,
        "members": [ { "user": "ann", "role": "admin" }, { "user": "bob" } ] }))
}

fn signed(number: u8) -> Vec<u8> {
    key(number).seal(&organization("acme").to_bundle(&label(7))).expect("a bundle")
}

fn refusal(bytes: &[u8], trust: &Trust) -> SignedError {
    Bundle::open_signed(bytes, trust).expect_err("it is not to be taken")
}

/// Anything in an envelope with a right signature: what somebody who has the key could make.
fn forged(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = b"SCPS\x02".to_vec();
    out.extend(
        key(number).id().to_string().as_bytes().chunks(2).map(|digits| {
            u8::from_str_radix(std::str::from_utf8(digits).expect("digits"), 16).expect("a byte")
        }),
    );
    let signed = [&out[..], &Sha256::digest(content)].concat();
    let signature = ed25519_dalek::SigningKey::from_bytes(&[number; 32]).sign(&signed);
    out.extend_from_slice(content);
    out.extend_from_slice(&signature.to_bytes());
    out
}

#[test]
fn a_signed_bundle_opens_by_its_key() {
    let bundle = Bundle::open_signed(&signed(1), &trusting(&[1])).expect("all is right");
    assert_eq!((bundle.label(), bundle.signed_by()), (&label(7), Some(key(1).id())));
    let ann = bundle.organization().principal("user:ann");
    assert!(ann.can("stack:delete", "stack:acme/web/prod", &Context::default()));
}

#[test]
fn a_signed_bundle_does_not_open_as_an_unsigned_one_nor_the_other_way_round() {
    assert!(Bundle::open(&signed(1)).is_err());
    let unsigned = organization("acme").to_bundle(&label(7));
    assert_eq!(refusal(&unsigned, &trusting(&[1])), SignedError::NotSigned);
}

#[test]
fn two_keys_are_trusted_while_one_takes_the_place_of_the_other() {
    for number in [1, 2] {
        let bundle = Bundle::open_signed(&signed(number), &trusting(&[1, 2])).expect("either");
        assert_eq!(bundle.signed_by(), Some(key(number).id()));
    }
}

#[test]
fn a_key_that_is_not_trusted_is_refused() {
    let error = refusal(&signed(3), &trusting(&[1, 2]));
    assert_eq!(error, SignedError::UnknownKey(key(3).id()));
    assert_eq!(refusal(&signed(1), &trusting(&[])), SignedError::UnknownKey(key(1).id()));
}

#[test]
fn a_revoked_key_is_refused_also_where_it_is_trusted() {
    let trust = trusting(&[1, 2]).revoked([key(1).id()]);
    assert_eq!(refusal(&signed(1), &trust), SignedError::RevokedKey(key(1).id()));
    assert!(Bundle::open_signed(&signed(2), &trust).is_ok());
}

#[test]
fn a_signature_by_another_key_under_the_id_of_a_trusted_one_is_refused() {
    let mut bytes = signed(3);
    bytes[5..HEAD].copy_from_slice(&signed(1)[5..HEAD]);
    assert_eq!(refusal(&bytes, &trusting(&[1])), SignedError::WrongSignature(key(1).id()));
}

#[test]
fn the_signature_of_one_bundle_does_not_fit_another() {
    let (mut bytes, other) =
        (signed(1), key(1).seal(&organization("acme").to_bundle(&label(8))).expect("one"));
    let (from, to) = (other.len() - SIGNATURE, bytes.len() - SIGNATURE);
    bytes[to..].copy_from_slice(&other[from..]);
    assert_eq!(refusal(&bytes, &trusting(&[1])), SignedError::WrongSignature(key(1).id()));
}

/// The same key may sign other things: what is signed begins with the magic of an envelope.
#[test]
fn a_signature_over_the_bundle_alone_is_none_over_the_envelope() {
    let mut bytes = signed(1);
    let end = bytes.len() - SIGNATURE;
    let envelope = bytes[..end].to_vec();
    let bundle = &envelope[HEAD..];
    for other in [bundle, &Sha256::digest(bundle), &envelope] {
        let alone = ed25519_dalek::SigningKey::from_bytes(&[1; 32]).sign(other);
        bytes[end..].copy_from_slice(&alone.to_bytes());
        assert_eq!(refusal(&bytes, &trusting(&[1])), SignedError::WrongSignature(key(1).id()));
    }
}

#[test]
fn another_organization_is_refused() {
    let bytes = key(1).seal(&organization("globex").to_bundle(&label(7))).expect("one");
    assert_eq!(
        refusal(&bytes, &trusting(&[1]).organization("acme")),
        SignedError::OtherOrganization("globex".into())
    );
    assert!(Bundle::open_signed(&bytes, &trusting(&[1]).organization("globex")).is_ok());
}

#[test]
fn another_part_is_refused() {
    let part = organization("acme").project("user:bob", &label(7)).expect("bob is there");
    let (whole, part) = (signed(1), key(1).seal(&part).expect("one"));
    let bob = trusting(&[1]).principal("user:bob");
    assert!(Bundle::open_signed(&part, &bob).is_ok());
    assert!(Bundle::open_signed(&whole, &trusting(&[1]).whole()).is_ok());
    assert!(Bundle::open_signed(&part, &trusting(&[1])).is_ok(), "where none is named, any will do");
    let of_bob = Some("user:bob".into());
    assert_eq!(
        refusal(&part, &trusting(&[1]).principal("user:ann")),
        SignedError::OtherPrincipal(of_bob.clone())
    );
    assert_eq!(refusal(&part, &trusting(&[1]).whole()), SignedError::OtherPrincipal(of_bob));
    assert_eq!(refusal(&whole, &bob), SignedError::OtherPrincipal(None));
}

#[test]
fn a_version_before_the_highest_that_was_seen_is_refused() {
    let opens = |least| Bundle::open_signed(&signed(1), &trusting(&[1]).min_version(least));
    assert!(opens(7).is_ok());
    assert_eq!(opens(8).expect_err("rolled back"), SignedError::Older(7));
}

#[test]
fn what_is_older_than_it_may_be_is_refused() {
    let at = |seconds| Trust::new([key(1).public_key()], after(seconds));
    let opens = |trust: Trust| Bundle::open_signed(&signed(1), &trust).map(drop);
    assert_eq!(opens(at(59)), Ok(()));
    assert_eq!(opens(at(60)), Err(SignedError::Expired));
    assert_eq!(opens(at(3_599).max_age_seconds(3_600)), Ok(()), "longer than it says itself");
    assert_eq!(opens(at(10).max_age_seconds(10)), Err(SignedError::Expired), "and shorter");
    assert_eq!(
        opens(Trust::new([key(1).public_key()], Instant::from_unix(i64::MAX))),
        Err(SignedError::Expired)
    );
}

/// A clock that is behind makes no bundle fresh for longer than clocks may be apart.
#[test]
fn what_was_made_later_than_now_is_refused() {
    let opens = |seconds| {
        Bundle::open_signed(&signed(1), &Trust::new([key(1).public_key()], after(seconds))).map(drop)
    };
    assert_eq!(opens(-300), Ok(()));
    assert_eq!(opens(-301), Err(SignedError::Future));
}

/// A signature spares readers the sum, so that it must not stand over what was damaged before.
#[test]
fn what_was_damaged_is_not_signed() {
    let bundle = organization("acme").to_bundle(&label(7));
    assert!(key(1).seal(&bundle).is_ok());
    for at in [bundle.len() / 2, bundle.len() - 20, bundle.len() - 1] {
        let mut damaged = bundle.clone();
        damaged[at] ^= 1;
        assert_eq!(key(1).seal(&damaged), Err(SealError::NoBundle), "{at}");
    }
}

#[test]
fn what_could_be_shown_for_ever_is_not_signed() {
    let seal = |label: &Label| key(1).seal(&organization("acme").to_bundle(label));
    assert_eq!(seal(&Label::default()), Err(SealError::Undated));
    assert_eq!(seal(&Label::new(7, after(0))), Err(SealError::Undated));
    assert_eq!(key(1).seal(b"{}"), Err(SealError::NoBundle));
    let bytes = forged(1, &organization("acme").to_bundle(&Label::default()));
    assert_eq!(refusal(&bytes, &trusting(&[1])), SignedError::Expired, "nor is it taken");
}

#[test]
fn every_bit_counts() {
    let (bytes, trust) = (signed(1), trusting(&[1]));
    on_all_cores(0..bytes.len() * 8, |bit| {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(Bundle::open_signed(&flipped, &trust).is_err(), "bit {} of byte {}", bit % 8, bit / 8);
    });
}

#[test]
fn every_byte_counts() {
    let (bytes, trust) = (signed(1), trusting(&[1]));
    on_all_cores(0..bytes.len(), |end| {
        let error = refusal(&bytes[..end], &trust);
        assert!(
            end < HEAD + SIGNATURE || error == SignedError::WrongSignature(key(1).id()),
            "{end}: {error:?}"
        );
    });
    assert!(Bundle::open_signed(&[&bytes[..], &[0]].concat(), &trust).is_err(), "one byte more");
    assert_eq!(refusal(b"", &trust), SignedError::NotSigned);
    assert_eq!(refusal(b"SCPS", &trust), SignedError::Damaged);
    assert_eq!(refusal(b"SCPS\x03", &trust), SignedError::UnknownForm);
}

/// By somebody who does not have the key: nothing of it is ever opened.
#[test]
fn a_hundred_thousand_changes_are_refused() {
    let (bytes, trust) = (signed(1), trusting(&[1]));
    on_all_cores(0..100_000, |seed| {
        let changed = change(&mut Dice::new(seed as u64), &bytes);
        assert!(changed == bytes || Bundle::open_signed(&changed, &trust).is_err(), "seed {seed}");
    });
}

/// By somebody who has the key: what does not hold together is refused, and what does answers. Nothing panics, hangs
/// or takes more memory than the bytes can fill.
#[test]
fn what_a_key_vouches_for_is_still_not_believed() {
    let trust = trusting(&[1]);
    let bundles: Vec<Vec<u8>> =
        CASES.iter().take(4).map(|case| parse(&case.document).to_bundle(&label(7))).collect();
    on_all_cores(0..4_000, |seed| {
        let mut dice = Dice::new(seed as u64);
        let content = change(&mut dice, &bundles[seed % bundles.len()]);
        if let Ok(bundle) = Bundle::open_signed(&forged(1, &content), &trust) {
            let scopes = bundle
                .organization()
                .principal("user:ann")
                .scopes("stack:acme/web/prod", &Context::default());
            drop(scopes);
        }
    });
    for lie in [&[0x80; 10][..], &[1, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], &[0, 7, 1, 0xFF], &[]] {
        let content = [b"SCPW\x04", lie].concat();
        assert_eq!(refusal(&forged(1, &content), &trust), SignedError::Damaged, "{lie:?}");
    }
}

#[test]
fn too_much_is_refused_before_it_is_looked_at() {
    let mut bytes = b"SCPS\x02".to_vec();
    bytes.resize(64_000_001, 0);
    assert_eq!(refusal(&bytes, &trusting(&[1])), SignedError::TooLarge);
}

#[test]
fn every_refusal_says_what_to_do() {
    let id = key(1).id();
    let told = |error: SignedError| format!("{error} [{}]", error.code());
    assert_eq!(id.to_string(), "3784728ae7309eab");
    for (error, sentence) in [
        (SignedError::NotSigned, "the bytes are no signed bundle: nothing of one is there [not_signed]"),
        (
            SignedError::UnknownForm,
            "the signed bundle is of a form that this version does not read: make it again [unknown_form]",
        ),
        (
            SignedError::TooLarge,
            "the signed bundle is too large: at most 64000000 bytes are opened [too_large]",
        ),
        (SignedError::Damaged, "the signed bundle is damaged: fetch it again [damaged]"),
        (
            SignedError::UnknownKey(id),
            "the key `3784728ae7309eab` is not trusted: sign by one that is [unknown_key]",
        ),
        (SignedError::RevokedKey(id), "the key `3784728ae7309eab` is revoked: sign by another [revoked_key]"),
        (
            SignedError::WrongSignature(id),
            "the signature is not that of the key `3784728ae7309eab` over these bytes: fetch them again \
             [wrong_signature]",
        ),
        (
            SignedError::OtherOrganization("globex".into()),
            "the bundle is of the organization `globex` [other_organization]",
        ),
        (
            SignedError::OtherPrincipal(Some("user:bob".into())),
            "the bundle is the part of `user:bob` [other_principal]",
        ),
        (
            SignedError::OtherPrincipal(None),
            "the bundle is the whole organization, not one principal's part [other_principal]",
        ),
        (SignedError::Older(7), "the bundle is version 7, and a later one has been seen [older]"),
        (SignedError::Future, "the bundle was made later than now: set the clock [future]"),
        (SignedError::Expired, "the bundle is older than it may be: make it again [expired]"),
    ] {
        assert_eq!(told(error), sentence);
    }
    let contradiction = refusal(&forged(1, &signed_content_cut_short()), &trusting(&[1]));
    assert_eq!(told(contradiction), "the bundle is damaged: fetch it again [content]");
}

/// The head is whole, and the rest is not.
fn signed_content_cut_short() -> Vec<u8> {
    let bundle = organization("acme").to_bundle(&label(7));
    bundle[..bundle.len() - 20].to_vec()
}

#[test]
fn keys_are_texts_and_back() {
    let (private, public) = (key(1), key(1).public_key());
    let again = SigningKey::from_pem(&private.to_pem()).expect("its own text");
    assert_eq!((again.id(), again.public_key()), (private.id(), public.clone()));
    assert_eq!(PublicKey::from_pem(&public.to_pem()).as_ref(), Ok(&public));
    assert_eq!(KeyId::parse(&public.id().to_string()), Ok(public.id()));
    assert!(!format!("{private:?}").contains("1, 1, 1, 1"), "the private half is not shown");
    assert_eq!(SigningKey::from_pem(&public.to_pem()).map(drop), Err(KeyError::NoPrivateKey));
    assert_eq!(PublicKey::from_pem(&private.to_pem()).map(drop), Err(KeyError::NoPublicKey));
    assert_eq!(PublicKey::from_pem("").map(drop), Err(KeyError::NoPublicKey));
    for text in ["", "3784728ae7309ea", "3784728ae7309eabc", "+4750f98bd59fcfc", "3784728ae7309eag"] {
        assert_eq!(KeyId::parse(text), Err(KeyError::Id), "{text}");
    }
}

/// A point of small order: a signature for it can be made for any bytes.
#[test]
fn a_key_that_vouches_for_nothing_is_none() {
    let weak = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n-----END PUBLIC KEY-----\n";
    assert_eq!(PublicKey::from_pem(weak), Err(KeyError::NoPublicKey));
}

/// One to three changes: other bytes, missing ones, more of them, a part twice.
fn change(dice: &mut Dice, bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for _ in 0..dice.between(1, 3) {
        let at = dice.below(changed.len() - 1);
        match dice.below(5) {
            0 => changed[at] = u8::try_from(dice.below(256)).expect("a byte"),
            1 => drop(changed.remove(at)),
            2 => changed.insert(at, dice.pick(&[0, 1, 2, 0x7F, 0x80, 0xFF])),
            3 => changed.truncate(at.max(HEAD)),
            _ => changed.extend_from_within(at..),
        }
    }
    changed
}

fn on_all_cores(range: std::ops::Range<usize>, test: impl Fn(usize) + Sync) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for core in 0..cores {
            let (range, test) = (range.clone(), &test);
            scope.spawn(move || range.skip(core).step_by(cores).for_each(test));
        }
    });
}
