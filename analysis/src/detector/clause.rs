//! The clauses of frameworks that rules serve, each cited with its version.

use super::Clause;

const fn nhi(id: &'static str, title: &'static str) -> Clause {
    Clause { framework: "OWASP NHI Top 10 2025", id, title }
}

const fn csf(id: &'static str, title: &'static str) -> Clause {
    Clause { framework: "NIST CSF 2.0", id, title }
}

const fn sp800(framework: &'static str, id: &'static str, title: &'static str) -> Clause {
    Clause { framework, id, title }
}

const fn cis_aws(id: &'static str, title: &'static str) -> Clause {
    Clause { framework: "CIS AWS Foundations Benchmark 3.0.0", id, title }
}

pub(super) const NHI1: Clause = nhi("NHI1", "Improper Offboarding");
pub(super) const NHI2: Clause = nhi("NHI2", "Secret Leakage");
pub(super) const NHI3: Clause = nhi("NHI3", "Vulnerable Third-Party NHI");
pub(super) const NHI4: Clause = nhi("NHI4", "Insecure Authentication");
pub(super) const NHI5: Clause = nhi("NHI5", "Overprivileged NHI");
pub(super) const NHI6: Clause = nhi("NHI6", "Insecure Cloud Deployment Configurations");
pub(super) const NHI7: Clause = nhi("NHI7", "Long-Lived Secrets");
pub(super) const NHI9: Clause = nhi("NHI9", "NHI Reuse");

pub(super) const GV_RR_02: Clause = csf("GV.RR-02", "Roles, Responsibilities, and Authorities");
pub(super) const GV_SC_04: Clause = csf("GV.SC-04", "Suppliers are known and prioritized");
pub(super) const ID_AM_02: Clause =
    csf("ID.AM-02", "Inventories of software, services, and systems");
pub(super) const ID_AM_08: Clause = csf("ID.AM-08", "Managed throughout their life cycles");
pub(super) const PR_AA_01: Clause = csf("PR.AA-01", "Identities and credentials are managed");
pub(super) const PR_AA_03: Clause =
    csf("PR.AA-03", "Users, services, and hardware are authenticated");
pub(super) const PR_AA_05: Clause = csf("PR.AA-05", "Permissions follow least privilege");

pub(super) const AC_6: Clause = sp800("NIST SP 800-53 Rev. 5", "AC-6", "Least Privilege");
pub(super) const AC_20: Clause = sp800("NIST SP 800-53 Rev. 5", "AC-20", "Use of External Systems");
pub(super) const AC_2: Clause = sp800("NIST SP 800-53 Rev. 5", "AC-2", "Account Management");
pub(super) const IA_5: Clause = sp800("NIST SP 800-53 Rev. 5", "IA-5", "Authenticator Management");
pub(super) const KEY_LENGTHS: Clause =
    sp800("NIST SP 800-131A Rev. 2", "2 to 9", "Transitioning the Use of Key Lengths");
pub(super) const KEY_STRENGTH: Clause =
    sp800("NIST SP 800-57 Part 1 Rev. 5", "5.6", "Strengths and time frames");

pub(super) const CIS_UNUSED: Clause =
    cis_aws("1.12", "Credentials unused for 45 days are disabled");
pub(super) const CIS_ROTATED: Clause =
    cis_aws("1.14", "Access keys are rotated every 90 days or less");
pub(super) const CIS_FULL: Clause =
    cis_aws("1.16", "Policies that allow full \"*:*\" administrative privileges are not attached");
pub(super) const CIS_EXPIRED: Clause =
    cis_aws("1.19", "Expired certificates stored in IAM are removed");
