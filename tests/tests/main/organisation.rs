//! An organisation, asked live from its management account: what it lays down, and every account of
//! it entered by one role.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::fault::Fault;
use tests::servers::Moto;

use crate::dry::{Dry, scan};

/// A key that moto does not look at.
const KEY: (&str, &str) = ("AKIAEXAMPLENOBODY000", "made-up");

const MANAGEMENT: &str = "123456789012";

/// An organisation with a unit, two accounts of which one is in it, and a policy on the unit.
fn organisation(moto: &Moto) -> [String; 2] {
    let call = |call: &str, arguments: Value| {
        let answer = moto.call("organizations", call, &arguments).unwrap();
        assert!(answer.get("error").is_none(), "{call}: {answer}");
        answer
    };
    call("create_organization", json!({ "FeatureSet": "ALL" }));
    let roots = call("list_roots", json!({}));
    let root = &roots["Roots"][0]["Id"];
    let kind = "SERVICE_CONTROL_POLICY";
    let unit = call("create_organizational_unit", json!({ "ParentId": root, "Name": "unit" }));
    let unit = &unit["OrganizationalUnit"]["Id"];
    let ids = ["a", "b"].map(|name| {
        let asked = json!({ "AccountName": name, "Email": format!("{name}@made-up.example") });
        let made = call("create_account", asked);
        made["CreateAccountStatus"]["AccountId"].as_str().unwrap().to_owned()
    });
    call(
        "move_account",
        json!({ "AccountId": ids[0], "SourceParentId": root,
        "DestinationParentId": unit }),
    );
    let document = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Deny", "Action": "s3:*", "Resource": "*" }] });
    let policy = call(
        "create_policy",
        json!({ "Content": document.to_string(), "Name": "p",
        "Description": "made up", "Type": kind }),
    );
    let policy = &policy["Policy"]["PolicySummary"]["Id"];
    call("attach_policy", json!({ "PolicyId": policy, "TargetId": unit }));
    ids
}

fn facts(dry: &Dry, account: &str, call: &str) -> BTreeSet<String> {
    dry.facts[&format!("aws_iam/{account}/aws-global/{call}")].clone()
}

#[test]
#[ignore = "needs moto"]
fn every_account_is_entered_and_one_that_cannot_be_is_a_gap() {
    let moto = Moto::start(&json!({ "users": [{ "name": "ada" }] })).unwrap();
    let ids = organisation(&moto);
    let proxy = moto.behind_proxy().unwrap();
    let home = tempfile::tempdir().unwrap();
    let endpoint = proxy.endpoint();
    let told = scan(home.path(), "member_role = \"muster\"\n", Some((&endpoint, KEY)), &[]);
    assert_eq!(told.code, 0, "{}", told.said[1]);

    let details = "iam:GetAccountAuthorizationDetails";
    for id in [MANAGEMENT, &ids[0], &ids[1]] {
        let has_ada = facts(&told, id, details).iter().any(|it| it.contains(":user/ada"));
        assert_eq!(has_ada, id == MANAGEMENT, "{id}");
    }
    assert_eq!(proxy.calls_of("AssumeRole"), 2);
    // The account in the unit stands below it and the root, the other below the root alone.
    let nodes = facts(&told, MANAGEMENT, "organizations:ListParents");
    let groups = |id: &str| {
        let root = format!("\"arn:aws:iam::{id}:root\"");
        let fact = nodes.iter().find(|fact| fact.contains(&root)).unwrap();
        let fact: Value = serde_json::from_str(fact).unwrap();
        fact["groups"].as_array().unwrap().len()
    };
    assert_eq!((groups(&ids[0]), groups(&ids[1]), groups(MANAGEMENT)), (3, 2, 1));
    let grants = facts(&told, MANAGEMENT, "organizations:ListTargetsForPolicy");
    assert!(grants.iter().any(|it| it.contains("service_control") && it.contains(":ou/")));
    let documents = facts(&told, MANAGEMENT, "organizations:DescribePolicy");
    assert!(documents.iter().any(|it| it.contains("s3:*")));

    proxy.next("AssumeRole", 1, Fault::Denied("AccessDenied"));
    let told = scan(home.path(), "member_role = \"muster\"\n", Some((&endpoint, KEY)), &[]);
    assert_eq!(told.code, 3);
    assert_eq!(told.gaps.len(), 1, "{:#?}", told.gaps);
    let (scope, why) = told.gaps.first_key_value().unwrap();
    assert!(
        ids.iter().any(|id| *scope == format!("aws_iam/{id}/aws-global/sts:GetCallerIdentity"))
    );
    assert!(why.contains("`sts:AssumeRole` failed: AccessDenied"), "{why}");
    let entered = ids
        .iter()
        .filter(|id| told.facts.contains_key(&format!("aws_iam/{id}/aws-global/{details}")));
    assert_eq!(entered.count(), 1);
}

#[test]
#[ignore = "needs moto"]
fn without_a_role_to_enter_by_what_is_laid_down_is_told_for_our_own_account() {
    let moto = Moto::start(&json!({})).unwrap();
    organisation(&moto);
    let proxy = moto.behind_proxy().unwrap();
    let home = tempfile::tempdir().unwrap();
    let endpoint = proxy.endpoint();
    let told = scan(home.path(), "organisation = true\n", Some((&endpoint, KEY)), &[]);
    assert_eq!(told.code, 0, "{}", told.said[1]);
    assert_eq!(proxy.calls_of("AssumeRole"), 0);
    let of_details = |scope: &&String| scope.ends_with("iam:GetAccountAuthorizationDetails");
    let looked_into: Vec<&String> = told.facts.keys().filter(of_details).collect();
    assert_eq!(looked_into, ["aws_iam/123456789012/aws-global/iam:GetAccountAuthorizationDetails"]);

    // What is refused is a gap of its own, and the account is looked into all the same.
    proxy.always("ListTargetsForPolicy", Fault::Denied("AccessDeniedException"));
    let told = scan(home.path(), "organisation = true\n", Some((&endpoint, KEY)), &[]);
    let gaps: Vec<&String> = told.gaps.keys().collect();
    assert_eq!(gaps, ["aws_iam/123456789012/aws-global/organizations:ListTargetsForPolicy"]);

    let told = scan(home.path(), "", Some((&endpoint, KEY)), &[]);
    assert!(told.facts.keys().all(|scope| !scope.contains("organizations:")));
}
