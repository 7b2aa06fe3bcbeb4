//! Reads an answer in XML as a tree, for the two services that speak nothing else.
//!
//! The tokens are `xmlparser`'s, which the SDK brings along. The SDK's own reader takes a document
//! that breaks off for a short one, and half a listing must not pass for a whole one: here every
//! element is closed by its own name, or there is no tree.

use xmlparser::{ElementEnd, Token, Tokenizer};

/// BOUND: on elements within elements; an answer has a dozen.
const DEPTH_MAX: usize = 64;

/// An element with what is in it.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

/// Reads a document.
///
/// # Errors
///
/// With what is wrong: it is no text, is not well formed, breaks off or is nested too deep.
pub(super) fn read(content: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(content).map_err(|error| error.to_string())?;
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    for token in Tokenizer::from(text) {
        let closed = match token.map_err(|error| error.to_string())? {
            Token::ElementStart { local, .. } => {
                if root.is_some() || open.len() >= DEPTH_MAX {
                    return Err(format!("`{}` stands where no element can", local.as_str()));
                }
                open.push(Element { name: local.as_str().to_owned(), ..Element::default() });
                continue;
            }
            Token::ElementEnd { end: ElementEnd::Empty, .. } => open.pop(),
            Token::ElementEnd { end: ElementEnd::Close(_, name), .. } => {
                open.pop().filter(|element| element.name == name.as_str())
            }
            Token::Text { text } => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&unescaped(text.as_str())?);
                }
                continue;
            }
            Token::Cdata { text, .. } => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(text.as_str());
                }
                continue;
            }
            // No service declares entities; whoever does wants something.
            Token::DtdStart { .. } | Token::EmptyDtd { .. } | Token::EntityDeclaration { .. } => {
                return Err("it declares a type of its own".to_owned());
            }
            Token::ElementEnd { end: ElementEnd::Open, .. }
            | Token::Attribute { .. }
            | Token::Comment { .. }
            | Token::Declaration { .. }
            | Token::DtdEnd { .. }
            | Token::ProcessingInstruction { .. } => continue,
        };
        let closed = closed.ok_or("an element is closed that was not open")?;
        match open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None => root = Some(closed),
        }
    }
    if let Some(element) = open.pop() {
        return Err(format!("it breaks off within `{}`", element.name));
    }
    root.ok_or_else(|| "there is no element in it".to_owned())
}

impl Element {
    /// The first element of that name in it.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the element of that name in it, unless that is empty.
    pub(super) fn text_of(&self, name: &str) -> Option<String> {
        let text = self.child(name)?.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// The members of the list of that name in it.
    ///
    /// # Errors
    ///
    /// If there is no such list: an empty one is there, too.
    pub(super) fn list(&self, name: &str) -> Result<&[Self], String> {
        let list = self.child(name).ok_or_else(|| format!("there is no `{name}` in it"))?;
        Ok(&list.children)
    }

    /// The first element of that name in it, however deep.
    pub(super) fn descendant(&self, name: &str) -> Option<&Self> {
        let deeper = || self.children.iter().find_map(|child| child.descendant(name));
        self.child(name).or_else(deeper)
    }

    /// Its own text.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }
}

/// The text behind `&lt;` and its kin.
fn unescaped(text: &str) -> Result<String, String> {
    let mut parts = text.split('&');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').ok_or("an `&` leads nowhere")?;
        let number = name.strip_prefix('#').and_then(|digits| match digits.strip_prefix('x') {
            Some(digits) => u32::from_str_radix(digits, 16).ok(),
            None => digits.parse().ok(),
        });
        let character = match name {
            "amp" => Some('&'),
            "apos" => Some('\''),
            "gt" => Some('>'),
            "lt" => Some('<'),
            "quot" => Some('"'),
            _ => number.and_then(char::from_u32),
        };
        plain.push(character.ok_or_else(|| format!("nobody knows `&{};`", short(name)))?);
        plain.push_str(rest);
    }
    Ok(plain)
}

fn short(name: &str) -> String {
    name.chars().take(20).collect()
}

#[cfg(test)]
mod tests;
