use super::Escalation;
use crate::detector::testing::{claims, verdict};

/// A user with one statement, and somebody who may do everything.
fn user(statement: &str) -> String {
    format!(
        "
user arn:aws:iam::1:user/ci
  permission own {{\"Version\":\"2012-10-17\",\"Statement\":{statement}}}
user arn:aws:iam::1:user/ada
  permission all {{\"Statement\":{{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}}}
"
    )
}

const KEY: &str = r#"{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}"#;

#[test]
fn fires_with_the_path_to_somebody_who_may_more() {
    assert_eq!(
        claims(&Escalation, "2026-03-01", &user(KEY)),
        [
            "medium arn:aws:iam::1:user/ci: can come to more than it may: it makes an access key for \
          `arn:aws:iam::1:user/ada`"
        ]
    );
}

#[test]
fn tells_each_step_of_a_chain() {
    let text = r#"
user arn:aws:iam::1:user/ci
  permission own {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}
role arn:aws:iam::1:role/deploy
  trust t1 {"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:root"},"Action":"sts:AssumeRole"}}
  permission hop {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::1:role/boss"}}
role arn:aws:iam::1:role/boss
  trust t2 {"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::1:role/deploy"},"Action":"sts:AssumeRole"}}
  permission all {"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}
"#;
    let said = claims(&Escalation, "2026-03-01", text);
    assert_eq!(
        said,
        [
            "medium arn:aws:iam::1:user/ci: can come to more than it may: it takes on role \
             `arn:aws:iam::1:role/deploy`; then takes on role `arn:aws:iam::1:role/boss`",
            "medium arn:aws:iam::1:role/deploy: can come to more than it may: it takes on role \
             `arn:aws:iam::1:role/boss`",
        ]
    );
}

#[test]
fn stays_quiet_just_below_it_if_one_action_of_the_set_is_missing() {
    let statement = r#"{"Effect":"Allow","Action":"iam:PassRole","Resource":"*"}"#;
    assert_eq!(claims(&Escalation, "2026-03-01", &user(statement)), [""; 0]);
}

#[test]
fn stays_quiet_about_administrators() {
    let statement = r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#;
    assert_eq!(claims(&Escalation, "2026-03-01", &user(statement)), [""; 0]);
}

#[test]
fn says_unknown_if_a_policy_was_not_seen() {
    let text = "user arn:aws:iam::1:user/ci\n  permission unseen";
    assert_eq!(
        verdict(&Escalation, "2026-03-01", text),
        [
            "unknown arn:aws:iam::1:user/ci: what a policy says is not known: `unseen`, whose text is \
          not known"
        ]
    );
}
