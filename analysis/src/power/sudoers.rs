//! Lines of `sudoers(5)`, resolved for one account by the source: whether they let it do everything
//! as the superuser.
//!
//! ```text
//! ci ALL=(ALL:ALL) NOPASSWD: ALL        everything
//! (root) ALL                            everything, as `sudo -l` spells it
//! ci ALL=(postgres) ALL                 everything, but as somebody else
//! ci ALL=(ALL) /usr/bin/apt             one command
//! ci ALL=(ALL) ALL, !/bin/sh            everything: the manual itself calls such lists useless
//! ci ALL=(ALL) !ALL                     nothing of what stands above: the last that matches decides
//! Defaults targetpw                     what follows asks for the password of the superuser, and so
//!                                       adds nothing to knowing that, except under NOPASSWD
//! ```

/// The line that allows everything, if there is one and none below takes it back.
pub(super) fn everything(document: &str) -> Option<String> {
    let lines = document.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let mut asks_for_another = false;
    let mut allowing = None;
    for line in lines {
        if let Some(settings) = line.strip_prefix("Defaults") {
            let mut settings = settings.split(',').map(str::trim);
            asks_for_another |= settings.any(|it| ["targetpw", "rootpw", "runaspw"].contains(&it));
            continue;
        }
        match decision(line, asks_for_another) {
            Some(Decision::Allows) => allowing = Some(line.to_owned()),
            Some(Decision::Denies) => allowing = None,
            None => (),
        }
    }
    allowing
}

/// What a line says of all commands as the superuser.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Decision {
    Allows,
    Denies,
}

fn decision(line: &str, asks_for_another: bool) -> Option<Decision> {
    // Only the list of hosts stands before the first `=`; `sudo -l` leaves it out.
    let mut rest = line.split_once('=').map_or(line, |(_, commands)| commands).trim();
    let (mut as_superuser, mut asks, mut decision) = (true, true, None);
    let mut is_unclosed = false;
    loop {
        // As whom, and the tags, hold for the commands that follow, too.
        if let Some(inner) = rest.strip_prefix('(').filter(|_| !is_unclosed) {
            if let Some((run_as, after)) = inner.split_once(')') {
                as_superuser = is_superuser(run_as);
                rest = after.trim_start();
                continue;
            }
            // Looked for once, so that a line of open brackets costs no more than its length.
            is_unclosed = true;
        }
        if let Some((tag, after)) = tag(rest) {
            asks = (asks && tag != "NOPASSWD") || tag == "PASSWD";
            rest = after.trim_start();
            continue;
        }
        let (command, after) = rest.split_once(',').unwrap_or((rest, ""));
        match command.split_whitespace().next() {
            Some("ALL") if as_superuser && !(asks && asks_for_another) => {
                decision = Some(Decision::Allows);
            }
            Some("!ALL") if as_superuser => decision = Some(Decision::Denies),
            Some(_) | None => (),
        }
        if after.trim().is_empty() {
            return decision;
        }
        rest = after.trim_start();
    }
}

/// The tag that `text` begins with, and what stands after its colon.
fn tag(text: &str) -> Option<(&str, &str)> {
    let (tag, after) = text.split_at(text.find(|c: char| !c.is_ascii_uppercase() && c != '_')?);
    let after = after.trim_start().strip_prefix(':')?;
    (!tag.is_empty() && tag != "ALL").then_some((tag, after))
}

/// Whether a list of users to run as, perhaps with groups behind a `:`, holds the superuser. An
/// empty list is whoever asks.
fn is_superuser(run_as: &str) -> bool {
    let users = run_as.split(':').next().unwrap_or_default();
    let users: Vec<&str> = users.split(',').map(str::trim).collect();
    let excluded = users.iter().any(|user| ["!root", "!#0", "!ALL"].contains(user));
    !excluded && users.iter().any(|user| ["ALL", "root", "#0"].contains(user))
}
