//! The canonical bytes of a fact, and their digest.

use model::{ContentDigest, Fact, FactKey, ScopeDigest};
use prost::Message as _;

use crate::malformed::{Malformed, fixed};
use crate::v1;

/// The canonical bytes of `fact`: fields in the order of their numbers, maps in the order of their
/// keys. Equal facts give equal bytes on every machine and in every version that knows the same
/// fields.
#[must_use]
pub fn fact_encode(fact: &Fact) -> Vec<u8> {
    v1::Fact::from(fact).encode_to_vec()
}

/// The digest by which both ends recognise an unchanged fact.
#[must_use]
pub fn content_digest(key: FactKey, fact: &Fact) -> ContentDigest {
    ContentDigest::of(key, &fact_encode(fact))
}

impl From<ScopeDigest> for v1::ScopeDigest {
    fn from(it: ScopeDigest) -> Self {
        Self { count: it.count, sum: it.sum.to_be_bytes().to_vec() }
    }
}

impl TryFrom<v1::ScopeDigest> for ScopeDigest {
    type Error = Malformed;

    fn try_from(it: v1::ScopeDigest) -> Result<Self, Malformed> {
        Ok(Self { count: it.count, sum: u128::from_be_bytes(fixed(&it.sum, "digest.sum")?) })
    }
}
