//! Whether there are credentials for an account at hand, without asking anybody.

use aws_config::profile::{Profile, load};

#[expect(deprecated, reason = "its new home is a crate that is otherwise not ours to name")]
type Files = aws_config::profile::profile_file::ProfileFiles;

#[cfg(test)]
#[expect(deprecated, reason = "as above")]
type FileKind = aws_config::profile::profile_file::ProfileFileKind;

/// Keys of a profile that lead to credentials.
const LEADS: &[&str] =
    &["aws_access_key_id", "role_arn", "credential_process", "web_identity_token_file"];

/// Whether the environment or the shared files of the provider's tools hold credentials, or say
/// where to get them. Reads files only: the look-ups on the network that a scan may make, such as a
/// machine's own role, are not made, so a "no" may be wrong there.
pub async fn credentials_found() -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "these variables belong to the provider's tools, not to our configuration"
    )]
    let is_set = |name: &str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    found_in_environment(is_set) || found_in_files(&Files::default(), None).await
}

fn found_in_environment(is_set: impl Fn(&str) -> bool) -> bool {
    let has_key = is_set("AWS_ACCESS_KEY_ID") && is_set("AWS_SECRET_ACCESS_KEY");
    let has_token = is_set("AWS_WEB_IDENTITY_TOKEN_FILE") && is_set("AWS_ROLE_ARN");
    has_key || has_token
}

/// Looks at `profile`, or at the one that the environment chooses.
async fn found_in_files(files: &Files, profile: Option<&'static str>) -> bool {
    #[expect(
        clippy::default_trait_access,
        reason = "the SDK keeps the names of its file system and environment to itself"
    )]
    let profiles =
        load(&Default::default(), &Default::default(), files, profile.map(Into::into)).await;
    // Files that can't be read hold nothing that a scan could use.
    let Ok(profiles) = profiles else { return false };
    let chosen = profiles.get_profile(profiles.selected_profile());
    chosen.is_some_and(leads_to_credentials)
}

fn leads_to_credentials(profile: &Profile) -> bool {
    LEADS.iter().any(|key| profile.get(key).is_some_and(|value| !value.is_empty()))
}

#[cfg(test)]
mod tests;
