use std::collections::BTreeSet;
use std::fmt::Write as _;

use model::testing::day;
use model::{Fact, Grant, GrantKind, IdentityId, Policy, PolicyLanguage};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{Estate, Judged, Standing};

/// What policies say: rights over others, over policies, denials, channels of machines, and less.
const DOCUMENTS: &[&str] = &[
    r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":["iam:PassRole","lambda:*"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"iam:CreatePolicyVersion","Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":["iam:SetDefaultPolicyVersion","iam:DetachUserPolicy"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":["ssm:SendCommand","ssmmessages:*"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::1:policy/p1"}}}"#,
    r#"{"Effect":"Deny","Action":["iam:*","sts:*"],"Resource":"*"}"#,
    r#"{"Effect":"Allow","Action":"iam:AddUserToGroup","Resource":"*"}"#,
    "what is this",
];
const TRUSTS: &[&str] = &[
    r#"{"AWS":"arn:aws:iam::1:root"}"#,
    r#"{"Service":"lambda.amazonaws.com"}"#,
    r#"{"Service":"ec2.amazonaws.com"}"#,
    r#"{"AWS":"arn:aws:iam::1:user/u0"}"#,
];
const POLICIES_COUNT: usize = 5;

#[derive(Clone, Debug)]
struct Drawn {
    /// Which document each policy has.
    documents: Vec<usize>,
    /// Which policies each of users, roles and groups holds.
    held: Vec<Vec<usize>>,
    /// Of the roles.
    trusts: Vec<usize>,
    /// Of the users.
    in_group: Vec<bool>,
    bounded: Vec<Option<usize>>,
    version: usize,
}

const USERS: [&str; 3] = ["user/u0", "user/u1", "user/u2"];
const ROLES: [&str; 3] = ["role/r0", "role/r1", "role/r2"];
const GROUP: &str = "group/g";

fn drawn() -> impl Strategy<Value = Drawn> {
    let document = || 0..DOCUMENTS.len();
    let some = proptest::collection::vec(0..POLICIES_COUNT, 0..3);
    (
        proptest::collection::vec(document(), POLICIES_COUNT),
        proptest::collection::vec(some, 7),
        proptest::collection::vec(0..TRUSTS.len(), 3),
        proptest::collection::vec(any::<bool>(), 3),
        proptest::collection::vec(proptest::option::weighted(0.2, 0..POLICIES_COUNT), 6),
        document(),
    )
        .prop_map(|(documents, held, trusts, in_group, bounded, version)| Drawn {
            documents,
            held,
            trusts,
            in_group,
            bounded,
            version,
        })
}

fn arn(name: &str) -> String {
    format!("arn:aws:iam::1:{name}")
}

fn policy(id: String, statement: &str) -> Fact {
    let document = format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{statement}]}}");
    let (language, maker) = (PolicyLanguage::AwsIam, model::Maker::Organisation);
    Fact::Policy(Policy { id: id.into(), language, document, maker })
}

impl Drawn {
    fn estate(&self) -> model::testing::Estate {
        let mut text = String::new();
        for (user, in_group) in USERS.iter().zip(&self.in_group) {
            let group = if *in_group { format!(" groups={}", arn(GROUP)) } else { String::new() };
            writeln!(text, "user {}{group}", arn(user)).unwrap();
        }
        for role in ROLES {
            writeln!(text, "role {}", arn(role)).unwrap();
        }
        writeln!(text, "group {}", arn(GROUP)).unwrap();
        model::testing::estate(&text)
    }

    fn facts(&self) -> Vec<Fact> {
        let estate = self.estate();
        let mut facts: Vec<Fact> = estate.sightings.into_iter().map(|it| it.fact).collect();
        let name = |no: &usize| arn(&format!("policy/p{no}"));
        for (no, which) in self.documents.iter().enumerate() {
            facts.push(policy(name(&no), DOCUMENTS[*which]));
        }
        facts.push(policy(format!("{}#version/v1", name(&0)), DOCUMENTS[self.version]));
        let all = USERS.iter().chain(&ROLES).chain([&GROUP]);
        for ((who, held), no) in all.zip(&self.held).zip(0..) {
            let mut grant = |kind, policy: String| {
                facts.push(Fact::Grant(Grant {
                    holder: arn(who).into(),
                    kind,
                    policy: policy.into(),
                }));
            };
            for which in held {
                grant(GrantKind::Permission, name(which));
            }
            if let Some(Some(which)) = self.bounded.get(no) {
                grant(GrantKind::Boundary, name(which));
            }
            if who.starts_with("role/") {
                grant(GrantKind::Trust, format!("{}#trust", arn(who)));
            }
        }
        for (role, which) in ROLES.iter().zip(&self.trusts) {
            let trust = format!(
                "{{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{}}}",
                TRUSTS[*which]
            );
            facts.push(policy(format!("{}#trust", arn(role)), &trust));
        }
        facts
    }

    fn standing(&self) -> Standing {
        Standing::of(Estate::of(&self.facts(), [], day("2026-03-01")))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]
    #[test]
    fn judging_what_changed_equals_judging_everything_anew(
        first in drawn(),
        which in any::<Index>(),
        document in select((0..DOCUMENTS.len()).collect::<Vec<_>>()),
        of_version in proptest::bool::weighted(0.2),
    ) {
        let mut standing = first.standing();
        let mut then = first.clone();
        if of_version {
            then.version = document;
        } else {
            then.documents[which.index(POLICIES_COUNT)] = document;
        }
        // One in three at least is judged that way, or too few cases are left and this fails.
        prop_assume!(standing.replace(&all(), &then.facts()).is_some());
        let anew = then.standing();
        let (kept, anew): (Vec<_>, Vec<_>) =
            (said(&standing), said(&anew));
        prop_assert_eq!(kept, anew);
    }

    #[test]
    fn who_holds_other_policies_is_judged_as_if_it_had_always_been_so(
        first in drawn(),
        other in drawn(),
    ) {
        let mut standing = first.standing();
        let then = Drawn { trusts: first.trusts.clone(), ..other };
        if standing.replace(&all(), &then.facts()).is_some() {
            let anew = then.standing();
            prop_assert_eq!(said(&standing), said(&anew));
        }
    }

    #[test]
    fn another_trust_is_for_others_to_judge(first in drawn(), then in drawn()) {
        let mut standing = first.standing();
        let replaced = standing.replace(&all(), &then.facts());
        prop_assert!(replaced.is_none() || first.trusts == then.trusts);
    }
}

fn said(standing: &Standing) -> Vec<&Judged> {
    standing.kept.values().map(|kept| &kept.judged).collect()
}

fn all() -> BTreeSet<IdentityId> {
    USERS.iter().chain(&ROLES).map(|name| arn(name).into()).collect()
}

fn drawn_plainly() -> Drawn {
    Drawn {
        documents: vec![0, 1, 3, 0, 0],
        held: vec![vec![0], vec![2], vec![], vec![1], vec![0], vec![0], vec![]],
        trusts: vec![1, 1, 2],
        in_group: vec![false; 3],
        bounded: vec![None; 6],
        version: 0,
    }
}

#[test]
fn a_policy_is_judged_anew_for_its_holders_and_for_whoever_can_become_one_alone() {
    let mut then = drawn_plainly();
    let mut standing = then.standing();
    // `r0` holds it, and `u1` passes that role to a function of its own.
    then.documents[1] = 0;
    let judged = standing.replace(&all(), &then.facts()).unwrap();
    assert_eq!(judged, [arn("role/r0"), arn("user/u1")]);
}

#[test]
fn nothing_is_judged_anew_if_nothing_changed() {
    let drawn = drawn_plainly();
    assert_eq!(drawn.standing().replace(&all(), &drawn.facts()), Some(Vec::new()));
}

#[test]
fn who_is_gone_is_for_others_to_judge() {
    let drawn = drawn_plainly();
    let gone = BTreeSet::from([arn("user/u0").into()]);
    assert_eq!(drawn.standing().replace(&gone, &[]), None);
    let never_there = BTreeSet::from([arn("user/u9").into()]);
    assert_eq!(drawn.standing().replace(&never_there, &[]), Some(Vec::new()));
}

#[test]
fn a_trust_is_more_than_what_its_role_may_do() {
    let mut then = drawn_plainly();
    let mut standing = then.standing();
    then.trusts[0] = 0;
    assert_eq!(standing.replace(&all(), &then.facts()), None);
}
