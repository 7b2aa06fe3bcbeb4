//! How a scope goes through its scans, as a value: what begins, what ends, and who must hear of it.
//!
//! ```text
//!            began                  completed, digests agree
//!  (none) ─────────► Running ────────────────────────────────► Complete
//!                    ▲  │  │        completed, they do not
//!              began │  │  └─────────────────────────────────► Differs
//!                    │  └── abandoned, another began, the spool began anew ──► Abandoned
//! ```
//!
//! Every store keeps a [`ScopeBook`] per agent and scope and moves it with these functions alone, so
//! that no two stores can differ on when a scope counts as covered. Which facts come and go, and how
//! that is kept, is the store's own affair.

use jiff::Timestamp;
use model::{
    AgentId, Began, ScanId, ScanMode, ScopeDigest, ScopeId, ScopeState, ScopeStatus, SubjectId,
};

/// Why an open scan ends when another one of the same scope begins.
pub(super) const OVERTAKEN: &str = "another scan of it began before this one ended";
/// Why open scans end when the agent lost its spool.
pub(super) const SPOOL_ANEW: &str = "the agent's spool began anew";
/// Why open scans end when a batch was refused: something they saw is missing.
pub(super) const BATCH_REFUSED: &str = "a batch of it was refused";

/// What is kept of one scope of one agent.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct ScopeBook {
    /// What callers see.
    pub(super) status: ScopeStatus,
    /// How the last scan that ended stands, while another may be running.
    pub(super) ended: Option<ScopeState>,
    /// The scan that runs.
    pub(super) open: Option<OpenScan>,
    /// How many scans have begun: a sighting says in which of them it was last written.
    pub(super) scans: u64,
    /// How many of the facts held when the open scan began it has not seen, if it lists the whole.
    pub(super) unseen: u64,
}

/// A scan that has begun and not ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct OpenScan {
    pub(super) scan: ScanId,
    pub(super) mode: ScanMode,
}

/// Who must hear of a step.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Heard {
    /// Whether the scope, as a subject, is due.
    pub(super) due: bool,
    /// Whether those whose rights the scope tells are due: until it is listed to its end for the first
    /// time, how its scans end says why the rights are not known.
    pub(super) rights: bool,
    /// Whether the identities that the scope asserts are due: others than before tell of their rights.
    pub(super) identities: bool,
    /// Which declarations that match nothing are due, since the scope may say more of them or less:
    /// those first read after this moment.
    pub(super) unmatched_since: Option<Timestamp>,
    /// What the feed says, if the scope is now covered and was not, or the other way round.
    pub(super) coverage: Option<ScopeStatus>,
}

impl Heard {
    /// Whether a step of `scope` makes the identities due that the scope `accounts` of the same agent
    /// asserts.
    pub(super) fn concerns(&self, scope: &ScopeId, accounts: &ScopeStatus) -> bool {
        (self.rights && accounts.rights.contains(scope))
            || (self.identities && accounts.scope == *scope)
    }
}

impl ScopeBook {
    /// A scope of which no scan has begun yet.
    pub(super) fn new(agent: &AgentId, began: &Began, received_at: Timestamp) -> Self {
        Self {
            status: ScopeStatus {
                agent: agent.clone(),
                scope: began.scope.clone(),
                state: ScopeState::Running,
                first_at: received_at,
                completed_at: None,
                interval: began.interval,
                digest: ScopeDigest::default(),
                rights: began.rights.clone(),
            },
            ended: None,
            open: None,
            scans: 0,
            unseen: 0,
        }
    }

    /// The scope as a subject.
    pub(super) fn subject(&self) -> SubjectId {
        SubjectId::Scope(self.status.agent.clone(), self.status.scope.clone())
    }

    /// What the rules see of it: how the last scan that ended stands, since one that runs proves
    /// nothing yet.
    pub(super) fn judged(&self) -> ScopeStatus {
        let state = self.ended.clone().unwrap_or_else(|| self.status.state.clone());
        ScopeStatus { state, ..self.status.clone() }
    }

    /// A scan begins; the caller has ended the one before.
    pub(super) fn begin(&mut self, began: &Began) -> Heard {
        let first = self.scans == 0;
        let rescheduled = self.status.interval != began.interval;
        self.scans = self.scans.saturating_add(1);
        self.open = Some(OpenScan { scan: began.scan, mode: began.mode });
        self.unseen = self.status.digest.count;
        self.status.state = ScopeState::Running;
        self.status.interval = began.interval;
        let identities = self.status.rights != began.rights;
        self.status.rights.clone_from(&began.rights);
        let unmatched_since = first.then_some(Timestamp::MIN);
        let due = (first || rescheduled) && !self.status.agent.is_collector();
        Heard { due, identities, unmatched_since, ..Heard::default() }
    }

    /// Whether the open scan lists the whole scope.
    pub(super) fn is_whole(&self) -> bool {
        self.open.is_some_and(|open| open.mode == ScanMode::Whole)
    }

    /// The open scan saw a fact that was last written in the scan `scan_no`.
    pub(super) fn seen_again(&mut self, scan_no: u64) {
        if self.is_whole() && scan_no != self.scans {
            self.unseen = self.unseen.saturating_sub(1);
        }
    }

    /// The open scan came to the end of the listing, and both sides now hold `self.status.digest`
    /// and `digest`.
    pub(super) fn complete(&mut self, digest: ScopeDigest, received_at: Timestamp) -> Heard {
        if self.status.digest != digest {
            return self.end(ScopeState::Differs);
        }
        let before = self.status.completed_at.replace(received_at);
        let heard = self.end(ScopeState::Complete);
        // Only what came late can have been found stale meanwhile.
        let waited = received_at.duration_since(before.unwrap_or(self.status.first_at));
        let late = self.status.interval.is_some_and(|interval| waited >= interval);
        // It may be the first completion since a declaration was read.
        let since = before.unwrap_or(Timestamp::MIN);
        Heard {
            due: heard.due || late,
            rights: before.is_none(),
            unmatched_since: heard.unmatched_since.or(Some(since)),
            ..heard
        }
    }

    /// The open scan was given up.
    pub(super) fn abandon(&mut self, reason: &str) -> Heard {
        self.end(ScopeState::Abandoned(reason.to_owned()))
    }

    fn end(&mut self, state: ScopeState) -> Heard {
        let covered = state == ScopeState::Complete;
        let covered_before = self.ended.as_ref().map(|ended| *ended == ScopeState::Complete);
        let due = self.ended.as_ref() != Some(&state);
        self.open = None;
        self.unseen = 0;
        self.status.state = state.clone();
        self.ended = Some(state);
        // A scope whose first scan was given up was not covered before, and is not now.
        let turned = covered != covered_before.unwrap_or(false);
        let unmatched_since = turned.then_some(Timestamp::MIN);
        let rights = due && self.status.completed_at.is_none();
        // What the collector works out is no look at anything, which could be incomplete.
        let is_look = !self.status.agent.is_collector();
        let (due, rights) = (due && is_look, rights && is_look);
        let coverage = (turned && is_look).then(|| self.status.clone());
        Heard { due, rights, unmatched_since, coverage, ..Heard::default() }
    }
}
