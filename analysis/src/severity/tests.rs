use model::Severity;
use proptest::prelude::*;

use super::{Part, Parts, of_score};

fn parts(percents: [u8; 4]) -> Parts {
    let [privilege, exposure, time, owner] = percents.map(|percent| Part::new(percent, "why"));
    Parts { privilege, exposure, time, owner }
}

#[test]
fn the_score_is_the_product_rounded() {
    assert_eq!(parts([100, 100, 100, 100]).score(), 100);
    assert_eq!(parts([60, 50, 60, 60]).score(), 11, "10.8");
    assert_eq!(parts([40, 50, 60, 60]).score(), 7, "7.2");
    assert_eq!(parts([0, 100, 100, 100]).score(), 0);
}

#[test]
fn the_extremes_are_told_apart() {
    // An administrator that nobody answers for, with a key that everyone can read.
    assert_eq!(of_score(parts([100, 100, 100, 100]).score()), Severity::Critical);
    // A key at its limit, of a user with some policy and with owners.
    assert_eq!(of_score(parts([60, 50, 60, 60]).score()), Severity::Low);
    // A server's own key.
    assert_eq!(of_score(parts([70, 5, 100, 100]).score()), Severity::Info);
}

#[test]
fn severities_begin_where_the_manual_says() {
    let begin = |score: u8| (of_score(score - 1), of_score(score));
    assert_eq!(begin(6), (Severity::Info, Severity::Low));
    assert_eq!(begin(20), (Severity::Low, Severity::Medium));
    assert_eq!(begin(40), (Severity::Medium, Severity::High));
    assert_eq!(begin(65), (Severity::High, Severity::Critical));
}

proptest! {
    #[test]
    fn the_score_grows_with_each_factor(
        percents in prop::array::uniform4(0_u8..=100),
        which in 0_usize..4,
        more in 0_u8..=100,
    ) {
        let mut greater = percents;
        greater[which] = greater[which].saturating_add(more).min(100);
        prop_assert!(parts(greater).score() >= parts(percents).score());
        prop_assert!(of_score(parts(greater).score()) >= of_score(parts(percents).score()));
    }
}
