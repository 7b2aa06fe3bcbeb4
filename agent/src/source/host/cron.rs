//! Jobs of cron, and the account that each runs as: crontab(5), run-parts(8).
//!
//! ```text
//! /etc/crontab, /etc/cron.d/*          minute hour day month weekday USER command, or @word USER ..
//! /var/spool/cron/crontabs/USER        the same without the user
//! /etc/cron.{hourly,daily,..}/*        programs, run as root
//! ```

use std::path::Path;

use super::disk::{Disk, Unreadable};
use super::format::env::{self, Setting};
use super::settings::{Settings, Split};
use super::text;

// BOUND: a table of more is no table that a person wrote.
const JOBS_MAX: usize = 10_000;

/// One job.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Job {
    /// The account; none if the table says so by its own name.
    pub user: Option<String>,
    /// When, as written.
    pub schedule: String,
    /// The first word of its command; never the rest, which may hold secrets.
    pub program: String,
}

/// The jobs of a table, in order; `has_user` is whether it names the account of each.
#[must_use]
pub fn jobs(bytes: &[u8], has_user: bool) -> Vec<Job> {
    text::lines(bytes).filter_map(|line| job(line, has_user)).take(JOBS_MAX).collect()
}

fn job(line: &[u8], has_user: bool) -> Option<Job> {
    let line = line.trim_ascii();
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let first = words.clone().next()?;
    if !first.first().is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'*' | b'@')) {
        return None;
    }
    let times = if first.starts_with(b"@") { 1 } else { 5 };
    let schedule: Vec<&[u8]> = words.by_ref().take(times).collect();
    let user = if has_user { Some(text::public(words.next()?)?) } else { None };
    // Settings in front of a command may hold secrets, and so may all that comes after its name.
    let program = words.find(|word| !word.contains(&b'='))?;
    Some(Job {
        user,
        schedule: text::public(&schedule.join(&b' '))?,
        program: text::public(program).unwrap_or_else(|| "not shown".to_owned()),
    })
}

/// What a table sets for all jobs, `NAME = value` on a line of its own, and what a job sets for itself
/// in front of its command.
fn settings(bytes: &[u8], has_user: bool) -> Vec<Setting<'_>> {
    let mut all = env::settings(bytes);
    for line in text::lines(bytes).map(<[u8]>::trim_ascii) {
        if job(line, has_user).is_none() {
            continue;
        }
        let words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let times = if line.starts_with(b"@") { 1 } else { 5 };
        let words = words.skip(times).skip(usize::from(has_user));
        all.extend(words.map_while(Setting::of_word));
    }
    all
}

/// A job and the table that it is in.
pub(super) struct Placed {
    /// The path of the table, or of the program itself.
    pub(super) path: String,
    pub(super) user: String,
    pub(super) schedule: String,
    pub(super) program: String,
}

/// Every job of the host. What cannot be read goes to `trouble`.
pub(super) fn read(
    settings: &mut Settings<'_>,
    mut trouble: impl FnMut(Unreadable),
) -> Vec<Placed> {
    let disk = settings.disk();
    let mut all = Vec::new();
    table(settings, "/etc/crontab", None, &mut all, &mut trouble);
    for path in listed(disk, "/etc/cron.d", &mut trouble) {
        table(settings, &path, None, &mut all, &mut trouble);
    }
    for period in ["hourly", "daily", "weekly", "monthly"] {
        for path in listed(disk, &format!("/etc/cron.{period}"), &mut trouble) {
            let (user, schedule) = ("root".to_owned(), format!("@{period}"));
            all.push(Placed { program: path.clone(), path, user, schedule });
        }
    }
    for folder in ["/var/spool/cron/crontabs", "/var/spool/cron"] {
        for path in listed(disk, folder, &mut trouble) {
            let user = path.rsplit('/').next().unwrap_or_default().to_owned();
            table(settings, &path, Some(&user), &mut all, &mut trouble);
        }
    }
    all
}

/// The files in a folder that cron takes: it passes over folders, and names with a dot or a tilde.
fn listed(disk: &Disk, folder: &str, trouble: &mut impl FnMut(Unreadable)) -> Vec<String> {
    let names = disk.names(Path::new(folder)).map_err(trouble).unwrap_or_default();
    names
        .into_iter()
        .filter_map(|name| name.into_string().ok())
        .filter(|name| !name.contains(['.', '~']))
        .map(|name| format!("{folder}/{name}"))
        .filter(|path| !disk.is_folder(Path::new(path)))
        .collect()
}

fn table(
    files: &mut Settings<'_>,
    path: &str,
    owner: Option<&str>,
    all: &mut Vec<Placed>,
    trouble: &mut impl FnMut(Unreadable),
) {
    let split: Split = if owner.is_none() {
        |bytes| settings(bytes, true)
    } else {
        |bytes| settings(bytes, false)
    };
    let Ok(Some(bytes)) = files.table(Path::new(path), split).map_err(trouble) else { return };
    for job in jobs(bytes.as_bytes(), owner.is_none()) {
        let Some(user) = job.user.or_else(|| owner.map(str::to_owned)) else { continue };
        let (path, schedule) = (path.to_owned(), job.schedule);
        all.push(Placed { path, user, schedule, program: job.program });
    }
}

#[cfg(test)]
mod tests;
