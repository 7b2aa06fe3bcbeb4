//! From the text of a policy document to its statements.
//!
//! ```text
//! {"Version": "2012-10-17",                       without it no variables
//!  "Statement": [{"Sid": ..., "Effect": "Allow" | "Deny",
//!                 "Principal" | "NotPrincipal": "*" | {"AWS" | "Service" | "Federated" | ..: [..]},
//!                 "Action" | "NotAction": "s3:Get*" | [..],
//!                 "Resource" | "NotResource": "*" | [..],
//!                 "Condition": {..}}]}            one statement may stand alone
//! ```
//!
//! Names of elements are read in upper and lower case alike. Reading never fails as a whole: what is
//! not understood is told with its place, and judged as [`Truth::Doubt`].
//!
//! [`Truth::Doubt`]: super::truth::Truth::Doubt

use serde_json::{Map, Value};

use super::action::{ACTIONS, Mask};
use super::condition::{self, Test};
use super::pattern::{Arns, Glob};

/// BOUND: the provider takes 10,240 characters at most, 20,480 for one of a resource; what is a thousand
/// times as long is nothing that it wrote.
const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What was read of a document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) statements: Vec<Statement>,
    /// What was not understood, each with its place.
    pub(super) flaws: Vec<String>,
    /// Whether nothing of it was understood.
    pub(super) unread: bool,
}

/// One statement.
#[derive(Debug)]
pub(super) struct Statement {
    /// `Statement[2]`, or its `Sid`.
    pub(super) place: String,
    pub(super) effect: Effect,
    pub(super) principals: Option<Principals>,
    pub(super) actions: Actions,
    pub(super) resources: Resources,
    pub(super) condition: Vec<Test>,
    /// Whether a part of it was not understood.
    pub(super) is_doubtful: bool,
}

/// What a statement does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Effect {
    Allow,
    Deny,
    /// Neither word stands there.
    Unknown,
}

/// The actions of a statement.
#[derive(Debug)]
pub(super) struct Actions {
    /// As spelt.
    pub(super) texts: Vec<String>,
    globs: Vec<Glob>,
    pub(super) all_but: bool,
    /// Of the actions that are asked for most.
    mask: Mask,
}

/// The resources of a statement.
#[derive(Debug)]
pub(super) struct Resources {
    pub(super) texts: Vec<String>,
    /// Compiled, where there are no variables.
    pub(super) arns: Vec<Option<Arns>>,
    pub(super) all_but: bool,
}

/// Whom a statement of a resource's policy is about.
#[derive(Debug)]
pub(super) struct Principals {
    /// Kind in lower case (`aws`, `service`, `federated`, `canonicaluser`) and name; `*` alone is
    /// (`*`, `*`).
    pub(super) named: Vec<(String, String)>,
    pub(super) all_but: bool,
}

impl Document {
    /// Reads `text`.
    pub(super) fn read(text: &str) -> Self {
        let whole = |what: String| Self { flaws: vec![what], unread: true, ..Self::default() };
        if text.len() > DOCUMENT_BYTES_MAX {
            return whole(format!("it is longer than {DOCUMENT_BYTES_MAX} bytes"));
        }
        let value: Value = match serde_json::from_str(text) {
            Ok(value) => value,
            Err(error) => return whole(format!("it is not JSON: {error}")),
        };
        let Value::Object(root) = value else { return whole("it is not an object".to_owned()) };
        let variables =
            element(&root, "Version").and_then(Value::as_str).is_some_and(|it| it == "2012-10-17");
        let items = match element(&root, "Statement") {
            Some(Value::Array(items)) => items.as_slice(),
            Some(single @ Value::Object(_)) => std::slice::from_ref(single),
            Some(_) | None => return whole("it has no statement".to_owned()),
        };
        let mut document = Self::default();
        for (number, item) in items.iter().enumerate() {
            let mut flaws = Vec::new();
            let statement = Statement::read(item, number, variables, &mut flaws);
            for flaw in flaws {
                document.flaws.push(format!("Statement[{number}]: {flaw}"));
            }
            document.statements.push(statement);
        }
        document
    }
}

impl Statement {
    fn read(value: &Value, number: usize, variables: bool, flaws: &mut Vec<String>) -> Self {
        let none = Map::new();
        let fields = value.as_object().unwrap_or_else(|| {
            flaws.push("it is no object".to_owned());
            &none
        });
        let sid = element(fields, "Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
        let place = sid.map_or_else(|| format!("Statement[{number}]"), str::to_owned);
        let effect = match element(fields, "Effect").and_then(Value::as_str) {
            Some(text) if text.eq_ignore_ascii_case("Allow") => Effect::Allow,
            Some(text) if text.eq_ignore_ascii_case("Deny") => Effect::Deny,
            Some(_) | None => {
                flaws.push("`Effect` is neither `Allow` nor `Deny`".to_owned());
                Effect::Unknown
            }
        };
        let (actions, all_but) = list(fields, "Action", "NotAction", flaws);
        if actions.is_none() {
            flaws.push("it has neither `Action` nor `NotAction`".to_owned());
        }
        let actions = Actions::of(actions.unwrap_or_default(), all_but);
        let (resources, all_but) = list(fields, "Resource", "NotResource", flaws);
        // The policy of a resource need not name it; that of an identity must.
        if resources.is_none()
            && element(fields, "Principal").or(element(fields, "NotPrincipal")).is_none()
        {
            flaws.push("it has neither `Resource` nor `NotResource`".to_owned());
        }
        let resources = resources.unwrap_or_else(|| vec!["*".to_owned()]);
        let resources = Resources::of(resources, all_but, variables);
        let condition = element(fields, "Condition")
            .map(|value| condition::read(value, variables, flaws))
            .unwrap_or_default();
        let principals = principals(fields, flaws);
        let is_doubtful = !flaws.is_empty();
        Self { place, effect, principals, actions, resources, condition, is_doubtful }
    }
}

impl Actions {
    fn of(texts: Vec<String>, all_but: bool) -> Self {
        let globs: Vec<Glob> = texts.iter().map(|text| Glob::of(&text.to_lowercase())).collect();
        let mut mask = Mask::default();
        for (number, action) in ACTIONS.iter().enumerate() {
            if globs.iter().any(|glob| glob.matches(action)) != all_but {
                mask.add(number);
            }
        }
        Self { texts, globs, all_but, mask }
    }

    /// Whether `action`, in lower case, is one of them.
    pub(super) fn hold(&self, action: &str) -> bool {
        self.globs.iter().any(|glob| glob.matches(action)) != self.all_but
    }

    /// The same, of one of [`ACTIONS`].
    pub(super) fn hold_numbered(&self, number: usize) -> bool {
        self.mask.has(number)
    }
}

impl Resources {
    fn of(texts: Vec<String>, all_but: bool, variables: bool) -> Self {
        let compiled = |text: &String| (!variables || !text.contains("${")).then(|| Arns::of(text));
        let arns = texts.iter().map(compiled).collect();
        Self { texts, arns, all_but }
    }
}

/// The texts of one of two elements, and whether it is the second.
fn list(
    fields: &Map<String, Value>,
    only: &str,
    all_but: &str,
    flaws: &mut Vec<String>,
) -> (Option<Vec<String>>, bool) {
    match (element(fields, only), element(fields, all_but)) {
        (Some(value), None) => (Some(texts(value, only, flaws)), false),
        (None, Some(value)) => (Some(texts(value, all_but, flaws)), true),
        (Some(value), Some(_)) => {
            flaws.push(format!("it has both `{only}` and `{all_but}`"));
            (Some(texts(value, only, flaws)), false)
        }
        (None, None) => (None, false),
    }
}

fn texts(value: &Value, name: &str, flaws: &mut Vec<String>) -> Vec<String> {
    let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Value::String(text) => texts.push(text.clone()),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => {
                flaws.push(format!("`{name}` holds `{other}`, which is no text"));
            }
        }
    }
    texts
}

fn principals(fields: &Map<String, Value>, flaws: &mut Vec<String>) -> Option<Principals> {
    let (value, all_but) = match element(fields, "Principal") {
        Some(value) => (value, false),
        None => (element(fields, "NotPrincipal")?, true),
    };
    let mut named = Vec::new();
    match value {
        Value::String(text) if text == "*" => named.push(("*".to_owned(), "*".to_owned())),
        Value::Object(kinds) => {
            for (kind, names) in kinds {
                for name in texts(names, kind, flaws) {
                    named.push((kind.to_lowercase(), name));
                }
            }
        }
        other @ (Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)) => flaws.push(format!("`Principal` is `{other}`")),
    }
    Some(Principals { named, all_but })
}

/// The element of that name, in upper or lower case.
fn element<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    fields
        .get(name)
        .or_else(|| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|it| it.1))
}
