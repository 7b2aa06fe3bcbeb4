use model::{Began, Fingerprint, Observation, ScanId, ScanMode};

use super::*;

#[test]
fn an_entry_says_all_that_the_wire_carries_and_leaves_out_what_is_not_told() {
    let fact = Fact::Credential(Credential {
        id: "secret:00".into(),
        kind: model::CredentialKind::Token,
        identity: None,
        maker: model::Maker::Organisation,
        created_at: None,
        ends: End::Never,
        used: Use::Unknown,
        enabled: None,
        fingerprint: Some(Fingerprint([0xab; 32])),
        key: None,
        details: [("user".to_owned(), "ci".to_owned())].into(),
    });
    let seen_at = "2025-01-02T03:04:05Z".parse().unwrap();
    let saw = Entry::Saw(Box::new(Observation { scan: ScanId(3), seen_at, fact }));
    assert_eq!(
        entry(&saw),
        json!({
            "entry": "saw",
            "scan": 3,
            "seen_at": "2025-01-02T03:04:05Z",
            "fact": {
                "fact": "credential",
                "id": "secret:00",
                "kind": "token",
                "maker": "organisation",
                "ends": "never",
                "fingerprint": "ab".repeat(32),
                "details": { "user": "ci" },
            },
        })
    );
}

#[test]
fn a_beginning_names_its_scope_and_whether_all_follows() {
    let began = Began {
        scan: ScanId(1),
        scope: "host/web-1/table:passwd".into(),
        mode: ScanMode::Whole,
        at: Timestamp::UNIX_EPOCH,
        interval: None,
        rights: vec!["host/web-1/table:sudoers".into()],
    };
    let shown = entry(&Entry::Began(began));
    assert_eq!(
        (&shown["scope"], &shown["whole"], &shown["rights"]),
        (&json!("host/web-1/table:passwd"), &json!(true), &json!(["host/web-1/table:sudoers"]))
    );
}
