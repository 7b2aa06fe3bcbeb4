//! Places where machine identities can be found, and how they report.
//!
//! One file or folder per source, all listed in the agent's registry. A source lists, and says for
//! every scope whether it came to the end; it never retries on its own, never compares with an
//! earlier scan and never decides that something is gone.

use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use model::{Fact, ScanId, ScopeId};
use tokio::sync::mpsc;

#[cfg(feature = "aws")]
pub mod aws_iam;
mod certificate;
mod der;
pub mod host;
mod public_key;
pub mod registry;
mod text;

/// A place where machine identities and their credentials can be found.
#[async_trait]
pub trait Source: Send + Sync {
    /// Name in configuration, metrics and scope ids. Never changes once released.
    fn kind(&self) -> &'static str;

    /// Walks everything this source can see, once.
    ///
    /// Open a [`ScopeScan`] for each part that can be listed to its end on its own, and
    /// [complete](ScopeScan::complete) it only when its listing reached the end.
    ///
    /// # Errors
    ///
    /// Only if nothing at all could be listed. Trouble within one scope is told with
    /// [`ScopeScan::abandon`], and the walk goes on.
    async fn scan(&self, out: &Emitter) -> Result<(), ScanError>;
}

/// Why a source could not be scanned at all.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The source refused our credentials; trying again will not help.
    #[error("access to `{endpoint}` denied")]
    Denied {
        /// Whom we asked.
        endpoint: String,
        /// What it answered.
        #[source]
        source: BoxError,
    },
    /// The source did not answer; the next round will try again.
    #[error("`{endpoint}` unreachable")]
    Unreachable {
        /// Whom we asked.
        endpoint: String,
        /// What happened.
        #[source]
        source: BoxError,
    },
    /// What is to be read in place of asking is not there, or tells nothing.
    #[error("reading `{path}` failed", path = path.display())]
    Unreadable {
        /// Where it was to be.
        path: std::path::PathBuf,
        /// What is wrong with it.
        #[source]
        source: BoxError,
    },
}

/// Any error a client library may give us.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a source reports, in the order in which it came. Reports of several scopes may mix.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Report {
    /// The listing of a scope began. The scopes in the list tell what its identities may do.
    Began(ScanId, ScopeId, Vec<ScopeId>),
    /// A fact of that scope. The same fact twice counts once; the same node twice, the last counts.
    Saw(ScanId, Box<Fact>),
    /// The listing reached its end.
    Completed(ScanId),
    /// The listing broke off, for this reason.
    Abandoned(ScanId, String),
}

/// Takes what a source reports. Waits while the receiver is behind.
#[derive(Debug)]
pub struct Emitter {
    reports: mpsc::Sender<Report>,
    scan_next: AtomicU64,
}

/// The report on one scope. Dropped without a word, it counts as abandoned: the receiver abandons
/// whatever is still open when the round ends.
#[derive(Debug)]
#[must_use = "a scan that is never completed never lets anything disappear"]
pub struct ScopeScan<'a> {
    out: &'a Emitter,
    scan: ScanId,
}

impl Emitter {
    /// How many reports may wait between a source and its receiver: enough to hide a flush of the
    /// spool, small enough to stay out of the memory bound.
    pub const WAITING_MAX: usize = 256;

    /// An emitter whose scans are numbered from `scan_first`, and where its reports come out. They
    /// end when the emitter is dropped.
    #[must_use]
    pub fn new(scan_first: ScanId) -> (Self, mpsc::Receiver<Report>) {
        let (reports, receiver) = mpsc::channel(Self::WAITING_MAX);
        (Self { reports, scan_next: AtomicU64::new(scan_first.0) }, receiver)
    }

    /// Starts the report on `scope`, which holds no identities, or all there is to tell of what they
    /// may do.
    pub async fn open(&self, scope: ScopeId) -> ScopeScan<'_> {
        self.open_with_rights(scope, Vec::new()).await
    }

    /// Starts the report on `scope`. What its identities may do is told in the scopes `rights` of the
    /// same source: until each of these was listed to its end once, it is not known. More than
    /// [`model::Began::RIGHTS_MAX`] are refused by the collector.
    pub async fn open_with_rights(&self, scope: ScopeId, rights: Vec<ScopeId>) -> ScopeScan<'_> {
        let scan = ScanId(self.scan_next.fetch_add(1, Ordering::Relaxed));
        self.send(Report::Began(scan, scope, rights)).await;
        ScopeScan { out: self, scan }
    }

    async fn send(&self, report: Report) {
        // The receiver is gone only while the agent shuts down; the next run scans again.
        let _closed = self.reports.send(report).await;
    }
}

impl ScopeScan<'_> {
    /// Reports one thing seen.
    pub async fn saw(&self, fact: Fact) {
        self.out.send(Report::Saw(self.scan, Box::new(fact))).await;
    }

    /// The listing reached its end: whatever this scan did not see is gone.
    pub async fn complete(self) {
        self.out.send(Report::Completed(self.scan)).await;
    }

    /// The listing broke off: absence means nothing this time.
    pub async fn abandon(self, reason: impl Into<String>) {
        self.out.send(Report::Abandoned(self.scan, reason.into())).await;
    }
}
