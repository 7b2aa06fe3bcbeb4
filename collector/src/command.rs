//! The `muster-collector` command: make a collector, run it, move its store.
//!
//! Exit codes: 0 it was done, 1 it could not be done, 2 wrong usage or a wrong configuration.

mod failure;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};
use jiff::SignedDuration;
use model::{AgentId, Pattern};
use tokio::signal::unix::{SignalKind, signal};
use tracing::Level;

use crate::authority::{Authority, is_name};
use crate::clock::Clock;
use crate::config::{self, Config, ConfigError};
use crate::store::sled::{SledOptions, SledStore};
use crate::store::{AgentRecord, Store};
use crate::{archive, enrol, folder, run, telemetry};

/// What a new collector's configuration says.
pub const CONFIG_TEMPLATE: &str = include_str!("config/template.toml");

#[derive(Parser)]
#[command(name = "muster-collector", version, about = "Takes in what agents see, and concludes")]
struct Arguments {
    /// Where everything of the collector lies
    #[arg(long, global = true, value_name = "DIR", default_value = "/var/lib/muster")]
    data_dir: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a collector: its authority, its keys, an operator's certificate, a configuration
    Init,
    /// Run until it is told to stop (SIGTERM or SIGINT)
    Run,
    /// Write the store to a file that any store can read
    Export {
        /// The file; it must not exist
        file: PathBuf,
    },
    /// Read a file that `export` wrote into an empty store
    Import {
        /// The file
        file: PathBuf,
    },
    /// See, invite and revoke agents while the collector is stopped; else use `muster agents`
    Agents {
        #[command(subcommand)]
        what: Agents,
    },
}

#[derive(Subcommand)]
enum Agents {
    /// Every agent, and whether it is revoked
    List,
    /// Print a token with which one agent can enrol, once
    Invite {
        /// The name that the agent will have
        name: String,
        /// What it may report on: a pattern over scopes, such as `host/web-1/*`
        #[arg(long, required = true, value_name = "PATTERN")]
        scope: Vec<String>,
        /// How many hours the token holds
        #[arg(long, default_value_t = 1, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=168))]
        hours: u32,
    },
    /// Refuse an agent from now on
    Revoke {
        /// Its name
        name: String,
    },
}

/// Runs the command with these arguments, the program's own name first.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    match runtime.block_on(carry_out(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    let _closed = writeln!(std::io::stderr(), "{}", failure::told(error));
    match error.downcast_ref::<ConfigError>() {
        Some(ConfigError::Syntax { .. } | ConfigError::Mistakes { .. }) => ExitCode::from(2),
        Some(ConfigError::File { .. }) | None => ExitCode::FAILURE,
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
    let hint = "`muster-collector --help` lists the commands, and `--help` after one what it takes";
    let _closed = writeln!(std::io::stderr(), "{text}\n\nhint: {hint}");
    ExitCode::from(2)
}

async fn carry_out(arguments: Arguments) -> anyhow::Result<()> {
    let data_dir = arguments.data_dir;
    let clock = Clock::System;
    if !matches!(arguments.command, Command::Run) {
        telemetry::to_screen(config::level(None).unwrap_or(Level::INFO));
    }
    match arguments.command {
        Command::Init => {
            folder::make(&data_dir, CONFIG_TEMPLATE, clock.now())?;
            say(&format!(
                "made a collector in `{}`\nnext: muster-collector --data-dir {} run",
                data_dir.display(),
                data_dir.display()
            ))
        }
        Command::Run => run_until_told(&data_dir, clock).await,
        Command::Export { file } => {
            let count = archive::export(&*open(&data_dir)?, &file).await?;
            say(&format!("wrote {count} records to `{}`", file.display()))
        }
        Command::Import { file } => {
            let count = archive::import(&*open(&data_dir)?, &file).await?;
            say(&format!("read {count} records from `{}`", file.display()))
        }
        Command::Agents { what } => agents(&data_dir, what, &clock).await,
    }
}

async fn run_until_told(data_dir: &Path, clock: Clock) -> anyhow::Result<()> {
    if !folder::is_made(data_dir) {
        return Err(folder::FolderError::Empty(data_dir.to_owned()).into());
    }
    let config = Config::load(data_dir)?;
    telemetry::to_screen(config.log);
    // Before anything runs, so that whoever saw it listen can stop it in order.
    let mut terminate = signal(SignalKind::terminate()).context("waiting for signals")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("waiting for signals")?;
    let running = run::start(config, open(data_dir)?, clock).await?;
    let is_failed = tokio::select! {
        _ = terminate.recv() => false,
        _ = interrupt.recv() => false,
        () = running.failed() => true,
    };
    if is_failed {
        let _ended = running.stop().await;
        bail!(
            "the store's writer has died\nhint: see the log for why; what was acknowledged is kept, \
             so start the collector again, and report it if it happens again"
        );
    }
    if !running.stop().await {
        bail!("stopped before everything had ended\nhint: nothing that was acknowledged is lost");
    }
    Ok(())
}

fn open(data_dir: &Path) -> anyhow::Result<Arc<dyn Store>> {
    if !folder::is_made(data_dir) {
        return Err(folder::FolderError::Empty(data_dir.to_owned()).into());
    }
    let store = SledStore::open(&folder::store_dir(data_dir), SledOptions::default()).context(
        "the store cannot be opened\nhint: if the collector runs, use the `muster` command instead",
    )?;
    Ok(Arc::new(store))
}

async fn agents(data_dir: &Path, what: Agents, clock: &Clock) -> anyhow::Result<()> {
    let store = open(data_dir)?;
    match what {
        Agents::List => {
            for agent in store.agents_list().await?.iter().filter(|it| !it.id.is_collector()) {
                say(&line(agent))?;
            }
            Ok(())
        }
        Agents::Invite { name, scope, hours } => {
            if !is_name(&name) {
                bail!("`{name}` is no name\nhint: letters, digits, `.`, `-` and `_`, 64 at most");
            }
            let authority = Authority::open(data_dir)?;
            let scopes = scope.into_iter().map(Pattern).collect();
            let ends_at = clock.now().saturating_add(SignedDuration::from_hours(hours.into()))?;
            let agent = AgentId(name);
            say(&enrol::invite(&*store, &authority, agent, scopes, ends_at).await?)
        }
        Agents::Revoke { name } => {
            let id = AgentId(name);
            let Some(mut agent) = store.agent_load(&id).await? else {
                bail!("no agent `{id}` is enrolled\nhint: `agents list` shows them");
            };
            agent.revoked_at = Some(clock.now());
            store.agent_put(&agent).await?;
            say(&format!("agent `{id}` is revoked"))
        }
    }
}

fn line(agent: &AgentRecord) -> String {
    let scopes: Vec<&str> = agent.scopes.iter().map(|pattern| pattern.0.as_str()).collect();
    let state = if agent.revoked_at.is_some() { "revoked" } else { "enrolled" };
    let seen = agent.seen_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
    format!("{}  {state}  seen {seen}  {}", agent.id, scopes.join(" "))
}

fn say(text: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{text}").context("writing to standard output")
}
