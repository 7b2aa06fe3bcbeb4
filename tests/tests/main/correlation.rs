//! What is one thing in two places is told as one: an access key of a cloud in a file of a host, a
//! key pair whose halves lie on two hosts, a certificate on a disk and in a cloud's store.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tests::line::Line;
use tests::servers::Moto;

use crate::estate::{ACCOUNT_SOURCE, account, host, host_source, write};

const DEPLOY: &str = "arn:aws:iam::123456789012:user/ci-deploy";
const KEY: &str = "AKIAEXAMPLE000000001";
const CREDENTIALS: &str = "/home/ada/.aws/credentials";

/// A host whose user keeps the key of a user of the account in the usual file.
fn key_on_a_host() -> Line {
    let moto = Moto::start(&json!({ "users": [{ "name": "ci-deploy", "keys": [{ "id": KEY }] }]}));
    let moto = moto.unwrap();
    let file = format!("[default]\naws_access_key_id={KEY}\naws_secret_access_key=made-up-key\n");
    let root = host(&[("home/ada/.aws/credentials", &file)]);
    let line = Line::start("").unwrap();
    let cloud = line.enrol("cloud", &["aws_iam/*"], ACCOUNT_SOURCE).unwrap();
    let source = host_source(root.path(), "web-1");
    let web = line.enrol("web-1", &["host/web-1/*"], &source).unwrap();
    let proxy = moto.behind_proxy().unwrap();
    let told = cloud.scan("aws_iam", &account(&proxy.endpoint())).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert_eq!(web.scan("host", &[]).unwrap().code, 0);
    line.judged().unwrap();
    line
}

#[test]
#[ignore = "needs moto"]
fn the_access_key_in_a_file_of_a_host_is_that_of_the_user() {
    let line = key_on_a_host();
    let user = line.json(&["identities", "show", DEPLOY]).unwrap();
    assert_eq!(places(&user), [format!("host:web-1 {CREDENTIALS}")], "{user:#}");
}

#[test]
#[ignore = "needs moto"]
fn a_key_that_a_user_has_is_no_unclaimed_one() {
    let line = key_on_a_host();
    let unclaimed = line.json(&["identities", "list", "--kind", "unclaimed"]).unwrap();
    assert!(!unclaimed.to_string().contains(KEY), "{unclaimed:#}");
}

#[test]
#[ignore = "needs moto"]
fn a_key_in_the_clear_is_a_finding_about_the_user() {
    let line = key_on_a_host();
    let findings = line.json(&["findings", "list", "--rule", "exposed.plaintext"]).unwrap();
    assert_eq!(findings[0]["identity"]["id"], DEPLOY, "{findings:#}");
    assert_eq!(findings.as_array().unwrap().len(), 1);
}

#[test]
fn the_key_that_opens_one_host_is_the_one_that_lies_on_another() {
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let public = authorized(pair.public_key_raw());
    let gate = host(&[("home/ada/.ssh/authorized_keys", &public)]);
    let web = host(&[("home/ada/.ssh/id_ed25519", &pair.serialize_pem())]);
    let line = Line::start("").unwrap();
    for (root, name, scope) in [(&gate, "gate", "host/gate/*"), (&web, "web-1", "host/web-1/*")] {
        let agent = line.enrol(name, &[scope], &host_source(root.path(), name)).unwrap();
        let told = agent.scan("host", &[]).unwrap();
        assert_eq!(told.code, 0, "{}", told.stderr);
    }
    line.judged().unwrap();
    let opened = line.json(&["identities", "show", "host:gate/account/ada"]).unwrap();
    let both = ["host:gate /home/ada/.ssh/authorized_keys", "host:web-1 /home/ada/.ssh/id_ed25519"];
    assert_eq!(places(&opened), both, "{opened:#}");
}

#[test]
#[ignore = "needs moto"]
fn the_certificate_on_a_disk_is_the_one_in_the_cloud() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut certificate =
        rcgen::CertificateParams::new(vec!["app.example.org".to_owned()]).unwrap();
    certificate.not_before = rcgen::date_time_ymd(2026, 1, 1);
    certificate.not_after = rcgen::date_time_ymd(2036, 1, 1);
    let certificate = certificate.self_signed(&key).unwrap().pem();

    let moto = Moto::start(&json!({})).unwrap();
    let upload = json!({ "Certificate": certificate, "PrivateKey": key.serialize_pem() });
    let imported = moto.call("acm", "import_certificate", &upload).unwrap();
    let arn = imported["CertificateArn"].as_str().unwrap_or_else(|| panic!("{imported}"));
    let root = host(&[]);
    write(root.path(), "etc/ssl/app.crt", &certificate);

    let line = Line::start("").unwrap();
    let cloud = line.enrol("cloud", &["aws_iam/*"], ACCOUNT_SOURCE).unwrap();
    let source = host_source(root.path(), "web-1");
    let web = line.enrol("web-1", &["host/web-1/*"], &source).unwrap();
    let proxy = moto.behind_proxy().unwrap();
    let told = cloud.scan("aws_iam", &account(&proxy.endpoint())).unwrap();
    assert_eq!(told.code, 0, "{}", told.stderr);
    assert_eq!(web.scan("host", &[]).unwrap().code, 0);
    line.judged().unwrap();

    let all = line.json(&["identities", "list"]).unwrap();
    let has_file = |it: &&Value| places(it).contains(&"host:web-1 /etc/ssl/app.crt".to_owned());
    let with_file: Vec<&Value> = all.as_array().unwrap().iter().filter(has_file).collect();
    assert_eq!(with_file.len(), 1, "{all:#}");
    let places = with_file[0]["placements"].as_array().unwrap();
    assert!(places.iter().any(|place| place["id"] == arn), "{arn} is not in {places:#?}");
    assert_eq!(places.len(), 2);
    assert_eq!(places[0]["credential"], places[1]["credential"]);
}

/// Where an identity's credentials lie, each as its realm and path, in order.
fn places(identity: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let place = |it: &Value| format!("{} {}", text(&it["realm"]), text(&it["path"]));
    let mut places: Vec<String> =
        identity["placements"].as_array().unwrap().iter().map(place).collect();
    places.sort();
    places
}

/// A line of `authorized_keys` for an Ed25519 key, as RFC 8709 has it.
fn authorized(raw: &[u8]) -> String {
    let mut blob = Vec::new();
    for part in ["ssh-ed25519".as_bytes(), raw] {
        blob.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        blob.extend(part);
    }
    format!("ssh-ed25519 {} ada@web-1\n", STANDARD.encode(blob))
}
