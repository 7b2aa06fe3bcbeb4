//! From the agent's spool to durable in the collector, over mutual TLS: next to the bare store and
//! the bare wire with the same bytes in the same batches.

use anyhow::Context;

use super::load::{Keys, Users};
use super::sender::Sender;
use super::{Line, per_second, rate, sled_bare, tonic_bare};
use crate::line;

/// A user and a key each: twice as many facts.
const USERS_COUNT: u32 = 60_000;
const FACTS_COUNT: usize = 120_000;

/// Measures ours first, since it leaves the machine's caches as a real one has them.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let mut line = line::Line::start("")?;
    let agent = line.enrol("bench", &["aws_iam/*"], "[[source]]\nkind = \"aws_iam\"\n")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let sender = Sender::open(&agent)?;
    let users = Users { numbers: 0..USERS_COUNT, keys: Keys::One, edition: 1 };
    runtime.block_on(sender.scan(&users))?;
    let batches = sender.batches()?;
    let ours = runtime.block_on(sender.drain(line.address()));
    let log = line.collector().map(|collector| collector.log()).unwrap_or_default();
    let ours = ours.with_context(|| format!("the collector's log:\n{log}"))?;
    // The collector still judges what it was told; the others must have the machine to themselves.
    drop(line);

    let store = sled_bare::put_facts(&batches)?;
    let wire = runtime.block_on(tonic_bare::send(batches))?;
    let ours_rate = per_second(FACTS_COUNT, ours);
    let slower = per_second(FACTS_COUNT, store.max(wire));
    let ratio = ours_rate / slower;
    Ok(vec![
        Line::held(
            "ingest to durable acknowledgement, mutual TLS, sled, judged meanwhile",
            format!("{ours_rate:.0} observations/s, {ratio:.2} of the slower of the next two"),
            "at least 0.33 of the slower",
            ratio >= 1.0 / 3.0,
        ),
        Line::plain(
            "the same facts in the same batches, put durably into bare sled",
            rate(FACTS_COUNT, store, "facts"),
        ),
        Line::plain(
            "the same batches over bare tonic, acknowledged unread, no TLS",
            rate(FACTS_COUNT, wire, "facts"),
        ),
    ])
}
