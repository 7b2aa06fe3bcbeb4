use jiff::Timestamp;
use model::Use;

use super::{Listed, slot_of};
use crate::source::aws_iam::report::KeySlot;

fn at(text: &str) -> Option<Timestamp> {
    format!("{text}T00:00:00Z").parse().ok()
}

fn key(created_at: &str, active: bool) -> Listed {
    Listed { created_at: at(created_at), active }
}

fn slot(changed_at: &str, active: bool, used_at: &str) -> KeySlot {
    KeySlot {
        active,
        changed_at: at(changed_at),
        used: at(used_at).map_or(Use::Unknown, Use::At),
        region: String::new(),
        service: String::new(),
    }
}

/// The use of each key, in their order.
fn uses(keys: &[Listed], slots: &[KeySlot]) -> Vec<Option<Timestamp>> {
    let used = |key: &Listed| match slot_of(*key, keys, slots)?.used {
        Use::At(at) => Some(at),
        Use::Never | Use::NotSince(_) | Use::Unknown => None,
    };
    keys.iter().map(used).collect()
}

#[test]
fn keys_are_known_by_the_moment_they_were_made() {
    let keys = [key("2021-01-01", true), key("2022-01-01", true)];
    let slots = [slot("2022-01-01", true, "2026-02-02"), slot("2021-01-01", true, "2026-01-01")];
    assert_eq!(uses(&keys, &slots), [at("2026-01-01"), at("2026-02-02")]);
}

#[test]
fn a_key_whose_state_changed_is_the_one_left_over() {
    let keys = [key("2021-01-01", false), key("2022-01-01", true)];
    let slots = [slot("2023-01-01", false, "2022-12-31"), slot("2022-01-01", true, "2026-02-02")];
    assert_eq!(uses(&keys, &slots), [at("2022-12-31"), at("2026-02-02")]);
}

#[test]
fn a_lone_key_whose_state_changed_is_the_lone_one_of_the_report() {
    let keys = [key("2021-01-01", true)];
    assert_eq!(uses(&keys, &[slot("2023-01-01", true, "2026-01-01")]), [at("2026-01-01")]);
}

#[test]
fn two_keys_that_both_changed_are_not_told_apart() {
    let keys = [key("2021-01-01", true), key("2022-01-01", true)];
    let slots = [slot("2023-01-01", true, "2026-01-01"), slot("2024-01-01", true, "2026-02-02")];
    assert_eq!(uses(&keys, &slots), [None, None]);
}

#[test]
fn two_keys_made_in_one_second_are_not_told_apart() {
    let keys = [key("2021-01-01", true), key("2021-01-01", true)];
    let slots = [slot("2021-01-01", true, "2026-01-01"), slot("2021-01-01", true, "2026-02-02")];
    assert_eq!(uses(&keys, &slots), [None, None]);
}

#[test]
fn a_key_made_since_the_report_has_no_line() {
    let keys = [key("2021-01-01", true), key("2026-03-01", true)];
    let slots = [slot("2021-01-01", true, "2026-01-01")];
    assert_eq!(uses(&keys, &slots), [at("2026-01-01"), None]);
}

#[test]
fn a_key_that_replaced_another_since_the_report_does_not_take_its_line() {
    let keys = [key("2026-03-01", true)];
    assert_eq!(uses(&keys, &[slot("2021-01-01", true, "2026-01-01")]), [None]);
}

#[test]
fn a_state_that_differs_from_the_reports_leaves_a_doubt() {
    let keys = [key("2021-01-01", false)];
    assert_eq!(uses(&keys, &[slot("2023-01-01", true, "2026-01-01")]), [None]);
}
