//! One declaration: from its mapping in a YAML file to [`Declaration`].

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{Declaration, DeclarationId, IdentityKind, OwnerId, Pattern, Selector};

use super::yaml::{Node, Pair, Value};
use super::{FileReader, FirstRead, NAME_BYTES_MAX, TEXT_BYTES_MAX};

const KEYS: [&str; 8] =
    ["name", "match", "owners", "purpose", "service", "environment", "expires", "revocation"];
const MATCH_KEYS: [&str; 7] = ["id", "source", "kind", "realm", "labels", "path", "namespace"];
const OWNERS_KEYS: [&str; 3] = ["business", "technical", "lifecycle"];

/// The declarations under one `declarations:` key: those without a mistake.
pub(super) fn list(
    file: &mut FileReader<'_>,
    pair: &Pair,
    first_read: FirstRead<'_>,
    as_of: Timestamp,
) -> Vec<Declaration> {
    let items = match &pair.value.value {
        Value::List(items) => items.as_slice(),
        Value::Nothing => &[],
        Value::Text(_) | Value::Mapping(_) => {
            let kind = pair.value.value.kind();
            let what = format!("`declarations` must be a list, not {kind}");
            file.problem(pair.line, what, "begin each declaration with `- name: `");
            &[]
        }
    };
    let mut lines: BTreeMap<DeclarationId, u32> = BTreeMap::new();
    let mut declarations = Vec::new();
    for item in items {
        let Some(mut read) = one(file, item) else { continue };
        if let Some(line) = lines.insert(read.id.clone(), read.line) {
            let what = format!("there is a declaration of this name on line {line}: `{}`", read.id);
            file.problem(read.line, what, "give each declaration of a file a name of its own");
        }
        read.first_read_at = first_read(&read.id).unwrap_or(as_of);
        declarations.push(read);
    }
    declarations
}

fn one(file: &mut FileReader<'_>, item: &Node) -> Option<Declaration> {
    let Value::Mapping(pairs) = &item.value else {
        let what = format!("a declaration must be a mapping, not {}", item.value.kind());
        file.problem(item.line, what, "begin each declaration with `- name: `");
        return None;
    };
    let mut name = None;
    let mut selector = None;
    let mut declaration = empty(file.name, item.line);
    for pair in pairs {
        match pair.key.as_str() {
            "name" => name = Some(file.text_of(pair, NAME_BYTES_MAX)),
            "match" => selector = Some(self::selector(file, pair)),
            "owners" => owners(file, pair, &mut declaration),
            "purpose" => declaration.purpose = file.text_of(pair, TEXT_BYTES_MAX),
            "service" => declaration.service = file.text_of(pair, NAME_BYTES_MAX),
            "environment" => declaration.environment = file.text_of(pair, NAME_BYTES_MAX),
            "expires" => declaration.expires_at = file.moment_of(pair),
            "revocation" => declaration.revocation = file.text_of(pair, TEXT_BYTES_MAX),
            unknown => file.unknown_key(pair.line, unknown, &KEYS),
        }
    }
    if name.is_none() {
        file.problem(
            item.line,
            "the declaration has no `name`",
            "add `name: `, unique in the file",
        );
    }
    if selector.is_none() {
        let hint = "add `match:` with one of its conditions";
        file.problem(item.line, "the declaration has no `match`", hint);
    }
    let says_nothing = |pair: &Pair| ["name", "match", "revocation"].contains(&pair.key.as_str());
    if pairs.iter().all(says_nothing) {
        let hint = "add `owners:`, or what else is known of it";
        file.problem(item.line, "the declaration declares nothing", hint);
    }
    declaration.id = DeclarationId(format!("{}#{}", file.name, name??));
    declaration.selector = selector??;
    Some(declaration)
}

fn empty(file: &str, line: u32) -> Declaration {
    Declaration {
        id: DeclarationId::default(),
        file: file.to_owned(),
        line,
        first_read_at: Timestamp::UNIX_EPOCH,
        selector: Selector::default(),
        business: Vec::new(),
        technical: Vec::new(),
        lifecycle: Vec::new(),
        purpose: None,
        service: None,
        environment: None,
        expires_at: None,
        revocation: None,
    }
}

fn selector(file: &mut FileReader<'_>, pair: &Pair) -> Option<Selector> {
    let mut selector = Selector::default();
    let pairs = mapping(file, pair)?;
    for pair in pairs {
        match pair.key.as_str() {
            "id" => selector.id = pattern(file, pair),
            "source" => selector.source = file.text_of(pair, NAME_BYTES_MAX),
            "kind" => selector.kind = kind(file, pair),
            "realm" => selector.realm = pattern(file, pair),
            "labels" => selector.labels = labels(file, pair),
            "path" => selector.path = pattern(file, pair),
            "namespace" => selector.namespace = pattern(file, pair),
            unknown => file.unknown_key(pair.line, unknown, &MATCH_KEYS),
        }
    }
    let is_condition = |pair: &Pair| {
        let empty = matches!(&pair.value.value, Value::Mapping(pairs) if pairs.is_empty());
        MATCH_KEYS.contains(&pair.key.as_str()) && !empty
    };
    if !pairs.iter().any(is_condition) {
        let hint = format!("give at least one of {}", MATCH_KEYS.join(", "));
        file.problem(pair.line, "`match` has no condition", hint);
        return None;
    }
    Some(selector)
}

fn pattern(file: &mut FileReader<'_>, pair: &Pair) -> Option<Pattern> {
    file.text_of(pair, NAME_BYTES_MAX).map(Pattern)
}

fn kind(file: &mut FileReader<'_>, pair: &Pair) -> Option<String> {
    let kind = file.text_of(pair, NAME_BYTES_MAX)?;
    let mut known: Vec<&str> = IdentityKind::ALL.iter().map(|kind| kind.name()).collect();
    known.push("unclaimed");
    if known.contains(&kind.as_str()) {
        return Some(kind);
    }
    let hint = match super::nearest(&kind, &known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("kinds are {}", known.join(", ")),
    };
    file.problem(pair.line, format!("unknown kind `{}`", super::shown(&kind)), hint);
    None
}

fn labels(file: &mut FileReader<'_>, pair: &Pair) -> BTreeMap<String, Pattern> {
    let mut labels = BTreeMap::new();
    for pair in mapping(file, pair).unwrap_or_default() {
        if let Some(pattern) = pattern(file, pair) {
            labels.insert(pair.key.clone(), pattern);
        }
    }
    labels
}

fn owners(file: &mut FileReader<'_>, pair: &Pair, declaration: &mut Declaration) {
    for pair in mapping(file, pair).unwrap_or_default() {
        match pair.key.as_str() {
            "business" => declaration.business = answers(file, pair),
            "technical" => declaration.technical = answers(file, pair),
            "lifecycle" => declaration.lifecycle = answers(file, pair),
            unknown => file.unknown_key(pair.line, unknown, &OWNERS_KEYS),
        }
    }
}

fn answers(file: &mut FileReader<'_>, pair: &Pair) -> Vec<OwnerId> {
    let mut owners = Vec::new();
    for (line, text) in file.texts_of(pair) {
        let Some(owner) = file.owner(line, &text) else { continue };
        if owners.contains(&owner) {
            let what = format!("`{}` is named twice in `{}`", super::shown(&text), pair.key);
            file.problem(line, what, "name each owner once");
            continue;
        }
        owners.push(owner);
    }
    owners
}

/// The pairs of a mapping that must not be empty.
fn mapping<'n>(file: &mut FileReader<'_>, pair: &'n Pair) -> Option<&'n [Pair]> {
    if let Value::Mapping(pairs) = &pair.value.value {
        return Some(pairs);
    }
    let kind = pair.value.value.kind();
    let what = format!("`{}` must be a mapping, not {kind}", super::shown(&pair.key));
    file.problem(pair.line, what, "write its keys on the lines below, further to the right");
    None
}
