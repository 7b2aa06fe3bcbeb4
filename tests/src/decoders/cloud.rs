//! What clouds answer, and what their policies say.

use agent::source::aws_iam::decode;

use super::kept::{judged, with_text};

pub(super) fn arn(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _known = decode::arn(text);
    });
}

pub(super) fn certificate(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _known = decode::certificate_pem(text);
    });
}

pub(super) fn credential_report(bytes: &[u8]) {
    let _known = decode::credential_report(bytes);
}

pub(super) fn print(bytes: &[u8]) {
    let _known = decode::print(bytes);
}

pub(super) fn json_answer(bytes: &[u8]) {
    let _known = decode::json_answer(bytes);
}

pub(super) fn policy(bytes: &[u8]) {
    with_text(bytes, |text| {
        judged("user arn:aws:iam::111122223333:user/ci\n  permission p {}", text);
        judged("user arn:aws:iam::111122223333:user/ci\n  boundary b {}\n  permission p {}", text);
        privileges(text);
    });
}

/// Judges principals whose every policy, of whatever sort, is `text`.
fn privileges(text: &str) {
    let ids = ["own", "bounds", "trusts", "lays-down"].map(model::PolicyId::from);
    let estate = model::testing::estate(
        "account_root arn:aws:iam::111122223333:root\n  service_control lays-down {}\n  resource_control lays-down {}\n\
         user arn:aws:iam::111122223333:user/ci\n  permission own {}\n  boundary bounds {}\n\
         role arn:aws:iam::111122223333:role/ci\n  permission own {}\n  trust trusts {}\n",
    );
    let mut facts: Vec<model::Fact> = estate.sightings.into_iter().map(|it| it.fact).collect();
    for fact in &mut facts {
        if let model::Fact::Policy(policy) = fact {
            assert!(ids.contains(&policy.id), "the estate has no other policies");
            text.clone_into(&mut policy.document);
        }
    }
    let as_of = model::testing::day("2026-03-01");
    let estate = analysis::aws::Estate::of(&facts, [], as_of);
    assert_eq!(analysis::aws::judge(&estate).len(), 2);
    let user = "arn:aws:iam::111122223333:user/ci";
    assert!(estate.explain(user, "iam:PutUserPolicy", user).is_some());
}

pub(super) fn policy_encoded(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _known = decode::document(text);
    });
}

pub(super) fn public_key(bytes: &[u8]) {
    with_text(bytes, |text| {
        let _known = decode::public_key(text);
    });
}

pub(super) fn xml_answer(bytes: &[u8]) {
    let _known = (decode::xml_answer(200, bytes), decode::xml_answer(403, bytes));
}
