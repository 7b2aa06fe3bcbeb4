//! How findings look.

use std::io;

use model::{About, Evidence, Factor, Finding, FindingState};

use super::{column, minute};
use crate::output::escape::{plain, shortened, width};
use crate::output::style::Tone;
use crate::output::{Cell, Column, Listing, Page, Place, Row};

const COLUMNS: &[Column] = &[
    column("id", Place::Sheet),
    column("severity", Place::Both),
    column("finding", Place::Table),
    column("score", Place::Sheet),
    column("rule", Place::Both),
    column("identity", Place::Sheet),
    column("about", Place::YieldsTable),
    column("kind", Place::Sheet),
    column("source", Place::Sheet),
    column("credential", Place::Sheet),
    column("placement", Place::Sheet),
    column("state", Place::Sheet),
    column("since", Place::Sheet),
    column("because", Place::Under),
    column("remedy", Place::Sheet),
    column("owner", Place::Sheet),
];

/// Findings as rows, in the order given.
pub(crate) fn listing(findings: &[Finding]) -> Listing {
    Listing {
        columns: COLUMNS.to_vec(),
        rows: findings.iter().map(row).collect(),
        empty: "No open findings.",
    }
}

fn row(finding: &Finding) -> Row {
    let claim = &finding.conclusion;
    let (credential, placement) = match &claim.about {
        About::Subject => ("", ""),
        About::Credential(id) => (id.as_str(), ""),
        About::Placement(id) => ("", id.as_str()),
    };
    let severity = claim.severity;
    let cells = vec![
        finding.id.as_str().into(),
        Cell::toned(severity.name(), Tone::of(severity)),
        Cell::toned(short(finding), Tone::Dim),
        claim.score.to_string().into(),
        claim.rule.as_str().into(),
        finding.subject.plain().into(),
        name(finding).into(),
        finding.subject_kind.as_str().into(),
        finding.source.as_str().into(),
        credential.into(),
        placement.into(),
        finding.state.name().into(),
        proto::json::moment(finding.opened_at).into(),
        Cell::toned(claim.because.as_str(), Tone::Dim),
        claim.remedy.as_str().into(),
        owners(finding).into(),
    ];
    Row { cells, value: proto::json::finding(finding) }
}

/// The beginning of its id: enough to show it by.
pub(crate) fn short(finding: &Finding) -> String {
    // 32 bits: two of ten thousand findings begin alike in one estate of a hundred.
    finding.id.as_str().chars().take(10).collect()
}

/// Whom it is about, as people know it: a credential of nobody by where it lies, for its digest tells
/// them nothing.
pub(crate) fn name(finding: &Finding) -> String {
    name_within(finding, usize::MAX)
}

/// As [`name`], in at most so many columns, and harmless.
pub(crate) fn name_within(finding: &Finding, max: usize) -> String {
    let id = finding.subject.plain();
    let digest = id.split_once(':').filter(|(_, rest)| is_digest(rest));
    let (Some((kind, digest)), Some(place)) = (digest, place(finding)) else {
        return shortened(&plain(&id), max).into_owned();
    };
    let digest: String = digest.chars().take(8).collect();
    let start = format!("{}:{digest}… in ", plain(kind));
    let room = max.saturating_sub(width(&start));
    format!("{start}{}", shortened(&plain(&place), room))
}

fn is_digest(text: &str) -> bool {
    text.len() >= 32 && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// A place where the credential of a finding lies, if the finding tells of any.
fn place(finding: &Finding) -> Option<String> {
    let claim = &finding.conclusion;
    let place = match &claim.about {
        About::Placement(id) => id.as_str(),
        About::Subject | About::Credential(_) => {
            let told = claim.evidence.iter().find(|it| it.what == "placement")?;
            told.says.strip_prefix('`')?.split('`').next()?
        }
    };
    // What follows the sign tells two pieces of one file apart.
    Some(place.split('#').next().unwrap_or(place).to_owned())
}

fn owners(finding: &Finding) -> String {
    let names: Vec<&str> = finding.owners.iter().map(model::OwnerId::as_str).collect();
    names.join(" ")
}

/// Everything about one finding.
pub(crate) fn page(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let claim = &finding.conclusion;
    let severity = page.style.paint(Tone::of(claim.severity), claim.severity.name()).into_owned();
    let rule = page.style.paint(Tone::Strong, claim.rule.as_str()).into_owned();
    page.line(&format!("{severity}  {rule}  {}", plain(finding.id.as_str())))?;
    page.line("")?;
    page.item("because", &claim.because, Tone::Plain)?;
    page.lines("  fix           ", &claim.remedy, Tone::Good)?;
    page.line("")?;
    page.item("identity", &finding.subject.plain(), Tone::Plain)?;
    let kind = format!("{} of {}", finding.subject_kind, finding.source);
    page.item("", &kind, Tone::Dim)?;
    match &claim.about {
        About::Subject => {}
        About::Credential(id) => page.item("credential", id.as_str(), Tone::Plain)?,
        About::Placement(id) => page.item("placement", id.as_str(), Tone::Plain)?,
    }
    let owners = owners(finding);
    let owners = if owners.is_empty() { "nobody" } else { &owners };
    page.item("owner", owners, Tone::Plain)?;
    let state = match finding.state {
        FindingState::Open => "open since",
        FindingState::Resolved => "resolved; was open since",
    };
    page.item("state", &format!("{state} {}", minute(finding.opened_at)), Tone::Plain)?;
    evidence(page, &claim.evidence)?;
    factors(page, claim.score, &claim.factors)
}

fn evidence(page: &mut Page<'_>, evidence: &[Evidence]) -> io::Result<()> {
    if evidence.is_empty() {
        return Ok(());
    }
    page.line("")?;
    page.head("Evidence")?;
    for it in evidence {
        page.item(&it.what, &it.says, Tone::Plain)?;
        if !it.seen_in.is_empty() {
            page.item("", &format!("seen in {}", it.seen_in), Tone::Dim)?;
        }
    }
    Ok(())
}

fn factors(page: &mut Page<'_>, score: u8, factors: &[Factor]) -> io::Result<()> {
    page.line("")?;
    page.head(&format!("Score {score} of 100"))?;
    for it in factors {
        page.item(&it.name, &format!("{:>3} %  {}", it.percent, it.why), Tone::Plain)?;
    }
    Ok(())
}
