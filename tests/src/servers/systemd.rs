//! `systemd-analyze`, which says of a unit what systemd would think of it; no systemd runs for that.

use std::path::Path;

use anyhow::Context;

use super::installed;
use crate::binaries::{self, Told};

/// Runs `systemd-analyze` with these arguments.
///
/// # Errors
/// If it is not installed. A bad end is not an error: see [`Told::code`].
pub fn systemd_analyze(arguments: &[&str]) -> anyhow::Result<Told> {
    let packages = installed("MUSTER_TEST_DEBIAN")?;
    let mut command = std::process::Command::new(packages.join("usr/bin/systemd-analyze"));
    // The units that ours name, as the packages have them, whatever this machine runs.
    command.env("SYSTEMD_UNIT_PATH", packages.join("lib/systemd/system"));
    command.env("LD_LIBRARY_PATH", libraries(&packages)?).args(arguments);
    binaries::run(&mut command)
}

/// The library folders of the unpacked packages; their names have the machine's architecture.
fn libraries(packages: &Path) -> anyhow::Result<String> {
    let mut folders = Vec::new();
    for top in ["usr/lib", "lib"] {
        let entries = std::fs::read_dir(packages.join(top)).context("looking for libraries")?;
        for entry in entries {
            let folder = entry?.path();
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if name.ends_with("-linux-gnu") {
                folders.push(folder.join("systemd").display().to_string());
                folders.push(folder.display().to_string());
            }
        }
    }
    Ok(folders.join(":"))
}
