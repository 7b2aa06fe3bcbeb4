//! Amazon Web Services: who can authenticate in an account, with what, and what it may do; and the
//! metadata of its own stores of secrets, keys and certificates.
//!
//! ```text
//! connect    settings as the provider's tools read them ──► Look: one account, one budget
//! report     credential report ──► rows ──┬─► keys        access keys of the users that have some
//!                                         └─► user_keys   signing certificates, SSH keys
//! authorization, listings                     the rest of IAM
//! stores, acm                                 per region: secrets, parameters, keys, certificates
//! organisation ──► member                     the organisation, and every other account of it
//! usage                                       who made use of which services, on a slow schedule
//! running ──► ways                            per region: what runs with which role
//! ```
//!
//! `offline` reads what the provider's command line printed, and asks nobody.
//!
//! Each listing is a scope of its own: one that is refused or breaks off is abandoned with the
//! reason, and the others go on. Retries and pace are the budget's ([`crate::budget`]).

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use model::{Fact, ScopeId};
use serde::Deserialize;
use tokio::sync::Mutex;

use self::account::{Account, GLOBAL};
use self::api::{Api, CallError};
use self::connect::{Connection, Environment, connect};
use self::member::{Door, Wanted};
use self::offline::Recorder;
use self::print::Kind;
use self::report::{REPORT_WAIT, Row};
use self::running::{Asker, Definitions, Item, LISTINGS};
use self::signed::SignedClient;
use self::usage::{Principals, UsageLimits, Uses};
use self::ways::{Place, Ways};
use crate::budget::{Budgets, CallBudget, CallLimits};
use crate::clock::Clock;
use crate::source::{Emitter, ScanError, ScopeScan, Source};

pub use self::call::{CALLS, CALLS_TABLE, Call, policy, policy_of_organisation};
pub use self::manual::DOC;
pub use self::quickstart::credentials_found;

mod account;
mod acm;
mod api;
mod authorization;
mod call;
mod certificate;
mod connect;
#[cfg(test)]
mod cost;
#[doc(hidden)]
pub mod decode;
mod endpoint;
mod facts;
#[cfg(test)]
mod fake;
mod keys;
mod listings;
mod manual;
mod member;
mod offline;
mod organisation;
mod pages;
mod print;
mod quickstart;
mod report;
mod request;
mod running;
mod signed;
mod stores;
mod usage;
mod user_keys;
mod ways;
mod xml;

/// Name of the source.
pub const KIND: &str = "aws_iam";

/// Who is asked first; in errors.
const ENDPOINT: &str = "Amazon Web Services";

/// BOUND: half a minute of the default budget of calls an hour; 10,000 principals take a day and a
/// half, which is soon enough for what the provider itself tells with hours of delay.
const USAGE_CALLS_PER_HOUR_MAX: u32 = 600;

/// BOUND: what was not used in 400 days is told a week later at most.
const USAGE_AGE_DAYS_MAX: u32 = 7;

/// What an operator can say about an account to look into.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, default)]
pub struct AwsIamConfig {
    /// The profile in the shared files; else `AWS_PROFILE`, else `default`.
    pub profile: Option<String>,
    /// The regions whose stores are looked into; if none is named, that of the profile or the
    /// environment, else `us-east-1`. IAM itself is the same in all regions.
    pub regions: Vec<String>,
    /// Whether the SSH public keys of users are listed, which costs a call per user and one per key.
    /// If not, there is no scope for them and nothing is concluded from their absence.
    pub ssh_public_keys: bool,
    /// The calls a second that are never exceeded, over all APIs of the account; 20 if not said.
    pub calls_per_second_max: Option<NonZeroU32>,
    /// The calls an hour for which services users and roles made use of; 600 if not said, and with 0
    /// nobody is asked and there is no scope for it.
    pub usage_calls_per_hour_max: Option<u32>,
    /// After how many days a user or role is asked about anew; 7 if not said.
    pub usage_age_days_max: Option<NonZeroU32>,
    /// Whether the organisation is asked for, with what it lays down for its accounts: from its
    /// management account, or one that it has given that to.
    pub organisation: bool,
    /// The role that is taken on in every other account of the organisation, to look into it as into
    /// our own; it asks for the organisation, too.
    pub member_role: Option<String>,
    /// A file of certificates in PEM to trust in place of the system's; else `AWS_CA_BUNDLE`.
    pub ca_bundle: Option<PathBuf>,
    /// A folder of what the provider's command line printed, or one such file: it is read in place
    /// of asking the provider, and the other settings say nothing.
    pub from: Option<PathBuf>,
    /// A folder into which a scan writes what it was answered, so that `from` can read it.
    pub record: Option<PathBuf>,
}

/// An account of Amazon Web Services.
#[derive(Debug)]
pub struct AwsIam {
    config: AwsIamConfig,
    environment: Environment,
    limits: CallLimits,
    /// Kept between scans, and shared with other sources of the same account: a pace that the
    /// provider found too fast is not tried anew.
    budgets: Arc<Budgets>,
    /// Kept between scans, since they never change.
    definitions: Definitions,
    /// Kept between scans, since it takes many to ask for everybody.
    uses: Uses,
    report_wait: Duration,
    clock: Clock,
}

/// One look at an account.
#[derive(Debug)]
struct Look<'a> {
    api: &'a Api,
    account: &'a Account,
    clock: &'a Clock,
    definitions: &'a Definitions,
    uses: &'a Uses,
    usage: UsageLimits,
    /// The scopes that tell what bounds the account from outside, if that was asked.
    bounds: &'a [ScopeId],
    report_wait: Duration,
    recorder: Option<Recorder>,
}

/// What whoever tells facts needs to know, wherever they come from.
#[derive(Clone, Copy, Debug)]
struct View<'a> {
    account: &'a Account,
    clock: &'a Clock,
}

impl AwsIamConfig {
    fn usage(&self) -> UsageLimits {
        let days = self.usage_age_days_max.map_or(USAGE_AGE_DAYS_MAX, NonZeroU32::get);
        UsageLimits {
            calls_per_hour_max: self.usage_calls_per_hour_max.unwrap_or(USAGE_CALLS_PER_HOUR_MAX),
            age_max: SignedDuration::from_hours(i64::from(days).saturating_mul(24)),
        }
    }
}

impl AwsIam {
    /// A source that looks into the account of the credentials that the settings lead to. Nothing
    /// is asked before the first scan.
    #[must_use]
    pub fn new(config: AwsIamConfig, clock: Clock, budgets: Arc<Budgets>) -> Self {
        let mut limits = CallLimits::default();
        if let Some(calls_per_second_max) = config.calls_per_second_max {
            limits.calls_per_second_max = calls_per_second_max;
        }
        let environment = Environment::of_process();
        Self {
            config,
            environment,
            limits,
            budgets,
            definitions: Definitions::default(),
            uses: Uses::default(),
            report_wait: REPORT_WAIT,
            clock,
        }
    }

    /// Looks into everything once, as [`Source::scan`], and says how many calls that took, or how
    /// many files.
    ///
    /// # Errors
    ///
    /// As [`Source::scan`].
    pub async fn scan_counted(&self, out: &Emitter) -> Result<u64, ScanError> {
        if let Some(from) = &self.config.from {
            return offline::scan(from, &self.clock, out).await;
        }
        let connection = connect(&self.config, &self.environment)
            .await
            .map_err(|source| ScanError::Unreachable { endpoint: ENDPOINT.to_owned(), source })?;
        self.scan_through(connection, out).await
    }

    /// As [`Self::scan_counted`], once it is known how to reach the account.
    async fn scan_through(&self, connection: Connection, out: &Emitter) -> Result<u64, ScanError> {
        let regions = if self.config.regions.is_empty() {
            vec![connection.region.clone()]
        } else {
            self.config.regions.clone()
        };
        let sts = aws_sdk_sts::Client::new(&connection.sdk);
        // Whose budget it is, is not known before that is answered.
        let mut api = self.api(&connection, Arc::new(CallBudget::new(self.limits)));
        let account = who_am_i(&api, &sts).await.map_err(|error| {
            let denied = error.is_denied();
            let (endpoint, source) = (ENDPOINT.to_owned(), error.into());
            if denied {
                ScanError::Denied { endpoint, source }
            } else {
                ScanError::Unreachable { endpoint, source }
            }
        })?;
        api.budget = self.budgets.of(&account.realm(), self.limits);
        api.budget.made_before();
        let (mut bounds, mut members) = (Vec::new(), Vec::new());
        if self.config.organisation || self.config.member_role.is_some() {
            (bounds, members) = self.at_organisation(&api, &account, out).await;
        }
        let wanted = Wanted { bounds: &bounds, regions: &regions, out };
        self.look(&api, &account, wanted).await;
        let door = Door { api: &api, connection: &connection, sts: &sts };
        let others = Box::pin(self.enter_all(&door, members, wanted)).await;
        Ok(api.calls().saturating_add(others))
    }

    /// Looks into one account.
    async fn look(&self, api: &Api, account: &Account, wanted: Wanted<'_>) {
        let Wanted { bounds, regions, out } = wanted;
        let look = Look {
            api,
            account,
            bounds,
            clock: &self.clock,
            definitions: &self.definitions,
            uses: &self.uses,
            usage: self.config.usage(),
            report_wait: self.report_wait,
            recorder: self.config.record.as_ref().map(|folder| Recorder::new(folder, account)),
        };
        look.at_identity(out).await;
        let mut ways = Ways::default();
        look.at_iam(out, self.config.ssh_public_keys, &mut ways).await;
        for region in regions {
            look.at_region(out, region).await;
            look.at_running(out, region, &mut ways).await;
        }
    }

    fn api(&self, connection: &Connection, budget: Arc<CallBudget>) -> Api {
        Api {
            iam: aws_sdk_iam::Client::new(&connection.sdk),
            signed: SignedClient {
                connector: connection.connector.clone(),
                endpoints: connection.endpoints.clone(),
                provider: connection.provider.clone(),
                held: Mutex::new(None),
                clock: self.clock.clone(),
            },
            budget,
            made: AtomicU64::new(0),
        }
    }
}

#[async_trait]
impl Source for AwsIam {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn scan(&self, out: &Emitter) -> Result<(), ScanError> {
        let calls = self.scan_counted(out).await?;
        tracing::info!(source = KIND, calls, "account listed");
        Ok(())
    }
}

/// The account that our credentials belong to.
async fn who_am_i(api: &Api, sts: &aws_sdk_sts::Client) -> Result<Account, CallError> {
    let call = call::GET_CALLER_IDENTITY;
    let answer = api.ask(call, || sts.get_caller_identity().send()).await?;
    let arn = answer.arn().unwrap_or_default();
    Account::of_caller(arn)
        .ok_or_else(|| CallError::odd(call, format!("`{arn}` is not the ARN of a caller")))
}

impl Look<'_> {
    fn view(&self) -> View<'_> {
        View { account: self.account, clock: self.clock }
    }

    /// That the account exists, and so its root.
    async fn at_identity(&self, out: &Emitter) {
        let scan = self.open(out, GLOBAL, call::GET_CALLER_IDENTITY).await;
        scan.saw(Fact::Identity(facts::root(self.account))).await;
        scan.complete().await;
    }

    /// Everything that is the same in all regions.
    async fn at_iam(&self, out: &Emitter, ssh_public_keys: bool, ways: &mut Ways) {
        let scan = self.open(out, GLOBAL, call::GET_REPORT).await;
        let report = report::list(self, &scan).await;
        let rows = match report {
            Ok(rows) => {
                scan.complete().await;
                Some(rows)
            }
            Err(error) => {
                close(scan, Err(error)).await;
                None
            }
        };
        let scan = self.open(out, GLOBAL, call::AUTHORIZATION_DETAILS).await;
        let mut principals = Principals::default();
        let end = authorization::list(self, &scan, ways, &mut principals).await;
        ways.is_whole = end.is_ok();
        close(scan, end).await;
        self.at_usage(out, &principals, ways.is_whole).await;

        let scan = self.open(out, GLOBAL, call::LIST_INSTANCE_PROFILES).await;
        let end = listings::instance_profiles(self, &scan, ways).await;
        close(scan, end).await;

        self.at_users(out, rows.as_deref(), ssh_public_keys).await;

        let scan = self.open(out, GLOBAL, call::LIST_MFA_DEVICES).await;
        let end = listings::mfa(self, &scan).await;
        close(scan, end).await;
        let scan = self.open(out, GLOBAL, call::LIST_SERVER_CERTIFICATES).await;
        let end = listings::server_certificates(self, &scan).await;
        close(scan, end).await;
        let scan = self.open(out, GLOBAL, call::LIST_OIDC_PROVIDERS).await;
        let end = listings::oidc_providers(self, &scan).await;
        close(scan, end).await;
        let scan = self.open(out, GLOBAL, call::LIST_SAML_PROVIDERS).await;
        let end = listings::saml_providers(self, &scan).await;
        close(scan, end).await;
    }

    /// Which services everybody made use of, unless the settings want nobody asked.
    async fn at_usage(&self, out: &Emitter, principals: &Principals, is_whole: bool) {
        if self.usage.calls_per_hour_max == 0 {
            return;
        }
        let scan = self.open(out, GLOBAL, call::GET_USAGE).await;
        if !is_whole {
            let what = "the account's details, which tell whom to ask about, are missing";
            return scan.abandon(what).await;
        }
        match usage::list(self, &scan, principals).await {
            Ok(()) => scan.complete().await,
            Err(why) => scan.abandon(why).await,
        }
    }

    /// What needs to know the users: the rows of the report.
    async fn at_users(&self, out: &Emitter, rows: Option<&[Row]>, ssh_public_keys: bool) {
        const NO_REPORT: &str = "the credential report, which tells whom to ask about, is missing";

        let scan = self.open(out, GLOBAL, call::LIST_ACCESS_KEYS).await;
        match rows {
            Some(rows) => {
                let end = keys::list(self, &scan, rows).await;
                close(scan, end).await;
            }
            None => scan.abandon(NO_REPORT).await,
        }
        let scan = self.open(out, GLOBAL, call::LIST_SIGNING_CERTIFICATES).await;
        match rows {
            Some(rows) => {
                let end = user_keys::signing_certificates(self, &scan, rows).await;
                close(scan, end).await;
            }
            None => scan.abandon(NO_REPORT).await,
        }
        let scan = self.open(out, GLOBAL, call::LIST_SERVICE_CREDENTIALS).await;
        match rows {
            Some(rows) => {
                let end = listings::service_credentials(self, &scan, rows).await;
                close(scan, end).await;
            }
            None => scan.abandon(NO_REPORT).await,
        }
        if ssh_public_keys {
            let scan = self.open(out, GLOBAL, call::LIST_SSH_KEYS).await;
            match rows {
                Some(rows) => {
                    let end = user_keys::ssh_keys(self, &scan, rows).await;
                    close(scan, end).await;
                }
                None => scan.abandon(NO_REPORT).await,
            }
        }
    }

    /// Everything that is kept by region.
    async fn at_region(&self, out: &Emitter, region: &str) {
        let scan = self.open(out, region, call::LIST_SECRETS).await;
        let end = stores::secrets(self, &scan, region).await;
        close(scan, end).await;
        let scan = self.open(out, region, call::DESCRIBE_PARAMETERS).await;
        let end = stores::parameters(self, &scan, region).await;
        close(scan, end).await;
        let scan = self.open(out, region, call::LIST_KEYS).await;
        let end = stores::keys(self, &scan, region).await;
        close(scan, end).await;
        let scan = self.open(out, region, call::LIST_CERTIFICATES).await;
        let end = acm::certificates(self, &scan, region).await;
        close(scan, end).await;
    }

    /// What runs with which role in a region.
    async fn at_running(&self, out: &Emitter, region: &str, ways: &mut Ways) {
        let mut asker = Asker::new(self.api, region, self.definitions);
        let mut ended = Vec::new();
        for kind in LISTINGS {
            let call = &kind.print().call;
            let scan = self.open(out, region, call).await;
            let (heard, end) = asker.listing(*kind).await;
            if *kind == Kind::EcsDefinition {
                for heard in &heard {
                    ways.add_definitions(&heard.page);
                }
            }
            let items: Vec<&Item> = heard.iter().flat_map(|heard| &heard.page.items).collect();
            let place = Place { account: self.account, call, region };
            let told = ways.tell(&scan, place, &items).await;
            let mut end = end.and(told.map_err(|what| CallError::odd(call, what)));
            if let (Ok(()), Some(recorder)) = (&end, &self.recorder) {
                ended.push(call.to_string());
                end = recorder.running(region, *kind, &heard, &ended);
            }
            close(scan, end).await;
        }
    }

    async fn open<'a>(&self, out: &'a Emitter, region: &str, call: &Call) -> ScopeScan<'a> {
        let holds_identities = [call::GET_REPORT, call::AUTHORIZATION_DETAILS].contains(&call);
        let rights = holds_identities
            .then(|| self.account.scope(GLOBAL, call::AUTHORIZATION_DETAILS))
            .into_iter()
            .chain(self.bounds.iter().filter(|_| holds_identities).cloned())
            .collect();
        out.open_with_rights(self.account.scope(region, call), rights).await
    }
}

/// Ends a scope as its listing ended.
async fn close(scan: ScopeScan<'_>, end: Result<(), CallError>) {
    match end {
        Ok(()) => scan.complete().await,
        Err(error) => {
            tracing::debug!(error = %error, "scope abandoned");
            scan.abandon(error.to_string()).await;
        }
    }
}

#[cfg(test)]
mod tests;
