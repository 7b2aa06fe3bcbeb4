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
    });
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
