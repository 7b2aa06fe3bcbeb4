//! `muster quickstart`: a collector in this process, an agent in a second one, and what they found.
//!
//! ```text
//! this process                                          second process
//! collector: CA, store in the folder, Query    ◄══ mTLS ══  agent: enrol, then scan
//!      ▲ mTLS                                              (this program again)
//!      └── client ──► screen
//! ```
//!
//! Nothing is short-cut: the screen asks over the same line as any `muster` command, and the agent
//! enrols with a token like any other. A second run on the same folder goes on where it was.

mod child;
mod home;

use std::time::Duration;

use collector::clock::Clock;
use collector::run::{self, Running};
use collector::telemetry;
use model::FeedEvent;
use proto::v1;

use crate::ask::outcome;
use crate::client::{Client, Line, malformed, refused};
use crate::command::Quickstart;
use crate::config::{self, Target};
use crate::connect;
use crate::failure::{Failure, Outcome};
use crate::output::{Format, Screen};
use crate::progress::Progress;
use crate::report::Report;
use crate::view::{self, report::Next};
use child::Agent;
pub(crate) use child::main as agent_main;
use home::Home;

/// How often to look whether all is judged.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How long judging may take once all was scanned, before what is judged is shown anyway.
const JUDGE_MAX: Duration = Duration::from_mins(1);

/// Starts both, tells what was found, and then ends or stays.
pub(crate) async fn run(screen: &mut Screen, command: &Quickstart) -> Result<Outcome, Failure> {
    let dir = match &command.dir {
        Some(dir) => dir.clone(),
        None => config::data_dir(config::environment)?,
    };
    let mut progress = Progress::new();
    progress.say("starting a collector");
    let home = Home::open(&dir, Clock::System.now())?;
    let config = home.collector_config()?;
    let log = dir.join("collector.log");
    telemetry::to_file(&log, config.log).map_err(|error| {
        let what = format!("opening `{}` failed", log.display());
        Failure::new(what, "choose another folder with --dir").because(&error)
    })?;
    let running = run::start(config, home.store()?, Clock::System).await;
    let running = running.map_err(|error| {
        Failure::new("starting the collector failed", "choose another folder with --dir")
            .because(&error)
    })?;
    let told = tokio::select! {
        told = tell(screen, command, &home, &running, &mut progress) => told,
        () = running.failed() => Err(Failure::new(
            "the store's writer has died",
            "see collector.log in the folder for why; what was stored is kept: start it again",
        )),
    };
    progress.say("stopping");
    home.address_remove();
    let ended = running.stop().await;
    drop(progress);
    let outcome = told?;
    if !ended {
        Progress::note("warning: stopped before everything had ended; nothing stored is lost");
    }
    Ok(outcome)
}

async fn tell(
    screen: &mut Screen,
    command: &Quickstart,
    home: &Home,
    running: &Running,
    progress: &mut Progress,
) -> Result<Outcome, Failure> {
    let address = running.address.to_string();
    home.address_write(&address)?;
    let target = Target { address: address.clone(), identity: home.operator_dir() };
    let mut client = Client::new(Line::Remote(connect::channel(&target).await?));
    let agent = Agent::prepare(home, &address).await?;
    if !agent.is_enrolled() {
        progress.say("enrolling an agent");
        agent.enrol(&token(&mut client).await?).await?;
    }
    let failed = agent.scan_all(&mut client, progress).await?;
    progress.say("judging");
    judged(&mut client).await?;
    let report = Report::gather(&mut client, Clock::System.now()).await?;
    let feed_end = client.status().await?.feed_end;
    progress.clear();
    view::report::show(screen, &report, &next(home, command))?;
    for failure in failed {
        Progress::note(&format!("\n{failure}"));
    }
    if command.once {
        return Ok(outcome(&report.findings, command.fail_on));
    }
    stay(screen, &agent, &mut client, feed_end).await?;
    Ok(Outcome::Nothing)
}

async fn token(client: &mut Client) -> Result<String, Failure> {
    let request = v1::InviteRequest {
        agent: child::NAME.to_owned(),
        scopes: vec!["host/*".to_owned(), "aws_iam/*".to_owned()],
        ttl_s: 300,
    };
    Ok(client.invite(request).await?.token)
}

/// Waits until nothing is left to be judged.
async fn judged(client: &mut Client) -> Result<(), Failure> {
    let waiting = async {
        loop {
            if client.status().await?.due == 0 {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    // What is judged by then is shown, and `coverage` tells what still runs.
    tokio::time::timeout(JUDGE_MAX, waiting).await.unwrap_or(Ok(()))
}

fn next(home: &Home, command: &Quickstart) -> Next {
    let step = |command: String, what: &str| (command, what.to_owned());
    let owners = home.owners_dir();
    let mut steps = Vec::new();
    if command.once {
        steps.push(step("muster quickstart".to_owned(), "stays up, and answers all below"));
    }
    if command.dir.is_some() {
        let line = format!("export MUSTER_IDENTITY={}", home.operator_dir().display());
        steps.push(step(line, "lets them find this collector"));
    }
    steps.extend([
        step("muster findings list".to_owned(), "every finding; `show ID` tells all of one"),
        step("muster identities list".to_owned(), "the inventory; `show ID` tells all of one"),
        step("muster coverage".to_owned(), "what was seen, and what was not"),
        step(format!("{}/", owners.display()), "who answers for what: example.yaml shows how"),
    ]);
    Next { title: "quickstart".to_owned(), rest: "muster findings list".to_owned(), steps }
}

/// Scans on schedule and shows changes as they come, until interrupted.
async fn stay(
    screen: &mut Screen,
    agent: &Agent,
    client: &mut Client,
    feed_end: u64,
) -> Result<(), Failure> {
    if screen.format == Format::Table {
        screen.people(|page| {
            page.line("")?;
            page.line("Watching. Changes are shown as they come; Ctrl-C ends it.")?;
            page.line("")
        })?;
    }
    let mut running = agent.run()?;
    let mut events = client.feed(feed_end, true).await?;
    let mut terminated = signal_terminate()?;
    let shown = loop {
        let next = tokio::select! {
            next = events.message() => next.map_err(|status| refused(&status)),
            ended = running.ended() => Err(ended),
            _interrupted = tokio::signal::ctrl_c() => break Ok(()),
            _terminated = terminated.recv() => break Ok(()),
        };
        let message = match next {
            Ok(Some(message)) => message,
            Ok(None) => break Ok(()),
            Err(failure) => break Err(failure),
        };
        let event = match FeedEvent::try_from(message) {
            Ok(event) => event,
            Err(error) => break Err(malformed(&error)),
        };
        let line = view::feed::line(&event, screen.style);
        if let Err(failure) = screen.line(&view::feed::row(&event), &line) {
            break Err(failure);
        }
    };
    running.stop().await;
    shown
}

fn signal_terminate() -> Result<tokio::signal::unix::Signal, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    signal(SignalKind::terminate()).map_err(|error| {
        Failure::new("waiting for signals failed", "check the limits of this system")
            .because(&error)
    })
}
