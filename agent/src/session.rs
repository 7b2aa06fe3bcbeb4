//! The agent's side of the protocol, as a state machine without input or output.
//!
//! ```text
//!            Connected                Welcome
//! Offline ─────────────► Greeting ─────────────► Open ◄──────► Paused
//!    ▲                      │                      │   Pause / timer
//!    └──────────────────────┴──── Disconnected ────┘
//! ```
//!
//! The shell (`uplink`) feeds it events and carries out its actions in order. INVARIANT: a batch is
//! dropped only for an `Ack` or a `Reject`, which the collector gives when it has stored the one or
//! noted the other. INVARIANT: a number that the collector knows and we never sent means that the
//! two no longer talk of the same spool; then what is left gets new numbers in a new epoch.

use std::time::Duration;

use model::{Epoch, ScopeId, Seq};

/// BOUND: how many batches are under way at most, whatever the collector allows: with full batches
/// 4 MiB that may have to be sent again.
pub const WINDOW_MAX: u64 = 16;

/// How long the collector may take to welcome us.
pub const WELCOME_WAIT_MAX: Duration = Duration::from_secs(30);

/// BOUND: how long a pause may be; a collector that asks for more is asked again then.
pub const PAUSE_MAX: Duration = Duration::from_mins(1);

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Event {
    /// A stream to the collector is open.
    Connected,
    /// It is closed.
    Disconnected,
    /// The collector greeted us back.
    Welcome {
        /// Everything up to this number of our epoch is settled.
        acked: Seq,
        /// How many batches it lets be under way.
        window_max: u32,
    },
    /// Everything up to this number is durable.
    Ack(Seq),
    /// Everything before this number is durable, and this one will never be.
    Reject {
        /// Which.
        seq: Seq,
        /// Why, as a word.
        code: String,
        /// Why, for people.
        detail: String,
    },
    /// Send nothing for so long.
    Pause(Duration),
    /// The collector's digest of a scope differs.
    Resync(ScopeId),
    /// The spool holds batches before this number.
    SpoolGrew {
        /// The number that the next batch will get.
        seq_next: Seq,
    },
    /// The spool was renumbered.
    EpochBegan {
        /// Its epoch.
        epoch: Epoch,
        /// The number that the next batch will get.
        seq_next: Seq,
    },
    /// The time of the last [`Action::TimerStart`] is over.
    TimerFired,
}

/// What is to be done.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    /// Send the greeting.
    SendHello {
        /// Of which spool.
        epoch: Epoch,
        /// The number that the next batch will get.
        seq_next: Seq,
    },
    /// Send this batch.
    SendBatch(Seq),
    /// Forget everything up to this number.
    Drop(Seq),
    /// Put this batch aside for people and raise an alarm; a [`Action::Drop`] follows.
    Quarantine {
        /// Which.
        seq: Seq,
        /// Why, as a word.
        code: String,
        /// Why, for people.
        detail: String,
    },
    /// Forget what the collector knows of this scope, and scan it soon.
    Resync(ScopeId),
    /// Forget what the collector knows of any scope, renumber the spool, tell
    /// [`Event::EpochBegan`].
    EpochRenew,
    /// Tell [`Event::TimerFired`] after this time; an earlier timer is void.
    TimerStart(Duration),
    /// Close the stream: the collector breaks the protocol, or does not answer.
    Disconnect(&'static str),
}

/// One agent's dealings with its collector, over many connections.
#[derive(Debug)]
pub struct Session {
    epoch: Epoch,
    phase: Phase,
    /// Everything up to it is settled.
    acked: Seq,
    /// The last that was sent over this connection, or settled.
    sent: Seq,
    /// The last that may have reached the collector over any connection, or in an earlier life.
    sent_ever: Seq,
    seq_next: Seq,
    window: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Phase {
    Offline,
    Greeting,
    Open,
    Paused,
    /// Waits for the spool to be renumbered.
    Renewing,
}

impl Session {
    /// A session over a spool that was just opened: everything in it may have been sent before.
    #[must_use]
    pub fn new(epoch: Epoch, acked: Seq, seq_next: Seq) -> Self {
        let sent_ever = Seq(seq_next.0.saturating_sub(1));
        Self { epoch, phase: Phase::Offline, acked, sent: acked, sent_ever, seq_next, window: 0 }
    }

    /// What is to be done about `event`, in order.
    #[must_use]
    pub fn handle(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Connected => self.connected(),
            Event::Disconnected => {
                self.phase = Phase::Offline;
                Vec::new()
            }
            Event::Welcome { acked, window_max } => self.welcome(acked, window_max),
            Event::Ack(seq) => self.settled(seq),
            Event::Reject { seq, code, detail } => self.rejected(seq, code, detail),
            Event::Pause(time) => self.pause(time),
            Event::Resync(scope) => vec![Action::Resync(scope)],
            Event::SpoolGrew { seq_next } => {
                self.seq_next = self.seq_next.max(seq_next);
                self.send()
            }
            Event::EpochBegan { epoch, seq_next } => self.epoch_began(epoch, seq_next),
            Event::TimerFired => self.timer_fired(),
        }
    }

    /// Whether the collector has settled everything that is in the spool.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.acked.next() >= self.seq_next
    }

    /// Whether there is a session.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Paused)
    }

    /// Whether a batch may be put on the wire now.
    #[must_use]
    pub fn may_send(&self) -> bool {
        self.phase == Phase::Open
    }

    fn connected(&mut self) -> Vec<Action> {
        self.phase = Phase::Greeting;
        self.sent = self.acked;
        vec![
            Action::SendHello { epoch: self.epoch, seq_next: self.seq_next },
            Action::TimerStart(WELCOME_WAIT_MAX),
        ]
    }

    fn welcome(&mut self, acked: Seq, window_max: u32) -> Vec<Action> {
        if self.phase != Phase::Greeting {
            return vec![Action::Disconnect("the collector welcomed us out of turn")];
        }
        // It knows more than we ever sent: our disk was set back. It knows less than we forgot: its
        // store was.
        if acked > self.sent_ever || acked < self.acked {
            self.phase = Phase::Renewing;
            return vec![Action::EpochRenew];
        }
        self.phase = Phase::Open;
        self.window = u64::from(window_max).clamp(1, WINDOW_MAX);
        self.sent = acked;
        let mut actions = self.settle(acked);
        actions.append(&mut self.send());
        actions
    }

    fn settled(&mut self, seq: Seq) -> Vec<Action> {
        if !self.is_open() {
            return Vec::new();
        }
        if seq > self.sent {
            return vec![Action::Disconnect("the collector confirmed what was not sent")];
        }
        let mut actions = self.settle(seq);
        actions.append(&mut self.send());
        actions
    }

    fn rejected(&mut self, seq: Seq, code: String, detail: String) -> Vec<Action> {
        if !self.is_open() || seq <= self.acked {
            return Vec::new();
        }
        if seq > self.sent {
            return vec![Action::Disconnect("the collector rejected what was not sent")];
        }
        let mut actions = vec![Action::Quarantine { seq, code, detail }];
        actions.append(&mut self.settle(seq));
        actions.append(&mut self.send());
        actions
    }

    fn pause(&mut self, time: Duration) -> Vec<Action> {
        if !self.is_open() {
            return Vec::new();
        }
        self.phase = Phase::Paused;
        vec![Action::TimerStart(time.min(PAUSE_MAX))]
    }

    fn epoch_began(&mut self, epoch: Epoch, seq_next: Seq) -> Vec<Action> {
        self.epoch = epoch;
        self.acked = Seq(0);
        self.sent = Seq(0);
        self.sent_ever = Seq(0);
        self.seq_next = seq_next;
        if self.phase == Phase::Offline {
            return Vec::new();
        }
        // The greeting named the old epoch.
        self.phase = Phase::Renewing;
        vec![Action::Disconnect("the spool was renumbered")]
    }

    fn timer_fired(&mut self) -> Vec<Action> {
        match self.phase {
            Phase::Greeting => vec![Action::Disconnect("the collector did not welcome us in time")],
            Phase::Paused => {
                self.phase = Phase::Open;
                self.send()
            }
            Phase::Offline | Phase::Open | Phase::Renewing => Vec::new(),
        }
    }

    /// A stale number changes nothing.
    fn settle(&mut self, seq: Seq) -> Vec<Action> {
        if seq <= self.acked {
            return Vec::new();
        }
        self.acked = seq;
        vec![Action::Drop(seq)]
    }

    fn send(&mut self) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.phase != Phase::Open {
            return actions;
        }
        let last = Seq(self.acked.0.saturating_add(self.window));
        while self.sent.next() < self.seq_next && self.sent < last {
            self.sent = self.sent.next();
            actions.push(Action::SendBatch(self.sent));
        }
        self.sent_ever = self.sent_ever.max(self.sent);
        actions
    }
}

#[cfg(test)]
mod tests;
