//! Running other programs. None of them reads standard input, and a failure names the command.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context, Result, bail, ensure};

/// Says what is being done, on standard error.
pub(crate) fn say(text: &str) {
    eprintln!("xtask: {text}");
}

/// A command in the root of the repository.
pub(crate) fn command(program: impl AsRef<Path>) -> Command {
    let mut command = Command::new(program.as_ref());
    command.current_dir(crate::place::root()).stdin(Stdio::null());
    command
}

/// Runs a command; what it prints is seen as it comes.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    succeeded(command, status)
}

/// The same for a command that others may hold up: it is ended where it takes longer than that.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<()> {
    let mut child = command.spawn().with_context(|| cannot_start(command))?;
    let end = Instant::now() + limit;
    loop {
        if let Some(status) = child.try_wait()? {
            return succeeded(command, status);
        }
        if Instant::now() >= end {
            child.kill()?;
            child.wait()?;
            bail!("`{}` took longer than {} s", shown(command), limit.as_secs());
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Runs a command and takes what it prints on standard output.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| cannot_start(command))?;
    succeeded(command, output.status)?;
    String::from_utf8(output.stdout).with_context(|| format!("`{}` printed no text", shown(command)))
}

/// Runs a command, shows what it prints on standard output as it comes, and takes it.
pub(crate) fn tee(command: &mut Command) -> Result<String> {
    let mut child = command.stdout(Stdio::piped()).spawn().with_context(|| cannot_start(command))?;
    let printed = child.stdout.take().map(echo).transpose()?.unwrap_or_default();
    succeeded(command, child.wait()?)?;
    Ok(printed)
}

/// What a question to a program prints, or nothing where it fails or is not there.
pub(crate) fn ask(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The first of these programs that is on `PATH`.
pub(crate) fn find(names: &[&str]) -> Option<PathBuf> {
    find_in(&env::var_os("PATH")?, names)
}

fn find_in(path: &std::ffi::OsStr, names: &[&str]) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(path).collect();
    let places = names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    places.into_iter().find(|place| is_program(place))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    fs::metadata(path.with_extension("exe")).is_ok_and(|file| file.is_file())
}

fn echo(printed: impl std::io::Read) -> Result<String> {
    let mut all = String::new();
    for line in BufReader::new(printed).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        all.push_str(&line);
        all.push('\n');
    }
    Ok(all)
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    ensure!(status.success(), "`{}` failed ({status})", shown(command));
    Ok(())
}

fn cannot_start(command: &Command) -> String {
    format!("`{}` cannot be started", shown(command))
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command() {
        let error = run(command("sh").args(["-c", "exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 3` failed (exit status: 3)");
    }

    #[test]
    fn a_command_that_takes_too_long_is_ended() {
        let within = |script: &str, seconds| {
            run_within(command("sh").args(["-c", script]), Duration::from_secs(seconds))
        };
        within("true", 60).unwrap();
        assert_eq!(within("exit 3", 60).unwrap_err().to_string(), "`sh -c exit 3` failed (exit status: 3)");
        assert_eq!(
            within("exec sleep 60", 0).unwrap_err().to_string(),
            "`sh -c exec sleep 60` took longer than 0 s"
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run(&mut command("no-such-program")).unwrap_err();
        assert_eq!(error.to_string(), "`no-such-program` cannot be started");
        assert_eq!(ask(&mut command("no-such-program")), None);
    }

    #[test]
    fn what_is_shown_is_taken_too() {
        let printed = tee(command("cargo").arg("--version")).unwrap();
        assert_eq!(printed.trim(), ask(command("cargo").arg("--version")).unwrap());
    }

    #[test]
    fn a_failure_after_printing_is_a_failure() {
        for run in [tee, read] {
            let error = run(command("sh").args(["-c", "echo so far; exit 3"])).unwrap_err();
            assert_eq!(error.to_string(), "`sh -c echo so far; exit 3` failed (exit status: 3)");
        }
    }

    #[test]
    fn programs_are_found_by_the_first_name_that_is_there() {
        let cargo = find(&["no-such-program", "cargo"]).unwrap();
        assert_eq!(cargo.file_stem().unwrap(), "cargo");
        assert_eq!(find(&["no-such-program"]), None);
    }

    #[test]
    fn a_file_that_cannot_be_run_is_no_program() {
        assert_eq!(find_in(crate::place::root().as_os_str(), &["Cargo.toml"]), None);
    }
}
