//! `bundle`, `verify`, `keygen`: organizations that travel as bytes, and the keys that vouch for them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use scopewise::{Bundle, Instant, KeyId, Label, PublicKey, SignedError, SigningKey, Trust};
use serde_json::json;

use crate::args::Document;
use crate::table::visible;
use crate::{Exit, Failure, ask, files, words};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise keygen -o acme
  scopewise bundle acme.json -o acme.bundle --signing-key acme.pem
  scopewise bundle acme.json -o bob.bundle --signing-key acme.pem --principal user:bob --max-age 300
  scopewise bundle acme.json -o acme.bundle --unsigned

A version must not be lower than one that was given out before: without --document-version it is the seconds since 1970.")]
pub(crate) struct BundleFlags {
    #[command(flatten)]
    document: Document,
    /// Write it to this file, - for standard output
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Sign it by this private key: Ed25519 in PKCS#8, as PEM
    #[arg(long, value_name = "KEYFILE", required_unless_present = "unsigned")]
    signing_key: Option<PathBuf>,
    /// Do not sign it: whoever opens it cannot tell who made it
    #[arg(long, conflicts_with = "signing_key")]
    unsigned: bool,
    /// Only this principal's part, in which nobody else is named
    #[arg(long, value_name = "P")]
    principal: Option<String>,
    /// The version of the document, which only ever grows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(..=LARGEST_VERSION))]
    document_version: Option<u64>,
    /// For how many seconds it counts as fresh
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u32).range(1..))]
    max_age: u32,
}

/// The largest that JavaScript counts to.
pub(crate) const LARGEST_VERSION: u64 = (1 << 53) - 1;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise verify acme.bundle --public-key acme.pub.pem
  scopewise verify acme.bundle --public-key old.pub.pem --public-key new.pub.pem --organization acme --min-version 41

Exit code 2: the bundle is not to be trusted, and why stands on standard error.")]
pub(crate) struct VerifyFlags {
    /// The signed bundle, or - for standard input
    #[arg(value_name = "FILE")]
    bundle: PathBuf,
    /// A public key that is trusted: Ed25519 in SPKI, as PEM
    #[arg(long = "public-key", value_name = "KEYFILE", required = true)]
    public_keys: Vec<PathBuf>,
    /// A key that is trusted no more, by its id
    #[arg(long, value_name = "KEY-ID", value_parser = KeyId::parse)]
    revoked: Vec<KeyId>,
    /// The organization that it must be of
    #[arg(long, value_name = "O")]
    organization: Option<String>,
    /// The principal whose part it must be
    #[arg(long, value_name = "P")]
    principal: Option<String>,
    /// The lowest version that is taken
    #[arg(long, value_name = "N", default_value_t = 0)]
    min_version: u64,
    /// How many seconds ago it may have been made, in place of what it says itself
    #[arg(long, value_name = "SECONDS")]
    max_age: Option<u32>,
    /// When: RFC 3339 with seconds and an offset; now if absent
    #[arg(long, value_name = "T")]
    at: Option<String>,
    /// Print what it says of itself as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  scopewise keygen -o acme

Writes the private key to acme.pem, readable by you alone, and the public one to acme.pub.pem, and prints the id of the
key. Files that are there are left alone. `openssl genpkey -algorithm ed25519` makes keys of the same form.")]
pub(crate) struct KeygenFlags {
    /// The names of the files without their ends
    #[arg(short, long, value_name = "NAME")]
    output: PathBuf,
}

pub(crate) fn bundle(flags: &BundleFlags) -> Result<Exit, Failure> {
    let key = flags.signing_key.as_deref().map(signing_key).transpose()?;
    let organization = files::organization(&flags.document)?;
    let now = SystemTime::now();
    let seconds = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let label = Label::new(flags.document_version.unwrap_or(seconds), now).max_age_seconds(flags.max_age);
    let bytes = match &flags.principal {
        Some(principal) => organization.project(principal, &label)?,
        None => organization.to_bundle(&label),
    };
    let sealed = key.map_or(Ok(bytes.clone()), |key| key.seal(&bytes));
    write(&flags.output, &sealed.map_err(|error| Failure::Message(error.to_string()))?)
}

pub(crate) fn verify(flags: &VerifyFlags) -> Result<Exit, Failure> {
    let trust = trust(flags)?;
    match Bundle::open_signed(&files::bundle(&flags.bundle)?, &trust) {
        Ok(bundle) => ask::print(&told(&bundle, flags.json)?, Exit::Done),
        Err(error) => {
            refuse(&flags.bundle, &error);
            Ok(Exit::Deny)
        }
    }
}

pub(crate) fn keygen(flags: &KeygenFlags) -> Result<Exit, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| Failure::Message(format!("the system gives no random bytes: {error}")))?;
    let key = SigningKey::from_seed(&seed);
    let public = ended(&flags.output, "pub.pem");
    if public.exists() {
        return Err(unwritten(&public, &THERE));
    }
    create(&ended(&flags.output, "pem"), &key.to_pem(), OWNER_ONLY)?;
    create(&public, &key.public_key().to_pem(), EVERYONE_READS)?;
    ask::print(&key.id().to_string(), Exit::Done)
}

pub(crate) fn signing_key(path: &Path) -> Result<SigningKey, Failure> {
    SigningKey::from_pem(&text(path)?).map_err(|error| unreadable(path, &error))
}

fn trust(flags: &VerifyFlags) -> Result<Trust, Failure> {
    let key = |path: &PathBuf| PublicKey::from_pem(&text(path)?).map_err(|error| unreadable(path, &error));
    let keys = flags.public_keys.iter().map(key).collect::<Result<Vec<_>, _>>()?;
    let mut trust = Trust::new(keys, ask::time(flags.at.as_deref())?)
        .revoked(flags.revoked.iter().copied())
        .min_version(flags.min_version);
    if let Some(name) = &flags.organization {
        trust = trust.organization(name);
    }
    if let Some(principal) = &flags.principal {
        trust = trust.principal(principal);
    }
    Ok(flags.max_age.map_or(trust.clone(), |seconds| trust.max_age_seconds(seconds)))
}

/// What a bundle says of itself, once it is believed.
fn told(bundle: &Bundle, as_json: bool) -> Result<String, Failure> {
    let (organization, label) = (bundle.organization(), bundle.label());
    let (name, revision) = (organization.name(), organization.catalog().name());
    let issued = label.issued_at.and_then(Instant::text);
    let key = bundle.signed_by().map(|key| key.to_string());
    if as_json {
        return ask::json(&json!({
            "organization": name, "revision": revision, "principal": label.principal, "version": label.version,
            "issuedAt": issued, "maxAgeSeconds": label.max_age_seconds, "key": key,
        }));
    }
    let part =
        label.principal.as_ref().map_or(String::new(), |principal| format!(", the part of {principal}"));
    let whose = visible(&format!("{name}{part}, by {revision}"));
    let mut text = format!("{whose}, version {}", label.version);
    words::push(&mut text, format_args!("\nmade {}", issued.unwrap_or_default()));
    if let Some(seconds) = label.max_age_seconds {
        words::push(&mut text, format_args!(", fresh for {seconds} seconds"));
    }
    if let Some(key) = key {
        words::push(&mut text, format_args!(", signed by {key}"));
    }
    Ok(text)
}

fn refuse(path: &Path, error: &SignedError) {
    anstream::eprintln!("{}: {error} [{}]", path.display(), error.code());
}

fn text(path: &Path) -> Result<String, Failure> {
    String::from_utf8(files::bytes(path)?).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Message(format!("cannot read `{}`: {error}", path.display()))
}

fn unwritten(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Message(format!("cannot write `{}`: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<Exit, Failure> {
    if path.as_os_str() == "-" {
        io::stdout().lock().write_all(bytes)?;
    } else {
        fs::write(path, bytes).map_err(|error| unwritten(path, &error))?;
    }
    Ok(Exit::Done)
}

/// The name of a file with an end: `acme` and `pem` are `acme.pem`, also where the name has a dot.
fn ended(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    name.into()
}

/// Who may read a new file, on systems that know it so.
const OWNER_ONLY: u32 = 0o600;
const EVERYONE_READS: u32 = 0o644;

/// A key that signed something cannot be made a second time.
const THERE: &str = "it is there already, and no key is written over: give another name";

/// Writes a file that is not there yet.
fn create(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _everyone = mode;
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => unwritten(path, &THERE),
        _ => unwritten(path, &error),
    })
}
