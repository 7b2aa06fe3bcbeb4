//! `[policy]`: the limits of the rules, for everything and for classes of subjects.

use std::collections::BTreeSet;

use analysis::{Change, Override, OwnerRole, Policy, When};
use model::{CredentialKind, Pattern};

use super::section::Section;

/// Reads `[policy]` with its `[[policy.override]]`s.
pub(super) fn read(mut section: Section) -> Policy {
    let mut policy = Policy::default();
    let everywhere = Override { when: When::default(), change: change(&mut section) };
    policy.overrides.push(everywhere);
    for mut section in section.sections("override") {
        let when = match section.section("when") {
            Some(when) => read_when(when),
            None => When::default(),
        };
        policy.overrides.push(Override { when, change: change(&mut section) });
        section.finish();
    }
    section.finish();
    policy
}

fn read_when(mut section: Section) -> When {
    let when = When {
        kind: section.text("kind"),
        environment: section.text("environment"),
        label: section.text("label").and_then(|text| match text.split_once('=') {
            Some((label, value)) => Some((label.to_owned(), Pattern(value.to_owned()))),
            None => section.wrong("label", "must be written `label=value`"),
        }),
        rule: section.text("rule").filter(|rule| is_rule(rule, &section)),
    };
    section.finish();
    when
}

fn is_rule(wanted: &str, section: &Section) -> bool {
    let known = analysis::detector::ALL.iter().any(|detector| {
        let rest = detector.rule().id.as_str().strip_prefix(wanted);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    if !known {
        section.note("rule", &format!("`{wanted}` is no rule and no family of rules"));
    }
    known
}

fn change(section: &mut Section) -> Change {
    Change {
        off: section.flag("off"),
        access_key_age_max: section.span("access_key_age_max"),
        secret_age_max: section.span("secret_age_max"),
        token_age_max: section.span("token_age_max"),
        password_age_max: section.span("password_age_max"),
        key_pair_age_max: section.span("key_pair_age_max"),
        end_required: words(section, "end_required", CredentialKind::from_name),
        expiry_notice_first: section.span("expiry_notice_first"),
        expiry_notice_second: section.span("expiry_notice_second"),
        expiry_notice_last: section.span("expiry_notice_last"),
        dormant_after: section.span("dormant_after"),
        owned_kinds: section.texts("owned_kinds").map(BTreeSet::from_iter),
        owner_roles: words(section, "owner_roles", |name| {
            OwnerRole::ALL.into_iter().find(|role| role.name() == name)
        }),
        stale_intervals: section.count("stale_intervals"),
        strength_bits_min: section.count("strength_bits_min"),
        strength_bits_min_beyond_2030: section.count("strength_bits_min_beyond_2030"),
    }
}

fn words<T: Ord>(
    section: &mut Section,
    key: &'static str,
    from_name: impl Fn(&str) -> Option<T>,
) -> Option<BTreeSet<T>> {
    let mut all = BTreeSet::new();
    for name in section.texts(key)? {
        match from_name(&name) {
            Some(value) => {
                all.insert(value);
            }
            None => section.note(key, &format!("`{name}` is not known")),
        }
    }
    Some(all)
}
