use super::{bare_code, refusal};

#[test]
fn the_name_of_an_error_is_found_in_all_its_forms() {
    for code in [
        "NotFoundException",
        "com.amazonaws.kms#NotFoundException",
        "NotFoundException:http://internal.amazon.com/coral/com.amazonaws.kms/",
    ] {
        assert_eq!(bare_code(code), "NotFoundException");
    }
}

#[test]
fn a_refusal_in_xml_says_what_one_in_json_does() {
    let ec2 = "<?xml version=\"1.0\"?><Response><Errors><Error><Code>UnauthorizedOperation</Code>\
               <Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>";
    let read = refusal(ec2.as_bytes()).unwrap();
    assert_eq!(read.code.as_deref(), Some("UnauthorizedOperation"));
    assert_eq!(read.message.as_deref(), Some("no"));
    assert!(refusal(b"<!doctype html><html><title>500</title></html>").is_none());
}
