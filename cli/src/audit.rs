//! `muster audit`: the whole line once, in one process, with nothing kept.
//!
//! ```text
//! source ──► report ──► MemoryStore ──► settle_due ──► Query, in this process ──► screen
//! ```

use std::path::Path;
use std::sync::Arc;

use agent::clock::ManualClock;
use agent::scan::{Round, scan_once};
use agent::secret::FingerprintKey;
use agent::source::Source;
use agent::source::registry::{self, Context};
use collector::api::Api;
use collector::clock::Clock;
use collector::examiner::{OwnersNow, settle_due};
use collector::owners::folder;
use collector::store::memory::MemoryStore;
use collector::store::{OwnersState, Store, StoreError};
use jiff::Timestamp;
use model::{AgentId, Batch, BatchId, Cursor, Entry, Epoch, Owners, Seq, SubjectId};
use proto::v1::query_server::QueryServer;
use tokio::sync::watch;

use crate::ask::outcome;
use crate::client::{Client, Line};
use crate::command::Audit;
use crate::failure::{Failure, Outcome};
use crate::output::Screen;
use crate::progress::Progress;
use crate::report::Report;
use crate::view::report::{Next, show};

/// Whose scans they are, in coverage and history.
const AGENT: &str = "audit";

/// Scans, judges and tells, once.
pub(crate) async fn run(screen: &mut Screen, command: &Audit) -> Result<Outcome, Failure> {
    let as_of = command.as_of.unwrap_or_else(|| Clock::System.now());
    let sources = sources(&command.sources, as_of)?;
    let owners = match &command.owners {
        Some(dir) => owners(dir, as_of)?,
        None => Owners::default(),
    };
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    declare(&*store, &owners, as_of).await.map_err(|error| kept(&error))?;
    let mut failed = Vec::new();
    for (index, source) in sources.iter().enumerate() {
        let round = scan(&*store, &**source, index, as_of).await?;
        if let Some(error) = round.failed {
            failed.push(
                Failure::new(
                    format!("looking into `{}` failed", source.kind()),
                    "check its credentials and that it can be reached",
                )
                .because(&error),
            );
        }
    }
    if failed.len() == sources.len()
        && let Some(failure) = failed.pop()
    {
        return Err(failure);
    }
    let report = judge(store, owners, as_of).await?;
    let title = format!("audit of {}", command.sources.join(", "));
    show(screen, &report, &next(title))?;
    for failure in &failed {
        Progress::note(&failure.to_string());
    }
    Ok(outcome(&report.findings, command.fail_on))
}

fn next(title: String) -> Next {
    let steps = [
        ("muster audit --format json ...", "everything, with evidence and scores"),
        ("muster audit --owners DIR ...", "hold it against declared owners"),
        ("muster quickstart", "keep watching, and ask about single identities"),
    ];
    let steps = steps.map(|(command, what)| (command.to_owned(), what.to_owned())).into();
    Next { title, rest: "--format ndjson".to_owned(), steps }
}

type Sources = Vec<Box<dyn Source>>;

fn sources(names: &[String], as_of: Timestamp) -> Result<Sources, Failure> {
    let fingerprint_key = FingerprintKey::generate().map_err(|error| {
        Failure::new("making a key for fingerprints failed", "try again").because(&error)
    })?;
    let fingerprint_key = Arc::new(fingerprint_key);
    let mut sources = Sources::new();
    for name in names {
        let Some(kind) = registry::kind(name) else {
            let known: Vec<_> = registry::KINDS.iter().map(|kind| kind.name).collect();
            let hint = format!("the sources are: {}", known.join(", "));
            return Err(Failure::usage(format!("there is no source `{name}`"), hint));
        };
        // Whether an account of this host has ended is judged as of that moment; a provider refuses
        // requests that are not of now.
        let clock = match kind.name {
            "host" => agent::clock::Clock::Manual(ManualClock::new(as_of)),
            _ => agent::clock::Clock::System,
        };
        let cx = Context { fingerprint_key: Arc::clone(&fingerprint_key), clock };
        let source = (kind.build)(toml::Table::new(), &cx).map_err(|error| {
            Failure::new(format!("setting up `{name}` failed"), "report it").because(&error)
        })?;
        sources.push(source);
    }
    Ok(sources)
}

/// Reads declarations, people and teams, or tells every mistake in them.
pub(crate) fn owners(dir: &Path, as_of: Timestamp) -> Result<Owners, Failure> {
    let read = folder::list(dir).and_then(|stamps| folder::load(&stamps));
    let read = read.and_then(|files| collector::owners::read(&files, &|_| None, as_of));
    read.map_err(|problems| {
        let mut failure = Failure::new(
            format!("the declarations in `{}` have mistakes", dir.display()),
            format!("`muster owners check {}` tells all of them", dir.display()),
        );
        for problem in problems.iter().take(3) {
            failure =
                failure.saying(&format!("{}:{}: {}", problem.file, problem.line, problem.what));
        }
        failure
    })
}

async fn declare(store: &dyn Store, owners: &Owners, as_of: Timestamp) -> Result<(), StoreError> {
    let state = OwnersState { owners: owners.clone(), problems: Vec::new(), swept: true };
    store.owners_replace(&state, as_of).await?;
    let declarations = owners.declarations.keys().cloned().map(SubjectId::Declaration);
    store.subjects_touch(&declarations.collect::<Vec<_>>()).await
}

async fn scan(
    store: &dyn Store,
    source: &dyn Source,
    index: usize,
    as_of: Timestamp,
) -> Result<Round, Failure> {
    let mut progress = Progress::new();
    let mut batches: Vec<Vec<Entry>> = Vec::new();
    let mut seen: usize = 0;
    let round = scan_once(source, as_of, |entries| {
        seen = seen.saturating_add(entries.len());
        progress.say(&format!("looking into {}: {seen} things seen", source.kind()));
        batches.push(entries);
    });
    let round = round.await;
    // Each source numbers its scans from 1, so each has an epoch of its own.
    let epoch = Epoch(u64::try_from(index).unwrap_or(u64::MAX).saturating_add(1));
    let mut seq = Seq(0);
    for entries in batches {
        seq = seq.next();
        let id = BatchId { agent: AgentId::from(AGENT), epoch, seq };
        let stored = store.batch_commit(&Batch { id, entries }, as_of).await;
        stored.map_err(|error| kept(&error))?;
    }
    Ok(round)
}

async fn judge(store: Arc<dyn Store>, owners: Owners, as_of: Timestamp) -> Result<Report, Failure> {
    let mut progress = Progress::new();
    progress.say("judging");
    let owners = OwnersNow::new(owners);
    let policy = Arc::new(analysis::Policy::default());
    let settled = settle_due(&*store, &owners, &policy, as_of).await;
    settled.map_err(|error| kept(&error))?;
    let (_nobody, feed_grown) = watch::channel(Cursor::default());
    let clock = Clock::manual(as_of);
    let api = Api { store, owners, policy, clock, feed_grown, authority: None };
    let mut client = Client::new(Line::Local(QueryServer::new(api)));
    Report::gather(&mut client, as_of).await
}

fn kept(error: &StoreError) -> Failure {
    Failure::new("keeping what was seen in memory failed", "this is a mistake of ours; report it")
        .because(error)
}
