use serde_json::json;

use super::*;

/// Whether a user who may do `s3:GetObject` on everything under one condition may.
fn meets(condition: &Value, keys: &[(&str, &[&str])]) -> bool {
    let statement =
        json!({"Effect": "Allow", "Action": "S3:get*", "Resource": "*", "Condition": condition});
    allowed(&statement, "arn:aws:s3:::b/k", keys)
}

fn allowed(statement: &Value, resource: &str, keys: &[(&str, &[&str])]) -> bool {
    let document = json!({"Version": "2012-10-17", "Statement": [statement]});
    let policies = Policies { identity: vec![document], ..Policies::default() };
    let keys = keys.iter().map(|(key, values)| {
        (key.to_lowercase(), values.iter().map(|it| (*it).to_owned()).collect())
    });
    let request = Request {
        action: "s3:GetObject".to_owned(),
        resource: resource.to_owned(),
        keys: keys.collect(),
    };
    allows(&policies, &request, Reading::MatchesNothing)
}

#[test]
fn an_arn_operator_stays_between_the_colons_and_a_string_operator_does_not() {
    let pattern = "arn:aws:someservice:*:111122223333:finance/*";
    let value: &[&str] =
        &["arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"];
    let condition = |operator: &str| json!({operator: {"aws:SourceArn": pattern}});
    assert!(meets(&condition("StringLike"), &[("aws:SourceArn", value)]));
    assert!(!meets(&condition("ArnLike"), &[("aws:SourceArn", value)]));
    assert!(meets(&condition("ArnNotEquals"), &[("aws:SourceArn", value)]));
}

#[test]
fn a_key_that_is_not_there_fails_and_negated_or_optional_holds() {
    let is_met = |operator: &str| meets(&json!({operator: {"aws:RequestTag/a": "b"}}), &[]);
    assert!(!is_met("StringLike"));
    assert!(is_met("StringNotLike"));
    assert!(is_met("StringLikeIfExists"));
    assert!(is_met("ForAllValues:StringLike"));
    assert!(!is_met("ForAnyValue:StringNotLike"));
}

#[test]
fn the_sets_of_the_guide() {
    let wanted = json!({"ForAllValues:StringLike": {"dynamodb:Attributes": ["PostDateTime", "Message", "Tags"]}});
    assert!(meets(&wanted, &[("dynamodb:attributes", &["PostDateTime", "Message"])]));
    assert!(!meets(&wanted, &[("dynamodb:attributes", &["PostDateTime", "UserName"])]));
    let any = json!({"ForAnyValue:StringLike": {"dynamodb:Attributes": ["ID", "PostDateTime"]}});
    assert!(meets(&any, &[("dynamodb:attributes", &["UserName", "Message", "PostDateTime"])]));
    assert!(!meets(&any, &[("dynamodb:attributes", &["UserName"])]));
}

#[test]
fn values_are_read_as_their_operator_reads_them() {
    let meets = |operator: &str, wanted: &str, asked: &str| {
        meets(&json!({operator: {"k": wanted}}), &[("k", &[asked])])
    };
    assert!(meets("IpAddress", "203.0.113.0/24", "203.0.113.77"));
    assert!(!meets("IpAddress", "203.0.113.0/24", "203.0.114.77"));
    assert!(meets("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1"));
    assert!(meets("NotIpAddress", "0.0.0.0/0", "2001:db8::1"));
    assert!(meets("NumericLessThanEquals", "10", "10.0"));
    assert!(!meets("NumericLessThan", "10", "10.0"));
    assert!(meets("DateGreaterThan", "2020-01-01T00:00:01Z", "1577836802"));
    assert!(meets("DateEquals", "2020", "2020-01-01T00:00Z"));
    assert!(meets("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "BinaryValueInBase64"));
    assert!(meets("StringEqualsIgnoreCase", "aBc", "AbC"));
    assert!(!meets("StringEquals", "a*", "ab"));
}

#[test]
fn a_variable_is_replaced_where_the_version_knows_it() {
    let statement = json!({"Effect": "Allow", "Action": "*",
        "Resource": "arn:aws:s3:::b/${aws:username}/${aws:PrincipalTag/team, 'none'}/${*}"});
    let keys: &[(&str, &[&str])] = &[("aws:username", &["ada"])];
    assert!(allowed(&statement, "arn:aws:s3:::b/ada/none/*", keys));
    assert!(!allowed(&statement, "arn:aws:s3:::b/ada/none/x", keys));
    assert!(!allowed(&statement, "arn:aws:s3:::b/ada/none/*", &[]));
}

#[test]
fn a_resource_is_matched_with_its_wildcards_and_without_its_missing_fields() {
    let matches = |pattern: &str, asked: &str| {
        allowed(&json!({"Effect": "Allow", "Action": "*", "Resource": pattern}), asked, &[])
    };
    assert!(matches("arn:aws:sqs", "arn:aws:sqs:eu-west-1:1:q"));
    assert!(matches("arn:aws:sqs:*", "arn:aws:sqs:eu-west-1:1:q"));
    assert!(matches("arn:aws:s3:::b/*/x:?", "arn:aws:s3:::b/a:b/x:y"));
    assert!(!matches("arn:aws:s3:::B", "arn:aws:s3:::b"));
}
