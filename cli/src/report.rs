//! What `audit` and `quickstart` tell: everything found, gathered from a collector's answers.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{Finding, ScopeStatus};
use proto::v1;
use serde_json::{Value, json};

use crate::client::Client;
use crate::failure::Failure;
use crate::view::{coverage, list, text};

/// What was found.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    /// The moment for which it holds.
    pub(crate) as_of: Timestamp,
    /// How much there is.
    pub(crate) counts: Counts,
    /// Identities and unclaimed credentials, as `docs/schema/identity.json` says.
    pub(crate) identities: Vec<Value>,
    /// Open findings, the most severe first.
    pub(crate) findings: Vec<Finding>,
    /// Every scope, in order.
    pub(crate) scopes: Vec<ScopeStatus>,
    /// What principals of AWS may do, as `docs/schema/privilege.json` says.
    pub(crate) privileges: Vec<Value>,
    /// What the rules could not judge.
    pub(crate) unknown: Vec<v1::UnknownCount>,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    /// Identities that a source named.
    pub(crate) identities: usize,
    /// Different credentials, wherever they were seen.
    pub(crate) credentials: usize,
    /// Places where credential material lies.
    pub(crate) placements: usize,
}

/// The questions that everyone comes with, and the rest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Headline {
    /// Nobody who is there answers for it.
    Orphaned,
    /// It may do more than it should, or too many may be it.
    OverPrivileged,
    /// Its proof is older than allowed, or has no end.
    LongLived,
    /// What proves it lies where others can read it, or serves several.
    Exposed,
    /// Anything else.
    Other,
}

impl Headline {
    /// All of them, in the order of the screen.
    pub(crate) const ALL: [Self; 5] =
        [Self::Orphaned, Self::OverPrivileged, Self::LongLived, Self::Exposed, Self::Other];

    /// Where a finding belongs, by the family of its rule.
    pub(crate) fn of(finding: &Finding) -> Self {
        match family(finding) {
            "orphaned" => Self::Orphaned,
            "privilege" | "trust" => Self::OverPrivileged,
            "long_lived" => Self::LongLived,
            "exposed" | "reused" => Self::Exposed,
            _ => Self::Other,
        }
    }

    /// Its key in JSON.
    fn key(self) -> &'static str {
        match self {
            Self::Orphaned => "orphaned",
            Self::OverPrivileged => "over_privileged",
            Self::LongLived => "long_lived",
            Self::Exposed => "exposed",
            Self::Other => "other",
        }
    }
}

/// The family of a finding's rule: what is before the dot.
pub(crate) fn family(finding: &Finding) -> &str {
    let rule = finding.conclusion.rule.as_str();
    rule.split_once('.').map_or(rule, |(family, _)| family)
}

impl Report {
    /// Asks for everything.
    pub(crate) async fn gather(client: &mut Client, as_of: Timestamp) -> Result<Self, Failure> {
        let all = v1::IdentitiesRequest::default();
        let (identities, _) = client.identities(&all, None, |_| ()).await?;
        let findings = client.findings(&v1::FindingsRequest::default()).await?;
        let (scopes, unknown) = client.coverage().await?;
        let counts = Counts::of(&identities);
        let privileges = Vec::new();
        Ok(Self { as_of, counts, identities, findings, scopes, privileges, unknown })
    }

    /// The findings under a headline, the most severe first.
    pub(crate) fn under(&self, headline: Headline) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| Headline::of(finding) == headline).collect()
    }

    /// The scopes that were not seen to the end.
    pub(crate) fn gaps(&self) -> Vec<&ScopeStatus> {
        let is_gap = |scope: &&ScopeStatus| scope.state != model::ScopeState::Complete;
        self.scopes.iter().filter(is_gap).collect()
    }

    /// One document, as `docs/schema/report.json` says.
    pub(crate) fn json(&self) -> Value {
        let count = |headline| subjects(&self.under(headline));
        let headlines: serde_json::Map<String, Value> = Headline::ALL
            .into_iter()
            .map(|headline| (headline.key().to_owned(), count(headline).into()))
            .collect();
        let findings: Vec<Value> = self.findings.iter().map(proto::json::finding).collect();
        let scopes: Vec<Value> = self.scopes.iter().map(proto::json::scope_status).collect();
        json!({
            "as_of": proto::json::moment(self.as_of),
            "counts": {
                "identities": self.counts.identities,
                "credentials": self.counts.credentials,
                "placements": self.counts.placements,
            },
            "headlines": headlines,
            "identities": self.identities,
            "findings": findings,
            "coverage": scopes,
            "privileges": self.privileges,
            "unknown": coverage::unknown_values(&self.unknown),
        })
    }
}

/// How many identities the findings are about.
pub(crate) fn subjects(findings: &[&Finding]) -> usize {
    findings.iter().map(|finding| &finding.subject).collect::<BTreeSet<_>>().len()
}

impl Counts {
    /// Counts what the identities hold; what several of them hold counts once.
    pub(crate) fn of(identities: &[Value]) -> Self {
        let ids = |key: &'static str| {
            let items = identities.iter().flat_map(move |identity| list(identity, key));
            items.map(|item| text(item, "id")).collect::<BTreeSet<_>>().len()
        };
        let named = identities.iter().filter(|identity| text(identity, "kind") != "unclaimed");
        Self {
            identities: named.count(),
            credentials: ids("credentials"),
            placements: ids("placements"),
        }
    }
}
