//! Connects to the provider as its own tools do: the same variables, the same files; with our TLS,
//! with bounds on time and size, and without retries, which are the budget's.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::config::StalledStreamProtectionConfig;
use aws_sdk_iam::config::retry::RetryConfig;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt as _, Limited};

use super::AwsIamConfig;
use super::endpoint::Endpoints;
use crate::source::BoxError;

/// How long the way to the provider may take.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// How long one attempt may take, from the first byte sent to the last one read: the largest pages
/// take some seconds.
const ATTEMPT_MAX: Duration = Duration::from_mins(1);

/// How large an answer may be. A page of policies with the largest documents there are stays below
/// half of it.
const ANSWER_BYTES_MAX: usize = 32 * 1024 * 1024;

/// The region if nobody names one: where the global services of the usual partition live.
const REGION_DEFAULT: &str = "us-east-1";

/// Everything that calls need.
#[derive(Debug)]
pub(super) struct Connection {
    /// For the SDK's clients.
    pub(super) sdk: SdkConfig,
    /// For other services.
    pub(super) connector: SharedHttpConnector,
    /// Where other services listen.
    pub(super) endpoints: Endpoints,
    /// Where credentials come from.
    pub(super) provider: SharedCredentialsProvider,
    /// The region of the profile or the environment.
    pub(super) region: String,
}

/// Reads settings, and finds out where credentials would come from. Makes no call yet.
///
/// # Errors
///
/// If the file of trusted certificates can't be read, or there is no place to get credentials from.
pub(super) async fn connect(
    config: &AwsIamConfig,
    environment: &Environment,
) -> Result<Connection, BoxError> {
    let connector = connector(config, environment).await?;
    let shared = connector.clone();
    let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_MAX).build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client_fn(move |_settings, _components| shared.clone()))
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        // Whole answers are read within a time of their own.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(profile) = &config.profile {
        loader = loader.profile_name(profile);
    }
    let mut sdk = Box::pin(loader.load()).await;
    if sdk.region().is_none() {
        sdk = sdk.into_builder().region(Region::new(REGION_DEFAULT)).build();
    }
    let region = sdk.region().map_or_else(|| REGION_DEFAULT.to_owned(), ToString::to_string);
    let provider = sdk.credentials_provider().ok_or("there is no source of credentials")?;
    let endpoints = environment.endpoints(sdk.endpoint_url());
    Ok(Connection { sdk, connector, endpoints, provider, region })
}

/// The variables of the environment that the SDK does not read for us.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    ca_bundle: Option<String>,
    service_urls: BTreeMap<&'static str, String>,
}

/// The variable that moves a service of ours elsewhere. IAM's and STS's are read by the SDK.
const SERVICE_URLS: &[(&str, &str)] = &[
    ("secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
    ("ssm", "AWS_ENDPOINT_URL_SSM"),
    ("kms", "AWS_ENDPOINT_URL_KMS"),
    ("acm", "AWS_ENDPOINT_URL_ACM"),
    ("apprunner", "AWS_ENDPOINT_URL_APPRUNNER"),
    ("batch", "AWS_ENDPOINT_URL_BATCH"),
    ("bedrock-agentcore", "AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL"),
    ("cloudformation", "AWS_ENDPOINT_URL_CLOUDFORMATION"),
    ("codebuild", "AWS_ENDPOINT_URL_CODEBUILD"),
    ("ec2", "AWS_ENDPOINT_URL_EC2"),
    ("ecs", "AWS_ENDPOINT_URL_ECS"),
    ("elasticmapreduce", "AWS_ENDPOINT_URL_EMR"),
    ("glue", "AWS_ENDPOINT_URL_GLUE"),
    ("lambda", "AWS_ENDPOINT_URL_LAMBDA"),
    ("organizations", "AWS_ENDPOINT_URL_ORGANIZATIONS"),
    ("sagemaker", "AWS_ENDPOINT_URL_SAGEMAKER"),
    ("states", "AWS_ENDPOINT_URL_SFN"),
];

impl Environment {
    /// That of this process.
    pub(super) fn of_process() -> Self {
        #[expect(
            clippy::disallowed_methods,
            reason = "these variables belong to the provider's tools, not to our configuration"
        )]
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let urls = SERVICE_URLS.iter();
        Self {
            ca_bundle: variable("AWS_CA_BUNDLE"),
            service_urls: urls
                .filter_map(|(service, name)| Some((*service, variable(name)?)))
                .collect(),
        }
    }

    pub(super) fn endpoints(&self, all: Option<&str>) -> Endpoints {
        Endpoints { all: all.map(ToOwned::to_owned), single: self.service_urls.clone() }
    }
}

pub(super) async fn connector(
    config: &AwsIamConfig,
    environment: &Environment,
) -> Result<SharedHttpConnector, BoxError> {
    let mut trust = TrustStore::default();
    let bundle = config.ca_bundle.clone().or(environment.ca_bundle.as_ref().map(Into::into));
    if let Some(path) = bundle {
        let pem = tokio::fs::read(&path).await.map_err(|error| {
            format!("the certificates to trust cannot be read from `{}`: {error}", path.display())
        })?;
        // As for the provider's own tools: these and no others.
        trust = TrustStore::empty().with_pem_certificate(pem);
    }
    let context = TlsContext::builder().with_trust_store(trust).build()?;
    let settings = HttpConnectorSettings::builder().connect_timeout(CONNECT_MAX).build();
    let connector = Connector::builder()
        .connector_settings(settings)
        .proxy_config(ProxyConfig::from_env())
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build();
    Ok(SharedHttpConnector::new(Bounded(SharedHttpConnector::new(connector))))
}

/// Hands out whole answers only, within bounds of time and size.
#[derive(Debug)]
struct Bounded(SharedHttpConnector);

impl HttpConnector for Bounded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let connector = self.0.clone();
        HttpConnectorFuture::new(async move {
            let answer = async {
                let mut response = connector.call(request).await?;
                let body = std::mem::replace(response.body_mut(), SdkBody::taken());
                let whole = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
                let whole = whole.map_err(ConnectorError::io)?;
                *response.body_mut() = SdkBody::from(whole.to_bytes());
                Ok(response)
            };
            match tokio::time::timeout(ATTEMPT_MAX, answer).await {
                Ok(answer) => answer,
                Err(elapsed) => Err(ConnectorError::timeout(elapsed.into())),
            }
        })
    }
}
