use super::*;

#[test]
fn the_effective_account_counts() {
    let status =
        Status::parse(b"Name:\tnginx\nUmask:\t0022\nUid:\t0\t33\t33\t33\nVmSize:\t 1 kB\n");
    assert_eq!(status, Some(Status { name: "nginx".to_owned(), uid: 33 }));
}

#[test]
fn threads_of_the_kernel_are_no_programs() {
    assert_eq!(Status::parse(b"Name:\tkthreadd\nUid:\t0\t0\t0\t0\n"), None);
    assert_eq!(Status::parse(b""), None);
}
