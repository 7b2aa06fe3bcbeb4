//! What holds for every estate, shown on random ones.

mod random;

use jiff::{SignedDuration, Timestamp};
use model::testing::{day, estate};
use model::{Dossier, Existence, Finding, FindingChange, Settlement};
use proptest::prelude::*;

use crate::detector::testing::dossiers;
use crate::{Policy, examine, time};

/// The findings that stand after `settlement`.
fn standing_after(dossier: &Dossier, settlement: &Settlement) -> Vec<Finding> {
    let mut standing = dossier.standing.clone();
    for change in &settlement.changes {
        standing.retain(|finding| finding.id != change.finding().id);
        if !matches!(change, FindingChange::Resolved(..)) {
            standing.push(change.finding().clone());
        }
    }
    standing
}

/// The settlement without what depends on the moment of the examination alone.
fn timeless(mut settlement: Settlement) -> Settlement {
    for change in &mut settlement.changes {
        if let FindingChange::Opened(finding) = change {
            finding.opened_at = Timestamp::UNIX_EPOCH;
            finding.updated_at = Timestamp::UNIX_EPOCH;
        }
    }
    settlement
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn the_order_of_sightings_does_not_matter(
        text in random::estate_text(),
        seed in any::<u64>(),
    ) {
        let (estate, as_of) = (estate(&text), day("2026-01-01"));
        for dossier in random::stored(dossiers(&estate, as_of)) {
            let shuffled = random::shuffled(dossier.clone(), seed);
            prop_assert_eq!(
                crate::subject(&dossier, &estate.owners, as_of),
                crate::subject(&shuffled, &estate.owners, as_of)
            );
        }
    }

    #[test]
    fn an_examination_of_its_own_result_changes_nothing(text in random::estate_text()) {
        let (estate, as_of) = (estate(&text), day("2026-01-01"));
        for mut dossier in dossiers(&estate, as_of) {
            let first = examine(&dossier, &estate.owners, &Policy::default(), as_of);
            dossier.standing = standing_after(&dossier, &first);
            dossier.existed = matches!(first.existence, Existence::Appeared | Existence::Stays);
            let again = examine(&dossier, &estate.owners, &Policy::default(), as_of);
            prop_assert_eq!(&again.changes, &[]);
            prop_assert!(matches!(again.existence, Existence::Stays | Existence::Absent));
        }
    }

    #[test]
    fn nothing_changes_by_itself_before_the_recheck(
        text in random::estate_text(),
        share in 0_i32..=100,
    ) {
        let (estate, as_of) = (estate(&text), day("2026-01-01"));
        for dossier in dossiers(&estate, as_of) {
            let now = examine(&dossier, &estate.owners, &Policy::default(), as_of);
            let until = now.recheck_at.unwrap_or_else(|| day("2099-01-01"));
            prop_assert!(until > as_of);
            let span = until.duration_since(as_of);
            let part = span.checked_div(100).unwrap().checked_mul(share).unwrap();
            let later = time::after(as_of, part)
                .min(time::before(until, SignedDuration::from_nanos(1)));
            let then = examine(&dossier, &estate.owners, &Policy::default(), later);
            prop_assert_eq!(timeless(now), timeless(then));
        }
    }

    #[test]
    fn the_rechecks_come_to_an_end(text in random::estate_text()) {
        let (estate, mut as_of) = (estate(&text), day("2026-01-01"));
        for dossier in dossiers(&estate, as_of) {
            for _ in 0..200 {
                let said = examine(&dossier, &estate.owners, &Policy::default(), as_of);
                let Some(next) = said.recheck_at else { break };
                prop_assert!(next > as_of);
                as_of = next;
            }
            prop_assert!(as_of < day("2100-01-01"));
            as_of = day("2026-01-01");
        }
    }
}

#[test]
fn a_subject_that_nobody_asserts_is_absent_and_claims_nothing() {
    let estate = estate("user arn:aws:iam::1:user/ci");
    let mut dossier = estate.dossiers().remove(0);
    dossier.sightings.clear();
    dossier.existed = true;
    let gone = examine(&dossier, &estate.owners, &Policy::default(), day("2026-01-01"));
    assert_eq!(gone.existence, Existence::Gone);
    assert_eq!((gone.changes, gone.unknown, gone.declarations), (vec![], vec![], vec![]));
}

#[test]
fn scopes_and_declarations_neither_appear_nor_go() {
    let estate = estate(
        "
scope agent-1 host/web-1/accounts  completed=2026-01-01
declare a.yaml#a  kind=user technical=person:ada
",
    );
    for dossier in estate.dossiers() {
        let said = examine(&dossier, &estate.owners, &Policy::default(), day("2026-01-01"));
        assert_eq!(said.existence, Existence::Stays);
        let none = model::Owners::default();
        let without = Dossier { scopes: Vec::new(), ..dossier };
        let said = examine(&without, &none, &Policy::default(), day("2026-01-01"));
        assert_eq!(said.existence, Existence::Absent);
    }
}

#[test]
fn looks_again_when_an_owner_is_to_leave() {
    let estate = estate(
        "
machine host:web-1
declare a.yaml#a  kind=machine technical=team:ops lifecycle=team:ops
team ops  members=person:ada,person:bob
person ada  left=2026-02-01
person bob  left=2026-03-01
",
    );
    let said = |date| {
        examine(&estate.dossiers()[0], &estate.owners, &Policy::default(), day(date)).recheck_at
    };
    assert_eq!(said("2026-01-01"), Some(day("2026-02-01")));
    assert_eq!(said("2026-02-01"), Some(day("2026-03-01")));
    assert_eq!(said("2026-03-01"), None);
}
