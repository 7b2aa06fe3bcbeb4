//! One round over the host: every scope, one after the other.

use std::collections::{BTreeMap, BTreeSet};
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

    let anchors = Anchors::read(&disk);
    let excluded = Excluded::of(config);
    let homes = Homes::of(&disk, &accounts);
    let (trees, shared) = trees(config, &disk, &homes);
    let walk = Walk { disk: &disk, config, excluded: &excluded, trees: &trees };
    let mut look = Look {
        realm: &realm,
        key,
        accounts: &accounts,
        homes: &homes,
        anchors: &anchors,
        file_bytes_max: config.file_bytes_max,
    };
    tables.units(&look)?;
    tables.cron(&look)?;
    tables.sockets(&accounts)?;
    for tree in &trees {
        let mut scope = out.scope(&format!("files:{}", tree.display()))?;
        scope.needs(&accounts);
        walk.tree(tree, &mut scope, &mut look)?;
        scope.end()?;
    }
    let mut scope = out.scope("table:system_homes")?;
    scope.needs(&accounts);
    for folder in &shared {
        walk.tree(folder, &mut scope, &mut look)?;
    }
    scope.end()
}

/// Who lives where, by the real paths of their homes.
#[derive(Debug, Default)]
pub(super) struct Homes(BTreeMap<PathBuf, Vec<String>>);

impl Homes {
    fn of(disk: &Disk, accounts: &Accounts) -> Self {
        let mut homes: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
        for (name, account) in &accounts.by_name {
            let home = Path::new(&account.home);
            if home.is_absolute() {
                homes.entry(real(disk, home)).or_default().push(name.clone());
            }
        }
        Self(homes)
    }

    /// The accounts whose home this is, in order.
    pub(super) fn living_in(&self, home: &Path) -> &[String] {
        self.0.get(home).map(Vec::as_slice).unwrap_or_default()
    }
}

/// Where a path leads to; itself if it leads nowhere, or that cannot be told.
fn real(disk: &Disk, path: &Path) -> PathBuf {
    disk.resolved(path).ok().flatten().unwrap_or_else(|| path.to_owned())
}

/// The trees of the configuration and the homes that lie outside them; and apart from them the
/// folders of keys in homes that are no tree of their own. Sorted, each once, by their real paths.
fn trees(config: &HostConfig, disk: &Disk, homes: &Homes) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let mut trees: BTreeSet<PathBuf> = config.trees.iter().map(|tree| real(disk, tree)).collect();
    let mut shared = BTreeSet::new();
    for home in homes.0.keys() {
        if trees.iter().any(|tree| home.starts_with(tree)) {
            continue;
        }
        let is_shared = home.parent().is_none() || SHARED.iter().any(|top| home.starts_with(top));
        if is_shared {
            shared.insert(home.join(".ssh"));
        } else if home.as_os_str() != "/nonexistent" {
            trees.insert(home.clone());
        }
    }
    (trees.into_iter().collect(), shared.into_iter().collect())
}
