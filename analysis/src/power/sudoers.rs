//! Lines of `sudoers(5)`: whether they let somebody do everything as the superuser.
//!
//! ```text
//! ci ALL=(ALL:ALL) NOPASSWD: ALL        everything
//! (root) ALL                            everything, as `sudo -l` spells it
//! ci ALL=(postgres) ALL                 everything, but as somebody else
//! ci ALL=(ALL) /usr/bin/apt             one command
//! ci ALL=(ALL) ALL, !/bin/sh            everything: the manual itself calls such lists useless
//! ```

/// The line that allows everything, if there is one.
pub(super) fn everything(document: &str) -> Option<String> {
    let lines = document.lines().map(str::trim);
    let line = lines.filter(|line| !line.starts_with('#')).find(|line| allows_everything(line))?;
    Some(line.to_owned())
}

fn allows_everything(line: &str) -> bool {
    if line.starts_with("Defaults") {
        return false;
    }
    // Specifications for several hosts stand in one line, with `:` between them; a `:` within
    // parentheses or after a tag is another thing, so each `=` begins one.
    let mut specifications: Vec<&str> = line.split('=').collect();
    if specifications.len() > 1 {
        specifications.remove(0);
    }
    specifications.into_iter().any(specification_allows_everything)
}

fn specification_allows_everything(specification: &str) -> bool {
    let mut as_superuser = true;
    let mut rest = specification.trim();
    loop {
        // What a command runs as holds for the commands that follow it.
        if let Some((run_as, after)) = rest.strip_prefix('(').and_then(|it| it.split_once(')')) {
            as_superuser = is_superuser(run_as);
            rest = after.trim_start();
            continue;
        }
        if let Some((tag, after)) = rest.split_once(':')
            && !tag.is_empty()
            && tag.trim().chars().all(|c| c.is_ascii_uppercase() || c == '_')
            && tag.trim() != "ALL"
        {
            rest = after.trim_start();
            continue;
        }
        let (command, after) = rest.split_once(',').unwrap_or((rest, ""));
        let word = command.split([' ', ':']).next().unwrap_or_default();
        if word == "ALL" && as_superuser {
            return true;
        }
        if after.trim().is_empty() {
            return false;
        }
        rest = after.trim_start();
    }
}

/// Whether a list of users to run as, perhaps with groups behind a `:`, holds the superuser. An
/// empty list is whoever asks.
fn is_superuser(run_as: &str) -> bool {
    let users = run_as.split(':').next().unwrap_or_default();
    let users: Vec<&str> = users.split(',').map(str::trim).collect();
    let excluded = users.iter().any(|user| ["!root", "!#0"].contains(user));
    !excluded && users.iter().any(|user| ["ALL", "root", "#0"].contains(user))
}
