use super::*;

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICjp7hquab/cOReCcn7JUtjxATjnPb4HIhBNprg8eC5G";

fn one(line: &str) -> Found {
    let all = find(line.replace("KEY", KEY).as_bytes());
    assert_eq!(all.len(), 1, "{line}");
    all.into_iter().next().unwrap()
}

#[test]
fn a_key_is_told_with_its_comment() {
    let found = one("KEY ada@example.org");
    assert_eq!(found.item, "SHA256:Rt/+ij5N/UOpcLPRPCca9XPBWi+8PPecS91hCWq6Lng");
    assert_eq!(found.placement_details["comment"], "ada@example.org");
    assert_eq!(found.ends, End::Never);
}

/// sshd(8), on the format of the file.
#[test]
fn options_are_told_without_what_may_be_secret() {
    let found = one(
        r#"from="*.example.org,!bad.example.org",command="/usr/bin/dump --password=\"hunter two\" x",no-pty,environment="TOKEN=abc",cert-authority KEY"#,
    );
    let details = &found.placement_details;
    assert_eq!(details["option from"], "*.example.org,!bad.example.org");
    assert_eq!(details["option command"], "/usr/bin/dump");
    assert_eq!(details["option no-pty"], "");
    assert_eq!(details["option environment"], "");
    assert_eq!(details["option cert-authority"], "");
}

#[test]
fn expiry_time_is_the_end() {
    for (text, end) in [
        ("20260304", "2026-03-04T00:00:00Z"),
        ("20260304Z", "2026-03-04T00:00:00Z"),
        ("202603041530", "2026-03-04T15:30:00Z"),
        ("20260304153045Z", "2026-03-04T15:30:45Z"),
    ] {
        let found = one(&format!("expiry-time=\"{text}\" KEY"));
        assert_eq!(found.ends, End::At(end.parse().unwrap()), "{text}");
    }
}

#[test]
fn an_end_that_makes_no_sense_is_unknown() {
    for text in ["2026", "20261399", "x", "", "-0260304"] {
        assert_eq!(one(&format!("expiry-time=\"{text}\" KEY")).ends, End::Unknown, "{text}");
    }
}

#[test]
fn lines_that_are_no_keys_are_passed_over() {
    for line in [
        "",
        "# KEY",
        "ssh-ed25519",
        "ssh-ed25519 !!!",
        "ssh-rsa AAAA",
        "no-pty",
        "\"unclosed KEY",
        "\0\0\0",
    ] {
        assert!(find(line.replace("KEY", KEY).as_bytes()).is_empty(), "{line}");
    }
}
