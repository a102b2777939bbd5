//! Domain values as they look on the wire, where more than one function shows them.

use super::words;
use crate::domain::assessment::{AssessmentRecord, LayerRecord, ReasonLayer, ReasonRecord, Versions};
use crate::domain::gate::{AlertOutcome, Gate};
use crate::domain::ids::AlertId;
use crate::domain::score::{Layer, Score};
use crate::error::FieldProblem;
use serde::Serialize;
use utoipa::ToSchema;

/// An assessment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Assessment)]
pub struct AssessmentOut {
    /// `asm_` and the transaction's UUID.
    pub id: String,
    /// In [0, 1].
    pub risk_score: f64,
    /// low, medium, high, needs_review or critical.
    #[schema(value_type = words::Severity)]
    pub severity: &'static str,
    /// Calibrated, in (0, 1); null without a model that learned from labels.
    pub fraud_probability: Option<f64>,
    /// How the ml layer's reasons were shared out: by_path or exact.
    #[schema(value_type = words::ExplanationDetail)]
    pub explanation_detail: &'static str,
    /// What each layer said.
    pub layers: LayersOut,
    /// The largest reasons over all layers.
    pub reasons: Vec<ReasonOut>,
    /// What it was made with.
    pub versions: VersionsOut,
    /// The layers that failed.
    #[schema(value_type = Vec<words::Layer>)]
    pub degraded: Vec<&'static str>,
    /// What held an alert back.
    pub gate: Option<GateOut>,
}

/// One entry a layer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Layers)]
pub struct LayersOut {
    /// This transaction against the population.
    pub statistical: LayerOut,
    /// This transaction against the account's and the counterparty's past.
    pub behavioral: LayerOut,
    /// All features together.
    pub ml: LayerOut,
}

/// What a layer said.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LayerAnswer)]
pub struct LayerOut {
    /// scored, abstained or failed.
    #[schema(value_type = words::LayerOutcome)]
    pub outcome: &'static str,
    /// In [0, 1]; null unless scored.
    pub score: Option<f64>,
    /// Why it did not score.
    pub explanation: Option<String>,
    /// Largest first, whatever their sign; contributions add up to the layer's score.
    pub reasons: Vec<ReasonOut>,
}

/// One reason.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Reason)]
pub struct ReasonOut {
    /// statistical, behavioral or ml; lists where a list gave it.
    #[schema(value_type = words::ReasonLayer)]
    pub layer: &'static str,
    /// Machine code.
    pub code: String,
    /// A sentence with the figures.
    pub text: String,
    /// Part of the layer's score.
    pub contribution: f64,
}

/// What an assessment can be recomputed from.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Versions)]
pub struct VersionsOut {
    /// The set and order of features.
    pub feature_schema: i16,
    /// The configuration.
    pub configuration: i64,
    /// The population baseline.
    pub baseline: Option<String>,
    /// The ml layer's model.
    pub model: Option<String>,
}

/// What is wrong with one item of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FieldProblem)]
pub struct ProblemOut {
    /// A JSON pointer into the body.
    pub pointer: String,
    /// What would be right.
    pub message: String,
}

impl From<FieldProblem> for ProblemOut {
    fn from(problem: FieldProblem) -> Self {
        Self { pointer: problem.pointer, message: problem.message }
    }
}

/// Beside an answer that holds a secret, shown once: nobody on the way keeps it, and we do not either.
pub const NO_STORE: [(axum::http::HeaderName, &str); 1] = [(axum::http::header::CACHE_CONTROL, "no-store")];

/// An answer that nobody keeps.
pub type Unkept<T> = ([(axum::http::HeaderName, &'static str); 1], axum::Json<T>);

/// What held an alert back.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HeldBack)]
pub struct GateOut {
    /// allow_list, snooze or cap.
    #[schema(value_type = words::Gate)]
    pub gate: &'static str,
    /// Why.
    pub reason: String,
}

/// The alert that an assessment raised or folded into.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AlertReference)]
pub struct AlertRefOut {
    /// `alr_` and a UUID.
    pub id: String,
    /// raised or folded.
    #[schema(value_type = words::AlertOutcome)]
    pub outcome: &'static str,
}

impl From<(Gate, String)> for GateOut {
    fn from((gate, reason): (Gate, String)) -> Self {
        Self { gate: gate.as_str(), reason }
    }
}

impl From<(AlertId, AlertOutcome)> for AlertRefOut {
    fn from((id, outcome): (AlertId, AlertOutcome)) -> Self {
        Self { id: id.to_string(), outcome: outcome.as_str() }
    }
}

impl From<&AssessmentRecord> for AssessmentOut {
    fn from(record: &AssessmentRecord) -> Self {
        let layer = |layer| layer_out(layer, record.layer(layer));
        Self {
            id: record.id.to_string(),
            risk_score: record.risk.value(),
            severity: record.severity.as_str(),
            fraud_probability: record.probability,
            explanation_detail: record.detail.as_str(),
            layers: LayersOut {
                statistical: layer(Layer::Statistical),
                behavioral: layer(Layer::Behavioral),
                ml: layer(Layer::Ml),
            },
            reasons: top_reasons(record),
            versions: VersionsOut::from(&record.versions),
            degraded: record.degraded(),
            gate: record.gate.clone().map(GateOut::from),
        }
    }
}

fn layer_out(layer: Layer, record: &LayerRecord) -> LayerOut {
    LayerOut {
        outcome: record.outcome.as_str(),
        score: record.score.map(Score::value),
        explanation: record.explanation.clone(),
        reasons: record.reasons.iter().map(|reason| reason_out(layer, reason)).collect(),
    }
}

fn reason_out(layer: Layer, reason: &ReasonRecord) -> ReasonOut {
    ReasonOut {
        layer: layer.as_str(),
        code: reason.code.clone(),
        text: reason.text.clone(),
        contribution: reason.contribution,
    }
}

/// What lists said, and the reasons that weigh most in the risk score.
pub fn top_reasons(record: &AssessmentRecord) -> Vec<ReasonOut> {
    let listed = record.listed.iter().map(|reason| ReasonOut {
        layer: ReasonLayer::Lists.as_str(),
        code: reason.code.clone(),
        text: reason.text.clone(),
        contribution: reason.contribution,
    });
    listed.chain(record.top_reasons().into_iter().map(|(layer, reason)| reason_out(layer, reason))).collect()
}

impl From<&Versions> for VersionsOut {
    fn from(versions: &Versions) -> Self {
        Self {
            feature_schema: versions.feature_schema,
            configuration: versions.configuration,
            baseline: versions.baseline.map(|id| id.to_string()),
            model: versions.model.map(|id| id.to_string()),
        }
    }
}
