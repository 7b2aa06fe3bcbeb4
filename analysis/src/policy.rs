//! The limits that the operator sets, for everything and for classes of subjects.
//!
//! Plain fields: the collector's configuration fills them in. A duration is a span, never a number.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use model::{Body, CredentialKind, IdentityKind, Pattern, Subject, sha256};

use crate::time::days;

/// Limits for everything, and what differs for classes of subjects.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Policy {
    /// What holds where no override says otherwise.
    pub limits: Limits,
    /// Applied in order to the subjects that they are about; the last word counts.
    pub overrides: Vec<Override>,
}

/// What differs for a class of subjects, or for one rule, or both.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Override {
    /// For which subjects and which rule.
    pub when: When,
    /// What differs.
    pub change: Change,
}

/// Which subjects and rules an override is about: those that meet every condition given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct When {
    /// The kind of identity, or `unclaimed`, `scope`, `declaration`.
    pub kind: Option<String>,
    /// The declared environment.
    pub environment: Option<String>,
    /// A label of the identity, and what it must say.
    pub label: Option<(String, Pattern)>,
    /// The rule: its id (`long_lived.age`), or its family (`long_lived`).
    pub rule: Option<String>,
}

/// What an override sets; what is absent stays as it was.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Change {
    /// Replaces [`Limits::off`].
    pub off: Option<bool>,
    /// Replaces [`Limits::access_key_age_max`].
    pub access_key_age_max: Option<SignedDuration>,
    /// Replaces [`Limits::secret_age_max`].
    pub secret_age_max: Option<SignedDuration>,
    /// Replaces [`Limits::token_age_max`].
    pub token_age_max: Option<SignedDuration>,
    /// Replaces [`Limits::password_age_max`].
    pub password_age_max: Option<SignedDuration>,
    /// Replaces [`Limits::key_pair_age_max`].
    pub key_pair_age_max: Option<SignedDuration>,
    /// Replaces [`Limits::end_required`].
    pub end_required: Option<BTreeSet<CredentialKind>>,
    /// Replaces [`Limits::expiry_notice_first`].
    pub expiry_notice_first: Option<SignedDuration>,
    /// Replaces [`Limits::expiry_notice_second`].
    pub expiry_notice_second: Option<SignedDuration>,
    /// Replaces [`Limits::expiry_notice_last`].
    pub expiry_notice_last: Option<SignedDuration>,
    /// Replaces [`Limits::dormant_after`].
    pub dormant_after: Option<SignedDuration>,
    /// Replaces [`Limits::owned_kinds`].
    pub owned_kinds: Option<BTreeSet<String>>,
    /// Replaces [`Limits::owner_roles`].
    pub owner_roles: Option<BTreeSet<OwnerRole>>,
    /// Replaces [`Limits::stale_intervals`].
    pub stale_intervals: Option<u32>,
    /// Replaces [`Limits::strength_bits_min`].
    pub strength_bits_min: Option<u32>,
    /// Replaces [`Limits::strength_bits_min_beyond_2030`].
    pub strength_bits_min_beyond_2030: Option<u32>,
}

/// The limits in force for one subject and one rule. The default is that of the manual.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Whether rules are switched off.
    pub off: bool,
    /// An access key of a cloud is long-lived from this age on: 90 days.
    pub access_key_age_max: SignedDuration,
    /// A secret of which no more is known: 90 days.
    pub secret_age_max: SignedDuration,
    /// A bearer token or API key: 90 days.
    pub token_age_max: SignedDuration,
    /// A password: 365 days, because changing passwords that people know more often makes them
    /// weaker (NIST SP 800-63B); set it lower for classes of machines.
    pub password_age_max: SignedDuration,
    /// A key pair, such as an SSH key: 365 days.
    pub key_pair_age_max: SignedDuration,
    /// Credentials of these kinds must have an end: certificates, secrets and tokens. AWS access
    /// keys can have none, and almost no SSH key has one, so that both are judged by age instead.
    pub end_required: BTreeSet<CredentialKind>,
    /// The first notice of an end, so long before it: 30 days.
    pub expiry_notice_first: SignedDuration,
    /// The second: 14 days.
    pub expiry_notice_second: SignedDuration,
    /// The last: 3 days.
    pub expiry_notice_last: SignedDuration,
    /// Something is dormant if it was not used for so long: 90 days.
    pub dormant_after: SignedDuration,
    /// Kinds of subjects that need owners: all identities but groups, whose members answer, and
    /// not `unclaimed` credentials, for which whoever holds them answers.
    pub owned_kinds: BTreeSet<String>,
    /// The roles for which an owner must be declared: technical and lifecycle.
    pub owner_roles: BTreeSet<OwnerRole>,
    /// A scope is stale if it was not listed to its end for so many of its intervals: 2.
    pub stale_intervals: u32,
    /// Strength that a key must have today, in bits of security (NIST SP 800-131A): 112.
    pub strength_bits_min: u32,
    /// Strength that it must have from 2031 on (NIST SP 800-57): 128.
    pub strength_bits_min_beyond_2030: u32,
}

/// What an owner answers for.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum OwnerRole {
    /// The purpose.
    Business,
    /// Operation.
    Technical,
    /// Rotation and retirement.
    Lifecycle,
}

impl OwnerRole {
    /// Every role, in the order of the manual.
    pub const ALL: [Self; 3] = [Self::Business, Self::Technical, Self::Lifecycle];

    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Technical => "technical",
            Self::Lifecycle => "lifecycle",
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let owned = [
            IdentityKind::AccountRoot,
            IdentityKind::User,
            IdentityKind::Role,
            IdentityKind::HostAccount,
            IdentityKind::Machine,
        ];
        Self {
            off: false,
            access_key_age_max: days(90),
            secret_age_max: days(90),
            token_age_max: days(90),
            password_age_max: days(365),
            key_pair_age_max: days(365),
            end_required: BTreeSet::from([
                CredentialKind::Certificate,
                CredentialKind::Token,
                CredentialKind::Secret,
            ]),
            expiry_notice_first: days(30),
            expiry_notice_second: days(14),
            expiry_notice_last: days(3),
            dormant_after: days(90),
            owned_kinds: owned.iter().map(|kind| kind.name().to_owned()).collect(),
            owner_roles: BTreeSet::from([OwnerRole::Technical, OwnerRole::Lifecycle]),
            stale_intervals: 2,
            strength_bits_min: 112,
            strength_bits_min_beyond_2030: 128,
        }
    }
}

impl Policy {
    /// The limits for `subject`, leaving out what is said of single rules.
    #[must_use]
    pub fn limits_for(&self, subject: &Subject) -> Limits {
        self.limits_where(subject, None)
    }

    /// The limits for `subject` in the eyes of `rule`.
    #[must_use]
    pub fn limits_for_rule(&self, subject: &Subject, rule: &str) -> Limits {
        self.limits_where(subject, Some(rule))
    }

    /// Differs if any limit differs, and if another version of this crate would judge, so that
    /// everything is judged anew after an upgrade.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let text = format!("{self:?}");
        sha256(&[b"policy", env!("CARGO_PKG_VERSION").as_bytes(), text.as_bytes()])
    }

    fn limits_where(&self, subject: &Subject, rule: Option<&str>) -> Limits {
        let mut limits = self.limits.clone();
        for it in self.overrides.iter().filter(|it| it.when.holds(subject, rule)) {
            limits.apply(&it.change);
        }
        limits
    }
}

impl When {
    fn holds(&self, subject: &Subject, rule: Option<&str>) -> bool {
        let kind_holds = self.kind.as_deref().is_none_or(|kind| kind == subject.body.kind_name());
        let environment_holds = self.environment.is_none()
            || self.environment.as_deref() == subject.ownership.environment.as_deref();
        let label_holds = self.label.as_ref().is_none_or(|(label, pattern)| {
            label_of(subject, label).is_some_and(|text| pattern.matches(text))
        });
        let rule_holds = self.rule.as_deref().is_none_or(|wanted| {
            rule.is_some_and(|rule| {
                rule.strip_prefix(wanted)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        });
        kind_holds && environment_holds && label_holds && rule_holds
    }
}

fn label_of<'a>(subject: &'a Subject, label: &str) -> Option<&'a str> {
    match &subject.body {
        Body::Identity(identity) => identity.labels.get(label).map(String::as_str),
        Body::Unclaimed | Body::Scope(_) | Body::Declaration { .. } | Body::Absent => None,
    }
}

impl Limits {
    fn apply(&mut self, change: &Change) {
        set(&mut self.off, change.off.as_ref());
        set(&mut self.access_key_age_max, change.access_key_age_max.as_ref());
        set(&mut self.secret_age_max, change.secret_age_max.as_ref());
        set(&mut self.token_age_max, change.token_age_max.as_ref());
        set(&mut self.password_age_max, change.password_age_max.as_ref());
        set(&mut self.key_pair_age_max, change.key_pair_age_max.as_ref());
        set(&mut self.end_required, change.end_required.as_ref());
        set(&mut self.expiry_notice_first, change.expiry_notice_first.as_ref());
        set(&mut self.expiry_notice_second, change.expiry_notice_second.as_ref());
        set(&mut self.expiry_notice_last, change.expiry_notice_last.as_ref());
        set(&mut self.dormant_after, change.dormant_after.as_ref());
        set(&mut self.owned_kinds, change.owned_kinds.as_ref());
        set(&mut self.owner_roles, change.owner_roles.as_ref());
        set(&mut self.stale_intervals, change.stale_intervals.as_ref());
        set(&mut self.strength_bits_min, change.strength_bits_min.as_ref());
        set(&mut self.strength_bits_min_beyond_2030, change.strength_bits_min_beyond_2030.as_ref());
    }
}

fn set<T: Clone>(limit: &mut T, change: Option<&T>) {
    if let Some(change) = change {
        limit.clone_from(change);
    }
}

#[cfg(test)]
mod tests;
