//! Where things lie: the workspace, and the cache of what `setup` installs.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// The root of the workspace, one above this package: where cargo runs us, since two checkouts that
/// share a target folder share this program, too.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let here = variable("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let here = here.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
    Ok(here.parent().context("xtask lies in the workspace")?.to_path_buf())
}

/// The folder that `setup` fills: `$MUSTER_CACHE`, or `muster` in the user's cache folder. It is
/// made if it is missing, and may be deleted at any time: the next `setup` fills it anew.
pub(crate) fn cache() -> anyhow::Result<PathBuf> {
    let chosen = variable("MUSTER_CACHE").map(PathBuf::from);
    let of_user = || variable("XDG_CACHE_HOME").map(|folder| Path::new(&folder).join("muster"));
    let of_home = || variable("HOME").map(|home| Path::new(&home).join(".cache/muster"));
    let cache = chosen.or_else(of_user).or_else(of_home).context(
        "no place for the cache\nhint: set `MUSTER_CACHE` to a folder that may hold 1 GiB",
    )?;
    fs::create_dir_all(&cache)
        .with_context(|| format!("making the cache folder `{}`", cache.display()))?;
    Ok(cache)
}

/// Where cargo builds to, for this workspace.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    match variable("CARGO_TARGET_DIR") {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => Ok(root()?.join("target")),
    }
}

/// An environment variable that is set and not empty.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
