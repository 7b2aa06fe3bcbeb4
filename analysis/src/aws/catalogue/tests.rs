use super::{CATALOGUE, Level, Risk};

/// Level and forms of an action.
fn entry(action: &str) -> (Level, Vec<String>) {
    let no = CATALOGUE.number_of(action).unwrap();
    let group = CATALOGUE.group(CATALOGUE.action(no).unwrap().group).unwrap();
    let form = |no: &u16| CATALOGUE.forms[usize::from(*no)].join(":");
    (group.level, group.forms.iter().map(form).collect())
}

#[test]
fn every_action_is_there_with_its_level_and_its_resources() {
    assert!(CATALOGUE.actions.len() > 20_000);
    assert!(CATALOGUE.actions.len() < usize::from(u16::MAX));
    assert!(CATALOGUE.actions.is_sorted_by(|one, other| one.lower < other.lower));
    for (action, level, forms) in [
        ("s3:listallmybuckets", Level::List, vec![]),
        ("s3:getobjecttorrent", Level::Read, vec!["s3:::*/*"]),
        ("sqs:sendmessage", Level::Write, vec!["sqs:*:*:*"]),
        ("iam:taguser", Level::Tagging, vec!["iam::*:user/*"]),
        ("iam:passrole", Level::Permissions, vec!["iam::*:role/*"]),
    ] {
        let forms: Vec<String> = forms.into_iter().map(str::to_owned).collect();
        assert_eq!(entry(action), (level, forms), "{action}");
    }
}

#[test]
fn the_sensitive_ones_are_sorted_by_what_they_put_at_risk() {
    let risks = |action: &str| {
        let no = CATALOGUE.number_of(action).unwrap();
        CATALOGUE.risks.get(&no).cloned().unwrap_or_default()
    };
    assert_eq!(risks("sts:assumerole"), [Risk::CredentialExposure]);
    assert_eq!(risks("s3:getobject"), [Risk::DataAccess]);
    assert_eq!(risks("iam:putuserpolicy"), [Risk::PrivilegeEscalation, Risk::ResourceExposure]);
    assert_eq!(risks("s3:listbucket"), []);
    let count = |risk| CATALOGUE.risks.values().filter(|it| it.contains(&risk)).count();
    assert_eq!(Risk::ALL.map(count), [62, 151, 27, 291]);
}

#[test]
fn a_pattern_finds_the_same_actions_as_matching_each_name() {
    for pattern in [
        "*",
        "s3:*",
        "s3:get*",
        "s3:getobject",
        "*:describe*",
        "ec2:*tags",
        "s3*:get?bject",
        "no:*",
    ] {
        let glob = super::Glob::of(pattern);
        let (runs, _) = CATALOGUE.matched(pattern);
        let is_in = |no: usize| runs.iter().any(|run| run.contains(&u16::try_from(no).unwrap()));
        for (no, action) in CATALOGUE.actions.iter().enumerate() {
            assert_eq!(is_in(no), glob.matches(&action.lower), "{pattern} {}", action.lower);
        }
    }
}
