//! The plain block form of YAML that tools write, read in place.
//!
//! ```text
//! users:
//! - name: admin
//!   user:
//!     token: abc
//! ```
//!
//! Values over several lines, anchors and brackets other than empty ones make the whole document
//! unreadable here: better told as unread than read wrongly.

use super::super::text;
use super::{DEPTH_MAX, LEAVES_MAX, Leaf, Step, Value};

/// A step of the path and the column that it began in.
struct At<'a> {
    column: usize,
    step: Step<'a>,
}

/// Every value of a document, in order.
pub(super) fn leaves(bytes: &[u8]) -> Option<Vec<Leaf<'_>>> {
    let (mut path, mut leaves): (Vec<At<'_>>, Vec<Leaf<'_>>) = (Vec::new(), Vec::new());
    for line in text::lines(bytes) {
        let content = line.trim_ascii();
        if content.is_empty() || content.starts_with(b"#") || content == b"---" {
            continue;
        }
        let mut column = line.iter().take_while(|byte| **byte == b' ').count();
        let mut content = line.get(column..)?;
        while let Some(item) = content.strip_prefix(b"- ") {
            let blanks = item.iter().take_while(|byte| **byte == b' ').count();
            begin_item(&mut path, column);
            if path.len() > DEPTH_MAX {
                return None;
            }
            column = column.checked_add(2)?.checked_add(blanks)?;
            content = item.get(blanks..)?;
        }
        let (name, value) = split(content)?;
        path.retain(|at| at.column < column);
        path.push(At { column, step: Step::Name(text::unquoted(name)) });
        if path.len() > DEPTH_MAX || leaves.len() >= LEAVES_MAX {
            return None;
        }
        if let Some(value) = value_of(value).ok()? {
            leaves.push(Leaf { path: path.iter().map(|at| at.step).collect(), value });
        }
    }
    Some(leaves)
}

/// An item may stand in the column of the name that it belongs to.
fn begin_item(path: &mut Vec<At<'_>>, column: usize) {
    let mut index = 0;
    path.retain(|at| match at.step {
        Step::Index(last) if at.column == column => {
            index = last.saturating_add(1);
            false
        }
        Step::Name(_) => at.column <= column,
        Step::Index(_) => at.column < column,
    });
    path.push(At { column, step: Step::Index(index) });
}

fn split(content: &[u8]) -> Option<text::Halves<'_>> {
    if let Some(name) = content.trim_ascii_end().strip_suffix(b":") {
        return Some((name, b""));
    }
    let at = text::position(content, b": ")?;
    Some((content.get(..at)?, content.get(at.checked_add(2)?..)?.trim_ascii()))
}

/// A value that this reader does not understand.
struct NotPlain;

/// What stands after the colon; `None` if a deeper level follows, or nothing.
fn value_of(value: &[u8]) -> Result<Option<Value<'_>>, NotPlain> {
    Ok(match value {
        b"" | b"{}" | b"[]" | b"null" | b"~" => None,
        [b'"', inner @ .., b'"'] => Some(Value::Escaped(inner)),
        [b'\'', inner @ .., b'\''] if !inner.contains(&b'\'') => Some(Value::Plain(inner)),
        [b'"' | b'\'' | b'|' | b'>' | b'{' | b'[' | b'&' | b'*' | b'!' | b'%' | b'@', ..] => {
            return Err(NotPlain);
        }
        _ => Some(Value::Plain(without_comment(value))),
    })
}

fn without_comment(value: &[u8]) -> &[u8] {
    let len = text::position(value, b" #").unwrap_or(value.len());
    value.get(..len).unwrap_or_default().trim_ascii_end()
}
