//! Everything of ours that reads bytes from outside, each as a function of bytes that must not panic.
//!
//! One line here makes a decoder a fuzz target (`cargo xtask fuzz NAME`) and has its corpus,
//! `tests/corpus/NAME/`, replayed in every test run, whole, cut and with flipped bits.

/// A decoder under its name.
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    /// The name of the fuzz target and of the corpus folder.
    pub name: &'static str,
    /// Reads the bytes; what it answers does not matter, that it answers does.
    pub decode: fn(&[u8]),
}

/// All of them, by name.
pub const DECODERS: &[Decoder] = &[Decoder { name: "wire_batch", decode: wire_batch }];

/// What an agent sends and a spool holds.
fn wire_batch(bytes: &[u8]) {
    let _refused = proto::entries_decode(bytes);
}
