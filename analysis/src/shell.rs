//! Commands for people to paste: shown, never run.

/// `word` as one word of a POSIX shell, whatever is in it. Control characters become `?`: nobody
/// can read them on a screen, and no name of a provider has any.
pub(crate) fn quote(word: &str) -> String {
    let word: String = word.chars().map(|c| if c.is_control() { '?' } else { c }).collect();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+=,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word;
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// A command of these words, each quoted if it must be. Words that start with `-` and do not stand
/// in `words` as options must follow their option as `--option=value`.
pub(crate) fn command(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| quote(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
