//! What is stored as it looks on the wire: labels, the audit trail, the noise ledger, configuration versions, and alerts
//! in review or related.

use crate::wire::QueuedOut;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use shared::domain::ids::{AssessmentId, LabelId, TransactionId};
use shared::domain::score::Layer;
use shared::http::alert::AlertOut;
use shared::http::listing::Paged;
use shared::http::words;
use shared::workflow::alerts::{Investigation, RelatedAlert};
use shared::workflow::records::{ChainedEvent, HeldBack, ListedLabel, ListedVersion, NoiseCount};
use utoipa::ToSchema;
use uuid::Uuid;

/// Declares a page: its rows under their plural, and the cursor of the next.
macro_rules! page {
    ($(#[$doc:meta])* $name:ident as $schema:ident, $rows:ident: $row:ident from $from:ident) => {
        $(#[$doc])*
        #[derive(Debug, Serialize, ToSchema)]
        #[schema(as = $schema)]
        pub(crate) struct $name {
            $rows: Vec<$row>,
            /// The next page's `cursor`; null on the last.
            next_cursor: Option<String>,
        }

        impl From<Paged<$from>> for $name {
            fn from(paged: Paged<$from>) -> Self {
                Self { $rows: paged.rows.into_iter().map($row::from).collect(), next_cursor: paged.next_cursor }
            }
        }
    };
}

page!(/// A page of labels.
    LabelsOut as LabelPage, labels: LabelOut from ListedLabel);
page!(/// A page of the audit trail.
    AuditOut as AuditPage, events: ChainedEventOut from ChainedEvent);
page!(/// A page of the noise ledger.
    NoiseOut as NoisePage, held_back: HeldBackOut from HeldBack);
page!(/// A page of the configuration's versions.
    ConfigurationsOut as ConfigurationPage, configurations: VersionOut from ListedVersion);

/// One label.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Label)]
pub(crate) struct LabelOut {
    id: String,
    transaction_id: String,
    /// fraud or genuine.
    #[schema(value_type = words::Verdict)]
    verdict: String,
    /// analyst, chargeback or supervisor.
    #[schema(value_type = words::LabelSource)]
    label_source: String,
    /// When it became known.
    observed_at: Timestamp,
    /// When we took it.
    recorded_at: Timestamp,
    /// Who sent it.
    actor: String,
    /// The label in force before it.
    supersedes: Option<String>,
    /// Whose profile it was counted in: account or counterparty.
    attributed_to: String,
}

impl From<ListedLabel> for LabelOut {
    fn from(label: ListedLabel) -> Self {
        let id = |id: Uuid| LabelId(id).to_string();
        Self {
            id: id(label.id),
            transaction_id: TransactionId(label.transaction).to_string(),
            verdict: label.verdict,
            label_source: label.source,
            observed_at: label.observed_at,
            recorded_at: label.recorded_at,
            actor: label.actor,
            supersedes: label.supersedes.map(id),
            attributed_to: label.attributed_to,
        }
    }
}

/// One event with its chain.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ChainedAuditEvent)]
struct ChainedEventOut {
    chain: String,
    sequence: i64,
    at: Timestamp,
    actor: String,
    action: String,
    request_id: String,
    before: Value,
    after: Value,
}

impl From<ChainedEvent> for ChainedEventOut {
    fn from(event: ChainedEvent) -> Self {
        let ChainedEvent { chain, sequence, actor, action, at, request_id, before, after } = event;
        Self { chain, sequence, at, actor, action, request_id, before, after }
    }
}

/// An assessment that a gate held back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldBack)]
struct HeldBackOut {
    assessment_id: String,
    transaction_id: String,
    account: String,
    counterparty: String,
    occurred_at: Timestamp,
    risk_score: f64,
    #[schema(value_type = words::Severity)]
    severity: String,
    #[schema(value_type = words::Gate)]
    gate: String,
    reason: String,
}

impl From<HeldBack> for HeldBackOut {
    fn from(held: HeldBack) -> Self {
        Self {
            assessment_id: AssessmentId(held.id).to_string(),
            transaction_id: TransactionId(held.id).to_string(),
            account: held.account,
            counterparty: held.counterparty,
            occurred_at: held.occurred_at,
            risk_score: held.risk_score,
            severity: held.severity,
            gate: held.gate,
            reason: held.reason,
        }
    }
}

/// How much was held back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoiseCounts)]
pub(crate) struct NoiseCountsOut {
    counts: Vec<NoiseCountOut>,
    /// Whether a gate has more than the newest 10,000 that were counted.
    is_capped: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NoiseCount)]
struct NoiseCountOut {
    day: String,
    #[schema(value_type = words::Gate)]
    gate: String,
    reason: String,
    count: i64,
}

impl From<(Vec<NoiseCount>, bool)> for NoiseCountsOut {
    fn from((counts, is_capped): (Vec<NoiseCount>, bool)) -> Self {
        let count = |NoiseCount { gate, reason, day, n }| NoiseCountOut { day, gate, reason, count: n };
        Self { counts: counts.into_iter().map(count).collect(), is_capped }
    }
}

/// A version of the configuration.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConfigurationVersion)]
struct VersionOut {
    version: i64,
    is_active: bool,
    /// environment, deployment, person or adaptation.
    origin: String,
    created_by: String,
    created_at: Timestamp,
    threshold_medium: f64,
    threshold_high: f64,
    weights: WeightsOut,
    alert_cap_per_account_hour: u32,
    label_maturity_days: u16,
    alert_budget: f64,
    /// To be claimed: low, medium, high, needs_review, critical.
    sla_respond_minutes: [u32; 5],
    /// To be decided, in the same order.
    sla_resolve_minutes: [u32; 5],
    /// Alerts from this severity on are decided by two people; `off`: none.
    #[schema(value_type = words::ApprovalRule)]
    approval_from_severity: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LayerWeights)]
struct WeightsOut {
    statistical: f64,
    behavioral: f64,
    ml: f64,
}

impl From<ListedVersion> for VersionOut {
    fn from(listed: ListedVersion) -> Self {
        let configuration = listed.configuration;
        let weight = |layer| configuration.weights.of(layer);
        Self {
            version: listed.version,
            is_active: listed.is_active,
            origin: listed.origin,
            created_by: listed.created_by,
            created_at: listed.created_at,
            threshold_medium: configuration.thresholds.medium(),
            threshold_high: configuration.thresholds.high(),
            weights: WeightsOut {
                statistical: weight(Layer::Statistical),
                behavioral: weight(Layer::Behavioral),
                ml: weight(Layer::Ml),
            },
            alert_cap_per_account_hour: configuration.alert_cap_per_account_hour,
            label_maturity_days: configuration.label_maturity.days(),
            alert_budget: configuration.alert_budget.share(),
            sla_respond_minutes: configuration.clocks.respond_minutes(),
            sla_resolve_minutes: configuration.clocks.resolve_minutes(),
            approval_from_severity: configuration.approval.as_str(),
        }
    }
}

/// A page of the alerts in review.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvestigationPage)]
pub(crate) struct InvestigationsOut {
    investigations: Vec<InvestigationOut>,
    /// The next page's `cursor`; null on the last.
    next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Investigation)]
struct InvestigationOut {
    alert: QueuedOut,
    /// Since when the holder has it; null while nobody does.
    held_since: Option<Timestamp>,
}

impl InvestigationsOut {
    pub(crate) fn new(paged: Paged<Investigation>, as_of: Timestamp) -> Self {
        let investigation = |it: &Investigation| InvestigationOut {
            alert: QueuedOut::new(&it.queued, as_of),
            held_since: it.held_since,
        };
        Self {
            investigations: paged.rows.iter().map(investigation).collect(),
            next_cursor: paged.next_cursor,
        }
    }
}

/// Alerts that share something with one.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RelatedAlerts)]
pub(crate) struct RelatedOut {
    related: Vec<RelatedAlertOut>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RelatedAlert)]
struct RelatedAlertOut {
    /// counterparty, device, ip_address: what it shares.
    shares: Vec<String>,
    alert: AlertOut,
}

impl From<Vec<RelatedAlert>> for RelatedOut {
    fn from(related: Vec<RelatedAlert>) -> Self {
        let one = |it: RelatedAlert| RelatedAlertOut { alert: AlertOut::from(&it.alert), shares: it.shares };
        Self { related: related.into_iter().map(one).collect() }
    }
}
