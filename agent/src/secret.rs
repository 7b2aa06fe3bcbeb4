//! The only place where secret bytes live: read in, looked at by borrowing, fingerprinted, wiped.
//!
//! Nothing here can be copied, printed or serialised. What leaves this file is a [`Fingerprint`], and
//! that only of material which nobody could guess: whoever holds the deployment's key could else try
//! passwords against it.
//!
//! ```text
//! fingerprint = HMAC-SHA-256(key, "muster secret fingerprint v1\0" + material)
//! ```

use std::fmt;
use std::io::{self, Read, Write};

use model::Fingerprint;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use zeroize::{Zeroize as _, Zeroizing};

pub use entropy::{is_guessable, resembles_secret};

mod entropy;

/// Keeps our digests apart from all others that the same key may ever make.
const DOMAIN: &[u8] = b"muster secret fingerprint v1\0";

/// Bytes that may be secret. Wiped when dropped; shown by nothing.
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Reads `from` to its end, if that comes within `len_max` bytes; `None` if it does not.
    /// `len_hint` is how many bytes are expected; a good one saves a copy.
    ///
    /// # Errors
    ///
    /// What reading gave; the bytes read so far are wiped.
    pub fn read(mut from: impl Read, len_hint: usize, len_max: usize) -> io::Result<Option<Self>> {
        // One byte more than allowed shows that the end was not reached.
        let room_max = len_max.saturating_add(1);
        let mut bytes = Zeroizing::new(vec![0; len_hint.saturating_add(1).min(room_max)]);
        let mut len = 0_usize;
        loop {
            if len == bytes.len() {
                if len >= room_max {
                    return Ok(None);
                }
                // A vector that grows by itself would leave its old bytes behind.
                let mut wider = Zeroizing::new(vec![0; len.saturating_mul(2).clamp(64, room_max)]);
                for (to, from) in wider.iter_mut().zip(bytes.iter()) {
                    *to = *from;
                }
                bytes = wider;
            }
            match from.read(bytes.get_mut(len..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(count) => len = len.saturating_add(count),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(len);
        Ok((len <= len_max).then_some(Self(bytes)))
    }

    /// Takes at most `len_max` bytes; `None` if there are more, or if one is missing.
    #[must_use]
    pub fn collect(len_max: usize, bytes: impl Iterator<Item = Option<u8>>) -> Option<Self> {
        let mut all = Zeroizing::new(Vec::with_capacity(len_max));
        for byte in bytes {
            if all.len() == len_max {
                return None;
            }
            all.push(byte?);
        }
        Some(Self(all))
    }

    /// What `text` says in base64, of the usual or the URL alphabet, padded or not; white space is
    /// skipped. `None` if it is not base64.
    #[must_use]
    pub fn from_base64(text: &[u8]) -> Option<Self> {
        let mut all = Zeroizing::new(Vec::with_capacity(text.len()));
        let (mut held, mut held_bits, mut padding) = (0_u32, 0_u32, 0_u32);
        for byte in text {
            let value = match byte {
                b'A'..=b'Z' => byte.wrapping_sub(b'A'),
                b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
                b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
                b'+' | b'-' => 62,
                b'/' | b'_' => 63,
                b'=' => {
                    padding = padding.saturating_add(1);
                    continue;
                }
                b' ' | b'\t' | b'\r' | b'\n' => continue,
                _ => return None,
            };
            if padding > 0 {
                return None;
            }
            held = (held << 6 | u32::from(value)) & 0xffff;
            held_bits = held_bits.saturating_add(6);
            if held_bits >= 8 {
                held_bits = held_bits.saturating_sub(8);
                all.push(u8::try_from(held >> held_bits & 0xff).unwrap_or_default());
            }
        }
        held.zeroize();
        (padding <= 2 && held_bits < 6).then_some(Self(all))
    }

    /// The bytes, to be looked at and not to be kept.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// See [`FingerprintKey::fingerprint`].
    #[must_use]
    pub fn fingerprint(&self, key: &FingerprintKey) -> Option<Fingerprint> {
        key.fingerprint(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The deployment's key: the same on every agent, so that one secret is known on two hosts, and
/// unknown to the collector's store.
pub struct FingerprintKey(Zeroizing<[u8; 32]>);

/// The system gave no random bytes.
#[derive(Debug, thiserror::Error)]
#[error("drawing a random key failed")]
pub struct RandomError;

impl FingerprintKey {
    /// How long a key is, in bytes.
    pub const LEN: usize = 32;

    /// A key from its 32 bytes; `None` if there are more or fewer.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; Self::LEN]);
        if bytes.len() != key.len() {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    /// A new random key: for `init`, or for a dry run and an audit that keeps nothing, whose
    /// fingerprints then mean something within that run alone.
    ///
    /// # Errors
    ///
    /// Only if the system has no randomness to give; nothing can be done but report it.
    pub fn generate() -> Result<Self, RandomError> {
        let mut key = Zeroizing::new([0; Self::LEN]);
        SystemRandom::new().fill(key.as_mut_slice()).map_err(|_unspecified| RandomError)?;
        Ok(Self(key))
    }

    /// Writes the key out, for a file that only the agent can read.
    ///
    /// # Errors
    ///
    /// What writing gave.
    pub fn store(&self, mut to: impl Write) -> io::Result<()> {
        to.write_all(self.0.as_slice())
    }

    /// Keyed digest of `material`, by which it is known in another place. `None` if it
    /// [could be guessed](is_guessable): a digest of a weak password is as good as the password to
    /// whoever has the key.
    #[must_use]
    pub fn fingerprint(&self, material: &[u8]) -> Option<Fingerprint> {
        if is_guessable(material) {
            return None;
        }
        let mut context =
            hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice()));
        context.update(DOMAIN);
        context.update(material);
        let mut digest = [0; 32];
        for (to, from) in digest.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        Some(Fingerprint(digest))
    }
}

impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey(..)")
    }
}

#[cfg(test)]
mod tests;
