//! Rights by sudo, resolved for each account and group: sudoers(5).
//!
//! ```text
//! User_Alias ADMINS = ada, %wheel : OPS = bob      also Runas_, Host_, Cmnd_
//! ADMINS ALL = (root : adm) NOPASSWD: /bin/a, !/bin/b : db = ALL
//! @include FILE, @includedir FOLDER                also with #; `\` at its end continues a line
//! ```
//!
//! What comes out is again lines of sudoers, one command each, in order (the last that matches
//! decides): `ada ALL=(root) NOPASSWD: /bin/a`. Aliases are resolved, tags and the account to run as
//! are spelled out, and rules for other hosts are left out.

use std::collections::BTreeMap;

use super::accounts::Accounts;
use super::text;

pub(super) mod include;
mod rule;

use rule::Rule;

// BOUND: aliases that name aliases can grow without end; this is more than people write.
const WORDS_MAX: usize = 4096;
// BOUND: a list of as many words, at 16 bytes each.
const LINE_BYTES_MAX: usize = 64 * 1024;
// BOUND: some 400 bytes each; large organisations have some thousand.
const RULES_MAX: usize = 50_000;
// BOUND: what comes out of aliases of aliases, for many holders, is a product: 130 bytes can ask for a
// gigabyte. A host's rights fill some kilobytes.
const OUT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What a line costs beside its own bytes.
const LINE_COST_BYTES: usize = 32;
// BOUND: sudo itself gives up at this depth.
const DEPTH_MAX: u32 = 128;

/// All tables of sudo together, in order.
#[derive(Debug, Default)]
pub struct Sudoers {
    aliases: BTreeMap<String, Vec<String>>,
    rules: Vec<Rule>,
    /// Whose password is asked for, if not the caller's: such rights are no rights by themselves.
    asks_for: Option<&'static str>,
    /// Bytes of words and lines made so far.
    out_bytes_len: usize,
    /// Whether something had to be left out.
    pub is_cut: bool,
}

/// Lines by the account, and by the group, that they are for.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct Rights {
    /// By the name of the account.
    pub accounts: BTreeMap<String, Vec<String>>,
    /// By the name of the group.
    pub groups: BTreeMap<String, Vec<String>>,
}

impl Sudoers {
    /// Adds one logical line, which is no include.
    pub fn read(&mut self, line: &str) {
        if line.len() > LINE_BYTES_MAX || self.rules.len() >= RULES_MAX {
            self.is_cut = true;
            return;
        }
        let (first, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        match first {
            "User_Alias" | "Runas_Alias" | "Host_Alias" | "Cmnd_Alias" | "Cmd_Alias" => {
                for alias in rule::split(rest, ':') {
                    let Some((name, words)) = alias.split_once('=') else { continue };
                    let words = rule::split(words, ',').into_iter().map(str::to_owned).collect();
                    self.aliases.insert(name.trim().to_owned(), words);
                }
            }
            _ if first.starts_with("Defaults") => self.defaults(line),
            _ => match Rule::parse(line) {
                Some(rules) => self.rules.extend(rules),
                None => self.is_cut = true,
            },
        }
    }

    /// Only the settings that change what a rule is worth, and only for everybody.
    fn defaults(&mut self, line: &str) {
        let Some(settings) = line.strip_prefix("Defaults").filter(|s| s.starts_with([' ', '\t']))
        else {
            return;
        };
        for setting in settings.split(',').map(str::trim) {
            for name in ["targetpw", "rootpw", "runaspw"] {
                if setting == name {
                    self.asks_for = Some(name);
                } else if setting.strip_prefix('!') == Some(name) && self.asks_for == Some(name) {
                    self.asks_for = None;
                }
            }
        }
    }

    /// What everybody may do on `host`.
    #[must_use]
    pub fn rights(&mut self, host: &str, accounts: &Accounts) -> Rights {
        let mut rights = Rights::default();
        for rule in std::mem::take(&mut self.rules) {
            let users = self.resolved(&rule.users);
            let hosts = self.resolved(&rule.hosts);
            let Some(host) = matching_host(&hosts, host) else { continue };
            let lines = self.lines(&rule, &host);
            let (names, groups) = holders(&users, accounts);
            for name in names {
                self.give(&name, &lines, rights.accounts.entry(name.clone()).or_default());
            }
            for group in groups {
                let holder = format!("%{group}");
                self.give(&holder, &lines, rights.groups.entry(group).or_default());
            }
        }
        if let Some(whose) = self.asks_for {
            for lines in rights.accounts.values_mut().chain(rights.groups.values_mut()) {
                lines.insert(0, format!("Defaults {whose}"));
            }
        }
        rights
    }

    /// Adds the lines, each with its holder in front, as far as there is room.
    fn give(&mut self, holder: &str, lines: &[String], to: &mut Vec<String>) {
        for line in lines {
            let bytes_len = holder.len().saturating_add(line.len());
            if !self.has_room(bytes_len.saturating_add(LINE_COST_BYTES)) {
                return;
            }
            to.push(format!("{holder} {line}"));
        }
    }

    /// Whether so many bytes more may come out; they count as made.
    fn has_room(&mut self, bytes_len: usize) -> bool {
        self.out_bytes_len = self.out_bytes_len.saturating_add(bytes_len).saturating_add(1);
        let has_room = self.out_bytes_len <= OUT_BYTES_MAX;
        self.is_cut |= !has_room;
        has_room
    }

    /// The commands of a rule, each a line of its own without the holder.
    fn lines(&mut self, rule: &Rule, host: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for command in &rule.commands {
            let (users, groups) = (self.resolved(&command.users), self.resolved(&command.groups));
            let as_whom = match (users.is_empty(), groups.is_empty()) {
                (true, true) => "root".to_owned(),
                (_, true) => users.join(", "),
                _ => format!("{}:{}", users.join(", "), groups.join(", ")),
            };
            let tags = command.tags.join(": ");
            let tags = if tags.is_empty() { tags } else { format!("{tags}: ") };
            for what in self.resolved(std::slice::from_ref(&command.what)) {
                let line = format!("{host}=({as_whom}) {tags}{}", without_secrets(&what));
                if !self.has_room(line.len()) {
                    return lines;
                }
                lines.push(line);
            }
        }
        lines
    }

    /// The words with aliases replaced by what they stand for, down to the end; a `!` in front of an
    /// alias goes to all of them.
    fn resolved(&mut self, words: &[String]) -> Vec<String> {
        let mut out = Vec::new();
        let mut todo: Vec<(String, u32)> = words.iter().rev().map(|w| (w.clone(), 0)).collect();
        while let Some((word, depth)) = todo.pop() {
            let has_room = self.has_room(word.len());
            let bare = word.trim_start_matches('!').trim();
            let is_denied = word.len().saturating_sub(word.trim_start_matches('!').len()) % 2 == 1;
            let denied = if is_denied { "!" } else { "" };
            match self.aliases.get(bare) {
                Some(inner)
                    if depth < DEPTH_MAX
                        && todo.len().saturating_add(inner.len()) <= WORDS_MAX
                        && has_room =>
                {
                    let deeper = depth.saturating_add(1);
                    todo.extend(inner.iter().rev().map(|word| (format!("{denied}{word}"), deeper)));
                }
                None if out.len() < WORDS_MAX && has_room => out.push(format!("{denied}{bare}")),
                Some(_) | None => {
                    self.is_cut = true;
                    return out;
                }
            }
        }
        out
    }
}

/// How the list of hosts reads for this one: `ALL`, its name, or as it is if that cannot be told;
/// `None` if it is for others.
fn matching_host(hosts: &[String], host: &str) -> Option<String> {
    let short = host.split('.').next().unwrap_or(host);
    let mut matched = None;
    for word in hosts {
        let (bare, yes) =
            word.strip_prefix('!').map_or((word.as_str(), true), |bare| (bare, false));
        let is_name = bare.chars().all(|char| char.is_alphanumeric() || "-.".contains(char));
        let is_address = bare.chars().all(|char| char.is_ascii_digit() || char == '.');
        if bare == "ALL" || bare == host || bare == short {
            matched = yes.then(|| bare.to_owned());
        } else if yes && (!is_name || is_address) {
            // Addresses, networks, patterns and netgroups: it may well be this host.
            matched = Some(hosts.join(", "));
        }
    }
    matched
}

/// The accounts and the groups that a list of users names. The last word that fits an account
/// decides.
fn holders(users: &[String], accounts: &Accounts) -> (Vec<String>, Vec<String>) {
    let has_denial = users.iter().any(|word| word.starts_with('!'));
    let is_group = |word: &&String| word.starts_with('%') && !has_denial;
    let groups = users
        .iter()
        .filter(is_group)
        .filter_map(|word| {
            let name = word.strip_prefix('%')?.trim_matches('"');
            let gid: Option<u32> = name.strip_prefix('#').and_then(|gid| gid.parse().ok());
            let by_gid = accounts.groups.iter().find(|(_, group)| Some(group.gid) == gid);
            Some(by_gid.map_or_else(|| name.to_owned(), |(name, _)| name.clone()))
        })
        .collect();
    let mut names: Vec<String> = accounts
        .by_name
        .iter()
        .filter(|(name, account)| {
            let fits = |word: &str| match word.strip_prefix('%') {
                Some(group) => has_denial && accounts.groups_of(name).contains(&group),
                None => {
                    word == "ALL"
                        || word == name.as_str()
                        || word.strip_prefix('#') == Some(account.uid.to_string().as_str())
                }
            };
            let decides = users.iter().rfind(|word| fits(word.trim_start_matches('!')));
            decides.is_some_and(|word| !word.starts_with('!'))
        })
        .map(|(name, _)| name.clone())
        .collect();
    // Accounts of a directory are in no table of this host, and can hold rights here all the same.
    let is_name = |word: &&String| {
        !word.starts_with(['!', '%', '+', '#']) && *word != "ALL" && !word.is_empty()
    };
    let others = users.iter().filter(is_name).filter(|n| !accounts.by_name.contains_key(*n));
    names.extend(others.cloned());
    (names, groups)
}

/// A command with every word left out that reads like a secret.
fn without_secrets(command: &str) -> String {
    let word = |word| text::public(str::as_bytes(word)).unwrap_or_else(|| "(not-shown)".to_owned());
    command.split(' ').filter(|part| !part.is_empty()).map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
