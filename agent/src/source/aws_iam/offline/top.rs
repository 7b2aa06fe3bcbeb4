//! The names at the top of a JSON object, also of one that breaks off: by them it is known what a
//! file would have told.

use serde::de::{DeserializeSeed as _, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// BOUND: a print has a handful.
const KEYS_MAX: usize = 64;

/// The names as far as the content can be read, and what is wrong with it.
pub(super) fn top_keys(content: &[u8]) -> (Vec<String>, Result<(), String>) {
    let mut keys = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(content);
    let end = Keys(&mut keys).deserialize(&mut reader).and_then(|()| reader.end());
    (keys, end.map_err(|error| error.to_string()))
}

struct Keys<'a>(&'a mut Vec<String>);

impl<'de> serde::de::DeserializeSeed<'de> for Keys<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if self.0.len() < KEYS_MAX {
                self.0.push(key);
            }
            let _whatever: IgnoredAny = map.next_value()?;
        }
        Ok(())
    }
}
