//! Everything of ours that reads bytes from outside, each as a function of bytes that must not panic.
//!
//! One line here makes a decoder a fuzz target (`cargo xtask fuzz NAME`) and has its corpus,
//! `tests/corpus/NAME/`, replayed in every test run, whole, cut and with flipped bits.
//!
//! What is not here, because nothing of ours reads it: batches that were put aside (they are for
//! people), our JSON (it is only written), and HTTP and TLS (they are read by others' code, before us).

#![expect(
    clippy::expect_used,
    reason = "without what decoders need there is nothing to try them on"
)]

mod cloud;
mod host;
mod kept;
mod wire;

/// A decoder under its name.
#[derive(Debug, Clone, Copy)]
pub struct Decoder {
    /// The name of the fuzz target and of the corpus folder.
    pub name: &'static str,
    /// Reads the bytes; what it answers does not matter, that it answers does.
    pub decode: fn(&[u8]),
}

/// All of them, by name.
pub const DECODERS: &[Decoder] = &[
    Decoder { name: "agent_config", decode: kept::agent_config },
    Decoder { name: "agent_credentials", decode: kept::credentials },
    Decoder { name: "agent_enrolment", decode: kept::enrolment },
    Decoder { name: "agent_index", decode: kept::index },
    Decoder { name: "agent_manifest", decode: kept::manifest },
    Decoder { name: "agent_segment", decode: kept::segment },
    Decoder { name: "agent_token", decode: kept::token },
    Decoder { name: "authority_peer", decode: kept::peer },
    Decoder { name: "authority_request", decode: kept::request },
    Decoder { name: "aws_arn", decode: cloud::arn },
    Decoder { name: "aws_certificate", decode: cloud::certificate },
    Decoder { name: "aws_json", decode: cloud::json_answer },
    Decoder { name: "aws_policy", decode: cloud::policy },
    Decoder { name: "aws_policy_encoded", decode: cloud::policy_encoded },
    Decoder { name: "aws_print", decode: cloud::print },
    Decoder { name: "aws_public_key", decode: cloud::public_key },
    Decoder { name: "aws_report", decode: cloud::credential_report },
    Decoder { name: "aws_xml", decode: cloud::xml_answer },
    Decoder { name: "collector_archive", decode: kept::archive },
    Decoder { name: "collector_config", decode: kept::collector_config },
    Decoder { name: "collector_record", decode: kept::record },
    Decoder { name: "host_accounts", decode: host::accounts },
    Decoder { name: "host_authorized_keys", decode: host::authorized_keys },
    Decoder { name: "host_aws", decode: host::aws },
    Decoder { name: "host_certificate", decode: host::certificate },
    Decoder { name: "host_cron", decode: host::cron },
    Decoder { name: "host_docker", decode: host::docker },
    Decoder { name: "host_env", decode: host::env },
    Decoder { name: "host_git_credentials", decode: host::git_credentials },
    Decoder { name: "host_google", decode: host::google },
    Decoder { name: "host_guess", decode: host::guess },
    Decoder { name: "host_guess_head", decode: host::guess_head },
    Decoder { name: "host_kubeconfig", decode: host::kubeconfig },
    Decoder { name: "host_lastlog", decode: host::lastlog },
    Decoder { name: "host_leaves", decode: host::leaves },
    Decoder { name: "host_netrc", decode: host::netrc },
    Decoder { name: "host_npmrc", decode: host::npmrc },
    Decoder { name: "host_pem", decode: host::pem },
    Decoder { name: "host_private_key", decode: host::private_key },
    Decoder { name: "host_process_status", decode: host::process_status },
    Decoder { name: "host_public_key_info", decode: host::public_key_info },
    Decoder { name: "host_public_key_ssh", decode: host::public_key_ssh },
    Decoder { name: "host_putty", decode: host::putty },
    Decoder { name: "host_pypirc", decode: host::pypirc },
    Decoder { name: "host_service_account", decode: host::service_account },
    Decoder { name: "host_sudoers", decode: host::sudoers },
    Decoder { name: "host_token", decode: host::token },
    Decoder { name: "host_tokens", decode: host::tokens },
    Decoder { name: "host_unit", decode: host::unit },
    Decoder { name: "host_wtmp", decode: host::wtmp },
    Decoder { name: "owners_people", decode: kept::people },
    Decoder { name: "owners_teams", decode: kept::teams },
    Decoder { name: "owners_yaml", decode: kept::declarations },
    Decoder { name: "sudoers_policy", decode: kept::sudoers_policy },
    Decoder { name: "wire_batch", decode: wire::batch },
    Decoder { name: "wire_enrol", decode: wire::enrol },
    Decoder { name: "wire_from_agent", decode: wire::from_agent },
    Decoder { name: "wire_query", decode: wire::query },
    Decoder { name: "wire_reply", decode: wire::reply },
    Decoder { name: "wire_to_agent", decode: wire::to_agent },
];
