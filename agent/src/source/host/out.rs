//! From the blocking walk to the emitter: a bounded channel, so that memory stays flat however much
//! there is to tell.

use std::path::PathBuf;

use model::{Fact, ScopeId};
use tokio::sync::mpsc;

use super::accounts::Accounts;
use super::disk::Unreadable;

/// What the walk tells, in order, one scope after the other.
pub(super) enum Told {
    /// A scope, and those that tell what its identities may do.
    Began(ScopeId, Vec<ScopeId>),
    Saw(Box<Fact>),
    Completed,
    Abandoned(String),
}

/// Nobody listens any more: the walk ends at once.
#[derive(Debug)]
pub(super) struct Closed;

/// Where the walk tells it.
pub(super) struct Out {
    told: mpsc::Sender<Told>,
    realm: String,
}

/// One scope, from its beginning to [`Scope::end`].
pub(super) struct Scope<'a> {
    out: &'a Out,
    trouble: Option<String>,
    troubles: u64,
}

impl Out {
    /// How many reports may wait: as many as the emitter lets wait, so that neither is idle.
    pub(super) const WAITING_MAX: usize = 256;

    pub(super) fn new(host: &str) -> (Self, mpsc::Receiver<Told>) {
        let (told, receiver) = mpsc::channel(Self::WAITING_MAX);
        (Self { told, realm: host.to_owned() }, receiver)
    }

    /// Begins the scope of that name on this host.
    pub(super) fn scope(&self, name: &str) -> Result<Scope<'_>, Closed> {
        self.scope_with_rights(name, &[])
    }

    /// The same, with the names of those that tell what the identities in it may do.
    pub(super) fn scope_with_rights(
        &self,
        name: &str,
        rights: &[&str],
    ) -> Result<Scope<'_>, Closed> {
        let id = |name: &str| ScopeId(format!("host/{}/{name}", self.realm));
        self.tell(Told::Began(id(name), rights.iter().map(|name| id(name)).collect()))?;
        Ok(Scope { out: self, trouble: None, troubles: 0 })
    }

    fn tell(&self, told: Told) -> Result<(), Closed> {
        self.told.blocking_send(told).map_err(|_closed| Closed)
    }
}

impl Scope<'_> {
    pub(super) fn saw(&self, fact: Fact) -> Result<(), Closed> {
        self.out.tell(Told::Saw(Box::new(fact)))
    }

    /// Something in this scope could not be seen: it will be abandoned when it ends. What else there
    /// is to see is still told.
    pub(super) fn trouble(&mut self, why: impl Into<String>) {
        self.troubles = self.troubles.saturating_add(1);
        if self.trouble.is_none() {
            self.trouble = Some(why.into());
        }
    }

    /// What hangs on the accounts cannot be seen to its end without them: rights of `ALL`, keys in
    /// homes, names of holders.
    pub(super) fn needs(&mut self, accounts: &Accounts) {
        if accounts.is_missing {
            self.trouble("the accounts of this host could not be read");
        }
    }

    /// What was read, or nothing and the scope in trouble.
    pub(super) fn read<T>(&mut self, read: Result<T, Unreadable>) -> Option<T> {
        read.map_err(|error| self.trouble(error.to_string())).ok()
    }

    pub(super) fn end(self) -> Result<(), Closed> {
        let others = self.troubles.saturating_sub(1);
        self.out.tell(match self.trouble {
            None => Told::Completed,
            Some(first) if others == 0 => Told::Abandoned(first),
            Some(first) => Told::Abandoned(format!("{first}; and {others} more like it")),
        })
    }
}

/// Reason for a table that is not there and must be.
pub(super) fn missing(path: &str) -> Unreadable {
    Unreadable {
        path: PathBuf::from(path),
        why: "not there".to_owned(),
        hint: "check `root` in the configuration",
    }
}
