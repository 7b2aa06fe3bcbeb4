//! One round over the host: every scope, one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use model::{Fact, Maker};

use super::accounts::{Accounts, facts};
use super::anchors::Anchors;
use super::config::{Excluded, HostConfig};
use super::disk::Disk;
use super::look::Look;
use super::out::{Closed, Out, missing};
use super::walk::Walk;
use crate::secret::{FingerprintKey, Secret};

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
    let accounts = passwd(&disk, &realm, as_of, out)?;

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

/// The tables of accounts. Without them nothing else can be told of, but files can.
fn passwd(disk: &Disk, realm: &str, as_of: Timestamp, out: &Out) -> Result<Accounts, Closed> {
    let mut scope = out.scope("table:passwd")?;
    let passwd = scope.read(disk.table(Path::new("/etc/passwd")));
    if let Some(None) = passwd {
        scope.trouble(missing("/etc/passwd").to_string());
    }
    let shadow = scope.read(disk.table(Path::new("/etc/shadow"))).flatten();
    let group = scope.read(disk.table(Path::new("/etc/group"))).flatten();
    let bytes =
        |table: &Option<Secret>| table.as_ref().map(Secret::as_bytes).unwrap_or_default().to_vec();
    let accounts = Accounts::parse(
        &bytes(&passwd.flatten()),
        shadow.as_ref().map(Secret::as_bytes),
        &bytes(&group),
    );
    let built_in = accounts
        .by_name
        .iter()
        .filter(|(_, account)| account.uid < 1000 || account.uid == 65534)
        .map(|(name, _)| name.clone())
        .collect();
    let used = BTreeMap::new();
    let beside = facts::Beside { realm, as_of, built_in: &built_in, used: &used };
    scope.saw(facts::machine(realm))?;
    for (name, account) in &accounts.by_name {
        for fact in facts::account(&accounts, name, account, &beside) {
            scope.saw(fact)?;
        }
    }
    if accounts.names.contains_key(&0) {
        scope.saw(facts::superuser(realm))?;
    }
    for (name, group) in &accounts.groups {
        let maker = if group.gid < 1000 { Maker::System } else { Maker::Organisation };
        let fact: Fact = facts::group(realm, name, group.gid, maker);
        scope.saw(fact)?;
    }
    scope.end()?;
    Ok(accounts)
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
