//! The document that is in force and the tokens, and how others take their place.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{env, fs, io};

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use scopewise::Organization;
use scopewise::catalog::Catalog;
use sha2::{Digest, Sha256};
use tokio::sync::{Notify, watch};

use super::auth::Tokens;
use super::flags::Flags;
use super::metrics::Metrics;
use crate::{Failure, args, files};

/// Where tokens may stand in place of a file.
const TOKENS: &str = "SCOPEWISE_TOKENS";

/// How long files must be left alone before they are read: an editor writes in several steps. Who never leaves them
/// alone is read after so many pauses all the same.
const PAUSE: Duration = Duration::from_millis(100);
const PAUSES: u32 = 50;

/// How often files are looked at though nothing was heard of them: not every file system tells.
const ROUND: Duration = Duration::from_secs(10);

/// What is asked about at one moment. Whoever asks keeps it to the end of the question.
#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) document: Arc<Document>,
    /// Nothing where everybody on this machine may ask everything.
    pub(super) tokens: Option<Arc<Tokens>>,
    /// The files have changed and are not valid: what they said before is in force.
    pub(super) is_outdated: bool,
}

/// A document that was read.
#[derive(Debug)]
pub(super) struct Document {
    pub(super) organization: Organization,
    pub(super) version: u64,
    pub(super) loaded_at: SystemTime,
    /// What stands for its bytes.
    pub(super) digest: [u8; 32],
}

/// Whoever reads the files and hands out what they say.
pub(super) struct Keeper {
    document: args::Document,
    tokens: Option<PathBuf>,
    is_counted: bool,
    live: watch::Sender<Arc<Live>>,
    stamps: Vec<Stamp>,
}

/// What changes with a file: its time, its length, and which one it is.
type Stamp = Option<(SystemTime, u64, u64)>;

impl Keeper {
    /// Reads everything for the first time.
    pub(super) fn open(flags: &Flags) -> Result<Self, Failure> {
        let stamps = stamps(&flags.document, flags.tokens.as_deref());
        let texts = Texts::read(&flags.document)?;
        let organization = texts.organization(&flags.document)?;
        let tokens = first_tokens(flags, &organization)?.map(Arc::new);
        let version = flags.document_version.unwrap_or_else(now);
        let document = Document::new(organization, version, texts.digest());
        let live = Live { document: Arc::new(document), tokens, is_outdated: false };
        Ok(Self {
            document: flags.document.clone(),
            tokens: flags.tokens.clone(),
            is_counted: flags.document_version.is_some(),
            live: watch::Sender::new(Arc::new(live)),
            stamps,
        })
    }

    pub(super) fn live(&self) -> watch::Receiver<Arc<Live>> {
        self.live.subscribe()
    }

    /// Reads the files again whenever they change, and when it is told to.
    pub(super) async fn keep(mut self, told: Arc<Notify>, metrics: Arc<Metrics>) {
        let touched = Arc::new(Notify::new());
        let _watcher = self.watcher(&touched);
        loop {
            let is_told = tokio::select! {
                () = told.notified() => true,
                () = touched.notified() => false,
                () = tokio::time::sleep(ROUND) => false,
            };
            let stamps = self.settled().await;
            if is_told || stamps != self.stamps {
                self.stamps = stamps;
                let metrics = Arc::clone(&metrics);
                let reading = tokio::task::spawn_blocking(move || {
                    self.reload(&metrics);
                    self
                });
                let Ok(keeper) = reading.await else { return };
                self = keeper;
            }
        }
    }

    /// What the files are when they have not changed for a while; no later than after some seconds of changes.
    async fn settled(&self) -> Vec<Stamp> {
        let look = || stamps(&self.document, self.tokens.as_deref());
        let mut seen = look();
        for _ in 0..PAUSES {
            tokio::time::sleep(PAUSE).await;
            let now = look();
            if now == seen {
                break;
            }
            seen = now;
        }
        seen
    }

    /// Puts what the files say now in the place of what they said. What is not valid changes nothing: the document by
    /// itself and the tokens by themselves, so that a token is gone with its line whatever is wrong with the document.
    fn reload(&self, metrics: &Metrics) {
        let before = Arc::clone(&self.live.borrow());
        let document = self.document(&before);
        let tokens = self.tokens(&before, document.as_ref().unwrap_or(&before.document));
        let is_outdated = document.is_err() || tokens.is_err();
        metrics.reloaded(!is_outdated);
        let document = or_before(document, &before.document);
        let live = Live { document, tokens: or_before(tokens, &before.tokens), is_outdated };
        let version = live.document.version;
        if is_outdated {
            anstream::eprintln!("what was read before stays in force: version {version}");
        } else if version != before.document.version {
            anstream::eprintln!("the document is loaded again: version {version}");
        }
        self.live.send_replace(Arc::new(live));
    }

    /// What the files say now. A document that is the same to the byte keeps its version.
    fn document(&self, before: &Live) -> Result<Arc<Document>, Failure> {
        let texts = Texts::read(&self.document)?;
        if texts.digest() == before.document.digest {
            return Ok(Arc::clone(&before.document));
        }
        let next = before.document.version.saturating_add(1);
        let version = if self.is_counted { next } else { next.max(now()) };
        let organization = texts.organization(&self.document)?;
        Ok(Arc::new(Document::new(organization, version, texts.digest())))
    }

    fn tokens(&self, before: &Live, document: &Document) -> Result<Option<Arc<Tokens>>, Failure> {
        match &self.tokens {
            Some(file) => Ok(Some(Arc::new(tokens_in(file, &document.organization)?))),
            None => Ok(before.tokens.clone()),
        }
    }

    /// Notifies of whatever happens in the folders of the files. By the folder, because many an editor puts a new file
    /// in the place of the old one.
    fn watcher(&self, touched: &Arc<Notify>) -> Option<RecommendedWatcher> {
        let touched = Arc::clone(touched);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // To read a file is an event as well, and no reason to read it again.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                touched.notify_one();
            }
        });
        let watched = watcher.and_then(|mut watcher| {
            for file in self.document.files().chain(self.tokens.as_deref()) {
                watcher.watch(folder(file), RecursiveMode::NonRecursive)?;
            }
            Ok(watcher)
        });
        watched.map_err(|error| anstream::eprintln!("changes are seen late, by looking: {error}")).ok()
    }
}

/// What is there now, or else, told of, what was there before.
fn or_before<T: Clone>(now: Result<T, Failure>, before: &T) -> T {
    now.unwrap_or_else(|failure| {
        crate::report(&failure);
        before.clone()
    })
}

impl Document {
    fn new(organization: Organization, version: u64, digest: [u8; 32]) -> Self {
        Self { organization, version, loaded_at: SystemTime::now(), digest }
    }
}

/// A document and the catalog that may be given along, as they stand in their files.
struct Texts {
    document: Vec<u8>,
    catalog: Option<Vec<u8>>,
}

impl Texts {
    fn read(from: &args::Document) -> Result<Self, Failure> {
        let catalog = from.catalog.catalog.as_deref().map(files::bytes).transpose()?;
        Ok(Self { document: files::bytes(&from.path)?, catalog })
    }

    /// `from` is where they were read, for what is told of them.
    fn organization(&self, from: &args::Document) -> Result<Organization, Failure> {
        let catalog = self.catalog.as_ref().zip(from.catalog.catalog.as_deref());
        let read = match catalog {
            Some((text, path)) => {
                let invalid = |invalid| Failure::InvalidFile(path.to_owned(), invalid);
                Organization::parse_with(&Catalog::parse(text).map_err(invalid)?, &self.document)
            }
            None => Organization::parse(&self.document),
        };
        read.map_err(Failure::Invalid)
    }

    fn digest(&self) -> [u8; 32] {
        let each = [Some(&self.document), self.catalog.as_ref()].into_iter().flatten();
        // Of the digests, so that no text can end where the other begins.
        each.fold(Sha256::new(), |all, text| all.chain_update(Sha256::digest(text))).finalize().into()
    }
}

/// Seconds since 1970: what counts up across restarts without being kept.
fn now() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// The tokens of the file, else those of the environment.
fn first_tokens(flags: &Flags, organization: &Organization) -> Result<Option<Tokens>, Failure> {
    if let Some(file) = &flags.tokens {
        return tokens_in(file, organization).map(Some);
    }
    let Some(text) = env::var_os(TOKENS) else { return Ok(None) };
    let failed =
        |sentence: &str| Failure::Message(format!("cannot use the tokens of `{TOKENS}`: {sentence}"));
    let text = text.to_str().ok_or_else(|| failed("they are not UTF-8"))?;
    Tokens::parse(text, organization).map(Some).map_err(|sentence| failed(&sentence))
}

fn tokens_in(file: &Path, organization: &Organization) -> Result<Tokens, Failure> {
    let failed = |sentence: &str| {
        Failure::Message(format!("cannot use the tokens of `{}`: {sentence}", file.display()))
    };
    let text = String::from_utf8(files::bytes(file)?).map_err(|_| failed("they are not UTF-8"))?;
    Tokens::parse(&text, organization).map_err(|sentence| failed(&sentence))
}

fn stamps(document: &args::Document, tokens: Option<&Path>) -> Vec<Stamp> {
    let stamp = |file: &Path| -> io::Result<(SystemTime, u64, u64)> {
        let about = fs::metadata(file)?;
        Ok((about.modified()?, about.len(), number(&about)))
    };
    document.files().chain(tokens).map(|file| stamp(file).ok()).collect()
}

#[cfg(unix)]
fn number(about: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

#[cfg(not(unix))]
fn number(_about: &fs::Metadata) -> u64 {
    0
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
