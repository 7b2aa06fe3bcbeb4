//! What it takes to judge a whole account of AWS: what each principal may do, and could come to.

use std::collections::BTreeMap;
use std::time::Instant;

use analysis::aws::{Estate, Verdict, judge};
use anyhow::Context;
use model::testing::day;
use model::{
    Details, Fact, Grant, GrantKind, Identity, IdentityKind, Maker, Policy, PolicyLanguage, Use,
};

use super::Line;
use crate::measure::memory_peak;

const ACCOUNT: &str = "111122223333";
const PRINCIPALS_COUNT: usize = 10_000;
const POLICIES_COUNT: usize = 5_000;
/// Of each principal.
const ATTACHED_COUNT: usize = 3;

/// Judges them all, once.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let facts = facts();
    let begun = Instant::now();
    let estate = Estate::of(&facts, [], day("2026-03-01"));
    let judgements = judge(&estate);
    let seconds = begun.elapsed().as_secs_f64();
    let count = |verdict| judgements.iter().filter(|it| it.verdict == verdict).count();
    let (escalate, no) = (count(Verdict::Escalates), count(Verdict::No));
    anyhow::ensure!(escalate > 1_000 && no > 1_000, "{escalate} escalate, {no} do not");
    let peak = memory_peak(std::process::id()).context("this process has a memory")?;
    let what = "10,000 principals of AWS with 5,000 policies judged whole";
    let value = format!("{seconds:.2} s ({escalate} escalate, {no} do not)");
    Ok(vec![
        Line::held(what, value, "at most 3 s", seconds <= 3.0),
        Line::memory("its peak memory", peak, 300),
    ])
}

fn facts() -> Vec<Fact> {
    let mut facts: Vec<Fact> = (0..POLICIES_COUNT)
        .map(|number| policy(&format!("arn:aws:iam::{ACCOUNT}:policy/p{number}"), document(number)))
        .collect();
    for number in 0..PRINCIPALS_COUNT {
        let is_user = number.is_multiple_of(2);
        let (kind, sort) =
            if is_user { (IdentityKind::User, "user") } else { (IdentityKind::Role, "role") };
        let arn = format!("arn:aws:iam::{ACCOUNT}:{sort}/n{number}");
        facts.push(identity(&arn, kind, number));
        for attached in 0..ATTACHED_COUNT {
            let which = number.saturating_mul(7).saturating_add(attached.saturating_mul(131));
            let which = which.checked_rem(POLICIES_COUNT).unwrap_or(0);
            let policy = format!("arn:aws:iam::{ACCOUNT}:policy/p{which}");
            facts.push(grant(&arn, GrantKind::Permission, &policy));
        }
        if !is_user {
            let id = format!("{arn}#trust");
            facts.push(grant(&arn, GrantKind::Trust, &id));
            facts.push(policy(&id, trust(number)));
        }
    }
    facts
}

/// One in twenty passes roles, one takes roles on, one looks after itself; the rest read and write.
fn document(number: usize) -> String {
    let statements = match number % 20 {
        0 => {
            r#"{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction"],"Resource":"*"}"#
                .to_owned()
        }
        1 => r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}"#.to_owned(),
        2 => format!(
            r#"{{"Effect":"Allow","Action":["iam:CreateAccessKey","iam:DeleteAccessKey"],
                "Resource":"arn:aws:iam::{ACCOUNT}:user/${{aws:username}}"}},
               {{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::secret-{number}/*"}}"#
        ),
        _ => format!(
            r#"{{"Effect":"Allow","Action":["s3:Get*","s3:List*","dynamodb:GetItem","sqs:*"],
                "Resource":["arn:aws:s3:::bucket-{number}/*","arn:aws:sqs:*:*:q{number}",
                            "arn:aws:dynamodb:*:{ACCOUNT}:table/t{number}"]}},
               {{"Effect":"Allow","Action":["ec2:Describe*","kms:Decrypt"],"Resource":"*",
                "Condition":{{"StringEquals":{{"aws:RequestedRegion":"eu-west-1"}}}}}}"#
        ),
    };
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

fn trust(number: usize) -> String {
    let principal = match number % 10 {
        1 => r#"{"Service":"lambda.amazonaws.com"}"#.to_owned(),
        3 => r#"{"Service":"ec2.amazonaws.com"}"#.to_owned(),
        5 => format!(r#"{{"AWS":"arn:aws:iam::{ACCOUNT}:root"}}"#),
        _ => r#"{"Service":"ecs-tasks.amazonaws.com"}"#.to_owned(),
    };
    format!(
        r#"{{"Statement":{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{principal}}}}}"#
    )
}

fn identity(arn: &str, kind: IdentityKind, number: usize) -> Fact {
    Fact::Identity(Identity {
        id: arn.into(),
        kind,
        name: format!("n{number}"),
        realm: ACCOUNT.to_owned(),
        path: "/".to_owned(),
        maker: Maker::Organisation,
        created_at: None,
        enabled: None,
        used: Use::Unknown,
        groups: Vec::new(),
        credential_counts: BTreeMap::default(),
        labels: BTreeMap::default(),
        details: Details::new(),
    })
}

fn grant(holder: &str, kind: GrantKind, policy: &str) -> Fact {
    Fact::Grant(Grant { holder: holder.into(), kind, policy: policy.into() })
}

fn policy(id: &str, document: String) -> Fact {
    let (language, maker) = (PolicyLanguage::AwsIam, Maker::Organisation);
    Fact::Policy(Policy { id: id.into(), language, document, maker })
}
