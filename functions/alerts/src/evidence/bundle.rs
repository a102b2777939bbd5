//! The sections of a bundle, from what was gathered.

use super::answers::answers;
use crate::wire::transaction::TransactionOut;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use shared::domain::evidence::{Bundle, anchor_section, attachments_section, audit_section, notes_section};
use shared::domain::gate::AlertOutcome;
use shared::domain::ids::TransactionId;
use shared::domain::label::LabelClaim;
use shared::domain::score::Layer;
use shared::domain::severity::Severity;
use shared::error::Error;
use shared::http::alert::AlertOut;
use shared::http::present::AssessmentOut;
use shared::workflow::evidence::{Evidence, NamedConfiguration};

/// An assessment as it is stored.
#[derive(Debug, Serialize)]
struct AssessedOut {
    #[serde(flatten)]
    assessment: AssessmentOut,
    transaction_id: String,
    /// raised or folded.
    outcome: Option<&'static str>,
    /// The feature vector's bytes, base64.
    features: String,
}

/// Makes the bundle.
///
/// # Errors
/// Never in practice: a wire struct is JSON.
pub(super) fn of(evidence: &Evidence, now: Timestamp) -> Result<Value, Error> {
    let trail = &evidence.trail;
    let transactions: Vec<TransactionOut> = evidence.transactions.iter().map(TransactionOut::from).collect();
    let bundle = Bundle::about(trail.alert.id, now)
        .with("alert", json(&AlertOut::from(&trail.alert))?)
        .with("answers", json(&answers(evidence))?)
        .with("transactions", json(&transactions)?)
        .with("assessments", json(&assessments(evidence))?)
        .with("configurations", evidence.configurations.iter().map(configuration).collect())
        .with("models", models(evidence))
        .with("labels", labels(evidence))
        .with("notes", notes_section(&evidence.notes))
        .with("attachments", attachments_section(&evidence.attachments))
        .with("audit", audit_section(&trail.alert.chain(), trail.alert.head, &trail.events))
        .with("anchor", anchor_section(evidence.inclusion.as_ref()));
    Ok(bundle.seal())
}

fn json(wire: &impl Serialize) -> Result<Value, Error> {
    serde_json::to_value(wire).map_err(Error::internal)
}

fn assessments(evidence: &Evidence) -> Vec<AssessedOut> {
    let assessed = evidence.assessments.iter().map(|stored| AssessedOut {
        assessment: AssessmentOut::from(&stored.record),
        transaction_id: TransactionId(stored.record.id.0).to_string(),
        outcome: stored.record.alert.map(|(_, outcome)| AlertOutcome::as_str(outcome)),
        features: STANDARD.encode(&stored.features),
    });
    assessed.collect()
}

fn configuration(named: &NamedConfiguration) -> Value {
    let NamedConfiguration { version, origin, values } = named;
    let [statistical, behavioral, ml] = Layer::ALL.map(|layer| values.weights.of(layer));
    json!({
        "version": version,
        "origin": origin,
        "threshold_medium": values.thresholds.medium(),
        "threshold_high": values.thresholds.high(),
        "weights": {"statistical": statistical, "behavioral": behavioral, "ml": ml},
        "alert_cap_per_account_hour": values.alert_cap_per_account_hour,
        "label_maturity_days": values.label_maturity.days(),
        "alert_budget": values.alert_budget.share(),
        "respond_minutes": by_severity(values.clocks.respond_minutes()),
        "resolve_minutes": by_severity(values.clocks.resolve_minutes()),
        "approval_from_severity": values.approval.as_str(),
    })
}

fn by_severity(minutes: [u32; 5]) -> Value {
    let named = Severity::ALL.into_iter().zip(minutes);
    named.map(|(severity, minutes)| (severity.as_str().to_owned(), Value::from(minutes))).collect()
}

fn models(evidence: &Evidence) -> Value {
    let facts = evidence.models.iter().map(|model| {
        json!({
            "id": model.id.to_string(),
            "kind": model.kind,
            "artifact_sha256": STANDARD.encode(&model.artifact_sha256),
            "feature_schema": model.feature_schema_id,
            "n_rows": model.n_rows,
            "data_from": model.span.0.to_string(),
            "data_to": model.span.1.to_string(),
            "seed": model.seed,
            "created_at": model.created_at.to_string(),
        })
    });
    facts.collect()
}

fn labels(evidence: &Evidence) -> Value {
    let labels = evidence.labels.iter().map(|(transaction, label)| {
        let LabelClaim { verdict, source, observed_at, recorded_at } = label.claim;
        json!({
            "transaction_id": transaction.to_string(),
            "verdict": verdict.as_str(),
            "label_source": source.as_str(),
            "observed_at": observed_at.to_string(),
            "recorded_at": recorded_at.to_string(),
        })
    });
    labels.collect()
}
