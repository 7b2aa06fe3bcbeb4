//! How identities look. Their data is JSON as `docs/schema/identity.json` says.

use std::io;

use model::{Finding, Unknown};
use serde_json::Value;

use super::{column, counted, list, minute_of, text};
use crate::output::escape::plain;
use crate::output::style::Tone;
use crate::output::{Cell, Column, Listing, Page, Place, Row};

const COLUMNS: &[Column] = &[
    column("id", Place::Yields),
    column("kind", Place::Both),
    column("source", Place::Both),
    column("owners", Place::Yields),
    column("credentials", Place::Sheet),
    column("placements", Place::Sheet),
    column("creds", Place::Table),
    column("places", Place::Table),
    column("last_used", Place::Both),
    column("findings", Place::Both),
];

/// Identities as rows, in the order given.
pub(crate) fn listing(identities: Vec<Value>) -> Listing {
    Listing {
        columns: COLUMNS.to_vec(),
        rows: identities.into_iter().map(row).collect(),
        empty: "No identities.",
    }
}

/// One identity as the only row.
pub(crate) fn row(view: Value) -> Row {
    let findings = list(&view, "findings").len();
    let owners = owners(&view);
    let credentials = ids(list(&view, "credentials"));
    let placements = ids(list(&view, "placements"));
    let tone = if findings > 0 { Tone::Warning } else { Tone::Plain };
    let shown_owners = if owners.is_empty() { "-".to_owned() } else { owners };
    let cells = vec![
        text(&view, "id").into(),
        text(&view, "kind").into(),
        text(&view, "source").into(),
        shown_owners.into(),
        credentials.join(" ").into(),
        placements.join(" ").into(),
        credentials.len().to_string().into(),
        placements.len().to_string().into(),
        view.get("last_used").map_or_else(String::new, minute_of).into(),
        Cell::toned(findings.to_string(), tone),
    ];
    Row { cells, value: view }
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(item, "id").to_owned()).collect()
}

/// Everyone who is declared to answer, once each, in the order of the roles.
fn owners(view: &Value) -> String {
    let mut names: Vec<&str> = Vec::new();
    for role in ["technical", "lifecycle", "business"] {
        let answers = view.get("owners").map_or(&[][..], |owners| list(owners, role));
        for name in answers.iter().map(|answer| text(answer, "owner")) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names.join(" ")
}

/// Everything about one identity.
pub(crate) fn page(
    page: &mut Page<'_>,
    view: &Value,
    findings: &[Finding],
    unknown: &[Unknown],
) -> io::Result<()> {
    let id = plain(text(view, "id")).into_owned();
    page.head(&id)?;
    page.line("")?;
    let kind = format!("{} of {}", text(view, "kind"), text(view, "source"));
    page.item("kind", &kind, Tone::Plain)?;
    for (label, key) in [("created", "created"), ("last used", "last_used")] {
        if let Some(value) = view.get(key).filter(|value| !value.is_null()) {
            page.item(label, &minute_of(value), Tone::Plain)?;
        }
    }
    answers(page, view)?;
    for key in ["purpose", "service", "environment", "revocation"] {
        if !text(view, key).is_empty() {
            page.item(key, text(view, key), Tone::Plain)?;
        }
    }
    labels(page, view)?;
    credentials(page, view)?;
    grants(page, view)?;
    workloads(page, view)?;
    judged(page, findings)?;
    not_judged(page, unknown)
}

fn answers(page: &mut Page<'_>, view: &Value) -> io::Result<()> {
    let mut is_owned = false;
    for role in ["business", "technical", "lifecycle"] {
        let answers = view.get("owners").map_or(&[][..], |owners| list(owners, role));
        for answer in answers {
            is_owned = true;
            let presence = text(answer, "presence");
            let tone = if presence == "active" { Tone::Plain } else { Tone::Bad };
            let declaration = text(answer, "declaration");
            let says = format!("{} ({presence}; says {declaration})", text(answer, "owner"));
            page.item(role, &says, tone)?;
        }
    }
    if !is_owned {
        page.item("owners", "nobody", Tone::Warning)?;
    }
    Ok(())
}

fn labels(page: &mut Page<'_>, view: &Value) -> io::Result<()> {
    for key in ["labels", "details"] {
        let Some(pairs) = view.get(key).and_then(Value::as_object) else { continue };
        for (name, value) in pairs {
            let says = format!("{name} = {}", value.as_str().unwrap_or_default());
            page.item(key.trim_end_matches('s'), &says, Tone::Dim)?;
        }
    }
    Ok(())
}

fn credentials(page: &mut Page<'_>, view: &Value) -> io::Result<()> {
    let credentials = list(view, "credentials");
    if credentials.is_empty() {
        return Ok(());
    }
    page.line("")?;
    page.head(&format!("Credentials ({})", credentials.len()))?;
    for it in credentials {
        page.item(text(it, "kind"), text(it, "id"), Tone::Plain)?;
        let moment = |key: &str| it.get(key).map_or_else(|| "-".to_owned(), minute_of);
        let life = format!(
            "created {}, ends {}, last used {}",
            moment("created"),
            moment("ends"),
            moment("last_used")
        );
        page.item("", &life, Tone::Dim)?;
        let mine = |place: &&Value| text(place, "credential") == text(it, "id");
        for place in list(view, "placements").iter().filter(mine) {
            let readers = text(place, "readers");
            let readers = if readers.is_empty() { "unknown" } else { readers };
            let says = format!("lies in {} (readable by: {readers})", text(place, "id"));
            page.item("", &says, Tone::Plain)?;
        }
    }
    Ok(())
}

fn grants(page: &mut Page<'_>, view: &Value) -> io::Result<()> {
    let grants = list(view, "grants");
    if grants.is_empty() {
        return Ok(());
    }
    page.line("")?;
    page.head(&format!("Grants ({})", grants.len()))?;
    for it in grants {
        page.item(text(it, "kind"), text(it, "policy"), Tone::Plain)?;
        if !text(it, "via").is_empty() {
            page.item("", &format!("through {}", text(it, "via")), Tone::Dim)?;
        }
    }
    Ok(())
}

fn workloads(page: &mut Page<'_>, view: &Value) -> io::Result<()> {
    // BOUND: what fits a page; the machine-readable forms have all of them.
    const WORKLOADS_MAX: usize = 20;
    let workloads = list(view, "workloads");
    if workloads.is_empty() {
        return Ok(());
    }
    page.line("")?;
    page.head(&format!("Workloads ({})", workloads.len()))?;
    for it in workloads.iter().take(WORKLOADS_MAX) {
        page.item(text(it, "kind"), text(it, "id"), Tone::Plain)?;
    }
    let more = workloads.len().saturating_sub(WORKLOADS_MAX);
    if more > 0 {
        page.item("", &format!("and {more} more: --format json"), Tone::Dim)?;
    }
    Ok(())
}

fn judged(page: &mut Page<'_>, findings: &[Finding]) -> io::Result<()> {
    page.line("")?;
    if findings.is_empty() {
        return page.line("No findings.");
    }
    page.head(&counted(findings.len(), "finding", "findings"))?;
    for it in findings {
        let claim = &it.conclusion;
        let says = format!("{}: {}", claim.rule, claim.because);
        page.item(claim.severity.name(), &says, Tone::of(claim.severity))?;
        page.lines("                fix: ", &claim.remedy, Tone::Plain)?;
    }
    Ok(())
}

fn not_judged(page: &mut Page<'_>, unknown: &[Unknown]) -> io::Result<()> {
    if unknown.is_empty() {
        return Ok(());
    }
    page.line("")?;
    page.head("Could not be judged")?;
    for it in unknown {
        page.item("unknown", &format!("{}: {}", it.rule, it.why), Tone::Dim)?;
    }
    Ok(())
}
