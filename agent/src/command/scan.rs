//! `muster-agent scan`: one source, once, to the collector or to the screen.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio_util::sync::CancellationToken;

use super::failure::Failure;
use super::{EXIT_ABANDONED, log_quietly};
use crate::clock::Clock;
use crate::config::{Config, SourceConfig};
use crate::dry_run;
use crate::enrolment::{Enrolment, EnrolmentError};
use crate::run;
use crate::scan::{Round, scan_once};
use crate::secret::FingerprintKey;
use crate::source::ScanError;
use crate::source::registry::{self, Context, Kind};
use crate::spool::SPOOL_BYTES_DEFAULT;
use crate::telemetry::{LogFormat, chain};

#[derive(Args, Debug)]
pub(super) struct ScanArgs {
    /// What to look into: `host` or `aws_iam`.
    source: String,
    /// Send nothing; print everything that would be sent, one JSON object a line.
    #[arg(long)]
    dry_run: bool,
    /// The configuration; else every source is looked into as it is by default.
    #[arg(long, value_name = "FILE", conflicts_with = "state_dir")]
    config: Option<PathBuf>,
    /// Where the agent enrolled.
    #[arg(long, value_name = "DIR", required_unless_present_any = ["dry_run", "config"])]
    state_dir: Option<PathBuf>,
    /// Where the collector listens, if not as enrolled.
    #[arg(long, value_name = "HOST:PORT", conflicts_with = "dry_run")]
    collector: Option<String>,
    /// Of `aws_iam`: ask nobody, but read what the provider's command line printed, in one file or
    /// in a folder of files.
    #[arg(long, value_name = "PATH")]
    from: Option<PathBuf>,
    /// Of `aws_iam`: write what was answered into a folder, for `--from`.
    #[arg(long, value_name = "DIR", conflicts_with = "from")]
    record: Option<PathBuf>,
}

/// Scans, and says with which code to exit.
pub(super) async fn scan(args: &ScanArgs, stop: CancellationToken) -> Result<ExitCode, Failure> {
    log_quietly();
    let Some(kind) = registry::kind(&args.source) else {
        let text = format!("`{}` is not a source", args.source);
        return Err(Failure::usage(text, "sources are `host` and `aws_iam`"));
    };
    let config = config(args, kind)?;
    let rounds =
        if args.dry_run { print(config, kind, stop).await? } else { send(config, stop).await? };
    Ok(conclude(&rounds))
}

/// The configuration, with the sources of `kind` alone.
fn config(args: &ScanArgs, kind: &Kind) -> Result<Config, Failure> {
    let mut config = match &args.config {
        Some(path) => Config::load(path)?,
        None => Config {
            state_folder: args.state_dir.clone().unwrap_or_default(),
            collector: None,
            health: None,
            spool_bytes_max: SPOOL_BYTES_DEFAULT,
            log: tracing::Level::WARN,
            log_format: LogFormat::Text,
            sources: Vec::new(),
        },
    };
    config.health = None;
    if args.collector.is_some() {
        config.collector.clone_from(&args.collector);
    }
    config.sources.retain(|source| source.kind == kind.name);
    if config.sources.is_empty() {
        config.sources.push(SourceConfig {
            kind: kind.name,
            interval: Duration::ZERO,
            jitter: Duration::ZERO,
            table: toml::Table::new(),
        });
    }
    if let Some(path) = &args.from {
        config.sources.truncate(1);
        for source in &mut config.sources {
            put_path(&mut source.table, kind, "from", path)?;
        }
    }
    if let Some(path) = &args.record {
        for source in &mut config.sources {
            put_path(&mut source.table, kind, "record", path)?;
        }
    }
    Ok(config)
}

/// Tells a source a path that stands on the line, as its section of a configuration would.
fn put_path(
    table: &mut toml::Table,
    kind: &Kind,
    key: &'static str,
    path: &Path,
) -> Result<(), Failure> {
    if kind.name != "aws_iam" {
        let text = format!("`--{key}` is not for `{}`", kind.name);
        return Err(Failure::usage(text, "only `aws_iam` takes it"));
    }
    let Some(text) = path.to_str() else {
        let text = format!("`--{key}` is a path that is not text: `{}`", path.display());
        return Err(Failure::usage(text, "give the file or folder another name"));
    };
    table.insert(key.to_owned(), text.into());
    Ok(())
}

async fn send(config: Config, stop: CancellationToken) -> Result<Vec<Round>, Failure> {
    let spool = config.state_folder.join("spool");
    let (rounds, is_settled) = run::scan_and_send(config, Clock::System, stop).await?;
    if !is_settled {
        let text =
            format!("the collector did not confirm all; the rest is in `{}`", spool.display());
        let hint = "it is sent by the next `scan` or `run` with this state directory";
        return Err(Failure::new(anyhow::Error::msg(text), hint));
    }
    Ok(rounds)
}

async fn print(
    config: Config,
    kind: &Kind,
    stop: CancellationToken,
) -> Result<Vec<Round>, Failure> {
    let cx = Context {
        fingerprint_key: fingerprint_key(&config)?,
        clock: Clock::System,
        budgets: Arc::default(),
    };
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut written = Ok(());
    let mut rounds = Vec::new();
    for source in config.sources {
        let source = (kind.build)(source.table, &cx).map_err(|error| {
            Failure::new(error.into(), "correct the configuration of the source")
        })?;
        let on_entries = |entries: Vec<model::Entry>| {
            for entry in &entries {
                if written.is_ok() {
                    written = writeln!(out, "{}", dry_run::entry(entry));
                }
            }
        };
        tokio::select! {
            round = scan_once(source.as_ref(), cx.clock.now(), on_entries) => rounds.push(round),
            () = stop.cancelled() => {
                let error = anyhow::Error::msg("the scan was interrupted");
                return Err(Failure::new(error, "what was printed is not all that would be sent"));
            }
        }
    }
    match written.and_then(|()| out.flush()) {
        // Whoever reads has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::new(
            anyhow::Error::new(error).context("printing failed"),
            "check the disk",
        )),
        _ => Ok(rounds),
    }
}

/// The deployment's key if this agent is enrolled, else one for this run alone.
fn fingerprint_key(config: &Config) -> Result<Arc<FingerprintKey>, Failure> {
    let key = match Enrolment::load(&config.state_folder) {
        Ok(enrolment) => enrolment.fingerprint_key()?,
        Err(EnrolmentError::None { .. }) => {
            tracing::warn!("not enrolled: fingerprints are made with a key for this run alone");
            FingerprintKey::generate()
                .map_err(|error| Failure::new(error.into(), "try again once the system is up"))?
        }
        Err(error) => return Err(error.into()),
    };
    Ok(Arc::new(key))
}

/// Tells what could not be seen, and chooses the exit code.
fn conclude(rounds: &[Round]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    let mut err = io::stderr().lock();
    for round in rounds {
        for (scope, reason) in &round.tally.abandoned {
            code = ExitCode::from(EXIT_ABANDONED);
            let _closed = writeln!(err, "warning: `{scope}` was not seen to its end: {reason}");
        }
    }
    for error in rounds.iter().filter_map(|round| round.failed.as_ref()) {
        code = ExitCode::FAILURE;
        let hint = match error {
            ScanError::Denied { .. } | ScanError::Unreachable { .. } => {
                "check the credentials of the source and the way to it"
            }
            ScanError::Unreadable { .. } => {
                "check the path; `aws iam get-account-authorization-details` prints what is needed"
            }
        };
        let _closed = writeln!(err, "error: {}\nhint: {hint}", chain(error));
    }
    code
}
