use super::*;

fn password_of(shadow: &str) -> Password {
    let all =
        Accounts::parse(b"ada:x:1000:1000::/home/ada:/bin/bash", Some(shadow.as_bytes()), b"");
    all.by_name["ada"].password.unwrap()
}

#[test]
fn a_line_of_passwd_gives_home_and_shell() {
    let all =
        Accounts::parse(b"ada:x:1000:1001:Ada,,,:/home/ada:/bin/zsh\nempty:x:5:5::/:\n", None, b"");
    let ada = &all.by_name["ada"];
    assert_eq!(
        (ada.uid, ada.gid, ada.home.as_str(), ada.shell.as_str()),
        (1000, 1001, "/home/ada", "/bin/zsh")
    );
    assert_eq!(ada.password, None);
    assert_eq!(all.by_name["empty"].shell, "/bin/sh");
}

#[test]
fn lines_that_make_no_sense_are_passed_over() {
    let all = Accounts::parse(b"\n#ada:x:1:1::/:\n+::::::\nada:x:one:1::/:\nb/c:x:1:1::/:\nada\n\xff:x:1:1::/:\nok:x:7:7::/:/bin/sh", None, b"");
    assert_eq!(all.by_name.keys().collect::<Vec<_>>(), ["ok"]);
}

#[test]
fn locks_are_told_by_what_stands_in_front() {
    for (field, expected) in [
        ("$y$j9T$abcdefgh$ijkl", PasswordState::Set),
        ("!$y$j9T$abcdefgh$ijkl", PasswordState::Locked),
        ("!", PasswordState::Impossible),
        ("!!", PasswordState::Impossible),
        ("!*", PasswordState::Impossible),
        ("*", PasswordState::Impossible),
        ("", PasswordState::Empty),
    ] {
        assert_eq!(
            password_of(&format!("ada:{field}:19000:0:99999:7:::")).state,
            expected,
            "{field}"
        );
    }
}

/// 19,000 days after 1970-01-01 is 2022-01-08.
#[test]
fn days_are_counted_from_1970() {
    let password = password_of("ada:*:19000:0:90:7:30:19365:");
    assert_eq!(password.changed_at, Some("2022-01-08T00:00:00Z".parse().unwrap()));
    assert_eq!(password.ends, End::At("2022-04-08T00:00:00Z".parse().unwrap()));
    assert_eq!(password.account_ends, End::At("2023-01-08T00:00:00Z".parse().unwrap()));
}

#[test]
fn no_maximum_means_no_end() {
    assert_eq!(password_of("ada:*:19000:0:99999:7:::").ends, End::Never);
    assert_eq!(password_of("ada:*:19000::::::").ends, End::Never);
    assert_eq!(password_of("ada:*:19000::::::").account_ends, End::Never);
    assert_eq!(password_of("ada:*:0:0:99999:7:::").changed_at, None);
}

#[test]
fn days_out_of_range_are_unknown() {
    let password = password_of("ada:*:9223372036854775807:0:9223372036854775:7::9999999999:");
    assert_eq!((password.changed_at, password.account_ends), (None, End::Unknown));
}

#[test]
fn first_group_counts_as_a_group() {
    let all = Accounts::parse(
        b"ada:x:1000:1000::/home/ada:/bin/bash",
        None,
        b"ada:x:1000:\nsudo:x:27:bob,ada\ndocker:x:999:bob\n",
    );
    assert_eq!(all.groups_of("ada"), ["ada", "sudo"]);
}
