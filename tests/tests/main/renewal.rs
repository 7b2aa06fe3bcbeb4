//! Certificates of agents are short-lived and renew themselves.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use tests::line::Line;
use tests::process::pause;

/// The shortest life that a collector gives.
const LIFE: &str = "agent_certificate_life = \"10s\"";
/// BOUND: looks at the agent's certificate, four a second: six lives.
const LOOKS_MAX: usize = 240;

#[test]
fn an_agent_whose_first_certificate_has_long_ended_is_still_let_in() {
    let line = Line::start(LIFE).unwrap();
    let root = line.folder().join("root");
    fs::create_dir_all(root.join("etc")).unwrap();
    let source =
        format!("[[source]]\nkind = \"host\"\nname = \"web-1\"\nroot = \"{}\"\n", root.display());
    let agent = line.enrol("web-1", &["host/web-1/*"], &source).unwrap();

    let mut running = agent.run(&[]).unwrap();
    // The fourth certificate is made 20 s after the first, which holds for 10.
    let mut seen = BTreeSet::new();
    for _look in 0..LOOKS_MAX {
        seen.insert(fs::read(agent.state_dir.join("agent.pem")).unwrap());
        if seen.len() == 4 {
            break;
        }
        pause(Duration::from_millis(250));
    }
    assert_eq!(seen.len(), 4, "certificates seen; the agent says:\n{}", running.log());
    running.stop(Duration::from_secs(20)).unwrap();

    let told = agent.scan("host", &[]).unwrap();
    assert!(matches!(told.code, 0 | 3), "{} {}", told.code, told.stderr);
}

#[test]
fn an_agent_that_slept_past_the_end_of_its_certificate_is_refused_and_says_what_to_do() {
    let line = Line::start(LIFE).unwrap();
    let agent = line.enrol("web-1", &["host/web-1/*"], "[[source]]\nkind = \"host\"\n").unwrap();
    pause(Duration::from_secs(11));

    let told = agent.scan("host", &[]).unwrap();
    assert_eq!(told.code, 1, "{}", told.stderr);
    assert!(told.stderr.contains("hint:"), "{}", told.stderr);
    let feed = line.muster(&["feed"]).unwrap().stdout;
    assert!(feed.contains("expired_certificate"), "{feed}");
}
