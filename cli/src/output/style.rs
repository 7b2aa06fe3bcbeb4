//! Colour, where somebody looks and did not say no.

use std::borrow::Cow;

use model::Severity;

/// How a text is set off from the others. Never the only bearer of a meaning.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Tone {
    /// As it is.
    #[default]
    Plain,
    /// A head line.
    Strong,
    /// Less important than what is around it.
    Dim,
    /// Fine.
    Good,
    /// Worth a look.
    Warning,
    /// Bad.
    Bad,
}

impl Tone {
    /// The tone of a severity.
    pub(crate) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Critical | Severity::High => Self::Bad,
            Severity::Medium => Self::Warning,
            Severity::Low => Self::Plain,
            Severity::Info => Self::Dim,
        }
    }
}

/// Whether to use colour.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    /// Whether to.
    pub(crate) color: bool,
}

impl Style {
    /// `text` in `tone`. The text must be [harmless](super::escape::plain) already.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> Cow<'_, str> {
        let code = match tone {
            Tone::Plain => return Cow::Borrowed(text),
            Tone::Strong => "1",
            Tone::Dim => "2",
            Tone::Good => "32",
            Tone::Warning => "33",
            Tone::Bad => "31",
        };
        if !self.color || text.is_empty() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m"))
    }
}
