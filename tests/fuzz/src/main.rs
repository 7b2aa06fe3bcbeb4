//! One program for all fuzz targets: it throws bytes at the decoder that `MUSTER_FUZZ_TARGET` names.
//!
//! `cargo xtask fuzz` builds it with coverage and starts it on the decoder's corpus.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tests::decoders::DECODERS;

static DECODE: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("MUSTER_FUZZ_TARGET").expect("`cargo xtask fuzz` names the target");
    let decoder = DECODERS.iter().find(|decoder| decoder.name == name);
    decoder.expect("the target is a line of `tests/src/decoders.rs`").decode
});

fuzz_target!(|bytes: &[u8]| DECODE(bytes));
