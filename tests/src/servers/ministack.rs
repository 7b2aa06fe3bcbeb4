//! ministack: Amazon's APIs with signatures checked and IAM policies enforced, so that a published
//! policy can be shown to suffice and to be minimal.

use std::net::SocketAddr;

use anyhow::Context;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{aws_calls, python};
use crate::process::{Process, free_port};

/// A running ministack with an empty account.
#[derive(Debug)]
pub struct Ministack {
    process: Process,
    port: u16,
}

/// The account's root, which may do everything.
const ROOT: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];

impl Ministack {
    /// Starts with an empty account.
    ///
    /// # Errors
    /// If ministack is not installed or does not answer.
    pub fn start() -> anyhow::Result<Self> {
        let port = free_port()?;
        let folder = TempDir::new().context("making a folder for ministack")?;
        let mut command = python()?;
        // Without BIND_HOST it would listen on every interface.
        command
            .args(["-m", "ministack"])
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .env("AUTH", "true")
            .env("CLOUDTRAIL_RECORDING", "1")
            .current_dir(folder.path());
        let mut process = Process::start("ministack", &command, folder)?;
        process.wait_for_listener(SocketAddr::from(([127, 0, 0, 1], port)))?;
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

    /// Calls one API as the account's root.
    ///
    /// # Errors
    /// If the client itself fails; a refusal is an answer, `{"error": CODE}`.
    pub fn call(&self, service: &str, call: &str, arguments: &Value) -> anyhow::Result<Value> {
        self.call_as(ROOT, service, call, arguments)
    }

    /// Calls one API with the key `(id, secret)` that it gave out before.
    ///
    /// # Errors
    /// As [`Ministack::call`].
    pub fn call_with_key(
        &self,
        (id, secret): (&str, &str),
        service: &str,
        call: &str,
        arguments: &Value,
    ) -> anyhow::Result<Value> {
        let key = [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)];
        self.call_as(key, service, call, arguments)
    }

    /// The process, for its id and its log.
    pub fn process(&self) -> &Process {
        &self.process
    }

    fn call_as(
        &self,
        key: [(&str, &str); 2],
        service: &str,
        call: &str,
        arguments: &Value,
    ) -> anyhow::Result<Value> {
        let calls = json!([{ "service": service, "call": call, "arguments": arguments }]);
        let answers = aws_calls(&self.endpoint(), &key, &calls)?;
        answers.into_iter().next().context("one call has one answer")
    }
}
