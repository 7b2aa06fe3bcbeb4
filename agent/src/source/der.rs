//! As much DER as keys need: elements are read in place and written for public keys alone.
//!
//! ```text
//! element = tag (1 byte)  length (1 byte below 128, else 0x80 + n and n bytes)  body
//! ```

/// A whole number.
pub(super) const INTEGER: u8 = 0x02;
/// Bits, the first byte telling how many of the last are unused.
pub(super) const BIT_STRING: u8 = 0x03;
/// Bytes.
pub(super) const OCTET_STRING: u8 = 0x04;
/// A registered name.
pub(super) const OBJECT_ID: u8 = 0x06;
/// Elements in order.
pub(super) const SEQUENCE: u8 = 0x30;
/// The first optional element of a sequence.
pub(super) const CONTEXT_0: u8 = 0xa0;
/// The second optional element of a sequence.
pub(super) const CONTEXT_1: u8 = 0xa1;

/// One element.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) body: &'a [u8],
}

/// Takes elements off the front of some bytes.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next element.
    pub(super) fn element(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&short, rest) = rest.split_first()?;
        let (len, rest) = if short < 0x80 {
            (usize::from(short), rest)
        } else {
            let (long, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            // BOUND: four bytes of length are 4 GiB, more than any file that we read.
            if long.is_empty() || long.len() > 4 {
                return None;
            }
            let len = long.iter().fold(0_usize, |len, byte| len << 8 | usize::from(*byte));
            (len, rest)
        };
        let (body, after) = rest.split_at_checked(len)?;
        self.0 = after;
        Some(Element { tag, body })
    }

    /// The body of the next element, if it has this tag; else nothing is taken.
    pub(super) fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let found = ahead.element()?;
        (found.tag == tag).then(|| {
            *self = ahead;
            found.body
        })
    }
}

/// The element of that tag around the joined parts.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len = parts.iter().fold(0_usize, |len, part| len.saturating_add(part.len()));
    let mut whole = vec![tag];
    let bytes = len.to_be_bytes();
    let significant = trimmed(&bytes);
    match u8::try_from(len) {
        Ok(short) if short < 0x80 => whole.push(short),
        _ => {
            whole.push(0x80 | u8::try_from(significant.len()).unwrap_or(8));
            whole.extend_from_slice(significant);
        }
    }
    for part in parts {
        whole.extend_from_slice(part);
    }
    whole
}

/// An unsigned number, of whose bytes the first counts most.
pub(super) fn unsigned(number: &[u8]) -> Vec<u8> {
    element(INTEGER, &[&signed(number)])
}

/// The bytes of an unsigned number as a signed one writes them: no zeros in front but the one that
/// keeps it positive.
pub(super) fn signed(number: &[u8]) -> Vec<u8> {
    let number = trimmed(number);
    let needs_zero = number.first().is_none_or(|first| first & 0x80 != 0);
    let zero: &[u8] = if needs_zero { &[0] } else { &[] };
    [zero, number].concat()
}

/// How many bits a number has.
pub(super) fn bits(number: &[u8]) -> u32 {
    let number = trimmed(number);
    let Some(first) = number.first() else { return 0 };
    u32::try_from(number.len())
        .unwrap_or(u32::MAX)
        .saturating_mul(8)
        .saturating_sub(first.leading_zeros())
}

/// Without the zeros in front.
fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
