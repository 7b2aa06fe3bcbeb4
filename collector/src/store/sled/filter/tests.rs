use model::{FactKey, Kin};
use proptest::prelude::*;

use super::Filter;
use crate::store::conformance::estate::{identity, user};
use crate::store::sled::key;

fn fact(no: u32) -> FactKey {
    FactKey::of(&user(&format!("user-{no}"), &[]))
}

proptest! {
    #[test]
    fn what_was_noted_is_never_called_absent(noted in proptest::collection::vec(any::<u32>(), 1..50)) {
        let mut filter = Filter::new();
        for no in &noted {
            filter.note(&key::sighting(7, fact(*no)));
            filter.note(&key::reference(fact(*no).kin(), FactKey([1; 20]), 7));
            filter.note(&key::subject(&identity(&no.to_string())));
        }
        for no in noted {
            prop_assert!(!filter.is_absent(&key::sighting(8, fact(no))));
            prop_assert!(!filter.is_absent_all(&key::sightings(fact(no).kin())));
            prop_assert!(!filter.is_absent_all(&key::join(key::REFERENCE, &[&fact(no).kin().0])));
            prop_assert!(!filter.is_absent(&key::subject(&identity(&no.to_string()))));
        }
    }
}

#[test]
fn nearly_all_of_what_is_not_there_is_called_absent_among_a_million() {
    let mut filter = Filter::new();
    let key = |no: u32| key::subject(&identity(&format!("host:web-{no}/account/deploy")));
    for no in 0..1_000_000 {
        filter.note(&key(no));
    }
    let wrong = (1_000_000..1_010_000).filter(|no| !filter.is_absent(&key(*no))).count();
    assert!(wrong < 50, "{wrong} of 10000");
}

#[test]
fn what_is_not_noted_by_its_letter_may_always_be_there() {
    let filter = Filter::new();
    assert!(!filter.is_absent(&key::setting("policy")));
    assert!(!filter.is_absent_all(&[key::SIGHTING]));
    assert!(!filter.is_absent_all(&[key::SUBJECT]));
    assert!(!filter.is_absent_all(&[key::SUBJECT, 0]));
    assert!(!filter.is_absent(&[]));
    assert!(filter.is_absent_all(&key::sightings(Kin([3; 8]))));
}
