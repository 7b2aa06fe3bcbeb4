//! What the product answers, against what [`super::oracle`] answers, on random accounts and requests.
//!
//! ```text
//! yes       allowed in every context that is tried
//! no        denied in every one
//! if ...    never without a condition or a variable
//! unknown   never: nothing is missing
//! ```
//!
//! A context has what the product takes as given of a request; of what it leaves to whoever asks, all
//! combinations of a few values are tried, or some of them. `PROPTEST_CASES` asks for more cases, and
//! `PROPTEST_RNG_SEED` for those of another run.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "the numbers of a test are small"
)]

mod random;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{BuildHasher as _, RandomState};

use model::testing::{day, estate};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestCaseError, TestRunner};

use super::context::{Known, is_always};
use super::oracle::{Keys, Reading, Request, allows};
use super::{Estate, Truth};
use random::{ACCOUNT, Case, case, keys, values_of};

/// BOUND: contexts for one case; of more, as many are picked.
const CONTEXTS_MAX: usize = 96;
const AS_OF: &str = "2026-03-01";

/// How often what was seen, for the test to show that it could have seen something else.
#[derive(Debug, Default)]
struct Seen {
    cases: u32,
    answers: BTreeMap<Truth, u32>,
    contexts: u64,
    /// Contexts in which the guide can be read in two ways.
    contested: u64,
    /// "If", where both answers were met with.
    split: u32,
}

#[test]
fn the_answers_are_those_of_the_guide() {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let begin = match config.rng_seed {
        RngSeed::Fixed(known) => known,
        RngSeed::Random => RandomState::new().hash_one(AS_OF),
    };
    println!("PROPTEST_RNG_SEED={begin}");
    config.rng_seed = RngSeed::Fixed(begin);
    let wanted = config.cases;

    let seen = RefCell::new(Seen::default());
    let outcome =
        TestRunner::new(config).run(&case(), |case| compared(&case, &mut seen.borrow_mut()));
    let seen = seen.into_inner();
    println!("{seen:?}");
    outcome.unwrap_or_else(|error| panic!("{error}"));
    for answer in [Truth::No, Truth::Maybe, Truth::Yes] {
        let count = seen.answers.get(&answer).copied().unwrap_or(0);
        assert!(count * 20 > wanted, "{answer:?} came {count} times in {wanted}");
    }
    assert!(seen.contested * 10 < seen.contexts, "{seen:?}");
    assert!(seen.split * 20 > wanted, "{seen:?}");
}

fn compared(case: &Case, seen: &mut Seen) -> Result<(), TestCaseError> {
    let text = notation(case);
    let facts = estate(&text);
    let facts = facts.sightings.iter().map(|sighting| &sighting.fact);
    let estate = Estate::of(facts, [], day(AS_OF));
    let told = estate.explain(case.principal, case.action, case.resource).expect("it is there");
    let has_variables = text.contains("${");
    let is_plain = !text.contains("Condition") && !has_variables;
    prop_assert_ne!(told.allowed, Truth::Doubt, "nothing is missing in\n{}", text);
    prop_assert!(!is_plain || told.allowed != Truth::Maybe, "nothing is open in\n{}", text);

    let (mut yes, mut no) = (false, false);
    for keys in contexts(case, &estate, &text.to_lowercase()) {
        seen.contexts += 1;
        let (action, resource) = (case.action.to_owned(), case.resource.to_owned());
        let request = Request { action, resource, keys };
        let found = allows(&case.policies, &request, Reading::MatchesNothing);
        if has_variables && found != allows(&case.policies, &request, Reading::Invalidates) {
            seen.contested += 1;
            continue;
        }
        yes |= found;
        no |= !found;
        let is_so = match told.allowed {
            Truth::Yes => found,
            Truth::No => !found,
            Truth::Maybe | Truth::Doubt => true,
        };
        prop_assert!(is_so, "{:?}, but {found} with {request:#?} in\n{text}", told.allowed);
    }
    seen.cases += 1;
    *seen.answers.entry(told.allowed).or_default() += 1;
    seen.split += u32::from(told.allowed == Truth::Maybe && yes && no);
    Ok(())
}

/// The case in the notation of estates.
fn notation(case: &Case) -> String {
    let mut text = String::new();
    let mut say = |line: String| writeln!(text, "{line}").expect("a string takes it");
    let nodes = [
        format!("arn:aws:iam::{ACCOUNT}:root"),
        "arn:aws:organizations::999988887777:ou/o-ex/ou-a".to_owned(),
        "arn:aws:organizations::999988887777:root/o-ex/r-1".to_owned(),
    ];
    for (number, level) in case.policies.levels.iter().enumerate() {
        let kind = if number == 0 { "account_root" } else { "organisational_unit" };
        say(format!("{kind} {}", nodes[number]));
        if number + 1 < case.policies.levels.len() {
            say(format!("  in {}", nodes[number + 1]));
        }
        for (index, document) in level.iter().enumerate() {
            say(format!("  service_control l{number}-{index} {document}"));
        }
    }
    let (own, of_groups) = case.policies.identity.split_at(case.own);
    for (number, document) in of_groups.iter().enumerate() {
        say(format!("group arn:aws:iam::{ACCOUNT}:group/g{}", number % 2));
        say(format!("  permission g{number} {document}"));
    }
    let kind = if case.principal.contains(":user/") { "user" } else { "role" };
    let team = case.team.map(|team| format!("  label.team={team}")).unwrap_or_default();
    say(format!("{kind} {}{team}", case.principal));
    for number in 0..of_groups.len().min(2) {
        say(format!("  in arn:aws:iam::{ACCOUNT}:group/g{number}"));
    }
    for (number, document) in own.iter().enumerate() {
        say(format!("  permission p{number} {document}"));
    }
    if let Some(document) = &case.policies.boundary {
        say(format!("  boundary bounds {document}"));
    }
    text
}

/// What a request of the case may have for the keys that `text`, in lower case, speaks of.
fn contexts(case: &Case, estate: &Estate, text: &str) -> Vec<Keys> {
    let asker = estate.asker(estate.principal(case.principal).expect("it is there"));
    let cx = asker.about(case.resource);
    let mut given = Keys::new();
    let mut open = Vec::new();
    for key in keys().into_iter().filter(|key| text.contains(key.as_str())) {
        let several = |values: &[&str]| values.iter().map(|it| (*it).to_owned()).collect();
        match cx.get(&key) {
            // The present, and all that follows.
            Known::Is(_) if key == "aws:currenttime" || key == "aws:epochtime" => {}
            Known::Is(values) => drop(given.insert(key, values)),
            Known::Absent => {}
            // What is global is asked in one region.
            Known::Free if key == "aws:requestedregion" && case.action.starts_with("iam:") => {
                given.insert(key, vec!["us-east-1".to_owned()]);
            }
            Known::Free => {
                let values = values_of(&key).into_iter();
                let values: Vec<Option<Vec<String>>> = values
                    .filter(|it| it.is_some() || !is_always(&key))
                    .map(|it| it.map(|it| several(&it)))
                    .collect();
                open.push((key, values));
            }
        }
    }
    let times = [AS_OF, "2026-05-01", "2026-08-09", "2031-01-01"];
    let count = open.iter().fold(times.len(), |count, (_, it)| count.saturating_mul(it.len()));
    let mut contexts = Vec::new();
    for number in 0..count.min(CONTEXTS_MAX) {
        let mut rest = if count <= CONTEXTS_MAX {
            number
        } else {
            let mixed = (case.salt ^ number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            usize::try_from((mixed ^ mixed >> 29) % count as u64).expect("it is below a usize")
        };
        let mut keys = given.clone();
        let mut pick = |len: usize| {
            let picked = rest % len;
            rest /= len;
            picked
        };
        let time = day(times[pick(times.len())]);
        keys.insert("aws:currenttime".to_owned(), vec![time.to_string()]);
        keys.insert("aws:epochtime".to_owned(), vec![time.as_second().to_string()]);
        for (key, values) in &open {
            if let Some(values) = &values[pick(values.len())] {
                keys.insert(key.clone(), values.clone());
            }
        }
        contexts.push(keys);
    }
    contexts
}
