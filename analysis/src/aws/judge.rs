//! The verdict on each principal: what it may do now, and what it could make itself able to do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use model::{IdentityKind, PathStep as Reason, PrivilegeVerdict as Verdict};

use super::administrator::{administrator, allowing, missing};
use super::decide::{Asker, Piece};
use super::estate::{Estate, Principal};
use super::outline::Outline;
use super::steps::{Gain, Map, Power, Step};
use super::truth::Truth;

/// BOUND: principals that one path is looked for through.
const REACHED_MAX: usize = 2_000;

/// A verdict, with what it rests on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Judgement {
    /// The ARN.
    pub id: String,
    /// What is said of it.
    pub verdict: Verdict,
    /// The path, step by step; for an administrator the statements that make it one.
    pub because: Vec<Reason>,
    /// The services of which its policies allow something, as they spell them; `*` is all.
    pub services: Vec<String>,
}

/// Judges every user and role.
#[must_use]
pub fn judge(estate: &Estate) -> Vec<Judgement> {
    let outline = Outline::of(estate);
    let map = Map::of(estate, &outline);
    let numbers = 0..estate.principals.len();
    let administrators = numbers.clone().map(|no| administrator_of(&map, no)).collect();
    let mut judge = Judge::of(&map, administrators, estate.has_doubt());
    let mut judgements: Vec<Judgement> =
        numbers.filter_map(|no| judge.principal(no)).map(|(judgement, _)| judgement).collect();
    judgements.sort_by(|one, other| one.id.cmp(&other.id));
    judgements
}

/// Whether the principal of that number is an administrator.
pub(super) fn administrator_of(map: &Map<'_>, no: usize) -> Truth {
    map.asker(no).map_or(Truth::No, administrator)
}

/// Judges one after another.
pub(super) struct Judge<'m, 'e> {
    map: &'m Map<'e>,
    steps: BTreeMap<usize, Rc<[Step]>>,
    administrators: Rc<[Truth]>,
    /// Whether anything is in doubt at all.
    has_doubt: bool,
}

/// What a search came across: what it found can change only if one of these does.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) principals: BTreeSet<usize>,
    /// Whether policies were weighed that nobody among them holds.
    pub(super) weighs_policies: bool,
}

impl<'m, 'e> Judge<'m, 'e> {
    /// `administrators` says of each principal whether it is one, `has_doubt` what
    /// [`Estate::has_doubt`] does.
    pub(super) fn of(map: &'m Map<'e>, administrators: Rc<[Truth]>, has_doubt: bool) -> Self {
        Self { map, steps: BTreeMap::new(), has_doubt, administrators }
    }

    /// The judgement on a user or role.
    pub(super) fn principal(&mut self, no: usize) -> Option<(Judgement, Seen)> {
        let principal = self.map.estate.principals.get(no)?;
        if !matches!(principal.kind, IdentityKind::User | IdentityKind::Role) {
            return None;
        }
        let asker = self.map.asker(no)?;
        let mut seen = Seen::default();
        let (verdict, because) = self.said(no, principal, asker, &mut seen);
        let (id, services) = (principal.id.clone(), asker.services());
        Some((Judgement { id, verdict, because, services }, seen))
    }

    fn said(
        &mut self,
        no: usize,
        principal: &Principal,
        asker: &Asker<'_>,
        seen: &mut Seen,
    ) -> (Verdict, Vec<Reason>) {
        let administrator = self.administrators.get(no).copied().unwrap_or(Truth::No);
        if administrator >= Truth::Maybe {
            return (Verdict::Administrator, vec![allowing(asker)]);
        }
        if principal.is_linked {
            return (Verdict::No, Vec::new());
        }
        if let Some(path) = self.path(no, Truth::Maybe, seen) {
            return (Verdict::Escalates, path);
        }
        if administrator == Truth::Doubt {
            return (Verdict::Unknown, vec![missing(asker)]);
        }
        let path = if self.has_doubt { self.path(no, Truth::Doubt, seen) } else { None };
        match path {
            Some(path) => (Verdict::Unknown, path),
            None => (Verdict::No, Vec::new()),
        }
    }

    /// Everything that `no` could do, worked out once.
    fn steps(&mut self, no: usize) -> Rc<[Step]> {
        let map = self.map;
        let steps = self.steps.entry(no).or_insert_with(|| {
            let mut steps = Vec::new();
            map.visit(no, &mut |step| {
                steps.push(step);
                false
            });
            steps.into()
        });
        Rc::clone(steps)
    }

    /// The shortest path to something that `from` may not do, by steps that hold at `least` so far.
    fn path(&mut self, from: usize, least: Truth, seen: &mut Seen) -> Option<Vec<Reason>> {
        let mut search = Search {
            seen,
            map: self.map,
            administrators: Rc::clone(&self.administrators),
            from,
            least,
            reached: BTreeMap::from([(from, None)]),
            waiting: VecDeque::new(),
            changes: Vec::new(),
            end: None,
        };
        // Most paths are one step long: they end the search before all others are worked out.
        self.map.visit(from, &mut |step| search.take(from, step));
        while search.end.is_none()
            && let Some(at) = search.waiting.pop_front()
        {
            let steps = self.steps(at);
            let mut search_ended = false;
            for step in steps.iter() {
                if !search_ended {
                    search_ended = search.take(at, step.clone());
                }
            }
        }
        search.told()
    }
}

/// A step, and whose it is.
type By = (usize, Step);

/// A search for a path.
struct Search<'m, 'e, 's> {
    map: &'m Map<'e>,
    seen: &'s mut Seen,
    administrators: Rc<[Truth]>,
    from: usize,
    least: Truth,
    /// Who is reached, and by which step of whom.
    reached: BTreeMap<usize, Option<By>>,
    waiting: VecDeque<usize>,
    /// Changes to somebody who is not reached yet.
    changes: Vec<By>,
    /// Where it ends, and by which last step.
    end: Option<(usize, Option<By>)>,
}

impl Search<'_, '_, '_> {
    /// Takes a step of `at`; says whether that ends it.
    fn take(&mut self, at: usize, step: Step) -> bool {
        self.note(&step.gain);
        if step.truth < self.least {
            return false;
        }
        match &step.gain {
            Gain::Become(to) => {
                let to = *to;
                if self.reached.contains_key(&to) || self.reached.len() >= REACHED_MAX {
                    return false;
                }
                self.reached.insert(to, Some((at, step)));
                self.waiting.push_back(to);
                if self.is_more(to) {
                    self.end = Some((to, None));
                    return true;
                }
                let waiting = std::mem::take(&mut self.changes);
                for (by, change) in waiting {
                    if self.end.is_none() && self.changes_to(&change, to) {
                        self.end = Some((to, Some((by, change))));
                        return true;
                    }
                    self.changes.push((by, change));
                }
            }
            Gain::Make(power) => {
                if self.made(at, power) {
                    self.end = Some((at, Some((at, step))));
                    return true;
                }
            }
            Gain::Change(target, _) => {
                let target = *target;
                if self.reached.contains_key(&target) {
                    if self.changes_to(&step, target) {
                        self.end = Some((target, Some((at, step))));
                        return true;
                    }
                } else {
                    self.changes.push((at, step));
                }
            }
        }
        false
    }

    fn note(&mut self, gain: &Gain) {
        match gain {
            Gain::Become(target) => {
                self.seen.principals.insert(*target);
            }
            Gain::Change(target, power) => {
                self.seen.principals.insert(*target);
                self.seen.weighs_policies |= power.names_policies();
            }
            Gain::Make(power) => self.seen.weighs_policies |= power.names_policies(),
        }
    }

    fn asker(&self) -> Option<&Asker<'_>> {
        self.map.asker(self.from)
    }

    /// Whether the change is one of `target`, which then may more.
    fn changes_to(&self, change: &Step, target: usize) -> bool {
        let Gain::Change(changed, power) = &change.gain else { return false };
        let Some(principal) = self.map.estate.principals.get(target) else { return false };
        let more = |asker| self.map.changed(principal, power).holds_more_than(asker) >= self.least;
        *changed == target && self.asker().is_some_and(more)
    }

    /// Whether `to` may more than whom the search began with, who is no administrator.
    fn is_more(&self, to: usize) -> bool {
        let administrator = self.administrators.get(to).copied().unwrap_or(Truth::No);
        if administrator >= self.least {
            return true;
        }
        let (Some(target), Some(asker)) = (self.map.asker(to), self.asker()) else {
            return false;
        };
        target.holds_more_than(asker) >= self.least
    }

    /// Whether somebody new in the account of `by` may more.
    fn made(&self, by: usize, power: &Power) -> bool {
        let Some(maker) = self.map.estate.principals.get(by) else { return false };
        let mut new = self.map.changed(maker, power);
        new.identity = vec![Piece::Everything];
        if *power == Power::Everything {
            new.boundary = None;
        }
        self.asker().is_some_and(|asker| new.holds_more_than(asker) >= self.least)
    }

    /// The path, if there is one.
    fn told(mut self) -> Option<Vec<Reason>> {
        let (end, last) = self.end.take()?;
        let mut steps: Vec<(usize, Step)> = last.into_iter().collect();
        let mut at = end;
        while let Some(Some((from, step))) = self.reached.get(&at) {
            steps.push((*from, step.clone()));
            at = *from;
        }
        steps.reverse();
        let reason = |(by, step): (usize, Step)| Reason {
            by: self.map.told(by, &step),
            what: step.what,
            sets: step.sets.iter().map(|set| u32::from(*set)).collect(),
        };
        Some(steps.into_iter().map(reason).collect())
    }
}

/// The verdict on one principal of whom nothing else is known.
impl Estate {
    /// How many users and roles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let kinds = [IdentityKind::User, IdentityKind::Role];
        self.principals.iter().filter(|it| kinds.contains(&it.kind)).count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
