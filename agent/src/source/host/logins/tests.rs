use super::*;

fn lastlog(times: &[u32]) -> Vec<u8> {
    let mut bytes = vec![0; LASTLOG_LEN.checked_mul(times.len()).unwrap()];
    for (record, time) in bytes.chunks_mut(LASTLOG_LEN).zip(times) {
        record[..4].copy_from_slice(&time.to_ne_bytes());
    }
    bytes
}

fn login(kind: u16, name: &str, time: u32) -> Vec<u8> {
    let mut record = vec![0; WTMP_LEN];
    record[..2].copy_from_slice(&kind.to_ne_bytes());
    record[44..][..name.len()].copy_from_slice(name.as_bytes());
    record[WTMP_TIME_AT..WTMP_TIME_AT + 4].copy_from_slice(&time.to_ne_bytes());
    record
}

fn at(second: i64) -> Use {
    Use::At(Timestamp::from_second(second).unwrap())
}

#[test]
fn no_database_means_unknown() {
    assert_eq!(Logins::default().of("ada", 1), Use::Unknown);
    let mut logins = Logins::default();
    logins.lastlog(&b""[..]).unwrap();
    assert_eq!(logins.of("ada", 1), Use::Unknown);
}

#[test]
fn a_database_without_the_account_means_never() {
    let mut logins = Logins::default();
    logins.lastlog(&lastlog(&[1_700_000_000, 0])[..]).unwrap();
    assert_eq!(logins.of("root", 0), at(1_700_000_000));
    assert_eq!(logins.of("ada", 1), Use::Never);
    assert_eq!(logins.of("bob", 1000), Use::Never);
}

#[test]
fn the_latest_login_counts_wherever_it_is_told() {
    let mut logins = Logins::default();
    logins.lastlog(&lastlog(&[5, 1_700_000_000])[..]).unwrap();
    let wtmp = [
        login(7, "ada", 1_800_000_000),
        login(7, "ada", 1_600_000_000),
        login(8, "ada", 1_900_000_000),
    ];
    logins.wtmp(&wtmp.concat()[..]).unwrap();
    assert_eq!(logins.of("ada", 1), at(1_800_000_000));
}

#[test]
fn wtmp_alone_never_says_never() {
    let mut logins = Logins::default();
    logins.wtmp(&login(7, "ada", 1_800_000_000)[..]).unwrap();
    assert_eq!(logins.of("bob", 2), Use::Unknown);
}

#[test]
fn what_is_cut_is_ignored() {
    let bytes = [login(7, "ada", 1_800_000_000), vec![7; 100]].concat();
    for len in 0..bytes.len() {
        let mut logins = Logins::default();
        logins.wtmp(&bytes[..len]).unwrap();
        assert_eq!(logins.of("ada", 1) == at(1_800_000_000), len >= WTMP_LEN);
    }
}
