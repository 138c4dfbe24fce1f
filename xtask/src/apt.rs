//! Programs that come as packages of a Debian-like system.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::sh;

/// Installs packages, or says what to install by hand where there is no way to do it here.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    ensure!(is_here(), "install {} by hand and try again", packages.join(", "));
    ensure!(may_install(), "run `apt-get install {}` as root and try again", packages.join(" "));
    sh::say(&format!("installing {} with apt-get, about a minute", packages.join(" ")));
    sh::run(apt().arg("update"))?;
    sh::run(apt().args(["install", "--yes", "--no-install-recommends", "--no-remove"]).args(packages))
        .with_context(|| format!("`{}` cannot be installed", packages.join(" ")))
}

/// Whether the system's package manager says that these are installed.
pub(crate) fn has(packages: &[&str]) -> bool {
    let status = sh::ask(
        sh::command("dpkg-query").args(["--show", "--showformat=${db:Status-Status}\n"]).args(packages),
    );
    status.is_some_and(|status| status.lines().filter(|line| *line == "installed").count() == packages.len())
}

/// Whether this is a Debian-like system at all.
pub(crate) fn is_here() -> bool {
    sh::find(&["apt-get"]).is_some()
}

fn may_install() -> bool {
    is_root() || sh::ask(sh::command("sudo").args(["--non-interactive", "true"])).is_some()
}

fn is_root() -> bool {
    sh::ask(sh::command("id").arg("-u")).is_some_and(|user| user == "0")
}

/// Another apt-get may be at work: wait for its lock instead of failing.
fn apt() -> Command {
    let mut command = sh::command(if is_root() { "env" } else { "sudo" });
    if !is_root() {
        command.args(["--non-interactive", "env"]);
    }
    command.args([
        "DEBIAN_FRONTEND=noninteractive",
        "apt-get",
        "--quiet=2",
        "--option=DPkg::Lock::Timeout=600",
    ]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_that_nobody_has_is_not_installed() {
        assert!(!has(&["scopewise-no-such-package"]));
    }
}
