//! The people and teams there are to answer, put together from all files.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::{OwnerId, Owners, OwnersProblem, Person, Standing, Team};

use super::yaml::{Node, Pair, Value};
use super::{FileReader, NAME_BYTES_MAX, Problems};

const PERSON_KEYS: [&str; 4] = ["id", "name", "standing", "left"];
const TEAM_KEYS: [&str; 3] = ["id", "name", "members"];

/// BOUND: a large company, twice over.
pub(super) const ENTRIES_MAX: usize = 500_000;

/// What was read so far, with the place of each, for messages.
#[derive(Debug, Default)]
pub(super) struct Directory {
    people: BTreeMap<OwnerId, (Place, Person)>,
    teams: BTreeMap<OwnerId, (Place, TeamLine)>,
}

/// A file and a line.
#[derive(Clone, Debug, Eq, PartialEq)]
struct Place {
    file: String,
    line: u32,
}

#[derive(Debug)]
struct TeamLine {
    name: String,
    members: Vec<(u32, OwnerId)>,
}

/// A person as written: nothing checked but that the texts are texts.
#[derive(Debug, Default)]
pub(super) struct PersonText {
    pub(super) line: u32,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) standing: Option<String>,
    pub(super) left: Option<String>,
}

/// A team as written.
#[derive(Debug, Default)]
pub(super) struct TeamText {
    pub(super) line: u32,
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) members: Vec<(u32, String)>,
}

impl Directory {
    /// The list under a `people:` key.
    pub(super) fn people(&mut self, file: &mut FileReader<'_>, pair: &Pair, as_of: Timestamp) {
        for item in items(file, pair) {
            let Some(pairs) = entry(file, item) else { continue };
            let mut text = PersonText { line: item.line, ..PersonText::default() };
            let mut complete = true;
            for pair in pairs {
                let field = match pair.key.as_str() {
                    "id" => &mut text.id,
                    "name" => &mut text.name,
                    "standing" => &mut text.standing,
                    "left" => &mut text.left,
                    unknown => {
                        file.unknown_key(pair.line, unknown, &PERSON_KEYS);
                        continue;
                    }
                };
                *field = file.text_of(pair, NAME_BYTES_MAX);
                complete &= field.is_some();
            }
            if complete {
                self.person(file, text, as_of);
            }
        }
    }

    /// The list under a `teams:` key.
    pub(super) fn teams(&mut self, file: &mut FileReader<'_>, pair: &Pair) {
        for item in items(file, pair) {
            let Some(pairs) = entry(file, item) else { continue };
            let mut text = TeamText { line: item.line, ..TeamText::default() };
            for pair in pairs {
                match pair.key.as_str() {
                    "id" => text.id = file.text_of(pair, NAME_BYTES_MAX),
                    "name" => text.name = file.text_of(pair, NAME_BYTES_MAX),
                    "members" => text.members = file.texts_of(pair),
                    unknown => file.unknown_key(pair.line, unknown, &TEAM_KEYS),
                }
            }
            self.team(file, text);
        }
    }

    /// One person. Whether the day on which they leave has come is for whoever asks.
    pub(super) fn person(&mut self, file: &mut FileReader<'_>, text: PersonText, as_of: Timestamp) {
        let line = text.line;
        let Some(id) = own_id(file, line, "person", text.id) else { return };
        let left = text.left.as_deref();
        let left_at = match left.map(|left| file.moment(line, "left", left)) {
            Some(None) => return,
            Some(Some(at)) => Some(at),
            None => None,
        };
        let standing = match text.standing.as_deref() {
            Some("left") => Standing::Left(left_at),
            Some("active") if left_at.is_some_and(|at| at <= as_of) => {
                let what = format!("`{id}` is `active` and left on `{}`", left.unwrap_or_default());
                file.problem(line, what, "correct one of the two");
                return;
            }
            Some("active") | None => match left_at {
                Some(at) => Standing::Left(Some(at)),
                None => Standing::Active,
            },
            Some(other) => {
                let what = format!("unknown standing `{}` of `{id}`", super::shown(other));
                file.problem(line, what, "write `active` or `left`");
                return;
            }
        };
        let name = text.name.unwrap_or_else(|| plain(&id).to_owned());
        let place = Place { file: file.name.to_owned(), line };
        if let Some((first, _)) = self.people.get(&id) {
            twice(file, line, &id, first);
            return;
        }
        if self.people.len() < ENTRIES_MAX {
            self.people.insert(id, (place, Person { name, standing }));
        } else {
            file.problem(line, format!("more than {ENTRIES_MAX} people"), "list only who may own");
        }
    }

    /// One team. Its members are held against the directory once all files are read.
    pub(super) fn team(&mut self, file: &mut FileReader<'_>, text: TeamText) {
        let line = text.line;
        let mut members: Vec<(u32, OwnerId)> = Vec::new();
        for (line, member) in text.members {
            let Some(member) = own_id(file, line, "person", Some(member)) else { continue };
            if !members.iter().any(|(_, other)| *other == member) {
                members.push((line, member));
            }
        }
        let Some(id) = own_id(file, line, "team", text.id) else { return };
        if let Some((first, _)) = self.teams.get(&id) {
            twice(file, line, &id, first);
            return;
        }
        let name = text.name.unwrap_or_else(|| plain(&id).to_owned());
        let place = Place { file: file.name.to_owned(), line };
        if self.teams.len() < ENTRIES_MAX {
            self.teams.insert(id, (place, TeamLine { name, members }));
        } else {
            file.problem(line, format!("more than {ENTRIES_MAX} teams"), "list only who may own");
        }
    }

    /// Puts the directory into `owners`, after holding the members of teams against the people.
    pub(super) fn finish(self, problems: &mut Problems, owners: &mut Owners) {
        for (id, (place, team)) in self.teams {
            let mut members = BTreeSet::new();
            for (line, member) in team.members {
                if !self.people.contains_key(&member) {
                    problems.add(OwnersProblem {
                        file: place.file.clone(),
                        line,
                        what: format!("`{member}`, a member of `{id}`, is not in the directory"),
                        hint: format!("add `{}` to the people, or take it out", plain(&member)),
                    });
                }
                members.insert(member);
            }
            owners.teams.insert(id, Team { name: team.name, members });
        }
        owners.people = self.people.into_iter().map(|(id, (_, person))| (id, person)).collect();
    }
}

fn items<'n>(file: &mut FileReader<'_>, pair: &'n Pair) -> &'n [Node] {
    match &pair.value.value {
        Value::List(items) => items,
        Value::Nothing => &[],
        Value::Text(_) | Value::Mapping(_) => {
            let kind = pair.value.value.kind();
            let what = format!("`{}` must be a list, not {kind}", pair.key);
            file.problem(pair.line, what, "begin each entry with `- id: `");
            &[]
        }
    }
}

fn entry<'n>(file: &mut FileReader<'_>, item: &'n Node) -> Option<&'n [Pair]> {
    if let Value::Mapping(pairs) = &item.value {
        return Some(pairs);
    }
    let what = format!("an entry must be a mapping, not {}", item.value.kind());
    file.problem(item.line, what, "begin each entry with `- id: `");
    None
}

/// The id of an entry of `sort`: `ada` and `person:ada` are the same.
fn own_id(
    file: &mut FileReader<'_>,
    line: u32,
    sort: &str,
    text: Option<String>,
) -> Option<OwnerId> {
    let Some(text) = text else {
        file.problem(line, format!("a {sort} without an `id`"), "add `id: `");
        return None;
    };
    let name = match text.split_once(':') {
        Some((prefix, name)) if prefix == sort => name,
        Some(("person" | "team", _)) => {
            let what = format!("`{}` is not a {sort}", super::shown(&text));
            file.problem(line, what, format!("name a {sort} here"));
            return None;
        }
        Some(_) | None => &text,
    };
    if name.trim().is_empty() || name.contains(char::is_whitespace) {
        let what = format!("`{}` is no id of a {sort}", super::shown(&text));
        file.problem(line, what, "use a word without spaces, such as an account name");
        return None;
    }
    Some(OwnerId(format!("{sort}:{name}")))
}

fn twice(file: &mut FileReader<'_>, line: u32, id: &OwnerId, first: &Place) {
    let what = format!("`{id}` is listed twice, first in `{}` on line {}", first.file, first.line);
    file.problem(line, what, "keep one of the two");
}

fn plain(id: &OwnerId) -> &str {
    id.as_str().split_once(':').map_or(id.as_str(), |(_, name)| name)
}
