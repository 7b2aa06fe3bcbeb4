//! Everyone who must be turned away is, and the operator sees it.

mod certificates;
mod methods;
mod sessions;
mod tokens;

use serde_json::Value;
use tests::line::{Agent, Line};

/// A collector without agents.
fn a_line() -> Line {
    Line::start("").unwrap()
}

/// An agent that may report on its own host.
fn web_1(line: &Line) -> Agent {
    line.enrol("web-1", &["host/web-1/*"], "[[source]]\nkind = \"host\"\n").unwrap()
}

/// Waits until the feed tells of a refusal of `peer` for `code`, and returns its detail.
#[track_caller]
fn refused(line: &Line, peer: &str, code: &str) -> String {
    let begun = std::time::Instant::now();
    loop {
        let feed = line.feed().unwrap();
        let is_it = |event: &&Value| {
            let refusal = &event["refusal"];
            event["change"] == "agent.refused" && refusal["peer"] == peer && refusal["code"] == code
        };
        if let Some(event) = feed.iter().find(is_it) {
            return event["refusal"]["detail"].as_str().unwrap().to_owned();
        }
        let told: Vec<_> = feed.iter().filter(|event| event["refusal"].is_object()).collect();
        assert!(begun.elapsed().as_secs() < 30, "no refusal of {peer} for {code}: {told:?}");
        tests::process::pause(std::time::Duration::from_millis(100));
    }
}

/// The code of the status in this error.
#[track_caller]
fn status(error: &anyhow::Error) -> tonic::Code {
    error.downcast_ref::<tonic::Status>().unwrap_or_else(|| panic!("no status: {error:?}")).code()
}
