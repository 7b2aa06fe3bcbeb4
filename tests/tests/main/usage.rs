//! Wrong usage of the three programs: each is told what, where and what to do, on standard error,
//! and nothing on standard output.

use std::fs;

use tempfile::TempDir;
use tests::binaries;

const LISTENS: &str = "127.0.0.1:1";

/// A home with a collector, a broken identity and broken files.
fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let mut init = binaries::command("muster-collector", home.path()).unwrap();
    let made = binaries::run(init.args(["--data-dir", "made", "init"])).unwrap();
    assert_eq!(made.code, 0, "{}", made.stderr);
    for (dir, text) in [("broken", "no TOML at all ["), ("wrong", "listen = 5\ncolour = 1\n")] {
        fs::create_dir(home.path().join(dir)).unwrap();
        fs::write(home.path().join(dir).join("collector.toml"), text).unwrap();
        for file in ["operator.pem", "operator.key", "authority.pem"] {
            fs::write(home.path().join(dir).join(file), text).unwrap();
        }
    }
    fs::write(home.path().join("agent.toml"), "[agent]\nstate_dir = \"state\"\ncolour = 1\n")
        .unwrap();
    home
}

/// Runs each line; it must end with the code, name the object, and end in a hint.
fn each_is_told(lines: &[(u8, &str, &str)]) {
    let home = home();
    for (code, line, object) in lines {
        let mut words = line.split(' ');
        let mut command = binaries::command(words.next().unwrap(), home.path()).unwrap();
        let told = binaries::run(command.args(words)).unwrap();
        let said = format!("`{line}` ended with {}:\n{}{}", told.code, told.stdout, told.stderr);
        assert_eq!(told.code, i32::from(*code), "{said}");
        assert_eq!(told.stdout, "", "{said}");
        assert!(told.stderr.contains(object), "not of `{object}`: {said}");
        let last = told.stderr.lines().last().unwrap_or_default();
        assert!(last.trim_start().starts_with("hint: "), "{said}");
        assert_eq!(told.stderr.matches("hint: ").count(), 1, "{said}");
    }
}

#[test]
fn muster_tells_what_is_wrong_with_its_line_and_its_files() {
    let remote =
        |line: &str| format!("muster --collector {LISTENS} --identity made/operator {line}");
    each_is_told(&[
        (2, "muster", "Usage: muster"),
        (2, "muster --colour", "--colour"),
        (2, "muster finding", "finding"),
        (2, "muster findings list --severity urgent", "urgent"),
        (2, "muster findings list --format xml", "xml"),
        (2, "muster feed --since x", "x"),
        (2, "muster audit", "SOURCE"),
        (2, "muster audit nope", "nope"),
        (2, "muster audit host --as-of yesterday", "yesterday"),
        (1, "muster audit host --owners nowhere", "nowhere"),
        (1, "muster audit host --policy nowhere", "nowhere"),
        (1, "muster audit host --policy broken/collector.toml", "broken/collector.toml"),
        (1, "muster audit --sources nowhere", "nowhere"),
        (1, "muster owners check nowhere", "nowhere"),
        (2, "muster agents invite", "NAME"),
        (1, "muster quickstart --once --dir /proc/nowhere", "/proc/nowhere"),
        (2, "muster --collector nowhere coverage", "nowhere"),
        (1, "muster coverage", "authority.pem"),
        (1, "muster --identity broken coverage", "broken/"),
        (1, &remote("coverage"), LISTENS),
        (1, &remote("identities show x"), LISTENS),
    ]);
}

#[test]
fn muster_agent_tells_what_is_wrong_with_its_line_and_its_files() {
    each_is_told(&[
        (2, "muster-agent", "Usage: muster-agent"),
        (2, "muster-agent frob", "frob"),
        (2, "muster-agent run --config nowhere", "nowhere"),
        (2, "muster-agent run --config agent.toml", "agent.colour"),
        (2, "muster-agent scan", "SOURCE"),
        (2, "muster-agent scan nope --dry-run", "nope"),
        (1, "muster-agent scan host --state-dir nowhere", "nowhere"),
        (2, "muster-agent enrol --state-dir s", "--collector"),
        (2, "muster-agent enrol --collector x --state-dir s", "`x`"),
        (1, "muster-agent enrol --collector 127.0.0.1:1 --state-dir s --token x", "muster1."),
        (1, "muster-agent enrol --collector 127.0.0.1:1 --state-dir s --token-file no", "`no`"),
    ]);
}

#[test]
fn muster_collector_tells_what_is_wrong_with_its_line_and_its_files() {
    each_is_told(&[
        (2, "muster-collector", "Usage: muster-collector"),
        (2, "muster-collector frob", "frob"),
        (1, "muster-collector --data-dir nowhere run", "nowhere"),
        (1, "muster-collector --data-dir /proc/nowhere init", "/proc/nowhere"),
        (1, "muster-collector --data-dir made init", "made"),
        (2, "muster-collector --data-dir broken run", "broken/collector.toml"),
        (2, "muster-collector --data-dir wrong run", "colour"),
        (1, "muster-collector --data-dir made export nowhere/x", "nowhere/x"),
        (1, "muster-collector --data-dir made import nowhere", "nowhere"),
        (1, "muster-collector --data-dir made import agent.toml", "agent.toml"),
        (1, "muster-collector --data-dir made agents revoke nobody", "nobody"),
        (1, "muster-collector --data-dir made agents invite a/b --scope x", "a/b"),
        (2, "muster-collector --data-dir made agents invite", "NAME"),
    ]);
}

#[test]
fn help_and_version_are_answers_and_not_errors() {
    let home = tempfile::tempdir().unwrap();
    for program in ["muster", "muster-agent", "muster-collector"] {
        for argument in ["--help", "--version"] {
            let mut command = binaries::command(program, home.path()).unwrap();
            let told = binaries::run(command.arg(argument)).unwrap();
            assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{program} {argument}");
            assert!(told.stdout.contains(program), "{}", told.stdout);
        }
    }
}
