//! The verdict on each principal: what it may do now, and what it could make itself able to do.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use model::{IdentityKind, PathStep, PrivilegeVerdict as Verdict};

use super::access::{Access, Accesses};
use super::administrator::{administrator, allowing, missing};
use super::decide::{Allowing, Asker, Piece, Place};
use super::estate::{Estate, Principal};
use super::outline::Outline;
use super::steps::{Gain, Map, Power, Step};
use super::truth::Truth;
use super::usage::Used;

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
    /// What it may do, by service and access level; none if its policies hold more than is
    /// looked up.
    pub access: Option<Access>,
    /// Which of these services it used; none if nobody tells.
    pub used: Option<Used>,
}

/// One step of a path.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reason {
    /// What is done.
    pub what: String,
    /// The sets of actions that it is, by their number in the list of the manual.
    pub sets: Vec<u16>,
    /// The statements that allow it, with what they ask for.
    pub by: Vec<String>,
    /// Where these stand, as far as their policies are known.
    pub places: Vec<Place>,
}

impl Reason {
    pub(super) fn of(what: String, sets: Vec<u16>, allowing: Vec<Allowing>) -> Self {
        let (mut by, mut places) = (Vec::new(), Vec::new());
        for it in allowing {
            by.push(it.text);
            places.extend(it.place);
        }
        Self { what, sets, by, places }
    }

    /// As it is kept and told.
    pub(super) fn step(&self) -> PathStep {
        PathStep {
            what: self.what.clone(),
            sets: self.sets.iter().map(|set| u32::from(*set)).collect(),
            by: self.by.clone(),
        }
    }
}

/// Judges every user and role.
#[must_use]
pub fn judge(estate: &Estate) -> Vec<Judgement> {
    let outline = Outline::of(estate);
    let map = Map::of(estate, &outline);
    let mut judge = Judge::of_all(&map);
    let mut accesses = Accesses::default();
    let mut judgements = Vec::new();
    for (no, principal) in estate.principals.iter().enumerate() {
        let (Some(judged), Some(asker)) = (judge.principal(no), map.asker(no)) else { continue };
        let services = asker.services();
        let access = accesses.of(asker);
        let used = estate.used(&principal.id, access.as_ref(), &services);
        let (id, Judged { verdict, because }) = (principal.id.clone(), judged.0);
        judgements.push(Judgement { id, verdict, because, services, access, used });
    }
    judgements.sort_by(|one, other| one.id.cmp(&other.id));
    judgements
}

/// The verdicts on some of them alone, by their ARNs.
pub(super) fn verdicts(
    estate: &Estate,
    wanted: impl Fn(&Principal) -> bool,
) -> BTreeMap<String, Judged> {
    let outline = Outline::of(estate);
    let map = Map::of(estate, &outline);
    let mut judge = Judge::of_all(&map);
    let mut verdicts = BTreeMap::new();
    for (no, principal) in estate.principals.iter().enumerate().filter(|(_, it)| wanted(it)) {
        if let Some((judged, _)) = judge.principal(no) {
            verdicts.insert(principal.id.clone(), judged);
        }
    }
    verdicts
}

/// Whether the principal of that number is an administrator.
pub(super) fn administrator_of(map: &Map<'_>, no: usize) -> Truth {
    map.asker(no).map_or(Truth::No, administrator)
}

/// What is said of one principal.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) because: Vec<Reason>,
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

    /// The same, found out for all.
    fn of_all(map: &'m Map<'e>) -> Self {
        let numbers = 0..map.estate.principals.len();
        let administrators = numbers.map(|no| administrator_of(map, no)).collect();
        Self::of(map, administrators, map.estate.has_doubt())
    }

    /// What is said of a user or role.
    pub(super) fn principal(&mut self, no: usize) -> Option<(Judged, Seen)> {
        let principal = self.map.estate.principals.get(no)?;
        if !matches!(principal.kind, IdentityKind::User | IdentityKind::Role) {
            return None;
        }
        let asker = self.map.asker(no)?;
        let mut seen = Seen::default();
        let (verdict, because) = self.said(no, principal, asker, &mut seen);
        Some((Judged { verdict, because }, seen))
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
        let reason = |(by, step): (usize, Step)| {
            let allowing = self.map.told(by, &step);
            Reason::of(step.what, step.sets, allowing)
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
