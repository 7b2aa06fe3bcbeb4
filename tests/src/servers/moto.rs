//! moto: Amazon's APIs with a memory and no enforcement.

use std::fs;
use std::net::SocketAddr;

use anyhow::Context;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{aws_calls, python, script};
use crate::fault::{Fault, FaultProxy};
use crate::process::{Process, port_in};

/// What moto has never learned, as an account says it that has none of it: its own answer is a page
/// of HTML with 500.
const NO_SERVICE_CREDENTIALS: &str = "<ListServiceSpecificCredentialsResponse \
    xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><ListServiceSpecificCredentialsResult>\
    <ServiceSpecificCredentials/><IsTruncated>false</IsTruncated>\
    </ListServiceSpecificCredentialsResult><ResponseMetadata>\
    <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>\
    </ListServiceSpecificCredentialsResponse>";

/// That a job is begun, of a call that moto has never learned either.
const JOB_BEGUN: &str = "<GenerateServiceLastAccessedDetailsResponse \
    xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GenerateServiceLastAccessedDetailsResult>\
    <JobId>00000000-0000-0000-0000-000000000000</JobId></GenerateServiceLastAccessedDetailsResult>\
    </GenerateServiceLastAccessedDetailsResponse>";

/// That it is done, and that nothing was made use of.
const JOB_DONE: &str = "<GetServiceLastAccessedDetailsResponse \
    xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetServiceLastAccessedDetailsResult>\
    <JobStatus>COMPLETED</JobStatus><JobCreationDate>2026-01-01T00:00:00Z</JobCreationDate>\
    <JobCompletionDate>2026-01-01T00:00:00Z</JobCompletionDate><ServicesLastAccessed/>\
    <IsTruncated>false</IsTruncated></GetServiceLastAccessedDetailsResult>\
    </GetServiceLastAccessedDetailsResponse>";

/// The same of App Runner, of which moto knows nothing.
const NO_APP_SERVICES: &str = r#"{"ServiceSummaryList":[]}"#;

/// Lets `proxy` answer for a moto behind it what that has never learned; to be said again after its
/// faults were taken back.
pub fn fill_holes(proxy: &FaultProxy) {
    proxy.always("ListServiceSpecificCredentials", Fault::Body(NO_SERVICE_CREDENTIALS));
    proxy.always("GenerateServiceLastAccessedDetails", Fault::Body(JOB_BEGUN));
    proxy.always("GetServiceLastAccessedDetails", Fault::Body(JOB_DONE));
    proxy.always("AppRunner.ListServices", Fault::Body(NO_APP_SERVICES));
}

/// A running moto with an account of its own.
#[derive(Debug)]
pub struct Moto {
    process: Process,
    port: u16,
}

impl Moto {
    /// Starts with what `seed` says, see `tests/servers/README.md`; `json!({})` is an empty account.
    ///
    /// # Errors
    /// If moto is not installed or the seed is wrong; moto's own words are in the error.
    pub fn start(seed: &Value) -> anyhow::Result<Self> {
        let folder = TempDir::new().context("making a folder for moto")?;
        let (seed_file, port_file) = (folder.path().join("seed.json"), folder.path().join("port"));
        fs::write(&seed_file, seed.to_string())?;
        let mut command = python()?;
        command.arg(script("moto_serve.py")).arg(seed_file).arg(&port_file);
        let mut process = Process::start("moto", &command, folder)?;
        let port = process.wait_for(|| port_in(&port_file))?;
        Ok(Self { process, port })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// What `AWS_ENDPOINT_URL` must be for a client to come here.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address())
    }

    /// A proxy before it, which answers for it what it has never learned.
    ///
    /// # Errors
    /// If there is no port to listen on.
    pub fn behind_proxy(&self) -> anyhow::Result<FaultProxy> {
        let proxy = FaultProxy::before(self.address())?;
        fill_holes(&proxy);
        Ok(proxy)
    }

    /// Calls one API, such as `("iam", "delete_access_key", json!({...}))`, by Amazon's own client.
    ///
    /// # Errors
    /// If the client itself fails; a refusal by moto is an answer, `{"error": CODE}`.
    pub fn call(&self, service: &str, call: &str, arguments: &Value) -> anyhow::Result<Value> {
        let calls = json!([{ "service": service, "call": call, "arguments": arguments }]);
        let answers = aws_calls(&self.endpoint(), &[], &calls)?;
        answers.into_iter().next().context("one call has one answer")
    }

    /// The process, for its id and its log.
    pub fn process(&self) -> &Process {
        &self.process
    }
}
