//! Where the services listen.

use std::collections::BTreeMap;

/// The addresses of the services of one partition.
#[derive(Clone, Debug, Default)]
pub(super) struct Endpoints {
    /// One for all services, if the operator says so.
    pub(super) all: Option<String>,
    /// By service, where the operator says so; they come first.
    pub(super) single: BTreeMap<&'static str, String>,
}

impl Endpoints {
    /// The address of `service` in `region`.
    pub(super) fn of(&self, service: &str, region: &str) -> String {
        let given = self.single.get(service).or(self.all.as_ref());
        if let Some(url) = given {
            // A request is for the root of the service, with or without a slash in the setting.
            return format!("{}/", url.trim_end_matches('/'));
        }
        let region = signing_region(service, region);
        format!("https://{}.{region}.{}/", host(service), dns_suffix(region))
    }
}

/// The first part of a service's address, where it is not the name that actions have.
fn host(service: &str) -> &str {
    match service {
        "bedrock-agentcore" => "bedrock-agentcore-control",
        "sagemaker" => "api.sagemaker",
        other => other,
    }
}

/// The region that requests to `service` are signed for when `region` is asked about: organisations
/// are the same everywhere and listen in one place of a partition.
pub(super) fn signing_region<'a>(service: &str, region: &'a str) -> &'a str {
    match service {
        "organizations" if region.starts_with("cn-") => "cn-northwest-1",
        "organizations" if region.starts_with("us-gov-") => "us-gov-west-1",
        "organizations" => "us-east-1",
        _ => region,
    }
}

/// What the names of a partition's services end in.
fn dns_suffix(region: &str) -> &'static str {
    if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
}

#[cfg(test)]
mod tests;
