//! What is sent to services without an SDK: each speaks one of three forms.
//!
//! ```text
//! JSON    POST /             X-Amz-Target: AWSGlue.GetJobs           {"MaxResults":100}
//! REST    GET /functions     what is asked is in the path            nothing, or JSON
//! query   POST /             Action=DescribeStacks&Version=...       answered in XML
//! ```

use std::fmt::Write as _;

use serde_json::Value;

use super::call::Call;

/// One request, but for where it goes and who signs it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Request {
    /// `GET` or `POST`.
    pub(super) method: &'static str,
    /// What follows the first slash of the address, with what is asked for.
    pub(super) path: String,
    /// What the body is.
    pub(super) content_type: &'static str,
    /// The API, where it is named in the head.
    pub(super) target: Option<String>,
    /// The body.
    pub(super) body: Vec<u8>,
}

const JSON_1_0: &str = "application/x-amz-json-1.0";
const JSON_1_1: &str = "application/x-amz-json-1.1";

impl Request {
    /// To a service that is told the API in a header.
    pub(super) fn json(call: &Call, body: &Value) -> Self {
        let content_type = match call.service {
            "apprunner" | "states" => JSON_1_0,
            _ => JSON_1_1,
        };
        Self {
            method: "POST",
            path: String::new(),
            content_type,
            target: Some(format!("{}.{}", target_prefix(call.service), call.api)),
            body: body.to_string().into_bytes(),
        }
    }

    /// To a service whose path says what is asked for; `question` stands behind it.
    pub(super) fn rest(
        method: &'static str,
        path: &str,
        question: &[(&str, String)],
        body: Option<&Value>,
    ) -> Self {
        let question = form(question);
        let mark = if question.is_empty() { "" } else { "?" };
        Self {
            method,
            path: format!("{path}{mark}{question}"),
            content_type: "application/json",
            target: None,
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        }
    }

    /// To a service that takes a form and answers in XML.
    pub(super) fn query(call: &Call, version: &str, question: &[(&str, String)]) -> Self {
        let mut all = vec![("Action", call.api.to_owned()), ("Version", version.to_owned())];
        all.extend(question.iter().cloned());
        Self {
            method: "POST",
            path: String::new(),
            content_type: "application/x-www-form-urlencoded",
            target: None,
            body: form(&all).into_bytes(),
        }
    }
}

/// `a=1&b=2`, with everything encoded that could be mistaken.
fn form(pairs: &[(&str, String)]) -> String {
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    pairs.join("&")
}

/// A text as a part of an address.
pub(super) fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                // Writing into a `String` cannot fail.
                let _infallible = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}

/// What stands before the API's name in the target header.
fn target_prefix(service: &str) -> &str {
    match service {
        "acm" => "CertificateManager",
        "apprunner" => "AppRunner",
        "codebuild" => "CodeBuild_20161006",
        "ecs" => "AmazonEC2ContainerServiceV20141113",
        "elasticmapreduce" => "ElasticMapReduce",
        "glue" => "AWSGlue",
        "kms" => "TrentService",
        "organizations" => "AWSOrganizationsV20161128",
        "sagemaker" => "SageMaker",
        "ssm" => "AmazonSSM",
        "states" => "AWSStepFunctions",
        other => other,
    }
}

#[cfg(test)]
mod tests;
