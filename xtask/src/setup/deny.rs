//! `cargo-deny`, built once from its source at a pinned version: a few minutes, then cached.

use std::path::PathBuf;

use super::lock;
use crate::{place, shell};

/// Pinned, so that the same licences and bans are judged the same way everywhere.
const VERSION: &str = "0.20.2";

/// Where `cargo-deny` is, after installing it if it is missing.
pub(crate) fn installed() -> anyhow::Result<PathBuf> {
    let cache = place::cache()?;
    let _held = lock(&cache)?;
    let folder = cache.join(format!("cargo-deny-{VERSION}"));
    let program = folder.join("bin/cargo-deny");
    if program.is_file() {
        return Ok(program);
    }
    shell::say(&format!("setup: building cargo-deny {VERSION}, once"));
    let package = format!("cargo-deny@{VERSION}");
    let mut install = shell::cargo(&["install", "--quiet", "--locked", &package, "--root"])?;
    // In a folder of its own, else it would mix with what the workspace builds.
    shell::run(install.arg(&folder).env_remove("CARGO_TARGET_DIR"))?;
    Ok(program)
}
