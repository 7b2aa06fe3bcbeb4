use super::Stale;
use crate::detector::testing::verdict;

#[test]
fn fires_after_two_intervals() {
    let text = "scope agent-1 host/web-1/accounts  interval=24h completed=2026-03-01";
    assert_eq!(
        verdict(&Stale, "2026-03-03", text),
        [
            "medium agent-1:host/web-1/accounts: last listed to its end at 2026-03-01T00:00:00Z, \
             scheduled every 1 day; no scan since",
            "recheck 2026-03-05",
        ]
    );
}

#[test]
fn stays_quiet_just_before() {
    let text = "scope agent-1 host/web-1/accounts  interval=24h completed=2026-03-01";
    assert_eq!(verdict(&Stale, "2026-03-02T23:59:59Z", text), ["recheck 2026-03-03"]);
}

#[test]
fn counts_from_the_first_scan_if_none_came_to_its_end() {
    let text =
        "scope agent-1 host/web-1/files:/home  interval=24h first=2026-03-01 abandoned=denied";
    assert_eq!(
        verdict(&Stale, "2026-03-03", text)[0],
        "medium agent-1:host/web-1/files:/home: never listed to its end since \
         2026-03-01T00:00:00Z, scheduled every 1 day; the latest scan was given up: denied"
    );
}

#[test]
fn stays_quiet_about_single_scans() {
    let text = "scope agent-1 host/web-1/accounts  completed=2020-01-01";
    assert_eq!(verdict(&Stale, "2026-03-03", text), [""; 0]);
}
