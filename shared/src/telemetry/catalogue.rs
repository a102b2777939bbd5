//! Every metric there is: one list, from which the metric lines, `GET /metrics`, the dashboards and the alarms take
//! their names. A layer or a severity stands in the name, since a metric line holds one value of a dimension.

/// What a metric's values are counted in; CloudWatch's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A number of things.
    Count,
    /// Thousandths of a second.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Hundredths.
    Percent,
    /// None: an index such as PSI.
    Index,
}

impl Unit {
    /// What a Prometheus name ends in.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Count | Self::Index => "",
            Self::Milliseconds => "_milliseconds",
            Self::Seconds => "_seconds",
            Self::Percent => "_percent",
        }
    }
}

/// How values of one metric come together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They are added up.
    Sum,
    /// Each is a time of its own; their quantiles count.
    Time,
    /// The newest replaces the others.
    Gauge,
}

/// What a metric is told apart by. Each combination of values is one custom metric that CloudWatch charges for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dimensions {
    /// The environment alone.
    Environment,
    /// The environment and the function.
    Function,
    /// The environment, the function and the route.
    Route,
}

impl Dimensions {
    /// All, the fewest first.
    pub const ALL: [Self; 3] = [Self::Environment, Self::Function, Self::Route];

    /// The names on a metric line.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::Environment => &[ENVIRONMENT],
            Self::Function => &[ENVIRONMENT, FUNCTION],
            Self::Route => &[ENVIRONMENT, FUNCTION, ROUTE],
        }
    }
}

/// Where the code runs: local, staging or production.
pub const ENVIRONMENT: &str = "environment";
/// Which function, without the stack's name.
pub const FUNCTION: &str = "function";
/// Method and path as the router knows it, such as `GET /api/v1/alerts/{id}`.
pub const ROUTE: &str = "route";
/// The namespace of all metrics.
pub const NAMESPACE: &str = "Telltale";

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name in CloudWatch.
    pub name: &'static str,
    /// How its values come together.
    pub kind: Kind,
    /// What its values are.
    pub unit: Unit,
    /// What it is told apart by.
    pub dimensions: Dimensions,
    /// One sentence for people.
    pub meaning: &'static str,
}

impl Metric {
    /// Its name in Prometheus: `telltale_`, the words in lower case, the unit.
    pub fn exposed_name(&self) -> String {
        let mut name = NAMESPACE.to_lowercase();
        for letter in self.name.chars() {
            if letter.is_ascii_uppercase() {
                name.push('_');
            }
            name.push(letter.to_ascii_lowercase());
        }
        name + self.unit.suffix()
    }
}

macro_rules! catalogue {
    ($($constant:ident: $name:literal, $kind:ident, $unit:ident, $dimensions:ident, $meaning:literal;)+) => {
        $(
            #[doc = $meaning]
            pub const $constant: Metric = Metric {
                name: $name,
                kind: Kind::$kind,
                unit: Unit::$unit,
                dimensions: Dimensions::$dimensions,
                meaning: $meaning,
            };
        )+

        /// Every metric there is.
        pub const METRICS: &[Metric] = &[$($constant),+];
    };
}

catalogue! {
    REQUESTS: "Requests", Sum, Count, Function, "Requests answered.";
    ERRORS: "Errors", Sum, Count, Function, "Requests answered with a status of 500 or more.";
    COLD_STARTS: "ColdStarts", Sum, Count, Function, "Requests that waited for a new process.";
    POOL_WAIT: "PoolWait", Time, Milliseconds, Function, "Time until a database connection was had, made new or checked.";
    LATENCY: "Latency", Time, Milliseconds, Route, "Time from a request to its answer, inside the function.";
    POOL_SIZE: "PoolSize", Gauge, Count, Environment, "Database connections that a process holds.";
    POOL_IDLE: "PoolIdle", Gauge, Count, Environment, "Database connections of a process that nobody uses.";
    POOL_WAITING: "PoolWaiting", Gauge, Count, Environment, "Callers that wait for a database connection of a process.";
    TRANSACTIONS: "Transactions", Sum, Count, Environment, "Transactions stored and assessed.";
    SCORING_TIME: "ScoringTime", Time, Milliseconds, Environment, "Time to score a transaction with all layers.";
    STATISTICAL_SCORED: "StatisticalScored", Sum, Count, Environment, "Transactions that the statistical layer scored.";
    STATISTICAL_ABSTAINED: "StatisticalAbstained", Sum, Count, Environment, "Transactions on which the statistical layer abstained.";
    STATISTICAL_FAILED: "StatisticalFailed", Sum, Count, Environment, "Transactions on which the statistical layer failed.";
    BEHAVIORAL_SCORED: "BehavioralScored", Sum, Count, Environment, "Transactions that the behavioral layer scored.";
    BEHAVIORAL_ABSTAINED: "BehavioralAbstained", Sum, Count, Environment, "Transactions on which the behavioral layer abstained.";
    BEHAVIORAL_FAILED: "BehavioralFailed", Sum, Count, Environment, "Transactions on which the behavioral layer failed.";
    ML_SCORED: "MlScored", Sum, Count, Environment, "Transactions that the ml layer scored.";
    ML_ABSTAINED: "MlAbstained", Sum, Count, Environment, "Transactions on which the ml layer abstained.";
    ML_FAILED: "MlFailed", Sum, Count, Environment, "Transactions on which the ml layer failed.";
    NEEDS_REVIEW: "NeedsReview", Sum, Count, Environment, "Assessments that need review, since a layer failed.";
    MEDIUM_ALERTS: "MediumAlerts", Sum, Count, Environment, "Alerts raised with severity medium.";
    HIGH_ALERTS: "HighAlerts", Sum, Count, Environment, "Alerts raised with severity high.";
    NEEDS_REVIEW_ALERTS: "NeedsReviewAlerts", Sum, Count, Environment, "Alerts raised with severity needs_review.";
    CRITICAL_ALERTS: "CriticalAlerts", Sum, Count, Environment, "Alerts raised with severity critical.";
    QUEUE_DEPTH: "QueueDepth", Gauge, Count, Environment, "Alerts that wait to be claimed.";
    SLA_BREACHES: "SlaBreaches", Gauge, Count, Environment, "Open alerts past their time to respond or to resolve.";
    FALSE_POSITIVE_RATE: "FalsePositiveRate", Gauge, Percent, Environment, "False positives among the conclusive decisions on alerts raised in the last 30 days.";
    RESOLUTION_TIME: "ResolutionTime", Gauge, Seconds, Environment, "Median time from raise to decision, of alerts raised in the last 30 days and decided in the last 7.";
    MODEL_AGE: "ModelAge", Gauge, Seconds, Environment, "Time since the champion of the ml layer was made.";
    SCORE_DRIFT: "ScoreDrift", Gauge, Index, Environment, "PSI of the last day's risk scores against the week before it.";
    FEATURE_DRIFT: "FeatureDrift", Gauge, Index, Environment, "The largest PSI of a feature, the last day against the week before it.";
    STRAY_ROWS: "StrayRows", Gauge, Count, Environment, "Rows in a default partition: their month has none of its own.";
    DELIVERIES: "Deliveries", Sum, Count, Environment, "Webhook messages that their receiver took.";
    FAILED_DELIVERIES: "FailedDeliveries", Sum, Count, Environment, "Attempts to deliver a webhook message that failed.";
    DEAD_DELIVERIES: "DeadDeliveries", Sum, Count, Environment, "Webhook messages that were given up.";
    AUDIT_FAULTS: "AuditFaults", Gauge, Count, Environment, "Audit chains that are not what was written, as last verified.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_in_both_worlds() {
        let names: BTreeSet<&str> = METRICS.iter().map(|metric| metric.name).collect();
        let exposed: BTreeSet<String> = METRICS.iter().map(Metric::exposed_name).collect();
        assert_eq!((names.len(), exposed.len()), (METRICS.len(), METRICS.len()));
    }

    #[test]
    fn an_exposed_name_says_its_unit() {
        assert_eq!(POOL_WAIT.exposed_name(), "telltale_pool_wait_milliseconds");
        assert_eq!(QUEUE_DEPTH.exposed_name(), "telltale_queue_depth");
    }
}
