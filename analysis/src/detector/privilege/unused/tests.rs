use super::Unused;
use crate::detector::testing::verdict;

/// A role made on the first of January that may use two services.
fn role(uses: &str) -> Vec<String> {
    let lines: Vec<String> = uses.lines().map(|line| format!("  uses {}", line.trim())).collect();
    let uses = lines.join("\n");
    let text = format!(
        "role arn:aws:iam::1:role/ci  created=2026-01-01\n  permission own \
         {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":[\"s3:*\",\"sqs:*\"],\"Resource\":\"*\"}}}}\n\
         {uses}"
    );
    verdict(&Unused, "2026-04-10", &text)
}

const SQS: &str = "medium arn:aws:iam::1:role/ci: may use `sqs`, and did not for 90 days or more";

#[test]
fn fires_on_the_day_the_limit_is_reached() {
    let said = role("s3  used=2026-04-01\nsqs  used=2026-01-10");
    assert_eq!(said.first().map(String::as_str), Some(SQS));
}

#[test]
fn stays_quiet_just_below_it_and_asks_to_be_asked_again() {
    assert_eq!(role("s3  used=2026-04-10\nsqs  used=2026-01-11"), ["recheck 2026-04-11"],);
}

#[test]
fn counts_from_when_it_was_made_if_it_never_used_the_service() {
    assert_eq!(role("sqs  used=never").first().map(String::as_str), Some(SQS));
    assert_eq!(role("sqs  used=before:2025-03-06").first().map(String::as_str), Some(SQS));
}

#[test]
fn stays_quiet_about_a_service_that_it_may_not_use() {
    assert_eq!(role("s3  used=2026-04-10\nec2  used=2020-01-01"), ["recheck 2026-07-09"]);
}

#[test]
fn says_unknown_if_nobody_tells_what_it_used() {
    assert_eq!(role(""), ["unknown arn:aws:iam::1:role/ci: which services it used is not told"]);
}
