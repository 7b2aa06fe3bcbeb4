//! Who may take a role on: what its trust policy says, held against whoever asks.
//!
//! ```text
//! same account    the trust names the principal itself, or everyone    enough by itself
//!                 the trust names the account                          and the principal is allowed it
//! other account   the trust names the principal, or its account        and the principal is allowed it
//! ```
//!
//! Boundaries, the organisation and denials apply in each case; of a boundary a user that the trust
//! names is free.

use std::collections::BTreeMap;

use model::IdentityKind;

use super::action::Name;
use super::context::{Context, Keys, Known};
use super::decide::{Asker, Piece, Request, together};
use super::document::{Effect, Principals};
use super::estate::{Estate, Principal};
use super::trial::{asked, tried};
use super::truth::Truth;

/// The action that takes a role on.
pub(super) const ASSUME: &str = "sts:assumerole";

/// How a statement names somebody.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Named {
    Not,
    /// By the account.
    ByAccount,
    /// Itself, or as everyone.
    Itself,
}

impl Principals {
    fn name(&self, asker: &Asker<'_>, effect: Effect) -> Named {
        let named = self.named.iter().map(|(kind, name)| named(kind, name, asker)).max();
        let named = named.unwrap_or(Named::Not);
        match (self.all_but, named) {
            (false, named) => named,
            (true, Named::Not) => Named::Itself,
            // Who is to be left out of a denial must be named, not only its account.
            (true, Named::ByAccount) if effect == Effect::Deny => Named::Itself,
            (true, _) => Named::Not,
        }
    }

    fn name_service(&self, service: &str) -> bool {
        let wanted = |(kind, name): &(String, String)| match kind.as_str() {
            "*" => true,
            "service" | "federated" => name == "*" || is_service(name, service),
            _ => false,
        };
        self.named.iter().any(wanted) != self.all_but
    }
}

fn named(kind: &str, name: &str, asker: &Asker<'_>) -> Named {
    if kind != "*" && kind != "aws" {
        return Named::Not;
    }
    if name == "*" || name == asker.id {
        return Named::Itself;
    }
    if name == asker.account {
        return Named::ByAccount;
    }
    let mut fields = name.splitn(6, ':');
    let (service, account) = (fields.nth(2), fields.nth(1));
    match (service, account, fields.next()) {
        (Some("iam"), Some(account), Some("root")) if account == asker.account => Named::ByAccount,
        // A session of the role: whoever takes it on chooses its name.
        (Some("sts"), Some(account), Some(session)) if account == asker.account => {
            let role = session.strip_prefix("assumed-role/").and_then(|it| it.split('/').next());
            let is_role = asker.kind == IdentityKind::Role && role.is_some();
            let own = asker.id.rsplit('/').next();
            if is_role && role == own { Named::Itself } else { Named::Not }
        }
        _ => Named::Not,
    }
}

/// Whether `host` is that service: `lambda.amazonaws.com`, in whatever region.
fn is_service(host: &str, service: &str) -> bool {
    let rest = host.strip_prefix(service).and_then(|rest| rest.strip_prefix('.'));
    let ends = |rest: &str| {
        let rest = rest.strip_suffix(".cn").unwrap_or(rest);
        rest == "amazonaws.com"
            || rest.ends_with(".amazonaws.com") && rest.matches('.').count() == 2
    };
    rest.is_some_and(ends)
}

/// Whom the trust of a role lets in by name: to be looked up, so that not every pair is tried.
#[derive(Debug, Default)]
pub(super) struct Doors {
    /// Roles whose trust names that ARN.
    pub(super) by_name: BTreeMap<String, Vec<usize>>,
    /// Roles whose trust names that account.
    pub(super) by_account: BTreeMap<String, Vec<usize>>,
    /// Roles whose trust may name anyone.
    pub(super) open: Vec<usize>,
}

impl Estate {
    /// Sorts all roles by whom they trust.
    pub(super) fn trusting(&self) -> Doors {
        let mut doors = Doors::default();
        for (no, role) in self.principals.iter().enumerate() {
            let Some(trust) = role.trust.as_deref().filter(|_| !role.is_linked) else { continue };
            let Piece::Policy(policy) = self.piece(trust) else {
                doors.open.push(no);
                continue;
            };
            for statement in &policy.document.statements {
                let Some(principals) = &statement.principals else { continue };
                if principals.all_but || statement.is_doubtful {
                    doors.open.push(no);
                }
                for (kind, name) in &principals.named {
                    match (kind.as_str(), name.as_str()) {
                        ("*", _) | ("aws", "*") => doors.open.push(no),
                        ("aws", name) => match name.strip_suffix(":root") {
                            Some(root) => {
                                let account = root.rsplit(':').next().unwrap_or_default();
                                doors.by_account.entry(account.to_owned()).or_default().push(no);
                            }
                            None if name.bytes().all(|byte| byte.is_ascii_digit()) => {
                                doors.by_account.entry(name.to_owned()).or_default().push(no);
                            }
                            None => doors.by_name.entry(role_of(name)).or_default().push(no),
                        },
                        _ => {}
                    }
                }
            }
        }
        doors.open.dedup();
        doors
    }

    /// Whether a service may take on `role`.
    pub(super) fn admits(&self, role: &Principal, service: &str) -> Truth {
        let Some(trust) = role.trust.as_deref() else { return Truth::No };
        let Piece::Policy(policy) = self.piece(trust) else { return Truth::Doubt };
        let mut keys = Keys::default();
        keys.set("aws:SourceAccount", Known::is(role.account.as_str()));
        keys.set("aws:SourceArn", Known::Free);
        keys.set("aws:PrincipalIsAWSService", Known::is("true"));
        keys.set("aws:CurrentTime", Known::is(self.as_of.to_string()));
        let asker = Asker {
            estate: self,
            id: format!("{service}.amazonaws.com"),
            account: &role.account,
            kind: IdentityKind::Machine,
            keys,
            identity: Vec::new(),
            boundary: None,
            levels: Vec::new(),
        };
        let cx = asker.about(&role.id);
        let web = "sts:assumerolewithwebidentity";
        let action = if service == "cognito-identity" { web } else { ASSUME };
        let request = Request { action: Name::of(action), resource: &role.id, cx: &cx };
        let (mut allows, mut denies) = (Truth::No, Truth::No);
        for statement in &policy.document.statements {
            if !statement.principals.as_ref().is_some_and(|it| it.name_service(service)) {
                continue;
            }
            let applies = statement.applies(&request);
            match statement.effect {
                Effect::Allow => allows = allows.or(applies),
                Effect::Deny => denies = denies.or(applies),
                Effect::Unknown => allows = allows.or(applies.and(Truth::Doubt)),
            }
        }
        allows.and(denies.not()).and(self.resource_denied(&request).not())
    }
}

/// The role of a session, or what it was.
fn role_of(arn: &str) -> String {
    let session = arn.split_once(":assumed-role/");
    match session {
        Some((head, rest)) => {
            let name = rest.split('/').next().unwrap_or_default();
            format!("{}:role/{name}", head.replacen(":sts:", ":iam:", 1))
        }
        None => arn.to_owned(),
    }
}

impl Asker<'_> {
    /// Whether they may take on `role`, by whatever trust it has: its own, or `Piece::Everything` for one
    /// that they may write.
    pub(super) fn may_assume(&self, role: &Principal) -> Truth {
        let Some(trust) = role.trust.as_deref() else { return Truth::No };
        let trust = self.estate.piece(trust);
        let cx = self.about(&role.id);
        let first = self.assume_answer(role, trust, &cx);
        if first != Truth::Maybe {
            return first;
        }
        let pieces: Vec<&Piece<'_>> = self
            .identity
            .iter()
            .chain(&self.boundary)
            .chain(self.levels.iter().flatten())
            .chain(std::iter::once(&trust))
            .collect();
        tried(&cx, &asked(&pieces, Name::of(ASSUME)), |cx| self.assume_answer(role, trust, cx))
    }

    /// Whether they may take on `role` if its trust names them.
    pub(super) fn may_assume_named(&self, role: &Principal) -> Truth {
        let cx = self.about(&role.id);
        let request = Request { action: Name::of(ASSUME), resource: &role.id, cx: &cx };
        if role.account == self.account {
            let boundary = self.kind == IdentityKind::Role;
            return self.bounded(&request, boundary).and(self.denied(&request).not());
        }
        self.allowed(ASSUME, &role.id, &cx)
    }

    fn assume_answer(&self, role: &Principal, trust: Piece<'_>, cx: &Context<'_>) -> Truth {
        let request = Request { action: Name::of(ASSUME), resource: &role.id, cx };
        let (mut itself, mut by_account, mut denies) = (Truth::No, Truth::No, Truth::No);
        match trust {
            Piece::Everything => itself = Truth::Yes,
            Piece::Missing(_) => itself = Truth::Doubt,
            Piece::Policy(policy) => {
                for statement in &policy.document.statements {
                    let named = match &statement.principals {
                        Some(principals) => principals.name(self, statement.effect),
                        None => Named::Not,
                    };
                    if named == Named::Not {
                        continue;
                    }
                    let applies = statement.applies(&request);
                    match (statement.effect, named) {
                        (Effect::Deny, _) => denies = denies.or(applies),
                        (Effect::Allow, Named::Itself) => itself = itself.or(applies),
                        (Effect::Allow, _) => by_account = by_account.or(applies),
                        (Effect::Unknown, _) => itself = itself.or(applies.and(Truth::Doubt)),
                    }
                }
            }
        }
        let identity = together(&self.identity, &request).allows;
        let full = identity.and(self.bounded(&request, true));
        let let_in = if role.account == self.account {
            let boundary = self.kind == IdentityKind::Role;
            itself.and(self.bounded(&request, boundary)).or(by_account.and(full))
        } else {
            itself.or(by_account).and(full)
        };
        let_in.and(denies.not()).and(self.denied(&request).not())
    }
}
