use super::Dangling;
use crate::detector::testing::verdict;

#[test]
fn fires_once_every_scope_of_the_source_was_listed_to_its_end() {
    let text = "
scope agent-1 aws_iam/1/iam  completed=2026-02-01
scope agent-2 aws_iam/2/iam  completed=2026-02-02
scope agent-3 host/web-1/files:/home  abandoned=denied
declare a.yaml#ci  source=aws_iam kind=user technical=person:ada read=2026-02-01
";
    assert_eq!(
        verdict(&Dangling, "2026-03-01", text),
        ["low a.yaml#ci: `a.yaml#ci` matches nothing that exists"]
    );
}

#[test]
fn says_unknown_while_one_of_the_scopes_was_not() {
    let text = "
scope agent-1 aws_iam/1/iam  completed=2026-02-01
scope agent-2 aws_iam/2/iam  completed=2026-02-02 abandoned=denied
declare a.yaml#ci  source=aws_iam kind=user technical=person:ada read=2026-02-01
";
    assert_eq!(
        verdict(&Dangling, "2026-03-01", text),
        ["unknown a.yaml#ci: `aws_iam/2/iam` was not listed to its end since 2026-02-01T00:00:00Z"]
    );
}

#[test]
fn says_unknown_if_a_scope_was_complete_only_before_the_declaration_was_read() {
    let text = "
scope agent-1 aws_iam/1/iam  completed=2026-01-31
declare a.yaml#ci  id=arn:aws:iam::1:user/ci technical=person:ada read=2026-02-01
";
    assert_eq!(
        verdict(&Dangling, "2026-03-01", text),
        ["unknown a.yaml#ci: `aws_iam/1/iam` was not listed to its end since 2026-02-01T00:00:00Z"]
    );
}

#[test]
fn says_unknown_if_no_scope_could_show_a_match() {
    let text = "
scope agent-1 host/web-1/accounts  completed=2026-02-02
declare a.yaml#ci  id=arn:aws:iam::1:user/ci technical=person:ada
";
    assert_eq!(
        verdict(&Dangling, "2026-03-01", text),
        ["unknown a.yaml#ci: no scope that could show a match was seen yet"]
    );
}

#[test]
fn stays_quiet_if_it_matches() {
    let text = "
user arn:aws:iam::1:user/ci
scope agent-1 aws_iam/1/iam  completed=2026-02-02
declare a.yaml#ci  id=arn:aws:iam::1:user/c* technical=person:ada
";
    assert_eq!(verdict(&Dangling, "2026-03-01", text), [""; 0]);
}

#[test]
fn a_tree_of_files_could_show_a_credential_but_no_identity() {
    let text = |kind: &str| {
        format!(
            "
scope agent-1 host/web-1/table:passwd  completed=2026-02-02
scope agent-1 host/web-1/files:/home  abandoned=denied
declare a.yaml#a  source=host kind={kind} technical=person:ada
"
        )
    };
    let said = |kind| verdict(&Dangling, "2026-03-01", &text(kind)).remove(0);
    assert!(said("host_account").starts_with("low "));
    assert!(said("unclaimed").starts_with("unknown "));
}

#[test]
fn another_account_does_not_keep_it_unknown() {
    let text = "
scope agent-1 aws_iam/111/iam  completed=2026-02-02
scope agent-1 aws_iam/222/iam  abandoned=denied
declare a.yaml#ci  realm=111 technical=person:ada
";
    assert_eq!(verdict(&Dangling, "2026-03-01", text).len(), 1);
    assert!(verdict(&Dangling, "2026-03-01", text)[0].starts_with("low "));
}
