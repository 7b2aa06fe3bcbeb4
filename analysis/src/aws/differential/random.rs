//! Random accounts and requests, out of few words, so that they collide.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use super::super::oracle::Policies;

pub(super) const ACCOUNT: &str = "111122223333";

/// A principal with all that applies to it, and what is asked.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) principal: &'static str,
    pub(super) team: Option<&'static str>,
    /// How many of the identity policies are the principal's own; of a user, the others are those of
    /// two groups by turns.
    pub(super) own: usize,
    pub(super) policies: Policies,
    pub(super) action: &'static str,
    pub(super) resource: &'static str,
    /// Picks among contexts if there are too many to try them all.
    pub(super) salt: u64,
}

const PRINCIPALS: &[&str] =
    &["arn:aws:iam::111122223333:user/ada", "arn:aws:iam::111122223333:role/deploy"];
const REQUESTS: &[(&str, &str)] = &[
    ("s3:GetObject", "arn:aws:s3:::b/a"),
    ("s3:GetObject", "arn:aws:s3:::b/*"),
    ("s3:PutObject", "arn:aws:s3:::b/ada"),
    ("S3:ListBucket", "arn:aws:s3:::B"),
    ("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/ada"),
    ("iam:PassRole", "arn:aws:iam::111122223333:role/deploy"),
    ("iam:ListUsers", "*"),
    ("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:ab"),
    ("lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:a:1"),
];
const ACTIONS: &[&str] = &[
    "*",
    "*:*",
    "s3:*",
    "S3:get*",
    "s3:*Object",
    "s3:?etObject",
    "s3:ListBucket",
    "iam:*",
    "iam:*AccessKey*",
    "IAM:passrole",
    "iam:TagUser",
    "sqs:*",
    "lambda:Invoke*",
    "sqs:sendmessage",
];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/a*",
    "arn:aws:s3:::*/a",
    "arn:aws:s3:::b*a",
    "arn:aws:s3:::?",
    "arn:aws:s3:::b/${aws:username}",
    "arn:aws:s3:::b/${aws:PrincipalTag/team}",
    "arn:aws:s3:::b/${aws:PrincipalTag/team, 'ada'}",
    "arn:aws:s3:::b/${aws:RequestTag/team}",
    "arn:aws:s3:::b/${*}",
    "arn:aws:s3:::b/a${?}",
    "arn:aws:iam::*:user/ada",
    "arn:aws:iam::111122223333:*/${AWS:userName}",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::111122223333:User/ada",
    "arn:aws:sqs",
    "arn:aws:sqs:*",
    "arn:aws:sqs:eu-*-1:*:ab",
    "arn:aws:sqs:*:1111222233?3:a?",
    "arn:aws:lambda:*:function:a:1",
    "arn:aws:lambda:*:111122223333:function:a",
    "arn:aws:lambda:eu-west-1:*:1",
    "arn:aws:lambda:e*1:*:function:*",
    "arn:aws:lambda:e*t-1:function:a:1",
];

/// What a key is compared as, its names, and what policies compare it with.
#[derive(Clone, Copy, Debug)]
struct Sort {
    operators: &'static [&'static str],
    keys: &'static [&'static str],
    values: &'static [&'static str],
    /// Whether a request may have several values for it.
    has_several: bool,
}

const TEXT: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
];
const SORTS: &[Sort] = &[
    Sort {
        operators: TEXT,
        keys: &[
            "aws:PrincipalTag/team",
            "AWS:principaltag/Team",
            "aws:RequestTag/team",
            "aws:requesttag/TEAM",
            "aws:username",
            "s3:prefix",
        ],
        values: &[
            "a",
            "A",
            "b",
            "ab",
            "ada",
            "*",
            "a*",
            "*b",
            "?",
            "a?*",
            "*a*",
            "${aws:username}",
            "${aws:PrincipalTag/team}",
            "${aws:RequestTag/team, 'b'}",
            "${aws:PrincipalTag/team, 'b'}*",
            "${*}",
            "a${?}",
        ],
        has_several: false,
    },
    Sort {
        operators: TEXT,
        keys: &["aws:TagKeys", "AWS:tagkeys"],
        values: &["a", "b", "ab", "A", "a*", "*b", "${aws:username}"],
        has_several: true,
    },
    Sort {
        operators: TEXT,
        keys: &["aws:PrincipalAccount", "aws:RequestedRegion", "aws:PrincipalOrgID"],
        values: &[ACCOUNT, "1111*", "eu-west-1", "us-*", "EU-WEST-1", "o-ex", "o-*", "*"],
        has_several: false,
    },
    Sort {
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        keys: &["s3:max-keys", "S3:MAX-KEYS"],
        values: &["5", "5.0", "6", "10", "-1"],
        has_several: false,
    },
    Sort {
        operators: &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        keys: &["aws:CurrentTime", "aws:TokenIssueTime", "aws:EpochTime"],
        values: &[
            "2026-03-01T00:00:00Z",
            "2026-03-01",
            "2026-05",
            "2026-05-01T00:00Z",
            "2027-01-01T01:00:00+01:00",
            "1900000000",
            "2025-01-01T00:00:00.5Z",
        ],
        has_several: false,
    },
    Sort {
        operators: &["Bool"],
        keys: &["aws:MultiFactorAuthPresent", "aws:SecureTransport", "aws:ViaAWSService"],
        values: &["true", "false"],
        has_several: false,
    },
    Sort {
        operators: &["IpAddress", "NotIpAddress"],
        keys: &["aws:SourceIp", "aws:sourceIP", "aws:VpcSourceIp"],
        values: &[
            "10.0.0.0/8",
            "10.0.0.0/9",
            "10.1.2.3",
            "0.0.0.0/0",
            "2001:DB8::/32",
            "2001:db8::1/128",
            "::/0",
        ],
        has_several: false,
    },
    Sort {
        operators: &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        keys: &["aws:PrincipalArn", "ec2:SourceInstanceARN", "ec2:sourceInstanceArn"],
        values: &[
            "arn:aws:iam::*:user/ada",
            "arn:aws:iam::111122223333:role/*",
            "arn:*:iam::1*:*",
            "arn:aws:iam::111122223333:user/${aws:username}",
            "arn:aws:ec2:*:111122223333:instance/i-?",
            "arn:aws:ec2:*:instance/i-1",
            "arn:aws:ec2:eu-west-1:*:instance/*",
        ],
        has_several: false,
    },
    Sort {
        operators: &["BinaryEquals"],
        keys: &["app:blob"],
        values: &["YQ==", "YWI="],
        has_several: false,
    },
];

/// What a request has for a key, or none.
pub(super) type Had = Option<Vec<&'static str>>;

/// What a request may have for a key, in lower case: none stands for the key not being there.
pub(super) fn values_of(key: &str) -> Vec<Had> {
    type Lists = &'static [&'static [&'static str]];
    let (several, single): (Lists, &[&str]) = match key {
        "aws:tagkeys" => {
            (&[&["a", "b"], &["a", "ab"], &["A", "c", "b"], &["c", "ada"]], &["a", "c"])
        }
        "aws:requestedregion" => (&[], &["eu-west-1", "us-east-1"]),
        "s3:max-keys" => (&[], &["-1", "5", "5.5", "6", "8", "11"]),
        "aws:tokenissuetime" => {
            (&[], &["2024-12-31T23:59:59Z", "2026-03-01T00:00:00Z", "2026-07-01T00:00:00Z"])
        }
        "aws:multifactorauthpresent" => (&[], &["true", "false"]),
        "aws:sourceip" | "aws:vpcsourceip" => {
            (&[], &["10.1.2.3", "10.200.0.1", "192.0.2.1", "2001:db8::1", "2001:db9::1"])
        }
        "ec2:sourceinstancearn" => (
            &[],
            &[
                "arn:aws:ec2:eu-west-1:111122223333:instance/i-1",
                "arn:aws:ec2:us-east-1:222222222222:instance/i-12",
            ],
        ),
        "app:blob" => (&[], &["a", "ab", "b"]),
        _ => (&[], &["a", "A", "b", "ab", "ada", "c", "*", "a?", "o-ex"]),
    };
    let mut values = vec![None];
    values.extend(single.iter().map(|it| Some(vec![*it])));
    values.extend(several.iter().map(|it| Some(it.to_vec())));
    values
}

/// Every key that a condition or a variable may look at, in lower case.
pub(super) fn keys() -> Vec<String> {
    let keys = SORTS.iter().flat_map(|sort| sort.keys).map(|key| key.to_lowercase());
    let mut keys: Vec<String> = keys.collect();
    keys.sort();
    keys.dedup();
    keys
}

/// One value alone, or a list.
fn few(of: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => select(of).prop_map(|it| json!(it)),
        2 => subsequence(of, 1..3).prop_map(|it| json!(it)),
    ]
}

/// Operator, key and values.
fn test() -> impl Strategy<Value = (String, &'static str, Value)> {
    select(SORTS).prop_flat_map(|sort| {
        let sets = if sort.has_several { 1..3 } else { 0..5_u8 };
        let suffix = prop_oneof![4 => Just(""), 1 => Just("IfExists")];
        let compares = (select(sort.operators), sets, suffix, select(sort.keys), few(sort.values))
            .prop_map(|(operator, set, suffix, key, values)| {
                let set = match set {
                    1 => "ForAllValues:",
                    2 => "ForAnyValue:",
                    _ => "",
                };
                (format!("{set}{operator}{suffix}"), key, values)
            });
        let null = (select(sort.keys), any::<bool>())
            .prop_map(|(key, is_null)| ("Null".to_owned(), key, json!(is_null.to_string())));
        prop_oneof![8 => compares, 1 => null]
    })
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![3 => Just("Allow"), 1 => Just("Deny")];
    let only = |yes: &'static str, no: &'static str| prop_oneof![5 => Just(yes), 1 => Just(no)];
    (
        effect,
        only("Action", "NotAction"),
        prop_oneof![1 => Just(json!("*")), 2 => few(ACTIONS)],
        only("Resource", "NotResource"),
        prop_oneof![1 => Just(json!("*")), 2 => few(RESOURCES)],
        prop_oneof![1 => Just(Vec::new()), 1 => vec(test(), 1..3)],
    )
        .prop_map(|(effect, acts, actions, on, resources, tests)| {
            let mut condition = json!({});
            for (operator, key, values) in &tests {
                condition[operator][*key] = values.clone();
            }
            let mut statement = json!({"Effect": effect, acts: actions, on: resources});
            if !tests.is_empty() {
                statement["Condition"] = condition;
            }
            statement
        })
}

fn document() -> impl Strategy<Value = Value> {
    let version = prop_oneof![
        5 => Just(json!({"Version": "2012-10-17"})),
        1 => Just(json!({"Version": "2008-10-17"})),
        1 => Just(json!({})),
    ];
    (version, vec(statement(), 1..4)).prop_map(|(mut document, mut statements)| {
        document["Statement"] = match statements.len() {
            1 => statements.remove(0),
            _ => json!(statements),
        };
        document
    })
}

/// One level of an organisation: the provider sees to it that something is allowed.
fn level() -> impl Strategy<Value = Vec<Value>> {
    let full = json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "*", "Resource": "*"}});
    let allowing =
        |documents: &Vec<Value>| documents.iter().any(|it| it.to_string().contains("Allow"));
    prop_oneof![
        3 => vec(document(), 0..2).prop_map(move |mut it| { it.push(full.clone()); it }),
        1 => vec(document(), 1..3).prop_filter("a level allows something", allowing),
    ]
}

pub(super) fn case() -> impl Strategy<Value = Case> {
    let who = (select(PRINCIPALS), option::of(select(&["a", "b", "ada"][..])));
    let levels = prop_oneof![2 => Just(Vec::new()), 1 => vec(level(), 1..4)];
    let boundary = option::weighted(0.25, document());
    (who, vec(document(), 1..5), boundary, levels, select(REQUESTS), any::<(u8, u64)>()).prop_map(
        |((principal, team), identity, boundary, levels, (action, resource), (own, salt))| Case {
            principal,
            team,
            own: if principal.contains(":user/") {
                usize::from(own) % (identity.len() + 1)
            } else {
                identity.len()
            },
            policies: Policies { identity, boundary, levels },
            action,
            resource,
            salt,
        },
    )
}
