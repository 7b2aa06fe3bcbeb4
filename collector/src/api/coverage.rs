//! Which scopes were seen to the end, and what could not be judged.

use std::collections::BTreeMap;

use proto::v1;
use tonic::Status;

use super::failed;
use super::page::READ_LEN;
use crate::store::Store;

// BOUND: different reasons told one by one; a reason beyond that counts with its rule alone.
const REASONS_MAX: usize = 1_000;

/// Every scope, and every rule and reason for which it could not judge, with how often.
pub(super) async fn read(store: &dyn Store) -> Result<v1::CoverageReply, Status> {
    let mut scopes = store.scopes_list(None).await.map_err(failed)?;
    scopes.retain(|scope| !scope.agent.is_collector());
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut after = None;
    loop {
        let read = store.unknowns_page(after.as_ref(), READ_LEN).await.map_err(failed)?;
        let Some((last, _)) = read.last() else { break };
        after = Some(last.clone());
        for unknown in read.iter().flat_map(|(_, unknowns)| unknowns) {
            let mut reason = (unknown.rule.to_string(), unknown.why.clone());
            if counts.len() >= REASONS_MAX && !counts.contains_key(&reason) {
                "other reasons".clone_into(&mut reason.1);
            }
            let counted = counts.entry(reason).or_default();
            *counted = counted.saturating_add(1);
        }
    }
    let unknown =
        counts.into_iter().map(|((rule, why), count)| v1::UnknownCount { rule, why, count });
    Ok(v1::CoverageReply {
        scopes: scopes.iter().map(v1::ScopeStatus::from).collect(),
        unknown: unknown.collect(),
    })
}
