//! From a policy document to its statements.
//!
//! ```text
//! {"Statement": [{"Effect": "Allow" | "Deny",
//!                 "Action" | "NotAction": "s3:Get*" | [..],
//!                 "Resource" | "NotResource": "*" | [..],
//!                 "Condition": {operator: {key: value}}}]}     one statement may stand alone
//! ```
//!
//! Names of elements and actions are read in upper and lower case alike, as the provider does.

use std::fmt;

use serde_json::{Map, Value};

use super::super::glob;

/// BOUND: the provider takes 10,240 characters at most, with generous blanks in our copy.
const DOCUMENT_BYTES_MAX: usize = 256 * 1024;

/// BOUND: every pattern of one document may be held against every one of others, and 10,240 characters
/// hold fewer.
const PATTERNS_MAX: usize = 4_096;

/// One statement.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) effect: Effect,
    pub(super) actions: Scope,
    pub(super) resources: Scope,
    /// The keys that the condition looks at, if there is a condition.
    pub(super) condition: Option<String>,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// What a statement is about.
#[derive(Debug)]
pub(super) enum Scope {
    Only(Vec<String>),
    AllBut(Vec<String>),
}

impl Statement {
    pub(super) fn is_conditional(&self) -> bool {
        self.condition.is_some()
    }
}

impl Scope {
    fn len(&self) -> usize {
        match self {
            Self::Only(patterns) | Self::AllBut(patterns) => patterns.len(),
        }
    }

    /// Whether `action` is within.
    pub(super) fn holds(&self, action: &str) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|it| glob::matches(it, action)),
            Self::AllBut(patterns) => !patterns.iter().any(|it| glob::matches(it, action)),
        }
    }

    /// Whether these resources are all that the account has, but for some outside of IAM.
    pub(super) fn is_everything(&self, realm: &str) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|it| is_all_resources(it, realm)),
            Self::AllBut(_) => self.holds_iam(realm),
        }
    }

    /// Whether these resources hold every user, role and policy of the account.
    pub(super) fn holds_iam(&self, realm: &str) -> bool {
        match self {
            Self::Only(patterns) => patterns.iter().any(|it| {
                is_all_resources(it, realm)
                    || glob::contains(it, &format!("arn:aws:iam::{realm}:*"))
            }),
            Self::AllBut(patterns) => patterns.iter().all(|it| {
                let service = it.split(':').nth(2);
                service
                    .is_some_and(|it| !it.contains(['*', '?']) && !it.eq_ignore_ascii_case("iam"))
            }),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// BOUND: more patterns than this would hide the sentence that they stand in.
        const SHOWN_MAX: usize = 5;
        let (patterns, head) = match self {
            Self::Only(patterns) => (patterns, ""),
            Self::AllBut(patterns) => (patterns, "all but "),
        };
        let shown: Vec<String> =
            patterns.iter().take(SHOWN_MAX).map(|pattern| format!("`{pattern}`")).collect();
        let more = patterns.len().saturating_sub(SHOWN_MAX);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        write!(f, "{head}{}{more}", shown.join(", "))
    }
}

/// `*`, or an ARN in which only the account is said: `arn:aws:*:*:111122223333:*`.
fn is_all_resources(pattern: &str, realm: &str) -> bool {
    let wild = |text: &str| !text.is_empty() && text.chars().all(|c| c == '*');
    if wild(pattern) {
        return true;
    }
    let Some(rest) = pattern.strip_prefix("arn:") else { return false };
    let mut fields = rest.splitn(5, ':');
    let partition = fields.next().unwrap_or_default();
    let fields: Vec<&str> = fields.collect();
    let partition_fits = wild(partition) || partition.starts_with("aws");
    // A `*` reaches over the fields that follow it.
    match fields.as_slice() {
        [] => wild(partition),
        [service @ .., last] if service.len() < 3 => {
            partition_fits && wild(last) && service.iter().all(|it| wild(it))
        }
        [service, region, account, resource] => {
            partition_fits
                && wild(service)
                && wild(region)
                && (wild(account) || *account == realm)
                && wild(resource)
        }
        _ => false,
    }
}

/// The statements of `document`.
///
/// # Errors
///
/// Why it cannot be read. A document of which a part cannot be read is not read at all: the part
/// may deny what the rest allows.
pub(super) fn statements(document: &str) -> Result<Vec<Statement>, String> {
    if document.len() > DOCUMENT_BYTES_MAX {
        return Err(format!("it is longer than {DOCUMENT_BYTES_MAX} bytes"));
    }
    let value: Value =
        serde_json::from_str(document).map_err(|error| format!("it is not JSON: {error}"))?;
    let Value::Object(root) = value else { return Err("it is not an object".to_owned()) };
    let statements = match element(&root, "Statement") {
        Some(Value::Array(items)) => items.iter().map(statement).collect::<Result<_, _>>()?,
        Some(single @ Value::Object(_)) => vec![statement(single)?],
        Some(_) | None => return Err("it has no statement".to_owned()),
    };
    let patterns_len = |it: &Statement| it.actions.len().saturating_add(it.resources.len());
    let patterns_len = statements.iter().map(patterns_len).fold(0, usize::saturating_add);
    if patterns_len > PATTERNS_MAX {
        return Err(format!("it has more than {PATTERNS_MAX} patterns"));
    }
    Ok(statements)
}

fn statement(value: &Value) -> Result<Statement, String> {
    let Value::Object(fields) = value else { return Err("a statement is no object".to_owned()) };
    let effect = match element(fields, "Effect").and_then(Value::as_str) {
        Some(text) if text.eq_ignore_ascii_case("Allow") => Effect::Allow,
        Some(text) if text.eq_ignore_ascii_case("Deny") => Effect::Deny,
        Some(_) | None => return Err("a statement neither allows nor denies".to_owned()),
    };
    Ok(Statement {
        effect,
        actions: scope(fields, "Action", "NotAction")?,
        resources: scope(fields, "Resource", "NotResource")?,
        condition: condition(fields)?,
    })
}

fn scope(fields: &Map<String, Value>, only: &str, all_but: &str) -> Result<Scope, String> {
    match (element(fields, only), element(fields, all_but)) {
        (Some(value), None) => Ok(Scope::Only(texts(value, only)?)),
        (None, Some(value)) => Ok(Scope::AllBut(texts(value, all_but)?)),
        (Some(_), Some(_)) => Err(format!("a statement has both `{only}` and `{all_but}`")),
        (None, None) => Err(format!("a statement has neither `{only}` nor `{all_but}`")),
    }
}

fn texts(value: &Value, name: &str) -> Result<Vec<String>, String> {
    let wrong = || format!("`{name}` is neither a text nor a list of texts");
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(items) => {
            items.iter().map(|it| it.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Err(wrong()),
    }
}

/// The keys of the condition, in order; an empty condition always holds.
fn condition(fields: &Map<String, Value>) -> Result<Option<String>, String> {
    let Some(value) = element(fields, "Condition") else { return Ok(None) };
    let Value::Object(operators) = value else {
        return Err("a condition is no object".to_owned());
    };
    let mut keys: Vec<&String> = Vec::new();
    for tests in operators.values() {
        let Value::Object(tests) = tests else {
            return Err("a condition compares nothing".to_owned());
        };
        keys.extend(tests.keys());
    }
    keys.sort();
    keys.dedup();
    let keys: Vec<String> = keys.into_iter().map(|key| format!("`{key}`")).collect();
    Ok((!keys.is_empty()).then(|| keys.join(", ")))
}

/// The element of that name, in upper or lower case.
fn element<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields
        .get(name)
        .or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|it| it.1))
}
