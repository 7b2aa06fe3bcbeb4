//! `cargo xtask setup`: what the tests need, in a cache of its own.
//!
//! ```text
//! ~/.cache/muster/   (or $MUSTER_CACHE)
//!   python-<hash>/       moto, ministack and their kin: tests/servers/requirements.txt
//!   yardstick-<hash>/    cloudsplaining, for `cargo xtask bench` alone: tests/servers/yardstick.txt
//!   actions-<hash>/      the table of every action of AWS: xtask/actions.txt
//!   debian-<hash>/       unpacked Debian packages: tests/servers/debian.txt
//!   cargo-deny-<version>/
//! ```
//!
//! A folder's name holds the digest of what it was made from and the folder appears in one step when
//! it is whole, so a second run does nothing, a changed list makes a new folder, and a run that was
//! cut leaves nothing that looks finished. A lock keeps concurrent runs apart.

mod debian;
mod deny;
mod python;

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::{place, shell};
use python::Needs;

pub(crate) use deny::installed as deny;

/// What is installed, and where.
pub(crate) struct Installed {
    /// The folder of moto, ministack and boto3, for `PYTHONPATH`.
    python: PathBuf,
    /// The root of the unpacked Debian packages.
    debian: PathBuf,
}

impl Installed {
    /// The environment variables by which the tests find it; `tests/src/servers.rs` reads them.
    pub(crate) fn variables(&self) -> [(&'static str, &Path); 2] {
        [("MUSTER_TEST_PYTHON", &self.python), ("MUSTER_TEST_DEBIAN", &self.debian)]
    }
}

/// Installs what is missing. Quick if nothing is.
pub(crate) fn run() -> anyhow::Result<Installed> {
    let root = place::root()?;
    let cache = place::cache()?;
    let _held = lock(&cache)?;
    let debian = debian::installed(&cache, &root.join("tests/servers/debian.txt"))?;
    let pins = root.join("tests/servers/requirements.txt");
    let python = python::installed(&cache, &debian, "python", &pins, Needs::Taken)?;
    Ok(Installed { python, debian })
}

/// Installs what a bench holds the product against: the variable by which it finds that, and where it is.
pub(crate) fn yardstick() -> anyhow::Result<(&'static str, PathBuf)> {
    let root = place::root()?;
    let cache = place::cache()?;
    let _held = lock(&cache)?;
    let debian = debian::installed(&cache, &root.join("tests/servers/debian.txt"))?;
    let pins = root.join("tests/servers/yardstick.txt");
    let python = python::installed(&cache, &debian, "yardstick", &pins, Needs::Taken)?;
    Ok(("MUSTER_BENCH_PYTHON", python))
}

/// The folder with the package that holds the table of every action of AWS.
pub(crate) fn actions() -> anyhow::Result<PathBuf> {
    let root = place::root()?;
    let cache = place::cache()?;
    let _held = lock(&cache)?;
    let debian = debian::installed(&cache, &root.join("tests/servers/debian.txt"))?;
    python::installed(&cache, &debian, "actions", &root.join("xtask/actions.txt"), Needs::Left)
}

/// Installs, and prints where it is for `eval "$(cargo xtask setup)"`.
pub(crate) fn print() -> anyhow::Result<()> {
    let installed = run()?;
    for (name, path) in installed.variables() {
        writeln!(stdout().lock(), "export {name}='{}'", path.display())?;
    }
    Ok(())
}

/// Makes `cache/<name>-<digest of content>` by `make` unless it is there.
///
/// `make` gets a folder to fill that has another name; it gets its own name once `make` succeeded.
fn folder_of(
    cache: &Path,
    name: &str,
    content: &str,
    make: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    let whole = cache.join(format!("{name}-{:016x}", hasher.finish()));
    if whole.is_dir() {
        return Ok(whole);
    }
    shell::say(&format!("setup: making `{}`", whole.display()));
    let unfinished = cache.join(format!("{name}.unfinished"));
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).context("removing what an earlier run left")?;
    }
    fs::create_dir_all(&unfinished)?;
    make(&unfinished).with_context(|| format!("setting up `{name}`"))?;
    fs::rename(&unfinished, &whole).context("naming what was set up")?;
    Ok(whole)
}

/// Waits until no other run is at work in the cache.
fn lock(cache: &Path) -> anyhow::Result<File> {
    let file = File::create(cache.join("lock")).context("opening the lock of the cache")?;
    file.lock().context("locking the cache")?;
    Ok(file)
}
