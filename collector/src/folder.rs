//! The data folder of a collector: what lies in it, and how it is made.
//!
//! ```text
//! collector.toml                     the configuration
//! authority.pem  authority.key       the certificate authority
//! fingerprint.key                    the key for fingerprints of secrets, 32 bytes; not in the store
//! operator/                          operator.pem, operator.key, authority.pem: for the `muster` command
//! owners/                            declarations, people and teams
//! store/                             the embedded store
//! ```
//!
//! The folder is readable by its owner alone.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::Zeroizing;

use crate::authority::{Authority, AuthorityError, write_public, write_secret};
use crate::config::FILE_NAME;

const FINGERPRINT_KEY: &str = "fingerprint.key";
const FINGERPRINT_KEY_BYTES: usize = 32;

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// There is a collector in it already.
    #[error("`{}` holds a collector already\nhint: run it with `muster-collector run`, or choose another folder", .0.display())]
    Taken(PathBuf),
    /// There is no collector in it.
    #[error("`{}` holds no collector\nhint: make one with `muster-collector init --data-dir {}`", .0.display(), .0.display())]
    Empty(PathBuf),
    /// A file cannot be read or written.
    #[error("using `{}` failed", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The key for fingerprints is damaged.
    #[error("`{}` is not a key of 32 bytes\nhint: restore it; with another key, known secrets would look new", .0.display())]
    FingerprintKey(PathBuf),
    /// The authority cannot be made.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

/// Whether `data_dir` holds a collector.
#[must_use]
pub fn is_made(data_dir: &Path) -> bool {
    data_dir.join(FILE_NAME).exists()
}

/// The folder of the embedded store.
#[must_use]
pub fn store_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("store")
}

/// The folder of what an operator shows.
#[must_use]
pub fn operator_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("operator")
}

/// Makes a collector in `data_dir`, with a configuration of `toml`.
///
/// # Errors
///
/// [`FolderError`]: tell the operator. The configuration is written last, so that a folder made by
/// half is not taken for a whole one.
pub fn make(data_dir: &Path, toml: &str, now: Timestamp) -> Result<(), FolderError> {
    if is_made(data_dir) {
        return Err(FolderError::Taken(data_dir.to_owned()));
    }
    folder(data_dir)?;
    let authority = Authority::create(data_dir, now)?;
    let mut key = Zeroizing::new([0_u8; FINGERPRINT_KEY_BYTES]);
    SystemRandom::new().fill(&mut *key).map_err(|_| AuthorityError::Random)?;
    write_secret(&data_dir.join(FINGERPRINT_KEY), &*key)?;
    let operator = authority.issue_operator("operator", now)?;
    let operators = operator_dir(data_dir);
    folder(&operators)?;
    write_secret(&operators.join("operator.key"), operator.key_pem.as_bytes())?;
    write_public(&operators.join("operator.pem"), operator.certificate_pem.as_bytes())?;
    write_public(&operators.join("authority.pem"), authority.anchor_pem().as_bytes())?;
    folder(&data_dir.join("owners"))?;
    write_public(&data_dir.join(FILE_NAME), toml.as_bytes())?;
    Ok(())
}

/// The key for fingerprints of secrets.
///
/// # Errors
///
/// [`FolderError::Empty`] if there is no collector, [`FolderError::FingerprintKey`] if it is damaged.
pub fn fingerprint_key(data_dir: &Path) -> Result<Zeroizing<Vec<u8>>, FolderError> {
    if !is_made(data_dir) {
        return Err(FolderError::Empty(data_dir.to_owned()));
    }
    let path = data_dir.join(FINGERPRINT_KEY);
    let key = fs::read(&path)
        .map_err(|source| FolderError::File { path: path.clone(), source })
        .map(Zeroizing::new)?;
    if key.len() == FINGERPRINT_KEY_BYTES {
        Ok(key)
    } else {
        Err(FolderError::FingerprintKey(path))
    }
}

fn folder(path: &Path) -> Result<(), FolderError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(|source| FolderError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests;
