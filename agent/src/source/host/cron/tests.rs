use super::*;

fn told(text: &str, has_user: bool) -> Vec<String> {
    jobs(text.as_bytes(), has_user)
        .into_iter()
        .map(|job| format!("{} {} {}", job.user.unwrap_or_default(), job.schedule, job.program))
        .collect()
}

/// crontab(5).
#[test]
fn a_table_of_the_system_names_the_account() {
    assert_eq!(
        told(
            "SHELL=/bin/sh\nTOKEN=abc\n# m h\n17 *\t* * *\troot    cd / && run-parts x\n@daily ada /bin/backup --password=x\n",
            true
        ),
        ["root 17 * * * * cd", "ada @daily /bin/backup"]
    );
}

#[test]
fn a_table_of_an_account_does_not() {
    assert_eq!(told("*/5 0-3 * * mon SECRET=x /bin/poll", false), [" */5 0-3 * * mon /bin/poll"]);
}

#[test]
fn lines_that_are_cut_are_passed_over() {
    assert!(told("17 * * *\n17 * * * *\n@daily\n17 * * * * root\n\0", true).is_empty());
}
