//! How the memory store writes and reads an export: follows with the record messages in `proto`.

use super::state::State;
use crate::store::{Record, StoreError};

impl State {
    pub(super) fn records_export(
        &self,
        _after: Option<&[u8]>,
        _limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        Err(StoreError::Unavailable(format!("{} subjects stay", self.subjects.len()).into()))
    }

    pub(super) fn records_import(&mut self, _records: &[Record]) -> Result<(), StoreError> {
        Err(StoreError::Unavailable(format!("{} subjects stay", self.subjects.len()).into()))
    }
}
