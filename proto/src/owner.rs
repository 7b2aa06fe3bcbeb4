//! Declarations and the directory, as they are kept.

use model::{
    Declaration, DeclarationId, OwnerId, Owners, Pattern, Person, Selector, Standing, Team,
};

use crate::malformed::{Malformed, required};
use crate::moment::{at, at_maybe};
use crate::v1;

/// The message leaves out what is wrong with the files, which the caller adds.
impl From<&Owners> for v1::OwnersRecord {
    fn from(it: &Owners) -> Self {
        let people = it.people.iter().map(|(id, person)| person_encode(id, person));
        let teams = it.teams.iter().map(|(id, team)| v1::Team {
            id: id.0.clone(),
            name: team.name.clone(),
            members: owners_encode(&team.members),
        });
        Self {
            declarations: it.declarations.values().map(v1::Declaration::from).collect(),
            people: people.collect(),
            teams: teams.collect(),
            problems: Vec::new(),
            swept: false,
        }
    }
}

impl TryFrom<v1::OwnersRecord> for Owners {
    type Error = Malformed;

    fn try_from(it: v1::OwnersRecord) -> Result<Self, Malformed> {
        let mut owners = Self::default();
        for declaration in it.declarations {
            let declaration = Declaration::try_from(declaration)?;
            owners.declarations.insert(declaration.id.clone(), declaration);
        }
        for person in it.people {
            let standing = if person.left {
                Standing::Left(at_maybe(person.left_at, "person.left_at")?)
            } else {
                Standing::Active
            };
            owners.people.insert(OwnerId(person.id), Person { name: person.name, standing });
        }
        for team in it.teams {
            let members = team.members.into_iter().map(OwnerId).collect();
            owners.teams.insert(OwnerId(team.id), Team { name: team.name, members });
        }
        Ok(owners)
    }
}

fn person_encode(id: &OwnerId, person: &Person) -> v1::Person {
    let left_at = match person.standing {
        Standing::Active | Standing::Left(None) => None,
        Standing::Left(Some(left_at)) => Some(left_at.into()),
    };
    let left = person.standing != Standing::Active;
    v1::Person { id: id.0.clone(), name: person.name.clone(), left, left_at }
}

impl From<&Declaration> for v1::Declaration {
    fn from(it: &Declaration) -> Self {
        Self {
            id: it.id.0.clone(),
            file: it.file.clone(),
            line: it.line,
            first_read_at: Some(it.first_read_at.into()),
            selector: Some((&it.selector).into()),
            business: owners_encode(&it.business),
            technical: owners_encode(&it.technical),
            lifecycle: owners_encode(&it.lifecycle),
            purpose: it.purpose.clone(),
            service: it.service.clone(),
            environment: it.environment.clone(),
            expires_at: it.expires_at.map(v1::Moment::from),
            revocation: it.revocation.clone(),
        }
    }
}

impl TryFrom<v1::Declaration> for Declaration {
    type Error = Malformed;

    fn try_from(it: v1::Declaration) -> Result<Self, Malformed> {
        Ok(Self {
            id: DeclarationId(it.id),
            file: it.file,
            line: it.line,
            first_read_at: at(it.first_read_at, "declaration.first_read_at")?,
            selector: required(it.selector, "declaration.selector")?.into(),
            business: owners_decode(it.business),
            technical: owners_decode(it.technical),
            lifecycle: owners_decode(it.lifecycle),
            purpose: it.purpose,
            service: it.service,
            environment: it.environment,
            expires_at: at_maybe(it.expires_at, "declaration.expires_at")?,
            revocation: it.revocation,
        })
    }
}

impl From<&Selector> for v1::Selector {
    fn from(it: &Selector) -> Self {
        let text = |pattern: &Option<Pattern>| pattern.as_ref().map(|pattern| pattern.0.clone());
        let labels = it.labels.iter().map(|(name, pattern)| (name.clone(), pattern.0.clone()));
        Self {
            id: text(&it.id),
            source: it.source.clone(),
            kind: it.kind.clone(),
            realm: text(&it.realm),
            labels: labels.collect(),
            path: text(&it.path),
            namespace: text(&it.namespace),
        }
    }
}

impl From<v1::Selector> for Selector {
    fn from(it: v1::Selector) -> Self {
        Self {
            id: it.id.map(Pattern),
            source: it.source,
            kind: it.kind,
            realm: it.realm.map(Pattern),
            labels: it.labels.into_iter().map(|(name, text)| (name, Pattern(text))).collect(),
            path: it.path.map(Pattern),
            namespace: it.namespace.map(Pattern),
        }
    }
}

fn owners_encode<'a>(owners: impl IntoIterator<Item = &'a OwnerId>) -> Vec<String> {
    owners.into_iter().map(|owner| owner.0.clone()).collect()
}

fn owners_decode(owners: Vec<String>) -> Vec<OwnerId> {
    owners.into_iter().map(OwnerId).collect()
}
