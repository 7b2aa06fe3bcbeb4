//! Looks into the other accounts of an organisation: in each the same role is taken on, and then it
//! is looked into as into our own, under a budget of its own.

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use model::ScopeId;

use super::account::{Account, GLOBAL};
use super::api::{Api, CallError};
use super::call::{ASSUME_ROLE, GET_CALLER_IDENTITY};
use super::connect::Connection;
use super::{AwsIam, organisation, who_am_i};
use crate::source::Emitter;

/// How many accounts are looked into at once. BOUND: on memory and connections; the pace in each is
/// its budget's.
const ENTERED_MAX: usize = 4;

/// What we are called in the logs of the accounts that we enter.
const SESSION: &str = "muster";

/// How our own account is asked, from which the others are entered.
#[derive(Debug)]
pub(super) struct Door<'a> {
    pub(super) api: &'a Api,
    pub(super) connection: &'a Connection,
    pub(super) sts: &'a aws_sdk_sts::Client,
}

/// What is looked for in an account.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    /// The scopes that tell what bounds it from outside, if that was asked.
    pub(super) bounds: &'a [ScopeId],
    /// Where what is kept by region is looked for.
    pub(super) regions: &'a [String],
    /// Who hears of it.
    pub(super) out: &'a Emitter,
}

impl AwsIam {
    /// Asks for the organisation and tells it; gives the scopes of what bounds its accounts, and the
    /// accounts to enter.
    pub(super) async fn at_organisation(
        &self,
        api: &Api,
        own: &Account,
        out: &Emitter,
    ) -> (Vec<ScopeId>, Vec<Account>) {
        let mut heard = organisation::ask(api, own).await;
        let Some(organisation) = heard.organisation() else {
            // Whose organisation it is, is not known, so what is missing is told of our own account.
            for trouble in &heard.troubles {
                let Some(kind) = trouble.kind else { continue };
                let scan = out.open(own.scope(GLOBAL, &kind.print().call)).await;
                scan.abandon(trouble.what.clone()).await;
            }
            return (Vec::new(), Vec::new());
        };
        let mut accounts = vec![own.clone()];
        let mut members = Vec::new();
        if self.config.member_role.is_some() {
            members = heard.members.iter().filter(|it| it.id != own.id).cloned().collect();
            accounts.extend(members.iter().cloned());
        }
        organisation.tell(out, &accounts, &heard.troubles).await;
        (organisation.scopes(&heard.troubles), members)
    }

    /// Looks into all `members`, some at once, and says how many calls that took.
    pub(super) async fn enter_all(
        &self,
        door: &Door<'_>,
        members: Vec<Account>,
        wanted: Wanted<'_>,
    ) -> u64 {
        let Some(role) = &self.config.member_role else { return 0 };
        let mut under_way = FuturesUnordered::new();
        let mut calls: u64 = 0;
        for member in members {
            if under_way.len() >= ENTERED_MAX
                && let Some(more) = under_way.next().await
            {
                calls = calls.saturating_add(more);
            }
            under_way.push(Box::pin(async move {
                let entered = self.enter(door, &member, role).await;
                match entered {
                    Ok(inside) => {
                        self.look(&inside, &member, wanted).await;
                        inside.calls()
                    }
                    Err(error) => {
                        let scope = member.scope(GLOBAL, GET_CALLER_IDENTITY);
                        wanted.out.open(scope).await.abandon(error.to_string()).await;
                        0
                    }
                }
            }));
        }
        while let Some(more) = under_way.next().await {
            calls = calls.saturating_add(more);
        }
        calls
    }

    /// Takes on the role in `member`. What it hands out holds for an hour; an account that takes
    /// longer breaks off, and is told as that.
    async fn enter(&self, door: &Door<'_>, member: &Account, role: &str) -> Result<Api, CallError> {
        let Door { api, connection, sts } = door;
        let arn = format!("arn:{}:iam::{}:role/{role}", member.partition, member.id);
        let ask = || sts.assume_role().role_arn(&arn).role_session_name(SESSION).send();
        let answer = api.ask(ASSUME_ROLE, ask).await?;
        let what = || CallError::odd(ASSUME_ROLE, format!("no credentials for `{arn}`"));
        let given = answer.credentials.ok_or_else(what)?;
        let expires_at = std::time::SystemTime::try_from(given.expiration).ok();
        let (id, secret) = (given.access_key_id, given.secret_access_key);
        let credentials =
            Credentials::new(id, secret, Some(given.session_token), expires_at, SESSION);
        let provider = SharedCredentialsProvider::new(credentials);
        let sdk = connection.sdk.clone().into_builder();
        let inside = Connection {
            sdk: sdk.credentials_provider(provider.clone()).build(),
            connector: connection.connector.clone(),
            endpoints: connection.endpoints.clone(),
            provider,
            region: connection.region.clone(),
        };
        let budget = self.budgets.of(&member.realm(), self.limits);
        let inside_sts = aws_sdk_sts::Client::new(&inside.sdk);
        let inside = self.api(&inside, budget);
        let found = who_am_i(&inside, &inside_sts).await?;
        if found.id != member.id {
            let what = format!("`{arn}` led into the account {}", found.id);
            return Err(CallError::odd(ASSUME_ROLE, what));
        }
        Ok(inside)
    }
}
