//! Answers by the page, and how records look from outside.

use model::{Declaration, Finding, FindingId, OwnerId, Pattern, Selector, Severity};
use prost::Message as _;
use proto::v1;
use tonic::Status;

use super::failed;
use crate::store::{AgentRecord, Store};

/// What a page holds if the caller does not say.
const ITEMS_DEFAULT: usize = 100;
// BOUND: a page is put together in memory before it is sent.
const ITEMS_MAX: usize = 1_000;
// BOUND: a client takes messages of 4 MiB unless told otherwise; half of that leaves room for the
// last item.
const PAGE_BYTES_MAX: usize = 2 * 1024 * 1024;
// BOUND: records looked at for one page, so that a filter that matches nothing cannot hold the
// store for long: the caller gets an empty page and a place to go on from.
const LOOKED_AT_MAX: usize = 20_000;
/// Records read from the store at once.
pub(super) const READ_LEN: usize = 500;

/// How much of a page is left.
#[derive(Debug)]
pub(super) struct Room {
    items: usize,
    bytes: usize,
    looks: usize,
}

impl Room {
    /// An empty page of as many items as were asked for; 0 means the caller leaves it to us.
    pub(super) fn new(limit: u32) -> Self {
        let items = match usize::try_from(limit).unwrap_or(ITEMS_MAX) {
            0 => ITEMS_DEFAULT,
            limit => limit.min(ITEMS_MAX),
        };
        Self { items, bytes: PAGE_BYTES_MAX, looks: LOOKED_AT_MAX }
    }

    /// One record was looked at.
    pub(super) fn look(&mut self) {
        self.looks = self.looks.saturating_sub(1);
    }

    /// An item of so many bytes went into the page.
    pub(super) fn take(&mut self, bytes: usize) {
        self.items = self.items.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Whether the page is to be sent.
    pub(super) fn is_full(&self) -> bool {
        self.items == 0 || self.bytes == 0 || self.looks == 0
    }
}

/// One page of the open findings that meet the filters.
pub(super) async fn findings(
    store: &dyn Store,
    request: &v1::FindingsRequest,
    severity_min: Severity,
) -> Result<v1::FindingsReply, Status> {
    let mut room = Room::new(request.limit);
    let mut reply = v1::FindingsReply::default();
    let mut after = Some(FindingId(request.after.clone())).filter(|id| !id.0.is_empty());
    loop {
        let read = store.findings_page(after.as_ref(), READ_LEN).await.map_err(failed)?;
        if read.is_empty() {
            return Ok(reply);
        }
        for finding in read {
            room.look();
            if meets(&finding, request, severity_min) {
                let message = v1::Finding::from(&finding);
                room.take(message.encoded_len());
                reply.findings.push(message);
            }
            after = Some(finding.id);
            if room.is_full() {
                reply.next = after.map(|id| id.0).unwrap_or_default();
                return Ok(reply);
            }
        }
    }
}

fn meets(finding: &Finding, request: &v1::FindingsRequest, severity_min: Severity) -> bool {
    let rule = finding.conclusion.rule.as_str();
    let of_rule = request.rule.as_deref().is_none_or(|asked| is_of(rule, asked));
    let of_source = request.source.as_ref().is_none_or(|source| finding.source == *source);
    let owner = request.owner.as_ref().map(|owner| OwnerId(owner.clone()));
    let of_owner = owner.is_none_or(|owner| finding.owners.contains(&owner));
    finding.conclusion.severity >= severity_min && of_rule && of_source && of_owner
}

/// Whether `rule` is the rule asked for, or of the family asked for: `long_lived`.
fn is_of(rule: &str, asked: &str) -> bool {
    rule.strip_prefix(asked).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A declaration, as one line says it.
pub(super) fn declaration(it: &Declaration) -> v1::DeclarationView {
    let names = |owners: &[OwnerId]| owners.iter().map(|owner| owner.0.clone()).collect();
    v1::DeclarationView {
        id: it.id.0.clone(),
        file: it.file.clone(),
        line: it.line,
        business: names(&it.business),
        technical: names(&it.technical),
        lifecycle: names(&it.lifecycle),
        selector: selector(&it.selector),
    }
}

/// The conditions of a selector, as `name=pattern` in the order of the manual.
fn selector(it: &Selector) -> String {
    let pattern = |pattern: &Option<Pattern>| pattern.as_ref().map(|pattern| pattern.0.clone());
    let mut conditions: Vec<(String, Option<String>)> = vec![
        ("id".to_owned(), pattern(&it.id)),
        ("source".to_owned(), it.source.clone()),
        ("kind".to_owned(), it.kind.clone()),
        ("realm".to_owned(), pattern(&it.realm)),
        ("path".to_owned(), pattern(&it.path)),
        ("namespace".to_owned(), pattern(&it.namespace)),
    ];
    for (label, pattern) in &it.labels {
        conditions.push((format!("label:{label}"), Some(pattern.0.clone())));
    }
    let said =
        conditions.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", value?)));
    said.collect::<Vec<_>>().join(" ")
}

/// An agent, as operators see it.
pub(super) fn agent(it: &AgentRecord) -> v1::AgentView {
    v1::AgentView {
        id: it.id.0.clone(),
        scopes: it.scopes.iter().map(|scope| scope.0.clone()).collect(),
        enrolled_at: Some(it.enrolled_at.into()),
        revoked_at: it.revoked_at.map(Into::into),
        seen_at: it.seen_at.map(Into::into),
        acked_seq: it.acked.0,
    }
}

/// A length on the wire.
pub(super) fn count(len: usize) -> u64 {
    u64::try_from(len).unwrap_or(u64::MAX)
}
