use model::testing::{day, estate};

use super::{Estate, Judgement, Truth, judge};

pub(super) fn estate_of(text: &str, listed: &[(&str, &str)]) -> Estate {
    let estate = estate(text);
    let facts = estate.sightings.iter().map(|sighting| &sighting.fact);
    Estate::of(facts, listed.iter().copied(), day("2026-03-01"))
}

fn judged(text: &str) -> Vec<Judgement> {
    judge(&estate_of(text, &[]))
}

/// The verdict on the user `ci`, with the first set of each step.
fn verdict_listed(text: &str, listed: &[(&str, &str)]) -> String {
    let judgements = judge(&estate_of(text, listed));
    let it = judgements.iter().find(|it| it.id.ends_with("user/ci")).unwrap();
    let sets: Vec<String> = it
        .because
        .iter()
        .filter_map(|reason| reason.sets.first())
        .map(ToString::to_string)
        .collect();
    format!("{} {}", it.verdict.name(), sets.join(" ")).trim_end().to_owned()
}

fn verdict(text: &str) -> String {
    verdict_listed(text, &[])
}

const CI: &str = "user arn:aws:iam::111122223333:user/ci\n";
const ADA: &str = r#"
user arn:aws:iam::111122223333:user/ada
  permission everything {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}
"#;
const ADMIN: &str = r#"
role arn:aws:iam::111122223333:role/admin
  permission everything {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}
"#;

/// `ci` with one statement of these actions on everything.
fn ci(actions: &str) -> String {
    format!(
        "{CI}  permission own {{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Allow\",\
         \"Action\":[{actions}],\"Resource\":\"*\"}}}}\n"
    )
}

/// `ci` may write its own policies under that condition.
fn ci_if(condition: &str) -> String {
    verdict(&format!(
        "{CI}  permission own {{\"Version\":\"2012-10-17\",\"Statement\":{{\"Effect\":\"Allow\",\
         \"Action\":\"iam:PutUserPolicy\",\"Resource\":\"*\",\"Condition\":{condition}}}}}\n"
    ))
}

#[test]
fn who_may_do_everything_is_an_administrator_by_what_the_policies_say_together() {
    assert_eq!(verdict(&ci(r#""*""#)), "administrator");
    let halves = format!(
        "{}  permission b {{\"Statement\":{{\"Effect\":\"Allow\",\"NotAction\":\"iam:*\",\"Resource\":\"*\"}}}}\n",
        ci(r#""iam:*""#)
    );
    assert_eq!(verdict(&halves), "administrator");
    let name_alone = r#"  permission arn:aws:iam::aws:policy/AdministratorAccess {"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#;
    assert_eq!(verdict(&format!("{CI}{name_alone}\n")), "no");
}

#[test]
fn an_administrator_bounded_by_a_boundary_is_none() {
    let bounded = |boundary: &str| {
        verdict(&format!(
            "{}  boundary b {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"{boundary}\",\"Resource\":\"*\"}}}}\n",
            ci(r#""*""#)
        ))
    };
    assert_eq!(bounded("s3:*"), "no");
    assert_eq!(bounded("*"), "administrator");
}

#[test]
fn a_denial_in_another_policy_wins() {
    let denied = |resource: &str| {
        verdict(&format!(
            "{}  permission d {{\"Statement\":{{\"Effect\":\"Deny\",\"Action\":\"iam:Put*\",\"Resource\":\"{resource}\"}}}}\n",
            ci(r#""iam:PutUserPolicy""#)
        ))
    };
    assert_eq!(denied("*"), "no");
    assert_eq!(denied("arn:aws:iam::111122223333:user/ci"), "no");
    assert_eq!(denied("arn:aws:iam::111122223333:user/other"), "escalates 72");
}

#[test]
fn rights_over_oneself_gain_something_only_if_they_change_what_one_may_do() {
    for (actions, expected) in [
        (r#""iam:CreateAccessKey""#, "no"),
        (r#""iam:UpdateLoginProfile""#, "no"),
        (r#""iam:PutUserPolicy""#, "escalates 72"),
        (r#""iam:AttachUserPolicy""#, "escalates 64"),
    ] {
        let text = ci(actions)
            .replace("\"Resource\":\"*\"", "\"Resource\":\"arn:aws:iam::*:user/${aws:username}\"");
        assert_eq!(verdict(&format!("{text}{ADA}")), expected, "{actions}");
    }
}

#[test]
fn a_variable_means_nothing_in_a_document_of_the_older_version() {
    let text = ci(r#""iam:PutUserPolicy""#)
        .replace("\"Resource\":\"*\"", "\"Resource\":\"arn:aws:iam::*:user/${aws:username}\"");
    assert_eq!(verdict(&text), "escalates 72");
    assert_eq!(verdict(&text.replace("2012-10-17", "2008-10-17")), "no");
}

#[test]
fn a_key_of_a_stronger_user_is_a_step_if_there_is_room_for_it() {
    let with = |actions: &str, keys: &str| {
        verdict(&format!(
            "{}{}",
            ci(actions),
            ADA.replace("user/ada", &format!("user/ada  {keys}"))
        ))
    };
    assert_eq!(with(r#""iam:CreateAccessKey""#, ""), "escalates 65");
    assert_eq!(with(r#""iam:CreateAccessKey""#, "count.access_key=1"), "escalates 65");
    assert_eq!(with(r#""iam:CreateAccessKey""#, "count.access_key=2"), "no");
    let both = r#""iam:CreateAccessKey","iam:DeleteAccessKey""#;
    assert_eq!(with(both, "count.access_key=2"), "escalates 79");
    assert_eq!(with(r#""iam:CreateLoginProfile""#, "count.password=1"), "no");
    assert_eq!(with(r#""iam:UpdateLoginProfile""#, "count.password=0"), "no");
    assert_eq!(with(r#""iam:UpdateLoginProfile""#, "count.password=1"), "escalates 75");
}

#[test]
fn a_target_that_holds_no_more_is_no_gain() {
    let weak = ADA.replace("\"Action\":\"*\"", "\"Action\":\"iam:CreateAccessKey\"");
    assert_eq!(verdict(&format!("{}{weak}", ci(r#""iam:CreateAccessKey""#))), "no");
}

fn trust(role: &str, principal: &str) -> String {
    format!(
        "{role}  trust t {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{principal}}}}}\n"
    )
}

#[test]
fn a_role_is_passed_only_to_a_service_that_it_trusts() {
    let actions = r#""iam:PassRole","lambda:CreateFunction","lambda:InvokeFunction""#;
    let with = |service: &str| {
        let role = trust(ADMIN, &format!("{{\"Service\":\"{service}.amazonaws.com\"}}"));
        verdict(&format!("{}{role}", ci(actions)))
    };
    assert_eq!(with("lambda"), "escalates 88");
    assert_eq!(with("ec2"), "no");
}

#[test]
fn the_service_that_a_role_may_be_passed_to_can_be_a_condition() {
    let with = |service: &str| {
        let role = trust(ADMIN, r#"{"Service":"lambda.amazonaws.com"}"#);
        verdict(&format!(
            "{}  permission pass {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"iam:PassRole\",\"Resource\":\"*\",\
             \"Condition\":{{\"StringEquals\":{{\"iam:PassedToService\":\"{service}.amazonaws.com\"}}}}}}}}\n{role}",
            ci(r#""lambda:CreateFunction""#)
        ))
    };
    assert_eq!(with("lambda"), "escalates 88");
    assert_eq!(with("ecs-tasks"), "no");
}

#[test]
fn what_runs_counts_if_it_was_listed_and_may_be_there_if_not() {
    let role = trust(ADMIN, r#"{"Service":"lambda.amazonaws.com"}"#);
    let text = format!("{}{role}", ci(r#""lambda:UpdateFunctionCode""#));
    assert_eq!(verdict(&text), "escalates 86");
    let in_one_region = [("111122223333", "lambda:ListFunctions")];
    assert_eq!(verdict_listed(&text, &in_one_region), "escalates 86", "it may run in another");
    let listed = [in_one_region[0], ("111122223333", "ec2:DescribeRegions")];
    assert_eq!(verdict_listed(&text, &listed), "no");
    let because = &judged(&text).into_iter().find(|it| it.id.ends_with("user/ci")).unwrap().because;
    assert!(because[0].what.ends_with("if one exists"), "{because:?}");
}

#[test]
fn a_role_is_taken_on_by_whom_it_names_or_whose_account_it_names_if_allowed() {
    let with = |actions: &str, principal: &str| {
        verdict(&format!("{}{}", ci(actions), trust(ADMIN, principal)))
    };
    let (named, account) = (
        r#"{"AWS":"arn:aws:iam::111122223333:user/ci"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
    );
    assert_eq!(with(r#""s3:ListBucket""#, named), "escalates 110");
    assert_eq!(with(r#""s3:ListBucket""#, account), "no");
    assert_eq!(with(r#""sts:AssumeRole""#, account), "escalates 110");
    assert_eq!(with(r#""sts:AssumeRole""#, r#"{"AWS":"999999999999"}"#), "no");
}

#[test]
fn a_path_may_take_several_steps_and_its_circles_end() {
    let step = |name: &str, by: &str, to: &str| {
        format!(
            "role arn:aws:iam::111122223333:role/{name}\n  permission p{name} {{\"Statement\":{{\"Effect\":\"Allow\",\
             \"Action\":[\"sts:AssumeRole\",\"s3:ListBucket\"],\"Resource\":\"arn:aws:iam::111122223333:role/{to}\"}}}}\n  \
             trust t{name} {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\",\"Principal\":{{\"AWS\":\"arn:aws:iam::111122223333:{by}\"}}}}}}\n"
        )
    };
    let circle = format!("{CI}{}{}", step("a", "user/ci", "b"), step("b", "role/a", "a"));
    assert!(verdict(&circle).starts_with("escalates"), "what the next may do is more");
    let admin = trust(ADMIN, r#"{"AWS":"arn:aws:iam::111122223333:role/b"}"#);
    let ci_has_all = ci(r#""sts:AssumeRole""#);
    let chain =
        format!("{ci_has_all}{}{}{admin}", step("a", "user/ci", "b"), step("b", "role/a", "admin"));
    assert_eq!(verdict(&chain), "escalates 110 110 110");
}

#[test]
fn a_condition_that_can_be_met_does_not_mitigate_and_one_that_cannot_is_as_a_no() {
    for (condition, expected) in [
        (r#"{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}"#, "escalates 72"),
        (r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#, "escalates 72"),
        (r#"{"DateGreaterThan":{"aws:CurrentTime":"2030-01-01T00:00:00Z"}}"#, "escalates 72"),
        (r#"{"DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#, "no"),
        (
            r#"{"DateGreaterThan":{"aws:CurrentTime":"2031-01-01"},"DateLessThan":{"aws:CurrentTime":"2030-01-01"}}"#,
            "no",
        ),
        (r#"{"StringEquals":{"aws:PrincipalTag/team":"core"}}"#, "no"),
        (r#"{"StringEqualsIfExists":{"aws:PrincipalTag/team":"core"}}"#, "escalates 72"),
        (r#"{"StringNotEquals":{"aws:PrincipalTag/team":"core"}}"#, "escalates 72"),
        (r#"{"Null":{"aws:PrincipalTag/team":"true"}}"#, "escalates 72"),
        (r#"{"Null":{"aws:PrincipalTag/team":"false"}}"#, "no"),
        (r#"{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/c?"}}"#, "escalates 72"),
        (r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:user/ada"}}"#, "no"),
        (r#"{"StringLike":{"aws:username":["a*","c*"]}}"#, "escalates 72"),
        (r#"{"ForAllValues:StringEquals":{"aws:PrincipalTag/team":"core"}}"#, "escalates 72"),
        (r#"{"ForAnyValue:StringEquals":{"aws:PrincipalTag/team":"core"}}"#, "no"),
        (r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}"#, "escalates 72"),
        (r#"{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}"#, "no"),
        (r#"{"StringAlmost":{"aws:username":"ci"}}"#, "unknown 72"),
    ] {
        assert_eq!(ci_if(condition), expected, "{condition}");
    }
}

#[test]
fn a_denial_under_the_same_condition_leaves_nothing() {
    let with = |deny: &str| {
        let condition = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
        verdict(&format!(
            "{CI}  permission own {{\"Statement\":[{{\"Effect\":\"Allow\",\"Action\":\"iam:PutUserPolicy\",\"Resource\":\"*\",\"Condition\":{condition}}},\
             {{\"Effect\":\"Deny\",\"Action\":\"iam:*\",\"Resource\":\"*\",\"Condition\":{deny}}}]}}\n"
        ))
    };
    assert_eq!(with(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#), "no");
    assert_eq!(with(r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}"#), "no");
    assert_eq!(with(r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#), "escalates 72");
}

#[test]
fn every_level_of_an_organisation_must_allow() {
    let with = |unit: &str, management: &str| {
        let text = format!(
            "organisational_unit arn:aws:organizations::{management}:ou/o-a/ou-b\n  service_control p {{\"Statement\":[{unit}]}}\n\
             account_root arn:aws:iam::111122223333:root\n  in arn:aws:organizations::{management}:ou/o-a/ou-b\n  \
             service_control full {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}}}\n{}",
            ci(r#""iam:PutUserPolicy""#)
        );
        verdict(&text)
    };
    let allow = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    let some = r#"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#;
    let deny = r#"{"Effect":"Deny","Action":"iam:*","Resource":"*"}"#;
    assert_eq!(with(allow, "999999999999"), "escalates 72");
    assert_eq!(with(some, "999999999999"), "no");
    assert_eq!(with(&format!("{allow},{deny}"), "999999999999"), "no");
    assert_eq!(with(deny, "999999999999"), "no");
    let deny_other = deny.replace("iam:*", "s3:*");
    assert_eq!(with(&deny_other, "999999999999"), "escalates 72", "what allows was not seen");
    assert_eq!(with(some, "111122223333"), "escalates 72", "the management account is free of it");
}

#[test]
fn a_policy_whose_text_is_missing_is_in_doubt() {
    let text = format!("{CI}  permission arn:aws:iam::111122223333:policy/unseen\n");
    assert_eq!(verdict(&text), "unknown");
    let known = format!(
        "{}  permission arn:aws:iam::111122223333:policy/unseen\n",
        ci(r#""iam:PutUserPolicy""#)
    );
    assert_eq!(verdict(&known), "escalates 72");
}

#[test]
fn a_part_that_is_not_understood_is_told_at_its_place_and_the_rest_is_read() {
    use super::document::Document;
    let document = Document::read(
        r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},
            {"Effect":"Perhaps","Action":7,"Resource":"*"},
            {"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Odd":{"k":"v"}}}]}"#,
    );
    assert_eq!(document.statements.len(), 3);
    let doubtful: Vec<bool> = document.statements.iter().map(|it| it.is_doubtful).collect();
    assert_eq!(doubtful, [false, true, true]);
    let flaws = document.flaws.join("\n");
    for part in [
        "Statement[1]: `Effect`",
        "Statement[1]: `Action` holds `7`",
        "Statement[2]: the operator `Odd`",
    ] {
        assert!(flaws.contains(part), "{part} in {flaws}");
    }
}

#[test]
fn large_and_hostile_documents_are_read_in_a_bounded_time() {
    use super::document::Document;
    let statement = r#"{"Effect":"Allow","Action":"*a*b*c*d*","Resource":"*x*y*z*"}"#;
    let many = format!("{{\"Statement\":[{}]}}", vec![statement; 10_000].join(","));
    assert_eq!(Document::read(&many).statements.len(), 10_000);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Document::read(&deep).unread);
    for cut in 0..statement.len() {
        let text = format!("{{\"Statement\":[{}", &statement[..cut]);
        assert!(Document::read(&text).unread);
    }
    let text = format!("{CI}  permission own {many}\n{ADA}");
    assert!(!verdict(&text).is_empty());
    let conditional: Vec<String> = (0..1_000)
        .map(|no| {
            format!(
                r#"{{"Effect":"{}","Action":"*","Resource":"arn:aws:*:*:*:*{no}*","Condition":{{"StringLike":{{"aws:RequestTag/k{}":"v{no}*"}}}}}}"#,
                if no % 2 == 0 { "Allow" } else { "Deny" },
                no % 7,
            )
        })
        .collect();
    let text = format!("{CI}  permission own {{\"Statement\":[{}]}}\n{ADA}", conditional.join(","));
    assert!(!verdict(&text).is_empty());
}

#[test]
fn other_partitions_are_judged_alike() {
    let text = ci(r#""iam:CreateRole","iam:PutRolePolicy""#)
        .replace("\"Resource\":\"*\"", "\"Resource\":\"arn:aws:iam::111122223333:*\"");
    assert_eq!(verdict(&text), "escalates 82");
    assert_eq!(verdict(&text.replace("arn:aws:", "arn:aws-us-gov:")), "escalates 82");
}

#[test]
fn iam_is_asked_in_one_region_of_each_partition() {
    let asked_in = |partition: &str, region: &str| {
        let text = format!(
            "{CI}  permission own {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"iam:*\",\"Resource\":\"*\",\
             \"Condition\":{{\"StringEquals\":{{\"aws:RequestedRegion\":\"{region}\"}}}}}}}}\n"
        );
        let estate = estate_of(&text.replace("arn:aws:", &format!("arn:{partition}:")), &[]);
        let user = format!("arn:{partition}:iam::111122223333:user/ci");
        estate.explain(&user, "iam:PutUserPolicy", &user).unwrap().allowed
    };
    assert_eq!(asked_in("aws", "us-east-1"), Truth::Yes);
    assert_eq!(asked_in("aws", "eu-west-1"), Truth::No);
    assert_eq!(asked_in("aws-cn", "cn-north-1"), Truth::Yes);
    assert_eq!(asked_in("aws-us-gov", "us-gov-west-1"), Truth::Yes);
    assert_eq!(asked_in("aws-us-gov", "us-east-1"), Truth::No);
}

#[test]
fn an_explanation_names_each_layer_and_what_decided() {
    let text = format!(
        "{}  boundary b {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}}}\n",
        ci(r#""iam:PutUserPolicy","s3:GetObject""#)
    );
    let estate = estate_of(&text, &[]);
    let user = "arn:aws:iam::111122223333:user/ci";
    let told = estate.explain(user, "iam:PutUserPolicy", user).unwrap();
    assert_eq!(told.allowed, Truth::No);
    let layers: Vec<_> = told.layers.iter().map(|it| (it.layer.as_str(), it.allows)).collect();
    assert_eq!(layers, [("identity policies", Truth::Yes), ("boundary", Truth::No)]);
    let told = estate.explain(user, "S3:getobject", "arn:aws:s3:::b/k").unwrap();
    assert_eq!(told.allowed, Truth::Yes);
    assert_eq!(told.layers[0].statements, ["`own` Statement[0] allows it"]);
    assert!(estate.explain("arn:aws:iam::111122223333:user/nobody", "a:b", "*").is_none());
}

/// What `ci` is answered if it may do everything on `resource` under `condition`, and is denied it under
/// `but`.
fn answered(resource: &str, condition: &str, but: &str, asked: &str) -> Truth {
    let version = r#""Version":"2012-10-17""#;
    let text = format!(
        "{CI}  permission own {{{version},\"Statement\":[\
           {{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"{resource}\",\"Condition\":{condition}}},\
           {{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{but}}}]}}\n"
    );
    let told = estate_of(&text, &[]).explain("arn:aws:iam::111122223333:user/ci", "a:b", asked);
    told.unwrap().allowed
}

const NEVER: &str = r#"{"Null":{"aws:PrincipalArn":"true"}}"#;

fn answered_if(condition: &str, but: &str) -> Truth {
    answered("*", condition, but, "arn:aws:a:::b")
}

#[test]
fn an_address_may_be_of_the_other_version_or_none() {
    assert_eq!(
        answered_if(r#"{"NotIpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#, NEVER),
        Truth::Maybe
    );
    assert_eq!(answered_if(r#"{"Null":{"aws:SourceIp":"true"}}"#, NEVER), Truth::Maybe);
    let both = r#"{"IpAddress":{"aws:SourceIp":["0.0.0.0/0","::/0"]}}"#;
    assert_eq!(answered_if(both, both), Truth::No);
}

#[test]
fn between_two_numbers_there_is_another() {
    let between = |above: &str, below: &str| {
        answered_if(
            &format!(
                r#"{{"NumericGreaterThan":{{"a:n":"{above}"}},"NumericLessThan":{{"a:n":"{below}"}}}}"#
            ),
            NEVER,
        )
    };
    assert_eq!(between("5", "6"), Truth::Maybe);
    assert_eq!(between("5", "5"), Truth::No);
}

#[test]
fn a_date_may_leave_out_the_day_and_the_time_is_told_as_a_number_too() {
    let until = |date: &str| answered_if(&format!(r#"{{"DateLessThan":{date}}}"#), NEVER);
    assert_eq!(until(r#"{"aws:CurrentTime":"2026-02"}"#), Truth::No);
    assert_eq!(until(r#"{"aws:CurrentTime":"2026-04"}"#), Truth::Maybe);
    assert_eq!(until(r#"{"aws:EpochTime":"2026-04"}"#), Truth::Maybe);
    let seconds = r#"{"NumericGreaterThan":{"aws:EpochTime":"1900000000"}}"#;
    assert_eq!(answered_if(seconds, NEVER), Truth::Maybe);
    let one_day = r#"{"DateEquals":{"aws:CurrentTime":"2026-05-01"}}"#;
    assert_eq!(answered_if(one_day, NEVER), Truth::Maybe);
}

#[test]
fn a_set_may_have_a_value_for_each_that_asks_for_one() {
    let condition = r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"a"},"ForAnyValue:StringLike":{"aws:TagKeys":"b"}}"#;
    assert_eq!(answered_if(condition, NEVER), Truth::Maybe);
    let but = r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"b"}}"#;
    assert_eq!(answered_if(condition, but), Truth::No);
}

#[test]
fn two_patterns_may_be_met_by_one_text() {
    let both = |one: &str, other: &str| {
        answered_if(
            &format!(
                r#"{{"StringLike":{{"a:k":"{one}"}},"StringLikeIfExists":{{"a:k":"{other}"}}}}"#
            ),
            NEVER,
        )
    };
    assert_eq!(both("a*", "*b"), Truth::Maybe);
    assert_eq!(both("a*c?", "?b*"), Truth::Maybe);
    assert_eq!(both("a*", "b*"), Truth::No);
    let arns = r#"{"ArnLike":{"a:k":"arn:aws:ec2:eu-west-1:*:instance/*"},"ArnEquals":{"a:k":"arn:aws:ec2:*:1:instance/i-?"}}"#;
    assert_eq!(answered_if(arns, NEVER), Truth::Maybe);
    let but = r#"{"StringLike":{"a:k":"a?*"}}"#;
    assert_eq!(answered_if(r#"{"StringLike":{"a:k":"a*"}}"#, but), Truth::Maybe, "`a`");
    let but = r#"{"StringEquals":{"a:k":"Ab"}}"#;
    assert_eq!(answered_if(r#"{"StringEqualsIgnoreCase":{"a:k":"Ab"}}"#, but), Truth::Maybe);
}

#[test]
fn a_value_that_stands_in_a_pattern_is_left_open() {
    let tagged = "arn:aws:a:::${aws:RequestTag/team}";
    let condition = r#"{"StringNotEquals":{"aws:RequestTag/team":"x"}}"#;
    assert_eq!(answered(tagged, condition, NEVER, "arn:aws:a:::b"), Truth::Maybe);
}

#[test]
fn a_character_that_is_written_as_a_variable_is_no_wildcard() {
    let none = r#"{"Null":{"aws:PrincipalArn":"false"}}"#;
    assert_eq!(answered("arn:aws:a:::b${*}", none, NEVER, "arn:aws:a:::b"), Truth::No);
    assert_eq!(answered("arn:aws:a:::b${*}", none, NEVER, "arn:aws:a:::b*"), Truth::Yes);
    assert_eq!(answered("arn:aws:a:::*${?}", none, NEVER, "arn:aws:a:::b?"), Truth::Yes);
    let like = r#"{"StringLike":{"aws:username":"c${?}"}}"#;
    assert_eq!(answered_if(like, NEVER), Truth::No);
}

mod hostile;
