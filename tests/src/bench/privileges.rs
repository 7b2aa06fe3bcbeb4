//! What it takes to judge a whole account of AWS: what each principal may do, and could come to.
//!
//! Held against cloudsplaining, which judges each policy by itself, on the same document: what `aws iam
//! get-account-authorization-details` prints. Ours is the whole command, from start to end; of theirs
//! only reading and judging counts.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use analysis::aws::{Estate, Verdict, judge};
use anyhow::Context;
use model::testing::day;
use model::{
    Details, Fact, Grant, GrantKind, Identity, IdentityKind, Maker, Policy, PolicyLanguage, Use,
};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::Line;
use crate::measure::{self, memory_peak};
use crate::{binaries, servers};

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
    drop((judgements, estate, facts));
    Ok(vec![
        Line::held(what, value, "at most 3 s", seconds <= 3.0),
        Line::memory("its peak memory", peak, 300),
        beside()?,
    ])
}

/// The same account out of one file, by both.
fn beside() -> anyhow::Result<Line> {
    let folder = TempDir::new().context("making a folder for the document")?;
    let file = folder.path().join("details.json");
    fs::write(&file, details().to_string()).context("writing the document")?;
    let ours = ours(folder.path(), &file)?;
    let theirs = servers::cloudsplaining_seconds(&file, PRINCIPALS_COUNT)?;
    let ratio = theirs / ours;
    Ok(Line::held(
        "the same out of what `aws iam get-account-authorization-details` prints, beside cloudsplaining 0.9.1",
        format!("{ratio:.0} times as fast: {ours:.2} s, where it takes {theirs:.1} s"),
        "at least 100 times as fast",
        ratio >= 100.0,
    ))
}

/// Seconds of `muster privileges`, with its start.
fn ours(folder: &Path, file: &Path) -> anyhow::Result<f64> {
    let told = folder.join("judgements.json");
    let mut command = binaries::command("muster", folder)?;
    command
        .args(["privileges", "--format", "json", "--from"])
        .arg(file)
        .stdin(Stdio::null())
        .stdout(File::create(&told)?);
    let cost = measure::run(&mut command)?;
    anyhow::ensure!(cost.status.success(), "`muster privileges` ended with {}", cost.status);
    let count = fs::read_to_string(&told)?.matches("\"verdict\"").count();
    anyhow::ensure!(count == PRINCIPALS_COUNT, "{count} principals were judged");
    Ok(cost.elapsed.as_secs_f64())
}

/// The account as its own command line prints it.
fn details() -> Value {
    const THEN: &str = "2025-01-01T00:00:00+00:00";
    let parsed = |text: String| serde_json::from_str::<Value>(&text).unwrap_or_default();
    let arn = |number: usize| format!("arn:aws:iam::{ACCOUNT}:policy/p{number}");
    let policies: Vec<Value> = (0..POLICIES_COUNT)
        .map(|number| {
            let version = json!({"Document": parsed(document(number)), "VersionId": "v1",
                "IsDefaultVersion": true, "CreateDate": THEN});
            json!({"PolicyName": format!("p{number}"), "PolicyId": format!("ANPAEXAMPLE{number:010}"),
                "Arn": arn(number), "Path": "/", "DefaultVersionId": "v1", "AttachmentCount": 1,
                "PermissionsBoundaryUsageCount": 0, "IsAttachable": true, "CreateDate": THEN,
                "UpdateDate": THEN, "PolicyVersionList": [version]})
        })
        .collect();
    let (mut users, mut roles) = (Vec::new(), Vec::new());
    for number in 0..PRINCIPALS_COUNT {
        let name = format!("n{number}");
        let held: Vec<Value> = attached(number)
            .map(|it| json!({"PolicyName": format!("p{it}"), "PolicyArn": arn(it)}))
            .collect();
        if number.is_multiple_of(2) {
            users.push(
                json!({"Path": "/", "UserName": name, "UserId": format!("AIDAEXAMPLE{number:010}"),
                "Arn": format!("arn:aws:iam::{ACCOUNT}:user/{name}"), "CreateDate": THEN,
                "GroupList": [], "AttachedManagedPolicies": held, "Tags": []}),
            );
        } else {
            roles.push(json!({"Path": "/", "RoleName": name, "RoleId": format!("AROAEXAMPLE{number:010}"),
                "Arn": format!("arn:aws:iam::{ACCOUNT}:role/{name}"), "CreateDate": THEN,
                "AssumeRolePolicyDocument": parsed(trust(number)), "InstanceProfileList": [],
                "RolePolicyList": [], "AttachedManagedPolicies": held, "Tags": [], "RoleLastUsed": {}}));
        }
    }
    json!({"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": roles, "Policies": policies})
}

/// The policies that are attached to a principal.
fn attached(number: usize) -> impl Iterator<Item = usize> {
    (0..ATTACHED_COUNT).map(move |which| {
        let which = number.saturating_mul(7).saturating_add(which.saturating_mul(131));
        which.checked_rem(POLICIES_COUNT).unwrap_or(0)
    })
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
        for which in attached(number) {
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
