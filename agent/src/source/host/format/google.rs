//! Google's JSON files.

use super::super::found::Found;
use crate::secret::FingerprintKey;

/// A service account's key.
#[must_use]
pub fn service_account(_bytes: &[u8]) -> Option<Found> {
    None
}

/// Default credentials.
#[must_use]
pub(in super::super) fn find(_bytes: &[u8], _key: &FingerprintKey) -> Vec<Found> {
    Vec::new()
}
