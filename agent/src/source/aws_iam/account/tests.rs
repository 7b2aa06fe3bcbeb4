use model::Maker;
use proptest::proptest;

use super::{Account, document_decoded, maker_of_path, maker_of_policy, path_and_name};

#[test]
fn the_account_and_partition_are_those_of_the_caller() {
    for (arn, partition) in [
        ("arn:aws:iam::123456789012:user/muster", "aws"),
        ("arn:aws-cn:sts::123456789012:assumed-role/muster/i-1", "aws-cn"),
        ("arn:aws-us-gov:iam::123456789012:root", "aws-us-gov"),
    ] {
        let account = Account::of_caller(arn).unwrap();
        assert_eq!(account.partition, partition);
        assert_eq!(account.root().0, format!("arn:{partition}:iam::123456789012:root"));
    }
}

#[test]
fn what_is_no_arn_of_a_caller_names_no_account() {
    for arn in ["", "arn", "arn:aws:iam::12345:root", "arn:aws:iam::12345678901x:root", "a:b:c:d:e"]
    {
        assert_eq!(Account::of_caller(arn), None, "{arn}");
    }
}

#[test]
fn a_path_and_a_name_are_told_apart() {
    let both = |arn| path_and_name(arn).unwrap();
    assert_eq!(both("arn:aws:iam::123456789012:user/ci"), ("/".into(), "ci".into()));
    assert_eq!(both("arn:aws:iam::123456789012:user/a/b/ci"), ("/a/b/".into(), "ci".into()));
    assert_eq!(path_and_name("arn:aws:iam::123456789012:root"), None);
}

#[test]
fn only_reserved_paths_are_the_providers() {
    assert_eq!(maker_of_path("/aws-service-role/ecs.amazonaws.com/"), Maker::Provider);
    assert_eq!(maker_of_path("/aws-reserved/sso.amazonaws.com/"), Maker::Provider);
    assert_eq!(maker_of_path("/service-role/"), Maker::Organisation);
    assert_eq!(maker_of_path("/"), Maker::Organisation);
}

#[test]
fn a_managed_policy_without_account_is_the_providers() {
    assert_eq!(maker_of_policy("arn:aws:iam::aws:policy/ReadOnlyAccess"), Maker::Provider);
    assert_eq!(maker_of_policy("arn:aws:iam::123456789012:policy/aws"), Maker::Organisation);
}

#[test]
fn a_document_is_decoded_once() {
    let decoded = |text| document_decoded(text).unwrap();
    assert_eq!(decoded("%7B%22a%22%3A%22b%2525+c%22%7D"), r#"{"a":"b%25+c"}"#);
    assert_eq!(decoded("%7b%22%C3%A9%22%7d"), r#"{"é"}"#);
}

#[test]
fn a_document_that_is_plain_stays_as_it_is() {
    assert_eq!(document_decoded(r#"{"a":"b%20c"}"#).unwrap(), r#"{"a":"b%20c"}"#);
}

#[test]
fn a_document_that_is_cut_or_no_text_is_refused() {
    for text in ["%7B%2", "%", "%zz", "%ff%fe"] {
        assert_eq!(document_decoded(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_is_decoded_or_refused(text: String) {
        let _either = (document_decoded(&text), Account::of_caller(&text), path_and_name(&text));
    }

    #[test]
    fn what_is_encoded_is_decoded_to_itself(text: String) {
        let encoded: String = text.bytes().flat_map(|byte| [String::from("%"), model::hex(&[byte])]).collect();
        proptest::prop_assert_eq!(document_decoded(&encoded), Some(text));
    }
}
