use std::collections::BTreeSet;

use super::{ASSUME_ROLE, CALLS, CALLS_TABLE, policy, policy_of_organisation};

const POLICY: &str = include_str!("../../../../../deploy/policies/aws.json");
const OF_ORGANISATION: &str = include_str!("../../../../../deploy/policies/aws-organisation.json");

#[test]
fn the_published_policy_is_made_of_the_calls() {
    assert!(POLICY == policy(), "deploy/policies/aws.json is stale: run `cargo xtask docs`");
    let is_fresh = OF_ORGANISATION == policy_of_organisation();
    assert!(is_fresh, "deploy/policies/aws-organisation.json is stale: run `cargo xtask docs`");
}

#[test]
fn the_published_policy_allows_exactly_the_calls_that_can_be_made() {
    let both = [POLICY, OF_ORGANISATION].map(|text| {
        let policy: serde_json::Value = serde_json::from_str(text).unwrap();
        policy["Statement"].as_array().unwrap().clone()
    });
    let allowed: BTreeSet<String> = both
        .iter()
        .flatten()
        .flat_map(|statement| statement["Action"].as_array().unwrap())
        .map(|action| action.as_str().unwrap().to_owned())
        .collect();
    let made: BTreeSet<String> = CALLS.iter().map(ToString::to_string).collect();
    assert_eq!(allowed, made);
}

#[test]
fn the_published_policy_only_allows() {
    let policy: serde_json::Value = serde_json::from_str(POLICY).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    assert!(statements.iter().all(|statement| statement["Effect"] == "Allow"));
}

#[test]
fn no_call_writes_or_returns_a_secret() {
    let harmless =
        ["BatchGet", "Get", "List", "Describe", "GenerateCredentialReport", "GenerateServiceLast"];
    // It hands out credentials, and to us alone: how accounts of an organisation are entered.
    for call in CALLS.iter().filter(|call| **call != ASSUME_ROLE) {
        assert!(harmless.iter().any(|verb| call.api.starts_with(verb)), "{call}");
        assert!(!["GetSecretValue", "GetParameter", "GetParameters"].contains(&call.api), "{call}");
    }
}

#[test]
fn the_manual_has_a_row_for_every_call() {
    for call in CALLS {
        assert!(CALLS_TABLE.contains(&format!("| `{call}` |")), "{call}");
    }
}
