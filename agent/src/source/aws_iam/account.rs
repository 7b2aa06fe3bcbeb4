//! The account that is looked into, and how its things are named.

use jiff::Timestamp;
use model::{IdentityId, Maker, ScopeId};

use super::call::Call;

/// The region in the names of scopes whose services are the same everywhere.
pub(super) const GLOBAL: &str = "aws-global";

/// An account of the provider.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Account {
    /// `aws`, `aws-cn`, `aws-us-gov`: the second part of every ARN.
    pub(super) partition: String,
    /// Twelve digits.
    pub(super) id: String,
}

impl Account {
    /// The account of a caller, from the caller's ARN.
    pub(super) fn of_caller(arn: &str) -> Option<Self> {
        let mut parts = arn.split(':');
        let (Some("arn"), Some(partition)) = (parts.next(), parts.next()) else { return None };
        let (Some(_service), Some(_region), Some(id)) = (parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        let is_id = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit());
        let is_partition = !partition.is_empty();
        (is_id && is_partition).then(|| Self { partition: partition.to_owned(), id: id.to_owned() })
    }

    /// The owner of the account.
    pub(super) fn root(&self) -> IdentityId {
        IdentityId(format!("arn:{}:iam::{}:root", self.partition, self.id))
    }

    /// The ARN of a parameter in the parameter store, which some answers leave out.
    pub(super) fn parameter(&self, region: &str, name: &str) -> String {
        let slash = if name.starts_with('/') { "" } else { "/" };
        format!("arn:{}:ssm:{region}:{}:parameter{slash}{name}", self.partition, self.id)
    }

    /// The realm of places in the account.
    pub(super) fn realm(&self) -> String {
        format!("aws:{}", self.id)
    }

    /// `aws_iam/123456789012/aws-global/iam:ListVirtualMFADevices`.
    pub(super) fn scope(&self, region: &str, call: &Call) -> ScopeId {
        ScopeId(format!("aws_iam/{}/{region}/{call}", self.id))
    }
}

/// The path and the name in the ARN of a user, group or role:
/// `arn:aws:iam::123456789012:user/team/ci` is `/team/` and `ci`.
pub(super) fn path_and_name(arn: &str) -> Option<(String, String)> {
    let resource = arn.splitn(6, ':').nth(5)?;
    let (_kind, rest) = resource.split_once('/')?;
    match rest.rsplit_once('/') {
        Some((path, name)) => Some((format!("/{path}/"), name.to_owned())),
        None => Some(("/".to_owned(), rest.to_owned())),
    }
}

/// Who made an identity with that path. Only the provider can make one below these paths, so
/// nobody can hide there; a name alone would prove nothing.
pub(super) fn maker_of_path(path: &str) -> Maker {
    let provider = path.starts_with("/aws-service-role/") || path.starts_with("/aws-reserved/");
    if provider { Maker::Provider } else { Maker::Organisation }
}

/// Who wrote a managed policy: the provider's own belong to no account.
pub(super) fn maker_of_policy(arn: &str) -> Maker {
    match arn.split(':').nth(4) {
        Some("aws") => Maker::Provider,
        _ => Maker::Organisation,
    }
}

/// The SDK's time in ours, to the second, as the provider's reports have it.
pub(super) fn timestamp(time: &aws_smithy_types::DateTime) -> Option<Timestamp> {
    Timestamp::from_second(time.secs()).ok()
}

/// The text behind `%7B%22Version%22...`, which is how documents come. A document that is already
/// plain JSON is left alone: encoded, it would begin with a percent sign.
pub(super) fn document_decoded(document: &str) -> Option<String> {
    if document.trim_start().starts_with('{') {
        return Some(document.to_owned());
    }
    let mut decoded = Vec::with_capacity(document.len());
    let mut bytes = document.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let high = hex_digit(bytes.next()?)?;
            let low = hex_digit(bytes.next()?)?;
            decoded.push((high << 4) | low);
        } else {
            decoded.push(byte);
        }
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(byte: u8) -> Option<u8> {
    let digit = char::from(byte).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests;
