//! What one changed policy costs, once an account of AWS has been judged whole.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use analysis::derive::{Derived, Realm};
use anyhow::bail;
use model::testing::day;
use model::{Fact, IdentityId};

use super::Line;
use super::privileges::{ACCOUNT, POLICIES_COUNT, facts};

/// How many single changes are measured.
const CHANGES_COUNT: usize = 21;

/// Changes what one policy after another allows.
pub(super) fn run() -> anyhow::Result<Vec<Line>> {
    let facts = facts();
    let ours = BTreeSet::from([ACCOUNT.to_owned()]);
    let mut realm = Realm::of(ACCOUNT, &facts, [], ours, day("2026-03-01"));
    let index = Index::of(&facts);
    let (mut spans, mut judged) = (Vec::new(), 0_usize);
    for change in 0..CHANGES_COUNT {
        // Spread over all; those of the kind that reads and writes, as most are.
        let number = change.saturating_mul(POLICIES_COUNT).checked_div(CHANGES_COUNT).unwrap_or(0);
        let number = number.saturating_sub(number % 20).saturating_add(7);
        let (ids, known) = index.around(&format!("arn:aws:iam::{ACCOUNT}:policy/p{number}"));
        let begun = Instant::now();
        let Derived::Some(told) = realm.replace(&ids, &known) else { bail!("judged all anew") };
        spans.push(begun.elapsed());
        judged = judged.saturating_add(told.len());
    }
    spans.sort_unstable();
    let worst = spans.last().copied().unwrap_or_default();
    let middle = spans.get(CHANGES_COUNT / 2).copied().unwrap_or_default();
    let each = judged.checked_div(CHANGES_COUNT).unwrap_or(0);
    let what = "one policy changed among 10,000 principals: all whom it concerns judged anew";
    let ms = |span: Duration| span.as_secs_f64() * 1_000.0;
    let value =
        format!("{:.1} ms, worst {:.1} ms ({each} principals a change)", ms(middle), ms(worst));
    Ok(vec![Line::held(what, value, "at most 50 ms", middle <= Duration::from_millis(50))])
}

/// What is known of each principal, and who holds what.
struct Index<'f> {
    of: BTreeMap<&'f str, Vec<&'f Fact>>,
    policies: BTreeMap<&'f str, &'f Fact>,
    holders: BTreeMap<&'f str, BTreeSet<&'f str>>,
}

impl<'f> Index<'f> {
    fn of(facts: &'f [Fact]) -> Self {
        let mut index =
            Self { of: BTreeMap::new(), policies: BTreeMap::new(), holders: BTreeMap::new() };
        for fact in facts {
            if let Fact::Identity(it) = fact {
                index.of.entry(it.id.as_str()).or_default().push(fact);
            } else if let Fact::Grant(it) = fact {
                index.of.entry(it.holder.as_str()).or_default().push(fact);
                let holders = index.holders.entry(it.policy.as_str()).or_default();
                holders.insert(it.holder.as_str());
            } else if let Fact::Policy(it) = fact {
                index.policies.insert(it.id.as_str(), fact);
            }
        }
        index
    }

    /// All that is known of the holders of `policy`, which allows more than before.
    fn around(&self, policy: &str) -> (BTreeSet<IdentityId>, Vec<Fact>) {
        let (mut ids, mut known, mut named) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
        for holder in self.holders.get(policy).into_iter().flatten() {
            ids.insert(IdentityId::from(*holder));
            for fact in self.of.get(holder).into_iter().flatten() {
                if let Fact::Grant(grant) = fact {
                    named.insert(grant.policy.as_str());
                }
                known.push((*fact).clone());
            }
        }
        for name in named {
            let Some(Fact::Policy(it)) = self.policies.get(name) else { continue };
            let mut it = it.clone();
            if name == policy {
                it.document = it.document.replace("s3:Get*", "s3:*");
            }
            known.push(Fact::Policy(it));
        }
        (ids, known)
    }
}
