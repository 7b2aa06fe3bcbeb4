use model::{OwnerId, Standing};

use super::*;

const NOW: &str = "2026-11-22T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn files(files: &[(&str, &str)]) -> Vec<File> {
    files.iter().map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec())).collect()
}

fn owners(list: &[(&str, &str)]) -> Owners {
    match read(&files(list), &|_| None, now()) {
        Ok(owners) => owners,
        Err(problems) => panic!("{problems:#?}"),
    }
}

/// Every problem as `file:line: what (hint)`.
fn problems(list: &[(&str, &str)]) -> Vec<String> {
    let Err(problems) = read(&files(list), &|_| None, now()) else { return Vec::new() };
    problems.iter().map(|p| format!("{}:{}: {} ({})", p.file, p.line, p.what, p.hint)).collect()
}

fn declaration(body: &str) -> Vec<String> {
    problems(&[("a.yaml", &format!("declarations:\n{body}"))])
}

#[track_caller]
fn assert_says(problems: &[String], parts: &[&str]) {
    assert_eq!(problems.len(), parts.len(), "{problems:#?}");
    for (problem, part) in problems.iter().zip(parts) {
        assert!(problem.contains(part), "`{problem}` does not say `{part}`");
    }
}

/// The examples of the manual, as files.
fn examples() -> Vec<File> {
    let mut files = Vec::new();
    for (place, block) in FORMAT.split("```").enumerate().filter(|(place, _)| place % 2 == 1) {
        let (sort, text) = block.split_once('\n').unwrap();
        let name = match (sort, text.starts_with("id,name,members")) {
            ("yaml", _) => text.lines().next().unwrap().trim_start_matches("# ").to_owned(),
            ("csv", true) => "teams.csv".to_owned(),
            ("csv", false) => "people.csv".to_owned(),
            _ => panic!("unknown example {place}"),
        };
        files.push((name, text.as_bytes().to_vec()));
    }
    assert_eq!(files.len(), 4);
    files
}

#[test]
fn reads_the_examples_of_the_manual_to_the_last_word() {
    let owners = read(&examples(), &|_| None, now()).unwrap();

    let ids: Vec<&str> = owners.declarations.keys().map(DeclarationId::as_str).collect();
    assert_eq!(ids, ["payments.yaml#backup-key", "payments.yaml#ci-users"]);
    let ci = owners.declarations.get(&"payments.yaml#ci-users".into()).unwrap();
    assert_eq!((ci.file.as_str(), ci.line, ci.first_read_at), ("payments.yaml", 3, now()));
    assert_eq!(ci.selector.source.as_deref(), Some("aws_iam"));
    assert_eq!(ci.selector.kind.as_deref(), Some("user"));
    assert!(ci.selector.id.as_ref().unwrap().matches("arn:aws:iam::123456789012:user/ci-7"));
    assert_eq!(ci.selector.realm.as_ref().unwrap().0, "123456789012");
    assert_eq!(ci.selector.labels["team"].0, "payments");
    assert_eq!(ci.business, [OwnerId::from("person:ada")]);
    assert_eq!(ci.technical, [OwnerId::from("team:payments"), "person:grace".into()]);
    assert_eq!(ci.lifecycle, [OwnerId::from("team:payments")]);
    assert_eq!(ci.expires_at, Some("2027-01-31T00:00:00Z".parse().unwrap()));
    assert!(ci.revocation.as_ref().unwrap().starts_with("aws iam update-access-key"));
    assert_eq!(ci.environment.as_deref(), Some("production"));

    let left = |date: &str| Standing::Left(Some(format!("{date}T00:00:00Z").parse().unwrap()));
    assert_eq!(owners.people[&"person:ada".into()].standing, left("2026-03-31"));
    assert_eq!(owners.people[&"person:grace".into()].standing, Standing::Active);
    assert_eq!(owners.people[&"person:linus".into()].standing, Standing::Active);
    assert_eq!(owners.people[&"person:margaret".into()].standing, left("2026-05-01"));
    let members: Vec<&str> =
        owners.teams[&"team:platform".into()].members.iter().map(OwnerId::as_str).collect();
    assert_eq!(members, ["person:linus", "person:margaret"]);
}

#[test]
fn keeps_the_moment_at_which_a_declaration_was_first_read() {
    let earlier: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let known = |id: &DeclarationId| (id.as_str() == "payments.yaml#ci-users").then_some(earlier);
    let owners = read(&examples(), &known, now()).unwrap();
    assert_eq!(
        owners.declarations.get(&"payments.yaml#ci-users".into()).unwrap().first_read_at,
        earlier
    );
    assert_eq!(
        owners.declarations.get(&"payments.yaml#backup-key".into()).unwrap().first_read_at,
        now()
    );
}

#[test]
fn tells_every_mistake_of_every_file_at_once() {
    let told = problems(&[
        ("b.yaml", "declarations:\n  - name: x\n    match: {kind: usr}\n    owner: {}\n"),
        ("a.yaml", "declarations:\n  - name: y\n    match: {}\n    expires: 2026-02-30\n"),
        ("c.yaml", "declarations: [\n"),
        ("people.csv", "id,nam\nada,Ada\n"),
    ]);
    let places: Vec<&str> = told.iter().map(|t| t.split(": ").next().unwrap()).collect();
    assert_eq!(
        places,
        ["a.yaml:3", "a.yaml:4", "b.yaml:3", "b.yaml:4", "c.yaml:2", "people.csv:1"],
        "{told:#?}"
    );
}

#[test]
fn suggests_the_key_that_was_meant() {
    let told =
        declaration("  - name: x\n    match: {kind: user}\n    onwers: {}\n    service: s\n");
    assert_eq!(told, ["a.yaml:4: unknown key `onwers` (did you mean `owners`?)"]);
}

#[test]
fn names_the_known_keys_if_none_is_near() {
    let told = declaration("  - name: x\n    match: {colour: red, kind: user}\n    service: s\n");
    assert_eq!(
        told,
        [
            "a.yaml:3: unknown key `colour` (known here: id, source, kind, realm, labels, path, namespace)"
        ]
    );
}

#[test]
fn refuses_a_selector_without_conditions() {
    for selector in ["{}", "{labels: {}}"] {
        let told = declaration(&format!("  - name: x\n    match: {selector}\n    service: s\n"));
        assert_says(&told, &["a.yaml:3: `match` has no condition"]);
    }
}

#[test]
fn does_not_call_a_selector_empty_whose_condition_is_wrong() {
    let told = declaration("  - name: x\n    match: {kind: usr}\n    service: s\n");
    assert_eq!(told, ["a.yaml:3: unknown kind `usr` (did you mean `user`?)"]);
}

#[test]
fn refuses_a_name_used_twice_in_a_file_and_tells_both_lines() {
    let one = "  - name: x\n    match: {kind: user}\n    service: s\n";
    assert_says(
        &declaration(&format!("{one}{one}")),
        &["a.yaml:5: there is a declaration of this name on line 2: `a.yaml#x`"],
    );
}

#[test]
fn takes_one_name_in_two_files() {
    let text = "declarations:\n  - name: x\n    match: {kind: user}\n    service: s\n";
    assert_eq!(owners(&[("a.yaml", text), ("b.yaml", text)]).declarations.len(), 2);
}

#[test]
fn refuses_an_owner_of_an_unknown_sort() {
    let told = declaration(
        "  - name: x\n    match: {kind: user}\n    owners:\n      business: persn:ada\n      technical: [ada, 'team:']\n",
    );
    assert_eq!(
        told,
        [
            "a.yaml:5: unknown sort of owner in `persn:ada` (did you mean `person:ada`?)",
            "a.yaml:6: `ada` does not say whether it is a person or a team (write `person:ada` or `team:ada`)",
            "a.yaml:6: `team:` does not say whether it is a person or a team (write `person:team` or `team:team`)",
        ]
    );
}

#[test]
fn refuses_a_value_of_the_wrong_sort() {
    let told = declaration(
        "  - name: [x]\n    match: user\n    owners: team:a\n    purpose: {a: b}\n    service:\n  - text\n",
    );
    assert_says(
        &told,
        &[
            "a.yaml:2: `name` must be a text, not a list",
            "a.yaml:3: `match` must be a mapping, not a text",
            "a.yaml:4: `owners` must be a mapping, not a text",
            "a.yaml:5: `purpose` must be a text, not a mapping",
            "a.yaml:6: `service` is empty",
            "a.yaml:7: a declaration must be a mapping, not a text",
        ],
    );
}

#[test]
fn refuses_a_declaration_without_name_match_or_content() {
    assert_says(
        &declaration("  - revocation: pull the plug\n"),
        &["declares nothing", "has no `match`", "has no `name`"],
    );
}

#[test]
fn refuses_a_day_that_is_not_in_the_calendar() {
    for day in ["2026-02-30", "soon", "2026-1-1", "01.02.2026", "2026-11-22T00:00"] {
        let told =
            declaration(&format!("  - name: x\n    match: {{kind: user}}\n    expires: '{day}'\n"));
        assert_says(&told, &[&format!("a.yaml:4: `expires` is no date: `{day}`")]);
    }
}

#[test]
fn keeps_the_zero_with_which_an_account_begins() {
    let text = "declarations:\n  - name: x\n    match: {realm: 012345678901}\n    service: no\n";
    let owners = owners(&[("a.yaml", text)]);
    let x = owners.declarations.get(&"a.yaml#x".into()).unwrap();
    assert_eq!(x.selector.realm.as_ref().unwrap().0, "012345678901");
    assert_eq!(x.service.as_deref(), Some("no"));
}

#[test]
fn refuses_a_person_listed_twice_in_whatever_files() {
    let told = problems(&[
        ("people.csv", "id,name\nada,Ada\n"),
        ("people.yaml", "people:\n  - id: person:ada\n"),
    ]);
    assert_says(
        &told,
        &["people.yaml:2: `person:ada` is listed twice, first in `people.csv` on line 2"],
    );
}

#[test]
fn refuses_a_member_who_is_not_in_the_directory() {
    let told = problems(&[
        ("teams.csv", "id,name,members\nops,Ops,ada;bob\n"),
        ("people.csv", "id\nada\n"),
    ]);
    assert_says(
        &told,
        &["teams.csv:2: `person:bob`, a member of `team:ops`, is not in the directory"],
    );
}

#[test]
fn finds_a_member_in_a_file_that_comes_later() {
    let owners = owners(&[
        ("a-teams.yaml", "teams:\n  - id: ops\n    members: ada\n"),
        ("people.csv", "id\nada\n"),
    ]);
    assert_eq!(owners.teams[&"team:ops".into()].members.len(), 1);
}

#[test]
fn keeps_the_day_on_which_a_person_leaves_even_if_it_is_to_come() {
    let text = "id,standing,left\nada,active,2026-11-23\nbob,,2026-11-22\n";
    let owners = owners(&[("people.csv", text)]);
    let day: Timestamp = "2026-11-23T00:00:00Z".parse().unwrap();
    assert_eq!(owners.people[&"person:ada".into()].standing, Standing::Left(Some(day)));
    assert_eq!(owners.people[&"person:bob".into()].standing, Standing::Left(Some(now())));
}

#[test]
fn refuses_a_person_who_is_active_and_left() {
    let told = problems(&[("people.csv", "id,standing,left\nada,active,2026-01-01\nbob,gone,\n")]);
    assert_says(
        &told,
        &[
            "people.csv:2: `person:ada` is `active` and left",
            "people.csv:3: unknown standing `gone`",
        ],
    );
}

#[test]
fn tells_the_line_of_a_row_with_a_cell_too_many() {
    let told = problems(&[("people.csv", "id,name\nada,Ada\nbob,Example, Bob\ncy,Cy\n")]);
    assert_says(&told, &["people.csv:3: 3 cells where there are 2 columns"]);
}

#[test]
fn tells_the_line_in_a_table_after_a_cell_of_several_lines() {
    let told = problems(&[("people.csv", "id,name\nada,\"Ada Lovelace\"\n,Nobody\n")]);
    assert_says(&told, &["people.csv:3: a person without an `id`"]);
}

#[test]
fn refuses_tables_of_other_names_and_columns() {
    let told =
        problems(&[("staff.csv", "id\nada\n"), ("teams.csv", "name,member,name\nOps,ada,x\n")]);
    assert_says(
        &told,
        &[
            "staff.csv:0: not a table that is known",
            "teams.csv:1: there is no column `id`",
            "teams.csv:1: two columns are named `name`",
            "teams.csv:1: unknown key `member` (did you mean `members`?)",
        ],
    );
}

#[test]
fn tells_the_line_on_which_a_file_stops_being_utf_8() {
    let bytes = b"declarations:\n  - name: x\n    purpose: \xff\n".to_vec();
    let told = read(&[("a.yaml".to_owned(), bytes)], &|_| None, now()).unwrap_err();
    assert_eq!((told[0].line, told[0].what.as_str()), (3, "not UTF-8"));
}

#[test]
fn reads_a_file_with_a_byte_order_mark_and_windows_line_ends() {
    let text =
        "\u{feff}declarations:\r\n  - name: x\r\n    match: {kind: user}\r\n    service: s\r\n";
    let owners = owners(&[("a.yaml", text), ("people.csv", "\u{feff}id,name\r\nada,Ada\r\n")]);
    assert_eq!(owners.declarations.get(&"a.yaml#x".into()).unwrap().service.as_deref(), Some("s"));
    assert_eq!(owners.people[&"person:ada".into()].name, "Ada");
}

#[test]
fn takes_empty_files_for_files_without_declarations() {
    assert_eq!(
        owners(&[("a.yaml", ""), ("b.yaml", "# nothing yet\n"), ("c.yml", "declarations:\n")]),
        Owners::default()
    );
}

#[test]
fn refuses_a_file_that_is_too_large_without_reading_it() {
    let text = "#".repeat(FILE_BYTES_MAX + 1);
    assert_says(&problems(&[("a.yaml", &text)]), &["a.yaml:0: 4194305 bytes, more than 4194304"]);
}

#[test]
fn refuses_too_many_files() {
    let files: Vec<File> = (0..=FILES_MAX).map(|n| (format!("{n}.yaml"), Vec::new())).collect();
    let told = read(&files, &|_| None, now()).unwrap_err();
    assert_eq!(told[0].what, "5001 files, more than 5000");
}

#[test]
fn stops_counting_out_problems_at_the_limit_and_says_so() {
    let mut text = String::from("declarations:\n");
    for _ in 0..PROBLEMS_MAX + 7 {
        text.push_str("  - 1\n");
    }
    let told = read(&files(&[("a.yaml", &text)]), &|_| None, now()).unwrap_err();
    assert_eq!(told.len(), PROBLEMS_MAX + 1);
    assert_eq!(told.last().unwrap().what, "7 more problems");
}

#[test]
fn never_shows_control_characters_of_a_file_in_a_message() {
    let told = declaration(
        "  - name: x\n    match: {kind: user}\n    \"ser\\u001b[31mvice\": s\n    purpose: p\n",
    );
    assert!(!told[0].contains('\u{1b}'), "{told:?}");
    assert_says(&told, &["unknown key `ser\u{fffd}[31mvice`"]);
}

#[test]
fn does_not_depend_on_the_order_in_which_files_are_handed_in() {
    let mut backwards = examples();
    backwards.reverse();
    assert_eq!(read(&examples(), &|_| None, now()), read(&backwards, &|_| None, now()));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "[-:#&*!|>'\"%@`{}\\[\\],? \n\ta-c~0-9]{0,80}") {
        let list = [("a.yaml", text.as_str()), ("people.csv", text.as_str())];
        let _outcome = read(&files(&list), &|_| None, now());
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let list = [("a.yaml".to_owned(), bytes.clone()), ("teams.csv".to_owned(), bytes)];
        let _outcome = read(&list, &|_| None, now());
    }
}
