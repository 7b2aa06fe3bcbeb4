//! Every decoder against its corpus: what fuzzing once found stays found.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tests::decoders::DECODERS;

/// BOUND: at about so many positions, at even distances, a file is cut and damaged: every run takes
/// seconds, and every position is for the fuzzer.
const POSITIONS_MAX: usize = 40;

#[test]
fn every_decoder_takes_its_corpus() {
    for decoder in DECODERS {
        for (_, bytes) in corpus(decoder.name) {
            (decoder.decode)(&bytes);
        }
    }
}

#[test]
fn every_decoder_takes_its_corpus_cut_anywhere() {
    for decoder in DECODERS {
        for (_, bytes) in corpus(decoder.name) {
            for position in positions(bytes.len()) {
                (decoder.decode)(&bytes[..position]);
            }
        }
    }
}

#[test]
fn every_decoder_takes_its_corpus_with_any_byte_damaged() {
    for decoder in DECODERS {
        for (_, bytes) in corpus(decoder.name) {
            for position in positions(bytes.len()) {
                for damage in [0x01, 0x80, 0xff] {
                    let mut damaged = bytes.clone();
                    damaged[position] ^= damage;
                    (decoder.decode)(&damaged);
                }
            }
        }
    }
}

#[test]
fn every_decoder_has_a_corpus_and_every_corpus_a_decoder() {
    let named: BTreeSet<String> = DECODERS.iter().map(|decoder| decoder.name.to_owned()).collect();
    let folders: BTreeSet<String> = entries(&corpora())
        .into_iter()
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(named, folders);
    for name in named {
        assert!(!corpus(&name).is_empty(), "`{name}` has an empty corpus");
    }
}

/// The files of a decoder's corpus, in the order of their names.
fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let read = |path: PathBuf| (path.clone(), fs::read(path).unwrap());
    entries(&corpora().join(name)).into_iter().map(read).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn corpora() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Every position of a short file, evenly chosen ones of a long file.
fn positions(length: usize) -> impl Iterator<Item = usize> {
    (0..length).step_by(length.div_ceil(POSITIONS_MAX).max(1))
}
