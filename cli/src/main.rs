//! The `muster` command: for people and scripts.

mod ask;
mod audit;
mod client;
mod command;
mod config;
mod connect;
mod doctor;
mod failure;
mod manual;
mod output;
mod privileges;
mod progress;
mod quickstart;
mod report;
mod view;

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::Parser as _;

use client::Client;
use command::{Command, Line};
use failure::{Failure, Outcome};
use output::Screen;

fn main() -> ExitCode {
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => return not_understood(&error),
    };
    // The agent has a runtime, a screen and exit codes of its own.
    if let Command::Agent { arguments } = line.command {
        return quickstart::agent_main(arguments);
    }
    let stdout = std::io::stdout();
    let style = config::style(line.look.color, stdout.is_terminal(), config::environment);
    let mut screen = Screen::new(Box::new(stdout), line.look.format, style, config::width());
    match run(line, &mut screen) {
        Ok(outcome) => outcome.into(),
        Err(failure) => {
            if !failure.is_quiet() {
                // Without a reader there is nobody to tell that there is none.
                let _unheard = writeln!(std::io::stderr(), "{failure}");
            }
            failure.code().into()
        }
    }
}

/// Help and version are answers; everything else is a mistake on the line, and ends in a hint.
fn not_understood(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _unheard = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.render().to_string();
    let text = text.trim_end().trim_end_matches("For more information, try '--help'.").trim_end();
    let hint = "`muster --help` lists the commands, and `--help` after one what it takes";
    let _unheard = writeln!(std::io::stderr(), "{text}\n\n  hint: {hint}");
    ExitCode::from(2)
}

fn run(line: Line, screen: &mut Screen) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| {
        Failure::new("starting failed", "check the limits of this system").because(&error)
    })?;
    runtime.block_on(carry_out(line, screen))
}

async fn carry_out(line: Line, screen: &mut Screen) -> Result<Outcome, Failure> {
    let connect = async || {
        let target = config::target(&line.reach, config::environment)?;
        connect::channel(&target).await.map(|channel| Client::new(client::Line::Remote(channel)))
    };
    match line.command {
        Command::Identities(command) => {
            ask::identities(&mut connect().await?, screen, command).await
        }
        Command::Findings(command) => ask::findings(&mut connect().await?, screen, command).await,
        Command::Coverage => ask::coverage(&mut connect().await?, screen).await,
        Command::Feed(command) => ask::feed(&mut connect().await?, screen, &command).await,
        Command::Agents(command) => ask::agents(&mut connect().await?, screen, command).await,
        Command::Owners(command::Owners::List) => {
            ask::owners_list(&mut connect().await?, screen).await
        }
        Command::Quickstart(command) => quickstart::run(screen, &command).await,
        Command::Audit(command) => audit::run(screen, &command).await,
        Command::Privileges(command) => privileges::run(screen, &command).await,
        Command::Owners(command::Owners::Check { dir }) => ask::owners_check(screen, &dir),
        Command::Doctor => {
            let target = config::target(&line.reach, config::environment)?;
            doctor::run(screen, &target).await
        }
        Command::GenerateDocs { dir } => manual::write(&dir),
        // Handed over before anything else was started.
        Command::Agent { .. } => Ok(Outcome::Nothing),
    }
}
