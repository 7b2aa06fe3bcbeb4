//! What `deploy/` holds is what the programs read: the examples name every setting and say what it is
//! for, and the units are what systemd takes, with no more rights than they need.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tests::binaries;
use tests::servers::systemd_analyze;

/// A key that no program knows: what is said of it names all that are.
const UNKNOWN: &str = "no_such_key";

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(deploy(path)).unwrap()
}

/// The example with everything in force that stands behind `#` with no blank.
fn in_force(example: &str) -> String {
    let line =
        |line: &str| line.strip_prefix('#').filter(|rest| is_setting(rest)).map(str::to_owned);
    let lines: Vec<String> =
        example.lines().map(|text| line(text).unwrap_or_else(|| text.to_owned())).collect();
    lines.join("\n")
}

fn is_setting(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_lowercase() || c == '[')
}

/// The same with a key that nobody knows at the beginning of every section.
fn with_unknown_keys(text: &str) -> String {
    let mut all = vec![format!("{UNKNOWN} = 1")];
    for line in text.lines() {
        all.push(line.to_owned());
        if line.starts_with('[') {
            all.push(format!("{UNKNOWN} = 1"));
        }
    }
    all.join("\n")
}

fn section_of(line: &str) -> &str {
    line.trim_matches(['[', ']'])
}

/// What stands in front of the first sign of a line that sets something, and the names of sections.
fn keys(text: &str) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for line in text.lines().filter(|line| is_setting(line)) {
        match line.split_once('=') {
            Some((key, _)) => keys.extend([key.trim().to_owned()]),
            None => keys.extend(section_of(line).split('.').map(str::to_owned)),
        }
    }
    keys
}

/// The keys that are listed after `mark` in each of the complaints.
fn known(complaints: &[String], mark: &str) -> BTreeSet<String> {
    let lists = complaints.iter().filter_map(|complaint| complaint.split_once(mark));
    lists
        .flat_map(|(_, list)| list.split(", ").map(|key| key.trim_matches('`').to_owned()))
        .filter(|key| !key.is_empty())
        .collect()
}

/// Every line that sets something follows one that says what for, or the head of its section.
fn assert_explained(example: &str) {
    let mut before = "";
    for line in example.lines() {
        let bare = line.strip_prefix('#').unwrap_or(line);
        if is_setting(bare) && !bare.starts_with("kind = ") && !bare.starts_with('[') {
            assert!(before.starts_with("# "), "nothing says what `{line}` is for");
        }
        before = line;
    }
}

fn collector_complaints(text: &str) -> Vec<String> {
    use collector::config::{Config, ConfigError};
    match Config::parse(text, Path::new("/data"), Path::new("/data/collector.toml")) {
        Ok(_) => Vec::new(),
        Err(ConfigError::Mistakes { mistakes, .. }) => {
            mistakes.into_iter().map(|it| format!("{} {}", it.key, it.what)).collect()
        }
        Err(error) => panic!("{error:?}"),
    }
}

fn agent_complaints(text: &str) -> Vec<String> {
    match agent::config::Config::parse(text, None) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            problems.0.into_iter().map(|it| format!("{} {}", it.key, it.what)).collect()
        }
    }
}

#[test]
fn the_examples_are_read_as_they_are_and_with_every_setting_in_force() {
    let none: Vec<String> = Vec::new();
    for text in [read("examples/collector.toml"), in_force(&read("examples/collector.toml"))] {
        assert_eq!(collector_complaints(&text), none);
    }
    for text in [read("examples/agent.toml"), in_force(&read("examples/agent.toml"))] {
        assert_eq!(agent_complaints(&text), none);
    }
}

#[test]
fn the_example_of_a_collector_has_every_setting_that_there_is() {
    let text = in_force(&read("examples/collector.toml"));
    let known = known(&collector_complaints(&with_unknown_keys(&text)), "known are ");
    assert!(known.contains("dormant_after") && known.contains("secret_file"), "{known:?}");
    let named = keys(&text);
    let missing: Vec<_> = known.difference(&named).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_example_of_an_agent_has_every_setting_that_there_is() {
    let text = in_force(&read("examples/agent.toml"));
    let complaints = agent_complaints(&with_unknown_keys(&text));
    let mut all = known(&complaints, "known are ");
    all.extend(known(&complaints, "expected one of "));
    all.extend(["kind", "interval", "jitter"].map(str::to_owned));
    for key in ["spool_bytes_max", "depth_max", "ca_bundle"] {
        assert!(all.contains(key), "{key}: {all:?} of {complaints:#?}");
    }
    let named = keys(&text);
    let missing: Vec<_> = all.difference(&named).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_examples_say_what_every_setting_is_for() {
    assert_explained(&read("examples/collector.toml"));
    assert_explained(&read("examples/agent.toml"));
}

/// The units, with our programs where they were built.
fn units(folder: &Path) -> Vec<String> {
    let mut units = Vec::new();
    for program in ["muster-agent", "muster-collector"] {
        let built = binaries::binary(program).unwrap();
        let unit = read(&format!("systemd/{program}.service"));
        let installed = format!("/usr/bin/{program}");
        assert!(unit.contains(&installed));
        let path = folder.join(format!("{program}.service"));
        fs::write(&path, unit.replace(&installed, built.to_str().unwrap())).unwrap();
        units.push(path.to_str().unwrap().to_owned());
    }
    units
}

#[test]
#[ignore = "needs systemd-analyze"]
fn systemd_takes_the_units_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    for unit in units(folder.path()) {
        let told = systemd_analyze(&["verify", "--man=no", &unit]).unwrap();
        assert_eq!((told.code, told.stderr.as_str()), (0, ""), "{unit}");
        fs::write(&unit, fs::read_to_string(&unit).unwrap().replace("UMask", "Umask")).unwrap();
        let told = systemd_analyze(&["verify", "--man=no", &unit]).unwrap();
        assert!(told.stderr.contains("Umask"), "a wrong key goes unseen: {}", told.stderr);
    }
}

#[test]
#[ignore = "needs systemd-analyze"]
fn the_units_expose_little() {
    let folder = tempfile::tempdir().unwrap();
    for unit in units(folder.path()) {
        let told =
            systemd_analyze(&["security", "--offline=yes", "--threshold=22", &unit]).unwrap();
        assert_eq!(told.code, 0, "{}\n{}", told.stdout, told.stderr);
    }
}

#[test]
fn the_agent_has_one_capability_and_the_collector_none() {
    let said = |unit: &str, key: &str| -> Vec<String> {
        let text = read(&format!("systemd/{unit}.service"));
        let lines = text.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(said("muster-agent", "CapabilityBoundingSet"), ["CAP_DAC_READ_SEARCH"]);
    assert_eq!(said("muster-agent", "AmbientCapabilities"), ["CAP_DAC_READ_SEARCH"]);
    assert_eq!(said("muster-collector", "CapabilityBoundingSet"), [""]);
    assert!(said("muster-collector", "AmbientCapabilities").is_empty());
    for unit in ["muster-agent", "muster-collector"] {
        assert_eq!(said(unit, "NoNewPrivileges"), ["yes"]);
        assert_eq!(said(unit, "ProtectSystem"), ["strict"]);
    }
}
