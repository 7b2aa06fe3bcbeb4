//! Who may do everything in its account, and by which statements.

use model::PathStep as Reason;

use super::decide::{Asker, Piece};
use super::document::{Effect, Statement};
use super::pattern::ANYTHING;
use super::truth::Truth;

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
    for piece in asker.identity.iter().chain(&asker.boundary) {
        let Piece::Policy(policy) = piece else { continue };
        for statement in &policy.document.statements {
            all = all.and(left(asker, statement, &everywhere));
        }
    }
    for piece in asker.levels.iter().flatten() {
        let Piece::Policy(policy) = piece else { continue };
        for statement in policy.document.statements.iter().filter(|it| it.effect == Effect::Allow) {
            all = all.and(left(asker, statement, &everywhere));
        }
    }
    let may = |action: &str, resource: &str| asker.may(action, resource);
    let makes = may("iam:createuser", &user)
        .and(may("iam:createaccesskey", &user))
        .and(may("iam:attachuserpolicy", &user).or(may("iam:putuserpolicy", &user)))
        .or(may("iam:createrole", &role)
            .and(may("iam:attachrolepolicy", &role).or(may("iam:putrolepolicy", &role))));
    all.and(makes)
}

/// Whether what the statement leaves out or denies is allowed none the less.
fn left(asker: &Asker<'_>, statement: &Statement, everywhere: &str) -> Truth {
    let mut all = Truth::Yes;
    for (action, resource) in left_out(statement, everywhere) {
        all = all.and(asker.may(&action, &resource));
    }
    all
}

/// What the statement leaves out or denies: actions, each with a resource.
pub(super) fn left_out(statement: &Statement, everywhere: &str) -> Vec<(String, String)> {
    let of = |text: &str| text.replace('*', ANYTHING).replace('?', "z");
    let mut actions: Vec<String> = Vec::new();
    let mut resources = vec![everywhere.to_owned()];
    match (statement.effect, statement.actions.all_but, statement.resources.all_but) {
        (Effect::Allow, false, false) | (Effect::Unknown, ..) => return Vec::new(),
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
    let mut all = Vec::new();
    for action in actions {
        let action = if action.contains(':') { action } else { format!("{action}:{action}") };
        for resource in &resources {
            let whole = if resource == ANYTHING { everywhere } else { resource };
            all.push((action.clone(), whole.to_owned()));
        }
    }
    all
}

/// The statements that together allow everything, and those that deny some of it at times.
pub(super) fn allowing(asker: &Asker<'_>) -> Reason {
    let everywhere =
        asker.here(&format!("arn:aws:{ANYTHING}:us-east-1:{}:{ANYTHING}", asker.account));
    let action = format!("{ANYTHING}:{ANYTHING}");
    let mut by = asker.reasons(&action, &everywhere, &asker.about(&everywhere));
    for piece in asker.identity.iter().chain(&asker.boundary) {
        let Piece::Policy(policy) = piece else { continue };
        for statement in &policy.document.statements {
            if statement.effect == Effect::Allow {
                for (action, resource) in left_out(statement, &everywhere) {
                    by.extend(asker.reasons(&action, &resource, &asker.about(&resource)));
                }
            } else if statement.effect == Effect::Deny && !statement.condition.is_empty() {
                let conditions: Vec<String> =
                    statement.condition.iter().map(ToString::to_string).collect();
                let place = &statement.place;
                by.push(format!("`{}` {place} denies, if {}", policy.id, conditions.join(" and ")));
            }
        }
    }
    by.sort();
    by.dedup();
    Reason { what: "may do everything".to_owned(), sets: Vec::new(), by }
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
    let what = "what a policy says is not known".to_owned();
    Reason { what, sets: Vec::new(), by: by.collect() }
}
