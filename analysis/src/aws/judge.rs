//! The verdict on each principal: what it may do now, and what it could make itself able to do.

use std::collections::{BTreeMap, VecDeque};

use model::IdentityKind;

use super::decide::{Asker, Source};
use super::document::Effect;
use super::estate::{Estate, Principal};
use super::pattern::ANYTHING;
use super::steps::{Gain, Map, Power, Step};
use super::truth::Truth;

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
}

/// Judges every user and role.
#[must_use]
pub fn judge(estate: &Estate) -> Vec<Judgement> {
    let map = Map::of(estate);
    let mut judge = Judge {
        map: &map,
        steps: BTreeMap::new(),
        administrators: estate
            .principals
            .iter()
            .map(|principal| administrator(&estate.asker(principal)))
            .collect(),
    };
    let kinds = [IdentityKind::User, IdentityKind::Role];
    let mut judgements = Vec::new();
    for (no, principal) in estate.principals.iter().enumerate() {
        if kinds.contains(&principal.kind) {
            judgements.push(judge.principal(no, principal));
        }
    }
    judgements.sort_by(|one, other| one.id.cmp(&other.id));
    judgements
}

struct Judge<'m, 'e> {
    map: &'m Map<'e>,
    steps: BTreeMap<usize, Vec<Step>>,
    administrators: Vec<Truth>,
}

impl Judge<'_, '_> {
    fn principal(&mut self, no: usize, principal: &Principal) -> Judgement {
        let asker = self.map.estate.asker(principal);
        let id = principal.id.clone();
        let said = |verdict, because| Judgement { id: id.clone(), verdict, because };
        let administrator = self.administrators.get(no).copied().unwrap_or(Truth::No);
        if administrator >= Truth::Maybe {
            return said(Verdict::Administrator, vec![allowing(&asker)]);
        }
        if principal.is_linked {
            return said(Verdict::No, Vec::new());
        }
        for least in [Truth::Yes, Truth::Maybe] {
            if let Some(path) = self.path(no, &asker, least) {
                return said(Verdict::Escalates, path);
            }
        }
        if administrator == Truth::Doubt {
            return said(Verdict::Unknown, vec![missing(&asker)]);
        }
        match self.path(no, &asker, Truth::Doubt) {
            Some(path) => said(Verdict::Unknown, path),
            None => said(Verdict::No, Vec::new()),
        }
    }

    fn steps(&mut self, no: usize) -> Vec<Step> {
        let map = self.map;
        self.steps.entry(no).or_insert_with(|| map.steps(no)).clone()
    }

    /// The shortest path to something that `asker` may not do, by steps that hold at `least` so far.
    fn path(&mut self, from: usize, asker: &Asker<'_>, least: Truth) -> Option<Vec<Reason>> {
        let mut reached: BTreeMap<usize, Option<(usize, Step)>> = BTreeMap::from([(from, None)]);
        let mut waiting = VecDeque::from([from]);
        // Changes to somebody who is not reached yet.
        let mut changes: Vec<(usize, Step)> = Vec::new();
        while let Some(at) = waiting.pop_front() {
            for step in self.steps(at) {
                if step.truth < least {
                    continue;
                }
                match &step.gain {
                    Gain::Become(to) => {
                        if reached.contains_key(to) || reached.len() >= REACHED_MAX {
                            continue;
                        }
                        let (to, target) = (*to, self.map.estate.principals.get(*to));
                        reached.insert(to, Some((at, step.clone())));
                        waiting.push_back(to);
                        if self.is_more(to, target, asker, least) {
                            return Some(told(&reached, to, None));
                        }
                    }
                    Gain::Make(power) => {
                        let new = self.made(at, power);
                        if new.is_some_and(|new| new.holds_more_than(asker) >= least) {
                            return Some(told(&reached, at, Some((at, step.clone()))));
                        }
                    }
                    Gain::Change(..) => changes.push((at, step)),
                }
            }
            for (by, change) in &changes {
                let Gain::Change(target, power) = &change.gain else { continue };
                if !reached.contains_key(target) {
                    continue;
                }
                let Some(principal) = self.map.estate.principals.get(*target) else { continue };
                let after = self.map.changed(principal, power);
                if after.holds_more_than(asker) >= least {
                    return Some(told(&reached, *target, Some((*by, change.clone()))));
                }
            }
        }
        None
    }

    fn is_more(
        &self,
        to: usize,
        target: Option<&Principal>,
        asker: &Asker<'_>,
        least: Truth,
    ) -> bool {
        // Nobody here is an administrator already.
        let administrator = self.administrators.get(to).copied().unwrap_or(Truth::No);
        let Some(target) = target else { return false };
        let other = target.account != asker.account;
        (administrator >= Truth::Maybe && administrator >= least)
            || (other && administrator >= least)
            || self.map.estate.asker(target).holds_more_than(asker) >= least
    }

    /// Somebody new in the account of `by`.
    fn made<'p>(&'p self, by: usize, power: &'p Power) -> Option<Asker<'p>> {
        let maker = self.map.estate.principals.get(by)?;
        let mut new = self.map.changed(maker, power);
        new.identity = vec![Source::Everything];
        if *power == Power::Everything {
            new.boundary = None;
        }
        Some(new)
    }
}

/// The way to `end`, and the last step.
fn told(
    reached: &BTreeMap<usize, Option<(usize, Step)>>,
    end: usize,
    last: Option<(usize, Step)>,
) -> Vec<Reason> {
    let mut steps = Vec::new();
    let mut at = end;
    while let Some(Some((from, step))) = reached.get(&at) {
        steps.push(step.clone());
        at = *from;
    }
    steps.reverse();
    steps.extend(last.map(|(_, step)| step));
    let reason = |step: Step| Reason { what: step.what, sets: step.sets, by: step.by };
    steps.into_iter().map(reason).collect()
}

/// Whether they may do everything in their account: every action on everything is allowed, and what is
/// denied leaves them able to make another administrator.
fn administrator(asker: &Asker<'_>) -> Truth {
    if asker.identity.is_empty() {
        return Truth::No;
    }
    let everywhere = format!("arn:aws:{ANYTHING}:us-east-1:{}:{ANYTHING}", asker.account);
    let user = format!("arn:aws:iam::{}:user/{ANYTHING}", asker.account);
    let role = format!("arn:aws:iam::{}:role/{ANYTHING}", asker.account);
    let mut all = asker.may(&format!("{ANYTHING}:{ANYTHING}"), &everywhere);
    if all == Truth::No {
        return all;
    }
    // What a statement leaves out, another may allow.
    for source in asker.identity.iter().chain(&asker.boundary).chain(asker.levels.iter().flatten()) {
        let Source::Policy(policy) = source else { continue };
        for statement in &policy.document.statements {
            if statement.effect != Effect::Allow || !statement.actions.all_but {
                continue;
            }
            for left_out in &statement.actions.texts {
                let action = left_out.to_lowercase().replace('*', ANYTHING).replace('?', "z");
                let action = if action.contains(':') { action } else { format!("{action}:{action}") };
                all = all.and(asker.may(&action, &everywhere));
            }
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

fn allowing(asker: &Asker<'_>) -> Reason {
    let everywhere = format!("arn:aws:{ANYTHING}:us-east-1:{}:{ANYTHING}", asker.account);
    let action = format!("{ANYTHING}:{ANYTHING}");
    let by = asker.reasons(&action, &everywhere, &asker.about(&everywhere));
    Reason { what: "may do everything".to_owned(), sets: Vec::new(), by }
}

fn missing(asker: &Asker<'_>) -> Reason {
    let sources = asker.identity.iter().chain(&asker.boundary);
    let by = sources.filter_map(|source| match source {
        Source::Missing(id) => Some(format!("`{id}`, whose text is not known")),
        Source::Policy(policy) => {
            policy.document.flaws.first().map(|flaw| format!("`{}`: {flaw}", policy.id))
        }
        Source::Everything => None,
    });
    let what = "what a policy says is not known".to_owned();
    Reason { what, sets: Vec::new(), by: by.collect() }
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
