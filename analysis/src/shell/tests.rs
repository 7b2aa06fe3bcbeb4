use super::{command, quote};

#[test]
fn plain_words_stay_as_they_are() {
    assert_eq!(command(&["aws", "iam", "--user-name", "ci@x"]), "aws iam --user-name ci@x");
}

#[test]
fn no_word_can_leave_its_quotes() {
    assert_eq!(quote("a b"), "'a b'");
    assert_eq!(quote("$(reboot)"), "'$(reboot)'");
    assert_eq!(quote("it's; reboot"), r"'it'\''s; reboot'");
    assert_eq!(quote(""), "''");
    assert_eq!(quote("a\nreboot"), "'a?reboot'");
}
