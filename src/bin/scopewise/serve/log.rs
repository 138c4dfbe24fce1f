//! The decision log: a line of JSON for each decision, written by a thread of its own, so that no answer waits for a
//! disk. What cannot be written is lost and counted, and changes no decision.

use std::collections::hash_map::RandomState;
use std::fs::{File, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender, TryRecvError};
use std::thread;

use scopewise::DecisionRecord;

use super::flags::{LogFlags, Redacted};
use super::metrics::Metrics;
use crate::Failure;

/// How many records wait for the disk before others are lost.
const WAITING: usize = 8_192;

/// How many bytes are written at a time. A longer record is lost: the buffer takes records whole.
const BUFFER: usize = 1 << 16;

/// Where records go in.
pub(super) struct Log {
    sender: SyncSender<Message>,
    metrics: Arc<Metrics>,
    sample: f64,
    redact: Vec<Redacted>,
    /// A key of this run, by which names are replaced and chance is made.
    key: RandomState,
    seen: AtomicU64,
}

enum Message {
    Record(Vec<u8>),
    Reopen,
}

impl Log {
    /// Opens the log, if there is to be one, with what closes when everything is written after the log was dropped.
    pub(super) fn open(
        flags: &LogFlags,
        metrics: &Arc<Metrics>,
    ) -> Result<Option<(Self, Receiver<()>)>, Failure> {
        let Some(path) = flags.decision_log.clone() else { return Ok(None) };
        let failed = |error| Failure::Message(format!("cannot write `{}`: {error}", path.display()));
        let sink = sink(&path).map_err(failed)?;
        let (sender, receiver) = mpsc::sync_channel(WAITING);
        let sink = BufWriter::with_capacity(BUFFER, sink);
        let writer = Writer { path, sink, metrics: Arc::clone(metrics), is_broken: false };
        let (open, closed) = mpsc::channel();
        thread::spawn(move || {
            writer.write_all(&receiver);
            drop(open);
        });
        let (sample, redact, key) = (flags.sample, flags.redact.clone(), RandomState::new());
        let log = Self { sender, metrics: Arc::clone(metrics), sample, redact, key, seen: AtomicU64::new(0) };
        Ok(Some((log, closed)))
    }

    /// Whether the next decision is to be written. Whoever asks has drawn the lot.
    pub(super) fn wants_next(&self) -> bool {
        let number = self.seen.fetch_add(1, Ordering::Relaxed);
        // 53 bits of chance: as many as a float tells apart.
        let chance = self.key.hash_one(number) >> 11;
        #[expect(clippy::cast_precision_loss, reason = "53 bits are exact")]
        let chance = chance as f64 / (1_u64 << 53) as f64;
        chance < self.sample
    }

    pub(super) fn write(&self, mut record: DecisionRecord) {
        for field in &self.redact {
            match field {
                Redacted::Principal => record.principal = self.redacted(&record.principal, 0),
                Redacted::Entity => record.entity = self.redacted(&record.entity, 1),
            }
        }
        let line = serde_json::to_string(&record).ok();
        let sent = line.map(|line| self.sender.try_send(Message::Record(format!("{line}\n").into_bytes())));
        if !matches!(sent, Some(Ok(()))) {
            self.metrics.log_failed();
        }
    }

    /// Opens the file again: another may have taken its place.
    pub(super) fn reopen(&self) {
        let _where_it_waits_it_is_not_needed = self.sender.try_send(Message::Reopen);
    }

    /// A name with a stand-in for each part but the first ones. The kind stays.
    fn redacted(&self, name: &str, first: usize) -> String {
        let (kind, name) = name.split_once(':').unwrap_or_default();
        let stand_in = |part: &str| format!("~{:016x}", self.key.hash_one(part));
        if first == 0 {
            return format!("{kind}:{}", stand_in(name));
        }
        let part =
            |(number, part): (usize, &str)| if number < first { part.to_owned() } else { stand_in(part) };
        let parts: Vec<String> = name.split('/').enumerate().map(part).collect();
        format!("{kind}:{}", parts.join("/"))
    }
}

struct Writer {
    path: PathBuf,
    sink: BufWriter<Box<dyn Write + Send>>,
    metrics: Arc<Metrics>,
    /// The last that was heard of the sink is that it takes nothing.
    is_broken: bool,
}

impl Writer {
    /// Writes until nobody sends any more.
    fn write_all(mut self, receiver: &Receiver<Message>) {
        while let Some(message) = self.next(receiver) {
            match message {
                Message::Record(line) => self.write(&line),
                Message::Reopen => self.reopen(),
            }
        }
        self.flush();
    }

    /// The next message. What was written is on its way before anybody waits.
    fn next(&mut self, receiver: &Receiver<Message>) -> Option<Message> {
        match receiver.try_recv() {
            Ok(message) => Some(message),
            Err(TryRecvError::Disconnected) => None,
            Err(TryRecvError::Empty) => {
                self.flush();
                receiver.recv().ok()
            }
        }
    }

    /// A line goes into the buffer whole or not at all. What is there waits for better times.
    fn write(&mut self, line: &[u8]) {
        let written =
            if line.len() < BUFFER { self.sink.write_all(line) } else { Err(ErrorKind::FileTooLarge.into()) };
        if let Err(error) = written {
            self.complain(&error);
        }
    }

    fn flush(&mut self) {
        match self.sink.flush() {
            Ok(()) => self.is_broken = false,
            Err(error) => self.complain(&error),
        }
    }

    fn reopen(&mut self) {
        self.flush();
        match sink(&self.path) {
            Ok(sink) => {
                let before = std::mem::replace(&mut self.sink, BufWriter::with_capacity(BUFFER, sink));
                let (_closed, _unwritten) = before.into_parts();
            }
            Err(error) => self.complain(&error),
        }
    }

    /// Counts it every time and says it once.
    fn complain(&mut self, error: &io::Error) {
        self.metrics.log_failed();
        if !self.is_broken {
            anstream::eprintln!("the decision log `{}` cannot be written: {error}", self.path.display());
        }
        self.is_broken = true;
    }
}

fn sink(path: &Path) -> io::Result<Box<dyn Write + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(io::stdout()));
    }
    let file: File = OpenOptions::new().create(true).append(true).open(path)?;
    Ok(Box::new(file))
}
