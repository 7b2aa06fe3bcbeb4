//! The authorities that came with the system, so that the organisation's certificates are told apart
//! from everybody's, wherever a copy of them lies.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use model::CredentialId;

use super::disk::Disk;
use super::found::Name;
use super::pem;

// BOUND: distributions ship about 150; a broken folder must not be read for ever.
const FILES_MAX: usize = 2048;

/// Where distributions put each of them in a file.
const FOLDERS: &[&str] = &["/usr/share/ca-certificates/mozilla", "/usr/share/ca-certificates"];
/// Where they are in one file, together with those of the operator.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// What the operator added.
const OWN: &[&str] = &["/usr/local/share/ca-certificates", "/etc/pki/ca-trust/source/anchors"];

/// The ids of the certificates that came with the system.
#[derive(Debug, Default)]
pub(super) struct Anchors(BTreeSet<CredentialId>);

impl Anchors {
    /// What cannot be read is left out here; the scope that it lies in tells of the trouble.
    pub(super) fn read(disk: &Disk) -> Self {
        let mut all = BTreeSet::new();
        for folder in FOLDERS {
            folder_read(disk, Path::new(folder), &mut all);
        }
        if all.is_empty() {
            for bundle in BUNDLES {
                file_read(disk, Path::new(bundle), &mut all);
            }
        }
        let mut own = BTreeSet::new();
        for folder in OWN {
            folder_read(disk, Path::new(folder), &mut own);
        }
        all.retain(|id| !own.contains(id));
        Self(all)
    }

    pub(super) fn contain(&self, id: &CredentialId) -> bool {
        self.0.contains(id)
    }
}

fn folder_read(disk: &Disk, folder: &Path, all: &mut BTreeSet<CredentialId>) {
    for name in disk.names(folder).unwrap_or_default().into_iter().take(FILES_MAX) {
        let path: PathBuf = folder.join(name);
        if path.extension().is_some_and(|ext| ext == "crt" || ext == "pem") {
            file_read(disk, &path, all);
        }
    }
}

fn file_read(disk: &Disk, path: &Path, all: &mut BTreeSet<CredentialId>) {
    let Ok(Some(bytes)) = disk.table(path) else { return };
    for found in pem::find(bytes.as_bytes()) {
        if let Name::Public(id) = found.name {
            all.insert(id);
        }
    }
}
