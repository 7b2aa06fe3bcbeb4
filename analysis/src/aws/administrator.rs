//! Who may do everything in its account, and by which statements.

use std::collections::BTreeSet;

use super::decide::{Allowing, Asker, Piece};
use super::document::{Effect, Statement};
use super::judge::Reason;
use super::pattern::ANYTHING;
use super::truth::Truth;

/// BOUND: questions about what is left out or denied; of more, it is not known.
const LEFT_MAX: usize = 100_000;
/// BOUND: of those, which statement fills them is told of so many.
const TOLD_MAX: usize = 100;

/// Whether they may do everything in their account: every action on everything is allowed, and nothing
/// of it is left out or denied but by the organisation, which leaves them able to make another
/// administrator.
pub(super) fn administrator(asker: &Asker<'_>) -> Truth {
    if asker.identity.is_empty() {
        return Truth::No;
    }
    let everywhere =
        asker.here(&format!("arn:aws:{ANYTHING}:us-east-1:{}:{ANYTHING}", asker.account));
    let user = asker.here(&format!("arn:aws:iam::{}:user/{ANYTHING}", asker.account));
    let role = asker.here(&format!("arn:aws:iam::{}:role/{ANYTHING}", asker.account));
    let mut all = asker.may(&format!("{ANYTHING}:{ANYTHING}"), &everywhere);
    if all == Truth::No {
        return all;
    }
    let mut questions = BTreeSet::new();
    let allows = |statement: &&Statement| statement.effect == Effect::Allow;
    let own = asker.identity.iter().chain(&asker.boundary);
    let own = own.flat_map(Piece::statements);
    let levels = asker.levels.iter().flatten().flat_map(Piece::statements).filter(allows);
    for statement in own.chain(levels) {
        left_out(statement, &everywhere, &mut questions);
    }
    let most = asker.questions_max().min(LEFT_MAX);
    for (action, resource) in questions.iter().take(most) {
        all = all.and(asker.may(action, resource));
        if all == Truth::No {
            return all;
        }
    }
    if questions.len() > most {
        all = all.and(Truth::Doubt);
    }
    let may = |action: &str, resource: &str| asker.may(action, resource);
    let makes = may("iam:createuser", &user)
        .and(may("iam:createaccesskey", &user))
        .and(may("iam:attachuserpolicy", &user).or(may("iam:putuserpolicy", &user)))
        .or(may("iam:createrole", &role)
            .and(may("iam:attachrolepolicy", &role).or(may("iam:putrolepolicy", &role))));
    all.and(makes)
}

/// Adds what the statement leaves out or denies: actions, each with a resource.
pub(super) fn left_out(
    statement: &Statement,
    everywhere: &str,
    found: &mut BTreeSet<(String, String)>,
) {
    let of = |text: &str| text.replace('*', ANYTHING).replace('?', "z");
    let mut actions: Vec<String> = Vec::new();
    let mut resources = vec![everywhere.to_owned()];
    match (statement.effect, statement.actions.all_but, statement.resources.all_but) {
        (Effect::Allow, false, false) | (Effect::Unknown, ..) => return,
        (Effect::Allow, true, _) | (Effect::Deny, false, _) => {
            actions.extend(statement.actions.texts.iter().map(|text| of(&text.to_lowercase())));
        }
        (Effect::Deny, true, _) | (Effect::Allow, false, true) => {
            actions.push(format!("{ANYTHING}:{ANYTHING}"));
        }
    }
    let names_resources = match statement.effect {
        Effect::Deny => !statement.resources.all_but,
        Effect::Allow | Effect::Unknown => statement.resources.all_but,
    };
    if names_resources {
        let named = statement.resources.texts.iter().filter(|text| !text.contains("${"));
        resources = named.map(|text| of(text)).collect();
    }
    for action in actions {
        let action = if action.contains(':') { action } else { format!("{action}:{action}") };
        for resource in &resources {
            if found.len() > LEFT_MAX {
                return;
            }
            let whole = if resource == ANYTHING { everywhere } else { resource };
            found.insert((action.clone(), whole.to_owned()));
        }
    }
}

/// The statements that together allow everything, and those that deny some of it at times.
pub(super) fn allowing(asker: &Asker<'_>) -> Reason {
    let everywhere =
        asker.here(&format!("arn:aws:{ANYTHING}:us-east-1:{}:{ANYTHING}", asker.account));
    let action = format!("{ANYTHING}:{ANYTHING}");
    let mut by = asker.reasons(&action, &everywhere, &asker.about(&everywhere));
    let mut filled = BTreeSet::new();
    for piece in asker.identity.iter().chain(&asker.boundary) {
        let Piece::Policy(policy) = piece else { continue };
        for statement in &policy.document.statements {
            if statement.effect == Effect::Allow {
                left_out(statement, &everywhere, &mut filled);
            } else if statement.effect == Effect::Deny && !statement.condition.is_empty() {
                let conditions: Vec<String> =
                    statement.condition.iter().map(ToString::to_string).collect();
                let place = &statement.place;
                let conditions = conditions.join(" and ");
                let text = format!("`{}` {place} denies, if {conditions}", policy.id);
                by.push(Allowing { text, place: None });
            }
        }
    }
    for (action, resource) in filled.iter().take(TOLD_MAX) {
        by.extend(asker.reasons(action, resource, &asker.about(resource)));
    }
    by.sort();
    by.dedup();
    Reason::of("may do everything".to_owned(), Vec::new(), by)
}

pub(super) fn missing(asker: &Asker<'_>) -> Reason {
    let pieces = asker.identity.iter().chain(&asker.boundary);
    let by = pieces.filter_map(|piece| match piece {
        Piece::Missing(id) => Some(format!("`{id}`, whose text is not known")),
        Piece::Policy(policy) => {
            policy.document.flaws.first().map(|flaw| format!("`{}`: {flaw}", policy.id))
        }
        Piece::Everything => None,
    });
    let by = by.map(|text| Allowing { text, place: None }).collect();
    Reason::of("what a policy says is not known".to_owned(), Vec::new(), by)
}
