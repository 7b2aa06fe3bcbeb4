//! What the measurements are made with: users of a cloud account, as a source of the agent.

use std::collections::BTreeMap;
use std::ops::Range;

use agent::source::{Emitter, ScanError, Source};
use model::testing::day;
use model::{
    Credential, CredentialKind, End, Fact, Grant, GrantKind, Identity, IdentityKind, Maker, Policy,
    PolicyLanguage, ScopeId, Use,
};

/// The account whose scopes tell all of it.
const ACCOUNT: &str = "111122223333";
/// No account has more users.
const USERS_OF_ACCOUNT: u32 = 5_000;

/// Users, each with a key if so wanted, all in one scope.
#[derive(Debug, Clone)]
pub(super) struct Users {
    /// Which ones.
    pub(super) numbers: Range<u32>,
    /// Whether each has an access key, which is a fact more.
    pub(super) keys: Keys,
    /// Another edition changes every user.
    pub(super) edition: u32,
}

/// Whether users have access keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// One each.
    One,
    /// None.
    None,
}

/// The first users, in a scope of its own, may do everything.
#[derive(Debug, Clone, Copy)]
pub(super) struct Administrators {
    /// How many.
    pub(super) count: u32,
}

/// The id of a user.
pub(super) fn user_id(number: u32) -> String {
    format!("arn:aws:iam::{}:user/services/user-{number:06}", account(number))
}

/// The account of a user: the first of them, or one of those after it.
fn account(number: u32) -> String {
    let further = u64::from(number.checked_div(USERS_OF_ACCOUNT).unwrap_or(0));
    111_122_223_333_u64.saturating_add(further).to_string()
}

fn user(number: u32, edition: u32) -> Fact {
    let label = |name: &str, value: String| (name.to_owned(), value);
    let labels = [
        label("team", format!("team-{:03}", number.checked_rem(200).unwrap_or(0))),
        label("service", format!("service-{:04}", number.checked_rem(2_000).unwrap_or(0))),
        label("revision", edition.to_string()),
    ];
    Fact::Identity(Identity {
        id: user_id(number).into(),
        kind: IdentityKind::User,
        name: format!("user-{number:06}"),
        realm: account(number),
        path: "/services/".to_owned(),
        maker: Maker::Organisation,
        created_at: Some(day("2025-01-01")),
        enabled: Some(true),
        used: Use::At(day("2026-01-01")),
        groups: Vec::new(),
        credential_counts: BTreeMap::new(),
        labels: BTreeMap::from(labels),
        details: BTreeMap::new(),
    })
}

fn key(number: u32) -> Fact {
    Fact::Credential(Credential {
        id: format!("aws_access_key:AKIAEXAMPLE{number:09}").into(),
        kind: CredentialKind::AccessKey,
        identity: Some(user_id(number).into()),
        maker: Maker::Organisation,
        created_at: Some(day("2025-01-01")),
        ends: End::Never,
        used: Use::Never,
        enabled: Some(true),
        fingerprint: None,
        key: None,
        details: BTreeMap::new(),
    })
}

#[tonic::async_trait]
impl Source for Users {
    fn kind(&self) -> &'static str {
        "aws_iam"
    }

    async fn scan(&self, out: &Emitter) -> Result<(), ScanError> {
        let scan = out.open(ScopeId(format!("aws_iam/{ACCOUNT}/aws-global/iam:Users"))).await;
        for number in self.numbers.clone() {
            scan.saw(user(number, self.edition)).await;
            if self.keys == Keys::One {
                scan.saw(key(number)).await;
            }
        }
        scan.complete().await;
        Ok(())
    }
}

#[tonic::async_trait]
impl Source for Administrators {
    fn kind(&self) -> &'static str {
        "aws_iam"
    }

    async fn scan(&self, out: &Emitter) -> Result<(), ScanError> {
        let scan = out.open(ScopeId(format!("aws_iam/{ACCOUNT}/aws-global/iam:Grants"))).await;
        let policy = format!("arn:aws:iam::{ACCOUNT}:policy/everything");
        scan.saw(Fact::Policy(Policy {
            id: policy.clone().into(),
            language: PolicyLanguage::AwsIam,
            document: r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#.to_owned(),
            maker: Maker::Organisation,
        }))
        .await;
        for number in 0..self.count {
            let grant = Grant {
                holder: user_id(number).into(),
                kind: GrantKind::Permission,
                policy: policy.clone().into(),
            };
            scan.saw(Fact::Grant(grant)).await;
        }
        scan.complete().await;
        Ok(())
    }
}
