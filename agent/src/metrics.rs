//! What the agent counts, in one plain list.
//!
//! Counters start at 0 with the process; the one who acts counts, once per batch, scan or session.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

/// One number that only grows, or that is set.
#[derive(Debug, Default)]
pub struct Number(AtomicU64);

impl Number {
    /// Counts `more`.
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    /// Says what it is now.
    pub fn set(&self, value: u64) {
        self.0.store(value, Ordering::Relaxed);
    }

    /// What it is.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Declares the list: field, Prometheus type, help.
macro_rules! metrics {
    ($($field:ident $kind:literal $help:literal,)*) => {
        /// All numbers of one agent.
        #[derive(Debug, Default)]
        pub struct Metrics { $(#[doc = $help] pub $field: Number,)* }

        impl Metrics {
            /// Name, type, help and value of each, in the order of the manual.
            pub fn list(&self) -> Vec<(&'static str, &'static str, &'static str, u64)> {
                vec![$((concat!("muster_agent_", stringify!($field)), $kind, $help, self.$field.get()),)*]
            }
        }
    };
}

metrics! {
    spool_bytes "gauge" "Bytes of the spool on disk.",
    spool_bytes_max "gauge" "Bound on the bytes of the spool.",
    spool_batches "gauge" "Batches that the collector has not confirmed.",
    spool_full "counter" "How often a scan had to wait because the spool was full.",
    spool_errors "counter" "Batches that could not be written to the spool.",
    spool_failing "gauge" "1 if the last batch could not be written to the spool.",
    spool_cut_bytes "counter" "Bytes cut from the end of the spool when it was opened.",
    spool_lost_bytes "counter" "Bytes of the spool that could not be read.",
    spool_lost_batches "counter" "Batches of the spool that are known to be missing.",
    spool_epochs "counter" "How often what was left of the spool was renumbered.",
    uplink_connected "gauge" "1 while there is a session with the collector.",
    uplink_barred "gauge" "1 while the collector refuses this agent.",
    uplink_sessions "counter" "Sessions that the collector welcomed.",
    uplink_failures "counter" "Attempts to reach the collector that failed, and sessions that broke.",
    uplink_refused "counter" "Attempts that the collector refused: certificate revoked, expired or unknown.",
    batches_sent "counter" "Batches sent, repeats included.",
    batches_acked "counter" "Batches that the collector confirmed.",
    batches_rejected "counter" "Batches that the collector will never take; see the folder quarantine.",
    certificate_expires_seconds "gauge" "When the client certificate ends, in seconds since 1970.",
    certificate_renewals "counter" "Client certificates renewed.",
    rounds "counter" "Rounds of a source that ended.",
    rounds_failed "counter" "Rounds of a source that could list nothing, or could not be kept.",
    scopes_complete "counter" "Scopes listed to their end.",
    scopes_abandoned "counter" "Scopes given up.",
    scopes_resync "counter" "Scopes that the collector asked for as a whole.",
    facts_seen "counter" "Facts seen by scans.",
    facts_sent "counter" "Facts that were new or different.",
}

impl Metrics {
    /// The list in the text format of Prometheus.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for (name, kind, help, value) in self.list() {
            let name = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
            // Writing into a `String` cannot fail.
            let _infallible =
                writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        }
        text
    }
}
