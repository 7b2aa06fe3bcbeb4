use super::*;

/// The order in which these have their turn, if all of them wait.
fn turns(asked: &[(Rank, u32)]) -> Vec<u32> {
    let (jobs, waiting) = mpsc::unbounded_channel();
    for job in asked {
        jobs.send(*job).unwrap();
    }
    drop(jobs);
    let mut waiting = Waiting::of(waiting);
    std::iter::from_fn(|| waiting.next()).collect()
}

#[test]
fn some_others_have_their_turn_with_each_batch() {
    let others = (0..20).map(|number| (Rank::Other, number));
    let batches = (100..103).map(|number| (Rank::Batch, number));
    let asked: Vec<(Rank, u32)> = others.chain(batches).collect();
    let expected: Vec<u32> =
        (0..8).chain([100]).chain(8..16).chain([101]).chain(16..20).chain([102]).collect();
    assert_eq!(turns(&asked), expected);
}

#[test]
fn batches_do_not_wait_for_others_that_are_not_there() {
    let asked = [(Rank::Batch, 100), (Rank::Batch, 101), (Rank::Other, 0), (Rank::Batch, 102)];
    assert_eq!(turns(&asked), [0, 100, 101, 102]);
}

#[test]
fn others_do_not_wait_for_batches_that_are_not_there() {
    let asked: Vec<(Rank, u32)> = (0..30).map(|number| (Rank::Other, number)).collect();
    assert_eq!(turns(&asked), (0..30).collect::<Vec<_>>());
}
