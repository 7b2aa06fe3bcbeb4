//! JSON (RFC 8259), read in place.

use super::{DEPTH_MAX, LEAVES_MAX, Leaf, Step, Value};

/// Every text, number, truth and null of a document, in order.
pub(super) fn leaves(bytes: &[u8]) -> Option<Vec<Leaf<'_>>> {
    let mut reader = Reader { rest: bytes, path: Vec::new(), leaves: Vec::new() };
    reader.value()?;
    reader.blank();
    reader.rest.is_empty().then_some(reader.leaves)
}

struct Reader<'a> {
    rest: &'a [u8],
    path: Vec<Step<'a>>,
    leaves: Vec<Leaf<'a>>,
}

impl<'a> Reader<'a> {
    fn value(&mut self) -> Option<()> {
        self.blank();
        match self.rest.first()? {
            b'{' => self.many(b'}', |reader, _| {
                reader.blank();
                let name = reader.text()?;
                reader.blank();
                reader.byte(b':')?;
                Some(Step::Name(name))
            }),
            b'[' => self.many(b']', |_, index| Some(Step::Index(index))),
            b'"' => {
                let text = self.text()?;
                self.leaf(Value::Escaped(text))
            }
            _ => {
                let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let len = self.rest.iter().take_while(|byte| is_part(byte)).count();
                let (word, rest) = self.rest.split_at_checked(len).filter(|_| len > 0)?;
                self.rest = rest;
                self.leaf(Value::Plain(word))
            }
        }
    }

    /// The members between an opening and a closing bracket; `step` reads what stands before each.
    fn many(
        &mut self,
        close: u8,
        mut step: impl FnMut(&mut Self, usize) -> Option<Step<'a>>,
    ) -> Option<()> {
        self.rest = self.rest.split_first()?.1;
        if self.path.len() >= DEPTH_MAX {
            return None;
        }
        self.blank();
        if self.byte(close).is_some() {
            return Some(());
        }
        for index in 0..LEAVES_MAX {
            let step = step(self, index)?;
            self.path.push(step);
            self.value()?;
            self.path.pop();
            self.blank();
            if self.byte(close).is_some() {
                return Some(());
            }
            self.byte(b',')?;
            self.blank();
        }
        None
    }

    /// What is between two quotes, escapes as written.
    fn text(&mut self) -> Option<&'a [u8]> {
        self.byte(b'"')?;
        let mut escaped = false;
        let len = self.rest.iter().position(|byte| {
            let is_end = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            is_end
        })?;
        let (text, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        self.byte(b'"')?;
        Some(text)
    }

    fn leaf(&mut self, value: Value<'a>) -> Option<()> {
        if self.leaves.len() >= LEAVES_MAX {
            return None;
        }
        self.leaves.push(Leaf { path: self.path.clone(), value });
        Some(())
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        self.rest = self.rest.strip_prefix(&[byte])?;
        Some(())
    }

    fn blank(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }
}

/// The bytes of a text, its escapes resolved; `None` for an escape that makes no sense.
pub(super) struct Unescape<'a> {
    rest: &'a [u8],
    /// Bytes of a character that are still to be given.
    waiting: [u8; 4],
    waiting_len: usize,
}

impl<'a> Unescape<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text, waiting: [0; 4], waiting_len: 0 }
    }

    fn take(&mut self) -> Option<u8> {
        let (byte, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*byte)
    }

    fn unicode(&mut self) -> Option<u8> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        let code = u32::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?;
        // Halves of a pair stand for nothing by themselves; no credential has them.
        let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        let mut bytes = [0; 4];
        let encoded = char.encode_utf8(&mut bytes).as_bytes();
        let (first, others) = encoded.split_first()?;
        self.waiting_len = others.len();
        for (to, from) in self.waiting.iter_mut().zip(others.iter().rev()) {
            *to = *from;
        }
        Some(*first)
    }
}

impl Iterator for Unescape<'_> {
    type Item = Option<u8>;

    fn next(&mut self) -> Option<Option<u8>> {
        if let Some(last) = self.waiting_len.checked_sub(1) {
            self.waiting_len = last;
            return Some(self.waiting.get(last).copied());
        }
        let byte = self.take()?;
        if byte != b'\\' {
            return Some(Some(byte));
        }
        Some(match self.take() {
            Some(b'n') => Some(b'\n'),
            Some(b'r') => Some(b'\r'),
            Some(b't') => Some(b'\t'),
            Some(b'b') => Some(8),
            Some(b'f') => Some(12),
            Some(byte @ (b'"' | b'\\' | b'/')) => Some(byte),
            Some(b'u') => self.unicode(),
            Some(_) | None => None,
        })
    }
}
