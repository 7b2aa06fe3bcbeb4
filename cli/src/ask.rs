//! The commands that ask a collector and show its answer.

use std::path::Path;

use collector::clock::Clock;
use collector::owners::folder;
use jiff::Timestamp;
use model::FeedEvent;
use proto::v1;

use crate::audit::folder_there;
use crate::client::{Client, malformed, refused};
use crate::command::{Agents, FailOn, Feed, Findings, FindingsList, Identities, IdentitiesList};
use crate::failure::{Failure, Outcome};
use crate::output::{Extent, Format, Listing, Screen};
use crate::progress::Progress;
use crate::view::{self, counted};

/// `muster identities`.
pub(crate) async fn identities(
    client: &mut Client,
    screen: &mut Screen,
    command: Identities,
) -> Result<Outcome, Failure> {
    match command {
        Identities::List(list) => identities_list(client, screen, list).await?,
        Identities::Show { id, as_of } => identity_show(client, screen, &id, as_of).await?,
    }
    Ok(Outcome::Nothing)
}

async fn identities_list(
    client: &mut Client,
    screen: &mut Screen,
    list: IdentitiesList,
) -> Result<(), Failure> {
    let filter = v1::IdentitiesRequest {
        source: list.source,
        kind: list.kind,
        owner: list.owner,
        ..Default::default()
    };
    let mut progress = Progress::new();
    let reading = |count| progress.say(&format!("reading identities: {count}"));
    let (views, is_cut) = client.identities(&filter, list.limit, reading).await?;
    drop(progress);
    let shown = views.len();
    screen.list(&view::identities::listing(views))?;
    if is_cut && screen.format == Format::Table {
        screen.people(|page| page.line(&format!("\nThe first {shown}; there are more.")))?;
    }
    Ok(())
}

async fn identity_show(
    client: &mut Client,
    screen: &mut Screen,
    id: &str,
    as_of: Option<Timestamp>,
) -> Result<(), Failure> {
    let (identity, findings, unknown) = client.identity(id, as_of).await?;
    let listing = view::identities::listing(vec![identity.clone()]);
    screen.one(&listing, |page| view::identities::page(page, &identity, &findings, &unknown))
}

/// `muster findings`.
pub(crate) async fn findings(
    client: &mut Client,
    screen: &mut Screen,
    command: Findings,
) -> Result<Outcome, Failure> {
    match command {
        Findings::List(list) => findings_list(client, screen, list).await,
        Findings::Show { id } => {
            let finding = client.finding(&id).await?;
            let listing = view::findings::listing(std::slice::from_ref(&finding));
            screen.one(&listing, |page| view::findings::page(page, &finding))?;
            Ok(Outcome::Nothing)
        }
    }
}

async fn findings_list(
    client: &mut Client,
    screen: &mut Screen,
    list: FindingsList,
) -> Result<Outcome, Failure> {
    let filter = v1::FindingsRequest {
        rule: list.rule,
        severity_min: list.severity.map(|severity| severity.name().to_owned()),
        source: list.source,
        owner: list.owner,
        ..Default::default()
    };
    let mut findings = client.findings(&filter).await?;
    let outcome = outcome(&findings, list.fail_on);
    let max = list.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
    let more = findings.len().saturating_sub(max);
    findings.truncate(max);
    screen.list(&view::findings::listing(&findings))?;
    if screen.format == Format::Table {
        if more > 0 {
            screen.people(|page| page.line(&format!("\nand {more} more, as severe or less")))?;
        }
        if !findings.is_empty() {
            screen.people(|page| {
                page.line("\n`muster findings show ID` tells the evidence and the score of one.")
            })?;
        }
    }
    Ok(outcome)
}

/// Whether any finding is as severe as the limit.
pub(crate) fn outcome(findings: &[model::Finding], fail_on: FailOn) -> Outcome {
    if findings.iter().any(|finding| fail_on.counts(finding.conclusion.severity)) {
        return Outcome::Found;
    }
    Outcome::Nothing
}

/// `muster coverage`.
pub(crate) async fn coverage(client: &mut Client, screen: &mut Screen) -> Result<Outcome, Failure> {
    let (scopes, unknown) = client.coverage().await?;
    let listing = view::coverage::listing(&scopes);
    if screen.format == Format::Json {
        let scopes: Vec<_> = listing.rows.into_iter().map(|row| row.value).collect();
        let unknown = view::coverage::unknown_values(&unknown);
        let value = serde_json::json!({ "scopes": scopes, "unknown": unknown });
        let row = crate::output::Row { cells: Vec::new(), value };
        let document = Listing { columns: Vec::new(), rows: vec![row], empty: "" };
        screen.one(&document, |_| Ok(()))?;
        return Ok(Outcome::Nothing);
    }
    screen.list(&listing)?;
    if screen.format == Format::Table {
        screen.people(|page| view::coverage::unknown(page, &unknown))?;
    }
    Ok(Outcome::Nothing)
}

/// `muster feed`.
pub(crate) async fn feed(
    client: &mut Client,
    screen: &mut Screen,
    command: &Feed,
) -> Result<Outcome, Failure> {
    let mut events = client.feed(command.since, command.follow).await?;
    let extent = if command.follow { Extent::Endless } else { Extent::Whole };
    screen.begin(view::feed::COLUMNS, extent)?;
    loop {
        let next = tokio::select! {
            next = events.message() => next.map_err(|status| refused(&status))?,
            // Whoever follows ends it so; it is the way out and no failure.
            _interrupted = tokio::signal::ctrl_c() => None,
        };
        let Some(message) = next else { break };
        let event = FeedEvent::try_from(message).map_err(|error| malformed(&error))?;
        let line = view::feed::line(&event, screen.style);
        screen.line(&view::feed::row(&event), &line)?;
    }
    screen.end()?;
    Ok(Outcome::Nothing)
}

/// `muster owners list`.
pub(crate) async fn owners_list(
    client: &mut Client,
    screen: &mut Screen,
) -> Result<Outcome, Failure> {
    let reply = client.owners().await?;
    screen.list(&view::owners::declarations(&reply.declarations))?;
    if screen.format != Format::Table {
        return Ok(Outcome::Nothing);
    }
    let problems: Vec<_> = reply.problems.into_iter().map(Into::into).collect();
    let said = format!("\n{} people, {} teams.", reply.people, reply.teams);
    screen.people(|page| page.line(&said))?;
    if !problems.is_empty() {
        screen.people(|page| {
            page.line("\nThe files have mistakes; what was read before them is in force:\n")
        })?;
        screen.list(&view::owners::problems(&problems))?;
    }
    Ok(Outcome::Nothing)
}

/// `muster owners check`: reads the files here, as a collector would.
pub(crate) fn owners_check(screen: &mut Screen, dir: &Path) -> Result<Outcome, Failure> {
    folder_there(dir)?;
    let read = folder::list(dir).and_then(|stamps| folder::load(&stamps));
    let now = Clock::System.now();
    let read = read.and_then(|files| collector::owners::read(&files, &|_| None, now));
    let (problems, outcome) = match &read {
        Ok(_) => (&[][..], Outcome::Nothing),
        Err(problems) => (problems.as_slice(), Outcome::Found),
    };
    if screen.format == Format::Table
        && let Ok(owners) = &read
    {
        let said = format!(
            "No mistakes: {}, {}, {}.",
            counted(owners.declarations.len(), "declaration", "declarations"),
            counted(owners.people.len(), "person", "people"),
            counted(owners.teams.len(), "team", "teams"),
        );
        screen.people(|page| page.line(&said))?;
        return Ok(outcome);
    }
    screen.list(&view::owners::problems(problems))?;
    Ok(outcome)
}

/// `muster agents`.
pub(crate) async fn agents(
    client: &mut Client,
    screen: &mut Screen,
    command: Agents,
) -> Result<Outcome, Failure> {
    match command {
        Agents::List => screen.list(&view::agents::listing(&client.agents().await?))?,
        Agents::Invite { name, scopes, ttl } => {
            let ttl_s = u64::try_from(ttl.as_secs()).unwrap_or(0);
            let request = v1::InviteRequest { agent: name, scopes, ttl_s };
            let reply = client.invite(request).await?;
            view::agents::invited(screen, &reply)?;
        }
        Agents::Revoke { name } => {
            client.revoke(&name).await?;
            view::agents::revoked(screen, &name)?;
        }
    }
    Ok(Outcome::Nothing)
}
