//! One answer of the provider, layer by layer.

use super::action::Name;
use super::context::Context;
use super::decide::{Asker, Piece, Request};
use super::document::Effect;
use super::estate::Estate;
use super::pattern::ANYTHING;
use super::truth::Truth;

/// An answer, and how it comes about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Explanation {
    /// The answer.
    pub allowed: Truth,
    /// In the order in which they are looked at.
    pub layers: Vec<Told>,
}

/// What one layer says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Told {
    /// Which layer: `identity policies`, `boundary`, `organisation, level 1`, ...
    pub layer: String,
    /// Whether it allows.
    pub allows: Truth,
    /// Whether it denies.
    pub denies: Truth,
    /// The statements that speak of the request.
    pub statements: Vec<String>,
}

impl Estate {
    /// Whether `principal`, by its ARN, is allowed `action` on `resource`; none if it is not known.
    #[must_use]
    pub fn explain(&self, principal: &str, action: &str, resource: &str) -> Option<Explanation> {
        let asker = self.asker(self.principal(principal)?);
        let action = action.to_lowercase();
        let cx = asker.about(resource);
        let request = Request { action: Name::of(&action), resource, cx: &cx };
        let mut layers = vec![told("identity policies", &asker.identity, &request)];
        if let Some(boundary) = &asker.boundary {
            layers.push(told("boundary", std::slice::from_ref(boundary), &request));
        }
        for (number, level) in asker.levels.iter().enumerate() {
            let name = format!("organisation, level {}", number.saturating_add(1));
            layers.push(told(&name, level, &request));
        }
        let controls = self.resource_pieces(resource);
        if !controls.is_empty() {
            layers.push(told("resource control", &controls, &request));
        }
        let mut allowed = asker.allowed(&action, resource, &cx);
        // A role's own policy may let in by itself.
        if action == super::trust::ASSUME
            && let Some(role) = self.principal(resource)
        {
            let trust = role.trust.iter().map(|id| self.piece(id)).collect::<Vec<_>>();
            layers.push(told("trust of the role", &trust, &request));
            allowed = asker.may_assume(role);
        }
        Some(Explanation { allowed, layers })
    }
}

fn told(layer: &str, pieces: &[Piece<'_>], request: &Request<'_>) -> Told {
    let all = super::decide::together(pieces, request);
    let mut statements = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Everything => {}
            Piece::Missing(id) => statements.push(format!("`{id}`: its text is not known")),
            Piece::Policy(policy) => {
                for statement in &policy.document.statements {
                    let truth = statement.applies(request);
                    if truth == Truth::No {
                        continue;
                    }
                    let verb = match statement.effect {
                        Effect::Allow => "allows",
                        Effect::Deny => "denies",
                        Effect::Unknown => "may allow or deny",
                    };
                    let place = &statement.place;
                    let open = open_tests(&statement.condition, request.cx);
                    statements.push(format!("`{}` {place} {verb} it{open}", policy.id));
                }
            }
        }
    }
    let (allows, denies) = (all.allows, all.denies);
    Told { layer: layer.to_owned(), allows, denies, statements }
}

/// What is left of the condition, in words.
pub(super) fn open_tests(tests: &[super::condition::Test], cx: &Context<'_>) -> String {
    let mut text = String::new();
    for test in tests {
        if matches!(test.holds(cx), Truth::Maybe | Truth::Doubt) {
            text.push_str(if text.is_empty() { ", if " } else { " and " });
            text.push_str(&test.to_string());
        }
    }
    text
}

impl Asker<'_> {
    /// Those of `services` of which everything is allowed on everything.
    pub(super) fn services_whole(&self, services: &[String]) -> Vec<String> {
        let is_whole = |service: &&String| {
            let service = if *service == "*" { ANYTHING } else { service.as_str() };
            let arn = format!("arn:aws:{service}:us-east-1:{}:{ANYTHING}", self.account);
            self.may(&format!("{service}:{ANYTHING}"), &self.here(&arn)) >= Truth::Maybe
        };
        services.iter().filter(is_whole).cloned().collect()
    }

    /// The services of which something may be allowed, by the names of their actions; `*` for all.
    pub(super) fn services(&self) -> Vec<String> {
        let mut services = Vec::new();
        for piece in &self.identity {
            let Piece::Policy(policy) = piece else { continue };
            for statement in &policy.document.statements {
                if statement.effect != Effect::Allow {
                    continue;
                }
                if statement.actions.all_but {
                    services.push("*".to_owned());
                    continue;
                }
                for action in &statement.actions.texts {
                    let service = action.split(':').next().unwrap_or_default();
                    services.push(service.to_lowercase());
                }
            }
        }
        services.sort();
        services.dedup();
        services
    }
}
