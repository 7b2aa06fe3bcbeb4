//! Puts the files of declarations in force, at the start and whenever they change.
//!
//! ```text
//! list ──► quiet for one look? ──► load, read ──► problems: stored and told; the last good stay
//!   ▲                                  └── good: owners_replace(swept: no) ──► in force
//!   └── every second                          ──► sweep: touch whom it affects ──► swept: yes
//! ```
//!
//! The sweep is resumed after a crash: while `swept` is no, every subject is made due, since it is
//! no longer known what was in force before. Judging a subject once too often is harmless.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use model::{DeclarationId, Owners, OwnersProblem, SubjectId, sha256};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::folder::{self, Stamp};
use crate::clock::Clock;
use crate::examiner::OwnersNow;
use crate::store::{OwnersState, Store, StoreError};

/// How often the folder is looked at. A look lists names, sizes and times and opens nothing.
pub const LOOK_EVERY: Duration = Duration::from_secs(1);

/// After so many looks, the files are read even if nothing seems to have changed, for file systems
/// whose times are coarse.
const LOOKS_UNREAD_MAX: u32 = 60;

/// BOUND: a folder in which something changes all the time is read as it is after so many looks.
const LOOKS_UNQUIET_MAX: u32 = 10;

/// BOUND: subjects made due at a time.
const SWEEP_MAX: usize = 500;

/// Keeps the declarations in force those of a folder.
pub struct Watch {
    /// Where the files are.
    pub folder: PathBuf,
    /// Where what was read is kept.
    pub store: Arc<dyn Store>,
    /// Where everyone in this process looks it up.
    pub owners: OwnersNow,
    /// What time it is.
    pub clock: Clock,
    /// Told when subjects were made due.
    pub stored: Arc<Notify>,
}

/// What a look at the folder showed.
type Listing = Result<Vec<Stamp>, Vec<OwnersProblem>>;

impl Watch {
    /// Reads the folder now and puts it in force, or its problems on record, which are returned.
    /// Repeated without a change, it changes nothing.
    ///
    /// # Errors
    ///
    /// As the store's; what was in force before stays so, and a repeat completes what was begun.
    pub async fn read_now(&self) -> Result<Vec<OwnersProblem>, StoreError> {
        let listing = self.list().await;
        match self.load(listing).await {
            Ok(files) => self.apply(files).await,
            Err(problems) => self.keep(problems).await,
        }
    }

    /// Looks at the folder until `stop`. The first look reads it.
    pub async fn run(self, stop: CancellationToken) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.follow() => {}
        }
    }

    async fn follow(&self) {
        let mut look = Look::default();
        loop {
            let listing = self.list().await;
            if look.is_due(&listing) {
                let loaded = self.load(listing.clone()).await;
                let digest = loaded.as_ref().ok().map(|files| digest(files));
                let unchanged = digest.is_some() && digest == look.digest;
                let done = match loaded {
                    Ok(_) if unchanged => Ok(Vec::new()),
                    Ok(files) => self.apply(files).await,
                    Err(problems) => self.keep(problems).await,
                };
                match done {
                    Ok(_) => look.was_read(listing, digest),
                    Err(error) => warn!(%error, "declarations not stored"),
                }
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn list(&self) -> Listing {
        let folder = self.folder.clone();
        blocking(move || folder::list(&folder)).await
    }

    async fn load(&self, listing: Listing) -> Result<Vec<super::File>, Vec<OwnersProblem>> {
        let stamps = listing?;
        blocking(move || folder::load(&stamps)).await
    }

    /// Reads `files` and puts them in force.
    async fn apply(&self, files: Vec<super::File>) -> Result<Vec<OwnersProblem>, StoreError> {
        let before = self.store.owners_load().await?;
        let (known, as_of) = (before.owners.clone(), self.clock.now());
        let read = blocking(move || {
            let first_read = |id: &DeclarationId| {
                known.declarations.get(id).map(|declaration| declaration.first_read_at)
            };
            super::read(&files, &first_read, as_of)
        });
        match read.await {
            Ok(owners) => {
                self.replace(before, owners).await?;
                Ok(Vec::new())
            }
            Err(problems) => self.keep(problems).await,
        }
    }

    /// Puts `owners` in force and makes due whom that affects.
    async fn replace(&self, before: OwnersState, owners: Owners) -> Result<(), StoreError> {
        if before.swept && before.owners == owners && before.problems.is_empty() {
            self.owners.set(owners);
            return Ok(());
        }
        let (declarations, people) = (owners.declarations.len(), owners.people.len());
        let mut state = OwnersState { owners, problems: Vec::new(), swept: false };
        self.store.owners_replace(&state, self.clock.now()).await?;
        // In force before the sweep, so that whoever is made due is judged by the new ones.
        self.owners.set(state.owners.clone());
        let old = before.swept.then_some(&before.owners);
        let touched = self.sweep(old, &state.owners).await?;
        state.swept = true;
        self.store.owners_replace(&state, self.clock.now()).await?;
        self.stored.notify_one();
        info!(declarations, people, touched, "declarations in force");
        Ok(())
    }

    /// Leaves what is in force, and records what is wrong with the files.
    async fn keep(&self, problems: Vec<OwnersProblem>) -> Result<Vec<OwnersProblem>, StoreError> {
        let before = self.store.owners_load().await?;
        self.owners.set(before.owners.clone());
        if before.problems != problems {
            warn!(problems = problems.len(), "declarations have problems; the last good ones stay");
            let state = OwnersState { problems: problems.clone(), ..before };
            self.store.owners_replace(&state, self.clock.now()).await?;
            self.stored.notify_one();
        }
        Ok(problems)
    }

    /// Makes due every subject for which something changes between `old` and `new`; every subject
    /// there is, if it is not known what was in force before.
    async fn sweep(&self, old: Option<&Owners>, new: &Owners) -> Result<usize, StoreError> {
        let nobody = Owners::default();
        let changed = analysis::owners::declarations_changed(old.unwrap_or(&nobody), new);
        let changed: Vec<SubjectId> = changed.into_iter().map(SubjectId::Declaration).collect();
        let mut touched = changed.len();
        for part in changed.chunks(SWEEP_MAX) {
            self.store.subjects_touch(part).await?;
        }
        let mut after: Option<SubjectId> = None;
        loop {
            let page = self.store.subjects_page(after.as_ref(), SWEEP_MAX).await?;
            let Some(last) = page.last().cloned() else { return Ok(touched) };
            let mut affected = Vec::new();
            for id in page {
                if self.is_affected(&id, old, new).await? {
                    affected.push(id);
                }
            }
            touched = touched.saturating_add(affected.len());
            self.store.subjects_touch(&affected).await?;
            self.stored.notify_one();
            after = Some(last);
        }
    }

    async fn is_affected(
        &self,
        id: &SubjectId,
        old: Option<&Owners>,
        new: &Owners,
    ) -> Result<bool, StoreError> {
        let Some(old) = old else { return Ok(true) };
        let dossier = self.store.subject_load(id).await?;
        let subject = analysis::subject(&dossier, new, self.clock.now());
        Ok(analysis::owners::affected(old, new, &subject))
    }
}

/// When to read again.
#[derive(Default)]
struct Look {
    /// What the folder showed when it was last read.
    read: Option<Listing>,
    /// What its files held then, if they could be loaded.
    digest: Option<[u8; 32]>,
    /// What it showed at the last look.
    last: Option<Listing>,
    unread: u32,
    unquiet: u32,
}

impl Look {
    /// Whether to read now: at the first look, after a change once the folder has been quiet for one
    /// look (somebody may be in the middle of writing), and now and then.
    fn is_due(&mut self, listing: &Listing) -> bool {
        self.unread = self.unread.saturating_add(1);
        let quiet = self.last.as_ref() == Some(listing);
        self.last = Some(listing.clone());
        match &self.read {
            None => true,
            Some(read) if read == listing => self.unread > LOOKS_UNREAD_MAX,
            Some(_) => {
                self.unquiet = self.unquiet.saturating_add(1);
                quiet || self.unquiet > LOOKS_UNQUIET_MAX
            }
        }
    }

    fn was_read(&mut self, listing: Listing, digest: Option<[u8; 32]>) {
        self.read = Some(listing);
        self.digest = digest;
        self.unread = 0;
        self.unquiet = 0;
    }
}

fn digest(files: &[super::File]) -> [u8; 32] {
    let parts: Vec<&[u8]> =
        files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes.as_slice()]).collect();
    sha256(&parts)
}

/// Runs `work`, which reads files, where it holds up nobody. If it panics, that is a bug of ours
/// which one file provokes, and no reason to stop: it is shown like a mistake in the files.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Vec<OwnersProblem>> + Send + 'static,
) -> Result<T, Vec<OwnersProblem>> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_panicked| {
        Err(vec![OwnersProblem {
            file: String::new(),
            line: 0,
            what: "reading the declarations failed through a fault of this program".to_owned(),
            hint: "report it, with the file that was changed last".to_owned(),
        }])
    })
}

/// Reads `folder` once, without a store: for a single look at an estate, and for checking files
/// before they are put in place.
///
/// # Errors
///
/// Every problem.
pub fn read_folder(folder: &Path, as_of: jiff::Timestamp) -> Result<Owners, Vec<OwnersProblem>> {
    let files = folder::load(&folder::list(folder)?)?;
    super::read(&files, &|_| None, as_of)
}

#[cfg(test)]
mod tests;
