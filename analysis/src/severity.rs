//! How bad a claim is: a product of four factors, the same for ever for the same inputs.
//!
//! ```text
//! score = privilege × exposure × time × owner        each in hundredths, the product rounded to 0..100
//!
//! privilege   what it can do          40 nothing known  60 something  70 unknown  85 a whole service
//!                                     90 it can come to more  100 everything
//! exposure    who can get at it        5 a server's own key  20 a secret service  40 its owner  50 unknown
//!                                     80 a group  100 everyone on the host
//! time        for how long            by the rule: 60 at the limit, 75 at twice, 90 at 4 times, 100 at 8 times
//! owner       whether anyone answers  60 for every role  80 for some, or disputed  100 nobody who is there
//!
//! info < 6 <= low < 20 <= medium < 40 <= high < 65 <= critical
//! ```

use jiff::{SignedDuration, Timestamp};
use model::{
    Body, Factor, Maker, Ownership, Placement, PlacementKind, Presence, Readers, Severity, Subject,
};

use crate::owners::role_answers;
use crate::policy::{Limits, OwnerRole};
use crate::power::Power;
use crate::time;

/// What the manual says about the score.
pub(crate) const MANUAL: &str = "\
The score is computed, never guessed, and the same for ever for the same facts:

`score = privilege × exposure × time × owner`, each in hundredths, the product rounded to 0 to 100.

| factor | asks | hundredths |
| --- | --- | --- |
| privilege | what can it do | 40 no policy applies; 60 something; 70 not known; 85 every action of a service on everything; 90 everything, under conditions, or it can make itself able to do more; 100 everything |
| exposure | who can get at it | 5 a server's own key in a folder of the system, for its owner alone; 20 nobody outside a service made for secrets; 40 the owner of the place; 50 no place is known; 80 a group, or several hosts; 100 everyone on the host |
| time | for how long | against the limit of the rule: 60 from the limit on, 75 from twice, 90 from 4 times, 100 from 8 times as long; rules that hold at once say what they take |
| owner | does anyone answer | 60 somebody who is there for every role asked for; 80 for some of them, or declarations disagree; 100 nobody who is there |

| severity | score |
| --- | --- |
| critical | 65 to 100 |
| high | 40 to 64 |
| medium | 20 to 39 |
| low | 6 to 19 |
| info | 0 to 5 |

Every finding carries its four factors, each with its reason.
";

/// One factor: hundredths, and why so much.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Part {
    /// 0 to 100.
    pub percent: u8,
    /// Why, in a few words.
    pub why: String,
}

impl Part {
    /// A factor; more than 100 counts as 100.
    pub fn new(percent: u8, why: impl Into<String>) -> Self {
        Self { percent: percent.min(100), why: why.into() }
    }
}

/// The four factors of a score.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parts {
    /// What it can do.
    pub privilege: Part,
    /// Who can get at it.
    pub exposure: Part,
    /// For how long.
    pub time: Part,
    /// Whether anyone answers.
    pub owner: Part,
}

impl Parts {
    /// The score, 0 to 100. Grows with each factor.
    #[must_use]
    pub fn score(&self) -> u8 {
        let product = [&self.privilege, &self.exposure, &self.time, &self.owner]
            .into_iter()
            .map(|part| u64::from(part.percent))
            .fold(1_u64, u64::saturating_mul);
        let rounded = product.saturating_add(500_000).checked_div(1_000_000).unwrap_or_default();
        u8::try_from(rounded).unwrap_or(100)
    }

    /// The factors as a finding shows them.
    #[must_use]
    pub fn factors(self) -> Vec<Factor> {
        let named = [
            ("privilege", self.privilege),
            ("exposure", self.exposure),
            ("time", self.time),
            ("owner", self.owner),
        ];
        let factor = |(name, Part { percent, why }): (&str, Part)| Factor {
            name: name.to_owned(),
            percent,
            why,
        };
        named.into_iter().map(factor).collect()
    }
}

/// The severity of a score.
#[must_use]
pub fn of_score(score: u8) -> Severity {
    match score {
        65.. => Severity::Critical,
        40..65 => Severity::High,
        20..40 => Severity::Medium,
        6..20 => Severity::Low,
        0..6 => Severity::Info,
    }
}

/// What the subject can do.
pub(crate) fn privilege(power: &Power) -> Part {
    match power {
        Power::Administrator(proof) if proof.provisos.is_empty() => {
            Part::new(100, format!("may do everything in {}", proof.realm))
        }
        Power::Administrator(proof) => {
            Part::new(90, format!("may do everything in {}, under conditions", proof.realm))
        }
        Power::Escalates(1) => Part::new(90, "can make itself able to do more, in one step"),
        Power::Escalates(steps) => {
            Part::new(90, format!("can make itself able to do more, in {steps} steps"))
        }
        Power::Broad(what) => Part::new(85, format!("every action on everything of: {what}")),
        Power::Limited(1) => Part::new(60, "one policy allows something"),
        Power::Limited(count) => Part::new(60, format!("{count} policies allow something")),
        Power::Nothing => Part::new(40, "no policy allows anything"),
        Power::Unknown(why) => Part::new(70, why.clone()),
    }
}

/// Whether anyone answers for the subject, in the roles that its class needs.
pub(crate) fn owner(ownership: &Ownership, limits: &Limits) -> Part {
    let active = |role: OwnerRole| {
        role_answers(ownership, role).iter().any(|answer| answer.presence == Presence::Active)
    };
    let anyone = OwnerRole::ALL.into_iter().any(active);
    let missing: Vec<&str> =
        limits.owner_roles.iter().filter(|role| !active(**role)).map(|role| role.name()).collect();
    if !anyone {
        let declared = !ownership.declarations.is_empty();
        let why = if declared { "no declared owner is there" } else { "nobody is declared" };
        return Part::new(100, why);
    }
    if !missing.is_empty() {
        return Part::new(80, format!("no {} owner is there", missing.join(" or ")));
    }
    if !ownership.disputed.is_empty() {
        return Part::new(80, "declarations disagree");
    }
    Part::new(60, "owners are declared and there")
}

/// Who can get at a place.
pub(crate) fn exposure_of(placement: &Placement) -> Part {
    let id = &placement.id;
    match placement.readers {
        Some(Readers::Everyone) => Part::new(100, format!("everyone on the host can read `{id}`")),
        Some(Readers::Group) => Part::new(80, format!("a group can read `{id}`")),
        Some(Readers::Owner) if is_servers_own(placement) => {
            Part::new(5, format!("only the system can read `{id}`, where servers keep keys"))
        }
        Some(Readers::Owner) => Part::new(40, format!("only its owner can read `{id}`")),
        Some(Readers::Service) => Part::new(20, format!("a secret service keeps `{id}`")),
        None => Part::new(50, format!("who can read `{id}` is not known")),
    }
}

/// Who can get at a secret in any of its places.
pub(crate) fn exposure<'a>(placements: impl IntoIterator<Item = &'a Placement>) -> Part {
    let secret = placements.into_iter().filter(|placement| holds_secret(placement.kind));
    let widest = secret.map(exposure_of).max_by_key(|part| part.percent);
    widest.unwrap_or_else(|| Part::new(50, "no place where the secret lies is known"))
}

/// Who can get at any secret of the subject.
pub(crate) fn exposure_of_subject(subject: &Subject) -> Part {
    exposure(subject.credentials.iter().flat_map(|held| &held.placements))
}

/// Whether a place of that kind holds what must be kept secret.
pub(crate) fn holds_secret(kind: PlacementKind) -> bool {
    match kind {
        PlacementKind::SecretFile
        | PlacementKind::PrivateKeyFile
        | PlacementKind::HostKeyFile
        | PlacementKind::AgentSocket
        | PlacementKind::CloudStore => true,
        PlacementKind::AuthorizedKey | PlacementKind::CertificateFile => false,
    }
}

/// A private key in a folder where the system and its servers keep theirs: a server that starts
/// alone cannot ask for a passphrase.
fn is_servers_own(placement: &Placement) -> bool {
    const FOLDERS: [&str; 4] = ["/etc/", "/var/lib/", "/usr/", "/opt/"];
    let is_key =
        matches!(placement.kind, PlacementKind::PrivateKeyFile | PlacementKind::HostKeyFile);
    is_key && FOLDERS.iter().any(|folder| placement.path.starts_with(folder))
}

/// For how long a limit has been passed, which began to count at `from`: the factor, and when it
/// grows next. Before the limit it is 0.
pub(crate) fn overdue(
    from: Timestamp,
    limit: SignedDuration,
    as_of: Timestamp,
) -> (Part, Option<Timestamp>) {
    let mut part = Part::new(0, "not yet");
    for (factor, percent) in [(1, 60), (2, 75), (4, 90), (8, 100)] {
        let at = time::after(from, time::times(limit, factor));
        if as_of < at {
            return (part, Some(at));
        }
        let many = if factor == 1 { String::new() } else { format!("{factor} times ") };
        part = Part::new(percent, format!("for {many}{} or more", time::spell(limit)));
    }
    (part, None)
}

/// For how long the subject has been there, for claims that hold from the first day on: the factor,
/// and when it grows next.
pub(crate) fn existing(subject: &Subject, as_of: Timestamp) -> (Part, Option<Timestamp>) {
    let created_at = match &subject.body {
        Body::Identity(identity) => identity.created_at,
        Body::Unclaimed => subject.credentials.first().and_then(|it| it.credential.created_at),
        Body::Scope(_) | Body::Declaration { .. } | Body::Absent => None,
    };
    let Some(created_at) = created_at else { return (Part::new(80, "its age is not known"), None) };
    let mut part = Part::new(60, "younger than 90 days");
    for (days, percent) in [(90, 75), (365, 90), (1_095, 100)] {
        let at = time::after(created_at, time::days(days));
        if as_of < at {
            return (part, Some(at));
        }
        part = Part::new(percent, format!("there for {days} days or more"));
    }
    (part, None)
}

/// Whether the organisation made the subject, and so is to act on it.
pub(crate) fn is_organisations(subject: &Subject) -> bool {
    match &subject.body {
        Body::Identity(identity) => identity.maker == Maker::Organisation,
        Body::Unclaimed => subject
            .credentials
            .first()
            .is_some_and(|held| held.credential.maker == Maker::Organisation),
        Body::Scope(_) | Body::Declaration { .. } => true,
        Body::Absent => false,
    }
}

#[cfg(test)]
mod tests;
