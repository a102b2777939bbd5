//! Every setting there is, with its default and its meaning.

/// The key that signs cursors while `DEBUG` is on; refused otherwise.
pub(super) const DEVELOPMENT_SECRET: &str = "development-only-secret-key-change-me";

/// One setting: its name, its default, and what it means.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The value when it is not set; empty for none.
    pub default: &'static str,
    /// One line for `.env.example`.
    pub meaning: &'static str,
}

const fn setting(name: &'static str, default: &'static str, meaning: &'static str) -> Setting {
    Setting { name, default, meaning }
}

/// Every setting there is.
pub const SETTINGS: [Setting; 35] = [
    setting(
        "DATABASE_URL",
        "",
        "postgres://user:password@host:port/database of the application's role; required; ?sslmode=require: TLS",
    ),
    setting(
        "MIGRATE_DATABASE_URL",
        "",
        "the same for the role that owns the tables; DATABASE_URL when empty",
    ),
    setting("DATABASE_POOL_SIZE", "10", "connections of one process; 1 on Lambda"),
    setting(
        "RISK_THRESHOLD_HIGH",
        "0.80",
        "risk score from which an alert is critical; seeds the first configuration",
    ),
    setting(
        "RISK_THRESHOLD_MEDIUM",
        "0.50",
        "risk score from which an alert is raised; seeds the first configuration",
    ),
    setting("WEIGHT_STATISTICAL", "0.25", "weight of the statistical layer; the three sum to 1"),
    setting("WEIGHT_BEHAVIORAL", "0.35", "weight of the behavioral layer"),
    setting("WEIGHT_ML", "0.40", "weight of the ml layer"),
    setting("ALERT_CAP_PER_ACCOUNT_HOUR", "3", "new alerts an account may raise in an hour"),
    setting(
        "LABEL_MATURITY_DAYS",
        "7",
        "days after which a transaction without a label is presumed genuine, 0 to 41",
    ),
    setting("ALERT_BUDGET", "0.005", "share of transactions that a layer alone would alert on"),
    setting(
        "SLA_RESPOND_MINUTES",
        "480,240,60,15,15",
        "minutes to claim an alert: low, medium, high, needs_review, critical; seeds the first configuration",
    ),
    setting(
        "SLA_RESOLVE_MINUTES",
        "4320,1440,480,120,120",
        "minutes to decide an alert, in the same order; seeds the first configuration",
    ),
    setting(
        "APPROVAL_FROM_SEVERITY",
        "off",
        "alerts from this severity on are decided by two people: off, low, medium, high, needs_review or critical; seeds the first configuration",
    ),
    setting("CLOSE_AFTER_HOURS", "72", "hours after its decision at which the schedule closes an alert"),
    setting(
        "ADAPT_MODE",
        "propose",
        "off, propose or apply: whether learning may replace weights; propose only reports them",
    ),
    setting("RATE_LIMIT_REQUESTS", "100", "requests a key or address may make in a window"),
    setting("RATE_LIMIT_WINDOW_SECONDS", "60", "length of that window"),
    setting("CONFIG_PIN", "false", "true: a changed value here never makes a new configuration version"),
    setting("CORS_ORIGINS", "http://localhost:3000", "origins of the console, separated by commas"),
    setting("LOG_LEVEL", "info", "error, warn, info, debug or trace"),
    setting("LOG_FORMAT", "console", "console, or json for staging and production"),
    setting("DEBUG", "true", "false in staging and production: refuses development secrets"),
    setting("WORKERS", "1", "threads of the local server; nothing on Lambda"),
    setting("SECRET_KEY", DEVELOPMENT_SECRET, "signs page cursors; 32 characters or more"),
    setting("PORT", "8080", "port of the local server"),
    setting("TELLTALE_ADMIN_KEY", "", "admin key of the local server; made anew when empty"),
    setting(
        "DATABASE_CA_FILE",
        "",
        "PEM file of certificate authorities beside Amazon's, for a DATABASE_URL that asks for TLS",
    ),
    setting(
        "ENVIRONMENT",
        "local",
        "local, staging or production: a dimension of metrics and a field of logs",
    ),
    setting(
        "METRIC_LINES",
        "",
        "true or false: whether each invocation leaves a line of metrics; empty: wherever ENVIRONMENT is not local",
    ),
    setting(
        "METRICS_TOKEN",
        "",
        "reads /metrics as a bearer token, 32 characters or more; empty: only admin keys read it",
    ),
    setting("BULK_SOURCE", "", "bulk ingestion: the source of transactions that name none"),
    setting(
        "BULK_COLUMNS",
        "",
        "bulk ingestion: CSV columns by other names, as id=external_id,note=- (- leaves out)",
    ),
    setting("S3_ENDPOINT", "", "bulk ingestion: where S3 is, instead of the region's own address"),
    setting(
        "ANCHORS_FILE",
        ".local/anchors.jsonl",
        "where the local server keeps the anchors of the audit trail",
    ),
];
