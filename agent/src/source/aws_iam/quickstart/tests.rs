use super::{FileKind, Files, found_in_environment, found_in_files};

async fn found(config: &str, credentials: &str, profile: &'static str) -> bool {
    let files = Files::builder()
        .with_contents(FileKind::Config, config)
        .with_contents(FileKind::Credentials, credentials)
        .build();
    found_in_files(&files, Some(profile)).await
}

#[tokio::test]
async fn a_key_in_the_chosen_profile_is_found() {
    let file = "[default]\n[audit]\naws_access_key_id = AKIAEXAMPLE1\naws_secret_access_key = x\n";
    assert!(found("", file, "audit").await);
    assert!(!found("", file, "default").await);
}

#[tokio::test]
async fn a_profile_that_only_names_a_region_has_no_credentials() {
    assert!(!found("[default]\nregion = eu-west-1\n", "", "default").await);
}

#[tokio::test]
async fn a_profile_that_assumes_a_role_leads_to_credentials() {
    let file = "[profile audit]\nrole_arn = arn:aws:iam::123456789012:role/audit\n";
    assert!(found(file, "", "audit").await);
}

#[test]
fn a_key_in_the_environment_needs_both_halves() {
    assert!(found_in_environment(|_| true));
    assert!(!found_in_environment(|name| name == "AWS_ACCESS_KEY_ID"));
    assert!(!found_in_environment(|_| false));
}
