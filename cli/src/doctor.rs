//! `muster doctor`: whether everything works, and what to do where it does not.
//!
//! A check that cannot be made because an earlier one failed is not shown: its answer is not known.

use std::borrow::Cow;
use std::fs;

use collector::clock::Clock;
use jiff::{SignedDuration, Timestamp};
use model::{ScopeState, ScopeStatus};
use proto::v1;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::json;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::client::{Client, Line};
use crate::config::Target;
use crate::connect;
use crate::failure::{Failure, Outcome};
use crate::output::style::Tone;
use crate::output::{Cell, Listing, Place, Row, Screen};
use crate::view::{column, counted, sent};

/// A certificate that ends sooner is to be renewed.
const CERTIFICATE_NOTICE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Clocks may differ by as much without anyone noticing.
const SKEW_NOTICED: SignedDuration = SignedDuration::from_secs(5);
/// Clocks that differ by more make ages and expiries wrong.
const SKEW_MAX: SignedDuration = SignedDuration::from_mins(1);
/// An agent without a schedule is silent after this long.
const SILENCE_MAX: SignedDuration = SignedDuration::from_hours(24);
/// The collector counts no more than so many.
const DUE_MAX: u64 = 1_000;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Ok,
    Warn,
    Fail,
}

#[derive(Debug)]
struct Check {
    name: &'static str,
    state: State,
    says: String,
    hint: Cow<'static, str>,
}

impl Check {
    fn ok(name: &'static str, says: impl Into<String>) -> Self {
        Self { name, state: State::Ok, says: says.into(), hint: "".into() }
    }

    fn warn(name: &'static str, says: impl Into<String>, hint: &'static str) -> Self {
        Self { name, state: State::Warn, says: says.into(), hint: hint.into() }
    }

    fn fail(
        name: &'static str,
        says: impl Into<String>,
        hint: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { name, state: State::Fail, says: says.into(), hint: hint.into() }
    }
}

/// Makes all checks. Something that fails counts as found.
pub(crate) async fn run(screen: &mut Screen, target: &Target) -> Result<Outcome, Failure> {
    let now = Clock::System.now();
    let mut checks = vec![certificate(target, now)];
    match connect::channel(target).await {
        Ok(channel) => collector(&mut checks, &mut Client::new(Line::Remote(channel)), now).await,
        Err(failure) => {
            checks.push(Check::fail("collector", failure.told(), failure.hint().to_owned()));
        }
    }
    screen.list(&listing(&checks))?;
    let is_failed = checks.iter().any(|check| check.state == State::Fail);
    Ok(if is_failed { Outcome::Found } else { Outcome::Nothing })
}

fn certificate(target: &Target, now: Timestamp) -> Check {
    const NAME: &str = "certificate";
    let path = target.identity.join("operator.pem");
    let read = fs::read(&path).ok().and_then(|pem| CertificateDer::from_pem_slice(&pem).ok());
    let ends = read.and_then(|der| {
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        Timestamp::from_second(certificate.validity().not_after.timestamp()).ok()
    });
    let Some(ends) = ends else {
        let says = format!("`{}` cannot be read", path.display());
        return Check::fail(NAME, says, "name the operator's folder with --identity");
    };
    let left = ends.duration_since(now);
    let says = format!("the operator's certificate ends at {}", crate::view::minute(ends));
    let hint = "make the operator's identity anew on the collector's machine";
    if left.is_negative() {
        return Check::fail(NAME, says, hint);
    }
    if left < CERTIFICATE_NOTICE {
        return Check::warn(NAME, says, hint);
    }
    Check::ok(NAME, says)
}

async fn collector(checks: &mut Vec<Check>, client: &mut Client, now: Timestamp) {
    let status = match client.status().await {
        Ok(status) => status,
        Err(failure) => {
            let hint = "the collector's log has more";
            checks.push(Check::fail("collector", failure.told(), hint));
            return;
        }
    };
    checks.push(Check::ok("collector", format!("answers; version {}", status.version)));
    checks.push(version(&status));
    checks.push(clock(&status, now));
    checks.push(judging(&status));
    checks.push(owners(&status));
    let (coverage, agents) = (client.coverage().await, client.agents().await);
    match (coverage, agents) {
        (Ok((scopes, _)), Ok(enrolled)) => {
            checks.push(seen(&scopes, now));
            checks.push(agents_check(&enrolled, &scopes, now));
        }
        (Err(failure), _) | (_, Err(failure)) => {
            checks.push(Check::fail("store", failure.told(), "the collector's log has more"));
        }
    }
}

fn version(status: &v1::StatusReply) -> Check {
    let ours = env!("CARGO_PKG_VERSION");
    if status.version == ours {
        return Check::ok("versions", format!("both ends are {ours}"));
    }
    let says = format!("this command is {ours}, the collector {}", status.version);
    Check::warn("versions", says, "use the same version at both ends")
}

fn clock(status: &v1::StatusReply, now: Timestamp) -> Check {
    let Some(theirs) = sent(status.now) else {
        return Check::warn("clocks", "the collector does not tell its time", "update it");
    };
    let skew = theirs.duration_since(now).abs();
    let says = format!("the two clocks differ by {} s", skew.as_secs());
    let hint = "let both machines follow a time server";
    if skew > SKEW_MAX {
        return Check::fail("clocks", says, hint);
    }
    if skew > SKEW_NOTICED {
        return Check::warn("clocks", says, hint);
    }
    Check::ok("clocks", says)
}

fn judging(status: &v1::StatusReply) -> Check {
    let says = format!("{} subjects wait to be judged", status.due);
    if status.due >= DUE_MAX {
        let hint = "it catches up after a large scan; if not, see the collector's log";
        return Check::warn("judging", format!("at least {says}"), hint);
    }
    Check::ok("judging", says)
}

fn owners(status: &v1::StatusReply) -> Check {
    if status.owners_problems == 0 {
        return Check::ok("owners", "the declarations are without mistakes");
    }
    let count = usize::try_from(status.owners_problems).unwrap_or(usize::MAX);
    let says = format!("{} in the declarations", counted(count, "mistake", "mistakes"));
    Check::fail(
        "owners",
        says,
        "`muster owners list` tells them; until then the last good ones hold",
    )
}

fn seen(scopes: &[ScopeStatus], now: Timestamp) -> Check {
    const NAME: &str = "coverage";
    let hint = "`muster coverage` tells which, and why";
    let stale = scopes.iter().filter(|scope| is_stale(scope, now)).count();
    if stale > 0 {
        let scopes = counted(stale, "scope was", "scopes were");
        return Check::fail(NAME, format!("{scopes} not seen whole for two intervals"), hint);
    }
    let is_gap = |scope: &&ScopeStatus| scope.state != ScopeState::Complete;
    let gaps = scopes.iter().filter(is_gap).count();
    if scopes.is_empty() {
        return Check::warn(NAME, "nothing was scanned yet", "enrol an agent, and let it scan");
    }
    if gaps > 0 {
        let says = format!("{gaps} of {} scopes were not seen to the end", scopes.len());
        return Check::warn(NAME, says, hint);
    }
    let scopes = counted(scopes.len(), "scope was", "scopes were");
    Check::ok(NAME, format!("{scopes} seen to the end"))
}

fn is_stale(scope: &ScopeStatus, now: Timestamp) -> bool {
    let Some(interval) = scope.interval else { return false };
    let limit = interval.saturating_mul(2);
    now.duration_since(scope.completed_at.unwrap_or(scope.first_at)) > limit
}

fn agents_check(agents: &[v1::AgentView], scopes: &[ScopeStatus], now: Timestamp) -> Check {
    const NAME: &str = "agents";
    let active: Vec<_> = agents.iter().filter(|agent| agent.revoked_at.is_none()).collect();
    if active.is_empty() {
        let hint = "`muster agents invite NAME --scopes PATTERN` lets one in";
        return Check::warn(NAME, "no agent is enrolled", hint);
    }
    let silent: Vec<&str> = active
        .iter()
        .filter(|agent| is_silent(agent, scopes, now))
        .map(|agent| agent.id.as_str())
        .collect();
    if silent.is_empty() {
        return Check::ok(NAME, format!("{} report", counted(active.len(), "agent", "agents")));
    }
    let says = format!("silent: {}", silent.join(", "));
    Check::fail(NAME, says, "see whether they run, and their logs")
}

/// Whether an agent was not heard of for two of its intervals.
fn is_silent(agent: &v1::AgentView, scopes: &[ScopeStatus], now: Timestamp) -> bool {
    let mine = scopes.iter().filter(|scope| scope.agent.as_str() == agent.id);
    let interval = mine.filter_map(|scope| scope.interval).max();
    let limit = interval.map_or(SILENCE_MAX, |interval| interval.saturating_mul(2));
    match sent(agent.seen_at).or(sent(agent.enrolled_at)) {
        Some(heard) => now.duration_since(heard) > limit,
        None => true,
    }
}

fn listing(checks: &[Check]) -> Listing {
    let columns = vec![
        column("state", Place::Both),
        column("check", Place::Both),
        column("says", Place::Yields),
        column("hint", Place::Under),
    ];
    let rows = checks.iter().map(row).collect();
    Listing { columns, rows, empty: "" }
}

fn row(check: &Check) -> Row {
    let (state, tone) = match check.state {
        State::Ok => ("ok", Tone::Good),
        State::Warn => ("warn", Tone::Warning),
        State::Fail => ("fail", Tone::Bad),
    };
    let hint = if check.hint.is_empty() { String::new() } else { format!("hint: {}", check.hint) };
    let cells = vec![
        Cell::toned(state, tone),
        check.name.into(),
        check.says.as_str().into(),
        Cell::toned(hint, Tone::Dim),
    ];
    let value = json!({
        "check": check.name,
        "state": state,
        "says": check.says,
        "hint": (!check.hint.is_empty()).then_some(&check.hint),
    });
    Row { cells, value }
}

#[cfg(test)]
mod tests;
