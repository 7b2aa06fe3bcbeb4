use super::*;

fn problems(text: &str) -> Vec<String> {
    let problems = Config::parse(text, None).unwrap_err();
    problems.0.into_iter().map(|problem| format!("{}: {}", problem.key, problem.what)).collect()
}

const LEAST: &str = "[agent]\nstate_dir = \"/s\"\n[[source]]\nkind = \"host\"\n";

#[test]
fn the_least_configuration_has_defaults_for_the_rest() {
    let config = Config::parse(LEAST, None).unwrap();
    assert_eq!(config.state_folder, PathBuf::from("/s"));
    assert_eq!(config.health, None, "no listener unless asked for");
    assert_eq!(config.sources[0].interval, Duration::from_hours(6));
    assert_eq!(config.sources[0].jitter, Duration::from_mins(36));
}

#[test]
fn a_whole_configuration_is_read() {
    let config = Config::parse(
        r#"
[agent]
state_dir = "/s"
collector = "[::1]:7654"
health = "127.0.0.1:9465"
spool_bytes_max = 33554432
log = "debug"
log_format = "json"

[[source]]
kind = "host"
interval = "90s"
jitter = "0s"
root = "/mnt"
"#,
        None,
    )
    .unwrap();
    assert_eq!(config.collector.as_deref(), Some("[::1]:7654"));
    assert_eq!((config.log, config.log_format), (Level::DEBUG, LogFormat::Json));
    assert_eq!(config.sources[0].table["root"].as_str(), Some("/mnt"));
}

#[test]
fn every_mistake_is_told_at_once_with_its_key() {
    let told = problems(
        r#"
verbose = true
[agent]
collector = "nowhere"
health = "0.0.0.0:80"
spool_bytes_max = 5
log = "loud"
colour = "red"
[[source]]
interval = "soon"
[[source]]
kind = "azure"
[[source]]
kind = "host"
interval = "1s"
[[source]]
kind = "host"
rooot = "/"
"#,
    );
    let keys: Vec<&str> = told.iter().filter_map(|line| line.split(": ").next()).collect();
    for key in [
        "verbose",
        "agent.state_dir",
        "agent.collector",
        "agent.health",
        "agent.spool_bytes_max",
        "agent.log",
        "agent.colour",
        "source[0].kind",
        "source[0].interval",
        "source[1].kind",
        "source[2].interval",
        "source[3]",
    ] {
        assert!(keys.contains(&key), "{key} is not among {told:#?}");
    }
}

#[test]
fn a_tree_that_is_relative_to_nothing_is_refused() {
    let told =
        problems(&format!("{LEAST}[[source]]\nkind = \"host\"\ntrees = [\"/srv\", \"opt\"]\n"));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].contains("source[1]") && told[0].contains("`opt` is no absolute path"),
        "{told:?}"
    );
}

#[test]
fn a_listener_that_others_can_reach_is_refused() {
    let text = LEAST.replace("[[", "health = \"0.0.0.0:9465\"\n[[");
    let told = problems(&text);
    assert_eq!(told, ["agent.health: must be a loopback address: an agent has no other listener"]);
}

#[test]
fn the_environment_overrides_the_level_of_the_log() {
    assert_eq!(Config::parse(LEAST, Some("trace".to_owned())).unwrap().log, Level::TRACE);
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    assert!(problems("[agent\n")[0].contains("line 1"));
}

#[test]
fn an_address_has_a_host_and_a_port() {
    for good in ["collector.example:7654", "127.0.0.1:1", "[::1]:65535"] {
        assert!(is_address(good), "{good}");
    }
    for bad in ["", "collector", "collector:", ":7654", "a:0", "a:65536", "::1:7654", "a b:1"] {
        assert!(!is_address(bad), "{bad}");
    }
}

#[test]
fn the_sources_of_an_agents_file_can_be_read_without_the_agent() {
    let text = format!("{LEAST}[[source]]\nkind = \"host\"\nname = \"web-1\"\n");
    let sources = SourceConfig::parse(&text).unwrap();
    assert_eq!(sources.len(), 2);
    assert_eq!(sources[1].table["name"].as_str(), Some("web-1"));
    let problems = SourceConfig::parse("[[sourec]]\nkind = \"host\"\n").unwrap_err().0;
    let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
    assert_eq!(keys, ["source", "sourec"]);
}
