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
