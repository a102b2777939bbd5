//! An assessment: what the three layers said of one transaction, and with which versions.

use super::gate::{AlertOutcome, Gate};
use super::ids::{AlertId, AssessmentId, ModelId};
use super::score::{Layer, RiskScore, Score, Weights};
use super::severity::Severity;

/// Reasons shown beside the risk score, over all layers.
const N_TOP_REASONS: usize = 5;

/// One feature's or detector's part in a score.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// A stable machine code, such as `amount_above_habit`.
    pub code: &'static str,
    /// A short sentence with the figures, such as `amount is 5.2 spreads above the account's habit`.
    pub text: String,
    /// Its part of the layer's score, below 0 where it lowered it; the parts of one layer add up to the score.
    pub contribution: f64,
}

impl Reason {
    /// The code for what of a score is not any feature's: it completes the sum, and tells nothing of the transaction.
    pub const BASE: &str = "base";
}

/// How a model's score is shared out among its features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Along the paths of its trees: linear in their depth, for every transaction.
    ByPath,
    /// By exact Shapley values, for those that somebody will look at. Every score is the same to the bit.
    Exact,
}

impl Detail {
    /// Both.
    pub const ALL: [Self; 2] = [Self::ByPath, Self::Exact];

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|detail| detail.as_str() == text)
    }

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ByPath => "by_path",
            Self::Exact => "exact",
        }
    }
}

/// What gave a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonLayer {
    /// A family of detectors.
    Detectors(Layer),
    /// People, by a list.
    Lists,
}

impl ReasonLayer {
    /// All.
    pub const ALL: [Self; 4] = [
        Self::Detectors(Layer::Statistical),
        Self::Detectors(Layer::Behavioral),
        Self::Detectors(Layer::Ml),
        Self::Lists,
    ];

    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Detectors(layer) => layer.as_str(),
            Self::Lists => "lists",
        }
    }
}

/// What one layer answered.
#[derive(Debug, Clone, PartialEq)]
pub enum LayerOutcome {
    /// A score and why, largest contribution first.
    Scored(Score, Vec<Reason>),
    /// Too little to go on: expected, said, and no alert by itself. The text says what is missing.
    Abstained(String),
    /// Panic, NaN, corrupt model or deadline: the assessment needs review. The text says which.
    Failed(String),
}

/// The versions that an assessment can be recomputed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Versions {
    /// The set and order of features.
    pub feature_schema: i16,
    /// The configuration: thresholds and weights.
    pub configuration: i64,
    /// The population baseline; none before the first was made.
    pub baseline: Option<ModelId>,
    /// The ml layer's model; none before the first was trained.
    pub model: Option<ModelId>,
}

/// Risk score, severity, layers' outcomes and versions for one transaction.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// The weighted combination over the layers that scored; 0 where none did.
    pub risk: RiskScore,
    /// From the risk score, or `needs_review` where a layer failed.
    pub severity: Severity,
    /// One outcome a layer, in the order of [`Layer::ALL`].
    pub layers: [LayerOutcome; 3],
    /// Calibrated probability of fraud, in (0, 1); none without a model that learned from labels.
    pub probability: Option<f64>,
    /// How the ml layer's reasons were shared out.
    pub detail: Detail,
    /// What it was made with.
    pub versions: Versions,
}

impl Assessment {
    /// The outcome of one layer.
    pub fn layer(&self, layer: Layer) -> &LayerOutcome {
        match layer {
            Layer::Statistical => &self.layers[0],
            Layer::Behavioral => &self.layers[1],
            Layer::Ml => &self.layers[2],
        }
    }
}

/// Whether a layer scored; the word that is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutcomeKind {
    /// It gave a score.
    Scored,
    /// It knew too little.
    Abstained,
    /// It failed.
    Failed,
}

impl OutcomeKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Scored, Self::Abstained, Self::Failed];

    /// Reads the stored word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The stored word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scored => "scored",
            Self::Abstained => "abstained",
            Self::Failed => "failed",
        }
    }
}

/// A [`Reason`] as it is kept: its code is text, since an older version may have had codes of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct ReasonRecord {
    /// The machine code.
    pub code: String,
    /// The sentence.
    pub text: String,
    /// Its part of the layer's score.
    pub contribution: f64,
}

/// A [`LayerOutcome`] as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerRecord {
    /// Whether the layer scored.
    pub outcome: OutcomeKind,
    /// Its score, when it did.
    pub score: Option<Score>,
    /// Why it did not, otherwise.
    pub explanation: Option<String>,
    /// Largest contribution first; the contributions add up to the score.
    pub reasons: Vec<ReasonRecord>,
}

impl From<&LayerOutcome> for LayerRecord {
    fn from(outcome: &LayerOutcome) -> Self {
        let silent = |outcome, text: &String| Self {
            outcome,
            score: None,
            explanation: Some(text.clone()),
            reasons: Vec::new(),
        };
        match outcome {
            LayerOutcome::Scored(score, reasons) => Self {
                outcome: OutcomeKind::Scored,
                score: Some(*score),
                explanation: None,
                reasons: reasons.iter().map(ReasonRecord::from).collect(),
            },
            LayerOutcome::Abstained(text) => silent(OutcomeKind::Abstained, text),
            LayerOutcome::Failed(text) => silent(OutcomeKind::Failed, text),
        }
    }
}

impl From<&Reason> for ReasonRecord {
    fn from(reason: &Reason) -> Self {
        Self { code: reason.code.to_owned(), text: reason.text.clone(), contribution: reason.contribution }
    }
}

/// An assessment as it is kept and answered: what the engine said, and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct AssessmentRecord {
    /// The transaction's UUID.
    pub id: AssessmentId,
    /// The weighted combination.
    pub risk: RiskScore,
    /// How soon a person must look.
    pub severity: Severity,
    /// One a layer, in the order of [`Layer::ALL`].
    pub layers: [LayerRecord; 3],
    /// Calibrated probability of fraud; none without a model that learned from labels.
    pub probability: Option<f64>,
    /// How the ml layer's reasons were shared out.
    pub detail: Detail,
    /// What it was made with.
    pub versions: Versions,
    /// What lists said of it: reasons beside those of the layers, without a part in any score.
    pub listed: Vec<ReasonRecord>,
    /// What held an alert back, and why.
    pub gate: Option<(Gate, String)>,
    /// The alert it raised or folded into.
    pub alert: Option<(AlertId, AlertOutcome)>,
}

impl AssessmentRecord {
    /// The outcome of one layer.
    pub fn layer(&self, layer: Layer) -> &LayerRecord {
        match layer {
            Layer::Statistical => &self.layers[0],
            Layer::Behavioral => &self.layers[1],
            Layer::Ml => &self.layers[2],
        }
    }

    /// The reasons of all layers with their weight in the risk score, heaviest first, by the default weights: which layer
    /// matters more does not change with tuning, and an old assessment keeps its order. The base of a score is none.
    pub fn weighed_reasons(&self) -> Vec<(Layer, &ReasonRecord)> {
        let weights = Weights::default();
        let of_layer = |layer: Layer| self.layer(layer).reasons.iter().map(move |reason| (layer, reason));
        let mut reasons: Vec<(Layer, &ReasonRecord)> = Layer::ALL
            .into_iter()
            .flat_map(of_layer)
            .filter(|(_, reason)| reason.code != Reason::BASE)
            .collect();
        let weight = |(layer, reason): &(Layer, &ReasonRecord)| weights.of(*layer) * reason.contribution;
        reasons.sort_by(|one, other| weight(other).total_cmp(&weight(one)));
        reasons
    }

    /// The code of the reason that weighs most.
    pub fn leading_reason(&self) -> Option<&str> {
        self.weighed_reasons().first().map(|(_, reason)| reason.code.as_str())
    }

    /// The few of them that an answer shows.
    pub fn top_reasons(&self) -> Vec<(Layer, &ReasonRecord)> {
        let mut reasons = self.weighed_reasons();
        reasons.truncate(N_TOP_REASONS);
        reasons
    }

    /// The names of the layers that failed; what the answer calls degraded.
    pub fn degraded(&self) -> Vec<&'static str> {
        Layer::ALL
            .into_iter()
            .filter(|layer| self.layer(*layer).outcome == OutcomeKind::Failed)
            .map(Layer::as_str)
            .collect()
    }
}
