//! One round over the host: every scope, one after the other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::accounts::Accounts;
use super::anchors::Anchors;
use super::config::{Excluded, HostConfig};
use super::disk::Disk;
use super::look::Look;
use super::out::{Closed, Out};
use super::tables::Tables;
use super::walk::Walk;
use crate::secret::FingerprintKey;

/// Homes that many accounts share and that belong to none: only the keys in them are looked at.
const SHARED: &[&str] =
    &["/bin", "/boot", "/dev", "/lib", "/proc", "/run", "/sbin", "/sys", "/tmp", "/usr", "/var"];

/// How the host is called.
pub(super) fn host_name(config: &HostConfig) -> String {
    let disk = Disk::new(&config.root);
    let told = |path: &str| {
        let text = disk.table(Path::new(path)).ok()??;
        let line = super::text::lines(text.as_bytes())
            .map(<[u8]>::trim_ascii)
            .find(|line| !line.is_empty() && !line.starts_with(b"#"))?;
        // A name that would break an id apart is no name.
        let is_name = line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(byte));
        is_name.then(|| String::from_utf8_lossy(line).into_owned())
    };
    config
        .name
        .clone()
        .or_else(|| told("/etc/hostname"))
        .or_else(|| told("/proc/sys/kernel/hostname"))
        .unwrap_or_else(|| "localhost".to_owned())
}

/// Tells of everything there is.
pub(super) fn run(
    config: &HostConfig,
    key: &FingerprintKey,
    name: &str,
    as_of: Timestamp,
    out: &Out,
) -> Result<(), Closed> {
    let disk = Disk::new(&config.root);
    let realm = format!("host:{name}");
    let tables = Tables { disk: &disk, name, realm: &realm, as_of, out };
    let accounts = tables.passwd()?;
    tables.sudoers(&accounts)?;
    tables.processes(&accounts)?;
    tables.units()?;
    tables.cron()?;
    tables.sockets(&accounts)?;

    let anchors = Anchors::read(&disk);
    let excluded = Excluded::of(config);
    let trees = trees(config, &accounts);
    let walk = Walk { disk: &disk, config, excluded: &excluded, trees: &trees };
    let mut look = Look {
        realm: &realm,
        key,
        accounts: &accounts,
        anchors: &anchors,
        file_bytes_max: config.file_bytes_max,
    };
    for tree in &trees {
        let mut scope = out.scope(&format!("files:{}", tree.display()))?;
        walk.tree(tree, &mut scope, &mut look)?;
        scope.end()?;
    }
    Ok(())
}

/// The trees of the configuration, and the homes that lie outside them; sorted, each once.
fn trees(config: &HostConfig, accounts: &Accounts) -> Vec<PathBuf> {
    let mut trees: BTreeSet<PathBuf> = config.trees.iter().cloned().collect();
    for account in accounts.by_name.values() {
        let home = Path::new(&account.home);
        let is_covered = trees.iter().any(|tree| home.starts_with(tree));
        if is_covered || !home.is_absolute() || account.home == "/nonexistent" {
            continue;
        }
        let is_shared =
            SHARED.iter().any(|shared| home.starts_with(shared)) || home.parent().is_none();
        trees.insert(if is_shared { home.join(".ssh") } else { home.to_owned() });
    }
    trees.into_iter().collect()
}
