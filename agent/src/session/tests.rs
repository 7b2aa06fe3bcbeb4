#![expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "a test may panic, and reads better so"
)]

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::*;

const EPOCH: Epoch = Epoch(7);

/// A session over batches `acked + 1 .. next`, connected and welcomed.
fn open(acked: u64, next: u64, window: u32) -> (Session, Vec<Action>) {
    let mut session = Session::new(EPOCH, Seq(acked), Seq(next));
    assert_eq!(
        session.handle(Event::Connected)[0],
        Action::SendHello { epoch: EPOCH, seq_next: Seq(next) }
    );
    let actions = session.handle(Event::Welcome { acked: Seq(acked), window_max: window });
    (session, actions)
}

fn sent(actions: &[Action]) -> Vec<u64> {
    actions
        .iter()
        .filter_map(|action| match action {
            Action::SendBatch(seq) => Some(seq.0),
            _ => None,
        })
        .collect()
}

#[test]
fn nothing_is_sent_before_the_welcome() {
    let mut session = Session::new(EPOCH, Seq(0), Seq(5));
    let mut actions = session.handle(Event::Connected);
    actions.extend(session.handle(Event::SpoolGrew { seq_next: Seq(6) }));
    assert_eq!(sent(&actions), [0_u64; 0]);
}

#[test]
fn no_more_is_under_way_than_the_collector_allows() {
    let (mut session, actions) = open(0, 10, 3);
    assert_eq!(sent(&actions), [1, 2, 3]);
    assert_eq!(sent(&session.handle(Event::Ack(Seq(2)))), [4, 5]);
}

#[test]
fn what_the_collector_has_is_dropped_and_not_sent_again() {
    let mut session = Session::new(EPOCH, Seq(0), Seq(6));
    let _hello = session.handle(Event::Connected);
    let actions = session.handle(Event::Welcome { acked: Seq(3), window_max: 8 });
    assert_eq!(actions[0], Action::Drop(Seq(3)));
    assert_eq!(sent(&actions), [4, 5]);
}

#[test]
fn after_a_broken_line_everything_unconfirmed_is_sent_again() {
    let (mut session, _) = open(0, 5, 8);
    let _drop = session.handle(Event::Ack(Seq(1)));
    let _none = session.handle(Event::Disconnected);
    let _hello = session.handle(Event::Connected);
    let actions = session.handle(Event::Welcome { acked: Seq(1), window_max: 8 });
    assert_eq!(sent(&actions), [2, 3, 4]);
}

#[test]
fn a_stale_ack_changes_nothing() {
    let (mut session, _) = open(0, 5, 8);
    let _drop = session.handle(Event::Ack(Seq(3)));
    assert_eq!(session.handle(Event::Ack(Seq(2))), []);
}

#[test]
fn an_ack_for_what_was_never_sent_ends_the_line() {
    let (mut session, _) = open(0, 5, 2);
    assert!(matches!(session.handle(Event::Ack(Seq(4)))[..], [Action::Disconnect(_)]));
}

#[test]
fn a_rejected_batch_is_put_aside_before_it_is_dropped_and_the_rest_goes_on() {
    let (mut session, _) = open(0, 5, 2);
    let reject = Event::Reject { seq: Seq(1), code: "scope".into(), detail: "no".into() };
    let actions = session.handle(reject);
    let quarantine = Action::Quarantine { seq: Seq(1), code: "scope".into(), detail: "no".into() };
    assert_eq!(actions, [quarantine, Action::Drop(Seq(1)), Action::SendBatch(Seq(3))]);
}

#[test]
fn a_pause_holds_batches_back_until_its_time_is_over() {
    let (mut session, _) = open(0, 3, 2);
    let pause = session.handle(Event::Pause(Duration::from_millis(50)));
    assert_eq!(pause, [Action::TimerStart(Duration::from_millis(50))]);
    assert!(!session.may_send());
    assert_eq!(sent(&session.handle(Event::SpoolGrew { seq_next: Seq(9) })), [0_u64; 0]);
    assert_eq!(sent(&session.handle(Event::Ack(Seq(2)))), [0_u64; 0]);
    assert_eq!(sent(&session.handle(Event::TimerFired)), [3, 4]);
}

#[test]
fn a_collector_that_does_not_welcome_in_time_is_left() {
    let mut session = Session::new(EPOCH, Seq(0), Seq(1));
    let actions = session.handle(Event::Connected);
    assert_eq!(actions[1], Action::TimerStart(WELCOME_WAIT_MAX));
    assert!(matches!(session.handle(Event::TimerFired)[..], [Action::Disconnect(_)]));
}

#[test]
fn a_collector_that_knows_numbers_we_never_gave_means_a_new_epoch() {
    let mut session = Session::new(EPOCH, Seq(0), Seq(5));
    let _hello = session.handle(Event::Connected);
    let actions = session.handle(Event::Welcome { acked: Seq(9), window_max: 8 });
    assert_eq!(actions, [Action::EpochRenew]);
}

#[test]
fn numbers_given_since_the_start_do_not_hide_that_the_disk_was_set_back() {
    // The disk lost 5..9 and two batches took the numbers 5 and 6 before the line came up.
    let mut session = Session::new(EPOCH, Seq(0), Seq(5));
    let _none = session.handle(Event::SpoolGrew { seq_next: Seq(7) });
    let _hello = session.handle(Event::Connected);
    let actions = session.handle(Event::Welcome { acked: Seq(6), window_max: 8 });
    assert_eq!(actions, [Action::EpochRenew]);
}

#[test]
fn a_collector_that_forgot_what_it_confirmed_means_a_new_epoch() {
    let mut session = Session::new(EPOCH, Seq(4), Seq(6));
    let _hello = session.handle(Event::Connected);
    let actions = session.handle(Event::Welcome { acked: Seq(0), window_max: 8 });
    assert_eq!(actions, [Action::EpochRenew]);
}

#[test]
fn a_new_epoch_is_greeted_with_its_own_numbers() {
    let (mut session, _) = open(4, 6, 8);
    let _leave = session.handle(Event::EpochBegan { epoch: Epoch(8), seq_next: Seq(2) });
    let _none = session.handle(Event::Disconnected);
    let hello = Action::SendHello { epoch: Epoch(8), seq_next: Seq(2) };
    assert_eq!(session.handle(Event::Connected)[0], hello);
    let actions = session.handle(Event::Welcome { acked: Seq(0), window_max: 8 });
    assert_eq!(actions, [Action::SendBatch(Seq(1))]);
}

/// A collector after the protocol: positions per epoch, commits in order, answers that may be lost.
#[derive(Default)]
struct Collector {
    stored: BTreeMap<Epoch, Vec<u32>>,
    epoch: Epoch,
    rejects: bool,
}

impl Collector {
    fn position(&self) -> u64 {
        self.stored.get(&self.epoch).map_or(0, |all| u64::try_from(all.len()).unwrap())
    }

    fn batch(&mut self, seq: Seq, payload: u32) -> Event {
        let position = self.position();
        assert!(seq.0 <= position + 1, "a gap before {seq:?}");
        let stored = self.stored.entry(self.epoch).or_default();
        if seq.0 <= position {
            let known = stored[usize::try_from(seq.0 - 1).unwrap()];
            assert_eq!(known, payload, "one number, two contents");
            return Event::Ack(seq);
        }
        stored.push(payload);
        let is_bad = self.rejects && payload.is_multiple_of(7);
        if is_bad {
            Event::Reject { seq, code: "bad".into(), detail: String::new() }
        } else {
            Event::Ack(seq)
        }
    }
}

/// The agent's side: a spool of numbered payloads, and the shell around the session.
struct World {
    session: Session,
    epoch: Epoch,
    /// The payload of `spool_first`, and those after it.
    spool: VecDeque<u32>,
    spool_first: u64,
    collector: Collector,
    to_collector: VecDeque<(Seq, u32)>,
    to_agent: VecDeque<Event>,
    connected: bool,
    payload_next: u32,
    quarantined: Vec<u32>,
}

impl World {
    fn new(rejects: bool) -> Self {
        Self {
            session: Session::new(EPOCH, Seq(0), Seq(1)),
            epoch: EPOCH,
            spool: VecDeque::new(),
            spool_first: 1,
            collector: Collector { rejects, ..Collector::default() },
            to_collector: VecDeque::new(),
            to_agent: VecDeque::new(),
            connected: false,
            payload_next: 0,
            quarantined: Vec::new(),
        }
    }

    fn seq_next(&self) -> Seq {
        Seq(self.spool_first + u64::try_from(self.spool.len()).unwrap())
    }

    fn payload(&self, seq: Seq) -> Option<u32> {
        let index = seq.0.checked_sub(self.spool_first)?;
        self.spool.get(usize::try_from(index).unwrap()).copied()
    }

    fn handle(&mut self, event: Event) {
        for action in self.session.handle(event) {
            match action {
                Action::SendHello { epoch, seq_next } => {
                    assert_eq!((epoch, seq_next), (self.epoch, self.seq_next()));
                    self.collector.epoch = epoch;
                    let acked = Seq(self.collector.position());
                    self.to_agent.push_back(Event::Welcome { acked, window_max: 4 });
                }
                Action::SendBatch(seq) => {
                    let payload = self.payload(seq).expect("only what is in the spool is sent");
                    self.to_collector.push_back((seq, payload));
                    assert!(self.to_collector.len() <= 4, "the window is kept");
                }
                Action::Drop(seq) => {
                    while self.spool_first <= seq.0 {
                        let payload = self.spool.pop_front().expect("dropped once");
                        let all = &self.collector.stored[&self.epoch];
                        assert!(all.contains(&payload), "dropped only what is stored");
                        self.spool_first += 1;
                    }
                }
                Action::Quarantine { seq, .. } => {
                    self.quarantined.push(self.payload(seq).expect("put aside before dropped"));
                }
                Action::EpochRenew => {
                    self.epoch = Epoch(self.epoch.0 + 1);
                    self.spool_first = 1;
                    self.cut();
                    let (epoch, seq_next) = (self.epoch, self.seq_next());
                    let _leave = self.session.handle(Event::EpochBegan { epoch, seq_next });
                    return;
                }
                Action::Disconnect(reason) => panic!("a good collector was left: {reason}"),
                Action::TimerStart(_) | Action::Resync(_) => {}
            }
        }
    }

    fn cut(&mut self) {
        if self.connected {
            self.connected = false;
            self.to_agent.clear();
            self.to_collector.clear();
            let _none = self.session.handle(Event::Disconnected);
        }
    }

    fn step(&mut self, step: u8) {
        match step % 8 {
            0 | 1 => {
                self.spool.push_back(self.payload_next);
                self.payload_next += 1;
                let seq_next = self.seq_next();
                self.handle(Event::SpoolGrew { seq_next });
            }
            2 if !self.connected => {
                self.connected = true;
                self.handle(Event::Connected);
            }
            3 => self.cut(),
            // The batch arrives, its answer is on its way. What is cut after this is stored and not
            // known to be.
            4 | 5 => {
                if let Some((seq, payload)) = self.to_collector.pop_front() {
                    let answer = self.collector.batch(seq, payload);
                    self.to_agent.push_back(answer);
                }
            }
            // A restart of the agent: what it knew of the session is gone, the spool is there.
            6 if step > 200 => {
                self.cut();
                let acked = Seq(self.spool_first - 1);
                self.session = Session::new(self.epoch, acked, self.seq_next());
            }
            // The collector's store is set back to an older backup.
            7 if step > 250 => {
                self.cut();
                let kept = usize::from(step % 3);
                self.collector.stored.values_mut().for_each(|all| all.truncate(kept));
            }
            _ => {
                if let Some(event) = self.to_agent.pop_front() {
                    self.handle(event);
                }
            }
        }
    }

    /// Lets everything arrive.
    fn settle(&mut self) {
        for _ in 0..10_000 {
            if self.connected && self.session.is_drained() && self.to_agent.is_empty() {
                return;
            }
            for step in [2, 4, 8 + 6] {
                self.step(step);
            }
        }
        panic!("nothing moves any more");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    /// Whatever is cut, repeated or restarted: every batch is stored in order and once, and no number
    /// ever means two things. (A failure prints its seed and is kept beside this file.)
    #[test]
    fn every_batch_is_stored_once_and_in_order(
        steps in proptest::collection::vec(0_u8..=249, 0..400),
        rejects in any::<bool>(),
    ) {
        let mut world = World::new(rejects);
        for step in steps {
            world.step(step);
        }
        world.settle();
        let stored: Vec<u32> = world.collector.stored.values().flatten().copied().collect();
        prop_assert_eq!(stored, (0..world.payload_next).collect::<Vec<u32>>());
        if rejects {
            let bad: Vec<u32> =
                (0..world.payload_next).filter(|payload| payload.is_multiple_of(7)).collect();
            world.quarantined.dedup();
            prop_assert!(world.quarantined.iter().all(|payload| bad.contains(payload)));
        }
    }

    /// A collector that lost what it confirmed gets all that the agent still has, in a new epoch.
    #[test]
    fn a_collector_set_back_still_gets_what_is_left(
        steps in proptest::collection::vec(any::<u8>(), 0..400),
    ) {
        let mut world = World::new(false);
        for step in steps {
            world.step(step);
        }
        let left: Vec<u32> = world.spool.iter().copied().collect();
        world.settle();
        let stored: Vec<u32> = world.collector.stored.values().flatten().copied().collect();
        prop_assert!(left.iter().all(|payload| stored.contains(payload)));
    }
}
