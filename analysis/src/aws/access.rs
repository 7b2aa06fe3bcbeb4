//! What a principal may do, by service and access level, after everything that denies and bounds.
//!
//! ```text
//! statement ──► digest       which groups of actions it reaches, worked out once for all who hold it
//! principal ──► access       the digests of its statements together; groups that something denies or
//!                            bounds are asked for one by one, each set of actions that is spoken of alike
//! ```
//!
//! A digest is the answer for somebody who holds that one statement, so that both ways are one: `decide.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::catalogue::{CATALOGUE, Level, Risk};
use super::condition::Test;
use super::decide::{Asker, Piece, is_controlled};
use super::document::{Document, Effect, Statement};
use super::estate::Policy;
use super::reach::{Reach, Spoken, is_open, may_touch, reach, touches};

/// BOUND: answers that are kept for principals of which the same is said; about 100 bytes each.
const KEPT_MAX: usize = 200_000;

/// BOUND: work for one principal, in looks at a statement. An administrator in an organisation of five
/// statements that speak of everything needs three quarters; what needs more is told as not known.
const WORK_MAX: usize = 2_000_000;
/// What a question costs, in such looks, for each statement and for each test that it may turn on.
const QUESTION_WORK: usize = 20;
const TEST_WORK: usize = 200;

/// What a principal may do. What a policy whose text is not known may allow is not in it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Access {
    /// By service, in order.
    services: Vec<(u16, Levels)>,
    /// Sensitive actions that it may do on all resources, in order.
    sensitive: Vec<u16>,
}

/// Some levels of one service that are held alike.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reached {
    /// By the prefix of its actions.
    pub service: &'static str,
    /// In order; at least one action of each is held.
    pub levels: Vec<Level>,
    /// Whether one of each may be done on all resources that it is about.
    pub everywhere: bool,
}

impl Access {
    /// By service in order, what is held everywhere first.
    #[must_use]
    pub fn services(&self) -> Vec<Reached> {
        let mut all = Vec::new();
        for (service, levels) in &self.services {
            let Some(service) = CATALOGUE.service(*service) else { continue };
            for everywhere in [true, false] {
                let reach = if everywhere { Reach::Everywhere } else { Reach::Somewhere };
                let held = Level::ALL.into_iter().filter(|level| levels.get(*level) == reach);
                let held: Vec<Level> = held.collect();
                if !held.is_empty() {
                    all.push(Reached { service, levels: held, everywhere });
                }
            }
        }
        all
    }

    /// Sensitive actions that may be done on all resources, by what they put at risk, as AWS spells them.
    #[must_use]
    pub fn sensitive(&self) -> BTreeMap<Risk, Vec<String>> {
        let mut all: BTreeMap<Risk, Vec<String>> = BTreeMap::new();
        for action in &self.sensitive {
            for risk in CATALOGUE.risks.get(action).into_iter().flatten() {
                all.entry(*risk).or_default().push(CATALOGUE.spelt(*action));
            }
        }
        all
    }
}

/// How far each level of a service is held: one bit each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Levels {
    somewhere: u8,
    everywhere: u8,
}

impl Levels {
    const fn bit(level: Level) -> u8 {
        match level {
            Level::List => 1,
            Level::Read => 2,
            Level::Write => 4,
            Level::Tagging => 8,
            Level::Permissions => 16,
        }
    }

    fn add(&mut self, level: Level, reach: Reach) {
        match reach {
            Reach::Nowhere => {}
            Reach::Somewhere => self.somewhere |= Self::bit(level),
            Reach::Everywhere => self.everywhere |= Self::bit(level),
        }
        self.somewhere &= !self.everywhere;
    }

    fn get(self, level: Level) -> Reach {
        let bit = Self::bit(level);
        match (self.everywhere & bit != 0, self.somewhere & bit != 0) {
            (true, _) => Reach::Everywhere,
            (false, true) => Reach::Somewhere,
            (false, false) => Reach::Nowhere,
        }
    }

    fn join(&mut self, other: Self) {
        self.somewhere |= other.somewhere;
        self.everywhere |= other.everywhere;
        self.somewhere &= !self.everywhere;
    }
}

/// What one statement allows by itself.
#[derive(Debug, Default)]
struct Digest {
    /// The groups that it reaches, in order.
    groups: Vec<(u16, Reach)>,
    services: Vec<(u16, Levels)>,
    sensitive: Vec<u16>,
}

/// Answers that were worked out, for all principals of one estate.
#[derive(Debug, Default)]
pub(super) struct Accesses<'e> {
    /// Accounts with their partitions: what is said of one is not said of another.
    grounds: BTreeMap<(String, &'e str), usize>,
    /// By what the statement says.
    digests: BTreeMap<Said<'e>, Kept<'e>>,
    answers: BTreeMap<Question, Reach>,
    /// What may still be done for the present one.
    work: usize,
}

/// A ground, a group, and what speaks of its actions: see [`Layers::speaking`].
type Question = (usize, u16, Vec<usize>);

/// A ground, actions by where they lie in memory, and resources.
type Said<'e> = (usize, usize, &'e [String], bool);

/// What statements with the same actions and resources allow, by their conditions.
type Kept<'e> = Vec<(&'e [Test], Rc<Digest>)>;

/// What is gathered of one principal.
#[derive(Debug, Default)]
struct Gathered {
    services: BTreeMap<u16, Levels>,
    sensitive: BTreeSet<u16>,
}

impl Gathered {
    /// Takes that `actions` of the group are held that far.
    fn take(&mut self, no: u16, reach: Reach, actions: impl Fn(u16) -> bool) {
        let Some(group) = CATALOGUE.group(no).filter(|_| reach > Reach::Nowhere) else { return };
        self.services.entry(group.service).or_default().add(group.level, reach);
        if reach == Reach::Everywhere {
            self.sensitive.extend(group.sensitive.iter().copied().filter(|it| actions(*it)));
        }
    }
}

impl<'e> Accesses<'e> {
    /// What `asker` may do; none if its policies hold more than is looked up.
    pub(super) fn of(&mut self, asker: &Asker<'e>) -> Option<Access> {
        let mut layers = Layers::of(asker)?;
        let ground = self.ground(asker);
        layers.ground = ground;
        self.work = WORK_MAX;
        let mut gathered = Gathered::default();
        let mut touched: BTreeSet<u16> = BTreeSet::new();
        for (policy, statement) in &layers.allow {
            let digest = self.digest(ground, asker, policy, statement)?;
            if !layers.is_bounded && layers.deny.is_empty() {
                for (service, levels) in &digest.services {
                    gathered.services.entry(*service).or_default().join(*levels);
                }
                gathered.sensitive.extend(&digest.sensitive);
                continue;
            }
            for (no, reach) in &digest.groups {
                if touched.contains(no) {
                    continue;
                }
                self.spend(layers.deny.len())?;
                if layers.touch(*no, asker) {
                    touched.insert(*no);
                } else {
                    let held = statement.actions.held.as_deref();
                    gathered.take(*no, *reach, |it| held.is_some_and(|held| held.has(it)));
                }
            }
        }
        for no in touched {
            self.ask(asker, &layers, no, &mut gathered)?;
        }
        let services = gathered.services.into_iter().collect();
        Some(Access { services, sensitive: gathered.sensitive.into_iter().collect() })
    }

    fn spend(&mut self, work: usize) -> Option<()> {
        self.work = self.work.checked_sub(work)?;
        Some(())
    }

    fn ground(&mut self, asker: &Asker<'e>) -> usize {
        let partition = asker.id.split(':').nth(1).unwrap_or("aws").to_owned();
        let next = self.grounds.len();
        *self.grounds.entry((partition, asker.account)).or_insert(next)
    }

    /// What `statement` allows by itself; kept, unless it allows each who holds it something else.
    fn digest(
        &mut self,
        ground: usize,
        asker: &Asker<'e>,
        policy: &'e Policy,
        statement: &'e Statement,
    ) -> Option<Rc<Digest>> {
        let held = statement.actions.held.as_ref()?;
        let resources = &statement.resources;
        let said =
            (ground, Arc::as_ptr(held).addr(), resources.texts.as_slice(), resources.all_but);
        let condition = statement.condition.as_slice();
        let kept = statement.is_alike().then(|| self.digests.entry(said).or_default());
        let known = kept.iter().flat_map(|kept| kept.iter()).find(|(it, _)| *it == condition);
        if let Some((_, digest)) = known {
            return Some(Rc::clone(digest));
        }
        let document = Document { statements: vec![statement.clone()], ..Document::default() };
        let Policy { maker, digest, .. } = *policy;
        let alone = Policy { id: policy.id.clone(), maker, document, digest };
        let mut alone_asker = asker.clone();
        alone_asker.identity = vec![Piece::Policy(&alone)];
        alone_asker.boundary = None;
        alone_asker.levels = Vec::new();
        let spoken = Spoken { allow: vec![statement], ..Spoken::default() };
        let mut gathered = Gathered::default();
        let mut groups = Vec::new();
        // Said of everything alike, one answer is that of all: once for IAM, which is asked in one region
        // alone, and once for the rest. What the organisation says of resources, it says of some services.
        let mut whole: BTreeMap<bool, Reach> = BTreeMap::new();
        let is_whole =
            statement.is_everywhere() && !statement.condition.iter().any(Test::is_of_resource);
        for no in &held.groups {
            let Some(group) = CATALOGUE.group(*no) else { continue };
            let mut actions = group.actions.iter().copied();
            let Some(action) = actions.find(|action| held.has(*action)) else { continue };
            let service = CATALOGUE.service(group.service).unwrap_or_default();
            let is_iam = service == "iam";
            let takes_whole = is_whole && !is_controlled(&format!("{service}:"));
            let known = whole.get(&is_iam).filter(|_| takes_whole).copied();
            let reach = match known {
                Some(reach) => reach,
                None if !may_touch(statement, group) => Reach::Nowhere,
                None => {
                    self.work = self.work.checked_sub(work_of(&spoken))?;
                    let found = reach(&alone_asker, action, group, &spoken);
                    if takes_whole {
                        whole.insert(is_iam, found);
                    }
                    found
                }
            };
            if reach > Reach::Nowhere {
                groups.push((*no, reach));
                gathered.take(*no, reach, |it| held.has(it));
            }
        }
        let services = gathered.services.into_iter().collect();
        let sensitive = gathered.sensitive.into_iter().collect();
        let digest = Rc::new(Digest { groups, services, sensitive });
        if let Some(kept) = kept {
            kept.push((condition, Rc::clone(&digest)));
        }
        Some(digest)
    }

    /// Asks for a group that something denies or bounds: once for each set of its actions of which the
    /// same statements speak.
    fn ask(
        &mut self,
        asker: &Asker<'e>,
        layers: &Layers<'e>,
        no: u16,
        gathered: &mut Gathered,
    ) -> Option<()> {
        let group = CATALOGUE.group(no)?;
        let mut alike: BTreeMap<Vec<usize>, Vec<u16>> = BTreeMap::new();
        for action in &group.actions {
            self.spend(layers.len())?;
            let key = layers.speaking(*action);
            if key.first().is_some_and(|allowing| *allowing > 0) {
                alike.entry(key).or_default().push(*action);
            }
        }
        for (key, actions) in alike {
            let Some(action) = actions.first() else { continue };
            let spoken = layers.spoken(*action);
            let is_alike = |list: &[&Statement]| list.iter().all(|it| it.is_alike());
            let is_kept = layers.is_known
                && is_alike(&spoken.allow)
                && is_alike(&spoken.bound)
                && is_alike(&spoken.deny);
            let key = (layers.ground, no, key);
            let known = self.answers.get(&key).filter(|_| is_kept).copied();
            let reach = if let Some(reach) = known {
                reach
            } else {
                self.spend(work_of(&spoken))?;
                reach(asker, *action, group, &spoken)
            };
            if is_kept {
                if self.answers.len() >= KEPT_MAX {
                    self.answers.clear();
                }
                self.answers.insert(key, reach);
            }
            gathered.take(no, reach, |it| actions.contains(&it));
        }
        Some(())
    }
}

/// What a question costs of which these speak.
fn work_of(spoken: &Spoken<'_>) -> usize {
    let all = || spoken.allow.iter().chain(&spoken.bound).chain(&spoken.deny);
    let tests_count: usize = all().map(|it| it.condition.len()).sum();
    let statements = all().count().saturating_add(1).saturating_mul(QUESTION_WORK);
    statements.saturating_add(tests_count.saturating_mul(TEST_WORK))
}

/// The statements that apply to somebody, sorted by what they do.
#[derive(Debug, Default)]
struct Layers<'e> {
    /// The account, with its partition.
    ground: usize,
    allow: Vec<(&'e Policy, &'e Statement)>,
    /// Of boundary and organisation, unless they leave everything.
    bound: Vec<&'e Statement>,
    deny: Vec<&'e Statement>,
    /// Whether the text of every policy is known that bounds.
    is_known: bool,
    is_bounded: bool,
    /// Which of those that bound is the boundary, and how many levels there are: an answer is kept for
    /// those alone who are bounded alike.
    mark: [usize; 2],
}

/// The first statement of the boundary, and how many levels bound besides.
fn mark(asker: &Asker<'_>) -> [usize; 2] {
    let boundary = match asker.boundary {
        Some(Piece::Policy(policy)) => policy.document.statements.first().map(|it| it.no),
        Some(Piece::Everything | Piece::Missing(_)) | None => None,
    };
    [boundary.unwrap_or(usize::MAX), asker.levels.len()]
}

impl<'e> Layers<'e> {
    /// None if a statement was not looked up.
    fn of(asker: &Asker<'e>) -> Option<Self> {
        let mut layers = Self { is_known: true, ..Self::default() };
        for piece in &asker.identity {
            let Piece::Policy(policy) = *piece else { continue };
            for statement in &policy.document.statements {
                statement.actions.held.as_ref()?;
                match statement.effect {
                    Effect::Allow => layers.allow.push((policy, statement)),
                    // What is not known may deny: what it speaks of is in doubt, and asked for.
                    Effect::Deny | Effect::Unknown => layers.deny.push(statement),
                }
            }
        }
        if let Some(boundary) = &asker.boundary {
            layers.bound(std::slice::from_ref(boundary));
        }
        layers.mark = mark(asker);
        for level in &asker.levels {
            layers.bound(level);
        }
        let controls = asker.estate.accounts.get(asker.account);
        let controls = controls.filter(|account| !account.is_management);
        for id in controls.into_iter().flat_map(|account| account.resource_levels.iter().flatten())
        {
            if let Piece::Policy(policy) = asker.estate.piece(id) {
                let all = policy.document.statements.iter();
                layers.deny.extend(all.filter(|it| it.effect != Effect::Allow));
            }
        }
        Some(layers)
    }

    fn len(&self) -> usize {
        self.allow.len().saturating_add(self.bound.len()).saturating_add(self.deny.len())
    }

    /// Takes a boundary, or one level of the organisation.
    fn bound(&mut self, level: &[Piece<'e>]) {
        let mut bounding = Vec::new();
        let mut is_left_open = level.is_empty();
        for piece in level {
            let Piece::Policy(policy) = *piece else {
                self.is_known = false;
                self.is_bounded = true;
                continue;
            };
            for statement in &policy.document.statements {
                match statement.effect {
                    Effect::Allow => bounding.push(statement),
                    Effect::Deny | Effect::Unknown => self.deny.push(statement),
                }
            }
            is_left_open |= policy.document.statements.iter().any(is_open);
        }
        if !is_left_open {
            self.is_bounded = true;
            self.bound.extend(bounding);
        }
    }

    /// Whether anything but what allows may have a say in that group.
    fn touch(&self, no: u16, asker: &Asker<'_>) -> bool {
        let Some(group) = CATALOGUE.group(no) else { return false };
        let holds = |statement: &Statement| {
            let held = statement.actions.held.as_deref();
            held.is_none_or(|held| held.groups.binary_search(&no).is_ok()) || statement.is_doubtful
        };
        self.is_bounded || self.deny.iter().any(|it| holds(it) && touches(it, group, asker))
    }

    /// The numbers of the statements that speak of the action, after how many of them allow it.
    fn speaking(&self, action: u16) -> Vec<usize> {
        let spoken = self.spoken(action);
        let mut key = vec![spoken.allow.len(), spoken.bound.len()];
        key.extend(self.mark);
        let all = spoken.allow.iter().chain(&spoken.bound).chain(&spoken.deny);
        key.extend(all.map(|statement| statement.no));
        key
    }

    fn spoken(&self, action: u16) -> Spoken<'e> {
        let name = super::action::Name::listed(action);
        let about = |statement: &&Statement| statement.is_about(name);
        Spoken {
            allow: self.allow.iter().map(|(_, it)| *it).filter(about).collect(),
            bound: self.bound.iter().copied().filter(about).collect(),
            deny: self.deny.iter().copied().filter(about).collect(),
        }
    }
}

#[cfg(test)]
mod tests;
