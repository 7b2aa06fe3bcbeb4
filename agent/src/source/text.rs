//! What text of a file may be told: names, hosts and comments, never what reads like a secret.

use crate::secret::resembles_secret;

/// Longer text is cut: enough for every name that a person gave, too short for a document.
const CHARS_MAX: usize = 256;

/// `text` for people to read, with anything unprintable replaced; `None` if it is empty or
/// [resembles a secret](resembles_secret).
pub(super) fn public(text: &[u8]) -> Option<String> {
    let text = text.trim_ascii();
    if text.is_empty() || resembles_secret(text) {
        return None;
    }
    let shown = String::from_utf8_lossy(text.get(..text.len().min(CHARS_MAX))?)
        .chars()
        .map(|char| if char.is_control() { '\u{fffd}' } else { char })
        .collect();
    Some(shown)
}

/// The lines of a file without their line ends.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

/// What stands before something and after it.
pub(super) type Halves<'a> = (&'a [u8], &'a [u8]);

/// What stands before and after the first `at`.
pub(super) fn split_once(text: &[u8], at: u8) -> Option<Halves<'_>> {
    let position = text.iter().position(|byte| *byte == at)?;
    Some((text.get(..position)?, text.get(position.saturating_add(1)..)?))
}

/// Without a pair of quotes around it.
pub(super) fn unquoted(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    match text {
        [b'"', inner @ .., b'"'] | [b'\'', inner @ .., b'\''] => inner,
        _ => text,
    }
}

/// Whether `part` stands somewhere in `whole`.
pub(super) fn contains(whole: &[u8], part: &[u8]) -> bool {
    position(whole, part).is_some()
}

/// Where `part` first stands in `whole`.
pub(super) fn position(whole: &[u8], part: &[u8]) -> Option<usize> {
    let first = *part.first()?;
    let mut from = 0_usize;
    loop {
        let rest = whole.get(from..)?;
        let at = rest.iter().position(|byte| *byte == first)?;
        if rest.get(at..)?.starts_with(part) {
            return from.checked_add(at);
        }
        from = from.checked_add(at)?.checked_add(1)?;
    }
}
