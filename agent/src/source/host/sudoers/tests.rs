use super::*;

/// Expectations are from sudoers(5).
fn rights(table: &str) -> Rights {
    let accounts = Accounts::parse(
        b"root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/:/bin/sh\nbob:x:1001:1001::/:/bin/sh\n",
        None,
        b"wheel:x:10:bob\nadm:x:4:\n",
    );
    let mut all = Sudoers::default();
    for line in include::logical_lines(table.as_bytes()) {
        all.read(&line);
    }
    all.rights("web-1", &accounts)
}

fn of(table: &str, account: &str) -> Vec<String> {
    rights(table).accounts.get(account).cloned().unwrap_or_default()
}

#[test]
fn all_on_all_as_all_is_told_as_written() {
    assert_eq!(of("ada ALL=(ALL:ALL) ALL", "ada"), ["ada ALL=(ALL:ALL) ALL"]);
}

#[test]
fn nobody_named_to_run_as_means_root() {
    assert_eq!(of("ada ALL = /bin/ls", "ada"), ["ada ALL=(root) /bin/ls"]);
}

#[test]
fn an_empty_list_to_run_as_is_whoever_asks() {
    assert_eq!(of("ada ALL = () ALL", "ada"), ["ada ALL=(:) ALL"]);
    assert_eq!(of("ada ALL = (:adm) ALL", "ada"), ["ada ALL=(:adm) ALL"]);
}

#[test]
fn tags_and_account_hold_until_others_are_said() {
    assert_eq!(
        of("ada ALL=(bob) NOPASSWD:/bin/a, /bin/b, (root) PASSWD: /bin/c", "ada"),
        [
            "ada ALL=(bob) NOPASSWD: /bin/a",
            "ada ALL=(bob) NOPASSWD: /bin/b",
            "ada ALL=(root) /bin/c"
        ]
    );
}

#[test]
fn groups_get_rights_of_their_own() {
    let rights = rights("%wheel ALL=(ALL) NOPASSWD: ALL\n%#4 ALL=/bin/x");
    assert_eq!(rights.groups["wheel"], ["%wheel ALL=(ALL) NOPASSWD: ALL"]);
    assert_eq!(rights.groups["adm"], ["%adm ALL=(root) /bin/x"]);
    assert!(rights.accounts.is_empty());
}

#[test]
fn aliases_are_resolved_to_the_end() {
    let table = "User_Alias TEAM = ADMINS, #1001 : NONE = nobody\nUser_Alias ADMINS = ada\n\
        Runas_Alias DB = postgres\nCmnd_Alias SHELLS = /bin/sh, /bin/bash\nHost_Alias WEB = web-1\n\
        TEAM WEB = (DB) ALL, !SHELLS";
    assert_eq!(
        of(table, "bob"),
        [
            "bob web-1=(postgres) ALL",
            "bob web-1=(postgres) !/bin/sh",
            "bob web-1=(postgres) !/bin/bash"
        ]
    );
    assert_eq!(of(table, "ada").len(), 3);
}

#[test]
fn rules_for_other_hosts_are_left_out() {
    assert!(of("ada db-1 = ALL", "ada").is_empty());
    assert!(of("ada ALL, !web-1 = ALL", "ada").is_empty());
    assert_eq!(of("ada db-1 = ALL : web-1 = /bin/a", "ada"), ["ada web-1=(root) /bin/a"]);
}

#[test]
fn last_user_that_fits_decides() {
    let table = "ALL, !%wheel ALL = /bin/a";
    assert_eq!(of(table, "ada"), ["ada ALL=(root) /bin/a"]);
    assert!(of(table, "bob").is_empty());
}

#[test]
fn lines_continue_and_comments_end_them() {
    assert_eq!(
        of("# ada ALL=ALL\nada ALL = \\\n  /bin/a, \\\n  /bin/b # both", "ada"),
        ["ada ALL=(root) /bin/a", "ada ALL=(root) /bin/b"]
    );
}

#[test]
fn settings_in_front_of_a_command_are_no_hosts() {
    assert_eq!(
        of("ada ALL = TIMEOUT=5m NOPASSWD: /bin/a", "ada"),
        ["ada ALL=(root) NOPASSWD: /bin/a"]
    );
}

#[test]
fn asking_for_the_password_of_another_is_told() {
    assert_eq!(
        of("Defaults targetpw\nada ALL=(ALL) ALL", "ada"),
        ["Defaults targetpw", "ada ALL=(ALL) ALL"]
    );
}

#[test]
fn accounts_of_a_directory_hold_rights_too() {
    assert_eq!(of("eve@example.org ALL=ALL", "eve@example.org").len(), 1);
}

#[test]
fn includes_are_told_from_comments() {
    use include::{Include, include};
    assert_eq!(include("@includedir /etc/sudoers.d"), Some(Include::Folder("/etc/sudoers.d")));
    assert_eq!(include("#include /etc/sudoers.local"), Some(Include::File("/etc/sudoers.local")));
    assert_eq!(include("# include /etc/x"), None);
}

#[test]
fn aliases_that_grow_without_end_are_cut() {
    let aliases: Vec<String> = (0..60)
        .map(|level| format!("Cmnd_Alias A{level} = A{next}, A{next}", next = level + 1))
        .collect();
    let table =
        format!("ada ALL = A0\n{}\nUser_Alias SELF = SELF\nSELF ALL = ALL", aliases.join("\n"));
    let accounts = Accounts::parse(b"ada:x:1000:1000::/:/bin/sh", None, b"");
    let mut all = Sudoers::default();
    for line in include::logical_lines(table.as_bytes()) {
        all.read(&line);
    }
    let _rights = all.rights("web-1", &accounts);
    assert!(all.is_cut);
}

#[test]
fn aliases_that_multiply_are_cut_before_they_fill_the_memory() {
    let words = |prefix: &str| {
        (0..4_000).map(|number| format!("{prefix}{number}")).collect::<Vec<_>>().join(",")
    };
    let mut sudoers = Sudoers::default();
    sudoers.read(&format!("User_Alias A = {}", words("u")));
    sudoers.read(&format!("Cmnd_Alias B = {}", words("/bin/c")));
    sudoers.read("A ALL = B");
    let rights = sudoers.rights("web-1", &Accounts::default());
    let bytes: usize = rights.accounts.values().flatten().map(String::len).sum();
    assert!(sudoers.is_cut && bytes <= OUT_BYTES_MAX, "{bytes}");
}

#[test]
fn a_line_longer_than_people_write_is_left_out_and_told() {
    let mut sudoers = Sudoers::default();
    sudoers.read(&format!("{} ALL = ALL", "a,".repeat(LINE_BYTES_MAX)));
    assert!(sudoers.is_cut && sudoers.rights("web-1", &Accounts::default()) == Rights::default());
}
