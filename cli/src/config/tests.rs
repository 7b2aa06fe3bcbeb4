//! Where things are by default.

use super::*;

fn bare(name: &str) -> Option<OsString> {
    (name == "HOME").then(|| "/home/ada".into())
}

fn told(name: &str) -> Option<OsString> {
    match name {
        "MUSTER_COLLECTOR" => Some("muster.example.org:7443".into()),
        "MUSTER_IDENTITY" => Some("/etc/muster/operator".into()),
        _ => bare(name),
    }
}

fn silent() -> Reach {
    Reach { collector: None, identity: None }
}

#[test]
fn without_a_word_the_collector_is_here() {
    let target = target(&silent(), bare).unwrap();
    assert_eq!(target.address, "127.0.0.1:7654");
    assert_eq!(target.identity, Path::new("/home/ada/.local/share/muster/operator"));
}

#[test]
fn the_environment_comes_before_the_default() {
    let target = target(&silent(), told).unwrap();
    assert_eq!(target.address, "muster.example.org:7443");
    assert_eq!(target.identity, Path::new("/etc/muster/operator"));
}

#[test]
fn the_line_comes_before_the_environment() {
    let reach = Reach { collector: Some("[::1]:1".to_owned()), identity: Some("x".into()) };
    let target = target(&reach, told).unwrap();
    assert_eq!(target.address, "[::1]:1");
    assert_eq!(target.identity, Path::new("x"));
}

#[test]
fn a_collector_of_this_user_leaves_its_address() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("address"), "127.0.0.1:40001\n").unwrap();
    let reach = Reach { collector: None, identity: Some(dir.path().to_owned()) };
    assert_eq!(target(&reach, bare).unwrap().address, "127.0.0.1:40001");
}

#[test]
fn an_address_needs_a_port() {
    let reach = Reach { collector: Some("muster.example.org".to_owned()), identity: None };
    assert_eq!(target(&reach, bare).unwrap_err().code(), 2);
}

#[test]
fn a_relative_data_folder_is_ignored() {
    fn relative(name: &str) -> Option<OsString> {
        if name == "XDG_DATA_HOME" { Some("data".into()) } else { bare(name) }
    }
    assert_eq!(data_dir(relative).unwrap(), Path::new("/home/ada/.local/share/muster"));
}

#[test]
fn colour_is_for_terminals() {
    assert!(style(ColorChoice::Auto, true, bare).color);
    assert!(!style(ColorChoice::Auto, false, bare).color);
}

#[test]
fn no_color_is_heard_unless_the_line_says_otherwise() {
    fn no_color(name: &str) -> Option<OsString> {
        if name == "NO_COLOR" { Some("1".into()) } else { bare(name) }
    }
    assert!(!style(ColorChoice::Auto, true, no_color).color);
    assert!(style(ColorChoice::Always, true, no_color).color);
}
