//! Random estates, as text in the estate notation.

use std::collections::BTreeSet;

use model::{Dossier, FactKey};
use proptest::prelude::*;
use proptest::sample::select;

/// A few identities with all that can hang on them, loose credentials, scopes and declarations.
pub(super) fn estate_text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => identity(),
        2 => loose(),
        1 => scope(),
        2 => declaration(),
    ];
    (prop::collection::vec(part, 1..6), directory())
        .prop_map(|(parts, directory)| format!("{directory}\n{}", parts.join("\n")))
}

/// The dossiers without facts that no store would hold twice: of one scope, one node once.
pub(super) fn stored(dossiers: Vec<Dossier>) -> Vec<Dossier> {
    let mut dossiers = dossiers;
    for dossier in &mut dossiers {
        let mut seen = BTreeSet::new();
        dossier
            .sightings
            .retain(|it| seen.insert((it.agent.clone(), it.scope.clone(), FactKey::of(&it.fact))));
    }
    dossiers
}

/// The dossier with its sightings in another order.
pub(super) fn shuffled(mut dossier: Dossier, seed: u64) -> Dossier {
    dossier.sightings.sort_by_cached_key(|it| {
        model::sha256(&[
            &seed.to_be_bytes(),
            it.scope.as_str().as_bytes(),
            it.agent.as_str().as_bytes(),
            &FactKey::of(&it.fact).0,
        ])
    });
    dossier
}

fn date() -> impl Strategy<Value = String> {
    (2023_u16..2029, 1_u8..13, 1_u8..28)
        .prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"))
}

fn attribute(
    key: &'static str,
    value: impl Strategy<Value = String>,
) -> impl Strategy<Value = String> {
    proptest::option::of(value)
        .prop_map(move |value| value.map(|it| format!(" {key}={it}")).unwrap_or_default())
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(words).prop_map(str::to_owned)
}

fn moment(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![date(), word(words)]
}

fn seen() -> impl Strategy<Value = String> {
    attribute(
        "seen",
        word(&["aws_iam/1/iam", "aws_iam/1/report", "host/web-1/files", "host/web-2/x"]),
    )
}

fn identity() -> impl Strategy<Value = String> {
    let head = word(&[
        "user arn:aws:iam::1:user/a",
        "user arn:aws:iam::1:user/b",
        "role arn:aws:iam::1:role/r",
        "group arn:aws:iam::1:group/g",
        "host_account host:web-1/account/a",
        "machine host:web-1",
    ]);
    let facts = (
        attribute("created", date()),
        attribute("used", moment(&["never", "unknown"])),
        attribute("enabled", word(&["true", "false"])),
        attribute("maker", word(&["organisation", "provider", "system"])),
        attribute("label.team", word(&["payments", "search"])),
        seen(),
    );
    let credentials = prop::collection::vec(credential(), 0..3);
    (head, facts, credentials, grants()).prop_map(
        |(head, (a, b, c, d, e, f), credentials, grants)| {
            let mut text = format!("{head}{a}{b}{c}{d}{e}{f}");
            for line in credentials.iter().flat_map(|it| it.lines()).chain(grants.lines()) {
                text.push_str(&["\n  ", line].concat());
            }
            text
        },
    )
}

fn grants() -> impl Strategy<Value = String> {
    word(&[
        "",
        "permission all {\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}",
        "permission unseen",
        "permission broken {",
        "permission sudoers a ALL=(ALL) ALL",
        "in arn:aws:iam::1:group/g",
        "runs host:web-1/unit/a",
    ])
}

fn loose() -> impl Strategy<Value = String> {
    credential()
}

fn credential() -> impl Strategy<Value = String> {
    let head = word(&[
        "access_key AKIAEXAMPLE1",
        "access_key AKIAEXAMPLE2",
        "key_pair k1",
        "certificate c1",
        "token t1",
        "password p1",
    ]);
    let facts = (
        attribute("created", date()),
        attribute("ends", moment(&["never", "unknown"])),
        attribute("used", moment(&["never", "unknown"])),
        attribute("enabled", word(&["true", "false"])),
        attribute("algorithm", word(&["rsa", "ecdsa", "ed25519", "dsa", "1.2.3"])),
        attribute("bits", word(&["1024", "2048", "256", "4096"])),
        attribute("maker", word(&["organisation", "system"])),
        seen(),
    );
    (head, facts, prop::collection::vec(placement(), 0..3)).prop_map(
        |(head, (a, b, c, d, e, f, g, h), placements)| {
            let mut text = format!("{head}{a}{b}{c}{d}{e}{f}{g}{h}");
            for placement in placements {
                text.push_str(&["\n  ", &placement].concat());
            }
            text
        },
    )
}

fn placement() -> impl Strategy<Value = String> {
    let head =
        word(&["at host:web-1/file:/a", "at host:web-1/file:/etc/b", "at host:web-2/file:/a"]);
    let kind = word(&[
        "secret_file",
        "private_key_file",
        "host_key_file",
        "authorized_key",
        "certificate_file",
    ]);
    let facts = (
        attribute("readers", word(&["owner", "group", "everyone", "service"])),
        attribute("encrypted", word(&["true", "false"])),
        attribute("modified", date()),
        attribute("serves", word(&["x", "y"])),
        attribute("holder", word(&["host:web-1/account/a", "host:web-2/account/b"])),
        seen(),
    );
    (head, kind, facts).prop_map(|(head, kind, (a, b, c, d, e, f))| {
        format!("{head} kind={kind}{a}{b}{c}{d}{e}{f}")
    })
}

fn scope() -> impl Strategy<Value = String> {
    let facts = (
        attribute("interval", word(&["1h", "24h", "2400h"])),
        attribute("completed", date()),
        attribute("abandoned", word(&["denied"])),
        attribute("first", date()),
    );
    (word(&["aws_iam/1/iam", "host/web-1/files"]), facts)
        .prop_map(|(id, (a, b, c, d))| format!("scope agent-1 {id}{a}{b}{c}{d}"))
}

fn declaration() -> impl Strategy<Value = String> {
    let facts = (
        attribute("id", word(&["arn:*", "host:*", "arn:aws:iam::1:user/a"])),
        attribute("label.team", word(&["payments", "*"])),
        attribute("technical", word(&["person:ada", "team:ops", "person:nobody"])),
        attribute("lifecycle", word(&["person:bob", "team:ops"])),
        attribute("read", date()),
    );
    (word(&["x", "y", "z"]), word(&["user", "role", "machine"]), facts).prop_map(
        |(name, kind, (a, b, c, d, e))| format!("declare f.yaml#{name} kind={kind}{a}{b}{c}{d}{e}"),
    )
}

fn directory() -> impl Strategy<Value = String> {
    (attribute("left", date()), attribute("left", date())).prop_map(|(ada, bob)| {
        format!("person ada{ada}\nperson bob{bob}\nteam ops members=person:ada,person:bob")
    })
}
