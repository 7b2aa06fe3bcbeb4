//! Asks, live, what runs with which role in one region, listing by listing.
//!
//! ```text
//! names   a list that names things only      ecs:ListTaskDefinitions
//! each    what describes them, 8 under way   ecs:DescribeTaskDefinition   ──► answers
//! pages   a list that describes what is in it                             ──► answers
//! ```
//!
//! A listing is told under the name of the call that describes, whichever of its calls is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use serde_json::{Value, json};

use super::{Heard, read_live, read_names};
use crate::source::aws_iam::api::{Api, CallError};
use crate::source::aws_iam::call::{self, Call};
use crate::source::aws_iam::keys::UNDER_WAY_MAX;
use crate::source::aws_iam::pages::Pages;
use crate::source::aws_iam::print::Kind;
use crate::source::aws_iam::request::{Request, encoded};

/// What is listed in each region, in this order: what tasks are made after comes before the tasks.
pub(in crate::source::aws_iam) const LISTINGS: &[Kind] = &[
    Kind::EcsDefinition,
    Kind::EcsServices,
    Kind::EcsTasks,
    Kind::Functions,
    Kind::Instances,
    Kind::LaunchTemplates,
    Kind::BuildProjects,
    Kind::Stacks,
    Kind::GlueJobs,
    Kind::GlueEndpoints,
    Kind::Notebook,
    Kind::AppService,
    Kind::BatchDefinitions,
    Kind::StateMachine,
    Kind::EmrCluster,
    Kind::AgentRuntime,
];

/// How the services call what was there when it was listed and is there no more.
const GONE: &[&str] =
    &["ClusterNotFound", "EntityNotFound", "ResourceNotFound", "StateMachineDoesNotExist"];

/// Revisions of task definitions, which never change: none is asked for twice by one source.
/// BOUND: those that are active; the others are forgotten with each listing.
#[derive(Debug, Default)]
pub(in crate::source::aws_iam) struct Definitions(Mutex<BTreeMap<String, Heard>>);

/// Asks in one region.
#[derive(Debug)]
pub(in crate::source::aws_iam) struct Asker<'a> {
    api: &'a Api,
    region: &'a str,
    definitions: &'a Definitions,
    /// The clusters that tasks run in, or why they are not known, once that was asked.
    clusters: Option<Result<Vec<String>, CallError>>,
    /// What was answered of the listing under way.
    heard: Vec<Heard>,
}

impl<'a> Asker<'a> {
    /// Before the first listing.
    pub(in crate::source::aws_iam) fn new(
        api: &'a Api,
        region: &'a str,
        definitions: &'a Definitions,
    ) -> Self {
        Self { api, region, definitions, clusters: None, heard: Vec::new() }
    }

    /// All answers of one listing, and whether it came to its end.
    pub(in crate::source::aws_iam) async fn listing(
        &mut self,
        kind: Kind,
    ) -> (Vec<Heard>, Result<(), CallError>) {
        let mut end = Box::pin(self.ask(kind)).await;
        let heard = std::mem::take(&mut self.heard);
        if let Some(what) = heard.iter().find_map(|it| it.page.failed.clone()) {
            end = end.and(Err(CallError::odd(&kind.print().call, what)));
        }
        (heard, end)
    }

    #[expect(clippy::too_many_lines, reason = "a table with an arm for each listing")]
    #[expect(clippy::wildcard_enum_match_arm, reason = "the list above names what is asked for")]
    async fn ask(&mut self, kind: Kind) -> Result<(), CallError> {
        let call = &kind.print().call;
        match kind {
            Kind::EcsDefinition => self.task_definitions().await,
            Kind::EcsServices => {
                self.in_clusters(kind, call::LIST_SERVICES, "serviceArns", ("services", 10)).await
            }
            Kind::EcsTasks => {
                self.in_clusters(kind, call::LIST_TASKS, "taskArns", ("tasks", 100)).await
            }
            Kind::Functions => {
                let path = "2015-03-31/functions";
                let ask = |marker| Request::rest("GET", path, &more("Marker", marker), None);
                self.pages(kind, ask).await
            }
            Kind::Instances => self.pages(kind, |next| ec2(call, 1000, &[], next)).await,
            Kind::LaunchTemplates => {
                let versions = ["$Latest", "$Default"];
                self.pages(kind, |next| ec2(call, 200, &versions, next)).await
            }
            Kind::BuildProjects => {
                let ask = page_of(call::LIST_PROJECTS, json!({}), "nextToken");
                let names = self.names(call::LIST_PROJECTS, "projects", None, ask).await?;
                let ask = |names: &[String]| Request::json(call, &json!({ "names": names }));
                self.each(kind, names.chunks(100).map(ask).collect()).await
            }
            Kind::Stacks => {
                let question = |next| more("NextToken", next);
                self.pages(kind, |next| Request::query(call, "2010-05-15", &question(next))).await
            }
            Kind::GlueJobs | Kind::GlueEndpoints => {
                self.pages(kind, page_of(call, json!({ "MaxResults": 1000 }), "NextToken")).await
            }
            Kind::Notebook => {
                let ask = page_of(call::LIST_NOTEBOOKS, json!({ "MaxResults": 100 }), "NextToken");
                let (list, name) = ("NotebookInstances", "NotebookInstanceName");
                self.named(kind, (call::LIST_NOTEBOOKS, list, name), ask, name).await
            }
            Kind::AppService => {
                let ask =
                    page_of(call::LIST_APP_SERVICES, json!({ "MaxResults": 20 }), "NextToken");
                let (list, name) = ("ServiceSummaryList", "ServiceArn");
                self.named(kind, (call::LIST_APP_SERVICES, list, name), ask, name).await
            }
            Kind::BatchDefinitions => {
                let ask = |next| {
                    let body = put(json!({ "status": "ACTIVE", "maxResults": 100 }), next);
                    Request::rest("POST", "v1/describejobdefinitions", &[], Some(&body))
                };
                self.pages(kind, ask).await
            }
            Kind::StateMachine => {
                let body = json!({ "maxResults": 1000 });
                let ask = page_of(call::LIST_STATE_MACHINES, body, "nextToken");
                let (list, field) = ("stateMachines", Some("stateMachineArn"));
                let arns = self.names(call::LIST_STATE_MACHINES, list, field, ask).await?;
                let ask = |arn: &String| {
                    // Without the definition, in which people put what is nobody's business.
                    let body = json!({ "stateMachineArn": arn, "includedData": "METADATA_ONLY" });
                    Request::json(call, &body)
                };
                self.each(kind, arns.iter().map(ask).collect()).await
            }
            Kind::EmrCluster => {
                let up = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"];
                let body = json!({ "ClusterStates": up });
                let ask = page_of(call::LIST_EMR_CLUSTERS, body, "Marker");
                let list = (call::LIST_EMR_CLUSTERS, "Clusters", "Id");
                self.named(kind, list, ask, "ClusterId").await
            }
            Kind::AgentRuntime => {
                let ask = |next| {
                    let mut question = more("nextToken", next);
                    question.push(("maxResults", "100".to_owned()));
                    Request::rest("POST", "runtimes/", &question, None)
                };
                let (list, field) = ("agentRuntimes", Some("agentRuntimeId"));
                let ids = self.names(call::LIST_AGENT_RUNTIMES, list, field, ask).await?;
                let ask = |id: &String| {
                    Request::rest("GET", &format!("runtimes/{}/", encoded(id)), &[], None)
                };
                self.each(kind, ids.iter().map(ask).collect()).await
            }
            other => Err(CallError::odd(&other.print().call, "nobody asks for it")),
        }
    }

    /// All pages of a list that describes what is in it.
    async fn pages(
        &mut self,
        kind: Kind,
        ask: impl Fn(Option<String>) -> Request,
    ) -> Result<(), CallError> {
        let call = &kind.print().call;
        let mut pages = Pages::of(call);
        loop {
            let read = |answer: &[u8]| read_live(kind, answer);
            let request = ask(pages.marker());
            let heard = self.api.ask_signed(call, self.region, &request, read).await?;
            let more = pages.turn_token(heard.page.next.as_deref())?;
            self.heard.push(heard);
            if !more {
                return Ok(());
            }
        }
    }

    /// All names in a list that names things only.
    async fn names(
        &self,
        call: &'static Call,
        list: &str,
        field: Option<&str>,
        ask: impl Fn(Option<String>) -> Request,
    ) -> Result<Vec<String>, CallError> {
        let mut pages = Pages::of(call);
        let mut all = Vec::new();
        loop {
            let read = |answer: &[u8]| read_names(answer, list, field);
            let request = ask(pages.marker());
            let (names, next) = self.api.ask_signed(call, self.region, &request, read).await?;
            all.extend(names);
            if !pages.turn_token(next.as_deref())? {
                return Ok(all);
            }
        }
    }

    /// Each thing in a list of names, described by a call that is given its name as `parameter`.
    async fn named(
        &mut self,
        kind: Kind,
        (list_call, list, field): (&'static Call, &str, &str),
        ask: impl Fn(Option<String>) -> Request,
        parameter: &str,
    ) -> Result<(), CallError> {
        let names = self.names(list_call, list, Some(field), ask).await?;
        let call = &kind.print().call;
        let ask = |name: &String| Request::json(call, &json!({ parameter: name }));
        self.each(kind, names.iter().map(ask).collect()).await
    }

    /// What describes something, for each of `requests`; several are under way at once.
    async fn each(&mut self, kind: Kind, requests: Vec<Request>) -> Result<(), CallError> {
        let mut under_way = FuturesOrdered::new();
        for request in requests {
            if under_way.len() >= UNDER_WAY_MAX
                && let Some(answer) = under_way.next().await
            {
                self.hear(answer)?;
            }
            under_way.push_back(one(self.api, self.region, kind, request));
        }
        while let Some(answer) = under_way.next().await {
            self.hear(answer)?;
        }
        Ok(())
    }

    fn hear(&mut self, answer: Result<Heard, CallError>) -> Result<(), CallError> {
        match answer {
            Err(error) if GONE.iter().any(|code| error.is(code)) => {}
            answer => self.heard.push(answer?),
        }
        Ok(())
    }

    /// What tasks can be made after. Revisions seen before are not asked for again.
    async fn task_definitions(&mut self) -> Result<(), CallError> {
        let (kind, list) = (Kind::EcsDefinition, call::LIST_TASK_DEFINITIONS);
        let body = json!({ "status": "ACTIVE", "maxResults": 100 });
        let ask = page_of(list, body, "nextToken");
        let arns = self.names(list, "taskDefinitionArns", None, ask).await?;
        let (known, unknown) = self.definitions.know(&arns);
        let ask = |arn: &String| {
            Request::json(call::DESCRIBE_TASK_DEFINITION, &json!({ "taskDefinition": arn }))
        };
        let end = self.each(kind, unknown.iter().map(ask).collect()).await;
        self.definitions.remember(&self.heard);
        self.heard.extend(known);
        end
    }

    /// What is in clusters: named by `list`, described under `parameter` some at a time.
    async fn in_clusters(
        &mut self,
        kind: Kind,
        list: &'static Call,
        key: &str,
        (parameter, at_once): (&str, usize),
    ) -> Result<(), CallError> {
        for cluster in self.clusters().await? {
            let body = json!({ "cluster": cluster, "maxResults": 100 });
            let names = self.names(list, key, None, page_of(list, body, "nextToken")).await;
            let names = match names {
                Err(error) if GONE.iter().any(|code| error.is(code)) => continue,
                names => names?,
            };
            let ask = |names: &[String]| {
                let body = json!({ "cluster": cluster, parameter: names });
                Request::json(&kind.print().call, &body)
            };
            self.each(kind, names.chunks(at_once).map(ask).collect()).await?;
        }
        Ok(())
    }

    async fn clusters(&mut self) -> Result<Vec<String>, CallError> {
        if let Some(clusters) = &self.clusters {
            return clusters.clone();
        }
        let ask = page_of(call::LIST_CLUSTERS, json!({ "maxResults": 100 }), "nextToken");
        let clusters = self.names(call::LIST_CLUSTERS, "clusterArns", None, ask).await;
        self.clusters = Some(clusters.clone());
        clusters
    }
}

async fn one(api: &Api, region: &str, kind: Kind, request: Request) -> Result<Heard, CallError> {
    let read = |answer: &[u8]| read_live(kind, answer);
    api.ask_signed(&kind.print().call, region, &request, read).await
}

impl Definitions {
    /// What is known of `arns`, and which of them are not known. Others of their region are forgotten.
    fn know(&self, arns: &[String]) -> (Vec<Heard>, Vec<String>) {
        let listed: BTreeSet<&String> = arns.iter().collect();
        let mut all = self.held();
        if let Some((place, _)) = arns.first().and_then(|arn| arn.split_once(":task-definition/")) {
            let place = format!("{place}:");
            all.retain(|arn, _| !arn.starts_with(&place) || listed.contains(arn));
        }
        let unknown = arns.iter().filter(|arn| !all.contains_key(*arn)).cloned().collect();
        (arns.iter().filter_map(|arn| all.get(arn).cloned()).collect(), unknown)
    }

    fn remember(&self, heard: &[Heard]) {
        let mut all = self.held();
        for heard in heard {
            if let Some(arn) = heard.page.described.first() {
                all.insert(arn.clone(), heard.clone());
            }
        }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, Heard>> {
        // Nothing in it is ever half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks a JSON service for a page that begins where the one before said.
fn page_of(
    call: &'static Call,
    body: Value,
    parameter: &'static str,
) -> impl Fn(Option<String>) -> Request {
    move |next| {
        let mut body = body.clone();
        if let (Some(next), Some(body)) = (next, body.as_object_mut()) {
            body.insert(parameter.to_owned(), next.into());
        }
        Request::json(call, &body)
    }
}

fn put(mut body: Value, next: Option<String>) -> Value {
    if let (Some(next), Some(body)) = (next, body.as_object_mut()) {
        body.insert("nextToken".to_owned(), next.into());
    }
    body
}

/// Where the next page begins, as a parameter, unless it is the first.
fn more(parameter: &'static str, next: Option<String>) -> Vec<(&'static str, String)> {
    next.into_iter().map(|next| (parameter, next)).collect()
}

/// Asks for a page of what is in EC2.
fn ec2(call: &Call, entries_max: u32, versions: &[&str], next: Option<String>) -> Request {
    const NAMES: [&str; 2] = ["LaunchTemplateVersion.1", "LaunchTemplateVersion.2"];

    let mut question = vec![("MaxResults", entries_max.to_string())];
    for (name, version) in NAMES.iter().zip(versions) {
        question.push((*name, (*version).to_owned()));
    }
    question.extend(more("NextToken", next));
    Request::query(call, "2016-11-15", &question)
}
