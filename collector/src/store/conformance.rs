//! What every store must do, as claims that each store is held to: one function per claim, all
//! listed in [`CLAIMS`].

mod batches;
mod dossiers;
mod due;
pub(super) mod estate;
pub(super) mod exchange;
mod rest;
mod scans;
pub(super) mod settling;

use std::future::Future;
use std::pin::Pin;

use super::Store;
use super::memory::MemoryStore;
use super::sled::{SledOptions, SledStore};

/// A claim about a store that nobody has used.
pub(super) type Claim = for<'a> fn(&'a dyn Store) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Every claim, with its name.
const CLAIMS: &[&[(&str, Claim)]] = &[
    batches::CLAIMS,
    scans::CLAIMS,
    due::CLAIMS,
    dossiers::CLAIMS,
    settling::CLAIMS,
    rest::CLAIMS,
];

#[tokio::test]
async fn the_memory_store_keeps_every_claim() {
    for (name, claim) in CLAIMS.iter().copied().flatten() {
        println!("{name}");
        claim(&MemoryStore::new()).await;
    }
}

#[tokio::test]
async fn the_sled_store_keeps_every_claim() {
    for (name, claim) in CLAIMS.iter().copied().flatten() {
        println!("{name}");
        let dir = tempfile::tempdir().unwrap();
        claim(&SledStore::open(dir.path(), SledOptions::default()).unwrap()).await;
    }
}
