//! The local accounts and groups: who there is, and what the tables say of each.
//!
//! ```text
//! passwd   name:x:uid:gid:comment:home:shell                                     passwd(5)
//! shadow   name:hash:changed:min:max:warn:inactive:expires:   in days since 1970 shadow(5)
//! group    name:x:gid:member,member                                              group(5)
//! ```
//!
//! Of the second field of `shadow` only its form is looked at.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::End;

use super::text;

pub(super) mod facts;

/// All that the tables tell.
#[derive(Debug, Default)]
pub struct Accounts {
    /// By name.
    pub by_name: BTreeMap<String, Account>,
    /// By name.
    pub groups: BTreeMap<String, Group>,
    /// Names by number; the first of several.
    pub names: BTreeMap<u32, String>,
    /// Whether the table of accounts is not there or cannot be read, so that nobody is known.
    pub is_missing: bool,
}

/// One line of `passwd`, and what `shadow` adds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Account {
    /// Its number.
    pub uid: u32,
    /// The number of its first group.
    pub gid: u32,
    /// Where it lives.
    pub home: String,
    /// What it gets when it logs in.
    pub shell: String,
    /// What its password is like, if that can be told.
    pub password: Option<Password>,
}

/// What `shadow` tells of a password, which is never the password.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Password {
    /// Whether there is one, and whether it opens.
    pub state: PasswordState,
    /// The day of its last change.
    pub changed_at: Option<Timestamp>,
    /// When it must be changed.
    pub ends: End,
    /// When the account itself ends.
    pub account_ends: End,
}

/// Whether a password opens an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PasswordState {
    /// There is a hash.
    Set,
    /// There is a hash, behind a `!`.
    Locked,
    /// There is none, and none can match.
    Impossible,
    /// There is none, and none is asked for.
    Empty,
}

/// One line of `group`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Group {
    /// Its number.
    pub gid: u32,
    /// The accounts named in the table. Those whose first group it is are not.
    pub members: BTreeSet<String>,
}

impl Accounts {
    /// Reads the tables; lines that make no sense are passed over, as the system does.
    #[must_use]
    pub fn parse(passwd: &[u8], shadow: Option<&[u8]>, group: &[u8]) -> Self {
        let mut all = Self::default();
        for line in text::lines(passwd) {
            let Some((name, account)) = account(line) else { continue };
            all.names.entry(account.uid).or_insert_with(|| name.clone());
            all.by_name.entry(name).or_insert(account);
        }
        for line in text::lines(shadow.unwrap_or_default()) {
            let Some((name, password)) = password(line) else { continue };
            if let Some(account) = all.by_name.get_mut(&name) {
                account.password = Some(password);
            }
        }
        for line in text::lines(group) {
            let Some((name, group)) = parse_group(line) else { continue };
            all.groups.entry(name).or_insert(group);
        }
        all
    }

    /// The groups of an account: its first one and those that name it, in order.
    pub(super) fn groups_of(&self, name: &str) -> Vec<&str> {
        let gid = self.by_name.get(name).map(|account| account.gid);
        self.groups
            .iter()
            .filter(|(_, group)| gid == Some(group.gid) || group.members.contains(name))
            .map(|(name, _)| name.as_str())
            .collect()
    }
}

impl Account {
    /// Whether the shell lets nobody in.
    #[must_use]
    pub fn has_login_shell(&self) -> bool {
        let program = self.shell.rsplit('/').next().unwrap_or_default();
        !matches!(program, "nologin" | "false" | "sync" | "shutdown" | "halt")
    }
}

fn account(line: &[u8]) -> Option<(String, Account)> {
    let mut fields = line.split(|byte| *byte == b':');
    let name = name(fields.next()?)?;
    let in_place = fields.next()?;
    let (uid, gid) = (number(fields.next()?)?, number(fields.next()?)?);
    let _comment = fields.next()?;
    let home = String::from_utf8_lossy(fields.next()?).into_owned();
    let shell = fields.next().unwrap_or_default();
    // passwd(5): an empty field means /bin/sh.
    let shell = if shell.is_empty() { b"/bin/sh" } else { shell };
    let shell = String::from_utf8_lossy(shell).into_owned();
    let password = (in_place != b"x").then(|| Password {
        state: state(in_place),
        changed_at: None,
        ends: End::Unknown,
        account_ends: End::Unknown,
    });
    Some((name, Account { uid, gid, home, shell, password }))
}

fn password(line: &[u8]) -> Option<(String, Password)> {
    let mut fields = line.split(|byte| *byte == b':');
    let name = name(fields.next()?)?;
    let state = state(fields.next()?);
    let mut day = || fields.next().and_then(day);
    let changed = day();
    let (_min, max, _warn, _inactive) = (day(), day(), day(), day());
    let expires = day();
    // shadow(5): 0 says that the password must be changed at the next login.
    let changed_at = changed.filter(|day| *day > 0).and_then(at_day);
    // shadow(5): an empty maximum means none; 99999 is how the tools write it.
    let ends = match (changed, max.filter(|max| *max < 99_999)) {
        (_, None) => End::Never,
        (Some(changed), Some(max)) => {
            changed.checked_add(max).and_then(at_day).map_or(End::Unknown, End::At)
        }
        (None, Some(_)) => End::Unknown,
    };
    let account_ends = expires.map_or(End::Never, |day| at_day(day).map_or(End::Unknown, End::At));
    Some((name, Password { state, changed_at, ends, account_ends }))
}

fn state(field: &[u8]) -> PasswordState {
    match field {
        b"" => PasswordState::Empty,
        [b'!', rest @ ..] if rest.first().is_some_and(|first| !matches!(first, b'!' | b'*')) => {
            PasswordState::Locked
        }
        [b'!' | b'*', ..] => PasswordState::Impossible,
        // Every hash of crypt(5) is 13 characters at least; `x` and the like match nothing.
        _ if field.len() < 13 => PasswordState::Impossible,
        _ => PasswordState::Set,
    }
}

fn parse_group(line: &[u8]) -> Option<(String, Group)> {
    let mut fields = line.split(|byte| *byte == b':');
    let name = name(fields.next()?)?;
    let _password = fields.next()?;
    let gid = number(fields.next()?)?;
    let members = fields.next().unwrap_or_default();
    let members = members.split(|byte| *byte == b',').filter_map(self::name).collect();
    Some((name, Group { gid, members }))
}

/// A name that can stand in an id. `+` and `-` begin the lines of a directory service.
fn name(field: &[u8]) -> Option<String> {
    let field = field.trim_ascii();
    let is_plain = field.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'/')
        && !matches!(field.first(), None | Some(b'#' | b'+' | b'-'));
    // BOUND: as the system's own (LOGIN_NAME_MAX).
    (is_plain && field.len() <= 256).then(|| String::from_utf8_lossy(field).into_owned())
}

fn number(field: &[u8]) -> Option<u32> {
    str::from_utf8(field).ok()?.parse().ok()
}

fn day(field: &[u8]) -> Option<i64> {
    str::from_utf8(field).ok()?.parse().ok().filter(|day| *day >= 0)
}

fn at_day(day: i64) -> Option<Timestamp> {
    Timestamp::from_second(day.checked_mul(86_400)?).ok()
}

#[cfg(test)]
mod tests;
