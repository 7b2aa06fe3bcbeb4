//! What the rules have in common: how a claim becomes a conclusion.

use jiff::{SignedDuration, Timestamp};
use model::{
    About, Body, Conclusion, End, Evidence, Held, Identity, Placement, ScopeId, Subject, Unknown,
    Use,
};

use super::{Cx, Rule, Verdict};
use crate::severity::{self, Part, Parts};

/// A claim that has no score yet.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) about: About,
    pub(super) because: String,
    pub(super) evidence: Vec<Evidence>,
    pub(super) remedy: String,
    pub(super) exposure: Part,
    pub(super) time: Part,
}

impl Verdict {
    /// Adds a claim about `subject`; what it can do and who answers for it make up its score.
    pub(super) fn claim(&mut self, rule: &Rule, subject: &Subject, cx: &Cx<'_>, claim: Claim) {
        let Claim { about, because, evidence, remedy, exposure, time } = claim;
        let privilege = severity::privilege(cx.power);
        let owner = severity::owner(&subject.ownership, cx.limits);
        let parts = Parts { privilege, exposure, time, owner };
        let claim = Scored { about, because, evidence, remedy, parts };
        self.conclude(rule, claim);
    }

    /// Adds a claim of which all factors are given.
    pub(super) fn conclude(&mut self, rule: &Rule, claim: Scored) {
        let score = claim.parts.score();
        self.conclusions.push(Conclusion {
            rule: rule.id.clone(),
            about: claim.about,
            severity: severity::of_score(score),
            score,
            factors: claim.parts.factors(),
            because: claim.because,
            evidence: claim.evidence,
            remedy: claim.remedy,
        });
    }

    /// Adds that the rule could not judge `about`.
    pub(super) fn unknown(&mut self, rule: &Rule, about: &About, why: impl Into<String>) {
        let about = about.plain().to_owned();
        self.unknown.push(Unknown { rule: rule.id.clone(), about, why: why.into() });
    }
}

/// A claim with all its factors.
#[derive(Debug)]
pub(super) struct Scored {
    pub(super) about: About,
    pub(super) because: String,
    pub(super) evidence: Vec<Evidence>,
    pub(super) remedy: String,
    pub(super) parts: Parts,
}

/// A fact that carries a claim, and the scopes that tell it.
pub(super) fn evidence(what: &str, says: impl Into<String>, seen_in: &[ScopeId]) -> Evidence {
    let scopes: Vec<&str> = seen_in.iter().map(ScopeId::as_str).collect();
    Evidence { what: what.to_owned(), says: says.into(), seen_in: scopes.join(", ") }
}

/// Where a credential lies, and who can read it there.
pub(super) fn placed(subject: &Subject, placement: &Placement) -> Evidence {
    let readers = placement.readers.map_or("unknown readers", |readers| match readers {
        model::Readers::Service => "a secret service",
        model::Readers::Owner => "its owner",
        model::Readers::Group => "a group",
        model::Readers::Everyone => "everyone on the host",
    });
    let mode = placement.details.get("mode").map(|mode| format!(", mode {mode}"));
    let says = format!(
        "`{}` ({}), readable by {readers}{}",
        placement.id,
        placement.kind,
        mode.unwrap_or_default()
    );
    evidence("placement", says, &scopes_of(subject, placement))
}

/// The scopes that could have told of a place: those of its host or account; else all.
fn scopes_of(subject: &Subject, placement: &Placement) -> Vec<ScopeId> {
    let realm = placement.realm.rsplit(':').next().unwrap_or_default();
    let near = |scope: &&ScopeId| scope.as_str().split('/').nth(1) == Some(realm);
    let found: Vec<ScopeId> = subject.scopes.iter().filter(near).cloned().collect();
    if found.is_empty() { subject.scopes.clone() } else { found }
}

/// The credential of `held`, as something that a claim is about.
pub(super) fn about(held: &Held) -> About {
    About::Credential(held.credential.id.clone())
}

/// What is known of the making of a credential, as evidence.
pub(super) fn created(held: &Held) -> Option<Evidence> {
    let at = held.credential.created_at?;
    Some(evidence("created", at.to_string(), &held.scopes))
}

/// A use, as people read it.
pub(super) fn spell_use(used: Use) -> String {
    match used {
        Use::Unknown => "not told".to_owned(),
        Use::Never => "never".to_owned(),
        Use::NotSince(at) => format!("not since {at}; of what was before nobody tells"),
        Use::At(at) => at.to_string(),
    }
}

/// The identity that `subject` is, if it is one.
pub(super) fn identity(subject: &Subject) -> Option<&Identity> {
    match &subject.body {
        Body::Identity(identity) => Some(identity),
        Body::Unclaimed | Body::Scope(_) | Body::Declaration { .. } | Body::Absent => None,
    }
}

/// The credentials that rules look at: those of the subject that may still be accepted and did not
/// come with the system. Who made the subject does not matter: a key that somebody gave to `root` is
/// the organisation's.
pub(super) fn credentials(subject: &Subject) -> impl Iterator<Item = &Held> {
    subject.credentials.iter().filter(|held| {
        held.credential.enabled != Some(false)
            && held.credential.maker == model::Maker::Organisation
    })
}

/// Those of [`credentials`] that have not ended by themselves. The verdict is to be asked for again
/// when the next of them does.
pub(super) fn live<'s>(subject: &'s Subject, cx: &Cx<'_>, verdict: &mut Verdict) -> Vec<&'s Held> {
    let mut live = Vec::new();
    for held in credentials(subject) {
        match ended_at(held) {
            Some(at) if at <= cx.as_of => (),
            ended_at => {
                verdict.recheck(ended_at);
                live.push(held);
            }
        }
    }
    live
}

/// No session of AWS lasts longer (`GetSessionToken`).
const SESSION_MAX: SignedDuration = SignedDuration::from_hours(36);

/// The end of a temporary key of AWS, which lies in files that were written when it was alive.
fn session_ended_at(held: &Held) -> Option<Timestamp> {
    if !held.credential.id.as_str().starts_with("aws_access_key:ASIA") {
        return None;
    }
    let mut written_at = None;
    for placement in &held.placements {
        written_at = written_at.max(Some(placement.modified_at?));
    }
    written_at.map(|at| crate::time::after(at, SESSION_MAX))
}

/// When a credential can no longer be used. A certificate holds through the whole second in which
/// it ends (RFC 5280, 4.1.2.5); all others end with its beginning.
pub(super) fn ended_at(held: &Held) -> Option<Timestamp> {
    let End::At(at) = held.credential.ends else { return session_ended_at(held) };
    match held.credential.kind {
        model::CredentialKind::Certificate => {
            Some(crate::time::after(at, SignedDuration::from_secs(1)))
        }
        model::CredentialKind::AccessKey
        | model::CredentialKind::Password
        | model::CredentialKind::Mfa
        | model::CredentialKind::KeyPair
        | model::CredentialKind::Token
        | model::CredentialKind::Secret
        | model::CredentialKind::Federation
        | model::CredentialKind::ManagedKey => Some(at),
    }
}
