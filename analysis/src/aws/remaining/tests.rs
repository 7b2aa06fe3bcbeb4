use std::collections::BTreeMap;

use model::testing::{day, estate};
use model::{Fact, Usage, Use};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::{POLICY_CHARACTERS_MAX, Remaining};
use crate::aws::decide::{Asker, Piece};
use crate::aws::document::Document;
use crate::aws::estate::Policy;
use crate::aws::{Estate, Unused, judge};

const CI: &str = "arn:aws:iam::111122223333:user/ci";

/// An estate in which `ci` used some services and others not.
fn used(text: &str, used: &[&str], not: &[&str]) -> Estate {
    let mut services = BTreeMap::new();
    services.extend(used.iter().map(|it| ((*it).to_owned(), Use::At(day("2026-02-01")))));
    services.extend(not.iter().map(|it| ((*it).to_owned(), Use::NotSince(day("2025-02-01")))));
    let usage = Fact::Usage(Usage { identity: CI.into(), services });
    let read = estate(text);
    let facts = read.sightings.iter().map(|it| &it.fact).chain([&usage]);
    Estate::of(facts, [], day("2026-03-01"))
}

/// `ci` with these policies of these statements, of the present version.
fn ci(policies: &[&str]) -> String {
    let line = |(no, it): (usize, &&str)| {
        format!("  permission p{no} {{\"Version\":\"2012-10-17\",\"Statement\":[{it}]}}\n")
    };
    format!("user {CI}\n{}", policies.iter().enumerate().map(line).collect::<String>())
}

fn statements(proposed: &Remaining) -> Vec<Value> {
    let Remaining::Policies(policies) = proposed else { panic!("{proposed:?}") };
    let read = |text: &String| serde_json::from_str::<Value>(text).unwrap();
    let all = policies.iter().map(read);
    all.flat_map(|it| it["Statement"].as_array().unwrap().clone()).collect()
}

fn left(policies: &[&str], services: &[&str]) -> Vec<Value> {
    statements(&used(&ci(policies), services, &[]).remaining(CI).unwrap())
}

#[test]
fn a_statement_is_narrowed_to_services_that_were_used_and_its_rest_is_kept() {
    let own = r#"{"Sid":"Own","Effect":"Allow","Action":["s3:Get*","SQS:*","sqs:SendMessage","ec2:*"],
        "Resource":["arn:aws:s3:::logs/*","arn:aws:sqs:*:*:${aws:username}"],
        "Condition":{"Bool":{"aws:SecureTransport":true},"StringLike":{"aws:username":["c*","d*"]}}}"#;
    let expected = json!({
        "Effect": "Allow",
        "Action": ["s3:Get*", "sqs:*", "sqs:SendMessage"],
        "Resource": ["arn:aws:s3:::logs/*", "arn:aws:sqs:*:*:${aws:username}"],
        "Condition": {
            "Bool": { "aws:SecureTransport": "true" },
            "StringLike": { "aws:username": ["c*", "d*"] },
        },
    });
    let own = own.replace('\n', " ");
    let own = own.as_str();
    assert_eq!(left(&[own], &["s3", "sqs"]), [expected]);
    assert_eq!(left(&[own], &["lambda"]), Vec::<Value>::new());
}

#[test]
fn a_pattern_over_services_becomes_one_for_each_that_was_used() {
    let allow =
        |actions: &str| format!(r#"{{"Effect":"Allow","Action":{actions},"Resource":"*"}}"#);
    let actions = |text: &str| left(&[&allow(text)], &["s3", "sqs"])[0]["Action"].clone();
    assert_eq!(actions(r#""*""#), json!(["s3:*", "sqs:*"]));
    assert_eq!(actions(r#"["*:Get*"]"#), json!(["s3:Get*", "sqs:Get*"]));
    assert_eq!(actions(r#"["s*:*Tag*"]"#), json!(["s3:*Tag*", "sqs:*Tag*"]));
    assert_eq!(actions(r#"["s?:List*"]"#), json!("s3:List*"));
}

#[test]
fn what_is_left_out_of_a_service_that_was_used_stays_left_out() {
    let own =
        r#"{"Effect":"Allow","NotAction":["iam:*","sqs:Delete*","sqs:Purge*"],"Resource":"*"}"#;
    let found = left(&[own], &["iam", "s3", "sqs"]);
    let actions: Vec<&str> =
        found[0]["Action"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
    assert!(actions.contains(&"s3:*") && actions.contains(&"sqs:Send*"), "{actions:?}");
    assert!(!actions.iter().any(|it| it.starts_with("iam:") || it.starts_with("sqs:Delete")));
    assert!(!actions.contains(&"sqs:*"));
}

#[test]
fn denials_are_kept_and_the_same_is_said_once() {
    let deny = r#"{"Effect":"Deny","NotAction":"s3:*","Resource":"arn:aws:s3:::secret/*"}"#;
    let allow =
        |action: &str| format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"}}"#);
    let (get, put) = (allow("s3:GetObject"), allow("s3:PutObject"));
    let group = format!(
        "group arn:aws:iam::111122223333:group/g\n  permission g {{\"Statement\":[{put},{deny}]}}\n{}",
        ci(&[&get, deny]).replacen('\n', "\n  in arn:aws:iam::111122223333:group/g\n", 1)
    );
    let found = statements(&used(&group, &["s3"], &[]).remaining(CI).unwrap());
    assert_eq!(found.len(), 2, "{found:?}");
    let actions = json!(["s3:PutObject", "s3:GetObject"]);
    assert!(found.contains(&json!({"Effect": "Allow", "Action": actions, "Resource": "*"})));
    assert!(found.contains(&serde_json::from_str(deny).unwrap()));
}

#[test]
fn what_is_no_variable_in_an_older_document_stays_none() {
    let text =
        ci(&[r#"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}"}"#])
            .replace("2012-10-17", "2008-10-17");
    let found = statements(&used(&text, &["s3"], &[]).remaining(CI).unwrap());
    assert_eq!(found[0]["Resource"], "arn:aws:s3:::${$}{aws:username}");
}

#[test]
fn what_is_long_is_split_and_what_is_too_long_is_said_to_be() {
    let many = |count: usize| {
        let actions: Vec<String> =
            (0..count).map(|no| format!("s3:ActionOfALongName{no}")).collect();
        let own = json!({"Effect": "Allow", "Action": actions, "Resource": "*"}).to_string();
        used(&ci(&[&own]), &["s3"], &[]).remaining(CI).unwrap()
    };
    let Remaining::Policies(policies) = many(1_000) else { panic!("it fits") };
    assert!((5..=8).contains(&policies.len()), "{}", policies.len());
    assert!(policies.iter().all(|it| it.chars().count() <= POLICY_CHARACTERS_MAX));
    let kept: usize = policies.iter().map(|it| it.matches("ActionOfALongName").count()).sum();
    assert_eq!(kept, 1_000);
    assert_eq!(many(4_000), Remaining::DoesNotFit);
}

#[test]
fn nothing_is_proposed_where_nothing_is_known() {
    let own = ci(&[r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#]);
    let read = estate(&own);
    let nobody_tells = Estate::of(read.sightings.iter().map(|it| &it.fact), [], day("2026-03-01"));
    assert_eq!(nobody_tells.remaining(CI), None);
    assert_eq!(judge(&nobody_tells)[0].used, None);
    let unseen = format!("{own}  permission arn:aws:iam::111122223333:policy/unseen\n");
    assert_eq!(used(&unseen, &["s3"], &[]).remaining(CI), Some(Remaining::NotRead));
}

#[test]
fn what_is_held_is_sorted_by_its_use() {
    let own = ci(&[r#"{"Effect":"Allow","Action":["s3:*","sqs:*","kms:*"],"Resource":"*"}"#]);
    let judged = judge(&used(&own, &["s3", "lambda"], &["sqs", "ec2"]));
    let told = judged[0].used.as_ref().unwrap();
    assert_eq!(
        (told.used.as_slice(), told.untold.as_slice()),
        (&["s3".to_owned()][..], &["kms".to_owned()][..])
    );
    let since = Some(day("2025-02-01"));
    assert_eq!(told.unused, [Unused { service: "sqs".to_owned(), since }]);
}

fn statement() -> impl Strategy<Value = String> {
    let actions =
        ["*", "s3:*", "*:Get*", "sqs:Send*", "iam:*User*", "kms:Decrypt", "s*:*", "S3:?etObject"];
    let resources =
        ["*", "arn:aws:s3:::logs/*", "arn:aws:iam::*:user/${aws:username}", "arn:aws:sqs"];
    let conditions = [
        "{}",
        r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        r#"{"StringEquals":{"aws:username":["ci","${aws:username}"]}}"#,
        r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":300}}"#,
    ];
    let action = (subsequence(actions.to_vec(), 1..4), select(vec!["Action", "NotAction"]));
    let resource = (subsequence(resources.to_vec(), 1..3), select(vec!["Resource", "NotResource"]));
    let effect = select(vec!["Allow", "Allow", "Deny"]);
    (effect, action, resource, select(conditions.to_vec())).prop_map(
        |(effect, (actions, action), (resources, resource), condition)| {
            format!(
                r#"{{"Effect":"{effect}","{action}":{actions:?},"{resource}":{resources:?},"Condition":{condition}}}"#
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 50, ..ProptestConfig::with_cases(32) })]
    #[test]
    fn nothing_is_allowed_that_was_not_and_nothing_is_lost_of_what_was_used(
        own in prop::collection::vec(statement(), 1..4),
        version in select(vec!["2012-10-17", "2008-10-17"]),
        services in subsequence(vec!["s3", "sqs", "iam", "kms", "ec2"], 0..4),
    ) {
        let text = ci(&own.iter().map(String::as_str).collect::<Vec<_>>());
        let estate = used(&text.replace("2012-10-17", version), &services, &[]);
        let Some(Remaining::Policies(proposed)) = estate.remaining(CI) else { panic!("{text}") };
        let policies: Vec<Policy> = proposed
            .iter()
            .map(|text| Policy {
                id: "proposed".to_owned(),
                maker: model::Maker::Organisation,
                digest: [0; 32],
                document: Document::read(text),
            })
            .collect();
        let before = estate.asker(estate.principal(CI).unwrap());
        let mut after = before.clone();
        after.identity = policies.iter().map(Piece::Policy).collect();
        for action in [
            "s3:getobject", "s3:putobject", "s3:listallmybuckets", "sqs:sendmessage", "sqs:purgequeue",
            "iam:createuser", "iam:getrole", "iam:getuser", "kms:decrypt", "kms:encrypt", "ec2:runinstances",
            "lambda:invokefunction", "secretsmanager:getsecretvalue",
        ] {
            for resource in ["*", "arn:aws:s3:::logs/a", "arn:aws:s3:::${aws:username}", CI, "arn:aws:sqs:::q"] {
                let ask = |asker: &Asker<'_>| asker.allowed(action, resource, &asker.about(resource));
                let (was, is) = (ask(&before), ask(&after));
                let service = action.split(':').next().unwrap();
                if services.contains(&service) {
                    prop_assert_eq!(was, is, "{} on {}: {} -> {:?}", action, resource, text, proposed);
                } else {
                    prop_assert_eq!(is, crate::aws::Truth::No, "{} on {}: {}", action, resource, text);
                }
            }
        }
    }
}
