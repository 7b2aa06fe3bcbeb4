use super::*;

#[test]
fn waits_longer_each_time_and_never_longer_than_the_longest() {
    let mut backoff = Backoff::default();
    let mut step = FIRST;
    for _ in 0..40 {
        let delay = backoff.next(None);
        assert!(delay >= step / 2 && delay <= step, "{delay:?} is not within {step:?}");
        step = (step * 2).min(LONGEST);
    }
}

#[test]
fn begins_anew_after_a_success() {
    let mut backoff = Backoff::default();
    for _ in 0..10 {
        backoff.next(None);
    }
    backoff.reset();
    assert!(backoff.next(None) <= FIRST);
}

#[test]
fn waits_as_long_as_the_receiver_asks_within_reason() {
    let mut backoff = Backoff::default();
    let asked = Duration::from_secs(90);
    assert_eq!(backoff.next(Some(asked)), asked);
    assert_eq!(backoff.next(Some(Duration::from_secs(1_000_000))), ASKED_LONGEST);
}
