//! The `muster-agent` command: `run`, `scan` and `enrol`.
//!
//! ```text
//! exit code 0   done
//!           1   could not; the error says what, where, and what to do
//!           2   wrong usage, or a wrong configuration
//!           3   `scan` only: done, but scopes had to be abandoned, each with its reason
//! ```
//!
//! What the command is asked for goes to standard output; logs and errors go to standard error.

mod failure;
mod scan;

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::config::{Config, is_address, level_of, log_of_environment};
use crate::enrol::{self, TOKEN_BYTES_MAX, Token};
use crate::run;
use crate::telemetry::{self, LogFormat};

use failure::Failure;

/// How the agent ends a `scan` that had to abandon scopes.
pub const EXIT_ABANDONED: u8 = 3;

/// Looks for machine identities on this host and in the accounts that it can reach, and reports
/// them to a collector. Read-only; no secret leaves the host.
#[derive(Debug, Parser)]
#[command(name = "muster-agent", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Scan on schedule and report to the collector, until told to stop.
    Run(RunArgs),
    /// Scan one source once. Exits with 3 if scopes had to be abandoned.
    Scan(scan::ScanArgs),
    /// Redeem an invitation of the collector for a client certificate.
    Enrol(EnrolArgs),
}

#[derive(Args, Debug)]
struct RunArgs {
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "/etc/muster/agent.toml")]
    config: PathBuf,
}

#[derive(Args, Debug)]
struct EnrolArgs {
    /// Where the collector listens for agents.
    #[arg(long, value_name = "HOST:PORT")]
    collector: String,
    /// The invitation. Others on this host may see it here; a file or standard input hides it.
    #[arg(long, conflicts_with = "token_file")]
    token: Option<String>,
    /// A file that holds the invitation; `-` or nothing reads standard input.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Where the agent keeps what it must remember.
    #[arg(long, value_name = "DIR")]
    state_dir: PathBuf,
}

/// Runs the command. `args` begins with the name of the program.
pub fn main(args: impl Iterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return not_understood(&error),
    };
    match start(cli) {
        Ok(code) => code,
        Err(failure) => {
            let _closed = writeln!(io::stderr(), "{failure}");
            failure.exit_code()
        }
    }
}

/// Help and version are answers; everything else is a mistake on the line, and ends in a hint.
fn not_understood(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _closed = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let text = text.trim_end().trim_end_matches("For more information, try '--help'.").trim_end();
    let hint = "`muster-agent --help` lists the commands, and `--help` after one what it takes";
    let _closed = writeln!(io::stderr(), "{text}\n\nhint: {hint}");
    ExitCode::from(2)
}

fn start(cli: Cli) -> Result<ExitCode, Failure> {
    // Two workers: one for the line, one for a source that keeps its thread busy. Blocking work is
    // the spool's and the scans', each on a thread that ends when it idles.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(16)
        .thread_name("muster-agent")
        .enable_all()
        .build()
        .map_err(|error| Failure::new(error.into(), "free memory or raise the limit of threads"))?;
    let ended = runtime.block_on(async {
        match cli.command {
            Command::Run(args) => run_command(&args).await,
            Command::Scan(args) => scan::scan(&args, stop_on_signal()?).await,
            Command::Enrol(args) => enrol_command(&args).await,
        }
    });
    // A scan of a file system that hangs must not keep the process.
    runtime.shutdown_background();
    ended
}

async fn run_command(args: &RunArgs) -> Result<ExitCode, Failure> {
    let config = Config::load(&args.config)?;
    telemetry::start(config.log, config.log_format);
    run::run(config, Clock::System, stop_on_signal()?).await?;
    Ok(ExitCode::SUCCESS)
}

async fn enrol_command(args: &EnrolArgs) -> Result<ExitCode, Failure> {
    log_quietly();
    if !is_address(&args.collector) {
        let text = format!("`{}` is not `host:port`", args.collector);
        return Err(Failure::usage(text, "for example `--collector collector.example:7443`"));
    }
    let token = token(args)?;
    let enrolment = enrol::redeem(&args.collector, &token, &args.state_dir).await?;
    let mut out = io::stdout().lock();
    let _closed = writeln!(
        out,
        "enrolled as `{}`; may report on: {}",
        enrolment.agent,
        enrolment.scopes.join(", ")
    );
    Ok(ExitCode::SUCCESS)
}

fn token(args: &EnrolArgs) -> Result<Token, Failure> {
    let text = match (&args.token, &args.token_file) {
        (Some(text), _) => Zeroizing::new(text.clone()),
        (None, Some(path)) if path != Path::new("-") => {
            let file = std::fs::File::open(path).map_err(|error| {
                let what = format!("reading the token from `{}` failed", path.display());
                Failure::new(anyhow::Error::new(error).context(what), "check the path")
            })?;
            token_read(file)?
        }
        (None, _) => token_read(io::stdin())?,
    };
    Token::parse(&text)
        .map_err(|error| Failure::new(error.into(), "copy it whole, as the collector printed it"))
}

fn token_read(from: impl io::Read) -> Result<Zeroizing<String>, Failure> {
    let mut text = Zeroizing::new(String::with_capacity(TOKEN_BYTES_MAX));
    let bytes_max = u64::try_from(TOKEN_BYTES_MAX).unwrap_or(u64::MAX);
    from.take(bytes_max).read_to_string(&mut text).map_err(|error| {
        Failure::new(anyhow::Error::new(error).context("reading the token failed"), "is it text?")
    })?;
    Ok(text)
}

/// Logs of a command that people look at: warnings, unless `MUSTER_LOG` says more.
fn log_quietly() {
    let level = log_of_environment().and_then(|text| level_of(&text));
    telemetry::start(level.unwrap_or(tracing::Level::WARN), LogFormat::Text);
}

/// Cancelled by the first SIGTERM or SIGINT. A second one ends the process as it would without us.
fn stop_on_signal() -> Result<CancellationToken, Failure> {
    let failed = |error: io::Error| Failure::new(error.into(), "try again");
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    #[expect(clippy::disallowed_methods, reason = "waits for the end of the process, with it")]
    let _until_the_end = tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}
