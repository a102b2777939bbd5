//! Alerts as they look on the wire; assessments, replays and transactions have files of their own.

pub(crate) mod explanation;
pub(crate) mod replay;
pub(crate) mod sla;
pub(crate) mod transaction;

use explanation::{ComparisonOut, FeatureOut, comparison_out, feature_out};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use shared::domain::ids::TransactionId;
use shared::http::alert::AlertOut;
use shared::http::present::AssessmentOut;
use shared::http::words;
use shared::workflow::alerts::{AlertDetail, QueuedAlert, StoredEvent};
use shared::workflow::explanation::StoredAssessment;
use transaction::TransactionOut;
use utoipa::{IntoParams, ToSchema};

/// What `GET /api/v1/alerts` takes; read by hand in `list`, described here.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "names and describes query parameters, which are read one by one")]
pub(crate) struct AlertsQuery {
    /// active, in_review, resolved, closed; several with commas.
    status: Option<String>,
    /// low, medium, high, needs_review, critical; several with commas.
    severity: Option<String>,
    /// An account's id.
    account: Option<String>,
    /// Raised at or after, by the server's clock.
    from: Option<Timestamp>,
    /// Raised before, by the server's clock.
    to: Option<Timestamp>,
    /// newest (the default) or priority.
    #[param(inline)]
    sort: Option<SortIn>,
    /// Alerts a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// The `next_cursor` of the page before, with the same filters and sort.
    cursor: Option<String>,
}

#[derive(ToSchema)]
#[schema(as = AlertSort, rename_all = "snake_case")]
#[expect(dead_code, reason = "lists the words of a query parameter")]
enum SortIn {
    Newest,
    Priority,
}

/// A page of the queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertPage)]
pub(crate) struct PageOut {
    alerts: Vec<QueuedOut>,
    /// The next page's `cursor`; null on the last.
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueuedAlert)]
struct QueuedOut {
    #[serde(flatten)]
    alert: AlertOut,
    /// In [0, 1], as of the first page.
    priority: f64,
}

impl PageOut {
    pub(crate) fn new(alerts: &[QueuedAlert], next_cursor: Option<String>) -> Self {
        let queued = |queued: &QueuedAlert| QueuedOut {
            alert: AlertOut::from(&queued.alert),
            priority: queued.priority,
        };
        Self { alerts: alerts.iter().map(queued).collect(), next_cursor }
    }
}

/// One alert and what explains it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertDetail)]
pub(crate) struct DetailOut {
    alert: AlertOut,
    transaction: TransactionOut,
    assessment: AssessmentOut,
    /// Empty where this version of the service cannot read them.
    features: Vec<FeatureOut>,
    baseline_comparison: Vec<ComparisonOut>,
    /// What would have kept the assessment below medium, in a sentence; null where nothing is known to.
    counterfactual: Option<String>,
    assessments: Vec<FoldedOut>,
    audit: Vec<EventOut>,
}

/// One assessment that was folded into the alert.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FoldedAssessment)]
struct FoldedOut {
    id: String,
    transaction_id: String,
    risk_score: f64,
    #[schema(value_type = words::Severity)]
    severity: &'static str,
    fraud_probability: Option<f64>,
    /// As it was stored with the transaction.
    #[schema(value_type = words::ExplanationDetail)]
    explanation_detail: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AuditEvent)]
struct EventOut {
    sequence: i64,
    at: Timestamp,
    actor: String,
    action: String,
    request_id: String,
    before: Value,
    after: Value,
}

impl From<&AlertDetail> for DetailOut {
    fn from(detail: &AlertDetail) -> Self {
        let explanation = &detail.explanation;
        Self {
            alert: AlertOut::from(&detail.alert),
            transaction: TransactionOut::from(&detail.transaction),
            assessment: AssessmentOut::from(&explanation.assessment.record),
            features: explanation.features.iter().flatten().map(feature_out).collect(),
            baseline_comparison: explanation.comparison.iter().map(comparison_out).collect(),
            counterfactual: explanation.counterfactual.as_ref().ok().map(|found| found.text.clone()),
            assessments: detail.assessments.iter().map(folded_out).collect(),
            audit: detail.audit.iter().map(event_out).collect(),
        }
    }
}

fn folded_out(stored: &StoredAssessment) -> FoldedOut {
    let record = &stored.record;
    FoldedOut {
        id: record.id.to_string(),
        transaction_id: TransactionId(record.id.0).to_string(),
        risk_score: record.risk.value(),
        severity: record.severity.as_str(),
        fraud_probability: record.probability,
        explanation_detail: record.detail.as_str(),
    }
}

fn event_out(event: &StoredEvent) -> EventOut {
    EventOut {
        sequence: event.sequence,
        at: event.at,
        actor: event.actor.clone(),
        action: event.action.clone(),
        request_id: event.request_id.clone(),
        before: event.before.clone(),
        after: event.after.clone(),
    }
}
