//! Who answers for a subject: declarations held against the subject, owners against the directory.
//!
//! Of all declarations that match, the most specific are in force, as a whole: what they leave out
//! is not taken from a more general one, so that a reader of one declaration knows what holds.
//! Several of one weight are in force together; if they name different owners, that is a dispute.

mod reach;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{
    Answer, Body, Declaration, DeclarationId, Facet, OwnerId, Owners, Ownership, Pattern, Person,
    Presence, Selector, Standing, Subject,
};

use crate::policy::OwnerRole;
use crate::time;

pub(crate) use reach::Reach;

/// Sources whose identities have a namespace, told as [`model::Identity::path`].
const NAMESPACED: [&str; 2] = ["kubernetes", "vault"];

/// Who answers for `subject`, as of a moment. Nobody answers for what is not there, for scopes, and
/// for declarations.
#[must_use]
pub fn resolve(subject: &Subject, owners: &Owners, as_of: Timestamp) -> Ownership {
    let Some(traits) = Traits::of(subject) else { return Ownership::default() };
    let mut matching: Vec<(Weight, &Declaration)> = owners
        .declarations
        .near(&traits.texts())
        .into_iter()
        .filter(|declaration| traits.meet(&declaration.selector))
        .map(|declaration| (Weight::of(&declaration.selector), declaration))
        .collect();
    // A stable sort, so that equals stay in the order of their ids.
    matching.sort_by_key(|(weight, _)| Reverse(*weight));
    let heaviest = matching.first().map(|(weight, _)| *weight);
    let in_force: Vec<&Declaration> = matching
        .iter()
        .take_while(|(weight, _)| Some(*weight) == heaviest)
        .map(|(_, declaration)| *declaration)
        .collect();
    let directory = Directory { owners, as_of };
    Ownership {
        declarations: in_force.iter().map(|it| it.id.clone()).collect(),
        matching: matching.iter().map(|(_, it)| it.id.clone()).collect(),
        business: directory.answers(&in_force, OwnerRole::Business),
        technical: directory.answers(&in_force, OwnerRole::Technical),
        lifecycle: directory.answers(&in_force, OwnerRole::Lifecycle),
        disputed: disputed(&in_force),
        purpose: first(&in_force, |it| it.purpose.clone()),
        service: first(&in_force, |it| it.service.clone()),
        environment: first(&in_force, |it| it.environment.clone()),
        expires_at: first(&in_force, |it| it.expires_at),
        revocation: first(&in_force, |it| it.revocation.clone()),
    }
}

/// Whether putting `new` in the place of `old` changes anything that is concluded about `subject`.
#[must_use]
pub fn affected(old: &Owners, new: &Owners, subject: &Subject) -> bool {
    if let model::SubjectId::Declaration(id) = &subject.id {
        return old.declarations.get(id) != new.declarations.get(id);
    }
    // Both ends of time together show every date on which somebody leaves.
    [Timestamp::MIN, Timestamp::MAX]
        .into_iter()
        .any(|as_of| resolve(subject, old, as_of) != resolve(subject, new, as_of))
}

/// The declarations that came, went or read differently, in order.
#[must_use]
pub fn declarations_changed(old: &Owners, new: &Owners) -> Vec<DeclarationId> {
    let ids: BTreeSet<&DeclarationId> =
        old.declarations.keys().chain(new.declarations.keys()).collect();
    ids.into_iter()
        .filter(|id| old.declarations.get(id) != new.declarations.get(id))
        .cloned()
        .collect()
}

/// Whether `selector` matches `subject`.
#[must_use]
pub fn matches(selector: &Selector, subject: &Subject) -> bool {
    Traits::of(subject).is_some_and(|traits| traits.meet(selector))
}

/// Everyone who answers, in the order in which a notice should reach them: the technical owners,
/// or if there are none, the others.
#[must_use]
pub fn answering(ownership: &Ownership) -> Vec<OwnerId> {
    let others = ownership.lifecycle.iter().chain(&ownership.business);
    let mut owners: Vec<OwnerId> = Vec::new();
    let answers: Vec<&Answer> = if ownership.technical.is_empty() {
        others.collect()
    } else {
        ownership.technical.iter().collect()
    };
    for answer in answers {
        if !owners.contains(&answer.owner) {
            owners.push(answer.owner.clone());
        }
    }
    owners
}

/// The answers for one role.
#[must_use]
pub fn role_answers(ownership: &Ownership, role: OwnerRole) -> &[Answer] {
    match role {
        OwnerRole::Business => &ownership.business,
        OwnerRole::Technical => &ownership.technical,
        OwnerRole::Lifecycle => &ownership.lifecycle,
    }
}

/// The first moment after `as_of` at which somebody who answers is known to leave.
pub(crate) fn presence_changes_at(
    ownership: &Ownership,
    owners: &Owners,
    as_of: Timestamp,
) -> Option<Timestamp> {
    let directory = Directory { owners, as_of };
    let mut next = None;
    for role in OwnerRole::ALL {
        for answer in role_answers(ownership, role) {
            for person in directory.people_of(&answer.owner) {
                if let Standing::Left(Some(at)) = person.standing
                    && at > as_of
                {
                    next = time::earlier(next, Some(at));
                }
            }
        }
    }
    next
}

/// What a selector can ask of a subject.
struct Traits<'a> {
    id: &'a str,
    source: &'a str,
    kind: &'a str,
    realms: Vec<&'a str>,
    paths: Vec<&'a str>,
    labels: Option<&'a BTreeMap<String, String>>,
}

impl<'a> Traits<'a> {
    fn of(subject: &'a Subject) -> Option<Self> {
        let source = subject.source.as_str();
        let kind = subject.body.kind_name();
        match &subject.body {
            Body::Identity(identity) => Some(Self {
                id: identity.id.as_str(),
                source,
                kind,
                realms: vec![&identity.realm],
                paths: vec![&identity.path],
                labels: Some(&identity.labels),
            }),
            Body::Unclaimed => {
                let held = subject.credentials.first()?;
                Some(Self {
                    id: held.credential.id.as_str(),
                    source,
                    kind,
                    realms: held.placements.iter().map(|it| it.realm.as_str()).collect(),
                    paths: held.placements.iter().map(|it| it.path.as_str()).collect(),
                    labels: None,
                })
            }
            Body::Scope(_) | Body::Declaration { .. } | Body::Absent => None,
        }
    }

    /// All that a selector could ask for.
    fn texts(&self) -> Vec<(Facet, &'a str)> {
        let mut texts =
            vec![(Facet::Id, self.id), (Facet::Source, self.source), (Facet::Kind, self.kind)];
        texts.extend(self.realms.iter().map(|it| (Facet::Realm, *it)));
        for path in &self.paths {
            texts.extend([(Facet::Path, *path), (Facet::Namespace, *path)]);
        }
        for (name, value) in self.labels.into_iter().flatten() {
            texts.extend([(Facet::Label, name.as_str()), (Facet::LabelValue, value.as_str())]);
        }
        texts
    }

    fn meet(&self, selector: &Selector) -> bool {
        let Selector { id, source, kind, realm, labels, path, namespace } = selector;
        id.as_ref().is_none_or(|pattern| pattern.matches(self.id))
            && source.as_deref().is_none_or(|source| source == self.source)
            && kind.as_deref().is_none_or(|kind| kind == self.kind)
            && any_meets(realm.as_ref(), &self.realms)
            && any_meets(path.as_ref(), &self.paths)
            && namespace.as_ref().is_none_or(|_| NAMESPACED.contains(&self.source))
            && any_meets(namespace.as_ref(), &self.paths)
            && labels.iter().all(|(name, pattern)| self.label_meets(name, pattern))
    }

    fn label_meets(&self, name: &str, pattern: &Pattern) -> bool {
        let text = self.labels.and_then(|labels| labels.get(name));
        text.is_some_and(|text| pattern.matches(text))
    }
}

fn any_meets(pattern: Option<&Pattern>, texts: &[&str]) -> bool {
    pattern.is_none_or(|pattern| texts.iter().any(|text| pattern.matches(text)))
}

/// How specific a selector is; fields decide in their order, the first difference counts.
///
/// ```text
/// exact id > longer id pattern > labels > path > namespace > realm > kind > source
/// ```
///
/// A pattern without `*` weighs more than one with it, then the one with more literal characters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Weight {
    id: PatternWeight,
    labels: (usize, usize),
    path: PatternWeight,
    namespace: PatternWeight,
    realm: PatternWeight,
    kind: bool,
    source: bool,
}

type PatternWeight = Option<(bool, usize)>;

impl Weight {
    fn of(selector: &Selector) -> Self {
        let literals = selector.labels.values().map(Pattern::literal_len);
        Self {
            id: weigh(selector.id.as_ref()),
            labels: (selector.labels.len(), literals.fold(0, usize::saturating_add)),
            path: weigh(selector.path.as_ref()),
            namespace: weigh(selector.namespace.as_ref()),
            realm: weigh(selector.realm.as_ref()),
            kind: selector.kind.is_some(),
            source: selector.source.is_some(),
        }
    }
}

fn weigh(pattern: Option<&Pattern>) -> PatternWeight {
    pattern.map(|pattern| (pattern.is_exact(), pattern.literal_len()))
}

/// Declarations of one weight that name different owners for one role. One that names nobody for a
/// role contradicts nobody.
fn disputed(in_force: &[&Declaration]) -> Vec<DeclarationId> {
    let mut disputed = BTreeSet::new();
    for role in OwnerRole::ALL {
        let named: Vec<(&DeclarationId, BTreeSet<&OwnerId>)> = in_force
            .iter()
            .map(|it| (&it.id, declared(it, role).iter().collect::<BTreeSet<_>>()))
            .filter(|(_, owners)| !owners.is_empty())
            .collect();
        let differ =
            named.iter().any(|(_, owners)| named.first().is_some_and(|it| it.1 != *owners));
        if differ {
            disputed.extend(named.into_iter().map(|(id, _)| id.clone()));
        }
    }
    disputed.into_iter().collect()
}

fn declared(declaration: &Declaration, role: OwnerRole) -> &[OwnerId] {
    match role {
        OwnerRole::Business => &declaration.business,
        OwnerRole::Technical => &declaration.technical,
        OwnerRole::Lifecycle => &declaration.lifecycle,
    }
}

fn first<T>(in_force: &[&Declaration], field: impl Fn(&Declaration) -> Option<T>) -> Option<T> {
    in_force.iter().find_map(|declaration| field(declaration))
}

/// The people and teams there are, at a moment.
struct Directory<'a> {
    owners: &'a Owners,
    as_of: Timestamp,
}

impl<'a> Directory<'a> {
    fn answers(&self, in_force: &[&Declaration], role: OwnerRole) -> Vec<Answer> {
        let mut answers: Vec<Answer> = Vec::new();
        for declaration in in_force {
            for owner in declared(declaration, role) {
                if !answers.iter().any(|answer| answer.owner == *owner) {
                    answers.push(Answer {
                        owner: owner.clone(),
                        presence: self.presence(owner),
                        declaration: declaration.id.clone(),
                    });
                }
            }
        }
        answers
    }

    fn presence(&self, owner: &OwnerId) -> Presence {
        if let Some(person) = self.owners.people.get(owner) {
            return self.presence_of_person(owner, person);
        }
        let Some(team) = self.owners.teams.get(owner) else { return Presence::Unlisted };
        if self.people_of(owner).any(|person| self.is_active(person)) {
            return Presence::Active;
        }
        Presence::Gone(if team.members.is_empty() {
            format!("`{owner}` has no members")
        } else {
            let listed = self.people_of(owner).count();
            let unlisted = team.members.len().saturating_sub(listed);
            format!("`{owner}` has no active member: {listed} left, {unlisted} in no directory")
        })
    }

    fn presence_of_person(&self, owner: &OwnerId, person: &Person) -> Presence {
        match person.standing {
            _ if self.is_active(person) => Presence::Active,
            Standing::Left(Some(at)) => Presence::Gone(format!("`{owner}` left at {at}")),
            Standing::Left(None) | Standing::Active => Presence::Gone(format!("`{owner}` left")),
        }
    }

    fn is_active(&self, person: &Person) -> bool {
        match person.standing {
            Standing::Active => true,
            Standing::Left(at) => at.is_some_and(|at| at > self.as_of),
        }
    }

    /// The person, or the listed members of the team, of that id.
    fn people_of(&self, owner: &OwnerId) -> impl Iterator<Item = &'a Person> {
        let members = self.owners.teams.get(owner).map(|team| &team.members);
        let of_team = members.into_iter().flatten().filter_map(|id| self.owners.people.get(id));
        self.owners.people.get(owner).into_iter().chain(of_team)
    }
}

#[cfg(test)]
mod tests;
