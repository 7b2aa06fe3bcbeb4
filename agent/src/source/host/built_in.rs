//! Which accounts came with the system, so that they do not drown those that need an owner.
//!
//! The rule. An account is the system's if
//!
//! 1. its number is below 100 (given out by the distribution, once for all) or is 65534; or
//! 2. its number is at most `SYS_UID_MAX` of `login.defs` (999) and something that was installed
//!    creates it: a `sysusers.d` file, or a script of a Debian package, names it; or
//! 3. the same range, on a system that keeps neither.
//!
//! So an account that an operator made with `useradd --system` is the organisation's.

use std::collections::BTreeSet;
use std::path::Path;

use super::accounts::Accounts;
use super::disk::Disk;
use super::text;
use crate::secret::Secret;

/// Where packages say which accounts they create.
const SYSUSERS: &[&str] = &["/usr/lib/sysusers.d", "/lib/sysusers.d"];
/// Where Debian keeps the scripts of packages.
const SCRIPTS: &str = "/var/lib/dpkg/info";
// BOUND: scripts of this system's packages; some thousand files of a few KiB.
const SCRIPTS_MAX: usize = 20_000;

/// The names of the accounts that came with the system. What cannot be read explains nothing: its
/// accounts then count as the organisation's.
pub(super) fn names(disk: &Disk, accounts: &Accounts) -> BTreeSet<String> {
    let system_max = system_uid_max(disk);
    let (mut names, mut unexplained) = (BTreeSet::new(), BTreeSet::new());
    for (name, account) in &accounts.by_name {
        if account.uid < 100 || account.uid == 65534 {
            names.insert(name.clone());
        } else if account.uid <= system_max {
            unexplained.insert(name.as_str());
        }
    }
    if unexplained.is_empty() {
        return names;
    }
    let mut explained = BTreeSet::new();
    let mut has_evidence = false;
    for (folder, is_script) in SYSUSERS.iter().map(|f| (*f, false)).chain([(SCRIPTS, true)]) {
        let files = disk.names(Path::new(folder)).unwrap_or_default();
        has_evidence |= !files.is_empty();
        for file in files.into_iter().take(SCRIPTS_MAX) {
            let path = Path::new(folder).join(file);
            let kind = path.extension().and_then(|ext| ext.to_str()).unwrap_or_default();
            if is_script != matches!(kind, "postinst" | "preinst" | "config") {
                continue;
            }
            let Ok(Some(script)) = disk.table(&path) else { continue };
            let script = script.as_bytes();
            let creates = !is_script
                || [&b"adduser"[..], b"useradd", b"sysusers"]
                    .iter()
                    .any(|w| text::contains(script, w));
            if creates {
                explained.extend(unexplained.iter().filter(|name| names_word(script, name)));
            }
        }
    }
    let explained = if has_evidence { explained } else { unexplained };
    names.extend(explained.into_iter().map(str::to_owned));
    names
}

/// Whether the name stands in a script as a word of its own.
fn names_word(script: &[u8], name: &str) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    script.split(|byte| !is_part(byte)).any(|word| word == name.as_bytes())
}

fn system_uid_max(disk: &Disk) -> u32 {
    let table = disk.table(Path::new("/etc/login.defs")).ok().flatten();
    let lines = table.as_ref().map(Secret::as_bytes).unwrap_or_default();
    text::lines(lines)
        .filter_map(|line| line.trim_ascii().strip_prefix(b"SYS_UID_MAX"))
        .find_map(|value| str::from_utf8(value.trim_ascii()).ok()?.parse().ok())
        .unwrap_or(999)
}
