//! What it takes to judge one subject: an IAM user with a group, a policy, a key and its place on a disk.

use std::fmt::Write;
use std::time::{Duration, Instant};

use analysis::{Policy, examine};
use anyhow::Context;
use model::testing::{Estate, day, estate};
use model::{Dossier, Owners};

use super::Line;

/// Different subjects, so that no cache of the processor flatters.
const USERS_COUNT: usize = 500;

/// A company of some size.
const DECLARATIONS_COUNT: usize = 1_000;

/// Long enough that a tick of the clock is nothing.
const SPAN: Duration = Duration::from_secs(2);

/// Judges without declarations, and with many.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let Estate { owners, .. } = estate(&declarations()?);
    let users = estate(&users()?);
    let dossiers = users.dossiers();
    let none = microseconds(&dossiers, &Owners::default())?;
    let many = microseconds(&dossiers, &owners)?;
    Ok(vec![
        Line::plain("examine, per subject, no declarations", format!("{none:.1} µs")),
        Line::plain("examine, per subject, 1,000 declarations", format!("{many:.1} µs")),
    ])
}

fn microseconds(dossiers: &[Dossier], owners: &Owners) -> anyhow::Result<f64> {
    let (policy, as_of) = (Policy::default(), day("2026-03-01"));
    let mut count: u32 = 0;
    let mut changes: usize = 0;
    let begun = Instant::now();
    while begun.elapsed() < SPAN {
        for dossier in dossiers {
            changes =
                changes.saturating_add(examine(dossier, owners, &policy, as_of).changes.len());
            count = count.saturating_add(1);
        }
    }
    let elapsed = begun.elapsed().as_secs_f64();
    // Each has an old key, so a judgement that says nothing did not happen.
    changes.checked_sub(usize::try_from(count)?).context("every user has a finding")?;
    Ok(elapsed * 1e6 / f64::from(count))
}

fn users() -> anyhow::Result<String> {
    let mut text = String::from(
        "group arn:aws:iam::111122223333:group/builders\n  permission build {\"Version\":\"2012-10-17\",\
         \"Statement\":[{\"Effect\":\"Allow\",\"Action\":[\"s3:Get*\",\"s3:List*\",\"sqs:*\"],\
         \"Resource\":\"*\"}]}\n",
    );
    for number in 0..USERS_COUNT {
        write!(
            text,
            "user arn:aws:iam::111122223333:user/user-{number:05}  created=2025-01-01 label.team=t{number}\n  \
             in arn:aws:iam::111122223333:group/builders\n  \
             permission inline-{number} {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\
             \"dynamodb:*\",\"Resource\":\"arn:aws:dynamodb:*:*:table/t{number}\"}}}}\n  \
             access_key AKIAEXAMPLE{number:05}  created=2025-01-01 used=2026-02-01\n    \
             at host:web-1/file:/home/u{number}/.aws/credentials  kind=secret_file readers=owner\n"
        )?;
    }
    Ok(text)
}

fn declarations() -> anyhow::Result<String> {
    let mut text = String::from("person ada\nteam payments  members=person:ada\n");
    for number in 0..DECLARATIONS_COUNT {
        writeln!(
            text,
            "declare services.yaml#{number}  id=arn:aws:iam::*:user/user-{number:05} \
             technical=team:payments business=person:ada read=2025-01-01"
        )?;
    }
    Ok(text)
}
