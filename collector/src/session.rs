//! The collector's side of a session, as a state machine without input or output.
//!
//! ```text
//! Hello  ──► Welcome                     the position as stored, or 0 for a new epoch
//! Batch  ──► commit ──► Ack              in the order of their numbers, several under way
//!        ──► refuse ──► Reject           what can never be stored; the position moves past it
//!        ──► Close                       what no agent of ours would send
//! ```
//!
//! INVARIANT: an `Ack` is sent only after the store said that the batch is durable.

use std::collections::BTreeMap;

use model::{AgentId, Batch, BatchId, Entry, Epoch, Pattern, Refusal, ScopeId, Seq};
use proto::v1;

/// BOUND: batches under way without an acknowledgement. Enough to keep the store's writer busy
/// while acknowledgements travel; at 1 MiB each, what one session can hold in memory.
pub const WINDOW_MAX: u32 = 8;
/// BOUND: bytes of one batch. Agents make batches of a quarter of this.
pub const BATCH_BYTES_MAX: usize = 1 << 20;

/// What happens to a session.
#[derive(Clone, Debug)]
pub enum Event {
    /// A message came from the agent.
    Came(v1::from_agent::Kind),
    /// The batch is durable, and on these scopes the two sides disagree.
    Committed(Seq, Vec<ScopeId>),
    /// The refusal of the batch is durable.
    Rejected(Seq),
    /// The store cannot take anything now.
    StoreBehind,
}

/// What the shell is to do, in this order.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Send this.
    Send(v1::to_agent::Kind),
    /// Store this, and tell with [`Event::Committed`].
    Commit(Batch),
    /// Store that this can never be stored, and tell with [`Event::Rejected`].
    Reject(BatchId, Refusal),
    /// Tell the operator and hang up: this is no agent of ours, or it is broken.
    Close(Refusal),
}

/// A session with one agent.
#[derive(Debug)]
pub struct Session {
    agent: AgentId,
    scopes: Vec<Pattern>,
    stored: (Epoch, Seq),
    known: Vec<v1::ScopeKnown>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    epoch: Epoch,
    expected: Seq,
    /// Under way, and for the refused ones the code to tell.
    under_way: BTreeMap<Seq, Option<Refusal>>,
}

impl Session {
    /// A session with `agent`, which may report on `scopes`, and of which batches up to `acked` of
    /// `epoch` are stored.
    #[must_use]
    pub fn new(
        agent: AgentId,
        scopes: Vec<Pattern>,
        (epoch, acked): (Epoch, Seq),
        known: Vec<v1::ScopeKnown>,
    ) -> Self {
        Self { agent, scopes, stored: (epoch, acked), known, open: None }
    }

    /// Takes one event and says what to do.
    pub fn handle(&mut self, event: Event) -> Vec<Action> {
        match event {
            Event::Came(v1::from_agent::Kind::Hello(hello)) => self.hello(&hello),
            Event::Came(v1::from_agent::Kind::Batch(batch)) => self.batch(&batch),
            Event::Committed(seq, resync) => {
                self.settled(seq);
                let mut actions: Vec<Action> = resync
                    .into_iter()
                    .map(|scope| {
                        Action::Send(v1::to_agent::Kind::Resync(v1::Resync { scope: scope.0 }))
                    })
                    .collect();
                actions.push(Action::Send(v1::to_agent::Kind::Ack(v1::Ack { seq: seq.0 })));
                actions
            }
            Event::Rejected(seq) => {
                let refusal = self.settled(seq).unwrap_or_else(|| self.refusal("rejected", ""));
                vec![Action::Send(v1::to_agent::Kind::Reject(v1::Reject {
                    seq: seq.0,
                    code: refusal.code,
                    detail: refusal.detail,
                }))]
            }
            Event::StoreBehind => {
                vec![Action::Send(v1::to_agent::Kind::Pause(v1::Pause { ms: 1_000 }))]
            }
        }
    }

    fn hello(&mut self, hello: &v1::Hello) -> Vec<Action> {
        if self.open.is_some() {
            return vec![Action::Close(self.refusal("protocol", "a second hello"))];
        }
        let epoch = Epoch(hello.epoch);
        let acked = if self.stored.0 == epoch { self.stored.1 } else { Seq(0) };
        self.open = Some(Open { epoch, expected: acked.next(), under_way: BTreeMap::new() });
        vec![Action::Send(v1::to_agent::Kind::Welcome(v1::Welcome {
            acked_seq: acked.0,
            window_max: WINDOW_MAX,
            scopes: std::mem::take(&mut self.known),
        }))]
    }

    fn batch(&mut self, message: &v1::Batch) -> Vec<Action> {
        let (agent, scopes) = (&self.agent, &self.scopes);
        let refusal = |code: &str, detail: &str| Refusal {
            peer: agent.0.clone(),
            code: code.to_owned(),
            detail: detail.to_owned(),
        };
        let Some(open) = &mut self.open else {
            return vec![Action::Close(refusal("protocol", "a batch before the hello"))];
        };
        let seq = Seq(message.seq);
        if seq < open.expected {
            // Sent again after an answer was lost. What is still under way is answered in its turn.
            if open.under_way.contains_key(&seq) {
                return Vec::new();
            }
            return vec![Action::Send(v1::to_agent::Kind::Ack(v1::Ack { seq: seq.0 }))];
        }
        if seq > open.expected {
            return vec![Action::Close(refusal("protocol", "a batch is missing before this one"))];
        }
        if open.under_way.len() >= usize::try_from(WINDOW_MAX).unwrap_or(usize::MAX) {
            return vec![Action::Close(refusal("flood", "more batches than the window allows"))];
        }
        open.expected = seq.next();
        let id = BatchId { agent: agent.clone(), epoch: open.epoch, seq };
        match acceptable(&message.entries, scopes) {
            Ok(entries) => {
                open.under_way.insert(seq, None);
                vec![Action::Commit(Batch { id, entries })]
            }
            Err((code, detail)) => {
                let refusal = refusal(code, &detail);
                open.under_way.insert(seq, Some(refusal.clone()));
                vec![Action::Reject(id, refusal)]
            }
        }
    }

    fn settled(&mut self, seq: Seq) -> Option<Refusal> {
        self.open.as_mut().and_then(|open| open.under_way.remove(&seq)).flatten()
    }

    fn refusal(&self, code: &str, detail: &str) -> Refusal {
        Refusal { peer: self.agent.0.clone(), code: code.to_owned(), detail: detail.to_owned() }
    }
}

/// The entries of a batch, or why it can never be stored.
fn acceptable(bytes: &[u8], scopes: &[Pattern]) -> Result<Vec<Entry>, (&'static str, String)> {
    if bytes.len() > BATCH_BYTES_MAX {
        return Err(("too_large", format!("{} bytes, {BATCH_BYTES_MAX} at most", bytes.len())));
    }
    let entries = proto::entries_decode(bytes).map_err(|error| ("malformed", error.to_string()))?;
    for entry in &entries {
        match entry {
            Entry::Began(began) if !began.scope.is_permitted(scopes) => {
                return Err(("scope", format!("not enrolled for scope `{}`", began.scope)));
            }
            // What an agent could say of privileges would stand beside what they are.
            Entry::Saw(seen) if seen.fact.is_derived() => {
                return Err(("derived", "tells what the collector alone may conclude".to_owned()));
            }
            Entry::Began(_)
            | Entry::Saw(_)
            | Entry::Missed(..)
            | Entry::Completed { .. }
            | Entry::Abandoned { .. } => {}
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests;
