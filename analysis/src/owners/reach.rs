//! Which scopes could show what a selector asks for.
//!
//! A scope id is `source/realm/...`; an identity's realm is that word, or `source:` before it. Where
//! the ids leave it open, a scope counts as one that could: then "unknown" is said too often rather
//! than "dangling" too early. The directory trees of a host (`host/web-1/files:/home`) show credentials
//! and their places, never identities: those stand in its tables.

use model::{Pattern, ScopeId, Selector};

/// The scopes that could show a match.
#[derive(Debug)]
pub(crate) struct Reach<'a> {
    source: Option<&'a str>,
    realm: Option<&'a Pattern>,
    id: Option<&'a Pattern>,
    /// Whether only an identity could match.
    is_identity: bool,
}

impl<'a> Reach<'a> {
    pub(crate) fn of(selector: &'a Selector) -> Self {
        Self {
            source: selector.source.as_deref(),
            realm: selector.realm.as_ref(),
            id: selector.id.as_ref(),
            is_identity: asks_for_identity(selector),
        }
    }

    pub(crate) fn covers(&self, scope: &ScopeId) -> bool {
        let source = scope.source();
        let segment = scope.as_str().split('/').nth(1).unwrap_or_default();
        let source_covers = self.source.is_none_or(|wanted| wanted == source);
        let realm_covers = self.realm.is_none_or(|realm| {
            realm.matches(segment)
                || realm.matches(&format!("{source}:{segment}"))
                || (source.starts_with("aws") && realm.matches(&format!("aws:{segment}")))
        });
        let is_tree = source == "host"
            && scope.as_str().split('/').nth(2).is_some_and(|part| part.starts_with("files:"));
        let kind_covers = !(self.is_identity && is_tree);
        source_covers
            && realm_covers
            && kind_covers
            && self.id.is_none_or(|id| id_covers(id, source, segment))
    }
}

fn asks_for_identity(selector: &Selector) -> bool {
    let kind = selector.kind.as_deref().is_some_and(|kind| kind != "unclaimed");
    // Only identities have labels.
    kind || !selector.labels.is_empty()
}

/// Whether an identity whose id begins as `id` does could be in that part of that source.
fn id_covers(id: &Pattern, source: &str, segment: &str) -> bool {
    let head = id.0.split('*').next().unwrap_or_default();
    if let Some(rest) = head.strip_prefix("arn:") {
        // partition:service:region:account:resource
        let mut fields = rest.split(':').skip(3);
        let account = fields.next().filter(|_| fields.next().is_some());
        return source.starts_with("aws") && account.is_none_or(|account| account == segment);
    }
    if let Some(rest) = head.strip_prefix("host:") {
        let host = rest.split_once('/').map(|(host, _)| host);
        return source == "host" && host.is_none_or(|host| host == segment);
    }
    true
}
