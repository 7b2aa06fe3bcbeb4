//! One rule of sudoers: who may, on which hosts, run what as whom.

use std::rc::Rc;

/// One rule.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Rule {
    /// Shared by all rules of a line, which may be many.
    pub(super) users: Rc<[String]>,
    pub(super) hosts: Vec<String>,
    pub(super) commands: Vec<Command>,
}

/// One command of a rule, with what holds for it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Command {
    /// As whom; empty with [`Self::groups`] for root.
    pub(super) users: Vec<String>,
    pub(super) groups: Vec<String>,
    /// `NOPASSWD` and the like.
    pub(super) tags: Vec<String>,
    /// A program with its arguments, `ALL`, a folder, or an alias; a `!` in front denies.
    pub(super) what: String,
}

const TAGS: &[&str] = &[
    "EXEC",
    "FOLLOW",
    "INTERCEPT",
    "LOG_INPUT",
    "LOG_OUTPUT",
    "MAIL",
    "NOEXEC",
    "NOFOLLOW",
    "NOINTERCEPT",
    "NOLOG_INPUT",
    "NOLOG_OUTPUT",
    "NOMAIL",
    "NOPASSWD",
    "NOSETENV",
    "PASSWD",
    "SETENV",
];
/// Settings in front of a command, which have an `=` too.
const OPTIONS: &[&str] = &[
    "APPARMOR_PROFILE",
    "CHROOT",
    "CWD",
    "LIMITPRIVS",
    "NOTAFTER",
    "NOTBEFORE",
    "PRIVS",
    "ROLE",
    "TIMEOUT",
    "TYPE",
];

impl Rule {
    /// The rules of a line, one for every list of hosts; `None` if it is no rule.
    pub(super) fn parse(line: &str) -> Option<Vec<Self>> {
        let mut parts: Vec<String> = Vec::new();
        for part in split(line, '=') {
            // A setting in front of a command is no end of a list of hosts.
            match parts.last_mut() {
                Some(last) if ends_with_option(last) => {
                    last.push('=');
                    last.push_str(part);
                }
                _ => parts.push(part.to_owned()),
            }
        }
        let mut parts = parts.into_iter();
        let head = parts.next()?;
        // A list has no blanks but beside its commas; the list of hosts is the last.
        let head = head.replace(" ,", ",").replace(", ", ",").replace("! ", "!");
        let (users, hosts) = head.trim().rsplit_once(char::is_whitespace)?;
        let users: Rc<[String]> = words(users).into();
        let mut hosts = words(hosts);
        let mut rules = Vec::new();
        let mut parts = parts.peekable();
        while let Some(part) = parts.next() {
            // What stands after the last colon before a further `=` is the next list of hosts.
            let (commands, next) = match parts.peek() {
                Some(_) => part.rsplit_once(':').map(|(commands, next)| (commands, words(next)))?,
                None => (part.as_str(), Vec::new()),
            };
            let commands = self::commands(commands)?;
            rules.push(Self { users: Rc::clone(&users), hosts, commands });
            hosts = next;
        }
        (!rules.is_empty()).then_some(rules)
    }
}

/// The commands of a list. As whom and the tags hold until others are said.
fn commands(list: &str) -> Option<Vec<Command>> {
    let mut all: Vec<Command> = Vec::new();
    let mut current = Command::default();
    for part in split(list, ',') {
        let mut rest = part.trim();
        if let Some(inner) = rest.strip_prefix('(') {
            let (as_whom, after) = inner.split_once(')')?;
            let (users, groups) = as_whom.split_once(':').unwrap_or((as_whom, ""));
            (current.users, current.groups) = (words(users), words(groups));
            // An empty list is whoever asks, not root.
            if current.users.is_empty() && current.groups.is_empty() {
                current.groups.push(String::new());
            }
            rest = after.trim_start();
        }
        loop {
            let tagged = TAGS.iter().find_map(|tag| {
                let after = rest.strip_prefix(tag)?.trim_start().strip_prefix(':')?;
                Some((*tag, after))
            });
            let option = rest.split_once('=').filter(|(name, _)| OPTIONS.contains(name));
            rest = match (tagged, option) {
                (Some((tag, after)), _) => {
                    set_tag(&mut current.tags, tag);
                    after.trim_start()
                }
                (None, Some((_, after))) => after.split_once(' ').map_or("", |(_, rest)| rest),
                (None, None) => break,
            };
        }
        if rest.is_empty() {
            return None;
        }
        all.push(Command { what: rest.to_owned(), ..current.clone() });
    }
    Some(all)
}

/// `PASSWD` takes `NOPASSWD` back, and so with all of them.
fn set_tag(tags: &mut Vec<String>, tag: &str) {
    let opposite = tag.strip_prefix("NO").map_or_else(|| format!("NO{tag}"), str::to_owned);
    tags.retain(|other| *other != opposite && other != tag);
    if tag.starts_with("NO") || tag == "SETENV" {
        tags.push(tag.to_owned());
    }
}

fn ends_with_option(part: &str) -> bool {
    let last = part.trim_end().rsplit([' ', '\t', ',', ':', ')']).next().unwrap_or_default();
    OPTIONS.contains(&last)
}

fn words(list: &str) -> Vec<String> {
    let words = split(list, ',').into_iter().map(str::trim);
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Splits at a character that is not escaped, quoted or in brackets.
pub(super) fn split(text: &str, at: char) -> Vec<&str> {
    let (mut escaped, mut quoted, mut depth) = (false, false, 0_u32);
    text.split(move |char: char| {
        let is_plain = !escaped && !quoted && depth == 0;
        match char {
            '"' if !escaped => quoted = !quoted,
            '(' if !escaped && !quoted => depth = depth.saturating_add(1),
            ')' if !escaped && !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        escaped = char == '\\' && !escaped;
        is_plain && char == at
    })
    .collect()
}
