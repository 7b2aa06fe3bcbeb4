//! The verdict on each principal: what it may do now, and what it could make itself able to do.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use model::IdentityKind;

use super::access::{Access, Accesses};
use super::decide::{Allowing, Asker, Piece, Place};
use super::document::{Effect, Statement};
use super::estate::{Estate, Principal};
use super::pattern::ANYTHING;
use super::steps::{Gain, Map, Power, Step};
use super::truth::Truth;
use super::usage::Used;

/// BOUND: principals that one path is looked for through.
const REACHED_MAX: usize = 2_000;

/// What is said of a principal.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Verdict {
    /// It may do everything in its account.
    Administrator,
    /// It can make itself able to do what it may not do now.
    Escalates,
    /// Neither.
    No,
    /// A fact is missing that decides.
    Unknown,
}

impl Verdict {
    /// Its stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Escalates => "escalates",
            Self::No => "no",
            Self::Unknown => "unknown",
        }
    }
}

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
    fn of(what: String, sets: Vec<u16>, allowing: Vec<Allowing>) -> Self {
        let (mut by, mut places) = (Vec::new(), Vec::new());
        for it in allowing {
            by.push(it.text);
            places.extend(it.place);
        }
        Self { what, sets, by, places }
    }
}

/// Judges every user and role.
#[must_use]
pub fn judge(estate: &Estate) -> Vec<Judgement> {
    let map = Map::of(estate);
    let mut judge = Judge::of(&map);
    let mut accesses = Accesses::default();
    let mut judgements = Vec::new();
    for (no, principal) in users_and_roles(estate) {
        let (verdict, because) = judge.principal(no, principal);
        let asker = map.askers.get(no);
        let services = asker.map(Asker::services).unwrap_or_default();
        let access = asker.and_then(|asker| accesses.of(asker));
        let used = estate.used(&principal.id, access.as_ref(), &services);
        let id = principal.id.clone();
        judgements.push(Judgement { id, verdict, because, services, access, used });
    }
    judgements.sort_by(|one, other| one.id.cmp(&other.id));
    judgements
}

/// The verdicts on some of them alone, by their ARNs.
pub(super) fn verdicts(
    estate: &Estate,
    wanted: impl Fn(&Principal) -> bool,
) -> BTreeMap<String, (Verdict, Vec<Reason>)> {
    let map = Map::of(estate);
    let mut judge = Judge::of(&map);
    let all = users_and_roles(estate).filter(|(_, principal)| wanted(principal));
    all.map(|(no, principal)| (principal.id.clone(), judge.principal(no, principal))).collect()
}

fn users_and_roles(estate: &Estate) -> impl Iterator<Item = (usize, &Principal)> {
    let kinds = [IdentityKind::User, IdentityKind::Role];
    estate.principals.iter().enumerate().filter(move |(_, it)| kinds.contains(&it.kind))
}

struct Judge<'m, 'e> {
    map: &'m Map<'e>,
    steps: BTreeMap<usize, Rc<[Step]>>,
    administrators: Rc<[Truth]>,
    /// Whether anything is in doubt at all.
    has_doubt: bool,
}

impl<'m, 'e> Judge<'m, 'e> {
    fn of(map: &'m Map<'e>) -> Self {
        Self {
            map,
            steps: BTreeMap::new(),
            has_doubt: map.estate.has_doubt(),
            administrators: map.askers.iter().map(administrator).collect(),
        }
    }

    fn principal(&mut self, no: usize, principal: &Principal) -> (Verdict, Vec<Reason>) {
        let said = |verdict, because| (verdict, because);
        let Some(asker) = self.map.askers.get(no) else {
            return said(Verdict::Unknown, Vec::new());
        };
        let administrator = self.administrators.get(no).copied().unwrap_or(Truth::No);
        if administrator >= Truth::Maybe {
            return said(Verdict::Administrator, vec![allowing(asker)]);
        }
        if principal.is_linked {
            return said(Verdict::No, Vec::new());
        }
        if let Some(path) = self.path(no, Truth::Maybe) {
            return said(Verdict::Escalates, path);
        }
        if administrator == Truth::Doubt {
            return said(Verdict::Unknown, vec![missing(asker)]);
        }
        let path = if self.has_doubt { self.path(no, Truth::Doubt) } else { None };
        match path {
            Some(path) => said(Verdict::Unknown, path),
            None => said(Verdict::No, Vec::new()),
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
    fn path(&mut self, from: usize, least: Truth) -> Option<Vec<Reason>> {
        let mut search = Search {
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
struct Search<'m, 'e> {
    map: &'m Map<'e>,
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

impl Search<'_, '_> {
    /// Takes a step of `at`; says whether that ends it.
    fn take(&mut self, at: usize, step: Step) -> bool {
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

    fn asker(&self) -> Option<&Asker<'_>> {
        self.map.askers.get(self.from)
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
        let (Some(target), Some(asker)) = (self.map.askers.get(to), self.asker()) else {
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

/// Whether they may do everything in their account: every action on everything is allowed, and nothing
/// of it is left out or denied but by the organisation, which leaves them able to make another
/// administrator.
fn administrator(asker: &Asker<'_>) -> Truth {
    if asker.identity.is_empty() {
        return Truth::No;
    }
    let everywhere =
        asker.here(&format!("arn:aws:{ANYTHING}:us-east-1:{}:{ANYTHING}", asker.account));
    let user = asker.here(&format!("arn:aws:iam::{}:user/{ANYTHING}", asker.account));
    let role = asker.here(&format!("arn:aws:iam::{}:role/{ANYTHING}", asker.account));
    let mut all = asker.may(&format!("{ANYTHING}:{ANYTHING}"), &everywhere);
    if all == Truth::No {
        return all;
    }
    for piece in asker.identity.iter().chain(&asker.boundary) {
        let Piece::Policy(policy) = piece else { continue };
        for statement in &policy.document.statements {
            all = all.and(left(asker, statement, &everywhere));
        }
    }
    for piece in asker.levels.iter().flatten() {
        let Piece::Policy(policy) = piece else { continue };
        for statement in policy.document.statements.iter().filter(|it| it.effect == Effect::Allow) {
            all = all.and(left(asker, statement, &everywhere));
        }
    }
    let may = |action: &str, resource: &str| asker.may(action, resource);
    let makes = may("iam:createuser", &user)
        .and(may("iam:createaccesskey", &user))
        .and(may("iam:attachuserpolicy", &user).or(may("iam:putuserpolicy", &user)))
        .or(may("iam:createrole", &role)
            .and(may("iam:attachrolepolicy", &role).or(may("iam:putrolepolicy", &role))));
    all.and(makes)
}

/// Whether what the statement leaves out or denies is allowed none the less.
fn left(asker: &Asker<'_>, statement: &Statement, everywhere: &str) -> Truth {
    let of = |text: &str| text.replace('*', ANYTHING).replace('?', "z");
    let mut actions: Vec<String> = Vec::new();
    let mut resources = vec![everywhere.to_owned()];
    match (statement.effect, statement.actions.all_but, statement.resources.all_but) {
        (Effect::Allow, false, false) | (Effect::Unknown, ..) => return Truth::Yes,
        (Effect::Allow, true, _) | (Effect::Deny, false, _) => {
            actions.extend(statement.actions.texts.iter().map(|text| of(&text.to_lowercase())));
        }
        (Effect::Deny, true, _) | (Effect::Allow, false, true) => {
            actions.push(format!("{ANYTHING}:{ANYTHING}"));
        }
    }
    let names_resources = match statement.effect {
        Effect::Deny => !statement.resources.all_but,
        Effect::Allow | Effect::Unknown => statement.resources.all_but,
    };
    if names_resources {
        let named = statement.resources.texts.iter().filter(|text| !text.contains("${"));
        resources = named.map(|text| of(text)).collect();
    }
    let mut all = Truth::Yes;
    for action in actions {
        let action = if action.contains(':') { action } else { format!("{action}:{action}") };
        for resource in &resources {
            let whole = if resource == ANYTHING { everywhere } else { resource };
            all = all.and(asker.may(&action, whole));
        }
    }
    all
}

fn allowing(asker: &Asker<'_>) -> Reason {
    let everywhere =
        asker.here(&format!("arn:aws:{ANYTHING}:us-east-1:{}:{ANYTHING}", asker.account));
    let action = format!("{ANYTHING}:{ANYTHING}");
    let by = asker.reasons(&action, &everywhere, &asker.about(&everywhere));
    Reason::of("may do everything".to_owned(), Vec::new(), by)
}

fn missing(asker: &Asker<'_>) -> Reason {
    let pieces = asker.identity.iter().chain(&asker.boundary);
    let by = pieces.filter_map(|piece| match piece {
        Piece::Missing(id) => Some(format!("`{id}`, whose text is not known")),
        Piece::Policy(policy) => {
            policy.document.flaws.first().map(|flaw| format!("`{}`: {flaw}", policy.id))
        }
        Piece::Everything => None,
    });
    let what = "what a policy says is not known".to_owned();
    Reason { what, sets: Vec::new(), by: by.collect(), places: Vec::new() }
}

/// The verdict on one principal of whom nothing else is known.
impl Estate {
    /// How many users and roles there are.
    #[must_use]
    pub fn len(&self) -> usize {
        users_and_roles(self).count()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
