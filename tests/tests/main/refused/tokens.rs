//! Invitations that let nobody in.

use std::time::Duration;

use proto::v1;
use proto::v1::enrol_client::EnrolClient;
use tests::line::Line;
use tests::raw::Raw;

use super::{a_line, refused};

fn invite(line: &Line, arguments: &[&str]) -> String {
    let mut all = vec!["agents", "invite", "web-1", "--scopes", "host/web-1/*"];
    all.extend(arguments);
    line.json(&all).unwrap()["token"].as_str().unwrap().to_owned()
}

#[test]
fn a_token_lets_in_once() {
    let line = a_line();
    let token = invite(&line, &[]);
    line.enrol_with("web-1", &token, "").unwrap();
    line.enrol_with("web-2", &token, "").unwrap_err();
    let detail = refused(&line, "?", "token");
    assert!(detail.contains("used before"), "{detail}");
    assert_eq!(line.json(&["agents", "list"]).unwrap().as_array().unwrap().len(), 1);
}

#[test]
fn a_token_lets_nobody_in_after_its_end() {
    let line = a_line();
    let token = invite(&line, &["--ttl", "1s"]);
    tests::process::pause(Duration::from_millis(1_500));
    line.enrol_with("web-1", &token, "").unwrap_err();
    let detail = refused(&line, "web-1", "token");
    assert!(detail.contains("ended"), "{detail}");
    assert_eq!(line.json(&["agents", "list"]).unwrap().as_array().unwrap().len(), 0);
}

#[test]
fn a_token_that_nobody_made_lets_nobody_in() {
    let line = a_line();
    let (_, authority) =
        invite(&line, &[]).rsplit_once('.').map(|(a, b)| (a.len(), b.to_owned())).unwrap();
    let made_up = format!("muster1.{}.{authority}", "5a".repeat(32));
    let error = line.enrol_with("web-1", &made_up, "").unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
    refused(&line, "?", "token");
}

/// The secret half of a token.
fn secret(token: &str) -> Vec<u8> {
    let digits = token.as_bytes()["muster1.".len()..].chunks(2).take(32);
    digits.map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

#[tokio::test]
async fn a_request_that_cannot_be_signed_does_not_use_the_token_up() {
    let line = a_line();
    let token = invite(&line, &[]);
    let channel = Raw::to(&line, None).unwrap().channel().await.unwrap();
    let mut client = EnrolClient::new(channel);
    for request in [Vec::new(), b"no request".to_vec(), vec![0x30; 4096]] {
        let request = v1::RedeemRequest { secret: secret(&token), request };
        let status = client.redeem(request).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::InvalidArgument);
    }
    let detail = refused(&line, "?", "token");
    assert!(detail.contains("not a certification request"), "{detail}");
    line.enrol_with("web-1", &token, "").unwrap();
}

#[tokio::test]
async fn whoever_guesses_tokens_does_not_fill_the_feed() {
    let line = a_line();
    let channel = Raw::to(&line, None).unwrap().channel().await.unwrap();
    let mut client = EnrolClient::new(channel);
    for guess in 0..50 {
        let request = v1::RedeemRequest { secret: vec![guess; 32], request: Vec::new() };
        client.redeem(request).await.unwrap_err();
    }
    refused(&line, "?", "token");
    let feed = line.feed().unwrap();
    let told = feed.iter().filter(|event| event["refusal"]["code"] == "token").count();
    assert_eq!(told, 1);
}
