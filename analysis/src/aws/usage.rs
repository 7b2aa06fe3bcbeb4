//! Which of the services that a principal holds it used, as far as its provider tells.

use jiff::Timestamp;
use model::Use;

use super::access::Access;
use super::estate::Estate;

/// The services that a principal holds, by what is known of their use; each list in order.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Used {
    /// Used at some time that the provider remembers.
    pub used: Vec<String>,
    /// Not used in all that time.
    pub unused: Vec<Unused>,
    /// Of these nothing is told.
    pub untold: Vec<String>,
}

/// A service that is held and not used.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unused {
    /// By the prefix of its actions.
    pub service: String,
    /// Since when; none if never.
    pub since: Option<Timestamp>,
}

impl Estate {
    /// Sorts the services that `id` holds. `spelt` are those that its policies name.
    pub(super) fn used(&self, id: &str, access: Option<&Access>, spelt: &[String]) -> Option<Used> {
        let usage = self.usage.get(id)?;
        let mut held: Vec<String> = match access {
            Some(access) => access.services().iter().map(|it| it.service.to_owned()).collect(),
            None => spelt.to_vec(),
        };
        held.sort();
        held.dedup();
        let mut sorted = Used::default();
        for service in held {
            match usage.get(&service) {
                Some(Use::At(_)) => sorted.used.push(service),
                Some(Use::NotSince(since)) => {
                    sorted.unused.push(Unused { service, since: Some(*since) });
                }
                Some(Use::Never) => sorted.unused.push(Unused { service, since: None }),
                Some(Use::Unknown) | None => sorted.untold.push(service),
            }
        }
        Some(sorted)
    }

    /// The services that `id` used, held or not.
    pub(super) fn services_used(&self, id: &str) -> Option<Vec<&str>> {
        let is_used = |(_, at): &(&String, &Use)| matches!(at, Use::At(_));
        Some(self.usage.get(id)?.iter().filter(is_used).map(|(name, _)| name.as_str()).collect())
    }
}
