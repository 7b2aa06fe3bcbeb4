use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::{Again, Budgets, CallBudget, CallLimits};

fn limits(calls_per_second_max: u32) -> CallLimits {
    CallLimits {
        calls_per_second_max: NonZeroU32::new(calls_per_second_max).unwrap(),
        ..CallLimits::default()
    }
}

/// Fails with `again` the first `failures` times, then answers with the number of attempts.
async fn stubborn(budget: &CallBudget, failures: u32, again: Again) -> Result<u32, &'static str> {
    let attempts = AtomicU32::new(0);
    budget
        .call(|| async {
            let attempt = attempts.fetch_add(1, Ordering::Relaxed).saturating_add(1);
            if attempt <= failures { Err((again, "no")) } else { Ok(attempt) }
        })
        .await
}

async fn calls(budget: &CallBudget, count: u32) -> Duration {
    let began_at = Instant::now();
    for _ in 0..count {
        stubborn(budget, 0, Again::Never).await.unwrap();
    }
    began_at.elapsed()
}

fn about(took: Duration, expected: Duration) {
    let tolerance = Duration::from_millis(60);
    assert!(took.abs_diff(expected) <= tolerance, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_burst_goes_through_at_once() {
    let budget = CallBudget::new(limits(10));
    about(calls(&budget, CallBudget::BURST_MAX).await, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_burst_keep_to_the_limit() {
    let budget = CallBudget::new(limits(10));
    about(calls(&budget, CallBudget::BURST_MAX + 50).await, Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_is_made_once() {
    let budget = CallBudget::new(limits(10));
    assert_eq!(stubborn(&budget, 1, Again::Never).await, Err("no"));
    assert_eq!(budget.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_accident_is_tried_three_times() {
    let budget = CallBudget::new(limits(10));
    assert_eq!(stubborn(&budget, 2, Again::Perhaps).await, Ok(3));
    assert_eq!(stubborn(&budget, 3, Again::Perhaps).await, Err("no"));
    assert_eq!(budget.calls(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_throttled_call_is_tried_eight_times() {
    let budget = CallBudget::new(limits(10));
    assert_eq!(stubborn(&budget, 7, Again::Throttled { after: None }).await, Ok(8));
    assert_eq!(stubborn(&budget, 8, Again::Throttled { after: None }).await, Err("no"));
}

#[tokio::test(start_paused = true)]
async fn the_wait_that_the_provider_asks_for_is_kept() {
    let budget = CallBudget::new(limits(10));
    let began_at = Instant::now();
    let after = Some(Duration::from_secs(40));
    assert_eq!(stubborn(&budget, 1, Again::Throttled { after }).await, Ok(2));
    assert!(began_at.elapsed() >= Duration::from_secs(40));
}

#[tokio::test(start_paused = true)]
async fn one_callers_wait_holds_for_all() {
    let budget = CallBudget::new(limits(10));
    let after = Some(Duration::from_secs(40));
    let (_, other) = tokio::join!(stubborn(&budget, 1, Again::Throttled { after }), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        calls(&budget, 1).await
    });
    about(other, Duration::from_secs(39));
}

#[tokio::test(start_paused = true)]
async fn a_wait_of_hours_gives_the_call_up() {
    let budget = CallBudget::new(limits(10));
    let after = Some(Duration::from_hours(1));
    let began_at = Instant::now();
    assert_eq!(stubborn(&budget, 1, Again::Throttled { after }).await, Err("no"));
    about(began_at.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn throttling_halves_the_pace() {
    let budget = CallBudget::new(limits(10));
    calls(&budget, CallBudget::BURST_MAX).await;
    budget.slow_down(Instant::now(), Duration::ZERO);
    // 200 ms a call instead of 100 ms, shrinking by 1/32 with each of the two answers.
    about(calls(&budget, 2).await, Duration::from_millis(100 + 200));
}

#[tokio::test(start_paused = true)]
async fn calls_under_way_together_halve_it_once() {
    let budget = CallBudget::new(limits(10));
    let began_at = Instant::now();
    for _ in 0..8 {
        budget.slow_down(began_at, Duration::ZERO);
        tokio::time::advance(Duration::from_millis(1)).await;
    }
    assert_eq!(budget.pace().interval, Duration::from_millis(200));
}

#[tokio::test(start_paused = true)]
async fn it_recovers_to_the_limit_and_not_beyond() {
    let budget = CallBudget::new(limits(10));
    budget.slow_down(Instant::now(), Duration::ZERO);
    calls(&budget, 30).await;
    assert_eq!(budget.pace().interval, Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn waits_between_attempts_double() {
    let budget = CallBudget::new(limits(10));
    for (failed, least, most) in
        [(1, 250, 500), (2, 500, 1000), (5, 4000, 8000), (40, 15000, 30000)]
    {
        let wait = budget.backoff(failed).as_millis();
        assert!((least..=most).contains(&wait), "{failed}: {wait}");
    }
}

#[tokio::test(start_paused = true)]
async fn all_who_ask_one_account_spend_one_budget_at_the_lowest_limit() {
    let budgets = Budgets::default();
    let (fast, slow) = (budgets.of("a", limits(100)), budgets.of("a", limits(2)));
    assert!(Arc::ptr_eq(&fast, &slow));
    assert!(!Arc::ptr_eq(&fast, &budgets.of("b", limits(100))));
    let began_at = Instant::now();
    for budget in [&fast, &slow].into_iter().cycle().take(30) {
        budget.call(|| async { Ok::<(), (Again, ())>(()) }).await.unwrap();
    }
    // Ten at once after a quiet time, then twenty at two a second.
    assert_eq!(began_at.elapsed().as_secs(), 10);
    assert_eq!(fast.calls(), 30);
}
