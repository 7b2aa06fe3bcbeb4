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

use std::sync::Arc;
mod twice;

use serde_json::{Map, Value};

use super::action::{ACTIONS, Mask, Name, Number};
use super::condition::{self, Test};
use super::held::{Held, Shelf};
use super::pattern::{Arns, Glob};

/// BOUND: the provider takes 10,240 characters at most, 20,480 for one of a resource, and does not count
/// blanks; what is fifty times as long is nothing that it keeps.
const DOCUMENT_BYTES_MAX: usize = 1024 * 1024;
/// BOUND: nor is one action, resource or value in it longer than all of it may be.
pub(super) const TEXT_BYTES_MAX: usize = 20 * 1024;

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
#[derive(Clone, Debug)]
pub(super) struct Statement {
    /// Its number among all statements of an estate.
    pub(super) no: usize,
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
#[derive(Clone, Debug)]
pub(super) struct Actions {
    /// As spelt.
    pub(super) texts: Vec<String>,
    globs: Vec<Glob>,
    pub(super) all_but: bool,
    /// Whether there are others that were not understood.
    pub(super) is_partial: bool,
    /// Of the actions that are asked for most.
    mask: Mask,
    /// Of the whole catalogue; none if it was not looked up.
    pub(super) held: Option<Arc<Held>>,
}

/// The resources of a statement.
#[derive(Clone, Debug)]
pub(super) struct Resources {
    pub(super) texts: Vec<String>,
    /// Compiled, where there are no variables.
    pub(super) arns: Vec<Option<Arns>>,
    pub(super) all_but: bool,
    /// Whether there are others that were not understood.
    pub(super) is_partial: bool,
}

/// Whom a statement of a resource's policy is about.
#[derive(Clone, Debug)]
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
        if let Some(twice) = twice::key(text) {
            return whole(twice);
        }
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
            if let Some(key) = item.as_object().and_then(in_two_cases) {
                return whole(format!("Statement[{number}]: `{key}` stands twice"));
            }
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

impl Document {
    /// Looks up which actions of the catalogue its statements hold, and numbers them from `no` on.
    pub(super) fn look_up(&mut self, known: &mut Shelf, no: &mut usize) {
        for statement in &mut self.statements {
            statement.no = *no;
            *no = no.saturating_add(1);
            let actions = &mut statement.actions;
            actions.held = known.held(&actions.texts, actions.all_but);
        }
    }
}

impl Statement {
    /// Whether it applies alike to whoever asks.
    pub(super) fn is_alike(&self) -> bool {
        !self.is_doubtful
            && self.resources.arns.iter().all(Option::is_some)
            && self.condition.iter().all(Test::is_alike)
    }

    /// Whether it speaks of every resource.
    pub(super) fn is_everywhere(&self) -> bool {
        !self.resources.all_but && self.resources.arns.contains(&Some(Arns::Any))
    }

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
        let before = flaws.len();
        let (actions, all_but) = list(fields, "Action", "NotAction", flaws);
        let is_partial = flaws.len() > before;
        if actions.is_none() {
            flaws.push("it has neither `Action` nor `NotAction`".to_owned());
        }
        let actions = Actions::of(actions.unwrap_or_default(), all_but, is_partial);
        let before = flaws.len();
        let (resources, all_but) = list(fields, "Resource", "NotResource", flaws);
        let is_partial = flaws.len() > before;
        // The policy of a resource need not name it; that of an identity must.
        if resources.is_none()
            && element(fields, "Principal").or(element(fields, "NotPrincipal")).is_none()
        {
            flaws.push("it has neither `Resource` nor `NotResource`".to_owned());
        }
        let resources = resources.unwrap_or_else(|| vec!["*".to_owned()]);
        let resources = Resources::of(resources, all_but, is_partial, variables);
        let condition = element(fields, "Condition")
            .map(|value| condition::read(value, variables, flaws))
            .unwrap_or_default();
        let principals = principals(fields, flaws);
        let is_doubtful = !flaws.is_empty();
        Self { no: number, place, effect, principals, actions, resources, condition, is_doubtful }
    }
}

impl Actions {
    fn of(texts: Vec<String>, all_but: bool, is_partial: bool) -> Self {
        let globs: Vec<Glob> = texts.iter().map(|text| Glob::of(&text.to_lowercase())).collect();
        let mut mask = Mask::default();
        for (number, action) in ACTIONS.iter().enumerate() {
            if globs.iter().any(|glob| glob.matches(action)) != all_but {
                mask.add(number);
            }
        }
        Self { texts, globs, all_but, is_partial, mask, held: None }
    }

    /// Whether `action` is one of them.
    pub(super) fn hold(&self, action: Name<'_>) -> bool {
        match (action.number, &self.held) {
            (Number::Asked(number), _) => self.mask.has(number),
            (Number::Listed(number), Some(held)) => held.has(number),
            (Number::Listed(_), None) | (Number::None, _) => self.hold_text(action.text),
        }
    }

    /// The same, of an action of any name in lower case.
    pub(super) fn hold_text(&self, action: &str) -> bool {
        self.globs.iter().any(|glob| glob.matches(action)) != self.all_but
    }
}

impl Resources {
    fn of(texts: Vec<String>, all_but: bool, is_partial: bool, variables: bool) -> Self {
        let compiled = |text: &String| (!variables || !text.contains("${")).then(|| Arns::of(text));
        let arns = texts.iter().map(compiled).collect();
        Self { texts, arns, all_but, is_partial }
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
            Value::String(text) if text.len() > TEXT_BYTES_MAX => {
                flaws.push(too_long(name, text));
            }
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

/// What is said of a text that nobody wrote.
pub(super) fn too_long(name: &str, text: &str) -> String {
    let bytes = text.len();
    format!("`{name}` holds a text of {bytes} bytes, and {TEXT_BYTES_MAX} are the most")
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

/// An element that stands there twice, in upper and lower case: nobody can say which one counts.
fn in_two_cases(fields: &Map<String, Value>) -> Option<&String> {
    let is_twice =
        |key: &&String| fields.keys().any(|other| other < *key && other.eq_ignore_ascii_case(key));
    fields.keys().find(is_twice)
}
