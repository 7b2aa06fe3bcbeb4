use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aws_smithy_types::base64;
use model::{
    Credential, CredentialKind, Fact, Grant, Identity, Policy, ScanId, Workload, WorkloadKind,
};

use super::super::fake::REPORT_HEAD;
use super::*;
use crate::clock::ManualClock;
use crate::source::Report as Said;

pub(super) const ACCOUNT: &str = "aws_iam/123456789012";
pub(super) const DETAILS: &str = "aws-global/iam:GetAccountAuthorizationDetails";
const REPORT: &str = "aws-global/iam:GetCredentialReport";
const KEYS: &str = "aws-global/iam:ListAccessKeys";

/// A user in a group, a role, and a policy that both hold.
pub(super) const SMALL: &str = r#"{
    "UserDetailList": [{
        "Path": "/", "UserName": "ada", "UserId": "AIDAEXAMPLE1",
        "Arn": "arn:aws:iam::123456789012:user/ada", "CreateDate": "2024-01-01T00:00:00+00:00",
        "GroupList": ["staff"], "AttachedManagedPolicies": [],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17"}}],
        "Tags": [{"Key": "team", "Value": "payments"}]
    }],
    "GroupDetailList": [{
        "Path": "/", "GroupName": "staff", "GroupId": "AGPAEXAMPLE1",
        "Arn": "arn:aws:iam::123456789012:group/staff", "CreateDate": "2024-01-01T00:00:00Z",
        "GroupPolicyList": [], "AttachedManagedPolicies": [
            {"PolicyName": "all", "PolicyArn": "arn:aws:iam::123456789012:policy/all"},
            {"PolicyName": "A", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
        ]
    }],
    "RoleDetailList": [{
        "Path": "/", "RoleName": "deploy", "RoleId": "AROAEXAMPLE1",
        "Arn": "arn:aws:iam::123456789012:role/deploy", "CreateDate": 1704067200,
        "AssumeRolePolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%7D",
        "InstanceProfileList": [{
            "Path": "/", "InstanceProfileName": "deploy", "InstanceProfileId": "AIPAEXAMPLE1",
            "Arn": "arn:aws:iam::123456789012:instance-profile/deploy",
            "CreateDate": "2024-01-01T00:00:00+00:00", "Roles": []
        }],
        "RolePolicyList": [], "AttachedManagedPolicies": [
            {"PolicyName": "all", "PolicyArn": "arn:aws:iam::123456789012:policy/all"}
        ],
        "Tags": [], "RoleLastUsed": {}
    }],
    "Policies": [{
        "PolicyName": "all", "Arn": "arn:aws:iam::123456789012:policy/all", "Path": "/",
        "DefaultVersionId": "v2", "PolicyVersionList": [
            {"VersionId": "v2", "IsDefaultVersion": true, "Document": {"Statement": []}},
            {"VersionId": "v1", "IsDefaultVersion": false, "Document": "{\"Old\": 1}"}
        ]
    }]
}"#;

/// What a scan of some files came to.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) end: Result<u64, ScanError>,
    /// By scope: the facts, and "complete" or the reason.
    pub(super) scopes: BTreeMap<String, (Vec<Fact>, String)>,
}

impl Heard {
    pub(super) fn ending(&self, scope: &str) -> &str {
        &self.scopes[&format!("{ACCOUNT}/{scope}")].1
    }

    pub(super) fn facts(&self, scope: &str) -> &[Fact] {
        &self.scopes[&format!("{ACCOUNT}/{scope}")].0
    }

    pub(super) fn has(&self, scope: &str) -> bool {
        self.scopes.contains_key(&format!("{ACCOUNT}/{scope}"))
    }
}

pub(super) async fn hear(path: &Path) -> Heard {
    let clock = Clock::Manual(ManualClock::new("2026-02-01T00:00:00Z".parse().unwrap()));
    let (out, mut reports) = Emitter::new(ScanId(1));
    let scanning = async {
        let end = scan(path, &clock, &out).await;
        drop(out);
        end
    };
    let collecting = async {
        let mut names: BTreeMap<ScanId, String> = BTreeMap::new();
        let mut scopes: BTreeMap<String, (Vec<Fact>, String)> = BTreeMap::new();
        while let Some(said) = reports.recv().await {
            match said {
                Said::Began(scan, scope, _) => {
                    assert!(!scopes.contains_key(&scope.0), "{scope} is opened twice");
                    scopes.insert(scope.0.clone(), (Vec::new(), String::new()));
                    names.insert(scan, scope.0);
                }
                Said::Saw(scan, fact) => scopes.get_mut(&names[&scan]).unwrap().0.push(*fact),
                Said::Completed(scan) => {
                    scopes.get_mut(&names[&scan]).unwrap().1 = "complete".to_owned();
                }
                Said::Abandoned(scan, why) => scopes.get_mut(&names[&scan]).unwrap().1 = why,
            }
        }
        scopes
    };
    let (end, scopes) = tokio::join!(scanning, collecting);
    Heard { end, scopes }
}

/// A scan of a folder with these files.
pub(super) async fn folder(files: &[(&str, &str)]) -> Heard {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        fs::write(folder.path().join(name), content).unwrap();
    }
    hear(folder.path()).await
}

pub(super) fn identities(facts: &[Fact]) -> Vec<&Identity> {
    facts
        .iter()
        .filter_map(|it| if let Fact::Identity(it) = it { Some(it) } else { None })
        .collect()
}

pub(super) fn grants(facts: &[Fact]) -> Vec<&Grant> {
    facts.iter().filter_map(|it| if let Fact::Grant(it) = it { Some(it) } else { None }).collect()
}

pub(super) fn policies(facts: &[Fact]) -> Vec<&Policy> {
    facts.iter().filter_map(|it| if let Fact::Policy(it) = it { Some(it) } else { None }).collect()
}

pub(super) fn workloads(facts: &[Fact]) -> Vec<&Workload> {
    facts
        .iter()
        .filter_map(|it| if let Fact::Workload(it) = it { Some(it) } else { None })
        .collect()
}

fn credentials(facts: &[Fact]) -> Vec<&Credential> {
    facts
        .iter()
        .filter_map(|it| if let Fact::Credential(it) = it { Some(it) } else { None })
        .collect()
}

fn table(rows: &str) -> String {
    format!("{REPORT_HEAD}{rows}")
}

const ROOT_ROW: &str = "<root_account>,arn:aws:iam::123456789012:root,2020-01-01T00:00:00+00:00,\
not_supported,no_information,not_supported,not_supported,true,false,N/A,N/A,N/A,N/A,false,N/A,N/A,\
N/A,N/A,false,N/A,false,N/A\n";

const ADA_ROW: &str = "ada,arn:aws:iam::123456789012:user/ada,2024-01-01T00:00:00+00:00,true,\
2025-12-01T00:00:00+00:00,2024-01-01T00:00:00+00:00,N/A,false,true,2024-02-01T00:00:00+00:00,\
2025-11-01T00:00:00+00:00,us-east-1,s3,false,N/A,N/A,N/A,N/A,false,N/A,false,N/A\n";

fn printed_report() -> String {
    let content = base64::encode(table(&format!("{ROOT_ROW}{ADA_ROW}")));
    format!(
        r#"{{"Content": "{content}", "ReportFormat": "text/csv",
        "GeneratedTime": "2026-01-01T00:00:00+00:00"}}"#
    )
}

#[tokio::test]
async fn a_file_of_account_details_alone_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whatever.txt");
    fs::write(&path, SMALL).unwrap();
    let heard = hear(&path).await;
    assert_eq!(heard.end.as_ref().unwrap(), &1);
    assert_eq!(heard.ending(DETAILS), "complete");
    let facts = heard.facts(DETAILS);
    let told: Vec<&str> = identities(facts).iter().map(|it| it.id.as_str()).collect();
    let arn = |rest: &str| format!("arn:aws:iam::123456789012:{rest}");
    assert_eq!(told, [arn("group/staff"), arn("user/ada"), arn("role/deploy")]);
    let user = identities(facts)[1];
    assert_eq!(user.groups, [arn("group/staff").as_str().into()]);
    assert_eq!(user.labels["team"], "payments");
    assert_eq!(user.realm, "123456789012");
    let root = identities(heard.facts("aws-global/sts:GetCallerIdentity"));
    assert_eq!(root[0].id.as_str(), arn("root"));
}

#[tokio::test]
async fn documents_may_be_objects_encoded_or_plain() {
    let heard = folder(&[("a", SMALL)]).await;
    let documents: Vec<(&str, &str)> = policies(heard.facts(DETAILS))
        .iter()
        .map(|it| (it.id.as_str().rsplit('/').next().unwrap(), it.document.as_str()))
        .collect();
    for expected in [
        ("own", r#"{"Version":"2012-10-17"}"#),
        ("deploy#trust", r#"{"Version":"2012-10-17"}"#),
        ("all", r#"{"Statement":[]}"#),
    ] {
        assert!(documents.contains(&expected), "{expected:?}: {documents:?}");
    }
}

#[tokio::test]
async fn a_providers_policy_without_its_document_stays_granted() {
    let heard = folder(&[("a", SMALL)]).await;
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    assert!(grants(heard.facts(DETAILS)).iter().any(|it| it.policy.as_str() == admin));
    assert!(policies(heard.facts(DETAILS)).iter().all(|it| it.id.as_str() != admin));
}

#[tokio::test]
async fn what_is_missing_is_told_as_missing_where_identities_depend_on_it() {
    let heard = folder(&[("a", SMALL)]).await;
    assert_eq!(heard.ending(REPORT), "no file holds what `aws iam get-credential-report` prints");
    assert!(!heard.has(KEYS));
    let heard = folder(&[("a", &printed_report())]).await;
    assert_eq!(
        heard.ending(DETAILS),
        "no file holds what `aws iam get-account-authorization-details` prints"
    );
    assert_eq!(heard.ending(REPORT), "complete");
}

#[tokio::test]
async fn a_list_that_is_not_there_is_not_an_empty_one() {
    let heard = folder(&[("a", &SMALL.replace("\"Policies\"", "\"Others\""))]).await;
    assert!(heard.ending(DETAILS).contains("`Policies` is missing"), "{}", heard.ending(DETAILS));
}

#[tokio::test]
async fn pages_in_several_files_are_one_listing() {
    let begin =
        r#"{"GroupDetailList": [], "RoleDetailList": [], "Policies": [], "UserDetailList": ["#;
    let user = |name: &str| {
        format!(r#"{{"UserName": "{name}", "Arn": "arn:aws:iam::123456789012:user/{name}"}}]"#)
    };
    let first = format!(r#"{begin}{}, "IsTruncated": true, "Marker": "m"}}"#, user("a"));
    let last = format!(r#"{begin}{}, "IsTruncated": false}}"#, user("b"));
    let heard = folder(&[("2", &first), ("1", &last), ("copy", &last)]).await;
    assert_eq!(heard.ending(DETAILS), "complete");
    assert_eq!(identities(heard.facts(DETAILS)).len(), 2);
    let heard = folder(&[("2", &first)]).await;
    assert!(heard.ending(DETAILS).contains("the last page is missing"));
    // Without a page, the end of the command line's own list.
    let cut = format!(r#"{begin}{}, "NextToken": "t"}}"#, user("a"));
    let heard = folder(&[("2", &cut)]).await;
    assert!(heard.ending(DETAILS).contains("the last page is missing"));
}

#[tokio::test]
async fn two_prints_of_different_days_are_not_mixed() {
    let later = SMALL.replace("payments", "ledger");
    let heard = folder(&[("a", SMALL), ("b", SMALL)]).await;
    assert_eq!(heard.ending(DETAILS), "complete");
    let heard = folder(&[("a", SMALL), ("b", &later)]).await;
    let why = heard.ending(DETAILS);
    assert!(why.contains("user/ada` is told twice, and not alike"), "{why}");
}

#[tokio::test]
async fn several_accounts_may_be_in_one_folder() {
    let other = SMALL.replace("123456789012", "210987654321");
    let keys = r#"{"AccessKeyMetadata": []}"#;
    let heard = folder(&[("a", SMALL), ("b", &other), ("210987654321-keys", keys)]).await;
    assert_eq!(heard.ending(DETAILS), "complete");
    let other = "aws_iam/210987654321";
    assert_eq!(heard.scopes[&format!("{other}/{DETAILS}")].1, "complete");
    assert!(heard.scopes.contains_key(&format!("{other}/{KEYS}")));
    assert!(!heard.has(KEYS));
}

#[tokio::test]
async fn a_file_of_no_known_account_spoils_its_listing_for_all() {
    let other = SMALL.replace("123456789012", "210987654321");
    let keys = r#"{"AccessKeyMetadata": []}"#;
    let heard = folder(&[("a", SMALL), ("b", &other), ("keys", keys)]).await;
    assert_eq!(heard.ending(DETAILS), "complete");
    for account in ["123456789012", "210987654321"] {
        let why = &heard.scopes[&format!("aws_iam/{account}/{KEYS}")].1;
        assert_ne!(why, "complete");
    }
}

#[tokio::test]
async fn a_file_that_tells_of_two_accounts_tells_nothing() {
    let mixed = SMALL.replacen("123456789012", "210987654321", 1);
    let heard = folder(&[("123456789012", &mixed), ("r", &printed_report())]).await;
    let why = heard.ending(DETAILS);
    assert!(why.contains("`123456789012`: it tells of two accounts"), "{why}");
}

#[tokio::test]
async fn the_report_tells_passwords_and_keys_without_their_ids() {
    for content in [printed_report(), table(&format!("{ROOT_ROW}{ADA_ROW}"))] {
        let heard = folder(&[("a", SMALL), ("b", &content)]).await;
        assert_eq!(heard.ending(REPORT), "complete");
        let told = credentials(heard.facts(REPORT));
        let ids: Vec<&str> = told.iter().map(|it| it.id.as_str()).collect();
        let user = "arn:aws:iam::123456789012:user/ada";
        assert!(ids.contains(&format!("{user}/password").as_str()), "{ids:?}");
        let key = told.iter().find(|it| it.kind == CredentialKind::AccessKey).unwrap();
        assert_eq!(key.id.as_str(), format!("{user}/access_key_1"));
        assert_eq!(key.created_at, Some("2024-02-01T00:00:00Z".parse().unwrap()));
        assert_eq!(key.used, model::Use::At("2025-11-01T00:00:00Z".parse().unwrap()));
    }
}

#[tokio::test]
async fn the_report_tells_how_many_keys_and_passwords_there_are() {
    let heard = folder(&[("a", &printed_report())]).await;
    let told: Vec<_> = identities(heard.facts(REPORT))
        .iter()
        .map(|it| (it.name.as_str(), it.credential_counts.clone()))
        .collect();
    let counts = |keys, passwords| {
        BTreeMap::from([(CredentialKind::AccessKey, keys), (CredentialKind::Password, passwords)])
    };
    assert_eq!(told, [("root", counts(0, 1)), ("ada", counts(1, 1))]);
}

#[tokio::test]
async fn an_instance_profile_leads_to_its_role() {
    let heard = folder(&[("a", SMALL)]).await;
    let told = workloads(heard.facts(DETAILS));
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].kind, WorkloadKind::InstanceProfile);
    assert_eq!(told[0].id.as_str(), "arn:aws:iam::123456789012:instance-profile/deploy");
    assert_eq!(told[0].identity.as_str(), "arn:aws:iam::123456789012:role/deploy");
}

#[tokio::test]
async fn other_versions_of_a_policy_that_applies_are_told_without_a_grant() {
    let heard = folder(&[("a", SMALL)]).await;
    let id = "arn:aws:iam::123456789012:policy/all#version/v1";
    let told = policies(heard.facts(DETAILS));
    let old = told.iter().find(|it| it.id.as_str() == id).unwrap();
    assert_eq!(old.document, "{\"Old\": 1}");
    assert!(grants(heard.facts(DETAILS)).iter().all(|it| it.policy.as_str() != id));
    // Of one that applies to nobody, only the version in force.
    let free = SMALL.replace("policy/all\"}", "policy/other\"}");
    let heard = folder(&[("a", &free)]).await;
    let told = policies(heard.facts(DETAILS));
    assert!(told.iter().all(|it| it.id.as_str() != id), "{told:?}");
    assert!(told.iter().any(|it| it.id.as_str().ends_with(":policy/all")), "{told:?}");
}

#[tokio::test]
async fn lists_of_access_keys_give_them_their_ids() {
    let keys = r#"{"AccessKeyMetadata": [{"UserName": "ada", "AccessKeyId": "AKIAEXAMPLE1",
        "Status": "Active", "CreateDate": "2024-02-01T00:00:00+00:00"}]}"#;
    let heard = folder(&[("a", SMALL), ("b", &printed_report()), ("c", keys)]).await;
    assert_eq!(heard.ending(KEYS), "complete");
    let told = credentials(heard.facts(KEYS));
    assert_eq!(told[0].id.as_str(), "aws_access_key:AKIAEXAMPLE1");
    assert_eq!(told[0].used, model::Use::At("2025-11-01T00:00:00Z".parse().unwrap()));
    let unlisted = credentials(heard.facts(REPORT));
    assert!(unlisted.iter().all(|it| it.kind != CredentialKind::AccessKey));
    // The report knows of a key that no list shows.
    let none = r#"{"AccessKeyMetadata": []}"#;
    let heard = folder(&[("a", SMALL), ("b", &printed_report()), ("c", none)]).await;
    assert!(heard.ending(KEYS).contains("--user-name ada"), "{}", heard.ending(KEYS));
}

#[tokio::test]
async fn two_reports_that_differ_are_not_mixed() {
    let other = table(ROOT_ROW);
    let heard = folder(&[("a", SMALL), ("b", &printed_report()), ("c", &other)]).await;
    assert_eq!(heard.ending(REPORT), "there are several credential reports; keep the newest");
}

#[tokio::test]
async fn a_file_that_breaks_off_abandons_what_it_would_have_told() {
    let report = printed_report();
    for len in [SMALL.len() / 4, SMALL.len() / 2, SMALL.len() - 1] {
        let heard = folder(&[("cut", &SMALL[..len]), ("b", &report)]).await;
        let why = heard.ending(DETAILS);
        assert!(why.starts_with("`cut`: it cannot be understood (EOF while parsing"), "{why}");
        assert!(why.contains("`aws iam get-account-authorization-details`"), "{why}");
        assert_eq!(heard.ending(REPORT), "complete");
    }
}

#[tokio::test]
async fn a_page_that_breaks_off_spoils_the_others() {
    let heard = folder(&[("a", SMALL), ("cut", &SMALL[..SMALL.len() / 2])]).await;
    assert!(heard.ending(DETAILS).starts_with("`cut`: "), "{}", heard.ending(DETAILS));
}

#[tokio::test]
async fn wrong_types_are_told_with_their_place() {
    let report = printed_report();
    for (right, wrong) in [
        ("\"ada\", \"UserId\"", "7, \"UserId\""),
        ("\"2024-01-01T00:00:00+00:00\",\n        \"GroupList\"", "\"soon\", \"GroupList\""),
        ("[\"staff\"]", "\"staff\""),
        ("{\"Version\": \"2012-10-17\"}", "[1]"),
    ] {
        let content = SMALL.replace(right, wrong);
        assert_ne!(content, SMALL, "{right}");
        let heard = folder(&[("a", &content), ("b", &report)]).await;
        let why = heard.ending(DETAILS);
        assert!(why.starts_with("`a`: it cannot be understood ("), "{why}");
        assert!(why.contains("line"), "{why}");
    }
}

#[tokio::test]
async fn what_is_no_print_is_passed_over() {
    let files = [
        ("a", SMALL),
        ("README.md", "# Notes"),
        ("list.json", "[1]"),
        ("other.json", r#"{"Buckets": []}"#),
        ("empty.json", ""),
        (".hidden", "{"),
    ];
    let heard = folder(&files).await;
    assert_eq!(heard.end.as_ref().unwrap(), &1);
    assert_eq!(heard.ending(DETAILS), "complete");
}

#[tokio::test]
async fn a_folder_that_tells_of_no_account_is_an_error() {
    for files in [&[][..], &[("a", "")], &[("a", "{")], &[("a", "{}")], &[("a", "no")]] {
        let heard = folder(files).await;
        assert!(matches!(heard.end, Err(ScanError::Unreadable { .. })), "{:?}", heard.end);
        assert!(heard.scopes.is_empty());
    }
    let heard = hear(Path::new("/does/not/exist")).await;
    assert!(matches!(heard.end, Err(ScanError::Unreadable { .. })), "{:?}", heard.end);
}

#[tokio::test]
async fn files_of_other_shells_are_read() {
    let report = printed_report();
    let folder = tempfile::tempdir().unwrap();
    let marked: Vec<u8> = [&[0xef, 0xbb, 0xbf], SMALL.as_bytes()].concat();
    fs::write(folder.path().join("a"), marked).unwrap();
    let wide = std::iter::once(0xfeff).chain(report.encode_utf16());
    let wide: Vec<u8> = wide.flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path().join("b"), wide).unwrap();
    let heard = hear(folder.path()).await;
    assert_eq!((heard.ending(DETAILS), heard.ending(REPORT)), ("complete", "complete"));
}

#[tokio::test]
async fn bytes_that_are_no_text_are_told_with_the_file() {
    let (before, after) = SMALL.split_once("ada\", \"UserId").unwrap();
    let broken = [before.as_bytes(), b"a\xffda\", \"UserId", after.as_bytes()].concat();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), &broken).unwrap();
    fs::write(folder.path().join("b"), printed_report()).unwrap();
    let heard = hear(folder.path()).await;
    let why = heard.ending(DETAILS);
    let told = "`a`: it cannot be understood (invalid unicode code point at line 3 column ";
    assert!(why.starts_with(told), "{why}");
    let marked: Vec<u8> = [&[0xef, 0xbb, 0xbf], broken.as_slice()].concat();
    let wide = [0xff, 0xfe, b'{', 0, 0x00, 0xd8, b'}', 0];
    for content in [marked.as_slice(), &wide] {
        fs::write(folder.path().join("a"), content).unwrap();
        let read = folder::read(folder.path()).unwrap();
        assert_eq!((read.answers.len(), read.troubles[0].file.as_str()), (1, "a"));
        assert!(read.troubles[0].what.starts_with("it holds bytes that are no text"), "{read:?}");
    }
}

#[tokio::test]
async fn a_file_beyond_the_bound_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), SMALL).unwrap();
    let file = fs::File::create(folder.path().join("huge")).unwrap();
    file.set_len(folder::FILE_BYTES_MAX + 1).unwrap();
    let read = folder::read(folder.path()).unwrap();
    assert_eq!(read.answers.len(), 1);
    assert_eq!(read.troubles[0].file, "huge");
    assert!(read.troubles[0].what.contains("larger than 104857600 bytes"), "{read:?}");
}

#[tokio::test]
async fn of_a_print_that_is_not_all_what_is_there_is_told() {
    let cut = SMALL.split_once("\"Policies\"").unwrap().0.trim_end().trim_end_matches(',');
    let heard = folder(&[("details", &format!("{cut}}}"))]).await;
    assert!(heard.ending(DETAILS).contains("`Policies` is missing"), "{:?}", heard.scopes);
    let told = identities(heard.facts(DETAILS));
    let names: Vec<&str> = told.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["staff", "ada", "deploy"]);
}
