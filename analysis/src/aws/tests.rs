use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use model::*;
use serde_json::Value;

use super::action::Runs;
use super::{Estate, judge};

fn s(v: &Value, k: &str) -> String {
    v[k].as_str().unwrap_or_default().to_owned()
}

fn list<'a>(v: &'a Value, k: &str) -> Vec<&'a Value> {
    v[k].as_array().map(|a| a.iter().collect()).unwrap_or_default()
}

fn decode(t: &str) -> String {
    let mut out = Vec::new();
    let b = t.as_bytes();
    let mut i = 0;
    while i < b.len() {
        if b[i] == b'%' && i + 2 < b.len() {
            if let Ok(x) = u8::from_str_radix(&t[i + 1..i + 3], 16) {
                out.push(x);
                i += 3;
                continue;
            }
        }
        out.push(b[i]);
        i += 1;
    }
    String::from_utf8(out).unwrap()
}

fn doc(v: &Value) -> String {
    match v {
        Value::String(t) if t.starts_with('%') => decode(t),
        Value::String(t) => t.clone(),
        other => other.to_string(),
    }
}

fn policy(id: &str, document: String, facts: &mut Vec<Fact>) {
    let maker = if id.starts_with("arn:aws:iam::aws:") { Maker::Provider } else { Maker::Organisation };
    facts.push(Fact::Policy(Policy { id: id.into(), language: PolicyLanguage::AwsIam, document, maker }));
}

fn grant(holder: &str, kind: GrantKind, policy: &str, facts: &mut Vec<Fact>) {
    facts.push(Fact::Grant(Grant { holder: holder.into(), kind, policy: policy.into() }));
}

fn principal(v: &Value, kind: IdentityKind, name: &str, inline: &str, groups: &BTreeMap<String, String>, facts: &mut Vec<Fact>) {
    let arn = s(v, "Arn");
    let realm = arn.split(':').nth(4).unwrap().to_owned();
    let linked = s(v, "Path").starts_with("/aws-service-role/");
    let labels = list(v, "Tags").iter().map(|t| (s(t, "Key"), s(t, "Value"))).collect();
    facts.push(Fact::Identity(Identity {
        id: arn.as_str().into(), kind, name: s(v, name), realm, path: s(v, "Path"),
        maker: if linked { Maker::Provider } else { Maker::Organisation },
        created_at: None, enabled: None, used: Use::Unknown,
        groups: list(v, "GroupList").iter().map(|g| groups.get(g.as_str().unwrap()).cloned().unwrap_or_default().as_str().into()).collect(),
        labels, details: Details::new(),
    }));
    for p in list(v, inline) {
        let id = format!("{arn}#inline/{}", s(p, "PolicyName"));
        grant(&arn, GrantKind::Permission, &id, facts);
        policy(&id, doc(&p["PolicyDocument"]), facts);
    }
    for p in list(v, "AttachedManagedPolicies") {
        grant(&arn, GrantKind::Permission, &s(p, "PolicyArn"), facts);
    }
    if let Some(b) = v["PermissionsBoundary"]["PermissionsBoundaryArn"].as_str() {
        grant(&arn, GrantKind::Boundary, b, facts);
    }
    if !v["AssumeRolePolicyDocument"].is_null() {
        let id = format!("{arn}#trust");
        grant(&arn, GrantKind::Trust, &id, facts);
        policy(&id, doc(&v["AssumeRolePolicyDocument"]), facts);
    }
}

fn b64(t: &str) -> Vec<u8> {
    let tab = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut out, mut acc, mut n) = (vec![], 0u32, 0);
    for c in t.bytes().filter(|c| *c != b'=' && *c != b'\n') {
        acc = acc << 6 | tab.iter().position(|x| *x == c).unwrap() as u32;
        n += 6;
        if n >= 8 { n -= 8; out.push((acc >> n) as u8); acc &= (1 << n) - 1; }
    }
    out
}

fn case(dir: &Path) -> (usize, Vec<String>) {
    let mut facts = Vec::new();
    let mut later: Vec<(String, Value)> = vec![];
    let mut profiles: BTreeMap<String, (bool, Vec<String>)> = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let Some(name) = path.file_name().map(|n| n.to_string_lossy().into_owned()) else { continue };
        if name == "expected.json" || !name.ends_with(".json") { continue; }
        let Ok(v) = serde_json::from_slice::<Value>(&fs::read(&path).unwrap()) else { continue };
        if v.get("UserDetailList").is_some() || v.get("RoleDetailList").is_some() {
            let mut groups = BTreeMap::new();
            for g in list(&v, "GroupDetailList") { groups.insert(s(g, "GroupName"), s(g, "Arn")); }
            for g in list(&v, "GroupDetailList") { principal(g, IdentityKind::Group, "GroupName", "GroupPolicyList", &groups, &mut facts); }
            for g in list(&v, "UserDetailList") { principal(g, IdentityKind::User, "UserName", "UserPolicyList", &groups, &mut facts); }
            for g in list(&v, "RoleDetailList") {
                principal(g, IdentityKind::Role, "RoleName", "RolePolicyList", &groups, &mut facts);
                let ps: Vec<String> = list(g, "InstanceProfileList").iter().map(|p| s(p, "Arn")).collect();
                profiles.insert(s(g, "Arn"), (!ps.is_empty(), ps));
            }
            for p in list(&v, "Policies") {
                for ver in list(p, "PolicyVersionList") {
                    let id = if ver["IsDefaultVersion"] == true { s(p, "Arn") } else { format!("{}#version/{}", s(p, "Arn"), s(ver, "VersionId")) };
                    if !ver["Document"].is_null() { policy(&id, doc(&ver["Document"]), &mut facts); }
                }
            }
        } else { later.push((name, v)); }
    }
    let as_of = "2026-11-22T00:00:00Z".parse().unwrap();
    let mut estate = Estate::of(&facts, as_of);
    for p in &mut estate.principals {
        if let Some((has, _)) = profiles.get(&p.id) { p.has_profile = Some(*has); }
    }
    for (name, v) in later {
        if v.get("Content").is_some() && v.get("ReportFormat").is_some() {
            let csv = String::from_utf8(b64(v["Content"].as_str().unwrap())).unwrap();
            let mut lines = csv.lines();
            let head: Vec<&str> = lines.next().unwrap().split(',').collect();
            for line in lines {
                let row: BTreeMap<&str, &str> = head.iter().copied().zip(line.split(',')).collect();
                let Some(no) = estate.by_id.get(row["arn"]) else { continue };
                let p = &mut estate.principals[*no];
                p.password = Some(row["password_enabled"] == "true");
                let n = ["access_key_1_last_rotated", "access_key_2_last_rotated"].iter().zip(["access_key_1_active", "access_key_2_active"]).filter(|(k, a)| row[**k] != "N/A" || row[a] == "true").count();
                p.keys = Some(n as u32);
            }
            continue;
        }
        let text = v.to_string();
        let roles: BTreeSet<String> = estate.principals.iter().filter(|p| {
            text.contains(&format!("\"{}\"", p.id)) || profiles.get(&p.id).is_some_and(|(_, ps)| ps.iter().any(|x| text.contains(&format!("\"{x}\""))))
        }).map(|p| p.id.clone()).collect();
        let runs: &[Runs] = match name.as_str() {
            n if n.contains("lambda-list") => &[Runs::Function],
            n if n.contains("ec2-describe-instances") => &[Runs::Instance],
            n if n.contains("launch-template") => &[Runs::LaunchTemplate],
            n if n.contains("codebuild") => &[Runs::BuildProject],
            n if n.contains("cloudformation") => &[Runs::Stack],
            n if n.contains("ecs-") => &[Runs::ContainerTask],
            n if n.contains("glue") => &[Runs::Notebook],
            n if n.contains("sagemaker") => &[Runs::Notebook],
            n if n.contains("apprunner") => &[Runs::AppService],
            n if n.contains("batch") => &[Runs::Job],
            n if n.contains("states") || n.contains("stepfunctions") => &[Runs::StateMachine],
            n if n.contains("agentcore") => &[Runs::AgentRuntime],
            _ => { eprintln!("unused {name}"); &[] }
        };
        for a in estate.accounts.values_mut() {
            for r in runs { a.running.entry(*r).or_default().extend(roles.clone()); }
        }
    }
    let expected: BTreeMap<String, Value> = serde_json::from_slice(&fs::read(dir.join("expected.json")).unwrap()).unwrap();
    let found: BTreeMap<String, _> = judge(&estate).into_iter().map(|j| (j.id.clone(), j)).collect();
    let mut wrong = vec![];
    for (id, e) in &expected {
        let f = found.get(id);
        let v = f.map_or("absent", |f| f.verdict.name());
        if v != e["verdict"] {
            wrong.push(format!("{}: {id}\n   expected {} {} because {}\n   found {v}: {:?}", dir.display(), e["verdict"], e["sets"], e["why"], f.map(|f| f.because.iter().map(|b| format!("{} {:?} by {:?}", b.what, b.sets, b.by)).collect::<Vec<_>>())));
        }
    }
    (expected.len(), wrong)
}

#[test]
fn labelled() {
    let Ok(root) = std::env::var("LABELLED") else { return };
    let (mut n, mut wrong) = (0, vec![]);
    let mut dirs = vec![];
    for f in fs::read_dir(root).unwrap() {
        let f = f.unwrap().path();
        if f.is_dir() { for c in fs::read_dir(f).unwrap() { let c = c.unwrap().path(); if c.join("expected.json").exists() { dirs.push(c); } } }
    }
    dirs.sort();
    let only = std::env::var("ONLY").unwrap_or_default();
    for d in dirs.iter().filter(|d| d.display().to_string().contains(&only)) {
        let t = std::time::Instant::now();
        let (c, w) = case(d);
        eprintln!("{}: {c} judged, {} wrong, {:?}", d.display(), w.len(), t.elapsed());
        n += c;
        wrong.extend(w);
    }
    for w in &wrong { eprintln!("{w}"); }
    eprintln!("{n} judged, {} wrong", wrong.len());
}

#[test]
fn large() {
    if std::env::var("LARGE").is_err() { return; }
    let n: usize = std::env::var("LARGE").unwrap().parse().unwrap();
    let mut facts = vec![];
    let acc = "111122223333";
    let ident = |arn: &str, kind, name: &str, groups: Vec<IdentityId>| Fact::Identity(Identity {
        id: arn.into(), kind, name: name.into(), realm: acc.into(), path: "/".into(), maker: Maker::Organisation, created_at: None, enabled: None, used: Use::Unknown, groups, labels: BTreeMap::new(), details: Details::new() });
    let pols = n / 2;
    for p in 0..pols {
        let d = match p % 20 {
            0 => r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction"],"Resource":"*"}]}"#.to_owned(),
            1 => r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#.to_owned(),
            2 => format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["iam:CreateAccessKey","iam:DeleteAccessKey"],"Resource":"arn:aws:iam::111122223333:user/${{aws:username}}"}},{{"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::secret-{p}/*"}}]}}"#),
            _ => format!(r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"A","Effect":"Allow","Action":["s3:Get*","s3:List*","dynamodb:GetItem","sqs:*"],"Resource":["arn:aws:s3:::bucket-{p}/*","arn:aws:dynamodb:*:111122223333:table/t{p}","arn:aws:sqs:*:*:q{p}"]}},{{"Effect":"Allow","Action":["ec2:Describe*","logs:PutLogEvents","kms:Decrypt"],"Resource":"*","Condition":{{"StringEquals":{{"aws:RequestedRegion":"eu-west-1"}}}}}}]}}"#),
        };
        policy(&format!("arn:aws:iam::{acc}:policy/p{p}"), d, &mut facts);
    }
    for i in 0..n {
        let (arn, kind) = if i % 2 == 0 { (format!("arn:aws:iam::{acc}:user/u{i}"), IdentityKind::User) } else { (format!("arn:aws:iam::{acc}:role/r{i}"), IdentityKind::Role) };
        facts.push(ident(&arn, kind, &format!("n{i}"), vec![]));
        for k in 0..3 { grant(&arn, GrantKind::Permission, &format!("arn:aws:iam::{acc}:policy/p{}", (i * 7 + k * 131) % pols), &mut facts); }
        if kind == IdentityKind::Role {
            let id = format!("{arn}#trust");
            grant(&arn, GrantKind::Trust, &id, &mut facts);
            let who = match i % 10 { 1 => r#"{"Service":"lambda.amazonaws.com"}"#.to_owned(), 3 => r#"{"Service":"ec2.amazonaws.com"}"#.to_owned(), 5 => format!(r#"{{"AWS":"arn:aws:iam::{acc}:root"}}"#), 7 => format!(r#"{{"AWS":"arn:aws:iam::{acc}:role/r{}"}}"#, (i * 3) % n | 1), _ => r#"{"Service":"ecs-tasks.amazonaws.com"}"#.to_owned() };
            policy(&id, format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{who}}}]}}"#), &mut facts);
        }
    }
    let t = std::time::Instant::now();
    let estate = Estate::of(&facts, "2026-11-22T00:00:00Z".parse().unwrap());
    eprintln!("read {:?}", t.elapsed());
    let t = std::time::Instant::now();
    let j = judge(&estate);
    let mut c = BTreeMap::new();
    for x in &j { *c.entry(x.verdict.name()).or_insert(0) += 1; }
    eprintln!("judged {} {:?} {:?}", j.len(), c, t.elapsed());
}
