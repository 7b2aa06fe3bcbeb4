use jiff::Timestamp;
use model::SubjectId;
use proptest::prelude::*;

use super::{moment_part, subject, subject_of};

fn text() -> impl Strategy<Value = String> {
    // No zero byte: enrolment and sources give none, and it ends the name of an agent.
    "[ -~\u{e9}\u{20ac}]{0,6}"
}

fn any_subject() -> impl Strategy<Value = SubjectId> {
    prop_oneof![
        text().prop_map(|id| SubjectId::Identity(id.into())),
        text().prop_map(|id| SubjectId::Unclaimed(id.into())),
        (text(), text()).prop_map(|(agent, scope)| SubjectId::Scope(agent.into(), scope.into())),
        text().prop_map(|id| SubjectId::Declaration(id.into())),
    ]
}

proptest! {
    #[test]
    fn subjects_sort_as_they_do_in_the_model(one in any_subject(), other in any_subject()) {
        prop_assert_eq!(subject(&one).cmp(&subject(&other)), one.cmp(&other));
    }

    #[test]
    fn a_subject_reads_back_from_its_key(id in any_subject()) {
        prop_assert_eq!(subject_of(&subject(&id)[1..]), Some(id));
    }

    #[test]
    fn any_key_names_a_subject_or_none(part in proptest::collection::vec(any::<u8>(), 0..20)) {
        let _either = subject_of(&part);
    }

    #[test]
    fn moments_sort_in_their_keys(
        one in (-9_000_000_000_i64..9_000_000_000, -999_999_999..999_999_999_i32),
        other in (-9_000_000_000_i64..9_000_000_000, -999_999_999..999_999_999_i32),
    ) {
        let at = |(seconds, nanos)| Timestamp::new(seconds, nanos).unwrap();
        prop_assert_eq!(
            moment_part(at(one)).cmp(&moment_part(at(other))),
            at(one).cmp(&at(other))
        );
    }
}
