//! Whether somebody holds something that matters and another does not.
//!
//! Held against each other are not words of policies but answers: for each pattern that the one is
//! allowed by, an action and a resource that meet it are asked for both.

use std::collections::BTreeSet;

use super::administrator::left_out;
use super::decide::{Asker, Piece};
use super::document::{Effect, Statement};
use super::pattern::{ANYTHING, Arns, Glob};
use super::truth::Truth;

/// What is asked where a pattern leaves every action open.
const WEIGHTY: &[&str] = &[
    "dynamodb:getitem",
    "ec2:runinstances",
    "iam:attachrolepolicy",
    "iam:createaccesskey",
    "iam:createuser",
    "iam:passrole",
    "iam:putuserpolicy",
    "kms:decrypt",
    "lambda:updatefunctioncode",
    "organizations:leaveorganization",
    "rds:deletedbinstance",
    "s3:deleteobject",
    "s3:getobject",
    "s3:putbucketpolicy",
    "secretsmanager:getsecretvalue",
    "sqs:receivemessage",
    "ssm:getparameter",
    "sts:assumerole",
];

/// Actions that say what one does and give nothing: writing one's own log, being managed.
const TRIFLES: &[&str] = &[
    "cloudwatch:putmetricdata",
    "ec2messages:",
    "logs:createloggroup",
    "logs:createlogstream",
    "logs:putlogevents",
    "ssmmessages:",
    "sts:getcalleridentity",
    "xray:",
];

/// BOUND: questions for one comparison.
const QUESTIONS_MAX: usize = 2_000;
/// BOUND: questions in a row, times the texts that each is compared with. Policies that the provider takes stay
/// far below.
const COMPARED_TEXTS_MAX: usize = 20_000_000;

impl Asker<'_> {
    /// Whether they hold something that matters and `other` does not.
    pub(super) fn holds_more_than(&self, other: &Asker<'_>) -> Truth {
        let mut best = Truth::No;
        // What the other lacks is asked for only if nothing before told them apart.
        let lacks = std::iter::once_with(|| other.lacks()).flatten();
        for (action, resource) in self.probes().into_iter().chain(lacks) {
            let theirs = other.allowed(&action, &resource, &other.about(&resource));
            if theirs >= Truth::Maybe {
                continue;
            }
            // What a policy that is not known may allow them is not counted.
            best = best.or(self.allowed(&action, &resource, &self.about(&resource)));
            if best >= Truth::Maybe {
                break;
            }
        }
        best
    }

    /// What their own policies leave out or deny: whoever is free of that may more.
    fn lacks(&self) -> Vec<(String, String)> {
        let everywhere =
            self.here(&format!("arn:aws:{ANYTHING}:us-east-1:{}:{ANYTHING}", self.account));
        let mut lacks = BTreeSet::new();
        let own = self.identity.iter().chain(&self.boundary);
        for statement in own.flat_map(Piece::statements) {
            if lacks.len() < QUESTIONS_MAX {
                left_out(statement, &everywhere, &mut lacks);
            }
        }
        let most = QUESTIONS_MAX.min(self.questions_max());
        lacks.into_iter().filter(|(action, _)| !is_trifle(action)).take(most).collect()
    }

    /// Actions and resources, one for each pattern that may be allowed.
    fn probes(&self) -> Vec<(String, String)> {
        let mut probes = Vec::new();
        for piece in &self.identity {
            match piece {
                Piece::Everything => {
                    for action in WEIGHTY {
                        probes.push(((*action).to_owned(), anything(action, self)));
                    }
                    // What bounds it says what is left.
                    let bounds = self.boundary.iter().chain(self.levels.iter().flatten());
                    for piece in bounds {
                        self.probes_of(piece, &mut probes);
                    }
                }
                Piece::Missing(_) => probes.push(("iam:createuser".to_owned(), "*".to_owned())),
                Piece::Policy(_) => self.probes_of(piece, &mut probes),
            }
        }
        probes.truncate(QUESTIONS_MAX.min(self.questions_max()));
        probes
    }

    /// How many questions may be asked in a row, with so many texts in all that applies to them.
    pub(super) fn questions_max(&self) -> usize {
        let mut count = 1_usize;
        for statement in self.pieces().flat_map(Piece::statements) {
            let tested: usize = statement.condition.iter().map(|test| test.values.len()).sum();
            count = count.saturating_add(statement.resources.texts.len());
            count = count.saturating_add(statement.actions.texts.len()).saturating_add(tested);
        }
        COMPARED_TEXTS_MAX.checked_div(count).unwrap_or(0).max(1)
    }

    fn probes_of(&self, piece: &Piece<'_>, probes: &mut Vec<(String, String)>) {
        let Piece::Policy(policy) = piece else { return };
        for statement in &policy.document.statements {
            if statement.effect == Effect::Deny || probes.len() >= QUESTIONS_MAX {
                continue;
            }
            for action in actions(statement) {
                let service = action.split(':').next().unwrap_or_default();
                if service == "iam" || service == "sts" {
                    // What one may do with oneself is no more than others may with themselves.
                    let own = |text: &String| text.contains("${aws:user") || *text == self.id;
                    if statement.resources.texts.iter().all(own) {
                        continue;
                    }
                }
                for resource in resources(statement, &action, self) {
                    probes.push((action.clone(), resource));
                }
            }
        }
    }
}

/// Some resource of the kind that the action is about.
fn anything(action: &str, asker: &Asker<'_>) -> String {
    let account = asker.account;
    let service = action.split(':').next().unwrap_or(ANYTHING);
    let arn = match service {
        "s3" => format!("arn:aws:s3:::{ANYTHING}/{ANYTHING}"),
        "iam" | "sts" => format!("arn:aws:iam::{account}:role/{ANYTHING}"),
        _ => format!("arn:aws:{service}:us-east-1:{account}:{ANYTHING}"),
    };
    asker.here(&arn)
}

/// An action for each pattern, but for trifles.
fn actions(statement: &Statement) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let weighty =
        || WEIGHTY.iter().filter(|it| statement.actions.hold_text(it)).map(|it| (*it).to_owned());
    if statement.actions.all_but {
        found.extend(weighty());
    } else {
        for text in &statement.actions.texts {
            let text = text.to_lowercase();
            match Glob::of(&text) {
                Glob::Any => found.extend(weighty()),
                Glob::Exact(action) => found.push(action.into_string()),
                Glob::Prefix(_) | Glob::Wild(_) => {
                    found.extend(weighty().filter(|it| Glob::of(&text).matches(it)));
                    found.push(text.replace('*', ANYTHING).replace('?', "z"));
                }
            }
        }
    }
    found.retain(|action| !is_trifle(action));
    found.sort();
    found.dedup();
    found
}

fn is_trifle(action: &str) -> bool {
    let name = action.split_once(':').map_or("", |(_, name)| name);
    name.starts_with("describe")
        || name.starts_with("list")
        || TRIFLES.iter().any(|trifle| action.starts_with(trifle))
}

fn resources(statement: &Statement, action: &str, asker: &Asker<'_>) -> Vec<String> {
    use super::condition::{Resolved, resolved};
    if statement.resources.all_but {
        return vec![anything(action, asker)];
    }
    let cx = asker.about("");
    let mut found = Vec::new();
    for text in &statement.resources.texts {
        if text.contains("${aws:user") {
            continue;
        }
        let Resolved::Text(text) = resolved(text, true, &cx) else { continue };
        match Arns::of(&text) {
            Arns::Any => found.push(anything(action, asker)),
            fields @ Arns::Fields(_) => {
                let arn = fields.witness("*:*:*:*:*:*");
                found.extend(arn.filter(|arn| *arn != asker.id));
            }
        }
    }
    found
}
