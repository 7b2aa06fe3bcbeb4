use super::*;

fn schedule(agent: &str, interval_s: u64, jitter_s: u64) -> Schedule {
    let (interval, jitter) = (Duration::from_secs(interval_s), Duration::from_secs(jitter_s));
    Schedule::new(agent.into(), "host[0]".to_owned(), interval, jitter)
}

#[test]
fn a_wait_is_the_interval_and_at_most_the_jitter_less_what_the_round_took() {
    let mut schedule = schedule("web-1", 3_600, 60);
    for _ in 0..100 {
        let wait = schedule.wait(Duration::from_mins(10));
        assert!((Duration::from_mins(50)..=Duration::from_mins(51)).contains(&wait));
    }
}

#[test]
fn a_round_longer_than_the_interval_is_followed_at_once() {
    assert_eq!(schedule("web-1", 60, 0).wait(Duration::from_secs(90)), Duration::ZERO);
}

#[test]
fn agents_of_a_fleet_spread_and_each_is_the_same_after_a_restart() {
    let wait = |agent: &str| schedule(agent, 3_600, 600).wait(Duration::ZERO);
    assert_eq!(wait("web-1"), wait("web-1"));
    assert_ne!(wait("web-1"), wait("web-2"));
}

#[test]
fn a_source_is_brought_forward_once_between_two_rounds_of_the_plan() {
    let mut schedule = schedule("web-1", 60, 0);
    assert!(schedule.may_be_early());
    assert!(!schedule.may_be_early());
    schedule.on_time();
    assert!(schedule.may_be_early());
}
