use super::*;

#[test]
fn later_files_change_what_earlier_ones_say() {
    let mut unit = Unit::default();
    unit.read(b"[Unit]\nUser=wrong\n[Service]\nUser=app\nExecStart=-/usr/bin/app --token=abc\n");
    assert_eq!(
        (unit.user.as_deref(), unit.program.as_deref()),
        (Some("app"), Some("/usr/bin/app"))
    );
    unit.read(b"[Service]\nUser=\nExecStart=\nExecStart=@/usr/bin/other other\nDynamicUser=yes\n");
    assert_eq!((unit.user, unit.program.as_deref()), (None, Some("/usr/bin/other")));
    assert!(unit.is_dynamic);
}

fn set(text: &str) -> Vec<String> {
    let text_of = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    settings(text.as_bytes())
        .into_iter()
        .map(|it| format!("{}={}", text_of(it.name), text_of(it.value)))
        .collect()
}

/// systemd.exec(5): the example of `Environment=`.
#[test]
fn an_environment_line_holds_several_settings_each_may_be_quoted() {
    assert_eq!(
        set("[Service]\nEnvironment=\"VAR1=word1 word2\" VAR2=word3 \"VAR3=$word 5 6\"\n"),
        ["VAR1=word1 word2", "VAR2=word3", "VAR3=$word 5 6"]
    );
    assert_eq!(set("Environment=A='x y' B=\"z\"\n"), ["A=x y", "B=z"]);
}

/// systemd.syntax(7): a backslash at the end goes on on the next line, past comments.
#[test]
fn an_environment_line_may_go_on_on_the_next() {
    assert_eq!(
        set("Environment=A=1 \\\n# no\n  B=2 \\\n  C=3\nD=4\nExecStart=/x E=5 \\\n F=6\n"),
        ["A=1", "B=2", "C=3"]
    );
}

#[test]
fn what_is_no_setting_is_passed_over() {
    assert!(set("Environment=\nEnvironment=alone =x a-b=c\n#Environment=A=b\n").is_empty());
}
