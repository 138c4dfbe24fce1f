//! The flags of `serve`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::bundle::LARGEST_VERSION;
use crate::files::not_both_standard_input;
use crate::{Failure, args};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise serve acme.json
  scopewise serve acme.json --catalog hosting.json
  scopewise serve acme.json --listen 0.0.0.0:4180 --tokens tokens.txt --signing-key acme.pem
  scopewise serve acme.json --decision-log decisions.jsonl --sample 0.1 --redact principal

It answers on this machine alone unless --listen says otherwise, and then not without tokens. A line of the tokens is
the SHA-256 of a token in hexadecimal, a space, and `admin` or the principal whose questions it may ask:
  printf %s \"$TOKEN\" | sha256sum
TLS is for a proxy in front of it. The document and its catalog are read again when they change, and on SIGHUP; of
standard input once.")]
pub(crate) struct Flags {
    #[command(flatten)]
    pub(super) document: args::Document,
    /// Where to answer; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:4180")]
    pub(super) listen: SocketAddr,
    /// Who may ask what, by the hashes of tokens; in place of the variable `SCOPEWISE_TOKENS`
    #[arg(long, value_name = "FILE")]
    pub(super) tokens: Option<PathBuf>,
    /// How others call this server, for the metadata of AuthZEN: `https://pdp.example.com`
    #[arg(long, value_name = "URL", value_parser = url)]
    pub(super) public_url: Option<String>,
    /// The version of the document; each reload counts one up. The time of loading if absent
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=LARGEST_VERSION))]
    pub(super) document_version: Option<u64>,
    /// For how many seconds bundles and snapshots count as fresh
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) max_age: u32,
    /// Sign bundles by this private key: Ed25519 in PKCS#8, as PEM
    #[arg(long, value_name = "KEYFILE")]
    pub(super) signing_key: Option<PathBuf>,
    /// Give out bundles without a signature, also beyond this machine
    #[arg(long, conflicts_with = "signing_key")]
    pub(super) unsigned: bool,
    /// Believe the `tags`, the `at` and the `trigger` that clients send
    #[arg(long)]
    pub(super) trust_context: bool,
    /// Tell everybody what would have to change for an allow, and not administrators alone
    #[arg(long)]
    pub(super) tell_remedies: bool,
    #[command(flatten)]
    pub(super) log: LogFlags,
    #[command(flatten)]
    pub(super) limits: Limits,
}

#[derive(Debug, clap::Args)]
pub(super) struct LogFlags {
    /// Write each decision as a line of JSON to the end of this file, or to - for standard output
    #[arg(long, value_name = "FILE")]
    pub(super) decision_log: Option<PathBuf>,
    /// Write this part of the decisions alone: 0.1 is every tenth, by chance
    #[arg(long, value_name = "RATE", default_value_t = 1.0, value_parser = rate, requires = "decision_log")]
    pub(super) sample: f64,
    /// Write a name in its place that stands for it while the server runs; may be given again
    #[arg(long, value_enum, value_name = "FIELD", requires = "decision_log")]
    pub(super) redact: Vec<Redacted>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Redacted {
    /// All but the kind
    Principal,
    /// All but the type and the organization
    Entity,
}

#[derive(Debug, Clone, Copy, clap::Args)]
pub(super) struct Limits {
    /// The longest body of a request
    #[arg(long, value_name = "BYTES", default_value_t = 1_000_000)]
    pub(super) max_body: usize,
    /// The longest head of a request, 8192 at the least
    #[arg(long, value_name = "BYTES", default_value_t = 16_384, value_parser = at_least_8192)]
    pub(super) max_head: usize,
    /// The most questions in one request
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(super) max_batch: usize,
    /// The most requests that are worked on at a time; others are sent away
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = at_least_1)]
    pub(super) max_requests: usize,
    /// The most connections at a time; others wait
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = at_least_1)]
    pub(super) max_connections: usize,
    /// How long a request may take, its body included
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) timeout: u64,
    /// How long requests may go on when the server is told to stop
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) drain: u64,
}

impl Flags {
    pub(super) fn is_loopback(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    pub(super) fn reads_standard_input(&self) -> bool {
        self.document.files().any(|file| file.as_os_str() == "-")
    }

    /// What each flag by itself cannot know.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let nothing = Path::new("");
        let catalog = self.document.catalog.catalog.as_deref().unwrap_or(nothing);
        let tokens = self.tokens.as_deref().unwrap_or(nothing);
        not_both_standard_input(&self.document.path, catalog, "catalog")?;
        self.document.files().try_for_each(|file| not_both_standard_input(file, tokens, "tokens"))
    }
}

impl args::Document {
    /// The document, and the catalog where one is given along: what a server reads again when it changes.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        [Some(self.path.as_path()), self.catalog.catalog.as_deref()].into_iter().flatten()
    }
}

fn url(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |rest: &str| !rest.is_empty() && !rest.contains(['?', '#', ' ', '"', '@']);
    match rest.filter(|rest| is_plain(rest)) {
        Some(_) => Ok(text.trim_end_matches('/').to_owned()),
        None => Err("write it like `https://pdp.example.com`".to_owned()),
    }
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
    rate.ok_or_else(|| "a number from 0 to 1 is wanted".to_owned())
}

fn at_least_1(text: &str) -> Result<usize, String> {
    at_least(1, text)
}

fn at_least_8192(text: &str) -> Result<usize, String> {
    at_least(8_192, text)
}

fn at_least(least: usize, text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (least..=1 << 30).contains(number));
    number.ok_or_else(|| format!("a number from {least} on is wanted"))
}
