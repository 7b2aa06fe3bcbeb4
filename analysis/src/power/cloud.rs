//! What was concluded of a principal of a cloud, as what it can do.

use model::{Applied, GrantKind, PathStep, PrivilegeVerdict, Privileges, Subject};

use super::{Power, Proof, evidence};

/// What `privileges` come to in the account `realm`.
pub(super) fn power(subject: &Subject, privileges: &Privileges, realm: &str) -> Power {
    match privileges.verdict {
        PrivilegeVerdict::Administrator => {
            Power::Administrator(proof(&subject.grants, &privileges.because, realm))
        }
        PrivilegeVerdict::Escalates => Power::Escalates(privileges.because.len()),
        PrivilegeVerdict::Unknown => Power::Unknown(missing(&privileges.because)),
        PrivilegeVerdict::No if !privileges.services_whole.is_empty() => {
            Power::Broad(privileges.services_whole.join(", "))
        }
        PrivilegeVerdict::No if privileges.services.is_empty() => Power::Nothing,
        PrivilegeVerdict::No => Power::of_count(&subject.grants),
    }
}

/// The policies that make it an administrator, with what holds them back.
fn proof(grants: &[Applied], because: &[PathStep], realm: &str) -> Proof {
    let mut proof = Proof { realm: format!("account {realm}"), ..Proof::default() };
    let statements: Vec<&String> = because.iter().flat_map(|step| &step.by).collect();
    for grant in grants.iter().filter(|grant| grant.kind == GrantKind::Permission) {
        let own: Vec<&str> = statements
            .iter()
            .filter_map(|by| by.strip_prefix(&format!("`{}` ", grant.id)))
            .collect();
        if own.iter().any(|place| !place.contains(" denies, if ")) {
            proof.policies.push((grant.id.clone(), grant.via.clone()));
        }
        for place in own {
            if let Some((_, condition)) = place.split_once(" denies, if ") {
                proof.provisos.push(format!("`{}` denies some of it if {condition}", grant.id));
                continue;
            }
            proof.evidence.push(evidence(grant, &format!("allows everything, in {place}")));
            if let Some((_, condition)) = place.split_once(", if ") {
                proof.provisos.push(format!("`{}` allows it only if {condition}", grant.id));
            }
        }
    }
    for grant in grants.iter().filter(|grant| grant.policy.is_none()) {
        let denies = matches!(grant.kind, GrantKind::Permission | GrantKind::Boundary);
        if denies {
            proof.provisos.push(format!("what `{}` says was not seen, and it may deny", grant.id));
        }
    }
    proof.provisos.sort();
    proof.provisos.dedup();
    proof
}

/// What would have to be known.
fn missing(because: &[PathStep]) -> String {
    let whats: Vec<&str> = because.iter().map(|step| step.what.as_str()).collect();
    let mut by: Vec<&str> =
        because.iter().flat_map(|step| step.by.iter().map(String::as_str)).collect();
    by.sort_unstable();
    by.dedup();
    format!("{}: {}", whats.join("; then "), by.join(", "))
}
