//! Which actions of the catalogue a statement holds, looked up once for all statements that say the same.
//!
//! ```text
//! ["s3:Get*", "sqs:SendMessage"] ──► runs of numbers: 17012..17080, 17433..17434
//! ```

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::catalogue::CATALOGUE;

/// BOUND: names that are compared one by one for the patterns of one estate, which takes a quarter of a
/// second: fifty patterns that leave the service open, any number that names it.
const COMPARED_MAX: usize = 1_000_000;

/// Actions, as runs of their numbers, in order and apart from each other.
#[derive(Debug, Default)]
pub(super) struct Held {
    pub(super) runs: Vec<Range<u16>>,
    /// The groups of which it holds an action, in order.
    pub(super) groups: Vec<u16>,
}

impl Held {
    fn of(mut runs: Vec<Range<u16>>, all_but: bool) -> Self {
        runs.sort_unstable_by_key(|run| run.start);
        let mut joined: Vec<Range<u16>> = Vec::with_capacity(runs.len());
        for run in runs.into_iter().filter(|run| !run.is_empty()) {
            match joined.last_mut() {
                Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
                Some(_) | None => joined.push(run),
            }
        }
        let runs = if all_but { others(&joined) } else { joined };
        let mut groups: Vec<u16> = runs
            .iter()
            .flat_map(|run| run.clone().filter_map(|no| Some(CATALOGUE.action(no)?.group)))
            .collect();
        groups.sort_unstable();
        groups.dedup();
        Self { runs, groups }
    }

    /// Whether it holds the action of that number.
    pub(super) fn has(&self, number: u16) -> bool {
        let at = self.runs.partition_point(|run| run.end <= number);
        self.runs.get(at).is_some_and(|run| run.start <= number)
    }

    /// Whether it holds every action.
    pub(super) fn has_all(&self) -> bool {
        self.runs
            .first()
            .is_some_and(|run| run.start == 0 && usize::from(run.end) == CATALOGUE.actions.len())
    }
}

/// All actions but these.
fn others(runs: &[Range<u16>]) -> Vec<Range<u16>> {
    let end = u16::try_from(CATALOGUE.actions.len()).unwrap_or(u16::MAX);
    let mut others = Vec::with_capacity(runs.len().saturating_add(1));
    let mut at = 0;
    for run in runs {
        others.push(at..run.start);
        at = run.end;
    }
    others.push(at..end);
    others.retain(|run| !run.is_empty());
    others
}

/// Patterns in lower case, and whether all others are meant.
type List = (Vec<String>, bool);

/// What was looked up already.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    lists: BTreeMap<List, Arc<Held>>,
    patterns: BTreeMap<String, Vec<Range<u16>>>,
    compared: usize,
}

impl Shelf {
    /// Which actions these patterns match, or all others; none once too many were looked up.
    pub(super) fn held(&mut self, texts: &[String], all_but: bool) -> Option<Arc<Held>> {
        let lower: Vec<String> = texts.iter().map(|text| text.to_lowercase()).collect();
        let key = (lower, all_but);
        if let Some(held) = self.lists.get(&key) {
            return Some(Arc::clone(held));
        }
        let mut runs = Vec::new();
        for text in &key.0 {
            if let Some(known) = self.patterns.get(text) {
                runs.extend_from_slice(known);
                continue;
            }
            if self.compared > COMPARED_MAX {
                return None;
            }
            let (found, compared) = CATALOGUE.matched(text);
            self.compared = self.compared.saturating_add(compared);
            runs.extend_from_slice(&found);
            self.patterns.insert(text.clone(), found);
        }
        let held = Arc::new(Held::of(runs, all_but));
        self.lists.insert(key, Arc::clone(&held));
        Some(held)
    }
}

#[cfg(test)]
mod tests {
    use super::{CATALOGUE, Shelf};

    fn names(texts: &[&str], all_but: bool) -> Vec<String> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        let held = Shelf::default().held(&texts, all_but).unwrap();
        let all = 0..u16::try_from(CATALOGUE.actions.len()).unwrap();
        all.filter(|no| held.has(*no)).map(|no| CATALOGUE.spelt(no)).collect()
    }

    #[test]
    fn patterns_that_overlap_hold_each_action_once_and_the_rest_is_the_rest() {
        let some = ["sqs:Send*", "SQS:*Message*", "sqs:Nothing"];
        assert_eq!(
            names(&some, false),
            [
                "sqs:CancelMessageMoveTask",
                "sqs:ChangeMessageVisibility",
                "sqs:DeleteMessage",
                "sqs:ListMessageMoveTasks",
                "sqs:ReceiveMessage",
                "sqs:SendMessage",
                "sqs:StartMessageMoveTask"
            ]
        );
        let both = names(&some, false).len() + names(&some, true).len();
        assert_eq!(both, CATALOGUE.actions.len());
        assert!(names(&["*"], true).is_empty());
    }

    #[test]
    fn more_patterns_than_can_be_compared_are_not_looked_up_and_cost_no_time() {
        let mut shelf = Shelf::default();
        let odd = |no: usize| vec![format!("*a*b*c*{no}*")];
        let known = (0..200).filter(|no| shelf.held(&odd(*no), false).is_some()).count();
        assert!((40..60).contains(&known), "{known}");
    }
}
