//! Secrets in the settings of units and jobs: where they lie, and who can read them there.
//!
//! The tables tell who runs what; their files are read here once more for what is set in them in the
//! clear, as a `.env` file sets it.

use std::fs::Metadata;
use std::path::{Path, PathBuf};

use super::disk::{Disk, Table, Unreadable};
use super::format::env::{self, Setting};
use super::found::Found;
use super::look::{Look, Place};
use super::out::{Closed, Scope};
use super::walk::readers_above;
use crate::secret::{FingerprintKey, Secret};

/// Takes the settings out of a file.
pub(super) type Split = fn(&[u8]) -> Vec<Setting<'_>>;

/// Reads files of settings, and keeps what is found in them until it can be told.
pub(super) struct Settings<'a> {
    disk: &'a Disk,
    key: &'a FingerprintKey,
    kept: Vec<Kept>,
}

/// What one file holds.
struct Kept {
    path: PathBuf,
    about: Metadata,
    all: Vec<Found>,
}

impl<'a> Settings<'a> {
    pub(super) fn new(disk: &'a Disk, key: &'a FingerprintKey) -> Self {
        Self { disk, key, kept: Vec::new() }
    }

    pub(super) fn disk(&self) -> &'a Disk {
        self.disk
    }

    /// As [`Disk::table`]; what `split` makes of it is looked through for secrets.
    pub(super) fn table(
        &mut self,
        path: &Path,
        split: Split,
    ) -> Result<Option<Secret>, Unreadable> {
        let Some(Table { bytes, path, about }) = self.disk.table_placed(path)? else {
            return Ok(None);
        };
        let all = env::of_settings(&split(bytes.as_bytes()), self.key);
        if !all.is_empty() {
            self.kept.push(Kept { path, about, all });
        }
        Ok(Some(bytes))
    }

    /// Tells of all that was found.
    pub(super) fn tell(self, look: &Look<'_>, scope: &Scope<'_>) -> Result<(), Closed> {
        for Kept { path, about, all } in &self.kept {
            let readers_max = readers_above(self.disk, path);
            let place = Place { path, readers_max, about };
            for found in all {
                look.tell(found, &place, scope)?;
            }
        }
        Ok(())
    }
}
