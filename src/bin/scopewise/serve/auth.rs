//! Who asks: tokens, each of which stands for an administrator or for one principal.

use axum::http::{HeaderMap, StatusCode, Uri, header};
use scopewise::{Context, Organization, Trigger, TriggerKind};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::problem::Problem;

/// Whoever asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// May ask about everybody.
    Admin,
    /// May ask about itself.
    Principal(Box<str>),
}

/// The tokens that are known, by their hashes.
#[derive(Debug)]
pub(super) struct Tokens(Vec<([u8; 32], Caller)>);

impl Tokens {
    /// Reads a token a line: its SHA-256 in hexadecimal, a space, and `admin` or a principal. Lines that are empty or
    /// begin with `#` mean nothing. No message repeats a line: it may hold the token itself by mistake.
    pub(super) fn parse(text: &str, organization: &Organization) -> Result<Self, String> {
        let mut tokens: Vec<([u8; 32], Caller)> = Vec::new();
        let lines = text.lines().map(str::trim).enumerate();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let at = |sentence: &str| format!("line {}: {sentence}", number + 1);
            let (hash, caller) = entry(line, organization).map_err(|sentence| at(&sentence))?;
            if tokens.iter().any(|(known, _)| *known == hash) {
                return Err(at("the same token stands above: keep one"));
            }
            tokens.push((hash, caller));
        }
        if tokens.is_empty() {
            return Err(
                "there is no token: write a line with the SHA-256 of one, a space and `admin`".to_owned()
            );
        }
        Ok(Self(tokens))
    }

    /// Whose the token of a request is. Every known hash is compared, in the same time.
    pub(super) fn caller(&self, headers: &HeaderMap) -> Result<Caller, Problem> {
        let refused = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, detail);
        let token =
            bearer(headers).ok_or_else(|| refused("a bearer token is needed: send `Authorization`"))?;
        let hash: [u8; 32] = Sha256::digest(token).into();
        let fitting = self.0.iter().filter(|(known, _)| known.ct_eq(&hash).into());
        let found = fitting.fold(None, |_, (_, caller)| Some(caller));
        found.cloned().ok_or_else(|| refused("the token is not known here"))
    }
}

fn entry(line: &str, organization: &Organization) -> Result<([u8; 32], Caller), String> {
    let (hash, caller) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let hash = hash_of(hash).ok_or(
        "it does not begin with a SHA-256: write 64 hexadecimal digits, a space, and `admin` or a principal",
    )?;
    match caller.trim_start() {
        "" => {
            Err("it does not say whose the token is: write `admin` or a principal after the hash".to_owned())
        }
        "admin" => Ok((hash, Caller::Admin)),
        principal => {
            // A run that nobody started is the one question that any principal of the right form answers.
            let context = Context::default().trigger(Trigger { kind: TriggerKind::Schedule, by: None });
            let read = organization.principal(principal).matrix(&[], &[], &context);
            read.map_err(|error| error.to_string())?;
            Ok((hash, Caller::Principal(principal.into())))
        }
    }
}

fn hash_of(text: &str) -> Option<[u8; 32]> {
    let digits: Vec<u8> = text.chars().map(|it| it.to_digit(16)?.try_into().ok()).collect::<Option<_>>()?;
    if digits.len() != 64 {
        return None;
    }
    let bytes: Vec<u8> =
        digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, it| byte << 4 | it)).collect();
    bytes.try_into().ok()
}

/// The token of the one header that has it.
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let (header, None) = (sent.next()?, sent.next()) else { return None };
    let (scheme, token) = header.as_bytes().split_at_checked(7)?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

/// Whether a request calls this machine by one of its own names. Where no token is asked for, a page of another site
/// could otherwise make its name point here, and read what it likes.
pub(super) fn is_for_this_machine(uri: &Uri, headers: &HeaderMap) -> bool {
    let authority = uri.authority().map(ToString::to_string);
    let host = authority.or_else(|| Some(headers.get(header::HOST)?.to_str().ok()?.to_owned()));
    let Some(host) = host.and_then(|host| host.parse::<axum::http::uri::Authority>().ok()) else {
        return false;
    };
    let name = host.host().trim_start_matches('[').trim_end_matches(']');
    let address = name.parse::<std::net::IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|it| it.to_canonical().is_loopback())
}
