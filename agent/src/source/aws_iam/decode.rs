//! Every decoder of the provider's answers, for the tests and the fuzz targets; nothing else uses it.
//!
//! Each takes the body of an answer and says whether it made sense. What the SDK reads for us runs in
//! our process too, so it is here with what we read ourselves.

use std::sync::LazyLock;

use aws_sdk_iam::operation as iam;
use aws_sdk_sts::operation as sts;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_plugin::RuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::{
    DeserializeResponse as _, SharedResponseDeserializer,
};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer};

use super::account::{Account, document_decoded, path_and_name};
use super::{acm, certificate, offline, report, running, signed, stores, user_keys};

/// The credential report, with what is concluded from each of its rows.
#[must_use]
pub fn credential_report(content: &[u8]) -> bool {
    let Ok(rows) = report::rows(content) else { return false };
    for row in &rows {
        let _facts = (row.password(), row.key_slots(), row.signs(), path_and_name(&row.arn));
    }
    true
}

/// The document of a policy, as it stands in an answer.
#[must_use]
pub fn document(text: &str) -> bool {
    document_decoded(text).is_some()
}

/// The ARN of whoever calls, and of a user.
#[must_use]
pub fn arn(text: &str) -> bool {
    let _parts = path_and_name(text);
    Account::of_caller(text).is_some()
}

/// A certificate in PEM, as IAM and the certificate manager show it.
#[must_use]
pub fn certificate_pem(text: &str) -> bool {
    certificate::read(text, None).is_ok()
}

/// The public key of a user.
#[must_use]
pub fn public_key(text: &str) -> bool {
    user_keys::public_key(text).is_ok()
}

/// An answer of the services that speak JSON: a page, a description or a refusal.
#[must_use]
pub fn json_answer(body: &[u8]) -> bool {
    let account = Account { partition: "aws".to_owned(), id: "123456789012".to_owned() };
    stores::is_answer(body, &account) || acm::is_answer(body) || signed::refusal(body).is_some()
}

/// A file that the provider's command line printed; some prints need an id in the file's name.
#[must_use]
pub fn print(content: &[u8]) -> bool {
    let names = ["123456789012.json", "ou-exmp-unit0001.json", "p-policy0001.json"];
    names.into_iter().any(|name| offline::is_print(name, content))
}

/// An answer in XML, good with the status 200, else a refusal.
#[must_use]
pub fn xml_answer(status: u16, body: &[u8]) -> bool {
    let is_running = running::is_answer(body) || signed::refusal(body).is_some();
    let Ok(status) = status.try_into() else { return false };
    let answer = HttpResponse::new(status, SdkBody::from(body));
    let mut is_read = is_running;
    for operation in OPERATIONS.iter() {
        let Some(reader) = operation.load::<SharedResponseDeserializer>() else { continue };
        let read = reader.deserialize_nonstreaming_with_config(&answer, &ConfigBag::base());
        is_read |= read.is_ok();
    }
    is_read
}

/// The operations that are called, with what reads their answers.
static OPERATIONS: LazyLock<Vec<FrozenLayer>> = LazyLock::new(|| {
    let operations: [&dyn RuntimePlugin; 18] = [
        &iam::generate_credential_report::GenerateCredentialReport::new(),
        &iam::get_account_authorization_details::GetAccountAuthorizationDetails::new(),
        &iam::get_credential_report::GetCredentialReport::new(),
        &iam::get_open_id_connect_provider::GetOpenIDConnectProvider::new(),
        &iam::get_server_certificate::GetServerCertificate::new(),
        &iam::get_ssh_public_key::GetSSHPublicKey::new(),
        &iam::generate_service_last_accessed_details::GenerateServiceLastAccessedDetails::new(),
        &iam::get_service_last_accessed_details::GetServiceLastAccessedDetails::new(),
        &iam::list_access_keys::ListAccessKeys::new(),
        &iam::list_instance_profiles::ListInstanceProfiles::new(),
        &iam::list_open_id_connect_providers::ListOpenIDConnectProviders::new(),
        &iam::list_saml_providers::ListSAMLProviders::new(),
        &iam::list_server_certificates::ListServerCertificates::new(),
        &iam::list_service_specific_credentials::ListServiceSpecificCredentials::new(),
        &iam::list_signing_certificates::ListSigningCertificates::new(),
        &iam::list_ssh_public_keys::ListSSHPublicKeys::new(),
        &iam::list_virtual_mfa_devices::ListVirtualMFADevices::new(),
        &sts::get_caller_identity::GetCallerIdentity::new(),
    ];
    operations.into_iter().filter_map(RuntimePlugin::config).collect()
});
