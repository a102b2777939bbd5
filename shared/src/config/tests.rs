use super::*;
use std::collections::HashMap;

fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let map: HashMap<&str, &str> = pairs.iter().copied().collect();
    Config::from_lookup(|name| map.get(name).map(|value| (*value).to_owned()))
}

const URL: (&str, &str) = ("DATABASE_URL", "postgres://localhost/telltale");

#[test]
fn the_defaults_are_enough_beside_the_database() {
    let config = read(&[URL]).unwrap();
    assert_eq!(config.initial, Configuration::default());
    assert_eq!(config.rate_limit, RateLimit { requests: 100, window_seconds: 60 });
    assert_eq!(config.migrate_database_url, config.database_url);
}

#[test]
fn one_start_lists_every_problem() {
    let error = read(&[
        ("WORKERS", "0"),
        ("DEBUG", "maybe"),
        ("LOG_FORMAT", "xml"),
        ("RISK_THRESHOLD_HIGH", "2"),
        ("WEIGHT_ML", "0.9"),
        ("PORT", "99999"),
    ])
    .unwrap_err();
    let text = error.to_string();
    for name in ["DATABASE_URL", "WORKERS", "DEBUG", "LOG_FORMAT", "RISK_THRESHOLD_HIGH", "PORT"] {
        assert!(text.contains(name), "{name} is missing in: {text}");
    }
}

#[test]
fn clocks_are_five_whole_minutes_each_and_in_order() {
    let ok =
        read(&[URL, ("SLA_RESPOND_MINUTES", "5, 4,3,2,1"), ("SLA_RESOLVE_MINUTES", "9,9,9,9,9")]).unwrap();
    assert_eq!(ok.initial.clocks.respond_minutes(), [5, 4, 3, 2, 1]);
    for wrong in ["5,4,3,2", "a,b,c,d,e", "0,4,3,2,1", "500,240,60,15,999"] {
        let error = read(&[URL, ("SLA_RESPOND_MINUTES", wrong)]).unwrap_err();
        assert_eq!(error.problems.len(), 1, "{wrong}: {error}");
    }
}

#[test]
fn two_people_decide_from_a_severity_on_or_nowhere() {
    let ok = read(&[URL, ("APPROVAL_FROM_SEVERITY", "high")]).unwrap();
    assert_eq!(ok.initial.approval.as_str(), "high");
    let error = read(&[URL, ("APPROVAL_FROM_SEVERITY", "on")]).unwrap_err();
    let expected = "APPROVAL_FROM_SEVERITY must be off, low, medium, high, needs_review or critical";
    assert_eq!(error.problems, [expected]);
}

#[test]
fn production_refuses_the_development_secret_and_any_origin() {
    let error = read(&[URL, ("DEBUG", "false"), ("CORS_ORIGINS", "*")]).unwrap_err();
    assert_eq!(error.problems.len(), 2, "{error}");
}

#[test]
fn metric_lines_are_left_wherever_it_is_not_local_unless_said() {
    let lines = |pairs: &[(&str, &str)]| read(&[&[URL], pairs].concat()).unwrap().writes_metric_lines;
    assert!(!lines(&[]));
    assert!(lines(&[("ENVIRONMENT", "staging")]));
    assert!(lines(&[("METRIC_LINES", "true")]));
    assert!(!lines(&[("ENVIRONMENT", "production"), ("METRIC_LINES", "false")]));
}

#[test]
fn an_unknown_environment_and_a_short_metrics_token_stop_the_start() {
    let error = read(&[URL, ("ENVIRONMENT", "prod"), ("METRICS_TOKEN", "short")]).unwrap_err();
    let text = error.to_string();
    assert_eq!(error.problems.len(), 2, "{text}");
    assert!(text.contains("local, staging or production") && text.contains("METRICS_TOKEN"), "{text}");
}

#[test]
fn weights_that_do_not_sum_to_one_stop_the_start() {
    let error = read(&[URL, ("WEIGHT_ML", "0.9")]).unwrap_err();
    assert!(error.to_string().contains("sum to 1"), "{error}");
}

#[test]
fn the_example_file_names_every_setting_with_its_default() {
    let expected = SETTINGS.iter().fold(
        "# Every setting of Telltale. Copy to .env and change what you need.\n".to_owned(),
        |text, setting| format!("{text}\n# {}\n{}={}\n", setting.meaning, setting.name, setting.default),
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../.env.example");
    let written = std::fs::read_to_string(path).unwrap();
    assert_eq!(written, expected, ".env.example differs from config::SETTINGS; it should read:\n{expected}");
}
