//! How far somebody may do an action: on every resource that it is about, on some, or on none.
//!
//! ```text
//! everywhere   one that nobody named, of any form of its resources, and all that a denial or an
//!              exception names                                            are allowed
//! somewhere    one that a pattern names, or two patterns together          is allowed
//! ```
//!
//! Which resources are asked for is found in the patterns; whether they are allowed, `decide.rs` says.

use super::action::Name;
use super::catalogue::{CATALOGUE, Group};
use super::condition::{Resolved, resolved};
use super::decide::Asker;
use super::document::{Effect, Statement};
use super::pattern::Arns;
use super::truth::Truth;

/// BOUND: patterns of one sort that are tried for one form; who names more names them one by one.
const PATTERNS_MAX: usize = 64;

/// How far an action may be done.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Reach {
    Nowhere,
    Somewhere,
    Everywhere,
}

/// The statements that speak of an action.
#[derive(Clone, Debug, Default)]
pub(super) struct Spoken<'s> {
    /// Of the identity's own policies, those that allow.
    pub(super) allow: Vec<&'s Statement>,
    /// Of boundary and organisation, those that allow.
    pub(super) bound: Vec<&'s Statement>,
    /// Those that deny.
    pub(super) deny: Vec<&'s Statement>,
}

/// The patterns of these statements.
struct Patterns {
    /// Of which one must fit.
    wanted: Vec<Arns>,
    /// Of which one must fit, too.
    narrowing: Vec<Arns>,
    /// What is left out or denied.
    holes: Vec<Arns>,
}

impl Patterns {
    fn of(spoken: &Spoken<'_>, asker: &Asker<'_>) -> Self {
        let mut patterns = Self { wanted: Vec::new(), narrowing: Vec::new(), holes: Vec::new() };
        for statement in &spoken.allow {
            let all_but = statement.resources.all_but;
            let into = if all_but { &mut patterns.holes } else { &mut patterns.wanted };
            compiled(statement, asker, into);
            if all_but {
                patterns.wanted.push(Arns::Any);
            }
        }
        for statement in &spoken.bound {
            let all_but = statement.resources.all_but;
            let into = if all_but { &mut patterns.holes } else { &mut patterns.narrowing };
            compiled(statement, asker, into);
        }
        for statement in &spoken.deny {
            let all_but = statement.resources.all_but;
            let into = if all_but { &mut patterns.narrowing } else { &mut patterns.holes };
            compiled(statement, asker, into);
        }
        patterns.narrowing.retain(|it| *it != Arns::Any);
        patterns
    }
}

fn compiled(statement: &Statement, asker: &Asker<'_>, into: &mut Vec<Arns>) {
    for (text, arns) in statement.resources.texts.iter().zip(&statement.resources.arns) {
        match arns {
            Some(arns) => into.push(arns.clone()),
            None => match resolved(text, true, &asker.about("")) {
                Resolved::Text(text) => into.push(Arns::of(&text)),
                Resolved::Missing => {}
                // Its variable may be anything.
                Resolved::Open => into.push(Arns::of(&opened(text))),
            },
        }
    }
}

/// `text` with `*` in the place of each variable.
pub(super) fn opened(text: &str) -> String {
    let mut opened = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        opened.push_str(before);
        opened.push('*');
        rest = after.split_once('}').map_or("", |(_, behind)| behind);
    }
    opened.push_str(rest);
    opened
}

/// The fields of the ARNs of a form, in the account of `asker`.
pub(super) fn fields<'a>(form: u16, asker: &'a Asker<'_>) -> Option<[&'a str; 6]> {
    let [service, region, account, rest] = *CATALOGUE.forms.get(usize::from(form))?;
    let partition = asker.id.split(':').nth(1).unwrap_or("aws");
    let account = if account == "*" { asker.account } else { account };
    Some(["arn", partition, service, region, account, rest])
}

/// How far `asker` may do that action of that group. `spoken` are all that speak of it.
pub(super) fn reach(asker: &Asker<'_>, action: u16, group: &Group, spoken: &Spoken<'_>) -> Reach {
    let name = Name::listed(action);
    let allowed = |resource: &str| {
        asker.allowed_named(name, resource, &asker.about(resource)) >= Truth::Maybe
    };
    if group.forms.is_empty() {
        return if allowed("*") { Reach::Everywhere } else { Reach::Nowhere };
    }
    let patterns = Patterns::of(spoken, asker);
    let forms: Vec<[&str; 6]> = group.forms.iter().filter_map(|no| fields(*no, asker)).collect();
    let is_allowed = |found: Option<String>| found.is_some_and(|it| allowed(&it));
    if forms.iter().any(|form| is_allowed(met(&[], form))) {
        let mut holes = forms.iter().flat_map(|form| {
            patterns.holes.iter().filter_map(|hole| met(&[hole], form)).take(PATTERNS_MAX)
        });
        return if holes.all(|hole| allowed(&hole)) { Reach::Everywhere } else { Reach::Somewhere };
    }
    let is_named = forms.iter().any(|form| named(&patterns, form).any(|it| allowed(&it)));
    if is_named { Reach::Somewhere } else { Reach::Nowhere }
}

/// A resource of that form that all of these match.
fn met(patterns: &[&Arns], form: &[&str; 6]) -> Option<String> {
    let found = Arns::meet(patterns, form)?;
    // What stands behind a stroke is no bucket but an object, and has a form of its own.
    let is_bucket = matches!(form, [_, _, "s3", "", "", "*"]);
    (!is_bucket || !found.contains('/')).then_some(found)
}

/// Resources of that form that a pattern names, alone and together with one that narrows it.
fn named<'p>(patterns: &'p Patterns, fields: &'p [&str; 6]) -> impl Iterator<Item = String> + 'p {
    let fitting =
        patterns.wanted.iter().filter_map(|wanted| Some((wanted, met(&[wanted], fields)?)));
    fitting.take(PATTERNS_MAX).flat_map(|(wanted, alone)| {
        let both = patterns.narrowing.iter().take(PATTERNS_MAX);
        let both = both.filter_map(|narrowing| met(&[wanted, narrowing], fields));
        std::iter::once(alone).chain(both)
    })
}

/// Whether a statement may apply to actions of that group at all, whatever its condition says.
pub(super) fn touches(statement: &Statement, group: &Group, asker: &Asker<'_>) -> bool {
    if statement.is_doubtful || statement.resources.all_but || statement.is_everywhere() {
        return true;
    }
    let resources = &statement.resources;
    resources.texts.iter().zip(&resources.arns).any(|(text, arns)| {
        let open;
        let arns = if let Some(arns) = arns {
            arns
        } else {
            open = Arns::of(&opened(text));
            &open
        };
        let mut forms = group.forms.iter().filter_map(|form| fields(*form, asker));
        *arns == Arns::Any || forms.any(|fields| met(&[arns], &fields).is_some())
    })
}

/// The same, by the service alone, for a statement of no variables: quicker, and true of more.
pub(super) fn may_touch(statement: &Statement, group: &Group) -> bool {
    if statement.is_doubtful || statement.resources.all_but || group.forms.is_empty() {
        return true;
    }
    let services = group.forms.iter().filter_map(|form| {
        let [service, ..] = CATALOGUE.forms.get(usize::from(*form))?;
        Some(*service)
    });
    let arns = &statement.resources.arns;
    services.into_iter().any(|service| {
        arns.iter().any(|it| it.as_ref().is_none_or(|it| it.is_about_service(service)))
    })
}

/// Whether a statement lets through whatever comes: no bound at all.
pub(super) fn is_open(statement: &Statement) -> bool {
    let holds_all = statement.actions.held.as_ref().is_some_and(|held| held.has_all());
    statement.effect == Effect::Allow
        && holds_all
        && statement.is_everywhere()
        && statement.condition.is_empty()
        && !statement.is_doubtful
}
