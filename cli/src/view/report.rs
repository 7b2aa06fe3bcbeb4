//! The screen of `audit` and `quickstart`: what there is, what is wrong and what to do, what was not
//! seen, and where to read on. Calm at 80 columns; a list is cut, never a claim.

use std::io;

use model::{Finding, ScopeState, ScopeStatus};

use super::{counted, minute};
use crate::output::escape::{plain, shortened, width, wrapped};
use crate::output::style::Tone;
use crate::output::{Listing, Page, Row, Screen};
use crate::report::{Headline, Report, family, subjects};

/// Findings told under each headline: what one reads in a minute.
const FINDINGS_MAX: usize = 5;
/// Findings of one rule told under each headline.
const FINDINGS_PER_RULE_MAX: usize = 3;
/// Gaps told: the rest is in `muster coverage`.
const GAPS_MAX: usize = 6;
/// Reasons for which something could not be judged.
const REASONS_MAX: usize = 5;
/// Lines of one remedy: a policy to paste is in `muster findings show`.
const REMEDY_LINES_MAX: usize = 3;
/// Columns beyond which lines of text are hard to read.
const WIDTH_MAX: usize = 100;
/// Where the text beside a command begins.
const WHAT_COLUMN: usize = 34;
/// Where the text of a finding begins.
const TEXT_COLUMN: usize = 12;

/// How to go on from a report.
#[derive(Clone, Debug, Default)]
pub(crate) struct Next {
    /// What the report is of, such as `quickstart`.
    pub(crate) title: String,
    /// What lists the rest of the findings, such as `muster findings list`.
    pub(crate) rest: String,
    /// Commands with what they tell.
    pub(crate) steps: Vec<(String, String)>,
}

/// Shows a report in the form asked for: findings as rows for lines and sheets, one document for JSON.
pub(crate) fn show(
    screen: &mut Screen,
    report: &Report,
    next: &Next,
) -> Result<(), crate::failure::Failure> {
    use crate::output::Format;
    match screen.format {
        Format::Json => {
            let row = Row { cells: Vec::new(), value: report.json() };
            let document = Listing { columns: Vec::new(), rows: vec![row], empty: "" };
            screen.one(&document, |_| Ok(()))
        }
        Format::Table => screen.people(|out| {
            out.width = out.width.min(WIDTH_MAX);
            page(out, report, next)
        }),
        Format::Ndjson | Format::Csv => screen.list(&super::findings::listing(&report.findings)),
    }
}

fn page(page: &mut Page<'_>, report: &Report, next: &Next) -> io::Result<()> {
    title(page, report, next)?;
    numbers(page, report)?;
    for headline in Headline::ALL {
        section(page, report, headline, next)?;
    }
    gaps(page, report)?;
    unknown(page, report)?;
    steps(page, next)
}

fn title(page: &mut Page<'_>, report: &Report, next: &Next) -> io::Result<()> {
    let when = format!("{} UTC", minute(report.as_of));
    let name = format!("muster {}", plain(&next.title));
    let room = page.width.saturating_sub(width(&when));
    let padding = " ".repeat(room.saturating_sub(width(&name)).max(1));
    let name = page.style.paint(Tone::Strong, &name).into_owned();
    let when = page.style.paint(Tone::Dim, &when).into_owned();
    page.line("")?;
    page.line(&format!("{name}{padding}{when}"))?;
    page.line("")
}

fn numbers(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let counts = &report.counts;
    let seen = report.scopes.len().saturating_sub(report.gaps().len());
    let parts = [
        (counts.identities.to_string(), "identities".to_owned()),
        (counts.credentials.to_string(), "credentials".to_owned()),
        (counts.placements.to_string(), "placements".to_owned()),
        (seen.to_string(), format!("of {} scopes seen", report.scopes.len())),
    ];
    let mut line = String::new();
    let mut used: usize = 0;
    for (number, what) in parts {
        let part_width = width(&number).saturating_add(width(&what)).saturating_add(4);
        used = used.saturating_add(part_width);
        if used > page.width {
            page.line(&line)?;
            line.clear();
            used = part_width;
        }
        let number = page.style.paint(Tone::Strong, &number).into_owned();
        line.push_str(if line.is_empty() { "  " } else { "   " });
        line.push_str(&number);
        line.push(' ');
        line.push_str(&what);
    }
    page.line(&line)?;
    page.line("")?;
    for headline in Headline::ALL {
        let findings = report.under(headline);
        let count = subjects(&findings);
        let tone = findings.first().map_or(Tone::Good, |worst| Tone::of(worst.conclusion.severity));
        let count = page.style.paint(tone, &format!("{count:>6}")).into_owned();
        let name = headline_name(headline);
        let meaning = meaning(headline, &findings);
        // Where a number begins and how wide it is, with the gaps around it.
        let room = page.width.saturating_sub(27);
        let meaning = if width(&meaning) > room { "" } else { &meaning };
        page.line(&format!("  {name:<16}{count}   {meaning}"))?;
    }
    Ok(())
}

fn headline_name(headline: Headline) -> &'static str {
    match headline {
        Headline::Orphaned => "Orphaned",
        Headline::OverPrivileged => "Over-privileged",
        Headline::LongLived => "Long-lived",
        Headline::Exposed => "Exposed",
        Headline::Other => "Other",
    }
}

fn meaning(headline: Headline, findings: &[&Finding]) -> String {
    match headline {
        Headline::Orphaned => "nobody who is still there answers for them".to_owned(),
        Headline::OverPrivileged => "may do more than they should".to_owned(),
        Headline::LongLived => "proved by what is too old, or never ends".to_owned(),
        Headline::Exposed => "readable by others, or one secret for several".to_owned(),
        Headline::Other if findings.is_empty() => "nothing else".to_owned(),
        Headline::Other => families(findings),
    }
}

/// How many findings of each family, the most first.
fn families(findings: &[&Finding]) -> String {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for finding in findings {
        let count = counts.entry(family(finding)).or_default();
        *count = count.saturating_add(1);
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let told: Vec<_> =
        counts.into_iter().map(|(name, count)| format!("{} {count}", plain(name))).collect();
    told.join(", ")
}

fn section(
    page: &mut Page<'_>,
    report: &Report,
    headline: Headline,
    next: &Next,
) -> io::Result<()> {
    let findings = report.under(headline);
    if findings.is_empty() {
        return Ok(());
    }
    page.line("")?;
    page.head(&format!("{}  ({})", headline_name(headline), findings.len()))?;
    let mut remedy_last = "";
    let told = chosen(&findings);
    for finding in &told {
        page.line("")?;
        claim(page, finding, &mut remedy_last)?;
    }
    let more = findings.len().saturating_sub(told.len());
    if more > 0 {
        page.line("")?;
        let more = format!("and {more} more: {}", next.rest);
        let more = page.style.paint(Tone::Dim, &more).into_owned();
        page.line(&format!("{:TEXT_COLUMN$}{more}", ""))?;
    }
    Ok(())
}

/// The first findings, not all of one rule if others have something to say too.
fn chosen<'a>(findings: &[&'a Finding]) -> Vec<&'a Finding> {
    let mut told: Vec<&Finding> = Vec::new();
    let mut per_rule = std::collections::BTreeMap::<&str, usize>::new();
    for finding in findings {
        let count = per_rule.entry(finding.conclusion.rule.as_str()).or_default();
        if *count < FINDINGS_PER_RULE_MAX && told.len() < FINDINGS_MAX {
            *count = count.saturating_add(1);
            told.push(finding);
        }
    }
    told
}

fn claim<'a>(
    page: &mut Page<'_>,
    finding: &'a Finding,
    remedy_last: &mut &'a str,
) -> io::Result<()> {
    let it = &finding.conclusion;
    let severity = format!("{:<9}", it.severity.name());
    let severity = page.style.paint(Tone::of(it.severity), &severity).into_owned();
    let id = super::findings::name_within(finding, page.width.saturating_sub(TEXT_COLUMN));
    page.line(&format!("  {severity} {id}"))?;
    let indent = " ".repeat(TEXT_COLUMN);
    page.hanging(&indent, &it.because, Tone::Plain)?;
    if it.remedy == *remedy_last {
        return page.hanging(&format!("{indent}fix: "), "as above", Tone::Dim);
    }
    *remedy_last = &it.remedy;
    remedy(page, finding)
}

fn remedy(page: &mut Page<'_>, finding: &Finding) -> io::Result<()> {
    let mut before = format!("{:TEXT_COLUMN$}fix: ", "");
    let room = page.width.saturating_sub(width(&before));
    let mut lines: Vec<String> = Vec::new();
    for line in finding.conclusion.remedy.lines() {
        let content = line.trim_start_matches(' ');
        let indent = " ".repeat(line.len().saturating_sub(content.len()));
        let parts = wrapped(&plain(content), room.saturating_sub(indent.len()));
        lines.extend(parts.into_iter().map(|part| format!("{indent}{part}")));
    }
    for line in lines.iter().take(REMEDY_LINES_MAX) {
        let line = page.style.paint(Tone::Good, line).into_owned();
        page.line(&format!("{before}{line}"))?;
        before = " ".repeat(width(&before));
    }
    if lines.len() > REMEDY_LINES_MAX {
        let rest = format!("… muster findings show {}", super::findings::short(finding));
        page.hanging(&before, &rest, Tone::Dim)?;
    }
    Ok(())
}

fn gaps(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    let gaps = report.gaps();
    page.line("")?;
    if gaps.is_empty() {
        let seen = counted(report.scopes.len(), "scope was", "scopes were");
        return page.line(&format!("Seen  {seen} listed to the end."));
    }
    page.head(&format!("Not seen  ({})", gaps.len()))?;
    page.line("")?;
    for gap in gaps.iter().take(GAPS_MAX) {
        let scope = plain(gap.scope.as_str()).into_owned();
        page.line(&format!("  {}", shortened(&scope, page.width.saturating_sub(2))))?;
        let (why, hint) = reason(gap);
        let indent = " ".repeat(TEXT_COLUMN);
        page.hanging(&indent, why, Tone::Warning)?;
        page.hanging(&format!("{indent}hint: "), hint, Tone::Plain)?;
    }
    let more = gaps.len().saturating_sub(GAPS_MAX);
    if more > 0 {
        page.line(&format!("{:TEXT_COLUMN$}and {more} more", ""))?;
    }
    Ok(())
}

/// Why a scope was not seen, and what to do about it.
pub(crate) fn reason(gap: &ScopeStatus) -> (&str, &'static str) {
    match &gap.state {
        ScopeState::Abandoned(why) => (why, advice(why)),
        ScopeState::Running => ("the scan still runs", "wait for it to end"),
        ScopeState::Differs => {
            ("the agent and the collector disagree about it", "the next scan sends it whole")
        }
        ScopeState::Complete => ("", ""),
    }
}

fn advice(why: &str) -> &'static str {
    let why = why.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| why.contains(word));
    if says(&["permission denied", "operation not permitted"]) {
        "run it as root, or give the agent CAP_DAC_READ_SEARCH"
    } else if says(&["denied", "not authorized", "forbidden", "403"]) {
        "grant the agent the read-only policy of this source; see deploy/"
    } else if says(&["throttl", "429", "rate"]) {
        "lower the agent's calls a second, or scan at a quieter hour"
    } else if says(&["no such", "not found", "enoent"]) {
        "nothing to do if this machine has no such thing"
    } else {
        "the agent's log has more; the next scan tries again"
    }
}

fn unknown(page: &mut Page<'_>, report: &Report) -> io::Result<()> {
    if report.unknown.is_empty() {
        return Ok(());
    }
    let mut reasons: Vec<_> = report.unknown.iter().collect();
    reasons.sort_by_key(|it| (std::cmp::Reverse(it.count), it.rule.clone(), it.why.clone()));
    let total = reasons.iter().fold(0_u64, |sum, it| sum.saturating_add(it.count));
    page.line("")?;
    page.head(&format!("Not judged, for want of a fact  ({total})"))?;
    page.line("")?;
    for it in reasons.iter().take(REASONS_MAX) {
        let before = format!("{:>6}    ", it.count);
        page.hanging(&before, &format!("{}: {}", it.rule, it.why), Tone::Plain)?;
    }
    let more = reasons.len().saturating_sub(REASONS_MAX);
    if more > 0 {
        let reasons = counted(more, "other reason", "other reasons");
        page.line(&format!("{:10}and {reasons}", ""))?;
    }
    Ok(())
}

fn steps(page: &mut Page<'_>, next: &Next) -> io::Result<()> {
    page.line("")?;
    page.head("Read on")?;
    page.line("")?;
    for (command, what) in &next.steps {
        let command = format!("  {:<30}  ", plain(command));
        if width(&command) > WHAT_COLUMN {
            page.line(&command)?;
            page.hanging(&" ".repeat(WHAT_COLUMN), what, Tone::Dim)?;
        } else {
            page.hanging(&command, what, Tone::Dim)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
