//! The dashboard and the analysis as they look on the wire.

use jiff::Timestamp;
use serde::Serialize;
use shared::domain::dashboard::{Activity, Analysis, Dashboard, Judged, OpenAlerts, Outcomes, Pair};
use shared::domain::severity::Severity;
use shared::domain::share::Share;
use shared::http::words;
use shared::workflow::dashboard::Told;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A team's day in figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dashboard)]
pub(crate) struct DashboardOut {
    as_of: Timestamp,
    /// Whether these are from before, since they could not be counted in time.
    stale: bool,
    /// Open alerts by status and severity; each status counted to 100,000.
    open: Vec<OpenOut>,
    /// The last 24 hours, oldest first; the last one is not over.
    hours: Vec<ActivityOut>,
    /// The last 30 days of UTC, oldest first; the last one is not over.
    days: Vec<ActivityOut>,
    outcomes: OutcomesOut,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OpenAlerts)]
struct OpenOut {
    #[schema(value_type = words::AlertStatus)]
    status: String,
    #[schema(value_type = words::Severity)]
    severity: String,
    n: i64,
    n_escalated: i64,
    /// With less than a quarter of their time left.
    n_near: i64,
    /// Past their time.
    n_breached: i64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Activity)]
struct ActivityOut {
    from: Timestamp,
    n_transactions: i64,
    n_alerts: i64,
    /// Alerts by severity.
    severity: BTreeMap<&'static str, i64>,
    n_held_back: i64,
}

/// A share with its 95 % interval; null of nothing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Share)]
struct ShareOut {
    n: i64,
    of: i64,
    rate: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
}

/// How the alerts ended that were raised in the last 30 days.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Outcomes)]
struct OutcomesOut {
    confirmed_fraud: ShareOut,
    false_positive: ShareOut,
    benign_positive: ShareOut,
    /// From the raise to the decision; null without a decision.
    resolution_median_seconds: Option<f64>,
    resolution_p90_seconds: Option<f64>,
    /// Decisions made in time.
    in_time: ShareOut,
}

/// What alerts turned out to be, by what raised them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Analysis)]
pub(crate) struct AnalysisOut {
    as_of: Timestamp,
    stale: bool,
    /// By the layer of the top reason.
    detectors: Vec<JudgedOut>,
    reasons: Vec<JudgedOut>,
    /// Reason codes that come together.
    pairs: Vec<PairOut>,
    accounts: Vec<JudgedOut>,
    counterparties: Vec<JudgedOut>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Judged)]
struct JudgedOut {
    name: String,
    n_alerts: i64,
    /// Confirmed frauds among the conclusive decisions: the precision.
    confirmed_fraud: ShareOut,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReasonPair)]
struct PairOut {
    codes: [String; 2],
    n_alerts: i64,
    confirmed_fraud: ShareOut,
}

impl From<&Told<Dashboard>> for DashboardOut {
    fn from(told: &Told<Dashboard>) -> Self {
        let dashboard = &told.figures;
        Self {
            as_of: dashboard.as_of,
            stale: told.is_stale,
            open: dashboard.open.iter().map(open_out).collect(),
            hours: dashboard.hours.iter().map(activity_out).collect(),
            days: dashboard.days.iter().map(activity_out).collect(),
            outcomes: outcomes_out(&dashboard.outcomes),
        }
    }
}

fn open_out(open: &OpenAlerts) -> OpenOut {
    let OpenAlerts { status, severity, n, n_escalated, n_near, n_breached } = open.clone();
    OpenOut { status, severity, n, n_escalated, n_near, n_breached }
}

fn activity_out(activity: &Activity) -> ActivityOut {
    let words = Severity::ALL.into_iter().map(Severity::as_str);
    ActivityOut {
        from: activity.from,
        n_transactions: activity.n_transactions,
        n_alerts: activity.n_alerts.iter().sum(),
        severity: words.zip(activity.n_alerts).collect(),
        n_held_back: activity.n_held_back,
    }
}

fn outcomes_out(outcomes: &Outcomes) -> OutcomesOut {
    OutcomesOut {
        confirmed_fraud: share_out(outcomes.confirmed_fraud),
        false_positive: share_out(outcomes.false_positive),
        benign_positive: share_out(outcomes.benign_positive),
        resolution_median_seconds: outcomes.median_seconds,
        resolution_p90_seconds: outcomes.p90_seconds,
        in_time: share_out(outcomes.in_time),
    }
}

fn share_out(share: Share) -> ShareOut {
    let (low, high) = share.interval().unzip();
    ShareOut { n: share.n, of: share.of, rate: share.rate(), low, high }
}

impl From<&Told<Analysis>> for AnalysisOut {
    fn from(told: &Told<Analysis>) -> Self {
        let analysis = &told.figures;
        let judged = |all: &[Judged]| all.iter().map(judged_out).collect();
        Self {
            as_of: analysis.as_of,
            stale: told.is_stale,
            detectors: judged(&analysis.detectors),
            reasons: judged(&analysis.reasons),
            pairs: analysis.pairs.iter().map(pair_out).collect(),
            accounts: judged(&analysis.accounts),
            counterparties: judged(&analysis.counterparties),
        }
    }
}

fn judged_out(judged: &Judged) -> JudgedOut {
    let confirmed_fraud = share_out(judged.confirmed_fraud);
    JudgedOut { name: judged.name.clone(), n_alerts: judged.n_alerts, confirmed_fraud }
}

fn pair_out(pair: &Pair) -> PairOut {
    let confirmed_fraud = share_out(pair.confirmed_fraud);
    PairOut { codes: pair.codes.clone(), n_alerts: pair.n_alerts, confirmed_fraud }
}
