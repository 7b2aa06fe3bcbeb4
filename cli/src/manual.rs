//! The pages of the manual that are made from the code's own tables, so that they cannot disagree.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use clap::CommandFactory as _;

use crate::command::{EXIT_CODES, Line};
use crate::failure::{Failure, Outcome};

const MADE: &str = "<!-- Made by `muster generate-docs`; edit the code instead. -->\n\n";

/// Writes `rules.md`, `cli.md`, `sources.md`, `owners.md` and `metrics.md` into a folder, and into
/// `deploy/` in it the policy that allows what the sources ask.
pub(crate) fn write(dir: &Path) -> Result<Outcome, Failure> {
    let sources = format!(
        "# Sources\n\n{}\n\n{}\n\n### Calls\n\n{}\n",
        agent::source::host::DOC.trim(),
        agent::source::aws_iam::DOC.trim(),
        agent::source::aws_iam::CALLS_TABLE.trim()
    );
    let pages = [
        ("rules.md", analysis::detector::manual()),
        ("cli.md", command_line()),
        ("sources.md", sources),
        ("owners.md", collector::owners::FORMAT.to_owned()),
        ("metrics.md", metrics()),
    ];
    let policy = dir.join("deploy/policies");
    // Of what the operator named nothing is made: it may be a slip of the pen.
    let written = fs::read_dir(dir)
        .and_then(|_entries| fs::create_dir_all(&policy))
        .and_then(|()| fs::write(policy.join("aws.json"), agent::source::aws_iam::policy()))
        .and_then(|()| {
            let text = agent::source::aws_iam::policy_of_organisation();
            fs::write(policy.join("aws-organisation.json"), text)
        });
    written.map_err(|error| {
        let what = format!("writing into `{}` failed", policy.display());
        Failure::new(what, "name a folder that exists and can be written").because(&error)
    })?;
    for (name, text) in pages {
        let path = dir.join(name);
        fs::write(&path, format!("{MADE}{}\n", text.trim_end())).map_err(|error| {
            let what = format!("writing `{}` failed", path.display());
            Failure::new(what, "name a folder that exists and can be written").because(&error)
        })?;
    }
    Ok(Outcome::Nothing)
}

/// Every metric of the collector.
fn metrics() -> String {
    let mut text = String::from(
        "# Metrics of the collector\n\n\
         On `metrics_listen`, `/metrics` in the Prometheus text format; `/healthz` says whether the \
         store answers.\n\n| name | type | tells |\n| --- | --- | --- |\n",
    );
    for metric in collector::metrics::ALL {
        // Writing into a `String` cannot fail.
        let _infallible =
            writeln!(text, "| `{}` | {} | {} |", metric.name, metric.kind, metric.help);
    }
    text
}

/// Every command with its help, and the exit codes.
fn command_line() -> String {
    let mut text = String::from("# The `muster` command\n");
    let mut command = Line::command().term_width(96);
    command.build();
    page(&mut text, &mut command, "muster");
    // Writing into a `String` cannot fail.
    let _infallible = write!(text, "\n## Exit codes\n\n```text\n{EXIT_CODES}\n```\n");
    text
}

fn page(text: &mut String, command: &mut clap::Command, name: &str) {
    let help = command.clone().render_help().to_string();
    let help: Vec<&str> = help.lines().map(str::trim_end).collect();
    let help = help.join("\n");
    let _infallible = write!(text, "\n## `{name}`\n\n```text\n{}\n```\n", help.trim_end());
    for inner in command.get_subcommands_mut() {
        if !inner.is_hide_set() && inner.get_name() != "help" {
            let name = format!("{name} {}", inner.get_name());
            page(text, inner, &name);
        }
    }
}

#[cfg(test)]
mod tests;
