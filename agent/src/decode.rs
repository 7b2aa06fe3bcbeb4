//! The decoders of what the agent keeps on disk and hears from the collector, for the tests and
//! the fuzz targets; nothing else uses it. Those of the sources are beside the sources.
//!
//! Each says whether the bytes made sense.

use model::{Epoch, ScopeId, Seq};

use crate::enrolment::{self, Credentials};
use crate::{index, spool};

pub use crate::uplink::event_decode as session_event;

/// A segment of the spool that begins at number 1 of `epoch`, the last one and one of several.
#[must_use]
pub fn segment(bytes: &[u8], epoch: Epoch) -> bool {
    let first = Seq(1);
    let last = spool::segment_is_whole(bytes, epoch, first, None);
    let one_of_several = spool::segment_is_whole(bytes, epoch, first, Some(Seq(3)));
    last || one_of_several
}

/// The files that say which epoch of the spool counts, and how far it is confirmed.
#[must_use]
pub fn manifest(bytes: &[u8]) -> bool {
    spool::manifest_is_whole(bytes)
}

/// What the collector knows of `scope`.
#[must_use]
pub fn index(bytes: &[u8], scope: &ScopeId) -> bool {
    index::decode(bytes, scope).is_ok()
}

/// Who the agent is.
#[must_use]
pub fn enrolment(text: &str) -> bool {
    enrolment::decode(text).is_some()
}

/// By what it proves it: any file in place of the three.
#[must_use]
pub fn credentials(pem: &[u8]) -> bool {
    Credentials::decode(pem, pem, pem).is_ok()
}
