//! How the embedded store takes a settlement back.

use std::collections::BTreeSet;

use jiff::Timestamp;
use model::{
    Change, Existence, Finding, FindingChange, FindingId, FindingState, Settlement, SubjectId,
};

use super::txn::Txn;
use crate::store::held::SubjectBook;
use crate::store::{StoreError, tells_existence};

/// Writes a settlement; see [`crate::store::Store::subject_settle`].
pub(super) fn subject_settle(
    txn: &mut Txn,
    settlement: &Settlement,
    recorded_at: Timestamp,
) -> Result<(), StoreError> {
    let id = &settlement.subject;
    let before = txn.subject(id)?;
    if before.version != settlement.version {
        return Err(StoreError::Stale);
    }
    if settlement.existence == Existence::Appeared && tells_existence(id) {
        txn.event_push(Change::Existence(id.clone(), true), recorded_at);
    }
    let mut standing = before.standing.clone();
    for change in &settlement.changes {
        finding_apply(txn, change, &mut standing)?;
        txn.event_push(Change::Finding(Box::new(change.clone())), recorded_at);
    }
    if settlement.existence == Existence::Gone && tells_existence(id) {
        txn.event_push(Change::Existence(id.clone(), false), recorded_at);
    }
    let after = SubjectBook {
        version: before.version,
        due: false,
        existed: matches!(settlement.existence, Existence::Stays | Existence::Appeared),
        standing,
        unknown: settlement.unknown.clone(),
        declarations: settlement.declarations.iter().cloned().collect(),
        recheck_at: settlement.recheck_at,
    };
    for declaration in before.declarations.symmetric_difference(&after.declarations) {
        if !txn.is_matched(declaration, Some(id))? {
            txn.touch(&SubjectId::Declaration(declaration.clone()));
        }
    }
    txn.subject_put(id, &before, &after)
}

fn finding_apply(
    txn: &mut Txn,
    change: &FindingChange,
    standing: &mut BTreeSet<FindingId>,
) -> Result<(), StoreError> {
    let finding = change.finding();
    let state = match change {
        FindingChange::Opened(_) | FindingChange::Updated(_) => {
            standing.insert(finding.id.clone());
            FindingState::Open
        }
        FindingChange::Resolved(..) => {
            standing.remove(&finding.id);
            FindingState::Resolved
        }
    };
    txn.finding_put(&Finding { state, ..finding.clone() })
}
