//! Looks into every file that the walk meets, and tells what is found in the words of the model.

use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use jiff::Timestamp;
use model::{
    Credential, CredentialKind, Details, Fact, IdentityId, Maker, Placement, PlacementId,
    PlacementKind, Readers, Use,
};
use zeroize::Zeroizing;

use super::accounts::{Accounts, facts::account_id};
use super::anchors::Anchors;
use super::candidate::{self, Format, Guess, HEAD_LEN};
use super::disk::{Opened, Unreadable};
use super::found::Found;
use super::out::{Closed, Scope};
use super::private_key::PrivateKey;
use super::round::Homes;
use super::walk::{Met, Visit, readers};
use super::{certificate, format, pem};
use crate::secret::{FingerprintKey, Secret};

/// What must be known to tell of a file.
pub(super) struct Look<'a> {
    /// `host:<name>`.
    pub(super) realm: &'a str,
    pub(super) key: &'a FingerprintKey,
    pub(super) accounts: &'a Accounts,
    pub(super) homes: &'a Homes,
    pub(super) anchors: &'a Anchors,
    pub(super) file_bytes_max: usize,
}

/// The file that something was found in.
pub(super) struct Place<'a> {
    /// As the host knows it.
    pub(super) path: &'a Path,
    /// Who could get at it if it were open to everyone.
    pub(super) readers_max: Readers,
    pub(super) about: &'a Metadata,
}

impl Visit for Look<'_> {
    fn file(&mut self, met: &Met<'_>, scope: &mut Scope<'_>) -> Result<(), Closed> {
        let guess = candidate::guess(met.path);
        if guess == Guess::Nothing {
            return Ok(());
        }
        let Some(Some(Opened { file, about })) = scope.read(met.open()) else { return Ok(()) };
        if about.len() == 0 {
            return Ok(());
        }
        match self.found(guess, met.path, file, &about) {
            Ok(all) => {
                let place = Place { path: met.path, readers_max: met.readers_max, about: &about };
                for found in &all {
                    self.tell(found, &place, scope)?;
                }
            }
            Err(error) => scope.trouble(error.to_string()),
        }
        Ok(())
    }
}

impl Look<'_> {
    fn found(
        &self,
        guess: Guess,
        path: &Path,
        file: File,
        about: &Metadata,
    ) -> Result<Vec<Found>, Unreadable> {
        let mut file = file;
        let mut head = Zeroizing::new([0_u8; HEAD_LEN]);
        let head_len =
            fill(&mut file, head.as_mut_slice()).map_err(|error| Unreadable::new(path, &error))?;
        let head = head.get(..head_len).unwrap_or_default();
        let guess = match guess {
            Guess::Any => candidate::guess_head(head),
            Guess::Json if head.trim_ascii_start().starts_with(b"{") => Guess::Json,
            Guess::Json => Guess::Nothing,
            Guess::Nothing | Guess::Keys | Guess::AuthorizedKeys | Guess::Box | Guess::Known(_) => {
                guess
            }
        };
        if guess == Guess::Nothing {
            return Ok(Vec::new());
        }
        if guess == Guess::Box || is_database(guess, path) {
            return Ok(vec![locked_box(path)]);
        }
        let hint = usize::try_from(about.len()).unwrap_or(usize::MAX);
        let whole = Secret::read(head.chain(file), hint, self.file_bytes_max)
            .map_err(|error| Unreadable::new(path, &error))?;
        let Some(whole) = whole else { return self.too_large(guess, path, head) };
        Ok(self.decode(guess, whole.as_bytes()))
    }

    fn decode(&self, guess: Guess, bytes: &[u8]) -> Vec<Found> {
        match guess {
            Guess::Nothing | Guess::Any | Guess::Box => Vec::new(),
            Guess::Keys => keys(bytes),
            Guess::AuthorizedKeys => super::authorized_keys::find(bytes),
            Guess::Json => format::google::service_account(bytes).into_iter().collect(),
            Guess::Known(known) => format::find(known, bytes, self.key),
        }
    }

    /// A large file is no credential unless it begins like one.
    fn too_large(&self, guess: Guess, path: &Path, head: &[u8]) -> Result<Vec<Found>, Unreadable> {
        let may_hold = match guess {
            Guess::Keys => candidate::guess_head(head) == Guess::Keys || head.starts_with(&[0x30]),
            Guess::AuthorizedKeys | Guess::Known(_) => true,
            Guess::Nothing | Guess::Any | Guess::Box | Guess::Json => false,
        };
        if may_hold {
            return Err(Unreadable::too_large(path, self.file_bytes_max));
        }
        Ok(Vec::new())
    }

    /// Tells of what was found in a file, in the words of the model.
    pub(super) fn tell(
        &self,
        found: &Found,
        file: &Place<'_>,
        scope: &Scope<'_>,
    ) -> Result<(), Closed> {
        let about = file.about;
        let path = file.path.to_string_lossy();
        let placement = if found.item.is_empty() {
            format!("{}/file:{path}", self.realm)
        } else {
            format!("{}/file:{path}#{}", self.realm, found.item)
        };
        let id = found.id(&placement);
        let is_host_key = found.form == PlacementKind::PrivateKeyFile && is_host_key(file.path);
        let form = if is_host_key { PlacementKind::HostKeyFile } else { found.form };
        let identities = self.identities(found, is_host_key, file.path);
        let came_with_system =
            found.kind == CredentialKind::Certificate && self.anchors.contain(&id);
        let maker = if came_with_system { Maker::System } else { Maker::Organisation };
        for identity in identities {
            scope.saw(Fact::Credential(Credential {
                id: id.clone(),
                kind: found.kind,
                identity,
                maker,
                created_at: found.created_at,
                ends: found.ends,
                used: Use::Unknown,
                enabled: None,
                fingerprint: found.fingerprint,
                key: found.key.clone(),
                details: found.credential_details.clone(),
            }))?;
        }
        let owner = self.accounts.names.get(&about.uid());
        scope.saw(Fact::Placement(Placement {
            id: PlacementId(placement),
            credential: id,
            kind: form,
            realm: self.realm.to_owned(),
            path: path.clone().into_owned(),
            holder: owner.map(|name| account_id(self.realm, name)),
            readers: Some(readers(about.mode()).min(file.readers_max)),
            encrypted: found.encrypted,
            serves: found.serves.clone(),
            modified_at: Timestamp::from_second(about.mtime()).ok(),
            details: place_details(found, about),
        }))
    }

    /// Whom a credential proves, as far as its place says; one `None` if it does not.
    fn identities(&self, found: &Found, is_host_key: bool, path: &Path) -> Vec<Option<IdentityId>> {
        if is_host_key {
            return vec![Some(IdentityId(self.realm.to_owned()))];
        }
        let folder = path.parent().filter(|folder| folder.ends_with(".ssh"));
        let home = folder.and_then(Path::parent);
        let Some(home) = home.filter(|_| found.form == PlacementKind::AuthorizedKey) else {
            return vec![None];
        };
        let living = self.homes.living_in(home);
        if living.is_empty() {
            return vec![None];
        }
        living.iter().map(|name| Some(account_id(self.realm, name))).collect()
    }
}

/// A file of keys: armoured, in the form of `PuTTY`, or plain DER.
fn keys(bytes: &[u8]) -> Vec<Found> {
    let armoured = pem::find(bytes);
    if !armoured.is_empty() {
        return armoured;
    }
    let private = PrivateKey::from_putty(bytes).or_else(|| PrivateKey::from_der(bytes));
    private
        .map(|key| pem::private_key("private_key".to_owned(), Some(key)))
        .or_else(|| certificate::find(bytes))
        .into_iter()
        .collect()
}

/// `ssh_host_*_key` of `/etc/ssh`.
fn is_host_key(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    path.parent() == Some(Path::new("/etc/ssh"))
        && name.starts_with("ssh_host_")
        && name.ends_with("_key")
}

/// Google's tools keep logins in a database, which is told without being read.
fn is_database(guess: Guess, path: &Path) -> bool {
    guess == Guess::Known(Format::Google) && path.extension().is_some_and(|ext| ext == "db")
}

/// A store of keys, or a database of tokens, that is told by its name alone.
fn locked_box(path: &Path) -> Found {
    let extension = path.extension().and_then(|ext| ext.to_str()).unwrap_or("key store");
    let (kind, form, encrypted) = match extension {
        "kdbx" => (CredentialKind::Secret, PlacementKind::SecretFile, Some(true)),
        "db" => (CredentialKind::Token, PlacementKind::SecretFile, Some(false)),
        _ => (CredentialKind::KeyPair, PlacementKind::PrivateKeyFile, None),
    };
    let mut found = Found::new("", kind, form);
    found.encrypted = encrypted;
    found.say("unread", format!("a {extension} file is told without opening it"));
    found
}

fn place_details(found: &Found, about: &Metadata) -> Details {
    let mut details = found.placement_details.clone();
    details.insert("mode".to_owned(), format!("{:04o}", about.mode() & 0o7777));
    details.insert("owner_uid".to_owned(), about.uid().to_string());
    details.insert("group_gid".to_owned(), about.gid().to_string());
    details
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut File, buffer: &mut [u8]) -> std::io::Result<usize> {
    let mut len = 0_usize;
    while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => break,
            Ok(count) => len = len.saturating_add(count),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(len)
}
