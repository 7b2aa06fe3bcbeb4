//! From the text of a YAML file to a small tree in which every key and value knows its line.
//!
//! It takes the part of YAML that declarations need: one document of mappings, lists and texts.
//! Anchors, aliases and tags are refused, so no file is larger than it looks; every scalar is the
//! text that was written, so `0123` and `no` keep their meaning. What the keys mean is for others.

use model::OwnersProblem;
use saphyr_parser::{Event, Parser, ScalarStyle};

use super::Problems;

/// BOUND: declarations are four levels deep; more is a mistake or an attack.
pub(super) const DEPTH_MAX: usize = 16;

/// BOUND: 10,000 declarations of 30 nodes each, in one file.
pub(super) const NODES_MAX: usize = 300_000;

/// BOUND: nobody has that many labels; it keeps the search for keys given twice short.
pub(super) const KEYS_MAX: usize = 1_000;

/// A value and the line on which it begins.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) line: u32,
    pub(super) value: Value,
}

/// What a node holds.
#[derive(Debug)]
pub(super) enum Value {
    /// Nothing: an empty value, `~` or `null`.
    Nothing,
    /// A text, as written.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file, without the keys that came twice.
    Mapping(Vec<Pair>),
}

/// A key and its value.
#[derive(Debug)]
pub(super) struct Pair {
    pub(super) key: String,
    pub(super) line: u32,
    pub(super) value: Node,
}

impl Value {
    /// What it is, for a message.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

/// The one document in `text`, or `None` after telling `problems` why it cannot be used. An empty
/// file is a document that holds nothing.
pub(super) fn document(file: &str, text: &str, problems: &mut Problems) -> Option<Node> {
    let mut reader = Reader { file, problems, open: Vec::new(), whole: None, documents: 0 };
    let mut nodes: usize = 0;
    for step in Parser::new_from_str(text) {
        let (event, span) = match step {
            Ok(step) => step,
            Err(error) => {
                let what = format!("not valid YAML: {}", error.info());
                reader.refuse(line_of(*error.marker()), what, "correct the syntax on this line");
                return None;
            }
        };
        nodes = nodes.saturating_add(1);
        if nodes > NODES_MAX {
            let what = format!("more than {NODES_MAX} values in one file");
            reader.refuse(line_of(span.start), what, "split the file");
            return None;
        }
        reader.take(event, line_of(span.start))?;
    }
    reader.whole.or(Some(Node { line: 0, value: Value::Nothing }))
}

fn line_of(marker: saphyr_parser::Marker) -> u32 {
    u32::try_from(marker.line()).unwrap_or(u32::MAX)
}

/// A list or mapping that has not ended.
enum Open {
    List(u32, Vec<Node>),
    /// The last field is the key that waits for its value.
    Mapping(u32, Vec<Pair>, Option<(String, u32)>),
}

struct Reader<'a> {
    file: &'a str,
    problems: &'a mut Problems,
    open: Vec<Open>,
    whole: Option<Node>,
    documents: usize,
}

impl Reader<'_> {
    /// One step of the parser; `None` if the file cannot be used.
    fn take(&mut self, event: Event<'_>, line: u32) -> Option<()> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Some(()),
            Event::DocumentStart(_) => self.document_start(line),
            Event::Alias(_) => {
                self.refuse(line, "an alias (`*name`) is not allowed", "write the value out");
                None
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.plain(line, anchor, tag.is_some())?;
                let nothing = style == ScalarStyle::Plain
                    && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let value = if nothing { Value::Nothing } else { Value::Text(text.into_owned()) };
                self.put(Node { line, value })
            }
            Event::SequenceStart(anchor, tag) => {
                self.plain(line, anchor, tag.is_some())?;
                self.push(line, Open::List(line, Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.plain(line, anchor, tag.is_some())?;
                self.push(line, Open::Mapping(line, Vec::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop()? {
                Open::List(line, items) => self.put(Node { line, value: Value::List(items) }),
                Open::Mapping(line, pairs, _) => {
                    self.put(Node { line, value: Value::Mapping(pairs) })
                }
            },
        }
    }

    fn document_start(&mut self, line: u32) -> Option<()> {
        self.documents = self.documents.saturating_add(1);
        if self.documents > 1 {
            self.refuse(line, "a second document (`---`) in one file", "use one file for each");
            return None;
        }
        Some(())
    }

    fn plain(&mut self, line: u32, anchor: usize, tagged: bool) -> Option<()> {
        if anchor != 0 {
            self.refuse(line, "an anchor (`&name`) is not allowed", "write the value out");
            return None;
        }
        if tagged {
            self.refuse(line, "a tag (`!name`) is not allowed", "leave the tag out");
            return None;
        }
        Some(())
    }

    fn push(&mut self, line: u32, open: Open) -> Option<()> {
        if self.open.len() >= DEPTH_MAX {
            let what = format!("more than {DEPTH_MAX} levels deep");
            self.refuse(line, what, "see the format of declarations");
            return None;
        }
        self.open.push(open);
        Some(())
    }

    /// Adds a finished node to what is open.
    fn put(&mut self, node: Node) -> Option<()> {
        match self.open.last_mut() {
            None => self.whole = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Mapping(_, pairs, key)) => match key.take() {
                Some((_, line)) if pairs.len() >= KEYS_MAX => {
                    let what = format!("more than {KEYS_MAX} keys in one mapping");
                    self.refuse(line, what, "see the format of declarations");
                    return None;
                }
                Some((name, line)) => {
                    if pairs.iter().any(|pair| pair.key == name) {
                        let what = format!("`{name}` is given twice");
                        self.refuse(line, what, "keep one of the two");
                        return Some(());
                    }
                    pairs.push(Pair { key: name, line, value: node });
                }
                None => match node.value {
                    Value::Text(text) => *key = Some((text, node.line)),
                    Value::Nothing | Value::List(_) | Value::Mapping(_) => {
                        let what = format!("a key must be a text, not {}", node.value.kind());
                        self.refuse(node.line, what, "write `key: value`");
                        return None;
                    }
                },
            },
        }
        Some(())
    }

    fn refuse(&mut self, line: u32, what: impl Into<String>, hint: &str) {
        self.problems.add(OwnersProblem {
            file: self.file.to_owned(),
            line,
            what: what.into(),
            hint: hint.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests;
