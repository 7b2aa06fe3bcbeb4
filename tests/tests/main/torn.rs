//! A collector whose store was damaged: it starts, or it says which store cannot be used and what to
//! do. It never dies without a word.
//!
//! `MUSTER_TEST_SEED` repeats a run, `MUSTER_TEST_ROUNDS` makes it longer.

use std::fs;
use std::path::{Path, PathBuf};

use tests::chance::{Chance, rounds};
use tests::line::Line;
use tests::roots::{Root, copy};

#[test]
fn a_torn_store_opens_or_is_named_with_what_to_do() {
    let mut chance = Chance::seeded().unwrap();
    let mut line = Line::start("").unwrap();
    let root = Root::new().unwrap();
    let agent = line.enrol("web-1", &["host/web-1/*"], &root.source("web-1")).unwrap();
    for _ in 0..4 {
        root.change(&mut chance).unwrap();
        assert_eq!(agent.scan("host", &[]).unwrap().code, 0);
    }
    line.kill().unwrap();
    let store = line.data_dir().join("store");
    let whole = line.folder().join("whole");
    copy(&store, &whole).unwrap();

    let (mut opened, mut named) = (0, 0);
    for round in 0..rounds(30).unwrap() {
        fs::remove_dir_all(&store).unwrap();
        copy(&whole, &store).unwrap();
        let done = damage(&store, &mut chance);
        let export = line.folder().join(format!("export-{round}"));
        // Reads the store from end to end.
        let told = line.collector_told(&["export", export.to_str().unwrap()]).unwrap();
        assert_says_why(told.code, &told.stderr, &done);
        match line.run() {
            Ok(()) => {
                opened += 1;
                let told = agent.scan("host", &[]).unwrap();
                assert!(told.code <= 3, "{done}: {}", told.stderr);
                let log = line.collector().unwrap().log();
                assert!(!log.contains("panicked"), "{done}: {log}");
                line.kill().unwrap();
            }
            Err(error) => {
                named += 1;
                assert_says_why(1, &error.to_string(), &done);
            }
        }
    }
    // Both ways were gone: else the damage is none, or only one kind.
    assert!(opened > 0 && named > 0, "{opened} opened, {named} named");
}

/// A good end, or a clear one.
#[track_caller]
fn assert_says_why(code: i32, stderr: &str, done: &str) {
    assert!(!stderr.contains("panicked"), "{done}: {stderr}");
    if code != 0 {
        assert_eq!(code, 1, "{done}: {stderr}");
        assert!(stderr.contains("store") && stderr.contains("hint:"), "{done}: {stderr}");
    }
}

/// Damages one file of the store, and says how.
fn damage(store: &Path, chance: &mut Chance) -> String {
    let mut files = files_of(store);
    files.sort();
    let pick = chance.place_in(files.len());
    // Half of the time the largest, which is the log itself.
    let largest = files.iter().max_by_key(|file| fs::metadata(file).unwrap().len()).unwrap();
    let file = if chance.below(2) == 0 { largest } else { &files[pick] };
    let mut bytes = fs::read(file).unwrap();
    let at = chance.place_in(bytes.len());
    let how = match chance.below(4) {
        0 => {
            bytes.truncate(at);
            "cut"
        }
        1 => {
            let end = bytes.len().min(at.saturating_add(512));
            bytes[at..end].fill(0);
            "zeroed"
        }
        2 => {
            bytes.clear();
            "emptied"
        }
        _ => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << chance.below(8);
            }
            "flipped"
        }
    };
    fs::write(file, bytes).unwrap();
    format!("{how} `{}` at {at}", file.display())
}

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_of(&path)) } else { files.push(path) }
    }
    files
}
