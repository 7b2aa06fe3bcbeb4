//! What can be said on the command line. `muster generate-docs` makes the manual from it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use model::Severity;

use crate::output::Format;

/// Exit codes, for the help and the manual.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0   it ran, and found nothing at or above --fail-on
  1   it could not run
  2   wrong usage
  10  it ran, and found something: findings at or above --fail-on, or, for
      `owners check` and `doctor`, something that is wrong";

/// Calls the roll of machine identities: which there are, who answers for them, and which are
/// orphaned, over-privileged or long-lived.
#[derive(Debug, Parser)]
#[command(name = "muster", version, about, after_help = EXIT_CODES, max_term_width = 100)]
pub(crate) struct Line {
    #[command(flatten)]
    pub(crate) reach: Reach,
    #[command(flatten)]
    pub(crate) look: Look,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How the collector is reached.
#[derive(Args, Debug)]
pub(crate) struct Reach {
    /// The collector's address, `host:port` [env: `MUSTER_COLLECTOR`; else the file `address` in the
    /// identity folder, else 127.0.0.1:7654]
    #[arg(long, global = true, value_name = "HOST:PORT", help_heading = "Global options")]
    pub(crate) collector: Option<String>,
    /// Folder with operator.pem, operator.key and authority.pem [env: `MUSTER_IDENTITY`; else the
    /// folder `operator` in the collector's data folder]
    #[arg(long, global = true, value_name = "DIR", help_heading = "Global options")]
    pub(crate) identity: Option<PathBuf>,
}

/// How the output looks.
#[derive(Args, Debug)]
pub(crate) struct Look {
    /// Form of the output; all but `table` are promises, see docs/schema
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub(crate) format: Format,
    /// Whether to use colour; `auto` is on a terminal, unless `NO_COLOR` is set
    #[arg(long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub(crate) color: ColorChoice,
}

/// Whether to use colour.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal.
    #[default]
    Auto,
    /// Also in a pipe.
    Always,
    /// Not at all.
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start a collector and an agent here, scan this machine, and tell what was found
    Quickstart(Quickstart),
    /// Scan once in one process, judge, tell, and keep nothing
    Audit(Audit),
    /// What principals of AWS may do, and what they could make themselves able to do
    Privileges(Privileges),
    /// What can authenticate
    #[command(subcommand)]
    Identities(Identities),
    /// What the rules claim
    #[command(subcommand)]
    Findings(Findings),
    /// Who answers for what
    #[command(subcommand)]
    Owners(Owners),
    /// What was seen to the end, what was not, and what could not be judged
    Coverage,
    /// The log of what changed
    Feed(Feed),
    /// Who reports
    #[command(subcommand)]
    Agents(Agents),
    /// Check that everything works, and what to do where it does not
    Doctor,
    /// Write the generated pages of the manual
    #[command(hide = true)]
    GenerateDocs {
        /// The folder to write into
        dir: PathBuf,
    },
    /// Run an agent in this process; the rest of the line is for it
    #[command(hide = true, disable_help_flag = true)]
    Agent {
        /// As `muster-agent` takes them
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
}

#[derive(Args, Debug)]
pub(crate) struct Quickstart {
    /// End when everything was scanned and judged
    #[arg(long)]
    pub(crate) once: bool,
    /// Folder that holds everything [default: muster in the user's data folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Least severity for which `--once` ends with exit code 10
    #[arg(long, value_name = "SEVERITY", default_value = "medium")]
    pub(crate) fail_on: FailOn,
}

#[derive(Args, Debug)]
pub(crate) struct Audit {
    /// What to look into, such as `host` or `aws_iam` [default: all that --sources names]
    #[arg(required_unless_present = "settings", value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    /// How to look into them: a file with `[[source]]` sections, such as an agent's configuration
    #[arg(long = "sources", id = "settings", value_name = "FILE")]
    pub(crate) settings: Option<PathBuf>,
    /// Of `aws_iam`: ask nobody, but read what the provider's command line printed, in one file or
    /// in a folder of files
    #[arg(long, value_name = "PATH")]
    pub(crate) from: Option<PathBuf>,
    /// The limits of the rules: a file with a `[policy]` section, such as a collector's configuration
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Folder with declarations, people and teams
    #[arg(long, value_name = "DIR")]
    pub(crate) owners: Option<PathBuf>,
    /// Judge as of this moment: `2026-03-03` or `2026-03-03T12:00:00Z` [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) as_of: Option<Timestamp>,
    /// Least severity for which to end with exit code 10
    #[arg(long, value_name = "SEVERITY", default_value = "medium")]
    pub(crate) fail_on: FailOn,
}

#[derive(Args, Debug)]
pub(crate) struct Privileges {
    /// Read what the provider's command line printed, a file or a folder, in place of asking the
    /// account of the credentials that are found
    #[arg(long, value_name = "PATH", global = true)]
    pub(crate) from: Option<PathBuf>,
    /// Judge as of this moment: `2026-03-03` or `2026-03-03T12:00:00Z` [default: now]
    #[arg(long, value_name = "TIME", value_parser = moment, global = true)]
    pub(crate) as_of: Option<Timestamp>,
    #[command(subcommand)]
    pub(crate) command: Option<PrivilegesCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PrivilegesCommand {
    /// What to take away first: statements and trusts by which most principals could make themselves more
    /// powerful, each tried out
    Cuts,
    /// Show one decision, layer by layer
    Explain(Explain),
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The ARN of a user or role
    pub(crate) principal: String,
    /// The action, such as `s3:GetObject`
    pub(crate) action: String,
    /// The ARN of what it is about [default: `*`, for actions without a resource of their own]
    pub(crate) resource: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Identities {
    /// List identities and unclaimed credentials
    List(IdentitiesList),
    /// Tell everything about one
    Show {
        /// Its id, or a part of it that no other has
        id: String,
        /// As it was known at this moment: `2026-03-03` or `2026-03-03T12:00:00Z`
        #[arg(long, value_name = "TIME", value_parser = moment)]
        as_of: Option<Timestamp>,
    },
}

#[derive(Args, Debug, Default)]
pub(crate) struct IdentitiesList {
    /// Only of this source, such as `aws_iam`
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Only of this kind, such as `role`, or `unclaimed`
    #[arg(long)]
    pub(crate) kind: Option<String>,
    /// Only what this owner answers for, such as `team:payments`
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Findings {
    /// List open findings, the most severe first
    List(FindingsList),
    /// Tell everything about one
    Show {
        /// Its id, or the beginning of it
        id: String,
    },
}

#[derive(Args, Debug, Default)]
pub(crate) struct FindingsList {
    /// Only of this rule or family, such as `orphaned` or `long_lived.age`
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// Only this severe or more
    #[arg(long, value_name = "SEVERITY", value_parser = severity)]
    pub(crate) severity: Option<Severity>,
    /// Only of this source, such as `aws_iam`
    #[arg(long)]
    pub(crate) source: Option<String>,
    /// Only what this owner is to answer, such as `team:payments`
    #[arg(long)]
    pub(crate) owner: Option<String>,
    /// At most so many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) limit: Option<u32>,
    /// Least severity for which to end with exit code 10
    #[arg(long, value_name = "SEVERITY", default_value = "none")]
    pub(crate) fail_on: FailOn,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Owners {
    /// Check the files in a folder, here, without a collector
    Check {
        /// The folder
        dir: PathBuf,
    },
    /// List the declarations in force
    List,
}

#[derive(Args, Debug)]
pub(crate) struct Feed {
    /// Begin after this place; 0 is the beginning
    #[arg(long, value_name = "CURSOR", default_value_t = 0)]
    pub(crate) since: u64,
    /// Go on with what comes, until interrupted
    #[arg(long)]
    pub(crate) follow: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Agents {
    /// List the enrolled agents
    List,
    /// Make a token with which one agent can enrol, once
    Invite {
        /// The name that the agent will have
        name: String,
        /// What it may report on: a pattern over scopes, such as `host/*`; may be repeated
        #[arg(long, required = true, value_name = "PATTERN", value_delimiter = ',')]
        scopes: Vec<String>,
        /// How long the token holds, such as `30m` or `24h`; at most 7 days
        #[arg(long, default_value = "1h", value_parser = duration)]
        ttl: SignedDuration,
    },
    /// Refuse an agent from now on
    Revoke {
        /// Its name
        name: String,
    },
}

/// From which severity on a command ends with exit code 10.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum FailOn {
    /// From none.
    #[default]
    None,
    /// From this one.
    From(Severity),
}

impl FailOn {
    /// Whether a finding of `severity` counts.
    pub(crate) fn counts(self, found: Severity) -> bool {
        match self {
            Self::None => false,
            Self::From(least) => found >= least,
        }
    }
}

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self::None);
        }
        severity(text).map(Self::From).map_err(|error| format!("{error}, or none"))
    }
}

fn severity(text: &str) -> Result<Severity, String> {
    let names: Vec<&str> = Severity::ALL.iter().map(|severity| severity.name()).collect();
    Severity::from_name(text).ok_or_else(|| format!("one of {}", names.join(", ")))
}

/// A moment, or the beginning of a day in UTC.
fn moment(text: &str) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse() {
        return Ok(moment);
    }
    let day: Result<jiff::civil::Date, _> = text.parse();
    let midnight = day.and_then(|day| day.to_zoned(jiff::tz::TimeZone::UTC));
    midnight
        .map(|midnight| midnight.timestamp())
        .map_err(|_| "write it as 2026-03-03 or 2026-03-03T12:00:00Z".to_owned())
}

fn duration(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(duration) if duration.is_positive() => Ok(duration),
        _ => Err("write it as 30m or 24h".to_owned()),
    }
}

#[cfg(test)]
mod tests;
