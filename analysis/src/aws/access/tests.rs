use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Accesses, CATALOGUE, Gathered, Layers};
use crate::aws::reach::reach;
use crate::aws::tests::estate_of;
use crate::aws::{Access, Estate, Risk};

const CI: &str = "arn:aws:iam::111122223333:user/ci";

fn access(text: &str) -> Access {
    let estate = estate_of(text, &[]);
    let asker = estate.asker(estate.principal(CI).unwrap());
    Accesses::default().of(&asker).unwrap()
}

/// `ci` with policies, one a line: `permission`, `boundary`, and so on, name and statements.
fn ci(policies: &[(&str, &str)]) -> String {
    let line = |(no, (kind, statements)): (usize, &(&str, &str))| {
        format!("  {kind} p{no} {{\"Version\":\"2012-10-17\",\"Statement\":[{statements}]}}\n")
    };
    format!("user {CI}\n{}", policies.iter().enumerate().map(line).collect::<String>())
}

fn allow(actions: &str, resource: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":[{actions}],"Resource":"{resource}"}}"#)
}

/// `s3 list,read everywhere; s3 write some`.
fn told(access: &Access) -> String {
    let one = |it: super::Reached| {
        let levels: Vec<&str> = it.levels.iter().map(|level| level.name()).collect();
        let place = if it.everywhere { "everywhere" } else { "some" };
        format!("{} {} {place}", it.service, levels.join(","))
    };
    access.services().into_iter().map(one).collect::<Vec<_>>().join("; ")
}

fn of(policies: &[(&str, &str)]) -> String {
    told(&access(&ci(policies)))
}

#[test]
fn a_pattern_is_spread_over_the_levels_of_its_actions() {
    let all = allow(r#""sqs:*""#, "*");
    assert_eq!(of(&[("permission", &all)]), "sqs read,write,tagging,permissions everywhere");
    let some = allow(r#""sqs:*""#, "arn:aws:sqs:eu-west-1:111122223333:orders");
    assert_eq!(of(&[("permission", &some)]), "sqs read,write,tagging,permissions some");
    let both = [("permission", some.as_str()), ("permission", &allow(r#""sqs:Tag*""#, "*"))];
    assert_eq!(of(&both), "sqs tagging everywhere; sqs read,write,permissions some");
}

#[test]
fn an_action_is_allowed_only_where_its_resources_are() {
    // The Service Authorization Reference: `ListAllMyBuckets` has no resource, `GetObject` has objects,
    // `ListBucket` has buckets.
    let at = |actions: &str, resource: &str| of(&[("permission", &allow(actions, resource))]);
    assert_eq!(at(r#""s3:ListAllMyBuckets""#, "arn:aws:s3:::logs"), "");
    assert_eq!(at(r#""s3:GetObjectTorrent""#, "arn:aws:s3:::logs"), "");
    assert_eq!(at(r#""s3:GetObjectTorrent""#, "arn:aws:s3:::logs/*"), "s3 read some");
    assert_eq!(at(r#""s3:GetObjectTorrent""#, "arn:aws:s3:::logs*"), "s3 read some");
    assert_eq!(at(r#""s3:GetObjectTorrent""#, "arn:aws:s3:::*"), "s3 read everywhere");
    assert_eq!(at(r#""s3:ListBucketVersions""#, "arn:aws:s3:::logs/*"), "");
    assert_eq!(at(r#""s3:GetObjectTorrent""#, "arn:aws:sqs:*:*:q"), "");
    assert_eq!(
        at(r#""sqs:SendMessage""#, "arn:aws:sqs:*:999999999999:q"),
        "",
        "of another account"
    );
}

#[test]
fn what_everything_holds_is_every_service() {
    let everything = access(&ci(&[("permission", &allow(r#""*""#, "*"))]));
    let services: Vec<_> = everything.services().iter().map(|it| it.service).collect();
    assert_eq!(services, CATALOGUE.services);
    assert!(everything.services().iter().all(|it| it.everywhere));
    let count = |risk| everything.sensitive().get(&risk).map_or(0, Vec::len);
    assert_eq!(Risk::ALL.map(count), [62, 151, 27, 291]);
}

#[test]
fn a_denial_takes_away_and_one_of_a_part_leaves_some() {
    let with = |deny: &str| {
        let allow = allow(r#""s3:GetObject","s3:PutObject""#, "*");
        let access = access(&ci(&[("permission", &allow), ("permission", deny)]));
        (told(&access), access.sensitive())
    };
    let data = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|it| (*it).to_owned()).collect();
        BTreeMap::from([(Risk::DataAccess, names)])
    };
    let deny = |actions: &str, resource: &str, more: &str| {
        format!(r#"{{"Effect":"Deny","Action":"{actions}","Resource":"{resource}"{more}}}"#)
    };
    assert_eq!(
        with(&deny("s3:Put*", "*", "")),
        ("s3 read everywhere".to_owned(), data(&["s3:GetObject"]))
    );
    let part = with(&deny("s3:Get*", "arn:aws:s3:::secret/*", ""));
    assert_eq!(part, ("s3 write everywhere; s3 read some".to_owned(), BTreeMap::new()));
    let other = with(&deny("*", "arn:aws:sqs:*:*:secret", ""));
    assert_eq!(other, ("s3 read,write everywhere".to_owned(), data(&["s3:GetObject"])));
    let mfa = r#","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;
    assert_eq!(with(&deny("s3:*", "*", mfa)).0, "s3 read,write everywhere", "with a second factor");
    let but = r#"{"Effect":"Deny","Action":"s3:*","NotResource":"arn:aws:s3:::logs/*"}"#;
    assert_eq!(with(but).0, "s3 read,write some");
}

#[test]
fn a_boundary_leaves_what_both_allow() {
    let with = |allowed: &str, bound: &str| {
        of(&[
            ("permission", &allow(r#""s3:GetObjectTorrent","sqs:SendMessage""#, allowed)),
            ("boundary", &allow(r#""s3:*""#, bound)),
        ])
    };
    assert_eq!(with("*", "*"), "s3 read everywhere");
    assert_eq!(with("*", "arn:aws:s3:::team-*"), "s3 read some");
    assert_eq!(
        with("arn:aws:s3:::app-*", "arn:aws:s3:::*-dev/*"),
        "s3 read some",
        "app-...-dev/..."
    );
    assert_eq!(with("arn:aws:s3:::app-*", "arn:aws:s3:::web-*"), "");
}

#[test]
fn the_organisation_bounds_and_a_condition_that_cannot_be_met_leaves_nothing() {
    let with = |unit: &str| {
        let text = format!(
            "organisational_unit arn:aws:organizations::999999999999:ou/o-a/ou-b\n  service_control p {{\"Statement\":[{unit}]}}\n\
             account_root arn:aws:iam::111122223333:root\n  in arn:aws:organizations::999999999999:ou/o-a/ou-b\n{}",
            ci(&[("permission", &allow(r#""sqs:SendMessage","ec2:TerminateInstances""#, "*"))])
        );
        told(&access(&text))
    };
    let full = allow(r#""*""#, "*");
    assert_eq!(with(&full), "ec2 write everywhere; sqs write everywhere");
    assert_eq!(with(&allow(r#""ec2:*""#, "*")), "ec2 write everywhere");
    let deny = r#"{"Effect":"Deny","NotAction":"sqs:*","Resource":"*"}"#;
    assert_eq!(with(&format!("{full},{deny}")), "sqs write everywhere");
    let never = r#"{"Effect":"Allow","Action":"sqs:*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTag/a":"b"}}}"#;
    assert_eq!(of(&[("permission", never)]), "");
}

#[test]
fn what_one_may_do_with_oneself_is_some() {
    let own = allow(r#""iam:CreateAccessKey""#, "arn:aws:iam::*:user/${aws:username}");
    let access = access(&ci(&[("permission", &own)]));
    assert_eq!((told(&access).as_str(), access.sensitive().len()), ("iam permissions some", 0));
}

#[test]
fn principals_with_the_same_policy_are_told_the_same_and_others_not() {
    let bounded = |bound: &str| {
        let text = ci(&[("permission", &allow(r#""*""#, "*")), ("boundary", &allow(bound, "*"))]);
        text.replace(" p1 ", &format!(" b{} ", bound.len())).replace(" p0 ", " shared ")
    };
    let other = "arn:aws:iam::111122223333:user/other";
    let text =
        format!("{}{}", bounded(r#""sqs:*""#), bounded(r#""kms:Decrypt""#).replace(CI, other));
    let estate = estate_of(&text, &[]);
    let mut accesses = Accesses::default();
    let mut told_of = |id: &str| {
        let asker = estate.asker(estate.principal(id).unwrap());
        let access = accesses.of(&asker).unwrap();
        access.services().first().map(|it| it.service)
    };
    assert_eq!([told_of(CI), told_of(other), told_of(CI)], [Some("sqs"), Some("kms"), Some("sqs")]);
}

/// Each action asked for by itself, with everything that applies, and nothing kept.
fn one_by_one(estate: &Estate) -> Access {
    let asker = estate.asker(estate.principal(CI).unwrap());
    let layers = Layers::of(&asker).unwrap();
    let mut gathered = Gathered::default();
    for (no, action) in CATALOGUE.actions.iter().enumerate() {
        let no = u16::try_from(no).unwrap();
        let spoken = layers.spoken(no);
        if !spoken.allow.is_empty() {
            let found = reach(&asker, no, CATALOGUE.group(action.group).unwrap(), &spoken);
            gathered.take(action.group, found, |it| it == no);
        }
    }
    Access {
        services: gathered.services.into_iter().collect(),
        sensitive: gathered.sensitive.into_iter().collect(),
    }
}

fn statement() -> impl Strategy<Value = String> {
    let actions = [
        "sqs:*",
        "sqs:Send*",
        "s3:GetObject*",
        "s3:*Bucket*",
        "iam:*User*",
        "kms:Decrypt",
        "elasti*:Tag*",
    ];
    let resources = [
        "*",
        "arn:aws:s3:::*",
        "arn:aws:s3:::logs*",
        "arn:aws:s3:::*/private/*",
        "arn:aws:sqs:*:*:a*",
        "arn:aws:sqs:eu-west-1:111122223333:ab",
        "arn:aws:iam::111122223333:user/${aws:username}",
        "arn:aws:iam::*:user/*",
    ];
    let conditions = [
        "{}",
        r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
        r#"{"StringEquals":{"aws:username":"other"}}"#,
        r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#,
    ];
    let action = (subsequence(actions.to_vec(), 1..4), select(vec!["Action", "NotAction"]));
    let resource = (subsequence(resources.to_vec(), 1..3), select(vec!["Resource", "NotResource"]));
    let effect = select(vec!["Allow", "Allow", "Deny"]);
    (effect, action, resource, select(conditions.to_vec())).prop_map(
        |(effect, (actions, action), (resources, resource), condition)| {
            // All but so little would be asked for one by one for ever.
            let action = if effect == "Allow" { "Action" } else { action };
            format!(
                r#"{{"Effect":"{effect}","{action}":{actions:?},"{resource}":{resources:?},"Condition":{condition}}}"#
            )
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 20, ..ProptestConfig::with_cases(16) })]
    #[test]
    fn what_is_kept_and_added_up_is_what_the_engine_says_action_by_action(
        own in prop::collection::vec(statement(), 1..4),
        boundary in prop::option::of(prop::collection::vec(statement(), 1..3)),
    ) {
        let (own, bound) = (own.join(","), boundary.map(|it| it.join(",")));
        let mut policies = vec![("permission", own.as_str())];
        policies.extend(bound.as_deref().map(|it| ("boundary", it)));
        let text = ci(&policies);
        let estate = estate_of(&text, &[]);
        prop_assert_eq!(told(&access(&text)), told(&one_by_one(&estate)), "{}", text);
        prop_assert_eq!(access(&text), one_by_one(&estate));
    }
}
