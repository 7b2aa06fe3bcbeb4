//! `muster audit`: the whole line once, in one process, with nothing kept.
//!
//! ```text
//! source ──► report ──► MemoryStore ──► judge_due ──► Query, in this process ──► screen
//! ```

use std::path::Path;
use std::sync::Arc;

use agent::clock::ManualClock;
use agent::config::SourceConfig;
use agent::scan::{Round, scan_once};
use agent::secret::FingerprintKey;
use agent::source::registry::{self, Context, Kind};
use agent::source::{ScanError, Source};
use analysis::Policy;
use collector::api::Api;
use collector::clock::Clock;
use collector::deriver::Realms;
use collector::examiner::{OwnersNow, judge_due};
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
use crate::privileges;
use crate::progress::Progress;
use crate::report::Report;
use crate::view::report::{Next, show};

/// Whose scans they are, in coverage and history.
const AGENT: &str = "audit";

/// Scans, judges and tells, once.
pub(crate) async fn run(screen: &mut Screen, command: &Audit) -> Result<Outcome, Failure> {
    let as_of = command.as_of.unwrap_or_else(|| Clock::System.now());
    let policy = match &command.policy {
        Some(path) => policy(path)?,
        None => Policy::default(),
    };
    let settings = settings(command)?;
    if settings.iter().any(|(_, table)| table.contains_key("from")) {
        // Files that are passed over are told by name.
        agent::telemetry::start_quietly();
    }
    let sources = sources(settings, as_of)?;
    let owners = match &command.owners {
        Some(dir) => owners(dir, as_of)?,
        None => Owners::default(),
    };
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    declare(&*store, &owners, as_of).await.map_err(|error| kept(&error))?;
    let (mut failed, mut seen) = (Vec::new(), privileges::Seen::default());
    for (index, source) in sources.iter().enumerate() {
        let round = scan(&*store, &**source, (index, as_of), &mut seen).await?;
        if let Some(error) = round.failed {
            let what = format!("looking into `{}` failed", source.kind());
            failed.push(Failure::new(what, hint(&error)).because(&error));
        }
    }
    if failed.len() == sources.len()
        && let Some(failure) = failed.pop()
    {
        return Err(failure);
    }
    let mut report = judge(store, owners, policy, as_of).await?;
    report.privileges = seen.values(as_of);
    let mut kinds: Vec<&str> = sources.iter().map(|source| source.kind()).collect();
    kinds.dedup();
    let title = format!("audit of {}", kinds.join(", "));
    show(screen, &report, &next(title))?;
    for failure in &failed {
        Progress::note(&failure.to_string());
    }
    Ok(outcome(&report.findings, command.fail_on))
}

/// What to do about a source that could list nothing.
pub(crate) fn hint(error: &ScanError) -> &'static str {
    match error {
        ScanError::Denied { .. } | ScanError::Unreachable { .. } => {
            "check its credentials and that it can be reached"
        }
        ScanError::Unreadable { .. } => {
            "check the path; `aws iam get-account-authorization-details` prints what is needed"
        }
    }
}

fn next(title: String) -> Next {
    let steps = [
        ("muster audit --format json ...", "everything, with evidence and scores"),
        ("muster audit --owners DIR ...", "hold it against declared owners"),
        ("muster privileges", "what principals of AWS could make themselves able to do"),
        ("muster quickstart", "keep watching, and ask about single identities"),
    ];
    let steps = steps.map(|(command, what)| (command.to_owned(), what.to_owned())).into();
    Next { title, rest: "--format ndjson".to_owned(), steps }
}

pub(crate) type Sources = Vec<Box<dyn Source>>;

pub(crate) type Settings = Vec<(&'static Kind, toml::Table)>;

/// What each source is to be told: by the file, or nothing if that says nothing of its kind.
fn settings(command: &Audit) -> Result<Settings, Failure> {
    let said = match &command.settings {
        Some(path) => source_configs(path)?,
        None => Vec::new(),
    };
    let mut settings = Settings::new();
    for name in &command.sources {
        let kind = known(name)?;
        let before = settings.len();
        let fitting = said.iter().filter(|source| source.kind == kind.name);
        settings.extend(fitting.map(|source| (kind, source.table.clone())));
        if settings.len() == before {
            settings.push((kind, toml::Table::new()));
        }
    }
    if command.sources.is_empty() {
        for source in said {
            settings.push((known(source.kind)?, source.table));
        }
    }
    if let Some(path) = &command.from {
        read_from(&mut settings, path)?;
    }
    Ok(settings)
}

/// Has the one source that can do so read what was printed, in place of asking.
pub(crate) fn read_from(settings: &mut Settings, path: &Path) -> Result<(), Failure> {
    let hint = "for example `muster audit aws_iam --from FOLDER`";
    let [(kind, table)] = settings.as_mut_slice() else {
        return Err(Failure::usage("`--from` is for one source alone".to_owned(), hint.to_owned()));
    };
    if kind.name != "aws_iam" {
        let what = format!("`--from` is not for `{}`", kind.name);
        return Err(Failure::usage(what, hint.to_owned()));
    }
    let Some(text) = path.to_str() else {
        let what = format!("`--from` is a path that is not text: `{}`", path.display());
        return Err(Failure::usage(what, "give the file or folder another name".to_owned()));
    };
    table.insert("from".to_owned(), text.into());
    Ok(())
}

fn known(name: &str) -> Result<&'static Kind, Failure> {
    registry::kind(name).ok_or_else(|| {
        let known: Vec<_> = registry::KINDS.iter().map(|kind| kind.name).collect();
        let hint = format!("the sources are: {}", known.join(", "));
        Failure::usage(format!("there is no source `{name}`"), hint)
    })
}

fn source_configs(path: &Path) -> Result<Vec<SourceConfig>, Failure> {
    SourceConfig::load(path).map_err(|error| {
        let mistakes = match &error {
            agent::config::ConfigError::Read { .. } => Vec::new(),
            agent::config::ConfigError::Wrong { problems, .. } => {
                problems.0.iter().map(|it| format!("{}: {}", it.key, it.what)).collect()
            }
        };
        Failure::config(path, &error, mistakes)
    })
}

/// The limits of the rules, from a file that a collector could be configured with.
fn policy(path: &Path) -> Result<Policy, Failure> {
    use collector::config::{Config, ConfigError};
    let config = Config::load_file(path).map_err(|error| {
        let mistakes = match &error {
            ConfigError::Mistakes { mistakes, .. } => {
                mistakes.iter().map(|it| format!("{}: {}", it.key, it.what)).collect()
            }
            ConfigError::Syntax { source, .. } => vec![source.to_string()],
            ConfigError::File { .. } => Vec::new(),
        };
        Failure::config(path, &error, mistakes)
    })?;
    Ok(config.policy)
}

/// Sets the sources up.
pub(crate) fn sources(settings: Settings, as_of: Timestamp) -> Result<Sources, Failure> {
    let fingerprint_key = FingerprintKey::generate().map_err(|error| {
        Failure::new("making a key for fingerprints failed", "try again").because(&error)
    })?;
    let fingerprint_key = Arc::new(fingerprint_key);
    let mut sources = Sources::new();
    for (kind, table) in settings {
        // Whether an account of this host has ended is judged as of that moment, and so is what was
        // printed; a provider refuses requests that are not of now.
        let clock = match kind.name {
            _ if table.contains_key("from") => manual(as_of),
            "host" => manual(as_of),
            _ => agent::clock::Clock::System,
        };
        let fingerprint_key = Arc::clone(&fingerprint_key);
        let cx = Context { fingerprint_key, clock, budgets: Arc::default() };
        let source = (kind.build)(table, &cx).map_err(|error| {
            let what = format!("setting up `{}` failed", kind.name);
            Failure::new(what, "correct its section in the file of --sources").because(&error)
        })?;
        sources.push(source);
    }
    Ok(sources)
}

fn manual(as_of: Timestamp) -> agent::clock::Clock {
    agent::clock::Clock::Manual(ManualClock::new(as_of))
}

/// Reads declarations, people and teams, or tells every mistake in them.
pub(crate) fn owners(dir: &Path, as_of: Timestamp) -> Result<Owners, Failure> {
    folder_there(dir)?;
    let read = folder::list(dir).and_then(|stamps| folder::load(&stamps));
    let read = read.and_then(|files| collector::owners::read(&files, &|_| None, as_of));
    read.map_err(|problems| {
        let mut failure = Failure::new(
            format!("the declarations in `{}` have mistakes", dir.display()),
            format!("`muster owners check {}` tells all of them", dir.display()),
        );
        for problem in problems.iter().take(3) {
            let line = if problem.line > 0 { format!(":{}", problem.line) } else { String::new() };
            failure = failure.saying(&format!("{}{line}: {}", problem.file, problem.what));
        }
        failure
    })
}

/// Whether that is a folder that can be read: if not, nothing is known about what it would hold.
pub(crate) fn folder_there(dir: &Path) -> Result<(), Failure> {
    std::fs::read_dir(dir).map(drop).map_err(|error| {
        Failure::new(
            format!("reading the folder of declarations `{}` failed", dir.display()),
            "check the path, and that this account may read it",
        )
        .because(&error)
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
    (index, as_of): (usize, Timestamp),
    looked: &mut privileges::Seen,
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
        if source.kind() == privileges::KIND {
            entries.iter().cloned().for_each(|entry| looked.take(entry));
        }
        let id = BatchId { agent: AgentId::from(AGENT), epoch, seq };
        let stored = store.batch_commit(&Batch { id, entries }, as_of).await;
        stored.map_err(|error| kept(&error))?;
    }
    Ok(round)
}

async fn judge(
    store: Arc<dyn Store>,
    owners: Owners,
    policy: Policy,
    as_of: Timestamp,
) -> Result<Report, Failure> {
    let mut progress = Progress::new();
    progress.say("judging");
    let owners = OwnersNow::new(owners);
    let policy = Arc::new(policy);
    let judged = judge_due(&*store, &owners, &policy, &mut Realms::default(), as_of).await;
    judged.map_err(|error| kept(&error))?;
    let (_nobody, feed_grown) = watch::channel(Cursor::default());
    let clock = Clock::manual(as_of);
    let api = Api { store, owners, policy, clock, feed_grown, authority: None, refusals: None };
    let mut client = Client::new(Line::Local(QueryServer::new(api)));
    Report::gather(&mut client, as_of).await
}

fn kept(error: &StoreError) -> Failure {
    Failure::new("keeping what was seen in memory failed", "this is a mistake of ours; report it")
        .because(error)
}
