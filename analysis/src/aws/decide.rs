//! What the provider would answer: whether somebody is allowed an action on a resource.
//!
//! ```text
//! allowed = identity policies allow it       own, and those of the groups
//!           and the boundary allows it       if there is one
//!           and every level of the organisation allows it
//!           and nothing denies it            in any of these, or of the resource's account
//! ```
//!
//! A condition that whoever asks can meet leaves the answer at [`Truth::Maybe`], unless no request
//! meets all conditions at once: then it is [`Truth::No`]. That is tried out, over the values that the
//! conditions name.

use model::IdentityKind;

use super::action::{Name, templates};
use super::condition::{Resolved, resolved};
use super::context::{Context, Keys, Known};
use super::document::{Effect, Resources, Statement};
use super::estate::{Account, Estate, Policy, Principal};
use super::pattern::{ANYTHING, Arns};
use super::trial::{asked, tried};
use super::truth::Truth;

/// BOUND: resources that are tried for an action which may choose its own.
const RESOURCES_MAX: usize = 64;
/// BOUND: resources out of which those are picked.
const RESOURCES_FOUND_MAX: usize = 4_096;

/// One question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'r> {
    pub(super) action: Name<'r>,
    pub(super) resource: &'r str,
    pub(super) cx: &'r Context<'r>,
}

/// What a layer is made of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Piece<'e> {
    Policy(&'e Policy),
    /// Everything is allowed: a policy that somebody could write.
    Everything,
    /// A policy whose text is not known.
    Missing(&'e str),
}

/// Somebody who asks, with all that applies.
#[derive(Clone, Debug)]
pub(super) struct Asker<'e> {
    pub(super) estate: &'e Estate,
    pub(super) id: String,
    pub(super) account: &'e str,
    pub(super) kind: IdentityKind,
    pub(super) keys: Keys,
    pub(super) identity: Vec<Piece<'e>>,
    pub(super) boundary: Option<Piece<'e>>,
    pub(super) levels: Vec<Vec<Piece<'e>>>,
}

impl Estate {
    pub(super) fn piece<'e>(&'e self, id: &'e str) -> Piece<'e> {
        match self.documents.get(id) {
            Some(policy) if policy.document.unread => Piece::Missing(id),
            Some(policy) => Piece::Policy(policy),
            None => Piece::Missing(id),
        }
    }

    fn levels<'e>(&'e self, levels: &'e [Vec<String>]) -> Vec<Vec<Piece<'e>>> {
        levels.iter().map(|level| level.iter().map(|id| self.piece(id)).collect()).collect()
    }

    /// `principal`, as it is.
    pub(super) fn asker<'e>(&'e self, principal: &'e Principal) -> Asker<'e> {
        self.asker_without(principal, &[])
    }

    /// `principal`, were it not for these policies and groups.
    pub(super) fn asker_without<'e>(
        &'e self,
        principal: &'e Principal,
        without: &[String],
    ) -> Asker<'e> {
        let kept = |id: &&String| !without.contains(id);
        let mut identity: Vec<_> =
            principal.policies.iter().filter(kept).map(|id| self.piece(id)).collect();
        let groups = principal.groups.iter().filter(kept).filter_map(|group| self.principal(group));
        for group in groups {
            identity.extend(group.policies.iter().filter(kept).map(|id| self.piece(id)));
        }
        let account = self.accounts.get(&principal.account);
        let bound = account.filter(|account| !account.is_management && !principal.is_linked);
        let mut asker = Asker {
            estate: self,
            id: principal.id.clone(),
            account: &principal.account,
            kind: principal.kind,
            keys: self.keys(principal, account),
            identity,
            boundary: principal.boundary.as_ref().filter(kept).map(|id| self.piece(id)),
            levels: bound.map(|it| self.levels(&it.service_levels)).unwrap_or_default(),
        };
        asker.tag_oneself();
        asker
    }

    fn keys(&self, principal: &Principal, account: Option<&Account>) -> Keys {
        let mut cx = Keys::default();
        cx.set("aws:PrincipalArn", Known::is(principal.id.as_str()));
        cx.set("aws:PrincipalAccount", Known::is(principal.account.as_str()));
        cx.set("aws:PrincipalIsAWSService", Known::is("false"));
        cx.set("aws:ViaAWSService", Known::is("false"));
        cx.set("aws:SecureTransport", Known::is("true"));
        cx.set("aws:CurrentTime", Known::is(self.as_of.to_string()));
        cx.set("aws:EpochTime", Known::is(self.as_of.as_second().to_string()));
        cx.close("aws:PrincipalTag/");
        for (key, value) in &principal.labels {
            cx.set(&format!("aws:PrincipalTag/{key}"), Known::is(value.as_str()));
        }
        if principal.kind == IdentityKind::User {
            cx.set("aws:username", Known::is(principal.name.as_str()));
            cx.set("aws:PrincipalType", Known::is("User"));
        } else {
            cx.set("aws:username", Known::Absent);
            cx.set("aws:PrincipalType", Known::is("AssumedRole"));
        }
        match account.map(|account| (account.organisation.as_deref(), account.is_outside)) {
            Some((Some(organisation), _)) => {
                cx.set("aws:PrincipalOrgID", Known::is(organisation));
            }
            Some((None, true)) => cx.set("aws:PrincipalOrgID", Known::Absent),
            Some((None, false)) | None => {}
        }
        cx
    }
}

/// Where something may be allowed.
#[derive(Debug)]
pub(super) enum Places {
    Anywhere,
    These(Vec<Arns>),
}

impl Places {
    /// Whether it may be allowed there.
    pub(super) fn hold(&self, arn: &str) -> bool {
        match self {
            Self::Anywhere => true,
            Self::These(patterns) => patterns.iter().any(|pattern| pattern.matches(arn)),
        }
    }
}

/// Whether a layer allows, and whether it denies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layer {
    pub(super) allows: Truth,
    pub(super) denies: Truth,
}

impl<'e> Piece<'e> {
    /// What is known of it.
    pub(super) fn statements(&self) -> impl Iterator<Item = &'e Statement> + use<'e> {
        let statements = match self {
            Self::Policy(policy) => policy.document.statements.as_slice(),
            Self::Everything | Self::Missing(_) => &[],
        };
        statements.iter()
    }

    /// Whether it may allow anything at all.
    fn has_allowance(&self) -> bool {
        match self {
            Self::Everything | Self::Missing(_) => true,
            Self::Policy(policy) => {
                policy.document.statements.iter().any(|it| it.effect != Effect::Deny)
            }
        }
    }

    fn layer(self, request: &Request<'_>) -> Layer {
        let mut layer = Layer { allows: Truth::No, denies: Truth::No };
        match self {
            Self::Everything => layer.allows = Truth::Yes,
            Self::Missing(_) => layer.allows = Truth::Doubt,
            Self::Policy(policy) => {
                for statement in &policy.document.statements {
                    let applies = statement.applies(request);
                    match statement.effect {
                        Effect::Allow => layer.allows = layer.allows.or(applies),
                        Effect::Deny => layer.denies = layer.denies.or(applies),
                        Effect::Unknown => {
                            let doubt = applies.and(Truth::Doubt);
                            layer.allows = layer.allows.or(doubt);
                            layer.denies = layer.denies.or(doubt);
                        }
                    }
                }
            }
        }
        layer
    }
}

/// Several policies that stand side by side.
pub(super) fn together(pieces: &[Piece<'_>], request: &Request<'_>) -> Layer {
    let mut all = Layer { allows: Truth::No, denies: Truth::No };
    for piece in pieces {
        let one = piece.layer(request);
        all.allows = all.allows.or(one.allows);
        all.denies = all.denies.or(one.denies);
    }
    all
}

impl Statement {
    /// Whether the action is one of its actions.
    pub(super) fn is_about(&self, action: Name<'_>) -> bool {
        let is_open = self.actions.is_partial || self.actions.texts.is_empty();
        self.is_doubtful && is_open || self.actions.hold(action)
    }

    /// Whether it speaks of the request, as far as is known.
    pub(super) fn applies(&self, request: &Request<'_>) -> Truth {
        if !self.is_about(request.action) {
            return Truth::No;
        }
        let mut truth = self.resources.hold(request.resource, request.cx);
        for test in &self.condition {
            if truth == Truth::No {
                return truth;
            }
            truth = truth.and(test.holds(request.cx));
        }
        if self.is_doubtful { truth.and(Truth::Doubt) } else { truth }
    }
}

impl Resources {
    fn hold(&self, resource: &str, cx: &Context<'_>) -> Truth {
        let mut any = Truth::No;
        for (text, arns) in self.texts.iter().zip(&self.arns) {
            let one = match arns {
                Some(arns) => Truth::from(arns.matches(resource)),
                None => match resolved(text, true, cx) {
                    Resolved::Text(text) => Truth::from(Arns::of(&text).matches(resource)),
                    Resolved::Missing => Truth::No,
                    Resolved::Open => Truth::Maybe,
                },
            };
            any = any.or(one);
        }
        if self.is_partial {
            any = any.or(Truth::Doubt);
        }
        if self.all_but { any.not() } else { any }
    }
}

impl<'e> Asker<'e> {
    /// What is known of a request of theirs about `resource`.
    pub(super) fn about<'a>(&'a self, resource: &'a str) -> Context<'a> {
        Context::of(self, resource)
    }

    /// Whether they may tag a user or role, and so decide what its tags say.
    pub(super) fn may_tag(&self, resource: &str) -> bool {
        let Some(target) = self.estate.principal(resource) else { return false };
        let action = if target.kind == IdentityKind::User { "iam:taguser" } else { "iam:tagrole" };
        let cx = self.about(resource).about_tags();
        self.mentions(action) && self.allowed(action, resource, &cx) >= Truth::Maybe
    }

    /// One who may tag itself can have its own tags say anything.
    fn tag_oneself(&mut self) {
        if self.may_tag(&self.id) {
            self.keys.open("aws:PrincipalTag/");
        }
    }

    /// An ARN of the partition `aws` in theirs: `aws-us-gov`, `aws-cn`.
    pub(super) fn here(&self, arn: &str) -> String {
        let partition = self.id.split(':').nth(1).unwrap_or("aws");
        arn.replacen("arn:aws:", &format!("arn:{partition}:"), 1)
    }

    /// Every policy that applies, but for those of the resource.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &Piece<'e>> {
        self.identity.iter().chain(&self.boundary).chain(self.levels.iter().flatten())
    }

    /// Whether something denies it: policies of theirs, and what the organisation says of resources in
    /// that account.
    pub(super) fn denied(&self, request: &Request<'_>) -> Truth {
        let mut denied = Truth::No;
        for piece in self.pieces() {
            denied = denied.or(piece.layer(request).denies);
        }
        denied.or(self.estate.resource_denied(request))
    }

    /// Whether boundary and organisation leave it.
    pub(super) fn bounded(&self, request: &Request<'_>, boundary: bool) -> Truth {
        let mut truth = Truth::Yes;
        if boundary && let Some(boundary) = &self.boundary {
            truth = truth.and(boundary.layer(request).allows);
        }
        for level in &self.levels {
            // A level that allows nothing would leave an account in which nothing can be done: the
            // provider's own policy, which allows everything, stands there, and was not seen.
            if level.iter().any(Piece::has_allowance) {
                truth = truth.and(together(level, request).allows);
            }
        }
        truth
    }

    fn answer(&self, request: &Request<'_>) -> Truth {
        let identity = together(&self.identity, request);
        if identity.allows == Truth::No || identity.denies == Truth::Yes {
            return Truth::No;
        }
        identity.allows.and(self.bounded(request, true)).and(self.denied(request).not())
    }

    /// Whether they are allowed it in some request.
    pub(super) fn allowed(&self, action: &str, resource: &str, cx: &Context<'_>) -> Truth {
        self.allowed_named(Name::of(action), resource, cx)
    }

    /// The same, of an action that was looked up.
    pub(super) fn allowed_named(
        &self,
        action: Name<'_>,
        resource: &str,
        cx: &Context<'_>,
    ) -> Truth {
        let of_iam;
        let cx = if action.text.starts_with("iam:") && cx.get(REGION) == Known::Free {
            // It is asked in one region alone, whatever the caller picks.
            of_iam = cx.clone().with(REGION, Known::is(self.region_of_iam()));
            &of_iam
        } else {
            cx
        };
        let first = self.answer(&Request { action, resource, cx });
        if first != Truth::Maybe {
            return first;
        }
        let resources = self.estate.resource_pieces(resource);
        let pieces: Vec<&Piece<'e>> = self.pieces().chain(&resources).collect();
        tried(cx, &asked(&pieces, action), |cx| self.answer(&Request { action, resource, cx }))
    }

    /// The one region in which IAM is asked, in their partition.
    fn region_of_iam(&self) -> &'static str {
        match self.id.split(':').nth(1) {
            Some("aws-cn") => "cn-north-1",
            Some("aws-us-gov") => "us-gov-west-1",
            _ => "us-east-1",
        }
    }

    /// The same, with nothing more known of the request.
    pub(super) fn may(&self, action: &str, resource: &str) -> Truth {
        // Most do not have it at all.
        if !self.mentions(action) {
            return Truth::No;
        }
        self.allowed(action, resource, &self.about(resource))
    }

    /// Whether any of their own policies allows the action on anything.
    pub(super) fn mentions(&self, action: &str) -> bool {
        let name = Name::of(action);
        self.identity.iter().any(|piece| match piece {
            Piece::Everything | Piece::Missing(_) => true,
            Piece::Policy(policy) => policy
                .document
                .statements
                .iter()
                .any(|statement| statement.effect != Effect::Deny && statement.is_about(name)),
        })
    }

    /// Whether they are allowed the action on some resource that they may choose.
    pub(super) fn may_somewhere(&self, action: &str) -> Truth {
        let mut best = Truth::No;
        if !self.mentions(action) {
            return best;
        }
        for resource in self.resources_for(action) {
            best = best.or(self.allowed(action, &resource, &self.about(&resource)));
            if best == Truth::Yes {
                break;
            }
        }
        best
    }

    /// Where their own policies may allow any of `actions`: everywhere, or where these patterns say.
    pub(super) fn places(&self, actions: &[&str]) -> Places {
        let mut patterns = Vec::new();
        for action in actions {
            let name = Name::of(action);
            for piece in &self.identity {
                let Piece::Policy(policy) = piece else { return Places::Anywhere };
                for statement in &policy.document.statements {
                    if statement.effect == Effect::Deny || !statement.is_about(name) {
                        continue;
                    }
                    if statement.resources.all_but || statement.is_doubtful {
                        return Places::Anywhere;
                    }
                    for text in &statement.resources.texts {
                        match resolved(text, true, &self.about("")) {
                            Resolved::Text(text) => patterns.push(Arns::of(&text)),
                            Resolved::Missing => {}
                            Resolved::Open => return Places::Anywhere,
                        }
                    }
                }
            }
        }
        if patterns.contains(&Arns::Any) { Places::Anywhere } else { Places::These(patterns) }
    }

    /// Resources on which the action could be allowed, one for each pattern that says where.
    pub(super) fn resources_for(&self, action: &str) -> Vec<String> {
        let name = Name::of(action);
        let mut found = Vec::new();
        for template in templates(action, self.account) {
            let template = self.here(&template);
            found.push(template.replace('*', ANYTHING));
            if template == "*" {
                found.push(template.clone());
            }
            for piece in self.pieces() {
                let Piece::Policy(policy) = piece else { continue };
                for statement in &policy.document.statements {
                    let allows = statement.effect == Effect::Allow && !statement.resources.all_but;
                    if !allows || !statement.is_about(name) {
                        continue;
                    }
                    let room = RESOURCES_FOUND_MAX.saturating_sub(found.len());
                    for text in statement.resources.texts.iter().take(room) {
                        let Resolved::Text(text) = resolved(text, true, &self.about("")) else {
                            continue;
                        };
                        found.extend(Arns::of(&text).witness(&template));
                    }
                }
            }
        }
        found.sort();
        found.dedup();
        found.truncate(RESOURCES_MAX);
        found
    }

    /// The statements that allow it.
    pub(super) fn reasons(&self, action: &str, resource: &str, cx: &Context<'_>) -> Vec<Allowing> {
        let request = Request { action: Name::of(action), resource, cx };
        let mut reasons = Vec::new();
        for piece in &self.identity {
            match piece {
                Piece::Everything => {}
                Piece::Missing(id) => {
                    let text = format!("`{id}`, whose text is not known");
                    reasons.push(Allowing { text, place: None });
                }
                Piece::Policy(policy) => {
                    for statement in &policy.document.statements {
                        let applies = statement.applies(&request);
                        if statement.effect == Effect::Deny || applies < Truth::Maybe {
                            continue;
                        }
                        let open = super::explain::open_tests(&statement.condition, cx);
                        let text = format!("`{}` {}{open}", policy.id, statement.place);
                        let (policy, statement) = (policy.id.clone(), statement.place.clone());
                        let place = Some(Place { policy, statement: Some(statement) });
                        reasons.push(Allowing { text, place });
                    }
                }
            }
        }
        reasons
    }
}

/// A statement that allows something.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Allowing {
    /// The policy and its place in it, with what it asks for.
    pub(super) text: String,
    /// None if the text of the policy is not known.
    pub(super) place: Option<Place>,
}

/// Where a statement stands.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Place {
    /// The id of the policy.
    pub policy: String,
    /// The statement's `Sid`, or `Statement[2]`; none for the whole policy, which is a role's trust.
    pub statement: Option<String>,
}

const REGION: &str = "aws:requestedregion";

/// Services whose resources the organisation's resource control policies speak of.
const RESOURCE_CONTROLLED: &[&str] = &[
    "s3:",
    "sts:",
    "sqs:",
    "kms:",
    "secretsmanager:",
    "dynamodb:",
    "ecr:",
    "aoss:",
    "logs:",
    "cognito-",
];

/// Whether they speak of that action.
pub(super) fn is_controlled(action: &str) -> bool {
    RESOURCE_CONTROLLED.iter().any(|service| action.starts_with(service))
}

impl Estate {
    pub(super) fn resource_pieces<'e>(&'e self, resource: &str) -> Vec<Piece<'e>> {
        let account = resource.split(':').nth(4).and_then(|id| self.accounts.get(id));
        let account = account.filter(|account| !account.is_management);
        let levels = account.map(|account| account.resource_levels.as_slice()).unwrap_or_default();
        levels.iter().flatten().map(|id| self.piece(id)).collect()
    }

    pub(super) fn resource_denied(&self, request: &Request<'_>) -> Truth {
        if !is_controlled(request.action.text) {
            return Truth::No;
        }
        together(&self.resource_pieces(request.resource), request).denies
    }
}
