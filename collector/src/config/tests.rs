use std::path::Path;

use jiff::SignedDuration;

use super::{Config, ConfigError};

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(text, Path::new("/data"), Path::new("/data/collector.toml"))
}

#[test]
fn an_empty_file_is_the_default() {
    assert_eq!(parse("").unwrap(), Config::of(Path::new("/data")));
}

#[test]
fn every_mistake_is_told_at_once_with_its_key() {
    let text = "
listen = 'nowhere'
colour = 'red'
metrics_listen = '0.0.0.0:1'
[policy]
access_key_age_max = '90 days'
end_required = ['hope']
[[policy.override]]
when = { rule = 'long_livd' }
[[sink.webhook]]
name = 'pager'
url = 'http://pager.example.org/'
";
    let error = parse(text).unwrap_err().to_string();
    let expected = "\
`/data/collector.toml` has 8 mistakes:
  `colour` is not known here; known are agent_certificate_life, listen, log, metrics_listen, names, owners_dir, policy, sink
  `listen` `nowhere` is no address: write `127.0.0.1:7654`
  `metrics_listen` must be a loopback address
  `policy.access_key_age_max` `90 days` is no span: write a number with s, m, h or d, as in `90d`
  `policy.end_required` `hope` is not known
  `policy.override.when.rule` `long_livd` is no rule and no family of rules
  `sink.webhook.secret_file` is needed
  `sink.webhook.url` must begin with `https://`; `http://` is for loopback addresses only";
    assert_eq!(error, expected);
}

#[test]
fn a_limit_for_everything_comes_before_those_for_classes() {
    let text = "
[policy]
access_key_age_max = '60d'
[[policy.override]]
when = { environment = 'production' }
access_key_age_max = '30d'
";
    let policy = parse(text).unwrap().policy;
    let ages: Vec<_> = policy.overrides.iter().map(|it| it.change.access_key_age_max).collect();
    let days = |days: i64| Some(SignedDuration::from_hours(24 * days));
    assert_eq!(ages, [days(60), days(30)]);
}

#[test]
fn a_relative_path_starts_at_the_folder_of_the_file() {
    let config = parse("owners_dir = 'people'").unwrap();
    assert_eq!(config.owners_dir, Path::new("/data/people"));
}

#[test]
fn the_life_of_a_certificate_has_bounds() {
    for (life, is_good) in [("9s", false), ("10s", true), ("90d", true), ("91d", false)] {
        let parsed = parse(&format!("agent_certificate_life = '{life}'"));
        assert_eq!(parsed.is_ok(), is_good, "{life}");
    }
}

#[test]
fn the_level_of_the_log_is_one_of_five_words() {
    assert_eq!(parse("log = 'debug'").unwrap().log, tracing::Level::DEBUG);
    for wrong in ["loud", "3", "INFO", ""] {
        let error = parse(&format!("log = '{wrong}'")).unwrap_err().to_string();
        assert!(error.contains("`log` must be one of"), "{error}");
    }
}
