//! Walks the pages of a listing to their end, and notices when there is none.

use super::api::CallError;
use super::call::Call;

/// Where a listing stands.
#[derive(Debug)]
pub(super) struct Pages {
    call: &'static Call,
    marker: Option<String>,
    turned: u32,
}

impl Pages {
    /// How many pages one listing may have: 300,000 entries at the smallest page asked for, more
    /// than any account may hold. A listing that goes on is a loop.
    pub(super) const TURNED_MAX: u32 = 10_000;

    /// Before the first page.
    pub(super) fn of(call: &'static Call) -> Self {
        Self { call, marker: None, turned: 0 }
    }

    /// Where the next page begins; nowhere for the first one.
    pub(super) fn marker(&self) -> Option<String> {
        self.marker.clone()
    }

    /// Goes on after a page. Returns whether another one follows.
    ///
    /// # Errors
    ///
    /// If there is said to be more but not where, or if it is where we have just been: then the
    /// listing has no end that could be reached.
    pub(super) fn turn(&mut self, more: bool, marker: Option<&str>) -> Result<bool, CallError> {
        if !more {
            return Ok(false);
        }
        let Some(marker) = marker.filter(|marker| !marker.is_empty()) else {
            return Err(CallError::odd(
                self.call,
                "there is more, but the answer does not say where",
            ));
        };
        if self.marker.as_deref() == Some(marker) {
            return Err(CallError::odd(self.call, "the next page is the one just read"));
        }
        self.turned = self.turned.saturating_add(1);
        if self.turned >= Self::TURNED_MAX {
            return Err(CallError::odd(self.call, "the listing does not end"));
        }
        self.marker = Some(marker.to_owned());
        Ok(true)
    }

    /// As [`Self::turn`], for listings in which a token alone says that there is more.
    ///
    /// # Errors
    ///
    /// As [`Self::turn`].
    pub(super) fn turn_token(&mut self, token: Option<&str>) -> Result<bool, CallError> {
        let token = token.filter(|token| !token.is_empty());
        self.turn(token.is_some(), token)
    }
}
