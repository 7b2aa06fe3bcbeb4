//! From the agent's spool to durable in the collector, over mutual TLS: next to the bare store and
//! the bare wire with the same bytes in the same batches.

use std::time::Duration;

use anyhow::Context;

use super::load::{Keys, Users};
use super::sender::Sender;
use super::{Line, per_second, rate, sled_bare, tonic_bare};
use crate::line;

/// A user and a key each: twice as many facts.
const USERS_COUNT: u32 = 60_000;
const FACTS_COUNT: usize = 120_000;

/// How often all three are measured: the machine is shared, and the middle counts.
const ROUNDS_COUNT: usize = 3;

/// Measures the three in turn.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let mut rounds = Vec::new();
    for _round in 0..ROUNDS_COUNT {
        rounds.push(round()?);
    }
    let ratio =
        |round: &Round| round.store.max(round.wire).as_secs_f64() / round.ours.as_secs_f64();
    rounds.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
    let middle = rounds.get(ROUNDS_COUNT / 2).context("there are rounds")?;
    let ratios: Vec<String> = rounds.iter().map(|round| format!("{:.2}", ratio(round))).collect();
    Ok(vec![
        Line::held(
            "ingest to durable acknowledgement, mutual TLS, sled, judged meanwhile",
            format!(
                "{:.0} observations/s, {:.2} of the slower of the next two (of {})",
                per_second(FACTS_COUNT, middle.ours),
                ratio(middle),
                ratios.join(", ")
            ),
            "at least 0.33 of the slower",
            ratio(middle) >= 1.0 / 3.0,
        ),
        Line::plain(
            "the same facts in the same batches, put durably into bare sled",
            rate(FACTS_COUNT, middle.store, "facts"),
        ),
        Line::plain(
            "the same batches over bare tonic, acknowledged unread, no TLS",
            rate(FACTS_COUNT, middle.wire, "facts"),
        ),
    ])
}

/// How long each took.
struct Round {
    ours: Duration,
    store: Duration,
    wire: Duration,
}

/// Measures ours first, since it leaves the machine's caches as a real one has them.
fn round() -> anyhow::Result<Round> {
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
    Ok(Round { ours, store, wire })
}
