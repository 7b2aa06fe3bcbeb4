use super::Request;
use crate::source::aws_iam::call::{DESCRIBE_STACKS, LIST_STATE_MACHINES};

#[test]
fn each_form_says_what_is_asked_for_in_its_own_place() {
    let json = Request::json(LIST_STATE_MACHINES, &serde_json::json!({ "maxResults": 2 }));
    assert_eq!(json.target.as_deref(), Some("AWSStepFunctions.ListStateMachines"));
    assert_eq!((json.content_type, json.path.as_str()), ("application/x-amz-json-1.0", ""));
    let rest = Request::rest("GET", "a/b", &[("Marker", "x/y=&z".to_owned())], None);
    assert_eq!((rest.path.as_str(), rest.body.len()), ("a/b?Marker=x%2Fy%3D%26z", 0));
    let query = Request::query(DESCRIBE_STACKS, "2010-05-15", &[("NextToken", "ä".to_owned())]);
    let body = String::from_utf8(query.body).unwrap();
    assert_eq!(body, "Action=DescribeStacks&Version=2010-05-15&NextToken=%C3%A4");
}
