//! A provider on loopback for tests: answers every API with an empty listing, unless the test has
//! something else to say, and remembers what it was asked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_iam::config::retry::RetryConfig;
use aws_smithy_runtime_api::client::http::http_client_fn;
use model::{Fact, ScanId};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::connect::{Connection, Environment, connector};
use super::running::Definitions;
use super::usage::Uses;
use super::{AwsIam, AwsIamConfig};
use crate::budget::CallLimits;
use crate::clock::{Clock, ManualClock};
use crate::source::{Emitter, Report, ScanError};

pub(super) use self::running::{ROLE, running};

mod running;

/// What the provider was asked.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The API.
    pub(super) api: String,
    /// The region, from the signature.
    pub(super) region: String,
    /// The whole body; for an API that is asked by a path, what follows the question mark.
    pub(super) body: String,
    /// How often this API was asked before.
    pub(super) before: usize,
}

/// What it says.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// More lines of the head.
    pub(super) headers: String,
    /// The body.
    pub(super) body: String,
    /// Whether the connection is cut in the middle of the body.
    pub(super) cut: bool,
}

impl Answer {
    /// A good answer.
    pub(super) fn good(body: impl Into<String>) -> Self {
        Self::error(200, body)
    }

    /// Any answer.
    pub(super) fn error(status: u16, body: impl Into<String>) -> Self {
        Self { status, headers: String::new(), body: body.into(), cut: false }
    }

    /// A good answer of IAM.
    pub(super) fn iam(api: &str, result: &str) -> Self {
        Self::good(format!(
            "<{api}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
             <{api}Result>{result}</{api}Result></{api}Response>"
        ))
    }

    /// IAM's way to refuse.
    pub(super) fn iam_error(status: u16, code: &str) -> Self {
        Self::error(
            status,
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
                 <Message>because</Message></Error></ErrorResponse>"
            ),
        )
    }

    /// The credential report.
    pub(super) fn report(lines: &str) -> Self {
        let table = format!("{REPORT_HEAD}{lines}");
        let content = aws_smithy_types::base64::encode(table);
        Self::iam(
            "GetCredentialReport",
            &format!(
                "<Content>{content}</Content><ReportFormat>text/csv</ReportFormat>\
                 <GeneratedTime>2026-01-01T00:00:00Z</GeneratedTime>"
            ),
        )
    }
}

pub(super) const REPORT_HEAD: &str = "user,arn,user_creation_time,password_enabled,\
password_last_used,password_last_changed,password_next_rotation,mfa_active,access_key_1_active,\
access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,\
access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,\
access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service,\
cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated\n";

/// What a scan of the fake provider came to.
#[derive(Debug)]
pub(super) struct Scanned {
    /// How the scan as a whole ended.
    pub(super) end: Result<u64, ScanError>,
    /// By `<region>/<service>:<Api>`: the facts, and "complete" or the reason.
    pub(super) scopes: BTreeMap<String, (Vec<Fact>, String)>,
    /// The scopes with identities, each with those that tell their rights.
    pub(super) rights: Vec<(String, Vec<String>)>,
    /// What was asked, in order.
    pub(super) asked: Vec<Asked>,
}

impl Scanned {
    /// How a scope ended.
    pub(super) fn ending(&self, scope: &str) -> &str {
        &self.scopes[scope].1
    }

    /// What a scope told.
    pub(super) fn facts(&self, scope: &str) -> &[Fact] {
        &self.scopes[scope].0
    }

    /// The scopes that did not end well, in order.
    pub(super) fn abandoned(&self) -> Vec<&str> {
        let scopes = self.scopes.iter();
        scopes.filter(|(_, (_, end))| end != "complete").map(|(scope, _)| scope.as_str()).collect()
    }

    /// How often an API was asked.
    pub(super) fn count(&self, api: &str) -> usize {
        self.asked.iter().filter(|asked| asked.api == api).count()
    }
}

/// A provider that answers as a test wants, until it is dropped.
#[derive(Debug)]
pub(super) struct Provider {
    url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    _server: JoinSet<()>,
}

/// Scans a provider that answers as `say` wants, or with nothing where it wants nothing.
pub(super) async fn scan(
    config: AwsIamConfig,
    say: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
) -> Scanned {
    Provider::start(say).await.scan(&source(config)).await
}

/// A source in no hurry to wait.
pub(super) fn source(config: AwsIamConfig) -> AwsIam {
    AwsIam {
        config,
        environment: Environment::default(),
        definitions: Definitions::default(),
        uses: Uses::default(),
        limits: CallLimits {
            calls_per_second_max: 100_000.try_into().unwrap(),
            backoff_min: Duration::from_micros(1),
            ..CallLimits::default()
        },
        budgets: Arc::default(),
        report_wait: Duration::from_micros(1),
        clock: Clock::Manual(ManualClock::new("2026-02-01T00:00:00Z".parse().unwrap())),
    }
}

impl Provider {
    /// One that answers as `say` wants, or with nothing where it wants nothing.
    pub(super) async fn start(
        say: impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let mut server = JoinSet::new();
        server.spawn(serve(listener, asked.clone(), Arc::new(say)));
        Self { url, asked, _server: server }
    }

    /// One scan of it, and what it was asked meanwhile.
    pub(super) async fn scan(&self, source: &AwsIam) -> Scanned {
        self.asked.lock().unwrap().clear();
        let (out, mut reports) = Emitter::new(ScanId(1));
        let scanning = async {
            let connection = connection(source, &self.url).await;
            let end = source.scan_through(connection, &out).await;
            drop(out);
            end
        };
        let collecting = async {
            let mut all = Vec::new();
            while let Some(report) = reports.recv().await {
                all.push(report);
            }
            all
        };
        let (end, reports) = tokio::join!(scanning, collecting);
        let asked = self.asked.lock().unwrap().clone();
        let rights = rights(&reports);
        Scanned { end, scopes: by_scope(reports), rights, asked }
    }
}

fn rights(reports: &[Report]) -> Vec<(String, Vec<String>)> {
    let told = |report: &Report| match report {
        Report::Began(_, scope, rights) if !rights.is_empty() => {
            Some((scope.0.clone(), rights.iter().map(|scope| scope.0.clone()).collect()))
        }
        Report::Began(..) | Report::Saw(..) | Report::Completed(_) | Report::Abandoned(..) => None,
    };
    reports.iter().filter_map(told).collect()
}

fn by_scope(reports: Vec<Report>) -> BTreeMap<String, (Vec<Fact>, String)> {
    let mut names: BTreeMap<ScanId, String> = BTreeMap::new();
    let mut scopes: BTreeMap<String, (Vec<Fact>, String)> = BTreeMap::new();
    for report in reports {
        match report {
            Report::Began(scan, scope, _) => {
                let name =
                    scope.0.strip_prefix("aws_iam/123456789012/").unwrap_or(&scope.0).to_owned();
                assert_eq!(scopes.insert(name.clone(), (Vec::new(), String::new())), None);
                names.insert(scan, name);
            }
            Report::Saw(scan, fact) => scopes.get_mut(&names[&scan]).unwrap().0.push(*fact),
            Report::Completed(scan) => {
                scopes.get_mut(&names[&scan]).unwrap().1 = "complete".to_owned();
            }
            Report::Abandoned(scan, why) => scopes.get_mut(&names[&scan]).unwrap().1 = why,
        }
    }
    scopes
}

async fn connection(source: &AwsIam, url: &str) -> Connection {
    let connector = connector(&source.config, &source.environment).await.unwrap();
    let shared = connector.clone();
    let credentials = Credentials::new("AKIAEXAMPLE1", "example", None, None, "test");
    let provider = SharedCredentialsProvider::new(credentials);
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(url)
        .credentials_provider(provider.clone())
        .http_client(http_client_fn(move |_settings, _components| shared.clone()))
        .retry_config(RetryConfig::disabled())
        .build();
    Connection {
        endpoints: source.environment.endpoints(sdk.endpoint_url()),
        sdk,
        connector,
        provider,
        region: "us-east-1".to_owned(),
    }
}

async fn serve(
    listener: TcpListener,
    log: Arc<Mutex<Vec<Asked>>>,
    say: Arc<impl Fn(&Asked) -> Option<Answer> + Send + Sync + 'static>,
) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let (log, say) = (log.clone(), say.clone());
        connections.spawn(async move {
            let answering = answer(stream, |mut asked| {
                let mut log = log.lock().unwrap();
                asked.before = log.iter().filter(|other| other.api == asked.api).count();
                log.push(asked.clone());
                say(&asked).unwrap_or_else(|| nothing(&asked))
            });
            // A client that hangs up is the client's business.
            let _closed = answering.await;
        });
    }
}

async fn answer(
    mut stream: TcpStream,
    say: impl Fn(Asked) -> Answer + Send,
) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let asked = loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
        if let Some(asked) = read(&String::from_utf8_lossy(&bytes)) {
            break asked;
        }
    };
    let answer = say(asked);
    let missing = usize::from(answer.cut);
    let len = answer.body.len().saturating_add(missing);
    let head = format!(
        "HTTP/1.1 {} x\r\nconnection: close\r\ncontent-length: {len}\r\n{}\r\n",
        answer.status, answer.headers
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(answer.body.as_bytes()).await?;
    stream.shutdown().await
}

/// The request, once it is there as a whole.
fn read(text: &str) -> Option<Asked> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
    };
    let len: usize = header("content-length").map_or(0, |len| len.parse().unwrap());
    if body.len() < len {
        return None;
    }
    let target = header("x-amz-target").and_then(|target| Some(target.split_once('.')?.1.into()));
    let action = || parameter(body, "Action").unwrap_or_else(|| api_of_path(head));
    let signature = header("authorization").unwrap();
    let question = head.split(' ').nth(1).and_then(|path| path.split_once('?'));
    let question = question.map_or("", |(_, question)| question);
    Some(Asked {
        api: target.unwrap_or_else(action),
        region: signature.split('/').nth(2).unwrap().to_owned(),
        body: if body.is_empty() { question.to_owned() } else { body.to_owned() },
        before: 0,
    })
}

/// A parameter of a form, not decoded.
pub(super) fn parameter(body: &str, name: &str) -> Option<String> {
    let mut pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// The API of a request whose path says it.
fn api_of_path(head: &str) -> String {
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let path = path.split('?').next().unwrap();
    let api = match (method, path) {
        ("GET", "/2015-03-31/functions") => "ListFunctions",
        ("POST", "/v1/describejobdefinitions") => "DescribeJobDefinitions",
        ("POST", "/runtimes/") => "ListAgentRuntimes",
        ("GET", path) if path.starts_with("/runtimes/") => "GetAgentRuntime",
        other => panic!("nobody knows {other:?}"),
    };
    api.to_owned()
}

/// The list that stands in an empty answer of a service of what runs.
const EMPTY: &[(&str, &str)] = &[
    ("DescribeInstances", "<a><reservationSet/></a>"),
    ("DescribeJobDefinitions", r#"{"jobDefinitions":[]}"#),
    ("DescribeLaunchTemplateVersions", "<a><launchTemplateVersionSet/></a>"),
    ("DescribeStacks", "<a><DescribeStacksResult><Stacks/></DescribeStacksResult></a>"),
    ("GetDevEndpoints", r#"{"DevEndpoints":[]}"#),
    ("GetJobs", r#"{"Jobs":[]}"#),
    ("ListAgentRuntimes", r#"{"agentRuntimes":[]}"#),
    ("ListFunctions", r#"{"Functions":[]}"#),
    ("ListNotebookInstances", r#"{"NotebookInstances":[]}"#),
    ("ListProjects", r#"{"projects":[]}"#),
    ("ListStateMachines", r#"{"stateMachines":[]}"#),
    ("ListTaskDefinitions", r#"{"taskDefinitionArns":[]}"#),
    // Two services call a call of theirs so, each with another list.
    ("ListClusters", r#"{"clusterArns":[],"Clusters":[]}"#),
    ("ListServices", r#"{"serviceArns":[],"ServiceSummaryList":[]}"#),
];

/// What a principal made use of that exists and does nothing.
const USED_NOTHING: &str = "<JobStatus>COMPLETED</JobStatus><JobCreationDate>2026-02-01T00:00:00Z\
    </JobCreationDate><JobCompletionDate>2026-02-01T00:00:00Z</JobCompletionDate>\
    <ServicesLastAccessed/><IsTruncated>false</IsTruncated>";

fn nothing(asked: &Asked) -> Answer {
    if let Some((_, answer)) = EMPTY.iter().find(|(api, _)| *api == asked.api) {
        return Answer::good(*answer);
    }
    match asked.api.as_str() {
        "GetCallerIdentity" => {
            Answer::iam(&asked.api, "<Arn>arn:aws:iam::123456789012:user/muster</Arn>")
        }
        "GenerateCredentialReport" => Answer::iam(&asked.api, "<State>COMPLETE</State>"),
        "GetCredentialReport" => Answer::report(""),
        "GenerateServiceLastAccessedDetails" => Answer::iam(&asked.api, "<JobId>j</JobId>"),
        "GetServiceLastAccessedDetails" => Answer::iam(&asked.api, USED_NOTHING),
        _ if asked.body.starts_with('{') || asked.body.is_empty() => Answer::good("{}"),
        _ => Answer::iam(&asked.api, "<IsTruncated>false</IsTruncated>"),
    }
}
