#![expect(
    clippy::arithmetic_side_effects,
    clippy::type_complexity,
    reason = "a test may panic, and reads better so"
)]

use std::collections::BTreeMap;

use model::{Details, Grant, GrantKind, Workload, WorkloadKind};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// A node of that name with that content.
fn node(name: &str, content: &str) -> Fact {
    Fact::Workload(Workload {
        id: name.into(),
        kind: WorkloadKind::Unit,
        identity: "host:web-1/account/root".into(),
        details: Details::from([("program".to_owned(), content.to_owned())]),
    })
}

/// Both ends of the line: a reporter over a folder, and what the collector holds by its entries.
struct Line {
    folder: tempfile::TempDir,
    scan_next: u64,
    held: BTreeMap<FactKey, ContentDigest>,
}

impl Line {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), scan_next: 1, held: BTreeMap::new() }
    }

    fn index(&self) -> Arc<IndexStore> {
        Arc::new(IndexStore::in_folder(self.folder.path()).unwrap())
    }

    /// One scan of the scope `test/a`; gives its entries as short text.
    fn scan(&mut self, facts: &[(&str, &str)], end: End) -> Vec<String> {
        self.scan_kept(facts, end, true)
    }

    fn scan_kept(&mut self, facts: &[(&str, &str)], end: End, persist: bool) -> Vec<String> {
        let mut reporter = Reporter::new(self.index(), None);
        let entries = round(&mut reporter, self.scan_next, facts, end);
        self.scan_next += 1;
        if persist {
            reporter.persist().unwrap();
        }
        self.collect(&entries)
    }

    /// What a collector does with entries, after `collector/src/store.rs`: facts count at once, what
    /// is missed counts when the scan completes, and so does what a whole scan did not see.
    fn collect(&mut self, entries: &[Entry]) -> Vec<String> {
        let (mut whole, mut seen, mut missed) = (false, Vec::new(), Vec::new());
        let mut told = Vec::new();
        for entry in entries {
            told.push(match entry {
                Entry::Began(began) => {
                    whole = began.mode == ScanMode::Whole;
                    if whole { "whole" } else { "changes" }.to_owned()
                }
                Entry::Saw(it) => {
                    let key = FactKey::of(&it.fact);
                    seen.push(key);
                    self.held.insert(key, proto::content_digest(key, &it.fact));
                    format!("saw {}", it.fact.node().1)
                }
                Entry::Missed(_, key) => {
                    missed.push(*key);
                    "missed".to_owned()
                }
                Entry::Completed { digest, .. } => {
                    self.held
                        .retain(|key, _| !missed.contains(key) && (!whole || seen.contains(key)));
                    let agrees = *digest == self.digest();
                    if agrees { "agreed" } else { "differs" }.to_owned()
                }
                Entry::Abandoned { reason, .. } => format!("abandoned: {reason}"),
            });
        }
        told
    }

    fn digest(&self) -> ScopeDigest {
        let mut digest = ScopeDigest::default();
        self.held.values().for_each(|content| digest.add(*content));
        digest
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    Complete,
    Abandon,
    /// The source just stops.
    Silence,
}

fn round(reporter: &mut Reporter, id: u64, facts: &[(&str, &str)], end: End) -> Vec<Entry> {
    let now = Timestamp::UNIX_EPOCH;
    let id = ScanId(id);
    let mut entries = reporter.take(Report::Began(id, "test/a".into(), Vec::new()), now);
    for (name, content) in facts {
        entries.extend(reporter.take(Report::Saw(id, Box::new(node(name, content))), now));
    }
    entries.extend(match end {
        End::Complete => reporter.take(Report::Completed(id), now),
        End::Abandon => reporter.take(Report::Abandoned(id, "403".into()), now),
        End::Silence => Vec::new(),
    });
    entries.extend(reporter.round_end(now));
    entries
}

#[test]
fn a_first_scan_is_whole() {
    let told = Line::new().scan(&[("a", "1"), ("b", "1")], End::Complete);
    assert_eq!(told, ["whole", "saw a", "saw b", "agreed"]);
}

#[test]
fn an_unchanged_scope_costs_two_entries() {
    let mut line = Line::new();
    line.scan(&[("a", "1"), ("b", "1")], End::Complete);
    assert_eq!(line.scan(&[("b", "1"), ("a", "1")], End::Complete), ["changes", "agreed"]);
}

#[test]
fn only_what_is_new_different_or_gone_is_told() {
    let mut line = Line::new();
    line.scan(&[("a", "1"), ("b", "1"), ("c", "1")], End::Complete);
    let told = line.scan(&[("a", "1"), ("b", "2"), ("d", "1")], End::Complete);
    assert_eq!(told, ["changes", "saw b", "saw d", "missed", "agreed"]);
}

#[test]
fn nothing_is_missed_by_a_scan_that_was_given_up() {
    let mut line = Line::new();
    line.scan(&[("a", "1"), ("b", "1")], End::Complete);
    assert_eq!(line.scan(&[("a", "1")], End::Abandon), ["changes", "abandoned: 403"]);
}

#[test]
fn a_scan_that_the_source_left_open_is_given_up() {
    let told = Line::new().scan(&[("a", "1")], End::Silence);
    assert_eq!(told, ["whole", "saw a", "abandoned: the source stopped before the end"]);
}

#[test]
fn what_a_given_up_scan_told_is_not_told_again() {
    let mut line = Line::new();
    line.scan(&[("a", "1")], End::Abandon);
    assert_eq!(line.scan(&[("a", "1"), ("b", "1")], End::Complete), ["changes", "saw b", "agreed"]);
}

#[test]
fn what_a_given_up_scan_did_not_see_can_still_be_missed_by_the_next() {
    let mut line = Line::new();
    line.scan(&[("a", "1"), ("b", "1")], End::Complete);
    line.scan(&[("a", "1")], End::Abandon);
    assert_eq!(line.scan(&[("a", "1")], End::Complete), ["changes", "missed", "agreed"]);
}

#[test]
fn of_one_node_seen_twice_the_last_counts() {
    let mut line = Line::new();
    let told = line.scan(&[("a", "1"), ("a", "2")], End::Complete);
    assert_eq!(told, ["whole", "saw a", "saw a", "agreed"]);
    assert_eq!(line.scan(&[("a", "2")], End::Complete), ["changes", "agreed"]);
}

#[test]
fn a_forgotten_scope_is_sent_whole() {
    let mut line = Line::new();
    line.scan(&[("a", "1")], End::Complete);
    line.index().forget(&"test/a".into()).unwrap();
    assert_eq!(line.scan(&[("a", "1")], End::Complete), ["whole", "saw a", "agreed"]);
}

#[test]
fn a_scope_forgotten_while_it_is_scanned_is_sent_whole_the_next_time() {
    let mut line = Line::new();
    line.scan(&[("a", "1")], End::Complete);
    let index = line.index();
    let mut reporter = Reporter::new(Arc::clone(&index), None);
    let entries = round(&mut reporter, 7, &[("a", "1"), ("b", "1")], End::Complete);
    index.forget(&"test/a".into()).unwrap();
    reporter.persist().unwrap();
    line.collect(&entries);
    assert_eq!(line.scan(&[("a", "1")], End::Complete)[0], "whole");
}

#[test]
fn a_crash_before_the_index_was_saved_is_told_by_the_digest() {
    let mut line = Line::new();
    line.scan(&[("a", "1")], End::Complete);
    line.scan_kept(&[("a", "1"), ("b", "1")], End::Complete, false);
    let told = line.scan(&[("a", "1")], End::Complete);
    assert_eq!(told, ["changes", "differs"], "the collector still holds b, and asks for the whole");
    line.index().forget(&"test/a".into()).unwrap();
    assert_eq!(line.scan(&[("a", "1")], End::Complete), ["whole", "saw a", "agreed"]);
}

#[test]
fn a_damaged_index_is_forgotten() {
    let mut line = Line::new();
    line.scan(&[("a", "1"), ("b", "1")], End::Complete);
    let file = std::fs::read_dir(line.folder.path()).unwrap().next().unwrap().unwrap().path();
    let good = std::fs::read(&file).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        std::fs::write(&file, bytes).unwrap();
        assert_eq!(line.index().load(&"test/a".into()).1, None, "byte {at}");
        std::fs::write(&file, &good[..at]).unwrap();
        assert_eq!(line.index().load(&"test/a".into()).1, None, "cut at {at}");
    }
}

#[test]
fn a_fact_too_large_gives_the_scope_up_and_names_itself() {
    let large = "x".repeat(FACT_BYTES_MAX);
    let told = Line::new().scan(&[("a", "1"), ("big", &large), ("b", "1")], End::Complete);
    assert_eq!(told.len(), 3);
    assert!(told[2].starts_with("abandoned: workload `big` is too large"), "{}", told[2]);
}

#[test]
fn a_scope_that_the_agent_is_not_enrolled_for_is_not_sent() {
    let mut reporter = Reporter::new(Arc::new(IndexStore::none()), None)
        .permitted(vec![Pattern("other/*".into())]);
    assert_eq!(round(&mut reporter, 1, &[("a", "1")], End::Complete), []);
    assert_eq!(reporter.tally().abandoned.len(), 1);
}

#[test]
fn a_long_reason_is_cut_between_characters() {
    assert_eq!(cut("aäb", 2), "a");
    assert_eq!(cut("aäb", 3), "aä");
    assert_eq!(cut("aäb", 9), "aäb");
}

#[test]
fn facts_of_one_holder_and_policy_in_two_ways_are_two() {
    let grant = |kind| Fact::Grant(Grant { holder: "h".into(), kind, policy: "p".into() });
    assert_ne!(
        FactKey::of(&grant(GrantKind::Permission)),
        FactKey::of(&grant(GrantKind::Boundary))
    );
}

fn history() -> impl Strategy<Value = Vec<(Vec<(u8, u8)>, u8, bool)>> {
    vec((vec((0_u8..12, 0_u8..3), 0..12), 0_u8..4, any::<bool>()), 1..12)
}

proptest! {
    // Every case flushes to a real disk.
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever happened before: scans that were given up, indexes lost to a crash, nodes seen
    /// twice. Either both sides agree at the end of a complete scan, or the collector says so, and
    /// then they agree after one whole scan.
    #[test]
    fn both_sides_agree_or_know_that_they_do_not(history in history()) {
        let mut line = Line::new();
        for (facts, end, persist) in history {
            let facts: Vec<(String, String)> =
                facts.iter().map(|(name, content)| (name.to_string(), content.to_string())).collect();
            let facts: Vec<(&str, &str)> =
                facts.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
            let end = match end { 0 => End::Abandon, 1 => End::Silence, _ => End::Complete };
            let told = line.scan_kept(&facts, end, persist);
            if end != End::Complete {
                continue;
            }
            if told.last().unwrap() == "differs" {
                line.index().forget(&"test/a".into()).unwrap();
                let told = line.scan(&facts, End::Complete);
                prop_assert_eq!(told.last().unwrap(), "agreed");
            }
            let truth: BTreeMap<FactKey, ContentDigest> = facts
                .iter()
                .map(|(name, content)| node(name, content))
                .map(|fact| (FactKey::of(&fact), proto::content_digest(FactKey::of(&fact), &fact)))
                .collect();
            prop_assert_eq!(&line.held, &truth);
        }
    }
}
