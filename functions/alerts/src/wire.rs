//! Alerts as they look on the wire; assessments, replays and transactions have files of their own.

pub(crate) mod account;
pub(crate) mod context;
pub(crate) mod dashboard;
pub(crate) mod explanation;
pub(crate) mod export;
pub(crate) mod facets;
pub(crate) mod query;
pub(crate) mod record;
pub(crate) mod replay;
pub(crate) mod sla;
pub(crate) mod transaction;

use explanation::{ComparisonOut, FeatureOut, comparison_out, feature_out};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use shared::domain::alert::SlaState;
use shared::domain::ids::TransactionId;
use shared::http::alert::AlertOut;
use shared::http::present::AssessmentOut;
use shared::http::words;
use shared::workflow::alerts::{AlertDetail, QueuedAlert, StoredEvent};
use shared::workflow::explanation::StoredAssessment;
use transaction::TransactionOut;
use utoipa::ToSchema;

/// A page of the queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertPage)]
pub(crate) struct PageOut {
    alerts: Vec<QueuedOut>,
    /// The next page's `cursor`; null on the last.
    next_cursor: Option<String>,
}

/// An alert of the queue.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueuedAlert)]
struct QueuedOut {
    #[serde(flatten)]
    alert: AlertOut,
    /// In [0, 1], as of the first page.
    priority: f64,
    /// on_track, near or breached, as of the first page; null once it is decided.
    #[schema(value_type = Option<words::SlaState>)]
    sla: Option<&'static str>,
}

impl PageOut {
    pub(crate) fn new(alerts: &[QueuedAlert], as_of: Timestamp, next_cursor: Option<String>) -> Self {
        Self { alerts: alerts.iter().map(|queued| QueuedOut::new(queued, as_of)).collect(), next_cursor }
    }
}

impl QueuedOut {
    fn new(queued: &QueuedAlert, as_of: Timestamp) -> Self {
        Self {
            alert: AlertOut::from(&queued.alert),
            priority: queued.priority,
            sla: queued.alert.sla(as_of).map(SlaState::as_str),
        }
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
