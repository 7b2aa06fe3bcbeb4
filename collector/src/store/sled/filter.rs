//! What is surely not in the tree, told without looking: most of what a new estate asks for.
//!
//! A Bloom filter over the keys that are looked up for each new fact. It may say "perhaps" of what
//! is not there, and never "no" of what is: keys are noted when the store is opened and whenever they
//! are put, and stay noted when they are taken away.

use super::key;

/// 2^25 bits, 4 MiB: with 3 bits a key, 3 million keys leave 2 wrong "perhaps" in 100.
const BITS_LOG: u32 = 25;

/// See the head of this file.
#[derive(Debug)]
pub(super) struct Filter {
    words: Vec<u64>,
}

/// The letters of the keys that are noted.
pub(super) const NOTED: [u8; 3] = [key::SIGHTING, key::REFERENCE, key::SUBJECT];

impl Filter {
    /// A filter that knows of nothing.
    pub(super) fn new() -> Self {
        Self { words: vec![0; 1 << (BITS_LOG - 6)] }
    }

    /// Takes note of a key that is put.
    pub(super) fn note(&mut self, key: &[u8]) {
        for hash in [prefix_hash(key), whole_hash(key)].into_iter().flatten() {
            for (word, bit) in places(hash) {
                if let Some(word) = self.words.get_mut(word) {
                    *word |= bit;
                }
            }
        }
    }

    /// Whether `key` is surely not there.
    pub(super) fn is_absent(&self, key: &[u8]) -> bool {
        whole_hash(key).is_some_and(|hash| !self.is_noted(hash))
    }

    /// Whether surely no key begins with `prefix`.
    pub(super) fn is_absent_all(&self, prefix: &[u8]) -> bool {
        prefix_hash(prefix).is_some_and(|hash| !self.is_noted(hash))
    }

    fn is_noted(&self, hash: u64) -> bool {
        let noted = |(word, bit)| self.words.get(word).is_some_and(|word: &u64| word & bit != 0);
        places(hash).into_iter().all(noted)
    }
}

/// Of the keys that are asked for by kin: the letter and the kin.
fn prefix_hash(key: &[u8]) -> Option<u64> {
    match key.first()? {
        &key::SIGHTING | &key::REFERENCE => Some(hash(key.get(..9)?)),
        _ => None,
    }
}

/// Of the keys that are asked for as they are: sightings without their scope, subjects.
fn whole_hash(key: &[u8]) -> Option<u64> {
    match *key.first()? {
        key::SIGHTING => Some(hash(key.get(..21)?)),
        key::SUBJECT => Some(hash(key)),
        _ => None,
    }
}

/// FNV-1a, and a last turn so that the high bits depend on all bytes.
fn hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash ^ (hash >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Three bits: in which words they are, and which they are there.
fn places(hash: u64) -> [(usize, u64); 3] {
    [0, 19, 39].map(|shift| {
        let bit = (hash >> shift) & ((1 << BITS_LOG) - 1);
        (usize::try_from(bit >> 6).unwrap_or(0), 1 << (bit & 63))
    })
}

#[cfg(test)]
mod tests;
