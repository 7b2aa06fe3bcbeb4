//! Python packages, servers and tables, in plain folders for `PYTHONPATH`.
//!
//! A fresh Debian has Python without pip and without `venv`, or no Python at all. pip comes as a wheel
//! out of a Debian package that `debian.txt` names, and a folder needs no environment around it; only
//! Python itself must be installed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::folder_of;
use crate::shell;

/// Whether what a package needs is installed with it.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Needs {
    Taken,
    /// It is wanted for its data alone.
    Left,
}

/// The folder `name` with what `requirements` names.
pub(super) fn installed(
    cache: &Path,
    debian: &Path,
    name: &str,
    requirements: &Path,
    needs: Needs,
) -> anyhow::Result<PathBuf> {
    interpreter_ensure()?;
    let version = shell::run_quietly(shell::command("python3")?.arg("--version"))?;
    let pins = fs::read_to_string(requirements)
        .with_context(|| format!("reading the pins `{}`", requirements.display()))?;
    // What is compiled fits one version of Python only.
    folder_of(cache, name, &format!("{version}{pins}"), |folder| {
        let mut pip = shell::command("python3")?;
        pip.arg(pip_wheel(debian)?.join("pip"))
            .args(["install", "--quiet", "--no-input", "--disable-pip-version-check"])
            .args(["--target".as_ref(), folder.as_os_str()])
            .args(["--requirement".as_ref(), requirements.as_os_str()]);
        if needs == Needs::Left {
            pip.arg("--no-deps");
        }
        shell::run_quietly(&mut pip).map(drop)
    })
}

fn interpreter_ensure() -> anyhow::Result<()> {
    if shell::find("python3").is_some() {
        return Ok(());
    }
    if !shell::is_root() {
        bail!("`python3` is missing\nhint: as root, `apt-get install python3`, then again");
    }
    shell::run_quietly(shell::command("apt-get")?.args(["--quiet=2", "update"]))?;
    let install = ["--quiet=2", "install", "--yes", "--no-install-recommends", "python3"];
    shell::run_quietly(shell::command("apt-get")?.args(install))?;
    Ok(())
}

/// The wheel of pip among the unpacked packages; a wheel is a program that Python can run as it is.
fn pip_wheel(debian: &Path) -> anyhow::Result<PathBuf> {
    let wheels = debian.join("usr/share/python-wheels");
    for entry in fs::read_dir(&wheels).context("looking for pip's wheel")? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_wheel = path.extension().is_some_and(|extension| extension == "whl");
        if is_wheel && name.starts_with("pip-") {
            return Ok(path);
        }
    }
    bail!("no wheel of pip in `{}`", wheels.display())
}
