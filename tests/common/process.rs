//! The command as a process: what it is given, what it leaves behind.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// How a run exits that did what it was asked.
pub(crate) const DONE: i32 = 0;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn of<S: AsRef<str>>(args: &[S]) -> Self {
        Self::with_input(args, "")
    }

    pub(crate) fn with_input<S: AsRef<str>>(args: &[S], input: impl AsRef<[u8]>) -> Self {
        let mut command = command(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.as_ref().to_vec();
        // Whoever does not read its input may close it.
        let writer = thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Self {
            code: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn prints(&self, stdout: &str, code: i32) {
        assert_eq!(self.stdout, stdout, "on standard error: {}", self.stderr);
        assert_eq!((self.code, &*self.stderr), (code, ""));
    }

    /// Nothing on standard output, and on standard error one line or more, the first of which starts so.
    #[track_caller]
    pub(crate) fn fails(&self, start: &str, code: i32) {
        assert!(self.stderr.starts_with(start), "{start} is not how it starts: {self:?}");
        assert!(self.stderr.ends_with('\n') && !self.stderr.contains('\u{1b}'), "{self:?}");
        assert_eq!((self.code, &*self.stdout), (code, ""));
    }

    pub(crate) fn json(&self) -> Value {
        assert_eq!((self.code, &*self.stderr), (DONE, ""));
        serde_json::from_str(&self.stdout).unwrap()
    }
}

/// A run that is asked line by line.
pub(crate) struct Talk {
    pub(crate) child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    answers: mpsc::Receiver<String>,
}

impl Talk {
    pub(crate) fn begin(document: &str) -> Self {
        Self::of(&["check", document, "--requests", "-"])
    }

    pub(crate) fn of<S: AsRef<str>>(args: &[S]) -> Self {
        let mut command = command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { child, stdin, answers: lines_of(stdout) }
    }

    pub(crate) fn say(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{line}").unwrap();
        stdin.flush().unwrap();
    }

    pub(crate) fn hear(&mut self) -> String {
        self.answers.recv_timeout(PATIENCE).expect("an answer before the input ends")
    }

    pub(crate) fn end(self) {
        self.ends(DONE);
    }

    /// Ends the input, upon which the run must end without another word.
    pub(crate) fn ends(mut self, code: i32) {
        drop(self.stdin.take());
        assert_eq!(self.child.wait().unwrap().code(), Some(code));
        assert_eq!(self.answers.recv().ok(), None, "one answer for each line");
    }
}

impl Drop for Talk {
    /// A run that never answered does not outlive its test.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines_of(stdout: ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::sync_channel(1_000);
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

pub(crate) fn command<S: AsRef<str>>(args: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scopewise"));
    command.args(args.iter().map(AsRef::as_ref)).current_dir(env!("CARGO_TARGET_TMPDIR"));
    for variable in ["CLICOLOR", "CLICOLOR_FORCE", "NO_COLOR", "RUST_BACKTRACE"] {
        command.env_remove(variable);
    }
    command
}

/// A file that is there whole or not at all: tests run side by side.
pub(crate) fn file(name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let aside = folder.join(format!("{name}-{:?}", thread::current().id()));
    fs::write(&aside, text).unwrap();
    let path = folder.join(name);
    fs::rename(aside, &path).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The most memory that a run has held, in kB, where the system tells.
pub(crate) fn peak(process: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
