//! An assessment with its whole explanation as it looks on the wire.

use crate::wire::transaction::TransactionOut;
use serde::Serialize;
use shared::domain::assessment::LayerRecord;
use shared::domain::score::{Layer, Score};
use shared::domain::transaction::Transaction;
use shared::http::present::{AlertRefOut, GateOut, VersionsOut};
use shared::http::words;
use shared::workflow::explanation::{
    Available, Change, Comparison, Contributions, Counterfactual, Explained, Explanation, FeatureValue,
};
use utoipa::ToSchema;

/// One assessment, explained.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedAssessment)]
pub(crate) struct ExplainedOut {
    /// `asm_` and the transaction's UUID.
    id: String,
    transaction: TransactionOut,
    /// In [0, 1].
    risk_score: f64,
    /// low, medium, high, needs_review or critical.
    #[schema(value_type = words::Severity)]
    severity: &'static str,
    /// Calibrated, in (0, 1); null without a model that learned from labels.
    fraud_probability: Option<f64>,
    /// How the ml layer's score is shared out here: by_path or exact.
    #[schema(value_type = words::ExplanationDetail)]
    explanation_detail: &'static str,
    layers: ExplainedLayersOut,
    agreement: AgreementOut,
    /// Every feature; empty where they cannot be read.
    features: Vec<FeatureOut>,
    features_unavailable: Option<String>,
    /// Every feature's part in the ml layer's score.
    contributions: Option<ContributionsOut>,
    contributions_unavailable: Option<String>,
    /// Empty without the account's profile from before.
    baseline_comparison: Vec<ComparisonOut>,
    counterfactual: Option<CounterfactualOut>,
    counterfactual_unavailable: Option<String>,
    versions: VersionsOut,
    /// The layers that failed.
    #[schema(value_type = Vec<words::Layer>)]
    degraded: Vec<&'static str>,
    gate: Option<GateOut>,
    alert: Option<AlertRefOut>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedLayers)]
struct ExplainedLayersOut {
    statistical: ExplainedLayerOut,
    behavioral: ExplainedLayerOut,
    ml: ExplainedLayerOut,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedLayer)]
struct ExplainedLayerOut {
    /// scored, abstained or failed.
    #[schema(value_type = words::LayerOutcome)]
    outcome: &'static str,
    /// In [0, 1]; null unless scored.
    score: Option<f64>,
    /// What the score counts for in the risk score; those of the layers that scored add up to 1.
    share: f64,
    /// Why it did not score.
    explanation: Option<String>,
    /// Largest first, whatever their sign.
    reasons: Vec<ExplainedReasonOut>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExplainedReason)]
struct ExplainedReasonOut {
    code: String,
    text: String,
    /// Part of the layer's score.
    contribution: f64,
    /// Part of the risk score.
    risk_contribution: f64,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Agreement)]
struct AgreementOut {
    /// The layers that would have raised an alert alone.
    layers: Vec<&'static str>,
    text: String,
}

/// A feature with its value.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Feature)]
pub(super) struct FeatureOut {
    name: &'static str,
    /// Null when missing.
    value: Option<f32>,
    unit: &'static str,
    meaning: &'static str,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contributions)]
struct ContributionsOut {
    /// What of the ml layer's score is no feature's.
    base: f64,
    base_risk_contribution: f64,
    /// Largest first, whatever their sign; with the base they add up to the ml layer's score.
    features: Vec<ContributionOut>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contribution)]
struct ContributionOut {
    feature: &'static str,
    contribution: f64,
    risk_contribution: f64,
}

/// One aspect of what is usual for the account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Comparison)]
pub(super) struct ComparisonOut {
    aspect: &'static str,
    usual: String,
    observed: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Counterfactual)]
struct CounterfactualOut {
    text: String,
    /// What it would have scored; below medium.
    risk_score: f64,
    /// One or two.
    changes: Vec<ChangeOut>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InputChange)]
struct ChangeOut {
    input: &'static str,
    from: String,
    to: String,
}

impl From<&Explained> for ExplainedOut {
    fn from(explained: &Explained) -> Self {
        Self::of(&explained.transaction, &explained.explanation)
    }
}

impl ExplainedOut {
    /// A transaction and what explains its assessment.
    pub(super) fn of(transaction: &Transaction, explanation: &Explanation) -> Self {
        let record = &explanation.assessment.record;
        Self {
            id: record.id.to_string(),
            transaction: TransactionOut::from(transaction),
            risk_score: record.risk.value(),
            severity: record.severity.as_str(),
            fraud_probability: record.probability,
            explanation_detail: record.detail.as_str(),
            layers: layers_out(explanation),
            agreement: agreement_out(explanation),
            features: explanation.features.iter().flatten().map(feature_out).collect(),
            features_unavailable: why_not(&explanation.features),
            contributions: contributions_out(explanation),
            contributions_unavailable: why_not(&explanation.contributions),
            baseline_comparison: explanation.comparison.iter().map(comparison_out).collect(),
            counterfactual: explanation.counterfactual.as_ref().ok().map(counterfactual_out),
            counterfactual_unavailable: why_not(&explanation.counterfactual),
            versions: VersionsOut::from(&record.versions),
            degraded: record.degraded(),
            gate: record.gate.clone().map(GateOut::from),
            alert: record.alert.map(AlertRefOut::from),
        }
    }
}

fn why_not<T>(part: &Available<T>) -> Option<String> {
    part.as_ref().err().cloned()
}

fn layers_out(explanation: &Explanation) -> ExplainedLayersOut {
    let record = &explanation.assessment.record;
    let [statistical, behavioral, ml] = explanation.shares;
    ExplainedLayersOut {
        statistical: layer_out(record.layer(Layer::Statistical), statistical),
        behavioral: layer_out(record.layer(Layer::Behavioral), behavioral),
        ml: layer_out(record.layer(Layer::Ml), ml),
    }
}

fn layer_out(record: &LayerRecord, share: f64) -> ExplainedLayerOut {
    let reasons = record.reasons.iter().map(|reason| ExplainedReasonOut {
        code: reason.code.clone(),
        text: reason.text.clone(),
        contribution: reason.contribution,
        risk_contribution: share * reason.contribution,
    });
    ExplainedLayerOut {
        outcome: record.outcome.as_str(),
        score: record.score.map(Score::value),
        share,
        explanation: record.explanation.clone(),
        reasons: reasons.collect(),
    }
}

fn agreement_out(explanation: &Explanation) -> AgreementOut {
    let agreement = &explanation.agreement;
    let layers = agreement.layers.iter().map(|layer| layer.as_str()).collect();
    AgreementOut { layers, text: agreement.text.clone() }
}

pub(super) fn feature_out(feature: &FeatureValue) -> FeatureOut {
    let FeatureValue { name, value, unit, meaning } = *feature;
    FeatureOut { name, value, unit, meaning }
}

fn contributions_out(explanation: &Explanation) -> Option<ContributionsOut> {
    let Contributions { base, parts } = explanation.contributions.as_ref().ok()?;
    let [_, _, share] = explanation.shares;
    let features = parts.iter().map(|(feature, part)| ContributionOut {
        feature: feature.as_str(),
        contribution: *part,
        risk_contribution: share * part,
    });
    Some(ContributionsOut { base: *base, base_risk_contribution: share * base, features: features.collect() })
}

pub(super) fn comparison_out(line: &Comparison) -> ComparisonOut {
    ComparisonOut { aspect: line.aspect, usual: line.usual.clone(), observed: line.observed.clone() }
}

fn counterfactual_out(found: &Counterfactual) -> CounterfactualOut {
    let change =
        |change: &Change| ChangeOut { input: change.input, from: change.from.clone(), to: change.to.clone() };
    CounterfactualOut {
        text: found.text.clone(),
        risk_score: found.risk.value(),
        changes: found.changes.iter().map(change).collect(),
    }
}
