//! Estimates how hard a secret is to guess. Errs towards "guessable": a secret that is not
//! fingerprinted is still reported, only not recognised elsewhere.
//!
//! The rule. Material is guessable if any of these holds:
//!
//! 1. it is shorter than 12 bytes;
//! 2. its Shannon entropy (of its own bytes, times its length) is below 48 bits;
//! 3. its guess estimate is below 56 bits. That is the sum of: for a run of four or more letters
//!    which can be spoken (a vowel now and then, one case or capitalised), 11 bits whatever its
//!    length, as for a word of a dictionary; for a byte that repeats its neighbour or counts on from
//!    it, 1 bit; for a digit or a usual separator, 3.3 bits; for any other byte the logarithm of the
//!    classes used (10 digits, 26 small and 26 capital letters, 33 others);
//! 4. it is of one class and shorter than 16 bytes.

/// Below this many bytes anything can be tried out.
const LEN_MIN: usize = 12;
/// Below this many bytes a single class of characters is not enough.
const LEN_ONE_CLASS_MIN: usize = 16;
/// What 14 different bytes have, and 16 hexadecimal digits.
const SHANNON_BITS_MIN: f64 = 48.0;
/// Out of reach for whoever has the key and one machine for a year; every token that a service makes
/// lies above it.
const GUESS_BITS_MIN: f64 = 56.0;
/// What a digit is worth.
const DIGIT_BITS: f64 = 3.3;
/// What a word is worth: one of two thousand common ones.
const WORD_BITS: f64 = 11.0;
/// Shorter runs of letters are taken for letters.
const WORD_LEN_MIN: usize = 4;
/// Nobody speaks more consonants in a row.
const CONSONANTS_MAX: u32 = 4;

/// Whether `material` could be found by trying; see the head of the file for the rule.
#[must_use]
pub fn is_guessable(material: &[u8]) -> bool {
    let (classes, characters) = classes(material);
    material.len() < LEN_MIN
        || (classes < 2 && material.len() < LEN_ONE_CLASS_MIN)
        || shannon_bits(material) < SHANNON_BITS_MIN
        || guess_bits(material, characters) < GUESS_BITS_MIN
}

/// Whether a text that should be public (a user name, a host, the word of a command) holds something
/// that reads like a token: 16 or more letters and digits in a row, with both, that nobody could
/// guess. Such text is left out of reports.
#[must_use]
pub fn resembles_secret(text: &[u8]) -> bool {
    text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'+').any(|run| {
        run.len() >= 16
            && run.iter().any(u8::is_ascii_digit)
            && run.iter().any(u8::is_ascii_alphabetic)
            && !is_guessable(run)
    })
}

/// How many sorts of characters occur, and how many characters there are of those sorts.
fn classes(material: &[u8]) -> (usize, u32) {
    type Class = (fn(&u8) -> bool, u32);
    const CLASSES: [Class; 4] = [
        (u8::is_ascii_digit, 10),
        (u8::is_ascii_lowercase, 26),
        (u8::is_ascii_uppercase, 26),
        (|byte| !byte.is_ascii_alphanumeric(), 33),
    ];
    let used = CLASSES.into_iter().filter(|(is, _)| material.iter().any(is));
    (used.clone().count(), used.map(|(_, size)| size).sum())
}

fn shannon_bits(material: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in material {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count = count.saturating_add(1);
        }
    }
    let total = f64::from(u32::try_from(material.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) * (total / f64::from(*count)).log2())
        .sum()
}

fn guess_bits(material: &[u8], characters: u32) -> f64 {
    let byte_bits = f64::from(characters).log2();
    let mut bits = 0.0;
    for run in material.chunk_by(|a, b| a.is_ascii_alphabetic() == b.is_ascii_alphabetic()) {
        let mut previous = None;
        let letters: f64 = run
            .iter()
            .map(|byte| {
                let is_next = previous.is_some_and(|previous| byte.abs_diff(previous) <= 1);
                previous = Some(*byte);
                match byte {
                    _ if is_next => 1.0,
                    b'0'..=b'9' | b' ' | b'-' | b'.' | b'/' | b':' | b'@' | b'_' => DIGIT_BITS,
                    _ => byte_bits,
                }
            })
            .sum();
        bits += if can_be_spoken(run) { letters.min(WORD_BITS) } else { letters };
    }
    bits
}

fn can_be_spoken(run: &[u8]) -> bool {
    let is_word = run.iter().all(u8::is_ascii_alphabetic) && run.len() >= WORD_LEN_MIN;
    let is_one_case =
        run.iter().skip(1).all(u8::is_ascii_lowercase) || run.iter().all(u8::is_ascii_uppercase);
    let mut consonants = 0_u32;
    let flows = run.iter().all(|byte| {
        let is_vowel = matches!(byte.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
        consonants = if is_vowel { 0 } else { consonants.saturating_add(1) };
        consonants <= CONSONANTS_MAX
    });
    is_word && is_one_case && flows
}
