use model::{Credential, CredentialKind, Use};
use proptest::proptest;

use super::{Row, rows};
use crate::source::aws_iam::facts::credential;

const HEAD: &str = "user,arn,user_creation_time,password_enabled,password_last_used,\
password_last_changed,password_next_rotation,mfa_active,access_key_1_active,\
access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n";

fn row(line: &str) -> Row {
    rows(format!("{HEAD}{line}\n").as_bytes()).unwrap().remove(0)
}

fn user(password: &str, keys: &str) -> Row {
    row(&format!(
        "ci,arn:aws:iam::123456789012:user/ci,{password},false,{keys},false,N/A,false,N/A"
    ))
}

fn password_of(columns: &str) -> Option<Credential> {
    user(columns, "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A").password()
}

fn used(text: &str) -> Use {
    Use::At(text.parse().unwrap())
}

#[test]
fn a_password_has_its_age_and_use() {
    let password = password_of(
        "2020-01-01T00:00:00+00:00,true,2026-02-03T04:05:06+00:00,2021-01-01T00:00:00+00:00,N/A",
    )
    .unwrap();
    assert_eq!(password.id.0, "arn:aws:iam::123456789012:user/ci/password");
    assert_eq!(password.created_at, Some("2021-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(password.used, used("2026-02-03T04:05:06Z"));
}

#[test]
fn no_information_on_a_password_is_never() {
    let columns = "2020-01-01T00:00:00+00:00,true,no_information,2021-01-01T00:00:00+00:00,N/A";
    assert_eq!(password_of(columns).unwrap().used, Use::Never);
}

#[test]
fn no_information_on_a_user_older_than_the_count_tells_of_the_time_since() {
    let columns = "2014-10-19T00:00:00+00:00,true,no_information,2021-01-01T00:00:00+00:00,N/A";
    let since = "2014-10-20T00:00:00Z".parse().unwrap();
    assert_eq!(password_of(columns).unwrap().used, Use::NotSince(since));
}

#[test]
fn a_user_without_password_has_none() {
    assert_eq!(password_of("2020-01-01T00:00:00+00:00,false,N/A,N/A,N/A"), None);
}

#[test]
fn the_root_has_a_password_whether_or_not_the_report_says_so() {
    let root = row("<root_account>,arn:aws:iam::123456789012:root,2020-01-01T00:00:00+00:00,\
not_supported,2026-01-01T00:00:00+00:00,not_supported,not_supported,true,\
true,2020-01-01T00:00:00+00:00,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A");
    let password = root.password().unwrap();
    assert_eq!((password.enabled, password.used), (None, used("2026-01-01T00:00:00Z")));
    assert!(!root.is_user());
}

#[test]
fn a_key_slot_without_any_sign_of_a_key_is_empty() {
    let nobody = "2020-01-01T00:00:00+00:00,false,N/A,N/A,N/A";
    let row = user(nobody, "false,N/A,N/A,N/A,N/A,false,N/A,N/A,N/A,N/A");
    assert_eq!(row.key_slots(), Vec::new());
}

#[test]
fn an_inactive_key_with_a_date_is_a_key() {
    let nobody = "2020-01-01T00:00:00+00:00,false,N/A,N/A,N/A";
    let keys = "false,N/A,N/A,N/A,N/A,false,2021-01-01T00:00:00+00:00,N/A,N/A,N/A";
    let slots = user(nobody, keys).key_slots();
    assert_eq!(slots.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2]);
}

/// The use of the first access key, made then, of which the report says that.
fn key_used(created_at: &str, text: &str) -> Use {
    let nobody = "2010-01-01T00:00:00+00:00,false,N/A,N/A,N/A";
    let keys = format!("true,{created_at},{text},N/A,N/A,false,N/A,N/A,N/A,N/A");
    let (_, slot) = user(nobody, &keys).key_slots().remove(0);
    let mut key = credential("aws_access_key:AKIAEXAMPLE1", CredentialKind::AccessKey, None);
    key.created_at = slot.changed_at;
    slot.tell_use(&mut key);
    key.used
}

#[test]
fn a_key_without_a_use_never_was_used() {
    assert_eq!(key_used("2015-04-23T00:00:00+00:00", "N/A"), Use::Never);
}

#[test]
fn a_key_older_than_the_count_may_have_been_used_before() {
    let since = "2015-04-22T00:00:00Z".parse().unwrap();
    assert_eq!(key_used("2015-04-21T00:00:00+00:00", "N/A"), Use::NotSince(since));
}

#[test]
fn a_use_that_cannot_be_read_is_unknown() {
    assert_eq!(key_used("2020-01-01T00:00:00+00:00", "yesterday"), Use::Unknown);
}

proptest! {
    #[test]
    fn any_bytes_are_a_table_or_an_error(bytes: Vec<u8>) {
        let _either = rows(&bytes);
    }

    #[test]
    fn any_words_in_the_table_are_read_without_harm(word in "[^,\"\r\n]{0,20}") {
        let line = vec![word.as_str(); 22].join(",");
        if let Ok(rows) = rows(format!("{HEAD}{line}\n").as_bytes()) {
            for row in rows {
                let _either = (row.password(), row.key_slots(), row.signs());
            }
        }
    }
}

#[test]
fn a_table_without_the_expected_columns_is_refused() {
    let error = rows(b"user,arn\nci,arn:aws:iam::123456789012:user/ci\n").unwrap_err();
    assert!(error.to_string().contains("the report is not the table expected"), "{error}");
}

#[test]
fn a_row_that_is_cut_is_refused() {
    assert!(rows(format!("{HEAD}ci,arn:aws:iam::1").as_bytes()).is_err());
}

#[test]
fn columns_that_are_new_do_no_harm() {
    let line = "ci,a,2020-01-01T00:00:00+00:00,false,N/A,N/A,N/A,false,false,N/A,N/A,N/A,N/A,\
false,N/A,N/A,N/A,N/A,false,N/A,false,N/A,1";
    let table = format!("{},additional_credentials_info\n{line}\n", HEAD.trim_end());
    assert_eq!(rows(table.as_bytes()).unwrap().len(), 1);
}
