//! Debian packages, unpacked into the cache: no root is needed and no daemon is started.
//!
//! apt works on lists of its own in the cache, since a fresh machine's are empty and filling those
//! takes root. Debian keeps only the newest build of a package, so versions are not pinned.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, bail};

use super::folder_of;
use crate::shell;

/// The root of the packages that `list` names, one a line.
pub(super) fn installed(cache: &Path, list: &Path) -> anyhow::Result<PathBuf> {
    let names = fs::read_to_string(list)
        .with_context(|| format!("reading the list of packages `{}`", list.display()))?;
    folder_of(cache, "debian", &names, |folder| unpack(cache, &names, folder))
}

fn unpack(cache: &Path, names: &str, folder: &Path) -> anyhow::Result<()> {
    if shell::find("apt-get").is_none() {
        bail!(
            "`apt-get` is missing: the tests take their servers from Debian's packages\n\
             hint: run the tests on Debian 12, or `cargo nextest run` for those without servers"
        );
    }
    let names =
        names.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let archives = folder.join("archives");
    fs::create_dir_all(&archives)?;
    shell::run_quietly(apt(cache)?.arg("update"))?;
    shell::run_quietly(apt(cache)?.current_dir(&archives).arg("download").args(names))?;
    for entry in fs::read_dir(&archives)? {
        let archive = entry?.path();
        shell::run_quietly(shell::command("dpkg-deb")?.arg("-x").arg(&archive).arg(folder))?;
    }
    fs::remove_dir_all(&archives).context("removing the archives")
}

/// apt with lists and locks in the cache instead of the system's.
fn apt(cache: &Path) -> anyhow::Result<Command> {
    let state = cache.join("apt");
    for folder in ["lists/partial", "archives/partial"] {
        fs::create_dir_all(state.join(folder))?;
    }
    let mut apt = shell::command("apt-get")?;
    apt.args(["--quiet=2", "-o", "APT::Sandbox::User=root"]);
    for (option, folder) in [("Dir::State::lists", "lists"), ("Dir::Cache", "archives")] {
        apt.arg("-o").arg(format!("{option}={}", state.join(folder).display()));
    }
    Ok(apt)
}
