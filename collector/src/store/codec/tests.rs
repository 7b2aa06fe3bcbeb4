use jiff::SignedDuration;
use model::{FeedEvent, PastSighting, ScanId, ScanMode, ScopeState, ScopeStatus};
use proptest::prelude::*;

use super::*;
use crate::store::conformance::estate::{digest, identity, key, t, user};
use crate::store::conformance::settling::finding;

/// One of each, with every field filled.
fn one_of_each() -> Vec<Held> {
    let facts = [user("ada", &["team"]), key("k", Some("ada"))];
    let status = ScopeStatus {
        agent: "a".into(),
        scope: "s".into(),
        state: ScopeState::Running,
        first_at: t(-5),
        completed_at: Some(t(6)),
        interval: Some(SignedDuration::from_hours(1)),
        digest: digest(&facts),
        rights: vec!["s/rights".into()],
    };
    let sighting = Sighting {
        agent: "a".into(),
        scope: "s".into(),
        fact: facts[0].clone(),
        valid_from: t(1),
        recorded_at: t(2),
    };
    let book = SubjectBook {
        version: 0,
        due: true,
        existed: true,
        standing: [finding(&identity("ada"), "r").id].into(),
        unknown: vec![model::Unknown {
            rule: model::RuleId::of("r"),
            about: "k".into(),
            why: "who knows".into(),
        }],
        declarations: ["d".into()].into(),
        recheck_at: Some(t(7)),
    };
    let change = model::Change::Coverage(status.clone());
    vec![
        Held::Agent(AgentRecord {
            id: "a".into(),
            scopes: vec![Pattern("host/*".into())],
            serials: vec!["01".into()],
            enrolled_at: t(1),
            revoked_at: Some(t(2)),
            seen_at: Some(t(3)),
            epoch: model::Epoch(u64::MAX),
            acked: model::Seq(4),
        }),
        Held::Invitation(Invitation {
            secret_digest: [7; 32],
            agent: "a".into(),
            scopes: vec![Pattern("*".into())],
            ends_at: t(9),
        }),
        Held::Scope(ScopeBook {
            status,
            ended: Some(ScopeState::Abandoned("denied".into())),
            open: Some(OpenScan { scan: ScanId(0), mode: ScanMode::Whole }),
            scans: 3,
            unseen: 2,
        }),
        Held::Sighting(Seen { sighting: sighting.clone(), scan_no: 3 }),
        Held::Past(8, PastSighting { sighting, valid_to: t(3), superseded_at: t(4) }),
        Held::Missed("a".into(), "s".into(), FactKey::of(&facts[1])),
        Held::Subject(identity("ada"), Box::new(book)),
        Held::Finding(Box::new(finding(&identity("ada"), "r"))),
        Held::Event(Box::new(FeedEvent { at: Cursor(5), recorded_at: t(5), change })),
        Held::Owners(Box::new(OwnersState { swept: true, ..OwnersState::default() })),
        Held::Cursor("siem".into(), Cursor(u64::MAX)),
        Held::Setting("policy".into(), vec![0, 255]),
    ]
}

#[test]
fn every_record_reads_back_as_it_was_written() {
    for held in one_of_each() {
        assert_eq!(record_decode(&record_encode(&held)), Ok(held));
    }
}

#[test]
fn a_record_without_a_kind_is_malformed() {
    let bytes = v1::Record { format: FORMAT, kind: None }.encode_to_vec();
    assert_eq!(record_decode(&bytes).unwrap_err().to_string(), "field `record.kind` is not there");
}

proptest! {
    #[test]
    fn any_bytes_are_a_record_or_malformed_but_never_a_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..300)
    ) {
        let _either = record_decode(&bytes);
    }

    #[test]
    fn a_damaged_record_is_another_one_or_malformed_but_never_a_panic(
        which in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        noise in 1_u8..,
    ) {
        let all = one_of_each();
        let mut bytes = record_encode(which.get(&all));
        let place = place.index(bytes.len());
        bytes[place] ^= noise;
        let _either = record_decode(&bytes);
        bytes.truncate(place);
        let _either = record_decode(&bytes);
    }
}
