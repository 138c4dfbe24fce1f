//! Counts of what the server does, as Prometheus reads them.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use scopewise::{Decision, Effect, Reason};

use super::documents::Live;

/// The ends of the classes of durations, in seconds.
const CLASSES: [f64; 9] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 1.0, 10.0];

/// Everything that is counted. Labels are names of this program and never what a client sent, so that there are few.
#[derive(Debug, Default)]
pub(super) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    decisions: BTreeMap<(&'static str, &'static str), u64>,
    requests: BTreeMap<(String, u16), u64>,
    durations: BTreeMap<String, Durations>,
    reloads: u64,
    reload_failures: u64,
    log_failures: u64,
}

#[derive(Debug, Default)]
struct Durations {
    classes: [u64; CLASSES.len()],
    count: u64,
    seconds: f64,
}

impl Metrics {
    pub(super) fn decided(&self, effect: Effect, reason: Reason) {
        *self.counts().decisions.entry((effect.as_str(), reason.as_str())).or_default() += 1;
    }

    /// A decision of which there is no more than the answer.
    pub(super) fn decision(&self, decision: &Decision) {
        self.decided(decision.effect, decision.reason);
    }

    pub(super) fn answered(&self, route: &str, status: u16, took: Duration) {
        let mut counts = self.counts();
        *counts.requests.entry((route.to_owned(), status)).or_default() += 1;
        let durations = counts.durations.entry(route.to_owned()).or_default();
        let seconds = took.as_secs_f64();
        durations.count += 1;
        durations.seconds += seconds;
        for (class, end) in durations.classes.iter_mut().zip(CLASSES) {
            *class += u64::from(seconds <= end);
        }
    }

    pub(super) fn reloaded(&self, well: bool) {
        let mut counts = self.counts();
        counts.reloads += 1;
        counts.reload_failures += u64::from(!well);
    }

    /// The decision log could not be written, or a record was lost.
    pub(super) fn log_failed(&self) {
        self.counts().log_failures += 1;
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        // Counts are right at every step: whoever ended while holding them has left nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything in the text format, with what is known of the document.
    pub(super) fn text(&self, live: &Live, running: usize) -> String {
        let counts = self.counts();
        let mut page = Page(String::new());
        page.about("decisions_total", "counter", "Decisions by effect and reason.");
        for ((effect, reason), count) in &counts.decisions {
            page.line("decisions_total", &[("effect", effect), ("reason", reason)], count);
        }
        page.about("requests_total", "counter", "Requests by route and status.");
        for ((route, status), count) in &counts.requests {
            page.line("requests_total", &[("route", route), ("status", &status.to_string())], count);
        }
        page.about("request_duration_seconds", "histogram", "How long requests took.");
        for (route, durations) in &counts.durations {
            page.durations(route, durations);
        }
        let loaded = live.document.loaded_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let single = [
            ("requests_running", "gauge", "Requests that are worked on.", running as u64),
            ("document_version", "gauge", "The version of the document in force.", live.document.version),
            (
                "document_loaded_seconds",
                "gauge",
                "When it was loaded, in seconds since 1970.",
                loaded.as_secs(),
            ),
            (
                "document_outdated",
                "gauge",
                "1 where the files have changed and are not valid.",
                live.is_outdated.into(),
            ),
            ("reloads_total", "counter", "How often the files were read again.", counts.reloads),
            ("reload_failures_total", "counter", "How often they were not valid.", counts.reload_failures),
            (
                "log_failures_total",
                "counter",
                "How often the decision log could not be written.",
                counts.log_failures,
            ),
        ];
        for (name, kind, about, value) in single {
            page.about(name, kind, about);
            page.line(name, &[], &value);
        }
        page.0
    }
}

/// The text as far as it is written.
struct Page(String);

impl Page {
    fn about(&mut self, name: &str, kind: &str, about: &str) {
        // Writing to a text does not fail.
        let _written = writeln!(self.0, "# HELP scopewise_{name} {about}\n# TYPE scopewise_{name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: &dyn std::fmt::Display) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _written = writeln!(self.0, "scopewise_{name}{labels} {value}");
    }

    fn durations(&mut self, route: &str, durations: &Durations) {
        let name = "request_duration_seconds";
        for (count, end) in durations.classes.iter().zip(CLASSES) {
            self.line(&format!("{name}_bucket"), &[("route", route), ("le", &end.to_string())], count);
        }
        self.line(&format!("{name}_bucket"), &[("route", route), ("le", "+Inf")], &durations.count);
        self.line(&format!("{name}_sum"), &[("route", route)], &durations.seconds);
        self.line(&format!("{name}_count"), &[("route", route)], &durations.count);
    }
}
