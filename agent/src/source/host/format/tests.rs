use std::fmt::Write as _;

use super::*;
use crate::source::host::found::Name;

/// Random-looking material, made up for these tests.
const STRONG: &str = "mU5xZq81vRk0TjW3eYb7Lp2N";

fn key() -> FingerprintKey {
    FingerprintKey::from_bytes(&[7; 32]).unwrap()
}

/// One line for every find: item, kind, by what it is known, what it serves.
fn told(format: Format, text: &str) -> Vec<String> {
    let text = text.replace("STRONG", STRONG);
    find(format, text.as_bytes(), &key())
        .iter()
        .map(|found| {
            let name = match &found.name {
                Name::Public(id) => id.0.clone(),
                Name::Secret if found.fingerprint == key().fingerprint(STRONG.as_bytes()) => {
                    "strong".to_owned()
                }
                Name::Secret if found.fingerprint.is_none() => "weak".to_owned(),
                Name::Secret => "other".to_owned(),
                Name::Unread => "unread".to_owned(),
            };
            let serves = found.serves.as_deref().unwrap_or("-");
            format!("{} {} {name} {serves}", found.item, found.kind)
        })
        .collect()
}

#[test]
fn aws_keys_are_known_by_their_public_id() {
    assert_eq!(
        told(
            Format::Aws,
            "[default]\naws_access_key_id = AKIAEXAMPLE1\naws_secret_access_key = STRONG\n\
            [profile ci]\naws_access_key_id=ASIAEXAMPLE2\naws_secret_access_key=hunter2\naws_session_token=x\n\
            [none]\nregion = eu-west-1\n[odd]\naws_secret_access_key=STRONG\n"
        ),
        [
            "default access_key aws_access_key:AKIAEXAMPLE1 -",
            "odd access_key strong -",
            "ci access_key aws_access_key:ASIAEXAMPLE2 -",
        ]
    );
}

#[test]
fn docker_tells_registry_and_user() {
    // "ci:" and the material, in base64.
    assert_eq!(
        told(
            Format::Docker,
            r#"{"auths":{"registry.example.org":{"auth":"Y2k6bVU1eFpxODF2UmswVGpXM2VZYjdMcDJO"},
            "empty.example.org":{}, "t.example.org":{"identitytoken":"STRONG"}},"credsStore":"x"}"#
        ),
        [
            "registry.example.org/auth password strong registry.example.org as ci",
            "t.example.org/identitytoken token strong t.example.org",
        ]
    );
}

#[test]
fn netrc_reads_words_in_any_layout() {
    assert_eq!(
        told(
            Format::Netrc,
            "machine a.example.org login ci password STRONG\nmachine b.example.org\n\
            \tlogin ada\n\tpassword hunter2\nmacdef init\nmachine c.example.org password STRONG\n\n\
            default login x password STRONG\n# machine d password STRONG"
        ),
        [
            "a.example.org password strong a.example.org as ci",
            "b.example.org password weak b.example.org as ada",
            "default password strong default as x",
        ]
    );
}

#[test]
fn npmrc_passes_over_what_the_environment_gives() {
    assert_eq!(
        told(
            Format::Npmrc,
            "registry=https://registry.example.org/\n//registry.example.org/:_authToken=STRONG\n\
            //b.example.org/:_authToken=${TOKEN}\n//c.example.org/:_password=\"bVU1eFpxODF2UmswVGpXM2VZYjdMcDJO\"\n"
        ),
        [
            "registry.example.org:_authToken token strong registry.example.org",
            "c.example.org:_password password strong c.example.org",
        ]
    );
}

#[test]
fn pypirc_tells_repository_and_user() {
    assert_eq!(
        told(
            Format::Pypirc,
            "[distutils]\nindex-servers = x\n[x]\nrepository = https://pypi.example.org/\nusername = ci\n\
            password = STRONG\n[pypi]\nusername = __token__\npassword = STRONG"
        ),
        [
            "x password strong https://pypi.example.org/ as ci",
            "pypi token strong pypi as __token__"
        ]
    );
}

#[test]
fn git_credentials_may_have_the_token_for_a_name() {
    assert_eq!(
        told(
            Format::GitCredentials,
            "https://ci:STRONG@git.example.org\nhttps://STRONG:x-oauth-basic@git.example.org/a\n\
            https://git.example.org\nhttps://ci:%73TRONG@git.example.org"
        ),
        [
            "git.example.org as ci password strong git.example.org as ci",
            "git.example.org password strong git.example.org",
            "git.example.org as ci~2 password weak git.example.org as ci",
        ]
    );
}

#[test]
fn env_judges_by_name_by_value_and_by_login() {
    assert_eq!(
        told(
            Format::Env,
            "# comment\nexport API_KEY='STRONG'\nDEBUG=true\nPUBLIC_KEY=STRONG\nMONKEY=STRONG\n\
            PASSWORD_FILE=/run/secrets/password\nDATABASE_URL=postgres://app:STRONG@db.example.org:5432/x\n\
            DB_PASSWORD=changeme # soon\nOTHER=$API_KEY\nAWS_ACCESS_KEY_ID=AKIAEXAMPLE1\nAWS_SECRET_ACCESS_KEY=\"STRONG\"\n\
            SOMETHING=glpat-STRONG\nEMPTY_TOKEN=\n"
        ),
        [
            "API_KEY token strong -",
            "DATABASE_URL password strong db.example.org:5432 as app",
            "DB_PASSWORD password weak -",
            "AWS_SECRET_ACCESS_KEY access_key aws_access_key:AKIAEXAMPLE1 -",
            "SOMETHING token other -",
        ]
    );
}

#[test]
fn kubeconfig_tells_server_and_user() {
    let plain = "apiVersion: v1\nclusters:\n- cluster:\n    server: https://k8s.example.org:6443\n  name: prod\n\
        contexts:\n- context:\n    cluster: prod\n    user: admin\n  name: admin@prod\n\
        kind: Config\nusers:\n- name: admin\n  user:\n    token: STRONG\n- name: other\n  user:\n    password: 'hunter2'\n    username: x\n";
    let expected = [
        "admin/token token strong https://k8s.example.org:6443 as admin",
        "other/password password weak -",
    ];
    assert_eq!(told(Format::Kubeconfig, plain), expected);
    let json = r#"{"clusters":[{"name":"prod","cluster":{"server":"https://k8s.example.org:6443"}}],
        "contexts":[{"name":"c","context":{"cluster":"prod","user":"admin"}}],
        "users":[{"name":"admin","user":{"token":"STRONG"}},{"name":"other","user":{"password":"hunter2"}}]}"#;
    assert_eq!(told(Format::Kubeconfig, json), expected);
}

#[test]
fn kubeconfig_that_is_not_plain_is_unread() {
    assert_eq!(
        told(Format::Kubeconfig, "users: &all\n- {name: a, user: {token: STRONG}}"),
        [" secret unread -"]
    );
}

#[test]
fn azure_tokens_tell_their_client_and_end() {
    let text = r#"{"AccessToken":{"k":{"secret":"STRONG","client_id":"cli","expires_on":"1700000000"}},
        "RefreshToken":{"k":{"secret":"STRONG"}},"IdToken":{"k":{"secret":"STRONG"}}}"#;
    assert_eq!(
        told(Format::Tokens, text),
        ["AccessToken/k/secret token strong cli", "RefreshToken/k/secret token strong -"]
    );
    let text = text.replace("STRONG", STRONG);
    let ends = find(Format::Tokens, text.as_bytes(), &key())[0].ends;
    assert_eq!(ends, model::End::At("2023-11-14T22:13:20Z".parse().unwrap()));
}

#[test]
fn google_logins_tell_their_refresh_token() {
    assert_eq!(
        told(
            Format::Google,
            r#"{"type":"authorized_user","client_secret":"x","refresh_token":"STRONG"}"#
        ),
        ["refresh_token token strong Google Cloud"]
    );
}

#[test]
fn a_token_alone_may_end_with_a_line() {
    assert_eq!(told(Format::Token, "STRONG\n"), [" token strong -"]);
}

#[test]
fn twins_in_a_netrc_are_each_told_apart() {
    let text = "machine h password STRONG\n".repeat(3);
    assert_eq!(
        told(Format::Netrc, &text),
        ["h password strong h", "h~2 password strong h", "h~3 password strong h"]
    );
}

/// Where what stands beside a value was searched for from the beginning, this took hours.
#[test]
fn a_kubeconfig_of_thousands_of_users_is_read_in_proportion_to_its_length() {
    let mut text = String::new();
    for list in ["contexts", "clusters", "users"] {
        writeln!(text, "{list}:").unwrap();
        for number in 0..2_000 {
            let entry = match list {
                "contexts" => format!("context:\n    cluster: c{number}\n    user: u{number}"),
                "clusters" => format!("name: c{number}\n  cluster:\n    server: https://h{number}"),
                _ => format!("name: u{number}\n  user:\n    token: STRONG"),
            };
            writeln!(text, "- {entry}").unwrap();
        }
    }
    let told = told(Format::Kubeconfig, &text);
    assert_eq!(told.len(), 2_000);
    assert_eq!(told[1_999], "u1999/token token strong https://h1999 as u1999");
}

#[test]
fn a_section_of_a_pypirc_may_name_its_user_below() {
    let text = "[a]\npassword = STRONG\nusername = ada\nrepository = https://r.example.org\n";
    assert_eq!(told(Format::Pypirc, text), ["a password strong https://r.example.org as ada"]);
}
