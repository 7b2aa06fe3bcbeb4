//! `muster privileges`: what principals of a cloud may do, as the cloud itself would decide it.
//!
//! ```text
//! source aws_iam, or what its command line printed ──► facts ──► analysis::aws ──► screen
//! ```
//!
//! One process, with nothing kept. Whatever was not seen is told, since it may decide. What is told of one
//! principal is in `privileges/value.rs`.

mod value;

use std::collections::BTreeMap;

use agent::scan::scan_once;
use agent::source::registry;
use analysis::aws::{Cut, Estate, Explanation, Judgement, Truth, Verdict, cuts, judge};
use collector::clock::Clock;
use jiff::Timestamp;
use model::{Entry, Fact, ScanId, ScopeId};
use serde_json::{Value, json};

use crate::audit;
use crate::command::{Explain, Privileges, PrivilegesCommand};
use crate::failure::{Failure, Outcome};
use crate::output::style::Tone;
use crate::output::{Cell, Column, Format, Listing, Place, Row, Screen};
use crate::progress::Progress;
use crate::view::column;

/// The source whose principals are judged.
pub(crate) const KIND: &str = "aws_iam";

/// Judges every principal, or explains one answer.
pub(crate) async fn run(screen: &mut Screen, command: &Privileges) -> Result<Outcome, Failure> {
    let as_of = command.as_of.unwrap_or_else(|| Clock::System.now());
    let seen = look(command, as_of).await?;
    for gap in &seen.gaps {
        Progress::note(&format!("not seen: {gap}"));
    }
    let estate = seen.estate(as_of);
    if estate.is_empty() && !seen.gaps.is_empty() {
        let hint = "what was not seen is told above; print it again, or give the missing rights";
        return Err(Failure::new("no user and no role was seen", hint));
    }
    match &command.command {
        Some(PrivilegesCommand::Explain(explain)) => answer(screen, &estate, explain),
        Some(PrivilegesCommand::Cuts) => {
            let judgements = judge(&estate);
            screen.list(&cuts_listing(&cuts(estate, &judgements)))?;
            Ok(Outcome::Nothing)
        }
        None => {
            let judgements = judge(&estate);
            screen.list(&listing(&estate, &judgements))?;
            if screen.format == Format::Table {
                let told = counts(&judgements);
                screen.people(|page| page.line(&format!("\n{told}")))?;
                first_cuts(screen, &cuts(estate, &judgements))?;
            }
            Ok(Outcome::Nothing)
        }
    }
}

/// BOUND: at the end of a list; `muster privileges cuts` tells all.
const CUTS_SHOWN_MAX: usize = 3;

/// What to take away first.
fn first_cuts(screen: &mut Screen, cuts: &[Cut]) -> Result<(), Failure> {
    if cuts.is_empty() {
        return Ok(());
    }
    screen.people(|page| {
        page.line("")?;
        page.head("What to take away first")?;
        for cut in cuts.iter().take(CUTS_SHOWN_MAX) {
            page.hanging("  - ", &in_words(cut), Tone::Plain)?;
        }
        Ok(())
    })?;
    Ok(())
}

fn in_words(cut: &Cut) -> String {
    let what = match &cut.place.statement {
        Some(statement) => format!("`{}` {statement}", cut.place.policy),
        None => format!("the trust `{}`", cut.place.policy),
    };
    let count = cut.frees.len();
    let harms = match cut.harms {
        0 => String::new(),
        harms => format!(", but {harms} can make themselves more powerful then that could not"),
    };
    format!("{what}: {count} can no longer make themselves more powerful{harms}")
}

/// What a look at accounts brought.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    facts: Vec<Fact>,
    open: BTreeMap<ScanId, ScopeId>,
    /// Account and call, of listings that came to their end.
    listed: Vec<(String, String)>,
    gaps: Vec<String>,
}

impl Seen {
    /// Takes what a scan tells.
    pub(crate) fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Began(began) => {
                self.open.insert(began.scan, began.scope);
            }
            Entry::Saw(observation) => self.facts.push(observation.fact),
            Entry::Completed { scan, .. } => {
                let scope = self.open.remove(&scan);
                self.listed.extend(scope.and_then(|scope| scope.call()));
            }
            Entry::Abandoned { scan, reason, .. } => {
                if let Some(scope) = self.open.remove(&scan) {
                    self.gaps.push(format!("{}: {reason}", scope.as_str()));
                }
            }
            Entry::Missed(..) => {}
        }
    }

    /// The accounts, as they are judged.
    fn estate(&self, as_of: Timestamp) -> Estate {
        let listed = self.listed.iter().map(|(account, call)| (account.as_str(), call.as_str()));
        Estate::of(&self.facts, listed, as_of)
    }

    /// What every user and role may do, as `docs/schema/privilege.json` says.
    pub(crate) fn values(&self, as_of: Timestamp) -> Vec<Value> {
        let estate = self.estate(as_of);
        judge(&estate).iter().map(|judgement| value::value(&estate, judgement)).collect()
    }
}

async fn look(command: &Privileges, as_of: Timestamp) -> Result<Seen, Failure> {
    let kind = registry::kind(KIND).ok_or_else(|| {
        Failure::new("there is no such source", "this is a mistake of ours; report it")
    })?;
    let mut settings = vec![(kind, toml::Table::new())];
    if let Some(path) = &command.from {
        audit::read_from(&mut settings, path)?;
        // Files that are passed over are told by name.
        agent::telemetry::start_quietly();
    }
    let mut seen = Seen::default();
    for source in audit::sources(settings, as_of)? {
        let mut progress = Progress::new();
        let round = scan_once(&*source, as_of, |entries| {
            for entry in entries {
                seen.take(entry);
            }
            progress.say(&format!("looking into {KIND}: {} things seen", seen.facts.len()));
        });
        if let Some(error) = round.await.failed {
            let what = format!("looking into `{KIND}` failed");
            return Err(Failure::new(what, audit::hint(&error)).because(&error));
        }
    }
    Ok(seen)
}

const COLUMNS: &[Column] =
    &[column("verdict", Place::Both), column("id", Place::Both), column("because", Place::Under)];

fn listing(estate: &Estate, judgements: &[Judgement]) -> Listing {
    let mut ordered: Vec<&Judgement> = judgements.iter().collect();
    ordered.sort_by_key(|it| (it.verdict, &it.id));
    Listing {
        columns: COLUMNS.to_vec(),
        rows: ordered.into_iter().map(|judgement| row(estate, judgement)).collect(),
        empty: "There is no user and no role.",
    }
}

fn row(estate: &Estate, judgement: &Judgement) -> Row {
    let tone = match judgement.verdict {
        Verdict::Administrator | Verdict::Escalates => Tone::Warning,
        Verdict::Unknown | Verdict::No => Tone::Plain,
    };
    let because: Vec<&str> = judgement.because.iter().map(|reason| reason.what.as_str()).collect();
    let cells = vec![
        Cell::toned(judgement.verdict.name(), tone),
        judgement.id.as_str().into(),
        because.join("; then ").into(),
    ];
    Row { cells, value: value::value(estate, judgement) }
}

const CUT_COLUMNS: &[Column] = &[
    column("frees", Place::Both),
    column("statement", Place::Both),
    column("policy", Place::Both),
];

fn cuts_listing(cuts: &[Cut]) -> Listing {
    let row = |cut: &Cut| {
        let statement = cut.place.statement.as_deref().unwrap_or("trust");
        let count = cut.frees.len().to_string();
        let cells = vec![count.into(), statement.into(), cut.place.policy.as_str().into()];
        Row { cells, value: value::cut(cut) }
    };
    Listing {
        columns: CUT_COLUMNS.to_vec(),
        rows: cuts.iter().map(row).collect(),
        empty: "No one statement, taken away, breaks a path.",
    }
}

fn counts(judgements: &[Judgement]) -> String {
    let count = |verdict| judgements.iter().filter(|it| it.verdict == verdict).count();
    let all = [Verdict::Administrator, Verdict::Escalates, Verdict::No, Verdict::Unknown];
    let told: Vec<String> =
        all.into_iter().map(|verdict| format!("{} {}", count(verdict), verdict.name())).collect();
    told.join(", ")
}

fn answer(screen: &mut Screen, estate: &Estate, ask: &Explain) -> Result<Outcome, Failure> {
    let resource = ask.resource.as_deref().unwrap_or("*");
    let told = estate.explain(&ask.principal, &ask.action, resource).ok_or_else(|| {
        let what = format!("there is no principal `{}`", ask.principal);
        Failure::usage(what, "`muster privileges` lists them by their ARNs")
    })?;
    let row = Row {
        cells: vec![word(told.allowed).into(), ask.principal.as_str().into(), "".into()],
        value: explained(ask, resource, &told),
    };
    let listing = Listing { columns: COLUMNS.to_vec(), rows: vec![row], empty: "" };
    screen.one(&listing, |page| {
        page.line(&format!("{}: {} on {resource}", word(told.allowed), ask.action))?;
        for layer in &told.layers {
            page.line("")?;
            page.head(&layer.layer)?;
            let says = match (layer.allows, layer.denies) {
                (Truth::No, Truth::No) => "does not allow it".to_owned(),
                (allows, Truth::No) => format!("allows it: {}", degree(allows)),
                (_, denies) => format!("denies it: {}", degree(denies)),
            };
            page.line(&format!("  {says}"))?;
            for statement in &layer.statements {
                page.hanging("  - ", statement, Tone::Plain)?;
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Nothing)
}

fn explained(ask: &Explain, resource: &str, told: &Explanation) -> Value {
    let layers: Vec<Value> = told
        .layers
        .iter()
        .map(|layer| {
            json!({
                "layer": layer.layer,
                "allows": degree(layer.allows),
                "denies": degree(layer.denies),
                "statements": layer.statements,
            })
        })
        .collect();
    json!({
        "principal": ask.principal,
        "action": ask.action,
        "resource": resource,
        "answer": word(told.allowed),
        "layers": layers,
    })
}

/// An answer in a word.
fn word(truth: Truth) -> &'static str {
    match truth {
        Truth::Yes => "allowed",
        Truth::Maybe => "allowed_if",
        Truth::Doubt => "unknown",
        Truth::No => "denied",
    }
}

/// How far something holds.
fn degree(truth: Truth) -> &'static str {
    match truth {
        Truth::Yes => "yes",
        Truth::Maybe => "if",
        Truth::Doubt => "unknown",
        Truth::No => "no",
    }
}
