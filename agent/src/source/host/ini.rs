//! Sections, names and values, as in AWS's and Python's files, borrowed from the file.
//!
//! ```text
//! [section]
//! name = value      # or ; at the beginning of a line are comments
//! ```

use super::text;

/// One line of a section.
pub(super) struct Line<'a> {
    /// Empty before the first one.
    pub(super) section: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) value: &'a [u8],
}

/// The lines that set something, in order. A line that is indented belongs to the value above and is
/// passed over, as no credential takes two lines.
pub(super) fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut section: &[u8] = b"";
    text::lines(bytes).filter_map(move |line| {
        let content = line.trim_ascii();
        if let [b'[', name @ .., b']'] = content {
            section = name.trim_ascii();
            return None;
        }
        if matches!(line.first(), None | Some(b'#' | b';' | b' ' | b'\t')) {
            return None;
        }
        let (name, value) = text::split_once(content, b'=')?;
        Some(Line { section, name: name.trim_ascii(), value: value.trim_ascii() })
    })
}
