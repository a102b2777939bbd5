//! Reading the settings: each is parsed and bounded, and every problem is kept.

use super::settings::{DEVELOPMENT_SECRET, SETTINGS};
use super::{AdaptMode, Config, ConfigError, Environment, Log, LogFormat, RateLimit};
use crate::domain::approval::ApprovalRule;
use crate::domain::clocks::Clocks;
use crate::domain::configuration::{AlertBudget, Configuration, LabelMaturity, MAX_ALERT_CAP};
use crate::domain::score::Weights;
use crate::domain::severity::Thresholds;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

/// Reads settings by name, and notes every problem.
pub(super) struct Reader<F> {
    /// Where a setting's text is from.
    lookup: F,
    problems: Vec<String>,
    /// `DEBUG` is false: development's values are refused.
    is_strict: bool,
}

impl<F: Fn(&str) -> Option<String>> Reader<F> {
    pub(super) fn new(lookup: F) -> Self {
        Self { lookup, problems: Vec::new(), is_strict: false }
    }

    /// What was read, if nothing was wrong with it.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, ConfigError> {
        match read {
            Some(read) if self.problems.is_empty() => Ok(read),
            _ => Err(ConfigError { problems: self.problems }),
        }
    }

    pub(super) fn config(&mut self) -> Option<Config> {
        let database_url = self.text("DATABASE_URL");
        if !database_url.starts_with("postgres") {
            self.problems
                .push("DATABASE_URL must be set, as postgres://user:password@host:port/database".into());
        }
        let migrate_database_url = self.optional("MIGRATE_DATABASE_URL");
        // Everything is read before anything is unwrapped, so that one start lists every problem.
        let initial = self.initial();
        let close_after_hours = self.number("CLOSE_AFTER_HOURS", 1..=8_760);
        let requests = self.number("RATE_LIMIT_REQUESTS", 1..=1_000_000);
        let window_seconds = self.number("RATE_LIMIT_WINDOW_SECONDS", 1..=86_400);
        let database_pool_size = self.number("DATABASE_POOL_SIZE", 1..=1_000);
        let is_debug = self.parsed("DEBUG", "true or false");
        self.is_strict = is_debug == Some(false);
        let is_pinned = self.parsed("CONFIG_PIN", "true or false");
        let log = self.log();
        let adapt_mode = self.adapt_mode();
        let workers = self.number("WORKERS", 1..=256);
        let port = self.number("PORT", 0..=u16::MAX);
        let cors_origins = self.cors_origins();
        let secret_key = self.secret_key();
        let environment = self.environment();
        let writes_metric_lines = self.writes_metric_lines(environment);
        let metrics_token = self.metrics_token();
        let bulk_columns = self.renamed("BULK_COLUMNS");
        Some(Config {
            migrate_database_url: migrate_database_url.unwrap_or_else(|| database_url.clone()),
            database_url,
            database_pool_size: database_pool_size?,
            initial: initial?,
            is_pinned: is_pinned?,
            adapt_mode: adapt_mode?,
            close_after_hours: close_after_hours?,
            rate_limit: RateLimit { requests: requests?, window_seconds: window_seconds? },
            cors_origins,
            log: log?,
            is_debug: is_debug?,
            workers: workers?,
            secret_key,
            port: port?,
            admin_key: self.optional("TELLTALE_ADMIN_KEY"),
            database_ca_file: self.optional("DATABASE_CA_FILE").map(PathBuf::from),
            bulk_source: self.optional("BULK_SOURCE"),
            bulk_columns: bulk_columns?,
            s3_endpoint: self.optional("S3_ENDPOINT"),
            anchors_file: PathBuf::from(self.text("ANCHORS_FILE")),
            environment: environment?,
            writes_metric_lines: writes_metric_lines?,
            metrics_token,
        })
    }

    fn initial(&mut self) -> Option<Configuration> {
        let (medium, high) = (self.unit("RISK_THRESHOLD_MEDIUM"), self.unit("RISK_THRESHOLD_HIGH"));
        let [statistical, behavioral, ml] =
            ["WEIGHT_STATISTICAL", "WEIGHT_BEHAVIORAL", "WEIGHT_ML"].map(|name| self.unit(name));
        let cap = self.number("ALERT_CAP_PER_ACCOUNT_HOUR", 0..=MAX_ALERT_CAP);
        let maturity = self.number("LABEL_MATURITY_DAYS", 0..=LabelMaturity::MAX_DAYS);
        let budget = self.unit("ALERT_BUDGET");
        let [respond, resolve] =
            ["SLA_RESPOND_MINUTES", "SLA_RESOLVE_MINUTES"].map(|name| self.minutes(name));
        let thresholds = Thresholds::try_new(medium?, high?);
        let weights = Weights::try_new(statistical?, behavioral?, ml?);
        let maturity = LabelMaturity::try_new(maturity?);
        let budget = AlertBudget::try_new(budget?);
        let clocks = Clocks::try_new(respond?, resolve?);
        let approval = self.approval("APPROVAL_FROM_SEVERITY");
        let problems = [
            thresholds.as_ref().err(),
            weights.as_ref().err(),
            maturity.as_ref().err(),
            budget.as_ref().err(),
            clocks.as_ref().err(),
        ];
        for problem in problems.into_iter().flatten() {
            self.problems.push(problem.to_string());
        }
        Some(Configuration {
            thresholds: thresholds.ok()?,
            weights: weights.ok()?,
            alert_cap_per_account_hour: cap?,
            label_maturity: maturity.ok()?,
            alert_budget: budget.ok()?,
            clocks: clocks.ok()?,
            approval: approval?,
        })
    }

    fn approval(&mut self, name: &str) -> Option<ApprovalRule> {
        let rule = ApprovalRule::parse(&self.text(name)).ok();
        rule.or_else(|| self.problem(name, "off, low, medium, high, needs_review or critical"))
    }

    fn cors_origins(&mut self) -> Vec<String> {
        let origins: Vec<String> =
            self.text("CORS_ORIGINS").split(',').map(|origin| origin.trim().to_owned()).collect();
        if self.is_strict && origins.iter().any(|origin| origin == "*") {
            self.problems.push("CORS_ORIGINS must name origins, not *, when DEBUG is false".into());
        }
        origins
    }

    fn secret_key(&mut self) -> String {
        let key = self.text("SECRET_KEY");
        if self.is_strict && key == DEVELOPMENT_SECRET {
            self.problems.push("SECRET_KEY must be set to a secret of its own when DEBUG is false".into());
        }
        if key.len() < 32 {
            self.problems.push("SECRET_KEY must have 32 characters or more".into());
        }
        key
    }

    pub(super) fn environment(&mut self) -> Option<Environment> {
        let text = self.text("ENVIRONMENT");
        let all = [Environment::Local, Environment::Staging, Environment::Production];
        let known = all.into_iter().find(|environment| environment.as_str() == text);
        known.or_else(|| self.problem("ENVIRONMENT", "local, staging or production"))
    }

    fn writes_metric_lines(&mut self, environment: Option<Environment>) -> Option<bool> {
        if self.text("METRIC_LINES").is_empty() {
            return Some(environment != Some(Environment::Local));
        }
        self.parsed("METRIC_LINES", "true or false")
    }

    /// A token that can be guessed is worse than none.
    fn metrics_token(&mut self) -> Option<String> {
        let token = Some(self.text("METRICS_TOKEN")).filter(|token| !token.is_empty())?;
        if token.len() < 32 {
            self.problems.push("METRICS_TOKEN must have 32 characters or more, or be empty".into());
        }
        Some(token)
    }

    fn adapt_mode(&mut self) -> Option<AdaptMode> {
        match self.text("ADAPT_MODE").as_str() {
            "off" => Some(AdaptMode::Off),
            "propose" => Some(AdaptMode::Propose),
            "apply" => Some(AdaptMode::Apply),
            _ => self.problem("ADAPT_MODE", "off, propose or apply"),
        }
    }

    pub(super) fn log(&mut self) -> Option<Log> {
        let level = self.parsed("LOG_LEVEL", "error, warn, info, debug or trace");
        let format = self.log_format();
        Some(Log { level: level?, format: format? })
    }

    fn log_format(&mut self) -> Option<LogFormat> {
        match self.text("LOG_FORMAT").as_str() {
            "console" => Some(LogFormat::Console),
            "json" => Some(LogFormat::Json),
            _ => self.problem("LOG_FORMAT", "console or json"),
        }
    }

    fn text(&self, name: &str) -> String {
        let default =
            SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.default);
        (self.lookup)(name).filter(|value| !value.trim().is_empty()).unwrap_or_else(|| default.to_owned())
    }

    /// Pairs of `name=other`, separated by commas.
    fn renamed(&mut self, name: &str) -> Option<BTreeMap<String, String>> {
        let text = self.text(name);
        let pairs = text.split(',').filter(|pair| !pair.trim().is_empty());
        let pair = |pair: &str| {
            let (from, to) = pair.split_once('=')?;
            Some((from.trim().to_owned(), to.trim().to_owned())).filter(|(_, to)| !to.is_empty())
        };
        match pairs.map(pair).collect() {
            Some(renamed) => Some(renamed),
            None => self.problem(name, "pairs such as id=external_id,note=-"),
        }
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.text(name)).filter(|value| !value.is_empty())
    }

    fn parsed<T: FromStr>(&mut self, name: &str, expected: &str) -> Option<T> {
        match self.text(name).trim().parse() {
            Ok(value) => Some(value),
            Err(_) => self.problem(name, expected),
        }
    }

    fn number<T: FromStr + PartialOrd + std::fmt::Display>(
        &mut self,
        name: &str,
        range: RangeInclusive<T>,
    ) -> Option<T> {
        match self.text(name).trim().parse::<T>() {
            Ok(value) if range.contains(&value) => Some(value),
            _ => self.problem(name, &format!("a whole number from {} to {}", range.start(), range.end())),
        }
    }

    /// A whole number of each severity, separated by commas.
    fn minutes(&mut self, name: &str) -> Option<[u32; 5]> {
        let numbers: Result<Vec<u32>, _> =
            self.text(name).split(',').map(|text| text.trim().parse()).collect();
        let five = numbers.ok().and_then(|numbers| numbers.try_into().ok());
        five.or_else(|| self.problem(name, "five whole numbers of minutes, such as 480,240,60,15,15"))
    }

    fn unit(&mut self, name: &str) -> Option<f64> {
        match self.text(name).trim().parse::<f64>() {
            Ok(value) if (0.0..=1.0).contains(&value) => Some(value),
            _ => self.problem(name, "a number in [0, 1]"),
        }
    }

    /// Notes a problem and goes on; the setting has no value then.
    fn problem<T>(&mut self, name: &str, expected: &str) -> Option<T> {
        self.problems.push(format!("{name} must be {expected}"));
        None
    }
}
