//! Every API call that this source can make, in one list: the published policy allows these and no
//! other, and a test holds the two against each other.

use std::fmt;

/// One API of the provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Call {
    /// The service as IAM actions and scopes name it.
    pub service: &'static str,
    /// The API's own name. For these services it is also the name of the IAM action.
    pub api: &'static str,
    /// What it is asked for, in a few words.
    pub why: &'static str,
    /// How many calls it costs.
    pub cost: &'static str,
}

/// `iam:ListAccessKeys`: the IAM action, and the last part of the scope's name.
impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.service, self.api)
    }
}

/// Declares the calls and the list of them, so that none can be made that is not in the list.
macro_rules! calls {
    ($($name:ident = $service:literal $api:literal, $why:literal, $cost:literal;)*) => {
        $(
            #[doc = concat!("`", $service, ":", $api, "`: ", $why, ".")]
            pub(super) const $name: &Call =
                &Call { service: $service, api: $api, why: $why, cost: $cost };
        )*

        /// Every call that the source can make, in the order of the manual.
        pub const CALLS: &[&Call] = &[$($name,)*];

        /// The same as a table in Markdown, for the manual page.
        pub const CALLS_TABLE: &str = concat!(
            "| call, and the permission it needs | what for | how many |\n|---|---|---|\n",
            $("| `", $service, ":", $api, "` | ", $why, " | ", $cost, " |\n",)*
        );
    };
}

calls! {
    GET_CALLER_IDENTITY = "sts" "GetCallerIdentity",
        "which account this is", "1";
    AUTHORIZATION_DETAILS = "iam" "GetAccountAuthorizationDetails",
        "users, groups, roles and all policies with their documents",
        "1 a page of 300, at least 3";
    GENERATE_REPORT = "iam" "GenerateCredentialReport",
        "to have the credential report made", "1, and 1 a second while it is being made";
    GET_REPORT = "iam" "GetCredentialReport",
        "age, state and last use of passwords, access keys and signing certificates", "1";
    LIST_ACCESS_KEYS = "iam" "ListAccessKeys",
        "the ids of access keys, which the report leaves out", "1 a user that has a key";
    LIST_SIGNING_CERTIFICATES = "iam" "ListSigningCertificates",
        "the certificates that users sign requests with",
        "1 a user with an active one";
    LIST_MFA_DEVICES = "iam" "ListVirtualMFADevices",
        "second factors and whose they are", "1 a page of 300";
    LIST_SERVICE_CREDENTIALS = "iam" "ListServiceSpecificCredentials",
        "passwords and API keys of users for single services", "1 a page of 300";
    LIST_SSH_KEYS = "iam" "ListSSHPublicKeys",
        "SSH public keys of users, if `ssh_public_keys` is on", "1 a user";
    GET_SSH_KEY = "iam" "GetSSHPublicKey",
        "the public key itself, to know it on a host, if `ssh_public_keys` is on", "1 a key";
    LIST_SERVER_CERTIFICATES = "iam" "ListServerCertificates",
        "server certificates kept by IAM", "1 a page of 300";
    GET_SERVER_CERTIFICATE = "iam" "GetServerCertificate",
        "the certificate itself, without its key, to know it on a host", "1 a certificate";
    LIST_OIDC_PROVIDERS = "iam" "ListOpenIDConnectProviders",
        "which OIDC issuers the account trusts", "1";
    GET_OIDC_PROVIDER = "iam" "GetOpenIDConnectProvider",
        "their URL, audiences and thumbprints", "1 an issuer";
    LIST_SAML_PROVIDERS = "iam" "ListSAMLProviders",
        "which SAML issuers the account trusts, and until when", "1";
    LIST_SECRETS = "secretsmanager" "ListSecrets",
        "age, rotation and last access of secrets, never a value", "1 a page of 100, a region";
    DESCRIBE_PARAMETERS = "ssm" "DescribeParameters",
        "age of SecureString parameters, never a value", "1 a page of 50, a region";
    LIST_KEYS = "kms" "ListKeys",
        "which keys there are", "1 a page of 1000, a region";
    DESCRIBE_KEY = "kms" "DescribeKey",
        "age, state and maker of a key", "1 a key";
    LIST_CERTIFICATES = "acm" "ListCertificates",
        "which certificates there are", "1 a page of 1000, a region";
    DESCRIBE_CERTIFICATE = "acm" "DescribeCertificate",
        "what uses a certificate, and whether it renews itself", "1 a certificate";
    GET_CERTIFICATE = "acm" "GetCertificate",
        "the certificate itself, without its key, to know it on a host", "1 a certificate";
}

#[cfg(test)]
mod tests;
