//! Every action of AWS: its access level, the forms of the resources that it is about, and its risks.
//!
//! ```text
//! catalogue/actions.txt   s3                                a service, by the prefix of its actions
//!                          1 s3:::*/*                       a form of ARN, after the partition
//!                          read 1 GetObject GetObjectAcl    level, forms (`-`: none of its own), names
//! catalogue/risks.txt     data_access                       a risk
//!                          s3 GetObject                     service, names
//! ```
//!
//! Both are taken in as they are committed; `cargo xtask catalogue` makes the first anew.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::pattern::Glob;

/// What an action does, as AWS sorts them.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// Tells which resources there are.
    List,
    /// Tells what is in them.
    Read,
    /// Makes, changes or deletes them.
    Write,
    /// Changes their tags.
    Tagging,
    /// Changes what somebody may do.
    Permissions,
}

impl Level {
    /// All of them, in order.
    pub const ALL: [Self; 5] =
        [Self::List, Self::Read, Self::Write, Self::Tagging, Self::Permissions];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Write => "write",
            Self::Tagging => "tagging",
            Self::Permissions => "permissions",
        }
    }
}

/// What a sensitive action puts at risk.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Risk {
    /// Its answer is or holds a credential.
    CredentialExposure,
    /// It reads what is stored.
    DataAccess,
    /// It is part of a way to more rights.
    PrivilegeEscalation,
    /// It can let others in.
    ResourceExposure,
}

impl Risk {
    /// All of them, in order.
    pub const ALL: [Self; 4] = [
        Self::CredentialExposure,
        Self::DataAccess,
        Self::PrivilegeEscalation,
        Self::ResourceExposure,
    ];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CredentialExposure => "credential_exposure",
            Self::DataAccess => "data_access",
            Self::PrivilegeEscalation => "privilege_escalation",
            Self::ResourceExposure => "resource_exposure",
        }
    }
}

/// The table, read.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) services: Vec<&'static str>,
    /// By their names in lower case. BOUND: fewer than 65,536, which a test holds, as of all lists here.
    pub(super) actions: Vec<Action>,
    pub(super) groups: Vec<Group>,
    /// What stands behind the partition, field by field.
    pub(super) forms: Vec<[&'static str; 4]>,
    /// Sensitive actions, by number.
    pub(super) risks: BTreeMap<u16, Vec<Risk>>,
}

/// One action.
#[derive(Debug)]
pub(super) struct Action {
    /// With its service, in lower case.
    pub(super) lower: String,
    /// As AWS spells it, without its service.
    pub(super) name: &'static str,
    pub(super) group: u16,
}

/// Actions of one service and level on the same resources.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) service: u16,
    pub(super) level: Level,
    /// None if the actions have no resources of their own: they are asked for of `*`.
    pub(super) forms: Vec<u16>,
    pub(super) actions: Vec<u16>,
    /// Those of them that put something at risk.
    pub(super) sensitive: Vec<u16>,
}

pub(super) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(include_str!("catalogue/actions.txt"), include_str!("catalogue/risks.txt"))
});

impl Catalogue {
    fn read(actions: &'static str, risks: &'static str) -> Self {
        let mut catalogue = Self::default();
        let mut forms: BTreeMap<&str, u16> = BTreeMap::new();
        let (mut service, mut prefix) = (0, "");
        for line in actions.lines().filter(|line| !line.starts_with('#')) {
            let Some(entry) = line.strip_prefix(' ') else {
                (service, prefix) = (number(catalogue.services.len()), line);
                catalogue.services.push(line);
                forms.clear();
                continue;
            };
            let mut words = entry.split(' ');
            let (head, on) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
            let Some(level) = Level::ALL.into_iter().find(|level| level.name() == head) else {
                let mut fields = on.splitn(4, ':');
                forms.insert(head, number(catalogue.forms.len()));
                catalogue.forms.push([(); 4].map(|()| fields.next().unwrap_or_default()));
                continue;
            };
            let on = on.split(',').filter_map(|form| forms.get(form).copied()).collect();
            let group = number(catalogue.groups.len());
            let (actions, sensitive) = (Vec::new(), Vec::new());
            catalogue.groups.push(Group { service, level, forms: on, actions, sensitive });
            for name in words {
                let lower = format!("{prefix}:{name}").to_lowercase();
                catalogue.actions.push(Action { lower, name, group });
            }
        }
        catalogue.actions.sort_by(|one, other| one.lower.cmp(&other.lower));
        for (no, action) in catalogue.actions.iter().enumerate() {
            if let Some(group) = catalogue.groups.get_mut(usize::from(action.group)) {
                group.actions.push(number(no));
            }
        }
        catalogue.read_risks(risks);
        for no in catalogue.risks.keys() {
            let group = catalogue.actions.get(usize::from(*no)).map(|it| usize::from(it.group));
            if let Some(group) = group.and_then(|group| catalogue.groups.get_mut(group)) {
                group.sensitive.push(*no);
            }
        }
        catalogue
    }

    fn read_risks(&mut self, risks: &str) {
        let mut at = None;
        for line in risks.lines().filter(|line| !line.starts_with('#')) {
            let Some(entry) = line.strip_prefix(' ') else {
                at = Risk::ALL.into_iter().find(|risk| risk.name() == line);
                continue;
            };
            let mut words = entry.split(' ');
            let service = words.next().unwrap_or_default();
            for name in words {
                let no = self.number_of(&format!("{service}:{name}").to_lowercase());
                if let (Some(no), Some(risk)) = (no, at) {
                    self.risks.entry(no).or_default().push(risk);
                }
            }
        }
    }

    /// The number of an action, given in lower case.
    pub(super) fn number_of(&self, action: &str) -> Option<u16> {
        let found = self.actions.binary_search_by(|it| it.lower.as_str().cmp(action));
        found.ok().map(number)
    }

    pub(super) fn action(&self, no: u16) -> Option<&Action> {
        self.actions.get(usize::from(no))
    }

    pub(super) fn group(&self, no: u16) -> Option<&Group> {
        self.groups.get(usize::from(no))
    }

    /// As AWS spells it: `s3:GetObject`.
    pub(super) fn spelt(&self, no: u16) -> String {
        let Some(action) = self.action(no) else { return String::new() };
        let service = self.group(action.group).and_then(|it| self.service(it.service));
        format!("{}:{}", service.unwrap_or_default(), action.name)
    }

    pub(super) fn service(&self, no: u16) -> Option<&'static str> {
        self.services.get(usize::from(no)).copied()
    }

    /// Every action that `pattern`, in lower case, matches, as runs of numbers; and how many names were
    /// looked at one by one.
    pub(super) fn matched(&self, pattern: &str) -> (Vec<Range<u16>>, usize) {
        let glob = Glob::of(pattern);
        let head = pattern.split(['*', '?']).next().unwrap_or_default();
        let from = self.actions.partition_point(|it| it.lower.as_str() < head);
        let behind = self.actions.get(from..).unwrap_or_default();
        let len = behind.partition_point(|it| it.lower.starts_with(head));
        let within = behind.get(..len).unwrap_or_default();
        let mut runs: Vec<Range<u16>> = Vec::new();
        if matches!(glob, Glob::Any | Glob::Prefix(_)) {
            runs.push(number(from)..number(from.saturating_add(len)));
            return (runs, 0);
        }
        for (no, action) in within.iter().enumerate() {
            if glob.matches(&action.lower) {
                let no = number(from.saturating_add(no));
                match runs.last_mut() {
                    Some(last) if last.end == no => last.end = no.saturating_add(1),
                    Some(_) | None => runs.push(no..no.saturating_add(1)),
                }
            }
        }
        (runs, len)
    }
}

fn number(index: usize) -> u16 {
    u16::try_from(index).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests;
