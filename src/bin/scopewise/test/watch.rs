//! Runs tests again whenever a file changes that the last run read.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::{Test, once};
use crate::words::FAINT;
use crate::{Exit, Failure, files, report};

/// How long files are left alone after the first sign of a change: an editor writes in several steps.
const PAUSE: Duration = Duration::from_millis(100);

/// Runs, waits for a change, and runs again, until standard input ends. Ends as the last run did.
pub(super) fn watch(flags: &Test) -> Result<Exit, Failure> {
    let signals = Signals::new();
    loop {
        let mut seen = Seen::default();
        let exit = once(flags, &mut seen).unwrap_or_else(|failure| report(&failure));
        // Watched before they are looked at: a change in between is not missed.
        let _watcher = signals.watcher(&seen)?;
        let mut changed = seen.changed();
        if changed.is_empty() {
            say(&format!("{FAINT}watching {}: ctrl-c ends{FAINT:#}", seen.names()))?;
        } else {
            thread::sleep(PAUSE);
        }
        while changed.is_empty() {
            if signals.wait(&seen).is_none() {
                return Ok(exit);
            }
            changed = seen.changed();
        }
        say(&format!("\n{FAINT}changed: {changed}{FAINT:#}"))?;
    }
}

/// Where nobody reads any more, there is nothing to watch for.
fn say(line: &str) -> Result<(), Failure> {
    Ok(writeln!(anstream::stdout().lock(), "{line}")?)
}

/// The files that were read, each with what stands for its bytes; nothing where it could not be read.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<PathBuf, Option<u64>>);

impl Seen {
    /// Reads a file and remembers it.
    pub(super) fn read(&mut self, path: &Path) -> Result<Vec<u8>, Failure> {
        let bytes = files::bytes(path);
        self.0.insert(path.to_owned(), bytes.as_deref().ok().map(fingerprint));
        bytes
    }

    /// The files that are not any more what was read of them.
    fn changed(&self) -> String {
        let now = |path: &Path| files::bytes(path).ok().as_deref().map(fingerprint);
        listed(self.0.iter().filter(|(path, then)| now(path) != **then).map(|(path, _)| path))
    }

    fn names(&self) -> String {
        listed(self.0.keys())
    }
}

fn listed<'p>(paths: impl Iterator<Item = &'p PathBuf>) -> String {
    paths.map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// What wakes whoever waits.
enum Signal {
    /// Something happened to files of these names; of any name where there is none.
    Touched(Vec<OsString>),
    /// Standard input is at its end.
    Ended,
}

struct Signals {
    sender: Sender<Signal>,
    receiver: Receiver<Signal>,
}

impl Signals {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        let ending = sender.clone();
        thread::spawn(move || {
            let _read = io::copy(&mut io::stdin(), &mut io::sink());
            ending.send(Signal::Ended)
        });
        Self { sender, receiver }
    }

    /// Sends a signal when something happens in the folders of the files. By the folder, because many an editor puts a
    /// new file in the place of the old one.
    fn watcher(&self, seen: &Seen) -> Result<RecommendedWatcher, Failure> {
        let failed = |error| Failure::Message(format!("cannot watch the files: {error}"));
        let sender = self.sender.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // To read a file is an event as well, and no reason to read it again.
            if !event.as_ref().is_ok_and(|event| event.kind.is_access()) {
                let paths = event.map(|event| event.paths).unwrap_or_default();
                let names = paths.iter().filter_map(|path| Some(path.file_name()?.to_owned()));
                let _nobody_waits = sender.send(Signal::Touched(names.collect()));
            }
        })
        .map_err(failed)?;
        let folders: BTreeSet<&Path> = seen.0.keys().map(|file| folder(file)).collect();
        for folder in folders.into_iter().filter(|folder| folder.is_dir()) {
            watcher.watch(folder, RecursiveMode::NonRecursive).map_err(failed)?;
        }
        Ok(watcher)
    }

    /// Waits until something happened to the files; nothing when standard input ends.
    fn wait(&self, seen: &Seen) -> Option<()> {
        let concerns = |names: &[OsString]| {
            names.is_empty() || seen.0.keys().any(|file| names.iter().any(|name| file.ends_with(name)))
        };
        loop {
            match self.receiver.recv().ok()? {
                Signal::Ended => return None,
                Signal::Touched(names) if concerns(&names) => break,
                Signal::Touched(_) => {}
            }
        }
        thread::sleep(PAUSE);
        let ended = self.receiver.try_iter().any(|signal| matches!(signal, Signal::Ended));
        (!ended).then_some(())
    }
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
