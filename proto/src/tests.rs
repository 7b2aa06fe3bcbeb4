use jiff::{SignedDuration, Timestamp};
use model::{
    Began, Bond, Credential, CredentialKind, Door, End, Entry, Fact, FactKey, Fingerprint, Grant,
    GrantKind, Identity, IdentityKind, KeyFacts, KeyFlaw, Maker, Observation, Outsider,
    OutsiderKind, PathStep, Placement, PlacementKind, Policy, PolicyLanguage, PrivilegeVerdict,
    Privileges, Readers, ScanId, ScanMode, ScopeDigest, ScopeId, Usage, Use, Workload,
    WorkloadKind,
};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::{content_digest, entries_decode, entries_encode};

proptest! {
    #[test]
    fn entries_read_back_as_they_were_written(entries in vec(entry(), 0..8)) {
        prop_assert_eq!(entries_decode(&entries_encode(&entries)), Ok(entries));
    }

    #[test]
    fn any_bytes_are_entries_or_malformed_but_never_a_panic(bytes in vec(any::<u8>(), 0..400)) {
        let _either = entries_decode(&bytes);
    }

    #[test]
    fn a_cut_batch_is_never_taken_for_a_whole_one(entries in vec(entry(), 1..4), cut in any::<prop::sample::Index>()) {
        let bytes = entries_encode(&entries);
        let cut = cut.index(bytes.len());
        prop_assert_ne!(entries_decode(&bytes[..cut]), Ok(entries));
    }

    #[test]
    fn different_facts_have_different_digests(one in fact(), other in fact()) {
        let key = FactKey::of(&one);
        prop_assert_eq!(content_digest(key, &one) == content_digest(key, &other), one == other);
    }
}

#[test]
fn an_unknown_word_is_named() {
    let mut message = crate::v1::Fact::from(&Fact::Grant(Grant {
        holder: "a".into(),
        kind: GrantKind::Permission,
        policy: "p".into(),
    }));
    if let Some(crate::v1::fact::Kind::Grant(grant)) = &mut message.kind {
        grant.kind = "wish".into();
    }
    assert_eq!(
        Fact::try_from(message).unwrap_err().to_string(),
        "field `grant.kind` is not a word that this version knows"
    );
}

#[test]
fn more_rights_than_any_source_has_are_refused() {
    let entries = |len: usize| {
        let rights = vec!["s/rights".into(); len];
        let (scan, scope, mode) = (ScanId(1), "s".into(), ScanMode::Whole);
        let at = Timestamp::UNIX_EPOCH;
        vec![Entry::Began(Began { scan, scope, mode, at, interval: None, rights })]
    };
    let most = entries(Began::RIGHTS_MAX);
    assert_eq!(entries_decode(&entries_encode(&most)), Ok(most));
    assert_eq!(
        entries_decode(&entries_encode(&entries(Began::RIGHTS_MAX + 1))).unwrap_err().to_string(),
        "field `began.rights` is not a list of 16 scopes at most"
    );
}

fn moment() -> impl Strategy<Value = Timestamp> {
    (-4_000_000_000_i64..4_000_000_000, 0..1_000_000_000_i32)
        .prop_map(|(seconds, nanos)| Timestamp::new(seconds, nanos).unwrap())
}

fn used() -> impl Strategy<Value = Use> {
    prop_oneof![
        Just(Use::Unknown),
        Just(Use::Never),
        moment().prop_map(Use::NotSince),
        moment().prop_map(Use::At),
    ]
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![Just(End::Unknown), Just(End::Never), moment().prop_map(End::At)]
}

fn details() -> impl Strategy<Value = std::collections::BTreeMap<String, String>> {
    btree_map("[a-z]{1,4}", ".{0,6}", 0..3)
}

fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        identity(),
        credential(),
        placement(),
        (".{0,8}", select(GrantKind::ALL), ".{0,8}").prop_map(|(holder, kind, policy)| {
            Fact::Grant(Grant { holder: holder.into(), kind, policy: policy.into() })
        }),
        (".{0,8}", select(PolicyLanguage::ALL), ".{0,8}", select(Maker::ALL)).prop_map(
            |(id, language, document, maker)| Fact::Policy(Policy {
                id: id.into(),
                language,
                document,
                maker
            })
        ),
        (".{0,8}", select(WorkloadKind::ALL), ".{0,8}", details()).prop_map(
            |(id, kind, identity, details)| Fact::Workload(Workload {
                id: id.into(),
                kind,
                identity: identity.into(),
                details
            })
        ),
        (".{0,8}", btree_map("[a-z]{1,4}", used(), 0..3)).prop_map(|(identity, services)| {
            Fact::Usage(Usage { identity: identity.into(), services })
        }),
        privileges(),
        (".{0,8}", ".{0,8}").prop_map(|(outside, role)| {
            Fact::Door(Door { outside: outside.into(), role: role.into() })
        }),
    ]
}

fn words() -> impl Strategy<Value = Vec<String>> {
    vec(".{0,6}", 0..3)
}

fn privileges() -> impl Strategy<Value = Fact> {
    let step = (".{0,6}", vec(any::<u32>(), 0..3), words());
    let step = step.prop_map(|(what, sets, by)| PathStep { what, sets, by });
    let lacks = vec(select(Bond::ALL), 0..3);
    let outsider = (select(OutsiderKind::ALL), ".{0,6}", lacks, ".{0,6}");
    let outsider = outsider.prop_map(|(kind, who, lacks, by)| Outsider { kind, who, lacks, by });
    let lists = (words(), (words(), words()), words(), btree_map("[a-z]{1,4}", words(), 0..3));
    let parts = (vec(step, 0..3), vec(outsider, 0..3));
    (".{0,8}", select(PrivilegeVerdict::ALL), parts, lists).prop_map(
        |(
            identity,
            verdict,
            (because, outsiders),
            (becomes, (services, services_whole), secrets, sensitive),
        )| {
            Fact::Privileges(Box::new(Privileges {
                identity: identity.into(),
                verdict,
                because,
                becomes: becomes.into_iter().map(Into::into).collect(),
                services,
                services_whole,
                sensitive,
                secrets,
                outsiders,
            }))
        },
    )
}

fn identity() -> impl Strategy<Value = Fact> {
    let names = (".{0,8}", ".{0,8}", ".{0,8}", ".{0,8}", vec(".{0,4}", 0..3));
    let counts = btree_map(select(CredentialKind::ALL), any::<u32>(), 0..3);
    let rest =
        (option::of(moment()), option::of(any::<bool>()), used(), details(), details(), counts);
    (names, rest, select(IdentityKind::ALL), select(Maker::ALL)).prop_map(
        |(
            (id, name, realm, path, groups),
            (created_at, enabled, used, labels, details, credential_counts),
            kind,
            maker,
        )| {
            Fact::Identity(Identity {
                id: id.into(),
                kind,
                name,
                realm,
                path,
                maker,
                created_at,
                enabled,
                used,
                groups: groups.into_iter().map(Into::into).collect(),
                credential_counts,
                labels,
                details,
            })
        },
    )
}

fn credential() -> impl Strategy<Value = Fact> {
    let key = (
        ".{0,4}",
        option::of(any::<u32>()),
        option::of(".{0,4}"),
        option::of(".{0,4}"),
        any::<bool>(),
        any::<bool>(),
        option::of(select(KeyFlaw::ALL)),
    )
        .prop_map(|(algorithm, bits, signature, spki, self_signed, authority, flaw)| {
            KeyFacts { algorithm, bits, signature, spki, self_signed, authority, flaw }
        });
    let rest = (option::of(moment()), end(), used(), option::of(any::<bool>()), details());
    let kinds = (select(CredentialKind::ALL), select(Maker::ALL));
    (".{0,8}", option::of(".{0,8}"), kinds, rest, option::of(any::<[u8; 32]>()), option::of(key))
        .prop_map(
            |(
                id,
                identity,
                (kind, maker),
                (created_at, ends, used, enabled, details),
                fingerprint,
                key,
            )| {
                Fact::Credential(Credential {
                    id: id.into(),
                    kind,
                    identity: identity.map(Into::into),
                    maker,
                    created_at,
                    ends,
                    used,
                    enabled,
                    fingerprint: fingerprint.map(Fingerprint),
                    key,
                    details,
                })
            },
        )
}

fn placement() -> impl Strategy<Value = Fact> {
    let names = (".{0,8}", ".{0,8}", ".{0,8}", ".{0,8}");
    let rest = (
        option::of(".{0,4}"),
        option::of(select(Readers::ALL)),
        option::of(any::<bool>()),
        option::of(".{0,4}"),
    );
    (names, select(PlacementKind::ALL), rest, option::of(moment()), details()).prop_map(
        |(
            (id, credential, realm, path),
            kind,
            (holder, readers, encrypted, serves),
            modified_at,
            details,
        )| {
            Fact::Placement(Placement {
                id: id.into(),
                credential: credential.into(),
                kind,
                realm,
                path,
                holder: holder.map(Into::into),
                readers,
                encrypted,
                serves,
                modified_at,
                details,
            })
        },
    )
}

fn entry() -> impl Strategy<Value = Entry> {
    let scan = any::<u64>().prop_map(ScanId);
    let rights = vec(".{0,8}", 0..Began::RIGHTS_MAX);
    let seconds = option::of(0..1_000_000_i64);
    let began = (any::<u64>(), ".{0,8}", any::<bool>(), moment(), seconds, rights).prop_map(
        |(scan, scope, whole, at, seconds, rights)| {
            Entry::Began(Began {
                scan: ScanId(scan),
                scope: scope.into(),
                mode: if whole { ScanMode::Whole } else { ScanMode::Changes },
                at,
                interval: seconds.map(SignedDuration::from_secs),
                rights: rights.into_iter().map(ScopeId).collect(),
            })
        },
    );
    let saw = (scan.clone(), moment(), fact()).prop_map(|(scan, seen_at, fact)| {
        Entry::Saw(Box::new(Observation { scan, seen_at, fact }))
    });
    let missed =
        (scan.clone(), any::<[u8; 20]>()).prop_map(|(scan, key)| Entry::Missed(scan, FactKey(key)));
    let completed =
        (scan.clone(), any::<u64>(), any::<u128>(), moment()).prop_map(|(scan, count, sum, at)| {
            Entry::Completed { scan, digest: ScopeDigest { count, sum }, at }
        });
    let abandoned = (scan, ".{0,8}", moment()).prop_map(|(scan, reason, at)| Entry::Abandoned {
        scan,
        reason,
        at,
    });
    prop_oneof![began, saw, missed, completed, abandoned]
}
