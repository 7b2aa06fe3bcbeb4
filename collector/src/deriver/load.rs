//! Everything that is stored of one account, as far as its judgement may depend on it.

use std::collections::{BTreeSet, VecDeque};

use futures_util::stream::{self, StreamExt as _};
use model::{AgentId, Door, Dossier, Fact, FactKey, IdentityId, ScopeId, ScopeStatus, SubjectId};

use crate::store::{Store, StoreError};

/// BOUND: subjects listed at a time.
const PAGE_MAX: usize = 1_000;
/// BOUND: subjects loaded at a time.
const LOADING_MAX: usize = 16;
/// BOUND: roles of other accounts that are looked at for one account: those that its principals could
/// take on, and those beyond.
const FOREIGN_MAX: usize = 1_000;

/// BOUND: principals of one account: twice as many as the provider lets it have. What an agent tells of
/// more is no account.
const PRINCIPALS_MAX: usize = 22_000;

/// The partitions of the provider: accounts of one know nothing of the others.
const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

/// Facts, each once.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub(super) all: Vec<Fact>,
    held: BTreeSet<(FactKey, AgentId, ScopeId)>,
    /// Roles elsewhere that let in whom was loaded.
    doors: BTreeSet<IdentityId>,
}

impl Facts {
    async fn load(&mut self, store: &dyn Store, ids: Vec<SubjectId>) -> Result<(), StoreError> {
        let loading = ids.into_iter().map(|id| one(store, id));
        let mut loading = stream::iter(loading).buffered(LOADING_MAX);
        while let Some(dossier) = loading.next().await {
            self.take(dossier?);
        }
        Ok(())
    }

    fn take(&mut self, dossier: Dossier) {
        for sighting in dossier.sightings {
            match sighting.fact {
                Fact::Door(door) => {
                    self.doors.insert(door.role);
                }
                Fact::Privileges(_) | Fact::Credential(_) | Fact::Placement(_) => {}
                Fact::Identity(_)
                | Fact::Grant(_)
                | Fact::Policy(_)
                | Fact::Workload(_)
                | Fact::Usage(_) => {
                    let key = FactKey::of(&sighting.fact);
                    if self.held.insert((key, sighting.agent, sighting.scope)) {
                        self.all.push(sighting.fact);
                    }
                }
            }
        }
    }
}

async fn one(store: &dyn Store, id: SubjectId) -> Result<Dossier, StoreError> {
    store.subject_load(&id).await
}

/// All that is known of these principals.
pub(super) async fn principals(
    store: &dyn Store,
    ids: impl IntoIterator<Item = IdentityId>,
) -> Result<Facts, StoreError> {
    let mut facts = Facts::default();
    facts.load(store, ids.into_iter().map(SubjectId::Identity).collect()).await?;
    Ok(facts)
}

/// All that is known of `account`, and of the roles elsewhere that its principals could come to; none if
/// it has more principals than any account can have.
pub(super) async fn account(store: &dyn Store, account: &str) -> Result<Option<Facts>, StoreError> {
    let mut facts = Facts::default();
    let mut count: usize = 0;
    for partition in PARTITIONS {
        let prefix = format!("arn:{partition}:iam::{account}:");
        let mut after = SubjectId::Identity(prefix.as_str().into());
        loop {
            let mut page = store.subjects_page(Some(&after), PAGE_MAX).await?;
            let is_last = page.len() < PAGE_MAX;
            let len = page.len();
            page.retain(
                |id| matches!(id, SubjectId::Identity(id) if id.as_str().starts_with(&prefix)),
            );
            let is_behind = page.len() < len;
            let Some(last) = page.last().cloned() else { break };
            count = count.saturating_add(page.len());
            if count > PRINCIPALS_MAX {
                return Ok(None);
            }
            facts.load(store, page).await?;
            if is_last || is_behind {
                break;
            }
            after = last;
        }
        // Nobody may have seen it, and it may be let in elsewhere none the less.
        facts.take(store.subject_load(&root(partition, account)).await?);
    }
    facts.take(store.subject_load(&SubjectId::Identity(Door::ANYONE.into())).await?);
    foreign(store, account, &mut facts).await?;
    Ok(Some(facts))
}

/// Goes through all open doors.
async fn foreign(store: &dyn Store, own: &str, facts: &mut Facts) -> Result<(), StoreError> {
    let (mut seen, mut roots) = (BTreeSet::new(), BTreeSet::from([own.to_owned()]));
    let mut waiting: VecDeque<IdentityId> = facts.doors.iter().cloned().collect();
    while let Some(role) = waiting.pop_front() {
        let mut fields = role.as_str().split(':').skip(1);
        let (partition, account) = (fields.next(), fields.nth(2));
        let (Some(partition), Some(account)) = (partition, account) else { continue };
        if seen.len() >= FOREIGN_MAX || account == own || !seen.insert(role.clone()) {
            continue;
        }
        facts.take(store.subject_load(&SubjectId::Identity(role.clone())).await?);
        if roots.insert(account.to_owned()) {
            facts.take(store.subject_load(&root(partition, account)).await?);
            waiting.extend(facts.doors.iter().filter(|role| !seen.contains(*role)).cloned());
        }
    }
    Ok(())
}

fn root(partition: &str, account: &str) -> SubjectId {
    SubjectId::Identity(format!("arn:{partition}:iam::{account}:root").into())
}

/// Every account of which anybody is known.
pub(super) async fn accounts(store: &dyn Store) -> Result<BTreeSet<String>, StoreError> {
    let mut accounts = BTreeSet::new();
    for partition in PARTITIONS {
        let prefix = format!("arn:{partition}:iam::");
        let mut after = prefix.clone();
        loop {
            let page = store.subjects_page(Some(&SubjectId::Identity(after.into())), 1).await?;
            let Some(SubjectId::Identity(first)) = page.first() else { break };
            let Some(rest) = first.as_str().strip_prefix(&prefix) else { break };
            let account = rest.split(':').next().unwrap_or_default();
            accounts.insert(account.to_owned());
            // Behind all whose ARN goes on after that account.
            after = format!("{prefix}{account};");
        }
    }
    Ok(accounts)
}

/// Account and call of each scope of an account that was listed to its end.
pub(super) fn listed(scopes: &[ScopeStatus]) -> Vec<(String, String)> {
    let listed = scopes.iter().filter(|scope| scope.completed_at.is_some());
    listed.filter_map(|status| status.scope.call()).collect()
}
