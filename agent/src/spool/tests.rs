#![expect(clippy::arithmetic_side_effects, reason = "a test may panic, and reads better so")]

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

const SMALL: Limits = Limits { bytes_max: 64 * 1024, segment_bytes_max: 600 };

fn open(folder: &Path) -> (Spool, Recovery) {
    Spool::open(folder, SMALL).unwrap()
}

/// All that is not confirmed, in order.
fn waiting(spool: &mut Spool) -> Vec<Vec<u8>> {
    let mut payloads = Vec::new();
    let mut seq = spool.seq_acked().next();
    while seq < spool.seq_next() {
        payloads.push(spool.read(seq).unwrap().unwrap());
        seq = seq.next();
    }
    payloads
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "segment"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn what_was_appended_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    assert_eq!(spool.append(b"one").unwrap(), Seq(1));
    assert_eq!(spool.append(b"two").unwrap(), Seq(2));
    let epoch = spool.epoch();
    drop(spool);
    let (mut spool, recovery) = open(folder.path());
    assert_eq!(recovery, Recovery::default());
    assert_eq!(spool.epoch(), epoch);
    assert_eq!(waiting(&mut spool), [b"one", b"two"]);
}

#[test]
fn what_is_confirmed_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    for payload in [b"one", b"two", b"six"] {
        spool.append(payload).unwrap();
    }
    spool.acked(Seq(2)).unwrap();
    drop(spool);
    assert_eq!(waiting(&mut open(folder.path()).0), [b"six"]);
}

#[test]
fn numbers_go_on_after_everything_was_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    for _ in 0..20 {
        spool.append(&[7; 100]).unwrap();
    }
    spool.acked(Seq(20)).unwrap();
    let epoch = spool.epoch();
    drop(spool);
    let (mut spool, _) = open(folder.path());
    assert_eq!(spool.append(b"next").unwrap(), Seq(21));
    assert_eq!(spool.epoch(), epoch);
}

#[test]
fn confirmed_segments_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    for _ in 0..100 {
        spool.append(&[7; 100]).unwrap();
    }
    assert!(segments(folder.path()).len() > 10);
    spool.acked(Seq(100)).unwrap();
    assert_eq!(segments(folder.path()).len(), 1);
}

#[test]
fn a_full_spool_takes_nothing_until_something_is_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    let error = loop {
        if let Err(error) = spool.append(&[7; 1_000]) {
            break error;
        }
    };
    assert!(matches!(error, SpoolError::Full));
    assert!(spool.bytes_len() <= SMALL.bytes_max);
    let last = Seq(spool.seq_next().0 - 1);
    spool.acked(last).unwrap();
    assert_eq!(spool.append(b"next").unwrap(), last.next());
}

#[test]
fn a_second_agent_on_the_same_folder_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    let _first = open(folder.path());
    let error = Spool::open(folder.path(), SMALL).unwrap_err();
    assert!(matches!(error, SpoolError::Locked { .. }), "{error}");
}

#[test]
fn a_torn_tail_is_cut_at_any_byte_and_begins_a_new_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    spool.append(b"whole").unwrap();
    let epoch = spool.epoch();
    let kept = spool.bytes_len();
    spool.append(b"torn").unwrap();
    drop(spool);
    let path = segments(folder.path()).pop().unwrap();
    let bytes = std::fs::read(&path).unwrap();
    let manifest = std::fs::read(folder.path().join("epoch")).unwrap();
    for cut in usize::try_from(kept).unwrap() + 1..bytes.len() {
        for stale in segments(folder.path()) {
            std::fs::remove_file(stale).unwrap();
        }
        std::fs::write(folder.path().join("epoch"), &manifest).unwrap();
        std::fs::write(&path, &bytes[..cut]).unwrap();
        let (mut spool, recovery) = open(folder.path());
        assert_eq!(waiting(&mut spool), [b"whole"], "cut at {cut}");
        assert_eq!(recovery.cut_bytes_len, u64::try_from(cut).unwrap() - kept);
        assert!(recovery.is_renumbered && spool.epoch() != epoch);
    }
}

#[test]
fn a_tail_cut_between_records_is_noticed_by_what_was_confirmed() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    spool.append(b"one").unwrap();
    let kept = spool.bytes_len();
    spool.append(b"two").unwrap();
    spool.acked(Seq(2)).unwrap();
    drop(spool);
    let path = segments(folder.path()).pop().unwrap();
    File::options().write(true).open(path).unwrap().set_len(kept).unwrap();
    let (spool, recovery) = open(folder.path());
    assert!(recovery.is_renumbered);
    assert_eq!(spool.seq_next(), Seq(1), "what was confirmed is not sent again");
}

#[test]
fn damage_in_the_middle_loses_that_record_alone_and_counts_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    for payload in [b"one", b"two", b"six"] {
        spool.append(payload).unwrap();
    }
    drop(spool);
    let path = segments(folder.path()).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(3).position(|window| window == b"two").unwrap();
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let (mut spool, recovery) = open(folder.path());
    assert_eq!(waiting(&mut spool), [b"one", b"six"]);
    assert_eq!((recovery.lost_batches, recovery.lost_bytes_len), (1, 19));
}

#[test]
fn a_spool_of_a_later_version_is_set_aside_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    spool.append(b"of the future").unwrap();
    drop(spool);
    let path = segments(folder.path()).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[8] = 9;
    let crc = crc32fast::hash(&bytes[..28]);
    bytes[28..32].copy_from_slice(&crc.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let (mut spool, recovery) = open(folder.path());
    assert_eq!(waiting(&mut spool), Vec::<Vec<u8>>::new());
    let aside = recovery.aside.unwrap().join(path.file_name().unwrap());
    assert_eq!(std::fs::read(aside).unwrap(), bytes);
    drop(spool);
    assert_eq!(open(folder.path()).1, Recovery::default(), "and it is well from then on");
}

#[test]
fn a_lost_manifest_keeps_the_batches_under_new_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    spool.append(b"one").unwrap();
    drop(spool);
    for damage in [None, Some(b"nonsense")] {
        match damage {
            None => std::fs::remove_file(folder.path().join("epoch")).unwrap(),
            Some(bytes) => std::fs::write(folder.path().join("epoch"), bytes).unwrap(),
        }
        let (mut spool, recovery) = open(folder.path());
        assert_eq!(waiting(&mut spool), [b"one"]);
        assert!(recovery.is_renumbered);
    }
}

#[test]
fn a_renumbering_that_did_not_come_to_count_leaves_the_old_epoch() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    spool.append(b"one").unwrap();
    let epoch = spool.epoch();
    drop(spool);
    // What a crash leaves before the manifest is replaced: segments of an epoch that never counts.
    let name = SegmentName { epoch: Epoch(5), first: Seq(1) };
    std::fs::write(folder.path().join(name.to_string()), b"half").unwrap();
    let (mut spool, recovery) = open(folder.path());
    assert_eq!(recovery, Recovery::default());
    assert_eq!((spool.epoch(), waiting(&mut spool)), (epoch, vec![b"one".to_vec()]));
    assert_eq!(segments(folder.path()).len(), 1);
}

#[test]
fn a_new_epoch_numbers_what_is_not_confirmed_from_one() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    for number in 0..30_u8 {
        spool.append(&[number; 90]).unwrap();
    }
    spool.acked(Seq(12)).unwrap();
    let epoch = spool.epoch();
    assert!(spool.epoch_renew().unwrap().is_renumbered);
    assert_ne!(spool.epoch(), epoch);
    assert_eq!((spool.seq_acked(), spool.seq_next()), (Seq(0), Seq(19)));
    let expected: Vec<Vec<u8>> = (12..30_u8).map(|number| vec![number; 90]).collect();
    assert_eq!(waiting(&mut spool), expected);
    drop(spool);
    assert_eq!(waiting(&mut open(folder.path()).0), expected);
}

#[test]
fn a_full_disk_is_told_and_what_was_there_stays() {
    let folder = tempfile::tempdir().unwrap();
    for room in 0..200 {
        let folder = folder.path().join(room.to_string());
        let left = Arc::new(AtomicUsize::new(1_000));
        let disk = Disk { bytes_left: Some(Arc::clone(&left)) };
        let (mut spool, _) = Spool::open_on(&folder, SMALL, disk).unwrap();
        spool.append(b"before").unwrap();
        left.store(room, std::sync::atomic::Ordering::Relaxed);
        let during = spool.append(&[8; 150]);
        let expected = if during.is_ok() {
            vec![b"before".to_vec(), vec![8; 150], b"after".to_vec()]
        } else {
            vec![b"before".to_vec(), b"after".to_vec()]
        };
        left.store(1_000, std::sync::atomic::Ordering::Relaxed);
        spool.append(b"after").unwrap();
        assert_eq!(waiting(&mut spool), expected, "room for {room} bytes");
        drop(spool);
        let (mut spool, recovery) = open(&folder);
        assert_eq!(waiting(&mut spool), expected, "room for {room} bytes, reopened");
        assert_eq!(recovery, Recovery::default());
    }
}

#[test]
fn a_disk_too_full_for_a_new_epoch_keeps_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let left = Arc::new(AtomicUsize::new(1_000));
    let disk = Disk { bytes_left: Some(Arc::clone(&left)) };
    let (mut spool, _) = Spool::open_on(folder.path(), SMALL, disk).unwrap();
    spool.append(b"kept").unwrap();
    let epoch = spool.epoch();
    left.store(40, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(spool.epoch_renew(), Err(SpoolError::Io { .. })));
    assert_eq!((spool.epoch(), waiting(&mut spool)), (epoch, vec![b"kept".to_vec()]));
}

#[test]
fn a_payload_that_looks_like_a_record_is_not_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let (mut spool, _) = open(folder.path());
    // Whoever writes payloads does not know the epoch.
    let forged = segment::record_encode(Epoch(0), Seq(2), b"forged").unwrap();
    spool.append(&forged).unwrap();
    spool.append(b"last").unwrap();
    drop(spool);
    let path = segments(folder.path()).pop().unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[33] ^= 0xff;
    std::fs::write(&path, bytes).unwrap();
    assert_eq!(waiting(&mut open(folder.path()).0), [b"last"]);
}

/// What may happen to a spool.
#[derive(Clone, Debug)]
enum Step {
    Append(usize),
    Acked(Index),
    Reopen,
    EpochRenew,
    /// The last segment is shortened to here.
    Truncate(Index),
    /// A byte of some segment changes, in these bits.
    Flip(Index, Index, u8),
    /// A segment is gone.
    Remove(Index),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_usize..300).prop_map(Step::Append),
        3 => any::<Index>().prop_map(Step::Acked),
        2 => Just(Step::Reopen),
        1 => Just(Step::EpochRenew),
        1 => any::<Index>().prop_map(Step::Truncate),
        1 => (any::<Index>(), any::<Index>(), 1_u8..).prop_map(|(file, at, bits)| Step::Flip(file, at, bits)),
        1 => any::<Index>().prop_map(Step::Remove),
    ]
}

/// A spool, and what it must hold: payloads not confirmed, each with the bytes of its record.
struct Model {
    folder: tempfile::TempDir,
    spool: Option<Spool>,
    waiting: Vec<Vec<u8>>,
    appended: u32,
}

impl Model {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let spool = Some(open(folder.path()).0);
        Self { folder, spool, waiting: Vec::new(), appended: 0 }
    }

    fn spool(&mut self) -> &mut Spool {
        self.spool.as_mut().unwrap()
    }

    fn apply(&mut self, step: &Step) {
        match step {
            &Step::Append(len) => {
                self.appended += 1;
                let mut payload = self.appended.to_be_bytes().to_vec();
                payload.resize(len.max(4), 0xa5);
                if self.spool().append(&payload).is_ok() {
                    self.waiting.push(payload);
                }
            }
            Step::Acked(index) => {
                let count = index.index(self.waiting.len() + 1);
                let seq = Seq(self.spool().seq_acked().0 + u64::try_from(count).unwrap());
                self.spool().acked(seq).unwrap();
                self.waiting.drain(..count);
            }
            Step::Reopen => self.reopen(|_| {}),
            Step::EpochRenew => {
                self.spool().epoch_renew().unwrap();
            }
            Step::Truncate(index) => self.reopen(|paths| {
                let Some(path) = paths.last() else { return };
                let len = usize::try_from(path.metadata().unwrap().len()).unwrap();
                let len = u64::try_from(index.index(len + 1)).unwrap();
                File::options().write(true).open(path).unwrap().set_len(len).unwrap();
            }),
            Step::Flip(file, at, bits) => self.reopen(|paths| {
                let path = &paths[file.index(paths.len())];
                let mut bytes = std::fs::read(path).unwrap();
                if bytes.is_empty() {
                    return;
                }
                let at = at.index(bytes.len());
                bytes[at] ^= *bits;
                std::fs::write(path, bytes).unwrap();
            }),
            Step::Remove(file) => self.reopen(|paths| {
                std::fs::remove_file(&paths[file.index(paths.len())]).unwrap();
            }),
        }
    }

    /// Closes the spool, does `harm` to its segments, and opens it again. Whoever's record is still
    /// on disk byte for byte must come back; nobody else may.
    fn reopen(&mut self, harm: impl FnOnce(&[PathBuf])) {
        let spool = self.spool.take().unwrap();
        let (epoch, mut seq) = (spool.epoch(), spool.seq_acked());
        drop(spool);
        let paths = segments(self.folder.path());
        harm(&paths);
        let files: Vec<Vec<u8>> =
            paths.iter().filter_map(|path| std::fs::read(path).ok()).collect();
        let survivors: Vec<Vec<u8>> = std::mem::take(&mut self.waiting)
            .into_iter()
            .filter(|payload| {
                seq = seq.next();
                let record = segment::record_encode(epoch, seq, payload).unwrap();
                files.iter().any(|file| file.windows(record.len()).any(|bytes| bytes == record))
            })
            .collect();
        self.spool = Some(open(self.folder.path()).0);
        self.waiting = survivors;
    }
}

/// `count`, unless the environment asks for another.
fn cases(count: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    if usual.cases == 256 { ProptestConfig { cases: count, ..usual } } else { usual }
}

proptest! {
    // Every case flushes to a real disk some dozens of times; `PROPTEST_CASES` runs more.
    #![proptest_config(cases(24))]

    #[test]
    fn what_is_on_disk_comes_back_in_order_and_once(steps in vec(step(), 1..40)) {
        let mut model = Model::new();
        for step in steps {
            model.apply(&step);
            let expected = model.waiting.clone();
            prop_assert_eq!(waiting(model.spool()), expected);
        }
    }

    #[test]
    fn any_bytes_in_its_files_open(
        epoch in vec(any::<u8>(), 0..40),
        acked in vec(any::<u8>(), 0..40),
        segment in vec(any::<u8>(), 0..200),
    ) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("epoch"), epoch).unwrap();
        std::fs::write(folder.path().join("acked"), acked).unwrap();
        let name = SegmentName { epoch: Epoch(3), first: Seq(1) }.to_string();
        std::fs::write(folder.path().join(name), segment).unwrap();
        let (mut spool, _) = open(folder.path());
        spool.append(b"works").unwrap();
        prop_assert_eq!(waiting(&mut spool), [b"works"]);
    }
}
