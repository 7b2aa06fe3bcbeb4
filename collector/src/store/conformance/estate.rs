//! A small estate for tests: facts by their names, and an agent that reports them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::{
    AgentId, Batch, BatchId, Began, Credential, CredentialKind, End, Entry, Epoch, Fact, FactKey,
    Grant, GrantKind, Identity, IdentityKind, Maker, Observation, Placement, PlacementKind, Policy,
    PolicyLanguage, ScanId, ScanMode, ScopeDigest, ScopeId, ScopeStatus, Seq, SubjectId, Use,
};

use crate::store::{Committed, Store, StoreError};

/// So many seconds after the beginning.
pub(crate) fn t(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

pub(crate) fn identity(id: &str) -> SubjectId {
    SubjectId::Identity(id.into())
}

pub(crate) fn unclaimed(id: &str) -> SubjectId {
    SubjectId::Unclaimed(id.into())
}

pub(crate) fn scope_subject(agent: &str, scope: &str) -> SubjectId {
    SubjectId::Scope(agent.into(), scope.into())
}

/// A user; `groups` are the ids of its groups.
pub(crate) fn user(id: &str, groups: &[&str]) -> Fact {
    user_named(id, id, groups)
}

/// A user that is called `name` at present.
pub(crate) fn user_named(id: &str, name: &str, groups: &[&str]) -> Fact {
    Fact::Identity(Identity {
        id: id.into(),
        kind: IdentityKind::User,
        name: name.into(),
        realm: "realm".into(),
        path: String::new(),
        maker: Maker::Organisation,
        created_at: None,
        enabled: Some(true),
        used: Use::Unknown,
        groups: groups.iter().map(|group| (*group).into()).collect(),
        credential_counts: BTreeMap::new(),
        labels: BTreeMap::new(),
        details: BTreeMap::new(),
    })
}

/// A credential of `identity`, or of nobody that this scope knows.
pub(crate) fn key(id: &str, identity: Option<&str>) -> Fact {
    key_used(id, identity, Use::Unknown)
}

pub(crate) fn key_used(id: &str, identity: Option<&str>, used: Use) -> Fact {
    Fact::Credential(Credential {
        id: id.into(),
        kind: CredentialKind::AccessKey,
        identity: identity.map(Into::into),
        maker: Maker::Organisation,
        created_at: None,
        ends: End::Never,
        used,
        enabled: Some(true),
        fingerprint: None,
        key: None,
        details: BTreeMap::new(),
    })
}

pub(crate) fn placement(id: &str, credential: &str) -> Fact {
    Fact::Placement(Placement {
        id: id.into(),
        credential: credential.into(),
        kind: PlacementKind::SecretFile,
        realm: "host:one".into(),
        path: id.into(),
        holder: None,
        readers: None,
        encrypted: None,
        serves: None,
        modified_at: None,
        details: BTreeMap::new(),
    })
}

pub(crate) fn grant(holder: &str, policy: &str) -> Fact {
    let kind = GrantKind::Permission;
    Fact::Grant(Grant { holder: holder.into(), kind, policy: policy.into() })
}

pub(crate) fn policy(id: &str, document: &str) -> Fact {
    Fact::Policy(Policy {
        id: id.into(),
        language: PolicyLanguage::AwsIam,
        document: document.into(),
        maker: Maker::Organisation,
    })
}

/// What a scope with these facts looks like to an agent.
pub(crate) fn digest(facts: &[Fact]) -> ScopeDigest {
    let mut digest = ScopeDigest::default();
    let distinct: BTreeMap<FactKey, &Fact> = facts.iter().map(|it| (FactKey::of(it), it)).collect();
    for (key, fact) in distinct {
        digest.add(proto::content_digest(key, fact));
    }
    digest
}

/// An agent that reports, batch by batch. Its clock runs ten seconds behind the collector's.
pub(crate) struct Agent<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) id: AgentId,
    pub(crate) epoch: Epoch,
    pub(crate) seq: Seq,
    pub(crate) scan: ScanId,
    /// Which scopes tell what the identities may do that it reports from now on.
    pub(crate) rights: &'static [&'static str],
    /// By the collector's clock.
    pub(crate) now: i64,
}

impl<'a> Agent<'a> {
    pub(crate) fn new(store: &'a dyn Store, id: &str) -> Self {
        let (epoch, seq, scan) = (Epoch(7), Seq(0), ScanId(0));
        Self { store, id: id.into(), epoch, seq, scan, rights: &[], now: 1000 }
    }

    pub(crate) fn began(&mut self, scope: &str, mode: ScanMode) -> Entry {
        self.scan = ScanId(self.scan.0 + 1);
        let at = self.clock();
        let rights = self.rights.iter().map(|scope| (*scope).into()).collect();
        let scope = scope.into();
        Entry::Began(Began { scan: self.scan, scope, mode, at, interval: None, rights })
    }

    pub(crate) fn saw(&self, fact: Fact) -> Entry {
        Entry::Saw(Box::new(Observation { scan: self.scan, seen_at: self.clock(), fact }))
    }

    pub(crate) fn missed(&self, fact: &Fact) -> Entry {
        Entry::Missed(self.scan, FactKey::of(fact))
    }

    /// The scan ends, having seen `facts` in all.
    pub(crate) fn completed(&self, facts: &[Fact]) -> Entry {
        Entry::Completed { scan: self.scan, digest: digest(facts), at: self.clock() }
    }

    pub(crate) fn abandoned(&self, reason: &str) -> Entry {
        Entry::Abandoned { scan: self.scan, reason: reason.into(), at: self.clock() }
    }

    pub(crate) fn clock(&self) -> Timestamp {
        t(self.now - 10)
    }

    /// Sends the next batch.
    pub(crate) async fn send(&mut self, entries: Vec<Entry>) -> Committed {
        self.seq = self.seq.next();
        self.send_as(self.seq, entries).await.unwrap()
    }

    /// Sends a batch as number `seq`.
    pub(crate) async fn send_as(
        &self,
        seq: Seq,
        entries: Vec<Entry>,
    ) -> Result<Committed, StoreError> {
        let id = BatchId { agent: self.id.clone(), epoch: self.epoch, seq };
        self.store.batch_commit(&Batch { id, entries }, t(self.now)).await
    }

    /// Lists `scope`, finds `facts` there, and reports all of them in one batch.
    pub(crate) async fn whole(&mut self, scope: &str, facts: &[Fact]) -> Committed {
        let mut entries = vec![self.began(scope, ScanMode::Whole)];
        entries.extend(facts.iter().map(|fact| self.saw(fact.clone())));
        entries.push(self.completed(facts));
        self.send(entries).await
    }

    /// Lists `scope`, finds `after` there where `before` was, and reports what changed.
    pub(crate) async fn changes(
        &mut self,
        scope: &str,
        before: &[Fact],
        after: &[Fact],
    ) -> Committed {
        let mut entries = vec![self.began(scope, ScanMode::Changes)];
        for fact in after.iter().filter(|fact| !before.contains(fact)) {
            entries.push(self.saw(fact.clone()));
        }
        let keys: Vec<FactKey> = after.iter().map(FactKey::of).collect();
        for fact in before.iter().filter(|fact| !keys.contains(&FactKey::of(fact))) {
            entries.push(self.missed(fact));
        }
        entries.push(self.completed(after));
        self.send(entries).await
    }

    /// Lists `scope` and finds what is known.
    pub(crate) async fn unchanged(&mut self, scope: &str, facts: &[Fact]) -> Committed {
        self.changes(scope, facts, facts).await
    }
}

/// The facts in the dossier of `id`, in order.
pub(crate) async fn facts_of(store: &dyn Store, id: &SubjectId) -> Vec<Fact> {
    let dossier = store.subject_load(id).await.unwrap();
    dossier.sightings.into_iter().map(|sighting| sighting.fact).collect()
}

/// The same facts in the order of dossiers.
pub(crate) fn in_order(facts: &[Fact]) -> Vec<Fact> {
    let mut facts = facts.to_vec();
    facts.sort_by_key(FactKey::of);
    facts
}

/// Everything that is due, by its id.
pub(crate) async fn due(store: &dyn Store) -> Vec<SubjectId> {
    let mut due = store.subjects_due(t(0), usize::MAX).await.unwrap();
    due.sort();
    due
}

/// Settles everything that is due as if no rule had anything to say.
pub(crate) async fn settle_all(store: &dyn Store) {
    for id in due(store).await {
        settle(store, &id).await;
    }
}

/// Settles one subject as if no rule had anything to say.
pub(crate) async fn settle(store: &dyn Store, id: &SubjectId) {
    let settlement = super::settling::quiet(&store.subject_load(id).await.unwrap());
    store.subject_settle(&settlement, t(2000)).await.unwrap();
}

pub(crate) async fn status(store: &dyn Store, scope: &str) -> ScopeStatus {
    let scopes = store.scopes_list(None).await.unwrap();
    scopes.into_iter().find(|status| status.scope == ScopeId::from(scope)).unwrap()
}

/// The names of what the feed tells, oldest first.
pub(crate) async fn feed(store: &dyn Store) -> Vec<String> {
    let events = store.feed_read(model::Cursor(0), usize::MAX).await.unwrap();
    events
        .iter()
        .map(|event| match &event.change {
            model::Change::Coverage(status) => {
                format!("{} {} {}", event.change.name(), status.scope, status.state.name())
            }
            model::Change::Existence(id, _) => format!("{} {id}", event.change.name()),
            model::Change::Refused(refusal) => {
                format!("{} {} {}", event.change.name(), refusal.peer, refusal.code)
            }
            model::Change::Finding(_) | model::Change::Owners(_) => event.change.name().to_owned(),
        })
        .collect()
}
