//! The search for planted secrets: any part of one that is long enough to be no accident, as it is,
//! in base64 or in hexadecimal.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// BOUND: parts of this length are searched for; in base64 they hold nine bytes of the secret.
const PART_BYTES_LEN: usize = 12;

/// The parts of all secrets that are watched for, each with the place of its secret.
#[derive(Default)]
pub(super) struct Leaks(BTreeMap<Vec<u8>, String>);

impl Leaks {
    /// Watches for the secret that was planted in `place`.
    pub(super) fn watch(&mut self, place: &str, secret: &[u8]) {
        let mut forms = vec![secret.to_vec()];
        // A secret within a longer text begins at any of three places of base64's groups.
        for skipped in 0..3 {
            forms.push(STANDARD_NO_PAD.encode(&secret[skipped..]).into_bytes());
        }
        let mut hex = String::new();
        for byte in secret {
            write!(hex, "{byte:02x}").unwrap();
        }
        forms.extend([hex.to_uppercase().into_bytes(), hex.into_bytes()]);
        for form in forms {
            for part in form.windows(PART_BYTES_LEN) {
                self.0.entry(part.to_vec()).or_insert_with(|| place.to_owned());
            }
        }
    }

    /// The first part of a secret in `bytes`, told with what it came from and where it was planted.
    pub(super) fn find(&self, from: &str, bytes: &[u8]) -> Option<String> {
        let part = bytes.windows(PART_BYTES_LEN).find(|part| self.0.contains_key(*part))?;
        let place = self.0.get(part).map(String::as_str).unwrap_or_default();
        let part = String::from_utf8_lossy(part);
        Some(format!("{from}: `{part}`, planted in `{place}`"))
    }
}

/// The text of a place with its secret in it.
pub(super) fn planted(text: &str, marker: &str) -> String {
    let login = STANDARD_NO_PAD.encode(format!("ci:{marker}"));
    text.replace("BASE64", &login).replace("MARKER", marker)
}

/// Every byte of every file below `folder`.
pub(super) fn folder(folder: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let more = if path.is_dir() { self::folder(&path) } else { fs::read(&path).unwrap() };
        bytes.extend(more);
        bytes.push(b'\n');
    }
    bytes
}

/// Whether `needle` is somewhere in `bytes`.
pub(super) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
