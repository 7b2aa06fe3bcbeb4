//! What the provider's own stores hold in one region: secrets and parameters by name, keys that
//! never leave it, certificates. Metadata only: no call that returns a secret value is in the list
//! of calls.

use jiff::{SignedDuration, Timestamp};
use model::{Credential, CredentialId, CredentialKind, End, Fact, Maker, Placement, Use};
use serde::Deserialize;
use serde_json::json;

use super::Look;
use super::account::Account;
use super::api::CallError;
use super::call::{DESCRIBE_KEY, DESCRIBE_PARAMETERS, LIST_KEYS, LIST_SECRETS};
use super::facts::{credential, placement, tell};
use super::pages::Pages;
use crate::source::ScopeScan;

/// A moment as JSON 1.1 has it: seconds since 1970, with a fraction.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct Seconds(f64);

impl Seconds {
    /// To the second, as the other answers have it.
    pub(super) fn timestamp(self) -> Option<Timestamp> {
        let since = SignedDuration::try_from_secs_f64(self.0).ok()?;
        Timestamp::from_second(since.as_secs()).ok()
    }
}

/// The moment, if there is one.
pub(super) fn moment(seconds: Option<Seconds>) -> Option<Timestamp> {
    seconds.and_then(Seconds::timestamp)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SecretsPage {
    #[serde(default)]
    secret_list: Vec<Secret>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Secret {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    created_date: Option<Seconds>,
    last_accessed_date: Option<Seconds>,
    last_changed_date: Option<Seconds>,
    last_rotated_date: Option<Seconds>,
    next_rotation_date: Option<Seconds>,
    rotation_enabled: Option<bool>,
    owning_service: Option<String>,
    kms_key_id: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    value: Option<String>,
}

/// Secrets of the secrets manager.
pub(super) async fn secrets(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    region: &str,
) -> Result<(), CallError> {
    let mut pages = Pages::of(LIST_SECRETS);
    loop {
        let mut ask = json!({ "MaxResults": 100 });
        put(&mut ask, "NextToken", pages.marker());
        let page: SecretsPage = look.api.ask_json(LIST_SECRETS, region, &ask).await?;
        let more = pages.turn_token(page.next_token.as_deref())?;
        for secret in page.secret_list {
            let (fact, place) = secret.facts(look.account);
            scan.saw(Fact::Credential(fact)).await;
            scan.saw(Fact::Placement(place)).await;
        }
        if !more {
            return Ok(());
        }
    }
}

impl Secret {
    fn facts(self, account: &Account) -> (Credential, Placement) {
        let mut fact = credential(self.arn.as_str(), CredentialKind::Secret, None);
        // A rotated secret is a new one under the old name.
        let created_at = moment(self.created_date);
        let rotated_at = moment(self.last_rotated_date);
        fact.created_at = rotated_at.or(created_at);
        fact.ends = End::Never;
        // By the provider's documentation the date is left out only if there was no access at all.
        fact.used = moment(self.last_accessed_date).map_or(Use::Never, Use::At);
        if self.owning_service.is_some() {
            fact.maker = Maker::Provider;
        }
        let rotation = self.rotation_enabled.unwrap_or(false);
        tell(&mut fact.details, "name", Some(&self.name));
        tell(&mut fact.details, "rotation", Some(if rotation { "on" } else { "off" }));
        tell(&mut fact.details, "rotated_by", self.owning_service.as_deref());
        for (name, at) in [
            ("first_created_at", created_at),
            ("rotated_at", rotated_at),
            ("rotates_next_at", moment(self.next_rotation_date)),
        ] {
            tell(&mut fact.details, name, at.map(|at| at.to_string()).as_deref());
        }
        let mut place = placement(account, &self.arn, &self.name, &fact.id);
        place.modified_at = moment(self.last_changed_date);
        tell(&mut place.details, "kms_key", self.kms_key_id.as_deref());
        for tag in self.tags {
            tell(&mut place.details, &format!("tag:{}", tag.key), tag.value.as_deref());
        }
        (fact, place)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ParametersPage {
    #[serde(default)]
    parameters: Vec<Parameter>,
    next_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    #[serde(rename = "ARN")]
    arn: Option<String>,
    name: String,
    #[serde(rename = "Type")]
    kind: Option<String>,
    last_modified_date: Option<Seconds>,
    last_modified_user: Option<String>,
    version: Option<u64>,
    key_id: Option<String>,
}

/// Encrypted parameters of the parameter store.
pub(super) async fn parameters(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    region: &str,
) -> Result<(), CallError> {
    let mut pages = Pages::of(DESCRIBE_PARAMETERS);
    loop {
        let mut ask = json!({
            "MaxResults": 50,
            "ParameterFilters": [{ "Key": "Type", "Option": "Equals", "Values": ["SecureString"] }],
        });
        put(&mut ask, "NextToken", pages.marker());
        let page: ParametersPage = look.api.ask_json(DESCRIBE_PARAMETERS, region, &ask).await?;
        let more = pages.turn_token(page.next_token.as_deref())?;
        let secure =
            page.parameters.into_iter().filter(|it| it.kind.as_deref() == Some("SecureString"));
        for parameter in secure {
            let (fact, place) = parameter.facts(look.account, region);
            scan.saw(Fact::Credential(fact)).await;
            scan.saw(Fact::Placement(place)).await;
        }
        if !more {
            return Ok(());
        }
    }
}

impl Parameter {
    fn facts(self, account: &Account, region: &str) -> (Credential, Placement) {
        let arn = self.arn.unwrap_or_else(|| account.parameter(region, &self.name));
        let mut fact = credential(arn.as_str(), CredentialKind::Secret, None);
        // Every change is a new version with a value of its own.
        fact.created_at = moment(self.last_modified_date);
        fact.ends = End::Never;
        tell(&mut fact.details, "name", Some(&self.name));
        let version = self.version.map(|version| version.to_string());
        tell(&mut fact.details, "version", version.as_deref());
        tell(&mut fact.details, "modified_by", self.last_modified_user.as_deref());
        let mut place = placement(account, &arn, &self.name, &fact.id);
        place.modified_at = fact.created_at;
        tell(&mut place.details, "kms_key", self.key_id.as_deref());
        (fact, place)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeysPage {
    #[serde(default)]
    keys: Vec<ListedKey>,
    #[serde(default)]
    truncated: bool,
    next_marker: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedKey {
    key_arn: String,
    key_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DescribedKey {
    key_metadata: KeyMetadata,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct KeyMetadata {
    creation_date: Option<Seconds>,
    deletion_date: Option<Seconds>,
    valid_to: Option<Seconds>,
    description: Option<String>,
    key_manager: Option<String>,
    key_spec: Option<String>,
    key_state: Option<String>,
    key_usage: Option<String>,
    origin: Option<String>,
}

/// Keys of the key management service.
///
/// # Errors
///
/// As any listing; and if single keys may not be described, which their own policies can say: then
/// all others are reported first.
pub(super) async fn keys(
    look: &Look<'_>,
    scan: &ScopeScan<'_>,
    region: &str,
) -> Result<(), CallError> {
    let mut denied = None;
    let mut pages = Pages::of(LIST_KEYS);
    loop {
        let mut ask = json!({ "Limit": 1000 });
        put(&mut ask, "Marker", pages.marker());
        let page: KeysPage = look.api.ask_json(LIST_KEYS, region, &ask).await?;
        let more = pages.turn(page.truncated, page.next_marker.as_deref())?;
        for key in page.keys {
            let ask = json!({ "KeyId": key.key_id });
            let described: DescribedKey = match look.api.ask_json(DESCRIBE_KEY, region, &ask).await
            {
                Ok(described) => described,
                Err(error) if error.is("NotFound") => continue,
                Err(error) if error.is_denied() => {
                    denied = Some(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            scan.saw(Fact::Credential(described.key_metadata.fact(key.key_arn))).await;
        }
        if !more {
            return denied.map_or(Ok(()), Err);
        }
    }
}

impl KeyMetadata {
    fn fact(self, arn: String) -> Credential {
        let mut fact = credential(CredentialId(arn), CredentialKind::ManagedKey, None);
        fact.created_at = moment(self.creation_date);
        let ends_at = moment(self.deletion_date).or(moment(self.valid_to));
        fact.ends = ends_at.map_or(End::Never, End::At);
        fact.enabled = self.key_state.as_deref().map(|state| state == "Enabled");
        if self.key_manager.as_deref() == Some("AWS") {
            fact.maker = Maker::Provider;
        }
        for (name, value) in [
            ("description", self.description),
            ("spec", self.key_spec),
            ("usage", self.key_usage),
            ("origin", self.origin),
            ("state", self.key_state),
        ] {
            tell(&mut fact.details, name, value.as_deref());
        }
        fact
    }
}

/// Puts a field into a request, if there is something to say.
pub(super) fn put(ask: &mut serde_json::Value, name: &str, value: Option<String>) {
    if let (Some(fields), Some(value)) = (ask.as_object_mut(), value) {
        fields.insert(name.to_owned(), value.into());
    }
}

/// Whether `body` is an answer of one of these calls; reads it as far as a scan would.
pub(super) fn is_answer(body: &[u8], account: &Account) -> bool {
    let secrets = serde_json::from_slice::<SecretsPage>(body).map(|page| {
        for secret in page.secret_list {
            let _facts = secret.facts(account);
        }
    });
    let parameters = serde_json::from_slice::<ParametersPage>(body).map(|page| {
        for parameter in page.parameters {
            let _facts = parameter.facts(account, "us-east-1");
        }
    });
    let keys = serde_json::from_slice::<KeysPage>(body);
    let key =
        serde_json::from_slice::<DescribedKey>(body).map(|it| it.key_metadata.fact(String::new()));
    secrets.is_ok() || parameters.is_ok() || keys.is_ok() || key.is_ok()
}
