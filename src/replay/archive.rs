//! HTTP archives (HAR 1.2), whoever reads their text: what an entry says, and what has to be said beside it.

use std::fmt;

use crate::json::excerpt;
use crate::request::{Context, RequestError};
use crate::time::Instant;

use super::Record;

/// What the paths of the API begin with.
const PREFIX: &str = "/api/";

/// A request and its answer, as an entry of an HTTP archive has them. Nothing else of one is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange<'e> {
    /// `startedDateTime`: RFC 3339.
    pub started: Option<&'e str>,
    /// `request.method`.
    pub method: &'e str,
    /// `request.url`, with its host.
    pub url: &'e str,
    /// `response.status`: 0, or less, where there was none.
    pub status: i64,
    /// The value of the header that says who sent it: of [`Sender::Header`], and nothing of any other.
    pub principal: Option<&'e str>,
}

/// How an archive is to be read: what it does not say itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Archive {
    /// Who sent its requests.
    pub sender: Option<Sender>,
    /// The server whose requests are looked at, with or without a port; those of any with a path below `/api/` if absent.
    pub host: Option<String>,
    /// The time of entries that have none.
    pub time: Context,
}

/// Who sent the requests of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// This principal sent all of them.
    Principal(String),
    /// Each says it in its first header of that name, in any case.
    Header(String),
}

impl Archive {
    /// The record that an exchange is; nothing where it went elsewhere.
    pub(super) fn record(&self, exchange: &Exchange<'_>) -> Result<Option<Record>, ExchangeError> {
        let Some(path) = self.path(exchange.url) else { return Ok(None) };
        Ok(Some(Record {
            principal: self.principal(exchange)?.to_owned(),
            method: exchange.method.to_owned(),
            path,
            status: u16::try_from(exchange.status).unwrap_or(0),
            context: self.dated(exchange.started)?,
        }))
    }

    /// The target of a request that goes to the API.
    fn path(&self, url: &str) -> Option<String> {
        let (host, target) = host_and_target(url)?;
        let ours = match &self.host {
            Some(wanted) => {
                let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
                wanted.eq_ignore_ascii_case(host) || wanted.eq_ignore_ascii_case(name)
            }
            None => target.starts_with(PREFIX),
        };
        ours.then_some(target)
    }

    fn principal<'a>(&'a self, exchange: &Exchange<'a>) -> Result<&'a str, ExchangeError> {
        match &self.sender {
            Some(Sender::Principal(principal)) => Ok(principal),
            Some(Sender::Header(name)) => exchange.principal.ok_or_else(|| {
                RequestError::new(format!("the request has no header `{}`", excerpt(name))).into()
            }),
            None => Err(ExchangeError::UnknownSender),
        }
    }

    fn dated(&self, started: Option<&str>) -> Result<Context, RequestError> {
        let Some(started) = started else { return Ok(Context::default().or_at(&self.time)) };
        let malformed = || format!("`{}` is no date: write it like `2026-11-20T00:00:00Z`", excerpt(started));
        Instant::parse(started).map(Context::at).ok_or_else(|| RequestError::new(malformed()))
    }
}

/// The host with its port where it has one, and the target; nothing of what is no HTTP.
fn host_and_target(url: &str) -> Option<(&str, String)> {
    let (scheme, rest) = url.split_once("://")?;
    let http = ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    let rest = rest.split('#').next().filter(|_| http)?;
    let end = rest.find(['/', '?', '\\']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at_checked(end)?;
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let slash = if target.starts_with(['/', '\\']) { "" } else { "/" };
    Some((host, format!("{slash}{target}")))
}

/// Why an exchange is no record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeError {
    /// It goes to the API, and nothing says who sent it: [`Archive::sender`] is absent.
    UnknownSender,
    /// Nothing can be asked about it.
    Malformed(RequestError),
}

impl From<RequestError> for ExchangeError {
    fn from(error: RequestError) -> Self {
        Self::Malformed(error)
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSender => f.write_str("an archive does not say who sent it"),
            Self::Malformed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ExchangeError {}
