//! Text from outside, made harmless for the screen and for sheets.
//!
//! Names of identities, paths and reasons come from systems that we do not trust: one of them may
//! move the cursor, hide itself by writing right to left, or be a formula to a sheet.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar as _;

/// `text` on one line without anything that a terminal would obey; what it would is shown as an
/// escape: `\n`, `\u{1b}`.
pub(crate) fn plain(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_active) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_active(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Characters that do something, or that cannot be seen: controls, line and paragraph separators,
/// marks that turn the direction of writing, characters without a width, tags.
fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// `text` as a cell that no sheet takes for a formula, as OWASP advises: a quote before a leading
/// `=`, `+`, `-`, `@`, tab or carriage return.
pub(crate) fn cell(text: &str) -> Cow<'_, str> {
    if text.starts_with([
        '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ]) {
        return Cow::Owned(format!("'{text}"));
    }
    Cow::Borrowed(text)
}

/// Columns that `text` takes on a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// `text` in at most `max` columns; what is left out is in the middle, since the ends of an ARN or a
/// path tell most.
pub(crate) fn shortened(text: &str, max: usize) -> Cow<'_, str> {
    if width(text) <= max {
        return Cow::Borrowed(text);
    }
    let room = max.saturating_sub(1);
    let head_max = room / 3;
    let head = fitting(text.chars(), head_max);
    let tail = fitting(text.chars().rev(), room.saturating_sub(width(&head)));
    let tail: String = tail.chars().rev().collect();
    Cow::Owned(format!("{head}…{tail}"))
}

fn fitting(chars: impl Iterator<Item = char>, max: usize) -> String {
    let mut out = String::new();
    let mut used: usize = 0;
    for c in chars {
        used = used.saturating_add(c.width().unwrap_or(0));
        if used > max {
            break;
        }
        out.push(c);
    }
    out
}

/// `text` in lines of at most `max` columns, broken at spaces, and within a word only if it is longer
/// than a line.
pub(crate) fn wrapped(text: &str, max: usize) -> Vec<String> {
    let max = max.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word.to_owned();
        let needed = width(&line).saturating_add(1).saturating_add(width(&word));
        if !line.is_empty() && needed > max {
            lines.push(std::mem::take(&mut line));
        }
        while width(&word) > max {
            let part = fitting(word.chars(), max);
            word = word.split_off(part.len());
            lines.push(part);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests;
