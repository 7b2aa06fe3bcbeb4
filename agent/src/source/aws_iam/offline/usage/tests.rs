use model::{Fact, Use};

use super::super::tests::{SMALL, folder};

const SCOPE: &str = "aws-global/iam:GetServiceLastAccessedDetails";

const USED: &str = r#"{"JobStatus": "COMPLETED", "JobType": "SERVICE_LEVEL",
    "JobCreationDate": "2026-01-31T00:00:00+00:00", "JobCompletionDate": "2026-01-31T00:00:01+00:00",
    "ServicesLastAccessed": [
        {"ServiceName": "S3", "ServiceNamespace": "s3", "LastAuthenticated": "2026-01-02T03:04:05Z",
         "LastAuthenticatedEntity": "arn:aws:iam::123456789012:role/other"},
        {"ServiceName": "EC2", "ServiceNamespace": "ec2"}
    ], "IsTruncated": false}"#;

#[tokio::test]
async fn the_files_name_says_whom_a_print_is_about() {
    let files =
        [("a", SMALL), ("123456789012-user-ada.json", USED), ("used-role-deploy.json", USED)];
    let heard = folder(&files).await;
    assert_eq!(heard.ending(SCOPE), "complete");
    let Fact::Usage(usage) = &heard.facts(SCOPE)[0] else { panic!("a use") };
    assert_eq!(usage.identity.as_str(), "arn:aws:iam::123456789012:role/deploy");
    assert_eq!(usage.services["s3"], Use::At("2026-01-02T03:04:05Z".parse().unwrap()));
    assert_eq!(usage.services["ec2"], Use::NotSince("2025-01-01T00:00:00Z".parse().unwrap()));
    assert_eq!(heard.facts(SCOPE).len(), 2);
}

#[tokio::test]
async fn a_print_about_nobody_known_is_passed_over_and_missed() {
    for name in ["used.json", "used-user-nobody.json", "used-role-.json"] {
        let heard = folder(&[("a", SMALL), ("x-user-ada.json", USED), (name, USED)]).await;
        assert_eq!(heard.ending(SCOPE), "1 of 2 principals asked so far", "{name}");
        assert_eq!(heard.facts(SCOPE).len(), 1);
    }
    let heard = folder(&[("a", SMALL)]).await;
    assert!(!heard.has(SCOPE));
}

#[tokio::test]
async fn half_a_print_and_a_job_that_is_not_done_say_nothing() {
    let half = USED.replace("\"IsTruncated\": false", "\"IsTruncated\": true");
    let begun = USED.replace("COMPLETED", "IN_PROGRESS");
    for print in [half, begun] {
        let heard = folder(&[("a", SMALL), ("x-user-ada.json", &print)]).await;
        assert_eq!(heard.ending(SCOPE), "0 of 2 principals asked so far");
        assert_eq!(heard.facts(SCOPE).len(), 0);
    }
}

#[test]
fn a_principal_is_read_from_the_end_of_a_files_name() {
    for (file, told) in [
        (
            "123456789012-iam-get-service-last-accessed-details-role-a.b@c.json",
            Some(("role", "a.b@c")),
        ),
        ("user-role-user.json", Some(("user", "role-user"))),
        ("superuser-a.json", None),
        ("role.json", None),
    ] {
        assert_eq!(super::principal_of_name(file), told, "{file}");
    }
}
