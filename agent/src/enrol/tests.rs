use super::*;

fn token(secret: &str, authority: &str) -> String {
    format!("muster1.{secret}.{authority}")
}

#[test]
fn a_token_is_read_with_white_space_around_it() {
    let text = token(&"0a".repeat(32), &"Bc".repeat(32));
    let token = Token::parse(&format!("  {text}\n")).unwrap();
    assert_eq!(*token.secret, [0x0a; 32]);
    assert_eq!(token.authority_digest, "bc".repeat(32));
}

#[test]
fn anything_else_is_refused() {
    let good = "00".repeat(32);
    for bad in [
        String::new(),
        "muster1".to_owned(),
        token(&good, &good[2..]),
        token(&format!("{good}00"), &good),
        token(&good.replace('0', "g"), &good),
        token(&good, &good) + ".more",
        token(&good, &good).replace("muster1", "muster2"),
    ] {
        assert_eq!(Token::parse(&bad).unwrap_err(), TokenError, "{bad}");
    }
}

#[test]
fn a_token_shows_itself_nowhere() {
    let token = Token::parse(&token(&"0a".repeat(32), &"0b".repeat(32))).unwrap();
    assert_eq!(format!("{token:?}"), "Token(..)");
}
