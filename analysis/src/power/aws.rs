//! What documents in the language of AWS IAM come to, over all that apply to one identity.
//!
//! ```text
//! administrator = what is allowed, over all documents together, is every action on everything
//!                 and the boundary, if there is one, allows every action on everything
//!                 and what is denied leaves it able to make another administrator
//! ```
//!
//! A condition is no reason for quiet: who may do everything at times is told to be so "if". An
//! unconditional denial of a part is named; if it takes away all ways to make another
//! administrator, it has drawn a line that holds, and the rest is `Limited`.

mod document;

use model::{Applied, GrantKind};

use document::{Effect, Scope, Statement};

use super::{Power, Proof, evidence, glob};

/// Pairs of ways to make another administrator: a new principal, and its rights.
const MAKE: [&[&str]; 2] =
    [&["iam:CreateUser", "iam:CreateAccessKey"], &["iam:CreateRole", "iam:UpdateAssumeRolePolicy"]];
const EMPOWER: [&[&str]; 2] = [
    &["iam:AttachUserPolicy", "iam:PutUserPolicy"],
    &["iam:AttachRolePolicy", "iam:PutRolePolicy"],
];

/// What `grants` come to in the account `realm`.
pub(super) fn power(grants: &[Applied], realm: &str) -> Power {
    let permissions = Documents::read(grants, GrantKind::Permission);
    let boundary = Documents::read(grants, GrantKind::Boundary);
    if permissions.statements.is_empty() && permissions.unread.is_none() {
        return Power::Nothing;
    }
    if permissions.denies_everything(realm) || boundary.denies_everything(realm) {
        return Power::Nothing;
    }
    let Some(allowing) = permissions.everything(realm) else {
        return match permissions.unread {
            Some(why) => Power::Unknown(why),
            None => permissions.partial(realm),
        };
    };
    let mut proof = Proof { realm: format!("account {realm}"), ..Proof::default() };
    for held in &allowing {
        proof.add(held);
    }
    if boundary.is_there {
        if let Some(why) = boundary.unread {
            return Power::Unknown(format!("{why}, and it bounds the permissions"));
        }
        let Some(allowing) = boundary.everything(realm) else { return permissions.partial(realm) };
        for held in &allowing {
            proof.evidence.push(evidence(held.grant, "bounds nothing: allows every action"));
            proof.proviso(held);
        }
    }
    let denials: Vec<&Held<'_>> = permissions.denials().chain(boundary.denials()).collect();
    if !makes_administrators(&denials, realm) {
        return permissions.partial(realm);
    }
    for held in denials {
        let when = if held.statement.is_conditional() { " under conditions" } else { "" };
        proof.provisos.push(format!("`{}` denies {}{when}", held.grant.id, held.statement.actions));
    }
    if let Some(why) = permissions.unread {
        proof.provisos.push(format!("{why}, and it may deny"));
    }
    proof.provisos.sort();
    proof.provisos.dedup();
    Power::Administrator(proof)
}

impl Proof {
    fn add(&mut self, held: &Held<'_>) {
        let grant = held.grant;
        if !self.policies.iter().any(|(id, via)| *id == grant.id && *via == grant.via) {
            self.policies.push((grant.id.clone(), grant.via.clone()));
        }
        let Statement { actions, resources, .. } = &held.statement;
        self.evidence.push(evidence(grant, &format!("allows {actions} on {resources}")));
        self.proviso(held);
    }

    fn proviso(&mut self, held: &Held<'_>) {
        if let Some(keys) = &held.statement.condition {
            self.provisos.push(format!("`{}` allows it only if {keys} agrees", held.grant.id));
        }
    }
}

/// A statement, and the grant that brings it.
struct Held<'a> {
    grant: &'a Applied,
    statement: Statement,
}

/// All statements of one kind of grant.
struct Documents<'a> {
    is_there: bool,
    statements: Vec<Held<'a>>,
    unread: Option<String>,
}

impl<'a> Documents<'a> {
    fn read(grants: &'a [Applied], kind: GrantKind) -> Self {
        let mut documents = Self { is_there: false, statements: Vec::new(), unread: None };
        for grant in grants.iter().filter(|grant| grant.kind == kind) {
            documents.is_there = true;
            let statements = match &grant.policy {
                None => Err(format!("what `{}` says was not seen", grant.id)),
                Some(policy) => document::statements(&policy.document)
                    .map_err(|why| format!("`{}` cannot be read: {why}", grant.id)),
            };
            match statements {
                Ok(statements) => documents
                    .statements
                    .extend(statements.into_iter().map(|statement| Held { grant, statement })),
                Err(why) => documents.unread = documents.unread.or(Some(why)),
            }
        }
        documents
    }

    fn allowing(&self, realm: &str) -> impl Iterator<Item = &Held<'a>> {
        self.statements.iter().filter(move |held| {
            held.statement.effect == Effect::Allow && held.statement.resources.is_everything(realm)
        })
    }

    fn denials(&self) -> impl Iterator<Item = &Held<'a>> {
        self.statements.iter().filter(|held| held.statement.effect == Effect::Deny)
    }

    fn denies_everything(&self, realm: &str) -> bool {
        self.denials().any(|held| {
            let Statement { actions, resources, .. } = &held.statement;
            let every = match actions {
                Scope::Only(patterns) => patterns.iter().any(|it| glob::is_every_action(it)),
                Scope::AllBut(patterns) => patterns.is_empty(),
            };
            every
                && !held.statement.is_conditional()
                && matches!(resources, Scope::Only(_))
                && resources.is_everything(realm)
        })
    }

    /// The statements that allow every action on everything, alone or together; those without
    /// conditions, if they suffice.
    fn everything(&self, realm: &str) -> Option<Vec<&Held<'a>>> {
        let all: Vec<&Held<'a>> = self.allowing(realm).collect();
        let unconditional: Vec<&Held<'a>> =
            all.iter().filter(|held| !held.statement.is_conditional()).copied().collect();
        covering(&unconditional).or_else(|| covering(&all))
    }

    /// Less than everything.
    fn partial(&self, realm: &str) -> Power {
        let mut services: Vec<&str> = Vec::new();
        for held in self.allowing(realm) {
            match &held.statement.actions {
                Scope::Only(patterns) => {
                    services.extend(patterns.iter().filter_map(|it| it.strip_suffix(":*")));
                }
                Scope::AllBut(_) => services.push("all but a few services"),
            }
        }
        services.sort_unstable();
        services.dedup();
        let allows = |held: &&Held<'_>| held.statement.effect == Effect::Allow;
        let mut policies: Vec<_> =
            self.statements.iter().filter(allows).map(|held| &held.grant.id).collect();
        policies.dedup();
        match (services.is_empty(), policies.len()) {
            (false, _) => Power::Broad(services.join(", ")),
            (true, 0) => Power::Nothing,
            (true, count) => Power::Limited(count),
        }
    }
}

/// Those of `allowing` that together allow every action.
fn covering<'h, 'a>(allowing: &[&'h Held<'a>]) -> Option<Vec<&'h Held<'a>>> {
    for held in allowing {
        let every = |pattern: &String| glob::is_every_action(pattern);
        match &held.statement.actions {
            Scope::Only(patterns) if patterns.iter().any(every) => return Some(vec![held]),
            Scope::AllBut(patterns) => {
                // What one statement leaves out, others may allow.
                let mut together = vec![*held];
                let all_filled = patterns.iter().all(|left_out| {
                    let filler = allowing.iter().find(|other| fills(other, left_out));
                    together.extend(filler);
                    filler.is_some()
                });
                if all_filled {
                    return Some(together);
                }
            }
            Scope::Only(_) => (),
        }
    }
    None
}

/// Whether `held` allows all that `left_out` matches.
fn fills(held: &Held<'_>, left_out: &str) -> bool {
    match &held.statement.actions {
        Scope::Only(patterns) => patterns.iter().any(|wide| glob::contains(wide, left_out)),
        Scope::AllBut(patterns) => {
            let service =
                |pattern: &str| pattern.split(':').next().unwrap_or_default().to_lowercase();
            let plain = |service: &str| !service.contains(['*', '?']);
            let wanted = service(left_out);
            plain(&wanted)
                && patterns.iter().map(|it| service(it)).all(|it| plain(&it) && it != wanted)
        }
    }
}

/// Whether `denials` leave a way to make another administrator. A denial under conditions is taken
/// not to hold at times.
fn makes_administrators(denials: &[&Held<'_>], realm: &str) -> bool {
    let lasting: Vec<&Statement> = denials
        .iter()
        .map(|held| &held.statement)
        .filter(|statement| !statement.is_conditional() && statement.resources.holds_iam(realm))
        .collect();
    let left = |action: &str| !lasting.iter().any(|statement| statement.actions.holds(action));
    MAKE.iter().zip(EMPOWER).any(|(make, empower)| {
        make.iter().all(|action| left(action)) && empower.iter().any(|action| left(action))
    })
}
