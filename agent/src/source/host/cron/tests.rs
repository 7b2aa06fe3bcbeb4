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

/// crontab(5): `name = value`, blanks around the sign and quotes around the value left out.
#[test]
fn settings_of_a_table_and_of_its_jobs_are_found() {
    let text = "A_TOKEN = \"x y\"\n# B=no\n0 1 * * * ada T=z /bin/x U=no\n@daily ada V=w S=q run\n";
    let found: Vec<String> = settings(text.as_bytes(), true)
        .into_iter()
        .map(|it| {
            let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
            format!("{}={}", text_of(it.name), text_of(it.value))
        })
        .collect();
    assert_eq!(found, ["A_TOKEN=x y", "T=z", "V=w", "S=q"]);
}

#[test]
fn a_secret_that_two_jobs_set_lies_in_two_places() {
    let key = crate::secret::FingerprintKey::generate().unwrap();
    let text = "@daily A_TOKEN=mU5xZq81vRk0TjW3eYb7 x\n@weekly A_TOKEN=vRk0TjW3eYb7mU5xZq81 y\n";
    let found = env::of_settings(&settings(text.as_bytes(), false), &key);
    let items: Vec<&str> = found.iter().map(|found| found.item.as_str()).collect();
    assert_eq!(items, ["A_TOKEN", "A_TOKEN~2"]);
}
