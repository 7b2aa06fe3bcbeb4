//! Which statement, or which role's trust, taken away breaks the paths of most principals.
//!
//! ```text
//! paths ──► the statements that most of them go by ──► each taken away, and judged anew ──► the best goes
//!   ▲                                                                                          │
//!   └────────────────────────── of those who are not freed, their next path ◄──────────────────┘
//! ```
//!
//! Only who has no path left is freed: one that merely goes another way does not count, and who holds
//! less afterwards and so has a path anew is taken off.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::Place;
use super::document::Statement;
use super::estate::{Estate, Principal};
use model::PrivilegeVerdict as Verdict;

use super::judge::{Judged, Judgement, Reason, verdicts};

/// BOUND: what is told; what comes after the tenth is done after the first ten are.
const CUTS_MAX: usize = 10;
/// BOUND: statements that are tried for each cut once one is found that frees somebody.
const CANDIDATES_MAX: usize = 4;
/// BOUND: principals that are judged anew, in all. Ten thousand take about two seconds.
const REJUDGED_MAX: usize = 10_000;
/// BOUND: trials in all; for each the whole account is laid out anew, which takes a part of a second for
/// ten thousand principals.
const TRIALS_MAX: usize = 24;

/// Something that is taken away, after all before it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Cut {
    /// What.
    pub place: Place,
    /// Who could make itself more powerful before, and cannot after; in order.
    pub frees: Vec<String>,
    /// How many can then that could not before: they hold less, and so another holds more than they do.
    pub harms: usize,
}

/// By what each goes who can make itself more powerful.
type Paths = BTreeMap<String, BTreeSet<Place>>;

/// What to take away first, of an estate that was judged so. A greedy list: each entry frees most of those
/// that the ones before it left, as far as was tried.
#[must_use]
pub fn cuts(mut estate: Estate, judgements: &[Judgement]) -> Vec<Cut> {
    let mut paths: Paths = judgements
        .iter()
        .filter(|it| it.verdict == Verdict::Escalates)
        .map(|it| (it.id.clone(), places(&it.because)))
        .collect();
    let mut work = Work { trials: TRIALS_MAX, rejudged: REJUDGED_MAX };
    let mut cuts = Vec::new();
    while cuts.len() < CUTS_MAX
        && let Some(trial) = best(&mut estate, &paths, &mut work)
    {
        drop(estate.take_away(&trial.cut.place));
        for (id, after) in trial.after {
            match after {
                Some(places) => paths.insert(id, places),
                None => paths.remove(&id),
            };
        }
        cuts.push(trial.cut);
    }
    cuts
}

/// What may still be done.
struct Work {
    trials: usize,
    rejudged: usize,
}

/// A cut that was tried.
struct Trial {
    cut: Cut,
    /// By what each goes that was judged anew, if it still can.
    after: BTreeMap<String, Option<BTreeSet<Place>>>,
}

/// The cut that frees most, of those that are gone by most.
fn best(estate: &mut Estate, paths: &Paths, work: &mut Work) -> Option<Trial> {
    let mut by_place: BTreeMap<&Place, usize> = BTreeMap::new();
    for place in paths.values().flatten() {
        let count = by_place.entry(place).or_default();
        *count = count.saturating_add(1);
    }
    let mut ordered: Vec<(&Place, usize)> = by_place.into_iter().collect();
    ordered.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut best: Option<Trial> = None;
    for (no, (place, count)) in ordered.into_iter().enumerate() {
        // It cannot free more than go by it.
        let is_enough = |best: &Trial| best.gain() >= count || no >= CANDIDATES_MAX;
        if best.as_ref().is_some_and(is_enough) {
            break;
        }
        let Some(trial) = tried(estate, place, paths, work) else { break };
        let is_better = best.as_ref().is_none_or(|best| trial.gain() > best.gain());
        if is_better && trial.gain() > 0 {
            best = Some(trial);
        }
    }
    best
}

impl Trial {
    fn gain(&self) -> usize {
        self.cut.frees.len().saturating_sub(self.cut.harms)
    }
}

/// Judges anew all who go by `place` or hold its policy, as if it were not there; none if that is more work
/// than is left.
fn tried(estate: &mut Estate, place: &Place, paths: &Paths, work: &mut Work) -> Option<Trial> {
    let holders = estate.holders(&place.policy);
    let goes_by = |id: &str| paths.get(id).is_some_and(|places| places.contains(place));
    let is_wanted = |it: &Principal| goes_by(&it.id) || holders.contains(&it.id);
    let count = estate.principals.iter().filter(|it| is_wanted(it)).count();
    work.trials = work.trials.checked_sub(1)?;
    work.rejudged = work.rejudged.checked_sub(count)?;
    let taken = estate.take_away(place);
    let after = verdicts(estate, is_wanted);
    estate.put_back(place, taken);
    let (mut frees, mut harms) = (Vec::new(), 0_usize);
    for (id, Judged { verdict, .. }) in &after {
        let could = paths.contains_key(id);
        if could && *verdict == Verdict::No {
            frees.push(id.clone());
        }
        if !could && *verdict == Verdict::Escalates {
            harms = harms.saturating_add(1);
        }
    }
    let is_left = |Judged { verdict, because }: Judged| {
        (verdict == Verdict::Escalates).then(|| places(&because))
    };
    let after = after.into_iter().map(|(id, judged)| (id, is_left(judged))).collect();
    Some(Trial { cut: Cut { place: place.clone(), frees, harms }, after })
}

fn places(because: &[Reason]) -> BTreeSet<Place> {
    because.iter().flat_map(|reason| reason.places.iter().cloned()).collect()
}

impl Estate {
    /// Users and roles to whom that policy applies, by their ARNs.
    fn holders(&self, policy: &str) -> BTreeSet<String> {
        let holds = |it: &Principal| it.policies.iter().any(|id| id == policy);
        let groups: BTreeSet<&str> =
            self.principals.iter().filter(|it| holds(it)).map(|it| it.id.as_str()).collect();
        let is_holder = |it: &&Principal| {
            holds(it) || it.groups.iter().any(|group| groups.contains(group.as_str()))
        };
        self.principals.iter().filter(is_holder).map(|it| it.id.clone()).collect()
    }

    /// Takes the statement out, or all of them, with where they stood.
    fn take_away(&mut self, place: &Place) -> Vec<(usize, Statement)> {
        let Some(policy) = self.documents.get_mut(&place.policy) else { return Vec::new() };
        let all = std::mem::take(&mut policy.document.statements);
        let is_taken = |it: &Statement| place.statement.as_ref().is_none_or(|at| *at == it.place);
        let (taken, kept): (Vec<_>, Vec<_>) =
            all.into_iter().enumerate().partition(|(_, it)| is_taken(it));
        policy.document.statements = kept.into_iter().map(|(_, it)| it).collect();
        taken
    }

    fn put_back(&mut self, place: &Place, taken: Vec<(usize, Statement)>) {
        let Some(policy) = self.documents.get_mut(&place.policy) else { return };
        let statements = &mut policy.document.statements;
        for (at, statement) in taken {
            statements.insert(at.min(statements.len()), statement);
        }
    }
}

#[cfg(test)]
mod tests;
