//! Planted secrets in every kind of place: no byte of them is in any report.

use proptest::prelude::*;
use rcgen::KeyPair;

use super::*;

/// Every kind of place, with `MARKER` where the secret is.
const PLACES: &[(&str, &str)] = &[
    ("etc/shadow", "ada:$y$j9T$MARKER:19000:0:90:7:::\n"),
    (
        "home/ada/.aws/credentials",
        "[default]\naws_access_key_id=AKIAEXAMPLE1\naws_secret_access_key=MARKER\naws_session_token=MARKER\n",
    ),
    ("home/ada/.aws/config", "[profile x]\naws_secret_access_key=MARKER\n"),
    (
        "home/ada/.azure/accessTokens.json",
        r#"[{"accessToken":"MARKER","refreshToken":"MARKER","userId":"x"}]"#,
    ),
    ("home/ada/.azure/msal_token_cache.json", r#"{"RefreshToken":{"MARKER":{"secret":"MARKER"}}}"#),
    (
        "home/ada/.config/gcloud/application_default_credentials.json",
        r#"{"refresh_token":"MARKER","client_secret":"MARKER"}"#,
    ),
    (
        "home/ada/.kube/config",
        "users:\n- name: a\n  user:\n    token: MARKER\n    password: MARKER\n",
    ),
    ("home/bob/.kube/config", "users: [{name: a, user: {token: MARKER}}]\n"),
    (
        "home/ada/.docker/config.json",
        r#"{"auths":{"r.example.org":{"auth":"BASE64","identitytoken":"MARKER"},"MARKER":{"auth":"BASE64"}}}"#,
    ),
    (
        "home/ada/.netrc",
        "machine h login MARKER password MARKER\nmachine h login l account MARKER password MARKER\nmacdef x\nMARKER\n\n",
    ),
    ("home/ada/.npmrc", "//r.example.org/:_authToken=MARKER\n//r.example.org/:_auth=BASE64\n"),
    ("home/ada/.pypirc", "[pypi]\nusername = MARKER\npassword = MARKER\n"),
    (
        "home/ada/.git-credentials",
        "https://ci:MARKER@git.example.org\nhttps://MARKER@git.example.org\nhttps://MARKER:x@git.example.org\n",
    ),
    ("home/ada/.vault-token", "MARKER"),
    (
        "home/ada/.ssh/authorized_keys",
        "command=\"/bin/x --token MARKER\",environment=\"T=MARKER\" KEY MARKER\n",
    ),
    (
        "opt/app/.env",
        "A_TOKEN=MARKER\nB_PASSWORD='MARKER'\nU=postgres://MARKER:MARKER@db/x\nK=\"-----BEGIN RSA PRIVATE KEY-----\\nMARKER\\n-----END RSA PRIVATE KEY-----\"\n",
    ),
    ("opt/app/key.pem", "-----BEGIN RSA PRIVATE KEY-----\nMARKER\n-----END RSA PRIVATE KEY-----\n"),
    (
        "opt/app/old.pem",
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: MARKER\n\nMARKER\n-----END RSA PRIVATE KEY-----\n",
    ),
    (
        "opt/app/sa.json",
        r#"{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\nMARKER\n-----END PRIVATE KEY-----","private_key_id":"MARKER","client_email":"MARKER"}"#,
    ),
    ("etc/sudoers", "ada ALL=(ALL) /bin/mysql -pMARKER, /bin/x --key=MARKER\n"),
    ("etc/crontab", "API_KEY=MARKER\n0 1 * * * ada T=MARKER /bin/x MARKER\n0 1 * * * ada MARKER\n"),
    (
        "etc/systemd/system/a.service",
        "[Service]\nUser=ada\nEnvironment=T=MARKER\nExecStart=/bin/x MARKER\n",
    ),
];

fn places(marker: &str) -> Vec<(String, String)> {
    let base64 = base64(format!("ci:{marker}").as_bytes());
    PLACES
        .iter()
        .map(|(path, text)| {
            let text = text.replace("KEY MARKER", &format!("{KEY} MARKER"));
            ((*path).to_owned(), text.replace("BASE64", &base64).replace("MARKER", marker))
        })
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits =
            (0..3).fold(0_u32, |bits, at| bits << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        for shift in [18, 12, 6, 0].into_iter().take(group.len().saturating_add(1)) {
            text.push(char::from(ALPHABET[usize::try_from(bits >> shift & 63).unwrap()]));
        }
    }
    text
}

/// Whether any part of `marker` of that length stands in the report.
fn leaks(report: &str, marker: &str, len: usize) -> Option<String> {
    let parts =
        marker.as_bytes().windows(len).map(|part| String::from_utf8_lossy(part).into_owned());
    parts.into_iter().find(|part| report.contains(part))
}

fn report_of(marker: &str) -> String {
    let places = places(marker);
    let files: Vec<(&str, &str)> = places.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let root = root(&files);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    format!("{:?}", runtime.block_on(scan(root.path())))
}

#[test]
fn every_place_is_told_of() {
    let report = report_of(TOKEN);
    for (path, _) in places(TOKEN) {
        let is_table =
            ["etc/shadow", "etc/sudoers", "etc/systemd/system/a.service"].contains(&path.as_str());
        assert!(is_table || report.contains(&path), "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_part_of_a_planted_secret_is_in_a_report(
        marker in "[A-Za-z0-9]{24,48}".prop_filter("random enough", |text| {
            let runs = text.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit());
            runs.count() > 4
        }),
    ) {
        let leak = leaks(&report_of(&marker), &marker, 10);
        prop_assert_eq!(leak, None);
    }
}

#[test]
fn nothing_of_a_private_key_is_in_a_report() {
    let pem = KeyPair::generate().unwrap().serialize_pem();
    let root = root(&[("home/ada/.ssh/id_ecdsa", &pem), ("opt/key.pem", &pem)]);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let report = format!("{:?}", runtime.block_on(scan(root.path())));
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(report.contains("key:"));
    assert_eq!(leaks(&report, &body, 10), None);
}
