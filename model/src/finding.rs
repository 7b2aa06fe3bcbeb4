//! What the rules have to say.

use jiff::Timestamp;

use crate::fact::named;
use crate::{CredentialId, FindingId, OwnerId, PlacementId, RuleId, SubjectId, hex, sha256};

named! {
    /// How bad it is. The score behind it is in [`Conclusion::score`].
    Severity {
        /// Worth knowing.
        Info = "info",
        /// Worth tidying.
        Low = "low",
        /// Worth planning.
        Medium = "medium",
        /// Worth doing today.
        High = "high",
        /// Worth waking somebody.
        Critical = "critical",
    }
}

/// What a rule claims about one subject now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Conclusion {
    /// Which rule.
    pub rule: RuleId,
    /// Tells apart several claims of one rule about one subject.
    pub about: About,
    /// How bad, from the score.
    pub severity: Severity,
    /// 0 to 100, the product of the factors.
    pub score: u8,
    /// What the score was made of, in a fixed order.
    pub factors: Vec<Factor>,
    /// One sentence for a human.
    pub because: String,
    /// The facts that carry the claim, in the order of the argument.
    pub evidence: Vec<Evidence>,
    /// What to do, as a command or a text to paste where there is one.
    pub remedy: String,
}

/// What part of the subject a claim is about.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum About {
    /// The subject as a whole.
    #[default]
    Subject,
    /// One of its credentials.
    Credential(CredentialId),
    /// A place where one of its credentials lies.
    Placement(PlacementId),
}

impl About {
    /// The id without its kind; empty for the subject as a whole.
    pub fn plain(&self) -> &str {
        match self {
            Self::Subject => "",
            Self::Credential(id) => id.as_str(),
            Self::Placement(id) => id.as_str(),
        }
    }
}

/// One factor of a score.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Factor {
    /// `privilege`, `exposure`, `time` or `owner`.
    pub name: String,
    /// In hundredths.
    pub percent: u8,
    /// Why so much.
    pub why: String,
}

/// A fact that carries a claim.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// What it tells: `created`, `last used`, `policy`, `mode`.
    pub what: String,
    /// What it says.
    pub says: String,
    /// Where it was seen: a scope, a file and line.
    pub seen_in: String,
}

/// A conclusion with a life of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The same for as long as the rule can claim this of this subject.
    pub id: FindingId,
    /// Whom it is about.
    pub subject: SubjectId,
    /// What the subject is: a kind of identity, or `unclaimed`, `scope`, `declaration`.
    pub subject_kind: String,
    /// The kind of source that knows the subject.
    pub source: String,
    /// Who is to answer: the technical owners if there are any, else the others.
    pub owners: Vec<OwnerId>,
    /// What is claimed.
    pub conclusion: Conclusion,
    /// How it stands.
    pub state: FindingState,
    /// Since when it stands.
    pub opened_at: Timestamp,
    /// When it last read differently.
    pub updated_at: Timestamp,
}

impl Finding {
    /// The id of the finding that `rule` makes of `subject` about `about`.
    #[must_use]
    pub fn id_of(rule: &RuleId, subject: &SubjectId, about: &About) -> FindingId {
        let kind = match about {
            About::Subject => "subject",
            About::Credential(_) => "credential",
            About::Placement(_) => "placement",
        };
        let parts: [&[u8]; 4] = [
            rule.as_str().as_bytes(),
            &subject.to_string().into_bytes(),
            kind.as_bytes(),
            about.plain().as_bytes(),
        ];
        let digest = sha256(&parts);
        let short: Vec<u8> = digest.into_iter().take(10).collect();
        FindingId(format!("f-{}", hex(&short)))
    }
}

named! {
    /// How a finding stands.
    FindingState {
        /// It holds.
        Open = "open",
        /// A later complete scan no longer supports it.
        Resolved = "resolved",
    }
}

/// One step in a finding's life.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FindingChange {
    /// It was not there before.
    Opened(Finding),
    /// It is still there and reads differently.
    Updated(Finding),
    /// It no longer holds; why is in the second field.
    Resolved(Finding, String),
}

impl FindingChange {
    /// The finding as it is after the change.
    #[must_use]
    pub fn finding(&self) -> &Finding {
        match self {
            Self::Opened(finding) | Self::Updated(finding) | Self::Resolved(finding, _) => finding,
        }
    }
}
