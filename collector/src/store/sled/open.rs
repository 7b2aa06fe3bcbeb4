//! Opening the folder of an embedded store, and saying what is wrong with it.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use super::SledOptions;
use super::due::Marks;
use super::txn::Txn;
use super::writer::Shared;
use crate::store::StoreError;

/// The version of the layout in `key.rs`, and the only one that is read. 1 kept sightings by scope, 2
/// had segments of sled's own size, 3 a mark for each subject that was due.
const FORMAT: u32 = 4;
/// Where a store says its version. Before all letters of `key.rs`, and never moved.
const FORMAT_KEY: &[u8] = b"\0format";

/// How much of the log is written at a time, and laid out anew at a time. Each write that waits for the
/// disk keeps as much memory, some fifty of them under load: with sled's own 512 KiB, 29 MiB. A leaf
/// of more than a quarter of it goes into a file of its own, which is slow; 16 policies of usual size
/// do not.
const SEGMENT_BYTES: usize = 256 * 1024;

/// Sled's own choice.
const SEGMENT_BYTES_OF_SLED: usize = 512 * 1024;

/// BOUND: how often a lock is tried: two seconds, after which it is somebody else's.
const LOCK_TRIES_MAX: u32 = 40;
const LOCK_TRY_EVERY: Duration = Duration::from_millis(50);

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error(
        "folder `{0}` is in use by another process\nhint: stop the other collector, or use another folder"
    )]
    Locked(PathBuf),
    #[error(
        "folder `{dir}` was written by a newer version: its format is {found}, and this program reads {FORMAT}\nhint: run the version that wrote it, or export there and import here"
    )]
    Newer { dir: PathBuf, found: u32 },
    #[error(
        "folder `{dir}` was written by an older version: its format is {found}, and this program reads {FORMAT}\nhint: export with the version that wrote it, and import into an empty folder"
    )]
    Older { dir: PathBuf, found: u32 },
    #[error("folder `{0}` holds something that is not a store\nhint: use an empty folder")]
    Foreign(PathBuf),
}

/// Opens the store in `dir`, or makes one there.
pub(super) fn open(dir: &Path, options: SledOptions) -> Result<Shared, StoreError> {
    let config = sled::Config::new()
        .path(dir)
        .cache_capacity(options.cache_bytes_max)
        .mode(sled::Mode::HighThroughput)
        .segment_size(SEGMENT_BYTES)
        // The writer flushes what it acknowledges; nothing else needs to be durable.
        .flush_every_ms(None);
    let db = match opened(&config) {
        Err(error @ sled::Error::Unsupported(_)) => return Err(other(dir, config, error)),
        opened => opened.map_err(|error| open_error(dir, error))?,
    };
    format_check(dir, &db)?;
    let gate = Arc::new(RwLock::new(()));
    let none = Arc::new(RwLock::new(Marks::default()));
    let due = Arc::new(RwLock::new(Marks::load(&Txn::new((*db).clone(), none)?)?));
    Ok(Shared { db, gate, due, writes: Arc::new(AtomicU64::new(0)) })
}

/// What a folder is that sled opens with its own segments alone: a store of before format 3, or
/// somebody else's.
fn other(dir: &Path, config: sled::Config, error: sled::Error) -> StoreError {
    let Ok(db) = opened(&config.segment_size(SEGMENT_BYTES_OF_SLED)) else { return error.into() };
    if matches!(db.get(FORMAT_KEY), Ok(None)) {
        return StoreError::Unavailable(OpenError::Foreign(dir.to_path_buf()).into());
    }
    match format_check(dir, &db) {
        Err(known) => known,
        Ok(()) => error.into(),
    }
}

/// Opens, and waits for whoever is just closing the same store: sled gives its lock back some time
/// after it was dropped, when its own threads have noticed.
fn opened(config: &sled::Config) -> Result<sled::Db, sled::Error> {
    for _try in 0..LOCK_TRIES_MAX {
        match config.open() {
            Err(error) if is_locked(&error) => std::thread::park_timeout(LOCK_TRY_EVERY),
            done => return done,
        }
    }
    config.open()
}

/// The only trace of a lock that sled gives is its text.
fn is_locked(error: &sled::Error) -> bool {
    error.to_string().contains("could not acquire lock")
}

fn open_error(dir: &Path, error: sled::Error) -> StoreError {
    if is_locked(&error) {
        return StoreError::Unavailable(OpenError::Locked(dir.to_path_buf()).into());
    }
    error.into()
}

fn format_check(dir: &Path, db: &sled::Db) -> Result<(), StoreError> {
    let Some(value) = db.get(FORMAT_KEY)? else {
        if !db.is_empty() {
            return Err(StoreError::Unavailable(OpenError::Foreign(dir.to_path_buf()).into()));
        }
        db.insert(FORMAT_KEY, &FORMAT.to_be_bytes())?;
        db.flush()?;
        return Ok(());
    };
    let found = value.as_ref().try_into().map(u32::from_be_bytes);
    let found = found
        .map_err(|_| StoreError::corrupt("record", FORMAT_KEY, "it is not four bytes long"))?;
    let dir = dir.to_path_buf();
    let error = match found.cmp(&FORMAT) {
        Ordering::Equal => return Ok(()),
        Ordering::Greater => OpenError::Newer { dir, found },
        Ordering::Less => OpenError::Older { dir, found },
    };
    Err(StoreError::Unavailable(error.into()))
}

impl From<sled::Error> for StoreError {
    fn from(error: sled::Error) -> Self {
        match error {
            error @ (sled::Error::Corruption { .. } | sled::Error::ReportableBug(_)) => {
                Self::Corrupt {
                    what: "file of the embedded store".to_owned(),
                    source: error.into(),
                }
            }
            error @ (sled::Error::CollectionNotFound(_)
            | sled::Error::Unsupported(_)
            | sled::Error::Io(_)) => Self::Unavailable(error.into()),
        }
    }
}
